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
# # Pruning: make a network really smaller and really faster
#
# > Masks, removed neurons and honest clocks, on a network that you train on real digits.
#
# A trained network holds far more weights than it needs. **Pruning** takes away the ones that matter
# least. In this lab you train a network on handwritten digits, take most of its weights away, and
# measure, each time, what it cost in accuracy and what it gained in bytes and seconds.
#
# Two rules hold throughout:
#
# * **Every number is measured or cited.** What you read as a result was computed by a cell of this
#   notebook, on your machine, or stands beside the paper it comes from.
# * **A zero is not a saving.** Setting a weight to zero makes nothing smaller and nothing faster. You
#   will measure that, and then do what does.
#
# ## How to work
#
# There are sixteen exercises, worth 100 points, and two more for a bonus of 5 points each. In each,
# the docstring is the assignment: it says what comes in, what goes out, and in which shape. Replace
# the line `raise NotImplementedError(...)`, run the cell, then run the check below it. A check prints
# what is wrong and why, and nothing when all is right. Your points come from these checks and from
# hidden ones with other shapes and values, so write for any input, not for the example. Ten questions
# at the end, 2 points each, are read by a person. Take three to four hours.
#
# To see how far you are, save the notebook and type `tito check` in a terminal, or run
# `from tito.student import check` and `check()` in a cell of your own. An exercise that is still open
# holds up no other: go on, and come back. Only the exercise cells are graded:
# a function that helps you belongs into the cell of the exercise that calls it. At the end `tito submit`
# makes the file to hand in.
#
# | part | exercise | points |
# |---|---|---|
# | 1. Train a dense network | `dense_forward` | 6 |
# | 2. Look | `sparsity_report` | 6 |
# | 3. Mask | `magnitude_mask`, `global_masks` | 10 + 10 |
# | 4. Sweep, with seeds and a control | `sweep` | 6 |
# | 5. Sensitivity | `sensitivity_scan` | 6 |
# | 6. Fine-tune under a mask | `masked_sgd_step` | 12 |
# | 7. Prune gradually | `cubic_sparsity`, `prune_gradually` | 4 + 6 |
# | 8. Remove neurons for real | `neuron_scores`, `remove_neurons` | 4 + 10 |
# | 9. Store it sparsely | `to_csr`, `storage_bytes` | 4 + 3 |
# | 10. Run it sparsely, by a fair clock | `csr_matmul`, `time_ratio` | 3 + 4 |
# | 11. Fewer bits instead of fewer weights | `quantize_int8` | 6 |
# | 12. In production | (to read) | |
# | Bonus | `nm_mask`, `rewind` | 5 + 5 |
# | Questions | ten, graded by hand | 20 |
#
# Between the exercises stand experiments on real networks. They carry no points. Each is a function
# that returns data and one that draws it; the long ones show how far they are, and keep their results
# in the folder `results_cache` beside the notebook, so that they run again only when a function they
# use has changed. Delete the folder whenever you like.
#
# Conventions: a weight `W` is `(in_features, out_features)`, used as `x @ W + b`. Sparsity is a
# fraction from 0 to 1, the share of weights that are zero. A mask is `True` where a weight is
# **kept**. Nothing you are given may be changed in place. Biases are never pruned and never counted.

# %%
#| default_exp pruning
import os

# One thread a product, said before NumPy is imported. At matrices as small as
# these several would wait for each other, and the clock of part 10 would lie.
for limit in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{limit}_THREADS", "1")

# %% given imports
#| export
import itertools
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np

from tinytorch.arguments import (
    check_count,
    check_fraction,
    check_keep,
    check_rng,
    check_weight,
    check_weights,
)
from tinytorch.digits import load_digits
from tinytorch.sparse import SparseMLP

# %% given checks
from tinytorch.checking import expect, passed, unchanged

# %%
from tinytorch.digits import load_shifted_digits
from tinytorch.experiments import progress, ready, remember
from tinytorch.plots import (
    draw_accuracy_bytes,
    draw_bytes,
    draw_compression,
    draw_curves,
    draw_input_map,
    draw_layer_density,
    draw_matrices,
    draw_pruned_histogram,
    draw_schedule,
    draw_sensitivity,
    draw_sparsity_frame,
    draw_times,
    draw_training,
    draw_weight_histogram,
    explore_sparsity,
    say,
)

# %% [markdown]
# ## 1. Train a dense network
#
# First we need a network worth pruning: on an untrained one "accuracy after pruning" would compare
# guessing with guessing. Ours is a multi-layer perceptron, a chain of layers that each compute
# `x @ W + b` and then bend the result with an activation, except the last, whose outputs (the
# *logits*) are compared as they are.
#
# ### Exercise 1: the forward pass (6 points)
#
# A worked example, one sample and two layers with ReLU:
#
# ```
# x = [1, 2]      W1 = [[1, -1],    b1 = [0.5, -1]     W2 = [[ 1],    b2 = [-6]
#                       [2, 0.5]]                            [-2]]
# x @ W1 + b1 = [1*1 + 2*2 + 0.5,  1*(-1) + 2*0.5 - 1] = [5.5, -1]
# ReLU        = [5.5, 0]
# logits      = [5.5*1 + 0*(-2) - 6] = [-0.5]          (no ReLU here: a logit may be negative)
# ```
#
# <details><summary>Hint 1</summary>Loop over the layers and carry the result along.</details>
# <details><summary>Hint 2</summary>The last layer is the one exception: every layer but
# <code>layers[-1]</code> is followed by the activation.</details>
# <details><summary>Hint 3</summary><code>np.maximum(0, x)</code> and <code>np.tanh(x)</code> return new
# arrays; <code>x *= ...</code> and <code>out=x</code> would change the caller's.</details>


# %% exercise dense_forward
#| export
def dense_forward(
    x: np.ndarray, layers: Sequence[dict[str, np.ndarray]], activation: str
) -> np.ndarray:
    """Compute the logits of a multi-layer perceptron.

    Each layer computes `x @ weights + bias`. The activation follows every layer but the last.

    Args:
        x: (batch, in_features of the first layer), floating. Not modified.
        layers: at least one dict with "weights" (in_features, out_features) and "bias"
            (out_features,). Not modified.
        activation: "relu", that is max(0, x), or "tanh".

    Returns:
        (batch, out_features of the last layer): the logits.
    """
    ### BEGIN SOLUTION
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers[:-1]:
        x = bend(x @ layer["weights"] + layer["bias"])
    return x @ layers[-1]["weights"] + layers[-1]["bias"]
    ### END SOLUTION


# %% check dense_forward 6
x = np.array([[1.0, 2.0]])
layers = [
    {"weights": np.array([[1.0, -1.0], [2.0, 0.5]]), "bias": np.array([0.5, -1.0])},
    {"weights": np.array([[1.0], [-2.0]]), "bias": np.array([-6.0])},
]
logits = dense_forward(x, layers, "relu")
assert np.shape(logits) == (1, 1), (
    f"One sample and one output make logits of shape (1, 1), yours have {np.shape(logits)}."
)
got = float(logits[0][0])
assert np.isclose(got, -0.5), f"Worked by hand the logit is -0.5, yours is {got:g}. " + {
    0.0: "That is ReLU after the last layer: logits may be negative.",
    1.5: "That is without any activation between the layers.",
    5.0: "That is without the biases.",
    -1.0: "That is without the bias of the hidden layer.",
    5.5: "That is without the bias of the last layer.",
}.get(round(got, 6), "Go through the worked example above, step by step.")
assert x.tolist() == [[1, 2]] and [layer["bias"].tolist() for layer in layers] == [
    [0.5, -1],
    [-6],
], "dense_forward changed its arguments in place; compute with new arrays."

x = np.array([[-1.0, 2.0]])
logits = dense_forward(x, [layers[0]], "relu")
assert np.allclose(logits, [[3.5, 1.0]]), (
    "A network of one layer is x @ W + b, with no activation on the input or the output: "
    f"for x = {x.tolist()} expected [[3.5, 1.0]], got {np.asarray(logits).tolist()}."
)
logits = dense_forward(x, layers, "tanh")
assert np.allclose(logits, [[np.tanh(3.5) - 2 * np.tanh(1.0) - 6]]), (
    'With activation="tanh" the hidden layer must use np.tanh, not ReLU, and only the hidden layer.'
)

# %% hidden dense_forward
rng = np.random.default_rng(1)
layers = [
    {"weights": rng.normal(size=shape), "bias": rng.normal(size=shape[1])}
    for shape in [(5, 7), (7, 4), (4, 3)]
]
x = rng.normal(size=(6, 5))
before = [x.copy()] + [layer[key].copy() for layer in layers for key in layer]
W, b = [layer["weights"] for layer in layers], [layer["bias"] for layer in layers]
for activation, bend in (("relu", lambda z: z * (z > 0)), ("tanh", np.tanh)):
    expected = bend(bend(x @ W[0] + b[0]) @ W[1] + b[1]) @ W[2] + b[2]
    logits = dense_forward(x, layers, activation)
    assert np.shape(logits) == (6, 3), (
        f"A batch of 6 and 3 outputs make logits of shape (6, 3), yours have {np.shape(logits)}."
    )
    assert np.allclose(logits, expected), (
        f"Three layers with {activation}: the activation belongs after the first and the second "
        "layer, and after no other. Does your code work for any number of layers, of any width?"
    )
after = [x] + [layer[key] for layer in layers for key in layer]
assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), (
    "dense_forward changed its arguments in place; compute with new arrays."
)

# %% [markdown]
# The class around it is given. Weights start small and random, with the range of Glorot & Bengio
# (2010): uniform in ±√(6 / (in + out)).

# %% given dense_mlp
#| export
ACTIVATIONS = ("relu", "tanh")


class DenseMLP:
    """A multi-layer perceptron in float32: `x @ W + b`, layer after layer.

    Args:
        input_size: features of a sample.
        hidden_sizes: neurons of each hidden layer; may be empty.
        output_size: classes.
        activation: "relu" or "tanh", after every layer but the last.
        rng: a NumPy generator or a seed; None draws a new one.

    Attributes:
        layers: list of dicts with "weights" (in_features, out_features) and "bias" (out_features,).
        input_size, hidden_sizes, output_size, activation: as given, sizes as ints.

    Raises:
        TypeError, ValueError: a size below 1 or not whole, or an unknown activation.

    Source: Glorot & Bengio 2010, section 4.2.1, equation 16.
    """

    def __init__(
        self,
        input_size: int = 784,
        hidden_sizes: Sequence[int] = (512, 256, 128),
        output_size: int = 10,
        activation: str = "relu",
        rng: np.random.Generator | int | None = None,
    ) -> None:
        sizes = [input_size, *hidden_sizes, output_size]
        for size in sizes:
            check_count("DenseMLP", "a layer's size", size)
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"DenseMLP: activation must be one of {ACTIVATIONS}, got {activation!r}"
            )
        rng = np.random.default_rng(rng)
        self.input_size = int(input_size)
        self.hidden_sizes = tuple(int(size) for size in hidden_sizes)
        self.output_size = int(output_size)
        self.activation = activation
        self.layers = []
        for n_in, n_out in itertools.pairwise(sizes):
            limit = np.sqrt(6 / (n_in + n_out))
            self.layers.append(
                {
                    "weights": rng.uniform(-limit, limit, (n_in, n_out)).astype(np.float32),
                    "bias": np.zeros(n_out, dtype=np.float32),
                }
            )

    @classmethod
    def from_layers(cls, layers: Sequence[dict[str, np.ndarray]], activation: str) -> "DenseMLP":
        """Make a network from layers that fit each other; the arrays are copied.

        Raises:
            ValueError: no layers, or one whose weights do not fit its bias or the layer before.
        """
        if not layers:
            raise ValueError("DenseMLP: a network needs at least one layer, got none")
        widths = [layers[0]["weights"].shape[0]]
        for index, layer in enumerate(layers):
            weights, bias = layer["weights"], layer["bias"]
            check_weight("DenseMLP", weights, f"weights of layer {index}")
            if weights.shape[0] != widths[-1] or bias.shape != weights.shape[1:]:
                raise ValueError(
                    f"DenseMLP: layer {index} must take {widths[-1]} inputs and have one bias for "
                    f"each output, got weights {weights.shape} and bias {bias.shape}"
                )
            widths.append(weights.shape[1])
        model = cls(widths[0], widths[1:-1], widths[-1], activation, rng=0)
        model.layers = [{key: layer[key].copy() for key in ("weights", "bias")} for layer in layers]
        return model

    def copy(self) -> "DenseMLP":
        """Return a network of its own with equal weights."""
        return DenseMLP.from_layers(self.layers, self.activation)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the logits (batch, output_size) of `x` (batch, input_size).

        Raises:
            ValueError: `x` is not 2-D or not `input_size` wide.
        """
        if np.ndim(x) != 2 or np.shape(x)[1] != self.input_size:
            raise ValueError(
                f"DenseMLP: x must be (batch, {self.input_size}), got shape {np.shape(x)}"
            )
        return dense_forward(x, self.layers, self.activation)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the most likely class of each sample, (batch,) int."""
        return np.argmax(self.forward(x), axis=1)

    def weights(self) -> list[np.ndarray]:
        """Return the weights of all layers, biases left out."""
        return [layer["weights"] for layer in self.layers]

    def count_parameters(self) -> int:
        """Count weights and biases."""
        return sum(layer["weights"].size + layer["bias"].size for layer in self.layers)

    def count_nonzero_parameters(self) -> int:
        """Count the weights that are not zero, and all biases: those are never pruned."""
        return sum(
            int(np.count_nonzero(layer["weights"])) + layer["bias"].size for layer in self.layers
        )

    def get_memory_usage_mb(self) -> float:
        """Return the memory that the arrays take as they are, in MiB (2**20 bytes). Zeros count."""
        return sum(layer[key].nbytes for layer in self.layers for key in layer) / 2**20


# %% [markdown]
# Training is given too: plain stochastic gradient descent with momentum on the cross-entropy loss.
# It keeps its own forward pass, because it needs the activations in between for the gradients.


# %% given train
#| export
def train(
    model: DenseMLP,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int = 20,
    lr: float = 0.05,
    momentum: float = 0.9,
    batch_size: int = 32,
    rng: np.random.Generator | int | None = None,
    masks: Sequence[np.ndarray] | None = None,
) -> DenseMLP:
    """Train a copy of `model` with momentum SGD on the softmax cross-entropy.

    Args:
        model: the network to start from. Not modified.
        x: (n, input_size), floating.
        y: (n,) int class indices.
        epochs: passes over the data.
        lr, momentum: velocity = momentum * velocity + gradient; weight = weight - lr * velocity.
        batch_size: samples a step.
        rng: a NumPy generator or a seed, for the order of the samples.
        masks: None, or a mask for each layer: weights then move by `masked_sgd_step` (exercise 7).

    Returns:
        The trained network.
    """
    model = model.copy()
    rng = np.random.default_rng(rng)
    targets = np.eye(model.output_size, dtype=np.float32)[y]
    parameters = [(layer, key) for layer in model.layers for key in ("weights", "bias")]
    velocities = [np.zeros_like(layer[key]) for layer, key in parameters]
    keeps = [None] * len(parameters)
    if masks is not None:
        keeps[::2] = masks  # biases, at the odd places, are never pruned
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for batch in np.split(order, range(batch_size, len(order), batch_size)):
            gradients = _gradients(model, x[batch], targets[batch])
            for i, ((layer, key), keep) in enumerate(zip(parameters, keeps, strict=True)):
                if keep is None:
                    velocities[i] = momentum * velocities[i] + gradients[i]
                    layer[key] = layer[key] - lr * velocities[i]
                else:
                    layer[key], velocities[i] = masked_sgd_step(
                        layer[key], gradients[i], velocities[i], keep, lr, momentum
                    )
    return model


def _gradients(model: DenseMLP, x: np.ndarray, targets: np.ndarray) -> list[np.ndarray]:
    """Return d loss / d (weights, bias) of each layer in turn, by backpropagation."""
    inputs = [x]
    for layer in model.layers[:-1]:
        z = inputs[-1] @ layer["weights"] + layer["bias"]
        inputs.append(np.tanh(z) if model.activation == "tanh" else np.maximum(z, 0))
    logits = inputs[-1] @ model.layers[-1]["weights"] + model.layers[-1]["bias"]
    logits -= logits.max(axis=1, keepdims=True)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    error = (probabilities - targets) / len(x)
    gradients: list[np.ndarray] = []
    for index in range(len(model.layers) - 1, -1, -1):
        gradients = [inputs[index].T @ error, error.sum(axis=0), *gradients]
        if index > 0:
            slope = 1 - inputs[index] ** 2 if model.activation == "tanh" else inputs[index] > 0
            error = (error @ model.layers[index]["weights"].T) * slope
    return gradients


def accuracy(model: DenseMLP, x: np.ndarray, y: np.ndarray) -> float:
    """Return the share of samples whose predicted class is right, 0 to 1."""
    return float(np.mean(model.predict(x) == y))


def train_on_digits(seed: int, hidden_sizes: Sequence[int] = (256, 128, 64)) -> DenseMLP:
    """Train a network on the 8x8 digits; the seed decides the start and the order of samples."""
    digits = load_digits()
    rng = np.random.default_rng(seed)
    start = DenseMLP(digits.x_train.shape[1], hidden_sizes, 10, rng=rng)
    return train(start, digits.x_train, digits.y_train, rng=rng)


# %% [markdown]
# ### Experiment: five networks on the harder digits
#
# The digits of the main experiments stand at random places on a 12x12 canvas (the reading lesson
# `18_digits` tells more): in the middle of their picture they would be so easy that hardly any pruning
# hurts. We train five networks, one for each seed. One alone would be an anecdote; the spread between
# seeds tells which differences mean something.
#
# Two rules keep the numbers honest. Learning rate, batch size and epochs were chosen on training images
# held back for that; nothing in this notebook is chosen on test images. And the test images are 360
# digits, each at four places: one digit is 0.28 points, so tenths of a point mean nothing.


# %%
SEEDS = range(5)
HIDDEN = (256, 128, 64)
RECIPE = {"lr": 0.05, "batch_size": 64}

if ready():  # False while nbgrader grades: experiments carry no points
    digits = load_shifted_digits()


def test_accuracy(model: DenseMLP) -> float:
    """Return the accuracy on the shifted test images."""
    return accuracy(model, digits.x_test, digits.y_test)


def pack(models: Sequence[DenseMLP], name: str = "network") -> dict[str, np.ndarray]:
    """Put the arrays of networks into one dict, as `remember` keeps them."""
    return {
        f"{name} {i} {key} {j}": layer[key]
        for i, model in enumerate(models)
        for j, layer in enumerate(model.layers)
        for key in ("weights", "bias")
    }


def unpack(arrays: dict[str, np.ndarray], name: str = "network") -> list[DenseMLP]:
    """Make the networks again that `pack` put under this name."""
    found = []
    while f"{name} {len(found)} weights 0" in arrays:
        prefix, stack = f"{name} {len(found)}", []
        while f"{prefix} weights {len(stack)}" in arrays:
            stack.append(
                {key: arrays[f"{prefix} {key} {len(stack)}"] for key in ("weights", "bias")}
            )
        found.append(DenseMLP.from_layers(stack, "relu"))
    return found


# %%
def train_networks(seeds: Sequence[int], stages: int = 6, epochs: int = 5) -> dict[str, np.ndarray]:
    """Train a network a seed; return accuracies (seeds, stages) after each stage, and the networks."""
    scores = {part: np.zeros((len(seeds), stages)) for part in ("train", "test")}
    trained = []
    for row, seed in enumerate(progress(seeds, "training")):
        generator = np.random.default_rng(seed)
        network = DenseMLP(digits.x_train.shape[1], HIDDEN, 10, rng=generator)
        for stage in range(stages):  # the velocity starts anew at each stage
            network = train(
                network, digits.x_train, digits.y_train, epochs, rng=generator, **RECIPE
            )
            scores["train"][row, stage] = accuracy(network, digits.x_train, digits.y_train)
            scores["test"][row, stage] = test_accuracy(network)
        trained.append(network)
    return scores | pack(trained)


# What the long experiments depend on: change one of these and they run again.
TRAINING = (RECIPE, HIDDEN, DenseMLP, dense_forward, train, _gradients, accuracy)

if ready(*TRAINING):
    training = remember("training", train_networks, SEEDS, uses=TRAINING)
    networks = unpack(training)
    figure = draw_training(range(5, 31, 5), training["train"], training["test"])
    print(
        f"{networks[0].count_parameters():,} parameters, {networks[0].get_memory_usage_mb():.2f} MiB, "
        f"test accuracy {say(training['test'][:, -1])} (mean and standard deviation, {len(SEEDS)} seeds)"
    )

# %% [markdown]
# ## 2. Look
#
# Before cutting, look. Training leaves most weights in the flat block where the random start put
# them, and pulls some far out. Pruning by **magnitude** bets that those few do the work: a small weight
# changes its neuron's sum only a little.


# %%
def all_weights_of(model: DenseMLP) -> np.ndarray:
    """Return all weights of a network in one row, biases left out."""
    return np.concatenate([layer["weights"].ravel() for layer in model.layers])


if ready(dense_forward):
    untrained = DenseMLP(digits.x_train.shape[1], HIDDEN, 10, rng=SEEDS[0])
    figure = draw_weight_histogram(all_weights_of(untrained), all_weights_of(networks[0]), 0.8)

