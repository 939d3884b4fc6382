"""The student's bundle: everything for working on a lesson, and no answer, in one zip file."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from filecmp import cmp
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tito.course import Assignment
from tito.errors import CourseError
from tito.files import save
from tito.pythons import Pythons
from tito.student.lesson import SHUT, read_released
from tito.texts import filled
from tito.zips import zipped

TITO = Path(__file__).parent
TEMPLATES = TITO / "templates" / "student"
# Of tito, what the commands of a student import.
STUDENT_TITO = (
    "__init__.py",
    "cells.py",
    "consoles.py",
    "decoding.py",
    "errors.py",
    "files.py",
    "finding.py",
    "group.py",
    "notebooks.py",
    "program.py",
)
# What a student installs besides the wheel, as constraints.txt pins it.
NEEDED = (
    "ipykernel",
    "ipywidgets",
    "jupyterlab",
    "matplotlib",
    "matplotlib-inline",
    "numpy",
    "pytest",
)
EPOCH = "315532800"  # seconds: 1980, the earliest time that a wheel can hold
# The server's: it fetches nothing. The page's: it does not ask whether it may.
LAB_SETTINGS = ("jupyter_lab_config.json", "tito-student.json")
BUILD_WHEEL = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


def bundle(assignment: Assignment) -> Path:
    """Write build/student/LESSON.zip, the same bytes from the same lesson, whenever it is made."""
    name = assignment.name
    path = assignment.course.build / "student" / f"{name}.zip"
    save(path, zipped({f"{name}/{file}": data for file, data in contents(assignment).items()}))
    return path


def contents(assignment: Assignment) -> dict[str, bytes]:
    """The files of the bundle, by their names."""
    lesson = read_released(assignment.released)
    course = assignment.course
    pythons = Pythons(course.root)
    values = {"lesson": lesson, "project": course.settings["project"], "pythons": pythons}
    wheel, data = build_wheel(assignment, values)
    texts = {
        "README.md": filled("README.md.j2", values),
        "requirements.txt": "\n".join(["-c constraints.txt", *NEEDED, f"./{wheel}", ""]),
        "pytest.ini": filled("pytest.ini.j2", values),
        "tests/conftest.py": filled("conftest.py.j2", values),
        f"tests/test_{lesson.module}.py": filled("test_lesson.py.j2", values),
    }
    files = {name: text.encode() for name, text in texts.items()}
    pins = course_file(course.root / "constraints.txt").decode("utf-8").splitlines()
    # On another Python no pin counts: pip then says which Python the wheel needs, and nothing of
    # packages that conflict.
    files["constraints.txt"] = "\n".join([*pythons.limit(pins), ""]).encode()
    files |= {wheel: data, assignment.released.name: assignment.released.read_bytes()}
    return files | reading(assignment)


def reading(assignment: Assignment) -> dict[str, bytes]:
    """The support modules, told: the notebooks without exercises that the lesson builds on."""
    course = assignment.course
    graded = {folder.name for folder in course.source.iterdir()}
    package = assignment.toolbox / course.package.name
    return {
        f"reading/{path.name}": path.read_bytes()
        for path in sorted(course.notebooks.glob("*.ipynb"))
        if path.stem not in graded and (package / f"{read_released(path).module}.py").is_file()
    }


def course_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"cannot read {path}: {error.strerror}") from error


def build_wheel(assignment: Assignment, values: dict[str, Any]) -> tuple[str, bytes]:
    """Name and bytes of the wheel: support modules, the student's commands, the visible checks."""
    with TemporaryDirectory(prefix="tito-wheel-") as folder:
        root = Path(folder, "source")
        made = Path(folder, "made")
        made.mkdir()
        lay_out(assignment, root)
        (root / "pyproject.toml").write_text(filled("wheel.toml.j2", values), encoding="utf-8")
        level_rights(root)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        done = subprocess.run(
            [sys.executable, "-c", BUILD_WHEEL, str(made)],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            umask=0o022,  # else the wheel would hold what the caller's allows
        )
        wheels = list(made.glob("*.whl"))
        if done.returncode != 0 or not wheels:
            cause = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise CourseError(f"setuptools cannot make the student's wheel: {cause}")
        return wheels[0].name, wheels[0].read_bytes()


def lay_out(assignment: Assignment, root: Path) -> None:
    """The sources of the wheel, in a folder."""
    caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(assignment.toolbox, root, ignore=caches)
    shutil.copytree(TITO / "student", root / "tito" / "student", ignore=caches)
    for name in STUDENT_TITO:
        shutil.copyfile(TITO / name, root / "tito" / name)
    lessons = root / "tito" / "student" / "lessons"
    shutil.rmtree(lessons, ignore_errors=True)
    lessons.mkdir()
    shutil.copyfile(assignment.released, lessons / assignment.released.name)
    (lessons / SHUT).write_text(json.dumps(shut(assignment)), encoding="utf-8")
    for name in LAB_SETTINGS:
        shutil.copy(TEMPLATES / name, root)


def shut(assignment: Assignment) -> list[str]:
    """The modules that students have and that an exercise may not import."""
    package = assignment.course.package.name
    there = assignment.support / package
    return sorted(
        f"{package}.{path.stem}"
        for path in (assignment.toolbox / package).glob("*.py")
        if not cmp(path, there / path.name, shallow=False)
    )


def level_rights(root: Path) -> None:
    """Let everyone read the files: the wheel holds their rights, the same for every umask."""
    for path in root.rglob("*"):
        readable = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH
        path.chmod(readable | (0o111 if path.is_dir() else 0))
