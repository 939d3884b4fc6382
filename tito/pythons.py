"""The Pythons that a course runs on, as pyproject.toml says.

On the standard library alone: setup.py asks before anything is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tito.errors import CourseError

MADE_WITH = re.compile(r"(\d{1,3})\.(\d{1,3})")
LINE = re.compile(r'^requires-python = "(>=3[.](\d+),<3[.](\d+))"', re.MULTILINE)


class Pythons:
    """What `requires-python = ">=3.11,<3.15"` says.

    Attributes:
        specifier: the same, as pip reads it.
        marker: the same as a condition on a line of requirements.
        oldest, newest: (3, 11) and (3, 14).
    """

    def __init__(self, root: Path) -> None:
        found = LINE.search((root / "pyproject.toml").read_text(encoding="utf-8"))
        if not found:
            place = root / "pyproject.toml"
            raise CourseError(f"{place}: requires-python must be like '>=3.11,<3.15'")
        self.specifier = found[1]
        self.oldest, self.newest = (3, int(found[2])), (3, int(found[3]) - 1)
        self.marker = f"python_version >= '3.{found[2]}' and python_version < '3.{found[3]}'"

    def __str__(self) -> str:
        return "{}.{} to {}.{}".format(*self.oldest, *self.newest)

    def limit(self, pins: Iterable[str]) -> Iterator[str]:
        """Lines of requirements, made to count on these Pythons alone."""
        for line in pins:
            pin, _, marker = line.rstrip().partition(" ; ")
            if not line.startswith("#"):
                yield f"{pin} ; " + (f"({marker}) and " if marker else "") + self.marker


def made_with(notebook: Mapping[str, Any]) -> tuple[int, int] | None:
    """The Python, (3, 12), of the kernel that ran a notebook last, if the notebook says it."""
    metadata = notebook.get("metadata")
    language = metadata.get("language_info") if isinstance(metadata, dict) else None
    found = MADE_WITH.match(str(language.get("version"))) if isinstance(language, dict) else None
    return (int(found[1]), int(found[2])) if found else None
