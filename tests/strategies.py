"""What Hypothesis draws for the lesson's functions."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinytorch.pruning import DenseMLP

fractions = st.floats(0, 1)


def floats(dtype: type) -> st.SearchStrategy[float]:
    """Weights of which some are equal: few values, so that ties are common; and any others."""
    width = np.dtype(dtype).itemsize * 8
    wide = st.floats(-100, 100, width=width)
    return st.one_of(st.integers(-3, 3).map(float), wide)


@st.composite
def weights(draw: st.DrawFn) -> np.ndarray:
    """A weight (in_features, out_features) of up to 8x8, float32 or float64."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8))
    return draw(hnp.arrays(dtype, shape, elements=floats(dtype)))


weight_lists = st.lists(weights(), min_size=1, max_size=4)


@st.composite
def sparse_weights(draw: st.DrawFn) -> np.ndarray:
    """A weight of which some entries, perhaps whole rows, are zero."""
    weight = draw(weights())
    return np.where(draw(hnp.arrays(bool, weight.shape)), weight, weight.dtype.type(0))


@st.composite
def networks(draw: st.DrawFn) -> DenseMLP:
    """A small network with random biases; up to three hidden layers."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=2, max_size=5))
    activation = draw(st.sampled_from(["relu", "tanh"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    model = DenseMLP(sizes[0], sizes[1:-1], sizes[-1], activation, rng)
    for layer in model.layers:
        layer["bias"] = rng.normal(size=layer["bias"].shape).astype(np.float32)
    return model


def arrays(model: DenseMLP) -> list[np.ndarray]:
    """All weights and biases of a network."""
    return [layer[key] for layer in model.layers for key in ("weights", "bias")]
