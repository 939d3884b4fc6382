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
# # Prune: which weights go, and what is a zero good for?
#
# > Masks, controls, an honest clock, and neurons that are really gone, on a network that reads real digits.
#
# A trained network holds far more weights than it needs. **Pruning** takes away those that matter least. In
# this lab you drop most of the weights of a network that reads handwritten digits, and ask of every step:
# what did it cost, what did it gain, and *compared with what?*
#
# **After this lab you can** choose weights by magnitude, in one layer and in all; show that a choice beats
# chance; compare two ways so that the difference means something; time two programs fairly; spend a budget of
# weights where a network can spare them; and remove neurons so that the network is smaller on every machine.
#
# **You need** NumPy's indexing and axes, and what a layer `x @ W + b` does. Two further labs go on from here:
# *Recover* trains and refits what pruning broke, *Ship* makes the file small.
#
# | part | exercise | points | minutes | difficulty |
# |---|---|---|---|---|
# | 1. A network to prune | `dense_forward` | 6 | 10 | ●○○ |
# | 1. | `sparsity_report` | 6 | 5 | ●○○ |
# | 2. What is a zero good for? | `magnitude_mask` | 12 | 15 | ●●○ |
# | 2. | `time_ratio` | 8 | 15 | ●●○ |
# | 3. Compared with what? | `global_masks` | 12 | 15 | ●●○ |
# | 3. | `sweep` | 6 | 10 | ●●○ |
# | 3. | `paired_difference` | 8 | 10 | ●○○ |
# | 4. Where can a network spare most? | `sensitivity_scan` | 6 | 10 | ●●○ |
# | 4. | `allocate` | 10 | 20 | ●●● |
# | 5. Neurons, gone for real | `neuron_scores` | 4 | 5 | ●○○ |
# | 5. | `remove_neurons` | 10 | 10 | ●●○ |
# | Questions | four, read by a person | 12 | 15 | |
#
# <details><summary><b>How to work</b></summary>
#
# In each exercise the docstring is the assignment: what comes in, what goes out, in which shape. Replace the line
# `raise NotImplementedError(...)`, run the cell, then the check below it. The check prints one line: passed, or
# what is wrong and why. Hidden checks use other shapes and values, so write for any input. A slip in one exercise
# costs no other, if each is written out by itself: checks bring what they need of earlier exercises. A function
# that helps you belongs into the cell of the exercise that calls it. `tito check` in a terminal says how far you
# are, `tito submit` makes the file to hand in.
#
# Experiments carry no points; an experiment whose exercise is open waits for it. Before the main ones you
# `predict` a number, and read the measured one beside it. What takes long is kept in the folder `results_cache`
# and computed anew when anything that it uses has changed. `show_source(one_shot)` shows the code of an experiment.
# </details>
#
# Conventions: a weight `W` is `(in_features, out_features)`, used as `x @ W + b`. **Sparsity** is the share of
# weights that are zero, 0 to 1. A **mask** is `True` where a weight is **kept**. Nothing you are given is changed
# in place. Biases are never pruned and never counted.

# %% given one_thread folded
#| default_exp pruning
import os

# One thread a product, said before NumPy is imported: at matrices as small as these several would
# wait for each other, and the clock would lie.
for limit in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{limit}_THREADS", "1")

# %% given imports folded
#| export
import itertools
import time
from collections.abc import Callable, Sequence
from importlib import import_module

import numpy as np

from tinytorch.arguments import (
    check_count,
    check_fraction,
    check_keep,
    check_rng,
    check_weight,
    check_weights,
)
from tinytorch.networks import (
    DenseMLP,
    accuracy,
    apply_masks,
    load_networks,
    load_split,
    shuffled,
)

_all_ = ["DenseMLP"]  # it goes with `from tinytorch.pruning import *`, too

# %% given checks folded
from tinytorch.checking import class_rng, expect, passed, same_as, untouched
from tinytorch.networks import DenseMLP  # noqa: F811  # the bundle's tests take it from here

# %% jupyter={"source_hidden": true} cellView="form"
from tinytorch.networks import on_test, start
from tinytorch.plots import draw_weight_histogram, say
from tinytorch.studies import (
    allocation,
    as_table,
    bandwidth,
    fewer_neurons,
    input_maps,
    masked_and_removed,
    masked_product,
    one_shot,
    predict,
    ready,
    scan_layers,
    show,
    show_source,  # noqa: F401  # for who is curious
    slider,
    start_and_optimiser,
    sweet_spot,
    wanda,
)

# %% [markdown]
# ## 1. A network to prune
#
# On an untrained network "accuracy after pruning" would compare guessing with guessing, so first we need a
# good one. Ours is a multi-layer perceptron, a chain of layers that each compute `x @ W + b` and then bend the
# result with an activation, except the last, whose outputs (the *logits*) are compared as they are.
#
# ### Exercise 1: the forward pass (6 points)
#
# ●○○, 10 minutes. A worked example, one sample and two layers with ReLU:
#
# ```
# x = [1, 2]      W1 = [[1, -1],    b1 = [0.5, -1]     W2 = [[ 1],    b2 = [-6]
#                       [2, 0.5]]                            [-2]]
# x @ W1 + b1 = [1*1 + 2*2 + 0.5,  1*(-1) + 2*0.5 - 1] = [5.5, -1]
# ReLU        = [5.5, 0]
# logits      = [5.5*1 + 0*(-2) - 6] = [-0.5]          (no ReLU here: a logit may be negative)
# ```
#
# <details><summary>Hint 1</summary>Loop over the layers and carry the result along. Every layer but
# <code>layers[-1]</code> is followed by the activation.</details>
# <details><summary>Hint 2</summary><code>np.maximum(0, x)</code> and <code>np.tanh(x)</code> return new
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
W = [np.array([[1.0, -1.0], [2.0, 0.5]]), np.array([[1.0], [-2.0]])]
layers = [{"weights": w, "bias": np.array(b)} for w, b in zip(W, ([0.5, -1], [-6.0]), strict=True)]
x = np.array([[1.0, 2.0]])
slips = {
    0.0: "That is ReLU after the last layer: logits may be negative", 1.5: "That is without any activation between the layers", 5.0: "That is without the biases",
    -1.0: "That is without the bias of the hidden layer", 5.5: "That is without the bias of the last layer",
    1.0: "That is a softmax: return the logits as they are",
    -2.5: "That takes absolute values; ReLU makes negative values 0",
    -3.476816: 'That is tanh: the activation asked for is "relu"',
}  # fmt: skip
slips = {((value,),): text for value, text in slips.items()}
slips[((5.5, 0),)] = "That is the first layer's result: is your `return` inside the loop?"
expect(untouched(dense_forward, x, layers, "relu"), [[-0.5]], "By hand the logit is -0.5", slips)
x = np.array([[-1.0, 2.0], [1.0, 0.0], [0.0, 0.0]])
why = "A network of one layer is x @ W + b, with no activation on the input or the output"
expect(dense_forward(x, layers[:1], "relu"), [[3.5, 1], [1.5, -2], [0.5, -1]], why)
want, slips = np.tanh([[3.5, 1]]) @ W[1] - 6, {((-4.5,),): "That is ReLU"}
why = 'With activation="tanh" the hidden layer, and it alone, uses np.tanh, not ReLU'
expect(dense_forward(x[:1], layers, "tanh"), want, why, slips)
passed()


# %% hidden dense_forward
def forward(x, layers, activation):
    for layer in layers[:-1]:
        z = x @ layer["weights"] + layer["bias"]
        x = np.tanh(z) if activation == "tanh" else z * (z > 0)
    return x @ layers[-1]["weights"] + layers[-1]["bias"]


rng = class_rng(1)
shapes, x = [(5, 7), (7, 4), (4, 3)], rng.normal(size=(6, 5))
layers = [{"weights": rng.normal(size=s), "bias": rng.normal(size=s[1])} for s in shapes]
why = "Three layers: the activation belongs after the first and the second, and after no other"
same_as(dense_forward, forward, (x, layers, "relu"), (x, layers, "tanh"), why=why)

# %% [markdown]
# The class around it, `DenseMLP`, is given in `tinytorch.networks`, and so is training. Five networks, one for
# each seed, learn the digits of the reading lesson `18_digits`, which stand at random places on a 12x12 canvas.
#
# Three kinds of images keep us honest. **Training** images are learned from, and soon known by heart.
# **Validation** images decide: whatever we choose is chosen on them. **Test** images report. There are 360 test
# digits, each at four places; another 360 would give another accuracy. This **sampling error** is as large as what
# five trainings of one network differ by, or larger. It falls on all ways to prune alike, so we compare in pairs.


