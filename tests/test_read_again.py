"""A mark by hand belongs to the text that was read: of a tiny lesson, points worked out by hand."""

import pytest
from gradebook_rows import grade_rows
from small import (
    LESSON,
    RIGHT,
    WRONG,
    answered,
    graded,
    hand_in,
    mark_by_hand,
    rows,
    small_course,
)

from tito.course import Course
from tito.grading.pages import NOT_READ, feedback
from tito.nbgrader_api import nbgrader_for
from tito.report import export


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, isolation):
    return small_course(tmp_path_factory.mktemp("again") / "checkout")


@pytest.fixture
def course(checkout, tmp_path):
    """Ada and Bob answered both, and got 3 and 2 points of 3 for the question."""
    course = Course(checkout.root, tmp_path / "class")
    hand_in(course, {name: answered(course, RIGHT, f"By {name}.") for name in ("ada", "bob")})
    graded(course)
    mark_by_hand(course, "ada", 3, "Well said.")
    mark_by_hand(course, "bob", 2)
    return course


def test_an_answer_that_is_as_it_was_stays_read_through_a_regrade(course):
    assert {name: (row.total, row.unread) for name, row in graded(course, True).items()} == {
        "ada": (5, 0),
        "bob": (4, 0),
    }
    hand_in(course, {"ada": answered(course, WRONG, "By ada.  \n")})  # the same but for blanks
    assert [(row.score, row.by_hand, row.unread) for row in graded(course).values()] == [
        (0, 3, 0),
        (2, 2, 0),
    ]


def test_a_changed_answer_does_not_count_until_it_is_read_again(course):
    hand_in(course, {"ada": answered(course, RIGHT, "Otherwise.")})
    for row in (graded(course)["ada"], graded(course, True)["ada"]):
        assert (row.total, row.unread, row.manual["why"]) == (2, 1, None)
        assert "why changed after 3 points were given by hand: look at it again." in row.flags
    _, [doubt, *_] = export(course[LESSON], "canvas")
    assert "ada" in doubt and "nobody has read" in doubt
    feedback(course[LESSON])
    page = course[LESSON].feedback_page("ada").read_text("utf-8")
    assert NOT_READ in page and "Well said." not in page
    mark_by_hand(course, "ada", 3)  # the same points, for the new text
    for row in (rows(course)["ada"], graded(course, True)["ada"]):
        assert (row.total, row.unread, row.flags) == (5, 0, [])


def test_an_emptied_answer_loses_its_mark_and_the_remark(course):
    hand_in(course, {"ada": answered(course, RIGHT)})
    row = graded(course)["ada"]
    assert (row.total, row.unread, row.manual["why"]) == (2, 0, 0)
    assert ("ada", "why", 0, None, False) in [tuple(each) for each in grade_rows(course.gradebook)]
    feedback(course[LESSON])
    assert "Well said." not in course[LESSON].feedback_page("ada").read_text("utf-8")


def test_points_for_a_blank_answer_stay(course):
    """Somebody handed the answer in on paper."""
    hand_in(course, {"cyd": answered(course)})
    graded(course)
    mark_by_hand(course, "cyd", 1)
    assert graded(course, True)["cyd"].total == 3


def test_a_refused_file_in_between_changes_nothing(course):
    hand_in(course, {"ada": b"{"})
    assert graded(course)["ada"].status == "refused"
    hand_in(course, {"ada": answered(course, RIGHT, "By ada.")})
    assert graded(course)["ada"].total == 5
    hand_in(course, {"ada": b"{"})
    graded(course)
    hand_in(course, {"ada": answered(course, RIGHT, "Otherwise.")})
    assert (graded(course)["ada"].total, rows(course)["ada"].unread) == (2, 1)


def test_points_taken_by_hand_from_a_check_are_looked_at_again_when_it_gives_others(course):
    hand_in(course, {"ada": answered(course, WRONG, "By ada.")})
    graded(course)
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        found = gradebook.find_grade("total_check", LESSON, LESSON, "ada")
        found.manual_score, found.needs_manual_grade = 1, False
        gradebook.db.commit()
    assert graded(course, True)["ada"].points == {"total": 1}
    hand_in(course, {"ada": answered(course, RIGHT, "By ada.")})
    row = graded(course)["ada"]
    assert (row.points, row.unread, row.total) == ({"total": 2}, 1, 5)
    assert "total_check changed after 1 points were given by hand: look at it again." in row.flags


def test_a_bonus_by_hand_is_outside_the_maximum(course):
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        found = gradebook.find_grade("why", LESSON, LESSON, "ada")
        found.extra_credit = 1.5
        gradebook.db.commit()
    path, _ = export(course[LESSON], "canvas")
    lines = path.read_text("utf-8").splitlines()
    assert lines[1].endswith(",5") and lines[2].endswith(",6.5")
