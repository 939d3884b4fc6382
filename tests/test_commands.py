"""The commands as one types them, in a copy of the checkout."""

import csv
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

import pytest
from classroom import LESSON, hashes
from needs import trusting

from tito.cli import main
from tito.student import cli as student

COMMANDS = sorted(main.commands)
EXAMPLES_NEED = {
    **dict.fromkeys(("grade", "kernelspec"), pytest.mark.needs("bubblewrap")),
    "site": pytest.mark.needs("sphinx"),
}
SERVES = "read"  # its examples end by Ctrl-C
RELEASED = f"build/release/{LESSON}/{LESSON}.ipynb"


def run(root, *words, module="tito", **variables):
    """Run a command in the checkout `root` and return what it said."""
    inherited = {name: os.environ[name] for name in os.environ if name != "TITO_CLASS"}
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=root,
        env=inherited | variables,
        capture_output=True,
        text=True,
    )


def help_text(root, *command):
    return run(root, *command, "--help").stdout


def examples(text):
    """The lines of the `Example:` block."""
    block = text.split("Example:\n")[1].split("\n\n")[0]
    return [line.strip().replace("LESSON", LESSON) for line in block.splitlines()]


def student_folder(checkout):
    """A folder as a student has it, with a finished notebook."""
    folder = checkout / "build" / "lab" / LESSON
    folder.mkdir(parents=True, exist_ok=True)
    finished = checkout / "build/demo/submitted/ada_reference" / LESSON / f"{LESSON}.ipynb"
    shutil.copy(finished, folder)
    return folder


@pytest.fixture
def class_copy(demo_checkout, tmp_path):
    """A copy, to spoil, of the checkout in which the demo ran."""
    return shutil.copytree(demo_checkout, tmp_path / "copy")


def test_the_demo_shows_every_kind_of_student(demo_checkout):
    with (demo_checkout / "build" / "demo" / "report" / LESSON / "grades.csv").open(
        newline=""
    ) as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    scores = {student: float(row["score"] or 0) for student, row in rows.items()}
    assert [name for name, row in rows.items() if not row["score"]] == ["broken_file"]
    [top] = {float(row["max_score"]) for row in rows.values() if row["score"]}
    assert len(rows) == 7
    assert scores["ada_reference"] == top
    assert scores["blank_release"] == scores["broken_file"] == 0
    assert 0 < scores["half_done"] < top
    mistaken = [scores[name] for name in rows if name in ("ben", "cleo", "dora")]
    assert len(mistaken) == 3 and all(0 < score < top for score in mistaken)


def test_a_second_demo_reuses_everything(demo_checkout):
    before = hashes(demo_checkout / "build" / "demo")
    said = run(demo_checkout, "demo")
    assert said.returncode == 0, said.stderr
    assert "graded 0 of 7; 7 unchanged" in said.stdout
    assert f"build/demo/report/{LESSON}/report.html" in said.stdout.replace("\\", "/")
    assert said.stderr == ""
    assert hashes(demo_checkout / "build" / "demo") == before


def test_the_demo_starts_anew_when_the_exercises_changed(class_copy):
    lesson = class_copy / "modules" / f"{LESSON}.py"
    text = lesson.read_text(encoding="utf-8")
    for old, new in (
        ("# %% check magnitude_mask 12", "# %% check magnitude_mask 13"),
        ("mask one layer (12 points)", "mask one layer (13 points)"),
        ("`magnitude_mask` | 12 |", "`magnitude_mask` | 13 |"),
    ):
        assert old in text
        text = text.replace(old, new)
    lesson.write_text(text, encoding="utf-8")
    said = run(class_copy, "demo")
    assert said.returncode == 0, said.stderr
    assert "graded 7 of 7" in said.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(demo_checkout, command):
    text = help_text(demo_checkout, command)
    assert examples(text) and all(line.startswith(f"tito {command}") for line in examples(text))


