"""The known wrong answers, each judged as a submission of its own: what does the student read?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import nbformat
from rich.table import Table
from rich.text import Text

from tito.answers import reference
from tito.catalogue import Answer, WrongAnswer, read_catalogue
from tito.cells import exercise_of
from tito.course import Assignment
from tito.errors import CourseError
from tito.judging.plan import plan_of
from tito.judging.pool import Judges
from tito.judging.verdict import Verdict, Work
from tito.progress import Track, quiet
from tito.sandbox import TRUSTED

WORKERS = 2


@dataclass(frozen=True)
class Outcome:
    """A known wrong answer, and what the judge made of it."""

    answer: WrongAnswer
    failed: dict[str, str]  # exercise, or part of one -> what its check says

    @property
    def costs_its_own_alone(self) -> bool:
        return bool(self.failed) and not self.others

    @property
    def others(self) -> list[str]:
        """What it costs that is no part of its exercise."""
        own = self.answer.exercise
        return [part for part in self.failed if exercise_of(part, [own]) != own]

    @property
    def message(self) -> str:
        """What the first check of the exercise says that fails, and which others do, if any."""
        own = (said for part, said in self.failed.items() if part not in self.others)
        said = next(own, "NOT CAUGHT")
        return f"{said} ALSO FAILS: {', '.join(self.others)}" if self.others else said

    @property
    def is_named(self) -> bool:
        """Whether the message says what the catalogue asks for."""
        return bool(re.search(self.answer.says, self.message))


def mistakes(
    assignment: Assignment, track: Track = quiet, exercises: Collection[str] = ()
) -> list[Outcome]:
    """Let a judge try every known wrong answer to its exercises, or to those that are named."""
    known = read_catalogue(assignment).wrong
    if not known:
        raise CourseError(f"no wrong answer is known: write some into {assignment.answers}")
    names = dict.fromkeys(each.exercise for each in known)
    if unknown := [each for each in exercises if each not in names]:
        raise CourseError(
            f"{assignment.name} has no known mistake in {unknown[0]!r}: name one of "
            f"{', '.join(names)}"
        )
    if exercises:
        known = tuple(each for each in known if each.exercise in exercises)
    verdicts = {each.student: each for each in track(judged(assignment, known), total=len(known))}
    return [Outcome(answer, verdicts[answer.name].failed) for answer in known]


def judged(assignment: Assignment, answers: Sequence[Answer], seed: int = 0) -> Iterator[Verdict]:
    """Let a judge try answers; the further parts of an exercise, which take long, its own alone."""
    plan = plan_of(assignment, seed)
    in_parts = {
        cell.exercise for cell in plan.cells if cell.exercise and cell.part != cell.exercise
    }
    whole = [each for each in plan.cells if each.part == each.exercise or not each.exercise]
    for long, its_plan in ((False, replace(plan, cells=tuple(whole))), (True, plan)):
        some = [answer for answer in answers if (answer.exercise in in_parts) is long]
        if some:
            with Judges(its_plan, min(WORKERS, len(some)), TRUSTED) as judges:
                yield from judges.judge(works_of(assignment, some))


def works_of(assignment: Assignment, answers: Iterable[Answer]) -> list[Work]:
    """A submission for each answer: the reference, but for that one exercise."""
    right = reference(nbformat.from_dict(assignment.source))
    return [Work(each.name, "", right | {each.exercise: each.source}) for each in answers]


def to_table(found: list[Outcome]) -> Table:
    """Exercise, mistake, and what its author reads; the exercise named once."""
    table = Table("exercise", "mistake", "message", show_lines=True)
    shown = ""
    for outcome in found:
        answer = outcome.answer
        first = answer.exercise if answer.exercise != shown else ""
        table.add_row(Text(first), Text(answer.misconception), Text(outcome.message))
        shown = answer.exercise
    return table
