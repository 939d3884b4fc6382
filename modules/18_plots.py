# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The lesson's pictures
#
# > Functions that draw; what they draw is computed in the lesson.
#
# Each takes arrays and dicts and returns a figure. Three habits are worth copying. A title says what
# the picture shows and computes its numbers from the data. Lines differ in style, marker and colour, and
# the colours in lightness, so that they can be told apart on grey paper. And what rests on several seeds shows how
# far the seeds scatter: a line is the mean, a band one standard deviation to each side. Nothing to
# write here.

# %%
#| default_exp plots

# %% given plots_imports
#| export
import io
import itertools
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FuncFormatter, NullFormatter

# %% [markdown]
# ## What they share


# %% given plots_shared
#| export
# Dark to light: the order stays in grey, and style and marker tell lines apart besides.
LOOKS = (
    {"linestyle": "-", "marker": "o", "color": "#111111"},
    {"linestyle": "--", "marker": "s", "color": "#0b4f9e"},
    {"linestyle": "-.", "marker": "^", "color": "#c2410c"},
    {"linestyle": ":", "marker": "D", "color": "#2a9d72"},
    {"linestyle": (0, (6, 1, 1, 1, 1, 1)), "marker": "v", "color": "#dd9a1a"},
    {"linestyle": (0, (1, 1)), "marker": "P", "color": "#9fcdea"},
)
INK = LinearSegmentedColormap.from_list("ink", ["0.8", "0.0"]).with_extremes(bad="1.0")


def _looks() -> Iterator[dict[str, object]]:
    return itertools.cycle(LOOKS)


