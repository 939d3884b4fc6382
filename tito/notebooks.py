"""Read notebooks as they come: from a course, from a student, or as something else."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tito.cells import Kind, cells_of
from tito.decoding import content_of
from tito.errors import NotebookError

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Exercise:
    """What a student is graded on: one check cell, called by the exercise it checks."""

    name: str
    points: float


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook of format 4, each cell's text as one string, or say why it is none."""
    # here: they take seconds to import, and students' commands do without
    import nbformat
    from nbformat.v4.rwbase import rejoin_lines
    from nbformat.warnings import MissingIDFieldWarning

    content = parse_notebook(path)
    try:
        with warnings.catch_warnings(action="ignore", category=MissingIDFieldWarning):
            _, content = nbformat.validator.normalize(content)
        nbformat.validate(content)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError) as error:
        # nbformat looks into cells before it has checked that they are cells.
        raise NotebookError(f"{path} is not a valid notebook: {one_line(error)}") from error
    notebook: NotebookNode = rejoin_lines(nbformat.from_dict(content))
    return notebook


def read_plain(path: Path) -> dict[str, Any]:
    """A notebook as plain data, each cell's text as one string.

    It takes no package, and looks only at what is used of a cell.
    """
    content = parse_notebook(path)
    cells = content.get("cells")
    for place, cell in enumerate(cells if isinstance(cells, list) else [None], 1):
        try:
            cell["source"] = "".join(cell["source"])
            if not isinstance(cell["cell_type"], str) or not isinstance(cell["metadata"], dict):
                raise TypeError("a cell without type or metadata")
        except (KeyError, TypeError) as error:
            raise NotebookError(f"{path} is not a valid notebook: cell {place} is none") from error
    return content


def parse_notebook(path: Path) -> dict[str, Any]:
    """What a notebook file holds, its cells not looked at; NotebookError if it is no notebook."""
    return content_of(bytes_of(path), str(path))


def bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotebookError(f"cannot read {path}: {error.strerror}") from error


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split("\n\n")[0].split())


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as it is written to disk."""
    import nbformat  # here, as above

    return str(nbformat.writes(notebook) + "\n").encode()


def exercises(notebook: Mapping[str, Any]) -> list[Exercise]:
    """The exercises of a notebook, or their parts, with the points of their checks, in order.

    Questions that a person grades are not among them.
    """
    cells = cells_of(notebook)
    return [Exercise(cell.part, cell.points) for cell in cells if cell.kind is Kind.CHECK]


def questions(notebook: Mapping[str, Any]) -> list[Exercise]:
    """The questions of a notebook that a person grades, with their points, in order."""
    cells = cells_of(notebook)
    return [Exercise(cell.name, cell.points) for cell in cells if cell.kind is Kind.QUESTION]
