"""One process of measurements: its last line of output is its suites' rows as JSON.

Two threads are measured in a process of their own, on all cores and without PyTorch, whose threads
would share the cores with ours.
"""

from __future__ import annotations

import json
import os
import sys

from benchmarks.suites import SUITES


def main() -> None:
    quick, threads = "--quick" in sys.argv, "--threads" in sys.argv
    if not threads:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
        import torch

        torch.set_num_threads(1)
    rows = {}
    for name, suite in SUITES.items():
        if (name == "threads") == threads:
            print(f"  {name}", file=sys.stderr, flush=True)
            rows[name] = suite(quick)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
