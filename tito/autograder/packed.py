"""A lesson in the container: what was handed out, and the checks that grade it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tito.cells import Kind, cells_of
from tito.course import Assignment, Course
from tito.grading.rebuild import Release
from tito.judging.plan import Plan
from tito.notebooks import read_plain

LESSON_FILE = "lesson.json"  # with the hidden checks: students' code must not read it


@dataclass(frozen=True)
class Packed:
    """A lesson as the container has it."""

    package: str  # that the lesson becomes a module of
    plan: Plan
    place: Path = Path()  # the folder that it lies in

    @staticmethod
    def assignment(name: str, place: Path) -> Assignment:
        """The lesson's files below a folder, laid out as in a checkout."""
        return Assignment(Course(place, place), name)

    @classmethod
    def read(cls, place: Path) -> Packed:
        data = json.loads((place / LESSON_FILE).read_text(encoding="utf-8"))
        plan = Plan.from_dict(data["plan"])
        support = str(cls.assignment(plan.lesson, place).support.resolve())
        return cls(data["package"], replace(plan, support=support), place)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, which says nothing of where it was made."""
        return {"package": self.package, "plan": replace(self.plan, support="").to_dict()}

    @property
    def here(self) -> Assignment:
        return self.assignment(self.plan.lesson, self.place)

    @cached_property
    def release(self) -> Release:
        """The student's copy; hidden checks are the plan's alone."""
        released = read_plain(self.here.released)
        return Release(released, released, self.package)

    @cached_property
    def visible(self) -> Plan:
        """The same lesson with the checks that students see."""
        shown = {cell.name: cell.source for cell in cells_of(self.release.released)}
        cells = [
            replace(cell, source=shown[cell.name]) if cell.kind is Kind.CHECK else cell
            for cell in self.plan.cells
        ]
        return replace(self.plan, cells=tuple(cells))

    @property
    def hidden(self) -> set[str]:
        """The checks of which students see only a part."""
        pairs = zip(self.plan.cells, self.visible.cells, strict=True)
        return {ours.name for ours, theirs in pairs if ours.source != theirs.source}

    @property
    def by_hand(self) -> dict[str, float]:
        """The points of each question that a person reads."""
        return {cell.name: cell.points for cell in self.plan.of_kind(Kind.QUESTION)}
