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
# # Recover: what training, refitting and rewinding give back
#
# > A pruned network wins most of its accuracy back: by training, by least squares, from a teacher.
#
# In lab 1 you cut. At 90 % the network you had trained got about a third of the digits right, and at
# 95 % it did hardly better than guessing. In this lab you win the rest back. And each time you ask the
# question that a good paper answers: is the gain due to what it is said to be due to?
#
# **Afterwards you can**
#
# * train a network under a mask, so that no dropped weight comes back;
# * say from which sparsity on many small cuts beat a single one, and how sure that is;
# * refit a layer by least squares: no label, no epoch;
# * let the network learn from the one it was cut from;
# * name the control that could refute a claim, and run it.
#
# | part | exercise | points | minutes | difficulty |
# |---|---|---|---|---|
# | 1. Train under a mask | `masked_sgd_step` | 18 | 25 | ●●○ |
# | 2. Prune gradually | `cubic_sparsity`, `prune_gradually` | 6 + 12 | 25 | ●●○ |
# | 3. Two of four | `nm_mask` | 12 | 15 | ●●○ |
# | 4. Refit | `refit` | 22 | 30 | ●●● |
# | 5. Learn from the dense network | `soft_targets` | 8 | 10 | ●○○ |
# | 6. Rewind | `rewind` | 6 | 10 | ●○○ |
# | Questions, each under its figure | four | 16 | 20 | ●●○ |
#
# <details><summary>How to work</summary>
#
# * The docstring of an exercise is the assignment. Replace the line
#   <code>raise NotImplementedError(...)</code>, run the cell, then the check below it. A check says what is
#   wrong and why. Your points come from it and from hidden ones with other shapes and values.
# * A mistake in one exercise costs no other: each check brings along what it needs of the others. From
#   lab 1 you have the reference answers (<code>tinytorch.pruning</code>), whatever became of yours.
# * An experiment waits until the exercises that it uses are written. Write your guess into
#   <code>predict</code> before you run it: a number in place of the three dots.
# * Only the cells of exercises are graded: a helper belongs into the cell of the exercise that calls it.
# * How far are you? Save, then <code>tito check</code> in a terminal. At the end <code>tito submit</code>.
#
# </details>
#
# As before, a weight is `(in_features, out_features)`, a mask is `True` where a weight is **kept**, and
# nothing you are given may be changed in place.

# %%
#| default_exp recovery
import os

# One thread a product, said before NumPy is imported: at matrices as small as these several would wait.
for limit in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{limit}_THREADS", "1")

# %% given recovery_imports folded
#| export
from collections.abc import Callable, Sequence

import numpy as np

from tinytorch.arguments import (
    check_count,
    check_fraction,
    check_mask,
    check_shape,
    check_weight,
)
from tinytorch.networks import DenseMLP, apply_masks
from tinytorch.pruning import global_masks

# %% given recovery_checks folded
from tinytorch.checking import class_rng, expect, passed, refuses, same_as, untouched

# %% jupyter={"source_hidden": true} cellView="form"
# What the experiments below need
from tinytorch.experiments import ready
from tinytorch.networks import load_networks
from tinytorch.pruning import magnitude_mask, neuron_scores, remove_neurons
from tinytorch.studies import (
    calibration,
    distillation,
    fair_chance,
    lottery,
    predict,
    refitting,
    show,
    show_source,
    start_and_optimiser,
    tuning,
    when_to_prune,
)

# %% [markdown]
# Three networks, one a seed, trained on the shifted digits (some seconds, once). All ways to win
# accuracy back get the same three, so that they are compared in pairs.

# %%
networks = load_networks(range(3)) if ready() else []

