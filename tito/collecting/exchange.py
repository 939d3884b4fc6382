"""What nbgrader's exchange needs to give feedback back to the student who handed in."""

from __future__ import annotations

from tito.course import Course
from tito.files import save
from tito.places import feedback_page

SECRET = "submission_secret.txt"  # nbgrader, exchange/default/submit.py


def ready_to_return(course: Course, lesson: str) -> None:
    """Put time and secret of each submission beside its feedback page.

    `nbgrader release_feedback` looks for both there. Submissions that did not come through the
    exchange have no secret, and nothing is done for them.
    """
    for secret in course.submitted.glob(f"*/{lesson}/{SECRET}"):
        page = feedback_page(course, lesson, secret.parent.parent.name)
        if page.is_file() and not secret.is_symlink():
            for name in (SECRET, "timestamp.txt"):
                save(page.with_name(name), secret.with_name(name).read_bytes())
