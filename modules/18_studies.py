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
# # The labs' experiments
#
# > One short function for each experiment: your functions go in, a dict of arrays comes out.
#
# In a lab an experiment is a line or two. What it does is here, to be read:
#
# ```python
# predict("masked product at 90 %: times as fast", ...)
# show(masked_product(networks, magnitude_mask, time_ratio))
# ```
#
# All follow the same rules. Five networks, one a seed, and every way to prune gets the same ones, so
# that ways are compared **in pairs**, network by network. What is chosen is chosen on validation
# images; the accuracies returned are those on the test images. Arrays are (networks, what was varied).
# Nothing to write here.

# %%
#| default_exp studies

# %% given studies_imports
#| export
import bisect
import functools
import inspect
import io
import itertools
import re
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tinytorch import plots
from tinytorch.experiments import progress, ready, remember
from tinytorch.networks import (
    HIDDEN,
    PLAIN_RECIPE,
    RECIPE,
    SEEDS,
    TUNING,
    ConvNet,
    DenseMLP,
    apply_masks,
    load_split,
    on_test,
    on_validation,
    pack,
    remove_filters,
    shuffled,
    start,
    train,
    train_adam,
    tune,
    unpack,
)

# %% [markdown]
# ## How an experiment is run and shown
#
# `study` makes an experiment of a function. It waits, in words, while an exercise that it is given is
# still open; it keeps the result (`remember`), except where a clock is read; and it knows which numbers
# a student may `predict` before looking.


# %% given study
#| export
Masks = list[np.ndarray]
Tool = Callable[..., object]  # a function of the student's
QUESTIONS: dict[str, Callable[[Mapping[str, np.ndarray]], str]] = {}
PREDICTED: dict[str, object] = {}


class Result(dict):
    """What an experiment found, by name; `study` says which experiment."""

    def __init__(self, study: str, found: Mapping[str, np.ndarray]) -> None:
        super().__init__({key: np.asarray(value) for key, value in found.items()})
        self.study = study


def study(
    asks: Mapping[str, Callable[[Mapping[str, np.ndarray]], str]] | None = None, kept: bool = True
) -> Callable[[Callable[..., Mapping[str, object]]], Callable[..., Result | None]]:
    """Make an experiment of a function: it waits for open exercises and keeps its result.

    Args:
        asks: what one may predict of it -> how the measured value is read from the result.
        kept: whether the result may come from an earlier run; False where a clock is read.
    """

    def decorate(compute: Callable[..., Mapping[str, object]]) -> Callable[..., Result | None]:
        QUESTIONS.update(asks or {})

        @functools.wraps(compute)
        def run(*given: object, **settings: object) -> Result | None:
            bound = inspect.signature(compute).bind(*given, **settings)
            bound.apply_defaults()
            arguments = tuple(bound.arguments.values())
            if not ready(*arguments):
                return None
            name = compute.__name__
            found = remember(name, compute, *arguments) if kept else compute(*arguments)
            return Result(name, found)

        run.asks = tuple(asks or ())
        return run

    return decorate


def predict(what: str, number: object) -> None:
    """Note what you expect, before you look; `show` puts the measured value beside it.

    Args:
        what: a text that an experiment knows, as it stands in the lab.
        number: yours; `...` as long as you have none.

    Raises:
        ValueError: no experiment measures this.
    """
    if what not in QUESTIONS:
        known = "\n  ".join(QUESTIONS)
        raise ValueError(f"predict: nothing here measures {what!r}; what is measured:\n  {known}")
    if number is ...:
        print(f"{what}: what do you expect? Write a number in place of the three dots.")
    else:
        PREDICTED[what] = number
        print(f"{what}: you say {number}")


def show(found: Result | None) -> None:
    """Draw what an experiment found, and put the measured values beside what was predicted."""
    if found is None:  # an exercise comes first; the experiment has said which
        return
    plots.sharpen()
    getattr(plots, f"draw_{found.study}")(found)
    plots.plt.show()
    for line in beside_predictions(found):
        print(line)


def beside_predictions(found: Result) -> list[str]:
    """Return a line for each value that one may predict: the student's number and the measured one.

    What an experiment was not asked for, as another sparsity, has no line unless it was predicted.
    """
    lines = []
    for what in globals()[found.study].asks:
        said = f"you said {PREDICTED[what]}, " if what in PREDICTED else ""
        try:
            lines.append(f"{what}: {said}measured {QUESTIONS[what](found)}")
        except LookupError as error:
            lines += [f"{what}: {said}but {error}"] if said else []
    return lines


def show_source(function: Callable[..., object]) -> None:
    """Print how a function is written: an experiment, a plot, or anything else that Python can read."""
    print(inspect.getsource(inspect.unwrap(function)))


# %% [markdown]
# Rows of a table, as text, or in a notebook with links to what is cited.


# %% given as_table
#| export
LINKS = (
    (r"arXiv:(\d{4}\.\d{5})", r"[arXiv:\1](https://arxiv.org/abs/\1)"),
    (r"github\.com/([\w-]+/[\w-]+)", r"[\1](https://github.com/\1)"),
)


class Table:
    """Rows with the same names: text where it is printed, a table where a notebook shows it."""

    def __init__(self, rows: Sequence[Mapping[str, object]]) -> None:
        self.names = list(rows[0])
        self.rows = [[_cell(row[name]) for name in self.names] for row in rows]

    def __repr__(self) -> str:
        lines = [self.names, *self.rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.names))]
        return "\n".join(
            "  ".join(each.rjust(width) for each, width in zip(line, widths, strict=True))
            for line in lines
        )

    def _repr_markdown_(self) -> str:
        lines = [self.names, ["---"] * len(self.names), *self.rows]
        text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        for pattern, link in LINKS:
            text = re.sub(pattern, link, text)
        return text


def _cell(value: object) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def as_table(found: Sequence[Mapping[str, object]] | Mapping[str, Sequence]) -> Table:
    """Return a table of rows, or of columns by name."""
    if isinstance(found, Mapping):
        columns = zip(*found.values(), strict=True)
        found = [dict(zip(found, row, strict=True)) for row in columns]
    return Table(found)


# %% [markdown]
# ## What the experiments share


# %% given studies_shared
#| export
SPARSITIES = (0.5, 0.75, 0.9, 0.95, 0.98)
Way = Callable[[int, DenseMLP, float], float]


def compare(
    label: str, ways: Mapping[str, Way], networks: Sequence[DenseMLP], columns: Sequence[float]
) -> dict[str, np.ndarray]:
    """Return for each way an array (networks, columns) of `way(row, network, column)`."""
    found = {name: np.zeros((len(networks), len(columns))) for name in ways}
    runs = list(itertools.product(ways.items(), enumerate(networks), enumerate(columns)))
    for (name, way), (row, network), (at, column) in progress(runs, label):
        found[name][row, at] = way(row, network, column)
    return found


def pruned(model: DenseMLP, choose: Tool, sparsity: float) -> DenseMLP:
    """Return the network under the masks that `choose(weights, sparsity)` returns."""
    return apply_masks(model, choose(model.weights(), sparsity))


def each_layer(magnitude_mask: Tool) -> Tool:
    """Return `choose(weights, sparsity)` that prunes every layer alike."""
    return lambda weights, sparsity: [magnitude_mask(weight, sparsity) for weight in weights]


def calibration_images(n: int = 360, shifted: bool = True) -> np.ndarray:
    """Return `n` training images, without labels, as many different digits as there are."""
    x = load_split(shifted).x_train
    copies = 4 if shifted else 1
    spread = np.concatenate([x[place::copies] for place in range(copies)])
    return spread[:n]


def refit_network(
    dense: DenseMLP, smaller: DenseMLP, refit: Tool, x: np.ndarray, neurons: Sequence | None = None
) -> DenseMLP:
    """Return `smaller` with its weights refitted, layer by layer, to what the dense network computes.

    A layer's inputs come from the network refitted so far, its target from the dense one. No labels.

    Args:
        dense: the network before pruning.
        smaller: the network after: masked (zeros stay zero), or with neurons removed.
        refit: `refit(weight, keep, x, target)`, an exercise of lab 2.
        x: images.
        neurons: for removed neurons, (n,) bool for each hidden layer, which of the dense ones are left.
    """
    new, targets = DenseMLP.from_layers(smaller.layers, dense.activation), dense.inputs(x)
    for index, layer in enumerate(new.layers):
        target = targets[index] @ dense.layers[index]["weights"]
        keep = layer["weights"] != 0
        if neurons is not None:
            keep[:] = True
            target = target[:, neurons[index]] if index < len(neurons) else target
        inputs = new.inputs(x)[index]
        layer["weights"] = refit(layer["weights"], keep, inputs, target).astype(np.float32)
    return new