# %%
networks = load_networks() if ready() else []
if networks:
    parameters, right = networks[0].count_parameters(), say([on_test(m) for m in networks])
    print(f"{parameters:,} parameters, test accuracy {right} (5 seeds); sampling error 0.6 to 1.3")

# %% [markdown]
# Before cutting, look. Most weights lie where the random start put them, or near it; training pulls some far
# out. Pruning by **magnitude** bets that those few do the work: a small weight changes its neuron's sum little.


# %%
if networks:
    before, after = (np.hstack([w.ravel() for w in m.weights()]) for m in (start(0), networks[0]))
    figure = draw_weight_histogram(before, after, 0.8)

# %% [markdown]
# ### Exercise 2: report the sparsity (6 points)
#
# ●○○, 5 minutes. First agree on how to count: papers differ, and numbers that look alike then mean different
# things (Blalock et al. 2020 found exactly this). Here **sparsity** is the fraction of weights that are zero, and
# the **compression ratio** is original size over new size: 4 means that a quarter is left.
#
# A worked example: layers `[[1, 0], [0, -2]]` and `[[0, 3, 0, 0, 0, 0]]` have 10 weights, 3 of them
# not zero. Sparsity 7/10 = 0.7, compression ratio 10/3, per layer 2/4 = 0.5 and 5/6.
#
# <details><summary>Hint</summary>The overall sparsity is not the mean of the layers': a layer with more weights
# counts for more. <code>np.count_nonzero(weight)</code> and <code>weight.size</code> are all you need. What is the
# ratio when nothing is left?</details>


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

    Source: Blalock et al. 2020, arXiv:2003.03033 (how to count and to report).
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
def report(total, nonzero, per_layer):
    found = {"total": total, "nonzero": nonzero, "sparsity": 1 - nonzero / total}
    ratio = total / nonzero if nonzero else float("inf")
    return found | {"compression_ratio": ratio, "per_layer": per_layer}


slips = {
    "nonzero": {2: "Negative weights are not zero either."},
    "sparsity": {
        0.3: "That is the density, the share that is left.", 70: "A fraction is wanted, not percent.",
        2 / 3: "That is the mean of the layers: the larger layer must count for more.",
    },
    "compression_ratio": {0.3: "You have it upside down: original over new."},
    "per_layer": {
        (0.2, 0.5): "Divide each layer's zeros by its own size.",
        (1 / 2, 1 / 6): "That is what is left of each layer; say what is zero.",
        (50, 500 / 6): "Fractions are wanted, not percent.",
    },
}  # fmt: skip
why = "Of 4 + 6 weights three are not zero (1, -2 and 3), 2 in the first layer, 1 in the second"
weights = [np.array([[1.0, 0.0], [0.0, -2.0]]), np.array([[0.0, 3, 0, 0, 0, 0]])]
expect(sparsity_report(weights), report(10, 3, (1 / 2, 5 / 6)), why, slips)
passed()

# %% hidden sparsity_report
rng = class_rng(2)
weights = [rng.normal(size=s).astype(np.float32) * 1e-6 for s in [(7, 3), (3, 11), (11, 2)]]
weights[1][:, 4:] = 0
why = "Other shapes. A tiny weight is not zero, and no number may be written in by hand."
expect(untouched(sparsity_report, weights), report(76, 55, (0, 7 / 11, 0)), why)
try:
    found = sparsity_report([np.zeros((2, 3)), np.zeros((3, 1))])
except ZeroDivisionError:
    raise AssertionError("All weights zero: you divide by zero, the ratio should be inf.") from None
expect(found, report(9, 0, (1, 1)), "All weights are zero: sparsity 1, ratio inf")

# %% [markdown]
# ## 2. What is a zero good for?
#
# A **mask** says for each weight whether it stays: `np.where(keep, weight, 0)`. Which should go? Those of
# smallest magnitude, a simple answer that is hard to beat (Gale, Elsen & Hooker 2019, arXiv:1902.09574;
# Blalock et al. 2020, arXiv:2003.03033).
#
# ### Exercise 3: mask one layer (12 points)
#
# ●●○, 15 minutes. A worked example: `[[3, -4, 0.5], [1, -2, 5]]` at sparsity 0.5. Three of six go: those of
# magnitude 0.5, 1 and 2, so `keep` is `[[True, True, False], [False, False, True]]`. That -4 is the smallest
# *value* does not matter: it moves its neuron more than most.
#
# And when magnitudes tie? All of `[[1, 1], [1, 1], [1, 1]]` are equal; half must go, and so that everybody gets
# the same network, the earlier ones do, read row by row: `[[False, False], [False, True], [True, True]]`.
#
# <details><summary>Hint 1</summary>First count how many go, then choose which: a threshold alone cannot
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


# %% check magnitude_mask 12
weight, T, F = np.array([[3.0, -4.0, 0.5], [1.0, -2.0, 5.0]]), True, False
slips = {
    ((T, F, F), (T, F, T)): "You ranked by value instead of by magnitude: -4 is large.",
    ((F, F, T), (T, T, F)): "You dropped the largest, or True means dropped in your mask.",
    ((F, F, F), (T, T, T)): "You ranked each row by itself: rank all entries (axis=None).",
    lambda got: np.ndim(got) == 1: "Your mask is flat: reshape it.",
    lambda got: got.dtype != bool: "A mask holds True and False, neither 0 and 1 nor weights.",
}
why = "At 0.5 three go, the smallest of |3|, |-4|, |0.5|, |1|, |-2|, |5|: 0.5, 1 and 2"
expect(untouched(magnitude_mask, weight, 0.5), np.array([[T, T, F], [F, F, T]]), why, slips)
slips = {
    lambda got: got.all() or not got.any(): "A threshold cannot split a tie: count, then choose.",
    ((T, T), (T, F), (F, F)): "Yours drops the later ones first.",
    ((F, T), (F, T), (F, T)): "Yours reads column by column; read row by row.",
}
why = "All magnitudes are equal: exactly three go, the earlier three in row-major order"
expect(magnitude_mask(np.ones((3, 2)), 0.5), np.array([[F, F], [F, T], [T, T]]), why, slips)
passed()


# %% hidden magnitude_mask
def ranked(weight, sparsity, count=round):
    flat = [abs(value) for row in weight.tolist() for value in row]
    kept = sorted(range(weight.size), key=flat.__getitem__)[count(sparsity * weight.size) :]
    return np.isin(np.arange(weight.size), kept).reshape(weight.shape)


rng = class_rng(3)
weight = rng.permutation(np.arange(1.0, 41.0)).reshape(5, 8) * rng.choice([-1, 1], (5, 8))
cases = [(weight, sparsity) for sparsity in (0.0, 1.0, 0.3, 0.29, 0.7125, 0.99)]
slips = {lambda w, s: ranked(w, s, int): "Count with round(), not int()."}
why = "Exactly round(sparsity * size) go, and no dropped weight is larger in magnitude than a kept one"
same_as(magnitude_mask, ranked, *cases, why=why, slips=slips)
ties = rng.integers(-3, 4, (20, 30)).astype(np.float32)
why = "Many ties: the earlier entry in row-major order goes first. Is your sort stable, row by row?"
same_as(magnitude_mask, ranked, (ties, 0.5), (ties.T, 0.5), why=why)

# %% [markdown]
# Nine of ten weights are zero: what have we gained? "Faster" is a claim about a clock, and clocks are noisy.
# The first call warms caches, other programs take the processor for a while, and two measurements made a minute
# apart compare two minutes and not two programs. So: warm up, take turns, take medians, say how far it scatters.
#
# ### Exercise 4: a fair clock (8 points)
#
# ●●○, 15 minutes. A worked example with made-up times. After a warm-up call of each, three turns:
#
# ```
# baseline   2 s   4 s   9 s      median 4 s
# candidate  1 s   2 s   1 s      median 1 s       ratio = 4 / 1 = 4
# ratio of each turn   2, 2, 9    10th and 90th percentile: 2 and 7.6
# ```
#
# The one slow turn (9 s) hardly matters to the medians; a mean would have said 5 / 1.33 = 3.75, and it
# would say something else tomorrow.
#
# <details><summary>Hint 1</summary>One loop over the repeats; in each, time both functions. Read
# <code>clock()</code> directly before and after the call, and nothing else in between.</details>
# <details><summary>Hint 2</summary><code>np.percentile(ratios, [10, 90])</code>.</details>


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


# %% check time_ratio 8
def timed(repeats, **programs):  # what the student's function finds, and the calls it made
    now, calls = [100.0], []

    def run(name):  # as if it took 60 s at first, then the given times in turn
        n_timed = calls.count(name) - 1
        calls.append(name)
        now[0] += programs[name][n_timed % len(programs[name])] if n_timed >= 0 else 60

    both = [lambda name=name: run(name) for name in programs]
    return time_ratio(*both, repeats=repeats, clock=lambda: now[0]), calls


