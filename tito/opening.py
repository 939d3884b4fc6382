"""Open what somebody else has put there: a regular file, not behind a link, not too large."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tito.errors import NotebookError

LARGEST_NOTE = 4096  # bytes of a small file beside a notebook, such as timestamp.txt
# With O_PATH a folder that may be entered and not listed is a way, too.
FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
# The system refuses to open a link, and does not wait for somebody to write into a pipe.
SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
HAS_STEPS = os.open in os.supports_dir_fd  # not on Windows
Identity = tuple[int, int]  # device and inode: the file itself, whatever its name is


class OddFileError(NotebookError):
    """A file that is not read; the message is the reason in one line."""


class MissingFileError(OddFileError):
    """There is no such file."""


def read_plain_file(
    root: Path, parts: Sequence[str], largest: int, seen: Identity | None = None
) -> bytes:
    """The bytes of the regular file at `parts` below the folder `root`.

    `root` is trusted, what lies below it is not.

    Args:
        largest: bytes; a file that is larger is not read.
        seen: the file that was looked at before; another one in its place is not read.

    Raises:
        MissingFileError: nothing is there.
        OddFileError: it is, or lies behind, a link; it is a folder, a pipe or a device; it is too
            large; it may not be read.
    """
    name = parts[-1]
    with opened(root, parts) as descriptor, reasons(name):
        refuse_odd(os.fstat(descriptor), name, largest, seen)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(largest)


def refuse_odd(found: os.stat_result, name: str, largest: int, seen: Identity | None) -> None:
    """Refuse what is not a regular file, one that is too large, and one that was swapped in."""
    if not stat.S_ISREG(found.st_mode):
        raise OddFileError(f"{name} is not a file but a folder, a pipe or a device")
    if seen and seen != identity(found):
        raise OddFileError(f"another file was put in the place of {name} while it was read")
    if found.st_size > largest:
        raise OddFileError(
            f"{name} has {found.st_size:,} bytes, {largest:,} are allowed: "
            "clear its outputs and hand it in again"
        )


def identity(state: os.stat_result) -> Identity:
    return state.st_dev, state.st_ino


@contextmanager
def opened(root: Path, parts: Sequence[str]) -> Iterator[int]:
    """A descriptor of what lies at `parts` below `root`, as long as the block lasts.

    Each step starts from the folder that the step before it opened: what is put in the place of a
    part meanwhile is not entered.
    """
    with ExitStack() as descriptors:
        path, folder = root, None
        if HAS_STEPS:
            with reasons(root.name):
                folder = os.open(root, FOLDER)
            descriptors.callback(os.close, folder)
        for part in parts[:-1]:
            path = path / part
            refuse_detour(path, part, folder, is_folder=True)
            if folder is not None:
                folder = step(part, folder, FOLDER)
                descriptors.callback(os.close, folder)
        path = path / parts[-1]
        refuse_detour(path, path.name, folder, is_folder=False)
        file = step(path if folder is None else path.name, folder, os.O_RDONLY)
        descriptors.callback(os.close, file)
        yield file


def refuse_detour(path: Path, part: str, folder: int | None, is_folder: bool) -> None:
    """Refuse a link, and what is no folder where one belongs; `folder` holds the part if open."""
    with reasons(part):
        kind = os.stat(path if folder is None else part, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(kind.st_mode):
        raise OddFileError(f"{part} is a link, a file or folder of its own was expected")
    if is_folder and not stat.S_ISDIR(kind.st_mode):
        raise OddFileError(f"{part} is not a folder")


def step(name: str | Path, folder: int | None, flags: int) -> int:
    """Open one part of a path, from the open `folder` that holds it."""
    with reasons(str(name)):
        return os.open(name, flags | SAFELY, dir_fd=folder)


@contextmanager
def reasons(name: str) -> Iterator[None]:
    """Say in one line why the system does not give a file."""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFileError(f"there is no {name}") from error
    except (OSError, ValueError, MemoryError) as error:  # ValueError: a NUL in a name
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise OddFileError(f"cannot read {name}: {why}") from error
