"""DenseMLP, training, removing neurons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import arrays, networks, weights

from tinytorch.digits import load_digits
from tinytorch.networks import DenseMLP, accuracy, apply_masks, train
from tinytorch.pruning import neuron_scores, remove_neurons, remove_weakest_neurons


def forward_by_loops(model, x):
    """The definition, a neuron at a time, in Python's own floats."""
    bend = {"relu": lambda z: max(z, 0.0), "tanh": np.tanh}[model.activation]
    outputs = []
    for sample in x.tolist():
        for index, layer in enumerate(model.layers):
            columns, bias = layer["weights"].T.tolist(), layer["bias"].tolist()
            sample = [
                sum(value * w for value, w in zip(sample, column, strict=True)) + b
                for column, b in zip(columns, bias, strict=True)
            ]
            if index < len(model.layers) - 1:
                sample = [bend(value) for value in sample]
        outputs.append(sample)
    return np.array(outputs)


@given(networks(), st.integers(0, 4))
def test_the_forward_pass_is_what_the_definition_gives(model, batch):
    x = np.random.default_rng(batch).normal(size=(batch, model.input_size)).astype(np.float32)
    logits = model.forward(x)
    assert logits.shape == (batch, model.output_size)
    assert logits.dtype == np.float32
    if batch:
        np.testing.assert_allclose(logits, forward_by_loops(model, x), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(model.predict(x), logits.argmax(axis=1))


def test_default_sizes_and_attributes_are_those_of_the_contract():
    model = DenseMLP()
    shapes = [layer["weights"].shape for layer in model.layers]
    assert shapes == [(784, 512), (512, 256), (256, 128), (128, 10)]
    assert (model.input_size, model.output_size, model.activation) == (784, 10, "relu")
    assert tuple(model.hidden_sizes) == (512, 256, 128)
    assert all(array.dtype == np.float32 for array in arrays(model))
    weights = sum(a * b for a, b in shapes)
    assert model.count_parameters() == weights + 512 + 256 + 128 + 10
    assert model.get_memory_usage_mb() == pytest.approx(model.count_parameters() * 4 / 2**20)


def test_biases_are_parameters_and_never_counted_as_sparsity():
    model = apply_masks(DenseMLP(4, [3], 2, rng=0), [np.zeros((4, 3), bool), np.ones((3, 2), bool)])
    assert model.count_parameters() == 12 + 3 + 6 + 2
    assert model.count_nonzero_parameters() == 3 + 6 + 2  # the biases are zero, and count


def test_initial_weights_fill_the_glorot_range_and_follow_the_seed():
    first = DenseMLP(300, [200], 10, rng=4).layers[0]["weights"]
    limit = np.sqrt(6 / 500)
    assert 0.99 * limit < np.abs(first).max() <= limit
    assert abs(first.mean()) < 0.01 * limit
    np.testing.assert_array_equal(first, DenseMLP(300, [200], 10, rng=4).layers[0]["weights"])
    generator = np.random.default_rng(4)
    np.testing.assert_array_equal(
        first, DenseMLP(300, [200], 10, rng=generator).layers[0]["weights"]
    )


def test_a_copy_shares_nothing():
    model = DenseMLP(3, [4], 2, rng=0)
    copy = model.copy()
    for array in arrays(copy):
        array += 1
    for array, other in zip(arrays(model), arrays(DenseMLP(3, [4], 2, rng=0)), strict=True):
        np.testing.assert_array_equal(array, other)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_gradients_agree_with_finite_differences(activation):
    rng = np.random.default_rng(5)
    model = DenseMLP(4, [5, 3], 3, activation, rng)
    for layer in model.layers:
        for key in layer:
            layer[key] = rng.normal(size=layer[key].shape)
    x, y = rng.normal(size=(6, 4)), rng.integers(0, 3, 6)

    def loss():
        logits = model.forward(x)
        return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(6), y])

    for array, gradient in zip(arrays(model), model.gradients(x, np.eye(3)[y]), strict=True):
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + 1e-6
            above = loss()
            array[place] = kept - 1e-6
            below = loss()
            array[place] = kept
            assert gradient[place] == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_training_learns_the_digits_and_leaves_the_start_as_it_was():
    digits = load_digits()
    start = DenseMLP(64, [32], 10, rng=0)
    before = [array.copy() for array in arrays(start)]
    trained = train(start, digits.x_train, digits.y_train, epochs=10, rng=0)
    assert accuracy(start, digits.x_test, digits.y_test) < 0.3
    assert accuracy(trained, digits.x_test, digits.y_test) > 0.93
    for array, copy in zip(arrays(start), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@given(weights())
def test_scores_are_column_lengths(weight):
    expected = [sum(float(v) ** 2 for v in weight[:, j]) ** 0.5 for j in range(weight.shape[1])]
    np.testing.assert_allclose(neuron_scores(weight), expected, rtol=1e-5)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1.4e-45, 1.1754944e-38, 1e-30, 3.4028235e38])
def test_the_smallest_and_the_largest_weights_have_a_length(size):
    weight = np.array([[3 * size if size < 1 else size, 0], [4 * size if size < 1 else 0, size]])
    weight = weight.astype(np.float32)
    expected = [np.hypot(*map(float, column)) for column in weight.T]
    np.testing.assert_allclose(neuron_scores(weight), expected, rtol=1e-5)


@given(networks(), st.data())
def test_removing_dead_neurons_changes_no_logit(model, data):
    layer = data.draw(st.integers(0, len(model.layers) - 1))
    if layer == len(model.layers) - 1:
        return  # the outputs are no hidden layer
    keep = data.draw(hnp.arrays(bool, model.layers[layer]["bias"].shape))
    if not keep.any():
        return
    model.layers[layer]["weights"][:, ~keep] = 0
    model.layers[layer]["bias"][~keep] = 0
    x = np.random.default_rng(6).normal(size=(5, model.input_size))
    smaller = remove_neurons(model, layer, keep)
    assert tuple(smaller.hidden_sizes)[layer] == keep.sum()
    np.testing.assert_allclose(smaller.forward(x), model.forward(x), rtol=1e-5, atol=1e-6)


def test_a_removed_neuron_is_silenced_whatever_it_said():
    model = DenseMLP(5, [6, 4], 3, "tanh", rng=7)
    keep = np.array([True, False, True, True, False, True])
    silenced = model.copy()
    silenced.layers[1]["weights"][~keep] = 0  # nobody listens to them
    x = np.random.default_rng(8).normal(size=(9, 5))
    smaller = remove_neurons(model, 0, keep)
    np.testing.assert_allclose(smaller.forward(x), silenced.forward(x), rtol=1e-5, atol=1e-6)
    assert smaller.activation == "tanh" and tuple(smaller.hidden_sizes) == (4, 4)


@pytest.mark.parametrize(
    ("fraction", "sizes"), [(0, (8, 5)), (0.5, (4, 3)), (0.9, (1, 1)), (1, (1, 1))]
)
def test_the_weakest_neurons_go_and_one_always_stays(fraction, sizes):
    model = DenseMLP(6, [8, 5], 3, rng=9)
    smaller = remove_weakest_neurons(model, fraction)
    assert tuple(smaller.hidden_sizes) == sizes
    strongest = np.sort(np.argsort(neuron_scores(model.layers[0]["weights"]))[-sizes[0] :])
    np.testing.assert_array_equal(
        smaller.layers[0]["weights"], model.layers[0]["weights"][:, strongest]
    )
