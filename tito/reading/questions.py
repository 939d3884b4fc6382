"""The questions of a lesson as a reader needs them: what was asked, and what earns the points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tito.cells import Kind, cells_of, kind_of, name_of
from tito.lessons import unmarked
from tito.report.hints import question_titles


@dataclass(frozen=True)
class Question:
    """A question that a person grades."""

    name: str  # its grade_id
    title: str  # such as "1: What a control is for"
    points: float
    asked: str  # Markdown, and so is the guide
    guide: str


def questions(source: Mapping[str, Any]) -> dict[str, Question]:
    """The questions of the instructor's notebook, in order, by name."""
    titles, asked = question_titles(source), texts_above(source)
    return {
        cell.name: Question(
            cell.name,
            titles.get(cell.name, cell.name),
            cell.points,
            asked[cell.name],
            unmarked(cell.source).strip(),
        )
        for cell in cells_of(source)
        if cell.kind is Kind.QUESTION
    }


def texts_above(source: Mapping[str, Any]) -> dict[str, str]:
    """What was asked: the text above each question, from its last heading on."""
    texts: dict[str, str] = {}
    above = ""
    for cell in source["cells"]:
        if kind_of(cell) is Kind.QUESTION:
            texts[name_of(cell)] = below_the_last_heading(above)
        above = cell["source"] if cell["cell_type"] == "markdown" else ""
    return texts


def below_the_last_heading(text: str) -> str:
    lines = text.split("\n")
    headings = [place for place, line in enumerate(lines) if line.startswith("#")]
    return "\n".join(lines[headings[-1] + 1 :] if headings else lines).strip()


def steps(points: float, step: float) -> list[float]:
    """The points one can give: from 0 in steps, and the maximum, whatever the step."""
    whole = [place * step for place in range(int(points / step + 1e-9) + 1)]
    return whole if abs(whole[-1] - points) < 1e-9 else [*whole, points]
