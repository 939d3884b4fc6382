"""Answers that are alike are listed, honest ones are not, and nothing of a student's is HTML."""

import random
import re
import time

import pytest
from catalogue import CATALOGUES
from click.testing import CliRunner
from small import LESSON, WRONG, answered, graded, hand_in, small_course

from tito.cli import main
from tito.errors import CourseError
from tito.similar import similar
from tito.similar.pairs import alike

STUB = 'def total(numbers):\n    """Add up."""\n    raise NotImplementedError("not written yet")\n'
REFERENCE = 'def total(numbers):\n    """Add up."""\n    return sum(numbers)\n'
ORIGINAL = """
def total(numbers):
    # as I learned it
    positive = []
    negative = []
    for number in numbers:
        if number >= 0:
            positive.append(number * 2)
        else:
            negative.append(-number)
    difference = sum(positive) - sum(negative) * 2
    return difference // 2
"""
RENAMED = '''
def total(values):
    """My very own."""
    plus = []
    minus = []
    for each in values:
        if each >= 0:
            plus.append(each * 2)
        else:
            minus.append(-each)
    gap = sum(plus) - sum(minus) * 2  # a comment
    return gap // 2
'''
REORDERED = """
def halved(gap):
    return gap // 2


def total(a):
    c = []
    b = []
    for x in a:
        if x >= 0:
            b.append(2 * x)
        else:
            c.append(-x)
    d = sum(b) - 2 * sum(c)
    return halved(d)
"""
HONEST = """
def total(numbers):
    result = 0
    position = 0
    while position < len(numbers):
        result = result + numbers[position]
        position += 1
    return result
"""


def names(answers, given=(STUB, REFERENCE)):
    found, _ = alike("total", answers, given)
    return {each.students for each in found}


@pytest.mark.parametrize("copy", [RENAMED, REORDERED], ids=["renamed", "reordered"])
def test_a_copy_is_listed_and_honest_work_is_not(copy):
    answers = {"ada": ORIGINAL, "ben": copy, "cyd": HONEST, "dan": REFERENCE, "eve": STUB}
    assert names(answers) == {("ada", "ben")}


def test_what_the_stub_and_the_reference_have_is_nobodys():
    answers = {"ada": ORIGINAL, "ben": ORIGINAL}
    assert names(answers) == {("ada", "ben")}
    assert names(answers, (STUB, ORIGINAL)) == set()


def test_what_most_of_the_class_have_is_nobodys():
    few = {f"student{number}": ORIGINAL for number in range(4)}
    assert len(names(few)) == 6
    assert names({f"student{number}": ORIGINAL for number in range(5)}) == set()


def test_two_of_a_large_class_are_found_by_what_they_alone_have():
    others = {f"student{number}": HONEST for number in range(30)}
    assert names(others | {"ada": ORIGINAL, "ben": REORDERED}) == {("ada", "ben")}


def test_lines_that_both_have_are_marked():
    [found], _ = alike("total", {"ada": ORIGINAL, "ben": RENAMED}, [STUB, REFERENCE])
    ada, ben = found.sides
    assert [text for text, shared in ada.lines if shared][-1] == "    return difference // 2"
    assert ("    gap = sum(plus) - sum(minus) * 2  # a comment", True) in ben.lines


def test_what_is_no_python_is_named_and_stops_nothing():
    deep = "def total(numbers):\n    return " + "-" * 90_000 + "1"
    found, unread = alike(
        "total", {"ada": ORIGINAL, "ben": RENAMED, "cyd": "def total(:", "dan": deep}, [STUB]
    )
    assert len(found) == 1 and unread == ["cyd", "dan"]


def test_different_right_answers_to_the_labs_are_not_alike():
    for catalogue in CATALOGUES.values():
        answers = {}
        for each in catalogue.right:
            answers.setdefault(each.exercise, {})[each.name] = each.source
        for exercise, theirs in answers.items():
            found, _ = alike(exercise, theirs, [])
            assert not found, [each.students for each in found]


def test_a_class_of_500_takes_less_than_a_minute():
    """Each writes the same kinds of lines in an order of their own; two share them all."""
    chance = random.Random(0)

    def answer():
        steps = [
            f"    value{chance.randrange(9)} = [each {chance.choice('+-*')} {chance.randrange(99)} "
            f"for each in numbers if each > {chance.randrange(99)}]"
            for _ in range(40)
        ]
        return "\n".join(["def total(numbers):", *steps, "    return value0"])

    answers = {f"student{number:03}": answer() for number in range(499)}
    answers["zoe"] = answers["student007"].replace("each", "one")
    start = time.process_time()
    assert names(answers) == {("student007", "zoe")}
    assert time.process_time() - start < 60


@pytest.fixture
def course(tmp_path, isolation):
    return small_course(tmp_path)


def test_the_page_shows_both_side_by_side_and_their_text_is_text(course, monkeypatch):
    evil = ORIGINAL + '\nevil = "<script>alert(1)</script>"\n'
    hand_in(course, {"ada": answered(course, evil), "ben": answered(course, RENAMED)})
    hand_in(course, {"cyd": answered(course, WRONG)})
    graded(course)
    found = similar(course[LESSON])
    assert [pair.students for pair in found.pairs] == [("ada", "ben")] and found.students == 3
    page = found.page.read_text("utf-8")
    assert found.page == course[LESSON].report / "similar.html"
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=", page)
    assert page.index("ada and ben") < page.index("<h4>ada</h4>") < page.index("<h4>ben</h4>")
    assert "<mark>    return difference // 2</mark>" in page
    monkeypatch.chdir(course.root)
    said = CliRunner().invoke(main, ["similar", LESSON])
    assert said.exit_code == 0 and "ada and ben" in said.output
    assert "pairs with answers that are alike: 1, of 3 students" in said.output


def test_a_class_that_is_not_graded_is_said_to_be_so(course):
    with pytest.raises(CourseError, match=r"no submission is graded in .*run `tito grade` first"):
        similar(course[LESSON])
    hand_in(course, {"ada": answered(course)})
    graded(course)
    with pytest.raises(CourseError, match=r"1 submission is graded .* two are needed"):
        similar(course[LESSON])
