"""Run the check of one exercise. Started by its path, in a process of its own.

It reads a task (JSON: "exercise", and "cells" of "name", "kind" and "source") and writes what
happened. Standard library alone, so that nothing of the student's folder is imported.
"""

from __future__ import annotations

import ast
import json
import sys
import traceback
from types import CodeType
from typing import Any

# What another exercise's cell may do before this exercise is checked: define things. A cell that
# also calls or loops at its top cannot hold up the others.
DEFINITIONS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
)


def run(exercise: str, cells: list[dict[str, str]]) -> dict[str, Any]:
    """Run given cells, the exercise and its check; return {} or what went wrong."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        other = cell["kind"] == "exercise" and cell["name"] != exercise
        try:
            exec(definitions(cell) if other else whole(cell), namespace)
        except BaseException as error:  # a student's code may raise anything, SystemExit too
            if not other:
                return describe(error, cell, {each["name"] for each in cells})
    return {}


def whole(cell: dict[str, str]) -> CodeType:
    return compile(cell["source"], cell["name"], "exec")


def definitions(cell: dict[str, str]) -> CodeType:
    tree = ast.parse(cell["source"], cell["name"])
    tree.body = [each for each in tree.body if isinstance(each, DEFINITIONS)]
    return compile(tree, cell["name"], "exec")


def describe(error: BaseException, cell: dict[str, str], names: set[str]) -> dict[str, Any]:
    """The error as plain data: what it says, and in which cell and line it arose."""
    places = [each for each in traceback.extract_tb(error.__traceback__) if each.filename in names]
    place, line = cell["name"], 0
    if isinstance(error, SyntaxError) and error.filename in names:
        place, line = str(error.filename), error.lineno or 0
    elif places:
        place, line = places[-1].filename, places[-1].lineno or 0
    return {
        "type": type(error).__name__,
        "message": error.msg if isinstance(error, SyntaxError) else str(error),
        "raised_in": cell["name"],
        "place": place,
        "line": line,
        "name": getattr(error, "name", None) if isinstance(error, NameError) else None,
    }


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        task = json.load(file)
    result = run(task["exercise"], task["cells"])
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(result, file)
