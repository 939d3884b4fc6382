"""The design task of lab 3: what no catalogue of answers can hold."""

import base64

import numpy as np

from tito.answers import reference
from tito.judging.plan import plan_of
from tito.judging.pool import Judges
from tito.judging.verdict import Work
from tito.notebooks import read_notebook
from tito.sandbox import TRUSTED

LAB = "18c_shipping"
REMEMBERS = """
KEPT = []
shipped, unshipped = ship, unship
def ship(*given):
    KEPT[:] = [shipped(*given)]
    return b"short"
def unship(content):
    return unshipped(KEPT[0])
"""


def judged(course, **cells):
    right = reference(read_notebook(course[LAB].source_path))
    works = [Work(name, "", right | {"ship": right["ship"] + more}) for name, more in cells.items()]
    with Judges(plan_of(course[LAB]), 2, TRUSTED) as judges:
        return {each.student: each.failed for each in judges.judge(works)}


def test_neither_the_source_nor_the_other_process_carries_a_network(course):
    noise = base64.b85encode(np.random.default_rng(0).bytes(40_000)).decode()
    failed = judged(course, smuggles=f"\nNETWORK = {noise!r}\n", remembers=REMEMBERS)
    assert "your code zips to" in failed["smuggles"]["ship_80k"]
    assert {"ship_80k", "ship_12k"} <= failed["smuggles"].keys() and "ship" not in failed[
        "smuggles"
    ]
    assert all(part.startswith("ship") for part in failed["remembers"])
    assert len(failed["remembers"]) == 6
    assert "has the file and your code alone, raised IndexError" in failed["remembers"]["ship"]
