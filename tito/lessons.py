"""Lessons as text, as cells with line numbers, and as notebooks."""

from __future__ import annotations

import ast
import re
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import yaml
from jupytext.cell_reader import DoublePercentScriptCellReader
from jupytext.jupytext import TextNotebookConverter
from nbformat import NotebookNode

from tito.cells import (
    CHECK_SUFFIX,
    DEFAULT_EXP,
    Kind,
    grading,
    is_exported,
    kind_of,
    points_of,
)
from tito.errors import LessonError
from tito.headers import FOLDED, expand, is_question
from tito.notebooks import one_line

SOLUTION_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN_MARKS = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
ALL_MARKS = {*SOLUTION_MARKS, *HIDDEN_MARKS}
FORM_TITLE = "#@title"  # what Colab shows of a folded cell

MARKER = re.compile(r"\s*#\s*%%")


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson file, and where it stands there."""

    line: int
    lines: tuple[str, ...]
    node: NotebookNode
    fault: str = ""  # what is wrong with its header

    @property
    def body(self) -> list[tuple[int, str]]:
        """The cell's text without its `# %%` line, each line with its number in the file."""
        numbered = list(enumerate(self.lines, self.line))
        return numbered[1:] if MARKER.match(self.lines[0]) else numbered

    @property
    def content(self) -> list[tuple[int, str]]:
        """The body as the notebook shows it: a text cell without its comment signs."""
        if self.is_code:
            return self.body
        return [(line, text.removeprefix("#").removeprefix(" ")) for line, text in self.body]

    @property
    def is_code(self) -> bool:
        return bool(self.node.cell_type == "code")

    @property
    def grading(self) -> dict[str, Any]:
        """What nbgrader knows about the cell; empty for a cell that is none of its business."""
        return grading(self.node)

    @property
    def grade_id(self) -> str:
        return str(self.grading.get("grade_id", ""))

    @property
    def kind(self) -> Kind | None:
        return kind_of(self.node)

    @property
    def points(self) -> float:
        return points_of(self.node)

    @property
    def part(self) -> str:
        """What a check earns points for."""
        return self.grade_id.removesuffix(CHECK_SUFFIX)

    @property
    def is_exported(self) -> bool:
        return self.is_code and is_exported(self.node.source)

    @property
    def is_solution(self) -> bool:
        """A cell in which the student writes."""
        return bool(self.grading.get("solution"))

    def parse(self) -> ast.Module:
        """The syntax tree of a code cell; its line numbers are those of the file."""
        lines = [""] * (self.body[0][0] - 1) if self.body else []
        return ast.parse("\n".join([*lines, *(text for _, text in self.body)]))

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The top-level statements; none for text and for code that does not parse."""
        try:
            return self.parse().body if self.is_code else []
        except (SyntaxError, ValueError):
            return []


@dataclass(frozen=True)
class Lesson:
    """One lesson file, read."""

    path: Path
    metadata: dict[str, Any]
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def label(self) -> str:
        """The file as messages name it: modules/NAME.py."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def default_exports(self) -> list[tuple[int, str]]:
        """Line and module name of every `#| default_exp`."""
        return [
            (line, found[1])
            for cell in self.cells
            if cell.is_code
            for line, text in cell.body
            if (found := DEFAULT_EXP.match(text))
        ]

    @property
    def module(self) -> str:
        """The module of the package that this lesson becomes."""
        return self.default_exports[0][1]

    @property
    def is_graded(self) -> bool:
        return any(cell.kind is Kind.CHECK for cell in self.cells)


class PlacedReader(DoublePercentScriptCellReader):  # type: ignore[misc]  # jupytext is untyped
    """Jupytext's reader of percent cells; notes in each cell where it was read."""

    def read(self, lines: list[str]) -> tuple[NotebookNode, int]:
        cell, length = super().read(lines)
        cell.metadata["place"] = {"lines_left": len(lines), "lines": lines[:length]}
        return cell, length

    def options_to_metadata(self, options: str) -> tuple[None, dict[str, Any]]:
        language, metadata = super().options_to_metadata(options)
        if is_question(metadata.get("title", "")):
            metadata["cell_type"] = "markdown"
        return language, metadata


