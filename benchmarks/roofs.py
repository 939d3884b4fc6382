"""The roofs: what a core reads from its caches and from memory, in vector instructions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from tinytorch import compiled
from tinytorch.sparse import _aligned

LANES = 32
load: Any = compiled.load  # as compiled code calls them, which mypy cannot know
store: Any = compiled.store
splat: Any = compiled.splat
multiply_add: Any = compiled.multiply_add


@njit(nogil=True, error_model="numpy")
def _sum(numbers, repeats, result):  # type: ignore[no-untyped-def]
    """Add up an array over and over, into eight registers' worth of totals."""
    one = np.float32(1)
    a: Any
    b: Any
    c: Any
    d: Any
    a = b = c = d = splat(np.float32(0), LANES)
    for _ in range(repeats):
        for at in range(0, numbers.size, 4 * LANES):
            a = multiply_add(one, load(numbers, at, LANES), a)
            b = multiply_add(one, load(numbers, at + LANES, LANES), b)
            c = multiply_add(one, load(numbers, at + 2 * LANES, LANES), c)
            d = multiply_add(one, load(numbers, at + 3 * LANES, LANES), d)
    store(result, 0, a)
    store(result, LANES, b)
    store(result, 2 * LANES, c)
    store(result, 3 * LANES, d)


def read_bandwidth(nbytes: int) -> tuple[Callable[[], object], int]:
    """A program that reads an array of this size again and again, and the bytes it reads."""
    numbers, result = _aligned(nbytes // 4), _aligned(4 * LANES)
    numbers[:] = 1
    repeats = max(1, (1 << 22) // nbytes)
    return lambda: _sum(numbers, repeats, result), repeats * nbytes
