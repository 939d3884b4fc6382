"""Plain `nbgrader autograde` on the isolated kernel: right grades, and nothing to be seen."""

import shutil
import socket
import sys

import pytest
from classroom import LESSON, find_cell
from test_commands import one_line, run

from tito.answers import fill, reference
from tito.course import Course
from tito.nbgrader_api import nbgrader_for
from tito.notebooks import notebook_bytes, read_notebook
from tito.sandbox import seccomp

SPY = """
import ctypes, os, socket
seen = [each for each in {places!r} if os.path.exists(each)]
for each in {places!r}:
    try:
        open(each, "ab").close()
        seen.append("wrote " + each)
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=5)
    seen.append("network")
except OSError:
    pass
libc = ctypes.CDLL(None)
seen += [call for call, *words in {calls!r} if libc.syscall(*words) != -1]
print("SEEN", seen, "AS", os.getuid())
"""


@pytest.fixture(scope="module")
def spied(demo_checkout, tmp_path_factory, bubblewrap):
    """A class of one, who answers everything right and looks around; and the answer's cell."""
    root = shutil.copytree(demo_checkout, tmp_path_factory.mktemp("kernel") / "checkout")
    course = Course(root, root / "course")
    assert run(root, "release").returncode == 0
    listener = socket.create_server(("127.0.0.1", 0))
    with nbgrader_for(course), listener:
        source = course[LESSON].source_path
        places = [str(each) for each in (source, course.gradebook, root / "modules", root / ".git")]
        places += [sys.prefix, "/home"]
        calls = [(call, seccomp.number(call), 0x10000000) for call in ("unshare", "keyctl")]
        spy = SPY.format(places=places, calls=calls, port=listener.getsockname()[1])
        answers = reference(read_notebook(source))
        released = read_notebook(course.release / LESSON / f"{LESSON}.ipynb")
        answers["magnitude_mask"] += spy
        path = course[LESSON].submission("spy")
        path.parent.mkdir(parents=True)
        path.write_bytes(notebook_bytes(fill(released, answers)))
        said = run(root, "autograde", LESSON, "--student", "spy", module="nbgrader")
        assert said.returncode == 0, said.stderr
    cell = find_cell(read_notebook(course[LESSON].autograded("spy")), "magnitude_mask")
    return course, cell


def test_right_answers_get_every_point_on_the_isolated_kernel(spied):
    course, _ = spied
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        submission = gradebook.find_submission(LESSON, "spy")
        checks = [each for each in submission.notebooks[0].grades if each.cell_type == "code"]
        assert checks and all(each.score == each.max_score for each in checks)


def test_a_submission_on_the_isolated_kernel_sees_no_gradebook_no_source_and_no_network(spied):
    _, cell = spied
    [text] = [output.text for output in cell.outputs if output.output_type == "stream"]
    assert text.strip() == "SEEN [] AS 65534"


def test_the_isolated_kernel_needs_its_settings_and_says_so(spied, tmp_path):
    course, _ = spied
    connection = tmp_path / "connection.json"
    connection.write_text('{"transport": "tcp", "ip": "127.0.0.1"}')
    words = (str(course.support), str(connection))
    said = run(course.root, *words, module="tito.isolated_kernel")
    assert "transport must be \"ipc\", got 'tcp'" in one_line(said)