def remove_weakest(
    model: DenseMLP, share: float, neuron_scores: Tool, remove_neurons: Tool
) -> tuple[DenseMLP, list[np.ndarray]]:
    """Remove a share of each hidden layer's neurons, the lowest-scored; return also who stayed."""
    smaller, kept = model, []
    for index, weight in enumerate(model.weights()[:-1]):
        scores = neuron_scores(weight)
        keep = np.ones(len(scores), dtype=bool)
        keep[
            np.argsort(scores, kind="stable")[: min(round(share * len(scores)), len(scores) - 1)]
        ] = False
        smaller = remove_neurons(smaller, index, keep)
        kept.append(keep)
    return DenseMLP.from_layers(smaller.layers, model.activation), kept


def _at(
    found: Mapping[str, np.ndarray], name: str, column: float, by: str = "sparsity"
) -> np.ndarray:
    """Return one column of a result: the accuracies (networks,) at a sparsity.

    Raises:
        LookupError: nothing was measured there.
    """
    [at] = np.nonzero(np.isclose(np.asarray(found[by], dtype=float), column))
    if not len(at):
        raise LookupError(f"{name} was not measured at {by} {column}")
    return found[name][:, at[0]]


# %% [markdown]
# ## Lab 1: what is a zero good for?
#
# Each network is masked, each layer alike, and then asked three things: how long a forward pass takes,
# how many bytes its arrays take, and how many a file of it takes, plain and compressed.


# %% given masked_product
#| export
def _file_bytes(model: DenseMLP, save: Callable[..., None]) -> int:
    file = io.BytesIO()
    save(file, **pack([model]))
    return file.getbuffer().nbytes


def _times_as_fast(clocked: dict) -> list[float]:
    """Return a ratio of two times and its spread, as time_ratio measured them."""
    return [clocked["ratio"], *clocked["spread"]]


def _times_as_long(clocked: dict) -> list[float]:
    low, high = clocked["spread"]
    with np.errstate(divide="ignore"):  # a coarse clock may say 0
        return np.divide(1, [clocked["ratio"], high, low]).tolist()


@study(
    asks={
        "masked product at 90 %: times as fast": lambda found: (
            f"{found['speed'][-1, 0]:.2f} (10th to 90th percentile {found['speed'][-1, 1]:.2f} to "
            f"{found['speed'][-1, 2]:.2f})"
        ),
        "compressed file at 90 %: times smaller": lambda found: (
            f"{(found['file, compressed'][:, 0] / found['file, compressed'][:, -1]).mean():.1f}"
        ),
    },
    kept=False,
)
def masked_product(
    networks: Sequence[DenseMLP],
    magnitude_mask: Tool,
    time_ratio: Tool,
    sparsities: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 0.9),
    repeats: int = 40,
) -> dict[str, object]:
    """Ask what zeros gain by the clock and in bytes.

    Returns:
        "sparsity" (n,); "speed" (n, 3), dense time / masked time of the first network's forward pass on
        720 images, with the 10th and 90th percentile; "arrays", "file", "file, compressed"
        (networks, n), bytes.
    """
    images = load_split().x_valid
    cut = [[pruned(m, each_layer(magnitude_mask), s) for s in sparsities] for m in networks]
    speed = []
    for masked in progress(cut[0], "timing"):
        clocked = time_ratio(
            lambda: networks[0].forward(images), lambda m=masked: m.forward(images), repeats
        )
        speed.append(_times_as_fast(clocked))
    sizes = {
        "arrays": lambda m: sum(layer[key].nbytes for layer in m.layers for key in layer),
        "file": lambda m: _file_bytes(m, np.savez),
        "file, compressed": lambda m: _file_bytes(m, np.savez_compressed),
    }
    found = {name: [[size(m) for m in row] for row in cut] for name, size in sizes.items()}
    return {"sparsity": sparsities, "speed": speed} | found


# %% [markdown]
# More multiply-adds with the same weights: one matrix of 17 megabytes, and 1 to 64 rows.


# %% given bandwidth
#| export
@study(
    asks={
        "8 times the multiply-adds, the same weights: times as long": lambda found: (
            f"{found['times as long'][list(found['rows']).index(8), 0]:.1f}"
        )
    },
    kept=False,
)
def bandwidth(
    time_ratio: Tool, rows: Sequence[int] = (1, 2, 4, 8, 16, 32, 64), repeats: int = 15
) -> dict[str, object]:
    """Ask what a product waits for: its multiply-adds, or the weights that come from memory.

    Returns:
        "rows" (n,) of x; "times as long" (n, 3) as one row takes, with 10th and 90th percentile;
        "megabytes" of the matrix, and "seconds" that one row takes.
    """
    rng = np.random.default_rng(0)
    weight = rng.random((2048, 2048), dtype=np.float32)
    x = rng.random((max(rows), 2048), dtype=np.float32)
    found, seconds = [], []
    for n in progress(rows, "timing"):
        clocked = time_ratio(lambda: x[:1] @ weight, lambda n=n: x[:n] @ weight, repeats)
        found.append(_times_as_long(clocked))
        seconds.append(clocked["baseline_s"])
    megabytes = weight.nbytes / 1e6
    return {
        "rows": rows,
        "times as long": found,
        "megabytes": megabytes,
        "seconds": np.median(seconds),
    }


# %% [markdown]
# Where the mask keeps connections, pixel by pixel. Some pixels of the rim have no ink in any training
# image, so their weights never moved from the random start: they tell nothing. Does magnitude know?


# %% given input_maps
#| export
@study(
    asks={
        "at 30 % sparsity, connections of never-inked pixels that are kept: %": lambda found: (
            f"{plots.percent(_at(found, 'kept of never inked', 0.3).mean())}"
        )
    }
)
def input_maps(
    networks: Sequence[DenseMLP], global_masks: Tool, sparsities: Sequence[float] = (0.3, 0.5, 0.8)
) -> dict[str, object]:
    """Ask which input pixels keep their connections.

    Returns:
        "sparsity" (n,); "ink" (pixels,), the mean training image; "kept" (n, pixels), the share of its
        connections that a pixel keeps, mean over networks; "kept of never inked" and "kept of inked"
        (networks, n), the same for pixels without and with ink in any training image.
    """
    x = load_split().x_train
    never = x.max(axis=0) == 0
    kept = np.array(
        [[global_masks(m.weights(), s)[0].mean(axis=1) for s in sparsities] for m in networks]
    )
    return {
        "sparsity": sparsities,
        "ink": x.mean(axis=0),
        "kept": kept.mean(axis=0),
        "kept of never inked": kept[..., never].mean(axis=-1),
        "kept of inked": kept[..., ~never].mean(axis=-1),
    }


# %% [markdown]
# Magnitude against chance. Chance must be fair: the random masks of the control keep **as many weights
# of each layer** as those by magnitude.


# %% given one_shot
#| export
@study(
    asks={
        "accuracy at 90 % one-shot, by magnitude: %": lambda found: plots.say(
            _at(found, "by magnitude", 0.9)
        ),
        "accuracy at 50 % one-shot, by chance: %": lambda found: plots.say(
            _at(found, "by chance, as many of each layer", 0.5)
        ),
    }
)
def one_shot(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    magnitude_mask: Tool,
    sparsities: Sequence[float] = (0.1, 0.3, *SPARSITIES),
) -> dict[str, object]:
    """Ask what choosing by magnitude is worth: three masks, nothing trained again.

    Returns:
        "sparsity" (n,); "dense" (networks,); and (networks, n) "by magnitude", "each layer alike",
        "by chance, as many of each layer".
    """

    def by_chance(row: int, model: DenseMLP, sparsity: float) -> float:
        masks = shuffled(global_masks(model.weights(), sparsity), row)
        return on_test(apply_masks(model, masks))

    ways = {
        "by magnitude": lambda row, m, s: on_test(pruned(m, global_masks, s)),
        "each layer alike": lambda row, m, s: on_test(pruned(m, each_layer(magnitude_mask), s)),
        "by chance, as many of each layer": by_chance,
    }
    found = compare("one-shot", ways, networks, sparsities)
    return {"sparsity": sparsities, "dense": [on_test(m) for m in networks]} | found


