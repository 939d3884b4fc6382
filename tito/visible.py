"""Characters that would act on a terminal or a page instead of being seen."""

from __future__ import annotations

import re

# They turn the direction of the text around them, so that it reads as something else.
TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LINES = "\u2028\u2029"  # they end a line
ACTING = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff{TURNS}{LINES}]")
SEEN = "\t\n\r\b\x1b"  # what a page or a notebook makes something of
ACTING_IN_TEXT = re.compile(f"(?![{SEEN}]){ACTING.pattern}")


def visible(text: str) -> str:
    """One line, with an escape such as \\x1b for each character that acts."""
    return ACTING.sub(escaped, text)


def visible_lines(text: str) -> str:
    """What was printed, with an escape for what acts, but for ends of lines and colours."""
    return ACTING_IN_TEXT.sub(escaped, text)


def escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
