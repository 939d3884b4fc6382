"""`tito doctor` names what a machine lacks; `tito` starts, or says what it lacks; Tab completes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT

from tito.cli import main
from tito.course import Course
from tito.doctor import (
    Finding,
    class_python,
    disk,
    examination,
    examine,
    package,
    read_pins,
    to_lines,
    unseen,
    walls,
    writable,
)
from tito.sandbox import seccomp

TITO = Path(sys.executable).with_name("tito")


def run(*words, cwd=ROOT, **variables):
    return subprocess.run(
        words, cwd=cwd, env=os.environ | variables, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A Python without any package."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return next(each for each in folder.glob("[bS]*/python*") if each.stem == "python")


def test_here_a_student_lacks_nothing():
    lines, ready = examination("student")
    assert ready and lines[0] == "student: ready"


def test_outside_a_checkout_a_student_is_examined_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert examination("student")[1]


def test_a_role_asked_for_that_lacks_a_program_fails_and_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    lines, ready = examination("maintainer")
    assert not ready and "maintainer: 3 missing" in lines
    assert any("missing  make. Next: apt install make" in line for line in lines)
    assert any("missing  bubblewrap. Next: apt install bubblewrap" in line for line in lines)
    assert examination(None)[1], "nothing is missing for a role that nobody asked for"


def test_without_its_packages_tito_says_in_one_line_who_can_tell_more(bare):
    said = run(bare, "-m", "tito", "doctor", PYTHONPATH=str(ROOT))
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1 and "python -m tito.doctor" in said.stderr


def test_the_doctor_needs_no_package_itself(bare):
    said = run(bare, "-m", "tito.doctor", "student", PYTHONPATH=str(ROOT))
    assert said.returncode == 1 and said.stderr == ""
    pins = read_pins(ROOT / "constraints.txt")
    assert f"missing  numpy {pins['numpy']}. Next: pip install" in said.stdout
    assert run(bare, "-m", "tito.doctor", "teacher", PYTHONPATH=str(ROOT)).returncode == 2


def test_a_package_of_another_version_is_a_note():
    assert package("click", {"click": "0.1"}, "student").state == "note"
    assert package("click", {}, "student").state == "ok"


def test_outside_a_checkout_a_package_comes_by_its_name():
    assert package("no-such-package", {}, "student").remedy == "pip install no-such-package"


def test_a_folder_that_cannot_be_made_is_missing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert writable(tmp_path / "file" / "course").state == "missing"
    assert writable(tmp_path / "new" / "course").state == "ok"


def test_too_little_room_is_missing():
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    assert disk(free * 10).state == "missing"


def test_an_instructor_is_told_about_the_class_folder():
    found = examine("instructor", Course.find(ROOT))
    assert any("course" in each.what for each in found)


def test_an_instructor_is_told_that_students_have_a_newer_python(tmp_path):
    course = Course(ROOT, tmp_path)
    assert class_python(course) == []
    for student, version in (("ada", "3.99.1"), ("bo", "3.11.2"), ("cy", None), ("di", "3.98.0")):
        path = tmp_path / "submitted" / student / "x" / "x.ipynb"
        path.parent.mkdir(parents=True)
        noted = {"language_info": {"name": "python", "version": version}} if version else {}
        path.write_text(json.dumps({"nbformat": 4, "cells": [], "metadata": noted}))
    path.with_name("torn.ipynb").write_text("{")
    [found] = class_python(course)
    assert found.state == "note" and found.remedy == "grade with Python 3.99"
    assert found.what.startswith("2 of 3 notebooks were made with a newer Python, up to 3.99")
    for student in ("ada", "di"):
        shutil.rmtree(tmp_path / "submitted" / student)
    assert [each.state for each in class_python(course)] == ["ok"]


def test_what_is_missing_comes_first():
    lines = to_lines("student", [Finding("ok", "a"), Finding("missing", "b", "do c")])
    assert list(lines) == ["student: 1 missing", "  missing  b. Next: do c", "  ok       a"]


def test_the_version_is_that_of_the_project():
    said = run(TITO, "--version")
    assert said.stdout == "tito, version 0.1.0\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(shell):
    said = CliRunner().invoke(main, ["completion", shell])
    assert said.exit_code == 0 and f"_TITO_COMPLETE={shell}_complete" in said.stdout


def test_bash_completes_commands_and_lessons():
    program = """
        eval "$(tito completion bash)"
        COMP_WORDS=(tito rel) COMP_CWORD=1 && _tito_completion tito && echo "${COMPREPLY[@]}"
        COMPREPLY=() COMP_WORDS=(tito release --lesson 18_pru) COMP_CWORD=3 && _tito_completion tito
        echo "${COMPREPLY[@]}"
    """
    path = os.pathsep.join([str(TITO.parent), os.environ["PATH"]])
    said = run("bash", "-c", program, PATH=path)
    assert said.stdout.split() == ["release", "18_pruning"], said.stderr


def test_an_instructor_is_told_the_walls_of_this_machine(monkeypatch, bubblewrap):
    words = " ".join(each.what for each in examine("instructor", None))
    assert "a filter refuses" in words and "control group" in words
    monkeypatch.setattr(seccomp, "program", lambda: None)
    assert any("libseccomp2" in each.remedy for each in walls())


def test_an_instructor_is_told_where_students_could_read_the_class(tmp_path, monkeypatch):
    assert unseen(Course(ROOT, tmp_path)).state == "ok"
    found = unseen(Course(ROOT, Path("/usr/share/class")))
    assert found.state == "missing" and found.remedy.startswith("move it elsewhere")
    monkeypatch.setattr(sys, "prefix", str(ROOT))
    assert "the environment is the checkout" in unseen(Course(ROOT, tmp_path)).what
