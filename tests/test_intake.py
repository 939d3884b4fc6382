"""What is taken in of a submission: its answers, and nothing that leads astray."""

import json
import os
import sys
import warnings
from base64 import b64encode
from copy import deepcopy

import pytest
from classroom import LESSON

from tito.course import Course
from tito.decoding import content_of
from tito.errors import NotebookError
from tito.grading.intake import RefusedError, hand_in, name_problem, shown
from tito.grading.rebuild import Release, rebuild
from tito.program import Code, left_over

LARGEST = 1000


def cell(name, source, kind="code", **grading):
    noted = {"grade_id": name, "grade": False, "solution": False, "locked": True, **grading}
    return {"cell_type": kind, "id": name, "source": source, "metadata": {"nbgrader": noted}}


STUB = "raise NotImplementedError"
CELLS = [
    {"cell_type": "code", "id": "plain", "source": "#| default_exp pruning\n1 + 1", "metadata": {}},
    cell("imports", "import math"),
    cell("area", STUB, solution=True, locked=False),
    cell("area_check", "assert area(1)", grade=True, points=4),
    cell("reflect", "*Your answer here.*", "markdown", grade=True, solution=True, points=2),
]
RELEASE = Release({"cells": deepcopy(CELLS)}, {"cells": CELLS}, "tinytorch")


@pytest.fixture
def course(tmp_path):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / f"{LESSON}.py").touch()
    return Course(tmp_path, tmp_path / "class")


def notebook_of(course, student):
    path = course[LESSON].submission(student)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def problem(course, student):
    return hand_in(course[LESSON], student, LARGEST).problem


def handed_in(**changes):
    """The release with the area answered, and with changes to cells: {grade_id: fields}."""
    cells = deepcopy(CELLS)
    for each in cells:
        each.update({"area": {"source": "area = 1"}, **changes}.get(each["id"], {}))
    return cells


def flags(cells):
    return rebuild({"cells": cells}, RELEASE).flags


# ---- files ----


def test_a_notebook_and_its_time_are_read(course):
    path = notebook_of(course, "ada")
    path.write_bytes(b"{}")
    path.with_name("timestamp.txt").write_text("2030-01-02 03:04:05 UTC\n")
    came = hand_in(course[LESSON], "ada", LARGEST)
    assert (came.content, came.timestamp, came.problem) == (
        b"{}",
        "2030-01-02 03:04:05 UTC",
        "",
    )


@pytest.mark.parametrize(
    "student", ["a b", "it's", 'q"q', "[ab]*?", "-rf", "--help", "Ωμέγα", "नमस्ते"]
)
def test_odd_names_are_no_reason_to_refuse(course, student):
    notebook_of(course, student).write_bytes(b"{}")
    assert course[LESSON].students() == [student]
    assert problem(course, student) == ""


@pytest.mark.parametrize("student", ["two\nlines", "bell\a", "x" * 129, "\udcff", "\u202eeve"])
def test_a_name_that_the_gradebook_cannot_hold_is_a_reason(course, student):
    assert "rename it" in name_problem(student)
    assert "\n" not in shown(student) and shown(student).encode()
    assert "rename it" in problem(course, student)


def test_a_folder_hidden_by_a_dot_is_said(course):
    notebook_of(course, ".dot").write_bytes(b"{}")
    (course.submitted / ".git" / "objects").mkdir(parents=True)
    (course.submitted / ".ipynb_checkpoints").mkdir()
    notebook_of(course, "ada").write_bytes(b"{}")
    assert course[LESSON].students() == [".dot", "ada"]
    assert "begins with a dot" in problem(course, ".dot")


def test_nothing_handed_in_and_another_name_are_told_apart(course):
    (course.submitted / "ada").mkdir(parents=True)
    assert problem(course, "ada") == f"no {LESSON}/{LESSON}.ipynb in this submission"
    notebook_of(course, "bob").with_name("my\nown.ipynb").write_bytes(b"{}")
    assert problem(course, "bob").endswith("there is my?own.ipynb: rename it")


def test_a_file_that_is_too_big_is_refused_unread(course):
    path = notebook_of(course, "ada")
    with path.open("wb") as file:
        file.truncate(10**12)  # a hole: reading it would take all memory
    assert problem(course, "ada").startswith(f"{LESSON}.ipynb has 1,000,000,000,000 bytes")


