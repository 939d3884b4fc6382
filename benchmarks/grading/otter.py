"""The same lesson and the same checks in Otter's format."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tito.cells import CHECK_SUFFIX, Kind, kind_of, name_of
from tito.course import Assignment
from tito.notebooks import notebook_bytes, read_notebook

TEST = """from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}
CODE = {code!r}


@test_case(points={points!r})
def check(env):
    exec(compile(CODE, name, "exec"), env)
"""


def write_autograder(assignment: Assignment, program: Path, folder: Path) -> Path:
    """The zip that `otter run` grades by: each check, hidden part included, as one test."""
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for cell in checks(nbformat.from_dict(assignment.source)):
        grading = cell.metadata.nbgrader
        content = TEST.format(name=grading.grade_id, points=grading.points, code=cell.source)
        (tests / f"{grading.grade_id}.py").write_text(content, encoding="utf-8")
    words = [str(program), "generate", "-t", "tests", "--no-environment", "--no-requirements"]
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "autograder.zip"


def checks(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if kind_of(cell) is Kind.CHECK]


def for_otter(notebook: NotebookNode) -> NotebookNode:
    """The notebook with its checks called by Otter where they stood, after their exercises."""
    known = {cell.metadata.nbgrader.grade_id for cell in checks(notebook)}
    notebook.cells = [cell for cell in notebook.cells if kind_of(cell) is not Kind.CHECK]
    for cell in notebook.cells:
        check = name_of(cell) + CHECK_SUFFIX
        if check in known:
            cell.metadata["otter"] = {"tests": [check]}
    return notebook


def otter_run(
    assignment: Assignment, students: list[str], program: Path, folder: Path
) -> dict[str, float]:
    """Grade with `otter run`, one submission after the other; return each student's points."""
    autograder = write_autograder(assignment, program, folder)
    variables = {"PYTHONPATH": str(assignment.support), "NBGRADER_EXECUTION": "autograde"}
    points = {}
    for student in students:
        notebook = for_otter(read_notebook(assignment.submission(student)))
        path = folder / student / f"{assignment.name}.ipynb"
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
