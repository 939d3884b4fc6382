"""Find the answers in a student's notebook, whatever the editor did to its cells.

On the standard library alone: the student's wheel takes it along, so that `tito check` and
`tito grade` look at the same text. Only text is found here; none of it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tito.cells import Kind, kind_of, name_of, text_of
from tito.program import Code, definitions_of

MOST_SEARCHED = 1_000_000  # characters of a student's own code

Node = Mapping[str, Any]  # a cell as it stands in a notebook file


def bare(text: str) -> str:
    """A cell's text without what editors change by themselves: ends of lines, blanks around."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def clean(text: str) -> str:
    """A cell's text with the ends of lines that Python writes."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


@dataclass(frozen=True)
class Handout:
    """The cells of a lesson as students get them."""

    nodes: Sequence[Node]

    @cached_property
    def by_name(self) -> dict[str, int]:
        return {name: place for place, each in enumerate(self.nodes) if (name := name_of(each))}

    @cached_property
    def by_id(self) -> dict[str, int]:
        return {each["id"]: place for place, each in enumerate(self.nodes) if "id" in each}

    @cached_property
    def by_text(self) -> dict[str, int]:
        """The cells that students only read or run, by their texts."""
        shut = (place for place in range(len(self.nodes)) if place not in self.stubs)
        return {text: place for place in shut if (text := bare(text_of(self.nodes[place])))}

    @cached_property
    def stubs(self) -> dict[int, str]:
        """What stands in the cells that students write in."""
        return self.of_kind(Kind.EXERCISE) | self.of_kind(Kind.QUESTION)

    @cached_property
    def exercises(self) -> dict[int, Code]:
        return {place: Code(text) for place, text in self.of_kind(Kind.EXERCISE).items()}

    @cached_property
    def questions(self) -> dict[int, str]:
        return self.of_kind(Kind.QUESTION)

    @cached_property
    def defined(self) -> frozenset[str]:
        """What the lesson's own cells and its exercises define."""
        texts = [*self.of_kind(Kind.GIVEN).values(), *self.of_kind(Kind.EXERCISE).values()]
        return frozenset().union(*(Code(text).defines for text in texts))

    @cached_property
    def lines(self) -> frozenset[str]:
        """Each line of the texts that students read, and the empty one."""
        texts = [text_of(each) for each in self.nodes if each.get("cell_type") != "code"]
        return frozenset(line.strip() for text in [*texts, ""] for line in text.split("\n"))

    def asked_by(self, place: int) -> int | None:
        """The question that a cell asks: no cell but text stands between it and the answer's."""
        for later in range(place, len(self.nodes)):
            if later in self.questions:
                return later
            if self.nodes[later].get("cell_type") == "code":
                return None
        return None

    def of_kind(self, kind: Kind) -> dict[int, str]:
        found = ((place, each) for place, each in enumerate(self.nodes) if kind_of(each) is kind)
        return {place: text_of(each) for place, each in found}

    def name(self, place: int) -> str:
        return name_of(self.nodes[place])


@dataclass(frozen=True)
class Piece:
    """A cell of the student's, and which of the lesson's it is."""

    order: int  # in the notebook
    node: Node
    place: int | None  # in the lesson; None for a cell of the student's own
    by: str = ""  # how it is known: "grade_id", "id" or "text"

    @cached_property
    def code(self) -> Code:
        return Code(clean(text_of(self.node)))

    @property
    def is_code(self) -> bool:
        return self.node.get("cell_type") == "code"


@dataclass
class Found:
    """The answers of a notebook, by grade_id, and how those were found that stood elsewhere."""

    answers: dict[str, str] = field(default_factory=dict)
    by_id: list[str] = field(default_factory=list)
    by_name: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)  # a copy was left out: blank, or the stub
    twice: list[str] = field(default_factory=list)  # several define the same: the last counts
    helpers: dict[str, list[str]] = field(default_factory=dict)  # what came from own cells
    beside: list[str] = field(default_factory=list)  # text stood in a cell of the student's own
    attachments: dict[str, dict[str, Any]] = field(default_factory=dict)  # of answers in words
    used: set[int] = field(default_factory=set)  # the student's own cells that went into an answer


def pieces_of(nodes: Iterable[Node], handout: Handout) -> list[Piece]:
    """The cells of a notebook, each known by its grade_id, else its id, else its text."""
    pieces: list[Piece] = []
    left = MOST_SEARCHED
    for node in nodes:
        place, by = known(node, handout)
        text = text_of(node)
        left -= len(text) if place is None else 0
        if place is not None or name_of(node) or (text.strip() and left >= 0):
            pieces.append(Piece(len(pieces), node, place, by))
    return pieces


