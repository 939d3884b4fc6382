"""Answers that students write: wrong ones, each with its misconception, and right ones that differ.

A wrong answer is the reference with one slip in it (`slip`), or a function of its own (`wrong`).
`says` is what the message of the failed check must say (a regular expression). Right answers are
functions (`right`). To add one, name the exercise and write the slip or the function.
"""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinytorch import pruning
from tinytorch.pruning import DenseMLP


@dataclass(frozen=True)
class Answer:
    """One way to fill an exercise's cell."""

    exercise: str
    name: str
    source: str
    misconception: str = ""
    says: str = ""


WRONG: list[Answer] = []
RIGHT: list[Answer] = []

Function = Callable[..., object]


def wrong(exercise: str, misconception: str, says: str) -> Callable[[Function], Function]:
    """Register the decorated function as a wrong answer to `exercise`."""

    def register(function: Function) -> Function:
        source = _as_answer(function, exercise)
        WRONG.append(Answer(exercise, function.__name__, source, misconception, says))
        return function

    return register


def right(exercise: str) -> Callable[[Function], Function]:
    """Register the decorated function as a right answer to `exercise`, written differently."""

    def register(function: Function) -> Function:
        RIGHT.append(Answer(exercise, function.__name__, _as_answer(function, exercise)))
        return function

    return register


def slip(exercise: str, name: str, misconception: str, says: str, **changes: str) -> None:
    """Register the reference of `exercise` with one slip: `old` becomes `new`."""
    source = inspect.getsource(getattr(pruning, exercise))
    old, new = changes["old"], changes["new"]
    if source.count(old) != 1:
        raise ValueError(f"{exercise}, {name}: {old!r} stands {source.count(old)} times, not once")
    WRONG.append(Answer(exercise, name, source.replace(old, new), misconception, says))


def _as_answer(function: Function, exercise: str) -> str:
    """The function's source, without its decorator, under the exercise's name."""
    source = inspect.getsource(function)
    source = source[source.index("def ") :]
    return re.sub(rf"^def {function.__name__}\b", f"def {exercise}", source)


# --- dense_forward -----------------------------------------------------------------------------

slip(
    "dense_forward",
    "no_bias",
    "the bias is forgotten",
    says="without the biases|without the bias",
    old="    bend = ",
    new='    layers = [layer | {"bias": 0 * layer["bias"]} for layer in layers]\n    bend = ',
)
slip(
    "dense_forward",
    "relu_always",
    "ReLU whatever the activation says",
    says="np.tanh, not ReLU",
    old='np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)',
    new="lambda z: np.maximum(z, 0)",
)
slip(
    "dense_forward",
    "leaky_by_absolute",
    "the absolute value in place of ReLU",
    says="worked example|logit is",
    old="np.maximum(z, 0)",
    new="np.abs(z)",
)


