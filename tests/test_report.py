"""The table in the terminal, and the pages that show a class's grades."""

import io
import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from catalogue import WRONG
from classroom import EXPLOIT, LESSON, WRONG_SAMPLE, wrong_student
from rich.console import Console

from tito.cells import CHECK_SUFFIX
from tito.grades import Grades, Row
from tito.grading.gradebook import Lateness, Marks
from tito.grading.journal import Entry
from tito.grading.rows import Mark
from tito.judging.verdict import Verdict
from tito.mistakes import mistakes
from tito.notebooks import Exercise
from tito.report import publish
from tito.report.findings import (
    about_the_run,
    answers,
    discrimination,
    distribution,
    misconceptions,
    name_of,
    progress,
    spread,
    to_look_at,
)
from tito.report.hints import first_hints, question_titles
from tito.report.pages import class_page, student_page
from tito.report.table import to_table
from tito.report.text import duration, how_late, number

PARTS = [Exercise("one", 4), Exercise("two", 2.5)]
ASKED = [Exercise("why", 2), Exercise("how", 3)]
OPEN = "not written yet"
HINTS = {"one": "Count first.", "two": "Rank by magnitude."}


def small_class(*rows):
    return Grades("18_pruning", PARTS, rows, ASKED)


def row(student, one, two, reason="", feedback="", graded=True, manual=None, penalty=None, **more):
    if graded and reason:
        exercise, _, said = reason.partition(": ")
        more, reason = {"failed": {exercise: said}, **more}, ""
    verdict = Verdict(student, "", **({"isolation": ""} | more)) if graded else None
    entry = Entry(student, "", "graded" if graded else "refused", reason, verdict=verdict)
    cells = {"one_check": Mark(one, None, None), "two_check": Mark(two, None, None)}
    cells |= {name: Mark(None, points, None) for name, points in (manual or {}).items()}
    return Row(student, entry, Marks(cells, {}, penalty), PARTS, feedback)


class Page(HTMLParser):
    """Tags with their attributes, and whether each was closed in its order."""

    EMPTY = ("meta", "wbr", "rect", "br", "line")

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


@pytest.mark.parametrize(
    ("value", "text"), [(6.0, "6"), (0.0, "0"), (100.0, "100"), (2.5, "2.5"), (1 / 3, "0.33")]
)
def test_a_number_is_shown_without_a_needless_decimal(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4 s"), (12.4, "12 s"), (200.0, "3 min 20 s")]
)
def test_a_time_is_shown_as_one_says_it(seconds, text):
    assert duration(seconds) == text


def every_page(*rows):
    grades = small_class(*rows)
    return [class_page(grades), *(student_page(grades, row, HINTS) for row in rows)]


def test_each_page_needs_nothing_but_itself():
    for text in every_page(row("ada", 4, 2.5, feedback="feedback/ada/x.html"), row("bob", 0, 1)):
        page = Page(text)
        assert page.open == []
        assert not {"link", "img", "iframe"} & {tag for tag, _ in page.tags}
        assert [attrs for tag, attrs in page.tags if tag == "script"] in ([], [{}])  # its own
        assert "http" not in text and "url(" not in text and "@import" not in text


def test_the_pages_are_the_same_bytes_for_the_same_grades(classroom):
    grades, known = classroom.grades, WRONG
    assert class_page(grades, known) == class_page(grades, known)
    assert str(classroom.course.root) not in class_page(grades, known)


def test_what_students_wrote_is_shown_and_not_obeyed(classroom):
    assert EXPLOIT in classroom.row("script").reason
    text = class_page(classroom.grades)
    assert text.count("<script") == 1 and '<script>\n"use strict";' in text  # our own
    assert "&lt;script&gt;alert(" in text
    evil = row("<b>eve</b>", 0, 0, "<b>bold</b>", failed={"one": "<b>bad</b>"}, flags=["<b>f</b>"])
    for text in every_page(evil):
        assert "<b>" not in text and "&lt;b&gt;" in text