def known(node: Node, handout: Handout) -> tuple[int | None, str]:
    """Which cell of the lesson this is, and by what it is known."""
    if name := name_of(node):
        return handout.by_name.get(name), "grade_id"
    metadata = node.get("metadata")
    moved = metadata.get("id") if isinstance(metadata, dict) else None  # where Colab keeps it
    for own in (node.get("id"), moved):
        if isinstance(own, str) and own in handout.by_id:
            return handout.by_id[own], "id"
    place = handout.by_text.get(bare(text_of(node)))
    return place, "" if place is None else "text"


def find_answers(pieces: list[Piece], handout: Handout) -> Found:
    """Find the answers to all exercises and questions."""
    found = Found()
    for place in handout.exercises:
        find_code(place, pieces, handout, found)
    add_helpers(pieces, handout, found)
    beside = beside_questions(pieces, handout)
    for place in handout.questions:
        find_words(place, pieces, beside.get(place, []), handout, found)
    return found


def find_code(place: int, pieces: list[Piece], handout: Handout, found: Found) -> None:
    """Find the answer to an exercise: in its cell, its copies, or where its name is defined."""
    name, stub = handout.name(place), handout.exercises[place]
    here = [piece for piece in pieces if piece.place == place]
    written = [each for each in here if not is_unwritten(each.code, stub)]
    parts = with_rest(latest(written), pieces)
    missing = stub.defines.difference(*(each.code.defines for each in parts))
    elsewhere, text = find_elsewhere(missing, pieces, handout) if missing else (None, "")
    if elsewhere:
        found.by_name.append(name)
        found.used.add(elsewhere.order)
        texts = [(each.order, each.code.source) for each in parts]
        parts_of_text = sorted([*texts, (elsewhere.order, text)])
        found.answers[name] = joined([Code(each) for _, each in parts_of_text])
    elif parts:
        found.answers[name] = joined([each.code for each in parts])
        found.used |= {each.order for each in parts}
    elif here:
        found.answers[name] = unwritten_answer(here, stub)
    if any(each.by != "grade_id" for each in here):
        found.by_id.append(name)
    if len(here) > len(written) and len(here) > 1:
        found.copied.append(name)
    if any(each not in parts for each in written):
        found.twice.append(name)
    if len(parts) > 1:
        found.joined.append(name)


def is_unwritten(code: Code, stub: Code) -> bool:
    """Whether a cell is empty, all comments, or does what its stub does."""
    return not code.source.strip() or code.is_blank or is_alike(code, stub)


def is_alike(code: Code, stub: Code) -> bool:
    """Whether the one does what the other does; names differ sooner than shapes, and are known."""
    return code.names == stub.names and code.shape == stub.shape


def unwritten_answer(here: list[Piece], stub: Code) -> str:
    """What stands for an answer of which nothing was written: the stub, if one is there."""
    texts = [piece.code.source for piece in here]
    same = [text for text in texts if bare(text) == bare(stub.source)]
    return stub.source if same else texts[-1]


def latest(written: list[Piece]) -> list[Piece]:
    """The cells without those whose names a later one defines again."""
    kept: list[Piece] = []
    for piece in reversed(written):
        again = frozenset().union(*(each.code.defines for each in kept if each.code.tree))
        if not piece.code.defines or piece.code.defines - again:
            kept.insert(0, piece)
    return kept


def with_rest(parts: list[Piece], pieces: list[Piece]) -> list[Piece]:
    """The cells, and the one below if a function was split and its second half lost its name."""
    after = parts[-1].order + 1 if parts else len(pieces)
    below = pieces[after] if after < len(pieces) else None
    if below is None or below.place is not None or not below.is_code or below.code.tree:
        return parts
    together = [*parts, below]
    is_rest = below.code.source[:1].isspace() and Code(together_text(together)).tree
    return together if is_rest else parts


def together_text(parts: Iterable[Piece]) -> str:
    return "\n".join(each.code.source for each in parts)


def joined(parts: list[Code]) -> str:
    """The parts as one text; what Python cannot read is left out where the rest is an answer."""
    whole = "\n".join(each.source for each in parts)
    readable = [each.source for each in parts if each.tree]
    if len(readable) < len(parts) and readable and not Code(whole).tree:
        return "\n".join(readable)
    return whole


def find_elsewhere(
    missing: frozenset[str], pieces: list[Piece], handout: Handout
) -> tuple[Piece | None, str]:
    """The last cell that defines what an exercise shall define, and what of it is the answer."""
    defining = [each for each in pieces if each.is_code and missing & each.code.defines]
    defining = [each for each in defining if not is_handed_out(each, handout)]
    own = [each for each in defining if each.place is None]
    if not defining:
        return None, ""
    chosen = (own or defining)[-1]
    others = frozenset().union(*(stub.defines for stub in handout.exercises.values())) - missing
    if chosen.place is None and not others & chosen.code.defines:
        return chosen, chosen.code.source
    return chosen, definitions_of(missing, [chosen.code], handout.defined)


