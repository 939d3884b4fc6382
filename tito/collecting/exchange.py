"""What nbgrader's exchange needs to give feedback back to the student who handed in."""

from __future__ import annotations

from tito.course import Assignment
from tito.files import save

SECRET = "submission_secret.txt"  # nbgrader, exchange/default/submit.py


def ready_to_return(assignment: Assignment) -> None:
    """Put time and secret of each submission beside its feedback page.

    `nbgrader release_feedback` looks for both there. Submissions that did not come through the
    exchange have no secret, and nothing is done for them.
    """
    for secret in assignment.course.submitted.glob(f"*/{assignment.name}/{SECRET}"):
        page = assignment.feedback_page(secret.parent.parent.name)
        if page.is_file() and not secret.is_symlink():
            for name in (SECRET, "timestamp.txt"):
                save(page.with_name(name), secret.with_name(name).read_bytes())
