"""The journal of a class: nothing graded is lost, whatever happens."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tito.errors import CourseError
from tito.grading.journal import Entry, Journal, read_records
from tito.judging.verdict import Verdict

OUTPUTS = {"area": [{"a": 1}]}
ADA = Entry(
    "ada", "d1", "graded", verdict=Verdict("ada", "d1", OUTPUTS), answers={"area": "area = 1"}
)
BOB = Entry("bob", "d2", "refused", "no notebook")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal" / "lesson.jsonl"


def write(path, *entries, applied=()):
    with Journal(path) as journal:
        for entry in entries:
            journal.enter(entry)
        if applied:
            journal.mark_applied(applied)


def test_what_was_entered_is_read_back(path):
    write(path, ADA, BOB)
    records = read_records(path)
    assert records.entries == {"ada": ADA, "bob": BOB} and records.applied == set()


def test_a_journal_that_is_not_there_says_nothing(path):
    assert read_records(path).entries == {} and not path.parent.exists()


def test_a_line_that_was_not_finished_does_not_count(path):
    write(path, ADA)
    whole = path.read_bytes()
    for length in (1, 10, 50):
        path.write_bytes(whole + json.dumps({"entry": {"student": "bob"}}).encode()[:length])
        assert read_records(path).entries == {"ada": ADA}
        write(path, BOB)
        assert read_records(path).entries == {"ada": ADA, "bob": BOB}


def test_a_later_entry_takes_the_place_of_an_earlier_one_and_has_to_be_written_again(path):
    write(path, ADA, applied=["ada"])
    again = Entry("ada", "d3", "graded", answers={"area": "area = 2"})
    write(path, again)
    records = read_records(path)
    assert records.entries == {"ada": again} and records.applied == set()


def test_outputs_are_kept_until_they_are_written_elsewhere(path):
    write(path, ADA)
    assert read_records(path).entries["ada"].judged.outputs == OUTPUTS
    write(path, applied=["ada"])
    assert read_records(path).entries["ada"] == ADA.without_outputs()
    assert len(path.read_text().splitlines()) == 2


def test_an_entry_whose_outputs_were_left_out_is_never_written_from_the_journal_again(path):
    write(path, ADA, applied=["ada"])
    entry, mark = path.read_text().splitlines(keepends=True)
    assert "applied" in mark
    path.write_text(entry)
    assert read_records(path).applied == {"ada"}


def test_opening_and_closing_changes_no_byte(path):
    write(path, ADA, BOB, applied=["ada", "bob"])
    before = path.read_bytes()
    write(path)
    assert path.read_bytes() == before


def test_a_damaged_journal_is_one_clear_line(path):
    path.parent.mkdir()
    for line in ("not json\n", "[]\n", '{"entry": {"name": 1}}\n', '{"entry": 5}\n'):
        path.write_text(line)
        with pytest.raises(CourseError, match=r"lesson\.jsonl is damaged: .* Move it away"):
            write(path)
        assert path.read_text() == line


def test_a_disk_that_is_full_leaves_what_was_there_before(path):
    """A limit on the size of files stands for the disk: the system refuses the same write."""
    write(path, ADA)
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from tito.errors import CourseError\n"
        "from tito.grading.journal import Entry, Journal\n"
        "path = Path(sys.argv[1])\n"
        "with Journal(path) as journal:\n"
        "    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "    size = path.stat().st_size + 100\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
        "    try:\n"
        "        journal.enter(Entry('eve', 'd', 'refused', 'x' * 1000))\n"
        "    except CourseError as error:\n"
        "        print(error)\n"
        "        raise SystemExit(1)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=False
    )
    assert "cannot write" in said.stdout and "File too large" in said.stdout, said.stderr
    assert read_records(path).entries == {"ada": ADA}


@pytest.mark.needs("fork")
def test_two_runs_at_once_are_refused_and_a_killed_one_is_in_nobodys_way(path):
    program = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from tito.grading.journal import Entry, Journal\n"
        "with Journal(Path(sys.argv[1])) as journal:\n"
        "    journal.enter(Entry('eve', 'd', 'refused'))\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(60)\n"  # a child that outlives it
        "        os._exit(0)\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, path],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(CourseError, match="another `tito` is at work"):
                write(path)
            holder.kill()
            holder.wait()
            write(path, ADA)
        finally:
            os.killpg(holder.pid, signal.SIGKILL)
    assert read_records(path).entries.keys() == {"eve", "ada"}


FIRST_RELEASE = """\
{"entry": {"student": "ada", "digest": "d1", "status": "graded", "reason": "", "timestamp": "", \
"flags": ["looked at"], "failed": {"area": "too small"}, "scores": {"area_check": 4.0}, \
"isolation": "bubblewrap", "seconds": 0.25, "answers": {}, "outputs": {}}}
{"entry": {"student": "bob", "digest": "d2", "status": "refused", "reason": "no notebook", \
"timestamp": "", "flags": [], "failed": {}, "scores": {}, "isolation": "", "seconds": 0.0, \
"answers": {}, "outputs": {}}}
{"applied": ["ada", "bob"]}
{"pages": {"ada": "p1"}}
"""


def test_the_journal_of_the_first_release_is_read(path):
    path.parent.mkdir()
    path.write_text(FIRST_RELEASE, encoding="utf-8")
    records = read_records(path)
    ada, bob = records.entries["ada"], records.entries["bob"]
    assert (ada.status, ada.judged.failed, ada.judged.scores) == (
        "graded",
        {"area": "too small"},
        {"area_check": 4.0},
    )
    assert (bob.status, bob.reason) == ("refused", "no notebook")
    assert records.applied == {"ada", "bob"} and records.pages == {"ada": "p1"}
