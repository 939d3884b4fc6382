"""Show how far a long run is: how many are done, how many a minute, and how long it will take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Item = TypeVar("Item")


class Track(Protocol):
    """Passes items on as they come, and shows how many of `total` have come."""

    def __call__(self, items: Iterable[Item], total: int) -> Iterable[Item]: ...


Tracks = Callable[[str], Track]  # what is being done -> how it is shown


def quiet(items: Iterable[Item], total: int) -> Iterable[Item]:
    """Show nothing."""
    return items


def quietly(doing: str) -> Track:
    """Show nothing, whatever is being done."""
    return quiet


class Rate(ProgressColumn):
    """How many a minute."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{60 * speed:.0f}/min" if speed else "", style="progress.data.speed")


def bar(doing: str) -> Track:
    """A bar on standard error."""

    def track(items: Iterable[Item], total: int) -> Iterable[Item]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as shown:
            yield from shown.track(items, total=total, description=doing)

    return track
