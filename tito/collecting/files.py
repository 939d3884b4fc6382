"""What the readers of folders and zips have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

LARGEST = 10_000_000  # bytes; nbgrader_config.py allows 10,000 kilobytes
TOO_LARGE = f"larger than {LARGEST // 1_000_000} MB"
WANTED = "name a folder, or the zip that Canvas or Moodle gave, as it is"
NOT_A_NOTEBOOK = "not a notebook (.ipynb), nor a zip with one"
# What systems and Jupyter leave beside a student's work.
NOT_WORK = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"}
NOT_WORK |= {"timestamp.txt"}  # of nbgrader's exchange; the time stands in the folder's name


@dataclass(frozen=True)
class Refusal:
    """A file that is not taken, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class File:
    """One file of a source, not read yet."""

    path: str  # inside the source, with slashes
    time: datetime  # last change, UTC
    read: Callable[[], bytes | Refusal]
    note: str = ""


def is_litter(path: str) -> bool:
    """Whether nobody wrote this file by hand: caches, checkpoints, hidden files."""
    return any(part.startswith(".") or part in NOT_WORK for part in PurePosixPath(path).parts)