# %% [markdown]
# ## 1. Train under a mask
#
# What pruning takes, more training can give back, as long as it leaves the dropped weights at zero. SGD
# with momentum has two ways to move one: its **gradient**, which is not zero only because the weight is,
# and its **velocity**, which remembers the gradients of before the cut.
#
# ### Exercise 1: one masked step (18 points)
#
# *25 minutes, ●●○.* With lr = 0.1 and momentum = 0.5, a weight of 1, a gradient of 2 and a velocity of 6:
#
# ```
# velocity = 0.5 * 6 + 2 = 5
# weight   = 1 - 0.1 * 5 = 0.5      if it is kept
#          = 0                      if it is dropped
# ```
#
# Work out two more before you write: what becomes of a dropped weight if the mask comes *before* the
# step? And what if only its gradient is masked?
#
# <details><summary>Hint 1</summary>Before the step: 0 - 0.1 * 5 = -0.5. With the gradient alone masked:
# 0 - 0.1 * (0.5 * 6) = -0.3. So the mask comes last.</details>
# <details><summary>Hint 2</summary><code>np.where(keep, value, 0)</code> takes the value or the zero.
# <code>value * keep</code> computes, and 0 times infinity is NaN.</details>


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

    velocity = momentum * velocity + grad; weight = weight - lr * velocity; then dropped entries of the
    weight are exactly 0, even where gradient or velocity are infinite. What the velocity of a dropped
    weight is does not matter: under this mask it moves nothing.

    Args:
        weight, grad, velocity: (in_features, out_features), floating. Not modified.
        keep: (in_features, out_features), bool. True means keep.
        lr: learning rate.
        momentum: 0 <= momentum <= 1.

    Returns:
        (weight, velocity), new arrays of the shape and dtype of `weight`.

    Raises:
        TypeError, ValueError: `weight` is no 2-D float array, shapes differ, `keep` is not bool, or
            `momentum` is no fraction.

    Source: Han et al. 2015, arXiv:1506.02626, section 3.3 (retraining what survived).
    """
    check_weight("masked_sgd_step", weight)
    check_mask("masked_sgd_step", keep, weight.shape)
    check_shape("masked_sgd_step", "grad", grad, weight.shape)
    check_shape("masked_sgd_step", "velocity", velocity, weight.shape)
    check_fraction("masked_sgd_step", "momentum", momentum)
    ### BEGIN SOLUTION
    velocity = momentum * velocity + grad
    stepped = weight - lr * velocity
    kept = np.where(keep, stepped, 0)
    return kept.astype(weight.dtype, copy=False), velocity.astype(weight.dtype, copy=False)
    ### END SOLUTION


# %% check masked_sgd_step 18
def moving(pair, keep):  # a dropped weight's velocity may be anything: take 0 for it
    return (pair[0], np.where(keep, pair[1], 0)) if np.shape(pair) == (2, *keep.shape) else pair


# fmt: off
slips = {((5, 0),): "Weight first, then velocity.", ((5, 5),): "Weight first, then velocity.",
         ((0, 0.5),): "True means keep.", ((0.5, 0.5),): "Mask the weight after the step.",
         ((0.5, -0.5),): "The step after the mask moves a dropped weight: mask last.",
         ((0.5, -0.3),): "The old velocity moves a dropped weight: mask the weight, last.",
         ((1.5, 0),): "Go against the gradient.", ((-4, 0),): "The learning rate is missing.",
         ((0.8, 0),): "A step by the gradient alone.", ((0.4, 0),): "A step by the old velocity.",
         ((0.68, 0),): "No learning rate in the velocity.", ((0.55, 0),): "That is Nesterov's step.",
         ((0.6, 0),): "The gradient counts whole.", ((0.2, 0),): "The old velocity times the momentum."}
# fmt: on
weight, grad, velocity = (np.full((1, 2), each) for each in (1.0, 2.0, 6.0))
keep, want = np.array([[True, False]]), (np.array([[0.5, 0]]), np.array([[5.0, 0]]))
pair = untouched(masked_sgd_step, weight, grad, velocity, keep, lr=0.1, momentum=0.5)
expect(moving(pair, keep), want, "The velocity is 0.5 * 6 + 2, the weight 1 - 0.1 * 5", slips)
passed()

# %% hidden masked_sgd_step
weight, velocity = np.float32([[2], [4], [8]]), np.float32([[0], [2], [4]])
grad, keep = np.array([[1.0], [-1], [0]]), np.array([[True], [True], [False]])
pair = untouched(masked_sgd_step, weight, grad, velocity, keep, 0.5, 1)
want = (np.float32([[1.5], [3.5], [0]]), np.float32([[1], [1], [0]]))
expect(moving(pair, keep), want, "Three inputs, one output; both in the weight's dtype")
pair = masked_sgd_step(weight, np.full((3, 1), np.inf), velocity, keep & False, 0.1, 0.9)
expect(pair[0], want[0] * 0, "An infinite gradient, all dropped: 0 * inf is NaN, np.where is safe")
refuses(TypeError, masked_sgd_step, weight, grad, velocity, keep * 1, 0.1, 0.9)
refuses(ValueError, masked_sgd_step, weight, grad, velocity, keep, 0.1, 1.5)

# %% [markdown]
# ### What is a choice worth?
#
# Both train nine epochs more, and then the masks by magnitude are far ahead of masks drawn by lot. But
# which lot? Magnitude, all layers together, keeps other shares of each layer than "90 % of each" does. A
# control may differ in **one** thing. So there are two of them: by lot with as many weights of each
# layer as magnitude keeps, and by lot with each layer alike.

# %%
predict("90 %, tuned: points that magnitude gains over chance", ...)
show(fair_chance(networks, global_masks, magnitude_mask, masked_sgd_step))

# %% [markdown]
# ### Question 1: which control? (4 points)
#
# A paper prunes all layers together by magnitude, and compares with random masks of 90 % in each layer. By
# how many points does it overrate the choice by magnitude here? To what do these points belong? And what
# would both controls look like without tuning, so why are all three tuned?

# %% question reflect_control 4
# ### BEGIN SOLUTION
# * Fair is the control with as many weights of each layer: magnitude gains about 39 points over it, over
#   the other about 58 (2 points: both differences from their own figure, paired).
# * The rest, about 18 points, is owed to how many weights each layer keeps, not to which (1 point).
# * Untuned, masks by lot only guess (11 % at 90 %): all of the gap would go to magnitude, also what
#   training gives back to any mask. Tuned alike, the choice alone differs (1 point).
# ### END SOLUTION

# %% [markdown]
# ## 2. Prune gradually
#
# To lose 95 % at one blow is hard on a network. **Gradual** pruning cuts a little, trains a little, and
# cuts again: fast at first, when there is much to spare, and ever more slowly towards the end.
#
# ### Exercise 2: the cubic schedule (6 points)
#
# *10 minutes, ●○○.* From 0 to 0.8 in 4 steps. After step 2 half of the way is left, and (1/2)³ = 0.125 of the sparsity:
#
# ```
# step      0       1       2       3       4
# left     1³    0.75³    0.5³   0.25³      0
# sparsity  0   0.4625    0.7   0.7875    0.8
# ```
#
# <details><summary>Hint</summary>Clip the step into [0, n_steps] first; then it is one line.</details>


# %% exercise cubic_sparsity
#| export
def cubic_sparsity(step: float, n_steps: int, final: float, initial: float = 0.0) -> float:
    """Return the sparsity to prune to at a step of the cubic schedule.

    final + (initial - final) * (1 - step / n_steps)**3, with `step` clipped to [0, n_steps].

    Args:
        step: how many steps are done; it may lie between two whole ones.
        n_steps: how many there are, at least 1.
        final, initial: sparsities in [0, 1].

    Returns:
        The sparsity: `initial` at step 0 or before, `final` from `n_steps` on.

    Raises:
        TypeError, ValueError: `n_steps` is no count, or `final` or `initial` no fraction.

    Source: Zhu & Gupta 2017, arXiv:1710.01878, equation 1.
    """
    check_count("cubic_sparsity", "n_steps", n_steps)
    check_fraction("cubic_sparsity", "final", final)
    check_fraction("cubic_sparsity", "initial", initial)
    ### BEGIN SOLUTION
    done = min(max(step, 0), n_steps)
    left = 1 - done / n_steps
    return final + (initial - final) * left**3
    ### END SOLUTION


# %% check cubic_sparsity 6
# fmt: off
slips = {0.8: "It runs backwards.", 0.2: "That is a straight line.", 0.35: "That is a square.",
         0.0125: "Fast first and slow later, not the other way round.", 0: "Divide with /: // cuts.",
         0.8 * (1 - (2 / 3) ** 3): "Divide by n_steps.", 46.25: "Not percent.", 0.46: "Do not round."}
# fmt: on
for step, want in enumerate([0, 0.4625, 0.7, 0.7875, 0.8]):
    expect(cubic_sparsity(step, 4, 0.8), want, f"Step {step} of 4, from 0 to 0.8", slips)
passed()

# %% hidden cubic_sparsity
for step, want in ((5, 0.6875), (8, 0.746), (10, 0.75), (17, 0.75), (-3, 0.25), (2.5, 0.5390625)):
    expect(cubic_sparsity(step, 10, 0.75, 0.25), want, f"Step {step} of 10, clipped, initial 0.25")
refuses(ValueError, cubic_sparsity, 1, 2, 1.5)

# %% [markdown]
# ### Exercise 3: the gradual loop (12 points)
#
# *15 minutes, ●●○.* At each sparsity of a rising schedule: choose masks from the weights *as they are now*,
# apply them, tune. What is dropped is zero, the smallest of all, so it stays dropped. With a schedule of
# 0.5 and 0.8, and a `tune` that adds 1 to each weight that is left:
#
# ```
# [3, -1, 2, 4, -5]        drop 2      [3, 0, 0, 4, -5]      tune      [4, 0, 0, 5, -4]
# [4, 0, 0, 5, -4]         drop 4      [0, 0, 0, 5, 0]       tune      [0, 0, 0, 6, 0]
# ```
#
# (0.5 * 5 = 2.5 weights: Python rounds it to 2.) In the end 4 of 5 are gone, not 0.5 + 0.8.
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
        pruned = apply_masks(model, masks)
        model = tune(pruned, masks)
    return model
    ### END SOLUTION


# %% check prune_gradually 12
def network(*weights):
    return DenseMLP.from_layers([{"weights": each, "bias": each[0]} for each in weights])


def choose(weights, sparsity):  # drops the first entries of each layer: easy to follow
    log.append(f"choose {sparsity:.2g} of {weights[-1].flat[-1]:g}s")
    return [(np.arange(w.size) >= round(sparsity * w.size)).reshape(w.shape) for w in weights]


def add_one(pruned, masks=()):  # pretends to tune: adds 1 to what is left
    left = [weight != 0 for weight in pruned.weights()]
    same = len(masks) and all(map(np.array_equal, masks, left))
    log.append("tune" if same else "tune (masks differ)" if len(masks) else "tune (no masks)")
    return network(*map(np.add, pruned.weights(), left))


# fmt: off
slips = [(lambda log: "1s, tune (masks" in log, "Apply the masks before you tune."),
         (lambda log: "(no masks)" in log, "Give tune the masks, too: tune(pruned, masks)."),
         (lambda log: log.count("choose") < 3, "Choose masks anew at every sparsity, by choose_masks."),
         (lambda log: log.count("tune") < 3, "Tune after every cut, the last one too."),
         (lambda log: "0.5 of 1s" in log, "Go on from what `tune` returned last."),
         (lambda log: "0.6" in log, "A sparsity is a share of all weights, not of what is left.")]
# fmt: on
log, model = [], network(np.ones((4, 5)), np.ones((5, 2)))
result = untouched(prune_gradually, model, [0.2, 0.5, 0.8], add_one, choose)
want = "choose 0.2 of 1s, tune, choose 0.5 of 2s, tune, choose 0.8 of 3s, tune"
expect(", ".join(log), want, "What was called, in turn, as the sparsities come", slips)
want = network(*[4.0 * keep for keep in choose(model.weights(), 0.8)])
expect(result, want, "Return the network that `tune` returned last, and it alone")
passed()

# %% hidden prune_gradually
model = DenseMLP(3, [4, 6], 2, activation="tanh", rng=3)
want = apply_masks(model, global_masks(model.weights(), 0.75))
result = prune_gradually(model, (0.25, 0.75), lambda pruned, masks: pruned)
expect(result, want, "Three layers, tanh, choose_masks left out: by global_masks")
refuses(ValueError, prune_gradually, model, [0.5, 1.5], add_one)

# %% [markdown]
# ### One cut, or many?
#
# Nine epochs for everyone, the dense network included. The gradual run chooses new masks after each of six
# epochs, by your schedule, and tunes three more under the last; the other cuts once and tunes nine. The
# lower half of the figure holds the paired differences, network by network: what lies there at zero
# makes no difference, however the bands above may look.

# %%
predict("90 %: points that nine epochs of tuning give back", ...)
predict("95 %: points that gradual gains over one cut", ...)
ways = masked_sgd_step, cubic_sparsity, prune_gradually
show(tuning(networks, global_masks, *ways, sparsities=(0.9, 0.95, 0.98)))

# %% [markdown]
# ### Question 2: when is gradual better? (4 points)
#
# "Gradual pruning beats one-shot pruning", says a blog. At which of your sparsities is that so, and how
# sure are you? Give the paired differences with their spread. Why is it no use to ask whether the bands of
# the upper half overlap? And which error do all three networks share, that no spread between them shows?

# %% question reflect_gradual 4
# ### BEGIN SOLUTION
# * At 90 % no difference (about +0.2 ± 0.8 on five networks), at 95 % about +2 ± 2, at 98 % about +23 ± 4:
#   the more is cut, the more it matters (2 points: their own numbers, with the spread).
# * Both ways started from the same networks, so the difference is taken network by network; bands also hold
#   what the networks differ in among themselves (1 point).
# * The test images: they are the same for all, 360 digits at four places each, and another draw of them
#   would move all accuracies by about 0.6 to 1.3 points (1 point).
# ### END SOLUTION

# %% [markdown]
# ## 3. Two of four
#
# Some GPUs (NVIDIA's since 2020) skip zeros only in a fixed pattern: of every four neighbouring weights along
# the inputs two are kept. This is 2:4 sparsity, N:M in general.
#
# ### Exercise 4: N:M (12 points)
#
# *15 minutes, ●●○.* One column of a weight, in groups of four:
#
# ```
# [ 3,   -1,    2,   -4   |   0.1,  0.5,  0.2,  0.3 ]
# [True, False, False, True | False, True, False, True]
# ```
#
# The second group keeps two as well, small as they are: the price of the pattern.
#
# <details><summary>Hint</summary>Reshape (in, out) to (in / m, m, out): the middle axis are the
# neighbours.</details>


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


# %% check nm_mask 12
weight = np.array([[3.0, -1, 2, -4, 5, 5, 5, 5], [1, 2, -3, 4, 0, -7, 1, 2]]).T
want = np.array([[1, 0, 0, 1, 0, 0, 1, 1], [0, 0, 1, 1, 0, 1, 0, 1]], dtype=bool).T
# fmt: off
slips = [(lambda got: not (got & want)[:4].any(), "You kept the smallest, or True means dropped."),
         (lambda got: got[:4].tolist() == [[1, 0], [0, 1]] * 2, "You ranked by value, not by magnitude."),
         (lambda got: got.sum() > 8, "A threshold cannot split a tie: two of four stay."),
         (lambda got: got[:4].sum() == 4 == got[4:].sum() and got[4, 0], "Of equals you dropped the later."),
         (lambda got: (got.reshape(-1, 4).sum(axis=1) == 2).all(), "Groups run down a column.")]
# fmt: on
expect(untouched(nm_mask, weight), want, "Groups are four neighbours in a column", slips)
want = np.array([[0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0, 1, 0, 1, 0, 0]], dtype=bool).T
expect(nm_mask(weight, 1, 4), want, "With n = 1 and m = 4 one stays and three go")
passed()


# %% hidden nm_mask
def largest(weight, n=2, m=4):
    order = np.argsort(np.abs(weight).reshape(-1, m, weight.shape[1]), axis=1, kind="stable")
    return (np.argsort(order, axis=1) >= m - n).reshape(weight.shape)


weight = class_rng(12).permutation(np.arange(-18, 18) + 0.25).reshape(12, 3)
cases = [(weight.astype(np.float32), n, m) for n, m in ((2, 4), (1, 3), (4, 6), (2, 2), (3, 12))]
same_as(nm_mask, largest, (weight,), *cases, why="Groups start anew every m inputs")
same_as(nm_mask, largest, (np.ones((64, 2)), 32, 64), why='All equal: sort with kind="stable"')
refuses(ValueError, nm_mask, np.ones((6, 2)))

# %% [markdown]
# What the pattern costs, and how much of that comes back, is in the figure of the next part.

# %% [markdown]
# ## 4. Refit
#
# A dropped weight leaves a hole in the sums of its column. The kept weights of the same column can fill
# it, if they are allowed to move, and where to is an old question: linear regression. Put images through
# the network. At each layer you know what the sums were before the cut, `target`, and what comes in now,
# `x`. Find the kept weights for which `x @ weight` comes nearest to `target`. It takes no label, no
# gradient and no epoch.
#
# ### Exercise 5: least squares under a mask (22 points)
#
# *30 minutes, ●●●.* Three images, two inputs, one output, the second weight dropped:
#
# ```
# x = [[1, 1],     weight = [[1],     target = x @ weight = [[3],     cut: x @ [[1],  = [[1],
#      [1, 0],               [2]]                            [1],                [0]]    [1],
#      [0, 1]]                                               [2]]                        [0]]
# ```
#
# Which `w` makes `x[:, 0] * w` come nearest to 3, 1, 2? Setting the derivative of
# `(w - 3)² + (w - 1)² + (0 - 2)²` to zero gives `2 w = 4`: the kept weight goes from 1 to **2**, and takes
# over what it can. In general, for the kept inputs `k` of one column:
#
# ```
# gram = x.T @ x = [[2, 1],      right = x.T @ target = [[4],      gram[k, k] @ w = right[k]
#                   [1, 2]]                              [5]]               2 @ w = 4
# ```
#
# A pixel that no image inks has zeros in `gram`, and then there is no single solution. So each kept weight is
# held back a little, by a spring to where it **was**: `ridge = damping * mean of the diagonal` is added to
# the diagonal on the left, and `ridge * weight` on the right. With damping 0.5 the ridge is
# 0.5 * (2 + 2) / 2 = 1, and `(2 + 1) w = 4 + 1 * 1` gives 5/3.
#
# <details><summary>Hint 1</summary>Each column has other kept inputs, so each has its own equations: loop
# over the columns.</details>
# <details><summary>Hint 2</summary><code>gram[np.ix_(k, k)]</code> are rows and columns of the kept inputs;
# <code>np.linalg.solve(left, right)</code> solves.</details>
# <details><summary>Hint 3</summary>Solving for all inputs and masking afterwards is something else: the
# kept weights would count on those that go.</details>


# %% exercise refit
#| export
def refit(
    weight: np.ndarray,
    keep: np.ndarray,
    x: np.ndarray,
    target: np.ndarray,
    damping: float = 0.01,
) -> np.ndarray:
    """Fit the kept weights anew, column by column, so that `x @ weight` comes near `target`.

    In column j the kept weights w, those of the inputs k = keep[:, j], minimise

        sum((x[:, k] @ w - target[:, j])**2) + ridge * sum((w - weight[k, j])**2)

    with ridge = damping * mean of the diagonal of x.T @ x, all inputs counted, the same for every column.
    So (gram[k, k] + ridge * identity) @ w = (x.T @ target + ridge * weight)[k, j], with gram = x.T @ x.

    Args:
        weight: (in_features, out_features), floating. Not modified.
        keep: (in_features, out_features), bool. True means keep. A column may keep nothing.
        x: (n, in_features), floating, what comes in; not all zero.
        target: (n, out_features), floating, what should come out, biases left out.
        damping: at least 0. With 0 it is plain least squares, if the kept inputs allow one solution.

    Returns:
        (in_features, out_features), a new array of the dtype of `weight`; exactly 0 where dropped.

    Raises:
        TypeError, ValueError: `weight` is no 2-D float array, `keep` is not bool, shapes do not fit, or
            `damping` is negative.

    Source: Hassibi & Stork 1993 ("Optimal Brain Surgeon"); layer by layer on calibration images as in
    Frantar & Alistarh 2023, arXiv:2301.00774.
    """
    check_weight("refit", weight)
    check_mask("refit", keep, weight.shape)
    check_shape("refit", "x", x, (len(target), weight.shape[0]))
    check_shape("refit", "target", target, (len(x), weight.shape[1]))
    if not damping >= 0:
        raise ValueError(f"refit: damping must be at least 0, got {damping}")
    ### BEGIN SOLUTION
    x, target, old = (each.astype(np.float64) for each in (x, target, weight))
    gram = x.T @ x
    ridge = damping * np.diag(gram).mean()
    left = gram + ridge * np.eye(len(gram))
    right = x.T @ target + ridge * old
    fitted = np.zeros_like(old)
    for j in range(weight.shape[1]):
        k = keep[:, j]
        fitted[k, j] = np.linalg.solve(left[np.ix_(k, k)], right[k, j])
    return fitted.astype(weight.dtype)
    ### END SOLUTION


# %% check refit 22
weight, keep = np.array([[1.0], [2]]), np.array([[True], [False]])
x = np.array([[1.0, 1], [1, 0], [0, 1]])
# fmt: off
slips = {((4 / 3,), (0,)): "The ridge pulls to the old weight: ridge * weight on the right.",
         ((1,), (0,)): "Leave dropped inputs out before you solve; solved for all, nothing moves.",
         ((5 / 3,), (2,)): "A dropped weight has to become 0.", ((2,), (0,)): "The damping is missing.",
         ((1.8,), (0,)): "The ridge is damping times the mean of the diagonal, not damping alone.",
         ((1.5,), (0,)): "The sum of the diagonal; take the mean.", ((19 / 11,), (0,)): "The mean of all of it."}
got = untouched(refit, weight, keep, x, x @ weight, damping=0.5)
expect(got, [[5 / 3], [0]], "2 + 1 on the left, 4 + 1 * 1 on the right", slips)
x, target = np.eye(4, 3) * [2, 1, 1], np.array([[4.0, 1], [3, 1], [5, 1], [9, 9]])
weight, keep = np.ones((3, 2), np.float32), np.array([[1, 0], [0, 0], [1, 0]], dtype=bool)
slips = {((1, 0), (0, 0), (1, 0)): "Fit to `target`, which need not be x @ weight.",
         ((37 / 21, 0), (0, 0), (25 / 9, 0)): "The mean is over all inputs, also those that are dropped."}
# fmt: on
want, why = np.float32([[1.8, 0], [0, 0], [3, 0]]), "Two outputs, the second keeps nothing"
expect(refit(weight, keep, x, target, 0.5), want, why, slips)
passed()

# %% hidden refit
rng = class_rng(21)
weight, images, target = (rng.normal(size=shape) for shape in ((6, 4), (40, 6), (40, 4)))
keep, dark = rng.random((6, 4)) < [0, 0.5, 0.7, 1.1], np.array([0, 1, 1, 3, 1, 1])
for x, damping in (images, 0.01), (images, 0), (images * dark, 0.3):
    got = untouched(refit, weight, keep, x, target, *([] if damping == 0.01 else [damping]))
    slope = x.T @ (target - x @ got) + damping * (x**2).sum(axis=0).mean() * (weight - got)
    expect(np.where(keep, slope, got), 0 * slope**2, f"Slopes, damping {damping}; 0 if dropped")
refuses(ValueError, refit, weight, keep, x, target, -1)
refuses(TypeError, refit, weight, keep * 1, x, target)

# %% [markdown]
# ### What comes back without a label
#
# 360 images without their labels, layer after layer: the inputs come from the network refitted so far,
# the targets from the dense one. The same for 2:4, whose control is the first row (as many weights, chosen
# freely), and for neurons that were removed.

# %%
predict("90 %, refitted without labels on 360 images: accuracy in %", ...)
cut = global_masks, nm_mask, neuron_scores, remove_neurons
show(refitting(networks, *cut, refit))

# %% [markdown]
# How many images does it take? With few of them the kept weights also fit what is particular to these.

# %%
predict("90 %, refitted on 90 images: accuracy in %", ...)
show(calibration(networks, global_masks, refit, images=(45, 90, 180, 360, 1257)))

# %% [markdown]
# ### A puzzle, and three suspects
#
# The plain digits now, and four recipes: weights begun as Glorot ("Xavier") or as He says, trained by SGD
# or by Adam. All learn the task. Then 90 % is cut at one blow, and they come apart. Why does the last break?
#
# 1. A **thin layer**: with all layers compared together one keeps very few weights, and everything has to
#    pass through it. Control: cut each layer alike, and none is thin.
# 2. **Too few weights** are left, whichever they are. Control: refit the very same masks.
# 3. The **wrong weights**: if training moves the weights little, their size tells of the random start, not of
#    what was learned. Sign: the correlation of |weight| before and after training.

# %%
predict("He and Adam, 90 % one-shot, all layers together: accuracy in %", ...)
predict("He and Adam, 90 % one-shot, each layer alike: accuracy in %", ...)
show(start_and_optimiser(global_masks, magnitude_mask, refit, seeds=range(3)))

# %% [markdown]
# ### Question 3: what breaks the network? (4 points)
#
# Take the three suspects in turn. Which control rules which of them out, by how much? What speaks for the
# one that is left, and why is that not yet a proof? Name an experiment that could refute it.

# %% question reflect_broken 4
# ### BEGIN SOLUTION
# * Not the thin layer: with each layer alike none is thin, and every recipe does worse or no better (He and
#   Adam about 27 instead of 32 %, Xavier and SGD about 66 instead of 86 %) (1 point).
# * Not too few weights: the same masks, refitted, give about 92 to 97 % in all four (1 point).
# * For the start: the correlation is highest where it breaks (about 0.83 to 0.95 by layer for He and Adam,
#   0.53 to 0.75 for Xavier and SGD), so magnitudes rank much of the random start (1 point).
# * It is a correlation over four recipes. The two between do not follow it: He and SGD 75 %, Xavier and Adam
#   61 %, though their correlation is the lower one; and other things change with start and optimiser. An experiment: train longer or begin smaller, so that weights move more; or rank by something
#   else than size (1 point for any that could come out against it).
# ### END SOLUTION

# %% [markdown]
# ## 5. Learn from the dense network
#
# A label says "7". The dense network says "7, a little like a 1, not at all like a 0", and says so of every
# image. While it is tuned, the pruned network can learn from that (Hinton et al. 2015): **distillation**.
# Large language models are pruned this way today: neurons and layers go, then the small model learns
# from the large one (Minitron, Muralidharan et al. 2024, arXiv:2407.14679). A **temperature** brings out
# the small probabilities.
#
# ### Exercise 6: soft targets (8 points)
#
# *10 minutes, ●○○.* One image, two classes, logits 0 and ln 9:
#
# ```
# temperature   logits / temperature    exp of that    shares
#      1           0      ln 9            1    9       0.1   0.9
#      2           0      ln 3            1    3       0.25  0.75
#      0           the limit: all goes to the largest  0     1
# ```
#
# <details><summary>Hint 1</summary>exp(1000) is infinite. Subtract the row's largest logit first: the shares
# stay the same, and no exponent is above 0.</details>
# <details><summary>Hint 2</summary>Temperature 0 needs a line of its own: which entries equal the row's
# largest?</details>


# %% exercise soft_targets
#| export
def soft_targets(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return a teacher's probabilities, the softer the higher the temperature.

    Row by row the softmax of logits / temperature: exp(z) / sum(exp(z)). At temperature 0 it is the
    limit: all on the row's largest logit, in equal shares where several are the largest.

    Args:
        logits: (n, classes), numbers of any size, such as 1000. Not modified.
        temperature: at least 0.

    Returns:
        (n, classes), floating; every row sums to 1.

    Raises:
        ValueError: `logits` is not 2-D, or `temperature` is negative or NaN.

    Source: Hinton, Vinyals & Dean 2015, arXiv:1503.02531, equation 1.
    """
    if np.ndim(logits) != 2:
        raise ValueError(f"soft_targets: logits must be (n, classes), got shape {np.shape(logits)}")
    if not temperature >= 0:
        raise ValueError(f"soft_targets: temperature must be at least 0, got {temperature}")
    ### BEGIN SOLUTION
    largest = logits.max(axis=1, keepdims=True)
    if temperature == 0:
        winners = logits == largest
        return winners / winners.sum(axis=1, keepdims=True)
    raised = np.exp((logits - largest) / temperature)
    return raised / raised.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% check soft_targets 8
