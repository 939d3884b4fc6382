"""What a killed process left half-written in a class folder is cleared away, and nothing else."""

import os
import subprocess
import sys
import time

import pytest

from tito.course import Course
from tito.unfinished import remove_unfinished

PLACES = ("", "autograded/ada/02_tiny", "feedback/ada/02_tiny", "journal", "report")
WRITING = """
import os, sys, time
from pathlib import Path
from tito.files import write_whole
os.replace = lambda *paths: (print("written", flush=True), time.sleep(600))
write_whole(Path(sys.argv[1]), b"half")
"""


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path, tmp_path / "class")


@pytest.fixture
def writer(course):
    """A process in the midst of writing a graded notebook."""
    target = course.autograded / "ada" / "02_tiny" / "02_tiny.ipynb"
    command = [sys.executable, "-c", WRITING, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


def files(course):
    return [path for path in course.class_folder.rglob("*") if path.is_file()]


def leave(folder, name, age=0.0):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"half")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def ended_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


@pytest.mark.parametrize("place", PLACES)
def test_what_an_ended_process_left_goes_wherever_tito_writes(course, place):
    leave(course.class_folder / place, f".a file.{ended_process()}.new")
    remove_unfinished(course)
    assert files(course) == []


def test_what_a_process_is_writing_stays_until_it_is_killed(course, writer):
    remove_unfinished(course)
    assert len(files(course)) == 1
    writer.kill()
    writer.wait()
    remove_unfinished(course)
    assert files(course) == []


def test_a_killed_process_that_nobody_waited_for_writes_no_more(course, writer):
    writer.kill()
    os.waitid(os.P_PID, writer.pid, os.WEXITED | os.WNOWAIT)
    remove_unfinished(course)
    assert files(course) == []


def test_a_process_younger_than_the_file_did_not_write_it(course):
    leave(course.autograded, f".grades.csv.{os.getpid()}.new", age=1_000_000)
    remove_unfinished(course)
    assert files(course) == []


@pytest.mark.parametrize("name", ["{}.new", ".{}.new", "a.{}.new", ".a.{}.new.txt", ".a.b.new"])
def test_other_names_stay(course, name):
    path = leave(course.autograded, name.format(ended_process()))
    remove_unfinished(course)
    assert files(course) == [path]


@pytest.mark.parametrize("place", ["submitted/ada/02_tiny", "exchange", "own"])
def test_what_others_wrote_stays_whatever_it_is_called(course, place):
    path = leave(course.class_folder / place, f".a.{ended_process()}.new")
    remove_unfinished(course)
    assert files(course) == [path]


def test_a_class_without_any_results_is_no_error(course):
    remove_unfinished(course)
    assert not course.class_folder.exists()
