"""How the catalogue writes an answer down: the reference with one slip, or a function."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

from tinytorch import pruning


@dataclass(frozen=True)
class Answer:
    """One way to fill an exercise's cell."""

    exercise: str
    name: str
    source: str
    misconception: str = ""
    says: str = ""


WRONG: list[Answer] = []
RIGHT: list[Answer] = []

Function = Callable[..., object]


def wrong(exercise: str, misconception: str, says: str) -> Callable[[Function], Function]:
    """Register the decorated function as a wrong answer to `exercise`."""

    def register(function: Function) -> Function:
        source = _as_answer(function, exercise)
        WRONG.append(Answer(exercise, function.__name__, source, misconception, says))
        return function

    return register


def right(exercise: str) -> Callable[[Function], Function]:
    """Register the decorated function as a right answer to `exercise`, written differently."""

    def register(function: Function) -> Function:
        RIGHT.append(Answer(exercise, function.__name__, _as_answer(function, exercise)))
        return function

    return register


def slip(exercise: str, name: str, misconception: str, says: str, **changes: str) -> None:
    """Register the reference of `exercise` with one slip: in its code `old` becomes `new`."""
    head, code = inspect.getsource(getattr(pruning, exercise)).rsplit('"""', 1)
    old, new = changes["old"], changes["new"]
    if code.count(old) != 1:
        raise ValueError(f"{exercise}, {name}: {old!r} stands {code.count(old)} times, not once")
    source = f'{head}"""{code.replace(old, new)}'
    WRONG.append(Answer(exercise, name, source, misconception, says))


def _as_answer(function: Function, exercise: str) -> str:
    """The function's source, without its decorator, under the exercise's name."""
    source = inspect.getsource(function)
    source = source[source.index("def ") :]
    return re.sub(rf"^def {function.__name__}\b", f"def {exercise}", source)
