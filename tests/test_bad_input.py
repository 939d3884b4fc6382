"""Bad input gets one clear error, before anything happens."""

import numpy as np
import pytest

from tinytorch.pruning import (
    DenseMLP,
    MagnitudePruner,
    allocate,
    apply_masks,
    global_masks,
    magnitude_mask,
    neuron_scores,
    paired_difference,
    random_mask,
    remove_neurons,
    sensitivity_scan,
    sparsity_report,
    sweep,
    time_ratio,
)
from tinytorch.recovery import cubic_sparsity, masked_sgd_step, nm_mask, prune_gradually, rewind
from tinytorch.shipping import quantize_int8, storage_bytes, to_bitmask, to_csr

RNG = np.random.default_rng(0)
GOOD = np.arange(6.0).reshape(2, 3)
MODEL = DenseMLP(4, [3], 2, rng=0)
KEEP = GOOD > 2


def never(*arguments):
    raise AssertionError("bad input is refused before anything is called")


BAD_SPARSITIES = [
    (1.5, ValueError, "between 0 and 1, got 1.5"),
    (-0.1, ValueError, "between 0 and 1, got -0.1"),
    (float("nan"), ValueError, "between 0 and 1, got nan"),
    ("0.5", TypeError, r"a number between 0 and 1, got '0.5' \(str\)"),
    (True, TypeError, r"a number between 0 and 1, got True \(bool\)"),
    (np.bool_(True), TypeError, "a number between 0 and 1"),
    (None, TypeError, "a number between 0 and 1"),
    (np.array([0.5, 0.6]), TypeError, "a number between 0 and 1"),
]

BAD_WEIGHTS = [
    (np.array([[1.0, np.nan]]), ValueError, "holds 1 NaN"),
    (np.zeros((0, 3)), ValueError, r"not empty, got shape \(0, 3\)"),
    (np.arange(3.0), ValueError, r"2-D .* got shape \(3,\)"),
    (np.zeros((2, 2, 2)), ValueError, "2-D"),
    (np.array([[1, 2]]), TypeError, r"must hold floats, got int64; .*astype"),
    ([[1.0, 2.0]], TypeError, "must be a NumPy array, got list"),
    (None, TypeError, "must be a NumPy array, got NoneType"),
]

TAKE_SPARSITY = {
    "magnitude_mask": lambda sparsity: magnitude_mask(GOOD, sparsity),
    "global_masks": lambda sparsity: global_masks([GOOD], sparsity),
    "random_mask": lambda sparsity: random_mask(GOOD, sparsity, RNG),
    "sweep": lambda sparsity: sweep(never, [0.5, sparsity], [0]),
    "sensitivity_scan": lambda sparsity: sensitivity_scan(MODEL, [0.5, sparsity], never),
    "prune_gradually": lambda sparsity: prune_gradually(MODEL, [0.5, sparsity], never),
    "prune_by_magnitude": lambda sparsity: MagnitudePruner().prune_by_magnitude(MODEL, sparsity),
}

TAKE_WEIGHT = {
    "magnitude_mask": lambda weight: magnitude_mask(weight, 0.5),
    "global_masks": lambda weight: global_masks([GOOD, weight], 0.5),
    "random_mask": lambda weight: random_mask(weight, 0.5, RNG),
    "masked_sgd_step": lambda weight: masked_sgd_step(weight, GOOD, GOOD, KEEP, 0.1, 0.9),
    "neuron_scores": neuron_scores,
    "nm_mask": nm_mask,
    "quantize_int8": quantize_int8,
    "storage_bytes": lambda weight: storage_bytes(weight, "csr"),
    "to_bitmask": to_bitmask,
    "to_csr": to_csr,
    "sparsity_report": lambda weight: sparsity_report([weight]),
}


@pytest.mark.parametrize(("sparsity", "kind", "says"), BAD_SPARSITIES, ids=lambda v: repr(v)[:25])
@pytest.mark.parametrize("name", TAKE_SPARSITY)
def test_a_sparsity_that_is_no_fraction_is_refused(name, sparsity, kind, says):
    with pytest.raises(kind, match=f"^{name}: sparsity must be {says}"):
        TAKE_SPARSITY[name](sparsity)


@pytest.mark.parametrize(("weight", "kind", "says"), BAD_WEIGHTS, ids=lambda v: repr(v)[:25])
@pytest.mark.parametrize("name", TAKE_WEIGHT)
def test_a_weight_that_is_no_float_matrix_is_refused(name, weight, kind, says):
    with pytest.raises(kind, match=f"^{name}: weight.*{says}"):
        TAKE_WEIGHT[name](weight)


