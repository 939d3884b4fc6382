"""The outputs of a cell as a notebook holds them, and the one line that is said of an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import shorten
from typing import Any

from tito.cells import NOT_WRITTEN

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
LONGEST_REASON = 300
LONGEST_VALUE = 4_000
LONGEST_STREAM = 100_000

Output = dict[str, Any]


def streams(printed: Iterable[tuple[str, str]]) -> list[Output]:
    """What was printed, neighbours on the same stream joined."""
    found: list[Output] = []
    left = LONGEST_STREAM
    for name, text in printed:
        name = "stderr" if name == "stderr" else "stdout"
        text, left = text[:left], left - len(text)
        if found and found[-1]["name"] == name:
            found[-1]["text"] += text
        elif text:
            found.append({"output_type": "stream", "name": name, "text": text})
        if left <= 0:
            break
    return found


def error_output(kind: str, text: str, traceback: str = "") -> Output:
    """An error; its traceback is the student's own lines, or the message alone."""
    text = shorten_text(text)
    lines = traceback.splitlines() if traceback else [f"{kind}: {text}"]
    return {"output_type": "error", "ename": kind, "evalue": text, "traceback": lines}


def shorten_text(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + " ..."


def one_line(kind: str, text: str) -> str:
    """One line for an error: the message of an assertion, the kind and message of another."""
    if kind == "NotImplementedError":
        return NOT_WRITTEN
    lines = [line.strip() for line in COLOUR.sub("", text).splitlines() if line.strip()]
    if kind == "AssertionError":
        said = " ".join(lines)  # a value in the middle of a message may have several lines
    else:
        said = lines[-1] if lines and len(lines[-1]) <= LONGEST_REASON else "".join(lines[:1])
    if kind not in ("AssertionError", STOPPED) or not said:
        said = f"{kind}: {said}".removesuffix(": ")
    return shorten(CONTROL.sub(" ", said), LONGEST_REASON, placeholder=" ...")


STOPPED = "Stopped"  # the kind of error that says that a student's code was stopped
