"""The first code cell of a graded lesson: it finds the lesson's package, or says how to get it."""

from __future__ import annotations

import re

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tito.headers import FOLDED
from tito.lessons import Lesson
from tito.texts import filled

ID = "find-package"
CALL = "find_package()"


def put_first_cell(notebook: NotebookNode, lesson: Lesson, package: str) -> None:
    """Put it below the title; a lesson that imports nothing of the package needs none."""
    code = "\n".join(cell.node.source for cell in lesson.cells if cell.is_code)
    needed = re.search(rf"^from ({re.escape(package)}\.\w+) import", code, re.MULTILINE)
    if needed:
        values = {"lesson": lesson.name, "package": package, "needed": needed[1]}
        source = filled("find_package.py.j2", values).rstrip("\n")
        notebook.cells.insert(1, new_code_cell(source, id=ID, metadata=dict(FOLDED)))


def name_address(notebook: NotebookNode, url: str) -> None:
    """Let the first cell fetch the bundle from there."""
    for cell in notebook.cells:
        if cell.get("id") == ID:
            cell.source = cell.source.replace(f"\n{CALL}", f"\nfind_package({url!r})")
