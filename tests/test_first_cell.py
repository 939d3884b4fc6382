"""The first cell of a released lab finds its package, installs it, or says how to."""

import json
import shutil
import subprocess
import sys
import venv
import zipfile

import pytest
from bundled import LESSON

from tito.first_cell import ID
from tito.releasing import hand_out


def first_cell(notebook):
    [source] = [cell["source"] for cell in notebook["cells"] if cell["id"] == ID]
    return "".join(source)


@pytest.fixture
def python(tmp_path):
    """A Python of its own, with pip and no other package."""
    venv.create(tmp_path / "environment", with_pip=True)
    return tmp_path / "environment" / "bin" / "python"


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "desk").mkdir()
    return tmp_path / "desk"


def run(python, desk, source):
    command = [python, "-I", "-c", source]
    return subprocess.run(command, cwd=desk, capture_output=True, text=True, timeout=120)


def test_it_stands_below_the_title_folded_and_is_not_graded(bundle):
    title, cell = bundle.released.cells[:2]
    assert title.cell_type == "markdown" and cell.id == ID
    assert cell.metadata.jupyter.source_hidden and "nbgrader" not in cell.metadata


def test_it_is_silent_where_the_package_is(bundle, desk):
    said = run(bundle.bin / "python", desk, first_cell(bundle.released))
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_it_says_which_python_lacks_the_package_and_what_to_do(bundle, desk, python):
    said = run(python, desk, first_cell(bundle.released))
    assert said.returncode == 1
    assert f"not in the Python that runs this notebook, {python}." in said.stderr
    assert f"upload {LESSON}.zip beside the notebook" in said.stderr


def test_it_installs_the_wheel_of_a_zip_beside_it_and_nothing_else(bundle, desk, python):
    shutil.copy(bundle.zip, desk)
    listed = [python, "-m", "pip", "list", "--format=json"]
    before = json.loads(subprocess.run(listed, capture_output=True, check=True).stdout)
    said = run(python, desk, first_cell(bundle.released) + "\nimport tinytorch; print('there')")
    assert (said.returncode, said.stdout) == (0, "there\n"), said.stderr
    after = json.loads(subprocess.run(listed, capture_output=True, check=True).stdout)
    [new] = [each for each in after if each not in before]
    assert new["name"].startswith("tinytorch") and len(after) == len(before) + 1


def test_it_takes_a_wheel_for_another_package_of_that_name(bundle, desk, python):
    (desk / "tinytorch.py").write_text("")
    said = run(python, desk, "import sys; sys.path.insert(0, '')\n" + first_cell(bundle.released))
    assert "tinytorch.py is another package of the same name" in said.stderr


def test_it_fetches_the_bundle_from_the_address_of_the_release(bundle, desk, python, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    shutil.copy(bundle.zip, site)
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
        cwd=site,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        port = server.stdout.readline().split(" port ")[1].split()[0]
        address = f"http://127.0.0.1:{port}/{LESSON}.zip"
        released = hand_out(bundle.course[LESSON], address)
        cell = first_cell(json.loads(released.read_bytes()))
        said = run(python, desk, cell + "\nimport tinytorch; print('there')")
    finally:
        server.terminate()
        server.wait(timeout=10)
        hand_out(bundle.course[LESSON])
    assert (said.returncode, said.stdout) == (0, "there\n"), said.stderr
    assert zipfile.is_zipfile(desk / f"{LESSON}.zip")
