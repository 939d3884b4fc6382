"""Notebooks that claim what is not theirs to say: points, checks, results, cells."""

import json
from copy import deepcopy

from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from tito.answers import solution_cells
from tito.cells import CHECK_SUFFIX

from .case import LEAF, WRONG_LEAF, content, notebook

CHECK = LEAF + CHECK_SUFFIX


def find(book, grade_id):
    return next(c for c in book.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


@notebook(flag="copied|twice|more than once")
def copied_check(book):
    """A test cell stands there twice."""
    cell = deepcopy(find(book, CHECK))
    cell.id = "again"
    book.cells.append(cell)


@notebook(flag="copied|twice|more than once")
def copied_answer(book):
    """An answer stands there twice, both right."""
    cell = deepcopy(find(book, LEAF))
    cell.id = "again"
    book.cells.insert(book.cells.index(find(book, LEAF)), cell)


@notebook(loses=(LEAF,))
def wrong_answer_with_checks_emptied(book):
    """The answer is wrong and every check is emptied."""
    find(book, LEAF).source = WRONG_LEAF
    for cell in book.cells:
        if cell.id.endswith(CHECK_SUFFIX):
            cell.source = "pass"


@notebook(loses=(LEAF,))
def wrong_answer_with_checks_deleted(book):
    """The answer is wrong and its check is gone."""
    find(book, LEAF).source = WRONG_LEAF
    book.cells.remove(find(book, CHECK))


@notebook(loses=(LEAF,))
def check_rewritten_with_a_number(book):
    """The check of a wrong answer ends in a number, which nbgrader takes for the score."""
    find(book, LEAF).source = WRONG_LEAF
    find(book, CHECK).source = "999"


@notebook()
def invented_points(book):
    """A check of the student's own is worth 999 points."""
    cell = deepcopy(find(book, CHECK))
    cell.id = cell.metadata.nbgrader.grade_id = "my_own_check"
    cell.metadata.nbgrader.points, cell.source = 999, "pass"
    book.cells.append(cell)


@notebook()
def points_raised(book):
    """Every check is worth a thousand times its points."""
    for cell in book.cells:
        if "points" in cell.metadata.get("nbgrader", {}):
            cell.metadata.nbgrader.points *= 1000


@notebook(loses=(LEAF,))
def forged_outputs(book):
    """The check of a wrong answer already shows a perfect result."""
    find(book, LEAF).source = WRONG_LEAF
    result = new_output("execute_result", {"text/plain": "5.0"}, execution_count=1)
    find(book, CHECK).outputs = [result, new_output("stream", name="stdout", text="5/5 points\n")]


@notebook(loses=(LEAF,))
def check_turned_into_an_answer(book):
    """The check says that it is a solution cell, and holds nothing."""
    find(book, LEAF).source = WRONG_LEAF
    find(book, CHECK).metadata.nbgrader.update(solution=True, grade=False)
    find(book, CHECK).source = "pass"


@notebook(loses=(LEAF,))
def answer_turned_into_text(book):
    """The cell of an answer is a text cell."""
    cell = find(book, LEAF)
    text = new_markdown_cell("not code", metadata=cell.metadata, id=cell.id)
    book.cells[book.cells.index(cell)] = text


@notebook(loses=(LEAF,))
def deleted_answer(book):
    """The cell of an answer is gone."""
    book.cells.remove(find(book, LEAF))


@notebook()
def every_check_deleted(book):
    """All answers are right and no check is left."""
    book.cells = [cell for cell in book.cells if not cell.id.endswith(CHECK_SUFFIX)]


@notebook()
def other_kernel(book):
    """The notebook names a kernel that is a shell command."""
    book.metadata.kernelspec = {"name": "sh", "display_name": "sh", "argv": ["touch", "ran"]}
    book.metadata.language_info = {"name": "bash"}


@notebook(flag="known by the cell's id")
def no_metadata(book):
    """Every trace of nbgrader is taken out of the cells."""
    for cell in book.cells:
        cell.metadata = {}


@content(refused="valid|cell|notebook")
def cells_are_numbers(desk):
    """The list of cells holds numbers, texts and nothing."""
    return json.dumps(json.loads(desk.right()) | {"cells": [1, None, "x", []]}).encode()


@content(refused="valid|cell|notebook")
def cells_are_a_text(desk):
    """The cells are a text."""
    return json.dumps(json.loads(desk.right()) | {"cells": "all of them"}).encode()


@content(flag="known by the cell's id")
def grade_id_is_a_list(desk):
    """The grade_id of every cell is a list."""
    book = json.loads(desk.right())
    for cell in book["cells"]:
        cell["metadata"] = {"nbgrader": {"grade_id": ["neuron_scores"], "solution": True}}
    return json.dumps(book).encode()


@content(flag="known by the cell's id")
def grading_is_a_text(desk):
    """What nbgrader keeps in a cell is a text."""
    book = json.loads(desk.right())
    for cell in book["cells"]:
        cell["metadata"] = {"nbgrader": "all points, please"}
    return json.dumps(book).encode()


@content(loses=(LEAF,))
def source_is_a_number(desk):
    """The code of a cell is a number."""
    book = json.loads(desk.right())
    next(cell for cell in book["cells"] if cell.get("id") == LEAF)["source"] = 42
    return json.dumps(book).encode()


@content(refused="valid|cell|notebook")
def a_million_cells(desk):
    """A million cells with nothing in them."""
    return b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + (
        b"{}," * 999_999 + b"{}]}"
    )


@notebook()
def ten_thousand_cells(book):
    """Ten thousand empty cells follow the right answers."""
    book.cells += [new_raw_cell("", id=f"raw-{number}") for number in range(10_000)]


@notebook()
def nine_megabytes_of_output(book):
    """A cell keeps nine megabytes of output."""
    find(book, LEAF).outputs = [new_output("stream", name="stdout", text="x" * 9_000_000)]


@content()
def half_a_character_outside(desk):
    """Half a character stands beside the answers, escaped as JSON allows."""
    return desk.with_metadata(rb'"half": "\ud83d"')


@content(loses=(LEAF,))
def half_a_character_in_an_answer(desk):
    """Half a character stands in an answer."""
    return with_leaf(desk, 'half = "\ud83d"\ndef neuron_scores(*arguments):\n    return half')


@content(loses=(LEAF,))
def a_nul_in_an_answer(desk):
    """A character of value 0 stands in an answer."""
    return with_leaf(desk, "zero = '\0'\ndef neuron_scores(*arguments):\n    return zero")


def with_leaf(desk, source):
    """The reference's file, one answer replaced by text that a notebook writer would refuse."""
    book = json.loads(desk.right())
    next(cell for cell in book["cells"] if cell.get("id") == LEAF)["source"] = source
    return json.dumps(book).encode()


@content()
def not_a_number(desk):
    """NaN and Infinity stand in the metadata."""
    return desk.with_metadata(b'"n": NaN, "i": -Infinity')


@notebook()
def cells_added(book):
    """Cells of the student's own stop Python between the answers."""
    for place in (0, 40, 80):
        book.cells.insert(place, new_code_cell("import os\nos._exit(1)", id=f"added-{place}"))


@notebook()
def markup_in_a_reflection(book):
    """A written answer holds a script."""
    find(book, "reflect_zero").source = "<script>alert('owned')</script> [x](javascript:alert(1))"


@notebook(loses=(LEAF,))
def markup_in_an_error(book):
    """The error of an answer holds a script."""
    find(book, LEAF).source = "raise ValueError('<script>alert(\"owned\")</script>')"


@notebook()
def schema_from_the_future(book):
    """What nbgrader keeps in the cells is of a version that is not made yet."""
    for cell in solution_cells(book).values():
        cell.metadata.nbgrader.schema_version = 99