# %% [markdown]
# How far to go? What may be lost is said beforehand, the sparsity chosen on validation images, and what
# it costs read on test images.


# %% given sweet_spot
#| export
@study(
    asks={
        "weights that go for two points of accuracy, one-shot: %": lambda found: plots.percent(
            float(found["sweet spot"])
        )
    }
)
def sweet_spot(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    sweep: Tool,
    sparsities: Sequence[float] = (0.0, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9),
    allowed: float = 0.02,
) -> dict[str, object]:
    """Ask how far one may prune for so much accuracy, nothing trained again.

    Returns:
        "sparsity" (n,); "validation" and "test" (n, 2), mean and standard deviation over the networks;
        "sweet spot", the largest sparsity up to which the mean loss on validation images is `allowed`
        at most.
    """
    seeds = list(range(len(networks)))

    def accuracies(judge: Callable[[DenseMLP], float]) -> np.ndarray:
        swept = sweep(lambda s, k: judge(pruned(networks[k], global_masks, s)), sparsities, seeds)
        return np.column_stack([swept["mean"], swept["std"]])

    valid = accuracies(on_validation)
    lost = valid[:, 0] < valid[0, 0] - allowed
    place = int(np.argmax(lost)) - 1 if lost.any() else len(sparsities) - 1
    found = {"validation": valid, "test": accuracies(on_test)}
    return {"sparsity": sparsities, "sweet spot": sparsities[place]} | found


# %% [markdown]
# Start and optimiser. The same architecture on the plain digits, started as Glorot ("Xavier") or as
# He et al. (2015, arXiv:1502.01852: normal, standard deviation √(2 / inputs)), trained with SGD or
# with Adam: four recipes; two with the same start, or the same optimiser, differ in one thing. Each is
# pruned with all layers together and with each layer alike. The second has no thin layer; if a thin
# layer were what breaks a network, it would do better.


# %% given start_and_optimiser
#| export
STARTS, OPTIMISERS = ("Xavier", "He"), ("SGD", "Adam")
RECIPES = tuple(f"{begin}, {way}" for begin in STARTS for way in OPTIMISERS)


def _begin(recipe: str, seed: int) -> tuple[DenseMLP, np.random.Generator]:
    """Return an untrained network of a recipe, and the generator that goes on with its training."""
    rng = np.random.default_rng(seed)
    model = DenseMLP(load_split(False).x_train.shape[1], HIDDEN, 10, rng=rng)
    if recipe.startswith("He"):
        for layer in model.layers:
            shape = layer["weights"].shape
            layer["weights"] = rng.normal(0, np.sqrt(2 / shape[0]), shape).astype(np.float32)
    return model, rng


def _train_recipes(seeds: Sequence[int]) -> dict[str, np.ndarray]:
    data, found = load_split(False), {}
    for recipe in progress(RECIPES, "four recipes"):
        models = []
        for seed in seeds:
            model, rng = _begin(recipe, seed)
            way, settings = (train, PLAIN_RECIPE) if "SGD" in recipe else (train_adam, {})
            models.append(way(model, data.x_train, data.y_train, rng=rng, **settings))
        found |= pack(models, recipe)
    return found


@study(
    asks={
        "He and Adam, 90 % one-shot, all layers together: accuracy in %": lambda found: plots.say(
            found["He, Adam: all layers together"]
        ),
        "He and Adam, 90 % one-shot, each layer alike: accuracy in %": lambda found: plots.say(
            found["He, Adam: each layer alike"]
        ),
    }
)
def start_and_optimiser(
    global_masks: Tool,
    magnitude_mask: Tool,
    refit: Tool | None = None,
    sparsity: float = 0.9,
    seeds: Sequence[int] = SEEDS,
) -> dict[str, object]:
    """Ask how start and optimiser decide what one-shot pruning does, plain digits.

    Args:
        refit: with it, also the global masks with their weights refitted on 360 images (lab 2).

    Returns:
        For each recipe of `RECIPES`, as "He, Adam: dense" and so on, (networks,): "dense",
        "all layers together", "each layer alike", "refitted"; and (networks, layers): "correlation" of
        |trained weight| with |start|, "moved" (rms of the move / rms of the start), "kept"; and
        "|start|", "|trained|" (2, n), of some weights of the first network.
    """
    kept, found = remember("recipes", _train_recipes, list(seeds)), {}
    for recipe in RECIPES:
        models = [DenseMLP.from_layers(layers) for layers in unpack(kept, recipe)]
        starts = [_begin(recipe, seed)[0] for seed in seeds]
        cut = [pruned(m, global_masks, sparsity) for m in models]
        ways = {
            "dense": models,
            "all layers together": cut,
            "each layer alike": [pruned(m, each_layer(magnitude_mask), sparsity) for m in models],
        }
        if refit is not None:
            x = calibration_images(shifted=False)
            both = zip(models, cut, strict=True)
            ways["refitted"] = [refit_network(dense, each, refit, x) for dense, each in both]
        found |= {f"{recipe}: {way}": [on_test(m, False) for m in ways[way]] for way in ways}
        found[f"{recipe}: kept"] = [[np.mean(w != 0) for w in m.weights()] for m in cut]
        found |= {f"{recipe}: {name}": v for name, v in _moves(starts, models).items()}
    return found | {"sparsity": sparsity}


def _moves(starts: Sequence[DenseMLP], models: Sequence[DenseMLP]) -> dict[str, object]:
    """Say how far weights moved in training, and how much of the start is left in them."""
    pairs = [
        list(zip(a.weights(), b.weights(), strict=True))
        for a, b in zip(starts, models, strict=True)
    ]
    some = np.random.default_rng(0).choice(pairs[0][1][0].size, 2000, replace=False)
    return {
        "correlation": [
            [np.corrcoef(np.abs(a).ravel(), np.abs(b).ravel())[0, 1] for a, b in pair]
            for pair in pairs
        ],
        "moved": [
            [np.sqrt(np.mean((b - a) ** 2) / np.mean(a**2)) for a, b in pair] for pair in pairs
        ],
        "|start|": np.abs(pairs[0][1][0].ravel()[some]),
        "|trained|": np.abs(pairs[0][1][1].ravel()[some]),
    }


# %% [markdown]
# How much each layer can lose, on validation images, and what may be decided by it. Beside your `allocate` stand two rules that look
# at no image: ERK gives a layer weights by its number of inputs and outputs (Evci et al. 2020,
# arXiv:1911.11134), LAMP ranks each weight by its share of what would be left of its layer (Lee et al.
# 2021, arXiv:2010.07611).


# %% given scan_layers
#| export
SCANNED = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)


@study(
    asks={
        "80 % of the first layer alone: points of validation accuracy lost": lambda found: (
            plots.say_paired(_at(found, "first layer", 0.0), _at(found, "first layer", 0.8))
        )
    }
)
def scan_layers(
    networks: Sequence[DenseMLP], sensitivity_scan: Tool, sparsities: Sequence[float] = SCANNED
) -> dict[str, object]:
    """Ask what each layer can lose by itself.

    Returns:
        "sparsity" (n,); "scan" (networks, layers, n), validation accuracy, and "first layer" of it;
        "shapes" (layers, 2).
    """
    scans = [sensitivity_scan(m, sparsities, on_validation) for m in progress(networks, "scanning")]
    shapes = [weight.shape for weight in networks[0].weights()]
    first = np.array(scans)[:, 0]
    return {"sparsity": sparsities, "scan": scans, "first layer": first, "shapes": shapes}


