"""Grade a class."""

from __future__ import annotations

from tito.course import Course
from tito.grading import PATIENCE
from tito.grading.judges import Judging, local_judges
from tito.judging.plan import plan_of
from tito.places import submitted_students
from tito.progress import Track, quiet


def grade(
    course: Course,
    lesson: str,
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
    course.lesson(lesson)
    students = submitted_students(course)
    with (judging or local_judges())(plan_of(course, lesson)) as judge:
        # Here, because it loads nbgrader: a judge makes itself ready meanwhile.
        from tito.grading.class_run import grade_students

        return grade_students(course, lesson, students, judge, regrade, track, patience)
