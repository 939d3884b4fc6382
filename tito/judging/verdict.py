"""What goes to a judge, and what comes back: plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tito.sandbox import ISOLATED

WAITED = "time limit of the clock"  # a flag: it may go better where nothing else runs
Outputs = dict[str, list[dict[str, Any]]]  # nbformat outputs by grade_id


@dataclass(frozen=True)
class Work:
    """What of one submission is judged: the text of its answers, and nothing else."""

    student: str
    digest: str
    answers: dict[str, str]  # grade_id -> text of the solution cell

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Work:
        return cls(**data)


@dataclass(frozen=True)
class Verdict:
    """What came of one submission."""

    student: str
    digest: str
    outputs: Outputs = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)  # exercise -> why, in one line
    scores: dict[str, float] = field(default_factory=dict)  # check -> points
    flags: list[str] = field(default_factory=list)  # what a person should look at
    isolation: str = ISOLATED  # and the other walls that there were; or TRUSTED
    seconds: float = 0.0
    measured: dict[str, dict[str, float]] = field(default_factory=dict)  # check -> its numbers

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Verdict:
        return cls(**data)
