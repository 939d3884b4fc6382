"""The workflow for a class of repositories, its steps run as GitHub runs them."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from bundled import LESSON, write
from handins import put

from tito.collecting import collect
from tito.course import Course
from tito.errors import CourseError
from tito.workflow import workflow

pytestmark = pytest.mark.xdist_group("student")
WRONG = "def neuron_scores(weight):\n    raise ValueError('<b>|</b>')"


@dataclass(frozen=True)
class Run:
    """What came of the steps of a job."""

    status: int  # of the first that failed
    summary: str
    checks: str  # the artifact


def run(bundle, repository, where):
    """Run the steps of the job in a repository, up to what always runs."""
    path = workflow(bundle.course[LESSON], repository)
    job = yaml.safe_load(path.read_text("utf-8"))["jobs"]["check"]
    summary = where / "summary.md"
    variables = {
        **os.environ,
        **job["env"],
        "GITHUB_WORKSPACE": str(repository),
        "GITHUB_STEP_SUMMARY": str(summary),
        "PATH": f"{bundle.bin}:{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",  # all that it installs is there
    }
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "TITO_CLASS"):
        variables.pop(name, None)
    status = 0
    for step in job["steps"]:
        if "run" in step and (not status or step.get("if") == "always()"):
            words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = subprocess.run(words, cwd=repository, env=variables, capture_output=True)
            print(done.stdout.decode(), done.stderr.decode())
            status = status or done.returncode
    artifacts = [each for each in job["steps"] if "upload-artifact" in each.get("uses", "")]
    [kept] = [repository / each["with"]["path"] for each in artifacts]
    return Run(status, summary.read_text("utf-8"), kept.read_text("utf-8"))


@pytest.fixture
def repository(bundle, tmp_path):
    """What students start from: the bundle at the top."""
    return shutil.copytree(bundle.folder, tmp_path / "repository")


def test_a_right_notebook_passes_and_the_summary_says_so(bundle, repository, tmp_path):
    write(repository / f"{LESSON}.ipynb", bundle.filled({}))
    done = run(bundle, repository, tmp_path)
    found = json.loads(done.checks)
    assert done.status == 0
    assert {part["status"] for part in found["parts"]} == {"done"}
    assert f"{LESSON}: {found['max_points']:g} of {found['max_points']:g} points" in done.summary


def test_a_mistake_fails_the_run_and_is_text_in_the_summary(bundle, tmp_path):
    folder = tmp_path / "repository" / LESSON  # as the zip unpacks
    shutil.copytree(bundle.folder, folder)
    write(folder / f"{LESSON}.ipynb", bundle.filled({"neuron_scores": WRONG}))
    done = run(bundle, folder.parent, tmp_path)
    states = {part["name"]: part["status"] for part in json.loads(done.checks)["parts"]}
    assert done.status == 1 and states["neuron_scores"] == "wrong"
    assert "<td>neuron_scores</td> <td>0/4</td> <td>wrong</td>" in done.summary
    assert "&lt;b&gt;|&lt;/b&gt;" in done.summary and "<b>" not in done.summary


def test_a_repository_without_the_notebook_fails_and_says_so(bundle, repository, tmp_path):
    (repository / f"{LESSON}.ipynb").unlink()
    done = run(bundle, repository, tmp_path)
    assert done.status == 1 and done.checks == ""
    assert "Nothing could be checked" in done.summary


def test_the_clones_are_taken_in(bundle, repository, tmp_path):
    write(repository / f"{LESSON}.ipynb", bundle.filled({}))
    workflow(bundle.course[LESSON], repository)
    put(repository / ".git" / "objects" / "ab.ipynb")
    clones = tmp_path / "clones"
    for student in ("ada", "ben"):
        shutil.copytree(repository, clones / student)
    course = Course(bundle.course.root, tmp_path / "class")
    collect(course[LESSON], clones)
    assert sorted(path.name for path in course.submitted.iterdir()) == ["ada", "ben"]
    taken = course[LESSON].submission("ada").read_bytes()
    assert taken == (clones / "ada" / f"{LESSON}.ipynb").read_bytes()


def test_a_file_of_somebody_else_is_left_alone(bundle, tmp_path):
    theirs = put(tmp_path / ".github" / "workflows" / f"{LESSON}.yml", b"on: push\n")
    with pytest.raises(CourseError, match="was not written by `tito workflow`"):
        workflow(bundle.course[LESSON], tmp_path)
    assert theirs.read_bytes() == b"on: push\n"


def test_a_lesson_that_is_not_released_is_said_to_be_so(bundle, tmp_path):
    course = Course(Path(tmp_path), tmp_path)
    put(tmp_path / "modules" / "19_new.py")
    with pytest.raises(CourseError, match="run `tito release --lesson 19_new` first"):
        workflow(course["19_new"], tmp_path)
