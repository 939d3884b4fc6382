"""What the cells of a lesson are, said once: their kinds, points and exports.

On the standard library alone: the student's wheel takes it along. It reads notebooks as they come;
what is malformed is no cell of a lesson.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

NOT_WRITTEN = "not written yet"  # stands in the stub of every exercise
CHECK_SUFFIX = "_check"  # the check of exercise `sweep` has the grade_id `sweep_check`

# What nbdev reads: lines with `#|` above the code. Each of four words exports the cell.
DIRECTIVES = re.compile(r"(\s*#[ \t]*\|[^\n]*\n?)*")
EXPORT = re.compile(r"^[ \t]*#[ \t]*\|[ \t]*export[sid]?\b[^\n]*", re.MULTILINE)
DEFAULT_EXP = re.compile(r"^#\s*\|\s*default_exp\b[ \t]*(\S*)", re.MULTILINE)


def no_module(name: str) -> str:
    """What is said of a module that an exercise may not import."""
    return f"{name} is not there while an exercise is checked: write in its cell what it needs"


class Kind(StrEnum):
    """What a cell is for."""

    GIVEN = "given"
    EXERCISE = "exercise"  # the student writes code
    CHECK = "check"  # earns the points of an exercise
    QUESTION = "question"  # the student writes text, and a person gives the points


# By what nbgrader notes of a cell: whether it is graded, and whether it holds a solution.
KINDS = {
    (False, False): Kind.GIVEN,
    (False, True): Kind.EXERCISE,
    (True, False): Kind.CHECK,
    (True, True): Kind.QUESTION,
}
OPEN = (Kind.EXERCISE, Kind.QUESTION)  # where students write
GRADED = (Kind.CHECK, Kind.QUESTION)  # what has points


@dataclass(frozen=True)
class Cell:
    """A cell that grading knows."""

    name: str  # its grade_id
    kind: Kind
    source: str
    points: float = 0.0
    functions: tuple[str, ...] = ()  # what an exercise defines, where its source is left out
    exercise: str = ""  # that a check is of

    @property
    def part(self) -> str:
        """What a check earns points for: its exercise, or one of several parts of it."""
        return self.name.removesuffix(CHECK_SUFFIX)


def cells_of(notebook: Mapping[str, Any]) -> tuple[Cell, ...]:
    """The cells of a notebook that grading knows, in order."""
    cells = [cell for node in notebook["cells"] if (cell := cell_of(node))]
    exercises = [cell.name for cell in cells if cell.kind is Kind.EXERCISE]
    return tuple(
        replace(cell, exercise=exercise_of(cell.part, exercises))
        if cell.kind is Kind.CHECK
        else cell
        for cell in cells
    )


def exercise_of(part: str, exercises: Iterable[str]) -> str:
    """The exercise that a check is of: `ship`, for the parts `ship` and `ship_small`."""
    fitting = [name for name in exercises if part == name or part.startswith(f"{name}_")]
    return max(fitting, key=len, default=part)


def cell_of(node: Mapping[str, Any]) -> Cell | None:
    kind = kind_of(node)
    return Cell(name_of(node), kind, text_of(node), points_of(node)) if kind else None


def kind_of(node: Mapping[str, Any]) -> Kind | None:
    """What a notebook's cell is for; nothing if grading does not know it, or it is text to read."""
    if not name_of(node):
        return None
    noted = grading(node)
    kind = KINDS[bool(noted.get("grade")), bool(noted.get("solution"))]
    return kind if node.get("cell_type") == "code" or kind == Kind.QUESTION else None


def grading(node: Mapping[str, Any]) -> dict[str, Any]:
    """What nbgrader noted in a cell; nothing when that is not what nbgrader writes."""
    metadata = node.get("metadata")
    noted = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return noted if isinstance(noted, dict) else {}


def name_of(node: Mapping[str, Any]) -> str:
    """A cell's grade_id; empty for a cell that grading does not know."""
    name = grading(node).get("grade_id")
    return name if isinstance(name, str) else ""


def points_of(node: Mapping[str, Any]) -> float:
    points = grading(node).get("points")
    return float(points) if isinstance(points, int | float) else 0.0


def text_of(node: Mapping[str, Any]) -> str:
    """A cell's text: one string in some notebooks, a list of lines in others."""
    source = node.get("source")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def split_directives(source: str) -> tuple[str, str]:
    """The lines with `#|` above a cell's code, and the code."""
    found = DIRECTIVES.match(source)
    end = found.end() if found else 0
    return source[:end], source[end:]


def is_exported(source: str) -> bool:
    """Whether nbdev writes a code cell into the package."""
    return EXPORT.search(split_directives(source)[0]) is not None


def definitions(statements: Sequence[ast.stmt]) -> Iterator[tuple[str, int]]:
    """The functions, classes and variables that code defines at its top, each with its line."""
    for statement in statements:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield statement.name, statement.lineno
            case ast.Assign():
                yield from _assigned(statement.targets)
            case ast.AnnAssign():
                yield from _assigned([statement.target])


def _assigned(targets: Sequence[ast.expr]) -> Iterator[tuple[str, int]]:
    """The names that an assignment binds; `a.b = 1` and `a[0] = 1` bind none."""
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, target.lineno
        elif isinstance(target, ast.Tuple | ast.List):
            yield from _assigned(target.elts)
        elif isinstance(target, ast.Starred):
            yield from _assigned([target.value])