def erk_sparsities(shapes: Sequence[tuple[int, int]], sparsity: float) -> list[float]:
    """Return a sparsity for each layer: density in proportion to (in + out) / (in * out), 1 at most."""
    sizes = np.array([a * b for a, b in shapes], dtype=float)
    wish = np.array([(a + b) / (a * b) for a, b in shapes])
    whole = np.zeros(len(shapes), dtype=bool)
    while True:
        left = (1 - sparsity) * sizes.sum() - sizes[whole].sum()
        density = np.where(whole, 1, wish * left / (wish * sizes)[~whole].sum())
        if not (density > 1).any():
            return list(1 - density)
        whole |= density > 1


def lamp_scores(weight: np.ndarray) -> np.ndarray:
    """Score each weight: its square over the sum of the squares that are no smaller, in its layer."""
    squares = weight.astype(float).ravel() ** 2
    order = np.argsort(squares, kind="stable")
    scores = np.empty_like(squares)
    scores[order] = squares[order] / np.cumsum(squares[order][::-1])[::-1]
    return scores.reshape(weight.shape)


@study(
    asks={
        "75 % one-shot: points that an allocation from the scan gains over all layers together": (
            lambda found: plots.say_paired(
                _at(found, "from the scan", 0.75), _at(found, "all layers together", 0.75)
            )
        )
    }
)
def allocation(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    magnitude_mask: Tool,
    sensitivity_scan: Tool,
    allocate: Tool,
    sparsities: Sequence[float] = (0.5, 0.75, 0.9),
) -> dict[str, object]:
    """Ask whether layers should lose different shares: five allocations, nothing trained again.

    Returns:
        "sparsity" (n,); (networks, n) "all layers together", "each layer alike", "from the scan", "ERK",
        "LAMP"; and (networks, n, layers) "allocated", the sparsities from the scan.
    """
    shapes = [weight.shape for weight in networks[0].weights()]
    sizes = [a * b for a, b in shapes]
    scans = [sensitivity_scan(m, SCANNED, on_validation) for m in progress(networks, "scanning")]
    given = [[allocate(scan, SCANNED, sizes, s) for s in sparsities] for scan in scans]

    def by_layer(model: DenseMLP, shares: Sequence[float]) -> float:
        masks = [magnitude_mask(w, float(s)) for w, s in zip(model.weights(), shares, strict=True)]
        return on_test(apply_masks(model, masks))

    def lamp(weights: Masks, sparsity: float) -> Masks:
        return global_masks([lamp_scores(weight) for weight in weights], sparsity)

    ways = {
        "all layers together": lambda row, m, s: on_test(pruned(m, global_masks, s)),
        "each layer alike": lambda row, m, s: by_layer(m, [s] * len(shapes)),
        "from the scan": lambda row, m, s: by_layer(m, given[row][list(sparsities).index(s)]),
        "ERK": lambda row, m, s: by_layer(m, erk_sparsities(shapes, s)),
        "LAMP": lambda row, m, s: on_test(pruned(m, lamp, s)),
    }
    found = compare("five allocations", ways, networks, sparsities)
    return {"sparsity": sparsities, "allocated": given} | found


# %% [markdown]
# Magnitude alone, or magnitude times what comes in? Wanda (Sun et al. 2023, arXiv:2306.11695) scores a
# weight by |w| times the norm of its input, and compares within an output. It was made for large
# language models, a few of whose features are far larger than all others.


# %% given wanda
#| export
@study(
    asks={
        "75 % one-shot: accuracy by Wanda's scores, %": lambda found: plots.say(
            _at(found, "Wanda", 0.75)
        )
    }
)
def wanda(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    magnitude_mask: Tool,
    sparsities: Sequence[float] = (0.5, 0.75, 0.9),
) -> dict[str, object]:
    """Ask whether the inputs' size helps to choose: (networks, n) "by magnitude" and "Wanda".

    "largest input" (networks, layers) is the largest feature's norm over the median one's (of those
    that are not 0): outliers, if there are any.
    """
    x = calibration_images()
    norms = [[np.sqrt((h.astype(float) ** 2).sum(axis=0)) for h in m.inputs(x)] for m in networks]

    def by_output(row: int, model: DenseMLP, sparsity: float) -> float:
        masks = []
        for weight, norm in zip(model.weights(), norms[row], strict=True):
            columns = (np.abs(weight) * norm[:, None]).T
            masks.append(np.column_stack([magnitude_mask(c[:, None], sparsity) for c in columns]))
        return on_test(apply_masks(model, masks))

    ways = {
        "by magnitude": lambda row, m, s: on_test(pruned(m, global_masks, s)),
        "Wanda": by_output,
    }
    found = compare("Wanda", ways, networks, sparsities)
    outliers = [[norm.max() / np.median(norm[norm > 0]) for norm in each] for each in norms]
    return {"sparsity": sparsities, "largest input": outliers} | found


# %% [markdown]
# Neurons removed, beside masks with as many weights gone: accuracy, nothing trained again, and time.


# %% given fewer_neurons
#| export
@study(
    asks={
        "half the neurons removed: times as fast": lambda found: (
            f"{found['speed of removed'][1, 0]:.1f}"
        ),
        "half the neurons removed: points above a mask of as many weights": lambda found: (
            plots.say_paired(
                _at(found, "removed", 0.5, "share"), _at(found, "masked", 0.5, "share")
            )
        ),
    },
    kept=False,
)
def fewer_neurons(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    neuron_scores: Tool,
    remove_neurons: Tool,
    time_ratio: Tool,
    shares: Sequence[float] = (0.25, 0.5, 0.75),
    repeats: int = 40,
) -> dict[str, object]:
    """Ask what removed neurons cost and gain, against masks with as many weights gone.

    Returns:
        "share" (n,) of each hidden layer's neurons, "weights gone" (n,); "dense" (networks,);
        (networks, n) accuracies "removed" and "masked"; (n, 3) "speed of removed" and "speed of
        masked", dense time / theirs for 720 images, with 10th and 90th percentile.
    """
    images, total = load_split().x_valid, sum(weight.size for weight in networks[0].weights())
    found: dict[str, object] = {"share": shares, "dense": [on_test(m) for m in networks]}
    smaller = [
        [remove_weakest(m, share, neuron_scores, remove_neurons)[0] for share in shares]
        for m in networks
    ]
    gone = [1 - sum(w.size for w in model.weights()) / total for model in smaller[0]]
    masked = [[pruned(m, global_masks, share) for share in gone] for m in networks]
    for name, rows in (("removed", smaller), ("masked", masked)):
        found[name] = [[on_test(model) for model in row] for row in rows]
        speed = []
        for model in progress(rows[0], f"timing, {name}"):
            clocked = time_ratio(
                lambda: networks[0].forward(images), lambda m=model: m.forward(images), repeats
            )
            speed.append(_times_as_fast(clocked))
        found[f"speed of {name}"] = speed
    return found | {"weights gone": gone}


# %% [markdown]
# What `MagnitudePruner` measures, at equal weights: masks, and three quarters of the neurons removed.


# %% given masked_and_removed
#| export
def masked_and_removed(pruner: object, model: DenseMLP, share: float = 0.75) -> Table:
    """Return a table of what a `MagnitudePruner` measures of two ways to have as many weights less."""
    from tinytorch.sparse import SparseMLP

    removed = pruner.prune_by_magnitude(model, share, structured=True)
    left, total = (sum(w.size for w in m.weights()) for m in (removed, model))
    masked = pruner.prune_by_magnitude(model, 1 - left / total)
    kernel = SparseMLP.from_model(masked).kernel
    rows = []
    for name, cut in ((f"masked ({kernel} kernel)", masked), ("neurons removed", removed)):
        gain = pruner.measure_inference_speedup(model, cut, load_split().x_valid)
        keys = ("sparsity", "memory_reduction", "speedup")
        rows.append({"": name} | {key: gain[key] for key in keys} | {"accuracy": on_test(cut)})
    return Table(rows)


# %% [markdown]
# The slider of lab 1: one layer, accuracy, and the bytes of a compressed file, from dense to nearly empty.