def test_each_cell_says_in_text_how_much_was_earned():
    text = class_page(small_class(row("ada", 4, 1), row("bob", 0, 0, failed={"one": OPEN})))
    marks = re.findall(r'aria-label="([a-z ]+)">(.)</span> ([\d.]+)', text)
    assert marks == [
        ("all points", "✓", "4"),
        ("some points", "~", "1"),
        ("not written yet", "○", "0"),
        ("no points", "✗", "0"),
    ]


def test_each_figure_has_a_text_alternative():
    page = Page(class_page(small_class(row("ada", 4, 1), row("bob", 4, 0, failed={"two": OPEN}))))
    labels = [attrs["aria-label"] for tag, attrs in page.tags if attrs.get("role") == "img"]
    assert labels[0].startswith("Students by share of the points: 0 to 10 %: 0; 10 to 20 %: 0;")
    assert labels[1:3] == [
        "one: 100 % all points, 0 % some or none, 0 not written",
        "two: 0 % all points, 50 % some or none, 1 not written",
    ]
    drawn = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert all("aria-label" in each or each.get("aria-hidden") == "true" for each in drawn)


def test_the_distribution_counts_every_student_once():
    rows = [row("a", 0, 0), row("b", 4, 2.5), row("c", 3.25, 0), row("d", 0.65, 0)]
    counts = {each.low: each.count for each in distribution(rows) if each.count}
    assert counts == {0: 1, 10: 1, 50: 1, 90: 1}
    assert sum(each.count for each in distribution([])) == 0


def test_progress_tells_wrong_from_not_written():
    rows = [row("a", 4, 0), row("b", 1, 0), row("c", 0, 0), row("d", 0, 0, failed={"one": OPEN})]
    assert progress(rows, PARTS[0]) == {"full": 1, "part": 1, "none": 1, "open": 1}


def test_the_same_mistake_is_counted_once_and_the_commonest_stands_first():
    grades = small_class(
        row("ada", 0, 0, failed={"one": "You ranked by value.", "two": "Two is off by 1."}),
        row("bob", 0, 0, failed={"one": "You ranked by value.", "two": OPEN}),
        row("cleo", 4, 0, failed={"two": "Two is off by 3."}),
    )
    found = [(each.exercise, each.message, each.students) for each in misconceptions(grades)]
    assert found == [
        ("one", "You ranked by value.", ["ada", "bob"]),
        ("two", "Two is off by 1.", ["ada"]),
        ("two", "Two is off by 3.", ["cleo"]),
    ]


def test_a_mistake_of_the_catalogue_goes_by_its_name(classroom):
    found = misconceptions(classroom.grades, WRONG)
    named = {(each.exercise, student): each.name for each in found for student in each.students}
    for answer in WRONG_SAMPLE:
        said = classroom.row(wrong_student(answer)).failed[answer.exercise]
        assert re.search(answer.says, said)
        assert named[answer.exercise, wrong_student(answer)] == name_of(
            answer.exercise, said, WRONG
        )
    assert name_of("magnitude_mask", "no such message", WRONG) == ""


def test_no_mistake_goes_by_the_name_of_another(course):
    named = 0
    for outcome in mistakes(course[LESSON]):
        name = name_of(outcome.answer.exercise, outcome.message, WRONG)
        assert outcome.answer.misconception in name.split(", or: ") or not name
        named += bool(name)
    assert named > 100  # most messages are those of one mistake or of two


def test_whoever_needs_a_look_is_listed_with_the_reasons():
    rows = [
        row("ada", 4, 2.5),
        row("bob", 4, 0, failed={"two": "took longer than 5 s and was stopped"}),
        row("cleo", 4, 2.5, flags=["a check was edited"]),
        row("dora", 0, 0, "18_pruning.ipynb is empty", graded=False),
    ]
    assert [(each.row.student, each.at_stake, each.reasons) for each in to_look_at(rows)] == [
        ("dora", 6.5, ["not graded: 18_pruning.ipynb is empty"]),
        ("bob", 2.5, ["two: took longer than 5 s and was stopped"]),
        ("cleo", 0, ["a check was edited"]),
    ]


