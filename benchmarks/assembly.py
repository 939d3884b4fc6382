"""What the compiler made of the vector kernel's inner loop, counted in its x86 assembly."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
from numba import njit

from benchmarks.peers import network
from tinytorch import compiled
from tinytorch.sparse import SparseMLP, _tiles

LABEL = re.compile(r"^(\.\w+):")
JUMP = re.compile(r"^\s+j\w+\s+(\.\w+)")
INDEX = "movzb"  # reads an index: once a weight
MULTIPLY_ADD = "vfmadd"


def inner_loop(width: int) -> dict[str, float] | None:
    """Instructions a weight in the loop over a row's weights, for tiles of `width` samples.

    Returns:
        Per weight: `instructions`, `reads` (those with an operand in memory) and `multiply_adds`;
        None where there is no such loop, as on another kind of processor.
    """
    loops = [loop for loop in _loops(_assembly(width)) if _count(loop, INDEX)]
    if not loops:
        return None
    loop = max(loops, key=lambda lines: _count(lines, MULTIPLY_ADD))
    weights = _count(loop, INDEX)
    return {
        "instructions": len(loop) / weights,
        "reads": _count(loop, "(") / weights,  # it stores nothing: each address is read
        "multiply_adds": _count(loop, MULTIPLY_ADD) / weights,
    }


def _assembly(width: int) -> list[str]:
    """Compile the kernel anew: of one that was read from the cache there is no assembly."""
    kernel: Any = compiled.make_vector_kernel(width)
    fresh = njit(nogil=True, error_model="numpy")(kernel.py_func)
    arrays = SparseMLP.from_model(network((8, 8), 0.5))._network.arrays
    samples, logits = (np.zeros((width, 8), np.float32) for _ in range(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fresh(
            samples,
            logits,
            np.zeros(1, np.int64),
            np.zeros(2, np.int64),
            *arrays,
            *_tiles(8 * width),
        )
    (text,) = fresh.inspect_asm().values()
    return str(text).splitlines()


def _loops(lines: list[str]) -> list[list[str]]:
    """The innermost loops with multiply-adds: from a label to the jump back to it."""
    labels = {found[1]: i for i, line in enumerate(lines) if (found := LABEL.match(line))}
    jumps = [
        (labels.get(found[1], i), i) for i, line in enumerate(lines) if (found := JUMP.match(line))
    ]
    spans = [(first, last) for first, last in jumps if first < last]
    inner = [
        (first, last)
        for first, last in spans
        if not any(first < other and end < last for other, end in spans)
    ]
    bodies = [
        [line for line in lines[first + 1 : last + 1] if not LABEL.match(line)]
        for first, last in inner
    ]
    return [body for body in bodies if _count(body, MULTIPLY_ADD)]


def _count(lines: list[str], part: str) -> int:
    return sum(part in line for line in lines)
