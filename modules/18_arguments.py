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
# # Checking arguments
#
# > What the lesson's functions do with bad input: one clear error, before anything happens.
#
# An error should say who complains, what is allowed, what came, and, where it helps, what to do
# next. These checks are shared by all functions of the pruning lab; the calls already stand in the
# exercises, so you write the idea and not the checks. Nothing to write here.

# %%
#| default_exp arguments

# %% given arguments_imports
#| export
from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np

# %% [markdown]
# A fraction is a number from 0 to 1. `True` is a number to Python but a slip here, and so is a
# text such as "0.9"; NaN compares false with everything, so `0 <= x <= 1` refuses it too.


# %% given check_fraction
#| export
def check_fraction(caller: str, name: str, value: float) -> None:
    """Raise unless `value` is a number in [0, 1].

    Raises:
        TypeError: not a number (a bool or a text included).
        ValueError: NaN, or outside [0, 1].
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(
            f"{caller}: {name} must be a number between 0 and 1, "
            f"got {value!r} ({type(value).__name__})"
        )
    if not 0 <= value <= 1:
        raise ValueError(f"{caller}: {name} must be between 0 and 1, got {value}")


def check_count(caller: str, name: str, value: int, least: int = 1) -> None:
    """Raise unless `value` is a whole number of at least `least`.

    Raises:
        TypeError: not a whole number (a bool included).
        ValueError: below `least`.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(
            f"{caller}: {name} must be a whole number, got {value!r} ({type(value).__name__})"
        )
    if value < least:
        raise ValueError(f"{caller}: {name} must be at least {least}, got {value}")


# %% [markdown]
# A weight is a matrix `(in_features, out_features)` of floats. NaN is refused: it is neither small
# nor large, so no ranking by magnitude can place it.


# %% given check_weight
#| export
def check_weight(caller: str, weight: np.ndarray, name: str = "weight") -> None:
    """Raise unless `weight` is a non-empty 2-D float array without NaN.

    Raises:
        TypeError: not a NumPy array of floats.
        ValueError: not 2-D, empty, or holding NaN.
    """
    if not isinstance(weight, np.ndarray):
        raise TypeError(f"{caller}: {name} must be a NumPy array, got {type(weight).__name__}")
    if not np.issubdtype(weight.dtype, np.floating):
        raise TypeError(
            f"{caller}: {name} must hold floats, got {weight.dtype}; "
            "convert it with .astype(np.float32)"
        )
    if weight.ndim != 2 or weight.size == 0:
        raise ValueError(
            f"{caller}: {name} must be 2-D (in_features, out_features) and not empty, "
            f"got shape {weight.shape}"
        )
    if np.isnan(weight).any():
        raise ValueError(f"{caller}: {name} holds {np.isnan(weight).sum()} NaN; training diverged?")


def check_weights(caller: str, weights: Sequence[np.ndarray]) -> None:
    """Raise unless `weights` is a list of at least one weight (see `check_weight`)."""
    if not isinstance(weights, list | tuple):
        raise TypeError(
            f"{caller}: weights must be a list of arrays, one a layer, got {type(weights).__name__}"
        )
    if not weights:
        raise ValueError(f"{caller}: weights must hold at least one layer, got an empty list")
    for index, weight in enumerate(weights):
        check_weight(caller, weight, f"weights[{index}]")


# %% [markdown]
# A mask says what to keep: `True` means keep. Random numbers come from a generator that the caller
# made, so that a seed gives the same result twice.


# %% given check_keep
#| export
def check_mask(caller: str, keep: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise unless `keep` is a bool array of the given shape; it may drop everything.

    Raises:
        TypeError: not a NumPy array of bool.
        ValueError: another shape.
    """
    if not isinstance(keep, np.ndarray) or keep.dtype != bool:
        kind = keep.dtype if isinstance(keep, np.ndarray) else type(keep).__name__
        raise TypeError(f"{caller}: keep must be a NumPy array of bool, got {kind}")
    check_shape(caller, "keep", keep, shape)


def check_keep(caller: str, keep: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise unless `keep` is a bool array of the given shape that keeps something.

    Raises:
        TypeError: not a NumPy array of bool.
        ValueError: another shape, or nothing is kept.
    """
    check_mask(caller, keep, shape)
    if not keep.any():
        raise ValueError(f"{caller}: keep must leave at least one, got none")


def check_shape(caller: str, name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless an array has this shape: NumPy would stretch one that nearly fits."""
    if np.shape(array) != shape:
        raise ValueError(f"{caller}: {name} must have shape {shape}, got {np.shape(array)}")


def check_rng(caller: str, rng: np.random.Generator) -> None:
    """Raise TypeError unless `rng` is a NumPy random generator."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{caller}: rng must be a NumPy generator such as np.random.default_rng(0), "
            f"got {type(rng).__name__}"
        )


# %% [markdown]
# For example:

# %%
for slip in (1.5, "0.9", True):
    try:
        check_fraction("magnitude_mask", "sparsity", slip)
    except (TypeError, ValueError) as error:
        print(f"{type(error).__name__}: {error}")
