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
# # Ship: bytes, seconds, bits, and a budget to meet
#
# > A zero saves nothing until it is stored well and skipped. Then: the smallest file that reads digits.
#
# In lab 1 you made zeros, in lab 2 you made the network good again. It is still as large and as slow as
# before. Here you store what is left, run it, predict by a model of the machine when that pays, spend fewer
# bits on each weight, and end with a file: few bytes, and a network that comes out of them.
#
# **Afterwards you can**
#
# * count what a storage format really takes, indices included;
# * multiply with a matrix that you never build;
# * predict a time from bytes and multiply-adds before you measure it;
# * round weights to int8, and know by how much each is off;
# * put all of it together and meet a budget.
#
# | part | exercise | points | minutes | difficulty |
# |---|---|---|---|---|
# | 1. Store what is left | `to_csr`, `to_bitmask`, `storage_bytes` | 8 + 6 + 8 | 30 | ●●○ |
# | 2. Run it | `csr_matmul` | 8 | 15 | ●●○ |
# | 3. Predict the time | `predict_time` | 14 | 20 | ●●○ |
# | 4. Fewer bits | `quantize_int8` | 10 | 15 | ●●○ |
# | 5. Ship it | `ship`, `ship_80k`, `ship_40k`, `ship_24k`, `ship_16k`, `ship_12k` | 6 + 5 + 5 + 5 + 5 + 4 | 40 | ●●● |
# | Questions, each under its figure | four | 16 | 20 | ●●○ |
#
# <details><summary>How to work</summary>
#
# * The docstring of an exercise is the assignment. Replace the line
#   <code>raise NotImplementedError(...)</code>, run the cell, then the check below it. A check says what is
#   wrong and why. Your points come from it and from hidden ones with other shapes and values.
# * A mistake in one exercise costs no other. From labs 1 and 2 you have the reference answers
#   (<code>tinytorch.pruning</code>, <code>tinytorch.recovery</code>), whatever became of yours.
# * An experiment waits until the exercises that it uses are written. Write your guess into
#   <code>predict</code> before you run it: a number in place of the three dots.
# * Only the cells of exercises are graded: a helper belongs into the cell of the exercise that calls it.
# * How far are you? Save, then <code>tito check</code> in a terminal. At the end <code>tito submit</code>.
#
# </details>
#
# As before, a weight is `(in_features, out_features)`, and nothing you are given may be changed in place.

# %%
#| default_exp shipping
import os

# One thread a product, said before NumPy is imported: at matrices as small as these several would wait.
for limit in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{limit}_THREADS", "1")

# %% given shipping_imports folded
#| export
import itertools
import lzma
import math
from collections.abc import Mapping, Sequence

import numpy as np

from tinytorch.arguments import check_count, check_weight
from tinytorch.networks import RECIPE, DenseMLP, apply_masks, train
from tinytorch.pruning import global_masks, magnitude_mask, neuron_scores, remove_neurons
from tinytorch.recovery import masked_sgd_step

# %% given shipping_checks folded
import functools
import os
import zlib

from tinytorch.checking import class_rng, expect, passed, refuses, untouched
from tinytorch.digits import load_digits
from tinytorch.networks import HIDDEN, accuracy, load_split

# %% jupyter={"source_hidden": true} cellView="form"
# What the experiments below need
from tinytorch.experiments import ready
from tinytorch.networks import load_networks
from tinytorch.pruning import time_ratio
from tinytorch.recovery import cubic_sparsity, prune_gradually
from tinytorch.studies import clock, equal_bytes, formats, predict, roofline, show

# %% [markdown]
# Three networks, one a seed, trained on the shifted digits (some seconds, once).

# %%
networks = load_networks(range(3)) if ready() else []

# %% [markdown]
# ## 1. Store what is left
#
# A weight set to zero still takes four bytes. To save memory one must store only what is left, and then
# also *where* it was. **Compressed sparse rows** (CSR) keep three arrays: the values row by row, the column
# of each value, and for each row where it begins.
#
# ### Exercise 1: to CSR (8 points)
#
# *15 minutes, ●●○.*
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


# %% check to_csr 8
weight = np.array([[0.0, 5, 0], [0, 0, 0], [2, 0, 7]])
want = (np.array([5.0, 2, 7]), np.int32([1, 0, 2]), np.int32([0, 1, 1, 3]))
# fmt: off
slips = {(2, 5, 7): "That is column by column.", (5, 7, 2): "Within a row they go from left to right.",
         (0, 2, 2): "Those are the rows of the values; a pointer says where a row begins, a column where in it.",
         (1, 6, 8): "Those count through the whole matrix; a column counts within its row.",
         (2, 1, 3): "Columns count from 0.", (1, 1, 3): "The 0 in front is missing.",
         (0, 1, 1): "The last pointer, the number of values, is missing.",
         (0, 1, 0, 2): "Those are counts; pointers are their running sum.",
         (0, 1, 3): "The empty row has a pointer too.", (0, 1, 2, 3): "Pointers go by rows."}
