"""A run that is killed, kept waiting or has no room loses nothing, and the next run goes on."""

import csv
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
from conftest import ROOT
from containment import adopting, fingerprint, left_over, processes_now
from gradebook_rows import grade_rows
from needs import OWN_MOUNTS, best_isolation, trusting

from tito.answers import fill
from tito.course import Course
from tito.errors import CourseError
from tito.grades import read_grades
from tito.grading.gradebook import ClassGradebook
from tito.grading.journal import read_records
from tito.grading.judges import local_judges
from tito.grading.run import grade
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import release
from tito.report import publish

LESSON = "02_tiny"
pytestmark = pytest.mark.usefixtures("isolation")
N_STUDENTS, N_KILLS = 60, 20
WRITTEN = [
    "autograded/student_00/02_tiny/02_tiny.ipynb",
    "autograded/student_00/02_tiny/timestamp.txt",
    "journal/02_tiny.jsonl",
    "feedback/student_00/02_tiny/02_tiny.html",
    "report/02_tiny/students/student_00.html",
    "report/02_tiny/grades.csv",
    "report/02_tiny/report.html",
]
LONGEST_RUN = 120  # seconds
# Each submission takes a while without computing, so that a run can be killed in the midst of it.
ANSWER = "import time\ntime.sleep(0.05)\ndef total(numbers=NUMBERS):\n    return {}"
ANSWERS = ("sum(numbers)", "6", "sum(numbers) - 1", "1 / 0")
GRADE = """
import sys
from pathlib import Path
from tito.course import Course
from tito.grading.run import grade
from tito.grading.judges import local_judges
root, folder, isolation = sys.argv[1:]
course = Course.find(Path(root), Path(folder))
print(len(grade(course["02_tiny"], judging=local_judges(2, isolation), patience=1)))
"""

# The same as two commands, with feedback and report; killed when it, or a process that it started,
# has written a file beside its place, and is about to put it there.
KILLED = """
import os, signal, sys
from pathlib import Path
from tito.cli import main
folder, kill_at = Path(sys.argv[1]), Path(sys.argv[1], sys.argv[2])
replace, command = os.replace, os.getpid()
def replace_or_die(new, old):
    if Path(old) == kill_at and sys.argv[2]:
        os.kill(command, signal.SIGKILL)
        os._exit(1)
    replace(new, old)
os.replace = replace_or_die
for words in (["grade", *sys.argv[3:]], ["feedback"]):
    main([*words, str(folder), "--lesson", "02_tiny"], standalone_mode=False)
"""


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A checkout of a tiny lesson, and a class folder in which 60 students handed in."""
    root = tmp_path_factory.mktemp("resume") / "tiny"
    shutil.copytree(ROOT / "tests/fixtures/modules", root / "modules")
    for name in ("pyproject.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, root)
    course = Course.find(root)
    released = read_notebook(release(course[LESSON]))
    for number in range(N_STUDENTS):
        answer = ANSWER.format(ANSWERS[number % len(ANSWERS)])
        content = notebook_bytes(fill(released, {"total": answer}))
        path = course[LESSON].submission(f"student_{number:02}")
        path.parent.mkdir(parents=True)
        path.write_bytes(b"" if number % 15 == 14 else content)
    return course


@pytest.fixture(scope="module")
def undisturbed(handed_in, tmp_path_factory):
    """What a run makes that nothing disturbs."""
    course = copy(handed_in, tmp_path_factory.mktemp("undisturbed") / "class")
    finish(course)
    return results(course)


@pytest.fixture
def fresh(handed_in, tmp_path):
    """The class again, not graded yet."""
    return copy(handed_in, tmp_path / "class")


def judges(workers):
    """Judges of this machine, isolated where that is to be had."""
    return local_judges(workers, best_isolation())


def copy(course, folder):
    shutil.copytree(course.class_folder, folder)
    return Course(course.root, folder)


def start(course):
    """Begin a run in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", GRADE, course.root, course.class_folder, best_isolation()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(course):
    """Run to the end; return how many were graded in this run."""
    run = start(course)
    said, errors = run.communicate(timeout=LONGEST_RUN)
    assert run.returncode == 0, errors[-3000:]
    return int(said.splitlines()[-1])


def in_journal(course):
    """How many submissions the journal holds."""
    return len(read_records(course[LESSON].journal).entries)


def results(course):
    """Rows of the gradebook, lines of the table, and graded notebooks."""
    table, _ = publish(course[LESSON], read_grades(course[LESSON]))
    with table.open(newline="") as file:
        lines = [
            {name: value for name, value in line.items() if name != "seconds"}
            for line in csv.DictReader(file)
        ]
    return {
        "gradebook": grade_rows(course.gradebook),
        "table": lines,
        "notebooks": fingerprint(course.autograded),
    }


def test_the_undisturbed_run_grades_each_student_once(undisturbed):
    students = [student for student, *_ in undisturbed["gradebook"]]
    assert len(students) == len(set(students)) == N_STUDENTS == len(undisturbed["table"])
    assert {points for *_, points, _, _ in undisturbed["gradebook"]} == {0, 2}


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_judges_changes_no_grade(fresh, undisturbed, workers):
    assert len(grade(fresh[LESSON], judging=judges(workers))) == N_STUDENTS
    assert results(fresh) == undisturbed