def _mean_sd(values: np.ndarray | dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation over the first axis, the seeds; or those that `sweep` found."""
    if isinstance(values, dict):
        return values["mean"], values["std"]
    values = np.asarray(values, dtype=float)
    mean = values.mean(axis=0)
    return mean, values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros_like(mean)


def _percent(axis: plt.Axes) -> None:
    """Label the vertical axis in percent."""
    axis.yaxis.set_major_formatter(FuncFormatter(_tick))


def _tick(value: float, _: int) -> str:
    """Label a place on an axis in percent, with the digits that it takes: "77.5 %"."""
    return f"{100 * value:.4g} %"


def _two_or_five(value: float, _: int) -> str:
    """Label 2, 5, 20, 50 and so on between the powers of ten of a logarithmic axis."""
    return f"{value:,.10g}" if f"{value:.0e}"[0] in "25" else ""


def sharpen() -> None:
    """Draw a notebook's figures with twice the pixels, for screens that have them."""
    if "inline" in plt.get_backend():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("retina")


def percent(value: float, digits: int = 0) -> str:
    """Write a fraction in percent: "90 %"."""
    return f"{100 * value:.{digits}f} %"


def paired(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation (ddof=1) of a - b, network by network, first axis."""
    return _mean_sd(np.asarray(a, dtype=float) - np.asarray(b, dtype=float))


def say_paired(a: np.ndarray, b: np.ndarray) -> str:
    """Write how far accuracies a lie above b, network by network, in points: "+3.3 ± 2.5"."""
    mean, sd = paired(np.ravel(a), np.ravel(b))
    return f"{100 * mean:+.1f} ± {100 * sd:.1f}"


def say(values: np.ndarray) -> str:
    """Write accuracies of several seeds as mean and standard deviation: "94.1 % ± 0.6"."""
    mean, sd = _mean_sd(np.ravel(values))
    return f"{100 * mean:.1f} % ± {100 * sd:.1f}"


# %% [markdown]
# ## Curves over seeds


# %% given draw_curves
#| export
def draw_curves(
    x: Sequence[float],
    curves: Mapping[str, np.ndarray],
    xlabel: str,
    title: str,
    levels: Mapping[str, np.ndarray] | None = None,
    guessing: float | None = 0.1,
) -> plt.Figure:
    """Draw accuracy over x: for each name a mean line with a band of one standard deviation.

    Args:
        x: (n,), what was varied.
        curves: name -> (seeds, n) accuracies, or a dict with their "mean" and "std".
        xlabel, title: texts.
        levels: name -> (seeds,) accuracies that do not depend on x, as horizontal lines.
        guessing: accuracy of guessing, marked by a thin line; None for none.
    """
    figure, axis = plt.subplots(figsize=(8, 4.4))
    for (name, values), grey in zip((levels or {}).items(), ("0.55", "0.75"), strict=False):
        mean, sd = _mean_sd(values)
        axis.axhline(mean, color=grey, linewidth=1.4, label=name, zorder=1)
        axis.axhspan(mean - sd, mean + sd, color=grey, alpha=0.2, linewidth=0, zorder=0)
    for (name, values), look in zip(curves.items(), _looks(), strict=False):
        mean, sd = _mean_sd(values)
        axis.plot(x, mean, markersize=5, label=name, **look)
        axis.fill_between(x, mean - sd, mean + sd, color=look["color"], alpha=0.18, linewidth=0)
    if guessing is not None:
        axis.axhline(guessing, color="0.85", linewidth=1, zorder=0)
        axis.annotate(
            "guessing",
            (0.45, guessing),
            xycoords=("axes fraction", "data"),
            ha="center",
            va="top",
            fontsize=8,
            color="0.5",
        )
        axis.set_ylim(0, 1.02)
    axis.set(xlabel=xlabel, ylabel="test accuracy (mean, band: 1 sd over seeds)")
    axis.set_title(title, fontsize=11)
    axis.legend(frameon=False, fontsize=9)
    _percent(axis)
    figure.tight_layout()
    return figure


# %% [markdown]
# ## Weights


# %% given draw_weights
#| export
def draw_weight_histogram(start: np.ndarray, trained: np.ndarray, sparsity: float) -> plt.Figure:
    """Draw all weights at the start and after training, and how near to zero most of them lie."""
    threshold = np.quantile(np.abs(trained), sparsity)
    limit = 1.05 * np.quantile(np.abs(trained), 0.999)
    bins = np.linspace(-limit, limit, 161)
    figure, axis = plt.subplots(figsize=(8, 3.2))
    axis.hist(trained, bins, color="0.45", label="after training")
    axis.hist(start, bins, histtype="step", color="0", label="random start")
    axis.axvspan(-threshold, threshold, color="0.88", zorder=0, label=f"|w| < {threshold:.3f}")
    axis.set(xlabel="weight", ylabel="number of weights", xlim=(-limit, limit))
    axis.set_title(
        f"{percent(sparsity)} of the weights lie within {threshold:.3f} of zero", fontsize=11
    )
    axis.legend(frameon=False)
    figure.tight_layout()
    return figure


# %% [markdown]
# ## Layers


# %% given draw_layers
#| export
def draw_schedule(
    sparsity: Sequence[float], accuracy: np.ndarray, dense: np.ndarray, sudden: np.ndarray
) -> plt.Figure:
    """Draw sparsity and accuracy over the epochs of gradual pruning, beside one sudden cut.

    Args:
        sparsity: (n,), after each epoch of gradual pruning.
        accuracy: (seeds, n), test accuracy then.
        dense: (seeds,), before pruning.
        sudden: (seeds, n), accuracy after each epoch when all is cut before the first.
    """
    epochs = np.arange(1, len(sparsity) + 1)
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(8, 5), sharex=True)
    cuts = ((sparsity, LOOKS[0], "gradual"), ([sparsity[-1]] * len(epochs), LOOKS[1], "one cut"))
    for values, look, name in cuts:
        steps = {"color": look["color"], "linestyle": look["linestyle"]}
        top.step([0, *epochs], [0, *values], where="pre", label=name, **steps)
    top.set_ylabel("sparsity")
    top.legend(frameon=False)
    for values, look, name in ((accuracy, LOOKS[0], "gradual"), (sudden, LOOKS[1], "one cut")):
        mean, sd = _mean_sd(np.column_stack([dense, values]))
        bottom.plot([0, *epochs], mean, markersize=4, label=name, **look)
        band = {"color": look["color"], "alpha": 0.18, "linewidth": 0}
        bottom.fill_between([0, *epochs], mean - sd, mean + sd, **band)
    bottom.axhline(np.mean(dense), color="0.6", linewidth=1.2, label="dense, before pruning")
    bottom.set(xlabel="epochs of tuning", ylabel="test accuracy")
    bottom.legend(frameon=False, fontsize=9)
    for axis in (top, bottom):
        _percent(axis)
    figure.suptitle(
        f"{percent(sparsity[-1])} sparsity reached step by step: {say(accuracy[:, -1])}; "
        f"at one blow: {say(sudden[:, -1])}",
        fontsize=11,
    )
    figure.tight_layout()
    return figure


# %% [markdown]
# ## Bytes and seconds


# %% given draw_costs
#| export
def break_even(x: Sequence[float], y: Sequence[float], level: float = 1.0) -> float | None:
    """Return the first x at which y falls to `level`, between the points by a straight line."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    below = np.flatnonzero(y <= level)
    if not below.size:
        return None
    i = int(below[0])
    if i == 0:
        return float(x[0])
    return float(x[i - 1] + (x[i] - x[i - 1]) * (y[i - 1] - level) / (y[i - 1] - y[i]))


def draw_bytes(sparsities: Sequence[float], sizes: Mapping[str, np.ndarray]) -> plt.Figure:
    """Draw bytes over sparsity for each format, as a share of dense, with break-even marks."""
    figure, axis = plt.subplots(figsize=(8, 4.2))
    meets = {}
    for (name, size), look in zip(sizes.items(), _looks(), strict=False):
        share = np.asarray(size) / sizes["dense"][0]
        axis.plot(sparsities, share, label=name, color=look["color"], linestyle=look["linestyle"])
        meets[name] = None if name == "dense" else break_even(sparsities, share)
        if meets[name] is not None:
            axis.plot(meets[name], 1, marker=look["marker"], color=look["color"], markersize=8)
            axis.annotate(
                percent(meets[name], 1),
                (meets[name], 1),
                xytext=(4, 7),
                textcoords="offset points",
                fontsize=9,
            )
    axis.set(xlabel="sparsity", ylabel="bytes / bytes when dense", ylim=(0, 2.1), xlim=(0, 1))
    found = [f"{name} {percent(place)}" for name, place in meets.items() if place is not None]
    axis.set_title("Smaller than dense from this sparsity on: " + ", ".join(found), fontsize=11)
    axis.legend(frameon=False)
    _percent(axis)
    figure.tight_layout()
    return figure


def draw_times(sparsities: Sequence[float], times: Mapping[str, np.ndarray]) -> plt.Figure:
    """Draw time over the share of weights gone, dense = 1; times: name -> (n, 3), median, low, high."""
    figure, axis = plt.subplots(figsize=(8, 4.2))
    ending = []
    for (name, values), look in zip(times.items(), _looks(), strict=False):
        axis.plot(sparsities, values[:, 0], markersize=5, label=name, **look)
        axis.fill_between(
            sparsities, values[:, 1], values[:, 2], color=look["color"], alpha=0.18, linewidth=0
        )
        ending.append(f"{name} {values[-1, 0]:.2f}")
    axis.axhline(1, color="0.75", linewidth=3, zorder=0, label="dense")
    axis.set(xlabel="share of the weights gone", yscale="log")
    axis.set_ylabel("time / time of the dense network (log scale)")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(FuncFormatter(_two_or_five))
    axis.set_title(
        f"Time at {percent(sparsities[-1])} sparsity, dense = 1: " + ", ".join(ending), fontsize=9.5
    )
    axis.legend(frameon=False)
    figure.tight_layout()
    return figure


# %% [markdown]
# ## What the experiments found
#
# For each experiment `x` of `18_studies` there is a `draw_x` that takes its result. Most look alike:
# above, accuracies; below, how far each way lies from one of them, **network by network**. Where a band
# or a bar below leaves out zero, the difference is more than the luck of a training.


# %% given draw_compared
#| export
Found = Mapping[str, np.ndarray]


def _band(
    axis: plt.Axes, x: np.ndarray, values: np.ndarray, name: str, look: dict, shift: float = 0.0
) -> None:
    """Draw mean and standard deviation: a line with a band, or bars where there are few points."""
    mean, sd = _mean_sd(values)
    if len(x) > 3:
        axis.plot(x, mean, markersize=5, label=name, **look)
        axis.fill_between(x, mean - sd, mean + sd, color=look["color"], alpha=0.16, linewidth=0)
    else:
        axis.errorbar(x + shift, mean, sd, markersize=5, capsize=2, label=name, **look)


def _place(found: Found, value: float, by: str = "sparsity") -> int:
    """Return where the measured value nearest to this one stands."""
    return int(np.argmin(np.abs(found[by] - value)))


def _at(found: Found, name: str, value: float, by: str = "sparsity") -> np.ndarray:
    return found[name][:, _place(found, value, by)]


def _headline(figure: plt.Figure, text: str) -> None:
    """Put a title over the whole figure, in as many lines as it takes."""
    figure.suptitle("\n".join(map(_wrapped, text.splitlines())), fontsize=11)


def _legend_below(figure: plt.Figure) -> None:
    figure.legend(frameon=False, fontsize=9, loc="outside lower center", ncols=4)


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 96)


def draw_compared(
    found: Found,
    ways: Sequence[str],
    against: str,
    title: str,
    xlabel: str = "sparsity",
    by: str = "sparsity",
    level: str = "dense",
) -> plt.Figure:
    """Draw accuracies (networks, n) of some ways, and below their paired difference to one of them.

    Args:
        found: what an experiment returned.
        ways: names in `found`, in the order of the legend.
        against: the name that the others are compared with.
        title: says the point.
        xlabel, by: of the horizontal axis; `found[by]` are its values, drawn evenly spaced.
        level: name of accuracies (networks,) for a horizontal line; it may be missing.
    """
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(8, 6), sharex=True, height_ratios=(3, 2), layout="constrained"
    )
    x = np.arange(len(found[by]))
    looks = dict(zip(ways, _looks(), strict=False))
    if level in found:
        top.axhline(np.mean(found[level]), color="0.75", linewidth=3, label=level, zorder=0)
    for place, name in enumerate(ways):
        shift = 0.04 * (place - (len(ways) - 1) / 2)
        _band(top, x, found[name], name, looks[name], shift)
        if name != against:
            _band(bottom, x, 100 * (found[name] - found[against]), "_below", looks[name], shift)
    bottom.axhline(0, color=looks[against]["color"], linewidth=1, zorder=0)
    bottom.set(xticks=x, xlabel=xlabel, ylabel=f"points above\n{against}")
    bottom.set_xticklabels([percent(value) for value in found[by]])
    bottom.set_xlim(-0.25, len(x) - 0.75)
    top.set_ylabel("test accuracy")
    _percent(top)
    _legend_below(figure)
    bottom.set_title("network by network: mean and 1 sd", fontsize=9, loc="left", color="0.35")
    _headline(figure, title)
    return figure


