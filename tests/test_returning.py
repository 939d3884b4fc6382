"""Feedback that a platform takes back, by the names that its own import looks for."""

import shutil
import zipfile

import pytest
from handins import packed
from small import LESSON, RIGHT, answered, graded, mark_by_hand, small_course

from tito.collecting import collect
from tito.collecting.roster import Roster
from tito.course import Course
from tito.grading.pages import feedback, out_of_date
from tito.report.returning import feedback_zips, name_there

BOOK, PAGE = f"{LESSON}.ipynb", f"{LESSON}.html"
FOLDER = "Ada Lovelace_77_assignsubmission_file"


@pytest.mark.parametrize(
    ("file", "line", "there"),
    [
        (f"{FOLDER}/{BOOK}", "77", ("moodle", f"{FOLDER}/{PAGE}")),
        (f"{FOLDER}_/{BOOK}", "77", ("moodle", f"{FOLDER}_/{PAGE}")),
        (f"lab/{FOLDER}/my work.ipynb", "77", ("moodle", f"{FOLDER}/{PAGE}")),
        (f"{FOLDER}_{BOOK}", "77", ("moodle", f"{FOLDER}_{PAGE}")),
        # a team's number is not a person's, and who is in none has no number
        (f"Team A_55_assignsubmission_file/{BOOK}", "77", ("moodle", f"{FOLDER}/{PAGE}")),
        (f"Team A_55_assignsubmission_file/{BOOK}", "", ("", "")),
        (f"Default group_assignsubmission_file/{BOOK}", "77", ("moodle", f"{FOLDER}/{PAGE}")),
        ("mail/ada.ipynb", "77", ("moodle", f"{FOLDER}/{PAGE}")),
        (f"lovelaceada_101_9001_{BOOK}", "101", ("canvas", f"lovelaceada_101_9001_{PAGE}")),
        (f"x/adal_LATE_1_9_{BOOK}", "1", ("canvas", f"adal_LATE_1_9_{PAGE}")),
        ("adal_1_9_my.work-2.ipynb", "1", ("canvas", "adal_1_9_my.work-2.html")),
        (f"ada/{BOOK}", "", ("", "")),
    ],
)
def test_a_page_goes_back_under_the_name_that_the_platform_knows(file, line, there):
    platform = "canvas" if there[0] == "canvas" else "moodle"
    about = {"platform": platform, "id": line, "name": "Ada Lovelace"}
    assert name_there(file, about, PAGE) == there


def moodle_import(name):
    """Participant and file, as Moodle's importziplib.php takes a name apart."""
    parts = name.split("/")
    while parts:
        about = parts.pop(0).split("_", 4)
        if len(about) >= 4 and about[1].isdigit() and about[2:4] == ["assignsubmission", "file"]:
            return about[1], "/".join([*about[4:5], *parts]).lstrip("/")
    return None


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, isolation):
    return small_course(tmp_path_factory.mktemp("back") / "checkout")


def test_the_zip_for_moodle_holds_each_page_where_its_import_looks(checkout, tmp_path):
    course = Course(checkout.root, tmp_path / "class")
    work = answered(course, RIGHT, "So.")
    files = ((f"{name}_assignsubmission_file_/{BOOK}", work) for name in ("Ada L_77", "Bob_78"))
    collect(course[LESSON], packed(tmp_path / "m.zip", *files))
    graded(course)
    feedback(course[LESSON])
    [path] = feedback_zips(course[LESSON]).zips
    with zipfile.ZipFile(path) as archive:
        assert {moodle_import(name) for name in archive.namelist()} == {("77", PAGE), ("78", PAGE)}
        pages = {archive.read(name) for name in archive.namelist()}
    assert pages == {
        course[LESSON].feedback_page(student).read_bytes() for student in Roster.read(course).lines
    }
    before = path.read_bytes()
    feedback_zips(course[LESSON])
    assert path.read_bytes() == before


def test_pages_that_are_older_than_the_marks_are_known(checkout, tmp_path):
    course = Course(checkout.root, tmp_path / "class")
    works = (
        (f"{name}_1{place}_9_{BOOK}", answered(course, RIGHT, name))
        for place, name in enumerate("ab")
    )
    collect(course[LESSON], packed(tmp_path / "c.zip", *works))
    graded(course)
    assert out_of_date(course[LESSON]) == ["a", "b"]
    feedback(course[LESSON])
    assert out_of_date(course[LESSON]) == []
    mark_by_hand(course, "a", 3)
    assert out_of_date(course[LESSON]) == ["a"]
    feedback(course[LESSON])
    shutil.rmtree(course.feedback / "b")
    assert out_of_date(course[LESSON]) == ["b"]