def test_where_code_cannot_be_isolated_nothing_is_graded_or_written(fresh, monkeypatch, tmp_path):
    before = fingerprint(fresh.class_folder)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match=r"apt install bubblewrap.*--trust-submissions"):
        grade(fresh[LESSON])
    assert in_journal(fresh) == 0
    after = fingerprint(fresh.class_folder)
    assert after.keys() - before.keys() <= {"journal/02_tiny.lock", "journal/02_tiny.jsonl"}
    assert all(after[name] == before[name] for name in before)


def test_where_nothing_is_due_isolation_is_not_needed(fresh, monkeypatch, tmp_path):
    for folder in list(fresh.submitted.iterdir())[1:]:
        shutil.rmtree(folder)
    assert len(grade(fresh[LESSON], judging=judges(1))) == 1
    monkeypatch.setenv("PATH", str(tmp_path))
    assert grade(fresh[LESSON]) == []


def test_a_run_killed_at_20_moments_ends_with_the_grades_of_one_undisturbed(
    handed_in, undisturbed, tmp_path
):
    chance = random.Random(20)
    kills, finished = 0, 0
    with adopting():
        while kills < N_KILLS:
            course = copy(handed_in, tmp_path / f"class_{finished}")
            while kills < N_KILLS and killed(course, chance):
                kills += 1
            finish(course)
            finished += 1
            assert results(course) == undisturbed


