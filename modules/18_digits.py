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
# # The digits
#
# > Real handwritten digits that come with the package, for lessons that train on real data.
#
# The pruning lab trains small networks on 1,797 digits that people wrote by hand: 8x8 pixels,
# 17 grey levels, 10 classes. They were collected by E. Alpaydin and C. Kaynak and are published by
# the UCI Machine Learning Repository under CC BY 4.0 (`data/LICENSE.md` stands beside the file).
# There is nothing to download and nothing to write here; read on, or go to `18_pruning`.

# %%
#| default_exp digits

# %% given digits_imports
#| export
import gzip
import struct
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

# %% [markdown]
# One split for everybody: 1,437 images to learn from and 360 to test on, drawn once with a fixed
# seed. One test image is 0.28 percentage points of accuracy, so a difference of a few tenths of a
# point between two networks says nothing. Whatever you choose (a threshold, a number of epochs),
# choose it on the training images; the test images are for the number you report.

# %% given digits_load
#| export
IMAGE_SIDE = 8
N_CLASSES = 10
N_TEST = 360


class Digits(NamedTuple):
    """Images as rows of grey levels in [0, 1], and what each image shows."""

    x_train: np.ndarray  # (n, pixels) float32
    y_train: np.ndarray  # (n,) int64, 0 to 9
    x_test: np.ndarray  # (m, pixels) float32
    y_test: np.ndarray  # (m,) int64, 0 to 9


def load_digits() -> Digits:
    """Load the 8x8 digits, split into 1,437 training and 360 test images.

    Returns:
        `Digits`: images (n, 64) float32 in [0, 1], row by row; labels (n,) int64. New arrays at
        every call, always in the same order.

    Source: Alpaydin & Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49.
    """
    # By the folder's own name: beside an exported tinytorch, files("tinytorch") is that one only.
    with (files("tinytorch.data") / "digits.npz").open("rb") as file, np.load(file) as stored:
        images, labels = stored["images"], stored["labels"]
    x = images.reshape(len(images), -1).astype(np.float32) / 16
    y = labels.astype(np.int64)
    order = np.random.default_rng(18).permutation(len(x))
    train, test = order[:-N_TEST], order[-N_TEST:]
    return Digits(x[train], y[train], x[test], y[test])


# %% [markdown]
# Plain digits are easy: each stands in the middle of its 8x8 pixels, and a network that is pruned to
# almost nothing still reads many of them. The harder task, which the lesson's main curves use, puts
# each digit at some random places on a larger canvas. Copies of a training image stay training
# images. The test images are still 360 digits by hand, each at several places, so the accuracy is a
# little smoother but rests on no more handwriting than before.


# %% given digits_shifted
#| export
def load_shifted_digits(canvas: int = 12, copies: int = 4, seed: int = 18) -> Digits:
    """Load the digits, each at `copies` random places on a larger empty canvas.

    Args:
        canvas: side of the canvas in pixels, at least 8.
        copies: how often each image appears, at least 1.
        seed: decides the places.

    Returns:
        `Digits` with images (n * copies, canvas * canvas): train from train, test from test, the
        copies of an image one after the other.

    Raises:
        ValueError: the canvas is smaller than a digit, or `copies` is below 1.
    """
    if canvas < IMAGE_SIDE or copies < 1:
        raise ValueError(
            f"load_shifted_digits: canvas must be at least {IMAGE_SIDE} and copies at least 1, "
            f"got {canvas} and {copies}"
        )
    digits, rng = load_digits(), np.random.default_rng(seed)
    x_train, x_test = (_shift(x, canvas, copies, rng) for x in (digits.x_train, digits.x_test))
    y_train, y_test = (np.repeat(y, copies) for y in (digits.y_train, digits.y_test))
    return Digits(x_train, y_train, x_test, y_test)


