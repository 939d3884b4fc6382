"""Grade a class of notebooks, and write its feedback."""

from tito.grading.pages import feedback
from tito.grading.run import grade
from tito.places import (
    autograded_notebook,
    feedback_page,
    released_source,
    submitted_notebook,
    submitted_students,
)

__all__ = [
    "autograded_notebook",
    "feedback",
    "feedback_page",
    "grade",
    "released_source",
    "submitted_notebook",
    "submitted_students",
]
