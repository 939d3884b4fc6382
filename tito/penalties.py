"""A penalty for each day, which nbgrader does not bring along: for nbgrader_config.py."""

from __future__ import annotations

import math

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float

DAY = 24 * 3600  # seconds


class PerDay(LateSubmissionPlugin):  # type: ignore[misc]  # nbgrader has no types
    """Take so many points for each day that has begun; never more than there are."""

    points = Float(10.0, min=0.0, help="points for each day that has begun").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        return min(score, self.points * math.ceil(total_seconds_late / DAY))
