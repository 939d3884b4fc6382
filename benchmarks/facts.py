"""The table of facts in the README: each row from a results file or from the catalogue.

A row whose results are not there is left out. grading.json is what `make bench-grading` writes:
`hostile_contained` (submissions) and `submissions_per_minute`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.clock import summarize, verdict
from tito.catalogue import read_catalogue
from tito.course import Course

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"


def rows(folder: Path = RESULTS) -> list[str]:
    """The lines of the table."""
    facts = [*checked(), *speed(read(folder / "speed.json")), *pruning(read(folder / "prune.json"))]
    facts += graded(read(folder / "grading.json"))
    return ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in facts)]


def read(path: Path) -> dict[str, Any]:
    """A results file, or nothing where there is none yet."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def checked() -> list[tuple[str, str]]:
    """How many answers prove the checks; the tests run each of them."""
    course = Course.find(ROOT)
    lessons = (read_catalogue(course[folder.name]) for folder in course.answers.iterdir())
    known = [(len(each.wrong), len(each.right)) for each in lessons]
    wrong, right = (sum(counts) for counts in zip(*known, strict=True))
    return [
        ("wrong answers that cost their own exercise and no other", str(wrong)),
        ("right answers, written differently, that cost nothing", str(right)),
    ]


def speed(result: dict[str, Any]) -> list[tuple[str, str]]:
    """The pruned network against NumPy's dense product, one sample and a batch."""
    facts = []
    for number, row in enumerate(result["processes"][0] if result else ()):
        if row["sparsity"] == 0.9 and row["batch"] in (1, 32):
            seconds = [process[number]["seconds"] for process in result["processes"]]
            gain = verdict(summarize([each["numpy dense"] / each["vector"] for each in seconds]))
            what = f"90 % pruned network against NumPy's dense product, batch {row['batch']}"
            facts.append((what, f"{gain} as fast"))
    return facts


def pruning(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Exact pruning against PyTorch's."""
    if not result:
        return []
    seconds = [process[0]["seconds"] for process in result["processes"]]
    gain = verdict(
        summarize([each["torch global_unstructured"] / each["ours"] for each in seconds])
    )
    return [("exact global pruning against PyTorch's `global_unstructured`", f"{gain} as fast")]


def graded(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What grading withstood, and how fast it was."""
    told = {
        "hostile_contained": "hostile submissions contained",
        "submissions_per_minute": "submissions graded a minute",
    }
    return [(told[name], f"{result[name]:g}") for name in told if name in result]
