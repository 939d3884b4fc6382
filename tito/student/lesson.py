"""The lesson as students get it, and what a student's notebook holds of it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tito.errors import CourseError, NotebookError
from tito.notebooks import CHECK_SUFFIX, parse_notebook

EXPORT = re.compile(r"#\s*\|\s*export\b[^\n]*\n?")
DEFAULT_EXP = re.compile(r"^#\s*\|\s*default_exp\s+(\w+)", re.MULTILINE)
MAGIC = re.compile(r"^[%!].*$", re.MULTILINE)


Node = dict[str, Any]  # a cell as it stands in the notebook file


@dataclass(frozen=True)
class Cell:
    """A cell of the lesson that grading knows, as it was released."""

    name: str  # its grade_id
    kind: str  # "given", "exercise", "check" or "question"
    source: str
    points: float = 0.0

    @property
    def is_exported(self) -> bool:
        return EXPORT.match(self.source) is not None


@dataclass(frozen=True)
class Lesson:
    """A released notebook: the cells that count, in their order."""

    name: str
    package: str  # what is generated from the lessons
    module: str  # of the package, which this lesson exports to
    cells: tuple[Cell, ...]
    support: Path | None = None  # where the package lies, if it is not installed

    @cached_property
    def exercises(self) -> dict[str, Cell]:
        return {cell.name: cell for cell in self.cells if cell.kind == "exercise"}

    @cached_property
    def checks(self) -> dict[str, Cell]:
        """The check of each exercise, by the name of the exercise."""
        return {
            cell.name.removesuffix(CHECK_SUFFIX): cell
            for cell in self.cells
            if cell.kind == "check"
        }

    @cached_property
    def questions(self) -> dict[str, Cell]:
        return {cell.name: cell for cell in self.cells if cell.kind == "question"}


@dataclass(frozen=True)
class Work:
    """What a student's notebook holds of a lesson."""

    path: Path
    lesson: Lesson
    answers: dict[str, str]  # text of each exercise and question found, by its name
    repeated: list[str]  # exercises and questions that stand in several cells; the last counts
    own_names: frozenset[str]  # what the student's added cells define

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
    content = parse_notebook(path)
    package = content.get("metadata", {}).get("package")
    if not package:
        raise NotebookError(f"{path} does not say of which package it is: run `tito release` again")
    nodes = cells_in(content, path)
    code = "\n".join(node["source"] for node in nodes if node["cell_type"] == "code")
    module = DEFAULT_EXP.search(code)
    support = path.parents[2] / "support" / path.stem  # as the build lays it out
    return Lesson(
        path.stem,
        package,
        module[1] if module else path.stem,
        tuple(to_cell(node) for node in nodes if grading(node)),
        support if support.is_dir() else None,
    )


def read_cells(path: Path) -> list[Node]:
    return cells_in(parse_notebook(path), path)


def cells_in(notebook: Mapping[str, Any], path: Path) -> list[Node]:
    """The cells of a notebook, the text of each as one string."""
    nodes = notebook.get("cells")
    for place, node in enumerate(nodes if isinstance(nodes, list) else [None], 1):
        try:
            node["source"] = "".join(node["source"])
            node["cell_type"], node["metadata"].keys()
        except (AttributeError, KeyError, TypeError) as error:
            raise NotebookError(f"{path} is not a valid notebook: cell {place} is none") from error
    return list(nodes or [])


def grading(node: Node) -> dict[str, Any]:
    """What nbgrader knows about a cell; empty for other cells."""
    found = node["metadata"].get("nbgrader")
    return found if isinstance(found, dict) and found.get("grade_id") else {}


def to_cell(node: Node) -> Cell:
    known = grading(node)
    kinds = {
        (True, True): "question",
        (False, True): "exercise",
        (True, False): "check",
        (False, False): "given",
    }
    kind = kinds[bool(known.get("grade")), bool(known.get("solution"))]
    return Cell(str(known["grade_id"]), kind, node["source"], float(known.get("points", 0)))


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
    nodes = read_cells(path)
    released = [read_released(each) for each in released_notebooks()]
    names = {grading(node).get("grade_id") for node in nodes}
    lesson = max(released, key=lambda each: len(each.exercises.keys() & names))
    if not lesson.exercises.keys() & names:
        known = ", ".join(f"{each.name}.ipynb" for each in released)
        raise NotebookError(f"{path} holds no exercise of a lesson known here ({known})")
    return work_in(path, nodes, lesson)


def work_in(path: Path, nodes: list[Node], lesson: Lesson) -> Work:
    open_cells = {**lesson.exercises, **lesson.questions}
    released = {cell.name for cell in lesson.cells}
    found = [(str(grading(node).get("grade_id")), node) for node in nodes]
    answers = {name: node["source"] for name, node in found if name in open_cells}
    answers |= {name: without_magics(answers[name]) for name in answers if name in lesson.exercises}
    times = Counter(name for name, _ in found if name in open_cells)
    own = [
        node["source"]
        for name, node in found
        if node["cell_type"] == "code" and name not in released
    ]
    return Work(
        path,
        lesson,
        answers,
        [name for name in times if times[name] > 1],
        frozenset(name for source in own for name in defined_names(source)),
    )


def without_magics(source: str) -> str:
    """Code with the lines left empty that are commands to the notebook, such as %time."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return MAGIC.sub("", source)
    return source


def defined_names(source: str, imports: bool = True) -> list[str]:
    """The functions, classes, variables and, if wanted, imports at the top of a piece of code."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return []
    names = []
    for statement in statements:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.append(statement.name)
            case ast.Import() | ast.ImportFrom() if imports:
                names += [(each.asname or each.name).split(".")[0] for each in statement.names]
            case ast.Assign():
                targets = [node for target in statement.targets for node in ast.walk(target)]
                names += [node.id for node in targets if isinstance(node, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
    return names
