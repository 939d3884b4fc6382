"""Short headers of cells: `# %% check to_csr 4` in place of nbgrader's metadata."""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode

from tito.notebooks import CHECK_SUFFIX

HIDDEN = "hidden"  # a cell of tests that the build joins to the check before it
# How each header is written, and what it looks like.
FORMS = {
    "given": ("given NAME", r"given (?P<name>\S+)(?P<folded> folded)?"),
    "exercise": ("exercise NAME", r"exercise (?P<name>\S+)"),
    "check": ("check NAME POINTS", r"check (?P<name>\S+) (?P<points>\d+(\.\d+)?)"),
    HIDDEN: ("hidden NAME", r"hidden (?P<name>\S+)"),
    "question": ("question NAME POINTS", r"question (?P<name>\S+) (?P<points>\d+(\.\d+)?)"),
}
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in Jupyter, and in Colab


def is_question(title: str) -> bool:
    """Whether a header makes a cell of text, also where it does not say `[markdown]`."""
    return title.split()[:1] == ["question"]


def expand(node: NotebookNode) -> str:
    """Put what a cell's short header says into its metadata; return what is wrong with it."""
    header = " ".join(node.metadata.pop("title", "").split())
    if not header:
        return ""
    kind, name = (*header.split(), "")[:2]
    if kind not in FORMS:
        forms = ", ".join(f"`{form}`" for form, _ in FORMS.values())
        return f"{kind!r} is no kind of cell; a header says {forms} or nothing, got `{header}`"
    form, pattern = FORMS[kind]
    match = re.fullmatch(pattern, header)
    found = match.groupdict() if match else {}
    given_twice = "nbgrader" in node.metadata
    if kind == HIDDEN:
        node.metadata["hides"] = name + CHECK_SUFFIX
    elif name and not given_twice:
        node.metadata["nbgrader"] = grading(kind, name, float(found.get("points", 0)))
    if found.get("folded"):
        node.metadata.update(FOLDED)
    if not match:
        return f"a header of this kind is `# %% {form}`, got `# %% {header}`"
    if given_twice:
        return f"the header says `{header}` and has nbgrader's metadata; keep one of them"
    if node.cell_type != "code" and kind not in ("given", "question"):
        return f"`{header}` is code, but the header says [{node.cell_type}]"
    return ""


def grading(kind: str, name: str, points: float) -> dict[str, Any]:
    """What nbgrader keeps of a cell of this kind."""
    is_graded = kind in ("check", "question")
    return {
        "grade": is_graded,
        "grade_id": name + (CHECK_SUFFIX if kind == "check" else ""),
        "locked": kind in ("given", "check"),
        "schema_version": 3,
        "solution": kind in ("exercise", "question"),
        "task": False,
        **({"points": int(points) if points.is_integer() else points} if is_graded else {}),
    }