found, calls = timed(3, baseline=[2, 4, 9], candidate=[1, 2, 1])
assert len(calls) >= 8 and calls[:2] != ["baseline", "baseline"], (
    f"Three repeats and a warm-up of each make 8 calls, taking turns; you made {len(calls)}: {calls}. "
    "The first call of each is for warming up and is not timed."
)
slips = {
    "baseline_s": {
        5: "Those are the means: one slow turn shifts them.", 2: "Those are the fastest calls.",
        6.5: "The warm-up is counted.", 1: "The two are the wrong way round.",
        lambda got: 0 <= got < 0.1: "Read the time by clock(), which is given, and no other.",
    },
    "ratio": {
        0.25: "It is upside down: above 1 must mean that the candidate is faster.",
        2: "That is the median of the ratios; take the ratio of the medians.",
    },
    "spread": {
        (2.4, 8 / 1.8): "Those are the times' percentiles, divided: divide turn by turn first.",
        (2.4, 4.4): "The times are sorted: a ratio is that of one turn.", (7.6, 2): "The low one comes first.",
        (2, 9): "Those are the smallest and the largest; take the 10th and 90th percentile.",
    },
}  # fmt: skip
want = {"baseline_s": 4.0, "candidate_s": 1.0, "ratio": 4.0, "spread": (2.0, 7.6)}
expect(found, want, "The medians are 4 s and 1 s; the turns' own ratios are 2, 2 and 9", slips)
passed()

# %% hidden time_ratio
found, calls = timed(11, baseline=[6, 2, 22, 14, 10, 4, 18, 20, 8, 16, 12], candidate=[2])
turns = [set(calls[place : place + 2]) for place in range(len(calls) - 22, len(calls), 2)]
assert all(turn == {"baseline", "candidate"} for turn in turns), (
    "The two must take turns: first all of one, then all of the other compares two stretches of time."
)
want = {"ratio": 6.0, "baseline_s": 12.0, "candidate_s": 2.0, "spread": (2.0, 10.0)}
expect(found, want, "Other times: medians 12 s and 2 s, the turns' ratios 1 to 11")

# %% [markdown]
# ### Experiment: what zeros gain
#
# Your clock and your masks: a forward pass of 720 images, dense and masked; the bytes of the arrays, of a file, and
# of a compressed file. Before you look, write what you expect in place of the three dots.


# %%
predict("masked product at 90 %: times as fast", ...)
predict("compressed file at 90 %: times smaller", ...)
show(masked_product(networks, magnitude_mask, time_ratio))

# %% [markdown]
# *No array gets smaller and no product faster by the zeros in it.* A compressed file does get smaller, and that is a
# fact worth asking about.
#
# ### Question 1: what is a zero good for? (3 points)
#
# With 90 % of the weights at zero: what happened to the arrays, to the file, to the compressed file and to the time,
# and why to each? Name for the memory and for the time what would have to be done so that they shrink.

# %% question reflect_zero 3
# ### BEGIN SOLUTION
# * Arrays and file: as large as before, a zero takes 4 bytes like any value. Time: as before, the product multiplies
#   by zeros too; a ratio whose band holds 1 is no gain (1 point; their numbers).
# * The compressed file is several times smaller (their number): the compressor finds runs of equal bytes and writes
#   them down shorter; who loads it has the large arrays again (1 point).
# * Memory: a sparse format past its break-even, or smaller matrices. Time: a program that skips zeros and wins past
#   its own break-even, or removed neurons (1 point; half if one is missing).
# ### END SOLUTION

# %% [markdown]
# Why is a product not simply as fast as its multiplications? A processor waits for memory, too. Here is one matrix of
# 16 MiB, multiplied by 1 to 64 rows: as many times the multiply-adds, while the weights to be fetched stay
# the same. The machine's own clock says what matters more, operations or **memory bandwidth**.


# %%
predict("8 times the multiply-adds, the same weights: times as long", ...)
show(bandwidth(time_ratio))

# %% [markdown]
# ## 3. Compared with what?
#
# Pruning each layer by the same share treats a layer of 640 weights like one of 36,864. **Global** pruning ranks
# all weights of the network in one list, and lets each layer keep what it earns there.
#
# ### Exercise 5: mask all layers together (12 points)
#
# ●●○, 15 minutes. A worked example: layers `[[5, -6], [4, 3]]` and `[[0.1, -0.2, 7], [0.3, 2, -1]]` at sparsity
# 0.5. Five of ten go, the smallest of all: 0.1, 0.2, 0.3, 1 and 2. The first layer keeps all four, the second one.
#
# <details><summary>Hint 1</summary>It is exercise 3 on one long vector, which is then cut up again. Write it out
# here: a call of your <code>magnitude_mask</code> would carry a slip from there to here.</details>
# <details><summary>Hint 2</summary><code>np.concatenate</code> of the raveled layers; then
# <code>np.split</code> at the running sums of the sizes, and <code>reshape</code>.</details>


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


# %% check global_masks 12
weights, T, F = (
    [np.array([[5.0, -6], [4, 3]]), np.array([[0.1, -0.2, 7], [0.3, 2, -1]])],
    True,
    False,
)


def masks(*rows):
    return [np.array(rows[:2]), np.array(rows[2:])]


slips = [
    (masks([T, T], [F, F], [F, F, T], [F, T, T]), "You pruned each layer by itself."),
    (masks([T, F], [T, T], [F, F, T], [F, T, F]), "You ranked by value, not by magnitude."),
    (
        masks([F, F], [F, F], [T, T, F], [T, T, T]),
        "You dropped the largest, or True means dropped.",
    ),
    (lambda got: got[0].dtype != bool, "A mask holds True and False."),
]
why = "The five smallest magnitudes of all ten go: 0.1, 0.2, 0.3, 1 and 2"
want = masks([T, T], [T, T], [F, F, T], [F, F, F])
expect(untouched(global_masks, weights, 0.5), want, why, slips)
slips = [
    (masks([F, F], [F, F], [F, F, F], [F, F, F]), "A threshold splits no tie: count, then choose."),
    (masks([T, F], [F, F], [F, F, F], [F, F, F]), "Yours drops the later layer first."),
]
found = global_masks([np.ones((2, 2)), np.ones((2, 3))], 0.9)
why = "All are equal: nine go, those of the earlier layer first, then in row-major order"
expect(found, masks([F, F], [F, F], [F, F, F], [F, F, T]), why, slips)
passed()


# %% hidden global_masks
def ranked_together(weights, sparsity, count=round):
    flat = [abs(value) for weight in weights for row in weight.tolist() for value in row]
    kept = sorted(range(len(flat)), key=flat.__getitem__)[count(sparsity * len(flat)) :]
    keep = iter(np.isin(np.arange(len(flat)), kept))
    return [np.array([[next(keep) for _ in row] for row in weight]) for weight in weights]


rng = class_rng(4)
values = rng.permutation(np.arange(1.0, 61.0)) * rng.choice([-1, 1], 60)
values[24:42] *= 0.001
weights = [values[:24].reshape(4, 6), values[24:42].reshape(6, 3), values[42:].reshape(3, 6)]
cases = [(weights, sparsity) for sparsity in (0.0, 1.0, 0.5, 0.19, 0.195, 0.9)]
slips = {lambda w, s: ranked_together(w, s, int): "Count with round(), not int()."}
why = "Rank all layers together, round once over the total; a layer may lose everything"
same_as(global_masks, ranked_together, *cases, why=why, slips=slips)
ties = [rng.integers(-2, 3, shape).astype(np.float32) for shape in [(20, 15), (15, 30)]]
why = "Many ties: the earlier layer goes first, then the earlier entry in row-major order"
same_as(global_masks, ranked_together, (ties, 0.4), (ties, 0.7), why=why)

# %% [markdown]
# Is magnitude any better than chance? A claim needs a **control** that differs in one thing alone. So our masks by
# lot keep as many weights *of each layer* as those by magnitude do; else the layers' sizes would count as choice.


