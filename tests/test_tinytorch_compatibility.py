"""The calls that TinyTorch's own two checks of module 18 make, and what they ask for."""

import numpy as np
import pytest

from tinytorch.pruning import DenseMLP, MagnitudePruner


@pytest.fixture
def model():
    return DenseMLP(784, [256, 128], 10)


def test_the_dense_network_answers(model):
    x = np.random.default_rng(0).normal(size=(32, 784))
    output, predictions = model.forward(x), model.predict(x)
    assert output.shape == (32, 10)
    assert predictions.shape == (32,)
    assert all(0 <= prediction < 10 for prediction in predictions)
    assert model.count_parameters() == 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10
    assert model.get_memory_usage_mb() > 0


@pytest.mark.parametrize("sparsity", [0.5, 0.8, 0.9])
def test_the_pruner_prunes_as_much_as_asked(model, sparsity):
    pruner = MagnitudePruner()
    assert "global_stats" in pruner.analyze_weight_distribution(model)
    sparse = pruner.prune_by_magnitude(model, sparsity, structured=False)
    overall = 1.0 - sparse.count_nonzero_parameters() / sparse.count_parameters()
    assert abs(overall - sparsity) < 0.05
    output = sparse.forward(np.random.default_rng(1).normal(size=(16, 784)))
    assert output.shape == (16, 10)
    assert not np.isnan(output).any()


def test_structured_pruning_leaves_fewer_parameters(model):
    smaller = MagnitudePruner().prune_by_magnitude(model, 0.5, structured=True)
    assert smaller.count_nonzero_parameters() < model.count_parameters()
    assert tuple(smaller.hidden_sizes) == (128, 64)
