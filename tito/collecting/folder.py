"""Read a folder: one that was filled by hand, an unpacked zip, or nbgrader's exchange."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

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
from tito.opening import Identity, OddFileError, identity, read_plain_file

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]

DEEPEST = 20  # folders in folders that are looked into


def files_in(folder: Path) -> Iterator[File | Refusal]:
    """Every file below `folder`; links are never followed."""
    if not folder.is_dir():
        raise CourseError(f"{folder} is neither a folder nor a zip file; {WANTED}")
    denied: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=denied.append):
        folders.sort()
        links = [each for each in folders if Path(root, each).is_symlink()]
        for name in sorted([*names, *links]):
            inside = Path(root, name).relative_to(folder)
            if not is_litter(inside.as_posix()):
                yield look_at(folder, inside)
            elif is_hidden_work(inside.as_posix()):
                yield Refusal(shown(inside.as_posix()), HIDDEN)
        if len(Path(root).relative_to(folder).parts) >= DEEPEST and folders:
            yield Refusal(shown(inside_of(folder, root)), "folders nested too deep to look into")
            folders.clear()
    for error in denied:
        yield Refusal(shown(inside_of(folder, error.filename)), f"cannot be read: {error.strerror}")


def inside_of(folder: Path, path: str) -> str:
    return Path(path).relative_to(folder).as_posix()


def look_at(folder: Path, path: Path) -> File | Refusal:
    """A file that may be read later, or why it may not; `path` is the one inside the folder."""
    inside = shown(path.as_posix())  # a name on disk may hold bytes that are no text
    try:
        state = (folder / path).lstat()
    except OSError as error:
        return Refusal(inside, f"cannot be read: {error.strerror}")
    if stat.S_ISLNK(state.st_mode):
        return Refusal(inside, "a link; only files are taken")
    if not stat.S_ISREG(state.st_mode):
        return Refusal(inside, "not a regular file")
    if state.st_size > LARGEST_SUBMISSION:
        return Refusal(inside, TOO_LARGE)
    changed = datetime.fromtimestamp(state.st_mtime, UTC)
    reader = partial(read, folder, path, identity(state))
    return File(inside, changed, reader, foreign_owner(inside, state.st_uid))


def read(folder: Path, path: Path, seen: Identity) -> bytes | Refusal:
    """The bytes of the file that was looked at, and of no other put in its place."""
    try:
        return read_plain_file(folder, path.parts, LARGEST_SUBMISSION, seen)
    except OddFileError as odd:
        return Refusal(shown(path.as_posix()), shown(str(odd)))


def foreign_owner(inside: str, user: int) -> str:
    """In the exchange everybody may write: say when a submission is not its student's file."""
    student = inside.split("/")[0].split("+")
    if pwd is None or len(student) < 3:
        return ""
    try:
        owner = pwd.getpwuid(user).pw_name
    except KeyError:
        owner = f"user {user}"
    return "" if owner == student[0] else f"the file belongs to {owner}"
