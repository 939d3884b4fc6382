"""The design task of lab 3: what no catalogue of answers can hold."""

import base64

import numpy as np

from tito.answers import reference
from tito.catalogue import Answer
from tito.mistakes import judged
from tito.notebooks import read_notebook

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


def verdicts(course, **cells):
    """What comes of the reference with more in ship's cell."""
    right = reference(read_notebook(course[LAB].source_path))["ship"]
    answers = [Answer("ship", name, right + more) for name, more in cells.items()]
    return {each.student: each for each in judged(course[LAB], answers)}


def test_neither_the_source_nor_the_other_process_carries_a_network(course):
    noise = base64.b85encode(np.random.default_rng(0).bytes(40_000)).decode()
    both = verdicts(course, smuggles=f"\nNETWORK = {noise!r}\n", remembers=REMEMBERS)
    found = {name: each.failed for name, each in both.items()}
    assert "your code zips to" in found["smuggles"]["ship_80k"]
    assert {"ship_80k", "ship_12k"} <= found["smuggles"].keys() and "ship" not in found["smuggles"]
    assert all(part.startswith("ship") for part in found["remembers"])
    assert len(found["remembers"]) == 6
    assert "has the file and your code alone, raised IndexError" in found["remembers"]["ship"]
    # Into the picture of the class goes what was measured to the end, bytes of code included.
    [(check, left)] = both["smuggles"].measured.items()
    assert check == "ship_check" and both["remembers"].measured == {}
    lost = "points of accuracy lost"
    assert list(left) == ["bytes", "bytes at most", lost, f"{lost} at most"]
    assert 100_000 < left["bytes"] <= left["bytes at most"] == 200_000
    assert -2 < left[lost] < left[f"{lost} at most"] == 2
