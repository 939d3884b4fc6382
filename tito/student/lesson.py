"""The lesson as students get it, and what a student's notebook holds of it."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from tito.cells import DEFAULT_EXP, Cell, Kind, cells_of, definitions, is_exported
from tito.decoding import content_of
from tito.errors import CourseError, NotebookError
from tito.finding import Found, Handout, find_answers, pieces_of
from tito.notebooks import bytes_of, read_plain
from tito.program import python_of

SHUT = "shut.json"  # beside a wheel's notebook: the modules that exercises may not import
Node = dict[str, Any]  # a cell as it stands in the notebook file


@dataclass(frozen=True)
class Lesson:
    """A released notebook: the cells that count, in their order."""

    name: str
    package: str  # what is generated from the lessons
    module: str  # of the package, which this lesson exports to
    cells: tuple[Cell, ...]
    handout: Handout
    support: Path | None = None  # where the package lies, if it is not installed
    shut: tuple[str, ...] = ()  # modules of the package that no exercise may import

    @cached_property
    def exercises(self) -> dict[str, Cell]:
        return {cell.name: cell for cell in self.cells if cell.kind is Kind.EXERCISE}

    @cached_property
    def checks(self) -> dict[str, Cell]:
        """The check of each exercise, or of each of its parts, by that name."""
        return {cell.part: cell for cell in self.cells if cell.kind is Kind.CHECK}

    @cached_property
    def needed_by_checks(self) -> list[Cell]:
        """The given cells that are not in the package, such as what the checks import."""
        given = (cell for cell in self.cells if cell.kind is Kind.GIVEN)
        return [cell for cell in given if not is_exported(cell.source)]

    @cached_property
    def questions(self) -> dict[str, Cell]:
        return {cell.name: cell for cell in self.cells if cell.kind is Kind.QUESTION}


@dataclass(frozen=True)
class Work:
    """What a student's notebook holds of a lesson."""

    path: Path
    lesson: Lesson
    answers: dict[str, str]  # text of each exercise and question found, by its name
    found: Found  # and how it was
    data: bytes = b""  # the notebook itself
    state: str = ""  # as of when, or whence, it is

    @property
    def missing(self) -> list[str]:
        """Exercises and questions whose cell is gone."""
        wanted = [*self.lesson.exercises, *self.lesson.questions]
        return [name for name in wanted if name not in self.answers]

    @property
    def open_questions(self) -> list[int]:
        """Questions without an answer, counted from 1."""
        questions = self.lesson.questions
        return [
            number
            for number, name in enumerate(questions, 1)
            if self.answers.get(name, "").strip() in ("", questions[name].source.strip())
        ]


def released_notebooks() -> list[Path]:
    """The released notebooks that come with these commands, or those of the checkout."""
    packed = sorted((Path(__file__).parent / "lessons").glob("*.ipynb"))
    if packed:
        return packed
    here = Path.cwd()
    for folder in (here, *here.parents):
        if found := sorted((folder / "build" / "release").glob("*/*.ipynb")):
            return found
    raise CourseError("no released lesson here: in a checkout run `tito release` first")


def read_released(path: Path) -> Lesson:
    """Read a released notebook."""
    content = read_plain(path)
    package = content.get("metadata", {}).get("package")
    if not package:
        raise NotebookError(f"{path} does not say of which package it is: run `tito release` again")
    nodes = content["cells"]
    code = "\n".join(node["source"] for node in nodes if node["cell_type"] == "code")
    module = DEFAULT_EXP.search(code)
    support = path.parents[2] / "support" / path.stem  # as the build lays it out
    shut = path.with_name(SHUT)
    return Lesson(
        path.stem,
        package,
        (module and module[1]) or path.stem,
        cells_of(content),
        Handout(nodes),
        support if support.is_dir() else None,
        tuple(json.loads(shut.read_text(encoding="utf-8"))) if shut.is_file() else (),
    )


def read_work(path: Path) -> Work:
    """Read a student's notebook, and find the lesson it belongs to.

    Raises:
        NotebookError: it cannot be read, or holds no exercise of a lesson known here.
    """
    if not path.exists():
        raise NotebookError(
            f"there is no {path}: go to the folder of your notebook, or name it, for example "
            "tito check mine.ipynb"
        )
    saved = datetime.fromtimestamp(path.stat().st_mtime)
    return work_of(path, bytes_of(path), f"as saved at {saved:%H:%M on %d %B}")


def work_of(path: Path, data: bytes, state: str) -> Work:
    """The work that a notebook holds, whether or not it lies in a file.

    Raises:
        NotebookError: it is none, or holds no exercise of a lesson known here.
    """
    cells = content_of(data, str(path)).get("cells")
    nodes = [each for each in cells if isinstance(each, dict)] if isinstance(cells, list) else []
    released = [read_released(each) for each in released_notebooks()]
    work = max((work_in(path, nodes, each) for each in released), key=lambda it: len(it.answers))
    if not work.answers:
        known = ", ".join(f"{each.name}.ipynb" for each in released)
        raise NotebookError(f"{path} holds no exercise of a lesson known here ({known})")
    return replace(work, data=data, state=state)


def work_in(path: Path, nodes: list[Node], lesson: Lesson) -> Work:
    found = find_answers(pieces_of(nodes, lesson.handout), lesson.handout)
    answers = {
        name: python_of(text) if name in lesson.exercises else text
        for name, text in found.answers.items()
    }
    return Work(path, lesson, answers, found)


def defined_names(source: str, imports: bool = True) -> list[str]:
    """The functions, classes, variables and, if wanted, imports at the top of a piece of code."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return []
    names = [name for name, _ in definitions(statements)]
    for statement in statements if imports else []:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names += [(each.asname or each.name).split(".")[0] for each in statement.names]
    return names