@pytest.mark.parametrize("up", [0, 1, 2], ids=["file", "lesson", "student"])
def test_a_link_is_not_followed(course, tmp_path, up):
    secret = tmp_path / "elsewhere" / LESSON / f"{LESSON}.ipynb"
    secret.parent.mkdir(parents=True)
    secret.write_text("secret")
    path = course[LESSON].submission("ada")
    link, target = [path, *path.parents][up], [secret, *secret.parents][up]
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    assert path.read_text() == "secret"
    assert course[LESSON].students() == ["ada"]
    came = hand_in(course[LESSON], "ada", LARGEST)
    assert "is a link" in came.problem and came.content == b""


def test_a_time_behind_a_link_is_not_read(course, tmp_path):
    (tmp_path / "secret").write_text("2030-01-01")
    path = notebook_of(course, "ada")
    path.write_bytes(b"{}")
    path.with_name("timestamp.txt").symlink_to(tmp_path / "secret")
    assert hand_in(course[LESSON], "ada", LARGEST).timestamp == ""


def test_a_pipe_and_a_folder_are_refused_at_once(course):
    os.mkfifo(notebook_of(course, "ada"))
    notebook_of(course, "bob").mkdir()
    for student in ("ada", "bob"):
        assert "is not a file but a folder, a pipe or a device" in problem(course, student)


def test_a_file_where_a_folder_belongs_is_refused(course):
    course.submitted.mkdir(parents=True)
    (course.submitted / "ada").mkdir()
    (course.submitted / "ada" / LESSON).write_text("no folder")
    assert "is not a folder" in problem(course, "ada")


# ---- content ----


def test_a_byte_order_mark_does_no_harm():
    assert content_of(b'\xef\xbb\xbf{"nbformat": 4}', "x.ipynb") == {"nbformat": 4}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\xff\xfe{", "is not UTF-16 text"),
        (b'{"\xe4": 1}', "is not UTF-8 text"),
        (b"[" * 100_000 + b"]" * 100_000, "is not JSON"),
        (b'{"nbformat": 4', "is not JSON"),
        (b"[]", "has no nbformat"),
        (b'{"nbformat": 3}', "has notebook format 3"),
        (b'{"nbformat": "' + b"9" * 500 + b'"}', r"has notebook format \[...\]"),
    ],
)
def test_what_is_no_notebook_is_told_in_one_line(data, says):
    with pytest.raises(NotebookError, match=says) as caught:
        content_of(data, "x.ipynb")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


ONE_CELL = '{"nbformat": 4, "cells": [{"cell_type": "code", "source": "area = \\"ü\\""}]}'


@pytest.mark.parametrize(
    "data",
    [
        ONE_CELL.encode("utf-8-sig"),
        ONE_CELL.encode("utf-16"),
        ONE_CELL.encode("utf-16-le"),
        ONE_CELL.encode("utf-16-be"),
        ONE_CELL.encode("utf-32"),
        ONE_CELL.encode() + bytes(7),
        ONE_CELL.encode() + b"}\r\n",
        ONE_CELL.replace(", ", ",\r\n").encode(),
        ONE_CELL.replace('"nbformat": 4, ', "").encode(),
        b"\r\n " + ONE_CELL.encode(),
    ],
    ids=["mark", "16", "16le", "16be", "32", "nul", "brace", "crlf", "no_format", "blanks"],
)
def test_however_it_was_saved_a_notebook_is_read(data):
    content = content_of(data, "x.ipynb")
    assert content["nbformat"] == 4
    assert content["cells"] == [{"cell_type": "code", "source": 'area = "ü"'}]


@pytest.mark.parametrize("minor", range(7))
def test_every_minor_of_format_4_is_read(minor):
    content = {"nbformat": 4, "nbformat_minor": minor, "cells": handed_in()}
    answers = rebuild(content_of(json.dumps(content).encode(), "x.ipynb"), RELEASE).answers
    assert answers["area"] == "area = 1"


