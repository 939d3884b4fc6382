"""The peak memory of pruning; a process of its own, since a process never forgets its peak.

`python -m benchmarks.peak SIDE` prunes SIDE x SIDE weights and prints peak over weights.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from tinytorch.sparse import prune_exact

STATUS = Path("/proc/self/status")


def peak_over_weights(side: int) -> float | None:
    """How often the memory of the weights the process needed at its peak; None but on Linux.

    The weights themselves count; what Python and its libraries take before them does not.
    """
    if not STATUS.exists():
        return None
    command = [sys.executable, "-m", "benchmarks.peak", str(side)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


def _kibibytes(name: str) -> int:
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main() -> None:
    side = int(sys.argv[1])
    prune_exact([np.eye(9, dtype=np.float32)], 0.5)  # loads the kernels
    before = _kibibytes("VmRSS")
    weights = [np.random.default_rng(0).standard_normal((side, side), dtype=np.float32)]
    pruned = prune_exact(weights, 0.9)
    assert np.count_nonzero(pruned[0]) == side * side - round(0.9 * side * side)
    print((_kibibytes("VmHWM") - before) * 1024 / weights[0].nbytes)


if __name__ == "__main__":
    main()
