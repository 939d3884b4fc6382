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

# %% nbgrader={"grade": false, "grade_id": "studies_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
import functools
import inspect
import io
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tinytorch import plots
from tinytorch.experiments import progress, ready, remember
from tinytorch.networks import (
    HIDDEN,
    PLAIN_RECIPE,
    SEEDS,
    DenseMLP,
    apply_masks,
    load_split,
    on_test,
    on_validation,
    pack,
    start,
    train,
    train_adam,
    unpack,
)

# %% [markdown]
# ## How an experiment is run and shown
#
# `study` makes an experiment of a function. It waits, in words, while an exercise that it is given is
# still open; it keeps the result (`remember`), except where a clock is read; and it knows which numbers
# a student may `predict` before looking.


# %% nbgrader={"grade": false, "grade_id": "study", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
    getattr(plots, f"draw_{found.study}")(found)
    plots.plt.show()
    for line in beside_predictions(found):
        print(line)


def beside_predictions(found: Result) -> list[str]:
    """Return a line for each value that one may predict: the student's number and the measured one."""
    asks = globals()[found.study].asks
    said = {what: f"you said {PREDICTED[what]}, " if what in PREDICTED else "" for what in asks}
    return [f"{what}: {said[what]}measured {QUESTIONS[what](found)}" for what in asks]


def show_source(function: Callable[..., object]) -> None:
    """Print how a function is written: an experiment, a plot, or anything else that Python can read."""
    print(inspect.getsource(inspect.unwrap(function)))


# %% [markdown]
# ## What the experiments share


# %% nbgrader={"grade": false, "grade_id": "studies_shared", "locked": true, "schema_version": 3, "solution": false, "task": false}
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


def shuffled(masks: Masks, rng: np.random.Generator | int) -> Masks:
    """Return masks that keep as many weights of each layer, but drawn by lot."""
    rng = np.random.default_rng(rng)
    return [rng.permuted(keep.ravel()).reshape(keep.shape) for keep in masks]


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
    """Return one column of a result: the accuracies (networks,) at a sparsity."""
    return found[name][:, int(np.argmin(np.abs(found[by] - column)))]


# %% [markdown]
# ## Lab 1: what is a zero good for?
#
# Each network is masked, each layer alike, and then asked three things: how long a forward pass takes,
# how many bytes its arrays take, and how many a file of it takes, plain and compressed.


# %% nbgrader={"grade": false, "grade_id": "masked_product", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _file_bytes(model: DenseMLP, save: Callable[..., None]) -> int:
    file = io.BytesIO()
    save(file, **pack([model]))
    return file.getbuffer().nbytes


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
        speed.append([clocked["ratio"], *clocked["spread"]])
    sizes = {
        "arrays": lambda m: sum(layer[key].nbytes for layer in m.layers for key in layer),
        "file": lambda m: _file_bytes(m, np.savez),
        "file, compressed": lambda m: _file_bytes(m, np.savez_compressed),
    }
    found = {name: [[size(m) for m in row] for row in cut] for name, size in sizes.items()}
    return {"sparsity": sparsities, "speed": speed} | found


# %% [markdown]
# Where the mask keeps connections, pixel by pixel. Some pixels of the rim have no ink in any training
# image, so their weights never moved from the random start: they tell nothing. Does magnitude know?


# %% nbgrader={"grade": false, "grade_id": "input_maps", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
# of each layer** as those by magnitude. Drawn for each layer alike they differ in two things at once.


# %% nbgrader={"grade": false, "grade_id": "one_shot", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@study(
    asks={
        "accuracy at 90 % one-shot, by magnitude: %": lambda found: plots.say(
            _at(found, "by magnitude", 0.9)
        ),
        "accuracy at 90 % one-shot, by chance: %": lambda found: plots.say(
            _at(found, "by chance, as many of each layer", 0.9)
        ),
    }
)
def one_shot(
    networks: Sequence[DenseMLP],
    global_masks: Tool,
    magnitude_mask: Tool,
    sparsities: Sequence[float] = (0.1, 0.3, *SPARSITIES),
) -> dict[str, object]:
    """Ask what choosing by magnitude is worth: four masks, nothing trained again.

    Returns:
        "sparsity" (n,); "dense" (networks,); and (networks, n) "by magnitude", "each layer alike",
        "by chance, as many of each layer", "by chance, each layer alike".
    """

    def alike(model: DenseMLP, sparsity: float) -> Masks:
        return each_layer(magnitude_mask)(model.weights(), sparsity)

    def under(masks: Callable[[DenseMLP, float], Masks], by_lot: bool) -> Way:
        return lambda row, model, sparsity: on_test(
            apply_masks(
                model, shuffled(masks(model, sparsity), row) if by_lot else masks(model, sparsity)
            )
        )

    def together(model: DenseMLP, sparsity: float) -> Masks:
        return global_masks(model.weights(), sparsity)

    ways = {
        "by magnitude": under(together, by_lot=False),
        "each layer alike": under(alike, by_lot=False),
        "by chance, as many of each layer": under(together, by_lot=True),
        "by chance, each layer alike": under(alike, by_lot=True),
    }
    found = compare("one-shot", ways, networks, sparsities)
    return {"sparsity": sparsities, "dense": [on_test(m) for m in networks]} | found


# %% [markdown]
# Start and optimiser. The same architecture on the plain digits, started as Glorot ("Xavier") or as
# He et al. (2015, arXiv:1502.01852: normal, standard deviation √(2 / inputs)), trained with SGD or
# with Adam: four recipes, of which no two differ in more than one thing from their neighbours. Each is
# pruned with all layers together and with each layer alike. The second has no thin layer; if a thin
# layer were what breaks a network, it would do better.


# %% nbgrader={"grade": false, "grade_id": "start_and_optimiser", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
# How much each layer can lose, on validation images (on training images, which the network knows by
# heart, the scan is flat), and what may be decided by it. Beside your `allocate` stand two rules that look
# at no image: ERK gives a layer weights by its number of inputs and outputs (Evci et al. 2020,
# arXiv:1911.11134), LAMP ranks each weight by its share of what would be left of its layer (Lee et al.
# 2021, arXiv:2010.07611).


# %% nbgrader={"grade": false, "grade_id": "scan_layers", "locked": true, "schema_version": 3, "solution": false, "task": false}
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


# %% nbgrader={"grade": false, "grade_id": "wanda", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