# %% [markdown]
# ### Exercise 2: report the sparsity (6 points)
#
# Before changing anything, agree on how to count. Papers differ, and numbers that look alike then
# mean different things (Blalock et al. 2020 found exactly this). Here **sparsity** is the fraction of
# weights that are zero, and the **compression ratio** is original size over new size, so 4 means that
# a quarter is left.
#
# A worked example: layers `[[1, 0], [0, -2]]` and `[[0, 3, 0, 0, 0, 0]]` have 10 weights, 3 of them
# not zero. Sparsity 7/10 = 0.7, compression ratio 10/3, per layer 2/4 = 0.5 and 5/6.
#
# <details><summary>Hint 1</summary>The overall sparsity is not the mean of the layers': a layer with
# more weights counts for more.</details>
# <details><summary>Hint 2</summary><code>np.count_nonzero(weight)</code> and <code>weight.size</code> are
# all you need. What is the ratio when nothing is left?</details>


# %% exercise sparsity_report
#| export
def sparsity_report(weights: Sequence[np.ndarray]) -> dict[str, object]:
    """Count how sparse a list of weights is.

    Args:
        weights: list of (in_features, out_features) arrays, one a layer. Not modified.

    Returns:
        A dict with
        "total": int, number of weights;
        "nonzero": int, number of weights that are not zero;
        "sparsity": float in [0, 1], share of all weights that are zero;
        "compression_ratio": float, total / nonzero; `float("inf")` when nothing is left;
        "per_layer": list of floats, the sparsity of each layer.

    Raises:
        TypeError, ValueError: not a list of 2-D float arrays, or an empty list.

    Source: Blalock et al. 2020, arXiv:2003.03033, section 6.
    """
    check_weights("sparsity_report", weights)
    ### BEGIN SOLUTION
    total = sum(weight.size for weight in weights)
    nonzero = sum(int(np.count_nonzero(weight)) for weight in weights)
    return {
        "total": total,
        "nonzero": nonzero,
        "sparsity": 1 - nonzero / total,
        "compression_ratio": total / nonzero if nonzero else float("inf"),
        "per_layer": [1 - np.count_nonzero(weight) / weight.size for weight in weights],
    }
    ### END SOLUTION


# %% check sparsity_report 6
expect(
    sparsity_report([np.array([[1.0, 0.0], [0.0, -2.0]]), np.array([[0.0, 3, 0, 0, 0, 0]])]),
    {
        "total": 10,
        "nonzero": 3,
        "sparsity": 0.7,
        "compression_ratio": 10 / 3,
        "per_layer": (1 / 2, 5 / 6),
    },
    "Of 4 + 6 weights three are not zero (1, -2 and 3), 2 in the first layer, 1 in the second",
    {
        "nonzero": {2: "Negative weights are not zero either."},
        "sparsity": {
            0.3: "That is the density, the share that is left.",
            70: "A fraction is wanted, not percent.",
            2 / 3: "That is the mean of the layers: the larger layer must count for more.",
        },
        "compression_ratio": {0.3: "You have it upside down: original over new."},
        "per_layer": {
            (0.2, 0.5): "Divide each layer's zeros by its own size.",
            (1 / 2, 1 / 6): "That is what is left of each layer; say what is zero.",
            (50, 500 / 6): "Fractions are wanted, not percent.",
        },
    },
)
passed()

# %% hidden sparsity_report
rng = np.random.default_rng(2)
weights = [rng.normal(size=shape).astype(np.float32) * 1e-6 for shape in [(7, 3), (3, 11), (11, 2)]]
weights[1][:, 4:] = 0
with unchanged(*weights):
    expect(
        sparsity_report(weights),
        {
            "total": 76,
            "nonzero": 55,
            "sparsity": 21 / 76,
            "compression_ratio": 76 / 55,
            "per_layer": (0, 7 / 11, 0),
        },
        "Other shapes. A tiny weight is not zero, and no number may be written in by hand.",
    )
try:
    report = sparsity_report([np.zeros((2, 3)), np.zeros((3, 1))])
except ZeroDivisionError:
    raise AssertionError("All weights zero: you divide by zero, the ratio should be inf.") from None
expect(
    report,
    {
        "total": 9,
        "nonzero": 0,
        "sparsity": 1,
        "compression_ratio": float("inf"),
        "per_layer": (1, 1),
    },
    "All weights are zero: the sparsity is 1, overall and in each layer, and the ratio inf",
)

# %% [markdown]
# ## 3. Mask
#
# A **mask** says for each weight whether it stays. Multiplying by it sets the others to zero:
# `weight * keep`. Which should go? The simplest answer is hard to beat: those of smallest magnitude
# (Han et al. 2015, arXiv:1506.02626).
#
# ### Exercise 3: mask one layer (10 points)
#
# A worked example: `[[3, -4], [0.5, 1]]` at sparsity 0.5. Two of four go. The magnitudes are 3, 4, 0.5
# and 1; the two smallest are 0.5 and 1, so `keep` is `[[True, True], [False, False]]`. That -4 is the
# smallest *value* does not matter: it moves its neuron more than any other weight.
#
# And when magnitudes tie? All of `[[1, 1], [1, 1]]` are equal; half must go, and so that everybody
# gets the same network, the earlier ones do: `[[False, False], [True, True]]`.
#
# <details><summary>Hint 1</summary>First count how many go, then choose which. A threshold alone cannot
# split a tie.</details>
# <details><summary>Hint 2</summary><code>np.argsort(..., axis=None)</code> ranks all entries of a matrix
# in row-major order. Which <code>kind</code> leaves ties in their order?</details>
# <details><summary>Hint 3</summary>Start with a flat array of True, set the first ranks to False,
# reshape.</details>


# %% exercise magnitude_mask
#| export
def magnitude_mask(weight: np.ndarray, sparsity: float) -> np.ndarray:
    """Mark the weights that survive when the smallest magnitudes are dropped.

    Exactly `round(sparsity * weight.size)` entries are dropped (Python's `round`). Of equal
    magnitudes the earlier one, in row-major order, goes first: the result is the same everywhere.

    Args:
        weight: (in_features, out_features), floating. Not modified.
        sparsity: fraction to drop, 0 <= sparsity <= 1.

    Returns:
        (in_features, out_features), bool. True means keep.

    Raises:
        TypeError: `sparsity` is not a number, or `weight` not an array of floats.
        ValueError: `sparsity` is outside [0, 1], or `weight` is empty, not 2-D or holds NaN.

    Source: Han et al. 2015, arXiv:1506.02626, section 3.
    """
    check_weight("magnitude_mask", weight)
    check_fraction("magnitude_mask", "sparsity", sparsity)
    ### BEGIN SOLUTION
    n_dropped = round(sparsity * weight.size)
    ranking = np.argsort(np.abs(weight), axis=None, kind="stable")
    keep = np.ones(weight.size, dtype=bool)
    keep[ranking[:n_dropped]] = False
    return keep.reshape(weight.shape)
    ### END SOLUTION


# %% check magnitude_mask 10
weight = np.array([[3.0, -4.0], [0.5, 1.0]])
keep = magnitude_mask(weight, 0.5)
assert isinstance(keep, np.ndarray) and keep.shape == (2, 2), (
    f"Return an array of the weight's shape (2, 2), not {type(keep).__name__} {np.shape(keep)}."
)
assert keep.dtype == bool, (
    f"A mask holds True and False, yours is {keep.dtype}. Return which entries stay, "
    "not the pruned weights."
)
assert keep.tolist() == [[True, True], [False, False]], (
    "At sparsity 0.5 the two smallest of |3|, |-4|, |0.5|, |1| go: 0.5 and 1. "
    f"You keep {keep.tolist()}. "
) + {
    "[[True, False], [False, True]]": "You ranked by value instead of by magnitude: -4 is large.",
    "[[False, False], [True, True]]": "You dropped the largest, or True means dropped in your mask.",
}.get(str(keep.tolist()), "Exactly round(0.5 * 4) = 2 entries must be False.")
assert weight.tolist() == [[3.0, -4.0], [0.5, 1.0]], "magnitude_mask changed the weight itself."

keep = magnitude_mask(np.ones((2, 2)), 0.5)
assert keep.tolist() == [[False, False], [True, True]], (
    "All magnitudes are equal: exactly two go, the earlier two in row-major order. "
    f"You keep {keep.tolist()}. A threshold cannot split a tie: count, then choose."
)

# %% hidden magnitude_mask
rng = np.random.default_rng(3)
weight = rng.permutation(np.arange(1.0, 41.0)).reshape(5, 8) * rng.choice([-1, 1], (5, 8))
for sparsity, n_dropped in ((0.0, 0), (1.0, 40), (0.3, 12), (0.29, 12), (0.7125, 28), (0.99, 40)):
    keep = magnitude_mask(weight, sparsity)
    assert keep.shape == (5, 8), (
        f"A weight of shape (5, 8) needs a mask of (5, 8), yours is {keep.shape}."
    )
    assert (~keep).sum() == n_dropped, (
        f"Exactly round(sparsity * size) entries go: at {sparsity} of 40 that is {n_dropped}, "
        f"you drop {(~keep).sum()}. Count with round(), not int(), a percentile or a threshold."
    )
    assert np.array_equal(keep, np.abs(weight) > n_dropped), (
        f"Other shapes and values, sparsity {sparsity}: some dropped weight is larger in magnitude "
        "than some kept one."
    )
weight = rng.integers(-3, 4, (20, 30)).astype(np.float32)
before = weight.copy()
for matrix in (weight, weight.T):
    keep = magnitude_mask(matrix, 0.5)
    flat = [abs(value) for row in matrix.tolist() for value in row]
    dropped = sorted(range(600), key=lambda i: (flat[i], i))[:300]
    assert keep.sum() == 300, f"With many ties, 300 of 600 must stay, {keep.sum()} do in yours."
    assert np.flatnonzero(~keep.ravel()).tolist() == sorted(dropped), (
        "With ties the earlier entry in row-major order must go first. "
        "Is your sort stable, and does it read the matrix row by row?"
    )
assert np.array_equal(weight, before), "magnitude_mask changed the weight itself."

# %% [markdown]
# ### Exercise 4: mask all layers together (10 points)
#
# Pruning each layer by the same fraction treats a layer of 640 weights like one of 32,768. **Global**
# pruning ranks all weights of the network in one list, and lets each layer keep what it earns.
#
# A worked example: layers `[[5, -6], [4, 3]]` and `[[0.1, -0.2], [0.3, 7]]` at sparsity 0.5. Four of
# eight go, the smallest of all: 0.1, 0.2, 0.3 and 3. The first layer keeps three weights, the second
# one.
#
# <details><summary>Hint 1</summary>It is exercise 3 on one long vector, followed by cutting that vector
# up again.</details>
# <details><summary>Hint 2</summary><code>np.concatenate</code> of the raveled layers; then
# <code>np.split</code> at the running sums of the sizes, and <code>reshape</code>.</details>
# <details><summary>Hint 3</summary>Sorting everything is not needed: <code>np.partition(m, k - 1)[k - 1]</code>
# is the k-th smallest. Below it all go; of those equal to it, only as many as are still missing.</details>


# %% exercise global_masks
#| export
def global_masks(weights: Sequence[np.ndarray], sparsity: float) -> list[np.ndarray]:
    """Mark the weights that survive when the smallest magnitudes of all layers are dropped.

    Exactly `round(sparsity * total)` entries are dropped over all layers together (Python's
    `round`). Of equal magnitudes the one in the earlier layer goes first, and within a layer the
    earlier one in row-major order.

    Args:
        weights: list of (in_features, out_features) arrays, floating. Not modified.
        sparsity: fraction of all weights to drop, 0 <= sparsity <= 1.

    Returns:
        List of bool arrays, shaped like `weights`. True means keep.

    Raises:
        TypeError: `sparsity` is not a number, or `weights` not a list of float arrays.
        ValueError: `sparsity` is outside [0, 1], the list is empty, or a weight is empty, not 2-D
            or holds NaN.

    Source: Frankle & Carbin 2019, arXiv:1803.03635, section 4 (global pruning).
    """
    check_weights("global_masks", weights)
    check_fraction("global_masks", "sparsity", sparsity)
    ### BEGIN SOLUTION
    magnitudes = np.concatenate([np.abs(weight).ravel() for weight in weights])
    n_dropped = round(sparsity * magnitudes.size)
    keep = np.ones(magnitudes.size, dtype=bool)
    if n_dropped > 0:
        threshold = np.partition(magnitudes, n_dropped - 1)[n_dropped - 1]
        keep = magnitudes > threshold
        ties = np.flatnonzero(magnitudes == threshold)
        n_ties_dropped = n_dropped - np.count_nonzero(magnitudes < threshold)
        keep[ties[n_ties_dropped:]] = True
    ends = np.cumsum([weight.size for weight in weights])[:-1]
    pieces = np.split(keep, ends)
    return [piece.reshape(weight.shape) for piece, weight in zip(pieces, weights, strict=True)]
    ### END SOLUTION


# %% check global_masks 10
weights = [np.array([[5.0, -6.0], [4.0, 3.0]]), np.array([[0.1, -0.2], [0.3, 7.0]])]
masks = global_masks(weights, 0.5)
assert isinstance(masks, list) and len(masks) == 2, "Return a list with one mask a layer."
assert all(isinstance(keep, np.ndarray) and keep.dtype == bool for keep in masks), (
    "Each mask is an array of bool: True where the weight stays."
)
assert [keep.shape for keep in masks] == [(2, 2), (2, 2)], (
    f"Each mask has its layer's shape, (2, 2); yours have {[keep.shape for keep in masks]}."
)
got = [keep.tolist() for keep in masks]
assert got == [[[True, True], [True, False]], [[False, False], [False, True]]], (
    f"The four smallest magnitudes of all eight go: 0.1, 0.2, 0.3 and 3. You keep {got}. "
) + {
    "[[[True, True], [False, False]], [[False, False], [True, True]]]": (
        "You pruned each layer by itself; rank the weights of all layers together."
    ),
    "[[[True, False], [True, True]], [[False, False], [False, True]]]": (
        "You ranked by value instead of by magnitude: -6 is large."
    ),
    "[[[False, False], [False, True]], [[True, True], [True, False]]]": (
        "You dropped the largest, or True means dropped in your masks."
    ),
}.get(str(got), "Exactly round(0.5 * 8) = 4 entries must be False.")
assert weights[0].tolist() == [[5.0, -6.0], [4.0, 3.0]], "global_masks changed the weights."

masks = global_masks([np.ones((1, 2)), np.ones((2, 1))], 0.75)
got = [keep.tolist() for keep in masks]
assert got == [[[False, False]], [[False], [True]]], (
    "All magnitudes are equal: exactly three go, those of the earlier layer first, then in "
    f"row-major order. You keep {got}."
)

# %% hidden global_masks
rng = np.random.default_rng(4)
values = rng.permutation(np.arange(1.0, 61.0)) * rng.choice([-1, 1], 60)
values[24:36] *= 0.001
weights = [values[:24].reshape(4, 6), values[24:36].reshape(6, 2), values[36:].reshape(2, 12)]
ranked = np.sort(np.abs(values))
for sparsity, n_dropped in ((0.0, 0), (1.0, 60), (0.5, 30), (0.19, 11), (0.195, 12), (0.9, 54)):
    masks = global_masks(weights, sparsity)
    assert [keep.shape for keep in masks] == [(4, 6), (6, 2), (2, 12)], (
        f"Each mask has its layer's shape, yours have {[keep.shape for keep in masks]}."
    )
    dropped = sum(int((~keep).sum()) for keep in masks)
    assert dropped == n_dropped, (
        f"Exactly round(sparsity * total) entries go over all layers: at {sparsity} of 60 that is "
        f"{n_dropped}, you drop {dropped}. Round once, over the total."
    )
    limit = ranked[n_dropped - 1] if n_dropped else 0
    assert all(
        np.array_equal(keep, np.abs(weight) > limit)
        for keep, weight in zip(masks, weights, strict=True)
    ), (
        f"Other shapes, sparsity {sparsity}: some dropped weight is larger in magnitude than some "
        "kept one in another layer. Rank all layers together; a layer may lose everything."
    )
weights = [rng.integers(-2, 3, shape).astype(np.float32) for shape in [(20, 15), (15, 30)]]
before = [weight.copy() for weight in weights]
flat = [abs(value) for weight in weights for row in weight.tolist() for value in row]
dropped = sorted(range(750), key=lambda i: (flat[i], i))[:300]
keep = np.concatenate([mask.ravel() for mask in global_masks(weights, 0.4)])
assert (~keep).sum() == 300, f"With many ties, 300 of 750 must go, {(~keep).sum()} do in yours."
assert np.flatnonzero(~keep).tolist() == sorted(dropped), (
    "With ties the earlier layer goes first, then the earlier entry in row-major order."
)
assert all(np.array_equal(a, b) for a, b in zip(before, weights, strict=True)), (
    "global_masks changed the weights it was given."
)

# %% [markdown]
# Is magnitude any better than chance? A claim needs a **control**: the same number of weights dropped
# at random.


# %% given random_mask
#| export
def random_mask(weight: np.ndarray, sparsity: float, rng: np.random.Generator) -> np.ndarray:
    """Mark the weights that survive when as many as in `magnitude_mask` are dropped at random.

    Args:
        weight: (in_features, out_features), floating. Only its shape matters. Not modified.
        sparsity: fraction to drop, 0 <= sparsity <= 1.
        rng: the source of randomness.

    Returns:
        (in_features, out_features), bool. True means keep; exactly `round(sparsity * size)` are
        dropped, every choice of them equally likely.

    Raises:
        TypeError, ValueError: as `magnitude_mask`; or `rng` is not a NumPy generator.

    Source: Blalock et al. 2020, arXiv:2003.03033, section 6 (random pruning as a control).
    """
    check_weight("random_mask", weight)
    check_fraction("random_mask", "sparsity", sparsity)
    check_rng("random_mask", rng)
    keep = np.ones(weight.size, dtype=bool)
    keep[rng.permutation(weight.size)[: round(sparsity * weight.size)]] = False
    return keep.reshape(weight.shape)


def apply_masks(model: DenseMLP, masks: Sequence[np.ndarray]) -> DenseMLP:
    """Return a copy of `model` with zeros where the masks say False.

    Raises:
        ValueError: not one mask a layer.
        TypeError, ValueError: a mask is not bool, or not of its weight's shape.
    """
    if len(masks) != len(model.layers):
        raise ValueError(
            f"apply_masks: {len(model.layers)} layers need a mask each, got {len(masks)}"
        )
    masked = model.copy()
    for layer, keep in zip(masked.layers, masks, strict=True):
        if not isinstance(keep, np.ndarray) or keep.dtype != bool:
            raise TypeError("apply_masks: each mask must be a NumPy array of bool")
        if keep.shape != layer["weights"].shape:
            raise ValueError(
                f"apply_masks: a mask must have its weight's shape {layer['weights'].shape}, "
                f"got {keep.shape}"
            )
        layer["weights"] = np.where(keep, layer["weights"], np.float32(0))
    return masked


# %% [markdown]
# ### Experiment: what a mask takes, and where
#
# One network at 80 % sparsity. On the left all its weights, on the right those that are left.


# %%
if ready(dense_forward, global_masks):
    chosen_masks = global_masks(networks[0].weights(), 0.8)
    pruned_network = apply_masks(networks[0], chosen_masks)
    figure = draw_pruned_histogram(all_weights_of(networks[0]), all_weights_of(pruned_network))

# %% [markdown]
# The first layer reads pixels, so its mask can be drawn: for each pixel, the share of its connections
# that stay. Nobody told the mask where the ink is. Pixels at the rim are seldom written on, and a weight
# that is seldom used is seldom trained.


# %%
if ready(dense_forward, global_masks):
    figure = draw_input_map(digits.x_train, chosen_masks[0].mean(axis=1))

# %% [markdown]
# ## 4. Sweep, with seeds and a control
#
# One network at one sparsity is an anecdote. A result is a curve: several sparsities, several seeds, a
# mean and how far the seeds scatter around it (Blalock et al. 2020 ask for all of these).
#
# ### Exercise 5: a sweep (6 points)
#
# A worked example with seeds 0 and 1: at sparsity 0.5 they give accuracies 0.9 and 0.7. The mean is 0.8;
# the standard deviation, estimated from two values (`ddof=1`), is √((0.1² + 0.1²) / (2 - 1)) = 0.141.
# Dividing by n instead of n - 1 would say 0.1, and flatter you. With a single seed there is no scatter to
# estimate: say 0.
#
# <details><summary>Hint 1</summary>Fill a table of shape (sparsities, seeds), then reduce it along the
# seeds.</details>
# <details><summary>Hint 2</summary>Make the generator anew from its seed for every call, so that each
# sparsity sees the same randomness and your result does not depend on the order of calls.</details>


# %% exercise sweep
#| export
def sweep(
    evaluate: Callable[[float, np.random.Generator], float],
    sparsities: Sequence[float],
    seeds: Sequence[int],
) -> dict[str, np.ndarray]:
    """Measure the accuracy at each sparsity with each seed, and sum up over the seeds.

    Args:
        evaluate: `evaluate(sparsity, rng)` returns an accuracy in [0, 1]. For each sparsity and each
            seed call it once, with `rng = np.random.default_rng(seed)` made anew for that call.
        sparsities: n fractions in [0, 1].
        seeds: at least one whole number.

    Returns:
        A dict of arrays of shape (n,): "sparsity", as given; "mean" over the seeds; "std", the standard
        deviation over the seeds with ddof=1, and 0 where there is one seed.

    Raises:
        TypeError, ValueError: a sparsity is not a number in [0, 1], or there are no seeds.

    Source: Blalock et al. 2020, arXiv:2003.03033, section 6.
    """
    for sparsity in sparsities:
        check_fraction("sweep", "sparsity", sparsity)
    check_count("sweep", "the number of seeds", len(seeds))
    ### BEGIN SOLUTION
    table = np.array(
        [[evaluate(s, np.random.default_rng(seed)) for seed in seeds] for s in sparsities]
    ).reshape(len(sparsities), len(seeds))
    std = table.std(axis=1, ddof=1) if len(seeds) > 1 else np.zeros(len(sparsities))
    return {"sparsity": np.array(sparsities), "mean": table.mean(axis=1), "std": std}
    ### END SOLUTION


