"""What a judge needs to know of a lesson: its cells, in order."""

from __future__ import annotations

import ast
import marshal
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from tito.cells import OPEN, Cell, Kind, cells_of
from tito.course import Assignment

CLASS_SEED = "TITO_CLASS_SEED"  # the variable in which a judge's process has it


@dataclass(frozen=True)
class Plan:
    """A lesson as it is judged."""

    lesson: str
    cells: tuple[Cell, ...]
    support: str  # the folder whose package the cells import
    seed: int = 0  # of the class: what hidden checks draw their inputs by

    def of_kind(self, kind: Kind) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == kind]

    def imports(self) -> list[str]:
        """The modules that given cells import."""
        return sorted({name for cell in self.of_kind(Kind.GIVEN) for name in imports(cell.source)})

    def without_checks(self) -> Plan:
        """The same without the source of any check."""
        cells = [
            replace(cell, source="") if cell.kind is Kind.CHECK else cell for cell in self.cells
        ]
        return replace(self, cells=tuple(cells))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        cells = tuple(
            Cell(**cell | {"kind": Kind(cell["kind"]), "functions": tuple(cell["functions"])})
            for cell in data["cells"]
        )
        return cls(data["lesson"], cells, data["support"], data["seed"])


def plan_of(assignment: Assignment, seed: int = 0) -> Plan:
    """The plan of a released lesson, in a class with this seed.

    Raises:
        CourseError: the lesson is not released.
    """
    cells = tuple(as_needed(cell) for cell in cells_of(assignment.source))
    return Plan(assignment.name, cells, str(assignment.support.resolve()), seed)


def as_needed(cell: Cell) -> Cell:
    """A cell with no more of it than judging needs: no judge needs a solution."""
    if cell.kind not in OPEN:
        return cell
    defined = functions(cell.source) if cell.kind is Kind.EXERCISE else ()
    return replace(cell, source="", functions=defined)


def functions(source: str) -> tuple[str, ...]:
    """The functions that a cell defines."""
    statements = ast.parse(source).body
    return tuple(node.name for node in statements if isinstance(node, ast.FunctionDef))


def imports(source: str) -> list[str]:
    """The modules that a cell imports."""
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


@lru_cache(maxsize=8)
def check_codes(plan: Plan) -> dict[str, bytes]:
    """What each check runs, to be handed to a judge when it comes to that check."""
    return {
        cell.name: marshal.dumps(compile(cell.source, cell.name, "exec"))
        for cell in plan.of_kind(Kind.CHECK)
    }
