"""Late or not, and what it costs, whatever the order of commands: dates worked out by hand."""

import shutil
from datetime import datetime, timedelta

import pytest
from handins import MORNING, entry, packed
from small import LESSON, RIGHT, answered, due, graded, rows, small_course

from tito.collecting import collect
from tito.collecting.record import Received
from tito.course import Course
from tito.errors import CourseError
from tito.grading.lateness import Deadlines, extension_of
from tito.nbgrader_api import nbgrader_for

DUE = datetime(2026, 3, 2, 9, 0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZERO = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
PER_DAY = '\nc.AssignLatePenalties.plugin_class = "tito.penalties.PerDay"\nc.PerDay.points = 0.5\n'


def word(late, by="file"):
    return {"ada": Received("ada", "x.ipynb", "taken", late, "", "", by)}


@pytest.mark.parametrize(
    ("words", "extension", "when", "late", "is_late"),
    [
        ({}, [], DUE, 0, False),
        ({}, [], DUE + HOUR, 3600, True),
        ({}, [2 * HOUR], DUE + HOUR, 0, False),
        ({}, [DUE + DAY], DUE + DAY + HOUR, 3600, True),
        ({}, [HOUR, DUE + DAY], DUE + 2 * HOUR, 0, False),  # the later of the two
        (word("in time"), [], DUE + DAY, 0, False),  # the download's time says nothing
        (word("late"), [], DUE + 9 * DAY, 1, True),
        (word("late"), [], DUE - DAY, 1, True),
        (word("late"), [DAY], DUE + 9 * DAY, 0, False),
        (word("late", "platform"), [], DUE + HOUR, 3600, True),
        (word("late", "platform"), [], DUE - HOUR, 1, True),
        (word("late", "platform"), [DAY], DUE + DAY + HOUR, 3600, True),
        (word("", "file"), [], DUE + HOUR, 3600, True),  # Moodle says nothing: the time counts
        ({}, [], None, 0, False),
    ],
)
def test_the_platforms_word_goes_before_the_time(words, extension, when, late, is_late):
    found = Deadlines(DUE, {"ada": extension}, words).lateness("ada", when)
    assert (found.by.total_seconds(), found.is_late) == (late, is_late)


def test_what_is_not_known_of_a_late_hand_in_is_said():
    doubts = [
        Deadlines(when, {"ada": longer}, word("late")).lateness("ada", None).doubt
        for when, longer in ((None, []), (DUE, []), (DUE, [DAY]))
    ]
    assert ["no due date" in doubts[0], "by how much" in doubts[1], "extension" in doubts[2]] == [
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("48", timedelta(hours=48)),
        ("48 h", timedelta(hours=48)),
        ("1,5 hours", timedelta(minutes=90)),
        ("2 days", timedelta(days=2)),
        ("1 week", timedelta(days=7)),
        ("2026-03-04 12:00", datetime(2026, 3, 4, 12)),
        ("2026-03-04 12:00:00 UTC", datetime(2026, 3, 4, 12)),
    ],
)
def test_an_extension_is_hours_days_weeks_or_a_time(said, means):
    assert extension_of(said, "roster.csv, ada") == means


def test_an_extension_that_is_neither_is_refused_with_its_line():
    with pytest.raises(CourseError, match=r"roster.csv, ada: extension .*got 'a while'"):
        extension_of("a while", "roster.csv, ada")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, isolation):
    return small_course(tmp_path_factory.mktemp("late") / "checkout")


def class_with(checkout, folder, setting):
    root = shutil.copytree(checkout.root, folder / "checkout")
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(setting)
    return Course.find(root)


def canvas_zip(course, folder, ada="", bob="LATE_"):
    """A zip whose files have the time of the download, nine days after the deadline."""
    names = f"ada_{ada}1_10_{LESSON}.ipynb", f"bob_{bob}2_11_{LESSON}.ipynb"
    files = ((entry(name, MORNING + 9 * DAY), answered(course, RIGHT, "So.")) for name in names)
    return packed(folder / "canvas.zip", *files)


def test_no_order_of_commands_makes_a_student_late(checkout, tmp_path):
    """The due date set after grading; then LATE is taken back in Canvas, and given to the other."""
    course = class_with(checkout, tmp_path, ZERO)
    collect(course[LESSON], canvas_zip(course, tmp_path))
    assert {name: row.late.is_late for name, row in graded(course).items()} == {
        "ada": False,
        "bob": True,
    }
    assert [row.total for row in rows(course).values()] == [2, 2]
    due(course, MORNING)
    assert {name: (row.penalty, row.total) for name, row in rows(course).items()} == {
        "ada": (0, 2),
        "bob": (2, 0),
    }
    collect(course[LESSON], canvas_zip(course, tmp_path, ada="LATE_", bob=""))
    assert {name: row.total for name, row in rows(course).items()} == {"ada": 0, "bob": 2}
    assert {name: row.total for name, row in graded(course).items()} == {"ada": 0, "bob": 2}


def test_each_day_that_has_begun_costs_and_an_extension_in_the_roster_takes_it_away(
    checkout, tmp_path
):
    course = class_with(checkout, tmp_path, PER_DAY)
    for student, after in (("ada", 1), ("bob", 25), ("cyd", 200)):
        folder = tmp_path / "in" / student / LESSON
        folder.mkdir(parents=True)
        (folder / f"{LESSON}.ipynb").write_bytes(answered(course, RIGHT, "So."))
        when = MORNING + after * HOUR
        (folder / "timestamp.txt").write_text(when.strftime("%Y-%m-%d %H:%M:%S UTC"))
    due(course, MORNING)
    collect(course[LESSON], tmp_path / "in")
    # 0.5 for one day, 1 for two, 4.5 for nine, of which there are 2
    assert [row.penalty for row in graded(course).values()] == [0.5, 1, 2]
    roster = course.class_folder / "roster.csv"
    lines = roster.read_text().splitlines()
    longer = ["extension", "48", "1 day", "2026-03-10 16:00"]
    roster.write_text("".join(f"{a},{b}\n" for a, b in zip(lines, longer, strict=True)))
    assert [row.penalty for row in rows(course).values()] == [0, 0.5, 0.5]
    lesson = roster.read_text().replace("extension", f"extension {LESSON}")
    roster.write_text(lesson)
    assert [row.penalty for row in rows(course).values()] == [0, 0.5, 0.5]
    roster.write_text(lesson.replace(LESSON, "03_other"))
    assert [row.penalty for row in rows(course).values()] == [0.5, 1, 2]


def test_an_extension_that_is_granted_in_the_gradebook_counts_at_once(checkout, tmp_path):
    course = class_with(checkout, tmp_path, ZERO)
    collect(course[LESSON], canvas_zip(course, tmp_path))
    due(course, MORNING)
    assert graded(course)["bob"].total == 0
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        gradebook.grant_extension(LESSON, "bob", hours=1)
    assert rows(course)["bob"].total == 2
