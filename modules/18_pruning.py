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
# There are seven exercises. In each, the docstring is the assignment: it says what comes in, what
# goes out, and in which shape. Replace the line `raise NotImplementedError(...)`, run the cell, then
# run the check below it. A check prints what is wrong and why. Your grade comes from these checks and
# from hidden ones with other shapes and values, so write for any input, not for the example.
#
# | part | exercise | points |
# |---|---|---|
# | 1. Train a dense network | `dense_forward` | 6 |
# | 2. Look | `sparsity_report` | 6 |
# | 3. Mask | `magnitude_mask`, `global_masks` | 10 + 10 |
# | 4. Remove neurons | `neuron_scores`, `remove_neurons` | 4 + 10 |
# | 5. Time it | `time_ratio` | 4 |
# | 6. Put it together | (given) | |
# | 7. In production | (given) | |
#
# Conventions: a weight `W` is `(in_features, out_features)`, used as `x @ W + b`. Sparsity is a
# fraction from 0 to 1, the share of weights that are zero. A mask is `True` where a weight is
# **kept**. Nothing you are given may be changed in place. Biases are never pruned and never counted.

# %%
#| default_exp pruning

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
import itertools
import time
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

# %%
import os

import matplotlib.pyplot as plt

# nbgrader sets this variable when it grades or validates. The experiments, which carry no points,
# are then skipped; the checks are the same.
GRADING = "NBGRADER_EXECUTION" in os.environ

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


# %% nbgrader={"grade": false, "grade_id": "dense_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
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


# %% nbgrader={"grade": true, "grade_id": "dense_forward_check", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
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
### BEGIN HIDDEN TESTS
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
### END HIDDEN TESTS

# %% [markdown]
# The class around it is given. Weights start small and random, with the range of Glorot & Bengio
# (2010): uniform in ±√(6 / (in + out)).

# %% nbgrader={"grade": false, "grade_id": "dense_mlp", "locked": true, "schema_version": 3, "solution": false, "task": false}
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


