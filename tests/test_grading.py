"""Grades of a real class: right answers, wrong ones, and files that are none."""

import os
import re
from html import unescape

import pytest
from classroom import JUDGING, LESSON, RIGHT_SAMPLES, WRONG_SAMPLE, hashes, wrong_student

from tito.cells import CHECK_SUFFIX
from tito.course import Course
from tito.errors import CourseError
from tito.grading.gradebook import ClassGradebook
from tito.grading.pages import feedback
from tito.grading.run import grade
from tito.nbgrader_api import nbgrader_for, useful_line

BROKEN = {
    "empty": r"^18_pruning\.ipynb is empty",
    "truncated": r"^18_pruning\.ipynb is not a notebook: it is not JSON",
    "other_json": r"^18_pruning\.ipynb is JSON but not a notebook",
    "old_version": r"^18_pruning\.ipynb has notebook format 3, only 4 is read",
    "misnamed": r"no 18_pruning/18_pruning\.ipynb .* my homework\.ipynb: rename it",
    "nothing": r"^no 18_pruning/18_pruning\.ipynb in this submission$",
    "other_lesson": r"^none of the lesson's exercises is in this notebook",
}


def ids(answers):
    return [f"{answer.exercise}-{answer.name}" for answer in answers]


def lost(classroom, student):
    """Exercise and points lost, for each exercise with less than all points."""
    row = classroom.row(student)
    worth = {part.name: part.points for part in classroom.grades.exercises}
    return {name: worth[name] - got for name, got in row.points.items() if got != worth[name]}


def test_the_reference_gets_every_point(classroom):
    row = classroom.row("reference")
    assert row.score == row.max_score > 0
    assert row.reason == ""


def test_the_untouched_release_gets_exactly_0(classroom):
    row = classroom.row("untouched")
    assert set(row.points.values()) == {0}
    first = classroom.grades.exercises[0].name
    assert row.reason == f"{first}: not written yet"


def test_the_samples_cover_every_exercise(classroom):
    exercises = {part.name for part in classroom.grades.exercises}
    assert {answer.exercise for answer in WRONG_SAMPLE} == exercises and len(WRONG_SAMPLE) >= 11
    assert all(set(answers) == exercises for answers in RIGHT_SAMPLES.values())


def test_a_reason_names_its_exercise_once(classroom):
    reasons = [row.reason for row in classroom.grades.rows if row.graded and row.reason]
    assert len(reasons) > len(WRONG_SAMPLE)
    assert not [each for each in reasons if re.match(r"(\w+):? \1\b", each)]
    known = {part.name for part in classroom.grades.exercises}
    assert {re.match(r"\w+", each)[0] for each in reasons} <= known


@pytest.mark.parametrize("answer", WRONG_SAMPLE, ids=ids(WRONG_SAMPLE))
def test_a_wrong_answer_loses_exactly_its_own_exercise(classroom, answer):
    worth = {part.name: part.points for part in classroom.grades.exercises}
    assert lost(classroom, wrong_student(answer)) == {answer.exercise: worth[answer.exercise]}


@pytest.mark.parametrize("answer", WRONG_SAMPLE, ids=ids(WRONG_SAMPLE))
def test_the_graded_notebook_and_the_feedback_name_the_mistake(classroom, answer):
    student = wrong_student(answer)
    assert re.search(answer.says, classroom.said(student, answer.exercise))
    page = unescape(re.sub(r"<[^>]*>", "", classroom.feedback_text(student)))
    assert re.search(answer.says, page)


@pytest.mark.parametrize("student", RIGHT_SAMPLES)
def test_right_answers_written_otherwise_lose_nothing(classroom, student):
    assert lost(classroom, student) == {}


def test_a_right_answer_that_warns_loses_nothing(classroom):
    assert lost(classroom, "warns") == {}


def test_names_taken_from_the_package_earn_nothing(classroom):
    row = classroom.row("borrows")
    assert row.score == 0
    assert "ModuleNotFoundError: No module named 'tinytorch.pruning'" in row.reason


def test_a_deleted_check_comes_back(classroom):
    assert lost(classroom, "deleted_check") == {}


def test_edited_checks_earn_nothing(classroom):
    assert classroom.row("edited_checks").score == 0


def test_a_cell_that_does_not_parse_is_the_reason_given(classroom):
    assert classroom.row("does_not_parse").reason.startswith(
        "magnitude_mask: your code raised SyntaxError: "
    )
    assert "magnitude_mask" in lost(classroom, "does_not_parse")


@pytest.mark.parametrize("student", ["same_id_twice", "invented_check", "malformed_grading"])
def test_copied_invented_and_malformed_grading_data_neither_cost_nor_earn(classroom, student):
    row = classroom.row(student)
    assert row.flags
    assert row.graded and row.score == row.max_score == classroom.row("reference").score


