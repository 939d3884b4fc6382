"""The gradebook of a class: nbgrader's rows, marks by hand kept, nobody's lock broken."""

import csv
import os
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from classroom import JUDGING, LESSON
from test_commands import run

from tito.course import Course
from tito.errors import CourseError
from tito.grades import read_grades
from tito.grading.gradebook import ClassGradebook
from tito.grading.pages import feedback
from tito.grading.rows import Outcome
from tito.grading.run import grade
from tito.nbgrader_api import nbgrader_for
from tito.releasing import enter_lesson

DUE = datetime(2030, 1, 1)
CHECK, QUESTION, EXERCISE = "magnitude_mask_check", "reflect_control", "magnitude_mask"


@pytest.fixture(scope="module")
def empty_class(classroom, tmp_path_factory):
    """A class folder whose gradebook knows the lesson, and nobody yet."""
    course = Course(classroom.course.root, tmp_path_factory.mktemp("gradebook"))
    with nbgrader_for(course) as api:
        enter_lesson(api, course[LESSON])
        with api.gradebook as gradebook:
            gradebook.update_or_create_assignment(LESSON, duedate=DUE)
    return course


@pytest.fixture
def book(empty_class):
    with nbgrader_for(empty_class) as api:
        api.config.LateSubmissionPlugin.penalty_method = "zero"
        yield ClassGradebook(api, LESSON, patience=0.1)


def outcome(student, points=10.0, question=None, comment=None, when=None, by_hand=True):
    scores = {CHECK: points, QUESTION: question}
    return Outcome(student, when, scores, {EXERCISE: comment}, by_hand)


def grade_of(book, student, cell):
    with book.api.gradebook as gradebook:
        found = gradebook.find_grade(cell, LESSON, LESSON, student)
        return found.auto_score, found.manual_score, found.needs_manual_grade, found.score


def mark_by_hand(book, student, cell, points):
    with book.api.gradebook as gradebook:
        gradebook.find_grade(cell, LESSON, LESSON, student).manual_score = points
        gradebook.db.commit()


def test_a_batch_is_read_back_by_nbgrader(book):
    book.write([outcome("ada"), outcome("bob", 0.0, 0.0, "No response.")])
    assert grade_of(book, "ada", CHECK) == (10, None, False, 10)
    assert grade_of(book, "ada", QUESTION) == (None, None, True, 0)
    assert grade_of(book, "bob", QUESTION) == (0, None, False, 0)
    with book.api.gradebook as gradebook:
        comment = gradebook.find_comment(EXERCISE, LESSON, LESSON, "bob")
        assert comment.comment == "No response."
    assert {"ada", "bob"} <= book.submitted() and {"ada", "bob"} <= set(book.students())


def test_writing_twice_is_the_same_as_once(book):
    book.write([outcome("cleo")])
    once = book.marks()["cleo"]
    book.write([outcome("cleo")])
    assert book.marks()["cleo"] == once


def test_marks_by_hand_stay_and_are_looked_at_again_where_the_answer_changed(book):
    book.write([outcome("dora")])
    mark_by_hand(book, "dora", CHECK, 7.0)
    mark_by_hand(book, "dora", QUESTION, 2.0)
    with book.api.gradebook as gradebook:
        for cell in (CHECK, QUESTION):
            gradebook.find_grade(cell, LESSON, LESSON, "dora").needs_manual_grade = False
        gradebook.db.commit()
    book.write([replace(outcome("dora", 0.0), changed=frozenset({CHECK}))])
    assert grade_of(book, "dora", CHECK) == (0, 7, True, 7)
    assert grade_of(book, "dora", QUESTION) == (None, 2, False, 2)
    assert book.marks()["dora"].cells[CHECK].score == 7


def test_a_refused_submission_waits_for_nobody(book):
    book.write([outcome("eve", 0.0, 0.0, by_hand=False)])
    assert grade_of(book, "eve", QUESTION) == (0, None, False, 0)


