"""What was graded, written down before anything else is done with it: a line each, never changed.

A line that was not written whole, because the machine stopped, does not count. Each line holds one
thing: {"entry": a graded or refused submission}, {"applied": the students whose notebook and
gradebook rows are written}, or {"pages": what each feedback page was made from}.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

from tito.errors import CourseError
from tito.files import save, writing
from tito.judging.verdict import Verdict

# Of a submission; the last two stand in no journal, but in the table.
Status = Literal["graded", "refused", "missing", "not graded yet"]


@dataclass(frozen=True)
class Entry:
    """One submission's grading: everything its outputs are made from."""

    student: str
    digest: str  # of everything the grade depends on
    status: Status
    reason: str = ""  # why it was refused
    timestamp: str = ""
    flags: list[str] = field(default_factory=list)  # of how its answers were found
    verdict: Verdict | None = None  # None: it was not judged
    texts: dict[str, str] = field(default_factory=dict)  # a hash of each answer
    changed: list[str] = field(default_factory=list)  # graded cells that are not as before
    read_again: list[str] = field(default_factory=list)  # and those of earlier gradings
    shown_as: str = ""  # a name that the student lets others see
    # Only needed until the outputs are written:
    answers: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)  # of written answers

    @property
    def judged(self) -> Verdict:
        """What came of it; nothing did of one that was not judged."""
        return self.verdict or Verdict(self.student, self.digest, isolation="")

    @property
    def is_compact(self) -> bool:
        """Whether the outputs were left out, which is done only when they are written."""
        return self.status == "graded" and not self.answers

    def without_outputs(self) -> Entry:
        verdict = self.verdict and replace(self.verdict, outputs={})
        return replace(self, answers={}, pictures={}, verdict=verdict)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Entry:
        """What `asdict` made; what the first release wrote, too."""
        if "verdict" not in data:
            data = with_verdict(data)
        verdict = data["verdict"] and Verdict.from_dict(data["verdict"])
        return cls(**data | {"verdict": verdict})


def with_verdict(data: dict[str, Any]) -> dict[str, Any]:
    """An entry of the first release, in which what came of judging stood among the rest."""
    of_judging = ("outputs", "failed", "scores", "isolation", "seconds")
    verdict = {name: data[name] for name in (*of_judging, "student", "digest") if name in data}
    rest = {name: value for name, value in data.items() if name not in of_judging}
    return rest | {"verdict": verdict if data.get("status") == "graded" else None}


@dataclass
class Records:
    """What a journal says."""

    entries: dict[str, Entry] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)

    def take(self, line: dict[str, Any]) -> None:
        if "entry" in line:
            entry = Entry.from_dict(line["entry"])
            self.entries[entry.student] = entry
            self.applied.discard(entry.student)
            if entry.is_compact:
                self.applied.add(entry.student)
        self.applied.update(line.get("applied", ()))
        self.pages.update(line.get("pages", {}))

    def compact(self) -> str:
        """The journal that says the same in as few words as are needed."""
        entries = [
            entry.without_outputs() if name in self.applied else entry
            for name, entry in self.entries.items()
        ]
        lines: list[dict[str, Any]] = [{"entry": asdict(entry)} for entry in entries]
        lines += [{"applied": sorted(self.applied)}] if self.applied else []
        lines += [{"pages": self.pages}] if self.pages else []
        return "".join(f"{json.dumps(line)}\n" for line in lines)


def read_records(path: Path) -> Records:
    """Read a journal; one that is not there says nothing."""
    records = Records()
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"cannot read {path}: {error}") from error
    for line in text.split("\n")[:-1]:  # what follows the last end of line is not whole
        try:
            records.take(json.loads(line))
        except (ValueError, TypeError, AttributeError) as error:
            raise CourseError(
                f"{path} is damaged: {error}. Move it away and run `tito grade` again"
            ) from error
    return records


class Journal(AbstractContextManager["Journal"]):
    """A journal to write in, by one process at a time.

    Raises:
        CourseError: another process writes in it, it is damaged, or it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock: IO[bytes] | None = None
        self.file: IO[bytes] | None = None

    def __enter__(self) -> Journal:
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.lock = self.path.with_suffix(".lock").open("ab")
        try:
            hold(self.lock, self.path)
            self.records = read_records(self.path)
            self._compact()
            with writing(self.path):
                self.file = self.path.open("ab", buffering=0)
        except CourseError:
            self.lock.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.file:
            self.file.close()
        if kind is None:
            self._compact()
        if self.lock:
            self.lock.close()

    def _compact(self) -> None:
        """Leave out what later lines replaced and what is written elsewhere by now."""
        if self.path.exists():
            save(self.path, self.records.compact(), durable=True)

    def enter(self, entry: Entry) -> None:
        self._write({"entry": asdict(entry)})

    def mark_applied(self, students: Iterable[str]) -> None:
        self._write({"applied": list(students)})

    def mark_pages(self, pages: dict[str, str]) -> None:
        self._write({"pages": pages})

    def _write(self, line: dict[str, Any]) -> None:
        """Add one line, and return when it is on the disk."""
        assert self.file is not None
        data = f"{json.dumps(line)}\n".encode()
        with writing(self.path):
            while data:
                data = data[self.file.write(data) :]
            os.fsync(self.file.fileno())
        self.records.take(line)


def hold(lock: IO[bytes], path: Path) -> None:
    """Keep other processes away until this one ends, however it ends."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        # Not flock: a child that outlives this process would go on holding that.
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CourseError(
            f"another `tito` is at work on {path}: wait until it has ended"
        ) from error