# %% check sweep 6
not_generators = []


def pretend_accuracy(sparsity, rng):
    """Return a made-up accuracy that falls with sparsity and scatters with the seed."""
    if not isinstance(rng, np.random.Generator):
        not_generators.append(type(rng).__name__)
        return 0.0
    return 1 - sparsity**2 + 0.05 * rng.normal()


def hint(got, slips):
    """Return what the first slip says that would have given these numbers."""
    return next((text for value, text in slips if np.allclose(got, value)), "")


noise = np.array([0.05 * np.random.default_rng(seed).normal() for seed in (0, 1, 2)])
result = sweep(pretend_accuracy, [0.5, 0.8], [0, 1, 2])
assert not not_generators, (
    "evaluate takes a generator, np.random.default_rng(seed), as its second argument; "
    f"you gave it: {not_generators[0]}."
)
assert isinstance(result, dict) and {"sparsity", "mean", "std"} <= set(result), (
    f'Return a dict with "sparsity", "mean" and "std", not {result!r:.60}.'
)
lists = [key for key in ("sparsity", "mean", "std") if not isinstance(result[key], np.ndarray)]
assert not lists, f"Return arrays, one a key: {lists} are none. np.array(...) makes one of a list."
shapes = [np.shape(result[key]) for key in ("sparsity", "mean", "std")]
assert shapes == [(2,)] * 3, (
    "Two sparsities and three seeds: every array has shape (2,), one number for each sparsity, taken "
    f"over the seeds. Yours have the shapes {shapes}."
)
falling = np.array([0.75, 0.36])
got = result["mean"]
assert np.allclose(got, falling + noise.mean()), (
    f"The means over the seeds are {np.round(falling + noise.mean(), 4)}, yours {np.round(got, 4)}. "
    + (
        hint(got, [(falling + each, "That is a single seed, or the median.") for each in noise])
        or hint(
            got,
            [
                (falling[::-1] + noise.mean(), "Keep the order of the sparsities."),
                (100 * (falling + noise.mean()), "Those are percent; accuracies are fractions."),
            ],
        )
        or "Is the generator made anew, np.random.default_rng(seed), for every single call?"
    )
)
got, expected = float(result["std"][0]), noise.std(ddof=1)
slips = [
    (noise.std(), "You divide by n, not by n - 1: use ddof=1."),
    (noise.var(ddof=1), "That is the variance: take the root."),
    (expected / 3**0.5, "That is the standard error of the mean, not the standard deviation."),
    (np.ptp(noise), "That is the largest minus the smallest."),
    (0, "Do the seeds reach evaluate?"),
]
assert np.isclose(got, expected), (
    f"The standard deviation over the three seeds is {expected:.4f}, yours {got:.4f}. "
    + hint(got, slips)
)
with np.errstate(all="ignore"):
    result = sweep(pretend_accuracy, [0.5], [0])
assert np.allclose(result["std"], [0]), (
    f"With one seed there is no scatter to estimate: std is 0, yours is {result['std']}."
)

# %% hidden sweep
calls = []


def counted(sparsity, rng):
    calls.append((float(sparsity), float(rng.random())))
    return sparsity + rng.random() / 10


def second_draw(seed):
    """Return what `counted` adds to the sparsity."""
    return np.random.default_rng(seed).random(2)[1] / 10


result = sweep(counted, (0.9, 0.0, 0.5, 1.0), (7, 3, 5))
first = {seed: np.random.default_rng(seed).random() for seed in (7, 3, 5)}
assert len(calls) == 12, (
    f"Four sparsities and three seeds: evaluate must be called 12 times, once for each pair; yours was "
    f"called {len(calls)} times."
)
assert sorted(calls) == sorted((s, first[k]) for s in (0.9, 0.0, 0.5, 1.0) for k in (7, 3, 5)), (
    "Other seeds: every call needs np.random.default_rng(seed) made anew, with the seeds given. Do you "
    "number the seeds yourself?"
)
assert np.array_equal(result["sparsity"], [0.9, 0.0, 0.5, 1.0]), (
    f"Sparsities must come back as given, in their order; yours are {result['sparsity']}."
)
tails = [second_draw(seed) for seed in (7, 3, 5)]
assert np.allclose(result["mean"], np.add([0.9, 0.0, 0.5, 1.0], np.mean(tails))), (
    "Other sparsities and seeds: the means over the seeds are not right."
)
assert np.shape(result["std"]) == (4,) and np.allclose(result["std"], np.std(tails, ddof=1)), (
    "Other sparsities and seeds: the standard deviation (ddof=1) over the seeds is not right."
)

# %% [markdown]
# ### Experiment: magnitude against chance
#
# Your `sweep` runs three ways to prune: the smallest magnitudes of all layers together, those of each
# layer, and, as the control, weights drawn by lot. Nothing is trained afterwards ("one-shot"). Look where
# the curves leave the level of the dense network, and how wide their bands are there: a single seed
# could have told you almost anything.


