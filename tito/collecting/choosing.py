"""Of several files of one student, the one that counts, and the true reason why others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from tito import decoding
from tito.collecting.archive import notebooks_in
from tito.collecting.files import NOT_A_NOTEBOOK, File, Refusal, may_be_notebook
from tito.collecting.layout import READING, SUBMISSION, in_bundle, student_folders
from tito.collecting.names import Whose
from tito.collecting.outcome import OLDER, REFUSED, Outcome
from tito.course import Assignment
from tito.errors import CourseError, NotebookError
from tito.finding import bare
from tito.notebooks import read_plain

EMPTY = "it holds no answers"
SEVERAL = "different notebooks in several folders"


@dataclass(frozen=True)
class Handin:
    """A file, and whose it is."""

    file: File
    owner: Whose

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def time(self) -> datetime:
        return self.owner.time or self.file.time


@dataclass(frozen=True)
class Lesson:
    """What has to be known of a lesson to choose among notebooks."""

    assignment: Assignment

    @property
    def name(self) -> str:
        return self.assignment.name

    @cached_property
    def handed_out(self) -> set[str]:
        """The text of each cell that students got; nothing where the lesson is not released."""
        try:
            return {bare(cell["source"]) for cell in read_plain(self.assignment.released)["cells"]}
        except CourseError:
            return set()

    def is_answered(self, content: bytes) -> bool:
        """Whether a notebook holds a cell that was not handed out."""
        try:
            sources = [bare("".join(each["source"])) for each in cells_of(content)]
        except (TypeError, KeyError):
            return False
        return any(source and source not in self.handed_out for source in sources)


@dataclass(frozen=True)
class Candidate:
    """A file that may count. Of two the one that is larger in the order of these fields does."""

    is_answered: bool
    is_made_to_hand_in: bool
    is_named: bool  # as the lesson
    height: int  # the fewer folders it lies in, the larger
    order: int
    time: datetime
    path: str
    content: bytes

    @property
    def rank(self) -> tuple[bool, bool, bool, int]:
        """What goes before order and time."""
        return self.is_answered, self.is_made_to_hand_in, self.is_named, self.height

    @property
    def age(self) -> tuple[int, datetime]:
        return self.order, self.time


def best(candidates: Sequence[Candidate]) -> Candidate:
    return max(candidates, key=lambda each: (each.rank, each.age))


def why_left(other: Candidate, chosen: Candidate) -> str:
    """The first reason for which `chosen` goes before another."""
    if other.content == chosen.content:
        return f"the same as {chosen.path}"
    if other.is_answered != chosen.is_answered:
        return EMPTY
    if other.is_made_to_hand_in != chosen.is_made_to_hand_in:
        return f"{chosen.path} is the one made to be handed in"
    if other.is_named != chosen.is_named:
        return f"{chosen.path} is called as the lesson"
    if other.height != chosen.height:
        return f"it lies in more folders than {chosen.path}"
    if other.age != chosen.age:
        return f"{chosen.path} is newer"
    return f"one has to count, and {chosen.path} was taken"


def is_unclear(chosen: Candidate, candidates: Sequence[Candidate], lesson: str) -> bool:
    """Whether different notebooks lie side by side in folders, and nothing tells which counts."""
    equals = [each for each in candidates if each.rank == chosen.rank]
    places = {student_folders(each.path, lesson) for each in equals}
    contents = {each.content for each in equals}
    return len(places) > 1 and len(contents) > 1


def is_notebook(path: str) -> bool:
    return path.lower().endswith(".ipynb")


def content_of(handin: Handin, lesson: Lesson) -> bytes | Refusal:
    """The notebook: the file, or the one in the zip that a student handed in."""
    path = handin.path
    if handin.file.is_refused:
        return Refusal(path, handin.file.note)
    if handin.owner.instead:
        return Refusal(path, f"handed in {handin.owner.instead}, not a notebook")
    if not may_be_notebook(path):
        return Refusal(path, NOT_A_NOTEBOOK)
    content = handin.file.read()
    if isinstance(content, Refusal):
        return content
    if path.lower().endswith(".zip"):
        return only_notebook(path, content, lesson)
    if not is_notebook(path) and not cells_of(content):  # one under another name may be one
        return Refusal(path, NOT_A_NOTEBOOK)
    return content


def cells_of(content: bytes) -> list[dict[str, Any]]:
    """The cells of a notebook, however it is stored; none where it is none."""
    try:
        cells = decoding.content_of(content, "it").get("cells")
    except NotebookError:
        return []
    return cells if isinstance(cells, list) else []


def only_notebook(path: str, content: bytes, lesson: Lesson) -> bytes | Refusal:
    """The notebook in a student's zip; refused when nothing tells which of several counts."""
    books = notebooks_in(path, content)
    if isinstance(books, Refusal):
        return books
    books = [each for each in books if in_bundle(each.path, lesson.name) != READING]
    named = [each for each in books if each.path.split("/")[-1] == f"{lesson.name}.ipynb"]
    if len(named or books) == 1:
        return (named or books)[0].read()
    found = []
    for each in named or books:
        data = each.read()
        if isinstance(data, Refusal):
            return Refusal(path, f"holds {data.path}: {data.reason}")
        found.append(to_candidate(each, data, lesson))
    if found:
        chosen = best(found)
        equals = {each.content for each in found if each.rank == chosen.rank}
        if len(equals) == 1 and chosen.content:
            return chosen.content
    return Refusal(path, f"holds {len(found)} notebooks, expected one")