def _shift(x: np.ndarray, canvas: int, copies: int, rng: np.random.Generator) -> np.ndarray:
    images = np.repeat(x.reshape(-1, IMAGE_SIDE, IMAGE_SIDE), copies, axis=0)
    shifted = np.zeros((len(images), canvas, canvas), dtype=np.float32)
    places = rng.integers(0, canvas - IMAGE_SIDE + 1, (len(images), 2))
    for image, (row, column), target in zip(images, places, shifted, strict=True):
        target[row : row + IMAGE_SIDE, column : column + IMAGE_SIDE] = image
    return shifted.reshape(len(images), -1)


# %% [markdown]
# Whoever has the four files of MNIST (60,000 and 10,000 digits of 28x28 pixels) can use them in place
# of these. Nothing is downloaded. Their format is called idx: two zero bytes, the type of the
# numbers, how many dimensions, the sizes, then the numbers.


# %% given digits_mnist
#| export
MNIST_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def load_mnist(folder: str | Path) -> Digits:
    """Read MNIST from its four idx files, packed (.gz) or not.

    Args:
        folder: holds the files under their original names, see `MNIST_FILES`.

    Returns:
        `Digits`: images as rows of grey levels in [0, 1].

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is not in the idx format, or images and labels do not fit.

    Source: LeCun, Cortes & Burges 1998, The MNIST database of handwritten digits.
    """
    parts = []
    for images_name, labels_name in (MNIST_FILES[:2], MNIST_FILES[2:]):
        images, labels = _read_idx(folder, images_name, 3), _read_idx(folder, labels_name, 1)
        if len(images) != len(labels):
            raise ValueError(
                f"load_mnist: {images_name} holds {len(images)} images but {labels_name} "
                f"{len(labels)} labels; are they of the same set?"
            )
        x = images.reshape(len(images), -1).astype(np.float32) / 255
        parts += [x, labels.astype(np.int64)]
    return Digits(*parts)


def _read_idx(folder: str | Path, name: str, n_dimensions: int) -> np.ndarray:
    """Read one idx file of bytes, or say which file is wrong and how."""
    plain, packed = Path(folder, name), Path(folder, f"{name}.gz")
    path = plain if plain.is_file() else packed
    if not path.is_file():
        raise FileNotFoundError(f"load_mnist: there is neither {plain} nor {packed}")
    try:
        content = gzip.decompress(path.read_bytes()) if path == packed else path.read_bytes()
    except (OSError, EOFError) as error:
        raise ValueError(f"load_mnist: {path} cannot be unpacked: {error}") from error
    start = 4 + 4 * n_dimensions
    if content[:4] != bytes([0, 0, 8, n_dimensions]) or len(content) < start:
        raise ValueError(
            f"load_mnist: {path} is not an idx file of bytes in {n_dimensions} dimensions"
        )
    shape = struct.unpack(f">{n_dimensions}I", content[4:start])
    values = np.frombuffer(content, dtype=np.uint8, offset=start)
    if values.size != np.prod(shape, dtype=np.int64):
        raise ValueError(
            f"load_mnist: {path} should hold {' x '.join(map(str, shape))} bytes after its header, "
            f"it holds {values.size}; is the download complete?"
        )
    return values.reshape(shape)


# %% [markdown]
# What the digits look like, plain and shifted:

# %%
import matplotlib.pyplot as plt

digits, shifted = load_digits(), load_shifted_digits()
figure, axes = plt.subplots(2, 10, figsize=(10, 2.6))
for column, (top, bottom) in enumerate(axes.T):
    top.imshow(digits.x_train[column].reshape(8, 8), cmap="gray_r")
    top.set_title(str(digits.y_train[column]), fontsize=9)
    bottom.imshow(shifted.x_train[column].reshape(12, 12), cmap="gray_r")
    for axis in (top, bottom):
        axis.set(xticks=[], yticks=[])
figure.suptitle(
    "Ten training digits with their labels; below, the first ones at random places on 12x12 pixels"
)
figure.tight_layout()