# %% nbgrader={"grade": false, "grade_id": "train", "locked": true, "schema_version": 3, "solution": false, "task": false}
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

    Returns:
        The trained network.
    """
    model = model.copy()
    rng = np.random.default_rng(rng)
    targets = np.eye(model.output_size, dtype=np.float32)[y]
    parameters = [(layer, key) for layer in model.layers for key in ("weights", "bias")]
    velocities = [np.zeros_like(layer[key]) for layer, key in parameters]
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for batch in np.split(order, range(batch_size, len(order), batch_size)):
            gradients = _gradients(model, x[batch], targets[batch])
            for (layer, key), velocity, gradient in zip(
                parameters, velocities, gradients, strict=True
            ):
                velocity *= momentum
                velocity += gradient
                layer[key] -= lr * velocity
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
# Five networks, one for each seed. One network alone would be an anecdote: the spread between seeds
# tells which differences mean something. (One test image of 360 is 0.28 points.)

# %%
SEEDS = range(5)

if not GRADING:
    digits = load_digits()
    networks = [train_on_digits(seed) for seed in SEEDS]
    print(
        f"{networks[0].count_parameters():,} parameters, {networks[0].get_memory_usage_mb():.2f} MiB"
    )

# %%
if not GRADING:
    dense = np.array([accuracy(model, digits.x_test, digits.y_test) for model in networks])
    print(
        f"Test accuracy of the dense networks: {dense.mean():.1%} "
        f"(standard deviation {dense.std(ddof=1):.1%} over {len(dense)} seeds)"
    )

# %% [markdown]
# ## 2. Look
#
# Before cutting, look. Training leaves most weights in the flat block where the random start put
# them, and pulls some far out. Pruning by **magnitude** bets that those few do the work: a small weight
# changes its neuron's sum only a little.


# %%
def draw_weight_histogram(start: DenseMLP, model: DenseMLP, sparsity: float = 0.8) -> plt.Figure:
    """Draw all weights before and after training, and how near to zero most of them lie."""
    weights = np.concatenate([weight.ravel() for weight in model.weights()])
    at_start = np.concatenate([weight.ravel() for weight in start.weights()])
    threshold = np.quantile(np.abs(weights), sparsity)
    figure, axis = plt.subplots(figsize=(8, 3.2))
    bins = np.linspace(-0.6, 0.6, 161)
    axis.hist(weights, bins, color="0.45", label="after training")
    axis.hist(at_start, bins, histtype="step", color="0", label="random start")
    axis.axvspan(-threshold, threshold, color="0.88", zorder=0, label=f"|w| < {threshold:.3f}")
    axis.set(xlabel="weight", ylabel="number of weights", xlim=(-0.6, 0.6))
    axis.set_title(f"{sparsity:.0%} of the weights lie within {threshold:.3f} of zero")
    axis.legend(frameon=False)
    figure.tight_layout()
    return figure


if not GRADING:
    start = DenseMLP(64, (256, 128, 64), 10, rng=SEEDS[0])
    figure = draw_weight_histogram(start, networks[0])

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


# %% nbgrader={"grade": false, "grade_id": "sparsity_report", "locked": false, "schema_version": 3, "solution": true, "task": false}
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


# %% nbgrader={"grade": true, "grade_id": "sparsity_report_check", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
report = sparsity_report([np.array([[1.0, 0.0], [0.0, -2.0]]), np.array([[0.0, 3, 0, 0, 0, 0]])])
assert isinstance(report, dict), f"Return a dict, not {type(report).__name__}."
missing = {"total", "nonzero", "sparsity", "compression_ratio", "per_layer"} - set(report)
assert not missing, f"The report lacks {sorted(missing)}."
assert report["total"] == 10, f"The two layers have 4 + 6 = 10 weights, not {report['total']}."
assert report["nonzero"] == 3, (
    f"Three weights are not zero (1, -2 and 3), you count {report['nonzero']}. "
    "Negative weights are not zero either."
)
got = report["sparsity"]
assert np.isclose(got, 0.7), f"7 of 10 weights are zero: sparsity 0.7, not {got:g}. " + {
    0.3: "That is the density, the share that is left.",
    70.0: "A fraction is wanted, not percent.",
    0.666667: "That is the mean of the layers: the larger layer must count for more.",
}.get(round(float(got), 6), "Divide the number of zeros by the number of weights.")
got = report["compression_ratio"]
assert np.isclose(got, 10 / 3), (
    f"Compression is original over new, 10 / 3 = 3.33, not {got:g}. "
    + {0.3: "You have it upside down."}.get(round(float(got), 6), "")
)
got = list(report["per_layer"])
assert np.allclose(got, [1 / 2, 5 / 6]), (
    f"The layers have sparsity [0.5, 0.833], you say {got}. "
    "Divide each layer's zeros by its own size; fractions, not percent, zeros, not what is left."
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(2)
weights = [rng.normal(size=shape).astype(np.float32) * 1e-6 for shape in [(7, 3), (3, 11), (11, 2)]]
weights[1][:, 4:] = 0
before = [weight.copy() for weight in weights]
report = sparsity_report(weights)
assert (report["total"], report["nonzero"]) == (76, 55), (
    f"Other shapes: 76 weights and 55 of them not zero, you say {report['total']} and "
    f"{report['nonzero']}. A tiny weight is not zero, and no number may be written in by hand."
)
assert np.isclose(report["sparsity"], 21 / 76) and np.isclose(
    report["compression_ratio"], 76 / 55
), "Other shapes: 21 of 76 weights are zero, so sparsity 21/76 and ratio 76/55."
assert np.allclose(report["per_layer"], [0, 7 / 11, 0]), (
    f"Other shapes: sparsity per layer is [0, 7/11, 0], you say {list(report['per_layer'])}."
)
assert all(np.array_equal(a, b) for a, b in zip(before, weights, strict=True)), (
    "sparsity_report changed the weights it was to count."
)
try:
    report = sparsity_report([np.zeros((2, 3)), np.zeros((3, 1))])
except ZeroDivisionError:
    raise AssertionError("All weights zero: you divide by zero, the ratio should be inf.") from None
assert report["compression_ratio"] == float("inf"), (
    f"All weights zero: the compression ratio is inf, not {report['compression_ratio']}."
)
assert report["sparsity"] == 1 and list(report["per_layer"]) == [1, 1], (
    "All weights zero: the sparsity is 1, overall and in each layer."
)
### END HIDDEN TESTS

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


# %% nbgrader={"grade": false, "grade_id": "magnitude_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
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


# %% nbgrader={"grade": true, "grade_id": "magnitude_mask_check", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
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
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(3)
weight = rng.permutation(np.arange(1.0, 41.0)).reshape(5, 8) * rng.choice([-1, 1], (5, 8))
for sparsity, n_dropped in ((0.0, 0), (1.0, 40), (0.3, 12), (0.29, 12), (0.7125, 28), (0.99, 40)):
    keep = magnitude_mask(weight, sparsity)
    assert keep.shape == (5, 8), f"The mask of a (5, 8) weight has shape {keep.shape}."
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
### END HIDDEN TESTS

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


# %% nbgrader={"grade": false, "grade_id": "global_masks", "locked": false, "schema_version": 3, "solution": true, "task": false}
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


# %% nbgrader={"grade": true, "grade_id": "global_masks_check", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
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
### BEGIN HIDDEN TESTS
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
### END HIDDEN TESTS

# %% [markdown]
# Is magnitude any better than chance? A claim needs a **control**: the same number of weights dropped
# at random.


# %% nbgrader={"grade": false, "grade_id": "random_mask", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
# Now the experiment: five networks, pruned in three ways at twelve sparsities, on test images that
# played no part in training or pruning. No weight is trained again afterwards ("one-shot").


# %%
def compare_masks(models: Sequence[DenseMLP], sparsities: Sequence[float]) -> dict[str, np.ndarray]:
    """Return the test accuracy of each way to prune: name -> (n_models, n_sparsities)."""
    digits = load_digits()

    def random_masks(
        model: DenseMLP, sparsity: float, rng: np.random.Generator
    ) -> list[np.ndarray]:
        return [random_mask(weight, sparsity, rng) for weight in model.weights()]

    ways = {
        "magnitude, all layers together": lambda model, s, rng: global_masks(model.weights(), s),
        "magnitude, each layer alike": lambda model, s, rng: [
            magnitude_mask(weight, s) for weight in model.weights()
        ],
        "at random (control)": random_masks,
    }
    result = {name: np.zeros((len(models), len(sparsities))) for name in ways}
    for row, model in enumerate(models):
        rng = np.random.default_rng(row)
        for column, sparsity in enumerate(sparsities):
            for name, way in ways.items():
                pruned = apply_masks(model, way(model, sparsity, rng))
                result[name][row, column] = accuracy(pruned, digits.x_test, digits.y_test)
    return result


def draw_accuracy_bands(sparsities: Sequence[float], curves: dict[str, np.ndarray]) -> plt.Figure:
    """Draw each way's mean accuracy over sparsity, with a band of one standard deviation."""
    figure, axis = plt.subplots(figsize=(8, 4.2))
    looks = zip(("-", "--", ":"), ("o", "s", "^"), ("0.0", "0.35", "0.6"), strict=True)
    for (name, curve), (line, marker, grey) in zip(curves.items(), looks, strict=False):
        mean, sd = curve.mean(axis=0), curve.std(axis=0, ddof=1)
        axis.plot(sparsities, mean, line, marker=marker, markersize=4, color=grey, label=name)
        axis.fill_between(sparsities, mean - sd, mean + sd, color=grey, alpha=0.2, linewidth=0)
    axis.axhline(0.1, color="0.8", linewidth=1, zorder=0)
    axis.text(0.0, 0.11, "guessing", fontsize=8, color="0.45")
    axis.set(
        xlabel="sparsity (fraction of weights dropped)", ylabel="test accuracy", ylim=(0, 1.02)
    )
    best, *_, control = (curve.mean(axis=0) for curve in curves.values())
    good = np.flatnonzero(best >= best[0] - 0.02).max()
    axis.set_title(
        f"{sparsities[good]:.0%} of the weights go for {100 * (best[0] - best[good]):.1f} points of "
        f"accuracy; dropped at random, they cost {100 * (control[0] - control[good]):.0f}"
    )
    axis.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 0.15))
    figure.tight_layout()
    return figure


SPARSITIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)

if not GRADING:
    mask_curves = compare_masks(networks, SPARSITIES)
    figure = draw_accuracy_bands(SPARSITIES, mask_curves)

# %% [markdown]
# ## 4. Remove neurons
#
# A mask leaves the matrix as large as it was. If a whole **neuron** goes, its column, its bias and the
# next layer's row go too, and the result is an ordinary, smaller network that any machine runs faster.
#
# ### Exercise 5: score the neurons (4 points)
#
# Which neurons matter least? A simple score is the length (L2 norm) of a neuron's incoming weights,
# one column of `W`. A worked example: `W = [[3, 0], [4, -2], [0, 0]]` has the columns (3, 4, 0) and
# (0, -2, 0), so the scores are √(9 + 16) = 5 and 2.
#
# <details><summary>Hint</summary>Each output neuron is a <em>column</em>. Which axis do you sum
# over so that one number a column is left?</details>


# %% nbgrader={"grade": false, "grade_id": "neuron_scores", "locked": false, "schema_version": 3, "solution": true, "task": false}
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
    return np.sqrt((weight**2).sum(axis=0))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "neuron_scores_check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
weight = np.array([[3.0, 0.0], [4.0, -2.0], [0.0, 0.0]])
scores = neuron_scores(weight)
assert np.shape(scores) == (2,), (
    f"Three inputs and two neurons give two scores, shape (2,); yours have {np.shape(scores)}. "
    "Sum over the inputs (axis 0): one number for each column."
)
got = np.round(np.asarray(scores, dtype=float), 6).tolist()
assert got == [5.0, 2.0], (
    f"The columns (3, 4, 0) and (0, -2, 0) have length 5 and 2, not {got}. "
    + {
        "[7.0, 2.0]": "That is the sum of magnitudes (L1 norm); take the L2 norm.",
        "[25.0, 4.0]": "That is the square of the norm: take the root.",
        "[7.0, -2.0]": "That is the plain sum; square before you add.",
        "[4.0, 2.0]": "That is the largest magnitude, not the norm.",
        "[2.886751, 1.154701]": "That is the root of the mean; take the root of the sum.",
    }.get(str(got), "Square, add down the column, take the root.")
)
assert weight.tolist() == [[3, 0], [4, -2], [0, 0]], "neuron_scores changed the weight itself."
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)
weight = rng.normal(size=(4, 4)).astype(np.float32)
before = weight.copy()
scores = neuron_scores(weight)
by_hand = [sum(float(v) ** 2 for v in weight[:, j]) ** 0.5 for j in range(4)]
by_row = [sum(float(v) ** 2 for v in weight[i]) ** 0.5 for i in range(4)]
assert not np.allclose(scores, by_row), (
    "On a square weight you score the rows, that is the inputs: a neuron is a column."
)
assert np.shape(scores) == (4,) and np.allclose(scores, by_hand, rtol=1e-4), (
    "Other shapes and values: the score is the root of the sum of squares down each column."
)
assert np.array_equal(weight, before), "neuron_scores changed the weight."
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 6: remove them (10 points)
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


