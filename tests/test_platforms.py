"""Whose each file is, in the layouts that platforms give, and in those that nobody planned."""

import json
from datetime import UTC, datetime

import pytest
from conftest import ROOT
from handins import BOOK, LESSON, packed, put, submitted

from tito.collecting import UnclearError, collect
from tito.collecting.names import name_in
from tito.collecting.roster import Roster
from tito.course import Course
from tito.errors import CourseError


@pytest.fixture
def course(tmp_path):
    return Course(ROOT, tmp_path / "class")


def take(course, tmp_path, files, **options):
    """Collect a zip of {path: whose it is}; what each student's folder then holds."""
    source = packed(tmp_path / "s.zip", *((path, who.encode()) for path, who in files.items()))
    outcomes = collect(course[LESSON], source, **options)
    return {student: content.decode() for student, content in submitted(course).items()}, outcomes


def written(*sources):
    """A notebook with these cells."""
    cells = [{"cell_type": "code", "source": each, "metadata": {}} for each in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()


def whole_line(course, student):
    return Roster.read(course).lines[student]


LAYOUTS = {
    "brightspace": {
        "Lab 1 Download May 4, 2026 1129 PM/index.html": "page",
        "Lab 1 Download May 4, 2026 1129 PM/111-22 - Ada Roe - May 3, 2026 1159 PM/x.ipynb": "old",
        "Lab 1 Download May 4, 2026 1129 PM/111-29 - Ada Roe - May 3, 2026 901 AM/x.ipynb": "ada",
        "Lab 1 Download May 4, 2026 1129 PM/113-23 - Bo O'Brien - May 2, 2026 901 AM/x.ipynb": "bo",
    },
    "blackboard": {
        f"Pruning Lab_ab12_attempt_2026-03-02-09-15-00_{BOOK}": "old",
        f"Pruning Lab_ab12_attempt_2026-03-02-11-15-00_{BOOK}": "ab12",
        "Pruning Lab_ab12_attempt_2026-03-02-11-15-00.txt": "Name: Ada",
        f"Pruning Lab_cd34_attempt_2026-03-02-10-15-00_{BOOK}": "cd34",
    },
    "sakai": {
        "Pruning/grades.csv": "Display ID,ID",
        f"Pruning/Roe, Ada(ada18)/Submission attachment(s)/{BOOK}": "ada",
        "Pruning/Roe, Ada(ada18)/timestamp.txt": "20260302091500000",
        f"Pruning/Roe, Ada(ada18)/Feedback Attachment(s)/{BOOK}": "not hers",
        f"Pruning/Lee, Bo(bo7)/Submission attachment(s)/{BOOK}": "bo",
    },
    "ilias": {
        f"Abgaben/Roe_Ada_ada.roe_12345/{BOOK}": "ada",
        f"Abgaben/Lee_Bo_bo_12346/{BOOK}": "bo",
    },
    "teams": {
        f"Submitted files/Ada Roe/Pruning/Version 1/{BOOK}": "old",
        f"Submitted files/Ada Roe/Pruning/Version 2/{BOOK}": "ada",
        f"Submitted files/Bo Lee/Pruning/Version 1/{BOOK}": "bo",
        f"Working files/Bo Lee/Pruning/{BOOK}": "begun",
    },
    "git clones": {
        f"lab-18-submissions/lab-18-ada/{BOOK}": "ada",
        "lab-18-submissions/lab-18-ada/README.md": "read me",
        "lab-18-submissions/lab-18-ada/reading/18_arguments.ipynb": "a reading lesson",
        "lab-18-submissions/lab-18-ada/tests/test_pruning.py": "tests",
        f"lab-18-submissions/lab-18-bo/notebooks/{BOOK}": "bo",
        f"lab-18-submissions/lab-18-cy/submission/{BOOK}": "cy",
    },
    "google classroom": {
        f"Lab 18/Ada Roe - {BOOK}": "ada",
        f"Lab 18/Bo Lee - {BOOK}": "bo",
    },
    "what `tito submit` makes": {
        f"ada/submission/{BOOK}": "ada",
        f"bo/submission/{BOOK}": "bo",
    },
    "nbgrader's submitted": {
        f"submitted/ada/{LESSON}/{BOOK}": "ada",
        f"submitted/bo/{LESSON}/{BOOK}": "bo",
        "submitted/bo/19_other/19_other.ipynb": "another lesson",
    },
    "folders of two depths": {f"repo-ada/notebooks/{BOOK}": "ada", f"bo/work/{BOOK}": "bo"},
    "flat in a wrapper": {f"Pruning/ada_{BOOK}": "ada", f"Pruning/bo_{BOOK}": "bo"},
}
STUDENTS = {
    "brightspace": {"ada_roe": "ada", "bo_o_brien": "bo"},
    "blackboard": {"ab12": "ab12", "cd34": "cd34"},
    "sakai": {"roe_ada": "ada", "lee_bo": "bo"},
    "ilias": {"ada_roe": "ada", "bo_lee": "bo"},
    "teams": {"ada_roe": "ada", "bo_lee": "bo"},
    "git clones": {"ada": "ada", "bo": "bo", "cy": "cy"},
    "google classroom": {"Ada_Roe": "ada", "Bo_Lee": "bo"},
    "what `tito submit` makes": {"ada": "ada", "bo": "bo"},
    "nbgrader's submitted": {"ada": "ada", "bo": "bo"},
    "folders of two depths": {"repo-ada": "ada", "bo": "bo"},
    "flat in a wrapper": {"ada": "ada", "bo": "bo"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_platforms_layout_gives_each_student_their_own_file(course, tmp_path, layout):
    taken, outcomes = take(course, tmp_path, LAYOUTS[layout])
    assert taken == STUDENTS[layout]
    assert [each for each in outcomes if each.status == "refused"] == []


def test_the_times_that_a_platform_tells_are_taken_over(course, tmp_path):
    for layout in ("sakai", "brightspace"):
        take(course, tmp_path, LAYOUTS[layout])
    times = {
        student: (course.submitted / student / LESSON / "timestamp.txt").read_text()
        for student in ("roe_ada", "bo_o_brien")
    }
    # As the platform writes them: local times, and the tests' machine has one of its own.
    for student, local in (
        ("roe_ada", datetime(2026, 3, 2, 9, 15)),
        ("bo_o_brien", datetime(2026, 5, 2, 9, 1)),
    ):
        assert times[student].startswith(local.astimezone(UTC).strftime("%Y-%m-%d %H:%M:00"))


METADATA = b"""
submission_4567:
  :submitters:
  - :name: Ada Roe
    :sid: '1815'
    :email: ada@uni.example
  :created_at: 2026-03-02 09:15:00.5 Z
submission_4568:
  :submitters:
  - :name: Bo Lee
    :sid: '7'
  - :name: Cy Day
    :sid: '8'
"""


def test_gradescopes_metadata_say_whose_each_is_and_a_group_is_each_of_its_members(
    course, tmp_path
):
    top = "assignment_9_export"
    source = packed(
        tmp_path / "s.zip",
        (f"{top}/submission_metadata.yml", METADATA),
        (f"{top}/submission_4567/{BOOK}", b"ada"),
        (f"{top}/submission_4568/{BOOK}", b"bo and cy"),
        (f"{top}/submission_4569/{BOOK}", b"whose?"),
    )
    outcomes = collect(course[LESSON], source)
    assert submitted(course) == {
        "ada_roe": b"ada",
        "bo_lee": b"bo and cy",
        "cy_day": b"bo and cy",
    }
    time = (course.submitted / "ada_roe" / LESSON / "timestamp.txt").read_text()
    assert time == "2026-03-02 09:15:00.500000 UTC"
    [refused] = [each for each in outcomes if each.status == "refused"]
    assert "submission_4569" in refused.path and "does not say whose" in refused.note
    assert whole_line(course, "cy_day")["id"] == "8"


def test_metadata_that_are_none_are_told_in_one_line(course, tmp_path):
    source = packed(
        tmp_path / "s.zip", ("submission_metadata.yml", b"- just\n- a list"), (f"a/{BOOK}", b"")
    )
    with pytest.raises(CourseError, match="not what Gradescope writes"):
        collect(course[LESSON], source)


def test_what_is_no_file_is_its_students_refusal(course, tmp_path):
    taken, outcomes = take(
        course,
        tmp_path,
        {
            "clark_116_text.html": "I could not upload",
            "diaz_LATE_117_link.html": "a link",
            "evans_118_9018_answers.pdf": "%PDF",
            f"fox_119_9019_{BOOK}": "fox",
            "fox_119_9020_report.pdf": "%PDF",
            f"LATE_12345_67890_{BOOK}": "somebody",
            "Zo Text_1008_assignsubmission_onlinetext/onlinetext.html": "typed",
        },
    )
    assert taken == {"fox": "fox", "user_12345": "somebody"}
    refused = {each.student: each.note for each in outcomes if each.status == "refused"}
    assert refused == {
        "clark": "handed in a text, not a notebook",
        "diaz": "handed in a link, not a notebook",
        "evans": "not a notebook (.ipynb), nor a zip with one",
        "zo_text": "handed in a text, not a notebook",
    }


@pytest.mark.parametrize(
    "stem",
    ["Copy of 18_pruning", "Kopie von 18_pruning (2)", "18_pruning-Copy1", "18_pruning - Copy",
     "18_pruning final", "18_pruning_v2", "18_pruning(1)", "Untitled1", "notebook", "Version 2",
     "pruning", "submission", "my solution"],
)  # fmt: skip
def test_what_others_add_to_a_files_name_is_no_student(stem):
    assert name_in(stem, LESSON) == ""


@pytest.mark.parametrize(
    ("stem", "name"),
    [("Ada Roe - 18_pruning", "Ada Roe"), ("18_pruning (ada)", "ada"), ("ada-18_pruning-1", "ada"),
     ("Copy of ada_18_pruning", "ada"), ("ada", "ada"), ("李雷_18_pruning", "李雷")],
)  # fmt: skip
def test_a_name_beside_the_lessons_is_the_students(stem, name):
    assert name_in(stem, LESSON) == name


def test_files_that_say_no_name_are_nobodys_and_nothing_is_written(course, tmp_path):
    files = {f"Lab_18/18_pruning ({n}).ipynb": str(n) for n in range(1, 6)}
    with pytest.raises(UnclearError, match="no name says whose") as caught:
        take(course, tmp_path, files)
    assert len(caught.value.preview) == 5 and not course.class_folder.exists()


def test_several_students_that_would_become_one_are_refused_before_anything_is_written(
    course, tmp_path
):
    files = {f"Monday/{who}/{BOOK}": who for who in ("ada", "bo")}
    files |= {f"Tuesday/{who}/{BOOK}": who for who in ("cy", "di")}
    with pytest.raises(UnclearError, match="would become one student") as caught:
        take(course, tmp_path, files)
    assert "--pattern" in str(caught.value) and len(caught.value.preview) == 4
    assert not course.class_folder.exists()
    taken, _ = take(course, tmp_path, files, pattern="(?P<name>[^/]+)/[^/]+$")
    assert taken == {who: who for who in ("ada", "bo", "cy", "di")}


def test_one_students_two_notebooks_hold_up_no_class(course, tmp_path):
    files = {f"s{n}/{BOOK}": str(n) for n in range(9)}
    files |= {f"ada/first try/{BOOK}": "1", f"ada/other try/{BOOK}": "2"}
    taken, outcomes = take(course, tmp_path, files)
    assert len(taken) == 9
    refused = [each for each in outcomes if each.status == "refused"]
    assert {each.student for each in refused} == {"ada"} and "which one" in refused[0].note


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("(", "not a regular expression"), ("(?P<who>.*)", "needs a group called name or id"),
     (".*", "needs a group called name or id"), ("(?P<name>.)(?P<grade>.)", "known are")],
)  # fmt: skip
def test_a_pattern_that_cannot_work_is_told(course, tmp_path, pattern, says):
    with pytest.raises(CourseError, match=says):
        take(course, tmp_path, {BOOK: ""}, pattern=pattern)


def test_a_pattern_gives_number_time_and_lateness(course, tmp_path):
    pattern = r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d)/(?P<late>late-)?(?P<name>\w+)-(?P<id>\d+)"
    files = {f"2026-03-01 10:00/ada-17/{BOOK}": "ada", f"2026-03-02 10:00/late-bo-18/{BOOK}": "bo"}
    taken, outcomes = take(course, tmp_path, files, pattern=pattern)
    assert taken == {"ada": "ada", "bo": "bo"}
    assert [each.late for each in outcomes] == [False, True]
    assert whole_line(course, "bo")["id"] == "18"


