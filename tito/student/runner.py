"""Run the check of one exercise. Started by its path, in a process of its own.

It reads a task (JSON: "exercise", "seconds", "cells" of "name", "kind" and "source", "whole", and
"shut", the modules that may not be imported, each with the reason) and writes what happened. It
imports what stands on the standard library alone, and nothing of the student's folder. Where
processes can be forked, the cells run in a child; when it is done or its time is over, it is ended
with all that it started.
"""

from __future__ import annotations

import ast
import ctypes
import functools
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from tito.program import CALL_SECONDS, execute, parts_of

PR_SET_CHILD_SUBREAPER = 36
CHILDREN = Path("/proc/self/task", str(os.getpid()), "children")  # on Linux
# What another exercise's cell may do before this exercise is checked: define things. A cell that
# also calls or loops at its top cannot hold up the others; it runs whole where that may be needed.
DEFINITIONS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
)


# What a notebook's kernel offers besides.
KERNEL = {"display": lambda *objects, **settings: None, "get_ipython": lambda: None}


class Watch:
    """Notes the longest that a call of a student's function took of the processor."""

    def __init__(self) -> None:
        self.longest = 0.0

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, watched."""

        @functools.wraps(function)
        def watched(*args: Any, **settings: Any) -> Any:
            start = time.process_time()
            try:
                return function(*args, **settings)
            finally:
                self.longest = max(self.longest, time.process_time() - start)

        return watched

    def over(self, namespace: dict[str, Any], cell: str) -> None:
        """Watch the functions that a cell defined."""
        for name, value in namespace.items():
            if isinstance(value, FunctionType) and value.__code__.co_filename == cell:
                namespace[name] = self(value)


def run(
    exercise: str, cells: list[dict[str, str]], whole: bool, call_seconds: float = CALL_SECONDS
) -> dict[str, Any]:
    """Run given cells, the exercise and its check; return {} or what went wrong.

    As in grading: an error in the exercise's cell is one only if the check then fails, and no call
    may take longer of the processor than `call_seconds`.
    """
    namespace: dict[str, Any] = {"__name__": "__main__", **KERNEL}
    names = {each["name"] for each in cells}
    trouble: dict[str, Any] = {}
    watch = Watch()
    for cell in cells:
        other = cell["kind"] == "exercise" and cell["name"] != exercise
        try:
            if other and not whole:
                exec(definitions(cell), namespace)
            elif failed := execute(parts_of(cell["source"], cell["name"]), namespace):
                raise failed
        except BaseException as error:  # a student's code may raise anything, SystemExit too
            if cell["name"] == exercise:
                trouble = describe(error, cell, names)
            elif not other:
                return slow(watch, call_seconds) or trouble or describe(error, cell, names)
        finally:
            if cell["name"] == exercise:
                watch.over(namespace, exercise)
    return slow(watch, call_seconds)


def slow(watch: Watch, call_seconds: float) -> dict[str, Any]:
    """What went wrong if a call took too long."""
    if watch.longest <= call_seconds:
        return {}
    return {"type": "slow", "seconds": watch.longest, "allowed": call_seconds}


class Shut(MetaPathFinder):
    """Refuses modules in which answers may stand."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def find_spec(self, name: str, *_: object) -> None:
        if name in self.names:
            raise ImportError(self.names[name])


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


def work(task: dict[str, Any], answer: Path) -> None:
    """Run a task and write what happened, in whole."""
    sys.meta_path.insert(0, Shut(task["shut"]))
    sys.setrecursionlimit(2 * sys.getrecursionlimit())  # a call that is watched is two
    result = run(task["exercise"], task["cells"], task["whole"])
    answer.write_text(json.dumps(result), encoding="utf-8")


def work_in_child(task: dict[str, Any], answer: Path) -> None:
    """The same in a child, which leaves nothing behind."""
    if CHILDREN.exists():  # whatever the child starts becomes ours when its parent ends
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        os.setsid()
        work(task, answer)
        os._exit(0)
    try:
        ended = watch(child, task["seconds"])
    finally:
        end(child)
    if ended["type"] == "timeout" or not answer.exists():
        answer.write_text(json.dumps(ended), encoding="utf-8")


def watch(child: int, seconds: float) -> dict[str, Any]:
    """Wait for a child, at most so long; say how it ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return {"type": "exit", "code": os.waitstatus_to_exitcode(status)}
        time.sleep(0.01)
    return {"type": "timeout"}


def end(child: int) -> None:
    """Kill a child's group, and one after the other what it left to us."""
    with suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ChildProcessError):  # there is none any more
        while True:
            for each in CHILDREN.read_text().split() if CHILDREN.exists() else []:
                with suppress(OSError):
                    os.kill(int(each), signal.SIGKILL)
            os.waitpid(-1, 0)


if __name__ == "__main__":
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if hasattr(os, "fork"):
        work_in_child(task, Path(sys.argv[2]))
    else:
        work(task, Path(sys.argv[2]))
