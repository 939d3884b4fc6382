"""The lesson's own first hint to each exercise."""

from __future__ import annotations

import re
from pathlib import Path

from markupsafe import Markup

from tito.notebooks import read_plain

HINT = re.compile(r"<details><summary>Hint[^<]*</summary>(.*?)</details>", re.DOTALL)


def first_hints(notebook: Path) -> dict[str, Markup]:
    """The first hint that stands above each exercise, as the lesson's HTML; none for some."""
    hints: dict[str, Markup] = {}
    above = ""
    for cell in read_plain(notebook)["cells"]:
        grading = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "markdown":
            above += cell["source"]
        elif grading.get("solution"):
            if found := HINT.search(above):
                hints[grading["grade_id"]] = Markup(" ".join(found[1].split()))
            above = ""
    return hints
