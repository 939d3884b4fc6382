"""Run a grading command and watch it: seconds, time to the first grade, memory of the judges."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.grading.otter import otter_run
from tito.course import Assignment, Course

LOOK_SECONDS = 0.25  # often enough, and little work beside what is measured
JUDGE = "tito.judging.server"


@dataclass
class Watched:
    """What one command took."""

    seconds: float
    first_grade: float | None = None  # seconds until the journal's first line
    judge_bytes: int = 0  # the most that one judge and its sandbox held together


def class_of(original: Assignment, name: str, students: list[str]) -> Assignment:
    """A new class folder with the submissions of some students of `original`."""
    whole = original.course
    course = Course(whole.root, whole.class_folder.parent / name)
    shutil.rmtree(course.class_folder, ignore_errors=True)
    made = course[original.name]
    for student in students:
        target = made.submission(student)
        target.parent.mkdir(parents=True)
        shutil.copyfile(original.submission(student), target)
    return made


def watch(assignment: Assignment, module: str, *words: str) -> Watched:
    """Run `python -m module words` for a class, and watch it until it ends."""
    course = assignment.course
    environment = {**os.environ, "TITO_CLASS": str(course.class_folder)}
    log = course.class_folder / "log.txt"
    start = time.perf_counter()
    watched = Watched(0.0)
    with log.open("ab") as file:
        process = psutil.Popen(
            [sys.executable, "-m", module, *words],
            cwd=course.root,
            env=environment,
            stdout=file,
            stderr=file,
        )
        while not has_ended(process):
            if watched.first_grade is None and holds_something(assignment.journal):
                watched.first_grade = time.perf_counter() - start
            watched.judge_bytes = max(watched.judge_bytes, largest_judge(process))
    watched.seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{module} {' '.join(words)} failed; see {log}")
    return watched


def holds_something(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def has_ended(process: psutil.Popen) -> bool:
    """Wait until the next look, or until the process ends, if that is sooner."""
    try:
        process.wait(LOOK_SECONDS)
    except psutil.TimeoutExpired:
        return False
    return True


def largest_judge(process: psutil.Process) -> int:
    """Bytes of the largest judge with everything below it; shared memory counted once."""
    try:
        below = process.children(recursive=True)
        judges = [each for each in below if JUDGE in each.cmdline() and is_first(each)]
        return max((tree_bytes(each) for each in judges), default=0)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def is_first(judge: psutil.Process) -> bool:
    parent = judge.parent()
    return parent is None or JUDGE not in parent.cmdline()


def tree_bytes(process: psutil.Process) -> int:
    return sum(proportional(each) for each in [process, *process.children(recursive=True)])


def proportional(process: psutil.Process) -> int:
    """Proportional set size, where the system tells: forks share most of what they hold."""
    try:
        info = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(info, "pss", info.rss))


def tito(assignment: Assignment) -> tuple[Watched, Watched]:
    return tito_grade(assignment), watch(assignment, "tito", "feedback", *words(assignment))


def tito_grade(assignment: Assignment) -> Watched:
    return watch(assignment, "tito", "grade", *words(assignment), "--workers", "2")


def words(assignment: Assignment) -> tuple[str, ...]:
    """Which class and which lesson a command of tito is about."""
    return str(assignment.course.class_folder), "--lesson", assignment.name


def nbgrader(assignment: Assignment) -> tuple[Watched, Watched]:
    grading = watch(assignment, "nbgrader", "autograde", assignment.name)
    return grading, watch(assignment, "nbgrader", "generate_feedback", assignment.name)


def nbgrader_grade(assignment: Assignment, student: str) -> Watched:
    return watch(assignment, "nbgrader", "autograde", assignment.name, "--student", student)


def otter(assignment: Assignment, students: list[str], program: Path) -> float:
    """Seconds that `otter run` took over some students."""
    folder = assignment.course.class_folder.parent / "otter"
    shutil.rmtree(folder, ignore_errors=True)
    start = time.perf_counter()
    otter_run(assignment, students, program, folder)
    return time.perf_counter() - start


def subset(students: list[str], count: int, chance: random.Random) -> list[str]:
    return sorted(chance.sample(students, count))


def enter(assignment: Assignment) -> None:
    """Let nbgrader know the lesson in a class where tito has graded nothing."""
    words = [sys.executable, "-m", "nbgrader", "generate_assignment", assignment.name, "--force"]
    course = assignment.course
    environment = {**os.environ, "TITO_CLASS": str(course.class_folder)}
    subprocess.run(words, cwd=course.root, env=environment, check=True, capture_output=True)
