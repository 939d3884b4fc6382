"""Read a folder: one that was filled by hand, an unpacked zip, or nbgrader's exchange."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tito.collecting.files import LARGEST, TOO_LARGE, WANTED, File, Refusal, is_litter
from tito.errors import CourseError

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]

# A link put in place of a file after we looked at it is not followed, a pipe not waited for.
SAFELY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def files_in(folder: Path) -> Iterator[File | Refusal]:
    """Every file below `folder`; links are never followed."""
    if not folder.is_dir():
        raise CourseError(f"{folder} is neither a folder nor a zip file; {WANTED}")
    denied: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=denied.append):
        folders.sort()
        for name in sorted(names + [each for each in folders if Path(root, each).is_symlink()]):
            path = Path(root, name)
            inside = path.relative_to(folder).as_posix()
            if not is_litter(inside):
                yield look_at(path, inside)
    for error in denied:
        inside = Path(error.filename).relative_to(folder).as_posix()
        yield Refusal(inside, f"cannot be read: {error.strerror}")


def look_at(path: Path, inside: str) -> File | Refusal:
    """A file that may be read later, or why it may not."""
    try:
        state = path.lstat()
    except OSError as error:
        return Refusal(inside, f"cannot be read: {error.strerror}")
    if stat.S_ISLNK(state.st_mode):
        return Refusal(inside, "a link; only files are taken")
    if not stat.S_ISREG(state.st_mode):
        return Refusal(inside, "not a regular file")
    if state.st_size > LARGEST:
        return Refusal(inside, TOO_LARGE)
    changed = datetime.fromtimestamp(state.st_mtime, UTC)
    return File(inside, changed, partial(read, path, inside), foreign_owner(inside, state.st_uid))


def read(path: Path, inside: str) -> bytes | Refusal:
    try:
        with open(os.open(path, SAFELY), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Refusal(inside, "not a regular file")
            content = file.read(LARGEST + 1)
    except OSError as error:
        return Refusal(inside, f"cannot be read: {error.strerror}")
    return Refusal(inside, TOO_LARGE) if len(content) > LARGEST else content


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