def draw_dots(axis: plt.Axes, rows: Sequence[str], columns: Mapping[str, np.ndarray]) -> None:
    """Draw a mean and a bar of one standard deviation for each row and column.

    Args:
        rows: labels, from the top.
        columns: name -> (networks, rows).
    """
    shift = 0.5 / max(len(columns), 1)
    for place, ((name, values), look) in enumerate(zip(columns.items(), _looks(), strict=False)):
        mean, sd = _mean_sd(values)
        at = np.arange(len(rows)) + (place - (len(columns) - 1) / 2) * shift
        axis.errorbar(
            mean, at, xerr=sd, linestyle="none", marker=look["marker"], color=look["color"],
            capsize=2, markersize=6, label=name,
        )  # fmt: skip
    axis.set(yticks=range(len(rows)), ylim=(len(rows) - 0.5, -0.5))
    axis.set_yticklabels(rows)
    axis.grid(axis="y", color="0.92")
    axis.xaxis.set_major_formatter(FuncFormatter(_tick))


# %% given draw_lab_1
#| export
def draw_masked_product(found: Found) -> plt.Figure:
    """Draw what zeros gain: by the clock, in the arrays, in a file, in a compressed file."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    x, speed = found["sparsity"], found["speed"]
    left.axhline(1, color="0.75", linewidth=3, label="dense", zorder=0)
    left.plot(x, speed[:, 0], markersize=5, label="masked", **LOOKS[1])
    left.fill_between(x, speed[:, 1], speed[:, 2], color=LOOKS[1]["color"], alpha=0.16, linewidth=0)
    left.set(ylim=(0, max(2, 1.2 * speed[:, 0].max())), ylabel="dense time / masked time")
    left.set_title("by the clock (band: 10th to 90th percentile)", fontsize=10)
    for name, look in zip(("arrays", "file", "file, compressed"), LOOKS, strict=False):
        _band(right, x, found[name] / found["arrays"][0, 0], name, look)
    right.set(ylim=(0, 1.1), ylabel="bytes / bytes of the dense arrays")
    right.set_title("in bytes", fontsize=10)
    _percent(right)
    for axis in (left, right):
        axis.set_xlabel("sparsity")
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
        axis.legend(frameon=False, fontsize=9)
    arrays, packed = (found[name].mean(axis=0) for name in ("arrays", "file, compressed"))
    figure.suptitle(
        f"{percent(x[-1])} zeros: {speed[-1, 0]:.2f} times as fast, arrays {arrays[0] / arrays[-1]:.1f} "
        f"times smaller, a compressed file {packed[0] / packed[-1]:.1f} times",
        fontsize=11,
    )
    return figure


def draw_bandwidth(found: Found) -> plt.Figure:
    """Draw how much longer a product takes with more rows of x, beside the multiply-adds."""
    figure, axis = plt.subplots(figsize=(8, 3.4), layout="constrained")
    x, times = found["rows"], found["times as long"]
    axis.plot(x, x, color="0.75", linewidth=3, label="multiply-adds", zorder=0)
    axis.plot(x, times[:, 0], markersize=5, label="time", **LOOKS[1])
    axis.fill_between(x, times[:, 1], times[:, 2], color=LOOKS[1]["color"], alpha=0.16, linewidth=0)
    axis.set(xscale="log", yscale="log", xlabel="rows of x", ylabel="times as much as one row")
    for each in (axis.xaxis, axis.yaxis):
        each.set_minor_formatter(NullFormatter())
        each.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xticks(x)
    axis.set_yticks(x)
    axis.legend(frameon=False, fontsize=9)
    at = _place(found, 8, "rows")
    rate = found["megabytes"] / found["seconds"] / 1000
    _headline(
        figure,
        f"{x[at]} times the multiply-adds take {times[at, 0]:.1f} times as long; "
        f"with one row the weights come at {rate:.0f} GB/s",
    )
    return figure


def draw_sweet_spot(found: Found) -> plt.Figure:
    """Draw accuracy over sparsity on validation and on test images, and where the former says stop."""
    spot = float(found["sweet spot"])
    curves = {
        f"{part} images": dict(zip(("mean", "std"), found[part].T, strict=True))
        for part in ("validation", "test")
    }
    lost = 100 * (found["test"][0, 0] - found["test"][list(found["sparsity"]).index(spot), 0])
    title = (
        f"Chosen on validation images: {percent(spot)} of the weights go; on test images this costs "
        f"{lost:.1f} points"
    )
    figure = draw_curves(found["sparsity"], curves, "sparsity", title, guessing=None)
    axis = figure.axes[0]
    axis.axvline(spot, color="0.5", linewidth=1, linestyle="--")
    axis.set_ylabel("accuracy (mean, band: 1 sd over seeds)")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    return figure


def draw_input_maps(found: Found) -> plt.Figure:
    """Draw the mean image, and at each sparsity the share of its connections that a pixel keeps."""
    side, n = round(np.sqrt(len(found["ink"]))), len(found["sparsity"])
    figure, axes = plt.subplots(1, n + 1, figsize=(10, 2.9), layout="constrained")
    axes[0].imshow(found["ink"].reshape(side, side), cmap="gray_r", vmin=0)
    axes[0].set_title("ink: mean training image\n(framed: never any)", fontsize=9)
    for row, column in np.argwhere(found["ink"].reshape(side, side) == 0):
        axes[0].add_patch(
            plt.Rectangle(
                (column - 0.5, row - 0.5), 1, 1, fill=False, color="#c2410c", linewidth=0.8
            )
        )
    for axis, kept, sparsity, never in zip(
        axes[1:], found["kept"], found["sparsity"], found["kept of never inked"].T, strict=True
    ):
        drawn = axis.imshow(kept.reshape(side, side), cmap="cividis_r", vmin=0, vmax=1)
        axis.set_title(
            f"{percent(sparsity)} sparsity: never-inked\nkeep {percent(never.mean())}", fontsize=9
        )
    for axis in axes:
        axis.set(xticks=[], yticks=[])
    bar = figure.colorbar(drawn, ax=axes, shrink=0.75, label="share of connections kept")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    first = found["kept of never inked"][:, 0].mean()
    figure.suptitle(
        f"At {percent(found['sparsity'][0])} sparsity {percent(first)} of the connections are kept "
        "that no training image ever used",
        fontsize=11,
    )
    return figure


def draw_one_shot(found: Found) -> plt.Figure:
    """Draw three masks one-shot; magnitude is compared with chance that keeps as many of each layer."""
    ways = ("by magnitude", "each layer alike", "by chance, as many of each layer")
    gain = (found[ways[0]] - found[ways[2]]).mean(axis=0)
    most = int(np.argmax(gain))
    title = (
        f"At {percent(found['sparsity'][most])} choosing by magnitude is worth "
        f"{say_paired(found[ways[0]][:, most], found[ways[2]][:, most])} points"
    )
    return draw_compared(found, ways, ways[2], title)


def draw_start_and_optimiser(found: Found) -> plt.Figure:
    """Draw accuracies of four recipes, and above each how much of the random start is left in it."""
    recipes = [key.removesuffix(": dense") for key in found if key.endswith(": dense")]
    ways = [
        way for way in ("dense", "all layers together", "each layer alike", "refitted")
        if f"{recipes[0]}: {way}" in found
    ]  # fmt: skip
    figure = plt.figure(figsize=(9, 6), layout="constrained")
    grid = figure.add_gridspec(2, len(recipes), height_ratios=(1, 1.2))
    for place, recipe in enumerate(recipes):
        axis = figure.add_subplot(grid[0, place])
        a, b = found[f"{recipe}: |start|"], found[f"{recipe}: |trained|"]
        axis.plot(a, b, ".", color=LOOKS[1]["color"], markersize=1.5, alpha=0.4)
        kept = found[f"{recipe}: correlation"].mean(axis=0)
        axis.set_title(f"{recipe}\ncorrelation {kept.min():.2f} to {kept.max():.2f}", fontsize=9)
        axis.set(
            xlabel="|start|",
            ylabel="|trained|" if place == 0 else "",
            xlim=(0, None),
            ylim=(0, None),
        )
        axis.tick_params(labelsize=7)
    axis = figure.add_subplot(grid[1, :])
    columns = {way: np.array([found[f"{recipe}: {way}"] for recipe in recipes]).T for way in ways}
    draw_dots(axis, recipes, columns)
    axis.set(xlabel="test accuracy, plain digits (mean, bar of 1 sd)", xlim=(0, 1.02))
    axis.legend(
        frameon=False, fontsize=9, loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=len(ways)
    )
    worse = (
        columns["each layer alike"].mean(axis=0) < columns["all layers together"].mean(axis=0)
    ).sum()
    figure.suptitle(
        f"{percent(float(found['sparsity']))} one-shot: each layer alike, which leaves no layer thin, is worse in "
        f"{worse} of {len(recipes)} recipes",
        fontsize=11,
    )
    return figure


def draw_scan_layers(found: Found) -> plt.Figure:
    """Draw validation accuracy with one layer pruned at a time."""
    curves = {
        f"layer {index}, {rows} x {columns}": found["scan"][:, index]
        for index, (rows, columns) in enumerate(found["shapes"])
    }
    place = _place(found, 0.8)
    lost = (found["scan"][:, :, 0] - found["scan"][:, :, place]).mean(axis=0)
    worst, best = int(np.argmax(lost)), int(np.argmin(lost))
    title = (
        f"{percent(found['sparsity'][place])} of layer {worst} alone costs {100 * lost[worst]:.1f} points, "
        f"of layer {best} {100 * lost[best]:.1f}"
    )
    figure = draw_curves(
        found["sparsity"], curves, "sparsity of the one pruned layer", title, guessing=None
    )
    figure.axes[0].set_ylabel("validation accuracy (mean, band: 1 sd over seeds)")
    figure.axes[0].xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    return figure


def draw_allocation(found: Found) -> plt.Figure:
    """Draw five allocations one-shot, compared with all layers together."""
    ways = ("all layers together", "each layer alike", "from the scan", "ERK", "LAMP")
    gains = "; ".join(
        f"{way} {say_paired(_at(found, way, 0.75), _at(found, ways[0], 0.75))}" for way in ways[2:]
    )
    sparsity = percent(found["sparsity"][_place(found, 0.75)])
    return draw_compared(
        found, ways, ways[0], f"{sparsity} one-shot, points above all layers together:\n{gains}"
    )


def draw_wanda(found: Found) -> plt.Figure:
    """Draw masks by magnitude beside Wanda's."""
    gain = say_paired(_at(found, "Wanda", 0.75), _at(found, "by magnitude", 0.75))
    largest = np.mean(found["largest input"], axis=0)
    title = (
        f"{percent(found['sparsity'][_place(found, 0.75)])} one-shot: Wanda {gain} points against magnitude; the largest feature of a layer\n"
        f"is {largest.min():.1f} to {largest.max():.1f} times the median one"
    )
    return draw_compared(found, ("by magnitude", "Wanda"), "by magnitude", title)


