"""Grades into the file that a platform gave: every other byte stays as the platform wrote it."""

import codecs

import pytest
from test_grade_exports import NOT_GRADED, on, row, small_class

from tito.errors import CourseError
from tito.report.filling import cells, fill

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Old (1),Pruning (4242),Current Score\r\n"
    "    Points Possible,,,,,10.00,8.5,(read only)\r\n"
    '"Lovelace, Ada",11,S-1,ada,"A, or B",9,,97.0\r\n'
    '"Roe, Bob",12,S-2,bob,A,8,"3",80\r\n'
    '"Poe, Cyd",13,S-3,cyd,A,8,2,80\r\n'
    '"Student, Test",99,,x,A,,,\r\n'
)
GERMAN = (
    '\ufeffID;"Vollständiger Name";E-Mail-Adresse;Status;Bewertung;"Beste Bewertung";'
    '"Bewertung kann geändert werden";"Zuletzt geändert (Bewertung)";"Feedback als Kommentar"\n'
    'Teilnehmer/in77;"Müller, Ada";ada@uni.example;Abgegeben;;8,50;Ja;-;"sehr; gut"\n'
    'Teilnehmer/in78;"Bob ""B"" Roe";bob@uni.example;Abgegeben;3,00;8,50;Ja;-;\n'
    "Teilnehmer/in79;Cyd;cyd@uni.example;Keine Abgabe;;8,50;Ja;-;\n"
)
ICELANDIC = (
    "Auðkenni\tNafn\tEinkunn þín\tHámark\tMá breyta\n"
    "Þátttakandi 77\tAda\t\t8.50\tJá\n"
    "Þátttakandi 78\tBob\t1\t8.50\tJá\n"
)
ADA, BOB = row("ada", 4, 2.5, 1.25), row("bob", 4, 0)  # 7.75 and 4 of 8.5
CYD = row("cyd", 0, 0, status="missing")
ON_CANVAS = {
    "ada": on("canvas", id="11"),
    "bob": on("", sis_login_id="bob"),
    "cyd": on("canvas", id="13"),
}
ON_MOODLE = {"ada": on("moodle", id="77"), "bob": on("moodle", email="Bob@uni.example", id="")}


def filled(folder, data, roster, *rows, **more):
    path = folder / "worksheet.csv"
    path.write_bytes(data)
    said = fill(path, small_class(*rows), roster, **more)
    return path.read_bytes(), said


def test_of_canvas_gradebook_only_the_cells_of_the_grades_change(tmp_path):
    data, said = filled(tmp_path, CANVAS.encode(), ON_CANVAS, ADA, BOB, CYD, title="Pruning")
    wanted = CANVAS.replace('or B",9,,97', 'or B",9,7.75,97').replace('A,8,"3"', 'A,8,"4"')
    assert data == wanted.encode()
    assert (said.platform, said.written, said.doubts) == ("canvas", 2, [])


def test_of_a_german_worksheet_every_other_byte_stays(tmp_path):
    data, said = filled(tmp_path, GERMAN.encode(), ON_MOODLE, ADA, BOB, CYD)
    wanted = GERMAN.replace("Abgegeben;;", "Abgegeben;7,75;").replace("en;3,00", "en;4")
    assert data == wanted.encode()
    assert said.platform == "moodle" and said.written == 2
    assert "no line of worksheet.csv is known to be of 1 students: cyd" in said.doubts[0]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_language_that_we_do_not_know_is_understood_by_the_place_of_the_maximum(tmp_path, mark):
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    roster = {"ada": on("moodle", id="77"), "bob": on("moodle", id="78")}
    data, _ = filled(tmp_path, mark + ICELANDIC.encode(encoding), roster, ADA, BOB)
    wanted = ICELANDIC.replace("Ada\t\t", "Ada\t7.75\t").replace("Bob\t1", "Bob\t4")
    assert data == mark + wanted.encode(encoding)


def test_a_comma_between_cells_puts_a_decimal_comma_into_quotes(tmp_path):
    text = 'Identifier,Full name,Grade,Maximum Grade\nParticipant 77,Ada,,"8,50"\n'
    data, _ = filled(tmp_path, text.encode("cp1252"), ON_MOODLE, ADA)
    assert data.decode() == text.replace("Ada,,", 'Ada,"7,75",')


def test_the_last_cell_of_a_file_without_a_last_end_of_line_is_filled(tmp_path):
    text = "Student,ID,SIS User ID,SIS Login ID,Section,Pruning (4242)\nAda,11,,,A,"
    data, _ = filled(tmp_path, text.encode(), ON_CANVAS, ADA)
    assert data.decode() == text + "7.75"


def test_who_is_not_graded_or_not_read_keeps_the_cell_there_is(tmp_path):
    unread = row("ada", 4, 0, None)
    data, _ = filled(tmp_path, CANVAS.encode(), ON_CANVAS, unread, *NOT_GRADED, title="Pruning")
    assert data == CANVAS.encode()
    data, said = filled(
        tmp_path, CANVAS.encode(), ON_CANVAS, unread, title="Pruning (4242)", so_far=True
    )
    assert b'or B",9,4,97.0' in data and said.written == 1


def test_another_maximum_is_said_and_a_column_that_is_not_clear_is_asked_for(tmp_path):
    _, said = filled(tmp_path, CANVAS.encode(), ON_CANVAS, ADA, title="Old")
    assert said.doubts == [
        "worksheet.csv says 10 points at most, 18_pruning has 8.5: set that in the platform, "
        "points are written as they are"
    ]
    for title in (None, "Other"):
        with pytest.raises(CourseError, match=r"by --assignment.*Old \(1\), Pruning \(4242\)"):
            filled(tmp_path, CANVAS.encode(), ON_CANVAS, ADA, title=title)
    assert (tmp_path / "worksheet.csv").read_bytes() == CANVAS.encode()
    with pytest.raises(CourseError, match=r"neither what Canvas gives .* nor Moodle's"):
        filled(tmp_path, b"a,b\n1,2\n", {}, ADA)


def test_quotes_ends_of_lines_and_ends_of_cells_within_quotes_are_read_as_spreadsheets_do():
    text = 'a,"b ""c""\r\n,d",\n"",x"y'
    assert [[each.text for each in line] for line in cells(text, ",")] == [
        ["a", 'b "c"\r\n,d', ""],
        ["", 'x"y'],
    ]
    assert "".join(text[each.start : each.end] for line in cells(text, ",") for each in line) == (
        'a"b ""c""\r\n,d"""x"y'
    )
