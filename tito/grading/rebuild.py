"""Rebuild a submission from the release: only the text of a student's answers enters."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tito.cells import DEFAULT_EXP, OPEN, grading, kind_of, name_of, text_of
from tito.finding import Found, Handout, Node, Piece, bare, find_answers, pieces_of
from tito.grading.intake import RefusedError
from tito.grading.pictures import Attachments, take_pictures
from tito.program import Code
from tito.pythons import made_with
from tito.visible import visible

WORD = re.compile(r"\w+")
LONGEST_ANSWER = 100_000  # characters
SHOW_ME_AS = "SHOW_ME_AS"  # what a student calls the name that others may see
LONGEST_SHOWN = 30  # characters of it
FIXED = ("grade", "locked", "points", "schema_version", "solution", "task")
LONGEST_LIST = 5

Content = dict[str, Any]  # a notebook or a cell, as JSON


@dataclass(frozen=True)
class Release:
    """A lesson as it is graded, and as it was handed out."""

    graded: Content  # with stubs in the solution cells and with the hidden checks
    released: Content  # the student's copy
    package: str  # that the lesson becomes a module of

    @cached_property
    def module(self) -> str:
        """The module that the lesson becomes; nothing for none."""
        found = (DEFAULT_EXP.search(text_of(cell)) for cell in self.graded["cells"])
        return next((each[1] for each in found if each), "")

    @cached_property
    def handout(self) -> Handout:
        """What students got, as their answers are looked for in it."""
        return Handout(self.released["cells"])

    @property
    def checksums(self) -> dict[str, str]:
        """nbgrader's checksum of each cell it keeps, by its grade_id."""
        noted = [grading(cell) for _, cell in graded_cells(self.graded)]
        return {each["grade_id"]: each["checksum"] for each in noted if "checksum" in each}

    @property
    def written(self) -> set[str]:
        """The cells that are answered in words."""
        cells = graded_cells(self.released)
        return {name for name, cell in cells if cell["cell_type"] == "markdown"} & {*self.solutions}

    @property
    def solutions(self) -> dict[str, str]:
        """The stub of each cell that students write in, by its grade_id."""
        return {
            name: text_of(cell)
            for name, cell in graded_cells(self.released)
            if kind_of(cell) in OPEN
        }


@dataclass(frozen=True)
class Submission:
    """What is graded of a submission, and what a person should look at."""

    answers: dict[str, str]  # grade_id -> text of the cell
    flags: list[str]
    pictures: dict[str, Attachments]  # grade_id -> those of a written answer
    shown_as: str = ""  # a name that the student lets others see; empty: none


def rebuild(content: Content, release: Release) -> Submission:
    """Take the answers out of a student's notebook; what is missing stays as it was handed out.

    Raises:
        RefusedError: not one answer of the lesson is there.
    """
    pieces = pieces_of(plain_cells(content), release.handout)
    found = find_answers(pieces, release.handout)
    if not found.answers:
        raise RefusedError("none of the lesson's exercises is in this notebook: is it another one?")
    answers = release.solutions | found.answers
    clean = {name: text.encode("utf-8", "replace").decode() for name, text in answers.items()}
    flags = [*recoveries(found), *oddities(pieces, found, release)]
    flags += [*oddities_of(answers, clean, release), *other_python(content, clean, release)]
    pictures: dict[str, Attachments] = {}
    left_out: list[str] = []
    for name in release.written:
        attached = found.attachments.get(name)
        clean[name], kept, problems = take_pictures(clean[name], attached)
        pictures |= {name: kept} if kept else {}
        left_out += [f"Picture in {name} left out: {problem}." for problem in problems]
    too_long = {name: text for name, text in clean.items() if len(text) > LONGEST_ANSWER}
    flags += [
        *left_out[:LONGEST_LIST],
        *say(f"{{}} with more than {LONGEST_ANSWER:,} characters: left out", list(too_long)),
    ]
    short = {name: left_out_of(text, name in release.written) for name, text in too_long.items()}
    return Submission(clean | short, flags, pictures, shown_as(pieces))


def shown_as(pieces: list[Piece]) -> str:
    """What stands in `SHOW_ME_AS = "..."`, the last of them: text, which is read and never run."""
    name = ""
    for piece in pieces:
        tree = piece.code.tree if piece.is_code and SHOW_ME_AS in piece.code.source else None
        for statement in tree.body if tree else []:
            match statement:
                case ast.Assign([ast.Name(id)], ast.Constant(str(text))) if id == SHOW_ME_AS:
                    name = text
    return visible(" ".join(name.split()))[:LONGEST_SHOWN]


def left_out_of(text: str, is_written: bool) -> str:
    """What stands in the place of an answer that is too long: words, or code that says them."""
    said = f"this answer has {len(text):,} characters, {LONGEST_ANSWER:,} are allowed: left out"
    return f"*{said}*" if is_written else f"raise ValueError({said!r})"


