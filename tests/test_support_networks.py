"""The networks that the labs prune: gradients, training, splits, removed filters."""

import numpy as np
import pytest

from tinytorch import recovery
from tinytorch.digits import load_digits
from tinytorch.networks import (
    ConvNet,
    DenseMLP,
    add_windows,
    apply_masks,
    load_split,
    loss_gradient,
    pack,
    remove_filters,
    sampling_error,
    train,
    train_adam,
    unpack,
    windows,
)

RNG = np.random.default_rng(0)
IMAGES = RNG.random((6, 144))
LABELS = RNG.integers(0, 10, 6)


def in_float64(model):
    for layer in model.layers:
        for key in layer:
            layer[key] = layer[key].astype(float)
    return model


def softmax(logits):
    """By the definition, without a care for large logits."""
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def loss(model, x, targets):
    return -np.mean(np.sum(targets * np.log(softmax(model.forward(x))), axis=1))


def test_the_loss_does_not_mind_large_logits():
    logits = np.array([[1000.0, 1000, -1000]])
    assert loss_gradient(logits, np.eye(3)[:1]).tolist() == [[-0.5, 0.5, 0]]


@pytest.mark.parametrize(
    "model",
    [
        DenseMLP(144, (7, 5), 10, "tanh", rng=0),
        DenseMLP(144, (7, 5), 10, rng=0),
        ConvNet((3, 4), rng=0),
    ],
    ids=["tanh", "relu", "conv"],
)
def test_gradients_are_those_of_finite_differences(model):
    model, targets = in_float64(model), softmax(RNG.normal(size=(6, 10)))
    for layer in model.layers:
        layer["bias"] += RNG.normal(0, 0.1, layer["bias"].shape)
    parameters = [layer[key] for layer in model.layers for key in ("weights", "bias")]
    for array, gradient in zip(parameters, model.gradients(IMAGES, targets), strict=True):
        assert gradient.shape == array.shape
        for place in RNG.integers(0, array.size, 4):
            flat = array.reshape(-1)
            before, sides = flat[place], []
            for step in (1e-6, -1e-6):
                flat[place] = before + step
                sides.append(loss(model, IMAGES, targets))
            flat[place] = before
            slope = (sides[0] - sides[1]) / 2e-6
            assert np.isclose(gradient.reshape(-1)[place], slope, rtol=1e-4, atol=1e-8)


def test_a_convolution_is_the_sum_over_windows():
    model, image = in_float64(ConvNet((2, 3), rng=1)), IMAGES[0].reshape(12, 12)
    flat = windows(image.reshape(1, 12, 12, 1))
    filters = model.layers[0]["weights"].reshape(3, 3, 2)
    padded = np.pad(image, 1)
    for row, column in ((0, 0), (5, 11), (11, 3)):
        want = [
            (padded[row : row + 3, column : column + 3] * filters[..., k]).sum() for k in (0, 1)
        ]
        assert np.allclose(flat[0, row, column] @ model.layers[0]["weights"], want)


def test_add_windows_is_the_transpose_of_windows():
    images, flat = RNG.normal(size=(2, 6, 6, 3)), RNG.normal(size=(2, 6, 6, 27))
    assert np.isclose((windows(images) * flat).sum(), (images * add_windows(flat)).sum())


def test_the_convolution_has_7690_parameters_and_the_perceptron_78922():
    assert ConvNet().count_parameters() == 7_690
    assert DenseMLP(144, (256, 128, 64), 10).count_parameters() == 78_922


@pytest.mark.parametrize("layer", [0, 1])
def test_a_silent_filter_can_be_removed_and_nothing_changes(layer):
    model, keep = ConvNet((3, 4), rng=2), np.arange((3, 4)[layer]) != 1
    model.layers[layer]["weights"][:, 1] = 0
    smaller = remove_filters(model, layer, keep)
    assert smaller.layers[layer]["bias"].size == keep.sum()
    assert np.allclose(smaller.forward(IMAGES), model.forward(IMAGES))


def test_masked_training_leaves_dropped_weights_at_zero_by_the_step_it_is_given():
    model = DenseMLP(144, (8,), 10, rng=3)
    masks = [RNG.random(weight.shape) < 0.5 for weight in model.weights()]
    settings = {"epochs": 2, "rng": 0, "masks": masks}
    with pytest.raises(TypeError, match="train: masks need a step"):
        train(model, IMAGES, LABELS, **settings)
    tuned = train(
        apply_masks(model, masks), IMAGES, LABELS, step=recovery.masked_sgd_step, **settings
    )
    for before, after, keep in zip(model.weights(), tuned.weights(), masks, strict=True):
        assert not after[~keep].any() and not np.array_equal(before[keep], after[keep])


def test_a_dropped_weight_is_a_zero_of_no_sign():
    model = apply_masks(
        DenseMLP(9, (8,), 2, rng=3), [np.zeros((9, 8), bool), np.ones((8, 2), bool)]
    )
    assert model.layers[0]["weights"].tobytes() == bytes(9 * 8 * 4)


def test_probabilities_for_targets_are_as_good_as_classes():
    model = DenseMLP(144, (8,), 10, rng=3)
    hard = train(model, IMAGES, LABELS, 2, rng=0)
    soft = train(model, IMAGES, np.eye(10, dtype=np.float32)[LABELS], 2, rng=0)
    assert all(np.array_equal(a, b) for a, b in zip(hard.weights(), soft.weights(), strict=True))


def test_the_first_step_of_adam_is_the_learning_rate_along_the_sign_of_the_gradient():
    model = in_float64(DenseMLP(144, (8,), 10, rng=3))
    gradients = model.gradients(IMAGES, np.eye(10)[LABELS])
    after = train_adam(model, IMAGES, LABELS, epochs=1, lr=0.01, rng=0)
    for index, (old, new) in enumerate(zip(model.weights(), after.weights(), strict=True)):
        moved = np.abs(gradients[2 * index]) > 1e-4
        assert moved.any()
        steps = (new - old)[moved]
        assert np.allclose(steps, -0.01 * np.sign(gradients[2 * index][moved]), rtol=1e-3)


@pytest.mark.parametrize(
    ("shifted", "sizes"), [(True, (5028, 720, 1440)), (False, (1257, 180, 360))]
)
def test_no_digit_is_in_two_of_the_three_parts(shifted, sizes):
    data = load_split(shifted)
    assert (len(data.y_train), len(data.y_valid), len(data.y_test)) == sizes
    digits = load_digits()
    copies = 4 if shifted else 1
    assert np.array_equal(np.concatenate([data.y_train, data.y_valid])[::copies], digits.y_train)
    ink = [{image.tobytes() for image in x} for x in (data.x_train, data.x_valid, data.x_test)]
    assert not (ink[0] & ink[1] or ink[0] & ink[2] or ink[1] & ink[2])
    with pytest.raises(ValueError, match="read-only"):
        data.x_valid[0] = 1


def test_networks_are_packed_and_unpacked():
    models = [DenseMLP(4, (3,), 2, rng=0), DenseMLP(4, (3, 2), 2, rng=1)]
    again = [DenseMLP.from_layers(layers) for layers in unpack(pack(models, "a b"), "a b")]
    for one, other in zip(models, again, strict=True):
        assert all(
            np.array_equal(a, b) for a, b in zip(one.weights(), other.weights(), strict=True)
        )


def test_the_sampling_error_is_that_of_a_binomial():
    assert sampling_error(0.5, 100) == pytest.approx(0.05)
