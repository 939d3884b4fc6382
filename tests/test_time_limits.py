"""Time limits count what the processor did; who waited too long is judged again, alone."""

import pytest
from needs import best_isolation
from small import LESSON, RIGHT, answered, hand_in, rows, small_course

from tito.grading.judges import local_judges
from tito.grading.run import grade
from tito.judging.verdict import WAITED
from tito.sandbox import TRUSTED
from tito.sandbox.limits import Limits

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
    assert graded(
        course,
        best_isolation(),
        ada=SLEEPS.format(seconds=2) + RIGHT,
        bob=f"{RIGHT.replace('return', 'import time; time.sleep(2); return')}",
        cyd=RIGHT + "\n" + WORKS.format(seconds=20),
        dan=WORKS.format(seconds=20) + RIGHT,
    ) == {"ada": (2, []), "bob": (2, []), "cyd": (0, ["time limit"]), "dan": (0, ["time limit"])}


def test_who_waited_too_long_among_others_is_judged_again_alone(course, tmp_path):
    once = WAITS_ONCE.format(path=str(tmp_path / "was here"))
    assert graded(
        course, TRUSTED, ada=once + RIGHT, bob=RIGHT, cyd=SLEEPS.format(seconds=60) + RIGHT
    ) == {
        "ada": (2, []),
        "bob": (2, []),
        "cyd": (0, [WAITED]),
    }