# %% given draw_fewer_neurons
#| export
def draw_fewer_neurons(found: Found) -> plt.Figure:
    """Draw accuracy and speed of removed neurons beside masks of as many weights."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    x = found["weights gone"]
    left.axhline(found["dense"].mean(), color="0.75", linewidth=3, label="dense", zorder=0)
    right.axhline(1, color="0.75", linewidth=3, label="dense", zorder=0)
    for name, look in zip(("removed", "masked"), LOOKS[1:], strict=False):
        label = {"removed": "neurons removed", "masked": "as many weights masked"}[name]
        _band(left, x, found[name], label, look)
        middle, low, high = found[f"speed of {name}"].T
        right.plot(x, middle, markersize=5, label=label, **look)
        right.fill_between(x, low, high, color=look["color"], alpha=0.16, linewidth=0)
    left.set(ylim=(0, 1.02), ylabel="test accuracy")
    right.set(ylim=(0, None), ylabel="dense time / its time")
    _percent(left)
    ticks = [
        f"{percent(gone)}\n{percent(share)} of\nthe neurons"
        for gone, share in zip(x, found["share"], strict=True)
    ]
    for axis in (left, right):
        axis.set_xticks(x, ticks)
        axis.set_xlabel("weights gone")
        axis.legend(frameon=False, fontsize=9)
    at = _place(found, 0.5, "share")
    speeds = [found[f"speed of {name}"][at, 0] for name in ("removed", "masked")]
    _headline(
        figure,
        f"{percent(found['share'][at])} of the neurons removed: {speeds[0]:.1f} times as fast, "
        f"{say(found['removed'][:, at])};\n"
        f"as many weights masked: {speeds[1]:.1f} times, {say(found['masked'][:, at])}",
    )
    return figure


# %% given draw_lab_2
#| export
def draw_tuning(found: Found) -> plt.Figure:
    """Draw what tuning gives back, compared with one cut that is tuned."""
    ways = ("fine-tuned", "gradual", "by chance, fine-tuned", "one-shot")
    gains = ", ".join(
        f"{say_paired(found['gradual'][:, at], found['fine-tuned'][:, at])} at {percent(sparsity)}"
        for at, sparsity in enumerate(found["sparsity"])
        if sparsity >= 0.9
    )
    return draw_compared(
        found,
        ways,
        "fine-tuned",
        f"Points that many small cuts gain over one, tuned as long:\n{gains}",
    )


def draw_fair_chance(found: Found) -> plt.Figure:
    """Draw magnitude beside two masks by lot, all tuned as long."""
    ways = ("by magnitude", "by chance, as many of each layer", "by chance, each layer alike")
    figure, axis = plt.subplots(figsize=(8, 2.9), layout="constrained")
    rows = [f"{percent(sparsity)}, tuned" for sparsity in found["sparsity"]]
    draw_dots(axis, rows, {way: found[way] for way in ways})
    axis.set_xlabel("test accuracy (mean, bar of 1 sd)")
    _legend_below(figure)
    fair, unfair = (say_paired(found[ways[0]][:, 0], found[way][:, 0]) for way in ways[1:])
    _headline(
        figure,
        f"Choosing by magnitude is worth {fair} points; with other layer sizes it seems {unfair}",
    )
    return figure


def draw_on_the_way(found: Found) -> plt.Figure:
    """Draw sparsity and accuracy over the epochs of gradual pruning, beside one sudden cut."""
    figure = draw_schedule(found["plan"], found["gradual"], found["dense"], found["one cut"])
    title = (
        f"{percent(found['plan'][-1])} step by step ends {say_paired(found['gradual'][:, -1], found['one cut'][:, -1])} "
        "points above one cut"
    )
    figure.suptitle(title, fontsize=11)
    return figure


def draw_refitting(found: Found) -> plt.Figure:
    """Draw accuracies as cut and refitted, for each way to cut."""
    figure, axis = plt.subplots(figsize=(8, 4.4), layout="constrained")
    draw_dots(axis, list(found["name"]), {name: found[name] for name in ("as cut", "refitted")})
    axis.axvline(found["dense"].mean(), color="0.75", linewidth=3, label="dense", zorder=0)
    axis.set(xlabel="test accuracy (mean, bar of 1 sd)", xlim=(0, 1))
    _legend_below(figure)
    gain = found["refitted"] - found["as cut"]
    best = int(np.argmax(gain.mean(axis=0)))
    _headline(
        figure,
        f"Refitted without a label: {say(found['as cut'][:, best])} become {say(found['refitted'][:, best])} "
        f"({found['name'][best]} gone)",
    )
    return figure


def draw_calibration(found: Found) -> plt.Figure:
    """Draw the accuracy after a refit over the number of images."""
    figure, axis = plt.subplots(figsize=(8, 3.8), layout="constrained")
    axis.axhline(found["as cut"].mean(), color="0.75", linewidth=3, label="as cut", zorder=0)
    _band(axis, found["images"], found["refitted"], "refitted", LOOKS[1])
    axis.set(
        xscale="log",
        xlabel="images, without labels (log scale)",
        ylabel="test accuracy",
        ylim=(0, 1),
    )
    axis.set_xticks(found["images"], [f"{n:,}" for n in found["images"]])
    axis.xaxis.set_minor_formatter(NullFormatter())
    _percent(axis)
    axis.legend(frameon=False)
    _headline(
        figure,
        f"{percent(float(found['sparsity']))} sparsity, refitted on {found['images'][0]} images: "
        f"{say(found['refitted'][:, 0])}, on {found['images'][-1]:,}: {say(found['refitted'][:, -1])}",
    )
    return figure


def draw_neurons(found: Found) -> plt.Figure:
    """Draw removed neurons beside masks and small dense networks of as many weights."""
    removed, small, masked = (
        _at(found, name, 0.5, "share")
        for name in ("removed, tuned", "small dense", "masked, tuned")
    )
    title = (
        f"{percent(found['share'][_place(found, 0.5, 'share')])} of the neurons removed and tuned: "
        f"{say_paired(removed, small)} points against a small dense network,\n"
        f"{say_paired(removed, masked)} against a mask of as many weights"
    )
    ways = ("small dense", "removed, tuned", "masked, tuned", "removed", "masked")
    figure = draw_compared(
        found, ways, ways[0], title, "share of the neurons (of the weights)", "share"
    )
    pairs = zip(found["share"], found["weights gone"], strict=True)
    figure.axes[1].set_xticklabels(
        [f"{percent(share)}\n({percent(gone)})" for share, gone in pairs]
    )
    return figure


def draw_lottery(found: Found) -> plt.Figure:
    """Draw the ticket beside every start that it is to be compared with, at the highest sparsity."""
    names = [key for key in found if key not in ("sparsity", "dense")]
    figure, axis = plt.subplots(figsize=(8, 4.2), layout="constrained")
    columns = {
        f"{percent(sparsity)} sparsity": np.array([found[name][:, at] for name in names]).T
        for at, sparsity in enumerate(found["sparsity"])
    }
    draw_dots(axis, names, columns)
    axis.axvline(found["dense"].mean(), color="0.75", linewidth=3, label="dense", zorder=0)
    axis.set(xlabel="test accuracy, plain digits (mean, bar of 1 sd)", xlim=(0, 1.02))
    _legend_below(figure)
    ticket = found["ticket"][:, -1]
    new, signed, tuned = (
        say_paired(ticket, found[name][:, -1])
        for name in ("new start", "new start, ticket's signs", "trained weights, fine-tuned")
    )
    _headline(
        figure,
        f"{percent(found['sparsity'][-1])}: the ticket is ahead of a new start by {new} points,\n"
        f"of one with its signs by {signed}, of fine-tuned trained weights by {tuned}",
    )
    return figure


def draw_when_to_prune(found: Found) -> plt.Figure:
    """Draw accuracies by when and how the masks were chosen, epochs alike."""
    names = [key for key in found if key != "sparsity"]
    figure, axis = plt.subplots(figsize=(8, 3.2), layout="constrained")
    columns = {
        f"{percent(sparsity)} sparsity": np.array([found[name][:, at] for name in names]).T
        for at, sparsity in enumerate(found["sparsity"])
    }
    draw_dots(axis, names, columns)
    axis.set_xlabel("test accuracy (mean, bar of 1 sd), 39 epochs each")
    _legend_below(figure)
    gains = ", ".join(
        f"{name} {say_paired(found[names[0]][:, 0], found[name][:, 0])}" for name in names[1:]
    )
    _headline(figure, f"Points that pruning after training is ahead of\n{gains}")
    return figure


def draw_distillation(found: Found) -> plt.Figure:
    """Draw tuning from the labels beside tuning from the dense network's probabilities."""
    ways = ("from the labels", "from the dense network")
    gains = ", ".join(
        f"{say_paired(found[ways[1]][:, at], found[ways[0]][:, at])} at {percent(sparsity)}"
        for at, sparsity in enumerate(found["sparsity"])
    )
    return draw_compared(
        found,
        ways,
        ways[0],
        f"Points that learning from the dense network gains while tuning:\n{gains}",
    )