def test_time_and_isolation_of_the_run_are_said_where_they_are_known():
    rows = [row("a", 4, 0, seconds=1.0, isolation="bubblewrap"), row("b", 4, 0, seconds=3.0)]
    assert about_the_run(rows) == [
        "Grading took 4.0 s of computing; a submission: median 2.0 s, longest 3.0 s.",
        "Students' code was isolated by bubblewrap.",
    ]
    assert about_the_run([row("a", 0, 0)]) == []


def test_a_students_page_shows_points_the_first_thing_wrong_and_a_hint():
    ada = row(
        "ada", 4, 0, failed={"two": "You kept 3."}, manual={"why": 1.5, "how": None}, penalty=1.0
    )
    text = shown(student_page(small_class(ada), ada, HINTS))
    assert (
        "by checks 4 of 6.5 by a reader 1.5 of 5, not all read yet handed in late -1 together 4.5"
        in text
    )
    assert "Look at this first: two You kept 3. Hint Rank by magnitude." in text
    assert "why 1.5 of 2 how not read yet" in text
    assert "Count first." not in text


def shown(page):
    """The text of a page without its tags."""
    body = page.split("<body>")[1].replace("<wbr>", "")
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_the_first_thing_wrong_is_a_mistake_before_it_is_an_open_exercise():
    ada = row("ada", 0, 0, failed={"one": OPEN, "two": "You kept 3."})
    assert "Look at this first: two" in shown(student_page(small_class(ada), ada, HINTS))
    bob = row("bob", 0, 0, failed={"one": OPEN, "two": OPEN})
    assert "Look at this first: one" in shown(student_page(small_class(bob), bob, HINTS))


def test_every_exercise_of_the_lesson_has_a_hint_for_the_students_page(classroom):
    hints = first_hints(classroom.course[LESSON].source)
    assert set(hints) >= {part.name for part in classroom.grades.exercises}


def test_a_question_is_called_by_its_heading_and_one_without_by_its_cell(classroom):
    titles = question_titles(classroom.course[LESSON].source)
    assert list(titles) == [part.name for part in classroom.grades.questions]
    assert titles["reflect_control"] == "2: what is a control for?"
    ada = row("ada", 4, 2.5, manual={"why": 1.5, "how": 1.0})
    named = {"why": "1: Why <b>?"}
    for page in (
        class_page(small_class(ada), titles=named),
        student_page(small_class(ada), ada, HINTS, named),
    ):
        assert "1: Why &lt;b&gt;?" in page and ">how<" in page and ">why<" not in page


def test_no_students_page_shows_the_code_of_a_check(classroom):
    publish(classroom.course[LESSON], classroom.grades)
    lines = {
        line.strip()
        for cell in classroom.source.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith(CHECK_SUFFIX)
        for line in cell.source.splitlines()
        if len(line.strip()) > 12
    }
    assert len(lines) > 100
    for page in (classroom.course[LESSON].report / "students").glob("*.html"):
        text = shown(page.read_text(encoding="utf-8"))
        assert not [line for line in lines if line in text]


def test_each_link_leads_to_a_page(classroom):
    publish(classroom.course[LESSON], classroom.grades)
    page = Page(class_page(classroom.grades))
    links = [unquote(attrs["href"]) for tag, attrs in page.tags if tag == "a"]
    places = {f"#{attrs['id']}" for _, attrs in page.tags if "id" in attrs}
    assert {link for link in links if link.startswith("#")} <= places
    links = [link for link in links if not link.startswith("#")]
    graded = sum(row.graded for row in classroom.grades.rows)
    assert len(links) == len(classroom.grades.rows) + graded
    for link in links:
        assert (classroom.course[LESSON].report / link).is_file()


def test_the_files_appear_in_the_class_folder_and_leave_nothing_beside_them(classroom):
    gone = classroom.course[LESSON].report / "students" / "gone.html"
    gone.parent.mkdir(exist_ok=True)
    gone.write_text("of a student who left")
    for path in publish(classroom.course[LESSON], classroom.grades):
        assert path.parent == classroom.course[LESSON].report and path.is_file()
    assert not gone.exists()
    hidden = [path.name for path in classroom.course.class_folder.glob(".*")]
    assert hidden == [".gitignore"] and not list(gone.parents[1].glob(".*"))


