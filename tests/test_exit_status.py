"""docs/commands.md names every command, whom it is for and what its exit status says."""

import re
import shlex

import pytest
from conftest import ROOT
from test_commands import run

from tito.cli import main
from tito.student import cli as student

ROW = re.compile(r"^\| `tito (\w+)` \| (\w+) \| ([^|]+) \|([^|]*)\|$", re.MULTILINE)
ROWS = {
    name: (whom, fails.strip())
    for name, whom, _, fails in ROW.findall((ROOT / "docs" / "commands.md").read_text("utf-8"))
}
# What fails with 1 in an empty folder, and what is typed wrong.
FAILING = {
    **{name: name for name in main.commands.keys() - {"completion", "doctor"}},
    "autograder": "autograder x",
    "collect": "collect .",
    "grade": "grade --trust-submissions",
    "roster": "roster names.csv",
    "similar": "similar x",
    "workflow": "workflow x y",
}
TYPED_WRONG = {name: f"{name} --no-such-option" for name in main.commands} | {
    "completion": "completion tcsh"
}
DONE = {"completion": "completion zsh", "doctor": "doctor student"}  # the others in test_consoles


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Outside a checkout, without a notebook."""
    empty = tmp_path_factory.mktemp("empty")
    (empty / "names.csv").write_text("name\nAda\n")
    return empty


def test_every_command_has_one_row_and_its_role():
    assert list(ROWS) == [*dict.fromkeys(ROWS)] and ROWS.keys() == main.commands.keys()
    assert {name for name, (whom, _) in ROWS.items() if whom == "student"} == {
        *student.main.commands
    }


@pytest.mark.parametrize("name", sorted(FAILING))
def test_what_cannot_be_done_is_1_and_one_line(folder, name):
    said = run(folder, *shlex.split(FAILING[name]), PYTHONPATH=str(ROOT))
    assert said.returncode == 1, said.stderr
    assert said.stderr.startswith("tito: ") and said.stderr.count("\n") == 1


@pytest.mark.parametrize("name", sorted(TYPED_WRONG))
def test_what_is_typed_wrong_is_2(folder, name):
    said = run(folder, *shlex.split(TYPED_WRONG[name]), PYTHONPATH=str(ROOT))
    assert said.returncode == 2 and "Traceback" not in said.stderr


@pytest.mark.parametrize("name", sorted(DONE))
def test_what_is_done_is_0(folder, name):
    assert run(folder, *shlex.split(DONE[name]), PYTHONPATH=str(ROOT)).returncode == 0


def test_a_role_that_lacks_something_is_1(folder):
    said = run(folder, "doctor", "maintainer", PYTHONPATH=str(ROOT), PATH=str(folder))
    assert said.returncode == 1 and "missing" in said.stdout
