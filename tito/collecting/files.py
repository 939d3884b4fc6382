"""What the readers of folders and zips have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from tito.files import LARGEST_SUBMISSION

TOO_LARGE = f"larger than {LARGEST_SUBMISSION // 1_000_000} MB"
WANTED = "name a folder, or the zip that the platform gave, as it is"
NOT_A_NOTEBOOK = "not a notebook (.ipynb), nor a zip with one"
# What systems and Jupyter leave beside a student's work.
NOT_WORK = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"}
# What platforms add for whoever grades.
NOT_WORK |= {"grades.csv", "grades.xls", "grades.xlsx", "comments.txt", "Feedback Attachment(s)"}
NOT_WORK |= {"Working files"}  # of Teams: begun, not handed in
# Of hidden folders, those that systems and programs make, and macOS' "._NAME" beside each file.
HIDDEN_BY_SYSTEMS = (
    "._",
    ".ipynb_checkpoints",
    ".git",
    ".svn",
    ".venv",
    ".cache",
    ".local",
    ".Trash",
)
HIDDEN = "hidden by a dot in front of a folder's or file's name: rename it"
# What is read for what it says of a submission: nbgrader's, Sakai's and Gradescope's.
SECRET = "submission_secret.txt"  # nbgrader, exchange/default/submit.py
TIMESTAMP, METADATA = "timestamp.txt", "submission_metadata.yml"
NOTES = {SECRET, TIMESTAMP, METADATA}


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
    is_refused: bool = False  # as its name and kind are seen already; reading says why


def is_litter(path: str) -> bool:
    """Whether nobody wrote this file by hand: caches, checkpoints, hidden files."""
    return any(part.startswith(".") or part in NOT_WORK for part in PurePosixPath(path).parts)


def is_hidden_work(path: str) -> bool:
    """Whether a notebook is passed over only because a folder's name begins with a dot."""
    parts = PurePosixPath(path).parts
    if not path.lower().endswith(".ipynb") or any(part in NOT_WORK for part in parts):
        return False
    return not any(part.startswith(HIDDEN_BY_SYSTEMS) for part in parts)


def may_be_notebook(path: str) -> bool:
    """Whether a file can be a notebook, or hold one, by its name.

    Browsers write .ipynb.json and .ipynb.txt.
    """
    return path.lower().endswith((".ipynb", ".zip", ".ipynb.json", ".ipynb.txt", ".json"))


def is_astray(path: str) -> bool:
    """Whether a path in a zip leads elsewhere; it is then no name to believe."""
    return path.startswith("/") or path[1:2] == ":" or ".." in path.split("/")
