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
# # Networks to prune
#
# > Two small networks in NumPy, how they are trained, and which images may decide what.
#
# The labs prune the networks of this lesson. Nothing to write here; read how they work.

# %%
#| default_exp networks

# %% given networks_imports
#| export
import functools
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from tinytorch.arguments import check_count, check_weight
from tinytorch.digits import Digits, load_digits, load_shifted_digits
from tinytorch.experiments import progress, remember

# %% [markdown]
# ## Three kinds of images
#
# **Training** images are learned from. A network soon knows them by heart, so they cannot tell what
# pruning costs. **Validation** images are held back from training, and whatever is chosen (a sparsity,
# a number of epochs, how much each layer loses) is chosen on them. **Test** images are for the
# number one reports, and for nothing else: who tries twenty ways on them and reports the best has
# reported luck.
#
# The 1,797 digits are split 1,257 / 180 / 360, the same for everybody. In the harder task each
# stands at four random places on a 12x12 canvas; the copies of a digit stay together.


# %% given networks_split
#| export
VALIDATION_DIGITS = 180


class Split(NamedTuple):
    """Images as rows of grey levels in [0, 1], and what they show. The arrays cannot be written to."""

    x_train: np.ndarray  # (n, pixels) float32
    y_train: np.ndarray  # (n,) int64, 0 to 9
    x_valid: np.ndarray
    y_valid: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@functools.cache
def load_split(shifted: bool = True) -> Split:
    """Load the digits split in three: shifted on 12x12 pixels, or plain on 8x8."""
    digits = load_shifted_digits() if shifted else load_digits()
    return split(digits, VALIDATION_DIGITS * (4 if shifted else 1))


def split(digits: Digits, n_valid: int) -> Split:
    """Hold the last `n_valid` training images back for validation."""
    x, y = digits.x_train, digits.y_train
    parts = (x[:-n_valid], y[:-n_valid], x[-n_valid:], y[-n_valid:], digits.x_test, digits.y_test)
    for part in parts:
        part.flags.writeable = False
    return Split(*parts)


# %% [markdown]
# An accuracy rests on few images. Of `n` independent ones a share `p` is right; drawn again, the share
# would vary with a standard error of `sqrt(p (1 - p) / n)`. At 94 % that is 0.6 points for 1,440 images,
# and 1.3 for the 360 digits behind them, more than five trainings of one network differ. All networks
# are asked about the same images, so two ways to prune are compared in pairs: much of this error falls
# on both and cancels.


# %% given networks_error
#| export
def sampling_error(accuracy: float, n_images: int) -> float:
    """Return the standard error of an accuracy that rests on so many independent images."""
    return float(np.sqrt(accuracy * (1 - accuracy) / n_images))


# %% [markdown]
# ## A multi-layer perceptron
#
# `x @ W + b`, layer after layer, with a bend (`relu` or `tanh`) after every layer but the last. The
# start is Glorot's: uniform, the wider the layer the smaller.


# %% given networks_layered
#| export
ACTIVATIONS = ("relu", "tanh")
Layer = dict[str, np.ndarray]


class Network(Protocol):
    """What training and pruning need to know of a network."""

    layers: list[Layer]

    def forward(self, x: np.ndarray) -> np.ndarray: ...
    def gradients(self, x: np.ndarray, targets: np.ndarray) -> list[np.ndarray]: ...
    def copy(self) -> "Network": ...
    def weights(self) -> list[np.ndarray]: ...


class _Layered:
    """What every network made of layers with "weights" and "bias" can do."""

    layers: list[Layer]

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


def _glorot(n_in: int, n_out: int, rng: np.random.Generator) -> Layer:
    limit = np.sqrt(6 / (n_in + n_out))
    return {
        "weights": rng.uniform(-limit, limit, (n_in, n_out)).astype(np.float32),
        "bias": np.zeros(n_out, dtype=np.float32),
    }


