"""Grades as files that spreadsheets, Canvas and Moodle read."""

from __future__ import annotations

from collections.abc import Mapping

from tito.collecting.record import LATE
from tito.grades import Grades, Row
from tito.report.text import number
from tito.tables import harmless, written

Line = Mapping[str, str]  # of the roster
Lines = Mapping[str, Line]  # by student

# Canvas, lib/gradebook_importer.rb (row_has_student_headers?, update_column_count, process_pp): the
# five columns in this order; a student is found by ID, else by SIS User ID, SIS Login ID, name. The
# other columns are assignments, "TITLE (ID)" for one that is there. A row may say their worth.
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")

# Moodle, mod/assign/feedback/offline/importgradeslib.php (init, next): the grading worksheet needs
# Identifier, Grade and Last modified (grade); the identifier is "Participant " and the number that
# is in the names of the downloaded files. The others are for whoever reads the file, and for
# Grades > Import > CSV file, which finds a student by email address.
MOODLE_COLUMNS = (
    "Identifier",
    "Full name",
    "Email address",
    "Grade",
    "Maximum Grade",
    "Last modified (grade)",
)


def plain(grades: Grades) -> str:
    """One line a student: checks, questions read by a person, penalty and total, then each part.

    Who is not graded has no points, which is not the same as 0.
    """
    parts = [*grades.exercises, *grades.questions]
    totals = ("score", "max_score", "by_hand", "by_hand_max", "not_read", "penalty", "total")
    about = ("student", "status", "handed_in", "late")
    table = [[*about, *totals, *(part.name for part in parts)]]
    by_hand_max = number(sum(part.points for part in grades.questions))
    for row in grades.rows:
        exercises = [number(row.points[part.name]) for part in grades.exercises]
        questions = [given(row.manual.get(part.name)) for part in grades.questions]
        scores = [number(row.score), number(row.max_score), number(row.by_hand), by_hand_max]
        whole = [*scores, str(row.unread), number(row.penalty), number(row.total)]
        points = [*whole, *exercises, *questions]
        if not row.graded:
            points = [""] * len(points)
        when = [row.handed_in, LATE if row.late.is_late else ""]
        table.append([harmless(row.student), row.status, *when, *points])
    return written(table)


def canvas(grades: Grades, roster: Lines, assignment: str, so_far: bool = False) -> str:
    """For Canvas: Grades > Import. Students without an ID are found by name."""
    possible = number(grades.worth)
    table = [[*CANVAS_COLUMNS, assignment], ["    Points Possible", "", "", "", "", possible]]
    for row in grades.rows:
        line = about(row, roster)
        number_there = line["id"] if line["platform"] in ("canvas", "") else ""
        ids = [number_there, line["sis_user_id"], line["sis_login_id"], line["section"]]
        about_them = map(harmless, [line["name"], *ids])
        table.append([*about_them, final(row, so_far)])
    return written(table)


def moodle(grades: Grades, roster: Lines, so_far: bool = False) -> str:
    """For Moodle: the assignment's "Upload grading worksheet"."""
    table = [list(MOODLE_COLUMNS)]
    for row in grades.rows:
        line = about(row, roster)
        is_known = line["id"] and line["platform"] in ("moodle", "")
        identifier = f"Participant {line['id']}" if is_known else ""
        name = harmless(line["name"])
        most = number(grades.worth)
        mail = harmless(line["email"])
        table.append([identifier, name, mail, final(row, so_far), most, "-"])
    return written(table)


def about(row: Row, roster: Lines) -> Line:
    blank = dict.fromkeys(("platform", "id", "email", "section"), "")
    blank |= {"name": row.student, "sis_user_id": "", "sis_login_id": ""}
    return {**blank, **roster.get(row.student, {})}


def without_number(grades: Grades, roster: Lines, platform: str) -> list[str]:
    """The students by whose line the platform cannot know for certain who is meant."""
    found = []
    for row in grades.rows:
        line = about(row, roster)
        has_id = line["id"] and line["platform"] in (platform, "")
        logs_in = platform == "canvas" and (line["sis_user_id"] or line["sis_login_id"])
        if not has_id and not logs_in:
            found.append(row.student)
    return found


def final(row: Row, so_far: bool) -> str:
    """The points that count; nothing for who is not graded, nor while answers are not read.

    Args:
        so_far: points for answers that are not all read, too.
    """
    return number(row.total) if row.graded and (so_far or not row.unread) else ""


def given(points: float | None) -> str:
    return "not read" if points is None else number(points)