def add_helpers(pieces: list[Piece], handout: Handout, found: Found) -> None:
    """Put before each answer what it needs of the student's own cells, in their order."""
    shut = {*handout.exercises, *handout.of_kind(Kind.CHECK)}
    own = [each for each in pieces if each.is_code and each.place not in shut]
    own = [each for each in own if not is_handed_out(each, handout)]
    own_names = frozenset().union(*(each.code.alters for each in own))
    there = handout.defined
    for place in handout.exercises:
        name = handout.name(place)
        answer = Code(found.answers.get(name, ""))
        needed = (answer.needs - there) & own_names
        there |= answer.defines
        if needed:
            text = definitions_of(needed, [each.code for each in own], there)
            # such an import has to stand first
            first, last = (
                (answer.source, text) if "__future__" in answer.source else (text, answer.source)
            )
            found.answers[name] = f"{first}\n\n{last}"
            found.helpers[name] = sorted(needed)
            found.used |= {each.order for each in own if each.code.alters & needed}


def is_handed_out(piece: Piece, handout: Handout) -> bool:
    """Whether a cell is as the lesson has it, or the stub of one."""
    if piece.place is not None and piece.place not in handout.exercises:
        return bare(piece.code.source) == bare(text_of(handout.nodes[piece.place]))
    return any(is_alike(piece.code, stub) for stub in handout.exercises.values())


# ---- answers in words ----


def find_words(
    place: int, pieces: list[Piece], beside: list[Piece], handout: Handout, found: Found
) -> None:
    """Find the answer to a question: in its cell and copies, beside it, or in what it asks."""
    name, stub = handout.name(place), handout.questions[place]
    here = [piece for piece in pieces if piece.place == place]
    texts = {
        piece.order: piece.code.source
        for piece in here
        if piece.code.source.strip() and bare(piece.code.source) != bare(stub)
    }
    own = {piece.order: own_words(piece, handout) for piece in beside}
    if texts:  # a trial in code is no part of an answer that is there
        own = {order: text for order, text in own.items() if not pieces[order].is_code}
    own = {order: text for order, text in own.items() if text}
    if not here and not own:
        return
    if any(each.by != "grade_id" for each in here):
        found.by_id.append(name)
    if len(texts) < len(here) > 1:
        found.copied.append(name)
    if len(texts) > 1:
        found.joined.append(name)
    if own:
        found.beside.append(name)
    found.used |= own.keys()
    parts = []
    attached = found.attachments.setdefault(name, {})
    for order, text in sorted((texts | own).items()):
        parts.append(with_pictures(text, pieces[order].node.get("attachments"), attached))
    found.answers[name] = "\n\n".join(parts) or stub


def with_pictures(text: str, pictures: Any, attached: dict[str, Any]) -> str:
    """Put a cell's pictures to those of an answer; its text, with another name for one there."""
    for name, picture in pictures.items() if isinstance(pictures, dict) else []:
        if name in attached and attached[name] != picture:
            other = f"{len(attached)}-{name}"
            text = text.replace(f"attachment:{name}", f"attachment:{other}")
            name = other
        attached[name] = picture
    return text


def beside_questions(pieces: list[Piece], handout: Handout) -> dict[int, list[Piece]]:
    """The cells with text of the student's that belong to each question.

    Text in a cell of the student's own belongs to the question whose cell stands above, or is
    next; text in a cell that was handed out to the question that this cell asks.
    """
    following: list[int | None] = [None]  # for each cell, from the last: what of the lesson is next
    for piece in reversed(pieces):
        following.append(following[-1] if piece.place is None else piece.place)
    following.reverse()
    beside: dict[int, list[Piece]] = {}
    last: int | None = None
    for piece in pieces:
        place, below = piece.place, following[piece.order + 1]
        if place is not None:
            last = place
            asks = None if place in handout.stubs else handout.asked_by(place)
        elif last in handout.questions:
            asks = last
        elif below in handout.questions:
            asks = below
        else:
            asks = None if last is None else handout.asked_by(last)
        if asks is not None and is_words(piece):
            beside.setdefault(asks, []).append(piece)
    return beside


def is_words(piece: Piece) -> bool:
    """Whether a cell holds text: also a code cell does, with comments alone or what is no code."""
    return not piece.is_code or piece.code.is_blank or not piece.code.tree


def own_words(piece: Piece, handout: Handout) -> str:
    """The lines of a text that were not handed out."""
    lines = piece.code.source.split("\n")
    return "\n".join(line for line in lines if line.strip() not in handout.lines).strip()
