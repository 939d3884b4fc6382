"""Feedback pages of whatever students may write: each by itself, in bounds, and for everybody."""

import base64
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tito.grading.class_run import prepare, read_release
from tito.grading.gradebook import ClassGradebook
from tito.grading.journal import Entry, Journal
from tito.grading.outputs import write_outputs
from tito.grading.pages import feedback
from tito.grading.pictures import take_pictures
from tito.grading.rebuild import rebuild
from tito.grading.safe_html import coloured, colours, safe_markdown
from tito.judging.verdict import Verdict
from tito.nbgrader_api import nbgrader_for
from tito.notebooks import read_notebook
from tito.processes import Bounds, in_processes
from tito.releasing import release

LESSON = "18_pruning"
QUESTION = "reflect_zeros"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff" + bytes(100)).decode()
# How many random notebooks are made into pages: TITO_FUZZ=1000 takes some minutes.
FUZZED = int(os.environ.get("TITO_FUZZ", "30"))
CARE = Bounds(seconds=20.0)


@pytest.fixture(scope="module")
def lesson(course):
    """The lesson, released; the class folder is made anew for each use."""
    release(course[LESSON])
    return course[LESSON]


@pytest.fixture(scope="module")
def question(lesson):
    cells = [cell["metadata"].get("nbgrader", {}) for cell in lesson.source["cells"]]
    return next(each["grade_id"] for each in cells if each.get("grade") and each.get("solution"))


@pytest.fixture
def hold(lesson, tmp_path):
    """Write down what came of some submissions, without judging them: {student: content}."""

    def hold(**came):
        here = type(lesson.course)(lesson.course.root, tmp_path / "class")[LESSON]
        with nbgrader_for(here.course) as api, Journal(here.journal) as journal:
            gradebook = ClassGradebook(api, LESSON)
            made = read_release(api, here)
            prepare(gradebook, made, here)
            entries = []
            for student, (cells, outputs) in came.items():
                taken = rebuild({"cells": cells}, made)
                fields = {"answers": taken.answers, "pictures": taken.pictures}
                verdict = Verdict(student, "d", outputs, isolation="none")
                entry = Entry(student, "d", "graded", flags=taken.flags, verdict=verdict, **fields)
                entries.append(entry)
                journal.enter(entries[-1])
            write_outputs(here, made, gradebook, entries)
            journal.mark_applied(came)
        return here

    return hold


def answered(lesson, **changes):
    """The cells of a student's notebook: the stubs, some cells changed: {grade_id: fields}."""
    cells = json.loads(lesson.released.read_text())["cells"]
    for cell in cells:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell.update(changes.get(name, {}))
    return cells


def printing(text):
    return {"magnitude_mask": [{"output_type": "stream", "name": "stdout", "text": text}]}


def page(assignment, student):
    return assignment.feedback_page(student).read_text(encoding="utf-8")


def test_a_pasted_picture_is_carried_into_the_graded_notebook_and_shown(lesson, question, hold):
    text = "My plot:\n\n![my *plot* \"x\"](attachment:image.png)\n\n<img src='attachment:b.jpg'>"
    attached = {"image.png": {"image/png": PNG}, "b.jpg": {"image/jpeg": JPEG + "\n"}}
    cell = {"source": text, "attachments": attached}
    inline = {"source": f"![](data:image/png;base64,{PNG})"}
    here = hold(
        ada=(answered(lesson, **{question: cell}), {}),
        bob=(answered(lesson, **{question: inline}), {}),
    )
    written = feedback(here)
    assert written.problems == {} and sorted(written.students) == ["ada", "bob"]
    shown = page(here, "ada")
    assert f'src="data:image/png;base64,{PNG}"' in shown
    assert f'src="data:image/jpeg;base64,{JPEG}"' in shown
    assert f'src="data:image/png;base64,{PNG}"' in page(here, "bob")
    graded = read_notebook(here.autograded("ada"))
    kept = next(
        c for c in graded.cells if c.metadata.get("nbgrader", {}).get("grade_id") == question
    )
    assert kept.attachments["image.png"] == {"image/png": PNG}


