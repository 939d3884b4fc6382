"""Check each exercise of a student's notebook by itself, with the checks students can see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from tito.cells import NOT_WRITTEN, Cell, Kind, no_module
from tito.errors import CourseError
from tito.program import LEFT_OVER, Code, left_over
from tito.student.lesson import Lesson, Work
from tito.student.runner import DEFINITIONS, Shut
from tito.student.runner import run as run_cells

RUNNER = Path(__file__).with_name("runner.py")
EXECUTION, VALIDATE = "NBGRADER_EXECUTION", "validate"  # as nbgrader says that it runs a notebook
TIME_LIMIT = 30.0  # seconds for one exercise
GRACE_SECONDS = 10  # for the runner to end what an exercise started
NO_PROCESSES = (
    "No process can be started here: the answers run in this Python, one after the other. A loop "
    "that never ends is not stopped (interrupt it), and what an answer changes stays changed."
)

Run = Callable[[Lesson, dict[str, Any], float], dict[str, Any]]


@dataclass(frozen=True)
class Result:
    """What the check of one exercise says."""

    exercise: str  # or a part of it
    points: float  # what it is worth
    state: str  # "done", "not yet" or "wrong"
    message: str = ""

    @property
    def earned(self) -> float:
        return self.points if self.state == "done" else 0.0


def check_work(
    work: Work,
    only: Collection[str] = (),
    time_limit: float = TIME_LIMIT,
    tell: Callable[[list[str]], object] = lambda left: None,
) -> list[Result]:
    """Check the exercises, all or `only` those named, each in a process of its own.

    Where no process can be started they run here, one after the other, without a time limit.

    Args:
        time_limit: seconds for one exercise.
        tell: called after each exercise with the names of those that are left.

    Raises:
        CourseError: `only` names no exercise, or the lesson itself does not run here.
    """
    exercises = work.lesson.exercises
    for name in only:
        if name not in exercises:
            raise CourseError(f"there is no exercise {name!r}; there are: {', '.join(exercises)}")
    every = work.lesson.checks.values()
    checks = [each for each in every if not only or each.exercise in only]
    left = [each.part for each in checks]
    run = run_apart if has_processes() else run_here

    def check_one(check: Cell) -> Result:
        result = check_part(work, check, time_limit, run)
        left.remove(check.part)
        tell(list(left))
        return result

    if run is run_here or not has_threads():
        return [check_one(check) for check in checks]
    pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1))
    try:
        return list(pool.map(check_one, checks))
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C nothing more is started


@cache
def has_processes() -> bool:
    """Whether a Python can be started; in a browser's there is no other."""
    try:
        return not subprocess.run([sys.executable, "-I", "-S", "-c", ""]).returncode
    except OSError:
        return False


def has_threads() -> bool:
    try:
        Thread(target=int).start()
    except RuntimeError:
        return False
    return True


def check_part(work: Work, check: Cell, time_limit: float, run: Run) -> Result:
    """Check an exercise, or one of its parts."""
    part, name, points = check.part, check.exercise, check.points
    if name not in work.answers:
        text = f"its cell is missing: copy it from a fresh {work.lesson.name}.ipynb"
        return Result(part, points, "not yet", text)
    if work.answers[name].strip() == work.lesson.exercises[name].source.strip():
        return Result(part, points, "not yet")  # untouched: no need to run it
    asked = task(work, check)
    error = run(work.lesson, asked, time_limit)
    if error and others_do_more(asked):
        error = run(work.lesson, asked | {"whole": True}, time_limit) and error
    if not error:
        return Result(part, points, "done")
    if error["type"] == "NotImplementedError" and error["place"] == name:
        line = left_over(work.answers[name])
        return Result(part, points, "not yet", LEFT_OVER.format(line) if line else "")
    return Result(part, points, "wrong", explain(error, work, check, time_limit))


def task(work: Work, check: Cell) -> dict[str, Any]:
    """The cells to run: the lesson's, up to the check, with the student's answers."""
    before = work.lesson.cells[: work.lesson.cells.index(check)]
    cells = [
        {
            "name": cell.name,
            "kind": cell.kind,
            "source": work.answers[cell.name] if cell.kind is Kind.EXERCISE else cell.source,
        }
        for cell in before
        if cell.kind is Kind.GIVEN or (cell.kind is Kind.EXERCISE and cell.name in work.answers)
    ]
    checking = {"name": check.name, "kind": Kind.CHECK, "source": check.source}
    return {"exercise": check.exercise, "cells": [*cells, checking], "whole": False}