# %% nbgrader={"grade": false, "grade_id": "remove_neurons", "locked": false, "schema_version": 3, "solution": true, "task": false}
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


# %% nbgrader={"grade": true, "grade_id": "remove_neurons_check", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
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
### BEGIN HIDDEN TESTS
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
### END HIDDEN TESTS

# %% [markdown]
# With these two, a quarter, half and three quarters of the hidden neurons go, the lowest scores first:
# once as they are, and once trained for ten more epochs afterwards. A smaller dense network is an
# ordinary network, so `train` takes it as it is.


# %% nbgrader={"grade": false, "grade_id": "remove_weakest_neurons", "locked": true, "schema_version": 3, "solution": false, "task": false}
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


# %%
if not GRADING:
    print("neurons removed   parameters     MiB   test accuracy   after 10 more epochs")
    for fraction in (0.0, 0.25, 0.5, 0.75):
        smaller = [remove_weakest_neurons(model, fraction) for model in networks]
        tuned = [
            train(model, digits.x_train, digits.y_train, epochs=10, rng=seed)
            for seed, model in zip(SEEDS, smaller, strict=True)
        ]
        print(
            f"{fraction:15.0%} {smaller[0].count_parameters():12,} "
            f"{smaller[0].get_memory_usage_mb():7.3f}",
            end="",
        )
        for models in (smaller, tuned):
            scores = np.array([accuracy(model, digits.x_test, digits.y_test) for model in models])
            print(f"   {scores.mean():.1%} ± {scores.std(ddof=1):.1%}", end="")
        print()

# %% [markdown]
# The network really shrinks. Compare the last two columns: what the cut costs at first, a little more
# training can win back. The first row had the same extra epochs, so the comparison is fair.
#
# ## 5. Time it
#
# "Faster" is a claim about a clock. Clocks are noisy: the first call warms caches, other programs
# take the processor for a while, and two measurements made a minute apart compare two minutes and not
# two programs. So: warm up, take turns, take medians, and say how much the ratio scatters.
#
# ### Exercise 7: a fair clock (4 points)
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


# %% nbgrader={"grade": false, "grade_id": "time_ratio", "locked": false, "schema_version": 3, "solution": true, "task": false}
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