# %% given networks_mlp
#| export
class DenseMLP(_Layered):
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
        self.layers = [_glorot(n_in, n_out, rng) for n_in, n_out in itertools.pairwise(sizes)]

    @classmethod
    def from_layers(cls, layers: Sequence[Layer], activation: str = "relu") -> "DenseMLP":
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
        return self.inputs(x)[-1] @ self.layers[-1]["weights"] + self.layers[-1]["bias"]

    def inputs(self, x: np.ndarray) -> list[np.ndarray]:
        """Return what each layer is given when the network is given `x`; `x` itself is the first.

        Raises:
            RuntimeError: an exercise calls it that is to do the same.
        """
        _refuse_inside("dense_forward")
        found = [x]
        for layer in self.layers[:-1]:
            z = found[-1] @ layer["weights"] + layer["bias"]
            found.append(np.tanh(z) if self.activation == "tanh" else np.maximum(z, 0))
        return found

    def gradients(self, x: np.ndarray, targets: np.ndarray) -> list[np.ndarray]:
        """Return d loss / d (weights, bias) of each layer in turn, by backpropagation.

        The loss is the softmax cross-entropy against `targets` (batch, classes), probabilities.
        """
        inputs = self.inputs(x)
        logits = inputs[-1] @ self.layers[-1]["weights"] + self.layers[-1]["bias"]
        error = loss_gradient(logits, targets)
        gradients: list[np.ndarray] = []
        for index in range(len(self.layers) - 1, -1, -1):
            gradients = [inputs[index].T @ error, error.sum(axis=0), *gradients]
            if index > 0:
                slope = 1 - inputs[index] ** 2 if self.activation == "tanh" else inputs[index] > 0
                error = (error @ self.layers[index]["weights"].T) * slope
        return gradients


def _refuse_inside(exercise: str) -> None:
    """Raise where a function of this name is at work: what we do is its exercise."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name == exercise:
            raise RuntimeError(f"{exercise}: DenseMLP does what you are to write; write it out")
        frame = frame.f_back


def loss_gradient(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return d loss / d logits (batch, classes) of the mean softmax cross-entropy."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (raised / raised.sum(axis=1, keepdims=True) - targets) / len(logits)


# %% [markdown]
# ## A small convolution, the honest rival
#
# A pruned network is to be compared with the best small network one can have, not with the big one it
# came from. For pictures that is a convolution: 3x3 windows slide over the image, and the same few
# weights look through each. After a layer the largest of every 2x2 outputs stays (pooling), so the image
# shrinks from 12x12 to 6x6 to 3x3. Two such layers of 16 and 32 filters and a dense one have 7,690
# parameters, a tenth of the perceptron's.
#
# A window laid flat is a row, so a convolution is a product again, `windows @ W + b`, a trick called
# im2col. Each **column of W is a filter**. So all that the labs do to a weight works here as well:
# masks by magnitude, norms of columns, fewer bits. Without a filter the image has a channel less, and
# the rows of the next weight that read this channel go with it.


# %% given networks_windows
#| export
SIDE = 12  # of the canvas that the convolution looks at
PLACES = 9  # of a 3x3 window


def windows(images: np.ndarray) -> np.ndarray:
    """Lay the 3x3 window around every place flat: (n, side, side, channels) to (..., 9 * channels)."""
    side = images.shape[1]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    places = itertools.product(range(3), range(3))
    return np.concatenate([padded[:, r : r + side, c : c + side] for r, c in places], axis=-1)


def add_windows(flat: np.ndarray) -> np.ndarray:
    """Add windows up where they overlap, the transpose of `windows`: gradients flow back this way."""
    n, side, _, width = flat.shape
    padded = np.zeros((n, side + 2, side + 2, width // PLACES), dtype=flat.dtype)
    pieces = np.split(flat, PLACES, axis=-1)
    for (r, c), piece in zip(itertools.product(range(3), range(3)), pieces, strict=True):
        padded[:, r : r + side, c : c + side] += piece
    return padded[:, 1:-1, 1:-1]


def pool(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest of every 2x2 places, and which of the four it was."""
    four = np.stack([images[:, r::2, c::2] for r in (0, 1) for c in (0, 1)])
    return four.max(axis=0), four.argmax(axis=0)