@pytest.mark.parametrize("function", [sparsity_report, lambda weights: global_masks(weights, 0.5)])
@pytest.mark.parametrize(
    ("weights", "kind", "says"),
    [
        ([], ValueError, "at least one layer, got an empty list"),
        (GOOD, TypeError, "must be a list"),
    ],
)
def test_missing_layers_are_refused(function, weights, kind, says):
    with pytest.raises(kind, match=says):
        function(weights)


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ({"activation": "sigmoid"}, ValueError, r"one of \('relu', 'tanh'\), got 'sigmoid'"),
        ({"hidden_sizes": (3, 0)}, ValueError, "size must be at least 1, got 0"),
        ({"hidden_sizes": (3, 2.5)}, TypeError, "size must be a whole number, got 2.5"),
        ({"input_size": True}, TypeError, "whole number, got True"),
    ],
)
def test_a_network_that_cannot_be_is_refused(arguments, kind, says):
    with pytest.raises(kind, match=f"DenseMLP: .*{says}"):
        DenseMLP(**arguments)


def test_a_network_without_layers_or_with_layers_that_do_not_fit_is_refused():
    with pytest.raises(ValueError, match="at least one layer, got none"):
        DenseMLP.from_layers([], "relu")
    with pytest.raises(ValueError, match=r"layer 1 must take 3 inputs .* got weights \(2, 2\)"):
        DenseMLP.from_layers(
            [MODEL.layers[0], {"weights": np.ones((2, 2)), "bias": np.ones(2)}], "relu"
        )


@pytest.mark.parametrize("x", [np.ones(4), np.ones((2, 5)), np.ones((1, 2, 4))])
def test_samples_of_another_width_are_refused(x):
    with pytest.raises(ValueError, match=r"x must be \(batch, 4\), got shape"):
        MODEL.forward(x)


@pytest.mark.parametrize(
    ("layer", "keep", "kind", "says"),
    [
        (1, np.ones(2, bool), ValueError, "layer must be a hidden layer, below 1, got 1"),
        (-1, np.ones(3, bool), ValueError, "layer must be at least 0, got -1"),
        (0.0, np.ones(3, bool), TypeError, "layer must be a whole number, got 0.0"),
        (0, np.ones(2, bool), ValueError, r"keep must have shape \(3,\), got \(2,\)"),
        (0, np.zeros(3, bool), ValueError, "keep must leave at least one, got none"),
        (0, np.ones(3), TypeError, "keep must be a NumPy array of bool, got float64"),
        (0, [True, False, True], TypeError, "keep must be a NumPy array of bool, got list"),
    ],
)
def test_neurons_that_cannot_be_removed_are_refused(layer, keep, kind, says):
    with pytest.raises(kind, match=f"remove_neurons: {says}"):
        remove_neurons(MODEL, layer, keep)


def test_masks_that_do_not_fit_the_network_are_refused():
    with pytest.raises(ValueError, match=r"a mask for each weight, .* got \[\(4, 3\)\]"):
        apply_masks(MODEL, [np.ones((4, 3), bool)])
    with pytest.raises(ValueError, match=r"\(3, 2\)\], got \[\(4, 3\), \(2, 3\)\]"):
        apply_masks(MODEL, [np.ones((4, 3), bool), np.ones((2, 3), bool)])
    with pytest.raises(TypeError, match="of bool"):
        apply_masks(MODEL, [np.ones((4, 3)), np.ones((3, 2))])


def test_a_seed_in_place_of_a_generator_is_refused():
    with pytest.raises(TypeError, match=r"rng must be a NumPy generator .*, got int"):
        random_mask(GOOD, 0.5, 0)


@pytest.mark.parametrize(
    ("repeats", "kind"), [(0, ValueError), (2.0, TypeError), (True, TypeError)]
)
def test_repeats_that_are_no_count_are_refused_before_anything_runs(repeats, kind):
    ran = []
    with pytest.raises(kind, match="time_ratio: repeats must be"):
        time_ratio(lambda: ran.append(1), lambda: ran.append(2), repeats=repeats)
    assert ran == []