def test_who_is_late_gets_the_penalty_of_the_courses_plugin(book):
    late = DUE + timedelta(hours=1)
    book.write([outcome("finn", when=late), outcome("gwen", when=DUE), outcome("hal")])
    marks = book.marks()
    assert [marks[name].penalty for name in ("finn", "gwen", "hal")] == [10, None, None]
    with book.api.gradebook as gradebook:
        gradebook.grant_extension(LESSON, "finn", days=1)
    book.write([outcome("finn", when=late)])
    assert book.marks()["finn"].penalty is None


def hold(course, seconds):
    """Hold the gradebook as an open program would, for so many seconds."""
    held = threading.Event()

    def holding():
        with sqlite3.connect(course.gradebook) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            held.set()
            time.sleep(seconds)

    thread = threading.Thread(target=holding)
    thread.start()
    held.wait()
    return thread


def test_a_gradebook_in_use_is_waited_for(book, empty_class, capsys):
    book.patience = 60
    holder = hold(empty_class, 1)
    book.write([outcome("ivy")])
    holder.join()
    assert "ivy" in book.submitted()
    assert "gradebook.db is in use by another program: waiting" in capsys.readouterr().err


def test_a_gradebook_that_stays_in_use_says_whom_to_close(book, empty_class):
    holder = hold(empty_class, 3)
    with pytest.raises(CourseError, match=r"gradebook\.db has been in use .*formgrader"):
        book.write([outcome("jan")])
    holder.join()
    assert "jan" not in book.submitted()


def test_a_gradebook_that_cannot_be_written_is_one_clear_line(book, monkeypatch):
    url = f"sqlite:///file:{book.place}?mode=ro&uri=true"
    monkeypatch.setattr(book.api.coursedir, "db_url", url)
    readonly = ClassGradebook(book.api, LESSON)
    with pytest.raises(
        CourseError, match=r"readonly database\. .* what is graded is kept"
    ) as caught:
        readonly.try_out()
    assert "\n" not in str(caught.value)


def test_a_student_who_handed_in_nothing_is_in_the_table(classroom, tmp_path):
    course = Course(classroom.course.root, tmp_path / "class")
    path = course[LESSON].submission("here")
    path.parent.mkdir(parents=True)
    path.write_bytes((course.release / LESSON / path.name).read_bytes())
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        gradebook.add_student("absent")
    grade(course[LESSON], judging=JUDGING)
    rows = {row.student: row for row in read_grades(course[LESSON]).rows}
    assert (rows["absent"].status, rows["absent"].reason) == ("missing", "nothing handed in")
    assert rows["absent"].score == 0 and rows["here"].status == "graded"
    assert set(rows["here"].manual) and set(rows["here"].manual.values()) == {0}


def test_nbgraders_own_commands_work_on_the_result(classroom, tmp_path):
    course = classroom.course
    exported = tmp_path / "exported.csv"
    said = run(course.root, "export", "--to", str(exported), module="nbgrader")
    assert said.returncode == 0, said.stderr
    with exported.open(newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {row.student: row.score for row in classroom.grades.rows}


def test_nbgraders_own_feedback_shows_the_message_of_a_hidden_check_and_not_its_code(classroom):
    course = classroom.course
    student = next(row.student for row in classroom.grades.rows if row.student.startswith("wrong_"))
    feedback(course[LESSON])
    ours = course[LESSON].feedback_page(student).read_text(encoding="utf-8")
    words = ("generate_feedback", LESSON, "--student", student, "--force")
    said = run(course.root, *words, module="nbgrader")
    assert said.returncode == 0, said.stderr
    theirs = course[LESSON].feedback_page(student).read_text(encoding="utf-8")
    reason = classroom.row(student).reason.partition(": ")[2][:30]
    for page in (ours, theirs):
        assert "HIDDEN TESTS" not in page and reason.split("'")[0].split("<")[0] in page


def test_a_new_gradebook_has_the_version_that_nbgraders_own_program_names(empty_class):
    asked = "import nbgrader.api; print(nbgrader.api.get_alembic_version())"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    said = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    with sqlite3.connect(empty_class.gradebook) as gradebook:
        rows = gradebook.execute("SELECT version_num FROM alembic_version").fetchall()
    assert rows == [(said.stdout.strip(),)]