def unpool(pooled: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Put every value back to the one of four places that it came from, zeros around it."""
    n, side, _, channels = pooled.shape
    images = np.zeros((n, 2 * side, 2 * side, channels), dtype=pooled.dtype)
    for place in range(4):
        images[:, place // 2 :: 2, place % 2 :: 2] = np.where(which == place, pooled, 0)
    return images


# %% given networks_conv
#| export
class ConvNet(_Layered):
    """3x3 convolutions, each with 2x2 pooling and ReLU, then one dense layer, in float32.

    Args:
        channels: filters of each of the two convolutions.
        output_size: classes.
        rng: a NumPy generator or a seed.

    Attributes:
        layers: list of dicts with "weights" and "bias" (outputs,). The weights of a convolution are
            (9 * channels in, filters); row `place * channels in + channel`, places row by row. Those
            of the dense layer are (9 * filters, classes), from the 3x3 places that are left.
    """

    def __init__(
        self,
        channels: tuple[int, int] = (16, 32),
        output_size: int = 10,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        rng = np.random.default_rng(rng)
        first, second = channels
        widths = ((1, first), (first, second), (second, output_size))
        self.layers = [_glorot(PLACES * n_in, n_out, rng) for n_in, n_out in widths]

    @classmethod
    def from_layers(cls, layers: Sequence[Layer]) -> "ConvNet":
        """Make a network from layers that fit each other; the arrays are copied."""
        model = cls(tuple(layer["bias"].size for layer in layers[:-1]), layers[-1]["bias"].size, 0)
        for index, (mine, given) in enumerate(zip(model.layers, layers, strict=True)):
            for key in ("weights", "bias"):
                if mine[key].shape != given[key].shape:
                    raise ValueError(
                        f"ConvNet: {key} of layer {index} must be {mine[key].shape}, "
                        f"got {given[key].shape}"
                    )
                mine[key] = given[key].copy()
        return model

    def copy(self) -> "ConvNet":
        """Return a network of its own with equal weights."""
        return ConvNet.from_layers(self.layers)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the logits (batch, output_size) of images `x` (batch, 144)."""
        return self._look(x)[0]

    def _look(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, ...]]]:
        """Return the logits, what the last layer was given, and how each convolution came to that."""
        image, trace = x.reshape(-1, SIDE, SIDE, 1), []
        for layer in self.layers[:-1]:
            flat = windows(image)
            pooled, which = pool(flat @ layer["weights"])
            image = np.maximum(pooled + layer["bias"], 0)
            trace.append((flat, which, image))
        rows = image.reshape(len(x), -1)
        return rows @ self.layers[-1]["weights"] + self.layers[-1]["bias"], rows, trace

    def gradients(self, x: np.ndarray, targets: np.ndarray) -> list[np.ndarray]:
        """Return d loss / d (weights, bias) of each layer in turn, as `DenseMLP.gradients` does."""
        logits, rows, trace = self._look(x)
        error = loss_gradient(logits, targets)
        gradients = [rows.T @ error, error.sum(axis=0)]
        error = (error @ self.layers[-1]["weights"].T).reshape(trace[-1][2].shape)
        for index in (1, 0):
            flat, which, image = trace[index]
            error = error * (image > 0)
            bias = error.sum(axis=(0, 1, 2))
            error = unpool(error, which)
            columns = error.reshape(-1, error.shape[-1])
            gradients = [flat.reshape(-1, flat.shape[-1]).T @ columns, bias, *gradients]
            if index > 0:
                error = add_windows(error @ self.layers[index]["weights"].T)
        return gradients