def test_a_deleted_exercise_counts_as_not_written_and_is_flagged(classroom):
    assert "magnitude_mask" in lost(classroom, "deleted_exercise")
    assert classroom.row("deleted_exercise").failed["magnitude_mask"] == "not written yet"
    assert any("magnitude_mask" in flag for flag in classroom.row("deleted_exercise").flags)


def test_an_honest_submission_has_no_flags(classroom):
    assert classroom.row("reference").flags == classroom.row("untouched").flags == []


@pytest.mark.parametrize("student", BROKEN)
def test_a_submission_that_cannot_be_graded_gets_0_and_one_line_that_says_why(classroom, student):
    row = classroom.row(student)
    assert (row.graded, row.score, row.feedback) == (False, 0, "")
    assert re.search(BROKEN[student], row.reason)
    assert "\n" not in row.reason and "Traceback" not in row.reason


@pytest.mark.parametrize("student", BROKEN)
def test_the_gradebook_holds_0_for_a_submission_that_cannot_be_graded(classroom, student):
    with nbgrader_for(classroom.course) as api:
        cells = ClassGradebook(api, LESSON).marks()[student].cells
    assert {part.name + CHECK_SUFFIX for part in classroom.grades.exercises} <= cells.keys()
    assert {mark.score for mark in cells.values()} == {0}


def test_every_graded_student_has_a_feedback_page(classroom):
    for row in classroom.grades.rows:
        assert bool(row.feedback) == row.graded
        assert classroom.course[LESSON].feedback_page(row.student).is_file() == row.graded


def test_grading_changes_nothing_that_was_handed_in(classroom):
    assert hashes(classroom.course.submitted) == classroom.submitted_before


def test_the_list_on_top_of_a_feedback_page_names_every_exercise(classroom):
    page = classroom.feedback_text("reference")
    links = re.findall(r'<li><a href="#(\w+)">([^<]*)</a> \(Score', page)
    parts = [*classroom.grades.exercises, *classroom.grades.questions]
    assert sorted(name for _, name in links) == sorted(part.name for part in parts)
    assert all(f'name="{place}"' in page for place, _ in links)


def test_a_second_run_grades_nobody_and_writes_no_feedback(classroom):
    assert len(classroom.graded) == len(classroom.grades.rows)
    assert grade(classroom.course[LESSON], judging=JUDGING) == []
    assert feedback(classroom.course[LESSON]).students == []


def test_only_what_changed_is_graded_again(classroom, tmp_path):
    course = Course(classroom.course.root, tmp_path / "class")
    content = (classroom.course.release / LESSON / f"{LESSON}.ipynb").read_bytes()
    for student in ("untouched", "other"):
        path = course.submitted / student / LESSON / f"{LESSON}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    assert grade(course[LESSON], judging=JUDGING) == ["other", "untouched"]
    path.write_bytes(b"")
    assert grade(course[LESSON], judging=JUDGING) == ["other"]
    assert not course[LESSON].autograded("other").exists()
    assert grade(course[LESSON], regrade=True, judging=JUDGING) == ["other", "untouched"]


def test_a_comment_of_the_grader_renews_that_feedback_page_alone(classroom):
    with nbgrader_for(classroom.course) as api, api.gradebook as gradebook:
        comment = gradebook.find_comment("magnitude_mask", LESSON, LESSON, "reference")
        comment.manual_comment = "Neatly done."
        gradebook.db.commit()
    assert feedback(classroom.course[LESSON]).students == ["reference"]
    assert "Neatly done." in classroom.feedback_text("reference")


def test_a_class_folder_without_submissions_says_where_they_belong(classroom, tmp_path):
    for folder in (tmp_path / "absent", tmp_path):
        with pytest.raises(CourseError, match=f"submitted/STUDENT/{LESSON}/{LESSON}.ipynb"):
            grade(Course(classroom.course.root, folder)[LESSON])
    assert not (tmp_path / "absent").exists()


def test_the_environment_is_the_same_after_grading(classroom, monkeypatch):
    monkeypatch.delenv("TITO_CLASS", raising=False)
    monkeypatch.setenv("PYTHONPATH", "here")
    with nbgrader_for(classroom.course):
        pass
    assert os.environ["PYTHONPATH"] == "here" and "TITO_CLASS" not in os.environ


def test_the_useful_line_of_a_log_is_the_one_that_ends_the_traceback():
    log = "[INFO] a\nTraceback:\n      x: y\n    KeyError: 'csr'\n[ERROR] See above"
    assert useful_line("ignored", log) == "KeyError: 'csr'"
