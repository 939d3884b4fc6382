"""What the report says in the lesson's own words: first hints, and what questions are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from tito.cells import Kind, kind_of, name_of

HINT = re.compile(r"<details><summary>Hint[^<]*</summary>(.*?)</details>", re.DOTALL)
TITLE = re.compile(r"^#+ Question (\d+: .+?)(?: \([\d.]+ points?\))?$", re.MULTILINE)


def first_hints(notebook: Mapping[str, Any]) -> dict[str, Markup]:
    """The first hint that stands above each exercise, as the lesson's HTML; none for some."""
    hints: dict[str, Markup] = {}
    above = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            above += cell["source"]
        elif kind_of(cell) is Kind.EXERCISE:
            if found := HINT.search(above):
                hints[name_of(cell)] = Markup(" ".join(found[1].split()))
            above = ""
    return hints


def question_titles(notebook: Mapping[str, Any]) -> dict[str, str]:
    """The heading above each question, such as "1: What a control is for"; none for some."""
    titles: dict[str, str] = {}
    above = ""
    for cell in notebook["cells"]:
        if kind_of(cell) is Kind.QUESTION:
            if found := TITLE.findall(above):
                titles[name_of(cell)] = found[-1]
            above = ""
        elif cell["cell_type"] == "markdown":
            above = cell["source"]
    return titles