def test_format_3_is_read_as_far_as_its_text_goes():
    noted = {"nbgrader": {"grade_id": "area"}}
    cells = [
        {"cell_type": "heading", "level": 1, "source": "Areas", "metadata": {}},
        {"cell_type": "code", "input": ["area = 1\n", "pass"], "metadata": noted, "language": "py"},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    content = content_of(json.dumps(old).encode(), "x.ipynb")
    assert [each["cell_type"] for each in content["cells"]] == ["markdown", "code"]
    assert rebuild(content, RELEASE).answers["area"] == "area = 1\npass"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7\n\xe2", "not a notebook but a PDF file"),
        (b"PK\x03\x04\x14", "not a notebook but a zip file"),
        (b"\x1f\x8b\x08", "not a notebook but a gzip archive"),
        (b"\n<!DOCTYPE html><html></html>", "it is a web page"),
        (b"<HTML lang=de>", "it is a web page"),
        (
            ONE_CELL.replace(", ", "\n<<<<<<< HEAD\n, ", 1).encode(),
            "git left conflict marks",
        ),
        (ONE_CELL.encode() + b"\nand more", "more text follows the end in line 1"),
    ],
)
def test_what_it_is_instead_is_named(data, says):
    with pytest.raises(NotebookError, match=says):
        content_of(data, "x.ipynb")


def test_only_the_answers_enter():
    answers = rebuild({"cells": handed_in()}, RELEASE).answers
    assert answers == {"area": "area = 1", "reflect": "*Your answer here.*"}


def test_text_in_lines_and_cells_without_sense_are_taken_as_they_are():
    lines = {"source": ["area = 1\n", 7, "pass"]}
    cells = [None, 3, {"metadata": 5}, {"metadata": {"nbgrader": []}}, *handed_in(area=lines)]
    assert rebuild({"cells": cells}, RELEASE).answers["area"] == "area = 1\npass"


@pytest.mark.parametrize("cells", [None, 5, [], [{}], [{"cell_type": "code", "source": "1"}]])
def test_a_notebook_of_something_else_is_refused(cells):
    with pytest.raises(RefusedError, match="none of the lesson's exercises"):
        rebuild({"cells": cells}, RELEASE)


def test_an_honest_notebook_is_not_flagged():
    assert flags(handed_in()) == []
    assert flags(handed_in(imports={"source": ["import math\n"], "outputs": [1]})) == []


def test_a_missing_answer_stays_as_it_was_handed_out_and_is_flagged():
    cells = [each for each in handed_in() if each["id"] != "area"]
    taken = rebuild({"cells": cells}, RELEASE)
    assert taken.answers["area"] == STUB
    assert taken.flags == ["Cell area missing: taken as not answered."]


def test_of_copies_the_last_counts_as_for_nbgrader():
    twin = cell("area", "area = 2", solution=True, locked=False)
    taken = rebuild({"cells": [*handed_in(), twin]}, RELEASE)
    assert taken.answers["area"] == "area = 2"
    assert taken.flags == ["Cell area copied: the last copy counts."]


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"area_check": {"source": "pass"}}, "Cell area_check changed: put back as handed out."),
        (
            {"area_check": cell("area_check", "assert area(1)", grade=True, points=999)},
            "Cell area_check with grading data changed: the lesson's count.",
        ),
        (
            {"reflect": {"cell_type": "code"}},
            "Cell reflect with grading data changed: the lesson's count.",
        ),
        (
            {"area": {"source": "from tinytorch.pruning import area"}},
            "Cell area importing tinytorch.pruning, which is not there when grading.",
        ),
        (
            {"area": {"source": "from tinytorch import pruning"}},
            "Cell area importing tinytorch.pruning, which is not there when grading.",
        ),
        (
            {"area": {"source": "'\ud800'"}},
            "Cell area with characters that are none: replaced by ?.",
        ),
    ],
)
def test_an_oddity_is_flagged_in_one_sentence(changes, flag):
    assert flags(handed_in(**changes)) == [flag]


def test_cells_of_the_students_own_are_counted_and_invented_checks_named():
    own = {"cell_type": "code", "source": "x = 1", "metadata": {}}
    again = {
        "cell_type": "code",
        "source": "#| default_exp pruning\n1 + 1",
        "metadata": {},
    }  # as handed out
    extra = cell("free_points", "pass", grade=True, points=99)
    assert flags([own, own, again, *handed_in(), extra]) == [
        "Cell free_points of no lesson: left out.",
        "Code cells of the student's own, left out: 2.",
    ]