# %% given slider
#| export
def slider(networks: Sequence[DenseMLP], global_masks: Tool) -> object:
    """Return a slider over sparsities of the first network; None while exercises are open."""
    if not ready(global_masks):
        return None
    positions = [*np.arange(0, 0.95, 0.05).tolist(), 0.95, 0.97, 0.99]
    cut = [pruned(networks[0], global_masks, each) for each in positions]
    scores, sizes = (
        [on_test(model) for model in cut],
        [_file_bytes(model, np.savez_compressed) for model in cut],
    )

    def draw(place: int) -> object:
        weight = cut[place].layers[1]["weights"]
        return plots.draw_sparsity_frame(weight, positions, scores, sizes, place)

    return plots.explore_sparsity(draw, [plots.percent(each) for each in positions], (0, 10, 18))


# %% [markdown]
# ## Lab 2: what training gives back
#
# Every way to prune gets the same nine epochs more, and so does the dense network beside it. Gradual
# pruning chooses new masks after each of six epochs, by the cubic schedule, and tunes three more.


# %% given tuning
#| export
def schedule(final: float, cubic_sparsity: Tool, epochs: int = TUNING) -> list[float]:
    """Return the sparsity of each epoch: cubic for two thirds of them, then constant."""
    rising = round(epochs * 2 / 3)
    return [cubic_sparsity(epoch, rising, final) for epoch in range(1, epochs + 1)]


def gradually(
    row: int,
    model: DenseMLP,
    plan: Sequence[float],
    masked_sgd_step: Tool,
    prune_gradually: Tool,
    trace: list[float] | None = None,
) -> DenseMLP:
    """Prune by a plan, an epoch of tuning a step; `trace` takes the accuracy after each."""
    rng = np.random.default_rng(100 + row)

    def tune_an_epoch(cut: DenseMLP, masks: Masks) -> DenseMLP:
        tuned = tune(cut, masks, masked_sgd_step, rng, epochs=1)
        if trace is not None:
            trace.append(on_test(tuned))
        return tuned

    return prune_gradually(model, plan, tune_an_epoch)


@study(
    asks={
        "90 %: points that nine epochs of tuning give back": lambda found: plots.say_paired(
            _at(found, "fine-tuned", 0.9), _at(found, "one-shot", 0.9)
        ),
        "95 %: points that gradual gains over one cut": lambda found: plots.say_paired(
            _at(found, "gradual", 0.95), _at(found, "fine-tuned", 0.95)
        ),
    }
)
def tuning(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    masked_sgd_step: Tool,
    cubic_sparsity: Tool,
    prune_gradually: Tool,
    sparsities: Sequence[float] = SPARSITIES,
) -> dict[str, object]:
    """Ask what nine epochs give back, to one cut, to many small ones, and to masks drawn by lot.

    Returns:
        "sparsity" (n,); "dense" (networks,), trained as many epochs more; and (networks, n) "one-shot",
        "fine-tuned", "gradual", "by chance, fine-tuned" (as many weights of each layer).
    """

    def tuned(row: int, model: DenseMLP, masks: Masks) -> float:
        return on_test(tune(model, masks, masked_sgd_step, 100 + row))

    def gradual(row: int, model: DenseMLP, sparsity: float) -> float:
        plan = schedule(sparsity, cubic_sparsity)
        return on_test(gradually(row, model, plan, masked_sgd_step, prune_gradually))

    def masks(model: DenseMLP, sparsity: float) -> Masks:
        return global_masks(model.weights(), sparsity)

    ways = {
        "one-shot": lambda row, m, s: on_test(apply_masks(m, masks(m, s))),
        "fine-tuned": lambda row, m, s: tuned(row, m, masks(m, s)),
        "gradual": gradual,
        "by chance, fine-tuned": lambda row, m, s: tuned(row, m, shuffled(masks(m, s), row)),
    }
    found = compare("tuning", ways, networks, sparsities)
    dense = [on_test(tune(m, rng=100 + row)) for row, m in enumerate(networks)]
    return {"sparsity": sparsities, "dense": dense} | found


@study(
    asks={
        "90 %, tuned: points that magnitude gains over chance": lambda found: plots.say_paired(
            _at(found, "by magnitude", 0.9), _at(found, "by chance, as many of each layer", 0.9)
        )
    }
)
def fair_chance(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    magnitude_mask: Tool,
    masked_sgd_step: Tool,
    sparsities: Sequence[float] = (0.9,),
) -> dict[str, object]:
    """Ask what a control must keep alike: masks by lot with and without magnitude's layer sizes, tuned.

    Returns:
        "sparsity" (n,); (networks, n) "by magnitude", "by chance, as many of each layer", "by chance,
        each layer alike", after the same epochs of tuning.
    """

    def tuned(choose: Tool, by_lot: bool) -> Way:
        def way(row: int, model: DenseMLP, sparsity: float) -> float:
            masks = choose(model.weights(), sparsity)
            masks = shuffled(masks, row) if by_lot else masks
            return on_test(tune(model, masks, masked_sgd_step, 100 + row))

        return way

    ways = {
        "by magnitude": tuned(global_masks, by_lot=False),
        "by chance, as many of each layer": tuned(global_masks, by_lot=True),
        "by chance, each layer alike": tuned(each_layer(magnitude_mask), by_lot=True),
    }
    return {"sparsity": sparsities} | compare("tuning", ways, networks, sparsities)


@study()
def on_the_way(
    networks: Sequence[DenseMLP],
    masked_sgd_step: Tool,
    cubic_sparsity: Tool,
    prune_gradually: Tool,
    sparsity: float = 0.95,
) -> dict[str, object]:
    """Ask what happens epoch by epoch: (networks, epochs) "gradual" and "one cut".

    Both start each epoch without velocity.
    "plan" (epochs,) is the sparsity after each, "dense" (networks,) the accuracy before.
    """
    plan, found = schedule(sparsity, cubic_sparsity), {"gradual": [], "one cut": []}
    for row, model in enumerate(progress(networks, "epoch by epoch")):
        for name, steps in (("gradual", plan), ("one cut", [sparsity] * TUNING)):
            trace: list[float] = []
            gradually(row, model, steps, masked_sgd_step, prune_gradually, trace)
            found[name].append(trace)
    return {"plan": plan, "dense": [on_test(m) for m in networks]} | found


# %% [markdown]
# Refitting needs neither labels nor epochs: 360 images and a least-squares problem for each output.


# %% given refitting
#| export
SHARES = (0.5, 0.75)  # of the neurons of each hidden layer


@study(
    asks={
        "90 %, refitted without labels on 360 images: accuracy in %": lambda found: plots.say(
            _at(found, "refitted", 2, "row")
        ),
        "half the neurons gone, refitted: accuracy in %": lambda found: plots.say(
            _at(found, "refitted", 5, "row")
        ),
    }
)
def refitting(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    nm_mask: Tool,
    neuron_scores: Tool,
    remove_neurons: Tool,
    refit: Tool,
    sparsities: Sequence[float] = (0.5, 0.75, 0.9, 0.95),
    images: int = 360,
) -> dict[str, object]:
    """Ask what refitting gives back: weights dropped, 2:4, neurons removed; no labels, no epochs.

    Returns:
        "name" (rows,), and "row" (rows,), their numbers; "dense" (networks,); (networks, rows) "as cut"
        and "refitted".
    """
    x = calibration_images(images)
    cuts = {
        f"{plots.percent(s)} of the weights": (lambda m, s=s: (pruned(m, global_masks, s), None))
        for s in sparsities
    }
    cuts["2:4"] = lambda m: (apply_masks(m, [nm_mask(w) for w in m.weights()]), None)
    for share in SHARES:
        name = f"{plots.percent(share)} of the neurons"
        cuts[name] = lambda m, share=share: remove_weakest(m, share, neuron_scores, remove_neurons)
    found = {"as cut": [], "refitted": []}
    for model in progress(networks, "refitting"):
        both = [(cut(model), model) for cut in cuts.values()]
        again = [refit_network(dense, cut, refit, x, kept) for (cut, kept), dense in both]
        found["as cut"].append([on_test(cut) for (cut, _), _ in both])
        found["refitted"].append([on_test(each) for each in again])
    names = {"name": list(cuts), "row": range(len(cuts)), "dense": [on_test(m) for m in networks]}
    return names | found


