"""Every wrong answer loses exactly its own exercise, every right one none: the checks, run fast.

The graded cells run as they stand in the lesson, one after the other in one process. That nbgrader
agrees is tested with a sample in test_grading.py.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from catalogue import RIGHT, WRONG, Answer
from nbformat import NotebookNode

from tito.lessons import CHECK_SUFFIX, exercises, read_lesson, to_notebook

LESSON = Path(__file__).resolve().parents[1] / "modules" / "18_pruning.py"


@pytest.fixture(scope="module")
def graded_cells() -> list[tuple[str, object]]:
    """Name and compiled code of each given, exercise and check cell, in order."""
    notebook = to_notebook(read_lesson(LESSON))
    return [
        (grade_id(cell), compile(cell.source, grade_id(cell), "exec"))
        for cell in notebook.cells
        if "nbgrader" in cell.metadata and cell.cell_type == "code"
    ]


def grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata["nbgrader"]["grade_id"])


def failed_checks(cells: list[tuple[str, object]], answer: Answer | None = None) -> dict[str, str]:
    """Run all cells, one exercise answered otherwise; return what each failed check says."""
    namespace: dict[str, object] = {}
    failed = {}
    for name, code in cells:
        if answer and name == answer.exercise:
            exec(compile(answer.source, name, "exec"), namespace)
        elif name.endswith(CHECK_SUFFIX):
            try:
                exec(code, namespace)
            except Exception as error:  # whatever a student's code raises fails the check
                failed[name.removesuffix(CHECK_SUFFIX)] = f"{type(error).__name__}: {error}"
        else:
            exec(code, namespace)
    return failed


def names(answers: list[Answer]) -> list[str]:
    return [answer.name for answer in answers]


def test_the_reference_passes_every_check(graded_cells):
    assert failed_checks(graded_cells) == {}


@pytest.mark.parametrize("answer", WRONG, ids=names(WRONG))
def test_a_wrong_answer_loses_its_exercise_alone_and_is_told_why(graded_cells, answer):
    failed = failed_checks(graded_cells, answer)
    assert list(failed) == [answer.exercise]
    message = failed[answer.exercise]
    assert message.startswith("AssertionError: "), "the check broke instead of explaining"
    assert re.search(answer.says, message), f"the message does not name the mistake: {message}"


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("answer", RIGHT, ids=names(RIGHT))
def test_a_right_answer_written_differently_loses_nothing(graded_cells, answer):
    assert failed_checks(graded_cells, answer) == {}


def test_every_exercise_has_mistakes_and_another_right_answer():
    known = {exercise.name for exercise in exercises(to_notebook(read_lesson(LESSON)))}
    wrong, right = (Counter(answer.exercise for answer in answers) for answers in (WRONG, RIGHT))
    assert set(wrong) == set(right) == known
    assert min(wrong.values()) >= 5
    assert len({answer.name for answer in WRONG + RIGHT}) == len(WRONG + RIGHT)
