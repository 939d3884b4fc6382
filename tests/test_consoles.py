"""No command crashes where the console cannot show a character, as on Windows."""

import shutil

import pytest
from classroom import LESSON
from needs import trusting
from test_commands import EXAMPLES_NEED, SERVES, run, student_folder

from tito.cli import main

NAME = "李雷"  # no character of it is in Windows' Western code page
CLASS = "build/demo"
COMMANDS = {
    "autograder": (LESSON, CLASS),
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
    "similar": (LESSON, CLASS),
    "site": (),
    "submit": ("--to", "李"),
    "workflow": (LESSON, "build/李"),
}
STUDENTS = ("check", "export", "submit")


@pytest.fixture(scope="module")
def class_of_many_scripts(demo_checkout, tmp_path_factory):
    root = shutil.copytree(demo_checkout, tmp_path_factory.mktemp("console") / "copy")
    submitted = root / "build" / "demo" / "submitted"
    shutil.copytree(submitted / "half_done", submitted / NAME)
    shutil.copytree(submitted / "half_done", root / "in" / NAME)
    people = f"First name,Last name,Email address\n{NAME},Lee,lei@uni.example\n"
    (root / "people.csv").write_text(people, encoding="utf-8")
    student_folder(root)
    return root


def test_every_command_is_tried():
    assert COMMANDS.keys() == main.commands.keys() - {SERVES}


@pytest.mark.parametrize(
    "command", [pytest.param(each, marks=EXAMPLES_NEED.get(each, ())) for each in COMMANDS]
)
def test_a_command_that_cannot_show_a_character_shows_another(class_of_many_scripts, command):
    root = class_of_many_scripts
    folder = student_folder(root) if command in STUDENTS else root
    words = (command, *COMMANDS[command])
    said = run(folder, *words, PYTHONIOENCODING="cp1252", PYTHONPATH=str(root))
    assert "Traceback" not in said.stderr and "Error" not in said.stderr, said.stderr
    assert said.returncode == 0 and said.stdout, said.stdout + said.stderr