# %%
def random_masks(model: DenseMLP, sparsity: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Return a random mask for each layer, the control."""
    return [random_mask(each, sparsity, rng) for each in model.weights()]


def layer_masks(model: DenseMLP, sparsity: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Prune each layer by the same share of its smallest magnitudes."""
    return [magnitude_mask(each, sparsity) for each in model.weights()]


def together_masks(model: DenseMLP, sparsity: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Prune the smallest magnitudes of all layers together."""
    return global_masks(model.weights(), sparsity)


def sweep_one_shot(sparsities: Sequence[float]) -> dict[str, dict[str, np.ndarray]]:
    """Sweep three ways to prune the trained networks; the result of `sweep` for each."""
    ways = {
        "magnitude, all layers together": together_masks,
        "magnitude, each layer alike": layer_masks,
        "at random (control)": random_masks,
    }

    def evaluate_with(way: Callable[..., list[np.ndarray]]) -> Callable[..., float]:
        def evaluate(sparsity: float, rng: np.random.Generator) -> float:
            model = networks[rng.bit_generator.seed_seq.entropy]  # the seed that made rng
            return test_accuracy(apply_masks(model, way(model, sparsity, rng)))

        return evaluate

    return {name: sweep(evaluate_with(way), sparsities, SEEDS) for name, way in ways.items()}


if ready(dense_forward, magnitude_mask, global_masks, sweep):
    swept_at = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
    swept = sweep_one_shot(swept_at)
    best, *_, control = (curve["mean"] for curve in swept.values())
    good = int(np.flatnonzero(best >= best[0] - 0.02).max())
    figure = draw_curves(
        swept_at,
        swept,
        "sparsity (fraction of weights dropped)",
        f"{swept_at[good]:.0%} of the weights go for {100 * (best[0] - best[good]):.1f} points of "
        f"accuracy; dropped at random, they cost {100 * (control[0] - control[good]):.0f}",
    )

# %% [markdown]
# ## 5. Sensitivity: which layer can spare most?
#
# Layers differ. Prune one at a time, leave the others whole, and look at the accuracy: a **sensitivity
# scan** (Han et al. 2015, section 3.1).
#
# ### Exercise 6: scan the layers (6 points)
#
# For a network of 4 layers and 5 sparsities the result is a table (4, 5): row 2, column 3 is the accuracy
# with layer 2 alone pruned to the fourth sparsity.
#
# <details><summary>Hint 1</summary>Two loops. Every step starts from the whole network again.</details>
# <details><summary>Hint 2</summary><code>model.copy()</code> gives you a network of its own; put the pruned
# weight into <code>copy.layers[i]["weights"]</code>.</details>


# %% exercise sensitivity_scan
#| export
def sensitivity_scan(
    model: DenseMLP,
    sparsities: Sequence[float],
    evaluate: Callable[[DenseMLP], float],
    choose_mask: Callable[[np.ndarray, float], np.ndarray] | None = None,
) -> np.ndarray:
    """Measure the accuracy with each layer alone pruned to each sparsity.

    Args:
        model: the network. Not modified.
        sparsities: fractions in [0, 1].
        evaluate: `evaluate(model)` returns an accuracy in [0, 1].
        choose_mask: `choose_mask(weight, sparsity)` returns which weights stay, True means keep;
            None means `magnitude_mask`.

    Returns:
        (n_layers, n_sparsities) float: row i has layer i pruned and every other layer whole.

    Raises:
        TypeError, ValueError: a sparsity is not a number in [0, 1].

    Source: Han et al. 2015, arXiv:1506.02626, section 3.1 and figure 6.
    """
    for sparsity in sparsities:
        check_fraction("sensitivity_scan", "sparsity", sparsity)
    choose_mask = choose_mask or magnitude_mask
    ### BEGIN SOLUTION
    result = np.zeros((len(model.layers), len(sparsities)))
    for index, weight in enumerate(model.weights()):
        for column, sparsity in enumerate(sparsities):
            pruned = model.copy()
            pruned.layers[index]["weights"] = weight * choose_mask(weight, sparsity)
            result[index, column] = evaluate(pruned)
    return result
    ### END SOLUTION


# %% check sensitivity_scan 6
def keep_last(weight, sparsity):
    """Return a mask that drops the first entries, whatever their magnitude: easy to follow."""
    keep = np.arange(weight.size) >= round(sparsity * weight.size)
    return keep.reshape(weight.shape)


def share_left(pruned):
    """Return a made-up accuracy: a number that tells which weights are left, layer by layer."""
    return sum(10.0**-i * np.mean(layer["weights"] != 0) for i, layer in enumerate(pruned.layers))


model = DenseMLP(4, [5], 2, rng=0)
before = [layer["weights"].copy() for layer in model.layers]
table = sensitivity_scan(model, [0.0, 0.5, 1.0], share_left, keep_last)
assert isinstance(table, np.ndarray), f"Return an array, not {type(table).__name__}."
assert table.shape == (2, 3), (
    "Two layers and three sparsities make a table (2, 3), a row for each layer, the last one too; "
    f"yours has shape {table.shape}."
)
assert all(
    np.array_equal(a, layer["weights"]) for a, layer in zip(before, model.layers, strict=True)
), "sensitivity_scan pruned the model it was given; work on a copy."
assert not np.allclose(table, 1.1), (
    "All entries are the whole network's accuracy: evaluate the pruned copy, not the model."
)
assert np.allclose(table[:, 0], 1.1), (
    f"At sparsity 0 nothing is pruned: column 0 is the whole network's accuracy, 1.1, yours is "
    f"{np.round(table[:, 0], 3)}. "
    + ("Return accuracies, not what was lost." if np.allclose(table[:, 0], 0) else "")
    + ("Did you turn the mask round? True means keep." if table[0, 0] in (0.1, 1) else "")
    + ("Prune the last layer too." if not table[-1].any() else "")
    + ("Does a pruned layer stay pruned?" if table[0, 0] == 1.1 and table[-1].any() else "")
)
assert np.allclose(table[0], [1.1, 0.6, 0.1]), (
    f"Row 0 has layer 0 pruned by 0, 0.5 and 1: [1.1, 0.6, 0.1], yours is {np.round(table[0], 3)}. "
    + ("You pruned every layer; prune one." if np.allclose(table[0], [1.1, 0.55, 0]) else "")
    + ("That is another layer's row." if np.allclose(table[0], [1.1, 1.05, 1]) else "")
)
assert np.allclose(table[1], [1.1, 1.05, 1.0]), (
    f"Row 1 has layer 1 pruned and layer 0 whole: [1.1, 1.05, 1.0], yours is {np.round(table[1], 3)}. "
    "Did layer 0 stay pruned from the row before?"
)
layers = [
    {"weights": np.array([[1.0], [-2.0]], np.float32), "bias": np.zeros(1, np.float32)},
    {"weights": np.array([[3.0, 4.0]], np.float32), "bias": np.zeros(2, np.float32)},
]
model = DenseMLP.from_layers(layers, "relu")
expect(
    sensitivity_scan(
        model, [0.5], lambda pruned: float(pruned.layers[0]["weights"].sum()), keep_last
    ),
    [[-2], [-1]],
    "What is kept keeps its value: of (1, -2) the -2 is left, and the sum is -2; untouched it is -1",
    [
        (np.array([[1], [-1]]), "That is the mask put in as the weight: prune with weight * mask."),
        (np.array([[2], [-1]]), "That is the magnitude: a weight keeps its sign."),
    ],
)

# %% hidden sensitivity_scan
model = DenseMLP(3, [6, 4, 5], 2, activation="tanh", rng=1)
for layer in model.layers:
    layer["bias"] += 1
seen = []


def judge(pruned):
    """Return the share left and, behind the fifth digit, which layers still have their first weight."""
    seen.append((pruned.activation, [layer["bias"].copy() for layer in pruned.layers]))
    first = [float(layer["weights"].flat[0] != 0) for layer in pruned.layers]
    return share_left(pruned) + 4e-6 * np.dot(first, 0.5 ** np.arange(len(first)))


before = [layer[key].copy() for layer in model.layers for key in ("weights", "bias")]
table = sensitivity_scan(model, (1.0, 0.25), judge, keep_last)
assert np.shape(table) == (4, 2) and len(seen) == 8, (
    f"Four layers and two sparsities: a table (4, 2) from 8 evaluations, yours is {np.shape(table)} "
    f"from {len(seen)}."
)
assert all(activation == "tanh" for activation, _ in seen), (
    "A pruned network must keep the activation of the model: use model.copy()."
)
assert all(np.all(bias == 1) for _, biases in seen for bias in biases), "Biases are never pruned."
whole = judge(model)
dropped = [[1, round(0.25 * n) / n] for n in (18, 24, 20, 10)]
expected = np.array(
    [[whole - 10.0**-i * share - 4e-6 * 0.5**i for share in row] for i, row in enumerate(dropped)]
)
assert np.allclose(table, expected, rtol=0, atol=1e-5), (
    "Other shapes, sparsities from high to low: each entry must come from the whole network with one "
    "layer pruned. Does a pruned layer stay pruned in a later step?"
)
assert np.allclose(table, expected, rtol=0, atol=2e-7), (
    "As many weights are dropped as asked, but not those that choose_mask(weight, sparsity) says."
)
after = [layer[key] for layer in model.layers for key in ("weights", "bias")]
assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), (
    "sensitivity_scan changed the model it was given."
)

# %% [markdown]
# ### Experiment: scan five networks
#
# A scan helps to choose: how much to take from which layer. What one chooses with must not be test
# images, so the accuracy here is that on training images.


# %%
def scan_networks(models: Sequence[DenseMLP], sparsities: Sequence[float]) -> np.ndarray:
    """Scan each network on training images, one place a digit; (networks, layers, sparsities)."""
    x_scan, y_scan = digits.x_train[::4], digits.y_train[::4]

    def judge_on_training(model: DenseMLP) -> float:
        return accuracy(model, x_scan, y_scan)

    return np.array([sensitivity_scan(each, sparsities, judge_on_training) for each in models])


if ready(dense_forward, magnitude_mask, sensitivity_scan):
    scanned_at = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
    scans = scan_networks(networks, scanned_at)
    figure = draw_sensitivity(scanned_at, scans, [each.shape for each in networks[0].weights()])

# %% [markdown]
# ### Experiment: layer collapse
#
# Global pruning compares magnitudes across layers, and so it trusts that a small weight in one layer is
# as dispensable as a small weight in another. That depends on how the network came about. Here the same
# architecture is trained twice on the plain digits: from the start of Glorot & Bengio ("Xavier") with
# SGD, as above, and from the start of He et al. (2015, arXiv:1502.01852), normal with standard deviation
# √(2 / inputs), with Adam (Kingma & Ba 2015, arXiv:1412.6980). Both are pruned alike. Look at the
# thinnest layer of each: everything the network knows has to pass through it.


# %%
def train_adam(
    model: DenseMLP, x: np.ndarray, y: np.ndarray, rng: np.random.Generator, epochs: int = 20
) -> DenseMLP:
    """Train a copy with Adam: steps of the mean gradient over the root of its mean square."""
    model, targets = model.copy(), np.eye(model.output_size, dtype=np.float32)[y]
    parameters = [(layer, key) for layer in model.layers for key in ("weights", "bias")]
    means = [np.zeros_like(layer[key]) for layer, key in parameters]
    squares = [np.zeros_like(layer[key]) for layer, key in parameters]
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for batch in np.split(order, range(32, len(order), 32)):
            step += 1
            for i, gradient in enumerate(_gradients(model, x[batch], targets[batch])):
                means[i] = 0.9 * means[i] + 0.1 * gradient
                squares[i] = 0.999 * squares[i] + 0.001 * gradient**2
                root = np.sqrt(squares[i] / (1 - 0.999**step)) + 1e-8
                layer, key = parameters[i]
                layer[key] = layer[key] - 0.001 * means[i] / (1 - 0.9**step) / root
    return model


def train_he_adam(seed: int) -> DenseMLP:
    """Train on the plain digits from the start of He et al., with Adam."""
    plain, generator = load_digits(), np.random.default_rng(seed)
    network = DenseMLP(plain.x_train.shape[1], HIDDEN, 10, rng=generator)
    for layer in network.layers:
        shape = layer["weights"].shape
        layer["weights"] = generator.normal(0, np.sqrt(2 / shape[0]), shape).astype(np.float32)
    return train_adam(network, plain.x_train, plain.y_train, generator)


def measure_collapse(seeds: Sequence[int], sparsity: float) -> dict[str, np.ndarray]:
    """Prune networks of two recipes globally: densities (seeds, layers) and accuracies (seeds,)."""
    plain, found = load_digits(), {}
    for name, recipe in (("Xavier, SGD", train_on_digits), ("He, Adam", train_he_adam)):
        trained = [recipe(seed) for seed in progress(seeds, name)]
        cut = [apply_masks(each, global_masks(each.weights(), sparsity)) for each in trained]
        found[f"density {name}"] = [[np.mean(w != 0) for w in each.weights()] for each in cut]
        for kind, models in (("dense", trained), ("pruned", cut)):
            scores = [accuracy(each, plain.x_test, plain.y_test) for each in models]
            found[f"{kind} {name}"] = scores
    return found


if ready(dense_forward, global_masks):
    collapse = remember(
        "collapse",
        measure_collapse,
        SEEDS,
        0.9,
        uses=(*TRAINING, train_adam, train_he_adam, train_on_digits, global_masks, apply_masks),
    )
    recipes = ("Xavier, SGD", "He, Adam")
    figure = draw_layer_density(
        {name: collapse[f"density {name}"] for name in recipes},
        {name: collapse[f"pruned {name}"] for name in recipes},
        0.9,
    )
    for name in recipes:
        print(
            f"{name}: {say(collapse[f'dense {name}'])} before pruning, "
            f"{say(collapse[f'pruned {name}'])} at 90 % sparsity, nothing trained again"
        )

# %% [markdown]
# Same architecture, same data, same way to prune. When a paper reports one-shot results, ask how the
# network was started and trained.

# %% [markdown]
# ## 6. Fine-tune under a mask
#
# What pruning takes, training can give back, if it leaves the dropped weights at zero. The trap is in the
# optimiser: a **velocity** that still remembers a dropped weight would move it away from zero at the very
# next step, mask or no mask. So mask last, after the update.
#
# ### Exercise 7: one masked step (12 points)
#
# A worked example with lr = 0.1 and momentum = 0.5: weight 1, gradient 2, velocity 6. New velocity:
# 0.5 * 6 + 2 = 5. New weight: 1 - 0.1 * 5 = 0.5. If the mask drops this weight, it is 0 instead, and so is
# its velocity: whatever it had built up must not come back when you look at it later.
#
# <details><summary>Hint 1</summary>Three lines: velocity, weight, mask.</details>
# <details><summary>Hint 2</summary><code>np.where(keep, value, 0)</code>, for both. Multiplying by the mask
# works too, but turns a dropped infinity into NaN.</details>


# %% exercise masked_sgd_step
#| export
def masked_sgd_step(
    weight: np.ndarray,
    grad: np.ndarray,
    velocity: np.ndarray,
    keep: np.ndarray,
    lr: float,
    momentum: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Do one step of SGD with momentum and leave dropped weights at exactly zero.

    velocity = momentum * velocity + grad; weight = weight - lr * velocity; then, in both, dropped
    entries are exactly 0.

    Args:
        weight, grad, velocity: (in_features, out_features), floating. Not modified.
        keep: (in_features, out_features), bool. True means keep.
        lr: learning rate, at least 0.
        momentum: 0 <= momentum <= 1.

    Returns:
        (weight, velocity), new arrays of the same shape and dtype as `weight`.

    Raises:
        TypeError, ValueError: `weight` is no 2-D float array, shapes differ, `keep` is not bool, or
            `momentum` is no fraction.

    Source: Han et al. 2015, arXiv:1506.02626, section 3.2 (retraining with pruned connections fixed).
    """
    check_weight("masked_sgd_step", weight)
    check_fraction("masked_sgd_step", "momentum", momentum)
    for name, array in (("grad", grad), ("velocity", velocity), ("keep", keep)):
        if np.shape(array) != weight.shape:
            raise ValueError(
                f"masked_sgd_step: {name} must have the weight's shape {weight.shape}, "
                f"got {np.shape(array)}"
            )
    if np.asarray(keep).dtype != bool:
        raise TypeError(f"masked_sgd_step: keep must hold bool, got {np.asarray(keep).dtype}")
    ### BEGIN SOLUTION
    zero = weight.dtype.type(0)
    velocity = np.where(keep, momentum * velocity + grad, zero).astype(weight.dtype)
    weight = np.where(keep, weight - lr * velocity, zero).astype(weight.dtype)
    return weight, velocity
    ### END SOLUTION


# %% check masked_sgd_step 12
weight, grad = np.array([[1.0, 1.0]]), np.array([[2.0, 2.0]])
velocity, keep = np.array([[6.0, 6.0]]), np.array([[True, False]])
result = masked_sgd_step(weight, grad, velocity, keep, lr=0.1, momentum=0.5)
assert isinstance(result, tuple) and len(result) == 2, (
    f"Return the pair (weight, velocity), not {type(result).__name__}."
)
assert [each.tolist() for each in (weight, grad, velocity)] == [[[1, 1]], [[2, 2]], [[6, 6]]], (
    "masked_sgd_step changed its arguments in place; return new arrays."
)
new_weight, new_velocity = result
assert np.shape(new_weight) == np.shape(new_velocity) == (1, 2), (
    f"Shapes stay (1, 2); yours are {np.shape(new_weight)} and {np.shape(new_velocity)}."
)
assert isinstance(new_weight, np.ndarray) and isinstance(new_velocity, np.ndarray), (
    "Return two arrays."
)
got = round(float(new_velocity[0, 0]), 6)
assert got == 5, f"Kept entry: the velocity is 0.5 * 6 + 2 = 5, yours is {got:g}. " + {
    0.0: "Did you turn the mask round? True means keep.",
    0.5: "That is the weight: return the weight first, then the velocity.",
    3.2: "The learning rate belongs to the weight's update.",
    4.0: "That mixes 0.5 * old + 0.5 * gradient; the gradient counts whole.",
    8.0: "That forgets to multiply by the momentum.",
    6.0: "That is the old velocity: return the new one.",
    2.0: "That is the gradient alone.",
    1.0: "The gradient is added to the velocity; the minus comes with the weight.",
}.get(got, "")
got = round(float(new_weight[0, 0]), 6)
assert got == 0.5, f"Kept entry: the weight is 1 - 0.1 * 5 = 0.5, yours is {got:g}. " + {
    0.0: "Did you turn the mask round? True means keep.",
    1.5: "Go against the gradient: subtract.",
    0.8: "That uses the gradient alone; use the new velocity.",
    0.4: "That uses the old velocity; use the new one.",
    0.55: "That is Nesterov's step; use the new velocity alone.",
    -4.0: "The learning rate is missing.",
}.get(got, "Is it the new velocity that you use?")
assert new_weight[0, 1] == 0, (
    f"A dropped weight must be exactly 0 after the step, yours is {new_weight[0, 1]:g}. "
    "Mask last: masking before the update lets the update bring it back."
)
assert new_velocity[0, 1] == 0, (
    f"The velocity of a dropped weight must be 0 too, yours is {new_velocity[0, 1]:g}."
)

# %% hidden masked_sgd_step
rng = np.random.default_rng(8)
weight, grad, velocity = (rng.normal(size=(7, 5)).astype(np.float32) for _ in range(3))
keep = rng.random((7, 5)) < 0.5
before = [each.copy() for each in (weight, grad, velocity, keep)]
w, v = weight, velocity
expected_w, expected_v = weight.astype(float), velocity.astype(float)
for _ in range(3):
    w, v = masked_sgd_step(w, grad, v, keep, lr=0.3, momentum=0.9)
    expected_v = (0.9 * expected_v + grad) * keep
    expected_w = (expected_w - 0.3 * expected_v) * keep
assert np.shape(w) == np.shape(v) == (7, 5), (
    f"Shapes stay (7, 5); yours are {np.shape(w)} and {np.shape(v)}. No number may be written in."
)
assert w.dtype == np.float32 and v.dtype == np.float32, (
    f"float32 comes in, {w.dtype} and {v.dtype} come out: keep the dtype."
)
pair = masked_sgd_step(weight, grad.astype(float), velocity, keep, lr=0.3, momentum=0.9)
dtypes = [str(each.dtype) for each in pair]
assert dtypes == ["float32", "float32"], (
    f"A float32 weight with a float64 gradient stays float32, yours are {dtypes}: both have the "
    "dtype of the weight."
)
assert np.all(w[~keep] == 0) and np.all(v[~keep] == 0), (
    "After three steps dropped entries are not all exactly 0, in weight and velocity."
)
assert np.allclose(w, expected_w, atol=1e-5) and np.allclose(v, expected_v, atol=1e-5), (
    "Three steps with other values: weight or velocity of the kept entries is off. Are lr and momentum "
    "used as given?"
)
assert all(
    np.array_equal(a, b) for a, b in zip(before, (weight, grad, velocity, keep), strict=True)
), "masked_sgd_step changed its arguments in place."
wild = np.full((1, 2), np.inf)
with np.errstate(all="ignore"):
    w, v = masked_sgd_step(np.ones((1, 2)), wild, wild, np.zeros((1, 2), dtype=bool), 0.1, 0.9)
assert np.all(w == 0) and np.all(v == 0), (
    "A dropped weight with an infinite gradient must still be 0: 0 * inf is NaN, np.where is safe."
)

# %% [markdown]
# With it, fine-tuning is ordinary training with masks.


# %% given fine_tune
#| export
def fine_tune(
    model: DenseMLP,
    masks: Sequence[np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    epochs: int = 10,
    rng: np.random.Generator | int | None = None,
    **settings: float,
) -> DenseMLP:
    """Train a pruned network further; dropped weights stay exactly zero.

    Args:
        model: the network. Not modified.
        masks: one a layer, as from `global_masks`.
        x, y, epochs, rng, settings: as for `train`.

    Returns:
        The tuned network.
    """
    return train(apply_masks(model, masks), x, y, epochs=epochs, rng=rng, masks=masks, **settings)


# %% [markdown]
# ### Experiment: what tuning gives back, and to whom
#
# Fine-tuning trains longer, and training longer might help by itself. So the fair rival is the dense
# network **given the same extra epochs**; it stands in the plot as a level. And the control again: masks
# drawn by lot, tuned for as long. Look at three gaps at each sparsity: from one-shot to fine-tuned (what
# tuning gives back), from random masks to fine-tuned (what choosing by magnitude is worth once both are
# tuned), and from fine-tuned to the dense network trained on (what pruning costs in the end).


# %%
TUNING = 9  # extra epochs, for everyone
PRUNED_TO = (0.5, 0.75, 0.9, 0.95, 0.98)


def tune(
    model: DenseMLP, masks: list[np.ndarray], rng: np.random.Generator | int, epochs: int = TUNING
) -> DenseMLP:
    """Fine-tune on the shifted training images by the recipe of part 1."""
    return fine_tune(model, masks, digits.x_train, digits.y_train, epochs, rng, **RECIPE)


def prune_and_tune(
    models: Sequence[DenseMLP], sparsities: Sequence[float]
) -> dict[str, np.ndarray]:
    """Return accuracies (seeds, sparsities) one-shot and tuned, and (seeds,) of dense networks."""
    names = ("one-shot", "fine-tuned", "random, fine-tuned")
    found = {name: np.zeros((len(models), len(sparsities))) for name in names}
    runs = list(itertools.product(enumerate(models), enumerate(sparsities)))
    for (row, model), (column, sparsity) in progress(runs, "fine-tuning"):
        keeps = global_masks(model.weights(), sparsity)
        drawn = random_masks(model, sparsity, np.random.default_rng(row))
        found["one-shot"][row, column] = test_accuracy(apply_masks(model, keeps))
        found["fine-tuned"][row, column] = test_accuracy(tune(model, keeps, rng=100 + row))
        found["random, fine-tuned"][row, column] = test_accuracy(tune(model, drawn, rng=100 + row))
    longer = [
        train(each, digits.x_train, digits.y_train, TUNING, rng=100 + row, **RECIPE)
        for row, each in enumerate(progress(models, "dense, trained on"))
    ]
    found["dense"] = [test_accuracy(each) for each in models]
    found["dense, trained on"] = [test_accuracy(each) for each in longer]
    return found | pack(longer)


MASKING = (apply_masks, global_masks, random_mask, masked_sgd_step, fine_tune, tune)
PRUNING = (*TRAINING, TUNING, *MASKING)

if ready(*PRUNING):
    tuning = remember("tuning", prune_and_tune, networks, PRUNED_TO, uses=PRUNING)
    trained_on = unpack(tuning)
    gained = tuning["fine-tuned"].mean(axis=0) - tuning["one-shot"].mean(axis=0)
    figure = draw_curves(
        PRUNED_TO,
        {name: tuning[name] for name in ("fine-tuned", "one-shot", "random, fine-tuned")},
        "sparsity",
        f"At {PRUNED_TO[2]:.0%} sparsity {TUNING} epochs of tuning give back {100 * gained[2]:.0f} points",
        levels={name: tuning[name] for name in ("dense, trained on", "dense")},
    )

# %% [markdown]
# ## 7. Prune gradually
#
# Cutting 95 % at one blow is hard on a network. **Gradual** pruning cuts a little, trains a little, and
# cuts again: fast at first, when there is much to spare, and ever slower towards the end (Zhu & Gupta
# 2017).
#
# ### Exercise 8: the cubic schedule (4 points)
#
# A worked example: from 0 to 0.8 in 4 steps. After step 2 half the way is left, (1 - 2/4)³ = 0.125, so the
# sparsity is 0.8 + (0 - 0.8) * 0.125 = 0.7. Half-way through, seven eighths are done.
#
# <details><summary>Hint</summary>Clip the step into [0, n_steps] first; then it is one line.</details>


# %% exercise cubic_sparsity
#| export
def cubic_sparsity(step: float, n_steps: int, final: float, initial: float = 0.0) -> float:
    """Return the sparsity to prune to at a step of the cubic schedule.

    final + (initial - final) * (1 - step / n_steps)**3, with `step` clipped to [0, n_steps].

    Args:
        step: how many steps are done.
        n_steps: how many there are, at least 1.
        final, initial: sparsities in [0, 1].

    Returns:
        The sparsity, a float: `initial` at step 0 or before, `final` from `n_steps` on.

    Raises:
        TypeError, ValueError: `n_steps` is no count, or `final` or `initial` no fraction.

    Source: Zhu & Gupta 2017, arXiv:1710.01878, equation 1.
    """
    check_count("cubic_sparsity", "n_steps", n_steps)
    check_fraction("cubic_sparsity", "final", final)
    check_fraction("cubic_sparsity", "initial", initial)
    ### BEGIN SOLUTION
    left = 1 - min(max(step, 0), n_steps) / n_steps
    return float(final + (initial - final) * left**3)
    ### END SOLUTION


# %% check cubic_sparsity 4
for step, want in enumerate([0, 0.4625, 0.7, 0.7875, 0.8]):
    expect(
        cubic_sparsity(step, 4, 0.8),
        want,
        f"From 0 to 0.8 in 4 steps, step {step} gives {want:g}",
        {
            0.8: "The schedule runs backwards.",
            0.2: "That is a straight line; the schedule is cubic.",
            0.35: "That is a square; the schedule is cubic.",
            0.0125: "That is slow first and fast later: it should be the other way round.",
            0: "Divide with /: // cuts to whole numbers.",
            0.8 * (1 - (2 / 3) ** 3): "Divide by n_steps, not by n_steps - 1.",
            46.25: "A sparsity is a fraction, not percent.",
            0.46: "Do you round? Return all digits.",
        },
    )
passed()

# %% hidden cubic_sparsity
for step, want in ((0, 0.25), (5, 0.6875), (8, 0.746), (10, 0.75)):
    why = f"From 0.25 to 0.75 in 10 steps, at step {step}. Is `initial` used?"
    expect(cubic_sparsity(step, 10, 0.75, 0.25), want, why)
for step, want in ((-3, 0.25), (17, 0.75)):
    why = f"From 0.25 to 0.75 in 10 steps, at step {step}: clip `step` into [0, n_steps] first."
    expect(cubic_sparsity(step, 10, 0.75, 0.25), want, why)
why = "A step between two whole ones, 2.5 of 5, must work: no // and no int()."
expect(cubic_sparsity(2.5, 5, 1.0), 0.875, why)

# %% [markdown]
# ### Exercise 9: the gradual loop (6 points)
#
# Now the loop: at each sparsity of a rising schedule choose masks *from the current weights*, apply them,
# and tune. What was dropped is zero, the smallest of all, so it stays dropped.
#
# <details><summary>Hint 1</summary>Each round starts from the network that the last round tuned.</details>
# <details><summary>Hint 2</summary><code>apply_masks(model, masks)</code> returns a pruned copy.</details>


# %% exercise prune_gradually
#| export
def prune_gradually(
    model: DenseMLP,
    sparsities: Sequence[float],
    tune: Callable[[DenseMLP, list[np.ndarray]], DenseMLP],
    choose_masks: Callable[[list[np.ndarray], float], list[np.ndarray]] | None = None,
) -> DenseMLP:
    """Prune step by step to the last of some sparsities, tuning after each step.

    In each step: choose masks from the current weights, apply them, tune the pruned network under them.

    Args:
        model: the network. Not modified.
        sparsities: the sparsity after each step, in order; fractions in [0, 1].
        tune: `tune(pruned_model, masks)` returns a tuned network.
        choose_masks: `choose_masks(weights, sparsity)` returns a mask for each layer; None means
            `global_masks`.

    Returns:
        What `tune` returned last.

    Raises:
        TypeError, ValueError: a sparsity is no fraction, or there is none.

    Source: Zhu & Gupta 2017, arXiv:1710.01878, section 3.
    """
    check_count("prune_gradually", "the number of sparsities", len(sparsities))
    for sparsity in sparsities:
        check_fraction("prune_gradually", "sparsity", sparsity)
    choose_masks = choose_masks or global_masks
    ### BEGIN SOLUTION
    for sparsity in sparsities:
        masks = choose_masks(model.weights(), sparsity)
        model = tune(apply_masks(model, masks), masks)
    return model
    ### END SOLUTION


# %% check prune_gradually 6
def drop_first(weights, sparsity):
    """Return masks that drop the first entries of each layer: easy to follow."""
    return [(np.arange(w.size) >= round(sparsity * w.size)).reshape(w.shape) for w in weights]


tuned_at, chosen_from, given_masks = [], [], []


def choose(weights, sparsity):
    chosen_from.append([float(w.flat[-1]) for w in weights])
    return drop_first(weights, sparsity)


def add_one(pruned, masks=None):
    """Pretend to tune: note how sparse the network is, and add 1 to what is kept."""
    given_masks.append(masks)
    tuned_at.append([round(float(np.mean(w == 0)), 6) for w in pruned.weights()])
    tuned = pruned.copy()
    for layer in tuned.layers:
        weight = layer["weights"]
        layer["weights"] = np.where(weight != 0, weight + 1, 0).astype(np.float32)
    return tuned


model = DenseMLP(4, [5], 2, rng=0)
for layer in model.layers:
    layer["weights"][:] = 1
result = prune_gradually(model, [0.2, 0.5, 0.8], add_one, choose)
assert isinstance(result, DenseMLP), f"Return the network, not {type(result).__name__}."
assert all(np.all(weight == 1) for weight in model.weights()), (
    "prune_gradually changed the model it was given."
)
assert len(tuned_at) == 3, f"Three sparsities, three times tune: yours tuned {len(tuned_at)} times."
assert len(chosen_from) == 3, (
    f"Masks are chosen anew in every step, by choose_masks: yours called it {len(chosen_from)} times."
)
assert np.allclose(tuned_at, [[0.2, 0.2], [0.5, 0.5], [0.8, 0.8]]), (
    "tune must get a network already pruned to 0.2, then 0.5, then 0.8; yours had sparsities "
    f"{tuned_at} in its two layers. Apply the masks before tuning, in the order given, and prune to the "
    "sparsities as they are: each is a share of all weights."
)
last = [float(weight.flat[-1]) for weight in result.weights()]
assert last == [4, 4], (
    f"A kept weight of 1 is tuned three times, + 1 each: 4, yours is {last}. Each step must start from "
    "what the last one returned."
)
assert chosen_from == [[1, 1], [2, 2], [3, 3]], (
    "Masks must be chosen from the current, tuned weights at each step; the last weights that "
    f"choose_masks saw were {chosen_from}."
)
expected = [[mask.tolist() for mask in drop_first(model.weights(), s)] for s in (0.2, 0.5, 0.8)]
assert all(isinstance(masks, list | tuple) for masks in given_masks) and expected == [
    [np.asarray(mask).tolist() for mask in masks] for masks in given_masks
], "tune(pruned_model, masks) needs the masks of its step too, one for each layer."

# %% hidden prune_gradually
model = DenseMLP(3, [4, 6], 2, activation="tanh", rng=3)
before = [layer[key].copy() for layer in model.layers for key in ("weights", "bias")]
given_masks.clear()
result = prune_gradually(model, (0.25, 0.75), add_one, drop_first)
assert len(given_masks) == 2 and [len(masks) for masks in given_masks] == [3, 3], (
    "Two sparsities and three layers: tune is called twice, each time with a mask for every layer."
)
expected = [
    np.where(k, w, 0) for w, k in zip(before[::2], drop_first(before[::2], 0.75), strict=True)
]
expected = [w + 2 * (w != 0) for w in expected]
shapes = [weight.shape for weight in result.weights()]
assert shapes == [weight.shape for weight in expected], f"The layers' shapes changed to {shapes}."
assert all(np.allclose(w, e) for w, e in zip(result.weights(), expected, strict=True)), (
    "Other shapes, two steps: the final weights are not the ones pruned and tuned twice."
)
assert result.activation == "tanh", "The pruned network lost its activation."
after = [layer[key] for layer in model.layers for key in ("weights", "bias")]
assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), (
    "prune_gradually changed the model it was given."
)

# %% [markdown]
# ### Experiment: gradual against one cut
#
# Both get the same epochs. The gradual run chooses new masks after each epoch, by your schedule, for two
# thirds of them, and tunes at the final sparsity for the rest; the other cuts everything before the
# first. Look at where each curve ends, and whether the bands are apart there.


# %%
def schedule(final: float, epochs: int = TUNING) -> list[float]:
    """Return the sparsity of each epoch: cubic for two thirds, then constant."""
    rising = round(epochs * 2 / 3)
    return [cubic_sparsity(epoch, rising, final) for epoch in range(1, epochs + 1)]


def prune_by_plan(
    model: DenseMLP, plan: Sequence[float], seed: int
) -> tuple[DenseMLP, list[float]]:
    """Prune gradually, an epoch of tuning a step; return the network, and accuracies on the way."""
    generator, trace = np.random.default_rng(100 + seed), []

    def tune_an_epoch(pruned: DenseMLP, keeps: list[np.ndarray]) -> DenseMLP:
        tuned = tune(pruned, keeps, generator, epochs=1)
        trace.append(test_accuracy(tuned))
        return tuned

    return prune_gradually(model, plan, tune_an_epoch), trace


def prune_all_gradually(
    models: Sequence[DenseMLP], sparsities: Sequence[float], shown: float
) -> dict[str, np.ndarray]:
    """Prune each network gradually; return accuracies, networks, and the way to one sparsity."""
    found = {"gradual": np.zeros((len(models), len(sparsities)))}
    found |= {name: np.zeros((len(models), TUNING)) for name in ("way", "sudden way")}
    for column, sparsity in enumerate(sparsities):
        results = []
        for row, model in enumerate(progress(models, f"gradually to {sparsity:.0%}")):
            pruned, trace = prune_by_plan(model, schedule(sparsity), row)
            found["gradual"][row, column] = trace[-1]
            results.append(pruned)
            if sparsity == shown:
                found["way"][row] = trace
                found["sudden way"][row] = prune_by_plan(model, [sparsity] * TUNING, row)[1]
        found |= pack(results, f"at {sparsity}")
    return found


GRADUAL = (*PRUNING, cubic_sparsity, prune_gradually, schedule, prune_by_plan)

if ready(*GRADUAL):
    gradually = remember("gradually", prune_all_gradually, networks, PRUNED_TO, 0.95, uses=GRADUAL)
    figure = draw_schedule(
        schedule(0.95), gradually["way"], tuning["dense"], gradually["sudden way"]
    )

# %% [markdown]
# ### The main result
#
# All of it in one picture: accuracy against the compression ratio, on a logarithmic axis because each
# halving of the network is a step of the same kind. In a paper, this is the figure to look for. The
# title says how far each way gets before it loses more than two points against the dense network that
# had the same extra epochs.


# %%
def headline() -> dict[str, np.ndarray]:
    """Return the curves of the main result, each (seeds, sparsities)."""
    return {
        "one-shot": tuning["one-shot"],
        "fine-tuned": tuning["fine-tuned"],
        "gradual": gradually["gradual"],
        "random, fine-tuned": tuning["random, fine-tuned"],
    }


if ready(*GRADUAL):
    figure = draw_compression(
        PRUNED_TO,
        headline(),
        {name: tuning[name] for name in ("dense, trained on", "dense")},
    )
    print(f"Test accuracy, mean and standard deviation over {len(SEEDS)} seeds:\n")
    print(f"{'sparsity':20}" + "".join(f"{sparsity:>14.0%}" for sparsity in PRUNED_TO))
    for name, scores_of in headline().items():
        print(f"{name:20}" + "".join(f"{say(scores):>14}" for scores in scores_of.T))
    for name in ("dense", "dense, trained on"):
        print(f"{name:20}{say(tuning[name]):>14}")

# %% [markdown]
# ## 8. Remove neurons for real
#
# A mask leaves the matrix as large as it was. If a whole **neuron** goes, its column, its bias and the
# next layer's row go too, and the result is an ordinary, smaller network that any machine runs faster.
#
# ### Exercise 10: score the neurons (4 points)
#
# Which neurons matter least? A simple score is the length (L2 norm) of a neuron's incoming weights,
# one column of `W`. A worked example: `W = [[3, 0], [4, -2], [0, 0]]` has the columns (3, 4, 0) and
# (0, -2, 0), so the scores are √(9 + 16) = 5 and 2.
#
# <details><summary>Hint</summary>Each output neuron is a <em>column</em>. Which axis do you sum
# over so that one number a column is left?</details>


# %% exercise neuron_scores
#| export
def neuron_scores(weight: np.ndarray) -> np.ndarray:
    """Score each output neuron by the L2 norm of its incoming weights.

    Args:
        weight: (in_features, out_features), floating. Not modified.

    Returns:
        (out_features,), floating, at least 0.

    Raises:
        TypeError: `weight` is not an array of floats.
        ValueError: `weight` is empty, not 2-D or holds NaN.

    Source: Li et al. 2017, arXiv:1608.08710, section 3.1 (there with the L1 norm of filters).
    """
    check_weight("neuron_scores", weight)
    ### BEGIN SOLUTION
    wide = weight.astype(np.float64)  # the square of a tiny float32 is 0, of a huge one infinite
    return np.sqrt((wide**2).sum(axis=0))
    ### END SOLUTION


# %% check neuron_scores 4
weight = np.array([[3.0, 0.0], [4.0, -2.0], [0.0, 0.0]])
with unchanged(weight):
    expect(
        neuron_scores(weight),
        [5, 2],
        "The columns (3, 4, 0) and (0, -2, 0) have length 5 and 2",
        {
            (3, 20**0.5, 0): "Those are the rows; sum over the inputs (axis 0), down each column.",
            (7, 2): "That is the sum of magnitudes (L1 norm); take the L2 norm.",
            (25, 4): "That is the square of the norm: take the root.",
            (7, -2): "That is the plain sum; square before you add.",
            (4, 2): "That is the largest magnitude, not the norm.",
            (3**-0.5 * 5, 3**-0.5 * 2): "That is the root of the mean; take the root of the sum.",
        },
    )
passed()

# %% hidden neuron_scores
rng = np.random.default_rng(5)


def length_of_each(columns):
    return np.array([sum(float(v) ** 2 for v in column) ** 0.5 for column in columns])


for shape in ((4, 4), (3, 7)):
    weight = rng.normal(size=shape).astype(np.float32)
    with unchanged(weight):
        expect(
            neuron_scores(weight),
            length_of_each(weight.T).tolist(),
            f"A weight {shape}: the score is the root of the sum of squares down each column",
            [(length_of_each(weight), "You score the rows, the inputs: a neuron is a column.")],
        )

# %% [markdown]
# ### Exercise 11: remove them (10 points)
#
# A worked example, a network 2-3-1 in which the middle hidden neuron goes, `keep = [True, False, True]`:
#
# ```
# W1 = [[1, 2, 3],   b1 = [7, 8, 9]      W2 = [[10],     b2 = [5]
#       [4, 5, 6]]                             [20],
#                                              [30]]
# after:
# W1 = [[1, 3],      b1 = [7, 9]         W2 = [[10],     b2 = [5]
#       [4, 6]]                                [30]]
# ```
#
# Three things shrink: the neuron's column, its bias, and the row of the *next* layer that read it.
# A neuron whose output was always zero leaves no trace: every logit stays the same.
#
# <details><summary>Hint 1</summary>Two layers change: number <code>layer</code> and number
# <code>layer + 1</code>. All others stay.</details>
# <details><summary>Hint 2</summary>Indexing with a bool array selects: <code>W[:, keep]</code> columns,
# <code>W[keep, :]</code> rows.</details>
# <details><summary>Hint 3</summary><code>DenseMLP.from_layers(layers, activation)</code> makes a network
# from a list of dicts and copies the arrays. Make a new list; leave <code>model.layers</code> as it
# is.</details>


# %% exercise remove_neurons
#| export
def remove_neurons(model: DenseMLP, layer: int, keep: np.ndarray) -> DenseMLP:
    """Return a smaller network without some neurons of one hidden layer.

    Column and bias of a removed neuron go, and the row of the next layer that read it. All else is
    as in `model`. Removing a neuron whose output is always zero changes no logit.

    Args:
        model: the network. Not modified, and its arrays are not shared.
        layer: index of a hidden layer, 0 <= layer < number of layers - 1 (the last layer's outputs
            are the classes; they stay).
        keep: (out_features of that layer,), bool. True means keep; at least one True.

    Returns:
        A `DenseMLP` whose layer `layer` has `keep.sum()` neurons.

    Raises:
        TypeError: `layer` is not a whole number, or `keep` not an array of bool.
        ValueError: `layer` is not a hidden layer, `keep` has another shape or keeps nothing.

    Source: Li et al. 2017, arXiv:1608.08710, section 3 (there for filters and feature maps).
    """
    check_count("remove_neurons", "layer", layer, least=0)
    if layer >= len(model.layers) - 1:
        raise ValueError(
            f"remove_neurons: layer must be a hidden layer, below {len(model.layers) - 1}, got {layer}"
        )
    check_keep("remove_neurons", keep, model.layers[layer]["bias"].shape)
    ### BEGIN SOLUTION
    layers = list(model.layers)
    this, following = layers[layer], layers[layer + 1]
    layers[layer] = {"weights": this["weights"][:, keep], "bias": this["bias"][keep]}
    layers[layer + 1] = {"weights": following["weights"][keep, :], "bias": following["bias"]}
    return DenseMLP.from_layers(layers, model.activation)
    ### END SOLUTION


# %% check remove_neurons 10
model = DenseMLP(2, [3], 1, rng=0)
model.layers[0] = {"weights": np.array([[1.0, 2, 3], [4, 5, 6]]), "bias": np.array([7.0, 8, 9])}
model.layers[1] = {"weights": np.array([[10.0], [20], [30]]), "bias": np.array([5.0])}
try:
    smaller = remove_neurons(model, 0, np.array([True, False, True]))
except (ValueError, IndexError) as error:
    raise AssertionError(
        "The shrunk layers do not fit each other. Columns of W1, entries of b1 and the next layer's "
        f"rows must all go together. The error was: {error}"
    ) from None
assert isinstance(smaller, DenseMLP), f"Return a DenseMLP, not {type(smaller).__name__}."
assert model.layers[0]["weights"].shape == (2, 3) and model.layers[1]["weights"].shape == (3, 1), (
    "remove_neurons changed the model it was given; build a new one."
)
W1, b1 = smaller.layers[0]["weights"], smaller.layers[0]["bias"]
W2, b2 = smaller.layers[1]["weights"], smaller.layers[1]["bias"]
assert W1.shape == (2, 2), (
    f"W1 keeps two of its three columns: (2, 2), yours is {W1.shape}. A neuron is a column, and it "
    "must be gone, not set to zero."
)
assert W1.tolist() == [[1, 3], [4, 6]], (
    f"Columns 0 and 2 of W1 stay: [[1, 3], [4, 6]], yours is {W1.tolist()}. "
    "True in keep means that the neuron stays."
)
assert b1.tolist() == [7, 9], (
    f"The neuron's bias goes with it: b1 = [7, 9], yours is {b1.tolist()}."
)
assert W2.tolist() == [[10], [30]], (
    f"The next layer's row that read the neuron goes too: W2 = [[10], [30]], yours is {W2.tolist()}."
)
assert b2.tolist() == [5], f"The next layer's bias stays [5], yours is {b2.tolist()}."
assert tuple(smaller.hidden_sizes) == (2,), (
    f"The smaller network has hidden_sizes (2,), yours says {tuple(smaller.hidden_sizes)}."
)

# %% hidden remove_neurons
rng = np.random.default_rng(6)
model = DenseMLP(5, [6, 4, 7], 3, activation="tanh", rng=rng)
for each in model.layers:
    each["bias"] = rng.normal(size=each["bias"].shape).astype(np.float32)
before = [each[key].copy() for each in model.layers for key in ("weights", "bias")]
keep = np.array([True, False, False, True])
try:
    smaller = remove_neurons(model, 1, keep)
except (ValueError, IndexError) as error:
    raise AssertionError(
        f"Removing neurons of layer 1 of a 5-6-4-7-3 network fails: {error}"
    ) from None
expected = [each.copy() for each in before]
expected[2], expected[3], expected[4] = expected[2][:, keep], expected[3][keep], expected[4][keep]
got = [each[key] for each in smaller.layers for key in ("weights", "bias")]
assert [a.shape for a in got] == [a.shape for a in expected], (
    "Removing two neurons of layer 1 of a 5-6-4-7-3 network must give 5-6-2-7-3. Does your code use "
    "`layer`, and leave all other layers as they are?"
)
assert all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True)), (
    "Removing neurons of layer 1: the weights that stay must be the same as before, in the same order."
)
assert smaller.activation == "tanh", "The smaller network must keep the activation, tanh."
assert got[0].dtype == np.float32, f"float32 weights became {got[0].dtype}."
assert tuple(smaller.hidden_sizes) == (6, 2, 7), (
    f"hidden_sizes must say (6, 2, 7), yours says {tuple(smaller.hidden_sizes)}."
)
for array in got:
    array += 1
