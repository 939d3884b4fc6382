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

# %% nbgrader={"grade": false, "grade_id": "digits_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
from importlib.resources import files
from typing import NamedTuple

import numpy as np

# %% [markdown]
# One split for everybody: 1,437 images to learn from and 360 to test on, drawn once with a fixed
# seed. One test image is 0.28 percentage points of accuracy, so a difference of a few tenths of a
# point between two networks says nothing. Whatever you choose (a threshold, a number of epochs),
# choose it on the training images; the test images are for the number you report.

# %% nbgrader={"grade": false, "grade_id": "digits_load", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
IMAGE_SIDE = 8
N_CLASSES = 10
N_TEST = 360


class Digits(NamedTuple):
    """Images as rows of grey levels in [0, 1], and what each image shows."""

    x_train: np.ndarray  # (1437, 64) float32
    y_train: np.ndarray  # (1437,) int64, 0 to 9
    x_test: np.ndarray  # (360, 64) float32
    y_test: np.ndarray  # (360,) int64, 0 to 9


def load_digits() -> Digits:
    """Load the 8x8 digits, split into 1,437 training and 360 test images.

    Returns:
        `Digits`: images (n, 64) float32 in [0, 1], row by row; labels (n,) int64. New arrays at
        every call, always in the same order.

    Source: Alpaydin & Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49.
    """
    with (files("tinytorch") / "data" / "digits.npz").open("rb") as file, np.load(file) as stored:
        images, labels = stored["images"], stored["labels"]
    x = images.reshape(len(images), -1).astype(np.float32) / 16
    y = labels.astype(np.int64)
    order = np.random.default_rng(18).permutation(len(x))
    train, test = order[:-N_TEST], order[-N_TEST:]
    return Digits(x[train], y[train], x[test], y[test])


# %% [markdown]
# What they look like:

# %%
import matplotlib.pyplot as plt

digits = load_digits()
figure, axes = plt.subplots(2, 10, figsize=(10, 3))
for axis, image, label in zip(axes.flat, digits.x_train, digits.y_train, strict=False):
    axis.imshow(image.reshape(IMAGE_SIDE, IMAGE_SIDE), cmap="gray_r")
    axis.set_title(str(label), fontsize=9)
    axis.axis("off")
figure.suptitle("Twenty training digits and their labels: 8x8 pixels are enough to read them")
figure.tight_layout()
