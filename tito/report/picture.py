"""The class in one picture: two numbers that checks measured, where less of both is better.

A check leaves them by name, with the limits that it grants: {"bytes": 11_900, "bytes at most":
12_000, "points lost": 1.5, ...}. The first two that are no limits are drawn, the first on a scale
of ratios. A name stands only where its student wrote one; nothing else tells whose a dot is, not
even the order in which dots are written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tito.grades import Row
from tito.report.text import grouped

LIMIT = " at most"
LEFT, RIGHT, TOP, BOTTOM = 40.0, 548.0, 26.0, 320.0  # of what is drawn
BEYOND = 2.0  # times the limit upwards: what is worse is counted, not drawn
LETTER, LINE = 6.6, 13.0  # what a name takes, about


@dataclass(frozen=True, order=True)
class Dot:
    """What a check measured of one student."""

    x: float
    y: float
    name: str = ""  # that the student lets others see


@dataclass(frozen=True)
class Label:
    """A name, and where its text starts."""

    x: float
    y: float
    name: str


@dataclass(frozen=True)
class Picture:
    """The dots of a class, and the limits."""

    x_name: str
    y_name: str
    dots: Sequence[Dot]  # from left to right
    students: int
    x_limits: Sequence[float]
    y_limits: Sequence[float]

    @property
    def lowest(self) -> float:
        return min([0.0, *(dot.y for dot in self.drawn), *self.y_limits])

    @property
    def highest(self) -> float:
        """Where the picture ends."""
        if self.y_limits and max(self.y_limits) > 0:
            return BEYOND * max(self.y_limits)
        return max([0.0, *(dot.y for dot in self.dots)]) or 1.0

    @cached_property
    def drawn(self) -> list[Dot]:
        return [dot for dot in self.dots if dot.y <= self.highest]

    @cached_property
    def front(self) -> list[Dot]:
        """The dots than which none is as good in both numbers and better in one."""
        found: list[Dot] = []
        for dot in self.drawn:
            same = found and (dot.x, dot.y) == (found[-1].x, found[-1].y)
            if not found or dot.y < found[-1].y or same:
                found.append(dot)
        return found

    @cached_property
    def named(self) -> list[Dot]:
        """For each name the leftmost dot within all limits upwards, or beyond them if none is."""
        found: dict[str, Dot] = {}
        for dot in sorted(self.drawn, key=lambda dot: (dot.y > self.most, dot)):
            found.setdefault(dot.name, dot)
        return sorted(dot for name, dot in found.items() if name)

    @property
    def listed(self) -> list[Dot]:
        return sorted({*self.front, *self.named})

    @property
    def most(self) -> float:
        return min(self.y_limits, default=math.inf)

    @property
    def title(self) -> str:
        """The point: the leftmost dot within all limits upwards."""
        given = f"with{LIMIT} {grouped(self.most)} {self.y_name}" if self.y_limits else ""
        fewest = next((grouped(dot.x) for dot in self.dots if dot.y <= self.most), "none")
        return " ".join(f"Fewest {self.x_name} {given}".split()) + f": {fewest}"

    @property
    def x_marks(self) -> Sequence[float]:
        """What is written below: the limits, or else both ends."""
        return self.x_limits or sorted({self.dots[0].x, self.dots[-1].x})

    @property
    def y_marks(self) -> list[float]:
        width = self.highest - self.lowest
        step = 10.0 ** math.floor(math.log10(width / 2))
        step = next(step * times for times in (1, 2, 5, 10) if width / (step * times) <= 6)
        first, last = math.ceil(self.lowest / step), math.floor(self.highest / step)
        return [place * step for place in range(first, last + 1)]

    def across(self, x: float) -> float:
        """Where a first number stands, equal ratios equally far apart."""
        ends = [*self.x_limits, self.dots[0].x, self.dots[-1].x]
        low, high = math.log(min(ends) / 1.15), math.log(max(ends) * 1.15)
        return round(LEFT + (RIGHT - LEFT) * (math.log(x) - low) / (high - low), 1)

    def down(self, y: float) -> float:
        room = 0.05 * (self.highest - self.lowest)
        low, high = self.lowest - room, self.highest + room
        return round(BOTTOM - (BOTTOM - TOP) * (y - low) / (high - low), 1)

    @property
    def path(self) -> str:
        """The front as a line of steps: to the right of a dot nothing is better than it."""
        front = self.front
        steps = "".join(f"H{self.across(dot.x)}V{self.down(dot.y)}" for dot in front[1:])
        return f"M{self.across(front[0].x)} {self.down(front[0].y)}{steps}H{RIGHT}" if front else ""

    @property
    def labels(self) -> list[Label]:
        """The names beside their dots, the front's first, as far as there is room."""
        front, found = self.front, list[Label]()
        boxes = [(self.across(dot.x), self.down(dot.y), 0.0) for dot in {*front, *self.named}]
        for dot in sorted(self.named, key=lambda dot: (dot not in front, dot)):
            x, y, width = self.across(dot.x), self.down(dot.y), LETTER * len(dot.name)
            for right, down in ((7, -5), (7, 14), (-7, 14), (-7, -5)):
                start = x + right - (width if right < 0 else 0)
                box = start, y + down - 4, width
                fits = start >= LEFT and start + width <= RIGHT and y + down < BOTTOM
                if fits and not any(overlap(box, other) for other in boxes):
                    boxes.append(box)
                    found.append(Label(start, y + down, dot.name))
                    break
        return found


def overlap(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Whether two boxes (left, middle, width) of a line's height meet."""
    is_apart = one[0] + one[2] < other[0] - 4 or other[0] + other[2] < one[0] - 4
    return not is_apart and abs(one[1] - other[1]) < LINE


def picture(rows: Sequence[Row]) -> Picture | None:
    """The picture of a class; nothing where checks left no two numbers."""
    left = [
        (row, numbers) for row in rows for numbers in row.entry.judged.measured.values() if numbers
    ]
    named = ([name for name in numbers if not name.endswith(LIMIT)] for _, numbers in left)
    x, y = next((names[:2] for names in named if len(names) > 1), ("", ""))
    left = [(row, each) for row, each in left if each.get(x, 0) > 0 and y in each]
    if not left:
        return None
    dots = {Dot(each[x], each[y], row.entry.shown_as) for row, each in left}
    x_limits, y_limits = (
        sorted({each[name + LIMIT] for _, each in left if name + LIMIT in each}) for name in (x, y)
    )
    students = len({row.student for row, _ in left})
    x_limits = [limit for limit in x_limits if limit > 0]
    return Picture(x, y, sorted(dots), students, x_limits, y_limits)