@study(
    asks={
        "90 %, refitted on 90 images: accuracy in %": lambda found: plots.say(
            _at(found, "refitted", 90, "images")
        )
    }
)
def calibration(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    refit: Tool,
    sparsity: float = 0.9,
    images: Sequence[int] = (45, 90, 180, 360, 1257, 5028),
) -> dict[str, object]:
    """Ask how many images a refit needs: "images" (n,), "as cut" (networks,), "refitted" (networks, n)."""

    def way(row: int, model: DenseMLP, n: float) -> float:
        cut = pruned(model, global_masks, sparsity)
        return on_test(refit_network(model, cut, refit, calibration_images(int(n))))

    cut = [on_test(pruned(m, global_masks, sparsity)) for m in networks]
    found = compare("refitting", {"refitted": way}, networks, images)
    return {"images": images, "as cut": cut, "sparsity": sparsity} | found


# %% [markdown]
# Neurons removed, and two rivals that a claim about them has to beat: a small dense network of the same
# size, trained for all the epochs that the other had in all (Liu et al. 2019, arXiv:1810.05270), and the
# masked network with **as many weights**.


# %% given neurons
#| export
@study(
    asks={
        "half the neurons, tuned: points above a small dense network": lambda found: (
            plots.say_paired(
                _at(found, "removed, tuned", 0.5, "share"), _at(found, "small dense", 0.5, "share")
            )
        ),
        "three quarters of the neurons, as cut: points below a mask of as many weights": (
            lambda found: plots.say_paired(
                _at(found, "masked", 0.75, "share"), _at(found, "removed", 0.75, "share")
            )
        ),
    }
)
def neurons(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    masked_sgd_step: Tool,
    neuron_scores: Tool,
    remove_neurons: Tool,
    shares: Sequence[float] = (0.25, 0.5, 0.75, 0.9),
) -> dict[str, object]:
    """Ask what removed neurons cost, beside masks and small dense networks of as many weights.

    Returns:
        "share" (n,) of the neurons of each hidden layer; "weights gone" (n,); "dense" (networks,),
        trained as many epochs more; (networks, n) "removed", "masked", "removed, tuned",
        "masked, tuned", "small dense".
    """

    def smaller(model: DenseMLP, share: float) -> DenseMLP:
        return remove_weakest(model, share, neuron_scores, remove_neurons)[0]

    def gone(model: DenseMLP, share: float) -> float:
        left, before = (sum(w.size for w in m.weights()) for m in (smaller(model, share), model))
        return 1 - left / before

    def small_dense(row: int, model: DenseMLP, share: float) -> float:
        data, rng = load_split(), np.random.default_rng(200 + row)
        rival = DenseMLP(model.input_size, smaller(model, share).hidden_sizes, 10, rng=rng)
        return on_test(train(rival, data.x_train, data.y_train, 30 + TUNING, rng=rng, **RECIPE))

    def tuned_mask(row: int, model: DenseMLP, share: float) -> float:
        masks = global_masks(model.weights(), gone(model, share))
        return on_test(tune(model, masks, masked_sgd_step, 100 + row))

    ways = {
        "removed": lambda row, m, share: on_test(smaller(m, share)),
        "masked": lambda row, m, share: on_test(pruned(m, global_masks, gone(m, share))),
        "removed, tuned": lambda row, m, share: on_test(tune(smaller(m, share), rng=100 + row)),
        "masked, tuned": tuned_mask,
        "small dense": small_dense,
    }
    found = compare("neurons", ways, networks, shares)
    dense = [on_test(tune(m, rng=100 + row)) for row, m in enumerate(networks)]
    lost = [gone(networks[0], share) for share in shares]
    return {"share": shares, "weights gone": lost, "dense": dense} | found


# %% [markdown]
# The lottery ticket: the masks found after training, and the start from before. At high sparsity a new
# start under the same masks hardly trains at all, and then says nothing of the ticket. So there are
# more controls: the new start with the ticket's size (rms, layer by layer), the new start with the
# ticket's signs (Zhou et al. 2019, arXiv:1905.01067), and the trained weights themselves, fine-tuned.


# %% given lottery
#| export
PLAYERS = ("ticket", "new start", "new start, ticket's size", "new start, ticket's signs")


def _starts(ticket: DenseMLP, other: DenseMLP, masks: Masks) -> dict[str, DenseMLP]:
    """Return the four starts under the same masks."""
    starts = {name: apply_masks(ticket if name == "ticket" else other, masks) for name in PLAYERS}
    for index, layer in enumerate(starts["ticket"].layers):
        weight, new = layer["weights"], starts["new start"].layers[index]["weights"]
        scale = np.sqrt((weight**2).sum() / (new**2).sum())
        starts["new start, ticket's size"].layers[index]["weights"] = new * scale
        signed = (np.abs(new) * np.sign(weight)).astype(np.float32)
        starts["new start, ticket's signs"].layers[index]["weights"] = signed
    return starts


@study(
    asks={
        "98 %: points that the ticket gains over a new start": lambda found: plots.say_paired(
            _at(found, "ticket", 0.98), _at(found, "new start", 0.98)
        ),
        "98 %: points that it gains over a new start with its signs": lambda found: (
            plots.say_paired(
                _at(found, "ticket", 0.98), _at(found, "new start, ticket's signs", 0.98)
            )
        ),
    }
)
def lottery(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    masked_sgd_step: Tool,
    rewind: Tool,
    sparsities: Sequence[float] = (0.9, 0.98),
) -> dict[str, object]:
    """Ask what makes a winning ticket: its start, the start's size or signs, or the mask. Plain digits.

    Args:
        networks: trained on the plain digits, `load_networks(shifted=False)`; the row is the seed.

    Returns:
        "sparsity" (n,); "dense" (networks,); and (networks, n) the four of `PLAYERS`, "same start,
        shuffled masks", and "trained weights, fine-tuned". 20 epochs each.
    """
    data = load_split(False)

    def play(row: int, begin: DenseMLP, masks: Masks) -> float:
        settings = {"masks": masks, "step": masked_sgd_step, "rng": row, **PLAIN_RECIPE}
        return on_test(train(begin, data.x_train, data.y_train, **settings), False)

    def player(name: str) -> Way:
        def way(row: int, model: DenseMLP, sparsity: float) -> float:
            masks, first = global_masks(model.weights(), sparsity), start(row, False)
            if name == "trained weights, fine-tuned":
                return play(row, apply_masks(model, masks), masks)
            if name == "same start, shuffled masks":
                masks = shuffled(masks, row)
                return play(row, rewind(model, first, masks), masks)
            ticket = rewind(model, first, masks)
            return play(row, _starts(ticket, start(row + 1000, False), masks)[name], masks)

        return way

    others = ("same start, shuffled masks", "trained weights, fine-tuned")
    ways = {name: player(name) for name in (*PLAYERS, *others)}
    found = compare("lottery", ways, networks, sparsities)
    return {"sparsity": sparsities, "dense": [on_test(m, False) for m in networks]} | found


# %% [markdown]
# When to prune? Before training, by what the loss says of each weight (SNIP: Lee et al. 2019,
# arXiv:1810.02340) or without any image (SynFlow: Tanaka et al. 2020, arXiv:2006.05467; "layer
# collapse" is their word, for a layer that is pruned away whole), at random, with ERK's layer sizes; or
# after training. All have 39 epochs.


# %% given when_to_prune
#| export
def snip_scores(model: DenseMLP) -> Masks:
    """Score each weight by |gradient * weight| on the training images."""
    data = load_split()
    targets = np.eye(10, dtype=np.float32)[data.y_train]
    gradients = model.gradients(data.x_train, targets)[::2]
    return [np.abs(g * w).astype(float) for g, w in zip(gradients, model.weights(), strict=True)]


def synflow_scores(weights: Masks) -> Masks:
    """Score each weight by the sum, over all paths through it, of the product of magnitudes."""
    sizes = [np.abs(weight).astype(float) for weight in weights]
    into, out = [np.ones(len(sizes[0]))], [np.ones(sizes[-1].shape[1])]
    for weight in sizes[:-1]:
        into.append(into[-1] @ weight)
    for weight in sizes[:0:-1]:
        out.insert(0, weight @ out[0])
    return [a[:, None] * w * b for a, w, b in zip(into, sizes, out, strict=True)]


