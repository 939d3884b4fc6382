"""Show results in a terminal or a notebook, where rich leaves colours out if there are none.

For other programs they are plain data, as docs/results.md describes it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tito.student.checking import Result
from tito.student.lesson import Work

SCHEMA = 1  # goes up when a name goes or changes its meaning
STYLES = {"done": "green", "not yet": "yellow", "wrong": "red"}


def to_table(results: list[Result]) -> Table:
    """A line for each exercise: what it is worth, how it stands, and why."""
    table = Table("exercise", "points", "", "what the check says", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    table.columns[2].no_wrap = table.columns[0].no_wrap = True
    for result in results:
        state = Text(result.state, style=STYLES[result.state])
        worth = f"{result.earned:g}/{result.points:g}"
        table.add_row(Text(result.exercise), worth, state, Text(result.message))
    return table


def show(work: Work, results: list[Result], console: Console | None = None) -> None:
    """Print the table, the points so far, and what else the student should know."""
    console = console or Console(highlight=False)
    console.print(f"{work.path.name}, {work.state}", markup=False)
    console.print(to_table(results))
    for line in remarks(work, results):
        console.print(line, markup=False)


def remarks(work: Work, results: list[Result]) -> list[str]:
    earned = sum(result.earned for result in results)
    total = sum(result.points for result in results)
    done = sum(result.state == "done" for result in results)
    said = [
        f"{done} of {len(results)} exercises pass: {earned:g} of {total:g} points so far,",
        "by the checks you can see. The graders have more, with other shapes and values.",
    ]
    every = len(results) == len(work.lesson.checks)
    if every and (questions := work.lesson.questions):
        answered = len(questions) - len(work.open_questions)
        said.append(f"{answered} of {len(questions)} questions answered; a person reads them.")
    return said + flags(work)


def flags(work: Work) -> list[str]:
    """What a grader would find out of its place: it counts, and is better moved."""
    return [
        *(
            f"{name} stands in several cells; the last counts. Join them into one."
            for name in work.found.twice
        ),
        *(
            f"{name} was found in a cell of your own: move it into its own cell."
            for name in work.found.by_name
        ),
        *(
            f"{name} uses {', '.join(names)} of a cell of your own: move that into the cell of "
            f"{name}."
            for name, names in work.found.helpers.items()
        ),
    ]


def to_dict(work: Work, results: list[Result]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "lesson": work.lesson.name,
        "saved": f"{datetime.fromtimestamp(work.path.stat().st_mtime, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "points": sum(result.earned for result in results),
        "max_points": sum(result.points for result in results),
        "parts": [
            {
                "name": result.exercise,
                "status": result.state,
                "points": result.earned,
                "max_points": result.points,
                "said": result.message,
            }
            for result in results
        ],
        "open_questions": list(map(str, work.open_questions)),
        "flags": flags(work),
    }