@pytest.mark.parametrize("width", [400, 1400])
def test_the_pages_pass_axe_and_fit_the_screen(chromium, classroom, width):
    _, report = publish(classroom.course[LESSON], classroom.grades)
    student = wrong_student(WRONG_SAMPLE[0])
    for path in (report, report.parent / "students" / f"{student}.html"):
        page = chromium.new_page(viewport={"width": width, "height": 900})
        said = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert said == []
        page.close()


def test_the_table_shows_every_student_point_and_reason_in_80_columns():
    console = Console(width=80, file=io.StringIO())
    console.print(to_table(small_class(row("ada", 4, 2.5), row("[b]", 0, 0, "one: [red] alert"))))
    text = console.file.getvalue()
    assert re.search(r"ada +6\.5 +4 +2\.5 ", text)
    assert re.search(r"^ 1 one \(4\) +2 two \(2\.5\)", text, re.MULTILINE)
    assert re.search(r"\[b\] +│ one: \[red\] alert", text)
    assert "nothing lost" in text


def test_the_table_says_how_many_answers_wait_for_a_reader():
    console = Console(width=80, file=io.StringIO())
    console.print(to_table(small_class(row("ada", 4, 2.5, manual={"why": None, "how": 1.0}))))
    said = console.file.getvalue()
    assert "1 answer is not read yet" in said and "To read: tito read" in said


def test_the_table_of_the_whole_lesson_fits_into_80_columns(classroom):
    console = Console(width=80, file=io.StringIO())
    few = replace(classroom.grades, rows=[classroom.row("reference"), classroom.row("untouched")])
    console.print(to_table(few))
    every_point = "".join(f" +{part.points:g}" for part in classroom.grades.exercises)
    assert re.search(rf"^reference +\d+{every_point} *$", console.file.getvalue(), re.MULTILINE)


def test_grading_without_isolation_is_told_in_table_and_page():
    trusted = row("ada", 4, 1, isolation="none")
    shut_in = row("bob", 4, 1, isolation="bubblewrap")
    for rows, said in (([trusted, shut_in], True), ([shut_in], False)):
        console = Console(width=80, file=io.StringIO())
        console.print(to_table(small_class(*rows)))
        assert ("graded without isolation: 1" in console.file.getvalue()) == said
        assert ("without isolation" in class_page(small_class(*rows))) == said


LATE = Lateness(datetime(2026, 3, 2, 9), datetime(2026, 3, 1, 7), timedelta(hours=26), True)


def called(student, one, two, **about):
    """A row with a name, a section, or lateness; a penalty where it is late."""
    made = row(student, one, two, manual={"why": 1.0, "how": 2.0})
    late = about.pop("late", Lateness())
    marks = replace(made.marks, late=late, penalty=2.5 if late.is_late else None)
    return replace(made, marks=marks, **about)


def test_totals_are_shown_with_their_spread():
    # 4 + 2.5 + 3 = 9.5; 3; 4 + 3 - 2.5 = 4.5: mean 17 / 3, squares 14.69 + 7.11 + 1.36 over 2
    rows = [called("a", 4, 2.5), called("b", 0, 0), called("c", 4, 0, late=LATE)]
    found = spread([*rows, row("d", 0, 0, graded=False)])
    assert (found.median, found.lowest, found.highest) == (4.5, 3, 9.5)
    assert (found.mean, found.deviation) == pytest.approx((17 / 3, 3.4034), abs=1e-4)
    assert spread([row("d", 0, 0, graded=False)]) is None


def test_an_exercise_that_goes_along_with_the_others_tells_apart():
    # Per four students: 2, 2, -2, -2 and 0.625, 0.625, -1.875, 0.625 from the means, so
    # 5 / sqrt(16 * 4.6875) = 0.57735.
    points = [(4, 2.5), (4, 2.5), (0, 0), (0, 2.5)] * 3
    rows = [row(f"s{place}", *each) for place, each in enumerate(points)]
    assert discrimination(rows, PARTS[0]) == pytest.approx(0.57735, abs=1e-5)
    assert discrimination(rows[:9], PARTS[0]) is None  # of nine it says nothing
    assert discrimination([row(f"s{place}", 4, 0) for place in range(12)], PARTS[0]) is None