# %% nbgrader={"grade": true, "grade_id": "time_ratio_check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
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
### BEGIN HIDDEN TESTS
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
### END HIDDEN TESTS

# %% [markdown]
# Now ask the clock the question that the whole subject turns on: does a network full of zeros run
# faster?

# %%
if not GRADING:
    x = np.repeat(digits.x_test, 4, axis=0)  # 1,440 images: long enough to time well
    model = networks[0]
    print("                                  time, dense = 1")
    for sparsity in (0.5, 0.9, 0.99):
        masked = apply_masks(model, global_masks(model.weights(), sparsity))
        timing = time_ratio(lambda: model.forward(x), lambda m=masked: m.forward(x))
        print(
            f"{sparsity:4.0%} of the weights set to zero      {1 / timing['ratio']:.2f}"
            f"   (ratio {timing['ratio']:.2f}, {timing['spread'][0]:.2f} to {timing['spread'][1]:.2f})"
        )
    for fraction in (0.5, 0.75):
        smaller = remove_weakest_neurons(model, fraction)
        timing = time_ratio(lambda: model.forward(x), lambda m=smaller: m.forward(x))
        print(
            f"{fraction:4.0%} of the hidden neurons removed   {1 / timing['ratio']:.2f}"
            f"   (ratio {timing['ratio']:.2f}, {timing['spread'][0]:.2f} to {timing['spread'][1]:.2f})"
        )

# %% [markdown]
# A zero costs as much as any other number: the dense product multiplies by it all the same. Fewer
# neurons mean smaller matrices, and those are faster on any machine. To gain from scattered zeros one
# needs a **sparse format**, which stores only what is left, and a **sparse kernel**, a product that
# skips the rest. Here are the simplest of both.


# %% nbgrader={"grade": false, "grade_id": "csr", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def to_csr(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Store a weight as compressed sparse rows (CSR).

    Args:
        weight: (in_features, out_features), floating. Not modified.

    Returns:
        values: (nonzero,), the dtype of `weight`: what is not zero, row by row;
        col_indices: (nonzero,) int32: the column of each value, ascending in a row;
        row_pointers: (in_features + 1,) int32: row i is `values[pointers[i]:pointers[i + 1]]`.
    """
    check_weight("to_csr", weight)
    rows, columns = np.nonzero(weight)
    row_pointers = np.searchsorted(rows, np.arange(weight.shape[0] + 1))
    return weight[rows, columns], columns.astype(np.int32), row_pointers.astype(np.int32)


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
        values, col_indices, row_pointers: as `to_csr` returns them.
        shape: (in_features, out_features) of W.

    Returns:
        (batch, out_features), floating.
    """
    features = np.ascontiguousarray(
        x.T
    )  # one row a feature, so that a product reads memory in order
    product = np.zeros((shape[1], len(x)), dtype=np.result_type(x, values))
    for row in range(shape[0]):
        here = slice(row_pointers[row], row_pointers[row + 1])
        product[col_indices[here]] += values[here, None] * features[row]
    return product.T


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
# ## 6. Put it together
#
# `MagnitudePruner` joins your functions under the names that TinyTorch's module 18 uses. Its speed-up
# is what a clock said, and its memory is what the arrays take.


# %% nbgrader={"grade": false, "grade_id": "magnitude_pruner", "locked": true, "schema_version": 3, "solution": false, "task": false}
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

        Layers of `sparse_model` that take fewer bytes as CSR are stored and run as CSR (with NumPy
        alone, which is slower than a dense product: the ratio says by how much); the others dense.

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
        stored = StoredMLP(sparse_model)
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
if not GRADING:
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
# Read the two lines against each other. Scattered zeros save memory once they are stored sparsely, but
# a sparse product written in NumPy is slower than the dense one, zeros and all: its loop over rows
# runs in Python. Removed neurons save both. Making scattered zeros fast takes a compiled kernel; that
# is a lesson of its own.
#
# ### Three analyses
#
# The first: what does sparsity cost, and is magnitude better than chance?


# %% nbgrader={"grade": false, "grade_id": "tradeoffs", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
                "accuracy": float(np.mean(scores)),
                "accuracy_std": float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0,
                "accuracy_drop": float(dense - np.mean(scores)),
                "random_accuracy": float(np.mean(random_scores)),
            }
        )
    return rows


# %%
if not GRADING:
    print("sparsity  parameters left  MiB stored  accuracy        at random")
    for row in analyze_pruning_accuracy_tradeoffs():
        print(
            f"{row['sparsity']:8.0%} {row['params_left']:16,} {row['memory_mb']:11.3f}  "
            f"{row['accuracy']:.1%} ± {row['accuracy_std']:.1%}   {row['random_accuracy']:6.1%}"
        )

