"""Make the student's own module of the package from the notebook."""

from __future__ import annotations

import ast
from pathlib import Path

from tito.cells import EXPORT, Kind, is_exported
from tito.errors import CourseError
from tito.files import write_whole, writing
from tito.student.lesson import Lesson, Work, defined_names

MARK = "# Made by `tito export`"
# The folder holds one module; the others come from where the package is installed.
INIT = f"""{MARK}: your own part of the package; the other modules are the installed ones.
from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
"""


def export(work: Work, folder: Path) -> Path:
    """Write FOLDER/PACKAGE/MODULE.py: the lesson's cells with the student's answers.

    Raises:
        CourseError: an answer is not Python, or FOLDER/PACKAGE is not one that export made.
            Nothing is written then.
    """
    package = folder / work.lesson.package
    init = package / "__init__.py"
    if package.exists() and not (init.is_file() and init.read_text("utf-8").startswith(MARK)):
        raise CourseError(f"{package} is not from `tito export`; name another place: --to FOLDER")
    module = package / f"{work.lesson.module}.py"
    text = module_text(work)
    with writing(module):
        write_whole(init, INIT.encode())
        write_whole(module, text.encode())
    return module


def module_text(work: Work) -> str:
    parts = exported(work.lesson, work.answers)
    for name, source in parts.items():
        try:
            ast.parse(source)
        except (SyntaxError, ValueError) as error:
            line = f"line {error.lineno} of " if isinstance(error, SyntaxError) else ""
            raise CourseError(
                f"{line}{name} is not Python ({getattr(error, 'msg', error)}); nothing was exported"
            ) from error
    names = [
        name
        for source in parts.values()
        for name in defined_names(source, imports=False)
        if not name.startswith("_")
    ]
    for statement in (each for source in parts.values() for each in ast.parse(source).body):
        match statement:  # nbdev's word for what is imported and handed on
            case ast.Assign(targets=[ast.Name(id="_all_")], value=value):
                names += ast.literal_eval(value)
    head = f"{MARK} from {work.path.name}. Change the notebook, not this file."
    body = [f"# cell {name}\n{source}" for name, source in parts.items()]
    return "\n\n\n".join([f"{head}\n\n__all__ = {names!r}", *body]) + "\n"


def exported(lesson: Lesson, answers: dict[str, str]) -> dict[str, str]:
    """The text of every exported cell, by its name; answers in place of what was released.

    The first line that says `export` is left, so that line numbers are those of the cell.
    """
    sources = {
        cell.name: answers.get(cell.name, cell.source)
        for cell in lesson.cells
        if cell.kind is not Kind.QUESTION and is_exported(cell.source)
    }
    return {name: EXPORT.sub("#", source, count=1).rstrip() for name, source in sources.items()}
