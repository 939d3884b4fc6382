"""The table, the CSV file and the page that show a class's grades."""

import csv
import io
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from classroom import EXPLOIT
from rich.console import Console

from tito.grades import Grades, Row
from tito.lessons import Exercise
from tito.report import number, publish, to_csv, to_html, to_table

PARTS = [Exercise("one", 4), Exercise("two", 2.5)]


def small_class(*rows):
    return Grades("18_pruning", PARTS, rows)


def row(student, one, two, reason="", feedback=""):
    return Row(student, {"one": one, "two": two}, 6.5, True, "graded", reason, feedback)


class Page(HTMLParser):
    """Tags with their attributes, and whether each was closed in its order."""

    EMPTY = ("meta", "wbr", "rect")

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


def test_the_csv_file_has_a_column_for_each_exercise_and_no_needless_decimals():
    text = to_csv(small_class(row("ada", 4.0, 2.5), row("bob", 0.0, 1.25)))
    assert text == "student,score,max_score,one,two\nada,6.5,6.5,4,2.5\nbob,1.25,6.5,0,1.25\n"


def test_the_csv_file_keeps_odd_names_apart():
    [_, line] = csv.reader(io.StringIO(to_csv(small_class(row('a,"b"', 0, 0)))))
    assert line[0] == 'a,"b"'


@pytest.mark.parametrize(
    ("value", "text"), [(6.0, "6"), (0.0, "0"), (100.0, "100"), (2.5, "2.5"), (1 / 3, "0.33")]
)
def test_a_number_is_shown_without_a_needless_decimal(value, text):
    assert number(value) == text


def test_the_page_needs_nothing_but_itself():
    text = to_html(small_class(row("ada", 4, 2.5, feedback="feedback/ada/x.html")))
    page = Page(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert "http" not in text and "url(" not in text


def test_the_page_is_the_same_bytes_for_the_same_grades(classroom):
    assert to_html(classroom.grades) == to_html(classroom.grades)
    assert str(classroom.course.root) not in to_html(classroom.grades)


def test_what_students_wrote_is_shown_and_not_obeyed(classroom):
    assert EXPLOIT in classroom.row("script").reason
    text = to_html(classroom.grades)
    assert "<script" not in text
    assert "&lt;script&gt;alert(" in text
    assert "<b>" not in to_html(small_class(row("<b>eve</b>", 0, 0, "<b>bold</b>")))


def test_each_cell_says_in_text_how_much_was_earned():
    text = to_html(small_class(row("ada", 4, 1)))
    marks = re.findall(r'aria-label="([a-z ]+ points)">(.)</span> ([\d.]+)', text)
    assert marks == [("all points", "✓", "4"), ("some points", "~", "1")]


def test_each_bar_has_a_text_alternative():
    page = Page(to_html(small_class(row("ada", 4, 1), row("bob", 4, 0))))
    labels = [attrs["aria-label"] for tag, attrs in page.tags if tag == "svg"]
    assert labels == ["one: 100 %", "two: 0 %"]


def test_each_feedback_link_leads_to_a_page(classroom):
    page = Page(to_html(classroom.grades))
    links = [unquote(attrs["href"]) for tag, attrs in page.tags if tag == "a"]
    assert len(links) == sum(row.graded for row in classroom.grades.rows) > 0
    for link in links:
        assert (classroom.course.class_folder / link).is_file()


def test_the_files_appear_in_the_class_folder_and_leave_nothing_beside_them(classroom):
    for path in publish(classroom.course, classroom.grades):
        assert path.parent == classroom.course.class_folder and path.is_file()
    assert not list(classroom.course.class_folder.glob(".*"))


def test_the_table_shows_every_student_point_and_reason_in_80_columns():
    console = Console(width=80, file=io.StringIO())
    console.print(to_table(small_class(row("ada", 4, 2.5), row("[b]", 0, 0, "one: [red] alert"))))
    text = console.file.getvalue()
    assert re.search(r"ada +6\.5 +4 +2\.5 ", text)
    assert "1 one (4), 2 two (2.5)" in text
    assert re.search(r"\[b\] +│ one: \[red\] alert", text)
    assert "nothing lost" in text


def test_the_table_of_the_whole_lesson_fits_into_80_columns(classroom):
    console = Console(width=80, file=io.StringIO())
    console.print(to_table(classroom.grades))
    every_point = "".join(f" +{part.points:g}" for part in classroom.grades.exercises)
    assert re.search(rf"^reference +\d+{every_point} *$", console.file.getvalue(), re.MULTILINE)