def remove_filters(model: ConvNet, layer: int, keep: np.ndarray) -> ConvNet:
    """Return a smaller network without some filters of one convolution.

    As `remove_neurons` does for a perceptron: the filter's column and bias go, and the rows of the next
    weight that read its channel, one for each of nine places.

    Args:
        model: the network. Not modified.
        layer: 0 or 1.
        keep: (filters,), bool. True means keep.
    """
    this, following = model.layers[layer], model.layers[layer + 1]
    layers = list(model.layers)
    layers[layer] = {"weights": this["weights"][:, keep], "bias": this["bias"][keep]}
    rows = following["weights"][np.tile(keep, PLACES)]
    layers[layer + 1] = {"weights": rows, "bias": following["bias"]}
    return ConvNet.from_layers(layers)


# %% [markdown]
# ## Training
#
# Momentum SGD on the softmax cross-entropy, a few samples at a time. The targets may be classes, or
# probabilities such as a larger network's (distillation). Where masks are given, a `step` of your own
# moves the weights under them: that is exercise `masked_sgd_step` of lab 2.


# %% given networks_train
#| export
Step = Callable[..., tuple[np.ndarray, np.ndarray]]
Trained = TypeVar("Trained", bound=Network)


def train(
    model: Trained,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int = 20,
    lr: float = 0.05,
    momentum: float = 0.9,
    batch_size: int = 32,
    rng: np.random.Generator | int | None = None,
    masks: Sequence[np.ndarray] | None = None,
    step: Step | None = None,
) -> Trained:
    """Train a copy of `model` with momentum SGD on the softmax cross-entropy.

    Args:
        model: the network to start from, a `DenseMLP` or `ConvNet`. Not modified.
        x: (n, input_size), floating.
        y: (n,) int class indices, or (n, classes) probabilities.
        epochs: passes over the data.
        lr, momentum: velocity = momentum * velocity + gradient; weight = weight - lr * velocity.
        batch_size: samples a step.
        rng: a NumPy generator or a seed, for the order of the samples.
        masks: None, or a mask for each layer; biases are never masked.
        step: with masks, `step(weight, grad, velocity, keep, lr, momentum)` returns the new weight and
            velocity (`masked_sgd_step`).

    Returns:
        The trained network.

    Raises:
        TypeError: masks without a step.
    """
    if masks is not None and step is None:
        raise TypeError("train: masks need a step that keeps dropped weights at 0: masked_sgd_step")
    model = model.copy()
    parameters = _parameters(model)
    velocities = [np.zeros_like(layer[key]) for layer, key in parameters]
    keeps: list[np.ndarray | None] = [None] * len(parameters)
    if masks is not None:
        keeps[::2] = masks  # biases, at the odd places, are never pruned
    for gradients in _descend(model, x, y, epochs, batch_size, rng):
        for i, ((layer, key), keep) in enumerate(zip(parameters, keeps, strict=True)):
            if keep is None:
                velocities[i] = momentum * velocities[i] + gradients[i]
                layer[key] = layer[key] - lr * velocities[i]
            else:
                layer[key], velocities[i] = step(
                    layer[key], gradients[i], velocities[i], keep, lr, momentum
                )
    return model


def train_adam(
    model: Trained,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int = 20,
    lr: float = 0.001,
    batch_size: int = 32,
    rng: np.random.Generator | int | None = None,
) -> Trained:
    """Train a copy with Adam: steps of the mean gradient over the root of its mean square.

    Source: Kingma & Ba 2015, arXiv:1412.6980, algorithm 1.
    """
    model = model.copy()
    parameters = _parameters(model)
    means = [np.zeros_like(layer[key]) for layer, key in parameters]
    squares = [np.zeros_like(layer[key]) for layer, key in parameters]
    for count, gradients in enumerate(_descend(model, x, y, epochs, batch_size, rng), start=1):
        for i, ((layer, key), gradient) in enumerate(zip(parameters, gradients, strict=True)):
            means[i] = 0.9 * means[i] + 0.1 * gradient
            squares[i] = 0.999 * squares[i] + 0.001 * gradient**2
            root = np.sqrt(squares[i] / (1 - 0.999**count)) + 1e-8
            layer[key] = layer[key] - lr * means[i] / (1 - 0.9**count) / root
    return model


