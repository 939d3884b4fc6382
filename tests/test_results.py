"""What other programs get, as docs/results.md describes it; and what git does not."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime

import pytest
from conftest import ROOT
from needs import trusting
from small import LESSON, RIGHT, WRONG, answered, hand_in, small_course
from test_commands import run

from tito.collecting.roster import Roster
from tito.report.results import SCHEMA

PAGE = (ROOT / "docs" / "results.md").read_text("utf-8")
DESCRIBED, OF_A_CHECK = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture(scope="module")
def course(tmp_path_factory, isolation):
    """Ada of the page, Bob whose file is no notebook, Cyd of the roster alone."""
    course = small_course(tmp_path_factory.mktemp("results") / "checkout")
    hand_in(course, {"ada": answered(course, RIGHT, "So."), "bob": b"%PDF-1.7"})
    time = course[LESSON].submission("ada").with_name("timestamp.txt")
    time.write_text(f"{datetime(2026, 3, 2, 9)} UTC")
    roster = Roster.read(course)
    roster.add("ada", "Ada Lovelace")
    roster.add("cyd", "Cyd")
    roster.save()
    return course


@pytest.fixture(scope="module")
def said(course):
    said = run(course.root, "grade", "--json", *trusting(), PYTHONPATH=str(ROOT))
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def test_the_example_of_the_page_is_what_the_command_prints(said):
    [lesson] = said["lessons"]
    lesson = lesson | {"students": lesson["students"][:1]}
    assert said | {"lessons": [lesson]} == DESCRIBED
    assert said["schema"] == SCHEMA


def test_who_is_not_graded_has_no_points(said):
    _, bob, cyd = said["lessons"][0]["students"]
    assert [(each["student"], each["status"], each["total"]) for each in (bob, cyd)] == [
        ("bob", "refused", None),
        ("cyd", "missing", None),
    ]
    assert bob["reason"] and bob["parts"] == cyd["parts"] == []
    assert set(bob) == set(DESCRIBED["lessons"][0]["students"][0])


def test_the_example_of_a_check_is_what_the_command_prints(course, tmp_path):
    notebook = json.loads(answered(course, WRONG))
    [answer] = (cell for cell in notebook["cells"] if "return 7" in "".join(cell["source"]))
    answer |= {"id": "mine", "metadata": {}}
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    saved = datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp()
    os.utime(path, (saved, saved))
    said = run(course.root, "check", str(path), "--json", PYTHONPATH=str(ROOT))
    assert (said.returncode, json.loads(said.stdout)) == (1, OF_A_CHECK), said.stderr


def test_a_check_of_no_notebook_prints_no_object(course):
    said = run(course.root, "check", "none.ipynb", "--json", PYTHONPATH=str(ROOT))
    assert (said.returncode, said.stdout) == (1, "") and "none.ipynb" in said.stderr


def test_a_class_folder_in_the_checkout_keeps_itself_out_of_git(course, said):
    subprocess.run(["git", "init", "-q"], cwd=course.root, check=True)
    listing = ["git", "status", "--porcelain", "-uall"]
    seen = subprocess.run(listing, cwd=course.root, capture_output=True, text=True, check=True)
    assert "modules/" in seen.stdout and "course/" not in seen.stdout
