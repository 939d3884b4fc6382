"""Who is in a class: the roster, what platforms export, groups, and what came of each file."""

import click
import pytest
from click.testing import CliRunner
from conftest import ROOT
from handins import BOOK, LESSON, packed, put, submitted

from tito.collecting import collect
from tito.collecting.exports import read_export
from tito.collecting.record import read_record, refusals, taken
from tito.collecting.roster import Roster
from tito.collecting.table import attention, summary, without_any
from tito.course import Course
from tito.errors import CourseError
from tito.group import Tito
from tito.tables import acts, harmless, read_table, unquoted

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Root Account,Section,Pruning (42),Current Score
Manual Posting,,,,,,,
    Points Possible,,,,,,"40,0",(read only)
"Roe, Ada",101,s1,ada@uni.example,uni,Monday,"0,0",
"Lee, Bo",102,s2,bo,uni,Tuesday,,
"Student, Test",999,,abc,uni,Monday,,
"""
GERMAN = (
    "ID;Vollständiger Name;E-Mail-Adresse;Status;Gruppe;Bewertung;Bestwertung\n"
    "Teilnehmer/in1001;Ada Röe;ada@uni.example;Abgegeben;Team A;7,5;10,0\n"
    "Teilnehmer/in1002;Bo Lee;bo@uni.example;Abgegeben;Team A;;10,0\n"
    "Teilnehmer/in1003;Cy Day;cy@uni.example;Keine;;;10,0\n"
)
PARTICIPANTS = "Vorname,Nachname,E-Mail-Adresse,Gruppen\nAda,Roe,ada@uni.example,Team A\n"


@pytest.fixture
def course(tmp_path):
    return Course(ROOT, tmp_path / "class")


def save(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def merge(course, path):
    roster = Roster.read(course)
    roster.merge(read_export(path))
    roster.save()
    return Roster.read(course).lines


# ---- tables ----


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_as_any_program_writes_it(tmp_path, encoding, separator):
    text = separator.join(["name", "id"]) + "\r\n" + separator.join(["Zoë Müller", "7"]) + "\r\n"
    assert read_table(save(tmp_path / "t.csv", text, encoding)).rows == [
        ["name", "id"],
        ["Zoë Müller", "7"],
    ]


def test_excels_own_first_line_names_the_separator(tmp_path):
    table = read_table(save(tmp_path / "t.csv", "sep=;\na;b\n1,5;2\n"))
    assert table.rows == [["a", "b"], ["1,5", "2"]] and table.separator == ";"


def test_a_spreadsheets_own_file_is_told_in_one_line(tmp_path):
    with pytest.raises(CourseError, match="no CSV file: in your spreadsheet choose"):
        read_table(save(tmp_path / "t.xlsx", "PK\3\4 and so on"))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\uff1d1", "\r=1"])
def test_no_cell_acts(cell):
    assert acts(cell) and not acts(harmless(cell)) and unquoted(harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["Ada", "O'Neil", "'quoted", "", "3-1", "a=b"])
def test_other_cells_stay(cell):
    assert harmless(cell) == cell == unquoted(cell)


# ---- exports ----


def test_canvas_gradebook_gives_names_numbers_and_sections(course, tmp_path):
    lines = merge(course, save(tmp_path / "g.csv", CANVAS, "utf-8-sig"))
    assert sorted(lines) == ["lee_bo", "roe_ada"]
    assert lines["roe_ada"] == {
        "student": "roe_ada", "name": "Roe, Ada", "platform": "canvas", "id": "101", "email": "",
        "sis_user_id": "s1", "sis_login_id": "ada@uni.example", "group": "", "section": "Monday",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_moodles_worksheet_is_read_in_the_sites_language(course, tmp_path, encoding):
    lines = merge(course, save(tmp_path / "w.csv", GERMAN, encoding))
    about = ("name", "platform", "id", "email", "group")
    assert [[lines[each][name] for name in about] for each in sorted(lines)] == [
        ["Ada Röe", "moodle", "1001", "ada@uni.example", "Team A"],
        ["Bo Lee", "moodle", "1002", "bo@uni.example", "Team A"],
        ["Cy Day", "moodle", "1003", "cy@uni.example", ""],
    ]


def test_moodles_list_of_participants_gives_names_and_groups(course, tmp_path):
    [line] = merge(course, save(tmp_path / "p.csv", PARTICIPANTS)).values()
    assert (line["name"], line["email"], line["group"]) == ("Ada Roe", "ada@uni.example", "Team A")


def test_another_class_folders_roster_is_taken_over_with_its_folders(course, tmp_path):
    path = save(tmp_path / "r.csv", "student;name;section\nada_r;Ada Roe;Monday\n")
    merge(course, path)
    lines = merge(course, path)
    assert [lines["ada_r"][name] for name in ("name", "section")] == ["Ada Roe", "Monday"]
    assert len(lines) == 1


def test_a_table_without_students_is_told(tmp_path):
    with pytest.raises(CourseError, match=r"no list of students: .*its columns are a, b"):
        read_export(save(tmp_path / "t.csv", "a,b\n1,2\n"))


def test_a_zip_that_comes_after_the_export_finds_its_students(course, tmp_path):
    merge(course, save(tmp_path / "g.csv", CANVAS))
    zipped = packed(tmp_path / "s.zip", (f"roeada_101_9_{BOOK}", b"ada"), (f"x_103_9_{BOOK}", b"x"))
    collect(course[LESSON], zipped)
    assert submitted(course) == {"roe_ada": b"ada", "x": b"x"}
    assert sorted(Roster.read(course).lines) == ["lee_bo", "roe_ada", "x"]


def test_a_roster_that_a_spreadsheet_saved_is_read_and_stays_so(course, tmp_path):
    path = save(course.class_folder / "roster.csv", "student;name;desk\nada;Ada Röe;7\n", "cp1252")
    put(tmp_path / "in" / "ada" / BOOK)
    collect(course[LESSON], tmp_path / "in")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfstudent;name;")
    line = Roster.read(course).lines["ada"]
    assert (line["name"], line["desk"]) == ("Ada Röe", "7")


def test_a_formula_for_a_name_is_quoted_in_the_roster_and_known_again(course, tmp_path):
    zipped = packed(tmp_path / "s.zip", (f"=cmd|' calc'!A0_7_9_{BOOK}", b"1"))
    for _ in range(2):
        collect(course[LESSON], zipped)
    assert "'=cmd" in (course.class_folder / "roster.csv").read_text()
    assert [line["name"] for line in Roster.read(course).lines.values()] == ["=cmd|' calc'!A0"]


# ---- who is who ----


@pytest.mark.parametrize("name", ["roeada", "Ada Roe", "Roe, Ada", "ada@uni.example", "ROEADA"])
def test_a_file_that_came_by_mail_is_the_known_students(course, tmp_path, name):
    merge(course, save(tmp_path / "g.csv", CANVAS))
    put(tmp_path / "in" / name / BOOK, b"by mail")
    collect(course[LESSON], tmp_path / "in")
    assert submitted(course) == {"roe_ada": b"by mail"}
    assert len(Roster.read(course).lines) == 2


def test_a_name_that_two_students_have_is_nobodys(course, tmp_path):
    two = "Identifier,Full name\nParticipant 1,Anna Li\nParticipant 2,Anna Li\n"
    assert sorted(merge(course, save(tmp_path / "w.csv", two))) == ["anna_li", "anna_li_2"]
    put(tmp_path / "in" / "Anna Li" / BOOK)
    put(tmp_path / "in" / "anna_li_2" / BOOK, b"the second's")
    outcomes = collect(course[LESSON], tmp_path / "in")
    assert submitted(course) == {"anna_li_2": b"the second's"}
    [refused] = [each for each in outcomes if each.status == "refused"]
    assert "may be anna_li or anna_li_2" in refused.note


def test_names_that_only_resemble_each_other_are_two_students(course, tmp_path):
    for name in ("wu_li", "li_wu", "Ada", "ada", "ab_c", "a_bc"):
        put(tmp_path / "in" / name / BOOK, name.encode())
    for _ in range(2):
        collect(course[LESSON], tmp_path / "in")
        assert sorted(submitted(course).values()) == sorted(
            [b"wu_li", b"li_wu", b"Ada", b"ada", b"ab_c", b"a_bc"]
        )


def test_two_forms_of_one_name_are_one_student(course, tmp_path):
    """macOS takes accents apart in file names."""
    put(tmp_path / "one" / "Se\u0301bastien" / BOOK, b"1")
    collect(course[LESSON], tmp_path / "one")
    put(tmp_path / "two" / "S\u00e9bastien" / BOOK, b"2")
    collect(course[LESSON], tmp_path / "two", force=True)
    assert submitted(course) == {"Sebastien": b"2"}


# ---- groups ----


def test_a_teams_work_is_each_members_and_its_number_nobodys(course, tmp_path):
    merge(course, save(tmp_path / "w.csv", GERMAN))
    team = f"Team A_55_assignsubmission_file/{BOOK}"
    alone = f"Cy Day_1003_assignsubmission_file/{BOOK}"
    unknown = f"Team B_56_assignsubmission_file/{BOOK}"
    none = f"Default group_assignsubmission_file/{BOOK}"
    files = [(team, b"a"), (alone, b"cy"), (unknown, b"b"), (none, b"rest")]
    outcomes = collect(course[LESSON], packed(tmp_path / "s.zip", *files))
    assert submitted(course) == {
        "ada_roe": b"a", "bo_lee": b"a", "cy_day": b"cy", "team_b": b"b", "default_group": b"rest",
    }  # fmt: skip
    lines = Roster.read(course).lines
    assert {line["id"] for line in lines.values()} == {"1001", "1002", "1003", ""}
    notes = {each.student: each.note for each in outcomes}
    assert notes["ada_roe"] == "handed in by the group Team A"


def test_a_groups_name_in_the_roster_is_its_members_wherever_it_came_from(course, tmp_path):
    roster = (
        "student,name,platform,id,group\nada,Ada,canvas,123,Group 1\nbo,Bo,canvas,124,Group 1\n"
    )
    save(course.class_folder / "roster.csv", roster)
    zipped = packed(tmp_path / "s.zip", (f"group1_123_456_{BOOK}", b"1"))
    outcomes = collect(course[LESSON], zipped)
    assert submitted(course) == {"ada": b"1", "bo": b"1"}
    assert {each.note for each in outcomes} == {"handed in by the group group1"}
    for name in ("group_1", "group_2", "17"):
        put(tmp_path / "in" / name / BOOK, name.encode())
    collect(course[LESSON], tmp_path / "in", force=True)
    assert submitted(course) == {
        "ada": b"group_1", "bo": b"group_1", "group_2": b"group_2", "17": b"17",
    }  # fmt: skip
    assert Roster.read(course).lines["group_2"]["group"] == "group_2"


# ---- what is kept ----


def test_what_came_of_each_file_is_kept_with_the_platforms_word(course, tmp_path):
    zipped = packed(
        tmp_path / "s.zip",
        (f"adaroe_1_10_{BOOK}", b"old"),
        ("adaroe_1_11_18_pruning-1.ipynb", b"new"),
        (f"bolee_LATE_2_12_{BOOK}", b"bo"),
        ("cyday_3_13_answers.pdf", b"%PDF"),
        ("stray.ipynb.pdf", b"%PDF"),
    )
    collect(course[LESSON], zipped)
    lines = read_record(course[LESSON])
    assert {each.student: each.late for each in taken(lines).values()} == {
        "adaroe": "in time", "bolee": "late",
    }  # fmt: skip
    assert refusals(lines) == {
        "cyday": "cyday_3_13_answers.pdf: not a notebook (.ipynb), nor a zip with one"
    }
    assert [each.became for each in lines if each.student == "adaroe"] == ["taken", "left"]


def test_a_refused_resubmission_leaves_the_earlier_one_and_is_known(course, tmp_path):
    collect(course[LESSON], packed(tmp_path / "1.zip", (f"adaroe_1_10_{BOOK}", b"first")))
    collect(course[LESSON], packed(tmp_path / "2.zip", ("adaroe_1_20_better.pdf", b"%PDF")))
    lines = read_record(course[LESSON])
    assert taken(lines)["adaroe"].file == f"adaroe_1_10_{BOOK}" and "adaroe" in refusals(lines)
    assert submitted(course) == {"adaroe": b"first"}
    collect(course[LESSON], packed(tmp_path / "3.zip", (f"adaroe_1_30_{BOOK}", b"better")))
    assert refusals(read_record(course[LESSON])) == {}


def test_lateness_that_the_platform_takes_back_is_taken_back(course, tmp_path):
    late = packed(tmp_path / "1.zip", (f"adaroe_LATE_1_10_{BOOK}", b"work"))
    in_time = packed(tmp_path / "2.zip", (f"adaroe_1_10_{BOOK}", b"work"))
    for zipped, word in ((late, "late"), (in_time, "in time"), (late, "late")):
        collect(course[LESSON], zipped)
        assert taken(read_record(course[LESSON]))["adaroe"].late == word


def test_a_file_where_a_students_folder_belongs_costs_that_student_alone(course, tmp_path):
    course.submitted.mkdir(parents=True)
    (course.submitted / "ada").symlink_to(tmp_path / "elsewhere")
    (course.submitted / "bo").write_text("a file")
    (tmp_path / "elsewhere").mkdir()
    for who in ("ada", "bo", "cy"):
        put(tmp_path / "in" / who / BOOK, who.encode())
    outcomes = collect(course[LESSON], tmp_path / "in")
    refused = {each.student: each.note for each in outcomes if each.status == "refused"}
    assert refused.keys() == {"ada", "bo"} and "move it away" in refused["ada"]
    assert submitted(course) == {"cy": b"cy"} and not list((tmp_path / "elsewhere").iterdir())


def test_a_run_that_ends_early_keeps_and_knows_what_was_taken(course, tmp_path, monkeypatch):
    for who in ("ada", "bo", "cy"):
        put(tmp_path / "in" / who / BOOK, who.encode())
    (course.submitted / "bo").mkdir(parents=True)
    (course.submitted / "bo").chmod(0o500)
    from tito.collecting import taking

    whole = taking.write

    def full(assignment, student, *arguments, **options):
        if student == "bo":
            raise CourseError("cannot write submitted/bo: No space left on device")
        return whole(assignment, student, *arguments, **options)

    monkeypatch.setattr(taking, "write", full)
    with pytest.raises(CourseError, match="No space left"):
        collect(course[LESSON], tmp_path / "in")
    assert submitted(course) == {"ada": b"ada"}
    assert list(taken(read_record(course[LESSON]))) == ["ada"]
    assert (course.class_folder / "roster.csv").is_file()


def test_of_a_large_class_the_table_shows_who_needs_a_person(course, tmp_path):
    files = [(f"student{n:03}_{n}_{1000 + n}_{BOOK}", str(n).encode()) for n in range(1, 201)]
    files += [(f"zoe{n}_{n}_{2000 + n}_answers.pdf", b"%PDF") for n in range(301, 304)]
    outcomes = collect(course[LESSON], packed(tmp_path / "s.zip", *files))
    assert len(submitted(course)) == 200
    assert [each.student for each in attention(outcomes)] == ["zoe301", "zoe302", "zoe303"]
    assert without_any(outcomes) == ["zoe301", "zoe302", "zoe303"]
    assert summary(outcomes) == "200 students: 200 new, 3 refused"
    assert len(attention(outcomes[:20])) == 20  # a small class is shown whole


def test_ctrl_c_says_what_is_kept():
    @click.command()
    def endless():
        raise KeyboardInterrupt

    group = Tito("tito", commands={"endless": endless})
    said = CliRunner().invoke(group, ["endless"])
    assert said.exit_code == 130 and "What was finished is kept" in said.output
