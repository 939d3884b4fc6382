"""Grade made-up classes with tito, nbgrader and Otter in turns; write results and the table."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.grading import tables
from benchmarks.grading.classes import hand_in, material, submissions
from benchmarks.grading.programs import (
    class_of,
    enter,
    nbgrader,
    nbgrader_grade,
    otter,
    subset,
    tito,
    tito_grade,
)
from benchmarks.machine import processor
from tito.course import Assignment, Course

LESSON = "18_pruning"
CLASS, NBGRADER_PART, OTTER_PART = 200, 20, 5
ALONE = 3  # submissions graded alone in each round
SIZES = (200, 500, 1_000)


def round_of(whole: Assignment, students: list[str], program: Path) -> dict[str, Any]:
    """Every program once, in a random order, on fresh class folders."""
    chance = random.Random()
    turns: dict[str, Callable[[], Any]] = {
        "tito": lambda: seconds_of(tito(class_of(whole, "tito", students))),
        "nbgrader": lambda: nbgrader_turn(whole, subset(students, NBGRADER_PART, chance)),
        "otter": lambda: otter_turn(whole, subset(students, OTTER_PART, chance), program),
        "one submission": lambda: alone(whole, subset(students, ALONE, chance)),
    }
    names = list(turns)
    chance.shuffle(names)
    row: dict[str, Any] = {}
    for name in names:
        print(f"  {name}", file=sys.stderr, flush=True)
        row[name] = turns[name]()
    return row


def seconds_of(both: tuple[Any, Any]) -> dict[str, Any]:
    grading, feedback = both
    return {
        "grading_s": grading.seconds,
        "feedback_s": feedback.seconds,
        "first_grade_s": grading.first_grade,
        "judge_bytes": grading.judge_bytes,
    }


def nbgrader_turn(whole: Assignment, students: list[str]) -> dict[str, Any]:
    part = class_of(whole, "nbgrader", students)
    enter(part)
    grading, feedback = nbgrader(part)
    return {"grading_s": grading.seconds, "feedback_s": feedback.seconds}


def otter_turn(whole: Assignment, students: list[str], program: Path) -> dict[str, Any]:
    return {"grading_s": otter(whole, students, program)}


def alone(whole: Assignment, students: list[str]) -> list[dict[str, Any]]:
    return [one_turn(whole, student) for student in students]


def one_turn(whole: Assignment, student: str) -> dict[str, Any]:
    """One submission each: whole commands, with their start."""
    ours, theirs = (class_of(whole, name, [student]) for name in ("one", "nbgrader-one"))
    for each in (ours, theirs):  # a class's gradebook is made once, whoever grades
        enter(each)
    return {
        "tito_s": tito_grade(ours).seconds,
        "nbgrader_s": nbgrader_grade(theirs, student).seconds,
    }


def linear(course: Course, folder: Path) -> list[dict[str, Any]]:
    """Classes of several sizes, each graded once."""
    rows = []
    each = material(course[LESSON])
    for size in SIZES:
        print(f"  {size} submissions", file=sys.stderr, flush=True)
        whole = Course(course.root, folder / "all")[LESSON]
        students = hand_in(whole, submissions(each, size))
        made = class_of(whole, "tito", students)
        rows.append({"submissions": size, **seconds_of(tito(made))})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of all programs (default 3)")
    parser.add_argument("--add", action="store_true", help="to the rounds of earlier runs")
    parser.add_argument("--linear", action="store_true", help="classes up to 1,000, nothing else")
    parser.add_argument("--otter", type=Path, default=Path(".venv-otter/bin/otter"))
    options = parser.parse_args()
    course = Course.find(tables.ROOT)
    folder = course.build / "bench-grading"
    result = tables.read() if tables.RESULT.exists() else {}
    if options.linear:
        result["linear"] = linear(course, folder)
    else:
        whole = Course(course.root, folder / "whole")[LESSON]
        students = hand_in(whole, submissions(material(course[LESSON]), CLASS))
        rounds = result.get("processes", []) if options.add else []
        for number in range(options.rounds):
            print(f"round {number + 1}", file=sys.stderr)
            rounds.append(round_of(whole, students, options.otter.absolute()))
        result["processes"] = rounds
    result |= {"suite": "grading", "counts": counts(), "hostile_contained": hostile()}
    result["machine"] = machine()
    if "processes" in result:
        rates = tables.per_minute(result, "tito")
        result["submissions_per_minute"] = round(median(rates))
    tables.RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    tables.fill_in()
    print("\n".join(tables.summary()))


def machine() -> dict[str, Any]:
    packages = {name: version(name) for name in ("numpy", "nbgrader", "nbconvert", "ipykernel")}
    return {"processor": processor(), "cores": os.cpu_count(), "packages": packages}


def hostile() -> int:
    """How many hostile submissions the tests see contained."""
    return len(import_module("tests.hostile").HOSTILE)  # untyped, as the tests are


def counts() -> dict[str, int]:
    return {"tito": CLASS, "nbgrader": NBGRADER_PART, "otter": OTTER_PART}


if __name__ == "__main__":
    main()
