"""The texts that students get, from tito/templates/student."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

TEXTS = Environment(
    loader=PackageLoader("tito", "templates/student"),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def filled(template: str, values: dict[str, Any]) -> str:
    """A text with the names of the lesson and of the project in it."""
    return TEXTS.get_template(template).render(values)