def test_what_a_student_called_a_file_or_folder_makes_it_nobody_elses(course, tmp_path):
    vic = f"vic+{LESSON}+2030-01-01 10:00:00 UTC"
    mal = f"mal+{LESSON}+2026-03-01 10:00:00 UTC"
    files = {
        f"Ada Roe_77_assignsubmission_file/{vic}/{BOOK}": "ada",
        f"{mal}/Ada Roe_77_assignsubmission_file_{BOOK}": "mal",
        f"1-2 - Bo Lee - May 3, 2026 901 AM/{vic}/{BOOK}": "bo",
        f"eve_100_999_55_777_{BOOK}": "user 55, who is called as if 100",
    }
    taken, outcomes = take(course, tmp_path, files)
    assert taken == {"ada_roe": "ada", "mal": "mal", "bo_lee": "bo"}
    [unclear] = [each for each in outcomes if each.status == "refused"]
    assert unclear.student == "" and "does not say whose" in unclear.note


# ---- which of a student's files ----


def test_the_students_own_bundle_folder_is_taken(course, tmp_path):
    """Zipped, in a folder, and cloned: the notebook and what `tito submit` made of it."""
    mine = written("mask = 1")
    whole = packed(
        tmp_path / "bundle.zip",
        (f"{LESSON}/{BOOK}", mine),
        (f"{LESSON}/submission/{BOOK}", mine),
        (f"{LESSON}/reading/18_arguments.ipynb", written("read")),
        (f"{LESSON}/README.md", b"read me"),
    )
    put(tmp_path / "in" / "ada" / "work.zip", whole.read_bytes())
    put(tmp_path / "in" / "bo" / LESSON / BOOK, written("begun"))
    put(tmp_path / "in" / "bo" / LESSON / "submission" / BOOK, mine)
    put(tmp_path / "in" / "bo" / LESSON / "reading" / "18_arguments.ipynb", written("read"))
    outcomes = collect(course[LESSON], tmp_path / "in")
    assert submitted(course) == {"ada": mine, "bo": mine}
    notes = {each.path: each.note for each in outcomes}
    assert "made to be handed in" in notes[f"bo/{LESSON}/{BOOK}"]


