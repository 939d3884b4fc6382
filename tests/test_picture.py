"""The picture of a class: what checks measured, and names of those alone who gave one."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from loading import Page
from nbformat.v4 import new_code_cell, new_markdown_cell
from small import LESSON, RIGHT, graded, hand_in, small_course

from tito.answers import fill
from tito.cells import Cell, Kind
from tito.finding import pieces_of
from tito.grades import Grades, Row
from tito.grading.gradebook import Marks
from tito.grading.journal import Entry
from tito.grading.rebuild import Release, shown_as
from tito.judging.judge import Judge, compiled
from tito.judging.plan import Plan, check_codes
from tito.judging.verdict import Verdict, Work
from tito.notebooks import notebook_bytes, read_notebook
from tito.report import publish
from tito.report.pages import class_page, picture_page
from tito.report.picture import Dot, picture
from tito.sandbox.limits import Limits

LOST, MOST = "points lost", "points lost at most"


def file(size, lost, most=12_000):
    return {"bytes": size, "bytes at most": most, LOST: lost, MOST: 2.0}


def row(student, *files, name=""):
    measured = {f"ship_{place}_check": each for place, each in enumerate(files)}
    verdict = Verdict(student, "", measured=measured)
    return Row(student, Entry(student, "", "graded", verdict=verdict, shown_as=name), NONE, [])


NONE = Marks({}, {}, None)
# The front by hand: 10,000 loses 3; 11,000 more than that, beaten; 12,000 loses 1; 20,000 loses 1
# too, beaten; 30,000 gains 0.5. What loses 4.5 is beyond twice the limit.
CLASS = [
    row("secret_ada", file(11_000, 3.5), file(30_000, -0.5, 40_000), name="Ada"),
    row("secret_bob", file(12_000, 1.0), file(20_000, 1.0, 24_000)),
    row("secret_cyd", file(10_000, 3.0), file(9_000, 4.5)),
    row("secret_dora"),
]


def test_the_front_is_what_no_other_beats_in_both():
    found = picture(CLASS)
    assert found.front == [Dot(10_000, 3.0), Dot(12_000, 1.0), Dot(30_000, -0.5, "Ada")]
    assert (len(found.dots), len(found.drawn), found.students) == (6, 5, 3)
    assert (found.x_limits, found.y_limits) == ([12_000, 24_000, 40_000], [2.0])
    assert found.title == "Fewest bytes with at most 2 points lost: 12,000"
    assert found.y_marks == [0, 1, 2, 3, 4] and found.lowest == -0.5
    ends = [found.across(each) for each in (12_000, 24_000, 48_000)]
    assert ends[1] - ends[0] == pytest.approx(ends[2] - ends[1], abs=0.2)  # a scale of ratios
    assert found.down(1.0) > found.down(2.0)  # up the page is worse


def test_two_that_are_equal_are_both_on_the_front():
    found = picture([row("a", file(100, 1.0)), row("b", file(100, 1.0), name="B")])
    assert found.front == [Dot(100, 1.0), Dot(100, 1.0, "B")]


@pytest.mark.parametrize(
    "measured",
    [{}, {"bytes": 5.0}, {"bytes at most": 5.0, MOST: 2.0}, {"bytes": 0.0, LOST: 1.0}],
)
def test_where_two_numbers_were_not_measured_there_is_no_picture(measured):
    assert picture([row("ada", measured)]) is None
    assert 'id="picture"' not in class_page(Grades("x", [], [row("ada", measured)]))


@pytest.mark.parametrize(
    "numbers", [[(5.0, -1.0)], [(5.0, 0.0)], [(5.0, 0.0), (7.0, 1e9)], [(1e-9, 3.0), (1e9, 3.0)]]
)
def test_a_picture_without_limits_has_marks(numbers):
    found = picture([row("ada", *({"size": x, "loss": y} for x, y in numbers))])
    assert 2 <= len(found.y_marks) <= 8 and found.x_marks and found.title.startswith("Fewest size:")
    assert picture_page("x", found)


def section(rows):
    text = class_page(Grades("18c_shipping", [], rows))
    return text.split('<section id="picture">')[1].split("</section>")[0]


def test_nobody_is_named_who_did_not_give_a_name_and_no_order_tells_who_it_is():
    text = section(CLASS)
    assert text.count(">Ada<") == 2 and "secret" not in text and "ship_" not in text
    assert text == section(CLASS[::-1])
    alone = picture_page("18c_shipping", picture(CLASS))
    assert alone == picture_page("18c_shipping", picture(CLASS[::-1])) and "secret" not in alone
    assert not Page(alone).from_elsewhere


def test_a_table_says_what_the_picture_does():
    rows = re.findall(r"<tr>(<td.*?)</tr>", section(CLASS))
    cells = [re.findall(r">([^<]+)</td>", each) for each in rows]
    assert cells == [
        ["10,000", "3", "yes", "not given"],
        ["12,000", "1", "yes", "not given"],
        ["30,000", "-0.5", "yes", "Ada"],
    ]


def test_names_do_not_stand_over_each_other():
    rows = [row(f"s{place}", file(12_000 + place, 1.0), name=f"N{place}") for place in range(40)]
    found = picture(rows)
    assert 1 <= len(found.labels) < 5 and len(found.listed) == 40
    places = [(label.x, label.y) for label in found.labels]
    assert len(set(places)) == len(places)


def test_a_name_stands_once_at_the_leftmost_dot_within_the_limit():
    files = [file(9_000, 2.5), file(11_000, 1.5), file(30_000, 0.0)]
    found = picture([row("a", *files, name="Ada"), row("b", file(9_500, 3.0), name="Bo")])
    assert found.named == [Dot(9_500, 3.0, "Bo"), Dot(11_000, 1.5, "Ada")]
    assert sorted(label.name for label in found.labels) == ["Ada", "Bo"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('SHOW_ME_AS = ""', ""),
        ('SHOW_ME_AS = "Ada"', "Ada"),
        ("SHOW_ME_AS = '  Ada\\n Lovelace '  # me", "Ada Lovelace"),
        ('SHOW_ME_AS = "<script>alert(1)</script>"', "<script>alert(1)</script>"),
        ('SHOW_ME_AS = "a\\u202eb"', "a\\u202eb"),
        ('SHOW_ME_AS = "a\u202eb\x1b[31m"', "a\\u202eb\\x1b[31m"),
        (f"SHOW_ME_AS = {'x' * 1000!r}", "x" * 30),
        ('SHOW_ME_AS = "Ada"\nSHOW_ME_AS = ""', ""),
        ("SHOW_ME_AS = Ada", ""),
        ('SHOW_ME_AS = open("/etc/passwd").read()', ""),
        ('SHOW_ME_AS = f"{1 + 1}"', ""),
        ('if True:\n    SHOW_ME_AS = "Ada"', ""),
        ('SHOW_ME_AS = "Ada', ""),
        ('SHOW_ME_AS = b"Ada"', ""),
        ("SHOW_ME_AS = 7", ""),
    ],
)
def test_a_name_is_text_and_never_run(source, name):
    handout = Release({"cells": []}, {"cells": []}, "x").handout
    cells = [new_markdown_cell('SHOW_ME_AS = "text"'), new_code_cell(source, id="other")]
    assert shown_as(pieces_of(cells, handout)) == name


def test_hostile_names_are_shown_and_not_obeyed():
    text = section([row("ada", file(9_000, 1.0), name="<script>a\\u202e")])
    assert "<script" not in text and text.count("&lt;script&gt;a\\u202e") == 2


FORGES = """
import builtins, sys
for_report = {"bytes": 1.0}
builtins.for_report = for_report
sys.modules["__main__"].for_report = for_report
print("for_report", {"bytes": 1.0})
def size(given=None):
    global for_report
    for_report = {"bytes": 1.0, "more": 2.0}
    if given is not None:
        given["bytes"] = 1.0
    return 7