def _parameters(model: Network) -> list[tuple[Layer, str]]:
    return [(layer, key) for layer in model.layers for key in ("weights", "bias")]


def _descend(
    model: Network,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator | int | None,
) -> Iterator[list[np.ndarray]]:
    """Yield the gradients of each minibatch at the weights that the model has by then."""
    rng = np.random.default_rng(rng)
    classes = model.layers[-1]["bias"].size
    targets = np.eye(classes, dtype=np.float32)[y] if np.ndim(y) == 1 else y
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for batch in np.split(order, range(batch_size, len(order), batch_size)):
            yield model.gradients(x[batch], targets[batch])


def accuracy(model: Network, x: np.ndarray, y: np.ndarray) -> float:
    """Return the share of samples whose predicted class is right, 0 to 1."""
    return float(np.mean(model.predict(x) == y))


# %% [markdown]
# ## Under masks


# %% given networks_masks
#| export
def apply_masks(model: Trained, masks: Sequence[np.ndarray]) -> Trained:
    """Return a copy of a network whose weights are zero wherever a mask is False.

    Raises:
        TypeError: a mask is no array of bool.
        ValueError: not one mask a layer, or one of another shape than its weight.
    """
    if not all(isinstance(mask, np.ndarray) and mask.dtype == bool for mask in masks):
        raise TypeError("apply_masks: each mask must be a NumPy array of bool")
    shapes = [np.shape(mask) for mask in masks]
    if shapes != [weight.shape for weight in model.weights()]:
        raise ValueError(
            f"apply_masks: there must be a mask for each weight, of shapes "
            f"{[weight.shape for weight in model.weights()]}, got {shapes}"
        )
    pruned = model.copy()
    for layer, mask in zip(pruned.layers, masks, strict=True):
        # Not weight * mask: that leaves -0.0 where a negative weight was, other bytes than 0.0.
        layer["weights"] = np.where(mask, layer["weights"], np.float32(0))
    return pruned


# %% [markdown]
# The control of every mask: as many weights of each layer, drawn by lot.


# %% given networks_shuffled
#| export
def shuffled(masks: Sequence[np.ndarray], rng: np.random.Generator | int) -> list[np.ndarray]:
    """Return masks that keep as many weights of each layer, but drawn by lot."""
    rng = np.random.default_rng(rng)
    return [rng.permuted(keep.ravel()).reshape(keep.shape) for keep in masks]


# %% [markdown]
# ## The labs' networks
#
# Five networks, one for each seed: one alone would be an anecdote. Those of the harder digits have
# 78,922 parameters and learn for 30 epochs, 64 images a step; those of the plain digits 58,442, 20
# epochs and 32 images. The convolution takes 8 epochs. What is trained once is kept in the folder
# `results_cache`.


# %% given networks_trained
#| export
SEEDS = range(5)
HIDDEN = (256, 128, 64)
TUNING = 9  # extra epochs of training, for every way to prune alike
RECIPE = {"lr": 0.05, "batch_size": 64}  # of the shifted digits
PLAIN_RECIPE = {"lr": 0.05, "batch_size": 32}


def start(seed: int, shifted: bool = True) -> DenseMLP:
    """Return the network of this seed as it is before training."""
    return DenseMLP(load_split(shifted).x_train.shape[1], HIDDEN, 10, rng=seed)


def trained(seed: int, shifted: bool = True) -> DenseMLP:
    """Train the network of this seed; it begins as `start(seed)`."""
    data, rng = load_split(shifted), np.random.default_rng(seed)
    model = DenseMLP(data.x_train.shape[1], HIDDEN, 10, rng=rng)
    epochs, recipe = (30, RECIPE) if shifted else (20, PLAIN_RECIPE)
    return train(model, data.x_train, data.y_train, epochs, rng=rng, **recipe)


