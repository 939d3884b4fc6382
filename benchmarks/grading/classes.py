"""A made-up class of any size: right, wrong, half-done and other answers of the catalogue."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from tito.answers import fill, reference
from tito.catalogue import Answer, read_catalogue
from tito.cells import OPEN, kind_of
from tito.course import Assignment
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import release

Answers = dict[str, str]


@dataclass(frozen=True)
class Material:
    """What submissions are made of."""

    released: NotebookNode
    reference: Answers
    wrong: Sequence[Answer]
    right: Sequence[Answer]


def material(assignment: Assignment) -> Material:
    """Release the lesson and read the catalogue."""
    released = read_notebook(release(assignment))
    known = read_catalogue(assignment)
    answers = reference(nbformat.from_dict(assignment.source))
    return Material(released, answers, known.wrong, known.right)


def everything_right(each: Material, chance: random.Random) -> Answers:
    return dict(each.reference)


def one_wrong(each: Material, chance: random.Random) -> Answers:
    return each.reference | chosen(each.wrong, 1, chance)


def three_wrong(each: Material, chance: random.Random) -> Answers:
    return each.reference | chosen(each.wrong, 3, chance)


def right_otherwise(each: Material, chance: random.Random) -> Answers:
    return each.reference | chosen(each.right, len(each.right), chance)


def half_done(each: Material, chance: random.Random) -> Answers:
    names = list(each.reference)
    return {name: each.reference[name] for name in names[: len(names) // 2]}


def chosen(answers: Sequence[Answer], count: int, chance: random.Random) -> Answers:
    return {answer.exercise: answer.source for answer in chance.sample(answers, count)}


# Of ten students: how most classes look after some hours of work.
KINDS: tuple[Callable[[Material, random.Random], Answers], ...] = (
    everything_right,
    *[one_wrong] * 4,
    *[three_wrong] * 2,
    *[right_otherwise] * 2,
    half_done,
)


def submissions(each: Material, count: int) -> Iterator[tuple[str, bytes]]:
    """Students' names and notebooks: the same ones whenever the catalogue is the same."""
    for number in range(count):
        student = f"student{number:05d}"
        answers = KINDS[number % len(KINDS)](each, random.Random(number))
        yield student, notebook_bytes(signed(fill(each.released, answers), student))


def signed(notebook: NotebookNode, student: str) -> NotebookNode:
    """The notebook with the student's name in every answer: no two answers are the same text."""
    for cell in notebook.cells:
        if kind_of(cell) in OPEN:
            hand = f"# {student}" if cell.cell_type == "code" else f"{student} thinks so."
            cell.source = f"{cell.source}\n{hand}"
    return notebook


def hand_in(assignment: Assignment, notebooks: Iterator[tuple[str, bytes]]) -> list[str]:
    """Write the notebooks into the class's submitted/; return the students."""
    students = []
    for student, content in notebooks:
        path = assignment.submission(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        students.append(student)
    return students