def test_a_flag_names_only_some_of_many():
    cells = [cell(f"extra_{n}", "pass") for n in range(30)] + [cell("odd\nname" * 20, "")]
    [flag] = flags([*handed_in(), *cells])
    assert flag.count("extra_") == 5 and "and 26 more" in flag and "\n" not in flag


def test_characters_that_are_none_reach_no_answer():
    taken = rebuild({"cells": handed_in(area={"source": "x = '\ud800'"})}, RELEASE)
    assert taken.answers["area"] == "x = '?'"
    assert json.dumps(taken.answers, ensure_ascii=False).encode()


def test_a_deep_notebook_does_not_end_python():
    deep = b'{"nbformat": 4, "cells": ' + b"[" * 10 * sys.getrecursionlimit()
    with pytest.raises(NotebookError):
        content_of(deep, "x.ipynb")


# ---- answers that an editor or a student moved ----

AREA = "def area(r):\n    return 3 * r * r"
AREA_STUB = "def area(r):\n    raise NotImplementedError"
MOVED = [
    cell("imports", "import math"),
    cell("area", AREA_STUB, solution=True, locked=False),
    cell("area_check", "assert area(1) == 3", grade=True, points=4),
    cell("side", "def side(a):\n    raise NotImplementedError", solution=True, locked=False),
    {"cell_type": "markdown", "id": "ask", "source": "## Why?\nSay why.", "metadata": {}},
    cell("reflect", "*Your answer here.*", "markdown", grade=True, solution=True, points=2),
    {"cell_type": "markdown", "id": "end", "source": "The end.", "metadata": {}},
]
MOVED_RELEASE = Release({"cells": deepcopy(MOVED)}, {"cells": MOVED}, "tinytorch")
BEFORE, AFTER = MOVED[:1], MOVED[2:]


def area_cell(source):
    return cell("area", source, solution=True, locked=False)


def own(source, kind="code"):
    return {"cell_type": kind, "source": source, "metadata": {}}


def moved(*cells, before=BEFORE, after=AFTER):
    """What is taken of the lesson with other cells in the place of the area's."""
    return rebuild({"cells": deepcopy([*before, *cells, *after])}, MOVED_RELEASE)


def run(source):
    """The area of a circle of 2, by an answer: 3 * 2 * 2 = 12."""
    names = {}
    exec(source, names)
    return names["area"](2)


HALVES = ("def area(r):\n    a = 3 * r", "    return a * r")
SPLIT = "Cell area split: its cells joined in their order."
COPIED = "Cell area copied: copies that are empty or as handed out left out."
TWICE = "Cell area copied: the last copy counts."
ELSEWHERE = "Cell area found by the name it defines, in another cell."
BY_ID = "Cell area known by the cell's id: what nbgrader notes in a cell was lost."
LATER = AREA.replace("3", "3.0")


@pytest.mark.parametrize(
    ("cells", "flags"),
    [
        ([area_cell("def twice(x):\n    return 2 * x"), area_cell(AREA)], [SPLIT]),
        ([area_cell(AREA), area_cell("print(area(1))")], [SPLIT]),
        ([area_cell(each) for each in HALVES], [SPLIT]),
        ([area_cell(HALVES[0]), own(HALVES[1])], [SPLIT]),
        ([area_cell(AREA), area_cell(AREA_STUB)], [COPIED]),
        ([area_cell(AREA), area_cell(AREA_STUB.replace(":", ":  # later") + "\n")], [COPIED]),
        ([area_cell(AREA), area_cell("")], [COPIED]),
        ([area_cell(AREA), area_cell("# " + AREA.replace("\n", "\n# "))], [COPIED]),
        ([area_cell("def area(r): return 1"), area_cell(LATER)], [TWICE]),
        ([own(AREA)], [ELSEWHERE]),
        ([area_cell(AREA_STUB), own(AREA)], [ELSEWHERE]),
        ([own(AREA), area_cell(AREA_STUB)], [ELSEWHERE]),
        ([area_cell("H = 1"), own(AREA)], [ELSEWHERE]),
        ([own(AREA) | {"id": "area"}], [BY_ID]),
        ([own(AREA) | {"metadata": {"id": "area"}}], [BY_ID]),
        ([area_cell(AREA.replace("\n", "\r\n"))], []),
        ([area_cell("\ufeff" + AREA)], []),
    ],
)
def test_an_answer_is_found_wherever_it_stands(cells, flags):
    taken = moved(*cells)
    assert run(taken.answers["area"]) == 12
    assert taken.flags == flags


