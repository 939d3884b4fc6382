"""The table of docs/grading-speed.md, made from results; nothing here measures."""

from __future__ import annotations

import json
from typing import Any

from benchmarks import facts, tables
from benchmarks.clock import summarize

ROOT = tables.ROOT
RESULT = tables.RESULTS / "grading.json"
PAGE = ROOT / "docs" / "grading-speed.md"
LARGEST = 10_000
NAMES = {
    "tito": "`tito grade`, `tito feedback`",
    "nbgrader": "`nbgrader autograde`, `nbgrader generate_feedback`",
    "otter": "`otter run` (no feedback pages)",
}


def read() -> dict[str, Any]:
    result: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8"))
    return result


def per_minute(result: dict[str, Any], name: str) -> list[float]:
    """Submissions a minute, feedback included, in each round."""
    count = result["counts"][name]
    rows = [row[name] for row in result["processes"]]
    return [60 * count / (row["grading_s"] + row.get("feedback_s", 0)) for row in rows]


def summary() -> list[str]:
    """The lines between the marks of the page; none before the first measurement."""
    if not RESULT.is_file():
        return []
    result = read()
    lines = ["| program | submissions a minute | times as many as it |", "|---|---|---|"]
    ours = per_minute(result, "tito")
    for name, shown in NAMES.items():
        theirs = per_minute(result, name)
        ratio = "" if name == "tito" else spread([a / b for a, b in zip(ours, theirs, strict=True)])
        lines.append(f"| {shown} | {spread(theirs)} | {ratio} |")
    counts, machine = result["counts"], result["machine"]
    lines += [
        "",
        f"On {machine['cores']} cores of {machine['processor']}; {len(ours)} rounds, in turns:",
        f"median, and lowest to highest. `tito` graded {counts['tito']} submissions in each round,",
        f"isolated, nbgrader {counts['nbgrader']} and Otter {counts['otter']} of them, chosen at",
        "random each time.",
        "",
        *others(result),
    ]
    if "linear" in result:
        lines += ["", *growth(result["linear"])]
    return lines


def others(result: dict[str, Any]) -> list[str]:
    rows = result["processes"]
    first = spread([row["tito"]["first_grade_s"] for row in rows])
    memory = max(row["tito"]["judge_bytes"] for row in rows) / 1e6
    alone = [each for row in rows for each in row["one submission"]]
    one = [each["tito_s"] / each["nbgrader_s"] for each in alone]
    return [
        f"- First grade after {first} s.",
        f"- The most memory a judge and its sandbox held: {memory:.0f} MB.",
        f"- One submission, `tito grade` over `nbgrader autograde`, whole commands: {spread(one)} "
        f"of the time, in {len(one)} pairs.",
    ]


def growth(rows: list[dict[str, Any]]) -> list[str]:
    """What a submission costs in classes of several sizes, and what the largest would take."""
    lines = ["| submissions | seconds each, grading | seconds each, feedback |", "|---|---|---|"]
    for row in rows:
        grading, feedback = (row[f"{part}_s"] / row["submissions"] for part in PARTS)
        lines.append(f"| {row['submissions']:,} | {grading:.3f} | {feedback:.3f} |")
    last = rows[-1]
    each = sum(last[f"{part}_s"] for part in PARTS) / last["submissions"]
    lines += [
        "",
        f"Computed from the last line: {LARGEST:,} submissions in "
        f"{each * LARGEST / 60:.0f} minutes.",
    ]
    return lines


PARTS = ("grading", "feedback")


def spread(values: list[float]) -> str:
    found = summarize(values)
    return f"{found['ratio']:.3g} ({found['low']:.3g} to {found['high']:.3g})"


def fill_in() -> None:
    """Write the table into the page, and what the README tells of it into its facts."""
    PAGE.write_text(tables.filled(PAGE.read_text("utf-8"), "", summary()), "utf-8")
    readme = ROOT / "README.md"
    readme.write_text(tables.filled(readme.read_text("utf-8"), "", facts.rows()), "utf-8")
