"""The tables of docs and lesson, made from results; nothing here measures."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks import facts
from benchmarks.clock import summarize, verdict
from tinytorch.plots import percent

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
PLACES = {
    "docs/speed.md": "",
    "modules/18_sparse_kernels.py": "# ",
}  # file: what its lines start with
Result = dict[str, Any]


def read(name: str, folder: Path = RESULTS) -> Result:
    """One suite's results, as `benchmarks` wrote them."""
    result: Result = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return result


def ratio(result: Result, row: int, peer: str, ours: str) -> dict[str, float]:
    """How many times as fast `ours` is as `peer`, over the processes."""
    rows = [process[row]["seconds"] for process in result["processes"]]
    return summarize([seconds[peer] / seconds[ours] for seconds in rows])


def find(result: Result, **what: Any) -> int:
    """The number of the row that has these values."""
    rows = result["processes"][0]
    return next(i for i, row in enumerate(rows) if all(row.get(k) == v for k, v in what.items()))


def cell(value: dict[str, float]) -> str:
    return "within noise" if verdict(value).startswith("no") else f"{value['ratio']:.1f}"


def speed_table(folder: Path = RESULTS) -> list[str]:
    """Ours over each peer by sparsity and batch, and below it for other networks."""
    result, others = read("speed", folder), read("others", folder)
    names = [name for name in result["processes"][0][0]["seconds"] if name != "vector"]
    lines = [f"| sparsity, batch | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for number, row in enumerate(result["processes"][0]):
        cells = [cell(ratio(result, number, name, "vector")) for name in names]
        lines.append(f"| {percent(row['sparsity'])}, {row['batch']} | {' | '.join(cells)} |")
    for number, row in enumerate(others["processes"][0]):
        if set(names) <= row["seconds"].keys():
            cells = [cell(ratio(others, number, name, "vector")) for name in names]
            what = f"{row['network']}, {percent(row['sparsity'])}, {row['batch']}"
            lines.append(f"| {what} | {' | '.join(cells)} |")
    return lines


def break_even(result: Result, batch: int) -> float | None:
    """The least sparsity measured from which on ours is faster in every process."""
    rows = [row for row in result["processes"][0] if row["batch"] == batch]
    least = None
    for row in reversed(rows):
        number = find(result, batch=batch, sparsity=row["sparsity"])
        if ratio(result, number, "numpy dense", "vector")["low"] <= 1:
            break
        least = float(row["sparsity"])
    return least


def storage_table(folder: Path = RESULTS) -> list[str]:
    """Dense bytes over stored bytes, in memory and on disk."""
    rows = read("storage", folder)["processes"][0]
    sparsities = sorted({row["sparsity"] for row in rows})
    head = " | ".join(percent(sparsity) for sparsity in sparsities)
    lines = [f"| memory / disk | {head} |", "|---" * (len(sparsities) + 1) + "|"]
    for encoding in dict.fromkeys(row["encoding"] for row in rows):
        cells = [_gain(row) for row in rows if row["encoding"] == encoding]
        lines.append(f"| {encoding} | {' | '.join(cells)} |")
    return lines


def _gain(row: dict[str, Any]) -> str:
    memory = f"{row['dense'] / row['memory']:.1f}"
    return f"{memory} / {row['dense'] / row['disk']:.1f}" if "disk" in row else memory


def roof_rates(folder: Path = RESULTS) -> dict[str, float]:
    """Bytes read a second, the median of the processes: from caches, memory, and by the kernel."""
    found = [process[0]["bytes_per_second"] for process in read("roof", folder)["processes"]]
    return {name: statistics.median(each[name] for each in found) for name in found[0]}


def bounds(folder: Path = RESULTS) -> list[str]:
    """What bounds the kernel, what two threads gain, and the memory that pruning takes."""
    roof, threads, prune = (read(name, folder) for name in ("roof", "threads", "prune"))
    rates = roof_rates(folder)
    fixed = statistics.median(process[0]["fixed_share"] for process in roof["processes"])
    gains = [
        f"batch {row['batch']} {verdict(ratio(threads, number, 'one thread', 'two threads'))}, "
        f"apart {verdict(ratio(threads, number, 'one thread', 'apart'))}"
        for number, row in enumerate(threads["processes"][0])
    ]
    peaks = [process[1]["peak_over_weights"] for process in prune["processes"]]
    known = [peak for peak in peaks if peak is not None]
    vector, second, first = (f"{rates[name] / 1e9:.0f}" for name in ("vector", "L2", "L1"))
    lines = [
        f"What bounds it: at {percent(0.9)} and batch 1024 the kernel reads its inputs at "
        f"{vector} GB/s.",
        f"A loop that only reads gets {second} from the second cache and {first} from the first.",
        f"Of its time {percent(fixed)} goes to what is there without any weight: packing samples,",
        "starting rows, unpacking logits.",
        *inner_loop(roof["processes"][0][0]["inner_loop"]),
        "",
        "Two threads over one, and over it two that work apart, with nothing to hand over: what",
        "the two cores give.",
        *(f"{gain};" for gain in gains[:-1]),
        f"{gains[-1]}.",
    ]
    if known:
        million = prune["processes"][0][1]["weights"] / 1e6
        lines.append(f"Pruning {million:.3g} million took {max(known):.2f} times their memory.")
    return lines


def inner_loop(found: dict[str, float] | None) -> list[str]:
    """What the assembly says, in sentences; nothing where it was not to be read."""
    if found is None:
        return []
    more = found["reads"] - found["multiply_adds"]
    return [
        "In the assembly (numba's `inspect_asm`) the inner loop has for each weight and 64 samples",
        f"{found['instructions']:g} instructions: {found['multiply_adds']:g} multiply-adds that",
        f"read inputs, and {more:g} reads of index and value, which no roof counts.",
    ]


def summary(folder: Path = RESULTS) -> list[str]:
    """The table and the sentences that docs/speed.md and lesson show."""
    speed, sweep = read("speed", folder), read("sweep", folder)
    machine, n = speed["machine"], len(speed["processes"])
    lines = [
        *speed_table(folder),
        "",
        "Times as fast: the peer's time over ours (the vector kernel), for a network "
        "784-512-256-128-10",
        "(but for the last rows) in float32",
        f"with every layer pruned alike; one thread on one core of {machine['processor']} "
        f"({machine['blas']}),",
        f"median of {n} process{'es' if n > 1 else ''}, taking turns.",
    ]
    row = find(speed, sparsity=0.9, batch=32)
    plain = [verdict(ratio(speed, row, peer, "plain")) for peer in ("numpy dense", "scipy CSR")]
    lines += [
        f"The plain kernel at {percent(0.9)}, batch 32: {plain[0]} as fast as NumPy's dense "
        "product,",
        f"{plain[1]} as fast as SciPy's CSR.",
    ]
    points = [(batch, break_even(sweep, batch)) for batch in (1, 8, 32, 128)]
    told = [f"{percent(point)} (batch {batch})" for batch, point in points if point is not None]
    lines += [
        "The vector kernel is faster than NumPy's dense product from a sparsity of",
        f"{', '.join(told)}.",
    ]
    pruning = read("prune", folder)
    counts = [f"{row['weights'] / 1e6:.3g} million" for row in pruning["processes"][0]]
    small = ratio(pruning, 0, "torch global_unstructured", "ours")
    copies = ratio(pruning, 1, "ours", "copy")["ratio"]
    loop = ratio(pruning, 0, "Python loop", "ours")
    alone = ratio(pruning, 0, "torch global_unstructured", "ours, NumPy alone")
    lines += [
        "",
        f"Exact pruning of {counts[0]} weights: {verdict(small)} as fast as PyTorch's",
        f"`global_unstructured` ({verdict(alone)} with NumPy alone)",
        f"and {verdict(loop)} as fast as a Python loop over sorted records;",
        f"of {counts[1]}: {copies:.2f} times the time of a copy.",
        "",
        *bounds(folder),
        "",
        "How much smaller a network is than dense, by format:",
        "",
        *storage_table(folder),
    ]
    return lines


def filled(text: str, start: str, lines: list[str]) -> str:
    """A file's text with the lines between its two marks replaced."""
    begin, end = (f"{start}<!-- {mark} of benchmarks/results -->" for mark in ("begin", "end"))
    head, rest = text.split(begin, 1)
    _, tail = rest.split(end, 1)
    body = "".join(f"{start}{line}".rstrip() + "\n" for line in lines)
    return f"{head}{begin}\n{body}{end}{tail}"


def fill_in() -> None:
    """Write the tables into docs and lesson, and the facts into README."""
    for name, start in PLACES.items():
        path = ROOT / name
        path.write_text(filled(path.read_text("utf-8"), start, summary()), "utf-8")
    readme = ROOT / "README.md"
    readme.write_text(filled(readme.read_text("utf-8"), "", facts.rows()), "utf-8")


def report(folder: Path = RESULTS) -> list[str]:
    """Everything measured, for the terminal."""
    lines = summary(folder)
    others = read("others", folder)
    for number, row in enumerate(others["processes"][0]):
        lines += ["", f"{row['network']}, {percent(row['sparsity'])}, batch {row['batch']}:"]
        for peer in row["seconds"]:
            if peer != "vector":
                lines.append(f"  {peer:30} {verdict(ratio(others, number, peer, 'vector'))}")
    pruning = read("prune", folder)
    for number, row in enumerate(pruning["processes"][0]):
        for peer in row["seconds"]:
            if peer != "ours":
                gain = verdict(ratio(pruning, number, peer, "ours"))
                lines.append(f"prune {row['weights']:,} weights against {peer}: {gain}")
        for peer in ("torch global_unstructured",) if number == 0 else ():
            gain = verdict(ratio(pruning, number, peer, "ours, NumPy alone"))
            lines.append(f"prune with NumPy alone against {peer}: {gain}")
    return lines