def test_of_two_answers_one_that_is_no_python_does_not_count():
    taken = moved(area_cell(AREA), area_cell("def area(r:"))
    assert run(taken.answers["area"]) == 12


def test_two_answers_in_one_cell_are_two_answers():
    both = AREA + "\n\n\nWIDTH = 2\n\n\ndef side(a):\n    return WIDTH * a"
    taken = moved(area_cell(both), after=[each for each in AFTER if each["id"] != "side"])
    names = {}
    exec(taken.answers["side"], names)
    assert names["side"](4) == 8 and "area" not in names
    assert taken.flags == ["Cell side found by the name it defines, in another cell."]


def test_a_fresh_notebook_with_all_answers_in_one_cell_is_graded():
    taken = rebuild({"cells": [own(AREA + "\ndef side(a):\n    return a")]}, MOVED_RELEASE)
    assert run(taken.answers["area"]) == 12
    assert taken.flags[0] == "Cells area, side found by the name it defines, in another cell."
    assert taken.flags[1] == "Cell reflect missing: taken as not answered."


def test_an_answer_in_the_cell_of_its_check_is_found():
    check = deepcopy(AFTER[0]) | {"source": AREA + "\nassert area(1) == 3"}
    taken = moved(area_cell(AREA_STUB), after=[check, *AFTER[1:]])
    assert taken.answers["area"] == AREA


def test_what_nobody_answered_stays_as_handed_out():
    for cells in (
        [area_cell(AREA_STUB)],
        [area_cell(AREA_STUB + "\n")],
        [area_cell(AREA_STUB), own("x = 1")],
    ):
        assert moved(*cells).answers["area"] == AREA_STUB
    assert moved(area_cell("# nothing")).answers["area"] == "# nothing"
    with_stub_below = moved(area_cell("# nothing"), area_cell(AREA_STUB))
    assert with_stub_below.answers["area"] == AREA_STUB


HELPED = "from decimal import Decimal\ndef area(r):\n    return int(three(r) * Decimal(r))"
THREE = "FACTOR = {}\nFACTOR['r'] = 3\nprint('slow')\ndef three(r):\n    return FACTOR['r'] * r\n"


@pytest.mark.parametrize(
    ("above", "answer", "names"),
    [
        ([own(THREE)], HELPED, "three"),
        ([own("%time 1\n" + THREE)], HELPED, "three"),
        ([own("def area(r):\n    return 1"), own(THREE)], HELPED, "three"),
        (
            [own(HELPED.split("\n")[0]), own(THREE)],
            HELPED.split("\n", 1)[1],
            "Decimal, three",
        ),
        (
            [own("def three(r):\n    return 1"), own(THREE)],
            HELPED,
            "three",
        ),
        ([own(THREE)], "from __future__ import annotations\n" + HELPED, "three"),
    ],
)
def test_what_an_answer_needs_of_own_cells_is_put_before_it(above, answer, names):
    taken = moved(*above, area_cell(answer))
    assert run(taken.answers["area"]) == 12
    assert "slow" not in taken.answers["area"]
    assert f"Cell area uses {names} of the student's own cells: put before it." in taken.flags


def test_what_the_lesson_or_another_answer_defines_is_not_taken_from_own_cells():
    answer = "def area(r):\n    return math.pi * side(r)"
    taken = moved(own("import math\ndef side(a):\n    return 7"), area_cell(answer))
    assert taken.answers["area"] == answer


def test_a_helper_in_a_given_cell_that_was_edited_is_found():
    edited = BEFORE[0] | {"source": "import math\n" + THREE}
    taken = moved(area_cell(HELPED), before=[edited])
    assert run(taken.answers["area"]) == 12