after = [each[key] for each in model.layers for key in ("weights", "bias")]
assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), (
    "The smaller network shares arrays with the model it came from: a view, not a copy. Writing into "
    "one changed the other."
)

# %% [markdown]
# With these two one can shrink every hidden layer by a quarter, a half or three quarters, the lowest
# scores first. The result is an ordinary dense network, so `train` takes it as it is.


# %% given remove_weakest_neurons
#| export
def remove_weakest_neurons(model: DenseMLP, fraction: float) -> DenseMLP:
    """Return a smaller network without the lowest-scored neurons of each hidden layer.

    Args:
        model: the network. Not modified.
        fraction: of each hidden layer's n neurons `round(fraction * n)` go, but at least one stays.
            All scores are taken before anything is removed; of equal scores the earlier goes first.

    Returns:
        A smaller `DenseMLP`.
    """
    check_fraction("remove_weakest_neurons", "fraction", fraction)
    smaller = model
    for index, weight in enumerate(model.weights()[:-1]):
        n_removed = min(round(fraction * weight.shape[1]), weight.shape[1] - 1)
        keep = np.ones(weight.shape[1], dtype=bool)
        keep[np.argsort(neuron_scores(weight), kind="stable")[:n_removed]] = False
        smaller = remove_neurons(smaller, index, keep)
    return smaller


# %% [markdown]
# ### Experiment: remove neurons, and the honest rival
#
# Three curves: the smaller network as it is after the cut; the same, trained for the same extra epochs as
# everyone; and the rival that any claim about removed neurons has to beat, a small dense network **of
# equal size**, started at random and trained for all the epochs that the other had in all. If the rival
# does as well, pruning was a long way round to a small network (Liu et al. 2019, arXiv:1810.05270, found
# this for several ways to remove channels).


# %%
FRACTIONS = (0.25, 0.5, 0.75, 0.9)


def remove_and_tune(
    models: Sequence[DenseMLP], fractions: Sequence[float]
) -> dict[str, np.ndarray]:
    """Return accuracies (seeds, fractions) of smaller networks, and the networks."""
    names = ("removed", "removed, tuned", "small dense")
    found = {name: np.zeros((len(models), len(fractions))) for name in names}
    for column, fraction in enumerate(fractions):
        tuned = []
        for row, model in enumerate(progress(models, f"without {fraction:.0%} of the neurons")):
            fewer = remove_weakest_neurons(model, fraction)
            tuned.append(train(fewer, digits.x_train, digits.y_train, TUNING, rng=row, **RECIPE))
            rival = DenseMLP(fewer.input_size, fewer.hidden_sizes, 10, rng=200 + row)
            rival = train(
                rival, digits.x_train, digits.y_train, 30 + TUNING, rng=200 + row, **RECIPE
            )
            for name, each in zip(names, (fewer, tuned[-1], rival), strict=True):
                found[name][row, column] = test_accuracy(each)
        found |= pack(tuned, f"without {fraction}")
    return found


REMOVING = (*TRAINING, TUNING, neuron_scores, remove_neurons, remove_weakest_neurons)

if ready(*PRUNING, *REMOVING):
    removing = remember("removing", remove_and_tune, networks, FRACTIONS, uses=REMOVING)
    gap = removing["removed, tuned"][:, 1] - removing["small dense"][:, 1]
    figure = draw_curves(
        FRACTIONS,
        {name: removing[name] for name in ("removed, tuned", "small dense", "removed")},
        "share of the neurons removed from each hidden layer",
        f"Half the neurons removed and tuned: {say(removing['removed, tuned'][:, 1])}, "
        f"{100 * gap.mean():+.1f} points against a small dense network",
        levels={"dense, trained on": tuning["dense, trained on"]},
    )
    for fraction in FRACTIONS:
        fewer = unpack(removing, f"without {fraction}")[0]
        print(
            f"{fraction:4.0%} removed: hidden layers {fewer.hidden_sizes}, "
            f"{fewer.count_parameters():,} parameters, {fewer.get_memory_usage_mb():.3f} MiB"
        )

# %% [markdown]
# ## 9. Store it sparsely
#
# A weight set to zero still takes four bytes. To save memory one must store only what is left, and then
# also *where* it was. **Compressed sparse rows** (CSR) keep three arrays: the values row by row, the column
# of each value, and for each row where it begins.
#
# ### Exercise 12: to CSR (4 points)
#
# ```
# W = [[0, 5, 0],      values       = [5, 2, 7]
#      [0, 0, 0],      col_indices  = [1, 0, 2]
#      [2, 0, 7]]      row_pointers = [0, 1, 1, 3]
# ```
#
# Row i is `values[row_pointers[i]:row_pointers[i + 1]]`: row 0 is `values[0:1]`, row 1 is empty
# (`values[1:1]`), row 2 is `values[1:3]`. There is one pointer more than there are rows.
#
# <details><summary>Hint 1</summary><code>np.nonzero(weight)</code> walks the matrix row by row and returns
# row and column of every value that is not zero.</details>
# <details><summary>Hint 2</summary>The pointers are the running sum of the number of values in each row,
# with a 0 in front.</details>


