"""Grade a class."""

from __future__ import annotations

import secrets

from tito.course import Assignment, Course
from tito.grading import PATIENCE
from tito.grading.judges import Judging, local_judges
from tito.judging.plan import plan_of
from tito.progress import Track, quiet

LARGEST_SEED = 2**32


def grade(
    assignment: Assignment,
    regrade: bool = False,
    track: Track = quiet,
    judging: Judging | None = None,
    patience: float = PATIENCE,
) -> list[str]:
    """Grade every submission that changed since it was graded, or all with `regrade`.

    A run that ended early, however it ended, goes on where it was.

    Args:
        judging: who judges; by default isolated processes on this machine, one for each core.
        patience: seconds to wait for a gradebook that another program holds.

    Returns:
        The students graded now, refused submissions included.
    """
    seed = seed_of(assignment.course)
    plan = plan_of(assignment, seed)
    students = assignment.students()
    with (judging or local_judges())(plan) as judge:
        # Here, because it loads nbgrader: a judge makes itself ready meanwhile.
        from tito.grading.class_run import grade_students

        return grade_students(assignment, students, judge, regrade, track, patience, seed)


def seed_of(course: Course) -> int:
    """The seed of a class; a new one where nothing is graded yet. What is built has none."""
    built = course.class_folder.is_relative_to(course.build)
    return course.read_seed() or (0 if built else 1 + secrets.randbelow(LARGEST_SEED))