def plain_cells(content: Content) -> list[Content]:
    """The cells of a notebook, without what is none."""
    cells = content.get("cells")
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def graded_cells(content: Content) -> list[tuple[str, Content]]:
    """grade_id and cell, for each cell that nbgrader knows."""
    named = [(name_of(cell), cell) for cell in content["cells"]]
    return [(name, cell) for name, cell in named if name]


def recoveries(found: Found) -> list[str]:
    """How the answers were found that did not simply stand in their cells."""
    return [
        *say("{} known by the cell's id: what nbgrader notes in a cell was lost", found.by_id),
        *say("{} found by the name it defines, in another cell", found.by_name),
        *say("{} split: its cells joined in their order", found.joined),
        *say("{} copied: copies that are empty or as handed out left out", found.copied),
        *say("{} copied: the last copy counts", found.twice),
        *(
            f"Cell {name} uses {', '.join(names[:LONGEST_LIST])} of the student's own cells: "
            "put before it."
            for name, names in [*found.helpers.items()][:LONGEST_LIST]
        ),
        *say("{} with text in another cell beside it: joined", found.beside),
    ]


def oddities(pieces: list[Piece], found: Found, release: Release) -> list[str]:
    """What differs from the release besides the answers, a sentence each."""
    handout = release.handout
    named = [piece for piece in pieces if name_of(piece.node)]
    counts = Counter(piece.place for piece in pieces if piece.place is not None)
    fixed = {name: place for name, place in handout.by_name.items() if place not in handout.stubs}
    known = {piece.place: piece for piece in named if piece.place is not None}
    ours = {place: handout.nodes[place] for place in known}
    edited = [
        name
        for name, place in fixed.items()
        if place in known and bare(text_of(known[place].node)) != bare(text_of(ours[place]))
    ]
    retyped = [place for place in known if noted(known[place].node) != noted(ours[place])]
    strange = [name_of(piece.node) for piece in named if piece.place is None]
    own = own_code_cells(pieces, found)
    return [
        *say(
            "{} missing: taken as not answered",
            [name for name in release.solutions if name not in found.answers],
        ),
        *say("{} missing: put back", [name for name, place in fixed.items() if not counts[place]]),
        *say("{} changed: put back as handed out", edited),
        *say(
            "{} copied: put back once",
            [name for name, place in fixed.items() if counts[place] > 1],
        ),
        *say("{} of no lesson: left out", list(dict.fromkeys(strange))),
        *say(
            "{} with grading data changed: the lesson's count",
            [handout.name(place) for place in retyped],
        ),
        *([f"Code cells of the student's own, left out: {own}."] if own else []),
    ]


def oddities_of(answers: dict[str, str], clean: dict[str, str], release: Release) -> list[str]:
    """What is odd about the answers themselves."""
    broken = [name for name in answers if answers[name] != clean[name]]
    own = {release.package, release.module}
    borrowed = [name for name in clean if borrows(clean[name], own)]
    return [
        *say("{} with characters that are none: replaced by ?", broken),
        *say(
            f"{{}} importing {'.'.join([release.package, release.module])}, which is not there "
            "when grading",
            borrowed,
        ),
    ]


def other_python(content: Content, answers: dict[str, str], release: Release) -> list[str]:
    """Which answers Python cannot read, where the notebook was made with a newer one."""
    made, ours = made_with(content), sys.version_info[:2]
    if not made or made <= ours:
        return []
    codes = [name for name in answers if name not in release.written]
    return say(
        f"{{}} no Python {ours[0]}.{ours[1]}, with which is graded: "
        f"the notebook was made with {made[0]}.{made[1]}",
        [name for name in codes if not Code(answers[name]).tree],
    )


def borrows(text: str, words: set[str]) -> bool:
    """Whether a line of code names them all."""
    lines = (line for line in text.split("\n") if all(word in line for word in words))
    return any(words <= set(WORD.findall(line)) for line in lines)


def say(sentence: str, names: list[str]) -> list[str]:
    """The sentence about the cells called `names`; nothing when there are none."""
    if not names:
        return []
    shown = [name if name.isprintable() and len(name) < 80 else "?" for name in names]
    more = f" and {len(names) - LONGEST_LIST} more" if len(names) > LONGEST_LIST else ""
    listed = ", ".join(shown[:LONGEST_LIST]) + more
    return [sentence.format(f"Cell{'s' if len(names) > 1 else ''} {listed}") + "."]


def noted(cell: Node) -> list[Any]:
    """What of a cell's grading data a student has no reason to change."""
    return [cell.get("cell_type"), *(grading(cell).get(name) for name in FIXED)]


def own_code_cells(pieces: list[Piece], found: Found) -> int:
    """How many code cells a student added that went into no answer."""
    return sum(
        piece.is_code
        and piece.place is None
        and not name_of(piece.node)
        and piece.order not in found.used
        for piece in pieces
    )
