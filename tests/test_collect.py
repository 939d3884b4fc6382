"""Submissions taken in from folders, nbgrader's exchange, and the zips of Canvas and Moodle."""

import csv
import io
import os
import stat
import struct
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from classroom import JUDGING
from conftest import ROOT
from handins import BOOK, LESSON, MORNING, entry, packed, put, submitted
from nbgrader.coursedir import CourseDirectory
from rich.console import Console

from tito.collecting import collect
from tito.collecting.archive import HARMLESS
from tito.collecting.exchange import ready_to_return
from tito.collecting.folder import files_in
from tito.collecting.layout import Layout
from tito.collecting.names import by_platform
from tito.collecting.roster import folder_name
from tito.collecting.table import summary, to_table
from tito.course import Course
from tito.errors import CourseError
from tito.files import LARGEST_SUBMISSION as LARGEST
from tito.grades import read_grades
from tito.grading.run import grade
from tito.nbgrader_api import nbgrader_for


@pytest.fixture
def course(tmp_path):
    return Course(ROOT, tmp_path / "class")


def said(outcomes):
    """Status and note of each file, by its path."""
    return {each.path: f"{each.status}: {each.note}" for each in outcomes}


def handed_in(course, student):
    """The time as nbgrader itself reads it."""
    folder = course.submitted / student / LESSON
    return CourseDirectory(root=str(ROOT)).get_existing_timestamp(str(folder)).replace(tzinfo=UTC)


def due(course, time):
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        gradebook.update_or_create_assignment(LESSON, duedate=time.replace(tzinfo=None))


def whose(path):
    """Whose a file is that is alone in its source."""
    return by_platform(path) or Layout.of([path], LESSON).whose(path)


@pytest.mark.parametrize(
    ("path", "name", "platform", "number", "late", "original"),
    [
        ("lovelaceada_12345_67890_18_pruning-1.ipynb", "lovelaceada", "canvas", "12345", False,
         "18_pruning-1.ipynb"),
        ("hopperg_LATE_12345_67890_18_pruning.ipynb", "hopperg", "canvas", "12345", True, BOOK),
        ("all/o_neil_7_8_my_1_2_x.ipynb", "o_neil", "canvas", "7", False, "my_1_2_x.ipynb"),
        ("anon_aB3x9_67890_18_pruning.ipynb", "anon_aB3x9", "canvas", "aB3x9", False, BOOK),
        ("LATE_anon_aB3x9_67890_18_pruning.ipynb", "anon_aB3x9", "canvas", "aB3x9", True, BOOK),
        (f"Ada Lovelace_123456_assignsubmission_file_/{BOOK}", "Ada Lovelace", "moodle", "123456",
         None, BOOK),
        (f"Ada Lovelace_123456_assignsubmission_file/part/{BOOK}", "Ada Lovelace", "moodle",
         "123456", None, BOOK),
        (f"José Núñez_9_assignsubmission_file_{BOOK}", "José Núñez", "moodle", "9", None, BOOK),
        (f"ada/{LESSON}/{BOOK}", "ada", "", "", None, BOOK),
        (f"handed in/ada/{BOOK}", "ada", "", "", None, BOOK),
        ("ada.ipynb", "ada", "", "", None, BOOK),
        ("ada_18_pruning (2).ipynb", "ada", "", "", None, BOOK),
    ],
)  # fmt: skip
def test_a_files_name_says_whose_it_is(path, name, platform, number, late, original):
    found = whose(path)
    assert (found.name, found.platform, found.id) == (name, platform, number)
    assert (found.late, found.original) == (late, original)


def test_a_file_called_as_the_lesson_alone_is_nobodys(course, tmp_path):
    assert whose(BOOK) is whose("18_pruning (1).ipynb") is None
    put(tmp_path / "in" / BOOK)
    assert "does not say whose" in said(collect(course[LESSON], tmp_path / "in"))[BOOK]


