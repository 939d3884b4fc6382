"""Formgrader's button Autograde: a submission runs shut in, or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from small import LESSON, RIGHT, answered, hand_in, small_course
from test_formgrader import TOKEN, address

from tito.notebooks import read_notebook

SPY = "import os\nprint('USER', os.getuid(), 'SEES', os.path.exists({place!r}))\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory, isolation):
    """A class of one, who looks for the course's folder."""
    course = small_course(tmp_path_factory.mktemp("button") / "checkout")
    spy = SPY.format(place=str(course.root))
    hand_in(course, {"ada": answered(course, spy + RIGHT, "So.")})
    return course


@pytest.fixture
def press(course, tmp_path):
    """Press the button on a server of its own, with a PATH; return what the page is told."""
    servers = []

    def pressed(path):
        command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
        server = subprocess.Popen(
            [*command, "--port=0", "--ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}"],
            cwd=course.root,
            env=os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path), "PATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        servers.append(server)
        page = f"{address(server, tmp_path)}formgrader/api/submission/{LESSON}/ada/autograde"
        request = Request(page, b"", {"Authorization": f"token {TOKEN}"}, method="POST")
        with urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())

    yield pressed
    for server in servers:
        server.terminate()
        server.communicate(timeout=30)


@pytest.mark.needs("bubblewrap")
def test_what_a_student_wrote_runs_as_nobody_and_sees_no_course(course, press):
    said = press(os.environ["PATH"])
    assert said["success"], said["log"][-2000:]
    outputs = [
        output.text
        for cell in read_notebook(course[LESSON].autograded("ada")).cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and "USER" in output.text
    ]
    assert outputs == ["USER 65534 SEES False\n"]


def test_without_bubblewrap_nothing_runs_and_tito_grade_is_named(course, press):
    said = press(str(Path(sys.executable).parent))
    assert not said["success"]
    assert "Nothing of this submission was run: grade with `tito grade`" in said["log"]
