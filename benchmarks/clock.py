"""A fair clock: programs take turns, and a gain inside the noise is no gain."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Sequence

Program = Callable[[], object]


def take_turns(
    programs: dict[str, Program], rounds: int, least_seconds: float = 2e-4
) -> dict[str, list[float]]:
    """Time programs in turns, in a new order each round.

    Args:
        programs: by name; called twice untimed, to warm up.
        rounds: how many turns each gets.
        least_seconds: a turn repeats a shorter program until it takes about as long.

    Returns:
        Seconds a call, one number for each turn.
    """
    calls = {name: _calls(program, least_seconds) for name, program in programs.items()}
    times: dict[str, list[float]] = {name: [] for name in programs}
    names = list(programs)
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            random.shuffle(names)
            for name in names:
                times[name].append(_seconds(programs[name], calls[name]))
    finally:
        gc.enable()
    return times


def _calls(program: Program, least_seconds: float) -> int:
    program()
    return max(1, round(least_seconds / max(_seconds(program, 1), 1e-7)))


def _seconds(program: Program, calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        program()
    return (time.perf_counter() - start) / calls


def medians(times: dict[str, list[float]]) -> dict[str, float]:
    """The median seconds a call of each program."""
    return {name: statistics.median(each) for name, each in times.items()}


def summarize(ratios: Sequence[float]) -> dict[str, float]:
    """The ratio over several processes: median, lowest, highest."""
    return {"ratio": statistics.median(ratios), "low": min(ratios), "high": max(ratios)}


def verdict(ratio: dict[str, float]) -> str:
    """Say how many times as fast, or that the processes do not agree which is faster."""
    if ratio["low"] <= 1 <= ratio["high"]:
        return "no difference beyond the noise"
    return f"{ratio['ratio']:.2f}x ({ratio['low']:.2f} to {ratio['high']:.2f})"
