"""Plots of the results: speed-up over sparsity, the roof, bytes over sparsity."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from benchmarks.tables import break_even, ratio, read, roof_rates
from tinytorch.plots import percent

LINES = (":", "-.", "--", "-")


def draw_speed_up(results: Path, target: Path) -> None:
    """Times as fast as dense over sparsity, a line a batch size, break-even marked."""
    result = read("sweep", results)
    rows = result["processes"][0]
    figure, axis = plt.subplots(figsize=(8, 4.5))
    for batch, line in zip((1, 8, 32, 128), LINES, strict=True):
        mine = [(i, row["sparsity"]) for i, row in enumerate(rows) if row["batch"] == batch]
        ratios = [ratio(result, i, "numpy dense", "vector") for i, _ in mine]
        sparsities = [sparsity for _, sparsity in mine]
        middle = [each["ratio"] for each in ratios]
        axis.plot(sparsities, middle, f"k{line}", label=f"batch {batch}")
        low, high = ([each[key] for each in ratios] for key in ("low", "high"))
        axis.fill_between(sparsities, low, high, color="0.5", alpha=0.2, linewidth=0)
        point = break_even(result, batch)
        if point is not None:
            axis.plot(point, middle[sparsities.index(point)], "ko", markersize=5)
    axis.axhline(1, color="0.6", linewidth=1)
    axis.set(xlabel="sparsity", ylabel="times as fast as NumPy dense", yscale="log")
    axis.set_yticks([0.5, 1, 2, 5, 10, 20], labels=["0.5", "1", "2", "5", "10", "20"])
    axis.plot([], [], "ko", markersize=5, label="from here on faster in every process")
    axis.set_title("The more weights are gone, the faster than dense")
    axis.legend(frameon=False)
    _save(figure, target)


def draw_roof(results: Path, target: Path) -> None:
    """What the kernel reads from its tiles a second, beside what a core can read."""
    rates = roof_rates(results)
    names = ["memory", "L2", "L1", "vector"]
    labels = ["memory", "second cache (L2)", "first cache (L1)", "the vector kernel"]
    figure, axis = plt.subplots(figsize=(8, 2.8))
    shades = ["0.3" if name == "vector" else "0.75" for name in names]
    axis.barh(labels, [rates[name] / 1e9 for name in names], color=shades)
    for place, name in enumerate(names):
        text = f" {rates[name] / 1e9:.0f} GB/s"
        if name in ("L1", "L2"):
            text += f"; the kernel reaches {rates['vector'] / rates[name]:.2f} of it"
        axis.text(rates[name] / 1e9, place, text, va="center", fontsize=8)
    axis.set(xlabel="GB/s read by one core", xlim=(0, 1.6 * max(rates.values()) / 1e9))
    reached = rates["vector"] / rates["L1"]
    axis.set_title(f"The vector kernel reads {percent(reached)} of what the first cache can give")
    _save(figure, target)


def draw_bytes(results: Path, target: Path) -> None:
    """Share of the dense bytes over sparsity, a line a format."""
    rows = read("storage", results)["processes"][0]
    figure, axis = plt.subplots(figsize=(8, 4.5))
    for encoding in ("csr32", "csr16", "bitmask", "gaps", "gaps+int8"):
        mine = [row for row in rows if row["encoding"] == encoding]
        shares = [row["memory"] / row["dense"] for row in mine]
        sparsities = [row["sparsity"] for row in mine]
        axis.plot(sparsities, shares, "k-", linewidth=1)
        axis.annotate(
            encoding,
            (sparsities[0], shares[0]),
            xytext=(-4, 0),
            ha="right",
            va="center",
            textcoords="offset points",
            fontsize=8,
        )
    axis.set(xlabel="sparsity", ylabel="bytes in memory, dense = 1", xlim=(0.4, 1), ylim=(0, None))
    axis.set_title("The formats differ in what the place of a weight costs")
    _save(figure, target)


def _save(figure: Figure, target: Path) -> None:
    figure.tight_layout()
    figure.savefig(target, dpi=110)
    plt.close(figure)


def draw_all(results: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draw_speed_up(results, folder / "speed-up.png")
    draw_roof(results, folder / "roof.png")
    draw_bytes(results, folder / "bytes.png")
