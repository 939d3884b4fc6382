"""Write feedback pages: nbgrader's, only those whose content changed, on all cores."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import nbformat
from nbgrader.apps import NbGraderAPI

from tito import nbgrader_api
from tito.cells import GRADED, OPEN, cells_of, grading, kind_of, name_of
from tito.course import CONFIG, Assignment
from tito.errors import CourseError
from tito.files import digest, save
from tito.grading.exporter import PageExporter, page_exporter
from tito.grading.gradebook import Marks
from tito.grading.intake import shown
from tito.grading.journal import Journal, Records, read_records
from tito.grading.judges import available_cores
from tito.grading.lateness import current_marks
from tito.grading.plain_page import plain_page
from tito.grading.rows import Mark
from tito.nbgrader_api import nbgrader_for
from tito.processes import Bounds, in_processes
from tito.progress import Track, quiet
from tito.unfinished import remove_unfinished

FEW = 4  # pages for which it is not worth to make one beforehand
NOT_READ = "Not read yet: no points so far."
LARGEST_PAGE = 40 * 2**20  # characters
PAGE = Bounds(seconds=60.0)


def feedback(
    assignment: Assignment,
    track: Track = quiet,
    workers: int | None = None,
    bounds: Bounds = PAGE,
) -> Written:
    """Write the feedback page of every graded submission whose grades changed since.

    Each is made by itself, in bounds. Where that fails, a plain page with the same marks stands in
    for it, and the next run tries again.

    Args:
        workers: processes that write, by default one for each core.
        bounds: what one page may take.
    """
    course = assignment.course
    if not read_records(assignment.journal).entries:
        raise CourseError(
            f"nothing of {assignment.name} is graded in {course.class_folder}: "
            "run `tito grade` first"
        )
    with nbgrader_for(course) as api, Journal(assignment.journal) as journal:
        remove_unfinished(course)
        pages = Pages(api, assignment, journal.records)
        current, problems = pages.digests()
        due = pages.not_written(current)
        processes = workers or len(available_cores())
        if len(due) > FEW:
            pages.warm_up()
        made = in_processes(pages.write, due, processes, bounds)
        for student, problem in track(made, total=len(due)) if due else ():
            if problem:
                problems[student] = problem
            else:
                journal.mark_pages({student: current[student]})
        plain = [student for student in due if student in problems]
        for student, problem in in_processes(pages.write_plain, plain, processes, PAGE):
            problems[student] += f"; no plain page either: {problem}" if problem else ""
    return Written(due, problems)


def out_of_date(assignment: Assignment) -> list[str]:
    """The students whose feedback page shows other marks than there are, or is not written."""
    records = read_records(assignment.journal)
    with nbgrader_for(assignment.course) as api:
        pages = Pages(api, assignment, records)
        current, _ = pages.digests()
        return pages.not_written(current)


@dataclass(frozen=True)
class Written:
    """Whose page was written now, and for whom it could not be made as the others are, and why."""

    students: list[str]
    problems: dict[str, str]

    def doubts(self) -> list[str]:
        """What to say of the problems, a line each."""
        return [
            f"{shown(student)}: a plain page stands in for the feedback page ({shown(why)})"
            for student, why in self.problems.items()
        ]


class Pages:
    """The feedback pages of a class."""

    def __init__(self, api: NbGraderAPI, assignment: Assignment, records: Records) -> None:
        self.api, self.assignment, self.records = api, assignment, records
        self.marks = current_marks(api, assignment, records.entries)
        self.exporter: PageExporter = page_exporter(api)

    def digests(self) -> tuple[dict[str, str], dict[str, str]]:
        """One hash for what each student's page shows: the graded notebook, points and comments.

        Returns:
            The hashes by student, and for whom there is none, why.
        """
        config = (self.assignment.course.root / CONFIG).read_bytes()
        entries = self.records.entries.items()
        graded = [name for name, entry in entries if entry.status == "graded"]
        shared = (config, nbgrader_api.VERSION.encode())
        found, problems = {}, {}
        for name in sorted({*graded} & self.records.applied & self.marks.keys()):
            try:
                content = self._notebook(name)
            except CourseError as error:
                problems[name] = str(error)
                continue
            found[name] = digest(content, repr(self.marks[name]).encode(), *shared)
        return found, problems

    def not_written(self, current: dict[str, str]) -> list[str]:
        """The students whose page is not there, or was made from something else."""
        there = self.assignment.feedback_page
        return [
            student
            for student, made_from in current.items()
            if self.records.pages.get(student) != made_from or not there(student).is_file()
        ]

    def warm_up(self) -> None:
        """Make a page of the lesson as it is handed out: copies start with what all have in common.

        It is no student's, so nothing of it can hang.
        """
        notebook = nbformat.read(self.assignment.released, as_version=4)
        graded = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
        marks = Marks(dict.fromkeys(graded, Mark(0.0, None, None)), {}, None)
        enter_marks(notebook, marks)
        self._page(notebook, "", marks)

    def write(self, student: str) -> None:
        """Write a student's page as nbgrader makes it."""
        notebook, marks = self._marked(student)
        page = self._page(notebook, student, marks)
        if len(page) > LARGEST_PAGE:
            raise CourseError(f"it has {len(page):,} characters, {LARGEST_PAGE:,} are allowed")
        save(self.assignment.feedback_page(student), page.encode("utf-8", "replace"))

    def write_plain(self, student: str) -> None:
        """Write a page without colours, Markdown and pictures, which nothing can make fail."""
        notebook, marks = self._marked(student)
        page = plain_page(notebook, self._shown(notebook, student, marks))
        save(self.assignment.feedback_page(student), page.encode("utf-8", "replace"))

    def _marked(self, student: str) -> tuple[nbformat.NotebookNode, Marks]:
        notebook = nbformat.from_dict(json.loads(self._notebook(student)))
        notebook = nbformat.v4.rwbase.rejoin_lines(notebook)
        enter_marks(notebook, self.marks[student])
        return notebook, self.marks[student]

    def _page(self, notebook: nbformat.NotebookNode, student: str, marks: Marks) -> str:
        resources = {"nbgrader": self._shown(notebook, student, marks)}
        page, _ = self.exporter.from_notebook_node(notebook, resources=resources)
        return page

    def _shown(self, notebook: nbformat.NotebookNode, student: str, marks: Marks) -> dict[str, Any]:
        penalty = marks.penalty or 0.0
        return {
            "notebook": self.assignment.name,
            "assignment": self.assignment.name,
            "student": student,
            "score": sum(mark.score for mark in marks.cells.values()) - penalty,
            "max_score": max_score(notebook),
            "late_penalty": penalty,
        }

    def _notebook(self, student: str) -> bytes:
        path = self.assignment.autograded(student)
        try:
            return path.read_bytes()
        except OSError as error:
            raise CourseError(
                f"cannot read {path}: {error.strerror}. Run `tito grade` again"
            ) from error


def enter_marks(notebook: nbformat.NotebookNode, marks: Marks) -> None:
    """Note points and comments in the cells, where nbgrader's template looks for them."""
    for cell in notebook.cells:
        kind, name, noted = kind_of(cell), name_of(cell), grading(cell)
        if kind in OPEN:
            noted["comment"] = marks.comments.get(name)
        if kind in GRADED:
            noted["score"] = marks.cells[name].score
            if marks.cells[name].is_unread:
                noted["comment"] = NOT_READ


def max_score(notebook: nbformat.NotebookNode) -> float:
    return sum(cell.points for cell in cells_of(notebook))