def test_a_question_counts_those_who_answered_and_blank_ones_are_not_read():
    marks = {"read": Mark(None, 1.5, None), "unread": Mark(None, None, None)}
    marks |= {"blank": Mark(0.0, None, None), "again": Mark(None, 2.0, None, True, True)}
    rows = [
        replace(row(name, 4, 0), marks=Marks({"why": mark}, {}, None))
        for name, mark in marks.items()
    ]
    [why] = answers(rows, ASKED[:1])
    assert (why.answered, why.given) == (3, [1.5])


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (timedelta(hours=26), "late by 1 d 2 h"),
        (timedelta(minutes=90), "late by 1 h 30 min"),
        (timedelta(seconds=1), "late"),
    ],
)
def test_how_late_is_said_as_one_says_it(by, words):
    assert how_late(called("a", 4, 0, late=replace(LATE, by=by))) == words


def test_names_times_and_late_marks_stand_in_both_pages():
    ada = called("ada_l", 4, 0, name="Ada <L>", section="Monday", feedback="../f/x.html", late=LATE)
    grades = small_class(ada)
    text = shown(class_page(grades))
    assert "Ada <L> ada_l, Monday 2026-03-02 09:00 late by 1 d 2 h 4 4.5" in text
    page = student_page(grades, ada, HINTS)
    assert "Ada <L> 18_pruning, handed in 2026-03-02 09:00 UTC, late by 1 d 2 h." in shown(page)
    assert 'href="../../f/x.html"' in page


def test_what_was_unusual_is_told_to_the_student():
    ada = row("ada", 4, 0, flags=["Found by its name."])
    assert "What was unusual Found by its name." in shown(student_page(small_class(ada), ada, {}))


def test_who_is_not_graded_has_no_points_in_the_page():
    text = shown(class_page(small_class(row("ada", 0, 0, "no notebook", graded=False))))
    assert "ada refused no notebook" in text


def test_search_and_order_work_and_without_them_the_page_is_whole(chromium, tmp_path):
    rows = [called("ada", 0, 0, section="Tue"), called("bob", 4, 2.5, section="Mon 1")]
    rows += [called("cyd", 4, 0, section="Mon 2")]
    path = tmp_path / "report.html"
    path.write_text(class_page(small_class(*rows)), "utf-8")
    page = chromium.new_page()
    page.goto(path.as_uri())
    lines = page.locator(".class tbody tr")
    page.get_by_label("Sort by").select_option("total")
    names = [each.get_attribute("data-student") for each in lines.all()]
    assert names == ["bob", "cyd", "ada"]
    page.get_by_label("Search").fill("mon 2")
    assert [each.get_attribute("data-student") for each in lines.all() if each.is_visible()] == [
        "cyd"
    ]
    assert page.get_by_role("status").inner_text() == "1 of 3"
    page.close()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator(".class tbody tr").count() == 3
    assert page.get_by_label("Search").count() == 0
    context.close()


def test_a_large_class_fits_a_screen_with_who_needs_a_person_first():
    rows = [called(f"student_{place:03}", 4, 0) for place in range(180)]
    rows += [row(f"refused_{place}", 0, 0, "a web page", graded=False) for place in range(15)]
    rows += [called(f"late_{place}", 4, 2.5, late=LATE) for place in range(5)]
    console = Console(width=80, file=io.StringIO())
    console.print(to_table(small_class(*rows)))
    text = console.file.getvalue()
    assert len(text.splitlines()) <= 24
    assert "18_pruning: 200 students: 185 graded, 15 refused, 5 late" in text
    # 180 of 7 points and 5 of 7: all alike
    assert "totals: mean 7 ± 0, median 7, from 7 to 7 of 11.5" in text
    assert "and 3 more to look at; everybody's points: report.html" in text
