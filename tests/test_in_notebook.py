"""`check()` and `submit()` in Colab, in a Jupyter without a file, and without processes."""

import json
import re
import shutil
from copy import deepcopy

import pytest
from bundled import LESSON, write
from classroom import find_cell
from nbformat.v4 import new_code_cell, new_notebook

from tito.answers import fill
from tito.cells import CHECK_SUFFIX
from tito.notebooks import notebook_bytes, read_notebook
from tito.student.checking import NO_PROCESSES
from tito.student.in_notebook import as_it_ran
from tito.student.lesson import read_released, work_in

pytestmark = pytest.mark.xdist_group("student")
CALL = "from tito.student import {0}; {0}({1})"
# As in Colab: the page answers with the notebook, or does not.
MESSAGE = """
import json, os

def blocking_request(kind, request="", timeout_sec=5, parent=None):
    assert kind == "get_ipynb" and timeout_sec
    with open(os.environ["SHOWN"], encoding="utf-8") as file:
        return {"ipynb": json.load(file)}
"""
ALONE = """
import os, subprocess, threading

def refuse(*words, **settings):
    raise OSError(138, "processes are not supported")

def no_thread(self):
    raise RuntimeError("can't start new thread")

subprocess.Popen.__init__, os.fork, threading.Thread.start = refuse, refuse, no_thread
"""