BAD_PICTURES = {
    "missing": (None, "is not in the notebook"),
    "no attachments": ([], "is not in the notebook"),
    "no bundle": ({"a.png": 3}, "is not in the notebook"),
    "a drawing": ({"a.png": {"image/svg+xml": "<svg onload=alert(1)>"}}, "no PNG or JPEG"),
    "text": ({"a.png": {"image/png": base64.b64encode(b"<script>").decode()}}, "no PNG or JPEG"),
    "no base64": ({"a.png": {"image/png": '"><script>alert(1)</script>'}}, "no PNG or JPEG"),
    "too large": ({"a.png": {"image/png": PNG + "A" * 2_000_000}}, "more than 1,048,576 bytes"),
}


@pytest.mark.parametrize(("attached", "said"), BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_a_picture_that_is_none_becomes_words(attached, said):
    text, kept, problems = take_pictures("see ![x](attachment:a.png) above", attached)
    assert kept == {} and said in text and "attachment:" not in text
    assert problems == [f"a.png: {text.split(': ')[1].split(']')[0]}"]


def test_pictures_are_counted():
    attached = {f"{n}.png": {"image/png": PNG} for n in range(20)}
    text, kept, problems = take_pictures(
        "".join(f"![](attachment:{n}.png)" for n in range(20)), attached
    )
    assert len(kept) == 8 and len(problems) == 12 and text.count("too many") == 12


def test_one_page_that_cannot_be_made_stops_no_other(lesson, question, hold):
    nested = {"source": "<div>" * 6_000}
    here = hold(
        ada=(answered(lesson), {}),
        bob=(answered(lesson, **{question: nested}), printing("\x1b[38m")),
        eve=(answered(lesson), printing("\x1b[" * 3000 + "\x1b[38;5m\x1b[48;2;1m x")),
    )
    broken = here.autograded("eve")
    written = feedback(here, bounds=Bounds(seconds=60, more_bytes=2**30))
    assert sorted(written.students) == ["ada", "bob", "eve"]
    assert all(page(here, student) for student in ("ada", "bob", "eve"))
    broken.unlink()
    again = feedback(here)
    assert list(again.problems)[-1:] == ["eve"] and "Run `tito grade` again" in again.doubts()[-1]


def test_a_page_out_of_bounds_gets_a_plain_one_that_says_so(lesson, question, hold):
    words = {"source": "These are my *own* words <script>alert(1)</script>"}
    here = hold(ada=(answered(lesson, **{question: words}), printing("printed & shown")))
    written = feedback(here, bounds=Bounds(seconds=0.01))
    shown = page(here, "ada")
    assert "This page is plain" in shown and "printed &amp; shown" in shown
    assert "*own* words &lt;script&gt;" in shown and "<script" not in shown
    [doubt] = written.doubts()
    assert doubt.startswith("ada: a plain page stands in for the feedback page (it took longer")
    assert feedback(here).problems == {}  # the next run made it
    assert "This page is plain" not in page(here, "ada")


def hang(name):
    if name == "hang":
        time.sleep(600)
    if name == "memory":
        bytearray(2**40)
    if name == "exit":
        os._exit(3)
    if name == "raise":
        raise KeyError(name)
    if name == "recursion":
        hang(name)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems make no such processes")
def test_whatever_happens_to_one_the_others_are_done():
    names = ["a", "hang", "memory", "b", "exit", "raise", "recursion", "c"]
    said = dict(in_processes(hang, names, 2, Bounds(seconds=2)))
    assert said["hang"] == "it took longer than 2 s"
    assert said["exit"] == "its process ended"
    assert said["memory"] == "MemoryError" and said["raise"] == "KeyError: 'raise'"
    assert said["recursion"].startswith("RecursionError")
    assert said["a"] == said["b"] == said["c"] == "" and len(said) == len(names)


PARENT = """
import sys, time
sys.path.insert(0, {0!r})
from tito.processes import Bounds, in_processes
print("begun", flush=True)
list(in_processes(lambda name: time.sleep(60), ["a", "b"], 2, Bounds(seconds=60)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems make no such processes")
def test_a_parent_that_is_killed_leaves_no_process(tmp_path):
    source = PARENT.format(str(Path(__file__).parents[1]))
    process = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE)
    process.stdout.readline()
    deadline = time.monotonic() + 30
    while len(workers := psutil.Process(process.pid).children()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)
    process.kill()
    process.wait()
    process.stdout.close()
    assert psutil.wait_procs(workers, timeout=10)[1] == []


# Texts that made Markdown, Pygments or nbconvert take the square of their length, or fail.
PIECES = {
    "blank lines": "\n ",
    "empty lines": "\n",
    "spaces": "    ",
    "divs": "<div>",
    "environments": "\\begin{a}",
    "dollars": "$a ",
    "brackets": "[[",
    "links": "[a](",
    "pictures": "![a](attachment:",
    "tags": "<img ",
    "data": "data:image/png;base64,",
    "stars": "*a **b ",
    "ticks": "` `` ",
    "quotes": "> ",
    "escapes": "\x1b[",
    "colours": "\x1b[38;5m",
    "numbers": "\x1b[9999999999999999999m",
    "imports": "tinytorch import ",
    "hashes": "# ",
    "strings": '"""',
    "percent": "%%\n",
}