# %% [markdown]
# The second: pruning against **quantization**, which keeps every weight but stores it in one byte
# instead of four. To be fair, compare them at equal bytes.


# %% nbgrader={"grade": false, "grade_id": "quantization", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def quantize_int8(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round a weight to whole steps of a scale, one scale for each output column.

    Args:
        weight: (in_features, out_features), floating. Not modified.

    Returns:
        q: like `weight`, int8 in -127..127; scale: (out_features,) float32. `q * scale` is within
        half a scale of `weight`. A column of zeros gives zeros and scale 1.

    Source: Jacob et al. 2018, arXiv:1712.05877, section 2.1 (here symmetric, without zero point).
    """
    check_weight("quantize_int8", weight)
    scale = (np.abs(weight).max(axis=0) / 127).astype(np.float32)
    scale[scale == 0] = 1
    return np.clip(np.rint(weight / scale), -127, 127).astype(np.int8), scale


def dequantize_int8(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return `q * scale` as float32, (in_features, out_features)."""
    return q.astype(np.float32) * scale


def analyze_pruning_vs_quantization(seeds: Sequence[int] = (0, 1, 2)) -> list[dict[str, object]]:
    """Compare int8 weights with one-shot magnitude pruning that takes no more bytes.

    Returns:
        A dict for each method: "method", "bytes" (first seed, indices, scales and biases included),
        "compression" (dense bytes / bytes), "accuracy" and "accuracy_std" over the seeds (ddof=1).
    """
    digits = load_digits()
    models = [train_on_digits(seed) for seed in seeds]
    methods = {"dense float32": lambda model: (model, StoredMLP(model).nbytes)}
    methods["int8"] = _as_int8
    budget = _as_int8(models[0])[1]
    methods["pruned, as many bytes"] = lambda model: _pruned_to(model, budget)
    dense_bytes = StoredMLP(models[0]).nbytes
    rows = []
    for name, method in methods.items():
        results = [method(model) for model in models]
        scores = [accuracy(model, digits.x_test, digits.y_test) for model, _ in results]
        rows.append(
            {
                "method": name,
                "bytes": results[0][1],
                "compression": dense_bytes / results[0][1],
                "accuracy": float(np.mean(scores)),
                "accuracy_std": float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0,
            }
        )
    return rows


def _as_int8(model: DenseMLP) -> tuple[DenseMLP, int]:
    """Return the network with int8 weights, computed in float32, and its bytes as stored."""
    rounded, nbytes = model.copy(), 0
    for layer in rounded.layers:
        q, scale = quantize_int8(layer["weights"])
        layer["weights"] = dequantize_int8(q, scale)
        nbytes += q.nbytes + scale.nbytes + layer["bias"].nbytes
    return rounded, nbytes


def _pruned_to(model: DenseMLP, budget: int) -> tuple[DenseMLP, int]:
    """Prune in steps of one percent until the network, stored, takes at most `budget` bytes."""
    for percent in range(101):
        pruned = apply_masks(model, global_masks(model.weights(), percent / 100))
        nbytes = StoredMLP(pruned).nbytes
        if nbytes <= budget:
            return pruned, nbytes
    raise ValueError(
        f"no sparsity brings the network down to {budget} bytes: biases alone take more"
    )


# %%
if not GRADING:
    print("method                     bytes   smaller   accuracy")
    for row in analyze_pruning_vs_quantization():
        print(
            f"{row['method']:22} {row['bytes']:9,} {row['compression']:8.1f}x   "
            f"{row['accuracy']:.1%} ± {row['accuracy_std']:.1%}"
        )

# %% [markdown]
# At equal bytes int8 wins, and not only here: Kuzmin et al. (NeurIPS 2023, arXiv:2307.02973) found the
# same in most of their comparisons on large networks. The two are not rivals, though: what is left
# after pruning can be quantized.
#
# ## 7. In production
#
# What people use pruning for, as they reported it. The last column is where to check it.


# %% nbgrader={"grade": false, "grade_id": "production", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
# ## What you have
#
# A network, pruned two ways, with every gain measured: masks that keep accuracy and save memory once
# they are stored sparsely, and removed neurons that save memory and time on any machine. And you know
# three questions to ask of any claim about pruning: compared with what, over how many seeds, and by
# which clock?
