"""Measure everything in several processes, write results, print tables, draw plots."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import tables
from benchmarks.machine import machine
from benchmarks.plots import draw_all
from tito.sandbox.limits import ONE_THREAD


def measure(quick: bool) -> dict[str, list[object]]:
    """One round's rows of every suite."""
    return _worker(quick, "--one-thread") | _worker(quick, "--threads")


def _worker(quick: bool, which: str) -> dict[str, list[object]]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.worker", which]
    command += ["--quick"] if quick else []
    done = subprocess.run(
        command,
        env={**os.environ, **ONE_THREAD},
        cwd=tables.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"benchmarks: a process failed with status {done.returncode}; see above")
    rows: dict[str, list[object]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short processes, kept in build/")
    parser.add_argument("--processes", type=int, default=5, help="how many (default 5)")
    options = parser.parse_args()
    folder = tables.ROOT / "build" / "bench" if options.quick else tables.RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    runs = []
    for number in range(2 if options.quick else options.processes):
        print(f"process {number + 1}", file=sys.stderr)
        runs.append(measure(options.quick))
    for name in runs[0]:
        result = {"suite": name, "machine": machine(), "processes": [run[name] for run in runs]}
        text = json.dumps(result, indent=1) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    draw_all(folder, Path(folder) / "plots")
    print("\n".join(tables.report(folder)))
    if not options.quick:
        tables.fill_in()


if __name__ == "__main__":
    main()
