"""A feedback page that nothing a student wrote can make fail: text alone, and all of it escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from nbformat import NotebookNode

LONGEST_TEXT = 20_000  # characters of one cell or output


def plain_page(notebook: NotebookNode, shown: Mapping[str, Any]) -> str:
    """The page.

    Args:
        shown: what nbgrader's template is given: the lesson, the student, the points.
    """
    made = Environment(
        loader=PackageLoader("tito"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    cells = [plain_cell(cell) for cell in notebook.cells if cell.metadata.get("nbgrader")]
    return made.get_template("plain_feedback.html.j2").render(cells=cells, **shown)


def plain_cell(cell: NotebookNode) -> dict[str, Any]:
    """What the page shows of a cell: of a check its points and what it said, not its code."""
    marks = cell.metadata.nbgrader
    outputs = [text_of(output) for output in cell.get("outputs", [])]
    return {
        "name": marks.grade_id,
        "points": f"{marks.score:g} / {marks.points:g}" if "score" in marks else "",
        "comment": marks.get("comment") or "",
        "text": cut(cell.source) if marks.get("solution") else "",
        "outputs": [cut(text) for text in outputs if text],
    }


def text_of(output: Mapping[str, Any]) -> str:
    if output.get("output_type") == "error":
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    return str(output.get("text", ""))


def cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n... the rest is left out"
