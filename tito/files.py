"""Write files and folders whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tito.errors import CourseError

UNFINISHED = re.compile(r"\..+\.(\d+)\.new", re.DOTALL)  # what `write_whole` writes first
LARGEST_SUBMISSION = 10_000_000  # bytes


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Say in one line when `place` cannot be written."""
    try:
        yield
    except OSError as error:
        cause = f"{error.strerror} ({error.filename})" if error.filename else str(error)
        raise CourseError(f"cannot write {place}: {cause}") from error


def save(path: Path, content: str | bytes, durable: bool = False) -> bool:
    """Write `content` to `path` unless it is there already; say whether it was written.

    Args:
        durable: return only when it is on the disk, safe from a loss of power.
    """
    data = content.encode() if isinstance(content, str) else content
    with writing(path):
        if path.is_file() and path.read_bytes() == data:
            return False
        write_whole(path, data, durable)
    return True


def write_whole(path: Path, content: bytes, durable: bool = False) -> None:
    """Write a file so that it is there whole or not at all.

    A process that is killed meanwhile leaves a file behind that UNFINISHED knows by its name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def whole_folder(place: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; when the block ends well it takes the place of `place`."""
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place.parent, prefix=".new-") as aside:
        new, old = Path(aside, "new"), Path(aside, "old")
        new.mkdir()
        yield new
        with writing(place):
            if place.exists():
                place.rename(old)
            new.rename(place)


def remove_folder(place: Path) -> None:
    """Remove a folder and all in it; nothing happens when there is none."""
    with writing(place):
        if place.exists():
            shutil.rmtree(place)


def digest(*parts: bytes) -> str:
    """One hash for all `parts`, in their order."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def digest_folder(folder: Path) -> bytes:
    """One hash for the names and bytes of all files in `folder`, caches left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    parts = [
        part
        for path in files
        if "__pycache__" not in path.parts and ".ipynb_checkpoints" not in path.parts
        for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes())
    ]
    return digest(*parts).encode()
