"""Grades as files that spreadsheets, Canvas and Moodle read, points given by hand included."""

import csv
import io
import shutil

import pytest
from conftest import ROOT

from tito.course import Course
from tito.errors import CourseError
from tito.grades import Grades, Row, read_grades
from tito.grading.gradebook import Marks
from tito.grading.journal import Entry
from tito.grading.rows import Mark
from tito.nbgrader_api import nbgrader_for
from tito.notebooks import Exercise
from tito.report import doubts, export
from tito.report.spreadsheet import canvas, moodle, plain

PARTS = [Exercise("one", 4), Exercise("two", 2.5)]
ASKED = [Exercise("why", 2)]


def row(student, one, two, why=0.0, penalty=0.0, status="graded"):
    points = {"one_check": Mark(one, None, None), "two_check": Mark(two, None, None)}
    marks = Marks(points | {"why": Mark(None, why, None)}, {}, penalty)
    return Row(student, Entry(student, "", status), marks, PARTS)


NOT_GRADED = [
    row(status.split()[0], 0.0, 0.0, status=status)
    for status in ("refused", "missing", "not graded yet")
]


def test_who_is_not_graded_gets_an_empty_cell_and_never_0():
    grades = small_class(row("zoe", 0, 0, 0), *NOT_GRADED)
    for so_far in (False, True):
        for text in (canvas(grades, {}, "x", so_far), moodle(grades, {}, so_far)):
            given = {line[0] or line[1]: line for line in lines(text)}
            assert "0" in given["zoe"]
            assert not any("0" in given[each.student] for each in NOT_GRADED)
    _, zoe, *others = lines(plain(grades))
    assert zoe[1:5] == ["graded", "", "", "0"]
    assert [line[1] for line in others] == ["refused", "missing", "not graded yet"]
    assert not any(any(line[2:]) for line in others)


def test_who_is_not_graded_is_said():
    said = doubts(small_class(*NOT_GRADED, NOT_GRADED[0]), {}, "canvas", so_far=True)
    assert said[:3] == [
        "refused, the report says why: refused, refused. An empty cell stands in the file for "
        "2 of 4 students, not 0",
        "nothing handed in: missing. An empty cell stands in the file for 1 of 4 students, not 0",
        "not graded yet: not. An empty cell stands in the file for 1 of 4 students, not 0",
    ]


def small_class(*rows):
    return Grades("18_pruning", PARTS, rows, ASKED)


def lines(text):
    return list(csv.reader(io.StringIO(text)))


def on(platform, **columns):
    blank = dict.fromkeys(("name", "id", "email", "sis_user_id", "sis_login_id", "section"), "")
    return {**blank, "platform": platform, **columns}


def test_the_plain_file_counts_checks_and_answers_and_marks_what_nobody_read():
    text = plain(small_class(row("ada", 4.0, 2.5, 1.5), row("bob", 0.0, 1.25, None, 0.25)))
    assert lines(text) == [
        ["student", "status", "handed_in", "late", "score", "max_score", "by_hand", "by_hand_max",
         "not_read", "penalty", "total", "one", "two", "why"],
        ["ada", "graded", "", "", "6.5", "6.5", "1.5", "2", "0", "0", "8", "4", "2.5", "1.5"],
        ["bob", "graded", "", "", "1.25", "6.5", "0", "2", "1", "0.25", "1", "0", "1.25",
         "not read"],
    ]  # fmt: skip


def test_odd_names_stay_apart_and_are_no_formulas():
    [_, line, formula] = lines(plain(small_class(row('a,"b"', 0, 0), row("=1+1", 0, 0))))
    assert line[0] == 'a,"b"' and formula[0] == "'=1+1"


def test_the_canvas_file_has_the_columns_that_its_import_asks_for():
    roster = {
        "ada": on("canvas", name="Ada Lovelace", id="11", section="A"),
        "bob": on("canvas", name="Bob", sis_login_id="bob1"),
        "cleo": on("moodle", name="Cleo", id="99"),
    }
    grades = small_class(row("ada", 4, 2.5, 1.5), row("bob", 4, 0, None), row("cleo", 0, 0))
    assert lines(canvas(grades, roster, "Pruning (4242)")) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Pruning (4242)"],
        ["    Points Possible", "", "", "", "", "8.5"],
        ["Ada Lovelace", "11", "", "", "A", "8"],
        ["Bob", "", "", "bob1", "", ""],
        ["Cleo", "", "", "", "", "0"],
    ]


def test_the_moodle_file_has_the_columns_of_its_grading_worksheet():
    roster = {"ada": on("moodle", name="Ada Lovelace", id="77", email="ada@uni.example")}
    grades = small_class(row("ada", 4, 2.5, None), row("bob", 4, 0))
    assert lines(moodle(grades, roster, so_far=True)) == [
        ["Identifier", "Full name", "Email address", "Grade", "Maximum Grade",
         "Last modified (grade)"],
        ["Participant 77", "Ada Lovelace", "ada@uni.example", "6.5", "8.5", "-"],
        ["", "bob", "", "4", "8.5", "-"],
    ]  # fmt: skip


def test_what_an_import_cannot_know_is_said():
    grades = small_class(*(row(name, 0, 0, None) for name in ("ada", "bob", "cleo", "dora")))
    unread, unknown = doubts(grades, {"ada": on("canvas", id="1")}, "canvas", so_far=False)
    assert unread.startswith("4 students have answers that nobody has read")
    assert "no canvas id for 3 students: bob, cleo, dora;" in unknown
    assert "ada, bob, cleo and 1 more" in unread
    assert len(doubts(grades, {}, "moodle", so_far=True)) == 1


def test_points_given_in_the_gradebook_reach_every_file(classroom, tmp_path):
    folder = shutil.copytree(classroom.course.class_folder, tmp_path / "class")
    course = Course(classroom.course.root, folder)
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        grade = gradebook.find_grade("reflect_zero", "18_pruning", "18_pruning", "right_first")
        grade.manual_score = 1.5
        gradebook.db.commit()
    row = next(
        each for each in read_grades(course["18_pruning"]).rows if each.student == "right_first"
    )
    assert row.manual["reflect_zero"] == row.by_hand == 1.5
    assert row.total == row.score + 1.5
    for kind in ("plain", "canvas", "moodle"):
        path, _ = export(course["18_pruning"], kind, so_far=True)
        text = path.read_text(encoding="utf-8")
        assert f"{row.total:g}" in next(line for line in text.splitlines() if "right_first" in line)


def test_a_lesson_that_was_not_released_is_refused_and_nothing_written(tmp_path):
    course = Course(ROOT, tmp_path / "class")
    with pytest.raises(CourseError, match=r"no submissions|is not released"):
        export(course["18_pruning"], "canvas")
    assert not list(tmp_path.rglob("*.csv"))