def synflow_masks(model: DenseMLP, global_masks: Tool, sparsity: float, rounds: int = 100) -> Masks:
    """Prune an untrained network by SynFlow: a little each round, scores taken anew."""
    weights = [weight.astype(float) for weight in model.weights()]
    for turn in range(1, rounds + 1):
        masks = global_masks(synflow_scores(weights), 1 - (1 - sparsity) ** (turn / rounds))
        weights = [np.where(keep, weight, 0) for keep, weight in zip(masks, weights, strict=True)]
    return masks


@study(
    asks={
        "90 %: points that training first gains over SNIP": lambda found: plots.say_paired(
            _at(found, "after training", 0.9), _at(found, "SNIP", 0.9)
        )
    }
)
def when_to_prune(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    magnitude_mask: Tool,
    masked_sgd_step: Tool,
    sparsities: Sequence[float] = (0.9,),
) -> dict[str, object]:
    """Ask when to prune: (networks, n) "after training", "SNIP", "SynFlow", "by chance (ERK)"."""
    data, shapes = load_split(), [weight.shape for weight in networks[0].weights()]

    def at_first(choose: Callable[[int, DenseMLP, float], Masks]) -> Way:
        def way(row: int, model: DenseMLP, sparsity: float) -> float:
            begin = start(row)
            masks = choose(row, begin, sparsity)
            settings = {"masks": masks, "step": masked_sgd_step, "rng": row, **RECIPE}
            begin = apply_masks(begin, masks)
            return on_test(train(begin, data.x_train, data.y_train, 30 + TUNING, **settings))

        return way

    def by_lot(row: int, begin: DenseMLP, sparsity: float) -> Masks:
        shares = erk_sparsities(shapes, sparsity)
        masks = [magnitude_mask(w, float(s)) for w, s in zip(begin.weights(), shares, strict=True)]
        return shuffled(masks, row)

    ways = {
        "after training": lambda row, m, s: on_test(
            tune(m, global_masks(m.weights(), s), masked_sgd_step, 100 + row)
        ),
        "SNIP": at_first(lambda row, m, s: global_masks(snip_scores(m), s)),
        "SynFlow": at_first(lambda row, m, s: synflow_masks(m, global_masks, s)),
        "by chance (ERK)": at_first(by_lot),
    }
    return {"sparsity": sparsities} | compare("when to prune", ways, networks, sparsities)


# %% [markdown]
# Distillation: while it is tuned, the pruned network learns from the probabilities of the dense one, not
# from the labels. A temperature above 1 makes them softer (Hinton et al. 2015, arXiv:1503.02531).


# %% given distillation
#| export
@study(
    asks={
        "95 %: points that learning from the dense network gains": lambda found: plots.say_paired(
            _at(found, "from the dense network", 0.95), _at(found, "from the labels", 0.95)
        )
    }
)
def distillation(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    masked_sgd_step: Tool,
    soft_targets: Tool,
    sparsities: Sequence[float] = (0.9, 0.95, 0.98),
    temperature: float = 3.0,
) -> dict[str, object]:
    """Ask what a teacher gives: (networks, n) "from the labels" and "from the dense network"."""
    x = load_split().x_train
    taught = [soft_targets(m.forward(x), temperature).astype(np.float32) for m in networks]

    def way(teach: bool) -> Way:
        return lambda row, m, s: on_test(
            tune(
                m,
                global_masks(m.weights(), s),
                masked_sgd_step,
                100 + row,
                targets=taught[row] if teach else None,
            )
        )

    ways = {"from the labels": way(False), "from the dense network": way(True)}
    found = compare("tuning", ways, networks, sparsities)
    return {"sparsity": sparsities, "temperature": temperature} | found


# %% [markdown]
# The honest rival: a convolution with a tenth of the parameters, whole, masked, and without filters.


# %% given conv_rival
#| export
@study(
    asks={
        "a convolution of 7,690 parameters, nothing pruned: accuracy in %": lambda found: plots.say(
            found["dense convolution"]
        ),
        "half of its weights masked, nothing tuned: accuracy in %": lambda found: plots.say(
            _at(found, "weights masked", 0.5, "share")
        ),
    }
)
def conv_rival(
    networks: Sequence[DenseMLP],
    conv_networks: Sequence[ConvNet],
    global_masks: Tool,
    neuron_scores: Tool,
    shares: Sequence[float] = (0.1, 0.25, 0.5, 0.75),
) -> dict[str, object]:
    """Ask what another architecture does, and what pruning does to it.

    Returns:
        "share" (n,) of the weights masked, or of each layer's filters removed; "dense" and
        "dense convolution" (networks,); (networks, n) "weights masked" and "filters removed";
        "parameters" of the perceptron and the convolution, and "parameters left" (n,) without filters.
    """

    def without(model: ConvNet, share: float) -> ConvNet:
        for layer in (0, 1):
            scores = neuron_scores(model.layers[layer]["weights"])
            keep = np.ones(len(scores), dtype=bool)
            keep[np.argsort(scores, kind="stable")[: round(share * len(scores))]] = False
            model = remove_filters(model, layer, keep)
        return model

    ways = {
        "weights masked": lambda row, m, share: on_test(pruned(m, global_masks, share)),
        "filters removed": lambda row, m, share: on_test(without(m, share)),
    }
    found = compare("convolution", ways, conv_networks, shares)
    return {
        "share": shares,
        "dense": [on_test(m) for m in networks],
        "dense convolution": [on_test(m) for m in conv_networks],
        "parameters": [each[0].count_parameters() for each in (networks, conv_networks)],
        "parameters left": [without(conv_networks[0], s).count_parameters() for s in shares],
    } | found


# %% [markdown]
# ## Lab 3: bytes and seconds
#
# What each format takes, from your `storage_bytes`, over sparsity.


# %% given formats
#| export
FORMATS = ("dense", "csr", "csr16", "bitmask")


@study(
    asks={
        "CSR with int32 indices is smaller than dense from this sparsity on": lambda found: (
            plots.say_break_even(found["sparsity"], found["csr"] / found["dense"])
        ),
        "a bitmask is smaller than dense from this sparsity on": lambda found: plots.say_break_even(
            found["sparsity"], found["bitmask"] / found["dense"]
        ),
    }
)
def formats(
    networks: Sequence[DenseMLP], global_masks: Tool, storage_bytes: Tool
) -> dict[str, object]:
    """Ask how many bytes the first network's weights take: "sparsity" (n,), and bytes by format."""
    sparsities = np.round(np.arange(0, 1.0, 0.05), 2)
    cut = [pruned(networks[0], global_masks, float(s)).weights() for s in sparsities]
    return {"sparsity": sparsities} | {
        each: [sum(storage_bytes(w, each) for w in weights) for weights in cut] for each in FORMATS
    }


# %% [markdown]
# What the clock says: zeros in a dense product, CSR in NumPy, and fewer neurons, at about as many weights.


# %% given clock
#| export
@study(
    asks={
        "90 % in CSR, in NumPy: time / dense time": lambda found: (
            f"{found['CSR in NumPy'][2, 0]:.1f}"
        ),
        "90 % by fewer neurons: time / dense time": lambda found: (
            f"{found['neurons removed'][2, 0]:.2f}"
        ),
    },
    kept=False,
)
def clock(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    neuron_scores: Tool,
    remove_neurons: Tool,
    to_csr: Tool,
    csr_matmul: Tool,
    time_ratio: Tool,
    sparsities: Sequence[float] = (0.5, 0.75, 0.9, 0.95, 0.98),
    repeats: int = 25,
) -> dict[str, object]:
    """Ask how long a forward pass of 720 images takes, dense = 1.

    Returns:
        "sparsity" (n,); (n, 3), the ratio of medians, 10th and 90th percentile: "zeros in a dense
        product", "CSR in NumPy", "neurons removed".
    """
    model, images = networks[0], load_split().x_valid

    def sparse_forward(layers: list[tuple]) -> np.ndarray:
        x = images
        for index, (arrays, shape, bias) in enumerate(layers):
            x = csr_matmul(x, *arrays, shape) + bias
            x = np.maximum(x, 0) if index < len(layers) - 1 else x
        return x

    found: dict[str, list] = {}
    for sparsity in progress(sparsities, "timing"):
        cut = pruned(model, global_masks, sparsity)
        stored = [
            (to_csr(each["weights"]), each["weights"].shape, each["bias"]) for each in cut.layers
        ]
        fewer = remove_weakest(model, 1 - (1 - sparsity) ** 0.5, neuron_scores, remove_neurons)[0]
        ways = {
            "zeros in a dense product": lambda m=cut: m.forward(images),
            "CSR in NumPy": lambda layers=stored: sparse_forward(layers),
            "neurons removed": lambda m=fewer: m.forward(images),
        }
        for name, way in ways.items():
            clocked = time_ratio(lambda: model.forward(images), way, repeats)
            found.setdefault(name, []).append(_times_as_long(clocked))
    return {"sparsity": sparsities} | found


