"""The zip for Gradescope: its two scripts run in folders laid out as there, below a prefix."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import ROOT, copy_checkout
from nbformat.v4 import new_code_cell, new_notebook
from needs import best_isolation
from small import LESSON, RIGHT, WRONG, answered, graded, hand_in, small_course

from tito.autograder.making import NEEDED, autograder
from tito.build import build
from tito.cells import Kind, kind_of
from tito.course import Course
from tito.errors import CourseError
from tito.lessons import SOLUTION_MARKS
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import hand_out
from tito.sandbox import SEPARATE
from tito.sandbox.bubblewrap import best_isolation as best_isolation_of_tito
from tito.sandbox.bubblewrap import check_isolation

SEES_THE_VISIBLE = "def total(numbers=NUMBERS):\n    return 6"  # 1 + 2 + 3, and no list but that
FAILS = 'def total(numbers=NUMBERS):\n    raise RuntimeError("mine")'
VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
NUMBER = (int, float)
# By hand from https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format.
OF_ALL = {
    "score": NUMBER,
    "execution_time": int,
    "output": str,
    "output_format": FORMATS,
    "test_output_format": FORMATS,
    "test_name_format": FORMATS,
    "visibility": VISIBILITY,
    "stdout_visibility": VISIBILITY,
    "extra_data": dict,
    "tests": list,
    "leaderboard": list,
}
OF_A_TEST = {
    "score": NUMBER,
    "max_score": NUMBER,
    "status": {"passed", "failed"},
    "name": str,
    "name_format": FORMATS,
    "number": str,
    "output": str,
    "output_format": FORMATS,
    "tags": list,
    "visibility": VISIBILITY,
    "extra_data": dict,
}


def refuse_undocumented(found, schema):
    for key, value in found.items():
        allowed = schema[key]
        assert value in allowed if isinstance(allowed, set) else isinstance(value, allowed), key


def refuse_invalid(results):
    """Fail if Gradescope's documentation does not describe it."""
    refuse_undocumented(results, OF_ALL)
    assert "score" in results or results["tests"]
    for test in results["tests"]:
        refuse_undocumented(test, OF_A_TEST)
        assert "score" in test or "score" in results