def draw_conv_rival(found: Found) -> plt.Figure:
    """Draw what pruning does to a small convolution, beside the dense perceptron."""
    figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
    for name, grey in (("dense convolution", "0.6"), ("dense", "0.82")):
        label = {"dense": "perceptron, dense", "dense convolution": "convolution, dense"}[name]
        axis.axhline(found[name].mean(), color=grey, linewidth=3, label=label, zorder=0)
    for name, look in zip(("weights masked", "filters removed"), LOOKS, strict=False):
        _band(axis, found["share"], found[name], name, look)
    axis.set(
        xlabel="share of the weights, or of the filters, gone; nothing tuned",
        ylabel="test accuracy",
    )
    axis.set(ylim=(0, 1.02))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    _percent(axis)
    axis.legend(frameon=False, loc="lower left")
    large, small = found["parameters"]
    _headline(
        figure,
        f"{small:,} parameters, nothing pruned: {say(found['dense convolution'])}; "
        f"the perceptron of {large:,}: {say(found['dense'])}",
    )
    return figure


# %% given draw_lab_3
#| export
def say_break_even(x: np.ndarray, y: np.ndarray) -> str:
    """Write from which x on y is below 1: "about 50 %", between measured points by a straight line."""
    meets = break_even(x, y)
    return "nowhere" if meets is None else f"about {percent(meets)}"


