"""One process of measurements: its last line of output is every suite's rows as JSON."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    quick = "--quick" in sys.argv
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    import torch

    from benchmarks.suites import SUITES

    torch.set_num_threads(1)
    rows = {}
    for name, suite in SUITES.items():
        if cores:
            os.sched_setaffinity(0, cores if name == "threads" else cores[-1:])
        print(f"  {name}", file=sys.stderr, flush=True)
        rows[name] = suite(quick)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
