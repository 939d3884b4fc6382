"""Show a class's grades: in the terminal, as files for spreadsheets, as pages to read or print."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tito.catalogue import read_catalogue
from tito.collecting.roster import Roster
from tito.course import Assignment
from tito.files import save, writing
from tito.grades import Grades, read_grades
from tito.report.filling import Filled, fill
from tito.report.hints import first_hints, question_titles
from tito.report.pages import class_page, has_page, picture_page, student_page
from tito.report.picture import picture
from tito.report.spreadsheet import Lines, canvas, moodle, plain, without_number
from tito.unfinished import remove_unfinished


def publish(assignment: Assignment, grades: Grades) -> tuple[Path, Path]:
    """Write grades.csv, report.html and students/STUDENT.html into CLASS/report/LESSON.

    Each file appears whole or not at all; pages of students who are gone are removed.

    Returns:
        grades.csv and report.html.
    """
    folder, students = assignment.report, assignment.report / "students"
    remove_unfinished(assignment.course)
    hints, titles = first_hints(assignment.source), question_titles(assignment.source)
    rows = [row for row in grades.rows if has_page(row)]
    pages = {f"{row.student}.html": student_page(grades, row, hints, titles) for row in rows}
    for name, text in pages.items():
        save(students / name, text)
    with writing(students):
        for page in students.glob("*.html"):
            if page.name not in pages:
                page.unlink()
    save(folder / "grades.csv", plain(grades))
    known = read_catalogue(assignment).wrong
    save(folder / "report.html", class_page(grades, known, titles))
    if shown := picture(grades.rows):
        save(folder / "picture.html", picture_page(assignment.name, shown))
    else:
        (folder / "picture.html").unlink(missing_ok=True)
    return folder / "grades.csv", folder / "report.html"


def export(
    assignment: Assignment, kind: str, title: str | None = None, so_far: bool = False
) -> tuple[Path, list[str]]:
    """Write grades_KIND.csv ("plain": grades.csv), whole or not at all.

    Args:
        kind: "plain", "canvas" or "moodle".
        title: what the column is called in Canvas: "TITLE (NUMBER)" for one that is there.
        so_far: give points to students whose answers are not all read, too.

    Returns:
        The file, and what the instructor should know before importing it, a line each.
    """
    grades = read_grades(assignment)
    roster = Roster.read(assignment.course).lines
    if kind == "canvas":
        text = canvas(grades, roster, title or assignment.name, so_far)
    elif kind == "moodle":
        text = moodle(grades, roster, so_far)
    else:
        text = plain(grades)
    path = assignment.report / ("grades.csv" if kind == "plain" else f"grades_{kind}.csv")
    save(path, text)
    return path, [] if kind == "plain" else doubts(grades, roster, kind, so_far)


def fill_in(
    assignment: Assignment, worksheet: Path, title: str | None = None, so_far: bool = False
) -> Filled:
    """Write the grades into the file that Canvas or Moodle gave; see `tito.report.filling`."""
    grades = read_grades(assignment)
    roster = Roster.read(assignment.course).lines
    filled = fill(worksheet, grades, roster, title, so_far)
    about = about_rows(grades, so_far, "Their cells stay as they were")
    return replace(filled, doubts=[*about, *filled.doubts])


STATUS = {"refused": "refused, the report says why", "missing": "nothing handed in"}


def doubts(grades: Grades, roster: Lines, kind: str, so_far: bool) -> list[str]:
    found = about_rows(grades, so_far)
    if unknown := without_number(grades, roster, kind):
        found.append(
            f"roster.csv has no {kind} id for {len(unknown)} students: {named(unknown)}; "
            "`tito collect` fills it in from a platform's zip, or do it by hand"
        )
    return found


def about_rows(grades: Grades, so_far: bool, instead: str = "") -> list[str]:
    """Whose cell is empty, and why."""
    found = []
    unread = [row.student for row in grades.rows if row.unread]
    for status in dict.fromkeys(row.status for row in grades.rows if not row.graded):
        students = [row.student for row in grades.rows if row.status == status]
        cells = instead or (
            f"An empty cell stands in the file for {len(students)} of {len(grades.rows)} students, "
            "not 0"
        )
        found.append(f"{STATUS.get(status, status)}: {named(students)}. {cells}")
    if unread and not so_far:
        found.append(
            f"{len(unread)} students have answers that nobody has read and get no points in the "
            f"file: {named(unread)}; --so-far gives what they have"
        )
    return found


def named(students: list[str], most: int = 3) -> str:
    more = len(students) - most
    return ", ".join(students[:most]) + (f" and {more} more" if more > 0 else "")