def heed_interrupts():
    """As at a terminal: what runs in the background may have been started without them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_keeps_what_is_graded_says_so_and_the_next_run_goes_on(fresh, undisturbed):
    words = ["grade", str(fresh.class_folder), "--lesson", LESSON, *trusting()]
    run = subprocess.Popen(
        [sys.executable, "-m", "tito", *words],
        cwd=fresh.root,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    deadline = time.monotonic() + LONGEST_RUN
    while run.poll() is None and in_journal(fresh) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=LONGEST_RUN)
    assert run.returncode == 130, said
    assert said.splitlines()[-1] == (
        "tito: stopped. What was finished is kept: the same command goes on from there"
    )
    assert "Traceback" not in said and 5 <= in_journal(fresh) < N_STUDENTS
    finish(fresh)
    assert results(fresh) == undisturbed


def killed(course, chance):
    """Start a run and kill it at a random moment; say whether it was still at work."""
    children, had = processes_now(), in_journal(course)
    run = start(course)
    wanted = min(had + chance.randint(0, 8), N_STUDENTS)
    deadline = time.monotonic() + LONGEST_RUN
    while run.poll() is None and in_journal(course) < wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.3))
    run.send_signal(signal.SIGKILL)
    _, errors = run.communicate(timeout=LONGEST_RUN)
    assert run.returncode in (0, -signal.SIGKILL), errors[-3000:]
    assert left_over(children) == []
    assert in_journal(course) >= had
    return run.returncode != 0


@pytest.fixture(scope="module")
def two_in_time(handed_in, tmp_path_factory):
    """A class of two, whose submissions say when they were handed in."""
    course = copy(handed_in, tmp_path_factory.mktemp("two") / "class")
    for folder in course.submitted.iterdir():
        if folder.name > "student_01":
            shutil.rmtree(folder)
        else:
            (folder / LESSON / "timestamp.txt").write_text("2026-01-01 12:00:00 UTC\n")
    return course


def run_killed_at(course, place):
    command = [sys.executable, "-c", KILLED, course.class_folder, place, *trusting()]
    return subprocess.run(command, cwd=course.root, capture_output=True, timeout=LONGEST_RUN)


@pytest.fixture(scope="module")
def files_of_two(two_in_time, tmp_path_factory):
    """The names of the files that two undisturbed commands leave."""
    course = copy(two_in_time, tmp_path_factory.mktemp("whole") / "class")
    assert run_killed_at(course, "").returncode == 0
    return fingerprint(course.class_folder).keys()


@pytest.mark.parametrize("place", WRITTEN)
def test_a_run_killed_while_it_writes_a_file_leaves_nothing_once_the_next_has_ended(
    two_in_time, files_of_two, tmp_path, place
):
    course = copy(two_in_time, tmp_path / "class")
    assert run_killed_at(course, place).returncode == -signal.SIGKILL
    assert list(course.class_folder.rglob(".*.new"))
    assert run_killed_at(course, "").returncode == 0
    assert fingerprint(course.class_folder).keys() == files_of_two


def test_a_torn_last_line_of_the_journal_does_not_count(fresh, undisturbed):
    assert finish(fresh) == N_STUDENTS
    journal = fresh[LESSON].journal
    lines = journal.read_text().splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if "entry" in line)
    student = json.loads(lines[last])["entry"]["student"]
    journal.write_text("".join(lines[:last]) + lines[last][: len(lines[last]) // 2])
    assert finish(fresh) >= 1
    assert student in read_records(journal).entries
    assert results(fresh) == undisturbed


HOLD = """
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1], isolation_level=None)
holder.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(gradebook):
    """Another program holds the gradebook; its process."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, gradebook],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def after(n_entries, happens):
    """A progress bar that lets something happen when so many are graded."""

    def track(entries, total):
        for count, entry in enumerate(entries, 1):
            if count == n_entries:
                happens()
            yield entry

    return track


def test_a_gradebook_that_stays_locked_is_waited_for_and_then_named(fresh, undisturbed, capfd):
    grade_some(fresh)
    with ExitStack() as holding:
        holders = []
        track = after(5, lambda: holders.append(holding.enter_context(held(fresh.gradebook))))
        with pytest.raises(CourseError) as caught:
            grade(fresh[LESSON], track=track, judging=judges(2), patience=1)
    [holder] = holders
    who = rf"close python[\d.]* \(process {holder.pid}\), then run `tito grade` again"
    assert re.search(rf"gradebook\.db .* for 1 s: {who}", str(caught.value))
    assert "waiting" in capfd.readouterr().err
    kept = in_journal(fresh)
    assert kept > 5
    assert finish(fresh) == N_STUDENTS - kept
    assert results(fresh) == undisturbed


def test_where_nobody_is_seen_to_hold_the_gradebook_the_likely_program_is_named(fresh):
    grade_some(fresh)
    holder = sqlite3.connect(fresh.gradebook, isolation_level=None)  # this process: no other
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(CourseError, match="close JupyterLab with formgrader, or whatever has it"):
        grade(fresh[LESSON], judging=judges(1), patience=1)
    holder.close()
    assert in_journal(fresh) == 1


def test_the_first_grade_is_in_the_gradebook_before_the_next_is_told(fresh):
    seen = []
    track = after(2, lambda: seen.extend(grade_rows(fresh.gradebook)))
    grade(fresh[LESSON], track=track, judging=judges(2))
    assert len({student for student, *_ in seen}) == 1


def grade_some(course):
    """Make the gradebook, so that there is one to lock."""
    aside = course.class_folder / "aside"
    course.submitted.rename(aside)
    one = course.submitted / "student_00"
    shutil.copytree(aside / "student_00", one)
    assert grade(course[LESSON], judging=judges(1)) == ["student_00"]
    shutil.rmtree(course.submitted)
    aside.rename(course.submitted)


def test_a_gradebook_that_is_let_go_in_time_is_written(fresh, undisturbed, capfd, monkeypatch):
    grade_some(fresh)
    holder = sqlite3.connect(fresh.gradebook, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release_it = threading.Timer(2, holder.close)
    try_out = ClassGradebook.try_out

    def try_out_while_it_is_held(gradebook):
        release_it.start()
        try_out(gradebook)

    monkeypatch.setattr(ClassGradebook, "try_out", try_out_while_it_is_held)
    grade(fresh[LESSON], judging=judges(2), patience=60)
    release_it.join()
    assert "in use by another program: waiting" in capfd.readouterr().err
    assert results(fresh) == undisturbed


def in_own_mounts(script, *arguments):
    """Run a shell script that mounts what it likes, seen by nobody else."""
    return subprocess.run(
        [*OWN_MOUNTS, "sh", "-ec", script, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
    )


def one_line(run):
    """The last line of a run that failed, which is to be the error itself."""
    assert run.returncode != 0
    return run.stderr.strip().splitlines()[-1]


@pytest.mark.needs("mounts")
def test_a_full_disk_is_one_clear_error_and_the_journal_stays_whole(fresh, undisturbed, tmp_path):
    folder, kept = fresh.class_folder, tmp_path / "kept"
    files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    size = sum(-(-each // 4096) * 4096 for each in files) + 300_000
    script = """
        cp -R "$1" "$2" && mount -t tmpfs -o "size=$3" tmpfs "$1" && cp -R "$2/." "$1"
        code=0; "$4" -c "$5" "$6" "$1" none || code=$?
        rm -rf "$2" && cp -R "$1" "$2" && exit $code
    """
    run = in_own_mounts(script, folder, kept, size, sys.executable, GRADE, fresh.root)
    assert "CourseError: " in one_line(run)
    assert "disk is full" in one_line(run) or "No space left" in one_line(run)
    course = Course(fresh.root, kept)
    graded = in_journal(course)
    assert 0 < graded <= N_STUDENTS  # the last of them, perhaps, in the journal alone
    assert finish(course) == N_STUDENTS - graded
    assert results(course) == undisturbed


def test_a_gradebook_that_cannot_be_written_is_one_clear_error_before_anything_is_graded(
    fresh, undisturbed
):
    grade_some(fresh)
    script = """
        mount --bind "$1/gradebook.db" "$1/gradebook.db"
        mount -o remount,ro,bind "$1/gradebook.db"
        exec "$2" -c "$3" "$4" "$1" none
    """
    run = in_own_mounts(script, fresh.class_folder, sys.executable, GRADE, fresh.root)
    assert "CourseError: cannot write " in one_line(run) and "gradebook.db" in one_line(run)
    assert in_journal(fresh) == 1
    assert finish(fresh) == N_STUDENTS - 1
    assert results(fresh) == undisturbed
