"""nbgrader's formgrader, opened on a class that `tito grade` graded, shows it."""

import json
import os
import socket
import subprocess
import sys
import time
from urllib.request import Request, urlopen

import pytest
from classroom import LESSON

START_SECONDS = 60
TOKEN = "only-for-this-test"


@pytest.fixture(scope="module")
def formgrader(classroom, tmp_path_factory):
    """Ask a Jupyter server with the formgrader for a page of it."""
    runtime = tmp_path_factory.mktemp("runtime")
    own = {"TITO_CLASS": str(classroom.course.class_folder), "JUPYTER_RUNTIME_DIR": str(runtime)}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--port=0"]
    server = subprocess.Popen(
        [*command, "--ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}"],
        cwd=classroom.course.root,
        env=os.environ | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield lambda page: ask(address(server, runtime), page)
    finally:
        server.terminate()
        server.communicate(timeout=30)


def address(server, runtime):
    """Where the server listens: it writes that down a moment before it does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        for note in runtime.glob("jpserver-*.json"):
            if note.stat().st_size and listens(found := json.loads(note.read_text())):
                return found["url"]
        time.sleep(0.1)
    raise AssertionError(f"no server: {server.communicate(timeout=30)[1].decode()[-2000:]}")


def listens(server):
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", server["port"])) == 0


def ask(url, page):
    request = Request(f"{url}formgrader/{page}", headers={"Authorization": f"token {TOKEN}"})
    with urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def handed_in(classroom):
    """Students with a folder for the lesson: formgrader looks for those."""
    return {folder.parent.name for folder in classroom.course.submitted.glob(f"*/{LESSON}")}


def test_it_shows_the_lesson_with_everybody_who_handed_in(formgrader, classroom):
    [lesson] = [
        each for each in json.loads(formgrader("api/assignments")) if each["name"] == LESSON
    ]
    assert lesson["num_submissions"] == len(handed_in(classroom))
    assert lesson["max_code_score"] == classroom.row("reference").max_score


def test_it_shows_each_students_points(formgrader, classroom):
    shown = {each["student"]: each for each in json.loads(formgrader(f"api/submissions/{LESSON}"))}
    assert handed_in(classroom) <= shown.keys()
    for row in classroom.grades.rows:
        if row.student not in shown:
            continue
        assert shown[row.student]["code_score"] == row.score, row.student
        assert shown[row.student]["autograded"] or not row.graded


@pytest.mark.parametrize("page", ["", "manage_assignments", "gradebook", "manage_students"])
def test_its_pages_open(formgrader, page):
    assert "nbgrader" in formgrader(page)


def test_a_graded_notebook_opens_in_it_for_marking_by_hand(formgrader, classroom):
    books = json.loads(formgrader(f"api/submitted_notebooks/{LESSON}/{LESSON}"))
    [book] = [each for each in books if each["student"] == "reference"]
    page = formgrader(f"submissions/{book['id']}")
    assert ("def magnitude_mask(" in page and 'class="tab-pane' in page) or "score" in page