# fmt: off
slips = {((0.1, 0.9),): "Is the temperature used?", ((1 / 82, 81 / 82),): "Divide; you multiply.",
         ((0.05, 0.45),): "Divide the logits by the temperature, not the probabilities.",
         ((1 / 3, 1),): "A row sums to 1.", ((1, 3),): "A row sums to 1.", ((1, 1),): "Each row by itself.",
         ((0, 1),): "That is the winner alone.", ((np.log(1 / 4), np.log(3 / 4)),): "Those are logarithms."}
# fmt: on
got = untouched(soft_targets, np.array([[0.0, np.log(9)]]), 2)
expect(got, [[0.25, 0.75]], "ln 9 / 2 is ln 3: shares of 1 and 3", slips)
logits, want = np.array([[1000, 1000, -1000], [-1000, -1000, -1000]]), [[0.5, 0.5, 0], [1 / 3] * 3]
expect(soft_targets(logits, 1), want, "exp(1000) is infinite: subtract each row's largest first")
expect(
    soft_targets(logits // 1000, 0), want, "At temperature 0 the largest share all of it equally"
)
passed()

# %% hidden soft_targets
logits = 5 * class_rng(3).normal(size=(6, 4))
for given, temperature in (logits, 3.0), (logits.astype(np.float32), 0.5), (logits.astype(int), 2):
    raised = np.exp(given.astype(float) / temperature)
    want = (raised / raised.sum(axis=1, keepdims=True)).tolist()
    expect(soft_targets(given, temperature), want, f"{given.dtype}, temperature {temperature}")
refuses(ValueError, soft_targets, logits, -1)
refuses(ValueError, soft_targets, logits[0], 1)

# %% [markdown]
# ### What does a teacher give?
#
# The same masks, the same nine epochs; the one learns from the labels, the other from the dense network at
# temperature 3, and from no label at all.

# %%
predict("95 %: points that learning from the dense network gains", ...)
show(distillation(networks, global_masks, masked_sgd_step, soft_targets, sparsities=(0.95,)))

# %% [markdown]
# ## 6. Rewind
#
# Is there, inside a random start, a small network that would have learned the task alone? The **lottery
# ticket** hypothesis says so (Frankle & Carbin 2019). To find such a ticket one trains, prunes, keeps the
# masks, and goes back to the *initial* weights under them.
#
# ### Exercise 7: rewind (6 points)
#
# *10 minutes, ●○○.* The places of the trained weights, the values of the start:
#
# ```
# trained, pruned  [[0, 5], [-3, 0]]     initial  [[1, 2], [0.5, -1]]     ticket  [[0, 2], [0.5, 0]]
# ```
#
# A pruned network carries its masks in its zeros, so they need not be given.
#
# <details><summary>Hint</summary>What comes from `initial`, what from the masks? Of the trained weights
# only the places are left. <code>apply_masks</code> helps.</details>


# %% exercise rewind
#| export
def rewind(
    model: DenseMLP, initial: DenseMLP, masks: Sequence[np.ndarray] | None = None
) -> DenseMLP:
    """Return the network as it was at the start, under the masks found after training.

    Args:
        model: the trained network. Not modified.
        initial: the same network before training. Not modified.
        masks: one a layer, bool, True means keep; None means where the weights of `model` are not 0.

    Returns:
        A `DenseMLP` of its own: the initial weights where kept and 0 elsewhere, the initial biases, all
        of them, and the activation.

    Raises:
        ValueError: `initial` has other shapes than `model`, or a mask does not fit.

    Source: Frankle & Carbin 2019, arXiv:1803.03635, section 1.
    """
    shapes = [[weight.shape for weight in each.weights()] for each in (model, initial)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"rewind: initial must have the model's shapes {shapes[0]}, got {shapes[1]}"
        )
    ### BEGIN SOLUTION
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    return apply_masks(initial, masks)
    ### END SOLUTION


# %% check rewind 6
model, initial = (DenseMLP(2, [3], 2, "tanh", rng=seed) for seed in (2, 1))
for number, layer in enumerate((*model.layers, *initial.layers)):
    layer["bias"] += number + 1
masks = [np.array([[True, False, True], [False, True, True]]), np.array([[True, False]] * 3)]
want, trained = apply_masks(initial, masks), apply_masks(model, masks)
whole, right, tuned = (each.layers[0]["weights"] for each in (initial, want, trained))
# fmt: off
slips = [(whole, "Dropped weights are 0."), (whole - right, "True means keep."),
         (tuned, "Those are the trained weights; go back to the initial ones."),
         (lambda got: got.shape == (3,), "The biases go back to the start, too, and none is pruned."),
         (lambda got: isinstance(got, list), "Return a network, not its weights.")]
# fmt: on
expect(untouched(rewind, model, initial, masks), want, "With masks given", slips)
expect(untouched(rewind, trained, initial), want, "Masks left out: they are in the zeros", slips)
passed()

# %% hidden rewind
model, initial = (DenseMLP(4, [6, 5], 3, rng=seed) for seed in (4, 3))
masks = [weight > 0.1 for weight in model.weights()]
ticket = rewind(model, initial, masks)
expect(ticket, apply_masks(initial, masks), "Three layers: initial weights under the masks")
ticket.layers[0]["bias"] += 1
assert not initial.layers[0]["bias"].any(), "The ticket needs arrays of its own, no views."
refuses(ValueError, rewind, model, DenseMLP(4, [6], 3, rng=1), masks)

# %% [markdown]
# ### What makes the ticket win?
#
# Plain digits, 98 % gone, the same epochs for everyone. The ticket is far ahead of a *new* random start
# under the same masks. Is it the start that was lucky? A new start differs from the ticket in everything.
# So there are controls between the two: a new start of the ticket's **size** (rms, layer by layer); a new
# start with the ticket's **signs** (Zhou et al. 2019, arXiv:1905.01067); the old start under masks that are
# **shuffled** within each layer. And the rival that any ticket has to beat: the trained weights,
# **fine-tuned** (Liu et al. 2019, arXiv:1810.05270).

# %%
plain = load_networks(range(3), shifted=False) if ready() else []
predict("98 %: points that the ticket gains over a new start", ...)
predict("98 %: points that it gains over a new start with its signs", ...)
show(lottery(plain, global_masks, masked_sgd_step, rewind, sparsities=(0.98,)))

# %% [markdown]
# ### Question 4: what has won? (4 points)
#
# "The ticket is tens of points ahead of a new start, so its initial weights are special." What do the new
# starts with its size and its signs leave of this sentence? What do the shuffled masks say? And if you
# wanted a network of 2 % of the weights, would you rewind?

# %% question reflect_ticket 4
# ### BEGIN SOLUTION
# * Ticket about 93 %, new start about 50 %; but about 81 % at the ticket's size and about 89 % with its
#   signs: most of the gap is that a new start hardly trains, not the weights' values (2 points).
# * Shuffled masks with as many weights of each layer do not train at all (about 8 %, guessing is 10 %):
#   which weights stay matters very much (1 point).
# * No: the trained weights, fine-tuned for as long, reach about 95 %, and need no second training from the
#   start. A ticket says something of how networks train; it is no way to get a small one (1 point).
# ### END SOLUTION

# %% [markdown]
# ## 7. When to prune
#
# If tickets exist, why train first? **SNIP** scores the weights of the untrained network by what the loss
# says of each (Lee et al. 2019, arXiv:1810.02340); **SynFlow** looks at no image (Tanaka et al. 2020,
# arXiv:2006.05467: "layer collapse" is their word, for a layer that is pruned away whole); the control
# draws by lot, with layer sizes by the rule **ERK** (Evci et al. 2020, arXiv:1911.11134). All have 39 epochs:
# 30 before the cut and 9 after it, or all of them after.

# %%
predict("90 %: points that training first gains over SNIP", ...)
show(when_to_prune(networks[:2], global_masks, magnitude_mask, masked_sgd_step))

# %% [markdown]
# ## What you have
#
# At 90 % this network lost about 60 points at one blow. Least squares wins most of them back without a
# label, nine epochs nearly all. Many small cuts help where much is cut, a teacher a little. And three claims
# looked well supported until their control was run: what choosing by magnitude is worth, that a thin layer
# breaks a network, that the ticket's initial weights are special. In lab 3 the network has to fit in a file.
#
# Curious how an experiment is done?

# %%
show_source(lottery)