def test_a_canvas_zip_is_taken_in(course, tmp_path):
    source = packed(
        tmp_path / "submissions.zip",
        ("lovelaceada_11_501_18_pruning.ipynb", b"old"),
        ("lovelaceada_11_733_18_pruning-1.ipynb", b"new"),
        ("hoppergrace_LATE_12_640_my work.ipynb", b"grace"),
        ("turingalan_13_641_notes.pdf", b"%PDF"),
    )
    outcomes = collect(course[LESSON], source)
    assert submitted(course) == {"hoppergrace": b"grace", "lovelaceada": b"new"}
    assert said(outcomes) == {
        "hoppergrace_LATE_12_640_my work.ipynb": "new: late, renamed from my work.ipynb",
        "lovelaceada_11_501_18_pruning.ipynb": "older: lovelaceada_11_733_18_pruning-1.ipynb "
        "is newer",
        "lovelaceada_11_733_18_pruning-1.ipynb": "new: ",
        "turingalan_13_641_notes.pdf": "refused: not a notebook (.ipynb), nor a zip with one",
    }
    assert summary(outcomes) == "2 students: 2 new, 1 older, 1 refused"


def test_moodles_two_layouts_name_the_same_student(course, tmp_path):
    folders = packed(
        tmp_path / "folders.zip", (f"Ada Lovelace_77_assignsubmission_file_/{BOOK}", b"first")
    )
    later = entry(f"Ada Lovelace_77_assignsubmission_file_{BOOK}", MORNING + timedelta(hours=1))
    flat = packed(tmp_path / "flat.zip", (later, b"second"))
    collect(course[LESSON], folders)
    [outcome] = collect(course[LESSON], flat)
    assert outcome.status == "updated"
    assert submitted(course) == {"ada_lovelace": b"second"}


def test_nbgraders_exchange_is_taken_in_with_its_own_times(course, tmp_path):
    inbound = tmp_path / "exchange" / "course" / "inbound"
    for time, content in (("2026-03-01 10:00:00.5 UTC", b"1"), ("2026-03-02 10:00:00.5 UTC", b"2")):
        put(inbound / f"ada+{LESSON}+{time}" / BOOK, content)
        put(inbound / f"ada+{LESSON}+{time}" / "timestamp.txt", time.encode())
        put(inbound / f"ada+{LESSON}+{time}" / "submission_secret.txt", content * 128)
    put(inbound / f"bob+{LESSON}+2026-03-01 11:00:00 UTC+x7Q" / BOOK, b"3")
    put(inbound / "bob+19_other+2026-03-01 11:00:00 UTC" / "19_other.ipynb", b"4")
    outcomes = collect(course[LESSON], inbound)
    assert submitted(course) == {"ada": b"2", "bob": b"3"}
    assert handed_in(course, "ada") == datetime(2026, 3, 2, 10, 0, 0, 500_000, tzinfo=UTC)
    assert len(outcomes) == 3
    secret = course.submitted / "ada" / LESSON / "submission_secret.txt"
    assert (
        secret.read_bytes() == b"2" * 128
        and not (course.submitted / "bob" / LESSON / secret.name).exists()
    )


def test_a_submission_that_is_not_its_students_file_is_said(course, tmp_path):
    put(tmp_path / "inbound" / f"nobody-else+{LESSON}+2026-03-01 11:00:00 UTC" / BOOK)
    [outcome] = collect(course[LESSON], tmp_path / "inbound")
    assert outcome.note.startswith("the file belongs to ")


def test_collecting_again_changes_nothing(course, tmp_path):
    put(tmp_path / "in" / "ada" / BOOK, b"one")
    collect(course[LESSON], tmp_path / "in")
    notebook = course.submitted / "ada" / LESSON / BOOK
    before = notebook.stat().st_mtime_ns, notebook.stat().st_ino
    assert said(collect(course[LESSON], tmp_path / "in")) == {f"ada/{BOOK}": "unchanged: "}
    assert (notebook.stat().st_mtime_ns, notebook.stat().st_ino) == before