@dataclass(frozen=True)
class Container:
    """Folders as Gradescope makes them, below a prefix."""

    prefix: Path

    @property
    def place(self) -> Path:
        return self.prefix / "autograder"

    def run(self, script: Path, **variables: str) -> str:
        """Run one of the scripts; there is nothing of ours on its path but Python's packages."""
        hidden = {"PYTHONPATH", "TITO_CLASS", "NBGRADER_EXECUTION"}
        inherited = {name: os.environ[name] for name in os.environ if name not in hidden}
        settings = {"TITO_PREFIX": str(self.prefix), "TITO_PYTHON": sys.executable}
        return subprocess.run(
            ["bash", str(script)],
            cwd=self.place,
            env=inherited | settings | variables,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stdout

    def grade(self, files: dict[str, bytes]) -> dict:
        """What the autograder says of a submission."""
        shutil.rmtree(self.place / "submission", ignore_errors=True)
        (self.place / "results" / "results.json").unlink(missing_ok=True)
        for name, content in files.items():
            path = self.place / "submission" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (self.place / "submission").mkdir(exist_ok=True)
        said = self.run(self.place / "run_autograder")
        results = json.loads((self.place / "results" / "results.json").read_text("utf-8"))
        refuse_invalid(results)
        return results | {"said": said}


@pytest.fixture(scope="module")
def course(tmp_path_factory, isolation):
    made = small_course(tmp_path_factory.mktemp("course"))
    shutil.copy(ROOT / "constraints.txt", made.root)
    return made


@pytest.fixture(scope="module")
def container(course, tmp_path_factory):
    """A container in which setup.sh ran."""
    made = Container(tmp_path_factory.mktemp("gradescope"))
    for name in ("source", "submission", "results"):
        (made.place / name).mkdir(parents=True)
    with zipfile.ZipFile(autograder(course[LESSON])) as archive:
        archive.extractall(made.place / "source")
        rights = {each.filename: each.external_attr >> 16 & 0o777 for each in archive.infolist()}
    assert rights["setup.sh"] == rights["run_autograder"] == 0o755
    shutil.copy(made.place / "source" / "run_autograder", made.place)
    assert "nothing is installed" in made.run(made.place / "source" / "setup.sh")
    return made


def lines(results):
    """Name, points, when it is shown, and what it says of each test."""
    tests = results["tests"]
    return [(each["name"], each["score"], each["visibility"], each["output"]) for each in tests]


VISIBLE, ALL = "total: the checks you can see", "total: all checks"


@pytest.mark.parametrize(
    ("answer", "points", "visible", "hidden"),
    [
        (RIGHT, 2, "It passes.", "It passes."),
        (WRONG, 0, "1 + 2 + 3 is 6.", "1 + 2 + 3 is 6."),
        (SEES_THE_VISIBLE, 0, "It passes.", "No numbers add up to 0."),
        (FAILS, 0, "your code raised RuntimeError: mine", "your code raised RuntimeError: mine"),
    ],
    ids=["right", "wrong", "right for the visible checks alone", "raises"],
)
def test_points_are_those_of_the_checks_and_of_tito_grade(
    container, course, answer, points, visible, hidden
):
    content = answered(course, answer)
    found = container.grade({"my homework (2).ipynb": content})
    assert lines(found) == [
        (VISIBLE, 0, "visible", visible),
        (ALL, points, "after_due_date", hidden),
    ]
    assert [each["max_score"] for each in found["tests"]] == [0, 2]
    assert found["tests"][1]["status"] == ("passed" if points else "failed")
    hand_in(course, {"ada": content})
    assert graded(course)["ada"].score == points


def test_an_exercise_that_was_not_begun_is_said_to_be_so(container, course):
    found = container.grade({f"{LESSON}.ipynb": course[LESSON].released.read_bytes()})
    assert {each["output"] for each in found["tests"]} == {"not written yet"}
    assert sum(each["score"] for each in found["tests"]) == 0


def test_questions_are_left_to_a_person_and_that_is_said(container, course):
    found = container.grade({"a.ipynb": answered(course, why="Because it is fun.")})
    assert "why are read by a person, who gives up to 3 points in Gradescope" in found["output"]
    assert not [each for each in found["tests"] if "why" in each["name"]]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"hw.ipynb": b"%PDF-1.7"}, "hw.ipynb is not a notebook but a PDF file"),
        ({"hw.ipynb": b""}, "hw.ipynb is empty"),
        ({"hw.pdf": b"%PDF-1.7"}, "hw.pdf: not a notebook (.ipynb)"),
        ({}, "nothing was handed in"),
        (
            {"other.ipynb": notebook_bytes(new_notebook(cells=[new_code_cell("1 + 1")]))},
            "none of the lesson's exercises is in this notebook",
        ),
    ],
    ids=["a PDF", "empty", "a PDF by name", "nothing", "another notebook"],
)
def test_what_cannot_be_graded_gets_no_points_and_the_true_reason(container, files, reason):
    found = container.grade(files)
    [(name, score, visibility, output)] = lines(found)
    assert (name, score, visibility) == ("total", 0, "visible")
    assert reason in output and reason in found["output"]
    assert "Traceback" not in found["said"]


def test_of_several_notebooks_the_one_with_answers_counts(container, course):
    blank = course[LESSON].released.read_bytes()
    found = container.grade({f"{LESSON}.ipynb": blank, "copy/mine.ipynb": answered(course)})
    assert found["output"].startswith("Graded: copy/mine.ipynb.")
    assert sum(each["score"] for each in found["tests"]) == 2


def test_the_instructor_is_told_how_students_code_was_kept_in(container, course):
    found = container.grade({"a.ipynb": answered(course)})
    isolated = best_isolation() == "bubblewrap"
    assert ("is isolated by bubblewrap" in found["said"]) == isolated
    assert found["extra_data"]["isolation"].startswith("bubblewrap") == isolated
    assert "isolat" not in json.dumps(found["tests"]) + found["output"]


