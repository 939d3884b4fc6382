"""The student's bundle: everything for working on a lesson, and no answer, in one zip file."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent

from tito.build import version
from tito.course import Assignment, Course
from tito.errors import CourseError
from tito.files import save
from tito.student.lesson import Lesson, read_released

TITO = Path(__file__).parent
TEMPLATES = TITO / "templates" / "student"
# Of tito, what the commands of a student import.
STUDENT_TITO = ("__init__.py", "errors.py", "files.py", "group.py", "notebooks.py")
# What a student installs besides the wheel; it names what it imports itself.
NEEDED = ("ipykernel", "ipywidgets", "jupyterlab", "matplotlib", "numpy", "pytest")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can hold
EPOCH = "315532800"  # the same, in seconds
# The server's: it fetches nothing. The page's: it does not ask whether it may.
LAB_SETTINGS = ("jupyter_lab_config.json", "tinytorch-student.json")
BUILD_WHEEL = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


def bundle(course: Course, released: Path) -> Path:
    """Write build/student/LESSON.zip, the same bytes from the same lesson, whenever it is made."""
    lesson = read_released(released)
    path = course.build / "student" / f"{lesson.name}.zip"
    files = {f"{lesson.name}/{name}": data for name, data in contents(course, released).items()}
    save(path, zipped(files))
    return path


def contents(course: Course, released: Path) -> dict[str, bytes]:
    """The files of the bundle, by their names."""
    lesson = read_released(released)
    wheel = build_wheel(course, released)
    texts = {
        "README.md": template("README.md", lesson),
        "requirements.txt": requirements(course, wheel[0]),
        "constraints.txt": constraints(course),
        "pytest.ini": pytest_ini(lesson),
        "tests/conftest.py": template("conftest.py", lesson),
        f"tests/test_{lesson.module}.py": tests(lesson),
    }
    files = {name: text.encode() for name, text in texts.items()}
    return {
        released.name: released.read_bytes(),
        wheel[0]: wheel[1],
        **files,
        **reading(course, lesson),
    }


def reading(course: Course, lesson: Lesson) -> dict[str, bytes]:
    """The support modules, told: the notebooks without exercises that the lesson builds on."""
    graded = {folder.name for folder in course.source.iterdir()}
    package = Assignment(course, lesson.name).support / course.package.name
    return {
        f"reading/{path.name}": path.read_bytes()
        for path in sorted(course.notebooks.glob("*.ipynb"))
        if path.stem not in graded and (package / f"{read_released(path).module}.py").is_file()
    }


def template(name: str, lesson: Lesson) -> str:
    """A text of the bundle, with the words in capitals replaced."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    exercise = next(iter(lesson.exercises))
    for word, value in (
        ("LESSON", lesson.name),
        ("MODULE", lesson.module),
        ("EXERCISE", exercise),
    ):
        text = re.sub(rf"\b{word}\b", value, text)
    return text


def constraints(course: Course) -> str:
    path = course.root / "constraints.txt"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CourseError(f"cannot read {path}: {error.strerror}") from error


def requirements(course: Course, wheel: str) -> str:
    """What a student installs: the versions this course was tested with, and the wheel."""
    pinned = constraints(course)
    found = {name: re.search(rf"^{name}==\S+", pinned, re.MULTILINE) for name in NEEDED}
    names = [pin[0] if pin else name for name, pin in found.items()]
    return "\n".join(["-c constraints.txt", *names, f"./{wheel}"]) + "\n"


def pytest_ini(lesson: Lesson) -> str:
    """Settings of pytest: a marker for each exercise, and the folder's own tinytorch first."""
    markers = [f"    {name}: the visible check of {name}" for name in lesson.exercises]
    head = [
        "[pytest]",
        "testpaths = tests",
        "pythonpath = .",
        "addopts = --strict-markers --tb=short",
    ]
    return "\n".join([*head, "markers =", *markers]) + "\n"


def tests(lesson: Lesson) -> str:
    """The visible checks as tests of the student's own package, a marker for each exercise."""
    head = f'''"""The visible checks of {lesson.name}, as tests of tinytorch.{lesson.module}."""

import numpy as np
import pytest

from tinytorch.{lesson.module} import *
'''
    parts = [
        f"@pytest.mark.{name}\ndef test_{name}():\n{indent(check.source.rstrip(), '    ')}\n"
        for name, check in lesson.checks.items()
    ]
    return "\n\n".join([head, *parts])


def build_wheel(course: Course, released: Path) -> tuple[str, bytes]:
    """Name and bytes of the wheel: support modules, the student's commands, the visible checks."""
    with TemporaryDirectory(prefix="tito-wheel-") as folder:
        root = Path(folder, "source")
        made = Path(folder, "made")
        made.mkdir()
        lay_out(course, released, root)
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


def lay_out(course: Course, released: Path, root: Path) -> None:
    """The sources of the wheel, in a folder."""
    caches = shutil.ignore_patterns("__pycache__")
    lesson = read_released(released)
    shutil.copytree(
        Assignment(course, lesson.name).support / "tinytorch", root / "tinytorch", ignore=caches
    )
    shutil.copytree(TITO / "student", root / "tito" / "student", ignore=caches)
    for name in STUDENT_TITO:
        shutil.copyfile(TITO / name, root / "tito" / name)
    lessons = root / "tito" / "student" / "lessons"
    shutil.rmtree(lessons, ignore_errors=True)
    lessons.mkdir()
    shutil.copyfile(released, lessons / released.name)
    for name in LAB_SETTINGS:
        shutil.copy(TEMPLATES / name, root)
    project = (TEMPLATES / "wheel.toml").read_text(encoding="utf-8")
    (root / "pyproject.toml").write_text(project.replace("VERSION", version(course)), "utf-8")
    for path in root.rglob("*"):  # the wheel holds the permissions: the same for everyone's umask
        readable = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH
        path.chmod(readable | (0o111 if path.is_dir() else 0))


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip file of `files` that holds no time and no owner."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED)
    return whole.getvalue()