def others_do_more(task: dict[str, Any]) -> bool:
    """Whether the cell of another exercise does more than define, which the answer may need."""
    others = [
        each["source"]
        for each in task["cells"]
        if each["kind"] is Kind.EXERCISE and each["name"] != task["exercise"]
    ]
    trees = [tree for source in others if (tree := Code(source).tree)]
    return any(not isinstance(each, DEFINITIONS) for tree in trees for each in tree.body)


def run_apart(lesson: Lesson, task: dict[str, Any], time_limit: float) -> dict[str, Any]:
    """Run a task in a new Python; return {} or what went wrong.

    It starts in an empty folder and imports nothing from the student's: graders have no more.
    """
    with TemporaryDirectory(prefix="tito-check-", ignore_cleanup_errors=True) as folder:
        shut = {name: no_module(name) for name in lesson.shut}
        asked = task | {"seconds": time_limit, "shut": shut}
        question, answer = Path(folder, "task.json"), Path(folder, "result.json")
        question.write_text(json.dumps(asked), encoding="utf-8")
        try:
            done = subprocess.run(
                [sys.executable, "-P", str(RUNNER), str(question), str(answer)],
                cwd=folder,
                env=environment(lesson),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=time_limit + (GRACE_SECONDS if hasattr(os, "fork") else 0),
            )
        except subprocess.TimeoutExpired:
            return {"type": "timeout"}
        try:
            result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {"type": "exit", "code": done.returncode}
    return result


def run_here(lesson: Lesson, task: dict[str, Any], _time_limit: float) -> dict[str, Any]:
    """Run a task in this Python; return {} or what went wrong.

    Its names are its own, what it prints is not shown, and modules that graders shut are shut.
    """
    shut = Shut({name: no_module(name) for name in lesson.shut})
    loaded = {name: sys.modules.pop(name) for name in lesson.shut if name in sys.modules}
    before = os.environ.get(EXECUTION)
    os.environ[EXECUTION] = VALIDATE
    sys.meta_path.insert(0, shut)
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            return run_cells(task["exercise"], task["cells"], task["whole"])
    finally:
        sys.meta_path.remove(shut)
        sys.modules.update(loaded)
        del os.environ[EXECUTION]
        os.environ |= {EXECUTION: before} if before is not None else {}


def environment(lesson: Lesson) -> dict[str, str]:
    """As graders set it: no windows for plots, one thread, no experiments."""
    extra = {"MPLBACKEND": "agg", EXECUTION: VALIDATE}
    extra |= {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    if lesson.support:
        inherited = os.environ.get("PYTHONPATH")
        extra["PYTHONPATH"] = os.pathsep.join(filter(None, [str(lesson.support), inherited]))
    return {**os.environ, **extra}


def explain(error: dict[str, Any], work: Work, check: Cell, time_limit: float) -> str:
    """What went wrong, for the one who wrote it."""
    if error["type"] == "timeout":
        return f"not done after {time_limit:g} s and stopped: is there a loop that never ends?"
    if error["type"] == "slow":
        return (
            f"a call took {error['seconds']:.1f} s of the processor: grading stops one after "
            f"{error['allowed']:g} s"
        )
    if error["type"] == "KeyboardInterrupt":
        return "interrupted: is there a loop that never ends?"
    if error["type"] == "exit":
        return (
            f"your code ended Python (status {error['code']}): exit(), a crash, or no memory left"
        )
    name = check.exercise
    if error["raised_in"] not in (name, check.name):
        raise CourseError(
            f"the lesson's own cell {error['raised_in']!r} does not run here: "
            f"{error['type']}: {error['message']}. Install what requirements.txt lists"
        )
    if error["type"] == "SystemExit":
        return f"your code ends Python: take exit() out{at_line(error, work)}"
    if error["type"] == "AssertionError":
        return str(error["message"]) or "the check fails without a message"
    if error["type"] == "NotImplementedError" and error["place"] in work.lesson.exercises:
        return f"your answer calls {error['place']}, which is {NOT_WRITTEN}"
    missing = str(error["name"])
    if missing == name:
        return f"the cell of {name} does not define {name}"
    if missing in work.lesson.exercises:
        return f"your answer calls {missing}, whose cell is missing or does not run yet"
    return f"{error['type']}: {error['message']}{at_line(error, work)}"


def at_line(error: dict[str, Any], work: Work) -> str:
    """The line of the student's that raised an error; nothing if it was no line of theirs."""
    lines = work.answers.get(error["place"], "").splitlines()
    if not 0 < error["line"] <= len(lines):
        return ""
    return f" (line {error['line']} of {error['place']}: {lines[error['line'] - 1].strip()})"