def as_colab_saves(notebook):
    """Minor 0, no ids of cells but in their metadata, each text as lines."""
    saved = json.loads(notebook_bytes(notebook))
    saved |= {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}}}
    for cell in saved["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
    return saved


@pytest.fixture
def colab(bundle, tmp_path):
    """Call something in a folder with the data of a session, as Colab shows `notebook`."""
    package = tmp_path / "foreign" / "google" / "colab"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("")
    (package / "_message.py").write_text(MESSAGE)
    (tmp_path / "content").mkdir()

    def call(notebook, program):
        shown = tmp_path / "shown.json"
        shown.write_text(json.dumps(notebook), encoding="utf-8")
        folders = {"PYTHONPATH": str(tmp_path / "foreign"), "SHOWN": str(shown)}
        said = bundle.run(tmp_path / "content", "python", "-c", program, **folders)
        assert said.returncode == 0 and said.stderr == "", said.stderr
        return said.stdout

    call.folder = tmp_path / "content"
    return call


def test_in_colab_the_page_is_asked_for_the_notebook(bundle, colab):
    saved = as_colab_saves(bundle.filled({"sweep": "def sweep(*arguments):\n    return 3"}))
    write(colab.folder / f"{LESSON}.ipynb", bundle.released)  # older: nobody looks at it
    said = colab(saved, CALL.format("check", "'sweep', 'time_ratio'"))
    assert said.startswith(f"{LESSON}.ipynb, as this page shows it\n")
    assert "1 of 2 exercises pass: 8 of 14 points" in said


def test_in_colab_what_the_page_shows_is_handed_in(bundle, colab):
    saved = as_colab_saves(bundle.filled({}))
    gone = next(at for at, cell in enumerate(saved["cells"]) if cell["metadata"]["id"] == "sweep")
    del saved["cells"][gone]
    said = colab(saved, CALL.format("submit", ""))
    assert "sweep: its cell is missing; an unanswered one is put in its place" in said
    assert "questions without an answer: 1, 2, 3, 4" in said
    assert said.endswith(f"wrote submission/{LESSON}.ipynb: hand in this file\n")
    made = json.loads((colab.folder / "submission" / f"{LESSON}.ipynb").read_bytes())
    assert not any("id" in cell for cell in made["cells"])  # minor 0 knows none
    read_notebook(colab.folder / "submission" / f"{LESSON}.ipynb")  # and is a valid notebook
    lesson = read_released(bundle.course[LESSON].released)
    works = (work_in(colab.folder, each["cells"], lesson) for each in (saved, made))
    shown, answers = (work.answers for work in works)
    assert answers == shown | {"sweep": lesson.exercises["sweep"].source}
    assert shown.keys() >= bundle.answers.keys() - {"sweep"}


@pytest.mark.parametrize("answer", [None, [], {"cells": "none"}], ids=repr)
def test_a_page_that_answers_nothing_of_use_leaves_the_saved_file(bundle, colab, answer):
    write(colab.folder / f"{LESSON}.ipynb", bundle.filled({}))
    said = colab(answer, CALL.format("check", "'sweep'"))
    assert said.startswith(f"{LESSON}.ipynb, as saved at ") and "1 of 1 exercises pass" in said


def ran(*texts):
    """What runs a notebook from which no file can be told, then calls."""
    cells = [new_code_cell(text, id=f"c{at}") for at, text in enumerate(texts)]
    return new_notebook(cells=cells)


def printed(cell):
    text = "".join(line for each in cell["outputs"] for line in each["text"])
    return re.sub(r"\x1b\[\d*m", "", text)


def test_where_there_is_no_file_what_ran_is_checked_and_handed_in(bundle, tmp_path):
    answer = bundle.answers["sweep"].replace("np.", "library.")
    assert "library." in answer
    notebook = ran(
        find_cell(bundle.released, "imports").source,
        "import numpy as library",
        "def sweep(evaluate, sparsities, seeds):\n    return 'an earlier try'",
        answer,
        CALL.format("check", "'sweep', 'time_ratio'"),
        CALL.format("submit", ""),
    )
    write(tmp_path / "calls.ipynb", notebook)
    command = ("python", "-m", "nbconvert", "--to", "notebook", "--execute", "--stdout")
    done = bundle.run(tmp_path, *command, "calls.ipynb")
    assert done.returncode == 0, done.stderr
    checked, handed_in = (
        re.sub(
            r"\x1b\[\d*m", "", "".join(line for each in cell["outputs"] for line in each["text"])
        )
        for cell in json.loads(done.stdout)["cells"][-2:]
    )
    assert checked.startswith(f"{LESSON}.ipynb, as it ran in this kernel")
    assert "1 of 2 exercises pass: 6 of 14 points" in checked
    assert "sweep uses library of a cell of your own" in checked
    assert f"wrote submission/{LESSON}.ipynb" in handed_in
    made = (tmp_path / "submission" / f"{LESSON}.ipynb").read_text("utf-8")
    assert "an earlier try" not in made and "import numpy as library" in made


def test_of_what_ran_the_last_answer_counts_and_no_stub(bundle):
    lesson = json.loads(notebook_bytes(bundle.released))
    for cell in lesson["cells"]:
        cell["source"] = "".join(cell["source"])
    stub = next(cell["source"] for cell in lesson["cells"] if cell.get("id") == "sweep")
    check = next(cell["source"] for cell in lesson["cells"] if cell["id"] == f"sweep{CHECK_SUFFIX}")
    before = deepcopy(lesson)
    assert as_it_ran([stub, check, "1 + 1"], lesson) is None
    made = as_it_ran(["def sweep(): 1", stub, "def sweep(): 2", check, stub, "extra = 3"], lesson)
    assert lesson == before
    assert [cell["source"] for cell in made["cells"] if cell not in lesson["cells"]] == [
        "def sweep(): 2",
        "extra = 3",
    ]


def test_without_processes_the_answers_run_in_this_python_and_that_is_said(bundle, tmp_path):
    answers = {
        "time_ratio": "def time_ratio(*arguments, **more):\n    raise SystemExit(3)",
        "sweep": "def sweep(*arguments):\n    raise KeyboardInterrupt",
        "neuron_scores": "def neuron_scores(weight):\n    import tinytorch.plots\n",
    }
    write(tmp_path / f"{LESSON}.ipynb", bundle.filled(answers))
    program = f"{ALONE}\nimport sys, tinytorch.plots as before\n{CALL.format('check', '')}"
    program += "\nassert sys.modules['tinytorch.plots'] is before"
    program += "\nassert 'NBGRADER_EXECUTION' not in os.environ"
    program += "\nassert 'magnitude_mask' not in globals()"
    said = bundle.run(tmp_path, "python", "-c", program)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(NO_PROCESSES)
    assert "8 of 11 exercises pass" in said.stdout
    assert re.search(r"time_ratio .*your code ends Python: take exit\(\) out", said.stdout)
    assert re.search(r"sweep .*interrupted: is there a loop that never ends", said.stdout)
    assert re.search(r"neuron_scores .*tinytorch.plots is not there", said.stdout)


def test_without_processes_it_can_be_handed_in(bundle, tmp_path):
    write(tmp_path / f"{LESSON}.ipynb", fill(bundle.released, {"sweep": bundle.answers["sweep"]}))
    said = bundle.run(tmp_path, "python", "-c", f"{ALONE}\n{CALL.format('submit', '')}")
    assert f"wrote submission/{LESSON}.ipynb" in said.stdout, said.stderr
    handed_in = tmp_path / "submission" / f"{LESSON}.ipynb"
    assert handed_in.read_bytes() == (tmp_path / f"{LESSON}.ipynb").read_bytes()


def test_a_home_that_nobody_can_write_is_no_hindrance(bundle, tmp_path, bubblewrap):
    home, desk = tmp_path / "home", tmp_path / "desk"
    home.mkdir()
    write(desk / f"{LESSON}.ipynb", bundle.filled({}))
    words = ["--dev-bind", "/", "/", "--ro-bind", home, home, "--chdir", desk]
    inside = [bundle.bin / "python", "-c", f"{READ_ONLY}\n{CALL.format('submit', '')}"]
    said = bundle.run(desk, shutil.which("bwrap"), *map(str, [*words, *inside]), HOME=str(home))
    assert said.returncode == 0, said.stderr
    assert "11 of 11 exercises pass" in said.stdout and "hand in this file" in said.stdout


READ_ONLY = """
import os, pathlib
try:
    pathlib.Path(os.environ["HOME"], "note").touch()
except OSError:
    pass
else:
    raise SystemExit("the home can be written")
"""
