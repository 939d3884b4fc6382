"""When a lesson is due, from the class's gradebook."""

from __future__ import annotations

from datetime import UTC, datetime

from nbgrader.api import MissingEntry

from tito.course import Assignment
from tito.nbgrader_api import nbgrader_for


def due_date(assignment: Assignment) -> datetime | None:
    """When the lesson is due, UTC; nothing where no date is set."""
    if not assignment.course.gradebook.is_file():
        return None
    with nbgrader_for(assignment.course) as api, api.gradebook as gradebook:
        try:
            due = gradebook.find_assignment(assignment.name).duedate
        except MissingEntry:
            return None
    return due.replace(tzinfo=UTC) if due else None
