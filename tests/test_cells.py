"""What a cell is, everybody says alike: the build, nbdev, the judge and the student's commands."""

import ast
import shutil

import pytest
from conftest import ROOT

from tito.answers import fill
from tito.build import build
from tito.cells import Cell, Kind, cells_of, exercise_of, is_exported, kind_of
from tito.course import Course
from tito.notebooks import read_notebook, read_plain
from tito.student.exporting import exported
from tito.student.lesson import read_released


def node(cell_type="code", **noted):
    return {"cell_type": cell_type, "source": ["a\n", "b"], "metadata": {"nbgrader": noted}}


@pytest.fixture
def tiny(tmp_path):
    root = tmp_path / "tiny"
    shutil.copytree(ROOT / "tests/fixtures/modules", root / "modules")
    for name in ("pyproject.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, root)
    return Course.find(root)


@pytest.mark.parametrize(
    ("head", "is_out"),
    [
        ("#| export", True),
        ("#|export", True),
        ("#| exports", True),
        ("#| exporti", True),
        ("#| hide\n\n#| export", True),
        ("#| exported", False),
        ("# export", False),
        ("x = 1\n#| export", False),
    ],
)
def test_what_reaches_the_package_reaches_a_students_export(head, is_out, tiny):
    lesson = tiny.modules / "02_tiny.py"
    cell = "# %% given more\n{}\ndef more():\n    return 1\n\n# %%\nprint(total())"
    text = lesson.read_text(encoding="utf-8")
    text = text.replace("# %%\nprint(total())", cell.format(head))
    lesson.write_text(text, encoding="utf-8")
    build(tiny)
    package = ast.parse((tiny.package / "tiny.py").read_text(encoding="utf-8"))
    functions = {each.name for each in package.body if isinstance(each, ast.FunctionDef)}
    ours = exported(read_released(tiny.source / "02_tiny" / "02_tiny.ipynb"), {})
    assert ("more" in functions, "more" in ours) == (is_out, is_out)
    assert not any(map(is_exported, ours.values()))


def test_an_answer_keeps_the_word_that_exports_its_cell(tiny):
    lesson = tiny.modules / "02_tiny.py"
    text = lesson.read_text(encoding="utf-8")
    lesson.write_text(text.replace("#| export\ndef", "#| exports\ndef"), encoding="utf-8")
    build(tiny)
    notebook = read_notebook(tiny.source / "02_tiny" / "02_tiny.ipynb")
    answer = "#| export\ndef total(numbers):\n    return 6"
    [cell] = [each for each in fill(notebook, {"total": answer}).cells if each.id == "total"]
    assert cell.source == "#| exports\ndef total(numbers):\n    return 6"


@pytest.mark.parametrize(
    ("grade", "solution", "cell_type", "kind"),
    [
        (False, False, "code", Kind.GIVEN),
        (False, True, "code", Kind.EXERCISE),
        (True, False, "code", Kind.CHECK),
        (True, True, "markdown", Kind.QUESTION),
        (False, False, "markdown", None),
    ],
)
def test_the_kind_follows_from_what_nbgrader_notes(grade, solution, cell_type, kind):
    assert kind_of(node(cell_type, grade_id="a", grade=grade, solution=solution)) is kind


def test_what_is_malformed_is_no_cell_of_a_lesson():
    nodes = [{}, {"metadata": 1}, {"metadata": {"nbgrader": []}}, node(), node(grade_id=3)]
    checked = node(grade_id="a_check", grade=True, points=2)
    assert cells_of({"cells": [*nodes, checked]}) == (
        Cell("a_check", Kind.CHECK, "a\nb", 2.0, exercise="a"),
    )


def test_a_check_is_of_the_longest_exercise_that_its_name_begins_with():
    exercises = ["ship", "ship_far", "sweep"]
    for part, exercise in {
        "ship": "ship",
        "ship_small": "ship",
        "ship_far": "ship_far",
        "ship_far_small": "ship_far",
        "shipment": "shipment",  # no exercise of the lesson
    }.items():
        assert exercise_of(part, exercises) == exercise


def test_every_cell_of_the_release_is_known_by_one_name_and_kind(tiny):
    build(tiny)
    cells = cells_of(read_plain(tiny.source / "02_tiny" / "02_tiny.ipynb"))
    assert [(cell.name, str(cell.kind), cell.points) for cell in cells] == [
        ("tiny_imports", "given", 0.0),
        ("total", "exercise", 0.0),
        ("total_check", "check", 2.0),
    ]
    assert cells[-1].exercise == "total"
