"""The hostile class, handed in and graded once by a real `tito` for all tests of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import nbformat
from containment import Ear, adopting, fingerprint, left_over, processes_now
from hostile import HOSTILE, LESSON, Case, Desk
from hostile.honest import HONEST
from nbformat import NotebookNode

from tito.answers import reference
from tito.course import Course
from tito.grades import Grades, Row, read_grades
from tito.grading.intake import shown
from tito.notebooks import read_notebook
from tito.releasing import release

CASES = [*HONEST, *HOSTILE]
OUTPUTS = (
    "course/autograded",
    "course/gradebook.db",
    "course/journal",
    "course/seed.txt",
    "course/exchange",
    "course/feedback",
)
HIDDEN_WORDS = "The root of the sum of squares down each column"  # of the hidden check of LEAF
PASSWORD = "password-of-the-instructor"
LONGEST_RUN = 400  # seconds
# `tito grade` with limits that suit a test: what never ends is ended soon.
GRADE = """
import sys
from pathlib import Path
from tito.course import Course
from tito.grading.run import grade
from tito.grading.judges import local_judges
from tito.grading.pages import feedback
from tito.sandbox.limits import Limits
limits = Limits(call_seconds=3, submission_seconds=15)
course = Course.find(Path(sys.argv[1]))
print(len(grade(course[sys.argv[2]], judging=local_judges(3, "bubblewrap", limits))))
print(feedback(course[sys.argv[2]]).problems)
"""


@dataclass(frozen=True)
class HostileClass:
    """The graded class, and what the tests compare it with."""

    course: Course
    desk: Desk
    before: dict[str, str]
    after: dict[str, str]
    left: list[str]  # processes that were still there
    said: subprocess.CompletedProcess[str]
    ear: Ear
    grades: Grades

    def row(self, case: Case) -> Row:
        return next(row for row in self.grades.rows if row.student == shown(case.folder))

    def notebook(self, case: Case) -> NotebookNode:
        path = self.course[LESSON].autograded(case.folder)
        return nbformat.read(path, as_version=4)

    def printed(self, case: Case, grade_id: str) -> str:
        """What a cell of the graded notebook shows as printed."""
        cells = self.notebook(case).cells
        cell = next(c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
        return "".join(each.text for each in cell.outputs if each.output_type == "stream")


def hold_class(root: Path, outside: Path) -> HostileClass:
    """Hand in for everyone in a checkout, and grade; `outside` is to be left alone."""
    course = Course.find(root)
    released = read_notebook(release(course[LESSON]))
    answers = reference(read_notebook(course[LESSON].source_path))
    for name in ("home", "elsewhere", "ear"):
        (outside / name).mkdir()
    (outside / "home" / "secret.txt").write_text(PASSWORD)
    ear = Ear(outside / "ear")
    source = str(course[LESSON].source_path)
    desk = Desk(released, answers, places(course, outside, source) | ear.places)
    course.submitted.mkdir(parents=True)
    for case in CASES:
        case.hand_in(desk, course.submitted / case.folder)
    children, before = processes_now(), everything(root, outside)
    with adopting():
        said = run(course, outside / "home")
        left = left_over(children)
    after = everything(root, outside)
    return HostileClass(course, desk, before, after, left, said, ear, read_grades(course[LESSON]))


def places(course: Course, outside: Path, source: str) -> dict[str, str | int]:
    """What attacks know: a student can guess all of it."""
    return {
        "root": str(course.root),
        "gradebook": str(course.gradebook),
        "source": source,
        "other": str(course[LESSON].submission("reference")),
        "home": str(outside / "home"),
        "elsewhere": str(outside / "elsewhere"),
        "password": PASSWORD[::-1],
        "hidden_backwards": HIDDEN_WORDS[::-1],
        "pid": os.getpid(),
    }


def run(course: Course, home: Path) -> subprocess.CompletedProcess[str]:
    """Grade in a process of its own, whose environment holds a secret."""
    inherited = {name: os.environ[name] for name in os.environ if name != "TITO_CLASS"}
    own = {"HOME": str(home), "PASSWORD": PASSWORD, "PYTHONDONTWRITEBYTECODE": "1"}
    own["MPLCONFIGDIR"] = matplotlib.get_cachedir()  # it would make a list of fonts at home
    return subprocess.run(
        [sys.executable, "-c", GRADE, course.root, LESSON],
        cwd=course.root,
        env=inherited | own,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
    )


def everything(root: Path, outside: Path) -> dict[str, str]:
    """Fingerprint of all that the run must leave as it is."""
    return fingerprint(root, OUTPUTS) | {
        f"outside/{name}": held for name, held in fingerprint(outside).items()
    }


def journal_text(course: Course) -> str:
    return "".join(path.read_text() for path in (course.class_folder / "journal").glob("*"))


def as_data(row: Row) -> str:
    """A row for the message of a failed test."""
    return json.dumps(
        {
            "student": row.student,
            "reason": row.reason,
            "lost": {name: points for name, points in row.points.items() if not points},
            "failed": row.failed,
            "flags": row.flags,
        },
        indent=1,
    )
