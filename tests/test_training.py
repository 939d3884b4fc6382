"""Sweeping, scanning, training under masks, pruning step by step, rewinding."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import arrays, fractions, networks

from tinytorch.networks import DenseMLP, apply_masks
from tinytorch.pruning import global_masks, magnitude_mask, sensitivity_scan, sweep
from tinytorch.recovery import cubic_sparsity, masked_sgd_step, prune_gradually, rewind


@given(st.lists(fractions, max_size=5), st.lists(st.integers(0, 2**32), min_size=1, max_size=4))
def test_a_sweep_is_mean_and_deviation_over_the_seeds(sparsities, seeds):
    def draw(seed):
        return np.random.default_rng(seed).random()

    result = sweep(lambda sparsity, seed: sparsity + draw(seed), sparsities, seeds)
    draws = [draw(seed) for seed in seeds]
    deviation = np.std(draws, ddof=1) if len(seeds) > 1 else 0
    assert result["sparsity"].tolist() == sparsities
    np.testing.assert_allclose(result["mean"], np.add(sparsities, np.mean(draws)))
    np.testing.assert_allclose(result["std"], np.full(len(sparsities), deviation), atol=1e-12)


@given(networks(), st.lists(fractions, max_size=4))
def test_a_scan_prunes_one_layer_at_a_time_and_leaves_the_model(model, sparsities):
    before = [array.copy() for array in arrays(model)]
    table = sensitivity_scan(model, sparsities, DenseMLP.count_nonzero_parameters)
    assert table.shape == (len(model.layers), len(sparsities))
    for layer, weight in enumerate(model.weights()):
        for column, sparsity in enumerate(sparsities):
            pruned = np.count_nonzero(weight * magnitude_mask(weight, sparsity))
            lost = model.count_nonzero_parameters() - table[layer, column]
            assert lost == np.count_nonzero(weight) - pruned
    for array, copy in zip(arrays(model), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@given(
    st.integers(0, 2**32),
    hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=4)),
    st.floats(0, 1),
    fractions,
    st.sampled_from([np.float32, np.float64]),
)
def test_masked_steps_are_those_of_the_definition(seed, keep, lr, momentum, dtype):
    rng = np.random.default_rng(seed)
    weight, grad, velocity = (rng.normal(size=keep.shape).astype(dtype) for _ in range(3))
    before = [each.copy() for each in (weight, grad, velocity, keep)]
    w, v = weight, velocity
    for _ in range(4):
        w, v = masked_sgd_step(w, grad, v, keep, lr, momentum)
    assert w.dtype == v.dtype == dtype
    for place in np.ndindex(keep.shape):
        one, speed = float(weight[place]), float(velocity[place])
        for _ in range(4):
            speed = momentum * speed + float(grad[place])
            one = one - lr * speed if keep[place] else 0.0
        got = [w[place], v[place] if keep[place] else speed]  # a dropped weight's may be anything
        np.testing.assert_allclose(got, [one, speed], rtol=1e-4, atol=1e-5)
    assert not w[~keep].any()
    for array, copy in zip((weight, grad, velocity, keep), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@given(st.integers(1, 30), fractions, fractions)
def test_the_schedule_goes_from_first_to_last_without_turning(n_steps, initial, final):
    steps = [cubic_sparsity(step, n_steps, final, initial) for step in range(-2, n_steps + 3)]
    assert all(isinstance(each, float) for each in steps)
    np.testing.assert_allclose(steps[:3], initial, atol=1e-12)
    assert steps[-3:] == [final] * 3
    rises = np.diff(steps) * np.sign(final - initial)
    assert (rises >= -1e-12).all()
    ahead = np.diff(rises[2:-2])
    assert (ahead <= 1e-12).all(), "fast at first, ever slower later"


@given(networks(), st.lists(fractions, min_size=1, max_size=4))
def test_gradual_pruning_tunes_what_was_pruned_before_each_step(model, sparsities):
    before, seen = [array.copy() for array in arrays(model)], []

    def double(pruned, masks):
        seen.append(sum(int(keep.sum()) for keep in masks))
        assert all(not w[~keep].any() for w, keep in zip(pruned.weights(), masks, strict=True))
        doubled = pruned.copy()
        for layer in doubled.layers:
            layer["weights"] = 2 * layer["weights"]
        return doubled

    sparsities = sorted(sparsities)
    result = prune_gradually(model, sparsities, double)
    total = sum(weight.size for weight in model.weights())
    assert seen == [total - round(sparsity * total) for sparsity in sparsities]
    masks = global_masks(model.weights(), sparsities[-1])
    for got, weight, keep in zip(result.weights(), model.weights(), masks, strict=True):
        np.testing.assert_array_equal(got, 2 ** len(sparsities) * weight * keep)
    for array, copy in zip(arrays(model), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@given(networks(), fractions)
def test_a_ticket_is_the_start_under_the_masks_and_its_own(initial, sparsity):
    model = initial.copy()
    for array in arrays(model):
        array += 1
    masks = global_masks(model.weights(), sparsity)
    before = [array.copy() for each in (initial, model) for array in arrays(each)]
    ticket = rewind(model, initial, masks)
    expected = arrays(apply_masks(initial, masks))
    for got, start in zip(arrays(ticket), expected, strict=True):
        np.testing.assert_array_equal(got, start)
        got += 1
    after = [array for each in (initial, model) for array in arrays(each)]
    for array, copy in zip(after, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert ticket.activation == initial.activation
