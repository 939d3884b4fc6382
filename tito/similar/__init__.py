"""Which answers of a class are alike, to be looked at by a person: nobody is judged here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from tito.answers import reference
from tito.cells import Kind, kind_of, name_of, text_of
from tito.course import Assignment
from tito.errors import CourseError
from tito.files import save
from tito.grading.journal import read_records
from tito.notebooks import read_plain
from tito.report.pages import render
from tito.similar.pairs import Alike, alike

MOST_SHOWN = 100  # pairs on the page

Answers = dict[str, str]  # exercise -> text of its cell


@dataclass
class Pair:
    """Two students with answers that are alike."""

    students: tuple[str, str]
    alike: list[Alike] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """How much they share that others do not have."""
        return sum(each.weight for each in self.alike)


@dataclass(frozen=True)
class Found:
    """What came of a class."""

    lesson: str
    students: int  # whose answers were compared
    pairs: list[Pair]  # those that share most first
    unread: dict[str, list[str]]  # exercise -> students whose answer is no Python
    page: Path

    @property
    def shown(self) -> list[Pair]:
        return self.pairs[:MOST_SHOWN]


def similar(assignment: Assignment) -> Found:
    """Compare the answers of a graded class, and write similar.html beside its report.

    Raises:
        CourseError: nothing is graded, or only one student's answers.
    """
    answers = answers_of_class(assignment)
    given = [*given_answers(assignment)]
    pairs: dict[tuple[str, str], Pair] = {}
    unread: dict[str, list[str]] = {}
    for exercise in given[0]:
        theirs = {student: each[exercise] for student, each in answers.items() if exercise in each}
        found, left_out = alike(exercise, theirs, [each.get(exercise, "") for each in given])
        unread |= {exercise: left_out} if left_out else {}
        for each in found:
            pairs.setdefault(each.students, Pair(each.students)).alike.append(each)
    ordered = sorted(pairs.values(), key=lambda pair: (-pair.weight, pair.students))
    page = assignment.report / "similar.html"
    result = Found(assignment.name, len(answers), ordered, unread, page)
    save(page, render("similar.html.j2", found=result))
    return result


def answers_of_class(assignment: Assignment) -> dict[str, Answers]:
    """The answers of each graded student, as grading found them."""
    entries = read_records(assignment.journal).entries
    books = {name: assignment.autograded(name) for name in sorted(entries)}
    found = {name: answers_in(path) for name, path in books.items() if path.is_file()}
    if len(found) < 2:
        graded = f"of {assignment.name} {len(found) or 'no'} submission is graded"
        raise CourseError(
            f"{graded} in {assignment.course.class_folder}, two are needed to compare: "
            "run `tito grade` first"
        )
    return found


def answers_in(notebook: Path) -> Answers:
    cells = read_plain(notebook)["cells"]
    return {name_of(cell): text_of(cell) for cell in cells if kind_of(cell) is Kind.EXERCISE}


def given_answers(assignment: Assignment) -> Iterator[Answers]:
    """The reference, and the stubs that students began from."""
    yield reference(nbformat.from_dict(assignment.source))
    if assignment.released.is_file():
        yield answers_in(assignment.released)