@pytest.mark.parametrize(
    "command",
    [pytest.param(each, marks=EXAMPLES_NEED.get(each, ())) for each in COMMANDS if each != SERVES],
)
def test_every_example_runs(demo_checkout, command):
    folder = student_folder(demo_checkout) if command in student.main.commands else demo_checkout
    grades = demo_checkout / "build" / "demo" / "report" / LESSON / "grades.csv"
    shutil.copy(grades, demo_checkout / "gradebook.csv")  # as what a platform exports
    for line in examples(help_text(demo_checkout, command)):
        said = run(folder, *shlex.split(line)[1:], PYTHONPATH=str(demo_checkout))
        assert said.returncode == 0, said.stderr
        assert "Traceback" not in said.stderr and said.stdout


def test_every_example_of_the_page_to_read_on_runs_until_it_is_stopped(demo_checkout):
    for line in examples(help_text(demo_checkout, SERVES)):
        server = subprocess.Popen(
            [sys.executable, "-m", "tito", *shlex.split(line)[1:]],
            cwd=demo_checkout,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert re.match(r"open http://127\.0\.0\.1:\d+/\?token=\S+ ", server.stdout.readline())
        finally:
            server.send_signal(signal.SIGINT)
            said = server.communicate(timeout=60)
        assert (server.returncode, said[1]) == (0, "") and "next: tito report" in said[0]


def test_progress_goes_to_standard_error_and_the_result_to_standard_output(demo_checkout):
    said = run(demo_checkout, "grade", "build/demo", "--regrade", *trusting())
    assert "7/7" in said.stderr and "7/7" not in said.stdout
    assert re.search(r"^grading \S+ 7/7 \d+/min 0:00:00", said.stderr, re.MULTILINE)
    assert "ada_reference" in said.stdout
    assert not re.search("warning", said.stderr, re.IGNORECASE)


def one_line(said, status=1):
    """The one line of a refusal."""
    assert said.returncode == status
    assert "Traceback" not in said.stderr
    [line] = said.stderr.strip().splitlines()
    return line


def test_an_unknown_lesson_is_named_with_those_there_are(demo_checkout):
    for command in ("release", "grade", "feedback"):
        line = one_line(run(demo_checkout, command, "--lesson", "19_pruning"))
        assert "no lesson '19_pruning'" in line and LESSON in line


def test_an_address_that_is_no_zip_is_refused_before_anything_is_built(demo_checkout):
    for address in ("course.example/x.zip", "https://course.example/labs", "ftp://x/y.zip"):
        said = run(demo_checkout, "release", "--url", address)
        assert said.returncode == 2 and f"got {address}" in said.stderr


def test_a_lesson_without_exercises_is_refused_by_every_command(demo_checkout):
    assert "no exercises" in one_line(run(demo_checkout, "release", "--lesson", "18_digits"))
    line = one_line(run(demo_checkout, "grade", "build/demo", "--lesson", "18_digits"))
    assert "18_digits is not released" in line


def test_a_class_that_is_not_there_is_told_the_layout(demo_checkout):
    assert "submitted/STUDENT/18" in one_line(run(demo_checkout, "grade", "nowhere"))
    assert "run `tito grade` first" in one_line(run(demo_checkout, "feedback", "nowhere"))
    assert not (demo_checkout / "nowhere").exists()


def test_grading_before_the_release_says_so(checkout):
    (checkout / "course" / "submitted" / "ada").mkdir(parents=True)
    assert "run `tito release` first" in one_line(run(checkout, "grade"))
    said = run(checkout, "grade", "--lesson", LESSON)
    assert f"run `tito release --lesson {LESSON}` first" in one_line(said)


def test_a_file_in_place_of_the_class_folder_is_a_usage_error(demo_checkout):
    said = run(demo_checkout, "grade", "README.md")
    assert said.returncode == 2 and "is a file" in said.stderr and "Traceback" not in said.stderr


@pytest.mark.parametrize("option", ["--regrad", "--lesson"])
def test_a_mistyped_option_is_a_usage_error(demo_checkout, option):
    said = run(demo_checkout, "grade", option)
    assert said.returncode == 2 and "Traceback" not in said.stderr


@pytest.mark.parametrize("place", ["build", "build/release", "course"])
def test_a_file_where_a_folder_belongs_stops_the_release_with_one_line(class_copy, place):
    blocked = class_copy / place
    shutil.rmtree(blocked, ignore_errors=True)
    blocked.write_text("in the way")
    assert re.search("cannot write|is a file", one_line(run(class_copy, "release")))
    assert blocked.read_text() == "in the way"
    assert not list(class_copy.rglob(".release-*")) and not list(class_copy.rglob(".new-*"))


@pytest.mark.parametrize("place", ["build/demo", "build/demo/submitted"])
def test_a_file_where_a_folder_belongs_stops_the_demo_with_one_line(class_copy, place):
    blocked = class_copy / place
    shutil.rmtree(blocked)
    blocked.write_text("in the way")
    assert "cannot write" in one_line(run(class_copy, "demo"))
    assert blocked.read_text() == "in the way"


def test_a_folder_where_a_result_belongs_stops_with_one_line(class_copy):
    result = class_copy / "build" / "demo" / "report" / LESSON / "grades.csv"
    result.unlink()
    result.mkdir()
    assert "cannot write" in one_line(run(class_copy, "grade", "build/demo", *trusting()))
    assert not list(result.parent.glob(".*"))


def test_a_gradebook_that_is_none_is_told_in_one_line(class_copy):
    (class_copy / "build" / "demo" / "gradebook.db").write_text("no database")
    line = one_line(run(class_copy, "grade", "build/demo", *trusting()))
    assert "gradebook.db" in line and "not a database" in line


def test_a_spoilt_release_source_is_told_in_one_line(class_copy):
    source = class_copy / "build" / "source" / LESSON / f"{LESSON}.ipynb"
    for spoilt in ("", "{", "[]", json.dumps({"nbformat": 3, "cells": []})):
        source.write_text(spoilt)
        assert source.name in one_line(run(class_copy, "grade", "build/demo", *trusting()))


def test_outside_a_checkout_a_command_says_where_to_go(checkout, tmp_path):
    said = run(tmp_path, "release", PYTHONPATH=str(checkout))
    assert "run tito inside the checkout" in one_line(said)


def test_nbgrader_validate_works_in_the_checkout(demo_checkout):
    said = run(demo_checkout, "validate", RELEASED, module="nbgrader")
    assert "NotImplementedError" in said.stdout
    answered = f"build/demo/submitted/ada_reference/{LESSON}/{LESSON}.ipynb"
    said = run(demo_checkout, "validate", answered, module="nbgrader")
    questions = said.stdout.count("You did not provide a response.")
    assert f"VALIDATION FAILED ON {questions} CELL(S)!" in said.stdout  # graded by hand, not checks


@pytest.mark.needs("bubblewrap")
def test_nbgrader_autograde_works_in_the_checkout(class_copy):
    run(class_copy, "release")
    submission = class_copy / "course" / "submitted" / "ada" / LESSON / f"{LESSON}.ipynb"
    submission.parent.mkdir(parents=True)
    shutil.copy(class_copy / RELEASED, submission)
    said = run(class_copy, "autograde", LESSON, "--student", "ada", module="nbgrader")
    assert said.returncode == 0, said.stderr
    assert (class_copy / "course" / "autograded" / "ada" / LESSON / submission.name).is_file()


def test_nbgrader_finds_the_class_that_the_environment_names(demo_checkout):
    demo = str(demo_checkout / "build" / "demo")
    for name in ("build/demo", demo):
        words = ("generate_feedback", LESSON, "--student", "ada_reference")
        said = run(demo_checkout, *words, module="nbgrader", TITO_CLASS=name)
        assert said.returncode == 0, said.stderr
        assert "ada_reference" in said.stderr and demo in said.stderr


def test_formgrader_sees_the_course_and_its_class(demo_checkout):
    program = (
        "from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension\n"
        "from nbgrader.apps.api import NbGraderAPI\n"
        "from jupyter_server.serverapp import ServerApp\n"
        "app = FormgradeExtension(parent=ServerApp())\n"
        "config = app.load_config()\n"
        "api = NbGraderAPI(config=config)\n"
        "print(sorted(api.get_submitted_students('18_pruning')))\n"
        "print([each['name'] for each in api.get_assignments()], api.exchange_missing)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=demo_checkout,
        env=os.environ | {"TITO_CLASS": "build/demo"},
        capture_output=True,
        text=True,
    )
    assert "'ada_reference'" in said.stdout, said.stderr
    assert f"['{LESSON}', " in said.stdout and "] False" in said.stdout