# %% [markdown]
# What bounds a product: the bytes that it moves, the multiply-adds that it makes, or its calls? The three
# numbers of this machine are measured first, then a model of them stands beside the clock.


# %% given roofline
#| export
def seconds_of(run: Callable[[], object], repeats: int = 15, at_least: float = 1e-3) -> float:
    """Return the median of the seconds that a call takes, timed in bunches of a millisecond or more."""

    def bunch(calls):
        begin = time.perf_counter()
        for _ in range(calls):
            run()
        return time.perf_counter() - begin

    run()
    calls = 1
    while bunch(calls) < at_least:
        calls *= 2
    found = [bunch(calls) / calls for _ in range(repeats)]
    return max(float(np.median(found)), 1e-9)  # a coarse clock may say 0


def measure_machine() -> dict[str, float]:
    """Measure bytes a second within the cache, multiply-adds a second, and seconds of a small call."""
    source, target = np.ones(2**18, dtype=np.float32), np.empty(2**18, dtype=np.float32)
    square, one = np.ones((512, 512), dtype=np.float32), np.ones((1, 1), dtype=np.float32)
    return {
        "bandwidth": 2 * source.nbytes / seconds_of(lambda: np.copyto(target, source)),
        "peak": 512**3 / seconds_of(lambda: square @ square),
        "overhead": seconds_of(lambda: one @ one),
    }


@study(
    asks={
        "CSR at 90 %: measured time / predicted time": lambda found: (
            f"{found['csr, measured'][-1] / found['csr, predicted'][-1]:.1f}"
        )
    },
    kept=False,
)
def roofline(
    predict_time: Tool,
    to_csr: Tool,
    csr_matmul: Tool,
    shape: tuple[int, int] = (256, 128),
    batches: Sequence[int] = (1, 8, 32, 128),
) -> dict[str, object]:
    """Ask how near a model of the machine comes to the clock, for a weight with 10 % left.

    Returns:
        "batch" (n,); "bandwidth", "peak", "overhead" of the machine; for "dense", "csr" and "smaller
        dense" seconds (n,), "..., predicted" and "..., measured".
    """
    rng, machine = np.random.default_rng(0), measure_machine()
    weight = rng.normal(size=shape).astype(np.float32)
    weight[rng.random(shape) < 0.9] = 0
    left = int(np.count_nonzero(weight))
    sides = [round(side * (left / weight.size) ** 0.5) for side in shape]
    fewer, csr = rng.normal(size=sides).astype(np.float32), to_csr(weight)
    found: dict[str, list] = {}
    for batch in progress(batches, "timing"):
        x = rng.normal(size=(batch, shape[0])).astype(np.float32)
        short = x[:, : sides[0]].copy()
        ways = {
            "dense": lambda x=x: x @ weight,
            "csr": lambda x=x: csr_matmul(x, *csr, shape),
            "smaller dense": lambda x=short: x @ fewer,
        }
        for name, run in ways.items():
            predicted = predict_time(batch, shape, left, name, machine)
            found.setdefault(f"{name}, predicted", []).append(predicted)
            found.setdefault(f"{name}, measured", []).append(seconds_of(run))
    return {"batch": batches} | machine | found


# %% [markdown]
# Equal bytes: every weight in 8 or 4 bits, or so few weights that they take as many bytes, indices and
# scales counted. The pruned networks are pruned gradually, the others trained as many epochs more.


# %% given equal_bytes
#| export
def rounded(model: DenseMLP, bits: int, quantize_int8: Tool, dequantize_int8: Tool) -> DenseMLP:
    """Return a copy with weights in whole steps of a scale a column, as many as the bits allow."""
    copy, top = model.copy(), 2 ** (bits - 1) - 1
    for layer in copy.layers:
        if bits == 8:
            layer["weights"] = dequantize_int8(*quantize_int8(layer["weights"]))
        else:
            unit = np.abs(layer["weights"]).max(axis=0) / top
            unit[unit == 0] = 1
            layer["weights"] = (np.rint(layer["weights"] / unit) * unit).astype(np.float32)
    return copy


def shipped_bytes(model: DenseMLP, storage_bytes: Tool, bits: int = 32) -> int:
    """Count the bytes of a network whose layers are each stored in the cheapest format."""
    total = 0
    for layer in model.layers:
        weight, left = layer["weights"], np.count_nonzero(layer["weights"])
        places = min(storage_bytes(weight, each) - 4 * left for each in FORMATS[1:])
        sparse, dense = (left * bits + 7) // 8 + places, (weight.size * bits + 7) // 8
        scales = 0 if bits == 32 else layer["bias"].nbytes
        total += int(min(sparse, dense)) + layer["bias"].nbytes + scales
    return total


def sparsity_for(model: DenseMLP, budget: int, global_masks: Tool, storage_bytes: Tool) -> float:
    """Return the smallest sparsity, in steps of half a percent, whose network fits in so many bytes."""

    def fits(step: int) -> bool:
        return shipped_bytes(pruned(model, global_masks, step / 200), storage_bytes) <= budget

    return bisect.bisect_left(range(201), True, key=fits) / 200


@study(
    asks={
        f"int{bits}: points above pruning to as many bytes": (
            lambda found, at=at: plots.say_paired(found["rounded"][:, at], found["pruned"][:, at])
        )
        for at, bits in enumerate((8, 4))
    }
)
def equal_bytes(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    masked_sgd_step: Tool,
    cubic_sparsity: Tool,
    prune_gradually: Tool,
    storage_bytes: Tool,
    quantize_int8: Tool,
    dequantize_int8: Tool,
) -> dict[str, object]:
    """Ask what to do with a quarter, or an eighth, of the bytes: fewer bits, or fewer weights.

    Returns:
        "bits" (2,), 8 and 4; "dense" (networks,), trained as many epochs more; (networks, 2) accuracies
        "rounded" and "pruned" (gradually), bytes "rounded bytes" and "pruned bytes" (at most as many), and
        "sparsity".
    """
    longer = [tune(m, rng=100 + row) for row, m in enumerate(progress(networks, "dense, longer"))]
    found: dict[str, list] = {}
    for row, (model, whole) in enumerate(zip(progress(networks, "pruned"), longer, strict=True)):
        for bits in (8, 4):
            budget = shipped_bytes(whole, storage_bytes, bits)
            sparsity = sparsity_for(model, budget, global_masks, storage_bytes)
            plan = schedule(sparsity, cubic_sparsity)
            cut = gradually(row, model, plan, masked_sgd_step, prune_gradually)
            values = {
                "rounded": on_test(rounded(whole, bits, quantize_int8, dequantize_int8)),
                "pruned": on_test(cut),
                "rounded bytes": budget,
                "pruned bytes": shipped_bytes(cut, storage_bytes),
                "sparsity": sparsity,
            }
            for name, value in values.items():
                found.setdefault(name, []).append(value)
    shaped = {name: np.reshape(values, (len(networks), 2)) for name, values in found.items()}
    return {"bits": (8, 4), "dense": [on_test(m) for m in longer]} | shaped


# %% [markdown]
# For example, an experiment with functions of this cell in place of yours, on a network that nobody
# trained:


# %%
def smallest_gone(weight: np.ndarray, sparsity: float) -> np.ndarray:
    """Mark about the largest weights."""
    return np.abs(weight) > np.quantile(np.abs(weight), sparsity)


def no_clock(baseline: Tool, candidate: Tool, repeats: int) -> dict[str, object]:
    """Say that both take as long, without looking."""
    return {"ratio": 1.0, "spread": (1.0, 1.0)}


predict("masked product at 90 %: times as fast", 3)
show(masked_product([start(0)], smallest_gone, no_clock))
show_source(shuffled)