def to_candidate(
    file: File, content: bytes, lesson: Lesson, owner: Whose | None = None
) -> Candidate:
    name = owner.original if owner else file.path.split("/")[-1]
    return Candidate(
        lesson.is_answered(content),
        in_bundle(file.path, lesson.name) == SUBMISSION,
        name.startswith(lesson.name),
        -len(student_folders(file.path, lesson.name)),
        owner.order if owner else 0,
        (owner and owner.time) or file.time,
        file.path,
        content,
    )


@dataclass(frozen=True)
class Chosen:
    """The file of a student that counts, and what became of the others."""

    handin: Handin | None
    others: list[Outcome]


def choose(student: str, handins: list[Handin], lesson: Lesson) -> Chosen:
    """The file that counts; what holds no notebook is a refusal where nothing else came."""
    maybe = [each for each in handins if may_be_notebook(each.path) and not each.owner.instead]
    others = [each for each in handins if each not in maybe]
    if not maybe:
        return Chosen(None, [refusal(student, each, lesson) for each in others])
    beside = [
        Outcome(student, each.path, OLDER, "beside the notebook: not graded")
        for each in others
        if each.owner.platform
    ]
    if len(maybe) == 1:
        return Chosen(maybe[0], beside)
    return among(student, maybe, lesson, beside)


def among(student: str, handins: list[Handin], lesson: Lesson, beside: list[Outcome]) -> Chosen:
    """Of several notebooks the one that counts."""
    found, by_path = [], {}
    for handin in handins:
        data = content_of(handin, lesson)
        if isinstance(data, Refusal):
            beside = [*beside, Outcome(student, handin.path, REFUSED, data.reason)]
        else:
            found.append(to_candidate(handin.file, data, lesson, handin.owner))
            by_path[handin.path] = handin
    if not found:
        return Chosen(None, beside)
    chosen = best(found)
    owner = by_path[chosen.path].owner
    if not owner.platform and not owner.time and is_unclear(chosen, found, lesson.name):
        reason = f"{SEVERAL}: which one is {student}'s?"
        return Chosen(
            None, [*beside, *(Outcome(student, path, REFUSED, reason) for path in by_path)]
        )
    left = [
        Outcome(student, each.path, OLDER, why_left(each, chosen))
        for each in found
        if each is not chosen
    ]
    return Chosen(by_path[chosen.path], [*beside, *left])


def refusal(student: str, handin: Handin, lesson: Lesson) -> Outcome:
    data = content_of(handin, lesson)
    reason = data.reason if isinstance(data, Refusal) else NOT_A_NOTEBOOK
    return Outcome(student, handin.path, REFUSED, reason, handin.owner.late)
