"""A class's grades as plain data, for other programs: docs/results.md describes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tito.grades import Grades, Row

SCHEMA = 1  # goes up when a name goes or changes its meaning; names that come do not count


def results(classes: Iterable[Grades]) -> dict[str, Any]:
    """What `tito grade --json` prints."""
    return {"schema": SCHEMA, "lessons": [lesson(grades) for grades in classes]}


def lesson(grades: Grades) -> dict[str, Any]:
    return {
        "lesson": grades.lesson,
        "max_points": grades.worth,
        "exercises": [{"name": part.name, "points": part.points} for part in grades.exercises],
        "questions": [{"name": part.name, "points": part.points} for part in grades.questions],
        "students": [student(row) for row in grades.rows],
    }


def student(row: Row) -> dict[str, Any]:
    """One student; who is not graded has no points, which is not the same as 0."""
    about = {
        "student": row.student,
        "name": row.name,
        "section": row.section,
        "status": row.status,
        "reason": "" if row.graded else row.reason,
        "handed_in": f"{row.late.handed_in:%Y-%m-%dT%H:%M:%SZ}" if row.late.handed_in else None,
        "late": row.late.is_late,
        "late_seconds": row.late.by.total_seconds(),
        "flags": row.flags,
    }
    if not row.graded:
        return about | {"total": None, "penalty": None, "unread": 0, "parts": []}
    exercises = [
        {"name": name, "points": points, "said": row.failed.get(name, "")}
        for name, points in row.points.items()
    ]
    questions = [{"name": name, "points": points} for name, points in row.manual.items()]
    counts = {"total": row.total, "penalty": row.penalty, "unread": row.unread}
    return about | counts | {"parts": [*exercises, *questions]}