# fmt: on
why = "Values keep the weight's dtype, indices and pointers are int32"
expect(untouched(to_csr, weight), want, why, slips)
expect(
    to_csr(np.eye(2, 3)),
    (np.ones(2), np.int32([0, 1]), np.int32([0, 1, 2])),
    "Oblong: no number may be written in",
)
passed()

# %% hidden to_csr
weight = np.float32([[0, 0, 0, 0], [0, 0, 9, -1e-30], [0, 0, 0, 0], [-2, 0, 4, 1], [0, 0, 0, 0]])
want = (np.float32([9, -1e-30, -2, 4, 1]), np.int32([2, 3, 0, 2, 3]), np.int32([0, 0, 2, 2, 5, 5]))
why = (
    "Negative and tiny weights are not zero, the first and the last row may be empty, values keep the "
    "weight's dtype, the others are int32, and no number may be written in"
)
expect(untouched(to_csr, weight), want, why)
values = np.asarray(to_csr(weight)[0])
assert values.tolist() == weight[weight != 0].tolist(), why
expect(to_csr(np.zeros((2, 3))), (np.zeros(0), np.int32([]), np.int32([0, 0, 0])), "All zeros")


# %% given from_csr folded
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


# %% [markdown]
# ### Exercise 2: a bit for each place (6 points)
#
# *5 minutes, ●○○.* A **bitmask** says of every place, row by row, whether something is kept: one bit, eight
# of them in a byte. The weight above has nine places, so two bytes:
#
# ```
# 0 1 0   0 0 0   1 0   1          01000010 = 66,   1 and seven bits of padding: 10000000 = 128
# ```
#
# <details><summary>Hint</summary><code>np.packbits</code> does just this to a mask.</details>


