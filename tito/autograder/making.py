"""Make the zip: with the judge, the checks and no solution.

Its layout is that of https://gradescope-autograders.readthedocs.io/en/latest/specs/: `setup.sh`
installs, once; `run_autograder` grades a submission, with what lies in /autograder/source.
"""

from __future__ import annotations

import json
from pathlib import Path

from tito.autograder.packed import LESSON_FILE, Packed
from tito.bundling import course_file
from tito.cells import cells_of
from tito.course import Assignment
from tito.errors import CourseError
from tito.files import save
from tito.grading.run import seed_of
from tito.judging.plan import plan_of
from tito.notebooks import read_plain
from tito.pythons import Pythons
from tito.texts import filled
from tito.zips import zipped

TITO = Path(__file__).resolve().parents[1]
PROGRAMS = ("setup.sh", "run_autograder")
# What the container installs, as constraints.txt pins it: what a judge imports.
NEEDED = (
    "ipython",
    "markupsafe",
    "matplotlib",
    "matplotlib-inline",
    "msgpack",
    "numpy",
    "pyyaml",
)


def autograder(assignment: Assignment) -> Path:
    """Write build/autograder/LESSON.zip: it gives the points that `tito grade` gives this class."""
    course = assignment.course
    seed = seed_of(course)
    path = course.build / "autograder" / f"{assignment.name}.zip"
    save(path, zipped(contents(assignment, seed), PROGRAMS))
    if seed:
        course.keep_seed(seed)
    return path


def contents(assignment: Assignment, seed: int) -> dict[str, bytes]:
    """The files of the zip, by their names."""
    pythons = Pythons(assignment.course.root)
    versions = [f"3.{minor}" for minor in range(pythons.newest[1], pythons.oldest[1] - 1, -1)]
    values = {"pythons": pythons, "versions": versions}
    texts = {name: filled(f"{name}.j2", values, "autograder") for name in PROGRAMS}
    texts["requirements.txt"] = "\n".join(["-c constraints.txt", *NEEDED, ""])
    texts[LESSON_FILE] = json.dumps(packed(assignment, seed).to_dict(), ensure_ascii=False)
    files = {name: text.encode() for name, text in texts.items()}
    files["constraints.txt"] = course_file(assignment.course.root / "constraints.txt")
    kept = Packed.assignment(assignment.name, Path())
    files[kept.released.as_posix()] = assignment.released.read_bytes()
    return files | below(assignment.support, kept.support) | judge()


def packed(assignment: Assignment, seed: int) -> Packed:
    """What grading has to know of the lesson."""
    plan = plan_of(assignment, seed)
    try:
        released = cells_of(read_plain(assignment.released))
    except CourseError as error:
        raise assignment.not_released() from error
    if [(each.name, each.points) for each in released] != [
        (each.name, each.points) for each in plan.cells
    ]:
        raise CourseError(
            f"{assignment.released} is older than the lesson: run "
            f"`tito release --lesson {assignment.name}` first"
        )
    return Packed(assignment.course.package.name, plan)


def judge() -> dict[str, bytes]:
    """All of tito that is code, and the files that a sandbox shows."""
    files = below(TITO, Path("tito"))
    return {
        name: data for name, data in files.items() if name.endswith(".py") or "/sandbox/" in name
    }


def below(folder: Path, place: Path) -> dict[str, bytes]:
    """The files of a folder by the names that they get in another one; caches are left out."""
    return {
        (place / path.relative_to(folder)).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
