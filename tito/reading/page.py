"""The pages of `tito read`: each whole by itself, and of use without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bleach
from markupsafe import Markup

from tito.grading.safe_html import TAGS, safe_markdown, with_pictures
from tito.reading.questions import Question, steps
from tito.reading.store import Answer, Shown, next_unread, said_before
from tito.report.pages import render

LONGEST_COMMENT = 10_000  # characters
LINKS = {"a": ["href", "title"]}  # no class or id: an answer could look like a part of the page


@dataclass(frozen=True)
class Draft:
    """What a reader typed and what could not be saved."""

    points: float | None
    comment: str


@dataclass(frozen=True)
class Scene:
    """Where a reader is: a question of a lesson, and all answers to its questions."""

    lesson: str
    questions: Mapping[str, Question]
    answers: Mapping[str, Sequence[Answer]]
    question: Question

    @property
    def here(self) -> list[Answer]:
        return list(self.answers[self.question.name])


def answer_html(text: str, attachments: Mapping[str, Any]) -> Markup:
    """What a student wrote, to be shown and never obeyed."""
    return Markup(with_pictures(text, attachments, plain_markdown))


def plain_markdown(text: str) -> str:
    page: str = bleach.clean(safe_markdown(text), tags=TAGS, attributes=LINKS)
    return page


def lesson_html(text: str) -> Markup:
    return Markup(safe_markdown(text))


def read_of(answers: Sequence[Answer]) -> int:
    return sum(each.is_read for each in answers)


def answer_page(
    scene: Scene,
    shown: Shown,
    step: float,
    names: Mapping[str, str] | None,
    notice: str = "",
    problem: str = "",
    draft: Draft | None = None,
    **form: Any,
) -> str:
    """One answer, with the marking guide beside it and a form for the mark.

    Args:
        names: what students are called; nothing: they are not shown.
        notice: what has just been done.
        problem: why it was not.
        draft: what stands in the form in place of the mark there is.
        form: what the form takes along, and what can be taken back.
    """
    answers, now = scene.here, shown.answer
    places = [place for place, each in enumerate(answers) if each.id == now.id]
    place = places[0] if places else 0
    given = now.mark.manual if now.is_read else None
    chosen = draft.points if draft else given
    choices = steps(scene.question.points, step)
    student = now.student
    return render(
        "read.html.j2",
        scene=scene,
        shown=shown,
        place=place,
        count=len(answers),
        before=answers[place - 1] if place else None,
        after=answers[place + 1] if place + 1 < len(answers) else None,
        unread=next_unread(answers, now.id),
        read_of=read_of,
        answer=answer_html(shown.text, shown.attachments),
        asked=lesson_html(scene.question.asked),
        guide=lesson_html(scene.question.guide),
        choices=choices if chosen is None or chosen in choices else sorted({*choices, chosen}),
        chosen=chosen,
        comment=draft.comment if draft else now.comment,
        comments=said_before(answers),
        longest=LONGEST_COMMENT,
        name="" if names is None else f"{student} {names.get(student, '')}".strip(),
        notice=notice,
        problem=problem,
        **form,
    )


def overview_page(
    lessons: Mapping[str, Mapping[str, tuple[Question, int, int]]], **more: Any
) -> str:
    """All questions, and of each how many answers are read of how many."""
    return render("read_overview.html.j2", lessons=lessons, **more)


def refusal_page(reason: str) -> str:
    return render("read_refusal.html.j2", reason=reason)
