"""Texts and scripts that are handed out, from the folders of tito/templates."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

TEXTS = Environment(
    loader=PackageLoader("tito"),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def filled(template: str, values: dict[str, Any], folder: str = "student") -> str:
    """A text with the names of the lesson and of the project in it."""
    return TEXTS.get_template(f"{folder}/{template}").render(values)