# %% given random_mask folded
#| export
def random_mask(weight: np.ndarray, sparsity: float, rng: np.random.Generator) -> np.ndarray:
    """Mark the weights that survive when as many as in `magnitude_mask` are dropped at random.

    For masks that keep as many weights of each layer as given ones: `tinytorch.networks.shuffled`.

    Args:
        weight: (in_features, out_features), floating. Only its shape matters. Not modified.
        sparsity: fraction to drop, 0 <= sparsity <= 1.
        rng: the source of randomness.

    Returns:
        (in_features, out_features), bool. True means keep; exactly `round(sparsity * size)` are
        dropped, every choice of them equally likely.

    Raises:
        TypeError, ValueError: as `magnitude_mask`; or `rng` is not a NumPy generator.

    Source: Blalock et al. 2020, arXiv:2003.03033 (random pruning as a control).
    """
    check_weight("random_mask", weight)
    check_fraction("random_mask", "sparsity", sparsity)
    check_rng("random_mask", rng)
    keep = np.ones(weight.size, dtype=bool)
    keep[rng.permutation(weight.size)[: round(sparsity * weight.size)]] = False
    return keep.reshape(weight.shape)


# %%
predict("accuracy at 90 % one-shot, by magnitude: %", ...)
predict("accuracy at 50 % one-shot, by chance: %", ...)
show(one_shot(networks, global_masks, magnitude_mask))

# %% [markdown]
# ### Question 2: what is a control for? (3 points)
#
# What would you have concluded without the masks by lot? At which sparsities is choosing by magnitude worth most, and
# at which is nothing left to choose? Why must the masks by lot keep as many weights of each layer, and what would the
# difference contain otherwise? Give your numbers.

# %% question reflect_control 3
# ### BEGIN SOLUTION
# * Without the control one cannot tell whether the choice helps or the network is merely easy to prune; here chance
#   is at 13.4 % already at 50 % sparsity, where magnitude has 92.7 % (1 point; their numbers).
# * Worth most at 50 and 75 %, 79 and 73 points; at 95 % they are at 14 and 11 %, where always saying one digit gets
#   as much as the masks by lot do, so little is left to choose (1 point).
# * A control changes one thing. With each layer alike at random the difference would hold two: which weights, and how
#   many of each layer (1 point).
# ### END SOLUTION

# %% [markdown]
# **Large is not important.** The first layer reads pixels, so its mask can be drawn. Some pixels of the rim have no
# ink in any training image: their weights never moved from the random start, and tell nothing. Does magnitude know?


# %%
predict("at 30 % sparsity, connections of never-inked pixels that are kept: %", ...)
show(input_maps(networks, global_masks))

# %% [markdown]
# One network at one sparsity is an anecdote. A result is a curve: several sparsities, several seeds, a mean and
# how far the seeds scatter around it (Blalock et al. 2020 ask for all of these).
#
# ### Exercise 6: a sweep (6 points)
#
# ●●○, 10 minutes. A worked example with seeds 0 and 1: at sparsity 0.5 they give accuracies 0.9 and 0.7. The mean
# is 0.8; the standard deviation, estimated from two values (`ddof=1`), is √((0.1² + 0.1²) / (2 - 1)) = 0.141.
# Dividing by n instead of n - 1 would say 0.1, and flatter you. One seed has no scatter to estimate: say 0.
#
# <details><summary>Hint</summary>Fill a table of shape (sparsities, seeds), then reduce it along the
# seeds.</details>


# %% exercise sweep
#| export
def sweep(
    evaluate: Callable[[float, int], float], sparsities: Sequence[float], seeds: Sequence[int]
) -> dict[str, np.ndarray]:
    """Measure the accuracy at each sparsity with each seed, and sum up over the seeds.

    Args:
        evaluate: `evaluate(sparsity, seed)` returns an accuracy in [0, 1]. It is called once for each
            sparsity and each seed.
        sparsities: n fractions in [0, 1].
        seeds: at least one whole number.

    Returns:
        A dict of float arrays of shape (n,): "sparsity", as given; "mean" over the seeds; "std", the
        standard deviation over the seeds with ddof=1, and 0 where there is one seed.

    Raises:
        TypeError, ValueError: a sparsity is not a number in [0, 1], or there are no seeds.

    Source: Blalock et al. 2020, arXiv:2003.03033 (several seeds, mean and standard deviation).
    """
    for sparsity in sparsities:
        check_fraction("sweep", "sparsity", sparsity)
    check_count("sweep", "the number of seeds", len(seeds))
    ### BEGIN SOLUTION
    table = np.zeros((len(sparsities), len(seeds)))
    for row, sparsity in enumerate(sparsities):
        for column, seed in enumerate(seeds):
            table[row, column] = evaluate(sparsity, seed)
    std = table.std(axis=1, ddof=1) if len(seeds) > 1 else np.zeros(len(sparsities))
    return {
        "sparsity": np.array(sparsities, dtype=float),
        "mean": table.mean(axis=1),
        "std": std,
    }
    ### END SOLUTION


# %% check sweep 6
noise, falling = {3: 0.04, 8: -0.03, 5: 0.02}, np.array([0.75, 0.36])


def pretend(sparsity, seed):
    return 1 - sparsity**2 + noise.get(seed, 9)  # falls with sparsity, scatters with the seed


std = np.std([*noise.values()], ddof=1)
means = {tuple(falling + each): "That is a single seed, or the median." for each in noise.values()}
means[(0.37, 0.76)] = "Keep the order of the sparsities."
means[lambda got: np.max(np.abs(got)) > 5] = "evaluate takes a sparsity and one of the seeds given."
deviations = {
    np.std([*noise.values()]): "You divide by n, not by n - 1: use ddof=1.",
    std**2: "That is the variance: take the root.", 0.07: "That is the largest minus the smallest.",
    std / 3**0.5: "That is the standard error of the mean.",
}  # fmt: skip
deviations = {(value, value): text for value, text in deviations.items()}
want = {"sparsity": np.array([0.5, 0.8]), "mean": falling + 0.01, "std": np.full(2, std)}
why = "Two sparsities, three seeds: arrays of shape (2,), taken over the seeds"
found = sweep(pretend, [0.5, 0.8], [3, 8, 5])
expect(found, want, why, {"mean": means, "std": deviations})
want = {"sparsity": np.array([0.5]), "mean": np.array([0.72]), "std": np.zeros(1)}
with np.errstate(all="ignore"):
    expect(
        sweep(pretend, [0.5], [8]), want, "With one seed there is no scatter to estimate: std is 0"
    )
passed()

# %% hidden sweep
calls, sparsities = [], (0.9, 0.0, 0.5, 1.0)


def counted(sparsity, seed):
    calls.append((float(sparsity), int(seed)))
    return sparsity / 2 + seed / 20


found = sweep(counted, sparsities, (7, 3))
pairs = sorted(itertools.product(sparsities, (7, 3)))
assert sorted(calls) == pairs, (
    f"evaluate is to be called once for each of 8 pairs, not {len(calls)} times"
)
want = {"sparsity": np.array(sparsities), "mean": np.divide(sparsities, 2) + 0.25}
expect(found, want | {"std": np.full(4, 0.02**0.5)}, "Other sparsities and seeds, in their order")

# %% [markdown]
# With your sweep on real networks one can choose a **sweet spot**: how far to prune for two points of accuracy? It is
# chosen on validation images, and what it costs is then read on test images, once.


# %%
predict("weights that go for two points of accuracy, one-shot: %", ...)
show(sweet_spot(networks, global_masks, sweep))

# %% [markdown]
# The band is the scatter of the seeds. But whether one way beats another is not told by two bands that overlap: each
# pair was pruned from the **same** network, and what is special about that network falls out of the difference.
#
# ### Exercise 7: the paired difference (8 points)
#
# ●○○, 10 minutes. A worked example, three seeds, one column:
#
# ```
# a      0.90   0.80   0.70         the seeds scatter by 0.10 ...
# b      0.88   0.79   0.67
# a - b  0.02   0.01   0.03         ... and the difference by 0.01
# mean 0.02    std (ddof=1) 0.01    standard error of the mean 0.01 / sqrt(3) = 0.0058
# ```
#
# Unpaired one would say 0.02 with a standard error of 0.084, and see nothing. A mean of more than two or three
# standard errors is hard to put down to the choice of seeds.
#
# <details><summary>Hint</summary>Subtract first; everything else is done to the difference, along the
# seeds.</details>


