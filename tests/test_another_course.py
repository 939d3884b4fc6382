"""A course of another name: `tito`, its settings, one tiny lesson, and nothing else of ours."""

import csv
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT

PROJECT = """
[project]
name = "counting-labs"
version = "2.0"
description = "A course that counts"
license = "MIT"
requires-python = ">=3.11,<3.15"
authors = [{ name = "The counters" }]

[tool.nbdev]
lib_name = "counting"
lib_path = "counting"
nbs_path = "build/notebooks"
doc_path = "build/docs"
recursive = false
put_version_in_init = false
"""
RELEASED = "build/release/first/first.ipynb"


@pytest.fixture
def course(tmp_path):
    """An empty folder with what a course needs."""
    shutil.copytree(ROOT / "tito", tmp_path / "tito", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("nbgrader_config.py", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    lesson = (ROOT / "tests/fixtures/modules/02_tiny.py").read_text(encoding="utf-8")
    numbers = lesson.replace("from tinytorch.numbers import NUMBERS", "NUMBERS = (1, 2, 3)")
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "first.py").write_text(numbers, encoding="utf-8")
    return tmp_path


def run(root, *words):
    inherited = {name: os.environ[name] for name in os.environ if name != "TITO_CLASS"}
    environment = inherited | {"PYTHONPATH": str(root)}
    said = subprocess.run(
        [sys.executable, "-m", "tito", *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_another_course_is_built_released_graded_and_reported(course):
    assert "counting/tiny.py" in run(course, "build")
    assert RELEASED in run(course, "release").splitlines()
    for student in ("blank", "solved"):
        (course / "course" / "submitted" / student / "first").mkdir(parents=True)
    shutil.copy(course / RELEASED, course / "course/submitted/blank/first")
    shutil.copy(course / "build/notebooks/first.ipynb", course / "course/submitted/solved/first")
    assert "graded 2 of 2" in run(course, "grade", "--trust-submissions")
    assert "course/report/first/report.html" in run(course, "report")
    with (course / "course/report/first/grades.csv").open(newline="") as file:
        points = {row["student"]: row["score"] for row in csv.DictReader(file)}
    assert points == {"blank": "0", "solved": "2"}


def test_the_bundle_of_another_course_names_its_own_package(course):
    run(course, "release")
    with zipfile.ZipFile(course / "build/student/first.zip") as bundle:
        names = bundle.namelist()
        texts = {name: bundle.read(name) for name in names if name.endswith((".py", ".md"))}
    assert "first/counting_labs_student-2.0+first-py3-none-any.whl" in names
    assert b"from counting.tiny import *" in texts["first/tests/test_tiny.py"]
    assert not [name for name, text in texts.items() if b"tinytorch" in text]


def test_nothing_in_tito_names_this_course():
    ours = re.compile(r"tinytorch|pruning|magnitude|\b18b?c?_[a-z]", re.IGNORECASE)
    files = [path for path in (ROOT / "tito").rglob("*") if path.is_file()]
    files = [path for path in files if path.suffix != ".pyc" and path.name != "rebuild.py"]
    texts = {path: path.read_text("utf-8") for path in files}
    assert not [str(path) for path, text in texts.items() if ours.search(text)]
