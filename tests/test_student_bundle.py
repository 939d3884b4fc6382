"""The student's bundle: complete, without an answer, the same bytes whenever it is made."""

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from bundled import LESSON, write
from conftest import ROOT
from nbclient import NotebookClient
from packaging.requirements import Requirement
from test_release import TELLING, lines_between

from tito.answers import solution_cells
from tito.bundling import NEEDED
from tito.bundling import bundle as make_bundle
from tito.cells import CHECK_SUFFIX
from tito.course import Assignment, Course
from tito.doctor import read_pins
from tito.errors import CourseError
from tito.lessons import HIDDEN_MARKS, SOLUTION_MARKS
from tito.notebooks import read_notebook
from tito.student import cli

pytestmark = pytest.mark.xdist_group("student")
ASKS = "@jupyterlab/apputils-extension:notification"  # the settings of JupyterLab's news


# The lessons of the modules that the graded one imports, and of those that these import.
READING = (
    *("18_arguments", "18_checking", "18_compiled_kernels", "18_digits", "18_experiments"),
    *("18_networks", "18_plots", "18_sparse_formats", "18_sparse_kernels", "18_studies"),
)


def unpacked(path):
    """Every file in a zip file by its name, those of the wheels in it too."""
    files = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            inner = name.endswith(".whl")
            files |= unpacked(io.BytesIO(content)) if inner else {name: content}
    return files


@pytest.fixture(scope="module")
def files(bundle):
    return unpacked(bundle.zip)


@pytest.mark.parametrize("marks", [SOLUTION_MARKS, HIDDEN_MARKS], ids=["solutions", "hidden"])
def test_no_file_of_the_bundle_holds_a_line_of_any_solution_or_hidden_check(bundle, files, marks):
    source = read_notebook(bundle.course[LESSON].source_path)
    inside, outside = lines_between(source, marks)
    secret = {line for line in inside - outside if len(line) > TELLING}
    assert len(secret) > 5
    for name, content in files.items():
        lines = lines_of(name, content)
        told = [line in secret for line in lines]
        # In code that is not of this lesson a short line may recur; two on end may not.
        other = name.startswith(("tinytorch/", "tito/")) and name.endswith(".py")
        other = other or name.startswith(f"{LESSON}/reading/")
        assert not any(map(all, pairwise(told)) if other else told), name
        assert not any(mark in line for mark in marks for line in lines), name


def lines_of(name, content):
    """The lines of a file, or of the cells of a notebook, stripped."""
    text = content.decode("utf-8", errors="ignore")
    if name.endswith(".ipynb"):
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return [line.strip() for line in text.splitlines()]


def test_the_bundle_holds_the_students_part_alone(files):
    names = set(files)
    assert "tinytorch/digits.py" in names and "tinytorch/data/digits.npz" in names
    assert "tinytorch/pruning.py" not in names
    tito = {name for name in names if name.startswith("tito/") and "student" not in name}
    assert tito == {
        f"tito/{name}.py"
        for name in (
            "__init__",
            "cells",
            "consoles",
            "decoding",
            "errors",
            "files",
            "finding",
            "group",
            "notebooks",
            "program",
        )
    }
    assert sorted(name for name in names if name.endswith(".ipynb")) == [
        f"{LESSON}/{LESSON}.ipynb",
        *(f"{LESSON}/reading/{name}.ipynb" for name in READING),
        f"tito/student/lessons/{LESSON}.ipynb",
    ]


def test_the_bundle_is_the_same_bytes_at_another_time_and_umask(bundle):
    before = bundle.zip.read_bytes()
    bundle.zip.unlink()
    for path in (bundle.course.root / "tito").rglob("*.py"):
        os.utime(path, (2e9, 2e9))
    usual = os.umask(0o077)
    try:
        make_bundle(bundle.course[LESSON])
    finally:
        os.umask(usual)
    assert bundle.zip.read_bytes() == before


def test_what_students_install_is_pinned_to_what_was_tested(bundle):
    lines = (bundle.folder / "requirements.txt").read_text().splitlines()
    assert lines[0] == "-c constraints.txt" and (bundle.folder / lines[-1]).is_file()
    assert lines[1:-1] == list(NEEDED) and read_pins(ROOT / "constraints.txt").keys() >= {*NEEDED}
    pins, limited = (
        [line for line in (folder / "constraints.txt").read_text().splitlines() if "==" in line]
        for folder in (ROOT, bundle.folder)
    )
    for minor in range(11, 15):
        assert applying(limited, f"3.{minor}") == applying(pins, f"3.{minor}") != []
    assert applying(limited, "3.10") == applying(limited, "3.15") == []  # pip names Python alone


def applying(lines, version):
    """The pins among some lines that count on a Python."""
    here = {"python_version": version, "python_full_version": f"{version}.0"}
    return [
        f"{pin.name}{pin.specifier}"
        for pin in map(Requirement, lines)
        if pin.marker is None or pin.marker.evaluate(here)
    ]


def test_without_pins_there_is_no_bundle(bundle, tmp_path):
    (tmp_path / "build").symlink_to(bundle.course.build)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with pytest.raises(CourseError, match=r"cannot read .*constraints\.txt: No such file"):
        make_bundle(Assignment(Course(tmp_path, tmp_path / "course"), LESSON))


