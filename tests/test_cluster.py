"""Grading on a Dask cluster of real processes on this machine, which are lost now and then."""

import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial

import psutil
import pytest
from classroom import JUDGING, LESSON
from needs import best_isolation, trusting
from test_commands import one_line, run

from tito.course import Course
from tito.errors import CourseError
from tito.grades import read_grades
from tito.grading.run import grade
from tito.judging import cluster as cluster_judges
from tito.judging.cluster import ClusterJudges
from tito.judging.plan import plan_of
from tito.judging.verdict import Work

LONGEST_WAIT = 120  # seconds for a process to start on a busy machine


@pytest.fixture(scope="module")
def checkout_to_grade(demo_checkout, tmp_path_factory):
    """A copy of the checkout in which the demo was graded by local judges."""
    return shutil.copytree(demo_checkout, tmp_path_factory.mktemp("cluster") / "checkout")


@pytest.fixture
def course(checkout_to_grade, tmp_path):
    """The demo's submissions once more, ungraded."""
    folder = tmp_path / "class"
    shutil.copytree(checkout_to_grade / "build" / "demo" / "submitted", folder / "submitted")
    return Course.find(checkout_to_grade, folder)


@pytest.fixture(scope="module")
def local(checkout_to_grade):
    """What local judges gave the same submissions."""
    return results(Course.find(checkout_to_grade, checkout_to_grade / "build" / "demo"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The address and the worker processes of a cluster with two workers."""
    folder = tmp_path_factory.mktemp("dask")
    with scheduler(folder) as (address, _), worker(address, folder), worker(address, folder):
        yield address


@contextmanager
def dask(folder, *words):
    """A Dask program; it and all that it started have ended afterwards."""
    command = [sys.executable, "-m", "dask", *words, "--host", "127.0.0.1", "--no-dashboard"]
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def scheduler(folder):
    file = folder / "scheduler.json"
    with dask(folder, "scheduler", "--port", "0", "--scheduler-file", str(file)) as process:
        wait_until(lambda: file.is_file() and "tcp://" in file.read_text())
        yield next(part for part in file.read_text().split('"') if "tcp://" in part), process


@contextmanager
def worker(address, folder, *words):
    places = ["--local-directory", str(folder), "--nthreads", "1"]
    with dask(folder, "worker", address, *places, *words) as process:
        yield process


def wait_until(true):
    end = time.monotonic() + LONGEST_WAIT
    while not true():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def results(course):
    return {row.student: (row.points, row.status, row.failed) for row in rows(course)}


def rows(course):
    return read_grades(course[LESSON]).rows


def then(after, act):
    """A progress display that does something once `after` submissions have come."""

    def track(items, total):
        for number, item in enumerate(items, 1):
            yield item
            if number == after:
                act()

    return track


def on(address):
    return partial(ClusterJudges, address=address, isolation=best_isolation())


def judging_processes():
    """The workers' own processes: below each nanny, next to Python's resource tracker."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            if "tito.judging.server" in " ".join(each.cmdline()):
                found.append(each)
    return found


def test_a_cluster_gives_the_grades_of_local_judges(cluster, course, local):
    words = ["grade", str(course.class_folder), "--scheduler", cluster, *trusting()]
    said = run(course.root, *words)
    assert said.returncode == 0, said.stderr
    assert "graded 7 of 7" in said.stdout and "Traceback" not in said.stderr
    assert results(course) == local


def test_a_worker_killed_in_the_middle_costs_a_retry_alone(cluster, course, local):
    killed = []

    def kill():
        process = judging_processes()[0].parent()
        process.send_signal(signal.SIGKILL)
        killed.append(process.pid)

    assert len(grade(course[LESSON], track=then(1, kill), judging=on(cluster))) == 7
    assert killed and results(course) == local


def test_a_submission_that_kills_every_worker_fails_alone(cluster, course):
    """A trusted submission can do it: it has the rights of the worker, and looks up its pid."""
    plan = plan_of(course[LESSON])
    killer = Work("killer", "1", {"magnitude_mask": KILL_THE_WORKER})
    others = [Work(name, "1", {}) for name in "ab"]
    with ClusterJudges(plan, cluster, "none") as judges:
        verdicts = {each.student: each for each in judges.judge([others[0], killer, others[1]])}
    assert sorted(verdicts) == ["a", "b", "killer"]
    assert "could not be graded" in verdicts["killer"].flags[0]
    assert not any(verdicts["killer"].scores.values())
    assert not verdicts["a"].flags and not verdicts["b"].flags


# It walks up from itself to the first process of Dask's workers, which this test started.
KILL_THE_WORKER = """
import os, signal
def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
pid = os.getpid()
while pid > 1:
    words = open(f"/proc/{pid}/cmdline").read()
    if "multiprocessing" in words and "spawn_main" in words:
        os.kill(pid, signal.SIGKILL)
        break
    pid = parent(pid)
"""


def test_a_scheduler_that_goes_away_is_named_and_the_next_run_goes_on(course, local, tmp_path):
    with scheduler(tmp_path) as (address, process), worker(address, tmp_path):
        with pytest.raises(CourseError, match=r"is gone.*run the same command") as raised:
            grade(course[LESSON], track=then(2, process.kill), judging=on(address))
        assert address in str(raised.value)
    again = grade(course[LESSON], judging=JUDGING)
    assert 0 < len(again) <= 5
    assert results(course) == local


def test_a_cluster_whose_workers_are_all_gone_is_told_in_one_line(course, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_judges, "WORKER_SECONDS", 20)
    with scheduler(tmp_path) as (address, _), worker(address, tmp_path) as process:
        gone = pytest.raises(CourseError, match=r"has no worker.*what is graded is kept")
        with gone:
            grade(course[LESSON], track=then(1, process.terminate), judging=on(address))


def test_no_scheduler_is_told_in_one_line(course):
    words = ["grade", str(course.class_folder), "--scheduler", "tcp://127.0.0.1:1"]
    assert "no scheduler answers at tcp://127.0.0.1:1" in one_line(run(course.root, *words))


def test_workers_of_this_machine_and_a_cluster_exclude_each_other(course):
    words = ["grade", str(course.class_folder), "--scheduler", "tcp://127.0.0.1:1"]
    said = run(course.root, *words, "--workers", "2")
    assert said.returncode == 2 and "--workers is for this machine" in said.stderr