STORED = {
    "as JupyterLab does": lambda content: content,
    "in UTF-16": lambda content: content.decode().encode("utf-16"),
    "with a brace too many": lambda content: content + b"}",
    "with NUL bytes": lambda content: content + bytes(512),
}


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
def test_the_one_with_answers_goes_before_a_newer_blank_one_and_the_reason_is_true(
    course, tmp_path, monkeypatch, stored
):
    handed_out = written("raise NotImplementedError", "# text")
    monkeypatch.setattr(
        "tito.collecting.choosing.Lesson.handed_out", {"raise NotImplementedError", "# text"}
    )
    answers = stored(written("raise NotImplementedError", "mask = 1"))
    source = packed(
        tmp_path / "s.zip",
        (f"roebob_302_9305_{BOOK}", handed_out),
        ("roebob_302_9304_my_answers.ipynb", answers),
    )
    outcomes = collect(course[LESSON], source)
    assert submitted(course) == {"roebob": answers}
    notes = {each.path: each.note for each in outcomes}
    assert notes[f"roebob_302_9305_{BOOK}"] == "it holds no answers"
    assert "renamed from my_answers.ipynb" in notes["roebob_302_9304_my_answers.ipynb"]


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
def test_a_notebook_that_a_browser_renamed_is_one(course, tmp_path, stored):
    mine = stored(written("mask = 1"))
    for who, name in (("ada", f"{BOOK}.json"), ("bo", f"{BOOK}.txt"), ("cy", "18_pruning.json")):
        put(tmp_path / "in" / who / name, mine)
    put(tmp_path / "in" / "di" / "18_pruning.json", b'{"not": "cells"}')
    outcomes = collect(course[LESSON], tmp_path / "in")
    assert submitted(course) == {"ada": mine, "bo": mine, "cy": mine}
    assert [each.student for each in outcomes if each.status == "refused"] == ["di"]


