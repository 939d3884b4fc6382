"""`tito export` and `tito submit`: one's own package, and the one file to hand in."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from bundled import LESSON, write
from classroom import find_cell, without

from tito.answers import solution_cells
from tito.errors import CourseError
from tito.notebooks import read_notebook, read_plain
from tito.student.lesson import read_released, work_in
from tito.student.submitting import exchange_course, submit_to_exchange, write_submission

pytestmark = pytest.mark.xdist_group("student")
WRONG = {"sweep": "def sweep(evaluate, sparsities, seeds):\n    return None"}


@pytest.fixture(scope="module")
def folder(bundle):
    """The unpacked bundle, with one wrong answer in its notebook."""
    write(bundle.folder / f"{LESSON}.ipynb", bundle.filled(WRONG))
    return bundle.folder


def test_tests_before_the_export_say_what_comes_first(bundle, folder):
    said = bundle.run(folder, "python", "-m", "pytest")
    assert said.returncode != 0 and said.stdout == ""
    assert said.stderr.strip() == (
        "ERROR: there is no tinytorch/pruning.py yet: run `tito export` first"
    )


@pytest.fixture(scope="module")
def exported(bundle, folder):
    said = bundle.run(folder, "tito", "export")
    assert said.stdout == "wrote tinytorch/pruning.py; next: pytest\n", said.stderr
    return folder


def test_the_export_is_a_module_beside_the_installed_ones(bundle, exported):
    program = (
        "import tinytorch.digits, tinytorch.pruning as p; from tinytorch.pruning import *; "
        "print(tinytorch.digits.__file__, p.__file__, DenseMLP(4, [3], 2, rng=0).hidden_sizes)"
    )
    said = bundle.run(exported, "python", "-c", program)
    digits, pruning, sizes = said.stdout.strip().split(" ", 2)
    assert digits.startswith(str(bundle.bin.parent)) and pruning.startswith(str(exported))
    assert sizes == "(3,)"


def test_the_lessons_data_is_found_beside_the_export(bundle, exported):
    said = bundle.run(
        exported, "python", "-c", "from tinytorch.digits import *; print(len(load_digits().x_test))"
    )
    assert (said.stdout, said.stderr) == ("360\n", "")


def test_the_tests_of_the_bundle_find_the_one_wrong_exercise(bundle, exported):
    said = bundle.run(exported, "python", "-m", "pytest", "-p", "no:cacheprovider")
    assert re.search(r"1 failed, 10 passed", said.stdout), said.stdout
    assert "FAILED tests/test_pruning.py::test_sweep" in said.stdout
    said = bundle.run(exported, "python", "-m", "pytest", "-m", "magnitude_mask")
    assert "1 passed, 10 deselected" in said.stdout
    assert bundle.run(exported, "python", "-m", "pytest", "-m", "csr").returncode != 0


def test_tests_say_when_the_notebook_is_newer_than_the_export(bundle, exported):
    (exported / f"{LESSON}.ipynb").touch()
    said = bundle.run(exported, "python", "-m", "pytest", "-m", "sweep")
    assert "your notebook is newer than tinytorch/pruning.py" in said.stdout


def test_an_export_that_cannot_be_leaves_the_earlier_one(bundle, exported, tmp_path):
    before = (exported / "tinytorch" / "pruning.py").read_bytes()
    write(tmp_path / "broken.ipynb", bundle.filled({"sweep": "def sweep(:"}))
    said = bundle.run(exported, "tito", "export", str(tmp_path / "broken.ipynb"), "--to", ".")
    assert said.returncode == 1
    assert said.stderr == (
        "tito: line 2 of sweep is not Python (invalid syntax); nothing was exported\n"
    )
    assert (exported / "tinytorch" / "pruning.py").read_bytes() == before


def test_an_export_never_writes_into_a_tinytorch_of_another_making(bundle, folder):
    notebook = str(folder / f"{LESSON}.ipynb")
    before = (bundle.course.package / "pruning.py").read_bytes()
    said = bundle.run(bundle.course.root, "tito", "export", notebook, "--to", ".")
    assert said.returncode == 1 and "tinytorch is not from `tito export`" in said.stderr
    assert (bundle.course.package / "pruning.py").read_bytes() == before


def test_submit_checks_and_writes_the_notebook_under_the_lessons_name(bundle, tmp_path):
    answered = bundle.filled(WRONG)
    find_cell(answered, "reflect_zero").source = "Nothing shrinks."
    mine = write(tmp_path / "mine.ipynb", answered)
    said = bundle.run(tmp_path, "tito", "submit", "mine.ipynb")
    assert said.returncode == 0, said.stderr
    assert "10 of 11 exercises pass" in said.stdout and "1 of 4 questions answered" in said.stdout
    assert "questions without an answer: 2, 3, 4" in said.stdout
    assert said.stdout.endswith(f"wrote submission/{LESSON}.ipynb: hand in this file\n")
    assert (tmp_path / "submission" / f"{LESSON}.ipynb").read_bytes() == mine.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.ipynb", "submission"]


@pytest.fixture(scope="module")
def lesson(bundle):
    return read_released(bundle.course.release / LESSON / f"{LESSON}.ipynb")


def work_of(path, lesson):
    return replace(work_in(path, read_plain(path)["cells"], lesson), data=path.read_bytes())


def test_a_missing_cell_is_handed_in_unanswered_so_that_graders_take_the_rest(
    bundle, lesson, tmp_path, monkeypatch
):
    monkeypatch.chdir(bundle.course.root)
    cut = without(bundle.filled({}), "sweep", "sweep_check", "reflect_zero")
    work = work_of(write(tmp_path / "mine.ipynb", cut), lesson)
    assert work.missing == ["sweep", "reflect_zero"]
    handed_in = read_notebook(write_submission(work, tmp_path / "to"))
    assert solution_cells(handed_in).keys() == lesson.exercises.keys()
    assert "not written yet" in find_cell(handed_in, "sweep").source
    assert find_cell(handed_in, "magnitude_mask").source.endswith(bundle.answers["magnitude_mask"])


def test_a_notebook_too_large_for_graders_is_refused_with_the_way_out(bundle, lesson, tmp_path):
    notebook = bundle.filled({})
    notebook.cells[0].source += "x" * 10_000_000
    work = work_of(write(tmp_path / "mine.ipynb", notebook), lesson)
    with pytest.raises(CourseError, match=r"has 10\.\d MB, graders take 10: .*Clear Outputs"):
        write_submission(work, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_the_notebook_itself_is_never_written_over(bundle, lesson, tmp_path):
    work = work_of(write(tmp_path / f"{LESSON}.ipynb", bundle.filled({})), lesson)
    with pytest.raises(CourseError, match="is your notebook itself; name another folder"):
        write_submission(work, tmp_path)


def nbgrader(folder, *words):
    command = [sys.executable, "-m", "nbgrader", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_where_an_exchange_is_set_up_nbgrader_takes_the_submission(bundle, lesson, tmp_path):
    exchange = tmp_path / "exchange"
    inbound = exchange / "pruning101" / "inbound"
    released = exchange / "pruning101" / "outbound" / LESSON
    for each in (inbound, released):
        each.mkdir(parents=True)
    (exchange / "pruning101").chmod(0o777)
    inbound.chmod(0o733)
    exchange.chmod(0o777)
    write(released / f"{LESSON}.ipynb", bundle.released)
    home = tmp_path / "home"
    home.mkdir()
    assert exchange_course(home) == ""
    (home / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        'c.CourseDirectory.course_id = "pruning101"\n'
        f'c.Exchange.root = "{exchange}"\n'
    )
    mine = write(home / LESSON / f"{LESSON}.ipynb", bundle.filled({}))
    work = work_of(mine, lesson)
    assert exchange_course(home) == "pruning101"
    submit_to_exchange(work)
    [came] = inbound.iterdir()
    assert (came / f"{LESSON}.ipynb").read_bytes() == mine.read_bytes()
    elsewhere = work_of(write(home / "mine.ipynb", bundle.filled({})), lesson)
    with pytest.raises(CourseError, match=f"nbgrader hands in {LESSON}/{LESSON}.ipynb"):
        submit_to_exchange(elsewhere)