def draw_formats(found: Found) -> plt.Figure:
    """Draw the bytes of each format over sparsity, with break-even marks."""
    sizes = {name: values for name, values in found.items() if name != "sparsity"}
    figure = draw_bytes(found["sparsity"], sizes)
    meets = [
        f"{name} {say_break_even(found['sparsity'], size / sizes['dense'])}"
        for name, size in sizes.items()
        if name != "dense"
    ]
    figure.axes[0].set_title(f"Smaller than dense from here on: {', '.join(meets)}", fontsize=11)
    figure.axes[0].xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    return figure


def draw_clock(found: Found) -> plt.Figure:
    """Draw the time of three ways to have fewer weights, dense = 1."""
    times = {name: values for name, values in found.items() if name != "sparsity"}
    figure = draw_times(found["sparsity"], times)
    at = _place(found, 0.9)
    said = ", ".join(f"{name} {values[at, 0]:.2f}" for name, values in times.items())
    figure.axes[0].set_title(
        f"Time at {percent(found['sparsity'][at])}, dense = 1: {said}", fontsize=11
    )
    figure.axes[0].xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    return figure


def draw_roofline(found: Found) -> plt.Figure:
    """Draw measured and predicted seconds of a product over the batch, by format."""
    figure, axis = plt.subplots(figsize=(8, 4.2), layout="constrained")
    off = []
    for name, look in zip(("dense", "csr", "smaller dense"), _looks(), strict=False):
        measured, model = found[f"{name}, measured"], found[f"{name}, predicted"]
        axis.plot(found["batch"], 1e6 * measured, markersize=5, label=f"{name}, measured", **look)
        axis.plot(found["batch"], 1e6 * model, ":", color=look["color"], label=f"{name}, predicted")
        off.append(f"{name} {measured[-1] / model[-1]:.1f}")
    axis.set(xscale="log", yscale="log", xlabel="rows of x (batch)")
    axis.set_ylabel("microseconds for x @ W (log scale)")
    axis.set_xticks(found["batch"], [f"{each:g}" for each in found["batch"]])
    axis.xaxis.set_minor_formatter(NullFormatter())
    _legend_below(figure)
    batch = f"{found['batch'][-1]:g}"
    _headline(figure, f"Measured / predicted time at a batch of {batch}: {', '.join(off)}")
    return figure


