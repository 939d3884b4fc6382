"""A student works on the released notebook in JupyterLab."""

import re

import pytest
from catalogue import WRONG
from nbformat.v4 import new_code_cell
from playwright.sync_api import Locator, Page, expect

from tito.answers import fill, reference
from tito.notebooks import notebook_bytes, read_notebook

from .jupyter import menu, serve

LESSON = "18_pruning"
EXERCISE = "magnitude_mask"
MISTAKE = next(answer for answer in WRONG if answer.name == "mask_signed")
# The lesson's slider shows networks that take minutes to train; these take no training.
UNTRAINED = """\
import os
from tinytorch.networks import start
skipped = os.environ.pop("NBGRADER_EXECUTION")  # with it experiments are skipped
shown = slider([start(0)], global_masks)
os.environ["NBGRADER_EXECUTION"] = skipped
shown
"""


@pytest.fixture
def answers(demo_checkout):
    source = demo_checkout / "build" / "source" / LESSON / f"{LESSON}.ipynb"
    return reference(read_notebook(source))


@pytest.fixture
def desk(demo_checkout, tmp_path, answers):
    """A fresh folder with the released notebook, answered but for one exercise."""
    released = read_notebook(demo_checkout / "build" / "release" / LESSON / f"{LESSON}.ipynb")
    others = {name: answer for name, answer in answers.items() if name != EXERCISE}
    notebook = fill(released, others)
    for cell in notebook.cells:
        if cell.get("id", "").startswith("reflect_"):
            cell.source = "My answer."
    notebook.cells.append(new_code_cell(UNTRAINED, id="untrained"))
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / f"{LESSON}.ipynb").write_bytes(notebook_bytes(notebook))
    return folder


@pytest.fixture
def lab(demo_checkout, desk, tmp_path):
    """JupyterLab in that folder; the experiments, which carry no points, are skipped."""
    toolbox = str(demo_checkout / "build" / "toolbox" / "18_pruning")
    with serve(desk, tmp_path, PYTHONPATH=toolbox, NBGRADER_EXECUTION="validate") as server:
        yield server


def code_cell(page: Page, text: str) -> Locator:
    """The code cell that holds this text."""
    return page.locator(".jp-CodeCell").filter(has_text=text)


def write(page: Page, cell: Locator, source: str) -> None:
    """Replace all that stands in a cell."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)


def run(page: Page, cell: Locator) -> None:
    """Run one cell and wait until it has its new number; a folded one shows its first line."""
    cell.locator(".cm-content:visible, .jp-InputPrompt:visible").last.click()
    before = cell.locator(".jp-InputPrompt").inner_text()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).not_to_have_text(before)
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"))


def test_a_student_mends_an_answer_moves_the_slider_and_validates(lab, open_page, answers):
    page = open_page()
    page.goto(lab.page(f"lab/tree/{LESSON}.ipynb"))
    exercise = code_cell(page, f"def {EXERCISE}(")
    check = code_cell(page, f"Check {EXERCISE}")
    expect(check.locator(".jp-InputPlaceholder")).to_be_visible()
    expect(check.locator(".cm-content")).to_have_count(0)  # folded: its tables give methods away
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()  # else it runs nothing
    menu(page, "Run", "Run All Cells")
    expect(check).to_contain_text("NotImplementedError: magnitude_mask is not written yet")
    last = page.locator(".jp-CodeCell").last.locator(".jp-InputPrompt")
    expect(last).to_have_text(re.compile(r"\[\d+\]"))  # the error held up no other cell

    write(page, exercise, MISTAKE.source)
    run(page, exercise)
    run(page, check)
    expect(check).to_contain_text("You ranked by value instead of by magnitude: -4 is large.")

    write(page, exercise, answers[EXERCISE])
    run(page, exercise)
    run(page, check)
    expect(check.locator(".jp-OutputArea-output")).to_have_count(0)

    menu(page, "Run", "Run Selected Cell and All Below")
    output = code_cell(page, "slider([start(0)]").locator(".jp-OutputArea-output")
    see_another_picture_at_another_position(page, output)

    page.get_by_role("button", name="Validate").click()  # which saves, too
    answer = page.locator(".jp-Dialog")
    expect(answer).to_contain_text("Success! Your notebook passes all the tests.")


def see_another_picture_at_another_position(page: Page, output: Locator) -> None:
    picture = output.locator("img:visible")
    expect(output.locator(".widget-readout")).to_have_text(re.compile("^0 ?%$"))
    before = picture.get_attribute("src")
    output.locator(".noUi-handle").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(output.locator(".widget-readout")).to_have_text(re.compile("^50 ?%$"))
    expect(picture).to_have_count(1)
    assert picture.get_attribute("src") != before
