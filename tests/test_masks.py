"""Masks: properties, and a brute-force oracle that knows only the definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from strategies import fractions, weight_lists, weights

from tinytorch.pruning import (
    DenseMLP,
    apply_masks,
    global_masks,
    magnitude_mask,
    random_mask,
    sparsity_report,
)


def masks_by_definition(weights, sparsity):
    """Drop one weight after another: each time the smallest, of equals the first."""
    left = {
        (layer, i, j): abs(weight[i, j])
        for layer, weight in enumerate(weights)
        for i, j in itertools.product(*map(range, weight.shape))
    }
    for _ in range(round(sparsity * len(left))):
        del left[min(left, key=lambda place: (left[place], place))]
    return [
        np.array([[(layer, i, j) in left for j in range(w.shape[1])] for i in range(w.shape[0])])
        for layer, w in enumerate(weights)
    ]


@given(weights(), fractions)
def test_a_layers_mask_is_the_one_the_definition_gives(weight, sparsity):
    np.testing.assert_array_equal(
        magnitude_mask(weight, sparsity), masks_by_definition([weight], sparsity)[0]
    )


@given(weight_lists, fractions)
def test_global_masks_are_those_the_definition_gives(weights, sparsity):
    expected = masks_by_definition(weights, sparsity)
    for keep, by_definition in zip(global_masks(weights, sparsity), expected, strict=True):
        np.testing.assert_array_equal(keep, by_definition)


@given(weights(), fractions)
def test_exactly_the_rounded_count_is_dropped(weight, sparsity):
    n_dropped = round(sparsity * weight.size)
    rng = np.random.default_rng(0)
    for keep in (magnitude_mask(weight, sparsity), random_mask(weight, sparsity, rng)):
        assert keep.dtype == bool and keep.shape == weight.shape
        assert np.count_nonzero(~keep) == n_dropped


@given(weight_lists, fractions)
def test_globally_exactly_the_rounded_count_of_the_total_is_dropped(weights, sparsity):
    total = sum(weight.size for weight in weights)
    dropped = sum(np.count_nonzero(~keep) for keep in global_masks(weights, sparsity))
    assert dropped == round(sparsity * total)


@given(weights(), fractions)
def test_every_kept_weight_is_at_least_as_large_as_every_dropped_one(weight, sparsity):
    keep, magnitudes = magnitude_mask(weight, sparsity), np.abs(weight)
    assert magnitudes[keep].min(initial=np.inf) >= magnitudes[~keep].max(initial=0)


@given(weights(), fractions, fractions)
def test_what_a_higher_sparsity_keeps_a_lower_one_keeps_too(weight, one, other):
    low, high = sorted((one, other))
    assert not (magnitude_mask(weight, high) & ~magnitude_mask(weight, low)).any()


@given(weights(), fractions)
def test_signs_and_a_positive_scale_change_no_mask(weight, sparsity):
    keep = magnitude_mask(weight, sparsity)
    signs = np.where(np.arange(weight.size).reshape(weight.shape) % 2, -1, 1).astype(weight.dtype)
    np.testing.assert_array_equal(magnitude_mask(weight * signs, sparsity), keep)
    np.testing.assert_array_equal(magnitude_mask(weight * weight.dtype.type(4), sparsity), keep)


@given(weights(), fractions)
def test_pruning_what_is_pruned_drops_nothing_more(weight, sparsity):
    pruned = weight * magnitude_mask(weight, sparsity)
    again = pruned * magnitude_mask(pruned, sparsity)
    np.testing.assert_array_equal(again, pruned)


@given(weights(), fractions)
def test_one_layer_is_pruned_alike_alone_and_in_a_list(weight, sparsity):
    np.testing.assert_array_equal(
        global_masks([weight], sparsity)[0], magnitude_mask(weight, sparsity)
    )


@given(weight_lists, fractions)
def test_masking_leaves_its_input_alone(weights, sparsity):
    before = [weight.copy() for weight in weights]
    magnitude_mask(weights[0], sparsity)
    global_masks(weights, sparsity)
    random_mask(weights[0], sparsity, np.random.default_rng(0))
    sparsity_report(weights)
    for weight, copy in zip(weights, before, strict=True):
        np.testing.assert_array_equal(weight, copy)


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda w: w[::2, ::3], np.transpose])
def test_the_memory_layout_changes_no_mask(layout):
    weight = layout(np.random.default_rng(1).integers(-2, 3, (12, 12)).astype(np.float32))
    plain = np.array(weight.tolist(), dtype=np.float32)
    np.testing.assert_array_equal(magnitude_mask(weight, 0.4), magnitude_mask(plain, 0.4))
    np.testing.assert_array_equal(global_masks([weight], 0.4)[0], global_masks([plain], 0.4)[0])


def test_each_weight_is_as_likely_as_any_other_to_be_dropped_at_random():
    rng = np.random.default_rng(2)
    weight = np.arange(12.0).reshape(3, 4)
    share = np.mean([~random_mask(weight, 0.25, rng) for _ in range(4000)], axis=0)
    np.testing.assert_allclose(share, 0.25, atol=0.03)  # about 4 standard errors


def test_a_seed_gives_the_same_random_mask_again():
    weight = np.ones((6, 7))
    one, other = (random_mask(weight, 0.5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


@given(weight_lists)
def test_the_report_counts_what_is_there(weights):
    report = sparsity_report(weights)
    values = [float(value) for weight in weights for value in weight.ravel()]
    zeros = values.count(0.0)
    assert report["total"] == len(values) and report["nonzero"] == len(values) - zeros
    assert report["sparsity"] == pytest.approx(zeros / len(values))
    if zeros == len(values):
        assert report["compression_ratio"] == float("inf")
    else:
        assert report["compression_ratio"] == pytest.approx(len(values) / (len(values) - zeros))
    assert report["per_layer"] == pytest.approx([np.mean(weight == 0) for weight in weights])


def test_applied_masks_leave_zeros_and_the_model_as_it_was():
    model = DenseMLP(6, [5, 4], 3, rng=0)
    before = [weight.copy() for weight in model.weights()]
    pruned = apply_masks(model, global_masks(model.weights(), 0.6))
    assert sparsity_report(pruned.weights())["sparsity"] == pytest.approx(37 / 62)
    assert all(weight.dtype == np.float32 for weight in pruned.weights())
    for weight, copy in zip(model.weights(), before, strict=True):
        np.testing.assert_array_equal(weight, copy)