def test_the_commands_in_the_bundles_readme_are_the_students_commands(bundle):
    text = (bundle.folder / "README.md").read_text()
    assert set(re.findall(r"^tito (\w+)", text, re.MULTILINE)) == set(cli.main.commands)
    assert not re.search(r"\b[A-Z]{4,}\b", text.replace("README", ""))  # no place holder left


def test_the_students_commands_import_none_of_the_instructors_tools(bundle):
    program = (
        "import sys, tito.student.cli, tinytorch, tinytorch.digits, tinytorch.sparse\n"
        "print({'nbgrader', 'nbdev', 'jupytext', 'nbformat'} & {*sys.modules}, tinytorch.__file__)"
    )
    said = bundle.run(bundle.folder, "python", "-c", program)
    assert said.stdout.startswith("set() ") and str(bundle.bin.parent) in said.stdout, said.stderr


def test_check_refuses_what_grading_refuses(bundle, tmp_path):
    answer = "def sparsity_report(weights):\n    import tinytorch.plots\n"
    write(tmp_path / f"{LESSON}.ipynb", bundle.filled({"sparsity_report": answer}))
    said = bundle.run(tmp_path, "tito", "check").stdout
    wrong = [line for line in said.splitlines() if "wrong" in line and "sparsity" in line]
    assert len(wrong) == 1 and "tinytorch.plots is not there while an exercise" in wrong[0], said


def test_jupyterlab_asks_and_fetches_nothing(bundle):
    """A real server, asked what it tells the browser about news and extensions."""
    lab = Path("share", "jupyter", "lab")  # of JupyterLab this environment holds the code alone
    for part in ("schemas", "static"):
        (bundle.bin.parent / lab / part).symlink_to(Path(sys.prefix) / lab / part)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [bundle.bin / "python", "-m", "jupyterlab", "--no-browser", "--allow-root"]
    settings = (f"--port={port}", "--IdentityProvider.token=t")
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    with subprocess.Popen(
        [*command, *settings], cwd=bundle.folder, stderr=subprocess.STDOUT, **quiet
    ) as server:
        try:
            page = fetch(f"http://127.0.0.1:{port}/lab?token=t")
            asks = fetch(f"http://127.0.0.1:{port}/lab/api/settings/{ASKS}?token=t")
        finally:
            server.kill()
    assert '"news": {"disabled": true}' in page
    settings = json.loads(asks)["schema"]["properties"]
    assert settings["fetchNews"]["default"] == "false"  # by itself it asks the student
    assert settings["checkForUpdates"]["default"] is False
    assert '"extensionManager": {"can_install": false' in page


def fetch(address, seconds=60):
    """What a server answers, once it is up."""
    until = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(address, timeout=seconds).read().decode()
        except urllib.error.URLError:
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def first_run(bundle):
    """The untouched notebook, every cell run from top to bottom on a real kernel."""
    notebook = nbformat.from_dict(bundle.released)
    saved = dict(os.environ)
    os.environ["PYTHONPATH"] = str(bundle.course["18_pruning"].toolbox)
    os.environ.pop("NBGRADER_EXECUTION", None)
    try:
        where = {"metadata": {"path": str(bundle.folder)}}
        NotebookClient(notebook, allow_errors=True, timeout=120, resources=where).execute()
    finally:
        os.environ.clear()
        os.environ.update(saved)
    return notebook


def outputs(notebook, kind):
    return [
        (cell.id, each)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for each in cell.outputs
        if each.output_type == kind
    ]


def test_the_untouched_notebook_fails_in_the_checks_alone_and_names_the_exercise(bundle, first_run):
    exercises = list(solution_cells(bundle.released))
    errors = {cell: error.evalue for cell, error in outputs(first_run, "error")}
    assert list(errors) == [name + CHECK_SUFFIX for name in exercises]
    for name in exercises:
        assert errors[name + CHECK_SUFFIX] == (
            f"{name} is not written yet: put your code in place of this line"
        )


def test_an_experiment_names_the_exercises_that_come_first(first_run):
    said = [each.text for _, each in outputs(first_run, "stream")]
    waiting = [text for text in said if "This experiment comes after exercise" in text]
    experiment = re.compile(r"^(show\(|if ready\(.+\))", re.MULTILINE)
    experiments = [cell for cell in first_run.cells if experiment.search(cell.source)]
    assert len(waiting) >= len(experiments) > 10
    assert "after exercises magnitude_mask, time_ratio: write them, run their cells" in waiting[0]


def test_numpy_gets_one_thread_before_it_is_imported(bundle):
    """Else two wait for each other on a busy machine, and the clock of part 10 says so."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    code = [cell.source for cell in bundle.released.cells if cell.cell_type == "code"]
    said = [source for source in code if "_THREADS" in source]
    first = next(at for at, source in enumerate(code) if "import numpy" in source)
    assert len(said) == 1 and code.index(said[0]) < first
    program = f"{said[0]}\nprint([os.environ[each] for each in {names}])"
    own = dict.fromkeys(names, "2")
    assert bundle.run(bundle.folder, "python", "-c", program, **own).stdout == f"{['2'] * 4}\n"
    unset = f"import os\nfor name in {names}: os.environ.pop(name, None)\n{program}"
    assert bundle.run(bundle.folder, "python", "-c", unset).stdout == f"{['1'] * 4}\n"