def seconds(work, text):
    """The least of some times of the processor: the machine may be busy."""
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        work(text)
        best = min(best, time.process_time() - start)
    return best


def our_own(text):
    """Everything of ours that looks for something in a student's text."""
    from tito.grading.rebuild import borrows
    from tito.grading.safe_html import BLANK, ESCAPE, plain_colour
    from tito.judging.outputs import one_line

    borrows(text, {"tinytorch", "pruning"})
    take_pictures(text, {})
    BLANK.sub("", text)
    ESCAPE.sub(plain_colour, text)
    one_line("AssertionError", text)


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_no_expression_over_a_students_text_takes_more_than_its_length(piece):
    small, large = (seconds(our_own, piece * (size // len(piece))) for size in (40_000, 320_000))
    assert large < 24 * small + 0.05, (small, large)  # 8 for linear, 64 for quadratic


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_text_of_any_length_is_shown_in_bounded_time(piece):
    text = piece * (100_000 // len(piece))
    for show in (safe_markdown, coloured, colours):
        start = time.perf_counter()
        show(text)
        assert time.perf_counter() - start < 10, show.__name__


def random_text(rng, length=30):
    atoms = [*PIECES.values(), "word ", "ä", "\u202e", "<b>", "</p>", "|a|b|\n|-|-|\n", "\\", "\r"]
    return "".join(
        rng.choice(atoms) * rng.choice([1, 1, 1, 40]) for _ in range(rng.randrange(length))
    )


def random_outputs(rng):
    stream = {"output_type": "stream", "name": rng.choice(["stdout", "stderr"])}
    error = {"output_type": "error", "ename": "E", "evalue": random_text(rng)}
    return [
        stream | {"text": random_text(rng)},
        error | {"traceback": [random_text(rng) for _ in range(rng.randrange(4))]},
    ][: rng.randrange(3)]


def random_student(rng, lesson):
    names = ["a.png", "b c.png", "%41.png", "x"]
    cells = answered(lesson)
    outputs = {}
    for cell in cells:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution") and rng.random() < 0.5:
            cell["source"] = (
                random_text(rng) + f"![{random_text(rng, 3)}](attachment:{rng.choice(names)})"
            )
            attached = {
                rng.choice(names): {
                    rng.choice(["image/png", "text/html"]): rng.choice([PNG, 3, "x"])
                }
            }
            cell["attachments"] = attached
        if cell["cell_type"] == "code" and marks and rng.random() < 0.3:
            outputs[marks["grade_id"]] = random_outputs(rng)
    return cells, outputs


def test_random_notebooks_become_pages(lesson, hold):
    rng = random.Random(os.environ.get("TITO_SEED", "18"))
    here = hold(**{f"s{n}": random_student(rng, lesson) for n in range(FUZZED)})
    written = feedback(here, bounds=CARE)
    assert len(written.students) == FUZZED
    assert written.problems == {}, written.doubts()
    for student in written.students:
        shown = page(here, student)
        assert "This page is plain" not in shown
