"""What stands in a gradebook, read as rows of its tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path

JOINED = """
select submitted_assignment.student_id, base_cell.name, {columns} from {table}
join submitted_notebook on {table}.notebook_id = submitted_notebook.id
join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
join base_cell on {table}.cell_id = base_cell.id
"""


def grade_rows(gradebook: Path) -> list[tuple]:
    """Student, cell, points of the checks, points by hand, whether a person has to look at it."""
    columns = "grade.auto_score, grade.manual_score, grade.needs_manual_grade"
    return read(gradebook, JOINED.format(table="grade", columns=columns))


def comment_rows(gradebook: Path) -> list[tuple]:
    """Student, cell, and the remark on it."""
    return read(gradebook, JOINED.format(table="comment", columns="comment.auto_comment"))


def read(gradebook: Path, query: str) -> list[tuple]:
    with sqlite3.connect(gradebook) as database:
        return sorted(database.execute(query).fetchall(), key=repr)
