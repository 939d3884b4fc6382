"""Time limits count what the processor did; who waited too long is judged again, alone."""

import inspect

import pytest
from needs import best_isolation
from small import LESSON, RIGHT, answered, hand_in, rows, small_course

from tito.grading.judges import local_judges
from tito.grading.run import grade
from tito.judging.verdict import WAITED
from tito.program import CALL_SECONDS
from tito.sandbox import TRUSTED
from tito.sandbox.limits import Limits
from tito.student import runner

# A file tells the second run from the first: only one that is not shut in can leave any.
WAITS_ONCE = """\
import time
from pathlib import Path

try:
    Path({path!r}).touch(exist_ok=False)
    time.sleep(60)
except FileExistsError:
    pass

"""
SLEEPS = "import time\n\ntime.sleep({seconds})\n\n"
WORKS = """\
import time

start = time.process_time()
while time.process_time() < start + {seconds}:
    pass

"""


@pytest.fixture
def course(tmp_path, isolation):
    return small_course(tmp_path / "checkout")


def graded(course, isolation, **answers):
    hand_in(course, {name: answered(course, answer) for name, answer in answers.items()})
    grade(course[LESSON], judging=local_judges(2, isolation, Limits(call_seconds=1)))
    found = {name: row.entry for name, row in rows(course).items()}
    return {
        name: (sum(each.verdict.scores.values()), each.verdict.flags)
        for name, each in found.items()
    }


def test_waiting_is_not_working(course):
    found = graded(
        course,
        best_isolation(),
        ada=SLEEPS.format(seconds=2) + RIGHT,
        bob=f"{RIGHT.replace('return', 'import time; time.sleep(2); return')}",
        cyd=RIGHT + "\n" + WORKS.format(seconds=20),
        dan=WORKS.format(seconds=20) + RIGHT,
    )
    points = {name: points for name, (points, _) in found.items()}
    assert points == {"ada": 2, "bob": 2, "cyd": 0, "dan": 0}
    assert [found[name][1] for name in ("ada", "bob")] == [[], []]
    for name in ("cyd", "dan"):  # on a machine that is busy the clock may end them first
        assert found[name][1] in (["time limit"], [WAITED])


def test_who_waited_too_long_among_others_is_judged_again_alone(course, tmp_path):
    once = WAITS_ONCE.format(path=str(tmp_path / "was here"))
    assert graded(
        course, TRUSTED, ada=once + RIGHT, bob=RIGHT, cyd=SLEEPS.format(seconds=60) + RIGHT
    ) == {
        "ada": (2, []),
        "bob": (2, []),
        "cyd": (0, [WAITED]),
    }


RUNS = {
    "works in a call": (
        "import time\n\ndef count(n):\n    end = time.process_time() + 0.3\n"
        "    while time.process_time() < end:\n        pass\n    return n",
        "slow",
    ),
    "works, and raises": (
        "import time\n\ndef count(n):\n    end = time.process_time() + 0.3\n"
        "    while time.process_time() < end:\n        pass\n    raise ValueError",
        "slow",
    ),
    "waits in a call": (
        "import time\n\ndef count(n):\n    time.sleep(0.3)\n    return n",
        "",
    ),
    "calls itself, deep": ("def count(n):\n    return n and 1 + count(n - 1)", ""),
    "is wrong": ("def count(n):\n    return n + 1", "AssertionError"),
    "is not there": ("def other(n):\n    return n", "NameError"),
}
COUNTS = "def shown(n):\n    return count(n)\n\nassert shown(3) == 3 and count(400) == 400"


@pytest.mark.parametrize("name", RUNS)
def test_a_check_by_the_student_allows_a_call_what_grading_allows(name):
    answer, wrong = RUNS[name]
    cells = [
        {"name": "count", "kind": "exercise", "source": answer},
        {"name": "count_check", "kind": "check", "source": COUNTS},
    ]
    found = runner.run("count", cells, whole=False, call_seconds=0.2)
    assert found.get("type", "") == wrong
    if wrong == "slow":
        assert found["seconds"] >= 0.3 and found["allowed"] == 0.2


def test_both_allow_a_call_as_much():
    assert inspect.signature(runner.run).parameters["call_seconds"].default == CALL_SECONDS
    assert Limits().call_seconds == CALL_SECONDS
