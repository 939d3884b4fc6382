"""Who judges: anything that turns answers into verdicts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from tito.judging.plan import Plan
from tito.judging.pool import Judges
from tito.judging.verdict import Verdict, Work
from tito.sandbox import ISOLATED, Isolation
from tito.sandbox.limits import Limits


class Judge(Protocol):
    """Judges submissions in any order: processes here, or a cluster."""

    def ready(self) -> None:
        """Wait until it can judge; raises CourseError where it cannot."""

    def judge(self, works: Iterable[Work]) -> Iterator[Verdict]: ...


# Entering the context starts what takes time, and raises nothing: there may be nothing to judge.
Judging = Callable[[Plan], AbstractContextManager[Judge]]


def local_judges(
    workers: int | None = None, isolation: Isolation = ISOLATED, limits: Limits | None = None
) -> Judging:
    """Judges on this machine, one for each core unless `workers` says how many."""
    count = workers or len(available_cores())
    return lambda plan: Judges(plan, count, isolation, limits or Limits())


def available_cores() -> set[int]:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))
