"""What a judge needs to know of a lesson: its cells, in order."""

from __future__ import annotations

import ast
import marshal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from tito.course import Assignment
from tito.notebooks import CHECK_SUFFIX as CHECK_SUFFIX

GIVEN, EXERCISE, CHECK, REFLECTION = "given", "exercise", "check", "reflection"


@dataclass(frozen=True)
class Cell:
    """One cell that nbgrader knows, with no more of it than judging needs."""

    grade_id: str
    kind: str  # "given", "exercise", "check" or "reflection"
    source: str  # of a given cell or a check; no judge needs a solution
    points: float
    functions: tuple[str, ...] = ()  # that an exercise defines

    @cached_property
    def imports(self) -> list[str]:
        """The modules that the cell imports."""
        names = []
        for node in ast.parse(self.source).body:
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.append(node.module)
        return names


@dataclass(frozen=True)
class Plan:
    """A lesson as it is judged."""

    lesson: str
    cells: tuple[Cell, ...]
    support: str  # the folder whose package the cells import

    def of_kind(self, kind: str) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == kind]

    def imports(self) -> list[str]:
        """The modules that given cells import."""
        return sorted({name for cell in self.of_kind(GIVEN) for name in cell.imports})

    def without_checks(self) -> Plan:
        """The same without the source of any check."""
        cells = [replace(cell, source="") if cell.kind == CHECK else cell for cell in self.cells]
        return replace(self, cells=tuple(cells))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        cells = tuple(
            Cell(**cell | {"functions": tuple(cell["functions"])}) for cell in data["cells"]
        )
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
    if not kind:
        return None
    points = float(grading.get("points", 0))
    source = cell["source"] if kind in (GIVEN, CHECK) else ""
    defined = functions(cell["source"]) if kind == EXERCISE else ()
    return Cell(grading["grade_id"], kind, source, points, defined)


def functions(source: str) -> tuple[str, ...]:
    """The functions that a cell defines."""
    statements = ast.parse(source).body
    return tuple(node.name for node in statements if isinstance(node, ast.FunctionDef))


@lru_cache(maxsize=8)
def check_codes(plan: Plan) -> dict[str, bytes]:
    """What each check runs, to be handed to a judge when it comes to that check."""
    return {
        cell.grade_id: marshal.dumps(compile(cell.source, cell.grade_id, "exec"))
        for cell in plan.of_kind(CHECK)
    }
