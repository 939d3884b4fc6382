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
# > A pruned network is cut, not lost: what more training, least squares and the old start give back.

# %%
#| default_exp recovery
import os

# One thread a product, said before NumPy is imported: at matrices as small as these several would
# wait for each other.
for limit in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{limit}_THREADS", "1")

# %% given recovery_imports
#| export
from collections.abc import Callable, Sequence

import numpy as np

from tinytorch.arguments import check_count, check_fraction, check_weight
from tinytorch.networks import DenseMLP, apply_masks
from tinytorch.pruning import global_masks

# %% given recovery_checks
from tinytorch.checking import expect, passed

# %% [markdown]
# ## 1. Fine-tune under a mask
#
# What pruning takes, training can give back, if it leaves the dropped weights at zero. The trap is in the
# optimiser: a **velocity** that still remembers a dropped weight would move it away from zero at the very
# next step, mask or no mask. So mask last, after the update.
#
# ### Exercise 1: one masked step (18 points)
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

    Source: Han et al. 2015, arXiv:1506.02626, section 3.3 (retraining with pruned connections fixed).
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


# %% check masked_sgd_step 18
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
# ## 2. Prune gradually
#
# Cutting 95 % at one blow is hard on a network. **Gradual** pruning cuts a little, trains a little, and
# cuts again: fast at first, when there is much to spare, and ever slower towards the end (Zhu & Gupta
# 2017).
#
# ### Exercise 2: the cubic schedule (6 points)
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


# %% check cubic_sparsity 6
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
# ### Exercise 3: the gradual loop (12 points)
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


# %% check prune_gradually 12
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
# ## 3. A pattern that hardware can use
#
# ### Exercise 4: 2:4 sparsity (12 points)
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


# %% check nm_mask 12
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
# ### Exercise 5: rewind (6 points)
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


# %% check rewind 6
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
