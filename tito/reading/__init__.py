"""Read and mark the answers that a person grades: `tito read`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tito.course import Assignment
from tito.errors import CourseError
from tito.nbgrader_api import nbgrader_for
from tito.reading.store import Readings


@contextmanager
def readings(assignments: Sequence[Assignment]) -> Iterator[dict[str, Readings]]:
    """The answers to the questions of each lesson, by its name.

    Raises:
        CourseError: a lesson is not graded, or none of them has a question.
    """
    for each in assignments:
        if not each.is_graded:
            folder = each.course.class_folder
            raise CourseError(
                f"nothing of {each.name} is graded in {folder}: run `tito grade` first"
            )
    with nbgrader_for(assignments[0].course) as api:
        found = {each.name: Readings(api, each) for each in assignments}
        asked = {name: each for name, each in found.items() if each.questions}
        if not asked:
            raise CourseError(f"no question to read in {', '.join(found)}: checks give all points")
        yield asked