def draw_equal_bytes(found: Found) -> plt.Figure:
    """Draw fewer bits beside fewer weights at no more bytes."""
    figure, axis = plt.subplots(figsize=(8, 3.2), layout="constrained")
    rows = [
        f"int{bits}: {size:,.0f} bytes\n(pruned to {percent(sparsity, 1)}: {fewer:,.0f})"
        for bits, size, fewer, sparsity in zip(
            found["bits"],
            found["rounded bytes"].mean(axis=0),
            found["pruned bytes"].mean(axis=0),
            found["sparsity"].mean(axis=0),
            strict=True,
        )
    ]
    columns = {"fewer bits": found["rounded"], "fewer weights": found["pruned"]}
    draw_dots(axis, rows, columns)
    axis.axvline(found["dense"].mean(), color="0.75", linewidth=3, label="dense", zorder=0)
    axis.set_xlabel("test accuracy (mean, bar of 1 sd)")
    _legend_below(figure)
    gains = ", ".join(
        f"int{bits} {say_paired(found['rounded'][:, at], found['pruned'][:, at])}"
        for at, bits in enumerate(found["bits"])
    )
    _headline(
        figure,
        f"Points that fewer bits are ahead of fewer weights, equal bytes: {gains}",
    )
    return figure


# %% [markdown]
# ## The slider
#
# Everything is drawn beforehand, one picture for each sparsity, and the slider chooses which one is
# shown. So it answers at once, and goes on working in a saved page that no Python runs behind.


