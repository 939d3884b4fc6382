"""Times as nbgrader writes them."""

from __future__ import annotations

from datetime import datetime


def parse_time(text: str) -> datetime | None:
    """A time as nbgrader writes it into timestamp.txt, in UTC; None for anything else."""
    from nbgrader.utils import parse_utc  # here, because nbgrader is not everywhere, and takes long

    try:
        return parse_utc(text) if text else None
    except (ValueError, OverflowError):
        return None
