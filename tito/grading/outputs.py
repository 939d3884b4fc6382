"""Write what comes of a submission: the graded notebook, and its part of the gradebook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tito.cells import GRADED, Kind, cells_of, name_of
from tito.course import Assignment
from tito.files import remove_folder, save
from tito.grading.gradebook import ClassGradebook
from tito.grading.intake import name_problem
from tito.grading.journal import Entry
from tito.grading.rebuild import Content, Release
from tito.grading.rows import Outcome
from tito.times import parse_time

NO_RESPONSE = "No response."  # nbgrader's remark


def write_outputs(
    assignment: Assignment,
    release: Release,
    gradebook: ClassGradebook,
    entries: Sequence[Entry],
) -> None:
    """Write graded notebooks first, then all their rows at once. Doing it twice does no harm."""
    for entry in entries:
        path = assignment.autograded(entry.student)
        if entry.status == "graded":
            save(path, notebook_text(release.graded, entry), durable=True)
            note_time(assignment, entry)
        else:
            remove_folder(path.parent)
            remove_folder(assignment.feedback_page(entry.student).parent)
    rows = [entry for entry in entries if not name_problem(entry.student)]
    gradebook.write([outcome(release, entry) for entry in rows])


def note_time(assignment: Assignment, entry: Entry) -> None:
    """Keep the time beside the graded notebook, where nbgrader looks for it."""
    path = assignment.autograded(entry.student).with_name("timestamp.txt")
    if entry.timestamp:
        save(path, entry.timestamp + "\n")
    else:
        path.unlink(missing_ok=True)


def notebook_text(graded: Content, entry: Entry) -> str:
    """The graded notebook: the lesson's, with a student's answers and what came of them."""
    count = 0
    cells = []
    for cell in graded["cells"]:
        name = name_of(cell)
        changes: dict[str, Any] = {}
        if name in entry.answers:
            changes["source"] = entry.answers[name].splitlines(keepends=True)
        if name in entry.pictures:
            changes["attachments"] = entry.pictures[name]
        if cell["cell_type"] == "code" and name:
            count += 1
            changes |= {"execution_count": count, "outputs": entry.judged.outputs.get(name, [])}
        cells.append(cell | changes)
    notebook = graded | {"cells": cells}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def outcome(release: Release, entry: Entry) -> Outcome:
    """What the gradebook learns, by nbgrader's rules."""
    stubs = release.solutions
    unanswered = {name for name, stub in stubs.items() if entry.answers.get(name) == stub}
    refused = entry.status != "graded"
    scores: dict[str, float | None] = {}
    for cell in cells_of(release.graded):
        if cell.kind in GRADED and (refused or cell.name in unanswered):
            scores[cell.name] = 0.0
        elif cell.kind in GRADED:
            by_hand = cell.kind is Kind.QUESTION
            scores[cell.name] = None if by_hand else entry.judged.scores.get(cell.name, 0.0)
    comments = {name: NO_RESPONSE if name in unanswered else None for name in stubs}
    time = parse_time(entry.timestamp)
    changed = frozenset(entry.changed)
    gone = unanswered | {
        cell.name for cell in cells_of(release.graded) if cell.exercise in unanswered
    }
    of_changed = {"changed": changed, "emptied": changed & gone}
    return Outcome(entry.student, time, scores, comments, by_hand=not refused, **of_changed)
