"""Where bubblewrap or Chromium is missing the suite says what it leaves out, and nothing fails."""

import os
import re
import subprocess
import sys
from pathlib import Path

import changed
import pytest
from conftest import ROOT

PROGRAMS = ("bwrap", "chromium", "chromium-browser")
UNDECLARED = """
import pytest
from tito.errors import CourseError
from tito.sandbox.bubblewrap import check_isolation

def test_that_does_not_say_what_it_needs():
    check_isolation()

def test_that_does(bubblewrap):
    check_isolation()

@pytest.mark.needs("bubblewrap")
def test_with_a_marker():
    check_isolation()

def test_either_way(isolation):
    assert isolation in ("bubblewrap", "none")
"""


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    """A PATH that has all programs of this machine but bubblewrap and Chromium."""
    folder = tmp_path_factory.mktemp("bin")
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for program in place.iterdir() if place.is_dir() else ():
            if program.name not in PROGRAMS and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    return str(folder)


def run_pytest(*words, cwd=ROOT, **variables):
    inherited = {name: os.environ[name] for name in os.environ if name != "TITO_TEST_ALL"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=cwd,
        env={**inherited, **variables},
        capture_output=True,
        text=True,
    )


def test_without_both_programs_the_suite_collects_and_says_at_the_head_what_it_leaves_out(without):
    said = run_pytest("--collect-only", "-q", PATH=without)
    assert said.returncode == 0, said.stdout[-3000:]
    head = said.stdout.splitlines()[:2]
    assert re.fullmatch(r"\d+ tests need bubblewrap: apt install bubblewrap .*", head[0])
    assert re.fullmatch(r"\d+ tests need chromium: apt install chromium", head[1])
    left_out = sum(int(line.split()[0]) for line in head)
    [collected] = re.findall(r"(\d+) tests collected", said.stdout)
    assert 0 < left_out < int(collected) / 4
    assert "error" not in said.stdout.splitlines()[-1]


def test_where_all_tests_must_run_what_is_missing_is_an_error(without):
    said = run_pytest(
        "--collect-only", "-q", "tests/test_needs.py", PATH=without, TITO_TEST_ALL="1"
    )
    assert said.returncode == pytest.ExitCode.USAGE_ERROR
    assert "bubblewrap: apt install bubblewrap" in said.stderr
    assert "chromium: apt install chromium" in said.stderr


@pytest.mark.parametrize("processes", [0, 2])
def test_what_is_left_out_is_said_at_the_head_and_counted_at_the_end(without, tmp_path, processes):
    said = run_inner(tmp_path, "-n", str(processes), PATH=without)
    line = "2 tests need bubblewrap: apt install bubblewrap (Debian, Ubuntu)"
    lines = said.stdout.splitlines()
    assert lines.count(line) == 1 and lines.index(line) < 12, said.stdout
    assert re.search(r"SKIPPED \[2\] .*: needs bubblewrap: apt install bubblewrap", said.stdout)
    assert "1 failed, 1 passed, 2 skipped" in lines[-1]


def test_a_test_that_does_not_say_that_it_needs_bubblewrap_finds_none(bubblewrap, tmp_path):
    said = run_inner(tmp_path)
    assert "1 failed, 3 passed" in said.stdout
    assert "this test does not say that it needs bubblewrap: use the fixture" in said.stdout


def test_make_check_runs_the_tests_that_import_what_changed():
    assert "tests/test_collect.py" in changed.tests_of({"tito/collecting/__init__.py"})
    assert changed.tests_of({"tests/test_needs.py"}) == ["tests/test_needs.py"]
    assert "tests/test_networks.py" in changed.tests_of({"tinytorch/digits.py"})
    assert changed.tests_of({"README.md"}) == []


LESSON = """# %% [markdown]
# # Words

# %% given imports
import math

# %% exercise double
def double(x): ...

# %% check double 4
assert double(1) == 2

# %% hidden double
assert double(2) == 4

# %% exercise half
def half(x): ...
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("# Words", "# Other words", set()),
        ("(2) == 4", "(3) == 6", {"double"}),
        ("def half(x)", "def half(number)", {"half"}),
        ("import math", "import numpy", {""}),
    ],
)
def test_make_check_tries_the_mistakes_of_the_exercises_whose_cells_changed(old, new, found):
    assert changed.exercises_of(LESSON, LESSON.replace(old, new)) == found


def test_make_check_names_a_lesson_to_try_with_its_exercises():
    assert changed.chosen_of("18_pruning", {"allocate", "sweep", "no_exercise"}) == [
        "--exercise sweep",
        "--exercise allocate",
    ]
    assert changed.chosen_of("18_pruning", {"allocate", ""}) == []
    assert changed.mistakes_of({"README.md", "modules/18_digits.py", "tito/cli.py"}) == []


def run_inner(folder, *words, **variables):
    """Run a small suite with the same plugin."""
    (folder / "test_inner.py").write_text(UNDECLARED)
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    settings = ["-c", os.devnull, "--rootdir", str(folder), "-ra", "-p", "needs"]
    return run_pytest(*settings, *words, "test_inner.py", cwd=folder, PYTHONPATH=path, **variables)