# %% exercise paired_difference
#| export
def paired_difference(a: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    """Compare two ways seed by seed: how much better is `a` than `b`, and how sure is that?

    Row i of both was measured with the same seed, so what the seed does to both falls out of the
    difference.

    Args:
        a, b: (seeds, n) accuracies, at least two seeds. Not modified.

    Returns:
        A dict of float arrays of shape (n,), over the seeds of a - b: "mean"; "std", the standard
        deviation with ddof=1; "stderr", the standard error of the mean, std / sqrt(seeds).

    Raises:
        ValueError: `a` and `b` are not 2-D of one shape, or hold fewer than two seeds.
    """
    if np.ndim(a) != 2 or np.shape(a) != np.shape(b):
        raise ValueError(
            "paired_difference: a and b must have one shape (seeds, n), "
            f"got {np.shape(a)} and {np.shape(b)}"
        )
    check_count("paired_difference", "the number of seeds", len(a), least=2)
    ### BEGIN SOLUTION
    difference = np.asarray(a, float) - np.asarray(b, float)
    std = difference.std(axis=0, ddof=1)
    return {
        "mean": difference.mean(axis=0),
        "std": std,
        "stderr": std / np.sqrt(len(difference)),
    }
    ### END SOLUTION


# %% check paired_difference 8
a = np.array([[0.90, 0.5], [0.80, 0.5], [0.70, 0.5]])
b = np.array([[0.88, 0.6], [0.79, 0.5], [0.67, 0.7]])
spread, squares = np.array([0.01, 0.1]), [each.var(axis=0, ddof=1) for each in (a, b)]
slips = {
    "mean": {
        (-0.02, 0.1): "That is b - a: how much better is a?", (0.02, 0.1): "Take no absolute values.",
        (2, -10): "Accuracies are fractions; return fractions, not points.",
        lambda got: np.shape(got) == (3,): "Go along the seeds, the first axis.",
        lambda got: np.ndim(got) == 0: "One number for each column, not one for all.",
    },
    "std": {
        tuple(spread * (2 / 3) ** 0.5): "You divide by n: use ddof=1.", tuple(spread**2): "That is the variance.",
        tuple(np.abs(np.subtract(*np.sqrt(squares)))): "That is the difference of two deviations.",
        tuple(np.sqrt(sum(squares))): "That is unpaired: subtract first, seed by seed.",
    },
    "stderr": {
        tuple(spread / 3): "Divide by the root of the number of seeds.",
        tuple(spread): "That is the standard deviation: divide by the root of the seeds.",
        tuple(spread / 2**0.5): "Divide by the root of seeds, not of columns or seeds - 1.",
    },
}  # fmt: skip
want = {"mean": [0.02, -0.1], "std": spread.tolist(), "stderr": (spread / 3**0.5).tolist()}
why = "The differences are 0.02, 0.01, 0.03 and -0.1, 0, -0.2, down the seeds"
expect(untouched(paired_difference, a, b), want, why, slips)
passed()


# %% hidden paired_difference
def by_hand(a, b):
    n, rows = len(a), [x - y for x, y in zip(a, b, strict=True)]
    mean = sum(rows) / n
    std = np.sqrt(sum((row - mean) ** 2 for row in rows) / (n - 1))
    return {"mean": mean, "std": std, "stderr": std / n**0.5}


rng = class_rng(7)
cases = [(rng.random(shape), rng.random(shape)) for shape in ((5, 3), (2, 6), (4, 1))]
same_as(paired_difference, by_hand, *cases, why="Other numbers of seeds and columns")

# %% [markdown]
# All layers together against each layer alike, one-shot, on your five networks: how sure is each difference?


# %%
if ready(global_masks, magnitude_mask, paired_difference):
    found = one_shot(networks, global_masks, magnitude_mask)
    pair = paired_difference(found["by magnitude"], found["each layer alike"])
    print(as_table({"sparsity": found["sparsity"]} | pair))

# %% [markdown]
# A friend pruned one network, got 94.4 % where the dense one had 94.1 %, and says that pruning improves accuracy. What
# do you ask?
#
# <details><summary>One answer</summary>How many seeds, paired with which dense network, trained for as long? Chosen on
# which images? And 0.3 points of 1,440 images are four or five images, fewer than the sampling error.</details>
#
# **Two explanations, one control.** The same architecture on the plain digits, started and trained in four ways, and
# pruned by 90 %. All four read the dense digits alike; pruned, all layers together, they fall unequally far. One
# explanation: global pruning makes some layer so thin that nothing passes. Another: where weights moved little in
# training, their magnitude tells mostly of the random start. (A whole layer pruned away is called *layer collapse*, Tanaka et al. 2020, arXiv:2006.05467; no
# layer is here.) The control: each layer alike, which leaves no layer thin.


# %%
predict("He and Adam, 90 % one-shot, all layers together: accuracy in %", ...)
predict("He and Adam, 90 % one-shot, each layer alike: accuracy in %", ...)
show(start_and_optimiser(global_masks, magnitude_mask))

# %% [markdown]
# ### Question 3: which explanation survives? (3 points)
#
# Which of the two explanations does the control rule out, and by which numbers? What in the figure speaks for the
# other, and why is that not yet a proof? Start and optimiser: which pairs of recipes differ in one thing alone?

# %% question reflect_start 3
# ### BEGIN SOLUTION
# * The thin layer: with each layer alike there is none, and the accuracy is not higher in any recipe (66.4 for 85.6,
#   32.6 for 61.3, 53.8 for 75.3, 27.4 for 31.7 %; with He and Adam 4 ± 13 points lower, no more than the spread); a
#   thin layer would have made it higher (1 point).
# * For the other: the correlation of final with initial magnitude is highest (0.83 to 0.95) where pruning hurts most,
#   lowest (0.53 to 0.75) where it hurts least. No proof: the two between do not follow it (He and SGD keeps 75 % at a
#   higher correlation than Xavier and Adam with 61 %), and no experiment has changed the correlation alone (1 point).
# * Xavier or He with the same optimiser, SGD or Adam with the same start (1 point). Here Adam costs 24 ± 10 points
#   with Xavier and 44 ± 15 with He; He costs 30 ± 19 with Adam, but 10 ± 20 with SGD, which is within the spread.
# ### END SOLUTION

# %% [markdown]
# ## 4. Where can a network spare most?
#
# Layers differ. Prune one at a time, leave the others whole, and look at the accuracy: a **sensitivity scan**
# (Han et al. 2015, section 5 and figure 6).
#
# ### Exercise 8: scan the layers (6 points)
#
# ●●○, 10 minutes. For a network of 4 layers and 5 sparsities the result is a table (4, 5): row 2, column 3 is the
# accuracy with layer 2 alone pruned to the fourth sparsity.
#
# <details><summary>Hint</summary>Two loops. Every step starts from the whole network again: <code>model.copy()</code>
# gives you one of its own; put the pruned weight into <code>copy.layers[i]["weights"]</code>.</details>


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

    Source: Han et al. 2015, arXiv:1506.02626, section 5 and figure 6.
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
    return (np.arange(weight.size) >= round(sparsity * weight.size)).reshape(weight.shape)


def weighed(pruned):
    # a made-up accuracy: the sum of the weights, a tenth of it for each later layer
    return float(sum(0.1**i * layer["weights"].sum() for i, layer in enumerate(pruned.layers)))


W = [np.array([[5.0, -2, 1, -3]]), np.array([[2.0], [4], [-8], [1]])]
model = DenseMLP.from_layers([{"weights": w, "bias": np.ones(w.shape[1])} for w in W], "tanh")
slips = {
    lambda got: np.shape(got) == (3, 2): "Two layers, three sparsities: a table (2, 3), no other.",
    lambda got: np.allclose(got, 0.9): "All are the whole network's: evaluate the pruned copy.",
    lambda got: np.allclose(got[:, 0], 0): "Return accuracies, not what was lost.",
    lambda got: np.allclose(got[-1], 0): "Prune the last layer too.",
    lambda got: np.allclose(got[:, 2], 0.9): "Did you turn the mask round? True means keep.",
    lambda got: np.allclose(got[:, 2], 0): "You pruned every layer; prune one.",
    lambda got: np.allclose(
        got[1], (-0.1, -0.7, 0)
    ): "Does a pruned layer stay pruned? It must not.",
    lambda got: np.isclose(got[0, 0], 3.9): "That is the mask put in as the weight: weight * mask.",
    lambda got: np.isclose(got[0, 0], 10.9): "That is the magnitude: a weight keeps its sign.",
    lambda got: np.isclose(got[0, 1], 1.9): "Ask choose_mask(weight, sparsity) which weights stay.",
}
found = untouched(sensitivity_scan, model, (0.0, 0.5, 1.0), weighed, keep_last)
why = "The whole has 1 - 0.1; without 5 and -2 it is -2 - 0.1, without 2 and 4 it is 1 - 0.7"
expect(found, [[0.9, -2.1, -0.1], [0.9, 0.3, 1.0]], why, slips)
passed()

# %% hidden sensitivity_scan
model, seen = DenseMLP(3, [6, 4, 5], 2, activation="tanh", rng=1), []


def judge(pruned):
    seen.append((pruned.activation, sum(float(layer["bias"].sum()) for layer in pruned.layers)))
    return weighed(pruned)


for layer in model.layers:
    layer["bias"] += 1
sparsities, W = (1.0, 0.25, 0.5, 0.0), model.weights()
found = untouched(sensitivity_scan, model, sparsities, judge, keep_last)
assert {name for name, _ in seen} == {"tanh"}, "A pruned network must keep the activation: copy it."
assert {total for _, total in seen} == {17.0}, "Biases are never pruned."
gone = [[(w * ~keep_last(w, s)).sum() * 0.1**i for s in sparsities] for i, w in enumerate(W)]
why = "Sparsities from high to low: what choose_mask says goes, from the whole network each time"
expect(found, (weighed(model) - np.array(gone, float)).tolist(), why)

# %% [markdown]
# What a scan decides is decided on validation images, not on those that the network was trained on.


# %%
predict("80 % of the first layer alone: points of validation accuracy lost", ...)
show(scan_layers(networks, sensitivity_scan))

# %% [markdown]
# ### Exercise 9: spend a budget (10 points)
#
# ●●●, 20 minutes. The scan is there to decide something: which layer loses how much, so that together at least the
# wanted share goes and the predicted loss is least? A worked example, layers of 10 and 30 weights:
#
# ```
# sparsities       0    0.5   0.8        at least 0.5 of all 40: 20 weights
# scan  layer 0   0.9   0.9   0.5        (0.5, 0.5) drops  5 + 15 = 20, sum 0.9 + 0.8 = 1.7   <- best
#       layer 1   0.9   0.8   0.7        (0,   0.8) drops  0 + 24 = 24, sum 0.9 + 0.7 = 1.6
#                                        (0.8, 0)   drops  8 +  0 =  8, too few
# ```
#
# <details><summary>Hint 1</summary><code>itertools.product(range(n), repeat=layers)</code> yields all ways to give
# each layer a column. There are few enough to try them all.</details>
# <details><summary>Hint 2</summary>0.1 + 0.2 is a little more than 0.3: allow 1e-9 of a weight where you compare
# what is dropped.</details>


# %% exercise allocate
#| export
def allocate(
    scan: np.ndarray, sparsities: Sequence[float], sizes: Sequence[int], sparsity: float
) -> np.ndarray:
    """Choose a sparsity for each layer from a sensitivity scan.

    The choice with the least predicted loss among all that drop at least `sparsity` of all weights.
    What is predicted: losses add up, so the best choice has the largest sum of accuracies, one from
    each layer's row. Of equal sums any may be returned.

    Args:
        scan: (n_layers, n) accuracies, as `sensitivity_scan` returns them. Not modified.
        sparsities: the n sparsities of its columns; each layer gets one of them.
        sizes: the number of weights of each layer; a large layer's share counts for more.
        sparsity: fraction of all weights to drop at least, 0 <= sparsity <= 1.

    Returns:
        (n_layers,) float: the sparsity of each layer.

    Raises:
        TypeError, ValueError: `sparsity` or one of `sparsities` is not a number in [0, 1], the shapes
            do not fit each other, or the largest of `sparsities` drops too little.
    """
    check_fraction("allocate", "sparsity", sparsity)
    for each in sparsities:
        check_fraction("allocate", "each of sparsities", each)
    if np.shape(scan) != (len(sizes), len(sparsities)):
        raise ValueError(
            "allocate: scan must have a row for each of sizes and a column for each of sparsities, "
            f"({len(sizes)}, {len(sparsities)}), got {np.shape(scan)}"
        )
    if max(sparsities) < sparsity:
        raise ValueError(
            f"allocate: no choice of {list(sparsities)} drops {sparsity} of all weights"
        )
    ### BEGIN SOLUTION
    best, chosen = -np.inf, None
    for columns in itertools.product(range(len(sparsities)), repeat=len(sizes)):
        dropped = np.dot(sizes, [sparsities[column] for column in columns])
        predicted = sum(scan[row, column] for row, column in enumerate(columns))
        if dropped >= sparsity * sum(sizes) - 1e-9 and predicted > best:
            best, chosen = predicted, columns
    return np.array([sparsities[column] for column in chosen], dtype=float)
    ### END SOLUTION


# %% check allocate 10
scan, sparsities = np.array([[0.9, 0.9, 0.5], [0.9, 0.8, 0.7]]), [0.0, 0.5, 0.8]
slips = {
    (0, 0): "That drops nothing: at least `sparsity` of all weights has to go.",
    (0.8, 0.8): "That drops the most; spend as little accuracy as you can.",
    (0.5, 0): "That drops too little: is a layer's share times its size counted?",
    (1, 1): "Those are the columns; return the sparsities that stand there.",
    lambda got: (
        np.dot(got, (10, 30)) > 20
    ): "Enough goes, and more is lost than must be: compare sums.",
}
why = "0.5 and 0.5 drop 5 + 15 of 40, which is enough, and 0.9 + 0.8 is the largest sum to be had"
expect(untouched(allocate, scan, sparsities, [10, 30], 0.5), [0.5, 0.5], why, slips)
scan = np.array([[0.9, 0.8], [0.9, 0.6], [0.9, 0.2]])
slips = {(1, 1, 0): "Do layers count alike? A large layer's share counts for more."}
why = "Layers of 10, 20 and 100 weights: 65 of 130 are dropped only with the last one, alone"
expect(allocate(scan, [0.0, 1.0], [10, 20, 100], 0.5), [0, 0, 1], why, slips)
passed()


# %% hidden allocate
def searched(scan, sparsities, sizes, sparsity):
    columns = np.array(list(itertools.product(range(len(sparsities)), repeat=len(sizes))))
    enough = np.take(sparsities, columns) @ sizes >= sparsity * np.sum(sizes) - 1e-9
    sums = scan[np.arange(len(sizes)), columns].sum(axis=1)
    return np.take(sparsities, columns[np.argmax(np.where(enough, sums, -1))])


scan, why = np.array([[1, 0.9, 0]] * 3), "0.3 of each layer is 0.3 of all: allow for rounding there"
expect(allocate(scan, [0.0, 0.3, 0.9], [1, 3, 3], 0.3), [0.3] * 3, why)
scan, given = np.sort(class_rng(9).random((4, 5)))[:, ::-1], (0.0, 0.3, 0.6, 0.9, 1.0)
sizes = ((7, 90, 30, 4), (50, 5, 5, 50))
cases = [(scan, given, each, sparsity) for each in sizes for sparsity in (0, 0.3, 0.77, 1)]
same_as(allocate, searched, *cases, why="Other scans: the largest sum among all that drop enough")

# %% [markdown]
# Does it help? Beside your allocation stand two rules that look at no image: ERK gives small layers more
# (arXiv:1911.11134), LAMP ranks each weight by its share of its layer (arXiv:2010.07611).


# %%
predict(
    "75 % one-shot: points that an allocation from the scan gains over all layers together", ...
)
show(allocation(networks, global_masks, magnitude_mask, sensitivity_scan, allocate))

# %% [markdown]
# No gain here, and that is a result too. The scan knows what one layer loses by itself; it does not know what several lose
# together. Nor does the size of the inputs help: Wanda's scores, |w| times the norm of what comes in, were made for
# language models, a few of whose features are far larger than all others (Sun et al. 2023, arXiv:2306.11695).


# %%
predict("75 % one-shot: accuracy by Wanda's scores, %", ...)
show(wanda(networks, global_masks, magnitude_mask))

# %% [markdown]
# ## 5. Neurons, gone for real
#
# A mask leaves the matrix as large as it was. If a whole **neuron** goes, its column, its bias and the next layer's
# row go too, and what is left is an ordinary, smaller network.
#
# ### Exercise 10: score the neurons (4 points)
#
# ●○○, 5 minutes. A simple score is the length (L2 norm) of a neuron's incoming weights, one column of `W`. A worked
# example: `W = [[3, 0], [4, -2], [0, 0]]` has the columns (3, 4, 0) and (0, -2, 0), so the scores are √(9 + 16) = 5
# and 2.
#
# <details><summary>Hint</summary>Square, sum down each column, take the root. Square in float64: the square of a
# tiny float32 is 0.</details>


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
slips = {
    (3, 20**0.5, 0): "Those are the rows; sum over the inputs (axis 0), down each column.",
    (7, 2): "That is the sum of magnitudes (L1 norm); take the L2 norm.",
    (25, 4): "That is the square: take the root.", (7, -2): "That is the plain sum; square before you add.",
    (5 / 3**0.5, 2 / 3**0.5): "That is the root of the mean; take the root of the sum.",
    ((5, 2),): "One number a neuron makes a row of shape (2,): no keepdims.",
}  # fmt: skip
expect(untouched(neuron_scores, weight), [5, 2], "The columns have length 5 and 2", slips)
passed()

# %% hidden neuron_scores
weight = class_rng(5).normal(size=(4, 4)).astype(np.float32)
down, across = (sum(row.astype(float) ** 2 for row in w) ** 0.5 for w in (weight, weight.T))
slips = [(across, "You score the rows, the inputs: a neuron is a column.")]
expect(
    neuron_scores(weight), down.tolist(), "The root of the sum of squares down each column", slips
)

# %% [markdown]
# ### Exercise 11: remove them (10 points)
#
# ●●○, 10 minutes. A worked example, a network 2-3-1 in which the middle hidden neuron goes,
# `keep = [True, False, True]`:
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
# A neuron whose output was always zero leaves no trace: every logit stays the same.
#
# <details><summary>Hint 1</summary>Two layers change: number <code>layer</code> and number
# <code>layer + 1</code>. Indexing with a bool array selects: <code>W[:, keep]</code> columns,
# <code>W[keep, :]</code> rows.</details>
# <details><summary>Hint 2</summary><code>DenseMLP.from_layers(layers, activation)</code> makes a network
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
    layers[layer] = {
        "weights": this["weights"][:, keep],
        "bias": this["bias"][keep],
    }
    layers[layer + 1] = {
        "weights": following["weights"][keep, :],
        "bias": following["bias"],
    }
    return DenseMLP.from_layers(layers, model.activation)
    ### END SOLUTION


# %% check remove_neurons 10
def parts(model):
    return [layer[key] for layer in model.layers for key in ("weights", "bias")]


def removed(model, layer, keep):
    try:
        smaller = untouched(remove_neurons, model, layer, keep)
    except (ValueError, IndexError) as error:
        rows = (
            "columns of W1, entries of b1 and the next layer's rows go together, for this `layer`"
        )
        raise AssertionError(f"The shrunk layers do not fit each other: {rows}. {error}") from None
    assert smaller is not None, "remove_neurons returned None: is its `return` missing?"
    assert isinstance(smaller, DenseMLP), "Return a DenseMLP, nothing else."
    return smaller


W1, b1 = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([7.0, 8, 9])
W2, b2 = np.array([[10.0], [20], [30]]), np.array([5.0])
model = DenseMLP.from_layers([{"weights": W1, "bias": b1}, {"weights": W2, "bias": b2}], "relu")
smaller = removed(model, 0, np.array([True, False, True]))
slips = {
    lambda got: np.shape(got) == (2, 3): "A neuron must be gone, not set to zero.",
    lambda got: np.shape(got) == (2, 1): "True in keep means that the neuron stays.",
}
why = "Column 1 of W1, entry 1 of b1 and row 1 of W2 go; [0] to [3] are W1, b1, W2 and b2"
expect(parts(smaller), [W1[:, [0, 2]], b1[[0, 2]], W2[[0, 2]], b2], why, slips)
expect(tuple(smaller.hidden_sizes), (2,), "hidden_sizes of the smaller network say its sizes")
passed()

# %% hidden remove_neurons
model, keep = DenseMLP(5, [6, 4, 7], 3, "tanh", rng=6), np.array([True, False, False, True])
for each in model.layers:
    each["bias"] += np.arange(len(each["bias"]), dtype=np.float32)
smaller, want = removed(model, 1, keep), [each.copy() for each in parts(model)]
want[2:5] = want[2][:, keep], want[3][keep], want[4][keep]
why = "Without two neurons of layer 1, 5-6-4-7-3 becomes 5-6-2-7-3; does your code use `layer`?"
expect(parts(smaller), want, why)
assert smaller.activation == "tanh", "The smaller network must keep the activation, tanh."
expect(tuple(smaller.hidden_sizes), (6, 2, 7), "hidden_sizes of the smaller network")
shared = any(np.shares_memory(a, b) for a in parts(smaller) for b in parts(model))
assert not shared, "The smaller network shares arrays with the model: a view, not a copy."

# %% [markdown]
# A share of each hidden layer's neurons goes, the lowest scores first; beside it a mask with **as many weights** gone (half
# the neurons are 63 % of the weights, so compare at equal weights). Nothing is trained again.


# %%
predict("half the neurons removed: times as fast", ...)
predict("half the neurons removed: points above a mask of as many weights", ...)
show(fewer_neurons(networks, global_masks, neuron_scores, remove_neurons, time_ratio))

# %% [markdown]
# ### Question 4: neurons or weights? (3 points)
#
# At half the neurons: which of the two keeps more accuracy, which runs faster on your machine, and why each? Which would
# you ship to a phone without a program for sparse products? Which rival has to be beaten before one may call removing
# neurons worth while?

# %% question reflect_structure 3
# ### BEGIN SOLUTION
# * Masks may choose any weight, removed neurons whole columns: about 90.6 % against 82.3 % at 63 % of the weights gone.
#   Removed neurons are faster, because the matrices are smaller; masked ones are not, without a program that skips
#   zeros (1 point; their numbers).
# * Without such a program: removed neurons (1 point).
# * A small dense network of the same size, trained as long; if it does as well, only the shape was worth something
#   (Liu et al. 2019, arXiv:1810.05270), and a better architecture. Lab 2 trains it (1 point).
# ### END SOLUTION

# %% [markdown]
# ## Put it together
#
# `MagnitudePruner` joins your functions under the names that TinyTorch's pruning module used in 2025 (module 18 then;
# compression is module 16 now). Its speed-up is what a clock said, and its memory is what the arrays take, stored and
# run in whichever way takes fewer bytes: dense, or as `tinytorch.sparse` stores it.


# %% given magnitude_pruner folded
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

        It is stored and run in whichever way takes fewer bytes: dense as it is, or as
        `tinytorch.sparse.SparseMLP`, by a compiled kernel where numba is installed.

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
        # By name: what is imported by a statement may be imported by an exercise that is checked.
        sparse = import_module("tinytorch.sparse").SparseMLP.from_model(sparse_model)
        as_it_is = _bytes_as_they_are(sparse_model)
        stored = sparse if sparse.nbytes < as_it_is else sparse_model
        timing = time_ratio(
            lambda: dense_model.forward(test_input), lambda: stored.forward(test_input)
        )
        left = sum(int(np.count_nonzero(weight)) for weight in sparse_model.weights())
        return {
            "dense_time_ms": timing["baseline_s"] * 1e3,
            "sparse_time_ms": timing["candidate_s"] * 1e3,
            "speedup": timing["ratio"],
            "sparsity": 1 - left / sum(weight.size for weight in dense_model.weights()),
            "memory_reduction": _bytes_as_they_are(dense_model) / min(sparse.nbytes, as_it_is),
            "dense_params": dense_model.count_parameters(),
            "sparse_params": sparse_model.count_nonzero_parameters(),
        }


def _bytes_as_they_are(model: DenseMLP) -> int:
    return sum(layer[key].nbytes for layer in model.layers for key in layer)


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
if networks:
    print(as_table(MagnitudePruner().analyze_weight_distribution(networks[0])["layer_stats"]))

# %% [markdown]
# Masks of 85 % of the weights, and three quarters of the neurons, which are 85 % of the weights too. Read the two
# lines against each other: which of the numbers would an advertisement quote?


# %%
if ready(global_masks, time_ratio, neuron_scores, remove_neurons):
    print(masked_and_removed(MagnitudePruner(), networks[0]))

# %% [markdown]
# **Move the slider.** One network, its second layer, from dense to nearly empty, one-shot. Where does the accuracy
# begin to fall, and where a compressed file?


# %%
slider(networks, global_masks)

# %% [markdown]
# **The trade-off, on plain digits.** What sparsity costs, beside chance that keeps as many of each layer. The sweet
# spot is the largest sparsity within two points of dense *on validation images*.


# %% given tradeoffs folded
#| export
def analyze_pruning_accuracy_tradeoffs(
    sparsities: Sequence[float] = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98),
    seeds: Sequence[int] = (0, 1, 2),
) -> list[dict[str, float]]:
    """Train networks on the digits, prune them one-shot, and measure accuracy on the test images.

    Returns:
        A dict for each sparsity: "sparsity", "params_left" and "memory_mb" (each layer dense, or as kept
        values and a bit a place; MiB) of the first seed; "accuracy", "accuracy_std" (ddof=1; 0 for one
        seed), "accuracy_drop" against the dense networks; "random_accuracy", the control, with as many
        weights of each layer; and "sweet_spot", True for the largest sparsity that costs at most two
        points on the validation images. Means over seeds.
    """
    digits, models = load_split(shifted=False), load_networks(seeds, shifted=False)
    pruner, rows = MagnitudePruner(), []

    def scores(networks: Sequence[DenseMLP], part: str = "test") -> list[float]:
        x, y = getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")
        return [accuracy(model, x, y) for model in networks]

    dense, good = np.mean(scores(models)), np.mean(scores(models, "valid")) - 0.02
    for sparsity in sparsities:
        pruned = [pruner.prune_by_magnitude(model, sparsity) for model in models]
        masks = [[weight != 0 for weight in model.weights()] for model in pruned]
        cast = [
            apply_masks(model, shuffled(keeps, seed))
            for model, keeps, seed in zip(models, masks, seeds, strict=True)
        ]
        rows.append(
            {
                "sparsity": sparsity,
                "params_left": pruned[0].count_nonzero_parameters(),
                "memory_mb": _stored_bytes(pruned[0]) / 2**20,
                **_over_seeds(scores(pruned)),
                "accuracy_drop": float(dense - np.mean(scores(pruned))),
                "random_accuracy": float(np.mean(scores(cast))),
                "sweet_spot": bool(np.mean(scores(pruned, "valid")) >= good),
            }
        )
    last = max((row["sparsity"] for row in rows if row["sweet_spot"]), default=None)
    return [row | {"sweet_spot": row["sparsity"] == last} for row in rows]


