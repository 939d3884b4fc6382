"""No command crashes where the console cannot show a character, as on Windows."""

import shutil

import pytest
from classroom import LESSON
from needs import trusting
from test_commands import run, student_folder

from tito.cli import main

NAME = "李雷"  # no character of it is in Windows' Western code page
CLASS = "build/demo"
COMMANDS = {
    "build": ("--check",),
    "check": (),
    "collect": ("in", "build/taken", "--lesson", LESSON, "--all"),
    "completion": ("bash",),
    "demo": (),
    "doctor": (),
    "export": ("--to", "李"),
    "feedback": (CLASS, "--zip"),
    "grade": (CLASS, "--regrade", *trusting()),
    "grades": (CLASS, "--format", "canvas", "--so-far"),
    "kernelspec": ("--prefix", "build/李"),
    "mistakes": ("--lesson", LESSON),
    "release": ("--lesson", LESSON),
    "report": (CLASS,),
    "roster": ("people.csv", CLASS),
    "submit": ("--to", "李"),
}
STUDENTS = ("check", "export", "submit")


@pytest.fixture(scope="module")
def class_of_many_scripts(demo_checkout, tmp_path_factory):
    root = shutil.copytree(demo_checkout, tmp_path_factory.mktemp("console") / "copy")
    submitted = root / "build" / "demo" / "submitted"
    shutil.copytree(submitted / "half_done", submitted / NAME)
    shutil.copytree(submitted / "half_done", root / "in" / NAME)
    (root / "people.csv").write_text(f"name,id\n{NAME},7\n", encoding="utf-8")
    student_folder(root)
    return root


def test_every_command_is_tried():
    assert COMMANDS.keys() == main.commands.keys()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_cannot_show_a_character_shows_another(
    class_of_many_scripts, command, encoding
):
    root = class_of_many_scripts
    folder = student_folder(root) if command in STUDENTS else root
    words = (command, *COMMANDS[command])
    said = run(folder, *words, PYTHONIOENCODING=encoding, PYTHONPATH=str(root))
    assert "Traceback" not in said.stderr and "Error" not in said.stderr, said.stderr
    assert said.returncode in (0, 1) and said.stdout, said.stderr
