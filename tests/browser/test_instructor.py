"""An instructor grades by hand in nbgrader's formgrader."""

import re

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import expect

from .jupyter import menu, serve

LESSON = "18_pruning"
QUESTION = "reflect_zero"


@pytest.fixture
def formgrader(demo_copy, tmp_path):
    """Jupyter in a checkout whose class is that of the demo."""
    with serve(demo_copy, tmp_path, TITO_CLASS="build/demo") as server:
        yield server


def points(checkout, student):
    """What the gradebook says a person gave for the question."""
    database = f"sqlite:///{checkout / 'build' / 'demo' / 'gradebook.db'}"
    with Gradebook(database) as gradebook:
        return gradebook.find_grade(QUESTION, LESSON, LESSON, student).manual_score


def test_an_instructor_sees_the_class_and_gives_points_to_an_answer(
    formgrader, demo_copy, open_page
):
    assert points(demo_copy, "ada_reference") is None
    page = open_page()
    page.goto(formgrader.page("lab"))
    menu(page, "Nbgrader", "Formgrader")
    grader = page.frame_locator("iframe")
    row = grader.get_by_role("row").filter(has_text=LESSON)
    row.get_by_role("link", name="7").click()
    for student in ("ada_reference", "blank_release", "half_done"):
        expect(grader.get_by_role("row").filter(has_text=student)).to_be_visible()

    grader.get_by_role("row").filter(has_text="ada_reference").get_by_role("link").first.click()
    grader.get_by_role("row").filter(has_text=LESSON).get_by_role("link").first.click()
    box = grader.locator(f"input#{QUESTION}")
    expect(box).to_have_attribute("placeholder", "0")  # the page has read the grades, and listens
    with page.expect_response(re.compile("/formgrader/api/grade/")) as answer:
        box.fill("1.5")
        box.press("Tab")
    assert answer.value.ok
    assert points(demo_copy, "ada_reference") == 1.5