"""
CHECK = """
for_report.update({"bytes": size(), "no number": "7", "nan": float("nan"), "huge": 10**400})
assert size(dict(for_report)) == 7
for_report.update((f"number {place}", place) for place in range(20))
"""


def test_numbers_are_the_checks_own_bounded_and_of_one_check(sandbox):
    cells = [
        Cell("above", Kind.GIVEN, "for_report = {}"),
        Cell("size", Kind.EXERCISE, "", 0, ("size",)),
        Cell("quiet_check", Kind.CHECK, "assert size() == 7", 1),
        Cell("size_check", Kind.CHECK, CHECK, 1),
        Cell("more_check", Kind.CHECK, 'for_report["bytes"] = size()\nassert False, "no"', 1),
        Cell("late_check", Kind.CHECK, "assert size() == 7", 1),
    ]
    plan = Plan("x", tuple(cells), ".")
    judge = Judge(Work("eve", "d", {"size": FORGES}), sandbox, Limits(call_seconds=2), "bubblewrap")
    verdict = judge.judge(compiled(plan), check_codes(plan).__getitem__)
    kept = {"bytes": 7.0} | {f"number {place}": float(place) for place in range(4)}
    assert verdict.measured == {"size_check": kept, "more_check": {"bytes": 7.0}}
    assert verdict.failed == {"more": "no"}


def test_a_journal_of_before_has_no_numbers_and_no_names():
    data = json.loads(json.dumps({"student": "ada", "digest": "d", "status": "graded"}))
    entry = Entry.from_dict(data | {"verdict": {"student": "ada", "digest": "d"}})
    assert (entry.shown_as, entry.judged.measured) == ("", {})


MEASURED = """