# %% exercise to_bitmask
#| export
def to_bitmask(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Store a weight as its values and one bit for each place.

    Args:
        weight: (in_features, out_features), floating. Not modified.

    Returns:
        (values, bits):
        values: (nonzero,), the dtype of `weight`: what is not zero, row by row, left to right;
        bits: (ceil(size / 8),) uint8: a 1 for each place that is not zero, row by row, eight places a
        byte, the first in the highest bit; the last byte is filled up with 0.

    Raises:
        TypeError, ValueError: `weight` is not a 2-D array of floats, is empty or holds NaN.

    Source: Apple's Core ML tools store sparse weights so ("Pruning overview": non-zero values and a bit mask).
    """
    check_weight("to_bitmask", weight)
    ### BEGIN SOLUTION
    keep = weight != 0
    return weight[keep], np.packbits(keep)
    ### END SOLUTION


# %% check to_bitmask 6
weight = np.array([[0.0, 5, 0], [0, 0, 0], [2, 0, 7]])
# fmt: off
slips = {(2, 5, 7): "That is column by column.", (48, 128): "That is column by column.",
         (0, 1, 0, 0, 0, 0, 1, 0, 1): "That is a byte for each place: pack eight into one.",
         (189, 0): "A 1 says that something is kept.", (66, 1): "The first place is the highest bit.",
         (64, 0, 160): "Rows follow each other without a gap.", (66,): "The ninth place is missing.",
         (0, 5, 0, 0, 0, 0, 2, 0, 7): "Store what is not zero alone.",
         (66, 128): "The values come first, then the bits."}
# fmt: on
want = (np.array([5.0, 2, 7]), np.uint8([66, 128]))
expect(untouched(to_bitmask, weight), want, "Nine places are two bytes", slips)
expect(to_bitmask(np.eye(2, 4)), (np.ones(2), np.uint8([132])), "Eight places, 2 x 4, are one byte")
passed()

# %% hidden to_bitmask
weight = np.float32([[-1e-30, 0, 0, 0, 3], [0, 0, -4, 0, 0]])
want = (np.float32([-1e-30, 3, -4]), np.uint8([0b10001001, 0]))
why = "Negative and tiny weights are not zero; values keep the weight's dtype"
values, bits = untouched(to_bitmask, weight)
expect((values, bits), want, why)
assert np.count_nonzero(values) == 3, why


# %% given from_bitmask folded
#| export
def from_bitmask(values: np.ndarray, bits: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the dense weight of the given shape from its bitmask arrays (see `to_bitmask`)."""
    weight = np.zeros(shape, dtype=values.dtype)
    weight[np.unpackbits(bits, count=weight.size).reshape(shape).astype(bool)] = values
    return weight


# %% [markdown]
# ### Exercise 3: count the bytes (8 points)
#
# *10 minutes, ●○○.* "90 % sparse, so a tenth of the memory" forgets the indices. A float32 weight 100 x 100
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


# %% check storage_bytes 8
weight = np.zeros((100, 100), dtype=np.float32)
weight[:10] = -1
# fmt: off
counts = {
    "dense": (40_000, {4_000: "Dense stores the zeros too.", 10_000: "A float32 takes 4 bytes.",
                       320_000: "Those are bits.", 80_000: "A float32 takes 4 bytes."}),
    "csr": (8_404, {404: "Negative values are not zero.",
                    4_000: "Those are the values alone: where they stand must be stored too.",
                    8_000: "The row pointers are missing.", 4_404: "The column of each value is missing.",
                    8_400: "There is one pointer more than there are rows.",
                    12_404: "Columns are int32, 4 bytes, not 8.",
                    12_808: "Columns and pointers are int32, 4 bytes, not 8.",
                    12_000: "CSR has one pointer a row, not a row index for each value."}),
    "csr16": (6_404, {6_202: "The row pointers stay int32.", 8_404: "Columns take 2 bytes here."}),
    "bitmask": (5_250, {14_000: "A bit for each place, not a byte.", 1_250: "The values are missing.",
                        4_125: "A bit for each place, also for those that are zero.",
                        4_000: "The bits are missing."}),
}
# fmt: on
for fmt, (want, slips) in counts.items():
    expect(
        untouched(storage_bytes, weight, fmt),
        want,
        f"The worked example as {fmt} takes {want:,}",
        slips,
    )
passed()

# %% hidden storage_bytes
weight = np.zeros((7, 3))
weight[2] = 0.5
why = "A float64 takes 8 bytes, pointers go by rows, 21 bits need 3 whole bytes"
for fmt, want in {"dense": 168, "csr": 68, "csr16": 62, "bitmask": 27}.items():
    expect(storage_bytes(weight, fmt), want, f"A float64 weight 7 x 3 with 3 values, {fmt}: {why}")
expect(storage_bytes(np.zeros((4, 2), np.float32), "csr"), 20, "Nothing left: five pointers stay")
expect(storage_bytes(np.ones((4, 2), np.float32), "bitmask"), 33, "Eight bits are one whole byte")

# %% [markdown]
# ### From which sparsity on does it pay?
#
# All weights of a pruned network, in each format. Where a line crosses "dense", storing it sparsely begins
# to be smaller.

# %%
predict("CSR with int32 indices is smaller than dense from this sparsity on", ...)
predict("a bitmask is smaller than dense from this sparsity on", ...)
show(formats(networks, global_masks, storage_bytes))

# %% [markdown]
# ### Question 1: ten times smaller? (4 points)
#
# An abstract says: "we compress the network 10x by pruning 90 % of its weights". Work out the true
# ratio for a float32 layer of 256 x 128 in CSR, CSR with 2-byte indices, and as a bitmask. At which
# sparsity would the bitmask reach 10x, and can it reach 40x?

# %% question reflect_bytes 4
# ### BEGIN SOLUTION
# * Density 0.1: CSR 0.1 * 8 / 4 = 20 % and the pointers, 4.8x; csr16 6.3x; bitmask
#   0.1 + 1/32 = 13.1 %, 7.6x (2 points; one if the pointers or the bits are forgotten).
# * 10x needs density 0.1 - 1/32 = 6.9 %, sparsity 93.1 %; the mask alone takes 1/32, so no
#   sparsity gives 40x (2 points).
# ### END SOLUTION

# %% [markdown]
# ## 2. Run it
#
# ### Exercise 4: multiply (8 points)
#
# *15 minutes, ●●○.* `x @ W` from the three arrays, without ever building W. With the W of exercise 1 and
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


# %% check csr_matmul 8
csr = (np.array([5.0, 2, 7]), np.int32([1, 0, 2]), np.int32([0, 1, 1, 3]))
# fmt: off
slips = {((10, 0, 23),): "That is W @ x: rows and columns of W are swapped.",
         ((0, 5, 0),): "The last row of W is missing: each row has two pointers around it.",
         ((2, 5, 7),): "Multiply each value by its row's feature, x[:, i].",
         ((4, 5, 14),): "An empty row of W still counts: row 2 is scaled by x[:, 2]."}
# fmt: on
product = untouched(csr_matmul, np.array([[1.0, 2, 3]]), *csr, (3, 3))
expect(product, np.array([[6.0, 5, 21]]), "Row i of W is scaled by x[:, i]", slips)
x, csr = (
    np.array([[1.0, 10], [2, 20], [3, 30]]),
    (np.ones(2), np.int32([1, 1]), np.int32([0, 1, 2])),
)
want = np.array([[0.0, 11, 0], [0, 22, 0], [0, 33, 0]])
why = (
    "W of 2 x 3, also where columns of W are empty, all samples of the batch: do several rows that reach the "
    "same column add up?"
)
expect(csr_matmul(x, *csr, (2, 3)), want, why)
passed()

# %% hidden csr_matmul
W, x = (
    np.array([[0.0, 2, 0, -1, 0], [0, 0, 0, 0, 0], [3, 0, 0, 4, 0]]),
    np.arange(18.0).reshape(6, 3),
)
csr = (np.array([2.0, -1, 3, 4]), np.int32([1, 3, 0, 3]), np.int32([0, 2, 2, 4]))
why = "Use `shape`, also where columns of W are empty, and take all samples of the batch"
expect(untouched(csr_matmul, x, *csr, (3, 5)), x @ W, why)
empty = (np.zeros(0), np.int32([]), np.zeros(4, np.int32))
expect(csr_matmul(x, *empty, (3, 2)), np.zeros((6, 2)), "A weight of zeros has no values")
starts = np.zeros(20_001, np.int32)
starts[7:] = 1  # one value, in row 6; a dense W would take 32 GB
far, why = (
    (np.array([2.5]), np.int32([150_000]), starts),
    "Do not build W: 20,000 x 200,000 is 32 GB",
)
try:
    product = csr_matmul(np.ones((1, 20_000)), *far, (20_000, 200_000))
except MemoryError:
    raise AssertionError(why) from None
assert np.shape(product) == (1, 200_000) and np.flatnonzero(product).tolist() == [150_000], why

# %% [markdown]
# ### What the clock says
#
# Three ways to have fewer weights, dense = 1: zeros in a dense product, your CSR, and neurons removed, at
# about as many weights.

# %%
predict("90 % in CSR, in NumPy: time / dense time", ...)
predict("90 % by fewer neurons: time / dense time", ...)
tools = (global_masks, neuron_scores, remove_neurons, to_csr, csr_matmul, time_ratio)
show(clock(networks, *tools))

# %% [markdown]
# ### Question 2: neurons or weights? (4 points)
#
# At 90 %, which of the three runs fastest on your machine, and which would you ship to a phone without a
# sparse kernel? Your CSR does a tenth of the multiply-adds: where does its time go?

# %% question reflect_structure 4
# ### BEGIN SOLUTION
# * Zeros in a dense product gain nothing, it multiplies by them; removed neurons are faster, because the
#   matrices are smaller (2 points, from their own figure).
# * Without a kernel: removed neurons (1 point).
# * CSR in NumPy makes some calls for each row of W, and reads and writes scattered columns: that takes time
#   however few multiply-adds are left (1 point).
# ### END SOLUTION

# %% [markdown]
# How fast a sparse product can be, compiled and with the processor's vector instructions, is a lesson of
# its own, `18_sparse_kernels`. Elsen et al. (2019, arXiv:1911.09723, abstract) report 1.3 to 2.4 times on
# phones, with kernels written for it.
#
# ## 3. Predict the time
#
# A processor moves bytes and computes, both at once; what takes longer decides (the **roofline**, Williams
# et al. 2009). And each call costs something, however small its work.
#
# ### Exercise 5: a model of the machine (14 points)
#
# *20 minutes, ●●○.* A toy machine moves 1,000 bytes and makes 100 multiply-adds a second, and a call takes
# half a second. A batch of 2, W of 4 x 3 with 6 weights left:
#
# | | bytes: W + x and product | multiply-adds | the larger | calls | seconds |
# |---|---|---|---|---|---|
# | dense | 4 * 12 + 4 * 2 * (4 + 3) = 104 | 2 * 12 = 24 | 0.24 | 1 | 0.74 |
# | CSR | 8 * 6 + 4 * 5 + 56 = 124 | 2 * 6 = 12 | 0.124 | 4 | 2.124 |
# | smaller dense | 4 * 6 + 56 * √(6 / 12) = 63.6 | 2 * 6 = 12 | 0.12 | 1 | 0.62 |
#
# <details><summary>Hint</summary>Write down bytes, multiply-adds and calls for each of the three; the last
# line is the same for all.</details>


# %% exercise predict_time
#| export
MODELLED = ("dense", "csr", "smaller dense")


def predict_time(
    batch: int, shape: tuple[int, int], nonzero: int, fmt: str, machine: Mapping[str, float]
) -> float:
    """Predict the seconds of `x @ W` by what has to be moved and what has to be computed.

    The larger of two times, since a processor moves and computes at once, and what the calls take:

        max(bytes / bandwidth, multiply-adds / peak) + calls * overhead

    Bytes are those of W as it is stored, of x and of the product, each once, in float32.

    Args:
        batch: rows of x, at least 1.
        shape: (in_features, out_features) of W.
        nonzero: how many weights of W are not zero.
        fmt: how W is stored and multiplied:
            "dense": all of W, zeros too, every weight times every row of x; one call;
            "csr": values, int32 columns and int32 row pointers, the values times every row of x; one
            call for each row of W, as in `csr_matmul`;
            "smaller dense": dense, with `nonzero` weights: both sides of W, and with them x and the
            product, are sqrt(nonzero / size) times as long; one call.
        machine: "bandwidth" in bytes a second, "peak" in multiply-adds a second, "overhead" in
            seconds a call.

    Returns:
        Seconds, a float.

    Raises:
        TypeError, ValueError: `batch` is not a whole number of at least 1, `nonzero` not one from 0 to
            the size of W, or `fmt` none of the three.

    Source: Williams, Waterman & Patterson 2009, "Roofline", doi:10.1145/1498765.1498785.
    """
    check_count("predict_time", "batch", batch)
    check_count("predict_time", "nonzero", nonzero, least=0)
    if nonzero > math.prod(shape):
        raise ValueError(
            f"predict_time: W of {shape} holds {math.prod(shape)} weights, got nonzero={nonzero}"
        )
    if fmt not in MODELLED:
        raise ValueError(f"predict_time: fmt must be one of {MODELLED}, got {fmt!r}")
    ### BEGIN SOLUTION
    n_in, n_out = shape
    side = math.sqrt(nonzero / (n_in * n_out)) if fmt == "smaller dense" else 1
    stored, products, calls = {
        "dense": (4 * n_in * n_out, n_in * n_out, 1),
        "csr": (8 * nonzero + 4 * (n_in + 1), nonzero, n_in),
        "smaller dense": (4 * nonzero, nonzero, 1),
    }[fmt]
    moved = stored + 4 * batch * (n_in + n_out) * side
    seconds = max(moved / machine["bandwidth"], batch * products / machine["peak"])
    return float(seconds + calls * machine["overhead"])
    ### END SOLUTION


# %% check predict_time 14
toy = {"bandwidth": 1000.0, "peak": 100.0, "overhead": 0.5}
# fmt: off
rows = {"dense": (0.74, {0.844: "The larger of the two times, not their sum.", 0.24: "A call takes time, too.",
                         0.604: "The larger of the two times, not the smaller.",
                         0.62: "24 multiply-adds: zeros are multiplied, too, and every row of x."}),
        "csr": (2.124, {0.624: "CSR takes a call for each row of W.", 1.624: "W has four rows: calls go by rows.",
                        2.12: "Moved are values, columns and pointers, x and the product, in float32.",
                        2.24: "CSR multiplies what is not zero alone."}),
        "smaller dense": (0.62, {0.74: "Of smaller dense, only `nonzero` weights are multiplied."})}
# fmt: on
for fmt, (want, slips) in rows.items():
    expect(predict_time(2, (4, 3), 6, fmt, toy), want, f"The worked example, {fmt}", slips)
passed()

# %% hidden predict_time
slow = {"bandwidth": 100.0, "peak": 1e9, "overhead": 0.0}  # what is moved decides
why = "A slow memory: W as it is stored, x and the product, each once, in float32"
for fmt, want in {"dense": 3.04, "csr": 3.08, "smaller dense": 1.36}.items():
    expect(predict_time(6, (8, 2), 4, fmt, slow), want, f"{fmt}: {why}", tolerance=1e-9)
far = {"bandwidth": 1e9, "peak": 10.0, "overhead": 0.0}
why = "A slow processor: every row of x is multiplied"
for fmt, want in {"dense": 9.6, "csr": 2.4, "smaller dense": 2.4}.items():
    expect(predict_time(6, (8, 2), 4, fmt, far), want, f"{fmt}: {why}")
call = {"bandwidth": 1e9, "peak": 1e9, "overhead": 2.0}
expect(
    predict_time(1, (3, 5), 0, "csr", call), 6.0, "A call for each of three rows", tolerance=1e-6
)
assert isinstance(predict_time(1, (3, 5), 15, "dense", call), float), "Return a float."
refuses(ValueError, predict_time, 1, (3, 5), 16, "dense", call)

# %% [markdown]
# ### The model and the clock
#
# The three numbers of your machine are measured first: bytes a second within its cache, multiply-adds a
# second in a large product, and what the smallest product takes.

# %%
predict("CSR at 90 %: measured time / predicted time", ...)
show(roofline(predict_time, to_csr, csr_matmul))

# %% [markdown]
# Often a product waits for memory, not for arithmetic: at small batches each weight is read for a handful of
# multiply-adds, and fewer bytes matter more than fewer operations. Where the prediction is off, the model
# lacks something: which of its three numbers would you measure in another way for CSR?

# %% [markdown]
# ## 4. Fewer bits
#
# **Quantization** keeps every weight but stores it in one byte: a whole number from -127 to 127, times a
# scale shared by its column.
#
# ### Exercise 6: int8 (10 points)
#
# *15 minutes, ●●○.* One column `[0.7, -1.0, 0.003]`: the largest magnitude is 1, so the scale is
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
        weight: (in_features, out_features), floating, within float32's range. Not modified.

    Returns:
        (q, scale): q like `weight`, int8 in -127..127; scale (out_features,) float32, above 0 (1 for a
        column of zeros). `q * scale` is within half a scale of `weight`.

    Raises:
        TypeError, ValueError: `weight` is not a 2-D array of floats, is empty or holds NaN.

    Source: Krishnamoorthi 2018, arXiv:1806.08342, section 2.2 (symmetric) and 3.1 (per channel).
    """
    check_weight("quantize_int8", weight)
    ### BEGIN SOLUTION
    scale = (np.abs(weight).max(axis=0) / 127).astype(np.float32)
    scale[scale == 0] = 1
    q = np.clip(np.rint(weight / scale), -127, 127)
    return q.astype(np.int8), scale
    ### END SOLUTION


# %% check quantize_int8 10
weight = np.array([[0.7, 0.0, 25.4], [-1.0, 0.0, 10.0], [0.003, 0.0, -0.42], [0.1, 0.0, 5.0]])
with np.errstate(all="ignore"):
    result = untouched(quantize_int8, weight)
assert isinstance(result, tuple | list) and len(result) == 2, "Return the pair (q, scale)."
q, scale = (np.asarray(each) for each in result)
many = "There is one scale for each column, (3,): not one for all, not one a row."
assert scale.shape == (3,), f"{many} Yours are {scale.shape}."
assert np.isfinite(scale).all() and scale[1] > 0 and not np.any(q[:, 1]), (
    f"A column of zeros: q is 0 and the scale above 0, say 1; yours is {scale[1]}. Do you divide by zero?"
)
# fmt: off
slips = [(0.2, many), (1 / 128, "127 steps each side, so that both signs fit."),
         (1 / 255, "127 steps each side: 255 steps hold no sign."), (2 / 255, "127 steps each side."),
         (1.7 / 255, "That spreads from smallest to largest: symmetric is 127 steps each side."),
         (0.7 / 127, "That is the largest value; take the largest magnitude."),
         (127, "Upside down: q * scale has to give the weight back.")]
slips = [(lambda got, at=at: np.isclose(got[0], at), says) for at, says in slips]
cut = [(lambda got: got[2, 2] == -3, "That rounds down: round to the nearest."),
       (lambda got: got[0, 0] == 88, "A cast cuts off: round to the nearest first.")]
# fmt: on
want = np.float32([1 / 127, scale[1], 0.2])
expect(scale, want, "The largest magnitude of a column over 127; scale must be float32", slips)
want = np.int8([[89, 0, 127], [-127, 0, 50], [0, 0, -2], [13, 0, 25]])
expect(q, want, "q is weight / scale, rounded; int8, one byte each", cut)
passed()

# %% hidden quantize_int8
weight = class_rng(11).normal(size=(40, 6)) * 10.0 ** np.arange(-3, 3)
weight[:, 4] = -np.abs(weight[:, 4])
for given in (weight, weight.astype(np.float32)):
    q, scale = untouched(quantize_int8, given)
    expect(scale, np.float32(np.abs(given).max(axis=0) / 127), "No number may be written in")
    assert np.shape(q) == (40, 6) and q.dtype == np.int8, f"q is int8, (40, 6); yours {q.dtype}."
    off = np.abs(q.astype(float) * scale - given).max(axis=0) / scale
    assert off.max() < 0.501, "A weight is off by more than half a scale: round to the nearest."


# %% given dequantize folded
#| export
def dequantize_int8(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return `q * scale` as float32, (in_features, out_features); never more than a float32 holds."""
    largest = np.finfo(np.float32).max
    return np.clip(q * scale.astype(np.float64), -largest, largest).astype(np.float32)


# %% [markdown]
# ### At equal bytes
#
# A quarter of the bytes: every weight at 8 bits, or 22 % of them at 32? An eighth: 4 bits, or 9.5 %?
# The rounded networks are trained as many epochs more as the pruned ones, those are pruned gradually to at
# most as many bytes, and each layer is stored in the format that takes fewest. (This trains nine networks.)

# %%
predict("int8: points above pruning to as many bytes", ...)
predict("int4: points above pruning to as many bytes", ...)
tools = (global_masks, masked_sgd_step, cubic_sparsity, prune_gradually)
show(equal_bytes(networks, *tools, storage_bytes, quantize_int8, dequantize_int8))

# %% [markdown]
# ### Question 3: fewer bits or fewer weights? (4 points)
#
# From the figure: what do you choose for a quarter of the bytes, what for an eighth, and by how many points?
# Is the difference larger than what the networks differ by? What can this figure not tell about a network a
# thousand times larger?

# %% question reflect_bits 4
# ### BEGIN SOLUTION
# * Fewer bits both times; at int8 by about 1.1 ± 0.3 points, at int4 by about 2.9 ± 0.8 (2 points: read
#   off their own figure, paired).
# * At int4 every network says so; at int8 the three do, but one of five says the opposite: on five networks
#   0.6 ± 0.7 and 2.6 ± 0.9. Three are few to settle a point (1 point for any answer that holds the
#   difference against its spread).
# * One small task and architecture, no outliers as in large language models; the hardware decides about
#   time. Kuzmin et al. 2023 find the same for larger ones (1 point).
# ### END SOLUTION

# %% [markdown]
# ## 5. Ship it
#
# A trained network of 78,922 parameters takes 315,688 bytes. How few can you make of it, and still read
# digits? Rounding alone gives about 77,000 bytes. Then take away neurons, weights, bits, tune in between, and let
# a packer do the rest. You have `global_masks`, `magnitude_mask`, `neuron_scores` and `remove_neurons` of lab 1,
# `masked_sgd_step` of lab 2, and two tools made of them, folded below: `without_weakest(model, share)` and
# `tuned(model, x, y, epochs, masks=None)`.


# %% given ship_tools folded
#| export
def without_weakest(model: DenseMLP, share: float) -> DenseMLP:
    """Return a smaller network: of each hidden layer this share of neurons is gone, the weakest first."""
    for layer in range(len(model.hidden_sizes)):
        scores = neuron_scores(model.layers[layer]["weights"])
        model = remove_neurons(model, layer, magnitude_mask(scores[None], share)[0])
    return model


def tuned(
    model: DenseMLP,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    masks: Sequence[np.ndarray] | None = None,
) -> DenseMLP:
    """Return the network trained some epochs further; under masks dropped weights stay 0."""
    start = model if masks is None else apply_masks(model, masks)
    return train(start, x, y, epochs, rng=0, masks=masks, step=masked_sgd_step, **RECIPE)


# %% [markdown]
# ### Exercise 7: a file that still reads (30 points)
#
# *40 minutes, ●●●.* 6 points for a network that comes out of the file whole, and the rest by bytes: at most
# 80,000, 40,000, 24,000, 16,000, 12,000. Begin with the first: `quantize_int8` for each layer, its scales and
# biases, `tobytes()`, and `np.frombuffer` on the other side. `unship` needs to know the sizes: they belong
# into the file.
#
# <details><summary>Hint 1</summary>Four bits: 7 steps each side in place of 127. Leave them in int8: a packer
# such as <code>lzma.compress</code> finds out that only 15 values occur.</details>
# <details><summary>Hint 2</summary>With half the neurons 63 % of the weights go. Tune after every cut, under
# the masks if there are some.</details>


# %% exercise ship
#| export
def ship(model: DenseMLP, x: np.ndarray, y: np.ndarray, max_bytes: int) -> bytes:
    """Make a file of at most `max_bytes` bytes that holds the network, as accurate as you can.

    Fewer bits, fewer weights, fewer neurons, tuning on `x` and `y`, a packer such as `zlib` or `lzma`:
    take what helps. `unship` gets these bytes in another process, with your code and nothing else.

    Graded on another network, and on test digits at places of their own: at most two points of
    accuracy may be lost. A call has 10 seconds. Code counts, too: what your cells zip to beyond 16,000 bytes is added.

    Args:
        model: a trained network with "relu". Not modified.
        x, y: (n, input_size) float32 images and their (n,) int classes, to tune with. Not modified.
        max_bytes: how many bytes the file may have.

    Returns:
        The file, `bytes`.

    Raises:
        TypeError, ValueError: `max_bytes` is not a whole number of at least 1, or nothing that you
            try fits.
    """
    check_count("ship", "max_bytes", max_bytes)
    ### BEGIN SOLUTION
    # share of neurons removed, share of the remaining weights dropped, bits of a weight
    for share, sparsity, bits in (
        (0, 0, 8),
        (0, 0, 4),
        (0.25, 0.5, 4),
        (0.5, 0.3, 4),
        (0.5, 0.5, 4),
    ):
        small, masks = model, None
        if share:
            small = tuned(without_weakest(model, share), x, y, 4)
        if sparsity:
            masks = global_masks(small.weights(), sparsity)
            small = tuned(small, x, y, 4, masks)
        sizes = [small.input_size, *small.hidden_sizes, small.output_size]
        parts, top = (
            [np.array([len(sizes), *sizes], dtype=np.uint16).tobytes()],
            2 ** (bits - 1) - 1,
        )
        for layer in small.layers:
            scale = (np.abs(layer["weights"]).max(axis=0) / top).astype(np.float16)
            scale[scale == 0] = 1
            codes = np.clip(np.round(layer["weights"] / scale), -top, top).astype(np.int8)
            parts += [
                scale.tobytes(),
                layer["bias"].astype(np.float16).tobytes(),
                codes.T.tobytes(),
            ]
        content = lzma.compress(b"".join(parts), lzma.FORMAT_ALONE)
        if len(content) <= max_bytes:
            return content
    raise ValueError(f"ship: the smallest file has {len(content)} bytes, got max_bytes={max_bytes}")
    ### END SOLUTION


def unship(content: bytes) -> DenseMLP:
    """Make the network of a file that `ship` made, with nothing but the file."""
    ### BEGIN SOLUTION
    raw = lzma.decompress(content)
    count = int(np.frombuffer(raw, np.uint16, 1)[0])
    sizes = np.frombuffer(raw, np.uint16, count, offset=2).tolist()
    place, layers = 2 + 2 * count, []
    for n_in, n_out in itertools.pairwise(sizes):
        scale = np.frombuffer(raw, np.float16, n_out, place).astype(np.float32)
        bias = np.frombuffer(raw, np.float16, n_out, place + 2 * n_out).astype(np.float32)
        codes = np.frombuffer(raw, np.int8, n_in * n_out, place + 4 * n_out).reshape(n_out, n_in)
        layers.append({"weights": codes.T * scale, "bias": bias})
        place += 4 * n_out + n_in * n_out
    return DenseMLP.from_layers(layers)
    ### END SOLUTION


# %% given ship_judging folded
MOST_LOST = 0.02  # of accuracy, 0 to 1
SHOWN = 0  # the seed of the network that students can try
FREE_CODE = 16_000  # bytes that all your cells may zip to for nothing
for_report = {}  # what was measured last, for the picture of the class


@functools.cache
def to_be_shipped(seed):
    """A network trained in a second, what it learned from, and images it has not seen."""
    data, plain, rng = load_split(), load_digits(), np.random.default_rng(seed)
    model = DenseMLP(data.x_train.shape[1], HIDDEN, 10, rng=rng)
    model = train(model, data.x_train, data.y_train, 12, rng=rng, **RECIPE)
    images = np.zeros((4 * len(plain.x_test), 12, 12), dtype=np.float32)
    for canvas, digit, (top, left) in zip(
        images, np.tile(plain.x_test, (4, 1)), rng.integers(0, 5, (len(images), 2)), strict=True
    ):
        canvas[top : top + 8, left : left + 8] = digit.reshape(8, 8)
    return (
        model,
        data.x_train[::2],
        data.y_train[::2],
        images.reshape(len(images), -1),
        np.tile(plain.y_test, 4),
    )


def ships(max_bytes, seed):
    """Whether a network comes out of a file of so many bytes that reads nearly as well."""
    if seed == SHOWN and os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return True  # graders ask for other networks
    model, x, y, images, labels = to_be_shipped(seed)
    content = untouched(ship, model, x, y, max_bytes)
    assert isinstance(content, bytes), (
        f"ship returns bytes, the file; got {type(content).__name__}."
    )
    code = len(zlib.compress("".join(getattr(ship, "program", {}).values()).encode()))
    size, much = len(content) + max(0, code - FREE_CODE), ""
    if code > FREE_CODE:
        much = f" ({len(content):,} of the file, and your code zips to {code:,}, {FREE_CODE:,} are free)"
    assert size <= max_bytes, f"{size:,} bytes{much}, but at most {max_bytes:,} were asked for."
    try:
        again = getattr(unship, "in_a_new_process", unship)(content)
    except Exception as error:
        raise AssertionError(
            f"unship, in a process that has the file and your code alone, raised "
            f"{type(error).__name__}: {error}. Put all that it needs into the file."
        ) from None
    assert isinstance(again, DenseMLP), f"unship returns a DenseMLP; got {type(again).__name__}."
    assert again.layers[0]["weights"].shape[0] == model.input_size, (
        f"the network reads {model.input_size} pixels; yours takes {again.layers[0]['weights'].shape[0]}."
    )
    before, after = accuracy(model, images, labels), accuracy(again, images, labels)
    for_report.update({"bytes": size, "bytes at most": max_bytes})
    lost = "points of accuracy lost"
    for_report.update({lost: 100 * (before - after), f"{lost} at most": 100 * MOST_LOST})
    assert before - after <= MOST_LOST, (
        f"{len(content):,} bytes: accuracy falls from {100 * before:.1f} to {100 * after:.1f} %; "
        f"at most {100 * MOST_LOST:.0f} points may be lost."
    )
    return True


# %% check ship 6
assert ships(200_000, SHOWN)
passed()

# %% hidden ship
assert ships(200_000, 11)
refuses(TypeError, ship, *to_be_shipped(11)[:3], 1e5)

# %% check ship_80k 5
assert ships(80_000, SHOWN)
passed()

# %% hidden ship_80k
assert ships(80_000, 11)

# %% check ship_40k 5
assert ships(40_000, SHOWN)
passed()

# %% hidden ship_40k
assert ships(40_000, 11)

# %% check ship_24k 5
assert ships(24_000, SHOWN)
passed()

# %% hidden ship_24k
assert ships(24_000, 11)

# %% check ship_16k 5
assert ships(16_000, SHOWN)
passed()

# %% hidden ship_16k
assert ships(16_000, 11)

# %% check ship_12k 4
assert ships(12_000, SHOWN)
passed()

# %% hidden ship_12k
assert ships(12_000, 11)
refuses(ValueError, ship, *to_be_shipped(11)[:3], 500)

# %% [markdown]
# ### The picture of the class
#
# What the checks measured of everybody's files, bytes against accuracy, becomes one picture for the class. Your
# points stand in it without a name, unless you write one between the quotes: your own, or one you make up. It
# is worth no points, and empty is as good an answer.

# %%
SHOW_ME_AS = ""

# %% [markdown]
# ### Question 4: read a claim (4 points)
#
# You have made a file up to 26 times smaller. Write down the claim you would put into an abstract, so that
# nobody could call it misleading: against which baseline, tuned or not, on which images, how many
# networks, what is counted, and what it says about time.

# %% question reflect_claim 4
# ### BEGIN SOLUTION
# * Bytes of the file with all that it needs, against a dense network in float32, and against int8 (1 point).
# * Accuracy before and after on images that nothing was chosen on, with the dense network tuned as long
#   (2 points; one if the control is forgotten).
# * How many networks and their spread; that bytes say nothing of time until somebody runs it (1 point).
# ### END SOLUTION

# %% [markdown]
# ## What you have
#
# Bytes counted with their indices, a product that skips zeros, a model of the machine that says when that
# pays, and a network in a file up to 26 times smaller. And four questions to ask of any claim: compared
# with what, over how many networks, what is counted, and by which clock?