@wrong("dense_forward", "the activation follows every layer, the last too", "ReLU after the last")
def relu_on_logits(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers:
        x = bend(x @ layer["weights"] + layer["bias"])
    return x


@wrong("dense_forward", "a stack of linear layers is a network", "without any activation")
def no_activation(x, layers, activation):
    for layer in layers:
        x = x @ layer["weights"] + layer["bias"]
    return x


@wrong("dense_forward", "the activation comes before each layer", "no activation on the input")
def activation_on_input(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers:
        x = (bend(x) if activation == "relu" else x) @ layer["weights"] + layer["bias"]
    return x


@wrong("dense_forward", "a network has two layers", "Three layers")
def two_layers_only(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    hidden = bend(x @ layers[0]["weights"] + layers[0]["bias"])
    if len(layers) == 1:
        return x @ layers[0]["weights"] + layers[0]["bias"]
    for layer in layers[1:]:
        hidden = hidden @ layer["weights"] + layer["bias"]
    return hidden


@wrong("dense_forward", "the result may overwrite the weights", "arguments in place")
def scales_weights_in_place(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers[:-1]:
        x = bend(x @ layer["weights"] + layer["bias"])
    result = x @ layers[-1]["weights"] + layers[-1]["bias"]
    layers[-1]["bias"] += 0.5
    return result


@wrong("dense_forward", "predictions are returned in place of logits", r"shape \(1, 1\)")
def classes_not_logits(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers[:-1]:
        x = bend(x @ layer["weights"] + layer["bias"])
    return np.argmax(x @ layers[-1]["weights"] + layers[-1]["bias"], axis=1)


@right("dense_forward")
def forward_by_einsum(x, layers, activation):
    for index, layer in enumerate(layers):
        x = np.einsum("bi,io->bo", x, layer["weights"]) + layer["bias"][None, :]
        if index != len(layers) - 1:
            x = np.tanh(x) if activation == "tanh" else np.where(x > 0, x, 0)
    return x


@right("dense_forward")
def forward_by_recursion(x, layers, activation):
    z = np.add(np.dot(x, layers[0]["weights"]), layers[0]["bias"])
    if len(layers) == 1:
        return z
    bend = {"tanh": np.tanh, "relu": lambda a: a.clip(min=0)}[activation]
    return dense_forward(bend(z), layers[1:], activation)  # noqa: F821 (its name in the notebook)


# --- sparsity_report ---------------------------------------------------------------------------

slip(
    "sparsity_report",
    "report_in_percent",
    "sparsity in percent",
    says="not percent",
    old="1 - nonzero / total",
    new="100 * (1 - nonzero / total)",
)
slip(
    "sparsity_report",
    "report_mean_of_layers",
    "the overall sparsity is the mean of the layers'",
    says="mean of the layers",
    old="1 - nonzero / total",
    new="float(np.mean([(weight == 0).mean() for weight in weights]))",
)
slip(
    "sparsity_report",
    "report_density",
    "sparsity is what is left",
    says="density",
    old="1 - nonzero / total",
    new="nonzero / total",
)
slip(
    "sparsity_report",
    "report_ratio_upside_down",
    "compression is new over original",
    says="upside down",
    old='total / nonzero if nonzero else float("inf")',
    new="nonzero / total",
)
slip(
    "sparsity_report",
    "report_counts_positive",
    "only positive weights count as not zero",
    says="Negative weights are not zero",
    old="int(np.count_nonzero(weight))",
    new="int((weight > 0).sum())",
)
slip(
    "sparsity_report",
    "report_divides_by_zero",
    "something is always left",
    says="divide by zero",
    old='total / nonzero if nonzero else float("inf")',
    new="total / nonzero",
)
slip(
    "sparsity_report",
    "report_near_zero_is_zero",
    "a small weight is as good as zero",
    says="tiny weight is not zero",
    old="int(np.count_nonzero(weight))",
    new="int((np.abs(weight) > 1e-4).sum())",
)
slip(
    "sparsity_report",
    "report_layers_over_total",
    "each layer's zeros over all weights",
    says="its own size",
    old="1 - np.count_nonzero(weight) / weight.size",
    new="(weight == 0).sum() / total",
)


@wrong("sparsity_report", "the example's numbers are the answer", "no number may be written in")
def report_hard_coded(weights):
    return {
        "total": 10,
        "nonzero": 3,
        "sparsity": 0.7,
        "compression_ratio": 10 / 3,
        "per_layer": [1 / 2, 5 / 6],
    }


@right("sparsity_report")
def report_by_loops(weights):
    per_layer, total, zeros = [], 0, 0
    for weight in weights:
        layer_zeros = 0
        for value in weight.ravel():
            if value == 0:
                layer_zeros += 1
        per_layer.append(layer_zeros / weight.size)
        total, zeros = total + weight.size, zeros + layer_zeros
    ratio = np.inf if total == zeros else total / (total - zeros)
    return {
        "total": total,
        "nonzero": total - zeros,
        "sparsity": zeros / total,
        "compression_ratio": ratio,
        "per_layer": per_layer,
    }


@right("sparsity_report")
def report_by_numpy_with_a_warning(weights):
    flat = np.concatenate([w.ravel() for w in weights])
    zero = flat == 0
    return {
        "total": np.int64(flat.size),
        "nonzero": np.count_nonzero(~zero),
        "sparsity": zero.mean(),
        "compression_ratio": np.float64(flat.size) / np.count_nonzero(~zero),
        "per_layer": np.array([(w == 0).mean() for w in weights]),
    }


# --- magnitude_mask ----------------------------------------------------------------------------

slip(
    "magnitude_mask",
    "mask_signed",
    "small means near minus infinity",
    says="by value instead of by magnitude",
    old="np.argsort(np.abs(weight),",
    new="np.argsort(weight,",
)
slip(
    "magnitude_mask",
    "mask_drops_largest",
    "the largest go",
    says="dropped the largest",
    old="np.argsort(np.abs(weight),",
    new="np.argsort(-np.abs(weight),",
)
slip(
    "magnitude_mask",
    "mask_inverted",
    "True means dropped",
    says="True means dropped",
    old="return keep.reshape",
    new="return ~keep.reshape",
)
slip(
    "magnitude_mask",
    "mask_truncates",
    "int() instead of round()",
    says=r"round\(\), not int\(\)",
    old="n_dropped = round(",
    new="n_dropped = int(",
)
slip(
    "magnitude_mask",
    "mask_of_floats",
    "the mask holds 0.0 and 1.0",
    says="True and False",
    old=", dtype=bool)",
    new=")",
)
slip(
    "magnitude_mask",
    "mask_returns_weight",
    "the pruned weight is returned",
    says="not the pruned weights",
    old="return keep.reshape(weight.shape)",
    new="return weight * keep.reshape(weight.shape)",
)
slip(
    "magnitude_mask",
    "mask_prunes_in_place",
    "the weight is pruned in place",
    says="changed the weight itself",
    old="    return keep.reshape(weight.shape)",
    new="    weight *= keep.reshape(weight.shape)\n    return keep.reshape(weight.shape)",
)
slip(
    "magnitude_mask",
    "mask_flat",
    "the result is returned flat",
    says=r"shape \(2, 2\)",
    old="return keep.reshape(weight.shape)",
    new="return keep",
)
slip(
    "magnitude_mask",
    "mask_negative_zero_slice",
    "the last n with n = 0 is everything",
    says="at 1.0 of 40",
    old="    keep = np.ones(weight.size, dtype=bool)\n    keep[ranking[:n_dropped]] = False",
    new=(
        "    keep = np.zeros(weight.size, dtype=bool)\n"
        "    keep[ranking[-(weight.size - n_dropped) :]] = True"
    ),
)
slip(
    "magnitude_mask",
    "mask_column_major",
    "the matrix is read column by column",
    says="row by row|earlier two",
    old='np.argsort(np.abs(weight), axis=None, kind="stable")',
    new='np.argsort(np.abs(weight).ravel(order="K"), kind="stable")',
)


@wrong("magnitude_mask", "a percentile splits ties", "cannot split a tie")
def mask_by_percentile(weight, sparsity):
    return np.abs(weight) > np.percentile(np.abs(weight), 100 * sparsity)


@wrong("magnitude_mask", "`>=` the threshold keeps all ties", "cannot split a tie")
def mask_keeps_ties(weight, sparsity):
    magnitudes = np.sort(np.abs(weight), axis=None)
    n_dropped = round(sparsity * weight.size)
    if n_dropped == weight.size:
        return np.zeros(weight.shape, dtype=bool)
    return np.abs(weight) >= magnitudes[n_dropped]


@wrong("magnitude_mask", "of equals the later goes first", "the earlier two")
def mask_later_tie_first(weight, sparsity):
    flat = np.abs(weight).ravel()
    order = np.lexsort((-np.arange(flat.size), flat))
    keep = np.ones(flat.size, dtype=bool)
    keep[order[: round(sparsity * flat.size)]] = False
    return keep.reshape(weight.shape)


@wrong("magnitude_mask", "any sort keeps ties in order", "sort stable")
def mask_unstable_ties(weight, sparsity):
    flat = np.abs(weight).ravel()
    if flat.size < 50:
        order = np.argsort(flat, kind="stable")
    else:  # what an unstable sort may do to ties
        order = np.lexsort((np.arange(flat.size) * 7919 % flat.size, flat))
    keep = np.ones(flat.size, dtype=bool)
    keep[order[: round(sparsity * flat.size)]] = False
    return keep.reshape(weight.shape)


@wrong("magnitude_mask", "each row loses the same share", "larger in magnitude|Exactly round")
def mask_row_by_row(weight, sparsity):
    if weight.shape == (2, 2):
        order = np.argsort(np.abs(weight), axis=None, kind="stable")
        keep = np.ones(4, dtype=bool)
        keep[order[: round(sparsity * 4)]] = False
        return keep.reshape(2, 2)
    keep = np.ones(weight.shape, dtype=bool)
    for row, values in enumerate(np.abs(weight)):
        keep[row, np.argsort(values, kind="stable")[: round(sparsity * values.size)]] = False
    return keep


@wrong("magnitude_mask", "the example's mask is the answer", "shape")
def mask_hard_coded(weight, sparsity):
    if weight[0, 0] == 1:
        return np.array([[False, False], [True, True]])
    return np.array([[True, True], [False, False]])


@right("magnitude_mask")
def mask_by_sorted_loop(weight, sparsity):
    rows, columns = weight.shape
    places = [(abs(weight[i, j]), i, j) for i in range(rows) for j in range(columns)]
    keep = np.full(weight.shape, True)
    for _, i, j in sorted(places)[: round(sparsity * weight.size)]:
        keep[i, j] = False
    return keep


@right("magnitude_mask")
def mask_by_partition(weight, sparsity):
    magnitudes, n_dropped = np.abs(weight).flatten(), round(weight.size * sparsity)
    if n_dropped == 0:
        return np.ones_like(weight, dtype=bool)
    limit = magnitudes[np.argpartition(magnitudes, n_dropped - 1)[n_dropped - 1]]
    missing = n_dropped - (magnitudes < limit).sum()
    drop = (magnitudes < limit) | (
        (magnitudes == limit) & (np.cumsum(magnitudes == limit) <= missing)
    )
    return ~drop.reshape(weight.shape)


@right("magnitude_mask")
def mask_by_lexsort_of_squares(weight, sparsity):
    squares = (weight.astype(np.longdouble) ** 2).ravel()
    rank = np.empty(weight.size, dtype=int)
    rank[np.lexsort((np.arange(weight.size), squares))] = np.arange(weight.size)
    return (rank >= round(sparsity * weight.size)).reshape(weight.shape)


# --- global_masks ------------------------------------------------------------------------------

slip(
    "global_masks",
    "masks_signed",
    "small means near minus infinity",
    says="by value instead of by magnitude",
    old="[np.abs(weight).ravel()",
    new="[weight.ravel()",
)
slip(
    "global_masks",
    "masks_drop_largest",
    "the largest go",
    says="dropped the largest",
    old="[np.abs(weight).ravel()",
    new="[-np.abs(weight).ravel()",
)
slip(
    "global_masks",
    "masks_by_threshold",
    "a threshold is enough, ties or not",
    says="exactly three go",
    old="keep[ties[n_ties_dropped:]] = True",
    new="pass",
)
slip(
    "global_masks",
    "masks_later_layer_first",
    "the later layer loses ties first",
    says="earlier layer first",
    old="ties[n_ties_dropped:]",
    new="ties[: ties.size - n_ties_dropped]",
)
slip(
    "global_masks",
    "masks_truncate",
    "int() instead of round()",
    says="Round once, over the total",
    old="n_dropped = round(",
    new="n_dropped = int(",
)
slip(
    "global_masks",
    "masks_normalised",
    "the layers are normalised before ranking",
    says="The four smallest|larger in",
    old="[np.abs(weight).ravel()",
    new="[np.abs(weight).ravel() / np.abs(weight).max()",
)
slip(
    "global_masks",
    "masks_one_vector",
    "one mask for everything",
    says="one mask a layer",
    old="    ends = np.cumsum",
    new="    return keep\n    ends = np.cumsum",
)
slip(
    "global_masks",
    "masks_prune_in_place",
    "the weights are pruned in place",
    says="changed the weights",
    old="    pieces = np.split(keep, ends)\n",
    new=(
        "    pieces = np.split(keep, ends)\n"
        "    for piece, weight in zip(pieces, weights, strict=True):\n"
        "        weight *= piece.reshape(weight.shape)\n"
    ),
)


@wrong("global_masks", "each layer loses the same share", "each layer by itself")
def masks_per_layer(weights, sparsity):
    masks = []
    for weight in weights:
        keep = np.ones(weight.size, dtype=bool)
        order = np.argsort(np.abs(weight), axis=None, kind="stable")
        keep[order[: round(sparsity * weight.size)]] = False
        masks.append(keep.reshape(weight.shape))
    return masks


@wrong("global_masks", "every layer keeps at least its largest weight", "may lose everything")
def masks_spare_a_weight(weights, sparsity):
    flat = np.abs(np.concatenate([w.ravel() for w in weights]))
    keep = np.ones(flat.size, dtype=bool)
    keep[np.argsort(flat, kind="stable")[: round(sparsity * flat.size)]] = False
    ends = np.cumsum([w.size for w in weights])[:-1]
    masks = [k.reshape(w.shape) for k, w in zip(np.split(keep, ends), weights, strict=True)]
    for weight, mask in zip(weights, masks, strict=True):
        if not mask.any() and sparsity < 1:
            mask.flat[np.abs(weight).argmax()] = True
            fullest = max(masks, key=np.sum)
            fullest.flat[np.flatnonzero(fullest)[0]] = False
    return masks


@right("global_masks")
def masks_by_sorted_loop(weights, sparsity):
    places = [
        (abs(float(value)), layer, place)
        for layer, weight in enumerate(weights)
        for place, value in enumerate(weight.ravel())
    ]
    flat = [np.ones(weight.size, dtype=bool) for weight in weights]
    for _, layer, place in sorted(places)[: round(sparsity * len(places))]:
        flat[layer][place] = False
    return [keep.reshape(weight.shape) for keep, weight in zip(flat, weights, strict=True)]


@right("global_masks")
def masks_by_argsort(weights, sparsity):
    magnitudes = np.abs(np.hstack([w.flatten() for w in weights])).astype(np.float64)
    rank = np.argsort(np.argsort(magnitudes, kind="mergesort"), kind="mergesort")
    keep, masks, start = rank >= round(sparsity * rank.size), [], 0
    for weight in weights:
        masks.append(keep[start : start + weight.size].reshape(weight.shape))
        start += weight.size
    return masks


@right("global_masks")
def masks_by_own_magnitude_mask(weights, sparsity):
    everything = np.concatenate([w.ravel() for w in weights])[None, :]
    keep = magnitude_mask(everything, sparsity)[0]  # noqa: F821 (the student's own exercise 3)
    ends = np.cumsum([w.size for w in weights])
    return [
        keep[end - weight.size : end].reshape(weight.shape)
        for end, weight in zip(ends, weights, strict=True)
    ]


# --- neuron_scores -----------------------------------------------------------------------------

slip(
    "neuron_scores",
    "scores_of_rows",
    "a neuron is a row",
    says=r"\(axis 0\)",
    old="axis=0",
    new="axis=1",
)
slip(
    "neuron_scores",
    "scores_of_rows_when_square",
    "a neuron is a row, where the shapes do not tell",
    says="a neuron is a column",
    old="axis=0",
    new="axis=int(weight.shape[0] == weight.shape[1])",
)
slip(
    "neuron_scores",
    "scores_l1",
    "L1 instead of L2",
    says="L1 norm",
    old="np.sqrt((weight**2).sum(axis=0))",
    new="np.abs(weight).sum(axis=0)",
)
slip(
    "neuron_scores",
    "scores_squared",
    "the root is forgotten",
    says="take the root",
    old="np.sqrt((weight**2).sum(axis=0))",
    new="(weight**2).sum(axis=0)",
)
slip(
    "neuron_scores",
    "scores_summed",
    "positive and negative weights cancel",
    says="square before you add",
    old="np.sqrt((weight**2).sum(axis=0))",
    new="weight.sum(axis=0)",
)
slip(
    "neuron_scores",
    "scores_mean_square",
    "the mean in place of the sum",
    says="root of the sum",
    old=".sum(axis=0)",
    new=".mean(axis=0)",
)
slip(
    "neuron_scores",
    "scores_whole_matrix",
    "the norm of the whole matrix",
    says=r"shape \(2,\)",
    old=".sum(axis=0)",
    new=".sum()",
)


@wrong("neuron_scores", "the weight is squared in place", "changed the weight")
def scores_square_in_place(weight):
    weight *= weight
    return np.sqrt(weight.sum(axis=0))


@right("neuron_scores")
def scores_by_linalg(weight):
    return np.linalg.norm(weight, axis=0)


@right("neuron_scores")
def scores_by_loops(weight):
    scores = []
    for j in range(weight.shape[1]):
        total = 0.0
        for i in range(weight.shape[0]):
            total += float(weight[i, j]) ** 2
        scores.append(total**0.5)
    return np.array(scores)


# --- remove_neurons ----------------------------------------------------------------------------

slip(
    "remove_neurons",
    "remove_forgets_next_rows",
    "the next layer stays as it is",
    says="next layer's rows",
    old='following["weights"][keep, :]',
    new='following["weights"]',
)
slip(
    "remove_neurons",
    "remove_forgets_bias",
    "the bias stays",
    says="entries of b1",
    old='this["bias"][keep]',
    new='this["bias"]',
)
slip(
    "remove_neurons",
    "remove_loses_activation",
    "every network uses ReLU",
    says="keep the activation",
    old="model.activation)",
    new='"relu")',
)
slip(
    "remove_neurons",
    "remove_the_kept",
    "True means removed",
    says="must be gone|neuron stays",
    old="    layers = list(model.layers)\n",
    new="    layers = list(model.layers)\n    keep = ~keep\n",
)
slip(
    "remove_neurons",
    "remove_from_first_layer",
    "the first hidden layer is meant",
    says="use `layer`|fails",
    old="    layers = list(model.layers)\n",
    new="    layers = list(model.layers)\n    layer = 0\n",
)
slip(
    "remove_neurons",
    "remove_rows_not_columns",
    "a neuron is a row of its own layer",
    says="do not fit|fails",
    old='this["weights"][:, keep]',
    new='this["weights"][keep[: len(this["weights"])], :]',
)


@wrong("remove_neurons", "setting to zero removes", "not set to zero")
def remove_by_zeroing(model, layer, keep):
    smaller = model.copy()
    smaller.layers[layer]["weights"][:, ~keep] = 0
    smaller.layers[layer]["bias"][~keep] = 0
    smaller.layers[layer + 1]["weights"][~keep] = 0
    return smaller


@wrong("remove_neurons", "the model itself is shrunk", "changed the model it was given")
def remove_in_place(model, layer, keep):
    this, following = model.layers[layer], model.layers[layer + 1]
    this["weights"], this["bias"] = this["weights"][:, keep], this["bias"][keep]
    following["weights"] = following["weights"][keep]
    model.hidden_sizes = tuple(each["bias"].size for each in model.layers[:-1])
    return model


@wrong("remove_neurons", "hidden_sizes looks after itself", "hidden_sizes")
def remove_forgets_hidden_sizes(model, layer, keep):
    smaller = model.copy()
    smaller.layers[layer]["weights"] = smaller.layers[layer]["weights"][:, keep]
    smaller.layers[layer]["bias"] = smaller.layers[layer]["bias"][keep]
    smaller.layers[layer + 1]["weights"] = smaller.layers[layer + 1]["weights"][keep]
    return smaller


@wrong("remove_neurons", "a list of layers can be shared", "a view, not a copy")
def remove_shares_arrays(model, layer, keep):
    sizes = list(model.hidden_sizes)
    sizes[layer] = int(keep.sum())
    smaller = DenseMLP(model.input_size, sizes, model.output_size, model.activation)
    smaller.layers = [dict(each) for each in model.layers]
    smaller.layers[layer]["weights"] = model.layers[layer]["weights"][:, keep]
    smaller.layers[layer]["bias"] = model.layers[layer]["bias"][keep]
    smaller.layers[layer + 1]["weights"] = model.layers[layer + 1]["weights"][keep]
    return smaller


@wrong("remove_neurons", "the layers are returned, not a network", "Return a DenseMLP")
def remove_returns_layers(model, layer, keep):
    layers = model.copy().layers
    layers[layer]["weights"] = layers[layer]["weights"][:, keep]
    layers[layer]["bias"] = layers[layer]["bias"][keep]
    layers[layer + 1]["weights"] = layers[layer + 1]["weights"][keep]
    return layers


@right("remove_neurons")
def remove_by_filling_a_new_network(model, layer, keep):
    sizes = list(model.hidden_sizes)
    sizes[layer] = np.count_nonzero(keep)
    smaller = DenseMLP(model.input_size, sizes, model.output_size, model.activation)
    for index, old in enumerate(model.layers):
        columns = keep if index == layer else slice(None)
        rows = keep if index == layer + 1 else slice(None)
        smaller.layers[index]["weights"] = old["weights"][rows][:, columns].copy()
        smaller.layers[index]["bias"] = old["bias"][columns].copy()
    return smaller


@right("remove_neurons")
def remove_by_np_delete(model, layer, keep):
    gone = np.flatnonzero(~keep)
    smaller = model.copy()
    this, following = smaller.layers[layer], smaller.layers[layer + 1]
    this["weights"] = np.delete(this["weights"], gone, axis=1)
    this["bias"] = np.delete(this["bias"], gone)
    following["weights"] = np.delete(following["weights"], gone, axis=0)
    smaller.hidden_sizes = [each["bias"].size for each in smaller.layers[:-1]]
    return smaller


# --- time_ratio --------------------------------------------------------------------------------

slip(
    "time_ratio",
    "time_by_mean",
    "the mean is as good as the median",
    says="Those are the means",
    old="np.median(seconds, axis=0)",
    new="np.mean(seconds, axis=0)",
)
slip(
    "time_ratio",
    "time_by_minimum",
    "the fastest call is the true one",
    says="the fastest calls",
    old="np.median(seconds, axis=0)",
    new="np.min(seconds, axis=0)",
)
slip(
    "time_ratio",
    "time_without_warm_up",
    "the first call is like the others",
    says="for warming up",
    old="    baseline()\n    candidate()\n",
    new="",
)
slip(
    "time_ratio",
    "time_one_after_the_other",
    "first all of one, then all of the other",
    says="take turns|taking turns",
    old=(
        "    for turn in range(repeats):\n"
        "        for column, run in enumerate((baseline, candidate)):\n"
    ),
    new=(
        "    for column, run in enumerate((baseline, candidate)):\n"
        "        for turn in range(repeats):\n"
    ),
)
slip(
    "time_ratio",
    "time_upside_down",
    "the ratio is candidate over baseline",
    says="upside down",
    old="float(baseline_s / candidate_s)",
    new="float(candidate_s / baseline_s)",
)
slip(
    "time_ratio",
    "time_median_of_ratios",
    "the median of the ratios",
    says="median of the ratios",
    old="float(baseline_s / candidate_s)",
    new="float(np.median(seconds[:, 0] / seconds[:, 1]))",
)
slip(
    "time_ratio",
    "time_spread_is_range",
    "the spread is minimum and maximum",
    says="10th and 90th",
    old="[10, 90]",
    new="[0, 100]",
)
slip(
    "time_ratio",
    "time_counts_warm_up",
    "the warm-up is timed too",
    says="The warm-up is counted|for warming up",
    old=(
        "    baseline()\n"
        "    candidate()\n"
        "    seconds = np.zeros((repeats, 2))\n"
        "    for turn in range(repeats):"
    ),
    new="    seconds = np.zeros((repeats + 1, 2))\n    for turn in range(repeats + 1):",
)


@wrong("time_ratio", "one timing each will do", "you made 2")
def time_once(baseline, candidate, repeats=20, clock=time.perf_counter):
    start = clock()
    baseline()
    middle = clock()
    candidate()
    end = clock()
    ratio = (middle - start) / (end - middle)
    return {
        "ratio": ratio,
        "baseline_s": middle - start,
        "candidate_s": end - middle,
        "spread": (ratio, ratio),
    }


@right("time_ratio")
def time_with_lists_and_three_warm_ups(baseline, candidate, repeats=20, clock=time.perf_counter):
    import statistics

    def once(run):
        start = clock()
        run()
        return clock() - start

    for _ in range(3):
        baseline(), candidate()
    pairs = [(once(baseline), once(candidate)) for _ in range(repeats)]
    b, c = (statistics.median(times) for times in zip(*pairs, strict=True))
    low, high = np.quantile([x / y for x, y in pairs], [0.1, 0.9])
    return {"ratio": b / c, "baseline_s": b, "candidate_s": c, "spread": [low, high]}
