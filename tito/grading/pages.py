"""Write feedback pages: nbgrader's, only those whose content changed, on all cores."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context
from typing import Any

import nbformat
from nbgrader.apps import NbGraderAPI

from tito import nbgrader_api
from tito.cells import GRADED, OPEN, cells_of, grading, kind_of, name_of
from tito.course import CONFIG, Assignment
from tito.errors import CourseError
from tito.files import digest, save
from tito.grading.exporter import PageExporter, page_exporter
from tito.grading.gradebook import ClassGradebook, Marks
from tito.grading.journal import Journal, Records, read_records
from tito.grading.judges import available_cores
from tito.nbgrader_api import nbgrader_for
from tito.progress import Track, quiet
from tito.unfinished import remove_unfinished

FEW = 4  # pages for which another process is not worth its start


def feedback(assignment: Assignment, track: Track = quiet, workers: int | None = None) -> list[str]:
    """Write the feedback page of every graded submission whose grades changed since.

    Args:
        workers: processes that write, by default one for each core.

    Returns:
        The students whose page was written now.
    """
    course = assignment.course
    if not read_records(assignment.journal).entries:
        raise CourseError(
            f"nothing of {assignment.name} is graded in {course.class_folder}: "
            "run `tito grade` first"
        )
    with nbgrader_for(course) as api, Journal(assignment.journal) as journal:
        remove_unfinished(course)
        pages = Pages(api, assignment)
        current = pages.digests(journal.records)
        due = [name for name in current if not pages.is_written(name, current, journal.records)]
        processes = min(workers or len(available_cores()), len(due) // FEW)
        written = in_processes(pages.write, due, processes)
        for student in track(written, total=len(due)) if due else ():
            journal.mark_pages({student: current[student]})
    return due


class Pages:
    """The feedback pages of a class."""

    def __init__(self, api: NbGraderAPI, assignment: Assignment) -> None:
        self.api, self.assignment = api, assignment
        self.marks = ClassGradebook(api, assignment.name).marks()
        self.exporter: PageExporter = page_exporter(api)

    def digests(self, records: Records) -> dict[str, str]:
        """One hash for what each student's page shows: the graded notebook, points and comments."""
        config = (self.assignment.course.root / CONFIG).read_bytes()
        graded = [name for name, entry in records.entries.items() if entry.status == "graded"]
        shared = (config, nbgrader_api.VERSION.encode())
        return {
            name: digest(self._notebook(name), repr(self.marks[name]).encode(), *shared)
            for name in sorted({*graded} & records.applied & self.marks.keys())
        }

    def is_written(self, student: str, current: dict[str, str], records: Records) -> bool:
        page = self.assignment.feedback_page(student)
        return records.pages.get(student) == current[student] and page.is_file()

    def write(self, student: str) -> None:
        notebook = nbformat.from_dict(json.loads(self._notebook(student)))
        notebook = nbformat.v4.rwbase.rejoin_lines(notebook)
        marks = self.marks[student]
        enter_marks(notebook, marks)
        penalty = marks.penalty or 0.0
        shown = {
            "notebook": self.assignment.name,
            "assignment": self.assignment.name,
            "student": student,
            "score": sum(mark.score for mark in marks.cells.values()) - penalty,
            "max_score": max_score(notebook),
            "late_penalty": penalty,
        }
        page, _ = self.exporter.from_notebook_node(notebook, resources={"nbgrader": shown})
        save(self.assignment.feedback_page(student), page.encode("utf-8", "replace"))

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


def max_score(notebook: nbformat.NotebookNode) -> float:
    return sum(cell.points for cell in cells_of(notebook))


@dataclass(frozen=True)
class Failed:
    """An error on its way from another process."""

    error: BaseException


def in_processes(
    work: Callable[[str], None], names: Sequence[str], processes: int
) -> Iterator[str]:
    """Do `work` for each name, and yield the names as they are done.

    The processes are copies of this one, with all it has loaded; where the system makes none, and
    for little work, this process does it.
    """
    if processes < 2 or sys.platform != "linux":
        for name in names:
            work(name)
            yield name
        return
    work(names[0])  # the copies start with what every page has in common
    yield names[0]
    context = get_context("fork")
    lines = {}
    for place in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        mine = names[1 + place :: processes]
        worker = context.Process(target=do_each, args=(work, mine, theirs), daemon=True)
        worker.start()
        theirs.close()
        lines[ours] = worker
    try:
        yield from as_done(lines)
    finally:
        for worker in lines.values():
            worker.terminate()
            worker.join()


def do_each(work: Callable[[str], None], names: Sequence[str], line: Any) -> None:
    """Work in a process of its own; it ends when the one that started it is gone."""
    try:
        for name in names:
            work(name)
            line.send(name)
    except BrokenPipeError:
        return
    except CourseError as error:
        line.send(Failed(error))


def as_done(lines: dict[Any, Any]) -> Iterator[str]:
    open_lines = set(lines)
    line: Any
    while open_lines:
        for line in connection.wait(open_lines):
            try:
                answer = line.recv()
            except EOFError:
                open_lines.discard(line)
                if lines[line].join() or lines[line].exitcode:
                    raise CourseError(
                        "a process that writes feedback ended: run `tito feedback` again"
                    ) from None
                continue
            if isinstance(answer, Failed):
                raise answer.error
            yield answer