def test_an_older_file_never_replaces_a_newer_one(course, tmp_path):
    put(course.submitted / "ada" / LESSON / BOOK, b"newer", MORNING)
    put(tmp_path / "in" / "ada" / BOOK, b"older", MORNING - timedelta(minutes=1))
    [outcome] = collect(course[LESSON], tmp_path / "in")
    assert outcome.status == "kept" and submitted(course) == {"ada": b"newer"}


def test_of_two_copies_the_newest_is_taken(course, tmp_path):
    put(tmp_path / "in" / "ada" / BOOK, b"older")
    put(tmp_path / "in" / "ada" / "18_pruning-1.ipynb", b"newer", MORNING + timedelta(hours=1))
    put(tmp_path / "in" / "ada" / "scratch.ipynb", b"scratch", MORNING + timedelta(hours=2))
    collect(course[LESSON], tmp_path / "in")
    assert submitted(course) == {"ada": b"newer"}


def test_a_zip_within_the_zip_gives_its_one_notebook(course, tmp_path):
    inner = packed(tmp_path / "inner.zip", (f"work/{BOOK}", b"inside"), ("work/data.csv", b"1"))
    source = packed(tmp_path / "s.zip", ("adal_1_2_18_pruning.zip", inner.read_bytes()))
    collect(course[LESSON], source)
    assert submitted(course) == {"adal": b"inside"}


def test_late_marks_decide_over_the_times_of_the_download(course, tmp_path):
    deadline = MORNING + timedelta(days=1)
    due(course, deadline)
    source = packed(
        tmp_path / "s.zip",
        (entry("adal_1_10_18_pruning.ipynb", deadline + timedelta(days=9)), b"in time"),
        (entry("bobb_LATE_2_11_18_pruning.ipynb", MORNING), b"late"),
    )
    collect(course[LESSON], source)
    assert handed_in(course, "adal") == deadline
    assert handed_in(course, "bobb") == deadline + timedelta(seconds=1)
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        for student, late in (("adal", 0), ("bobb", 1)):
            gradebook.add_student(student)
            time = handed_in(course, student).replace(tzinfo=None)
            handin = gradebook.add_submission(LESSON, student, timestamp=time)
            assert handin.total_seconds_late == late


def test_the_roster_gives_each_student_a_folder_for_good(course, tmp_path):
    source = packed(
        tmp_path / "s.zip",
        (f"José Núñez_5_assignsubmission_file_/{BOOK}", b"5"),
        (f"Jose Nunez_6_assignsubmission_file_/{BOOK}", b"6"),
        (f"李小龙_7_assignsubmission_file_/{BOOK}", b"7"),
        (f"Participant_8_assignsubmission_file_/{BOOK}", b"8"),
        (f"Participant_9_assignsubmission_file_/{BOOK}", b"9"),
    )
    collect(course[LESSON], source)
    first = submitted(course)
    assert {content: student for student, content in first.items()} == {
        b"6": "jose_nunez", b"5": "jose_nunez_5", b"7": "李小龙",
        b"8": "participant", b"9": "participant_9",
    }  # fmt: skip
    roster = course.class_folder / "roster.csv"
    text = roster.read_text(encoding="utf-8")
    roster.write_text("\ufeff" + text.replace("section\n", "section,desk\n"), encoding="utf-8")
    collect(course[LESSON], source)
    assert submitted(course) == first
    lines = {line["student"]: line for line in csv.DictReader(roster.open(encoding="utf-8"))}
    assert lines["jose_nunez_5"]["name"] == "José Núñez" and lines["jose_nunez_5"]["id"] == "5"
    assert "desk" in lines["jose_nunez"]