def test_accuracies_that_cannot_be_compared_in_pairs_are_refused():
    with pytest.raises(ValueError, match=r"one shape \(seeds, n\), got \(2, 3\) and \(3, 2\)"):
        paired_difference(GOOD, GOOD.T)
    with pytest.raises(ValueError, match=r"one shape \(seeds, n\), got \(3,\) and \(3,\)"):
        paired_difference(GOOD[0], GOOD[0])
    with pytest.raises(ValueError, match="the number of seeds must be at least 2, got 1"):
        paired_difference(GOOD[:1], GOOD[:1])


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"sparsities": [0, 0.5]}, ValueError, r"\(2, 2\), got \(2, 3\)"),
        ({"sizes": [4, 5, 6]}, ValueError, r"\(3, 3\), got \(2, 3\)"),
        ({"sparsities": [0, 0.2, 0.4]}, ValueError, r"no choice of \[0, 0.2, 0.4\] drops 0.5"),
        ({"sparsities": [0, 0.5, 80]}, ValueError, "each of sparsities must be .*, got 80"),
        ({"sparsity": "0.5"}, TypeError, "sparsity must be a number"),
    ],
)
def test_a_budget_that_no_scan_can_meet_is_refused(changes, kind, says):
    good = {"scan": GOOD, "sparsities": [0, 0.5, 1], "sizes": [4, 5], "sparsity": 0.5}
    with pytest.raises(kind, match=f"allocate: .*{says}"):
        allocate(**{**good, **changes})


def test_a_sweep_needs_seeds_and_a_gradual_pruning_needs_steps():
    with pytest.raises(ValueError, match="sweep: the number of seeds must be at least 1, got 0"):
        sweep(never, [0.5], [])
    with pytest.raises(ValueError, match=r"prune_gradually: the number of sparsities .* got 0"):
        prune_gradually(MODEL, [], never)


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"grad": GOOD.T}, ValueError, r"grad must have shape \(2, 3\), got \(3, 2\)"),
        ({"velocity": np.zeros(3)}, ValueError, r"velocity must have .* got \(3,\)"),
        ({"keep": KEEP[:1]}, ValueError, r"keep must have .* got \(1, 3\)"),
        ({"keep": GOOD}, TypeError, "keep must be a NumPy array of bool, got float64"),
        ({"momentum": 1.5}, ValueError, "momentum must be between 0 and 1, got 1.5"),
        ({"momentum": "0.9"}, TypeError, "momentum must be a number between 0 and 1"),
    ],
)
def test_a_step_with_arguments_that_do_not_fit_is_refused(changes, kind, says):
    good = {"weight": GOOD, "grad": GOOD, "velocity": GOOD, "keep": KEEP}
    with pytest.raises(kind, match=f"masked_sgd_step: {says}"):
        masked_sgd_step(**{**good, "lr": 0.1, "momentum": 0.9, **changes})


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ((1, 0, 0.5), ValueError, "n_steps must be at least 1, got 0"),
        ((1, 2.5, 0.5), TypeError, "n_steps must be a whole number, got 2.5"),
        ((1, 4, 80), ValueError, "final must be between 0 and 1, got 80"),
        ((1, 4, 0.8, -1), ValueError, "initial must be between 0 and 1, got -1"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(arguments, kind, says):
    with pytest.raises(kind, match=f"cubic_sparsity: {says}"):
        cubic_sparsity(*arguments)


def test_an_unknown_format_and_too_many_columns_are_refused():
    with pytest.raises(ValueError, match=r"storage_bytes: fmt must be one of \(.*\), got 'coo'"):
        storage_bytes(GOOD, "coo")
    assert storage_bytes(np.zeros((1, 65536)), "csr16") == 8
    with pytest.raises(ValueError, match="csr16 holds up to 65536 columns, got 65537; use csr"):
        storage_bytes(np.zeros((1, 65537)), "csr16")


@pytest.mark.parametrize(
    ("n", "m", "kind", "says"),
    [
        (0, 2, ValueError, "n must be at least 1, got 0"),
        (3, 2, ValueError, "m must be at least 3, got 2"),
        (2, 2.0, TypeError, "m must be a whole number, got 2.0"),
        (2, 4, ValueError, "in_features must be a multiple of 4, got 2"),
    ],
)
def test_groups_that_cannot_be_are_refused(n, m, kind, says):
    with pytest.raises(kind, match=f"nm_mask: {says}"):
        nm_mask(GOOD, n, m)


def test_a_ticket_of_another_network_or_with_masks_that_do_not_fit_is_refused():
    masks = [np.ones(weight.shape, dtype=bool) for weight in MODEL.weights()]
    with pytest.raises(ValueError, match=r"initial must have the model's shapes \[\(4, 3\)"):
        rewind(MODEL, DenseMLP(4, [5], 2, rng=0), masks)
    with pytest.raises(ValueError, match="a mask for each weight"):
        rewind(MODEL, MODEL, masks[:1])
    with pytest.raises(TypeError, match="must be a NumPy array of bool"):
        rewind(MODEL, MODEL, [1.0 * keep for keep in masks])
