"""What a judge needs to know of a lesson: its cells, in order."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from tito.course import Assignment
from tito.notebooks import CHECK_SUFFIX as CHECK_SUFFIX

GIVEN, EXERCISE, CHECK, REFLECTION = "given", "exercise", "check", "reflection"


@dataclass(frozen=True)
class Cell:
    """One cell that nbgrader knows, as the instructor wrote it."""

    grade_id: str
    kind: str  # "given", "exercise", "check" or "reflection"
    source: str
    points: float

    @cached_property
    def functions(self) -> list[str]:
        """The functions that the cell defines."""
        return [node.name for node in self._statements if isinstance(node, ast.FunctionDef)]

    @cached_property
    def imports(self) -> list[str]:
        """The modules that the cell imports."""
        names = []
        for node in self._statements:
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.append(node.module)
        return names

    @cached_property
    def _statements(self) -> Sequence[ast.stmt]:
        return ast.parse(self.source).body


@dataclass(frozen=True)
class Plan:
    """A lesson as it is judged."""

    lesson: str
    cells: tuple[Cell, ...]
    support: str  # the folder whose `tinytorch` the cells import

    def of_kind(self, kind: str) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == kind]

    def imports(self) -> list[str]:
        """The modules that given cells import."""
        return sorted({name for cell in self.of_kind(GIVEN) for name in cell.imports})

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        cells = tuple(Cell(**cell) for cell in data["cells"])
        return cls(data["lesson"], cells, data["support"])


def plan_of(assignment: Assignment) -> Plan:
    """The plan of a released lesson.

    Raises:
        CourseError: the lesson is not released.
    """
    named = [cell for cell in assignment.source["cells"] if "nbgrader" in cell["metadata"]]
    cells = tuple(cell for cell in map(cell_of, named) if cell)
    return Plan(assignment.name, cells, str(assignment.support.resolve()))


def cell_of(cell: Mapping[str, Any]) -> Cell | None:
    """A notebook's cell as a judge sees it; nothing for text that is not graded."""
    grading = cell["metadata"]["nbgrader"]
    solution, grade = bool(grading.get("solution")), bool(grading.get("grade"))
    if cell["cell_type"] != "code":
        kind = REFLECTION if solution and grade else ""
    elif solution:
        kind = EXERCISE
    else:
        kind = CHECK if grade else GIVEN
    points = float(grading.get("points", 0))
    return Cell(grading["grade_id"], kind, cell["source"], points) if kind else None