# %% given explore_sparsity
#| export
def draw_sparsity_frame(
    weight: np.ndarray,
    sparsities: Sequence[float],
    accuracies: Sequence[float],
    sizes: Sequence[float],
    place: int,
) -> plt.Figure:
    """Draw one position of the slider: a layer's mask, and accuracy and bytes over sparsity.

    Args:
        weight: (in, out), pruned to `sparsities[place]`.
        sparsities, accuracies, sizes: (n,) each; sizes in bytes, the first of them dense.
        place: which of the n is shown.
    """
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.3))
    left.imshow(
        np.ma.masked_equal(np.abs(weight), 0),
        cmap=INK,
        vmin=0,
        interpolation="nearest",
        aspect="auto",
    )
    left.set(xticks=[], yticks=[], xlabel="outputs", ylabel="inputs")
    left.set_title(f"{np.count_nonzero(weight):,} of {weight.size:,} weights", fontsize=10)
    shares = np.asarray(sizes) / sizes[0]
    panels = (
        (middle, accuracies, "test accuracy", f"accuracy {percent(accuracies[place], 1)}"),
        (right, shares, "bytes / bytes when dense", f"{sizes[place]:,.0f} bytes"),
    )
    for axis, values, name, title in panels:
        axis.plot(sparsities, values, color="0.6")
        axis.plot(sparsities[place], values[place], "o", color="0", markersize=8)
        axis.set(xlabel="sparsity", ylabel=name, ylim=(0, 1.05))
        axis.set_title(title, fontsize=10)
        _percent(axis)
    figure.suptitle(
        f"{percent(sparsities[place])} of the weights at zero: accuracy "
        f"{percent(accuracies[place], 1)}, {percent(shares[place])} of the bytes",
        fontsize=11,
    )
    figure.tight_layout()
    return figure


def explore_sparsity(
    draw: Callable[[int], plt.Figure], labels: Sequence[str], static: Sequence[int] = (0, -2, -1)
) -> object:
    """Return a slider over pictures drawn beforehand; without ipywidgets, one figure of a few.

    Args:
        draw: `draw(i)` returns the figure for position i.
        labels: what the slider shows at each position.
        static: the positions to show where there is no slider.
    """
    try:
        import ipywidgets
    except ImportError:
        return _side_by_side([_png(draw(range(len(labels))[place])) for place in static])
    pictures = [ipywidgets.Image(value=_png(draw(place))) for place in range(len(labels))]
    slider = ipywidgets.SelectionSlider(
        options=[(label, place) for place, label in enumerate(labels)],
        description="sparsity",
        layout=ipywidgets.Layout(width="80%"),
    )
    stack = ipywidgets.Stack(pictures, selected_index=0)
    ipywidgets.jslink((slider, "index"), (stack, "selected_index"))
    return ipywidgets.VBox([slider, stack])


def _png(figure: plt.Figure) -> bytes:
    with io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=80)
        plt.close(figure)
        return file.getvalue()


def _side_by_side(pictures: Sequence[bytes]) -> plt.Figure:
    """Return one figure with the given PNG pictures below each other."""
    figure, axes = plt.subplots(len(pictures), 1, figsize=(10, 3.3 * len(pictures)))
    for axis, picture in zip(np.atleast_1d(axes), pictures, strict=True):
        axis.imshow(plt.imread(io.BytesIO(picture), format="png"))
        axis.axis("off")
    figure.tight_layout(pad=0)
    return figure


# %% [markdown]
# For example, made-up accuracies of three seeds:

# %%
figure = draw_curves(
    [0.0, 0.5, 0.9],
    {"one way": np.array([[0.95, 0.93, 0.6], [0.96, 0.94, 0.5], [0.94, 0.94, 0.7]])},
    "sparsity",
    "A band shows how far three made-up seeds scatter",
)