@pytest.mark.parametrize(
    ("name", "folder"),
    [("Ada Lovelace", "Ada_Lovelace"), ("../../etc", "etc"), ("con", "student_con"),
     ("", "student_"), ("a+b*c", "a_b_c"), ("ada@uni.example", "ada@uni.example"),
     ("x" * 200, "x" * 60)],
)  # fmt: skip
def test_a_students_name_becomes_a_safe_folder_name(name, folder):
    assert folder_name(name) == folder


HOSTILE = {
    "../../../../escape_1_2_18_pruning.ipynb": "a path that leads out of the zip",
    "ada/../../escape.ipynb": "a path that leads out of the zip",
    "..\\..\\escape.ipynb": "a path that leads out of the zip",
    "/etc/escape.ipynb": "an absolute path",
    "C:\\escape.ipynb": "an absolute path",
    "\\\\server\\share\\escape.ipynb": "an absolute path",
    "esc\x1bape.ipynb": "a control character in its name",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_leads_elsewhere_is_refused_and_the_rest_taken(course, tmp_path, name):
    source = packed(tmp_path / "s.zip", (name, b"evil"), ("adal_1_2_18_pruning.ipynb", b"good"))
    notes = [each.note for each in collect(course[LESSON], source) if each.status == "refused"]
    assert notes == [HOSTILE[name]]
    assert submitted(course) == {"adal": b"good"}
    assert not [path for path in tmp_path.parent.rglob("*escape*") if path.is_file()]


def test_links_pipes_bombs_and_locked_entries_of_a_zip_are_refused(course, tmp_path):
    source = packed(
        tmp_path / "s.zip",
        (entry("link_1_2_18_pruning.ipynb", kind=stat.S_IFLNK), b"/etc/passwd"),
        (entry("pipe_2_2_18_pruning.ipynb", kind=stat.S_IFIFO), b""),
        ("bomb_3_2_18_pruning.ipynb", b" " * (HARMLESS + 1)),
        ("huge_4_2_18_pruning.ipynb", os.urandom(1000) * (LARGEST // 1000 + 1)),
        ("good_5_2_18_pruning.ipynb", b" " * 1000),
        ("lock_6_2_18_pruning.ipynb", b"secret"),
    )
    set_encrypted(source, b"lock_6_2_18_pruning.ipynb")
    notes = {each.path[:4]: each.note for each in collect(course[LESSON], source)}
    assert notes == {
        "link": "a link; only files are taken",
        "pipe": "not a regular file",
        "bomb": "packed more than 200 times: a zip bomb",
        "huge": "larger than 10 MB",
        "lock": "encrypted: ask for it without a password",
        "good": "",
    }
    assert list(submitted(course)) == ["good"]


def set_encrypted(path, name):
    """Set the bit that marks an entry as encrypted, in the zip's directory; Python writes none."""
    data = bytearray(path.read_bytes())
    place = data.rindex(name) - 46 + 8
    data[place] |= 1
    path.write_bytes(data)


def test_a_zip_that_lies_about_a_size_or_is_damaged_is_refused(course, tmp_path):
    source = packed(
        tmp_path / "s.zip",
        ("liar_1_2_18_pruning.ipynb", b"x" * 5000),
        ("torn_2_2_18_pruning.ipynb", os.urandom(5000)),
    )
    data = bytearray(source.read_bytes())
    place = data.rindex(b"liar") - 46 + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    data[data.index(b"torn") + 1000] ^= 0xFF
    source.write_bytes(data)
    notes = [each.note for each in collect(course[LESSON], source)]
    assert len(notes) == 2 and all(note.startswith("damaged in the zip: ") for note in notes)
    assert submitted(course) == {}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([("a.ipynb", b""), ("b.ipynb", b"")], "holds 2 notebooks, expected one"),
        ([("readme.txt", b"")], "holds 0 notebooks, expected one"),
        ([(f"../{BOOK}", b"")], f"holds ../{BOOK}: a path that leads out of the zip"),
        ([(BOOK, b" " * (HARMLESS + 1))], f"holds {BOOK}: packed more than 200 times: a zip bomb"),
        ([("deeper.zip", b"PK")], "holds 0 notebooks, expected one"),
    ],
)
def test_a_students_zip_with_anything_but_one_notebook_is_refused(course, tmp_path, files, reason):
    inner = packed(tmp_path / "inner.zip", *files)
    put(tmp_path / "in" / "ada.zip", inner.read_bytes())
    [outcome] = collect(course[LESSON], tmp_path / "in")
    assert (outcome.student, outcome.status, outcome.note) == ("ada", "refused", reason)


def test_links_and_pipes_in_a_folder_are_refused(course, tmp_path):
    secret = put(tmp_path / "secret.ipynb", b"secret")
    source = tmp_path / "in"
    put(source / "ada" / BOOK, b"good")
    (source / "bob").mkdir()
    (source / "bob" / BOOK).symlink_to(secret)
    (source / "cleo").symlink_to(tmp_path)
    (source / "dora").mkdir()
    os.mkfifo(source / "dora" / BOOK)
    notes = {each.path: each.note for each in collect(course[LESSON], source)}
    assert notes == {
        f"ada/{BOOK}": "",
        f"bob/{BOOK}": "a link; only files are taken",
        "cleo": "a link; only files are taken",
        f"dora/{BOOK}": "not a regular file",
    }
    assert submitted(course) == {"ada": b"good"}


def test_what_systems_leave_behind_is_passed_over(course, tmp_path):
    for name in (f"__MACOSX/._{BOOK}", f"ada/.ipynb_checkpoints/{BOOK}", "ada/.DS_Store"):
        put(tmp_path / "in" / name)
    put(tmp_path / "in" / "ada" / BOOK)
    assert [each.path for each in collect(course[LESSON], tmp_path / "in")] == [f"ada/{BOOK}"]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.mkdir(), "no notebook in"),
        (
            lambda path: path.write_bytes(b"not a zip"),
            "cannot be read as a zip file.*; name a folder",
        ),
        (lambda path: None, "neither a folder nor a zip file; name a folder, or the zip"),
    ],
)
def test_a_source_that_holds_nothing_changes_nothing(course, tmp_path, make, says):
    make(tmp_path / "source")
    with pytest.raises(CourseError, match=says):
        collect(course[LESSON], tmp_path / "source")
    assert not course.class_folder.exists()


