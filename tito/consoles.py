"""Print what a console can show; on the standard library alone."""

from __future__ import annotations

import sys
from io import TextIOWrapper


def show_every_character() -> None:
    """Let no character stop a command: what the console cannot show appears as `\\u674e`.

    A console on Windows has the 256 characters of a code page; a name may have others.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
