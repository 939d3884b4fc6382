"""What a student sees of a lab: lines of code, and pixels."""

from __future__ import annotations

from collections.abc import Iterator

from conftest import ROOT
from nbformat import NotebookNode

from tito.cells import Kind, kind_of
from tito.lessons import SOLUTION_MARKS, Cell, read_lesson

FILES = sorted((ROOT / "modules").glob("*.py"))
LABS = [path.stem for path in FILES if "\n# %% exercise " in path.read_text(encoding="utf-8")]


def cells_of(lab: str) -> tuple[Cell, ...]:
    return read_lesson(ROOT / "modules" / f"{lab}.py").cells


def code_lines(source: str) -> list[str]:
    """The lines that are neither blank nor all comment."""
    lines = [line.strip() for line in source.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def shown(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The code cells that stand open and in which nobody writes: given ones and experiments."""
    for cell in notebook.cells:
        folded = cell.metadata.get("jupyter", {}).get("source_hidden")
        if cell.cell_type == "code" and not folded and kind_of(cell) is not Kind.EXERCISE:
            yield cell


def reference_lines(lab: str) -> int:
    """The lines that a student writes: those of the reference between its marks."""
    begin, end = SOLUTION_MARKS
    sources = [cell.node.source for cell in cells_of(lab) if cell.kind is Kind.EXERCISE]
    parts = [part.split(end)[0] for source in sources for part in source.split(begin)[1:]]
    return sum(len(code_lines(part)) for part in parts)


def check_lines(lab: str) -> int:
    """The lines of all checks, hidden ones too, in the source."""
    checks = [cell for cell in cells_of(lab) if cell.kind is Kind.CHECK]
    return sum(len(code_lines(cell.node.source)) for cell in checks)


def minutes(lab: str) -> int:
    """What the table at the lab's head says, in all."""
    head = cells_of(lab)[0].node.source
    rows = [line.split("|")[1:-1] for line in head.splitlines() if line.startswith("|")]
    names = [name.strip() for name in rows[0]]
    return sum(int(row[names.index("minutes")]) for row in rows[2:])