def test_a_roster_without_its_column_is_refused_before_anything_is_written(course, tmp_path):
    put(course.class_folder / "roster.csv", b"name,mail\n")
    put(tmp_path / "in" / "ada" / BOOK)
    with pytest.raises(CourseError, match="no column student"):
        collect(course[LESSON], tmp_path / "in")
    assert not course.submitted.exists()


def test_the_table_shows_each_file_and_obeys_no_name(course, tmp_path):
    put(tmp_path / "in" / "[red]eve[/red]" / BOOK)
    console = Console(width=100, file=io.StringIO())
    console.print(to_table(collect(course[LESSON], tmp_path / "in")))
    assert f"[red]eve[/red]/{BOOK}" in console.file.getvalue().replace("│", "")


def test_a_late_canvas_submission_is_late_in_the_gradebook_and_keeps_its_hand_points(
    classroom, tmp_path
):
    course = Course(classroom.course.root, tmp_path / "class")
    due(course, MORNING)
    answered = classroom.course[LESSON].submission("reference").read_bytes()
    source = packed(tmp_path / "s.zip", ("adal_LATE_1_2_18_pruning.ipynb", answered))
    collect(course[LESSON], source)
    assert grade(course[LESSON], judging=JUDGING) == ["adal"]
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        assert gradebook.find_submission(LESSON, "adal").total_seconds_late > 0
        gradebook.find_grade("reflect_zero", LESSON, LESSON, "adal").manual_score = 1.5
        gradebook.db.commit()
    assert grade(course[LESSON], regrade=True, judging=JUDGING) == ["adal"]
    [row] = read_grades(course[LESSON]).rows
    assert row.manual["reflect_zero"] == row.by_hand == 1.5 and row.total == row.score + 1.5
    [outcome] = collect(course[LESSON], source)
    assert outcome.status == "unchanged"