def test_work_in_a_hidden_folder_is_said_and_systems_own_are_not(course, tmp_path):
    put(tmp_path / "in" / "ada" / BOOK, b"ada")
    put(tmp_path / "in" / ".bo" / BOOK, b"bo")
    put(tmp_path / "in" / "ada" / ".ipynb_checkpoints" / "18_pruning-checkpoint.ipynb")
    put(tmp_path / "in" / "ada" / ".git" / "x.ipynb")
    outcomes = collect(course[LESSON], tmp_path / "in")
    assert submitted(course) == {"ada": b"ada"}
    [hidden] = [each for each in outcomes if each.status == "refused"]
    assert hidden.path == f".bo/{BOOK}" and "hidden by a dot" in hidden.note


def test_a_preview_writes_nothing(course, tmp_path):
    taken, outcomes = take(course, tmp_path, LAYOUTS["teams"], preview=True)
    assert taken == {} and not course.class_folder.exists()
    assert [(each.student, each.status) for each in outcomes if each.status == "found"] == [
        ("ada_roe", "found"), ("bo_lee", "found"),
    ]  # fmt: skip


def test_an_older_file_replaces_a_newer_one_where_times_lie(course, tmp_path):
    put(course.submitted / "ada" / LESSON / BOOK, b"of 2099", datetime(2099, 1, 1, tzinfo=UTC))
    put(tmp_path / "in" / "ada" / BOOK, b"today's")
    assert [each.status for each in collect(course[LESSON], tmp_path / "in")] == ["kept"]
    [outcome] = collect(course[LESSON], tmp_path / "in", force=True)
    assert outcome.status == "updated" and submitted(course) == {"ada": b"today's"}