# %% exercise to_csr
#| export
def to_csr(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Store a weight as compressed sparse rows (CSR).

    Args:
        weight: (in_features, out_features), floating. Not modified.

    Returns:
        (values, col_indices, row_pointers):
        values: (nonzero,), the dtype of `weight`: what is not zero, row by row, left to right;
        col_indices: (nonzero,) int32: the column of each value;
        row_pointers: (in_features + 1,) int32: row i is `values[pointers[i]:pointers[i + 1]]`.

    Raises:
        TypeError, ValueError: `weight` is not a 2-D array of floats, is empty or holds NaN.

    Source: Saad 2003, Iterative Methods for Sparse Linear Systems, section 3.4.
    """
    check_weight("to_csr", weight)
    ### BEGIN SOLUTION
    rows, columns = np.nonzero(weight)
    counts = np.count_nonzero(weight, axis=1)
    row_pointers = np.concatenate([[0], np.cumsum(counts)])
    return weight[rows, columns], columns.astype(np.int32), row_pointers.astype(np.int32)
    ### END SOLUTION


# %% check to_csr 4
weight = np.array([[0.0, 5, 0], [0, 0, 0], [2, 0, 7]])
result = to_csr(weight)
assert isinstance(result, tuple | list) and len(result) == 3, (
    "Return three arrays: (values, col_indices, row_pointers)."
)
values, columns, pointers = (np.asarray(each) for each in result)
assert values.tolist() == [5, 2, 7], (
    f"The values, row by row, are [5, 2, 7], yours {values.tolist()}. "
    + {
        "[2.0, 5.0, 7.0]": "That is column by column.",
        "[5.0, 7.0, 2.0]": "Within a row they go from left to right.",
    }.get(str(values.tolist()), "")
)
assert columns.tolist() == [1, 0, 2], (
    f"5 stands in column 1, 2 in column 0, 7 in column 2: [1, 0, 2], yours {columns.tolist()}. "
    + {
        "[0, 2, 2]": "Those are the rows.",
        "[1, 6, 8]": "Those count through the whole matrix; a column counts within its row.",
        "[2, 1, 3]": "Columns count from 0.",
    }.get(str(columns.tolist()), "")
)
assert pointers.tolist() == [0, 1, 1, 3], (
    f"Three rows have four pointers, [0, 1, 1, 3], yours {pointers.tolist()}. "
    + {
        "[1, 1, 3]": "The 0 in front is missing.",
        "[0, 1, 1]": "The last pointer, the number of values, is missing.",
        "[1, 0, 2]": "Those are counts; pointers are their running sum.",
        "[0, 1, 0, 2]": "Those are counts; pointers are their running sum.",
        "[0, 1, 3]": "The empty row has a pointer too.",
        "[0, 2, 2]": "Those are the rows of the values; a pointer says where a row begins.",
        "[0, 1, 2, 3]": "That counts columns; pointers go by rows.",
    }.get(str(pointers.tolist()), "")
)

# %% hidden to_csr
rng = np.random.default_rng(9)
weight = (rng.normal(size=(6, 9)) * (rng.random((6, 9)) < 0.3)).astype(np.float32)
weight[0], weight[3], weight[5] = 0, 0, 0
weight[1, 8], weight[2, 0] = -1e-30, -2
before = weight.copy()
result = to_csr(weight)
assert np.array_equal(weight, before), "to_csr changed the weight."
values, columns, pointers = (np.asarray(each) for each in result)
expected = [weight[i, j] for i in range(6) for j in range(9) if weight[i, j] != 0]
assert len(values) == len(expected), (
    f"{len(expected)} values are not zero, yours {len(values)}. Negative and tiny weights are not zero, and "
    "no number may be written in."
)
assert pointers.shape == (7,) and pointers[0] == 0 and pointers[-1] == len(expected), (
    f"Empty first and last rows: 6 rows have 7 pointers, from 0 to {len(expected)}, yours {pointers.tolist()}."
)
for row in range(6):
    here = slice(pointers[row], pointers[row + 1])
    expected = [j for j in range(9) if weight[row, j] != 0]
    assert np.array_equal(columns[here], expected), (
        f"Row {row}: the columns must be ascending, {expected}, yours {columns[here].tolist()}."
    )
    assert np.array_equal(values[here], weight[row, expected]), (
        f"Row {row}: the values are not right."
    )
assert (values.dtype, columns.dtype, pointers.dtype) == (np.float32, np.int32, np.int32), (
    "Values keep the weight's dtype (float32 here), indices and pointers are int32: yours are "
    f"{values.dtype}, {columns.dtype} and {pointers.dtype}. Twice the bytes each would cost twice the memory."
)
values, columns, pointers = to_csr(np.zeros((2, 3)))
assert (len(values), len(columns), list(pointers)) == (0, 0, [0, 0, 0]), (
    "A weight of zeros: no values, and pointers [0, 0, 0]."
)


# %% given formats
#| export
FORMATS = ("dense", "csr", "csr16", "bitmask")


def from_csr(
    values: np.ndarray,
    col_indices: np.ndarray,
    row_pointers: np.ndarray,
    shape: tuple[int, int],
) -> np.ndarray:
    """Return the dense weight of the given shape from its CSR arrays (see `to_csr`)."""
    weight = np.zeros(shape, dtype=values.dtype)
    rows = np.repeat(np.arange(shape[0]), np.diff(row_pointers))
    weight[rows, col_indices] = values
    return weight


def to_bitmask(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Store a weight as its values and one bit for each place.

    Args:
        weight: (in_features, out_features), floating. Not modified.

    Returns:
        values: (nonzero,), the dtype of `weight`: what is not zero, in row-major order;
        bits: (ceil(size / 8),) uint8: `np.packbits` of the mask of non-zero places, row-major.
    """
    check_weight("to_bitmask", weight)
    keep = weight != 0
    return weight[keep], np.packbits(keep)


def from_bitmask(values: np.ndarray, bits: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the dense weight of the given shape from its bitmask arrays (see `to_bitmask`)."""
    weight = np.zeros(shape, dtype=values.dtype)
    weight[np.unpackbits(bits, count=weight.size).reshape(shape).astype(bool)] = values
    return weight


# %% [markdown]
# ### Exercise 13: count the bytes (3 points)
#
# "90 % sparse, so a tenth of the memory" forgets the indices. A worked example, a float32 weight 100 x 100
# with 1,000 values left (90 % sparse), 40,000 bytes when dense:
#
# | format | bytes |
# |---|---|
# | CSR | 1,000 * 4 (values) + 1,000 * 4 (columns) + 101 * 4 (pointers) = 8,404 |
# | CSR with 2-byte columns | 1,000 * 4 + 1,000 * 2 + 101 * 4 = 6,404 |
# | bitmask | 1,000 * 4 + 10,000 / 8 = 5,250 |
#
# <details><summary>Hint</summary>Only three numbers of the weight matter: its shape, how many values are not
# zero, and <code>weight.itemsize</code>, the bytes of one value. A last byte that is not full is a
# byte.</details>


# %% exercise storage_bytes
#| export
def storage_bytes(weight: np.ndarray, fmt: str) -> int:
    """Count the bytes that a weight takes in a storage format, indices and padding included.

    Args:
        weight: (in_features, out_features), floating. Not modified.
        fmt: "dense": every value; "csr": values, int32 columns, int32 row pointers; "csr16": as csr,
            with uint16 columns; "bitmask": values, and one bit for each place, in whole bytes.

    Returns:
        Bytes, an int.

    Raises:
        TypeError, ValueError: `weight` is not a 2-D array of floats, `fmt` is none of the four, or
            "csr16" is asked of more than 65,536 columns.
    """
    check_weight("storage_bytes", weight)
    if fmt not in FORMATS:
        raise ValueError(f"storage_bytes: fmt must be one of {FORMATS}, got {fmt!r}")
    if fmt == "csr16" and weight.shape[1] > 2**16:
        raise ValueError(
            f"storage_bytes: csr16 holds up to 65536 columns, got {weight.shape[1]}; use csr"
        )
    ### BEGIN SOLUTION
    nonzero = int(np.count_nonzero(weight))
    pointers = 4 * (weight.shape[0] + 1)
    indices = {
        "dense": weight.itemsize * (weight.size - nonzero),  # the zeros, stored like the rest
        "csr": 4 * nonzero + pointers,
        "csr16": 2 * nonzero + pointers,
        "bitmask": (weight.size + 7) // 8,
    }
    return weight.itemsize * nonzero + indices[fmt]
    ### END SOLUTION


# %% check storage_bytes 3
weight = np.zeros((100, 100), dtype=np.float32)
weight[:10] = -1
counts = {fmt: storage_bytes(weight, fmt) for fmt in ("dense", "csr", "csr16", "bitmask")}
assert all(isinstance(count, int | float | np.number) for count in counts.values()), (
    f"Return a number of bytes for every format, not {counts}."
)
got = counts["dense"]
assert got == 40_000, f"Dense: 10,000 values of 4 bytes are 40,000, yours {got}. " + {
    4_000: "Dense stores the zeros too.",
    10_000: "A float32 takes 4 bytes.",
    320_000: "Those are bits.",
    80_000: "A float32 takes 4 bytes.",
}.get(got, "")
got = counts["csr"]
assert got == 8_404, f"CSR of the worked example takes 8,404 bytes, yours {got}. " + {
    404: "Negative values are not zero.",
    4_000: "Those are the values alone: where they stand must be stored too.",
    8_000: "The row pointers are missing.",
    4_404: "The column of each value is missing.",
    8_400: "There is one pointer more than there are rows.",
    12_404: "Columns are int32, 4 bytes, not 8.",
    12_808: "Columns and pointers are int32, 4 bytes, not 8.",
    12_000: "CSR has one pointer a row, not a row index for each value.",
}.get(got, "")
got = counts["csr16"]
assert got == 6_404, f"CSR with 2-byte columns takes 6,404 bytes, yours {got}. " + {
    6_202: "The row pointers stay int32.",
    8_404: "That is CSR with 4-byte columns.",
    4_404: "The values stay float32.",
}.get(got, "")
got = counts["bitmask"]
assert got == 5_250, f"The bitmask format takes 5,250 bytes, yours {got}. " + {
    14_000: "A bit for each place, not a byte.",
    1_250: "The values are missing.",
    4_125: "A bit for each place, also for those that are zero.",
    4_000: "The bits are missing.",
}.get(got, "")

# %% hidden storage_bytes
weight = np.zeros((7, 3))
weight[2] = 0.5
expected = {"dense": 168, "csr": 24 + 12 + 32, "csr16": 24 + 6 + 32, "bitmask": 24 + 3}
for fmt, count in expected.items():
    got = storage_bytes(weight, fmt)
    assert got == count, (
        f"A float64 weight 7 x 3 with 3 values left takes {count} bytes as {fmt}, yours {got}. A float64 "
        "takes 8 bytes; pointers go by rows; 21 bits need 3 whole bytes."
    )
got = storage_bytes(np.zeros((4, 2), np.float32), "csr")
assert got == 20, f"Nothing left in 4 rows: the 5 pointers still take 20 bytes, yours {got}."
got = storage_bytes(np.ones((4, 2), np.float32), "bitmask")
assert got == 33, f"8 values of 4 bytes and 8 bits, one whole byte: 33 bytes, yours {got}."

# %% [markdown]
# ### Experiment: from which sparsity on does it pay?
#
# A matrix of 256 x 128 in each format. The mark on each line is its break-even: below that sparsity,
# storing the weights "sparsely" makes the file larger.


# %%
def measure_bytes(sparsities: Sequence[float]) -> dict[str, np.ndarray]:
    """Return the bytes of a pruned matrix 256 x 128, for each format an array like sparsities."""
    generator = np.random.default_rng(0)
    full = generator.normal(size=(256, 128)).astype(np.float32)
    pruned = [full * random_mask(full, sparsity, generator) for sparsity in sparsities]
    return {fmt: np.array([storage_bytes(each, fmt) for each in pruned]) for fmt in FORMATS}


if ready(storage_bytes):
    stored_at = np.linspace(0, 1, 101)
    figure = draw_bytes(stored_at, measure_bytes(stored_at))

# %% [markdown]
# ## 10. Run it sparsely, by a fair clock
#
# ### Exercise 14: multiply (3 points)
#
# `x @ W` from the three arrays, without ever building W. In the worked example of exercise 12, with
# `x = [[1, 2, 3]]`: row 0 of W gives 1 * 5 to column 1; row 1 nothing; row 2 gives 3 * 2 to column 0 and
# 3 * 7 to column 2. Together `[[6, 5, 21]]`.
#
# <details><summary>Hint 1</summary>Loop over the rows of W. Row i is scaled by column i of x and added to
# the columns that it has.</details>
# <details><summary>Hint 2</summary><code>out[:, columns] += x[:, i, None] * values</code>: a row names each
# column once at most, so this adds rightly.</details>


# %% exercise csr_matmul
#| export
def csr_matmul(
    x: np.ndarray,
    values: np.ndarray,
    col_indices: np.ndarray,
    row_pointers: np.ndarray,
    shape: tuple[int, int],
) -> np.ndarray:
    """Compute `x @ W` from the CSR arrays of W, without building W.

    Args:
        x: (batch, in_features), floating. Not modified.
        values, col_indices, row_pointers: the arrays of W, as `to_csr` returns them.
        shape: (in_features, out_features) of W.

    Returns:
        (batch, out_features), floating.
    """
    ### BEGIN SOLUTION
    features = np.ascontiguousarray(x.T)  # one row a feature: the products read memory in order
    product = np.zeros((shape[1], len(x)), dtype=np.result_type(x, values))
    for row in range(shape[0]):
        here = slice(row_pointers[row], row_pointers[row + 1])
        product[col_indices[here]] += values[here, None] * features[row]
    return product.T
    ### END SOLUTION


# %% check csr_matmul 3
csr = (np.array([5.0, 2, 7]), np.array([1, 0, 2], np.int32), np.array([0, 1, 1, 3], np.int32))
product = csr_matmul(np.array([[1.0, 2.0, 3.0]]), *csr, (3, 3))
assert np.shape(product) == (1, 3), f"The product has shape (1, 3), yours {np.shape(product)}."
got = np.asarray(product).tolist()
assert got == [[6, 5, 21]], f"The product is [[6, 5, 21]], yours {got}. " + {
    "[[10.0, 0.0, 23.0]]": "That is W @ x: rows and columns of W are swapped.",
    "[[0.0, 5.0, 0.0]]": "The last row of W is missing: each row has two pointers around it.",
    "[[2.0, 5.0, 7.0]]": "Multiply each value by its row's feature, x[:, i].",
    "[[4.0, 5.0, 14.0]]": "An empty row of W still counts: row 2 is scaled by x[:, 2].",
}.get(str(got), "Row i of W is scaled by x[:, i].")

# %% hidden csr_matmul
W = np.array([[0.0, 2, 0, -1, 0], [0, 0, 0, 0, 0], [3, 0, 0, 4, 0]])
csr = (
    np.array([2.0, -1, 3, 4]),
    np.array([1, 3, 0, 3], np.int32),
    np.array([0, 2, 2, 4], np.int32),
)
x = np.random.default_rng(10).normal(size=(6, 3))
before = [x.copy(), *(each.copy() for each in csr)]
product = csr_matmul(x, *csr, (3, 5))
assert np.shape(product) == (6, 5), (
    f"(6, 3) times (3, 5) is (6, 5), also where columns of W are empty; yours is {np.shape(product)}. Use "
    "`shape`, and take all samples of the batch."
)
assert all(np.array_equal(a, b) for a, b in zip(before, (x, *csr), strict=True)), (
    "csr_matmul changed its arguments."
)
assert np.allclose(product, x @ W), (
    "Other shapes, an empty row and an empty column: the product differs from x @ W. Do several rows that "
    "reach the same column add up?"
)
empty = (np.zeros(0), np.zeros(0, np.int32), np.zeros(4, np.int32))
product = csr_matmul(x, *empty, (3, 2))
assert np.shape(product) == (6, 2) and not np.any(product), (
    "A weight of zeros has no values; the product is zeros of shape (batch, out_features)."
)
starts = np.zeros(20_001, np.int32)
starts[7:] = 1  # one value, in row 6; a dense W would take 32 GB
try:
    product = csr_matmul(
        np.ones((1, 20_000)),
        np.array([2.5]),
        np.array([150_000], np.int32),
        starts,
        (20_000, 200_000),
    )
except MemoryError:
    raise AssertionError(
        "W of shape (20000, 200000) with one value left: your code runs out of memory. Do not build W, "
        "work with the three arrays."
    ) from None
assert np.shape(product) == (1, 200_000) and np.flatnonzero(product).tolist() == [150_000], (
    "W of shape (20000, 200000) with one value left: the product is wrong."
)


# %% given stored_mlp
#| export
class StoredMLP:
    """A network as one would ship it: each layer as CSR where that takes fewer bytes, else dense.

    Attributes:
        nbytes: bytes of all arrays, indices, pointers and biases included.
    """

    def __init__(self, model: DenseMLP) -> None:
        self.activation = model.activation
        self.layers = []
        for layer in model.layers:
            csr = to_csr(layer["weights"])
            sparse = sum(array.nbytes for array in csr) < layer["weights"].nbytes
            arrays = csr if sparse else (layer["weights"],)
            self.layers.append((arrays, layer["weights"].shape, layer["bias"]))
        self.nbytes = sum(
            bias.nbytes + sum(array.nbytes for array in arrays) for arrays, _, bias in self.layers
        )

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the logits (batch, output_size), as the dense network would."""
        for index, (arrays, shape, bias) in enumerate(self.layers):
            x = (csr_matmul(x, *arrays, shape) if len(arrays) == 3 else x @ arrays[0]) + bias
            if index < len(self.layers) - 1:
                x = np.tanh(x) if self.activation == "tanh" else np.maximum(x, 0)
        return x


# %% [markdown]
# "Faster" is a claim about a clock. Clocks are noisy: the first call warms caches, other programs
# take the processor for a while, and two measurements made a minute apart compare two minutes and not
# two programs. So: warm up, take turns, take medians, and say how much the ratio scatters.
#
# ### Exercise 15: a fair clock (4 points)
#
# A worked example with made-up times. After a warm-up call of each, three turns:
#
# ```
# baseline   2 s   4 s   9 s      median 4 s
# candidate  1 s   2 s   1 s      median 1 s       ratio = 4 / 1 = 4
# ratio of each turn   2, 2, 9
# ```
#
# The one slow turn (9 s) hardly matters to the medians; a mean would have said 5 / 1.33 = 3.75, and it
# would say something else tomorrow.
#
# <details><summary>Hint 1</summary>One loop over the repeats; in each, time both functions.</details>
# <details><summary>Hint 2</summary>Read <code>clock()</code> directly before and after the call, and
# nothing else in between.</details>
# <details><summary>Hint 3</summary><code>np.percentile(ratios, [10, 90])</code>.</details>


# %% exercise time_ratio
#| export
def time_ratio(
    baseline: Callable[[], object],
    candidate: Callable[[], object],
    repeats: int = 20,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, object]:
    """Measure how many times faster `candidate` is than `baseline`.

    Call each at least once to warm up, untimed. Then, `repeats` times, time one call of each, taking
    turns.

    Args:
        baseline, candidate: functions without arguments; their results do not matter.
        repeats: timed calls of each, at least 1.
        clock: returns seconds; only differences count.

    Returns:
        A dict with
        "ratio": float, median of the baseline's times / median of the candidate's (2 means that the
            candidate takes half the time);
        "baseline_s", "candidate_s": floats, the two medians, in seconds;
        "spread": (low, high), the 10th and 90th percentile of the repeats' own ratios, baseline /
            candidate, turn by turn.

    Raises:
        TypeError, ValueError: `repeats` is not a whole number of at least 1.
    """
    check_count("time_ratio", "repeats", repeats)
    ### BEGIN SOLUTION
    baseline()
    candidate()
    seconds = np.zeros((repeats, 2))
    for turn in range(repeats):
        for column, run in enumerate((baseline, candidate)):
            start = clock()
            run()
            seconds[turn, column] = clock() - start
    baseline_s, candidate_s = np.median(seconds, axis=0)
    low, high = np.percentile(seconds[:, 0] / seconds[:, 1], [10, 90])
    return {
        "ratio": float(baseline_s / candidate_s),
        "baseline_s": float(baseline_s),
        "candidate_s": float(candidate_s),
        "spread": (float(low), float(high)),
    }
    ### END SOLUTION


# %% check time_ratio 4
def make_fake_program(name, times, now, calls):
    """Return a function that pretends to take 60 s at first, then the given times in turn."""

    def program():
        n_before = calls.count(name)
        calls.append(name)
        now[0] += times[(n_before - 1) % len(times)] if n_before else 60

    return program


now, calls = [100.0], []
slow = make_fake_program("baseline", [2, 4, 9], now, calls)
fast = make_fake_program("candidate", [1, 2, 1], now, calls)
timing = time_ratio(slow, fast, repeats=3, clock=lambda: now[0])
assert calls[:2] != ["baseline", "baseline"] and len(calls) >= 8, (
    f"Three repeats and a warm-up of each make 8 calls, taking turns; you made {len(calls)}: {calls}. "
    "The first call of each is for warming up and is not timed."
)
got = (timing["baseline_s"], timing["candidate_s"])
assert got == (4, 1), f"The medians are 4 s and 1 s, you say {got}. " + {
    "(5.0, 1.333333)": "Those are the means: one slow turn shifts them.",
    "(2.0, 1.0)": "Those are the fastest calls.",
    "(6.5, 1.5)": "The warm-up is counted.",
    "(1.0, 4.0)": "They are the wrong way round.",
}.get(
    str(tuple(round(float(each), 6) for each in got)),
    "Time each call by itself, untimed warm-up first.",
)
assert np.isclose(timing["ratio"], 4), (
    f"median of the baseline / median of the candidate = 4 / 1 = 4, not {timing['ratio']:g}. "
    + {
        0.25: "It is upside down: above 1 must mean that the candidate is faster.",
        2.0: "That is the median of the ratios; take the ratio of the medians.",
    }.get(round(float(timing["ratio"]), 6), "")
)
expect(
    tuple(timing["spread"]),
    (2.0, 7.6),
    "The turns' own ratios are 2, 2 and 9: their 10th and 90th percentile are 2 and 7.6",
    {
        (2.4, 8 / 1.8): "Those are the times' percentiles, divided: divide turn by turn first.",
        (2.4, 4.4): "The times are sorted: a ratio is that of one turn.",
        (7.6, 2.0): "The low one comes first.",
        (2, 9): "Those are the smallest and the largest ratio.",
    },
)

# %% hidden time_ratio
now, calls = [0.0], []
times = [6, 2, 22, 14, 10, 4, 18, 20, 8, 16, 12]
slow = make_fake_program("baseline", times, now, calls)
fast = make_fake_program("candidate", [2], now, calls)
timing = time_ratio(slow, fast, repeats=11, clock=lambda: now[0])
timed = calls[-22:]
assert len(calls) >= 24, f"11 repeats and a warm-up of each make 24 calls, you made {len(calls)}."
assert all({timed[i], timed[i + 1]} == {"baseline", "candidate"} for i in range(0, 22, 2)), (
    "The two programs must take turns: first all of one and then all of the other compares two "
    "stretches of time, not two programs."
)
assert np.isclose(timing["baseline_s"], 12) and np.isclose(timing["candidate_s"], 2), (
    f"Other times: the medians are 12 s and 2 s, you say {timing['baseline_s']:g} and "
    f"{timing['candidate_s']:g}. Is a warm-up counted, or is something timed besides the call?"
)
assert np.isclose(timing["ratio"], 6), (
    f"Other times: the ratio is 12 / 2 = 6, not {timing['ratio']:g}."
)
assert np.shape(timing["spread"]) == (2,) and np.allclose(timing["spread"], (2, 10)), (
    "The turns' own ratios are 1 to 11: their 10th and 90th percentile are (2, 10), you say "
    f"{timing['spread']}."
)

# %% [markdown]
# ### Experiment: what does the clock say?
#
# Now the question that the whole subject turns on: does a network full of zeros run faster? Three ways to
# have fewer weights, timed against the dense network on the same images:
#
# * **zeros in a dense product**: masks, and nothing else. The processor multiplies by zero as fast as by
#   anything else.
# * **CSR in NumPy**: every layer by your `csr_matmul`. It multiplies only what is left, but its loop over
#   rows runs in Python, and it reads and writes memory in an order that suits the processor less.
# * **neurons removed**: so many that about the same share of the weights is gone.
#
# The bands are your `spread`. Where a line crosses 1 is the break-even, on this machine.


# %%
def forward_csr(model: DenseMLP, stored: list[tuple[np.ndarray, ...]], x: np.ndarray) -> np.ndarray:
    """Compute the logits with every layer stored as CSR."""
    for index, (layer, arrays) in enumerate(zip(model.layers, stored, strict=True)):
        x = csr_matmul(x, *arrays, layer["weights"].shape) + layer["bias"]
        if index < len(stored) - 1:
            x = np.maximum(x, 0)
    return x


def time_ways(
    model: DenseMLP, sparsities: Sequence[float], images: np.ndarray
) -> dict[str, np.ndarray]:
    """Time three ways against the dense network: name -> (n, 3), median, low and high, dense = 1."""
    names = ("zeros in a dense product", "CSR in NumPy", "neurons removed")
    found = {name: np.zeros((len(sparsities), 3)) for name in names}
    for row, sparsity in enumerate(progress(sparsities, "timing")):
        masked = apply_masks(model, global_masks(model.weights(), sparsity))
        stored = [to_csr(each) for each in masked.weights()]
        fewer = remove_weakest_neurons(model, 1 - (1 - sparsity) ** 0.5)
        ways = (
            lambda m=masked: m.forward(images),
            lambda m=masked, arrays=stored: forward_csr(m, arrays, images),
            lambda m=fewer: m.forward(images),
        )
        for name, way in zip(names, ways, strict=True):
            clocked = time_ratio(lambda: model.forward(images), way, repeats=25)
            low, high = clocked["spread"]
            found[name][row] = 1 / clocked["ratio"], 1 / high, 1 / low
    return found


RUNNING = (*REMOVING, global_masks, to_csr, csr_matmul, time_ratio)

if ready(*RUNNING):
    timed_at = (0.5, 0.75, 0.9, 0.95, 0.98)
    times_of = time_ways(networks[0], timed_at, digits.x_test[:720])
    figure = draw_times(timed_at, times_of)

# %% [markdown]
# How fast a sparse product can be, compiled and with the processor's vector instructions, is a lesson of
# its own, `18_sparse_kernels`. Elsen et al. (2019, arXiv:1911.09723) report 1.3 to 2.4 times on phones,
# with kernels written for it.

# %% [markdown]
# ## 11. Fewer bits instead of fewer weights
#
# **Quantization** keeps every weight but stores it in one byte: a whole number from -127 to 127, times a
# scale shared by its column.
#
# ### Exercise 16: int8 (6 points)
#
# A worked example, one column `[0.7, -1.0, 0.003]`: the largest magnitude is 1, so the scale is
# 1 / 127 = 0.00787. Divided by it the column is [88.9, -127, 0.381], rounded [89, -127, 0]. Back again:
# [0.701, -1.0, 0]. No value is off by more than half a scale.
#
# <details><summary>Hint 1</summary>One scale a column: the largest magnitude down axis 0, over 127.</details>
# <details><summary>Hint 2</summary>A column of zeros has scale 0, and 0 / 0 is NaN. Any positive scale
# describes it well; take 1.</details>
# <details><summary>Hint 3</summary>Round with <code>np.rint</code> before <code>.astype(np.int8)</code>: the
# cast alone cuts off.</details>


# %% exercise quantize_int8
#| export
def quantize_int8(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round a weight to whole steps of a scale, one scale for each output column.

    Symmetric: the largest magnitude of a column becomes 127 or -127, and 0 stays 0.

    Args:
        weight: (in_features, out_features), floating. Not modified.

    Returns:
        (q, scale): q like `weight`, int8 in -127..127; scale (out_features,) float32, above 0 (1 for a
        column of zeros). `q * scale` is within half a scale of `weight`.

    Raises:
        TypeError, ValueError: `weight` is not a 2-D array of floats, is empty or holds NaN.

    Source: Jacob et al. 2018, arXiv:1712.05877, section 2.1 (here without zero point).
    """
    check_weight("quantize_int8", weight)
    ### BEGIN SOLUTION
    scale = (np.abs(weight).max(axis=0) / 127).astype(np.float32)
    scale[scale == 0] = 1
    q = np.clip(np.rint(weight / scale), -127, 127)
    return q.astype(np.int8), scale
    ### END SOLUTION


# %% check quantize_int8 6
weight = np.array([[0.7, 0.0, 25.4], [-1.0, 0.0, 10.0], [0.003, 0.0, -0.42], [0.1, 0.0, 5.0]])
before = weight.tolist()
with np.errstate(all="ignore"):
    result = quantize_int8(weight)
assert isinstance(result, tuple | list) and len(result) == 2, "Return the pair (q, scale)."
assert weight.tolist() == before, "quantize_int8 changed the weight; compute with new arrays."
q, scale = (np.asarray(each) for each in result)
assert q.shape == (4, 3) and scale.shape == (3,), (
    f"q has the weight's shape (4, 3) and there is one scale for each column, (3,); yours are {q.shape} "
    f"and {scale.shape}. One for all, or one a row, is too coarse or lies along the wrong axis."
)
assert q.dtype == np.int8, (
    f"q must be int8, whole numbers with a sign, one byte each; yours is {q.dtype}."
)
assert scale.dtype == np.float32, (
    f"scale must be float32, whatever the weight is; yours is {scale.dtype}."
)
assert np.isfinite(scale).all() and scale[1] > 0 and not q[:, 1].any(), (
    f"A column of zeros: q is 0 and the scale positive, say 1; yours are {q[:, 1].tolist()} and {scale[1]}. "
    "Do you divide by zero?"
)
got = float(scale[0])
slips = [
    (0.2, "One scale for each column, not one for all."),
    (1 / 128, "127 steps each side, so that both signs fit."),
    (1 / 255, "127 steps each side: 255 steps hold no sign."),
    (2 / 255, "127 steps each side, and 0 in the middle."),
    (1.7 / 255, "That spreads from smallest to largest; symmetric means 127 steps each side."),
    (0.7 / 127, "That is the largest value; take the largest magnitude."),
    (127, "Upside down: q * scale has to give the weight back."),
    (1, "Divide the largest magnitude by 127."),
]
assert np.isclose(got, 1 / 127), (
    f"Column 0: the largest magnitude is 1, the scale 1 / 127 = {1 / 127:.5f}, yours {got:.5f}. "
    + next((text for value, text in slips if np.isclose(got, value)), "")
)
assert q[:, 0].tolist() == [89, -127, 0, 13], (
    f"Column 0 becomes [89, -127, 0, 13], yours {q[:, 0].tolist()}. "
    + ("A cast cuts off: round to the nearest first." if q[0, 0] == 88 else "")
    + ("Divide by the scale." if q[0, 0] == 0 else "")
)
assert np.isclose(scale[2], 0.2) and q[:, 2].tolist() == [127, 50, -2, 25], (
    f"Column 2, [25.4, 10, -0.42, 5], has scale 0.2 and q [127, 50, -2, 25]; yours {scale[2]:g} with q "
    f"{q[:, 2].tolist()}."
)

# %% hidden quantize_int8
weight = (np.random.default_rng(11).normal(size=(40, 6)) * 10.0 ** np.arange(-3, 3)).astype(
    np.float32
)
weight[:, 4] = -np.abs(weight[:, 4])
before = weight.copy()
q, scale = quantize_int8(weight)
assert np.array_equal(weight, before), "quantize_int8 changed the weight."
assert np.shape(q) == (40, 6) and np.shape(scale) == (6,), (
    f"Shapes for a weight (40, 6) are (40, 6) and (6,), yours {np.shape(q)} and {np.shape(scale)}. No "
    "number may be written in."
)
assert q.dtype == np.int8 and scale.dtype == np.float32, (
    f"q is int8 and scale float32; yours are {q.dtype} and {scale.dtype}."
)
assert np.all(np.abs(q.astype(int)).max(axis=0) == 127), (
    "The largest magnitude of every column must become 127 or -127, also in a column of negative weights."
)
error = np.abs(q.astype(float) * scale - weight)
assert np.all(error <= scale / 2 * (1 + 1e-3)), (
    "Some weight is off by more than half a scale: round to the nearest, with each column's own scale."
)


# %% given dequantize
#| export
def dequantize_int8(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return `q * scale` as float32, (in_features, out_features)."""
    return q.astype(np.float32) * scale


# %% [markdown]
# ### Experiment: at equal bytes
#
# What would you rather do with a quarter of the bytes: keep every weight at 8 bits, or every fifth weight
# at 32? And with an eighth: 4 bits, or every tenth? And why not both: prune gradually, then round what is
# left. To be fair, the rounded networks are those trained on for the same extra epochs, the pruned ones
# are pruned gradually to the very same number of bytes, and every layer is stored in whichever format
# takes fewest.


# %% given equal_bytes
#| export
def rounded(model: DenseMLP, bits: int) -> DenseMLP:
    """Return a copy with weights in whole steps of a scale a column, as many as the bits allow."""
    copy = model.copy()
    for layer in copy.layers:
        if bits == 8:
            layer["weights"] = dequantize_int8(*quantize_int8(layer["weights"]))
        else:
            steps = 2 ** (bits - 1) - 1
            unit = np.abs(layer["weights"]).max(axis=0) / steps
            unit[unit == 0] = 1
            layer["weights"] = (np.rint(layer["weights"] / unit) * unit).astype(np.float32)
    return copy


def shipped_bytes(model: DenseMLP, bits: int = 32) -> int:
    """Count the bytes of a network whose layers are each stored in the cheapest format."""
    total = 0
    for layer in model.layers:
        left = np.count_nonzero(layer["weights"])
        places = [storage_bytes(layer["weights"], fmt) - 4 * left for fmt in FORMATS[1:]]
        sparse = (left * bits + 7) // 8 + min(places)
        scales = 0 if bits == 32 else layer["bias"].nbytes
        dense = (layer["weights"].size * bits + 7) // 8
        total += int(min(sparse, dense)) + layer["bias"].nbytes + scales
    return total


def pruned_to(model: DenseMLP, budget: int) -> tuple[DenseMLP, float]:
    """Prune one-shot, as little as fits into so many bytes; return the network and the sparsity.

    The sparsity is found in steps of half a percent.

    Raises:
        ValueError: the biases alone take more.
    """

    def pruned(step: int) -> DenseMLP:
        return apply_masks(model, global_masks(model.weights(), step / 200))

    step = bisect_left(range(201), True, key=lambda at: shipped_bytes(pruned(at)) <= budget)
    if step > 200:
        raise ValueError(f"no sparsity brings the network down to {budget} bytes")
    return pruned(step), step / 200


# %%
def compare_at_equal_bytes(models: Sequence[DenseMLP]) -> dict[str, np.ndarray]:
    """Prune gradually to the bytes of int8 and int4; return accuracies (seeds,) and bytes."""
    found = {}
    for bits in (8, 4):
        budget, scores, sizes = shipped_bytes(models[0], bits), [], []
        for row, model in enumerate(progress(models, f"pruned to the bytes of int{bits}")):
            _, sparsity = pruned_to(model, budget)
            pruned, trace = prune_by_plan(model, schedule(sparsity), row)
            scores.append(trace[-1])
            sizes.append(shipped_bytes(pruned))
        found |= {f"accuracy {bits}": scores, f"bytes {bits}": sizes}
    return found


def every_method() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return bytes (n,) and accuracies (seeds, n) of every method of this notebook."""
    one_shot = [apply_masks(networks[0], global_masks(networks[0].weights(), s)) for s in PRUNED_TO]
    masked_bytes = [shipped_bytes(each) for each in one_shot]
    gradual = {s: unpack(gradually, f"at {s}") for s in PRUNED_TO}
    fewer_bytes = [shipped_bytes(unpack(removing, f"without {f}")[0]) for f in FRACTIONS]
    methods = {
        "one-shot": (masked_bytes, tuning["one-shot"]),
        "fine-tuned": (masked_bytes, tuning["fine-tuned"]),
        "gradual": ([shipped_bytes(gradual[s][0]) for s in PRUNED_TO], gradually["gradual"]),
        "neurons removed, tuned": (fewer_bytes, removing["removed, tuned"]),
        "small dense": (fewer_bytes, removing["small dense"]),
    }
    few_bits = [[test_accuracy(rounded(each, bits)) for bits in (8, 4)] for each in trained_on]
    methods["int8, int4"] = ([shipped_bytes(trained_on[0], bits) for bits in (8, 4)], few_bits)
    for bits in (8, 4):
        small = {s: [rounded(each, bits) for each in gradual[s]] for s in PRUNED_TO}
        scores = np.array([[test_accuracy(each) for each in small[s]] for s in PRUNED_TO]).T
        sizes = [shipped_bytes(small[s][0], bits) for s in PRUNED_TO]
        methods[f"gradual and int{bits}"] = (sizes, scores)
    return {name: (np.array(sizes), np.array(scores)) for name, (sizes, scores) in methods.items()}


SHIPPING = (*GRADUAL, *REMOVING, storage_bytes, quantize_int8)

if ready(*SHIPPING):
    equal = remember(
        "equal_bytes", compare_at_equal_bytes, networks, uses=(*GRADUAL, storage_bytes)
    )
    methods = every_method()
    for place, bits in enumerate((8, 4)):
        sizes, scores = methods["int8, int4"]
        print(f"int{bits}:   {sizes[place]:8,} bytes, {say(scores[:, place])}")
        print(f"pruned: {equal[f'bytes {bits}'][0]:8,} bytes, {say(equal[f'accuracy {bits}'])}")

# %% [markdown]
# And every method of this notebook in one picture, by the bytes that one would ship. Up and to the left is
# better. Which methods would you never choose, because another is both smaller and more accurate?


# %%
if ready(*SHIPPING):
    figure = draw_accuracy_bytes(methods, tuning["dense, trained on"], shipped_bytes(networks[0]))

# %% [markdown]
# ## Put it together
#
# `MagnitudePruner` joins your functions under the names that TinyTorch's module 18 uses. Its speed-up
# is what a clock said, and its memory is what the arrays take.


# %% given magnitude_pruner
#| export
class MagnitudePruner:
    """Look at a network, prune it by magnitude, and measure what that gained."""

    def analyze_weight_distribution(self, model: DenseMLP) -> dict[str, object]:
        """Describe the magnitudes of a network's weights, biases left out.

        Returns:
            "global_stats": dict of "total_weights", "mean_abs", "median_abs", "std" and
                "percentiles" of |w| ("10th" to "99th");
            "layer_stats": list of dicts of "layer", "shape", "mean", "min", "max" (of |w|), "std",
                "zeros" and "near_zeros" (|w| < 0.001);
            "all_weights": (total,), every weight, layer after layer.
        """
        check_weights("analyze_weight_distribution", model.weights())
        all_weights = np.concatenate([weight.ravel() for weight in model.weights()])
        magnitudes = np.abs(all_weights)
        percents = (10, 25, 50, 75, 90, 95, 99)
        return {
            "global_stats": {
                "total_weights": all_weights.size,
                "mean_abs": float(magnitudes.mean()),
                "median_abs": float(np.median(magnitudes)),
                "std": float(all_weights.std()),
                "percentiles": {
                    f"{percent}th": float(value)
                    for percent, value in zip(
                        percents, np.percentile(magnitudes, percents), strict=True
                    )
                },
            },
            "layer_stats": [
                self._layer_stats(index, weight) for index, weight in enumerate(model.weights())
            ],
            "all_weights": all_weights,
        }

    @staticmethod
    def _layer_stats(index: int, weight: np.ndarray) -> dict[str, object]:
        magnitudes = np.abs(weight)
        return {
            "layer": index,
            "shape": weight.shape,
            "mean": float(magnitudes.mean()),
            "std": float(weight.std()),
            "min": float(magnitudes.min()),
            "max": float(magnitudes.max()),
            "zeros": int((weight == 0).sum()),
            "near_zeros": int((magnitudes < 0.001).sum()),
        }

    def prune_by_magnitude(
        self, model: DenseMLP, sparsity: float, structured: bool = False
    ) -> DenseMLP:
        """Return a pruned copy of a network.

        Args:
            model: the network. Not modified.
            sparsity: fraction to drop, 0 <= sparsity <= 1.
            structured: False sets the smallest weights of all layers to zero (`global_masks`);
                True removes `round(sparsity * n)` neurons of each hidden layer, at least one stays.

        Raises:
            TypeError, ValueError: `sparsity` is not a number in [0, 1].
        """
        check_fraction("prune_by_magnitude", "sparsity", sparsity)
        if structured:
            return remove_weakest_neurons(model, sparsity)
        return apply_masks(model, global_masks(model.weights(), sparsity))

    def measure_inference_speedup(
        self, dense_model: DenseMLP, sparse_model: DenseMLP, test_input: np.ndarray
    ) -> dict[str, float]:
        """Measure what pruning gained in time and memory, the pruned network stored sparsely.

        It is stored and run in whichever way takes fewer bytes: each layer dense or as CSR, or all of
        it as `tinytorch.sparse.SparseMLP`, by a compiled kernel where numba is installed.

        Args:
            dense_model: the network before pruning.
            sparse_model: the network after pruning.
            test_input: (batch, input_size), floating.

        Returns:
            "dense_time_ms", "sparse_time_ms": median times of a forward pass;
            "speedup": their ratio; above 1 means that the pruned network is faster;
            "sparsity": share of the dense network's weights that are gone;
            "memory_reduction": bytes of the dense network / bytes of the stored one;
            "dense_params", "sparse_params": parameters of the one, non-zero ones of the other.
        """
        ways = (StoredMLP(sparse_model), SparseMLP.from_model(sparse_model))
        stored = min(ways, key=lambda way: way.nbytes)
        timing = time_ratio(
            lambda: dense_model.forward(test_input), lambda: stored.forward(test_input)
        )
        left = sum(int(np.count_nonzero(weight)) for weight in sparse_model.weights())
        return {
            "dense_time_ms": timing["baseline_s"] * 1e3,
            "sparse_time_ms": timing["candidate_s"] * 1e3,
            "speedup": timing["ratio"],
            "sparsity": 1 - left / sum(weight.size for weight in dense_model.weights()),
            "memory_reduction": dense_model.get_memory_usage_mb() * 2**20 / stored.nbytes,
            "dense_params": dense_model.count_parameters(),
            "sparse_params": sparse_model.count_nonzero_parameters(),
        }


# %%
if ready(*RUNNING):
    pruner = MagnitudePruner()
    for structured in (False, True):
        pruned = pruner.prune_by_magnitude(networks[0], 0.75, structured)
        gain = pruner.measure_inference_speedup(networks[0], pruned, digits.x_test)
        print(
            f"{'neurons removed' if structured else 'weights masked ':16} "
            f"sparsity {gain['sparsity']:.0%}   memory {1 / gain['memory_reduction']:.2f}   "
            f"time {1 / gain['speedup']:.2f}   "
            f"accuracy {accuracy(pruned, digits.x_test, digits.y_test):.1%}   (dense = 1)"
        )

# %% [markdown]
# Read the two lines against each other: sparsity, memory, time, accuracy. Which of the four would an
# advertisement quote? The masked network ran as `tinytorch.sparse` stores and runs it: the reading
# lesson `18_sparse_kernels` shows how a product that skips zeros becomes fast.
#
# ### Move the slider
#
# One network, its second layer, from dense to nearly empty, one-shot. Where does the accuracy begin to
# fall, and where do the bytes? Between zero and the break-even of part 9 neither has gained anything.


# %%
def prepare_slider(model: DenseMLP, sparsities: Sequence[float]) -> Callable[[int], object]:
    """Prune to each sparsity, measure, and return what draws one position of the slider."""
    pruned = [apply_masks(model, global_masks(model.weights(), each)) for each in sparsities]
    scores, sizes = (
        [test_accuracy(each) for each in pruned],
        [shipped_bytes(each) for each in pruned],
    )
    return lambda place: draw_sparsity_frame(
        pruned[place].layers[1]["weights"], sparsities, scores, sizes, place
    )


def show_slider() -> object:
    """Return the slider, or a figure where ipywidgets is not installed."""
    positions = [*np.arange(0, 0.95, 0.05).tolist(), 0.95, 0.97, 0.99]
    labels = [f"{each:.0%}" for each in positions]
    return explore_sparsity(prepare_slider(networks[0], positions), labels, static=(0, 10, 18))


show_slider() if ready(dense_forward, global_masks, storage_bytes) else None

# %% [markdown]
# ### Three analyses
#
# The first: what does sparsity cost, and is magnitude better than chance?


# %% given tradeoffs
#| export
def analyze_pruning_accuracy_tradeoffs(
    sparsities: Sequence[float] = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98),
    seeds: Sequence[int] = (0, 1, 2),
) -> list[dict[str, float]]:
    """Train networks on the digits, prune them one-shot, and measure accuracy on the test images.

    Returns:
        A dict for each sparsity: "sparsity", "params_left" and "memory_mb" (stored, MiB) of the first
        seed; "accuracy", "accuracy_std" (ddof=1; 0 for one seed), "accuracy_drop" against the dense
        networks, and "random_accuracy", the control. Means over seeds.
    """
    digits = load_digits()
    models = [train_on_digits(seed) for seed in seeds]
    dense = np.mean([accuracy(model, digits.x_test, digits.y_test) for model in models])
    pruner = MagnitudePruner()
    rows = []
    for sparsity in sparsities:
        pruned = [pruner.prune_by_magnitude(model, sparsity) for model in models]
        scores = [accuracy(model, digits.x_test, digits.y_test) for model in pruned]
        random_scores = []
        for seed, model in zip(seeds, models, strict=True):
            rng = np.random.default_rng(seed)
            masks = [random_mask(weight, sparsity, rng) for weight in model.weights()]
            random_scores.append(accuracy(apply_masks(model, masks), digits.x_test, digits.y_test))
        rows.append(
            {
                "sparsity": sparsity,
                "params_left": pruned[0].count_nonzero_parameters(),
                "memory_mb": StoredMLP(pruned[0]).nbytes / 2**20,
                **_over_seeds(scores),
                "accuracy_drop": float(dense - np.mean(scores)),
                "random_accuracy": float(np.mean(random_scores)),
            }
        )
    return rows


def _over_seeds(scores: Sequence[float]) -> dict[str, float]:
    """Return mean and standard deviation (ddof=1; 0 for one seed) of accuracies."""
    spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    return {"accuracy": float(np.mean(scores)), "accuracy_std": spread}


# %%
if ready(dense_forward, global_masks, to_csr):
    print("sparsity  parameters left  MiB stored  accuracy        at random")
    for row in analyze_pruning_accuracy_tradeoffs():
        print(
            f"{row['sparsity']:8.0%} {row['params_left']:16,} {row['memory_mb']:11.3f}  "
            f"{row['accuracy']:.1%} ± {row['accuracy_std']:.1%}   {row['random_accuracy']:6.1%}"
        )

# %% [markdown]
# The second: pruning against **quantization**, which keeps every weight but stores it in one byte
# instead of four. To be fair, compare them at equal bytes.


# %% given analyze_quantization
#| export
def analyze_pruning_vs_quantization(seeds: Sequence[int] = (0, 1, 2)) -> list[dict[str, object]]:
    """Compare int8 weights with one-shot magnitude pruning that takes no more bytes.

    Returns:
        A dict for each method: "method", "bytes" (first seed, indices, scales and biases included),
        "compression" (dense bytes / bytes), "accuracy" and "accuracy_std" over the seeds (ddof=1).
    """
    digits = load_digits()
    models = [train_on_digits(seed) for seed in seeds]
    budget = shipped_bytes(models[0], bits=8)
    methods = {
        "dense float32": (models, shipped_bytes(models[0])),
        "int8": ([rounded(model, bits=8) for model in models], budget),
    }
    pruned = [pruned_to(model, budget)[0] for model in models]
    methods["pruned, as many bytes"] = (pruned, shipped_bytes(pruned[0]))
    dense_bytes = shipped_bytes(models[0])
    return [
        {"method": name, "bytes": nbytes, "compression": dense_bytes / nbytes}
        | _over_seeds([accuracy(each, digits.x_test, digits.y_test) for each in networks])
        for name, (networks, nbytes) in methods.items()
    ]


# %%
if ready(dense_forward, global_masks, storage_bytes, quantize_int8):
    print("method                     bytes   smaller   accuracy")
    for row in analyze_pruning_vs_quantization():
        print(
            f"{row['method']:22} {row['bytes']:9,} {row['compression']:8.1f}x   "
            f"{row['accuracy']:.1%} ± {row['accuracy_std']:.1%}"
        )

# %% [markdown]
# Kuzmin et al. (NeurIPS 2023, arXiv:2307.02973) compared the two on large networks and found that in
# most cases quantization keeps more accuracy for the same size. Do your numbers agree? The two are
# not rivals, though: what is left after pruning can be quantized, as in part 11.
#
# ## 12. In production
#
# What people use pruning for, as they reported it, and what became of its support in the large
# libraries. The line below each is where to check it; libraries change, so look before you build on it.


# %% given production
#| export
def explore_production_pruning() -> list[dict[str, str]]:
    """Return what is known of pruning in use: dicts of "system", "finding" and "source"."""
    rows = [
        (
            "LeNet-300-100 on MNIST",
            "12x fewer weights without loss of accuracy, by magnitude with retraining",
            "Han et al. 2015, arXiv:1506.02626, table 1",
        ),
        (
            "BERT",
            "30 to 40 % of the weights go without harm by magnitude pruning alone",
            "Gordon et al. 2020, arXiv:2002.08307",
        ),
        (
            "BERT",
            "10x smaller with less than 1 % relative loss takes a compound recipe: "
            "second-order pruning, distillation, layer dropping and quantization",
            "Kurtic et al. 2022, arXiv:2203.07259",
        ),
        (
            "BERT",
            "movement pruning with distillation keeps as little as 3 % of the weights "
            "with a small loss",
            "Sanh et al. 2020, arXiv:2005.07683",
        ),
        (
            "MobileNet and EfficientNet",
            "1.3 to 2.4x faster on phones with sparse kernels; the networks themselves are dense "
            "designs, and pruning them is separate work",
            "Elsen et al. 2019, arXiv:1911.09723",
        ),
        (
            "NVIDIA GPUs since Ampere",
            "2:4 sparsity: two of every four neighbouring weights are zero, which the tensor cores "
            "skip, up to twice the dense multiply rate; it is N:M sparsity, not block sparsity",
            "Mishra et al. 2021, arXiv:2104.08378",
        ),
        (
            "TensorFlow Lite",
            "no automatic pruning: one asks for it at training time, and it is unstructured unless "
            "one asks for a pattern; a smaller file needs compression on top",
            "TensorFlow Model Optimization guide, 'Trim insignificant weights'",
        ),
        (
            "PyTorch",
            "torch.nn.utils.prune applies masks: no schedule, and the tensors stay as large and as "
            "slow as they were",
            "PyTorch documentation, torch.nn.utils.prune",
        ),
        (
            "PyTorch, torchao",
            "2:4 and block sparsity lived in torchao.sparsity; in 2026 it was deleted, kernels and "
            "pruning tools alike, for lack of widespread use",
            "github.com/pytorch/ao, pull request 4728",
        ),
        (
            "vLLM",
            "kernels for 2:4 sparse models came in at the end of 2024 and were taken out in 2026, because "
            "such models are not widely used; loading one now raises NotImplementedError",
            "github.com/vllm-project/vllm, pull requests 10995 and 36799",
        ),
        (
            "LLM Compressor",
            "version 0.11.0 no longer writes 2:4 and sparse formats, for lack of interest and for the "
            "work they made",
            "github.com/vllm-project/llm-compressor, release notes of 0.11.0",
        ),
        (
            "TensorFlow and Keras",
            "the pruning toolkit works with the older tf_keras only; Keras 3, which TensorFlow has had as "
            "its default since 2.16, has no pruning of its own",
            "github.com/keras-team/keras, issue 23082; github.com/tensorflow/model-optimization, issue 1119",
        ),
        (
            "DeepSparse and SparseML",
            "an engine for sparse networks on CPUs and its pruning library; development ended in June "
            "2025, and their makers now work on vLLM",
            "github.com/neuralmagic/deepsparse, README",
        ),
        (
            "Pruning or quantization?",
            "quantization gives the better accuracy for the same size in most cases",
            "Kuzmin et al. 2023, arXiv:2307.02973",
        ),
    ]
    return [dict(zip(("system", "finding", "source"), row, strict=True)) for row in rows]


# %%
for row in explore_production_pruning():
    print(f"{row['system']}: {row['finding']}.\n    {row['source']}")

# %% [markdown]
# ## Bonus
#
# ### Bonus exercise 1: 2:4 sparsity (5 points)
#
# Some GPUs skip zeros only in a fixed pattern: of every four neighbouring weights along the inputs, two are
# kept. This is N:M sparsity, here 2:4. A worked example, one column `[3, -1, 2, -4]`: the two largest
# magnitudes are 3 and 4, so `keep` is `[True, False, False, True]`.
#
# <details><summary>Hint</summary>Reshape (in, out) to (in / m, m, out): the groups are then the first
# axis.</details>


# %% exercise nm_mask
#| export
def nm_mask(weight: np.ndarray, n: int = 2, m: int = 4) -> np.ndarray:
    """Mark the n largest magnitudes of every m consecutive weights along the input dimension.

    Of equal magnitudes the earlier input is dropped first, as in `magnitude_mask`.

    Args:
        weight: (in_features, out_features), floating; in_features is a multiple of m. Not modified.
        n, m: how many of how many stay, 1 <= n <= m.

    Returns:
        (in_features, out_features), bool. True means keep: n in each group of m.

    Raises:
        TypeError, ValueError: `weight` is not a 2-D array of floats, `n` or `m` is no count, n > m, or m
            does not divide in_features.

    Source: Mishra et al. 2021, arXiv:2104.08378, section 3.
    """
    check_weight("nm_mask", weight)
    check_count("nm_mask", "n", n)
    check_count("nm_mask", "m", m, least=n)
    if weight.shape[0] % m:
        raise ValueError(f"nm_mask: in_features must be a multiple of {m}, got {weight.shape[0]}")
    ### BEGIN SOLUTION
    groups = np.abs(weight).reshape(-1, m, weight.shape[1])
    ranking = np.argsort(groups, axis=1, kind="stable")
    keep = np.ones(groups.shape, dtype=bool)
    np.put_along_axis(keep, ranking[:, : m - n], False, axis=1)
    return keep.reshape(weight.shape)
    ### END SOLUTION


# %% check nm_mask 5
weight = np.array([[3.0, 1], [-1, 2], [2, -3], [-4, 4]])
keep = np.asarray(nm_mask(weight))
assert keep.shape == (4, 2) and keep.dtype == bool, (
    f"Return a mask of bool, shape (4, 2), True means keep; yours is {keep.dtype} {keep.shape}."
)
assert weight.tolist() == [[3, 1], [-1, 2], [2, -3], [-4, 4]], "nm_mask changed the weight."
got = keep[:, 0].tolist()
assert got == [True, False, False, True], f"Column [3, -1, 2, -4] keeps 3 and -4, yours {got}. " + {
    "[True, False, True, False]": "You ranked by value instead of by magnitude.",
    "[False, True, True, False]": "You kept the smallest, or True means dropped.",
    "[True, True, False, True]": "Groups run down a column (the inputs), not along a row.",
}.get(str(got), f"Two of four stay, yours keeps {sum(got)}.")
got = keep[:, 1].tolist()
assert got == [False, False, True, True], (
    f"Groups run down each column, the input dimension: column [1, 2, -3, 4] keeps -3 and 4, yours {got}."
)
keep = np.asarray(nm_mask(np.ones((4, 1))))
assert keep.ravel().tolist() == [False, False, True, True], (
    "Exactly two of four stay, and of equal magnitudes the earlier goes first: four equal weights keep the "
    f"last two, yours {keep.ravel().tolist()}."
)

# %% hidden nm_mask
rng = np.random.default_rng(12)
weight = rng.permutation(np.arange(1.0, 37.0)).reshape(12, 3) * rng.choice([-1, 1], (12, 3))
before = weight.copy()
for n, m in ((2, 4), (1, 4), (1, 3), (4, 6), (2, 2), (3, 12)):
    keep = np.asarray(nm_mask(weight, n, m))
    assert keep.shape == (12, 3) and np.all(keep.reshape(-1, m, 3).sum(axis=1) == n), (
        f"{n}:{m}: of every {m} consecutive inputs in a column exactly {n} stay. Are n and m used, and do "
        f"the groups start anew every {m} inputs?"
    )
    for start in range(0, 12, m):
        group = np.abs(weight[start : start + m])
        expected = group >= np.sort(group, axis=0)[m - n]
        assert np.array_equal(keep[start : start + m], expected), (
            f"{n}:{m}: inputs {start} to {start + m - 1} must keep the {n} largest magnitudes in each column."
        )
assert np.array_equal(weight, before), "nm_mask changed the weight."
equal = np.asarray(nm_mask(np.ones((64, 2)), 32, 64))
assert np.array_equal(equal, np.repeat([[False], [True]], 32, axis=0).repeat(2, axis=1)), (
    'Among 64 equal magnitudes the first 32 must go: make the sort stable, kind="stable".'
)

# %% [markdown]
# Four matrices on one scale, zeros white: a small weight as it is, under a mask, in the 2:4 pattern, and
# with neurons removed.


# %%
def four_matrices(weight: np.ndarray) -> dict[str, np.ndarray]:
    """Return a weight as it is, and pruned by half in three ways."""
    scores_of = neuron_scores(weight)
    return {
        "as trained": weight,
        "masked": weight * magnitude_mask(weight, 0.5),
        "2:4": weight * nm_mask(weight),
        "removed neurons": weight[:, scores_of > np.median(scores_of)],
    }


if ready(dense_forward, magnitude_mask, neuron_scores, nm_mask):
    figure = draw_matrices(four_matrices(networks[0].layers[2]["weights"][:32, :16]))

# %% [markdown]
# ### Bonus exercise 2: rewind (5 points)
#
# The **lottery ticket** hypothesis: inside a random start there is a small network that, trained alone, does
# as well as the whole (Frankle & Carbin 2019). To test it one prunes a trained network, keeps the masks, and
# goes back to the *initial* weights under them. Two controls belong to it: the same masks with a new random
# start, and random masks.
#
# <details><summary>Hint</summary>What comes from `initial`, what from `masks`? Of the trained weights
# nothing is left.</details>


# %% exercise rewind
#| export
def rewind(model: DenseMLP, initial: DenseMLP, masks: Sequence[np.ndarray]) -> DenseMLP:
    """Return the network as it was at the start, under the masks found after training.

    Args:
        model: the trained network, for its shape. Not modified.
        initial: the same network before training. Not modified.
        masks: one a layer, bool, True means keep.

    Returns:
        A `DenseMLP` with the initial weights where kept and 0 elsewhere, and the initial biases.

    Raises:
        TypeError, ValueError: `initial` has other shapes than `model`, or a mask does not fit.

    Source: Frankle & Carbin 2019, arXiv:1803.03635, section 1.
    """
    shapes = [[weight.shape for weight in each.weights()] for each in (model, initial)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"rewind: initial must have the model's shapes {shapes[0]}, got {shapes[1]}"
        )
    ### BEGIN SOLUTION
    return apply_masks(initial, masks)
    ### END SOLUTION


# %% check rewind 5
initial, model = DenseMLP(2, [3], 2, "tanh", rng=1), DenseMLP(2, [3], 2, "tanh", rng=2)
for layer in model.layers:
    layer["bias"] += 5
for layer in initial.layers:
    layer["bias"] += 1
masks = [np.array([[True, False, True], [False, True, True]]), np.array([[True, False]] * 3)]
before = [layer[key].copy() for each in (initial, model) for layer in each.layers for key in layer]
starts, trained = before[0:4:2], before[4:8:2]
ticket = rewind(model, initial, masks)
assert isinstance(ticket, DenseMLP), f"Return a DenseMLP, not {type(ticket).__name__}."
after = [layer[key] for each in (initial, model) for layer in each.layers for key in layer]
assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), (
    "rewind changed a network it was given; work on a copy."
)
for i, keep in enumerate(masks):
    got, bias = ticket.layers[i]["weights"], ticket.layers[i]["bias"]
    assert np.shape(got) == keep.shape, (
        f"Layer {i} keeps its shape {keep.shape}, yours is {np.shape(got)}."
    )
    assert not np.array_equal(got, np.where(keep, 0, starts[i])), (
        f"Layer {i} is 0 where it should stay: in a mask True means keep."
    )
    assert not got[~keep].any(), f"Layer {i}: weights that the mask drops must be 0."
    assert not np.allclose(got[keep], trained[i][keep]), (
        f"Layer {i} holds the trained weights; rewinding goes back to the initial ones."
    )
    assert np.array_equal(got[keep], starts[i][keep]), (
        f"Layer {i}: kept weights must be the initial ones, unchanged."
    )
    assert np.array_equal(bias, [1.0] * len(bias)), (
        f"Layer {i}: the biases go back to the start too, all of them: 1 here, yours {bias.tolist()}."
    )
assert ticket.activation == "tanh", "The ticket must keep the activation."

# %% hidden rewind
initial, model = DenseMLP(4, [6, 5], 3, rng=3), DenseMLP(4, [6, 5], 3, rng=4)
rng = np.random.default_rng(5)
masks = [rng.random(weight.shape) < 0.5 for weight in model.weights()]
before = [weight.copy() for weight in initial.weights()]
ticket = rewind(model, initial, masks)
assert len(ticket.layers) == 3, f"Three layers come in, {len(ticket.layers)} come out."
for got, start, keep in zip(ticket.weights(), before, masks, strict=True):
    assert np.array_equal(got, start * keep), "Other shapes: initial weights under the masks."
for layer in ticket.layers:
    layer["weights"] += 1
    layer["bias"] += 1
after = initial.weights()
assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)) and not any(
    layer["bias"].any() for layer in initial.layers
), "The ticket shares arrays with the initial network; it needs its own: a view is not a copy."

# %% [markdown]
# ### Experiment: is the ticket the start, the mask, or neither?
#
# On the plain digits, with the same epochs for everyone: the winning ticket; the same masks on a new random
# start; and the old start under masks shuffled within each layer, so that each layer keeps as many
# weights as before. If the ticket's curve lies above both controls, start and mask both matter. If the
# new start does as well, the mask alone did it. If shuffled masks do as well, it was only how many weights
# each layer keeps. A curve near one tenth means that networks did not train at all.


# %%
def play_lottery(seeds: Sequence[int], sparsities: Sequence[float]) -> dict[str, np.ndarray]:
    """Train the ticket and its two controls; accuracies (seeds, sparsities), and dense (seeds,)."""
    plain, names = load_digits(), ("ticket", "new start, same masks", "same start, shuffled masks")
    found = {name: np.zeros((len(seeds), len(sparsities))) for name in names}
    found["dense"] = np.zeros(len(seeds))
    for row, seed in enumerate(progress(seeds, "lottery")):
        first, other = (DenseMLP(64, HIDDEN, 10, rng=each) for each in (seed, seed + 1000))
        winner, generator = train_on_digits(seed), np.random.default_rng(seed)  # begins at `first`
        found["dense"][row] = accuracy(winner, plain.x_test, plain.y_test)
        for column, sparsity in enumerate(sparsities):
            keeps = global_masks(winner.weights(), sparsity)
            shuffled = [generator.permuted(keep.ravel()).reshape(keep.shape) for keep in keeps]
            starts = ((first, keeps), (other, keeps), (first, shuffled))
            for name, (begin, chosen) in zip(names, starts, strict=True):
                player = rewind(winner, begin, chosen)
                player = train(player, plain.x_train, plain.y_train, rng=seed, masks=chosen)
                scores_of = accuracy(player, plain.x_test, plain.y_test)
                found[name][row, column] = scores_of
    return found


if ready(*PRUNING, rewind):
    played_at = (0.9, 0.95, 0.98)
    lottery = remember(
        "lottery", play_lottery, SEEDS, played_at, uses=(*PRUNING, rewind, train_on_digits)
    )
    ahead = [
        100 * (lottery["ticket"] - lottery[name]).mean(axis=0)[-1]
        for name in ("new start, same masks", "same start, shuffled masks")
    ]
    figure = draw_curves(
        played_at,
        {name: curve for name, curve in lottery.items() if name != "dense"},
        "sparsity",
        f"At {played_at[-1]:.0%} sparsity the ticket is ahead of a new start by {ahead[0]:.1f} points, "
        f"of shuffled masks by {ahead[1]:.1f}",
        levels={"dense": lottery["dense"]},
        guessing=None,
    )

# %% [markdown]
# ## Questions (20 points)
#
# Ten questions, 2 points each. A person reads the answers. A few sentences each are enough; where a
# question asks about your results, give your numbers.

# %% [markdown]
# ### Question 1: A zero is not a saving (2 points)
#
# You set 90 % of a network's weights to zero and save it with `np.save`. What happens to the file,
# to the memory in use, and to the time of a forward pass, and why? Name what has to be done for
# each of the three to shrink. Use your plots of parts 9 and 10.

# %% question reflect_zero 2
# ### BEGIN SOLUTION
# * Nothing shrinks: a zero takes 4 bytes and a multiplication like any other value (1 point
#   with the reason).
# * File and memory: a sparse format, past its break-even, or smaller matrices. Time: a kernel
#   that skips zeros and wins past its own break-even, or removed neurons (1 point; half if one
#   of the three is missing).
# * Compressing the file on disk is a right answer for the file alone.
# ### END SOLUTION

# %% [markdown]
# ### Question 2: What a control is for (2 points)
#
# In part 4 weights were also dropped at random, in part 6 random masks were tuned. What would you
# have concluded without the first, and what without the second? At which sparsities does the choice
# by magnitude matter most in your plots?

# %% question reflect_control 2
# ### BEGIN SOLUTION
# * Without the first one cannot tell whether magnitude is any good: at low sparsity chance may
#   do as well (1 point).
# * Without the second one credits to magnitude what tuning alone gives back; the gap between
#   tuned curves is the value of the choice, and it is read off the student's own plot, usually
#   largest at high sparsity (1 point).
# ### END SOLUTION

# %% [markdown]
# ### Question 3: Three tenths of a point (2 points)
#
# A friend pruned one network, got 94.4 % where the dense one had 94.1 %, and says that pruning
# improves accuracy. There are 360 test digits. What do you ask, what do you measure, and how large
# a difference would convince you? Use the bands of your own plots.

# %% question reflect_seeds 2
# ### BEGIN SOLUTION
# * 0.3 points are one digit of 360, and one seed says nothing about the scatter (1 point).
# * Several seeds for both, mean and standard deviation, the dense network trained for the same
#   extra epochs, nothing chosen on the test images; a convincing difference is larger than the
#   scatter between seeds, about a point or more here (1 point).
# ### END SOLUTION

# %% [markdown]
# ### Question 4: The same extra epochs (2 points)
#
# Why does the plot of part 6 compare fine-tuned networks with a dense network that was trained on,
# and not with the dense network as it was before pruning? In which direction does the easier
# comparison mislead?

# %% question reflect_fair 2
# ### BEGIN SOLUTION
# * Fine-tuning is also more training, which by itself may raise or lower accuracy; the rival
#   must get it too (1 point).
# * Against the earlier network the cost of pruning looks smaller than it is whenever further
#   training helps the dense network (1 point); full marks too for reading off their own plot
#   that the two levels hardly differ.
# ### END SOLUTION

# %% [markdown]
# ### Question 5: A weight that came back (2 points)
#
# Somebody multiplies the weights by the mask before each step and then updates with momentum. After
# fine-tuning the network is less sparse than it was. Explain step by step what happens to one
# dropped weight, and give two ways to repair it. Which of the two lets the weight's velocity grow
# unseen?

# %% question reflect_velocity 2
# ### BEGIN SOLUTION
# * The gradient of a dropped weight is not zero, so velocity builds up, and the update after
#   the mask moves the weight away from zero (1 point).
# * Repairs: mask the weight after the update; mask gradient or velocity as well. Masking only
#   the weight leaves a velocity that grows unseen (1 point).
# ### END SOLUTION

# %% [markdown]
# ### Question 6: Where a network breaks (2 points)
#
# In part 5 two recipes gave very different accuracies at the same sparsity. Which layer is the
# thinnest in each, and why can the layers with the fewest weights be the critical ones? Would you
# prune them by the same share, globally, or not at all? How does the sensitivity scan help to
# decide, and what does it not see?

# %% question reflect_collapse 2
# ### BEGIN SOLUTION
# * Names the thinnest layers from the plot and says that all information passes through every
#   layer, so one thin layer limits the whole network; global magnitudes are comparable only if
#   layers have comparable scales (1 point).
# * A reasoned choice; the scan shows single layers, measured on training images, but not what
#   happens when several are pruned together (1 point).
# ### END SOLUTION

# %% [markdown]
# ### Question 7: Neurons or weights? (2 points)
#
# Compare half the neurons removed with the masks that leave about as many weights. Which keeps more
# accuracy, which runs faster on your machine, and which would you ship to a phone without a sparse
# kernel? What did the small dense network teach you about removed neurons?

# %% question reflect_structure 2
# ### BEGIN SOLUTION
# * Masks have more freedom and keep more accuracy at equal weights left; removed neurons are
#   faster everywhere because the matrices are smaller (1 point, from their own plots).
# * Without a kernel: removed neurons or a small dense network. If the small dense network does
#   as well, the pruned weights were not worth much, only the shape was (1 point).
# ### END SOLUTION

# %% [markdown]
# ### Question 8: Ten times smaller? (2 points)
#
# An abstract says: "we compress the network 10x by pruning 90 % of its weights". Work out the true
# ratio for a float32 layer of 256 x 128 in CSR, CSR with 2-byte indices, and as a bitmask. At which
# sparsity would the bitmask reach 10x, and can it reach 40x?

# %% question reflect_bytes 2
# ### BEGIN SOLUTION
# * Density 0.1: CSR 0.1 * 8 / 4 = 20 % and the pointers, near 4.8x; csr16 near 6.4x; bitmask
#   0.1 + 1/32 = 13.1 %, 7.6x (1 point; half if the pointers or the bits are forgotten).
# * 10x needs density 0.1 - 1/32 = 6.9 %, sparsity 93.1 %; the mask alone takes 1/32, so no
#   sparsity gives 40x (1 point).
# ### END SOLUTION

# %% [markdown]
# ### Question 9: Fewer bits or fewer weights? (2 points)
#
# From the last plot of part 11: you have a quarter of the bytes, then an eighth, then a thirtieth.
# What do you choose each time, and why might the best choice combine the two? Say what your plot
# cannot tell about a network a thousand times larger.

# %% question reflect_bits 2
# ### BEGIN SOLUTION
# * Reads the choices off their own plot; at a quarter, rounding usually costs next to nothing;
#   far down, pruning and rounding together reach sizes that neither reaches alone, because bits
#   and weights are different kinds of redundancy (1 point).
# * Limits: one small task and architecture, no outliers as in large language models, hardware
#   support decides about time; cites Kuzmin et al. or the like for large networks (1 point).
# ### END SOLUTION

# %% [markdown]
# ### Question 10: Read a claim (2 points)
#
# Take one line of part 12, open its source, and check it. Then write down four questions that you
# would ask of any paper or product that promises a smaller or faster network by pruning. For each,
# say which experiment of this notebook taught you to ask it.

# %% question reflect_claim 2
# ### BEGIN SOLUTION
# * One line checked against its source, with what the source really says: setting, baseline,
#   number (1 point).
# * Four good questions tied to experiments, such as: against which baseline and with equal
#   training, over how many seeds, indices counted or not, timed how and with which kernel,
#   chosen on which data (1 point; half for two or three).
# ### END SOLUTION

# %% [markdown]
# ## What you have
#
# A network, pruned two ways, with every gain measured: masks that keep accuracy and save memory once
# they are stored sparsely, and removed neurons that save memory and time on any machine. And you know
# three questions to ask of any claim about pruning: compared with what, over how many seeds, and by
# which clock?