def test_feedback_of_an_exchange_submission_can_go_back_through_the_exchange(course):
    folder = course.submitted / "ada" / LESSON
    for name in ("submission_secret.txt", "timestamp.txt"):
        put(folder / name, name.encode())
    put(course[LESSON].feedback_page("ada"), b"<html>")
    put(course[LESSON].feedback_page("bob"), b"<html>")
    ready_to_return(course[LESSON])
    beside = sorted(path.name for path in course[LESSON].feedback_page("ada").parent.iterdir())
    assert beside == ["18_pruning.html", "submission_secret.txt", "timestamp.txt"]
    assert len(list(course[LESSON].feedback_page("bob").parent.iterdir())) == 1


def test_methods_that_unpack_in_one_piece_are_refused(course, tmp_path):
    """bzip2 and LZMA: 20 kB would take all memory, whatever the header says about the size."""
    for name, method in (("bz", zipfile.ZIP_BZIP2), ("xz", zipfile.ZIP_LZMA)):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", method) as archive:
            archive.writestr(BOOK, b"{}")
        put(tmp_path / "in" / name / "work.zip", (tmp_path / f"{name}.zip").read_bytes())
    put(tmp_path / "in" / "zoe" / BOOK)
    notes = {each.student: each.note for each in collect(course[LESSON], tmp_path / "in")}
    rare = f"holds {BOOK}: packed by a rare method: pack it again as an ordinary zip"
    assert notes == {"bz": rare, "xz": rare, "zoe": ""}