# %% given measures
for_report = {}

# %% exercise half
def half(number):
    ### BEGIN SOLUTION
    return number / 2
    ### END SOLUTION

# %% check half 1
for_report.update({"half": half(8), "half at most": 9, "eighth": half(2), "eighth at most": 2})
assert half(8) == 4

# %%
SHOW_ME_AS = ""
"""
HALF = "def half(number):\n    return number / {}"


@pytest.fixture(scope="module")
def shown(tmp_path_factory, isolation):
    """A class in which one agreed, one did not, one wrote what is no name; its course and rows."""
    course = small_course(tmp_path_factory.mktemp("picture") / "course", MEASURED)
    released = read_notebook(course[LESSON].released)

    def work(by, says):
        book = fill(released, {"total": RIGHT, "half": HALF.format(by)})
        [cell] = [cell for cell in book.cells if cell.source.startswith("SHOW_ME_AS")]
        cell.source = f"SHOW_ME_AS = {says}"
        return notebook_bytes(book)

    works = {"id_1": work(2, "'Ada <L>'"), "id_2": work(1, "''"), "id_3": work(4, "print('x')")}
    hand_in(course, works)
    return course, graded(course)


def test_what_a_check_measured_and_who_agreed_is_in_the_report(shown):
    course, rows = shown
    assert {name: each.entry.shown_as for name, each in rows.items()} == {
        **{"id_1": "Ada <L>", "id_2": "", "id_3": ""}
    }
    assert picture(rows.values()).dots == [Dot(2, 0.5), Dot(4, 1, "Ada <L>"), Dot(8, 2)]
    _, report = publish(course[LESSON], Grades(LESSON, rows["id_1"].exercises, [*rows.values()]))
    alone = (report.parent / "picture.html").read_text(encoding="utf-8")
    assert ">Ada &lt;L&gt;<" in alone and "id_" not in alone
    assert 'href="picture.html"' in report.read_text(encoding="utf-8")


def test_asking_for_a_name_is_no_question_and_no_oddity(shown):
    _, rows = shown
    for each in rows.values():
        assert each.flags == [] and list(each.manual) == ["why"]
        assert each.max_score == 3


@pytest.mark.parametrize("width", [400, 1200])
def test_the_picture_passes_axe_and_fits_the_screen(chromium, tmp_path, width):
    grades = Grades("18c_shipping", [], CLASS)
    pages = {"report": class_page(grades), "picture": picture_page("18c_shipping", picture(CLASS))}
    for name, text in pages.items():
        path = tmp_path / f"{name}.html"
        path.write_text(text, encoding="utf-8")
        page = chromium.new_page(viewport={"width": width, "height": 900})
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.close()