def test_code_for_a_newer_python_is_said():
    newer = {"language_info": {"version": "3.99.1"}}
    cells = [*BEFORE, area_cell("def area(r) -> = 1"), *AFTER]
    made = rebuild({"metadata": newer, "cells": deepcopy(cells)}, MOVED_RELEASE)
    [flag] = made.flags
    assert flag.startswith("Cell area no Python 3.") and flag.endswith("made with 3.99.")
    assert moved(area_cell("def area(r) -> = 1")).flags == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (AREA + "\n    raise NotImplementedError", 3),
        ("def area(r):\n    raise NotImplementedError('x')\n    return 3 * r * r", 2),
        ('def area(r):\n    """Say."""\n    raise NotImplementedError', 0),
        (AREA, 0),
        ("def area(", 0),
    ],
)
def test_a_line_of_the_stub_beside_an_answer_is_found(source, line):
    assert left_over(source) == line


# ---- answers in words ----

WORDS = cell("reflect", "Because.", "markdown", grade=True, solution=True, points=2)
NO_WORDS = MOVED[5]
BESIDE = "Cell reflect with text in another cell beside it: joined."


@pytest.mark.parametrize(
    ("cells", "answer", "flags"),
    [
        (
            [MOVED[4], WORDS, WORDS | {"id": "x", "source": "So."}],
            "Because.\n\nSo.",
            ["Cell reflect split: its cells joined in their order."],
        ),
        ([MOVED[4], NO_WORDS, own("Because.", "markdown")], "Because.", [BESIDE]),
        ([MOVED[4], WORDS, own("So.", "markdown")], "Because.\n\nSo.", [BESIDE]),
        ([MOVED[4], own("So.", "markdown"), WORDS], "So.\n\nBecause.", [BESIDE]),
        ([MOVED[4], NO_WORDS, own("So.", "raw")], "So.", [BESIDE]),
        ([MOVED[4], NO_WORDS, own("Because it is so")], "Because it is so", [BESIDE]),
        ([MOVED[4], NO_WORDS, own("# So.")], "# So.", [BESIDE]),
        ([MOVED[4] | {"source": "## Why?\nSay why.\nSo."}, NO_WORDS], "So.", [BESIDE]),
        ([own("## Why?\nSay why.\nSo.", "markdown"), NO_WORDS], "So.", [BESIDE]),
        (
            [MOVED[4], own("So.", "markdown")],
            "So.",
            [BESIDE],
        ),
        ([MOVED[4], WORDS | {"source": " \n"}], NO_WORDS["source"], []),
        ([MOVED[4], NO_WORDS | {"source": NO_WORDS["source"] + "\r\n"}], NO_WORDS["source"], []),
        (
            [MOVED[4], WORDS, own("x = 1")],
            "Because.",
            ["Code cells of the student's own, left out: 1."],
        ),
    ],
)
def test_words_are_read_wherever_they_stand(cells, answer, flags):
    taken = rebuild({"cells": deepcopy([*MOVED[:4], *cells, MOVED[6]])}, MOVED_RELEASE)
    assert taken.answers["reflect"] == answer
    assert taken.flags == flags


def test_pictures_of_a_split_answer_of_one_name_are_both_there():
    def pictured(name, color):
        data = b64encode(b"\x89PNG\r\n\x1a\n" + color).decode()
        attached = {"attachments": {"image.png": {"image/png": data}}}
        return WORDS | {"id": name, "source": "![](attachment:image.png)"} | attached

    cells = [*MOVED[:5], pictured("a", b"red"), pictured("b", b"blue"), MOVED[6]]
    taken = rebuild({"cells": deepcopy(cells)}, MOVED_RELEASE)
    assert taken.answers["reflect"].count("](attachment:") == 2
    assert len(taken.pictures["reflect"]) == 2


@pytest.mark.parametrize("source", ["x = '\\ '", "def f(x):\n    return x is 1"])
def test_what_python_finds_odd_about_an_answer_is_not_said_to_the_grader(source):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        code = Code(source)
        assert code.tree and code.defines is not None and not code.is_blank
    assert said == []