def read_lesson(path: Path) -> Lesson:
    """Read a lesson file in jupytext's percent format."""
    try:
        text = path.read_text(encoding="utf-8")
        notebook = _percent_reader().reads(text)
    except OSError as error:
        raise LessonError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LessonError(f"{path} is not UTF-8 text, which a lesson has to be") from error
    except yaml.YAMLError as error:
        raise LessonError(f"{path}: the header is not YAML: {one_line(error)}") from error
    return Lesson(path, notebook.metadata, tuple(_cells(notebook, len(text.splitlines()))))


def _percent_reader() -> TextNotebookConverter:
    converter = TextNotebookConverter({"extension": ".py", "format_name": "percent"}, None)
    converter.implementation = copy(converter.implementation)
    converter.implementation.cell_reader_class = PlacedReader
    return converter


def _cells(notebook: NotebookNode, length: int) -> list[Cell]:
    cells: list[Cell] = []
    for node in notebook.cells:
        # A header with a title makes a cell that was not read from a `# %%` line.
        place = node.metadata.pop("place", {"lines_left": length, "lines": [""]})
        fault = expand(node)
        cell = Cell(length - place["lines_left"] + 1, tuple(place["lines"]), node, fault)
        check = node.metadata.pop("hides", "")
        if not check or fault:
            cells.append(cell)
        elif cells and cells[-1].grade_id == check and not _has_hidden_tests(cells[-1]):
            cells[-1] = _with_hidden_tests(cells[-1], cell)
        else:
            name = check.removesuffix(CHECK_SUFFIX)
            fault = f"`hidden {name}` has to follow `check {name}` directly, and once"
            cells.append(replace(cell, fault=fault))
    return cells


def _has_hidden_tests(check: Cell) -> bool:
    return HIDDEN_MARKS[0] in check.node.source


def _with_hidden_tests(check: Cell, hidden: Cell) -> Cell:
    """A check and the cell of hidden tests after it as nbgrader wants them: one cell, with marks.

    The first mark takes the place of the header, so that each line keeps its number.
    """
    begin, end = HIDDEN_MARKS
    tests = "\n".join(hidden.lines[1:]).rstrip().split("\n")
    check.node.source = "\n".join([check.node.source, begin, hidden.node.source, end])
    return replace(check, lines=(*check.lines, begin, *tests, end))


def to_notebook(lesson: Lesson) -> NotebookNode:
    """The lesson as a notebook without outputs: the same bytes from the same text, always."""
    kernel = lesson.metadata["kernelspec"]
    metadata = {"kernelspec": {key: kernel[key] for key in sorted(kernel)}}
    cells = [_to_node(cell, place) for place, cell in enumerate(lesson.cells, 1)]
    notebook: NotebookNode = nbformat.v4.new_notebook(metadata=metadata, cells=cells)
    return notebook


def _to_node(cell: Cell, place: int) -> NotebookNode:
    """A notebook cell with a fixed id and without jupytext's notes about blank lines."""
    new_cell = getattr(nbformat.v4, f"new_{cell.node.cell_type}_cell")
    metadata = {
        key: value for key, value in cell.node.metadata.items() if not key.startswith("lines_to_")
    }
    source = cell.node.source
    if cell.kind is Kind.CHECK:
        metadata |= FOLDED
        if not source.startswith(FORM_TITLE):
            source = f"{FORM_TITLE} Check {cell.part}\n{source}"
    cell_id = cell.grade_id or f"cell-{place:03d}"
    node: NotebookNode = new_cell(source=source, metadata=metadata, id=cell_id)
    return node


def without_marks(notebook: NotebookNode) -> NotebookNode:
    """A copy in which the lines that mark solutions and hidden tests are left out."""
    stripped = deepcopy(notebook)
    for cell in stripped.cells:
        cell.source = unmarked(cell.source)
    return stripped


def unmarked(source: str) -> str:
    """A cell's text without the lines that mark solutions and hidden tests."""
    return "\n".join(line for line in source.split("\n") if line.strip() not in ALL_MARKS)