def trained_conv(seed: int, channels: tuple[int, int] = (16, 32)) -> ConvNet:
    """Train the convolution of this seed on the shifted digits."""
    data, rng = load_split(), np.random.default_rng(seed)
    return train(ConvNet(channels, rng=rng), data.x_train, data.y_train, 8, rng=rng, **RECIPE)


def load_networks(seeds: Sequence[int] = SEEDS, shifted: bool = True) -> list[DenseMLP]:
    """Return a trained network for each seed; the first call trains them, some seconds each."""
    name = "networks" if shifted else "plain_networks"
    kept = remember(name, _train_all, trained, list(seeds), shifted)
    return [DenseMLP.from_layers(layers) for layers in unpack(kept)]


def load_conv_networks(seeds: Sequence[int] = SEEDS) -> list[ConvNet]:
    """Return a trained convolution for each seed; the first call trains them, some seconds each."""
    kept = remember("conv_networks", _train_all, trained_conv, list(seeds))
    return [ConvNet.from_layers(layers) for layers in unpack(kept)]


def _train_all(
    train_one: Callable[..., Network], seeds: Sequence[int], *more: object
) -> dict[str, np.ndarray]:
    return pack([train_one(seed, *more) for seed in progress(seeds, "training")])


def pack(models: Sequence[Network], name: str = "network") -> dict[str, np.ndarray]:
    """Put the arrays of networks into one dict, as `remember` keeps them."""
    return {
        f"{name} {i} {key} {j}": layer[key]
        for i, model in enumerate(models)
        for j, layer in enumerate(model.layers)
        for key in ("weights", "bias")
    }


def unpack(arrays: dict[str, np.ndarray], name: str = "network") -> list[list[Layer]]:
    """Return the layers of each network that `pack` put under this name."""
    found: dict[int, dict[int, Layer]] = {}
    for each, array in arrays.items():
        if each.startswith(f"{name} "):
            i, key, j = each.removeprefix(f"{name} ").split()
            found.setdefault(int(i), {}).setdefault(int(j), {})[key] = array
    return [list(layers.values()) for layers in found.values()]


# %% given networks_scores
#| export
def on_test(model: Network, shifted: bool = True) -> float:
    """Return the accuracy on the test images: for the number one reports."""
    data = load_split(shifted)
    return accuracy(model, data.x_test, data.y_test)


def on_validation(model: Network, shifted: bool = True) -> float:
    """Return the accuracy on the validation images: for everything one chooses."""
    data = load_split(shifted)
    return accuracy(model, data.x_valid, data.y_valid)


def tune(
    model: Trained,
    masks: Sequence[np.ndarray] | None = None,
    step: Step | None = None,
    rng: np.random.Generator | int = 100,
    epochs: int = TUNING,
    targets: np.ndarray | None = None,
) -> Trained:
    """Train a network some epochs further on the shifted training images.

    Args:
        model: the network. Not modified.
        masks, step: as for `train`; the masks are applied first. None for a network without masks.
        rng: a NumPy generator or a seed, for the order of the images.
        epochs: how many.
        targets: None for the classes, or probabilities (n, classes) to learn from instead.
    """
    data = load_split()
    y = data.y_train if targets is None else targets
    pruned = model if masks is None else apply_masks(model, masks)
    return train(pruned, data.x_train, y, epochs, rng=rng, masks=masks, step=step, **RECIPE)


# %% [markdown]
# For example, a small network on the plain digits, and a convolution on the shifted ones after a
# single epoch:

# %%
plain, data = load_split(shifted=False), load_split()
small = train(DenseMLP(64, (32,), 10, rng=0), plain.x_train, plain.y_train, epochs=5, rng=0)
conv = train(ConvNet(rng=0), data.x_train, data.y_train, epochs=1, rng=0, **RECIPE)
for name, network, right in (
    ("perceptron", small, on_validation(small, shifted=False)),
    ("convolution", conv, on_validation(conv)),
):
    print(
        f"{name}: {network.count_parameters():,} parameters, {100 * right:.1f} % of the validation images"
    )
