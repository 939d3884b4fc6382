"""`tito check`: each exercise by itself, whatever the rest of the notebook is like."""

import json
import os
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest
from bundled import LESSON, write
from classroom import with_a_cell_twice, without
from containment import adopting, left_over, processes_now
from nbformat.v4 import new_code_cell, new_notebook

from tito.answers import fill
from tito.student import checking, cli
from tito.student.in_notebook import WIDTH

pytestmark = pytest.mark.xdist_group("student")

# What a student wrote in an exercise, and how the line about it goes on.
ANSWERS = {
    "dense_forward": (None, r"0/6 +not yet +its cell is missing: copy it from a fresh"),
    "sparsity_report": (
        "def sparsity_report(weights):\n    raise NotImplementedError('not written yet')",
        r"0/6 +not yet",
    ),
    "magnitude_mask": (
        "def mask(weight):\n    pass",
        r"0/12 +wrong +the cell of magnitude_mask does not define magnitude_mask",
    ),
    "global_masks": (
        "def global_masks(:",
        r"0/12 +wrong +SyntaxError: invalid syntax \(line 2 of global_masks: def global_masks\(:\)",
    ),
    "sweep": (
        "def sweep(evaluate, sparsities, seeds):\n    while True:\n        pass",
        r"0/6 +wrong +not done after 5 s and stopped: is there a loop that never ends\?",
    ),
    "paired_difference": (
        "def paired_difference(a, b):\n    return dense_forward(a, b, 'relu')",
        r"0/8 +wrong +your answer calls dense_forward, whose cell is missing",
    ),
    "sensitivity_scan": (
        "def sensitivity_scan(model, sparsities, evaluate, choose_mask=None):\n    return helper()",
        r"0/6 +wrong",
    ),
    "allocate": (
        "def allocate(*arguments):\n    return [bold][arguments]",
        r"0/10 +wrong +NameError: name 'bold' is not defined "
        r"\(line 3 of allocate: return \[bold\]\[arguments\]\)",
    ),
    "neuron_scores": (
        "import os\nos._exit(3)",
        r"0/4 +wrong +your code ended Python \(status 3\)",
    ),
    "remove_neurons": (None, r"10/10 +done"),
}


@pytest.fixture(scope="module")
def every_trouble(bundle, tmp_path_factory):
    """What check says of a notebook in which every exercise has a trouble of its own."""
    folder = tmp_path_factory.mktemp("trouble")
    wrong = {name: source for name, (source, _) in ANSWERS.items() if source}
    timed = {"time_ratio": "%matplotlib inline\n" + bundle.answers["time_ratio"]}
    notebook = without(bundle.filled({**wrong, **timed}), "dense_forward", "imports")
    notebook.cells.reverse()
    notebook.cells.append(new_code_cell("def helper():\n    return 3", id="added"))
    notebook = with_a_cell_twice(notebook, "remove_neurons")
    write(folder / "mine.ipynb", notebook)
    before = sorted(folder.iterdir())
    said = bundle.run(folder, "tito", "check", "mine.ipynb", "--time-limit", "5")
    assert sorted(folder.iterdir()) == before
    return said


@pytest.mark.parametrize("exercise", ANSWERS)
def test_an_exercise_is_told_what_its_own_cell_is_like(every_trouble, exercise):
    line = re.search(rf"^{exercise} .*$", every_trouble.stdout, re.MULTILINE)[0]
    assert re.match(rf"{exercise} +{ANSWERS[exercise][1]}", line), line


def test_a_command_to_the_notebook_is_no_mistake(every_trouble):
    assert re.search(r"^time_ratio +8/8 +done", every_trouble.stdout, re.MULTILINE)


def test_it_says_whose_answers_run_with_what_rights(every_trouble):
    assert every_trouble.stderr == "running the answers in mine.ipynb with your rights\n"


def test_the_points_so_far_and_what_they_are_of_are_told(every_trouble):
    assert every_trouble.returncode == 1
    assert "2 of 11 exercises pass: 18 of 88 points so far" in every_trouble.stdout
    assert "The graders have more" in every_trouble.stdout
    assert "0 of 4 questions answered" in every_trouble.stdout
    assert "remove_neurons stands in several cells; the last counts" in every_trouble.stdout
    assert "sensitivity_scan uses helper of a cell of your own: move" in every_trouble.stdout


@pytest.fixture(scope="module")
def finished(bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    write(folder / f"{LESSON}.ipynb", bundle.filled({}))
    return folder


def test_a_finished_notebook_passes(bundle, finished):
    said = bundle.run(finished, "tito", "check")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "11 of 11 exercises pass: 88 of 88 points" in said.stdout


def test_no_exercise_needs_the_answer_to_another(bundle, tmp_path):
    assert len(bundle.answers) == 11
    for name, answer in bundle.answers.items():
        write(tmp_path / f"{LESSON}.ipynb", fill(bundle.released, {name: answer}))
        said = bundle.run(tmp_path, "tito", "check", "-e", name)
        assert said.returncode == 0 and "1 of 1 exercises pass" in said.stdout, said.stdout
        assert "questions" not in said.stdout  # who asks for one exercise is told of it alone


def test_an_exercise_that_there_is_not_is_answered_with_those_there_are(bundle, finished):
    said = bundle.run(finished, "tito", "check", "-e", "csr")
    assert (said.returncode, said.stderr[:44]) == (
        1,
        "tito: there is no exercise 'csr'; there are:",
    )


def test_nothing_but_a_notebook_of_the_lesson_is_taken(bundle, tmp_path):
    path = tmp_path / "mine.ipynb"
    for content, what in {
        "": "is empty",
        "{": "it is not JSON",
        "[]": "it has no nbformat",
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}': "holds no exercise",
    }.items():
        path.write_text(content)
        said = bundle.run(tmp_path, "tito", "check", "mine.ipynb")
        assert said.returncode == 1 and said.stderr.count("\n") == 1
        assert said.stderr.startswith("tito: mine.ipynb") and what in said.stderr
    said = bundle.run(tmp_path, "tito", "check")
    assert said.stderr.startswith(f"tito: there is no {LESSON}.ipynb: go to the folder of your")


