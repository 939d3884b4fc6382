"""The outputs of a cell as a notebook holds them, and the one line that is said of an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import shorten
from typing import Any

from tito.cells import NOT_WRITTEN
from tito.visible import visible, visible_lines

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LONGEST_KIND, LONGEST_REASON, LONGEST_VALUE = 80, 300, 4_000
LONGEST_TRACEBACK, MOST_LINES = 5_000, 100
LONGEST_STREAM, MOST_STREAMS = 100_000, 50  # of one cell
BY_STUDENT = "raised by your code"

Output = dict[str, Any]


def streams(printed: Iterable[tuple[str, str]], most: int = LONGEST_STREAM) -> list[Output]:
    """What was printed, neighbours on the same stream joined, and no more than `most`."""
    found: list[Output] = []
    left = min(most, LONGEST_STREAM)
    for name, text in printed:
        name = "stderr" if name == "stderr" else "stdout"
        text, left = visible_lines(text[: max(left, 0)]), left - len(text)
        if found and (found[-1]["name"] == name or len(found) >= MOST_STREAMS):
            found[-1]["text"] += text
        elif text:
            found.append({"output_type": "stream", "name": name, "text": text})
        if left <= 0:
            break
    return found


def error_output(kind: str, text: str, traceback: str = "", by_student: bool = False) -> Output:
    """An error; its traceback is the student's own lines, or the message alone.

    Args:
        by_student: whether it came from a student's function in the middle of a check, which is
            then not taken for what the check itself says.
    """
    kind, text = kind[:LONGEST_KIND], visible_lines(shorten_text(text))
    kind = f"{kind} ({BY_STUDENT})" if by_student else kind
    lines = visible_lines(traceback[-LONGEST_TRACEBACK:]).splitlines()[-MOST_LINES:]
    lines = lines or [f"{kind}: {text}"]
    return {"output_type": "error", "ename": kind, "evalue": text, "traceback": lines}


def shorten_text(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + " ..."


def one_line(kind: str, text: str, by_student: bool = False) -> str:
    """One line for an error: the message of an assertion, the kind and message of another.

    What a student's code raised is marked as its words, whatever they are.
    """
    if kind == "NotImplementedError":
        return NOT_WRITTEN
    lines = [line.strip() for line in COLOUR.sub("", text).splitlines() if line.strip()]
    if kind == "AssertionError":
        said = " ".join(lines)  # a value in the middle of a message may have several lines
    else:
        said = lines[-1] if lines and len(lines[-1]) <= LONGEST_REASON else "".join(lines[:1])
    if kind not in ("AssertionError", STOPPED) or by_student or not said:
        said = f"{kind}: {said}".removesuffix(": ")
    said = f"your code raised {said}" if by_student else said
    return shorten(visible(said), LONGEST_REASON, placeholder=" ...")


STOPPED = "Stopped"  # the kind of error that says that a student's code was stopped