def _stored_bytes(model: DenseMLP, bits: int = 32) -> int:
    """Count the bytes of a network: each weight dense, or kept values and a bit a place, if fewer."""
    total = 0
    for weight, bias in (layer.values() for layer in model.layers):
        kept = np.count_nonzero(weight) * bits / 8 + weight.size / 8
        scales = bias.size * 4 if bits < 32 else 0
        total += int(np.ceil(min(weight.size * bits / 8, kept))) + scales + bias.nbytes
    return total


def _over_seeds(scores: Sequence[float]) -> dict[str, float]:
    """Return mean and standard deviation (ddof=1; 0 for one seed) of accuracies."""
    spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    return {"accuracy": float(np.mean(scores)), "accuracy_std": spread}


# %%
if ready(global_masks):
    print(as_table(analyze_pruning_accuracy_tradeoffs()))

# %% [markdown]
# **Pruning or quantization?** Quantization keeps every weight and stores it in one byte instead of four. To be fair,
# compare at equal bytes, what says where the kept weights stand counted.


# %% given analyze_quantization folded
#| export
def analyze_pruning_vs_quantization(seeds: Sequence[int] = (0, 1, 2)) -> list[dict[str, object]]:
    """Compare int8 weights with one-shot magnitude pruning that takes no more bytes.

    Returns:
        A dict for each method: "method", "bytes" (first seed; biases, scales, and a bit for each place
        where weights are left out included), "compression" (dense bytes / bytes), "accuracy" and
        "accuracy_std" over the seeds (ddof=1).
    """
    digits, models = load_split(shifted=False), load_networks(seeds, shifted=False)
    whole, budget = _stored_bytes(models[0]), _stored_bytes(models[0], bits=8)
    sparsity, pruned = 0.0, models
    while _stored_bytes(pruned[0]) > budget:
        sparsity += 0.005
        pruned = [apply_masks(m, global_masks(m.weights(), sparsity)) for m in models]
    methods = {
        "dense float32": (models, whole),
        "int8": ([_in_eight_bits(model) for model in models], budget),
        "pruned, as many bytes": (pruned, _stored_bytes(pruned[0])),
    }
    return [
        {"method": name, "bytes": nbytes, "compression": whole / nbytes}
        | _over_seeds([accuracy(each, digits.x_test, digits.y_test) for each in networks])
        for name, (networks, nbytes) in methods.items()
    ]