@pytest.fixture
def without_bubblewrap(monkeypatch, tmp_path):
    (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


def test_without_bubblewrap_it_runs_with_other_rights_or_says_that_it_cannot(
    container, course, without_bubblewrap
):
    found = container.grade({"a.ipynb": answered(course)})
    assert sum(each["score"] for each in found["tests"]) == 2
    assert found["extra_data"]["isolation"] in ("user", "none")
    assert "students' code runs in processes of " in found["said"]


PRIES = """
def total(numbers=NUMBERS):
    said = []
    for name, mode in (("source/lesson.json", "r"), ("results/results.json", "w")):
        try:
            open("PLACE/" + name, mode)
            said.append("opened")
        except OSError as error:
            said.append(type(error).__name__)
    raise ValueError(" ".join(said))
"""


@pytest.mark.needs("root")
def test_another_user_reads_no_checks_and_writes_no_results(container, course, without_bubblewrap):
    if best_isolation_of_tito(SEPARATE) != SEPARATE:
        pytest.skip("this Python's own files are for root alone")
    for folder in (container.place, *container.place.parents):
        folder.chmod(folder.stat().st_mode | 0o055)  # pytest's folders are for their owner alone
    prying = PRIES.replace("PLACE", str(container.place))
    found = container.grade({"a.ipynb": answered(course, prying)})
    assert found["extra_data"]["isolation"] == SEPARATE
    assert {each["output"] for each in found["tests"]} == {
        "your code raised ValueError: PermissionError PermissionError"
    }


def test_only_root_gives_another_users_rights(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CourseError, match="only root"):
        check_isolation(SEPARATE)


def test_a_fault_of_ours_is_no_traceback_for_a_student(container, course):
    lesson = container.place / "source" / "lesson.json"
    kept = lesson.read_text("utf-8")
    lesson.write_text(kept.replace("from tinytorch.numbers import", "from nowhere import"))
    try:
        found = container.grade({"a.ipynb": answered(course)})
    finally:
        lesson.write_text(kept)
    assert "Traceback" not in json.dumps(found["tests"]) + found["output"]
    assert sum(each["score"] for each in found["tests"]) == 0


def test_no_line_of_a_solution_is_in_the_zip(released_labs):
    """In the support modules, which share idioms with solutions, no two that follow each other."""
    for assignment in released_labs.assignments():
        handed_out = read_notebook(hand_out(assignment))
        known = {line for cell in handed_out.cells for line in stripped(cell.source)}
        source = read_notebook(assignment.source_path)
        solved = [cell.source for cell in source.cells if kind_of(cell) is Kind.EXERCISE]
        secret = {line for text in solved for line in solution(text) if len(line) > 25} - known
        pairs = {pair for text in solved for pair in pairwise(solution(text)) if len(pair[1]) > 25}
        assert len(secret) > 10 and len(pairs) > 10
        with zipfile.ZipFile(autograder(assignment)) as archive:
            for name in archive.namelist():
                text = archive.read(name).decode("utf-8", errors="replace")
                there = stripped(text.replace("\\n", "\n"))
                if name.startswith("build/support"):
                    assert not pairs & {*pairwise(there)}, name
                else:
                    assert not secret & {*there}, name


def stripped(text):
    return [line.strip() for line in text.split("\n") if line.strip()]


def solution(text):
    """The lines between the marks."""
    begin, end = map(re.escape, SOLUTION_MARKS)
    return stripped("\n".join(re.findall(f"{begin}(.*?){end}", text, re.DOTALL)))


@pytest.fixture(scope="module")
def released_labs(tmp_path_factory):
    made = Course.find(copy_checkout(tmp_path_factory.mktemp("real") / "checkout"))
    build(made)
    return made


def test_what_it_imports_is_what_it_installs(container):
    program = (
        "import sys; import tito.autograder.container, tito.judging.server, tito.sandbox.inside;"
        "print({name.split('.')[0] for name in sys.modules if name.split('.')[0] not in "
        "sys.stdlib_module_names})"
    )
    path = str(container.place / "source")
    said = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    there = {"yaml": "pyyaml", "IPython": "ipython"}
    modules = {there.get(name, name) for name in eval(said)}
    ours = {"__main__", "tito", *(name for name in modules if name.startswith(("_", "cython")))}
    of_ipython = {"traitlets"}
    started_by_itself = {"rfc3987_syntax"}  # of this environment
    assert modules - ours - started_by_itself <= {*NEEDED, *of_ipython}


def test_a_lesson_that_is_not_released_is_said_to_be_so(course, tmp_path):
    away = tmp_path / "release"
    shutil.move(course.release, away)
    try:
        with pytest.raises(CourseError, match=f"run `tito release --lesson {LESSON}` first"):
            autograder(course[LESSON])
    finally:
        shutil.move(away, course.release)
