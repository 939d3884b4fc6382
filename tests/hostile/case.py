"""How a case of the class is written down: the attack, how it is handed in, what must come of it.

An attack is a function whose first line says what it does; a decorator says how it gets into a
submission. Code attacks return something true when they got out of their sandbox, and nothing, or
an error, when they were held. Everything else of a submission is the reference, so that what it
must earn is known exactly.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from tito.answers import fill
from tito.notebooks import notebook_bytes

LESSON = "18_pruning"
FIRST, LEAF = (
    "dense_forward",
    "neuron_scores",
)  # the first exercise, and one that no other code calls
WRONG_LEAF = "def neuron_scores(weight):\n    return np.zeros(weight.shape, dtype=bool)"
ESCAPED, HELD = "ESCAPED", "held"


@dataclass(frozen=True)
class Desk:
    """What a submission is made from, and the places that it may try to reach."""

    released: NotebookNode
    answers: dict[str, str]  # the reference
    places: dict[str, str | int] = field(default_factory=dict)

    def filled(self, **changed: str) -> NotebookNode:
        """The released notebook with the reference's answers, some of them changed."""
        return fill(self.released, {**self.answers, **changed})

    def right(self) -> bytes:
        return notebook_bytes(self.filled())

    def with_metadata(self, words: bytes) -> bytes:
        """The right notebook's file with more words of JSON in its metadata."""
        return self.right().replace(b'"kernelspec": {', b'"kernelspec": {' + words + b", ", 1)

    def armed(self, attack: str) -> str:
        """Code that runs the attack and says whether it got out."""
        return (
            f"{attack}\n\ntry:\n    got = attack({self.places!r})\n"
            "except BaseException as error:\n"
            f"    print('{HELD}:', type(error).__name__, error)\n"
            f"else:\n    print('{ESCAPED}:' if got else '{HELD}', got)\n"
        )


HandIn = Callable[[Desk, Path], None]


@dataclass(frozen=True)
class Case:
    """One student of the class."""

    name: str
    attack: str  # in one line
    hand_in: HandIn  # writes what lies in the student's folder
    loses: tuple[str, ...] = ()  # the exercises that earn nothing
    may_lose: tuple[str, ...] = ()  # those that its own vandalism breaks, depending on the moment
    refused: str = ""  # why nothing of it counts (a regular expression)
    says: str = ""  # what the first exercise lost is told
    flag: str = ""  # what a person is told to look at
    student: str = ""  # the folder's name, where it is not the case's
    speaks_in: str = ""  # the cell in whose output the attack says that it was held
    real: bool = False  # without a sandbox it gets out: a test shows that
    fools: bool = False  # checks in the same process give it full marks: a test shows that
    code: str = ""  # of a function called attack

    @property
    def folder(self) -> str:
        return self.student or self.name


HOSTILE: list[Case] = []
Attack = Callable[..., object]
Register = Callable[[Attack], Attack]


def write(folder: Path, content: bytes) -> None:
    """Hand in a notebook under the name that the lesson wants."""
    path = folder / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def folder(**expected: object) -> Register:
    """The function gets the desk and the student's folder, and writes what lies in it."""

    def register(function: Attack) -> Attack:
        return _enter(function, function, **expected)

    return register


def content(**expected: object) -> Register:
    """The function gets the desk and returns the bytes of the notebook file."""
    return _writer(lambda function: lambda desk, place: write(place, function(desk)), **expected)


def notebook(**expected: object) -> Register:
    """The function gets the reference's notebook as a student fills it in, and changes it."""

    def writer(function: Attack) -> HandIn:
        def hand_in(desk: Desk, place: Path) -> None:
            book = desk.filled()
            function(book)
            write(place, notebook_bytes(book))

        return hand_in

    return _writer(writer, **expected)


def in_cell(exercise: str = FIRST, *, silent: bool = False, **expected: object) -> Register:
    """The function runs in the cell of `exercise`, above the right answer."""

    def writer(function: Attack) -> HandIn:
        attack = _source(function, "attack")
        return filled(lambda desk: {exercise: f"{desk.armed(attack)}\n{desk.answers[exercise]}"})

    return _writer(writer, speaks_in="" if silent else exercise, **expected)


def in_call(**expected: object) -> Register:
    """The function runs when the check calls the answer to LEAF, which is right otherwise."""

    def writer(function: Attack) -> HandIn:
        attack = _source(function, "attack")
        return filled(lambda desk: {LEAF: called(desk, attack)})

    return _writer(writer, speaks_in=f"{LEAF}_check", **expected)


def called(desk: Desk, attack: str) -> str:
    """The right answer to LEAF, which attacks when it is called for the first time."""
    right = desk.answers[LEAF].replace(f"def {LEAF}(", "def right_answer(")
    armed = desk.armed(attack).replace("\n", "\n    ")
    return (
        f"{right}\n\n\ntried = []\n\n\ndef {LEAF}(*arguments):\n"
        "    if not tried:\n        tried.append(1)\n        try_it()\n"
        "    return right_answer(*arguments)\n\n\n"
        f"def try_it():\n    {armed}\n"
    )


def trick(exercise: str = FIRST, **expected: object) -> Register:
    """The function runs in a cell of answers, to get marks for a wrong answer to LEAF."""

    def writer(function: Attack) -> HandIn:
        code = f"{_source(function, 'trick')}\n\ntrick()\n"

        def change(desk: Desk) -> dict[str, str]:
            answers = {FIRST: desk.answers[FIRST], LEAF: WRONG_LEAF}
            return {**answers, exercise: f"{code}\n{answers[exercise]}"}

        return filled(change)

    return _writer(writer, **{"loses": (LEAF,), **expected})


def answer(exercise: str = LEAF, *, uses: tuple[Attack, ...] = (), **expected: object) -> Register:
    """The function, after those that it uses, is the answer to `exercise`, and loses it."""

    def writer(function: Attack) -> HandIn:
        source = "".join(map(inspect.getsource, uses)) + _source(function, exercise)
        return filled(lambda desk: {exercise: source})

    return _writer(writer, **{"loses": (exercise,), **expected})


def filled(change: Callable[[Desk], dict[str, str]]) -> HandIn:
    return lambda desk, place: write(place, notebook_bytes(desk.filled(**change(desk))))


def _writer(writer: Callable[[Attack], HandIn], **expected: object) -> Register:
    def register(function: Attack) -> Attack:
        return _enter(function, writer(function), code=_source(function, "attack"), **expected)

    return register


def _enter(function: Attack, hand_in: HandIn, **expected: object) -> Attack:
    HOSTILE.append(Case(function.__name__, inspect.getdoc(function), hand_in, **expected))
    return function


def _source(function: Attack, name: str) -> str:
    """The function's source under another name, without decorators and without what it says."""
    source = inspect.getsource(function)
    source = source[source.index("def ") :]
    return re.sub(rf"^def {function.__name__}\b", f"def {name}", source)