def _in_eight_bits(model: DenseMLP) -> DenseMLP:
    """Return a copy whose weights are whole steps, -127 to 127, of a scale for each column."""
    copy = model.copy()
    for layer in copy.layers:
        step = np.abs(layer["weights"]).max(axis=0) / 127
        step[step == 0] = 1
        layer["weights"] = (np.rint(layer["weights"] / step) * step).astype(np.float32)
    return copy


# %%
if ready(global_masks):
    print(as_table(analyze_pruning_vs_quantization()))

# %% [markdown]
# Kuzmin et al. (2023, arXiv:2307.02973) find quantization ahead on large networks at equal size in most cases, and
# pruning only at very high compression. They count 16-bit values and no indices. Do your numbers agree? The two are
# no rivals, though: what is left after pruning can be quantized, as lab 3 does.
#
# **In production.** Who uses pruning, as they reported it, and what became of it. Libraries change: open the source
# before you build on it.


# %% given production folded
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
            "10x smaller with less than 1 % relative loss takes a compound recipe: second-order pruning, "
            "distillation, layer dropping and quantization",
            "Kurtic et al. 2022, arXiv:2203.07259",
        ),
        (
            "BERT",
            "movement pruning with distillation keeps as little as 3 % of the weights with a small loss",
            "Sanh et al. 2020, arXiv:2005.07683",
        ),
        (
            "Minitron (NVIDIA)",
            "alive: whole neurons, heads and layers of a trained language model are removed and the rest is "
            "distilled from it, for a fraction of the training that a new small model takes",
            "Muralidharan et al. 2024, arXiv:2407.14679; Sreenivas et al. 2024, arXiv:2408.11796",
        ),
        (
            "NVIDIA Model Optimizer",
            "alive: a pruning guide, Minitron among its methods",
            "github.com/NVIDIA/Model-Optimizer",
        ),
        (
            "Apple Core ML tools",
            "alive: a pruned weight is stored as its non-zero values and a bit for each place, the bitmask of lab 3",
            "coremltools documentation, pruning overview; github.com/apple/coremltools",
        ),
        (
            "OpenVINO NNCF",
            "alive: nncf.prune was added in September 2025",
            "github.com/openvinotoolkit/nncf, release notes",
        ),
        (
            "MobileNet and EfficientNet",
            "1.3 to 2.4x faster on phones with sparse kernels, XNNPACK's among them; the networks themselves are "
            "dense designs, and pruning them is separate work",
            "Elsen et al. 2019, arXiv:1911.09723",
        ),
        (
            "NVIDIA GPUs since Ampere",
            "2:4 sparsity (N:M, not block sparsity): two of every four neighbouring weights are zero, which the "
            "tensor cores skip, up to twice the dense multiply rate; cuSPARSELt is the library",
            "Mishra et al. 2021, arXiv:2104.08378",
        ),
        (
            "Chips of their own",
            "EIE runs compressed networks from on-chip memory, SCNN skips zeros in weights and activations",
            "Han et al. 2016, arXiv:1602.01528; Parashar et al. 2017, arXiv:1708.04485",
        ),
        (
            "LiteRT (TensorFlow Lite until 2024)",
            "no automatic pruning: one asks for it at training time, and it is unstructured unless one asks for a "
            "pattern; a smaller file needs compression on top",
            "TensorFlow Model Optimization guide, 'Trim insignificant weights'",
        ),
        (
            "PyTorch",
            "torch.nn.utils.prune applies masks: no schedule, and the tensors stay as large and as slow as they were",
            "PyTorch documentation, torch.nn.utils.prune",
        ),
        (
            "PyTorch, torchao",
            "2:4 and block sparsity lived in torchao.sparsity; in 2026 it was deleted, kernels and pruning tools "
            "alike, for lack of widespread use",
            "github.com/pytorch/ao, pull request 4728",
        ),
        (
            "vLLM",
            "2:4 sparse models ran by Marlin before November 2024, kernels of its own followed; all were taken out "
            "in 2026, because such models are not widely used",
            "github.com/vllm-project/vllm, pull requests 10995 and 36799, issue 10260",
        ),
        (
            "LLM Compressor",
            "version 0.11.0 no longer writes 2:4 and sparse formats, for lack of interest and for the work they made",
            "github.com/vllm-project/llm-compressor, release notes of 0.11.0",
        ),
        (
            "TensorFlow and Keras",
            "the pruning toolkit works with the older tf_keras only; Keras 3 has no pruning of its own",
            "github.com/keras-team/keras, issue 23082; github.com/tensorflow/model-optimization, issue 1119",
        ),
        (
            "DeepSparse and SparseML",
            "an engine for sparse networks on CPUs and its pruning library; development ended in June 2025, and "
            "their makers now work on vLLM",
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
as_table(explore_production_pruning())


# %% [markdown]
# ## What you have
#
# Masks that beat chance, and by how much; a clock that says what zeros gain, and a file that says otherwise; a table of
# what each layer can lose, and a budget spent by it; neurons that are gone on any machine. And three questions to ask of any
# claim about pruning: *compared with what, over how many seeds, by which clock?* Lab 2 gives back what was lost here.
