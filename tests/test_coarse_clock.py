"""A clock that ticks in milliseconds, as in some browsers, makes nothing divide by zero."""

import math
import time

import pytest

from tinytorch import studies


@pytest.fixture
def coarse(monkeypatch):
    exact = time.perf_counter
    monkeypatch.setattr(time, "perf_counter", lambda: math.floor(1000 * exact()) / 1000)


@pytest.mark.parametrize("at_least", [0, 1e-3])
def test_a_call_shorter_than_a_tick_takes_some_time(coarse, at_least):
    assert 0 < studies.seconds_of(lambda: None, 3, at_least) < 1e-3


def test_a_ratio_of_no_time_is_no_error():
    clocked = {"ratio": 0.0, "spread": (0.0, 2.0)}
    assert studies._times_as_long(clocked) == [math.inf, 0.5, math.inf]
