"""What a class's grades say: who solved what, which mistakes are common, whom to look at."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import StatisticsError, correlation, mean, median, stdev

from tito.catalogue import WrongAnswer
from tito.cells import NOT_WRITTEN
from tito.grades import Grades, Row
from tito.notebooks import Exercise
from tito.report.text import duration, mark
from tito.sandbox import TRUSTED

BINS = 10
FEWEST = 10  # students of whom a correlation says something
STOPPED = ("was stopped", "took longer than")


@dataclass(frozen=True)
class Bin:
    """One bar of the distribution: from `low` to `high` percent of the points."""

    low: int
    high: int
    count: int


@dataclass(frozen=True)
class Answers:
    """How far a question is read."""

    question: Exercise
    answered: int  # students who wrote something
    given: list[float]  # points of those whose answer is read


@dataclass(frozen=True)
class Spread:
    """The totals of those who are graded."""

    mean: float
    median: float
    deviation: float  # of a sample; 0 for one
    lowest: float
    highest: float


@dataclass(frozen=True)
class Look:
    """A student whom a person should look at."""

    row: Row
    at_stake: float  # points
    reasons: list[str]


@dataclass(frozen=True)
class Misconception:
    """A mistake that one or more students made."""

    exercise: str
    name: str  # as the catalogue of known mistakes calls it, or nothing
    message: str  # what the first of them read
    students: list[str]

    @property
    def is_single(self) -> bool:
        return len(self.students) == 1


def distribution(rows: Sequence[Row]) -> list[Bin]:
    """How many students got 0 to 10 %, ..., 90 to 100 % of the points of the checks."""
    shares = (row.score / row.max_score if row.max_score else 0 for row in rows)
    # A hair above: 0.7 * 10 is 6.999...
    counts = Counter(min(max(int(share * BINS + 1e-9), 0), BINS - 1) for share in shares)
    width = 100 // BINS
    return [Bin(place * width, (place + 1) * width, counts[place]) for place in range(BINS)]


def progress(rows: Sequence[Row], part: Exercise) -> dict[str, int]:
    """How many students are how far with an exercise."""
    return dict(Counter(mark(row, part) for row in rows))


def misconceptions(grades: Grades, known: Sequence[WrongAnswer] = ()) -> list[Misconception]:
    """The mistakes of the class, the commonest first; then in the lesson's order.

    The same message is the same mistake, and so are two that the catalogue knows by one name:
    messages quote what the student's function returned.
    """
    found: dict[tuple[str, tuple[str, ...]], list[tuple[str, str]]] = defaultdict(list)
    for row in grades.rows:
        for exercise, message in row.failed.items():
            if message != NOT_WRITTEN:
                fits = names_of(exercise, message, known)
                found[exercise, fits or (message,)].append((row.student, message))
    order = {part.name: place for place, part in enumerate(grades.exercises)}
    every = [
        Misconception(
            exercise,
            name_of(exercise, cases[0][1], known),
            cases[0][1],
            [student for student, _ in cases],
        )
        for (exercise, _), cases in found.items()
    ]
    return sorted(every, key=lambda each: (-len(each.students), order.get(each.exercise, 0)))


def name_of(exercise: str, message: str, known: Sequence[WrongAnswer]) -> str:
    """What the catalogue calls the mistake that gets this message, or nothing.

    Two mistakes may get the same message: then both are named. Of more a name would say little.
    """
    fits = names_of(exercise, message, known)
    return ", or: ".join(fits) if len(fits) < 3 else ""


def names_of(exercise: str, message: str, known: Sequence[WrongAnswer]) -> tuple[str, ...]:
    """All known mistakes in an exercise that get such a message, by name."""
    fits = [
        answer.misconception
        for answer in known
        if answer.exercise == exercise and re.search(answer.says, message)
    ]
    return tuple(dict.fromkeys(fits))


def spread(rows: Sequence[Row]) -> Spread | None:
    """Of the totals, penalties taken off; nothing where nobody is graded."""
    totals = [row.total for row in rows if row.graded]
    if not totals:
        return None
    deviation = stdev(totals) if len(totals) > 1 else 0.0
    return Spread(mean(totals), median(totals), deviation, min(totals), max(totals))


def discrimination(rows: Sequence[Row], part: Exercise) -> float | None:
    """How points for an exercise go along with those for all others, -1 to 1.

    Nothing for few students, and where all got the same.
    """
    graded = [row for row in rows if row.graded]
    if len(graded) < FEWEST:
        return None
    points = [row.points[part.name] for row in graded]
    others = [row.score - own for row, own in zip(graded, points, strict=True)]
    try:
        return correlation(points, others)
    except StatisticsError:  # all alike
        return None


def to_look_at(rows: Sequence[Row]) -> list[Look]:
    """The students whom a person should look at, with the reasons; most points at stake first."""
    found = []
    for row in rows:
        reasons = [] if row.graded else [f"not graded: {row.reason}"]
        reasons += row.flags
        stopped = defaultdict(list)
        for exercise, message in row.failed.items():
            if any(each in message for each in STOPPED):
                stopped[message].append(exercise)
        reasons += [f"{', '.join(names)}: {message}" for message, names in stopped.items()]
        if reasons:
            found.append(Look(row, row.at_stake, reasons))
    return sorted(found, key=lambda each: -each.at_stake)


def about_the_run(rows: Sequence[Row]) -> list[str]:
    """Sentences on time and isolation, as far as they were written down."""
    timed = [row.seconds for row in rows if row.seconds > 0]
    said = []
    if timed:
        each = f"median {duration(median(timed))}, longest {duration(max(timed))}"
        said.append(f"Grading took {duration(sum(timed))} of computing; a submission: {each}.")
    ways = Counter(row.isolation for row in rows if row.isolation)
    trusted = ways.pop(TRUSTED, 0)
    if ways:
        said.append(f"Students' code was isolated by {', '.join(sorted(ways))}.")
    if trusted:
        said.append(f"Graded without isolation, as submissions that are trusted: {trusted}.")
    return said


def answers(rows: Sequence[Row], questions: Sequence[Exercise]) -> list[Answers]:
    """What was given for each question that a person grades."""
    found = []
    for each in questions:
        marks = [mark for row in rows if row.graded and (mark := row.marks.cells.get(each.name))]
        read = [mark.score for mark in marks if mark.manual is not None and not mark.again]
        waiting = sum(mark.is_unread or mark.again for mark in marks)
        found.append(Answers(each, len(read) + waiting, read))
    return found


def averages(rows: Sequence[Row]) -> tuple[float, float]:
    """Mean and median of the points of the checks."""
    scores = [row.score for row in rows] or [0.0]
    return mean(scores), median(scores)
