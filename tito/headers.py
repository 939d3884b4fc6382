"""Short headers of cells: `# %% check to_csr 4` in place of nbgrader's metadata."""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode

from tito.cells import CHECK_SUFFIX, KINDS, Kind

HIDDEN = "hidden"  # a cell of tests that the build joins to the check before it
# How each header is written, and what it looks like.
FORMS = {
    Kind.GIVEN: ("given NAME", r"given (?P<name>\S+)(?P<folded> folded)?"),
    Kind.EXERCISE: ("exercise NAME", r"exercise (?P<name>\S+)"),
    Kind.CHECK: ("check NAME POINTS", r"check (?P<name>\S+) (?P<points>\d+(\.\d+)?)"),
    HIDDEN: ("hidden NAME", r"hidden (?P<name>\S+)"),
    Kind.QUESTION: ("question NAME POINTS", r"question (?P<name>\S+) (?P<points>\d+(\.\d+)?)"),
}
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in Jupyter, and in Colab


def is_question(title: str) -> bool:
    """Whether a header makes a cell of text, also where it does not say `[markdown]`."""
    return title.split()[:1] == [Kind.QUESTION]


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
        node.metadata["nbgrader"] = metadata_of(Kind(kind), name, float(found.get("points", 0)))
    if found.get("folded"):
        node.metadata.update(FOLDED)
    if not match:
        return f"a header of this kind is `# %% {form}`, got `# %% {header}`"
    if given_twice:
        return f"the header says `{header}` and has nbgrader's metadata; keep one of them"
    if node.cell_type != "code" and kind not in (Kind.GIVEN, Kind.QUESTION):
        return f"`{header}` is code, but the header says [{node.cell_type}]"
    return ""


def metadata_of(kind: Kind, name: str, points: float) -> dict[str, Any]:
    """What nbgrader keeps of a cell of this kind."""
    [(is_graded, is_solution)] = [flags for flags, each in KINDS.items() if each is kind]
    return {
        "grade": is_graded,
        "grade_id": name + (CHECK_SUFFIX if kind is Kind.CHECK else ""),
        "locked": not is_solution,
        "schema_version": 3,
        "solution": is_solution,
        "task": False,
        **({"points": int(points) if points.is_integer() else points} if is_graded else {}),
    }