def test_while_it_lasts_those_that_are_left_are_told(monkeypatch):
    monkeypatch.setattr(checking, "check_part", lambda work, check, *settings: check.part)
    checks = {each: SimpleNamespace(part=each, exercise=each) for each in "abcd"}
    work = SimpleNamespace(lesson=SimpleNamespace(exercises=list(checks), checks=checks))
    told = []
    assert checking.check_work(work, tell=told.append) == ["a", "b", "c", "d"]
    assert sorted(map(len, told)) == [0, 1, 2, 3]
    assert cli.waiting_for(["a", "b"]) == "a, b"
    assert cli.waiting_for(["a"] * 4) == "4 exercises left"


def test_colours_are_for_terminals_alone(bundle, finished):
    words = ("tito", "check", "-e", "sweep")
    assert "\x1b[" not in bundle.run(finished, *words).stdout
    assert "\x1b[32m" in bundle.run(finished, *words, FORCE_COLOR="1", TERM="xterm").stdout
    plain = bundle.run(finished, *words, FORCE_COLOR="1", TERM="xterm", NO_COLOR="1")
    assert "\x1b[32m" not in plain.stdout


def test_the_check_is_a_call_in_the_notebook_too(bundle, finished, tmp_path):
    folder = tmp_path / "renamed"
    shutil.copytree(finished, folder)
    (folder / f"{LESSON}.ipynb").rename(folder / "renamed.ipynb")
    program = "from tito.student import check; check('sweep', 'remove_neurons')"
    said = bundle.run(folder, "python", "-c", program, JPY_SESSION_NAME="some/renamed.ipynb")
    assert "2 of 2 exercises pass: 16 of 16 points" in said.stdout, said.stderr
    said = bundle.run(folder, "python", "-c", program)
    assert said.stdout.startswith(f"there is no {LESSON}.ipynb") and said.returncode == 0
    said = bundle.run(finished, "python", "-c", program, NBGRADER_EXECUTION="autograde")
    assert (said.stdout, said.stderr) == ("", "")


def test_in_the_notebook_the_answer_is_text_that_jupyter_colours_and_wraps(
    bundle, finished, tmp_path
):
    folder = shutil.copytree(finished, tmp_path / "desk")
    source = "from tito.student import check\ncheck('sweep', 'remove_neurons')"
    write(folder / "calls.ipynb", new_notebook(cells=[new_code_cell(source, id="call")]))
    command = ("python", "-m", "nbconvert", "--to", "notebook", "--execute", "--stdout")
    done = bundle.run(folder, *command, "calls.ipynb")
    assert done.returncode == 0, done.stderr
    outputs = json.loads(done.stdout)["cells"][0]["outputs"]
    assert {(each["output_type"], each["name"]) for each in outputs} == {("stream", "stdout")}
    text = "".join(line for each in outputs for line in each["text"])
    assert "\x1b[32mdone" in text
    assert max(map(len, re.sub(r"\x1b\[\d*m", "", text).splitlines())) <= WIDTH


def test_a_lesson_that_does_not_run_here_is_no_fault_of_the_student(bundle, finished, tmp_path):
    (tmp_path / "numpy.py").write_text("raise ImportError('no such library here')")
    said = bundle.run(finished, "tito", "check", "-e", "sweep", PYTHONPATH=str(tmp_path))
    assert said.returncode == 1
    assert "tito: the lesson's own cell 'imports' does not run here: ImportError" in said.stderr


STARTS = """
import os, subprocess, time
left = subprocess.Popen(["sleep", "600"], start_new_session=True).pid
if (child := os.fork()) == 0:
    os.setsid()
    if (grandchild := os.fork()) > 0:
        os._exit(0)
    time.sleep(600)
os.waitpid(child, 0)
open({notes!r}, "w").write(str(left))
{last}
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.parametrize(
    ("last", "result"), [("", {}), ("while True: pass", {"type": "timeout"})], ids=["done", "hangs"]
)
def test_what_an_answer_starts_ends_with_its_check(tmp_path, last, result):
    question, answer, notes = (tmp_path / name for name in ("question", "answer", "notes"))
    cell = {"name": "x", "kind": "exercise", "source": STARTS.format(notes=str(notes), last=last)}
    task = {"exercise": "x", "seconds": 5, "cells": [cell], "whole": False, "shut": {}}
    question.write_text(json.dumps(task))
    with adopting():
        had = processes_now()
        subprocess.run([sys.executable, checking.RUNNER, question, answer], timeout=60, check=True)
        assert left_over(had) == []
    assert json.loads(answer.read_text()) == result
    assert not psutil.pid_exists(int(notes.read_text()))
