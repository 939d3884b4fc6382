"""The same lesson and the same checks in Otter's format."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from nbformat import NotebookNode

from tito.course import Course
from tito.notebooks import CHECK_SUFFIX, notebook_bytes, read_notebook
from tito.places import released_source, submitted_notebook

TEST = """from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}
CODE = {code!r}


@test_case(points={points!r})
def check(env):
    exec(compile(CODE, name, "exec"), env)
"""


def write_autograder(course: Course, lesson: str, program: Path, folder: Path) -> Path:
    """The zip that `otter run` grades by: each check, hidden part included, as one test."""
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for cell in checks(read_notebook(released_source(course, lesson))):
        grading = cell.metadata.nbgrader
        content = TEST.format(name=grading.grade_id, points=grading.points, code=cell.source)
        (tests / f"{grading.grade_id}.py").write_text(content, encoding="utf-8")
    words = [str(program), "generate", "-t", "tests", "--no-environment", "--no-requirements"]
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "autograder.zip"


def checks(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if is_check(cell)]


def is_check(cell: NotebookNode) -> bool:
    grading = cell.metadata.get("nbgrader", {})
    return bool(grading.get("grade") and not grading.get("solution"))


def for_otter(notebook: NotebookNode) -> NotebookNode:
    """The notebook with its checks called by Otter where they stood, after their exercises."""
    known = {cell.metadata.nbgrader.grade_id for cell in checks(notebook)}
    notebook.cells = [cell for cell in notebook.cells if not is_check(cell)]
    for cell in notebook.cells:
        check = f"{cell.metadata.get('nbgrader', {}).get('grade_id')}{CHECK_SUFFIX}"
        if check in known:
            cell.metadata["otter"] = {"tests": [check]}
    return notebook


def otter_run(
    course: Course, lesson: str, students: list[str], program: Path, folder: Path
) -> dict[str, float]:
    """Grade with `otter run`, one submission after the other; return each student's points."""
    autograder = write_autograder(course, lesson, program, folder)
    variables = {"PYTHONPATH": str(course.support), "NBGRADER_EXECUTION": "autograde"}
    points = {}
    for student in students:
        notebook = for_otter(read_notebook(submitted_notebook(course, lesson, student)))
        path = folder / student / f"{lesson}.ipynb"
        path.parent.mkdir()
        path.write_bytes(notebook_bytes(notebook))
        words = [str(program), "run", path.name, "-a", str(autograder), "--no-logo"]
        subprocess.run(
            words,
            cwd=path.parent,
            env={**os.environ, **variables},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        found = json.loads((path.parent / "results.json").read_text(encoding="utf-8"))
        points[student] = sum(float(test["score"]) for test in found["tests"] if "score" in test)
    return points
