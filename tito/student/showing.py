"""Show results in a terminal or a notebook; rich leaves colours out where there are none."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tito.student.checking import Result
from tito.student.lesson import Work

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
    saved = datetime.fromtimestamp(work.path.stat().st_mtime)
    console.print(f"{work.path.name}, as saved at {saved:%H:%M on %d %B}", markup=False)
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
    said += [
        f"{name} stands in several cells; the last counts. Join them into one."
        for name in work.found.twice
    ]
    said += [
        f"{name} was found in a cell of your own: move it into its own cell."
        for name in work.found.by_name
    ]
    said += [
        f"{name} uses {', '.join(names)} of a cell of your own: move that into the cell of {name}."
        for name, names in work.found.helpers.items()
    ]
    return said
