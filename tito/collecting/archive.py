"""Read a zip: the one a platform makes of all submissions, or one that a student handed in."""

from __future__ import annotations

import io
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from tito.collecting.files import (
    HIDDEN,
    TOO_LARGE,
    WANTED,
    File,
    Refusal,
    is_hidden_work,
    is_litter,
)
from tito.errors import CourseError
from tito.files import LARGEST_SUBMISSION
from tito.grading.intake import shown

HIGHEST_RATIO = 200  # uncompressed over compressed; a notebook full of one plot stays below 100
HARMLESS = 1_000_000  # bytes; below it a high ratio is only a repetitive text
LONGEST_REASON = 200  # characters
ENCRYPTED = 0x1  # bit of a zip entry's flags
DRIVE = re.compile(r"[A-Za-z]:")
# zipfile unpacks other methods in one piece, however large; these two it does bit by bit.
METHODS = {ZIP_STORED, ZIP_DEFLATED}
PIECE = 1 << 16  # bytes read at once
# Beside its own errors zipfile raises what its parts do on a name, a date or a size without sense.
DAMAGED = (
    *(BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, ArithmeticError, LookupError, AttributeError, OSError, MemoryError),
)


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """A zip on disk; its files can be read as long as it is open."""
    try:
        archive = ZipFile(path)
    except DAMAGED as error:
        raise CourseError(f"{path} cannot be read as a zip file: {why(error)}; {WANTED}") from error
    with archive:
        yield archive


def entries(archive: ZipFile) -> Iterator[File | Refusal]:
    """Every file in a zip; nothing is unpacked, so that no name can lead anywhere."""
    for entry in archive.infolist():
        # zipfile itself cuts a name at a NUL; Windows writes backslashes.
        name = entry.orig_filename.replace("\\", "/")
        if reason := why_not(entry, name):
            yield Refusal(shown(name), reason)
        elif is_litter(name):
            if is_hidden_work(name):
                yield Refusal(name, HIDDEN)
        elif not entry.is_dir():
            yield File(name, changed(entry), partial(read, archive, entry))


def why_not(entry: ZipInfo, name: str) -> str:
    """Why an entry is refused before it is read, or nothing."""
    if name.startswith("/") or DRIVE.match(name):
        return "an absolute path"
    if ".." in name.split("/"):
        return "a path that leads out of the zip"
    if shown(name) != name:
        return "a control character in its name"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link; only files are taken"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "not a regular file"
    if entry.flag_bits & ENCRYPTED:
        return "encrypted: ask for it without a password"
    if entry.compress_type not in METHODS:
        return "packed by a rare method: pack it again as an ordinary zip"
    if entry.file_size > LARGEST_SUBMISSION:
        return TOO_LARGE
    if entry.file_size > HARMLESS and entry.file_size > HIGHEST_RATIO * entry.compress_size:
        return f"packed more than {HIGHEST_RATIO} times: a zip bomb"
    return ""


def read(archive: ZipFile, entry: ZipInfo) -> bytes | Refusal:
    """An entry's bytes; what its header says about the size is not believed."""
    try:
        with archive.open(entry) as file:
            content = bytearray()
            while len(content) <= LARGEST_SUBMISSION and (piece := file.read(PIECE)):
                content += piece
    except DAMAGED as error:
        return Refusal(entry.filename, f"damaged in the zip: {why(error)}")
    return (
        Refusal(entry.filename, TOO_LARGE) if len(content) > LARGEST_SUBMISSION else bytes(content)
    )


def why(error: BaseException) -> str:
    """What is wrong with a zip, in one line and without its bytes."""
    if isinstance(error, UnicodeDecodeError):
        return "it holds a name that is not UTF-8, though it says so: pack it again"
    said = " ".join(str(error).split())
    return shown(said)[:LONGEST_REASON] or type(error).__name__


def notebooks_in(path: str, content: bytes) -> list[File] | Refusal:
    """The notebooks in a student's zip; refused when anything in it could do harm."""
    try:
        archive = ZipFile(io.BytesIO(content))
    except DAMAGED as error:
        return Refusal(path, f"cannot be read as a zip file: {why(error)}")
    books = []
    for each in entries(archive):
        if isinstance(each, Refusal):
            return Refusal(path, f"holds {each.path}: {each.reason}")
        if each.path.lower().endswith(".ipynb"):
            books.append(each)
    return books


def changed(entry: ZipInfo) -> datetime:
    """A zip holds local times; one that is no date counts as the earliest there is."""
    try:
        return datetime(*entry.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return datetime(1980, 1, 1, tzinfo=UTC)