def broken_zips(tmp_path):
    """A right zip of one notebook, spoilt in ways that zipfile itself trips over."""
    whole = packed(tmp_path / "whole.zip", ("é.ipynb", b"{}")).read_bytes()
    extra = zipfile.ZipInfo("x.ipynb")
    extra.extra = struct.pack("<HH", 1, 200)
    packed(tmp_path / "extra.zip", (extra, b"{}"))
    return {
        "name_no_utf8": whole.replace("é".encode(), b"\xff\xff"),
        "name_no_utf8_in_one_place": whole.replace("é".encode(), b"\xff\xff", 1),
        "directory_elsewhere": whole[:-6] + b"\xff\xff\xff\x7f\0\0",
        "half": whole[: len(whole) // 2],
        "empty": b"",
        "text": b"PK\x03\x04 and nothing else",
        "extra_field": (tmp_path / "extra.zip").read_bytes(),
    }


def test_a_broken_zip_costs_its_own_student_alone(course, tmp_path):
    broken = broken_zips(tmp_path)
    for name, content in broken.items():
        put(tmp_path / "in" / name / "work.zip", content)
    put(tmp_path / "in" / "zoe" / BOOK, b"good")
    outcomes = collect(course[LESSON], tmp_path / "in")
    refused = {each.student: each.note for each in outcomes if each.status == "refused"}
    assert refused.keys() >= broken.keys() - {"extra_field"} and submitted(course)["zoe"] == b"good"
    assert "a name that is not UTF-8" in refused["name_no_utf8"]
    assert all(note.isprintable() and len(note) < 300 for note in refused.values())


def test_a_platforms_zip_with_a_name_that_is_no_text_is_told_in_one_line(course, tmp_path):
    (tmp_path / "s.zip").write_bytes(broken_zips(tmp_path)["name_no_utf8"])
    with pytest.raises(CourseError, match="a name that is not UTF-8"):
        collect(course[LESSON], tmp_path / "s.zip")


def test_a_name_on_disk_that_is_no_text_or_turns_text_around_is_shown_as_such(course, tmp_path):
    for name in (os.fsdecode(b"caf\xe9"), "abc\u202egpj", "\x1b[2Jclear"):
        put(tmp_path / "in" / name / BOOK, b"work")
    outcomes = collect(course[LESSON], tmp_path / "in")
    assert [each.path for each in outcomes] == [
        f"?[2Jclear/{BOOK}", f"abc?gpj/{BOOK}", f"caf?/{BOOK}",
    ]  # fmt: skip
    assert sorted(submitted(course)) == ["2Jclear", "abc_gpj", "caf"]
    assert (course.class_folder / "roster.csv").read_text(encoding="utf-8")


def test_a_folder_swapped_for_a_link_while_collecting_is_not_followed(course, tmp_path):
    """nbgrader's inbound belongs to students: one swapped a folder for the source's, and won."""
    source = put(tmp_path / "source" / BOOK, b"solutions")
    mine = tmp_path / "inbound" / f"mallory+{LESSON}+2026-03-01 11:00:00 UTC"
    put(mine / BOOK, b"mine")
    [file] = files_in(tmp_path / "inbound")
    mine.rename(tmp_path / "away")
    mine.symlink_to(source.parent)
    assert "is a link" in file.read().reason
    mine.unlink()
    put(mine / BOOK, b"another file than the one that was looked at")
    assert "another file was put in the place" in file.read().reason


def test_folders_in_folders_end_somewhere(course, tmp_path):
    put(tmp_path / "in" / "ada" / BOOK, b"good")
    deep = tmp_path / "in" / "bob"
    deep.joinpath(*["d"] * 30).mkdir(parents=True)
    outcomes = collect(course[LESSON], tmp_path / "in")
    assert [each.note for each in outcomes if each.status == "refused"] == [
        "folders nested too deep to look into"
    ]
    assert submitted(course) == {"ada": b"good"}


@pytest.mark.parametrize("what", ["link", "pipe", "zero", "folder", "nothing"])
def test_what_lies_beside_a_submission_stops_no_feedback(course, tmp_path, what):
    secret = put(tmp_path / "secret", b"secret")
    for student in ("ada", "mal"):
        folder = course.submitted / student / LESSON
        put(folder / "submission_secret.txt", b"random")
        put(course[LESSON].feedback_page(student), b"<html>")
        time = put(folder / "timestamp.txt", b"2026-03-02 09:00:00 UTC")
    time.unlink()
    make = {
        "link": lambda: time.symlink_to(secret),
        "pipe": lambda: os.mkfifo(time),
        "zero": lambda: time.symlink_to("/dev/zero"),
        "folder": time.mkdir,
        "nothing": lambda: None,
    }
    make[what]()
    [doubt] = ready_to_return(course[LESSON])
    assert doubt.startswith("mal: ") and "timestamp.txt" in doubt
    beside = [path.name for path in course[LESSON].feedback_page("mal").parent.iterdir()]
    assert beside == [f"{LESSON}.html"]
    assert course[LESSON].feedback_page("ada").with_name("timestamp.txt").is_file()


def test_who_was_refused_and_who_handed_in_nothing_are_rows(classroom, tmp_path):
    course = Course(classroom.course.root, tmp_path / "class")
    put(course.class_folder / "roster.csv", b"student;name\ncyday;Cy Day\n")
    source = packed(tmp_path / "s.zip", ("roebob_1_2_answers.pdf", b"%PDF"))
    collect(course[LESSON], source)
    rows = {row.student: (row.status, row.reason) for row in read_grades(course[LESSON]).rows}
    assert rows == {
        "roebob": (
            "refused",
            "roebob_1_2_answers.pdf: not a notebook (.ipynb), nor a zip with one",
        ),
        "cyday": ("missing", "nothing handed in"),
    }
