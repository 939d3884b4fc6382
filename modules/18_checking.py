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
# # Checking answers
#
# > What the check below an exercise says: what was wanted, what came, and which slip that is.
#
# A check is data: a call of your function, the right value, why that is right, and the values that
# likely slips give. Comparing and wording are done here, for every check alike.
#
# ```python
# weight = np.array([[3.0, 0.0], [4.0, -2.0], [0.0, 0.0]])
# with unchanged(weight):
#     expect(neuron_scores(weight), [5, 2], "The columns have length 5 and 2", {
#         (7, 2): "That is the sum of magnitudes (L1); take the L2 norm.",
#         (25, 4): "That is the square of the norm: take the root."})
# passed()
# ```
#
# Nothing to write here.

# %%
#| default_exp checking

# %% given checking_imports
#| export
import inspect
import linecache
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

Slips = Mapping[Any, str] | Iterable[tuple[Any, str]]
Number = (int, float, np.number)
TOLERANCE = 1e-5

# %% [markdown]
# ## What a check calls
#
# The right value says what is promised. An array promises its shape and dtype. A list of numbers
# stands for an array with these values, of any dtype that holds them; `dtype=` promises one. A dict is
# compared key by key, a tuple or a list of arrays item by item (a tuple of numbers may come as a list,
# a tuple or an array), a network layer by layer, numbers within a tolerance, and bools and whole numbers
# exactly.


# %% given expect
#| export
def expect(
    got: Any,
    want: Any,
    why: str = "",
    slips: Slips = (),
    *,
    dtype: Any = None,
    tolerance: float = TOLERANCE,
) -> None:
    """Fail unless a function returned what is wanted; say what came, and which slip that is.

    Args:
        got: what the function returned, whole: a missing `return` is named.
        want: the right value.
        why: why that is right, in a sentence.
        slips: {wrong value: what the slip is called}. An array's values as a tuple; a function of
            the value that says whether it fits; or pairs, for values that are no keys. For one item
            of a dict: {key: {wrong value: ...}}.
        dtype: of the array or number, where it is promised and `want` does not say so.
        tolerance: how far a number may be off, times the larger of 1 and its size.

    Raises:
        AssertionError: it did not.
    """
    __tracebackhide__ = True
    found = difference(got, want, Rules(dtype, tolerance, slips))
    if found:
        found.explain(got, slips, why)


def same_as(
    function: Callable[..., Any],
    reference: Callable[..., Any],
    *cases: tuple[Any, ...],
    why: str = "",
    slips: Slips = (),
    tolerance: float = TOLERANCE,
) -> None:
    """Fail unless a function returns what the reference does, and leaves its arguments as they are.

    Args:
        cases: the arguments of each call.
        slips: as for `expect`; a function among the keys is a wrong reference, and fits where it
            returns what came.

    Raises:
        AssertionError: naming the arguments of the first case that differs.
    """
    __tracebackhide__ = True
    for case in cases:
        want = reference(*deepcopy(case))
        with unchanged(*case):
            got = function(*case)
        found = difference(got, want, Rules(None, tolerance, ()))
        if found:
            found.says = f"{arguments(reference, case)}: {found.says}"
            found.explain(got, [wrong_value(*each, case) for each in pairs(slips)], why)


@contextmanager
def unchanged(*values: Any) -> Iterator[None]:
    """Fail if the block changes one of these arrays, lists, dicts or networks.

    Raises:
        AssertionError: naming the exercise, and what changed.
    """
    __tracebackhide__ = True
    before = deepcopy(values)
    yield
    found = next(filter(None, map(change, before, values)), None)
    if found:
        at, old, new = found
        where = f" in {at}" if at else ""
        fail(
            f"{exercise()} changed what it was given{where}: {shown(old)} became {shown(new)}",
            "Compute new arrays, and leave the arguments as they are",
        )


def untouched(function: Callable[..., Any], *given: Any, **settings: Any) -> Any:
    """Return what a call returns; fail if it changes one of its arguments, as `unchanged` does."""
    __tracebackhide__ = True
    with unchanged(*given, *settings.values()):
        return function(*given, **settings)


def refuses(
    error: type[Exception], function: Callable[..., Any], *given: Any, **settings: Any
) -> None:
    """Fail unless the function raises this error for these arguments.

    Raises:
        AssertionError: it returns, or raises something else.
    """
    __tracebackhide__ = True
    wanted = f"{exercise()}: {error.__name__} is wanted {arguments(function, given, settings)}"
    try:
        got = function(*given, **settings)
    except error:
        return
    except Exception as other:
        fail(f"{wanted}, got {type(other).__name__}: {other}")
    fail(f"{wanted}, but it returned {kind(got)}")


def class_rng(seed: int) -> np.random.Generator:
    """Return random numbers that are others in each class, the same for all who are in it.

    A class has a number, which `tito grade` draws once and gives in TITO_CLASS_SEED; without one, as in a
    notebook, they are those of `np.random.default_rng(seed)`.
    """
    of_class = int(os.environ.get("TITO_CLASS_SEED", "0"))
    return np.random.default_rng([seed, of_class] if of_class else seed)


def passed() -> None:
    """Say that the check above passed, as the last line of what a student sees of it.

    Silent where the environment variable NBGRADER_EXECUTION is set, as when nbgrader grades.
    """
    if "NBGRADER_EXECUTION" not in os.environ:
        print(f"{exercise()}: passed. Grading tries more cases than these.")


# %% [markdown]
# ## How values are compared


# %% given comparing folded
#| export
@dataclass
class Rules:
    """How strictly values are compared."""

    dtype: Any
    tolerance: float
    slips: Any


@dataclass
class Difference:
    """Where two values first differ, and what is to be said of it."""

    says: str
    value: Any  # what came there
    at: str = ""  # which item
    slip: str = ""  # what is known of it by the item in which it stands

    def explain(self, got: Any, slips: Slips, why: str) -> None:
        """Fail with all that is known of the difference."""
        __tracebackhide__ = True
        if got is None:
            fail(f"{exercise()} returned None: is its `return` missing?")
        at = f" {self.at}:" if self.at else ""
        slip = self.slip or slip_of(self.value, slips) or slip_of(got, slips)
        fail(f"{exercise()}:{at} {self.says}", slip, why)


def difference(got: Any, want: Any, rules: Rules, at: str = "") -> Difference | None:
    """The first difference between what came and what is wanted."""
    if isinstance(want, dict):
        return between_dicts(got, want, rules, at)
    if hasattr(want, "layers"):
        return between_networks(got, want, rules, at)
    if isinstance(want, np.ndarray) or is_numbers(want):
        says = between_arrays(got, want, rules)
    elif isinstance(want, tuple | list):
        return between_items(got, want, rules, at)
    elif isinstance(want, bool | np.bool_):
        same = isinstance(got, bool | np.bool_) and got == want
        says = "" if same else f"wanted {want}, got {shown(got)}"
    elif isinstance(want, Number):
        says = between_numbers(got, want, rules)
    else:
        same = type(got) is type(want) and got == want
        says = "" if same else f"wanted {shown(want)}, got {shown(got)}"
    return Difference(says, got, at) if says else None


def between_dicts(got: Any, want: Mapping[Any, Any], rules: Rules, at: str) -> Difference | None:
    if not isinstance(got, dict):
        return Difference(f"wanted a dict, got {kind(got)}", got, at)
    if any(key not in got for key in want):  # what else is in it does no harm
        said = f"wanted the keys {shown(list(want))}, got {shown(list(got))}"
        return Difference(said, got, at)
    for key in want:
        own = rules.slips.get(key, ()) if isinstance(rules.slips, Mapping) else ()
        own = own if isinstance(own, Mapping) else ()
        inner = Rules(rules.dtype, rules.tolerance, own)
        found = difference(got[key], want[key], inner, f"{at}[{key!r}]")
        if found:
            found.slip = found.slip or slip_of(got[key], own) or slip_of(found.value, own)
            return found
    return None


def between_networks(got: Any, want: Any, rules: Rules, at: str) -> Difference | None:
    """The first difference between two networks: their layers, in order, and their activation."""
    if not hasattr(got, "layers"):
        return Difference(f"wanted a network, got {kind(got)}", got, at)
    mine, right = (getattr(each, "activation", None) for each in (got, want))
    said = f"wanted a network with activation {shown(right)}, got {shown(mine)}"
    inner = Rules(rules.dtype, rules.tolerance, ())
    found = difference(got.layers, want.layers, inner, f"{at}.layers".lstrip("."))
    return found or (Difference(said, got, at) if mine != right else None)


def between_items(got: Any, want: Any, rules: Rules, at: str) -> Difference | None:
    is_row = isinstance(got, np.ndarray) and got.ndim == 1 and is_numbers(list(want))
    if not isinstance(got, tuple | list) and not is_row:
        return Difference(f"wanted a list or tuple of {len(want)} items, got {kind(got)}", got, at)
    if len(got) != len(want):
        return Difference(f"wanted {len(want)} items, got {len(got)}", got, at)
    inner = Rules(rules.dtype, rules.tolerance, ())
    items = enumerate(zip(got, want, strict=True))
    found = (difference(mine, right, inner, f"{at}[{place}]") for place, (mine, right) in items)
    return next(filter(None, found), None)


def between_arrays(got: Any, want: Any, rules: Rules) -> str:
    """What is wrong with an array, the coarsest first: type, shape, dtype, NaN, values."""
    right = np.asarray(want)
    if not isinstance(got, np.ndarray):
        return f"wanted an array of shape {right.shape}, got {kind(got)}"
    if got.shape != right.shape:
        return f"wanted an array of shape {right.shape}, got one of shape {got.shape}"
    dtype = np.dtype(rules.dtype) if rules.dtype else None if is_numbers(want) else right.dtype
    if dtype and got.dtype != dtype:
        return f"wanted an array of dtype {dtype.name}, got one of dtype {got.dtype.name}"
    if not fits(got.dtype.kind, right.dtype.kind):
        return f"wanted an array of {KINDS[right.dtype.kind]}, got one of dtype {got.dtype.name}"
    wrong = ~close(got, right, rules.tolerance)
    return where_wrong(got, right, wrong) if wrong.any() else ""


def between_numbers(got: Any, want: Any, rules: Rules) -> str:
    if isinstance(got, np.ndarray) and got.shape == ():
        got = got[()]
    if isinstance(got, bool | np.bool_) or not isinstance(got, Number):
        return f"wanted the number {shown(want)}, got {kind(got)}"
    if rules.dtype and np.asarray(got).dtype.kind != np.dtype(rules.dtype).kind:
        return f"wanted a number of type {np.dtype(rules.dtype)}, got {kind(got)}"
    if np.asarray(got).dtype.kind not in "iuf" or not close(got, want, rules.tolerance):
        return unlike(got, want)
    return ""


KINDS = {"b": "bools", "i": "whole numbers", "u": "whole numbers", "f": "floating numbers"}


def fits(got: str, want: str) -> bool:
    """Whether a kind of dtype may hold what is wanted: whole numbers may come as floating ones."""
    return got in {"b": "b", "i": "iuf", "u": "iuf", "f": "f"}.get(want, want)


def close(got: Any, want: Any, tolerance: float) -> Any:
    """Which numbers are near enough; bools and whole numbers have to be equal."""
    if all(np.asarray(each).dtype.kind in "biu" for each in (got, want)):
        return np.equal(got, want)
    with np.errstate(all="ignore"):
        mine, right = np.asarray(got, np.float64), np.asarray(want, np.float64)
        near = np.abs(mine - right) <= tolerance * np.maximum(1, np.abs(right))
        return (near & np.isfinite(right)) | (mine == right) | (np.isnan(mine) & np.isnan(right))


def where_wrong(got: Any, want: Any, wrong: Any) -> str:
    """What two arrays of one shape hold, and where they first differ if they are long."""
    empty = wrong & (got != got)  # NaN alone is unlike itself
    place = tuple(np.argwhere(empty if empty.any() else wrong)[0].tolist())
    if empty.any():
        return f"wanted {shown(want[place])} at {list(place)}, got NaN"
    if got.size <= SHORT:
        return unlike(got, want)
    differ = f"{wrong.sum()} of {wrong.size} entries differ"
    return f"{differ}, first at {list(place)}: {unlike(got[place], want[place])}"


def is_numbers(value: Any) -> bool:
    """Whether a list, or a list of lists, stands for an array."""
    if not isinstance(value, list):
        return False
    return all(is_numbers(each) or isinstance(each, (*Number, bool, np.bool_)) for each in value)


def change(before: Any, after: Any, at: str = "") -> tuple[str, Any, Any] | None:
    """Where a value is not what it was, exactly: the place, the old and the new."""
    if type(before) is not type(after):
        return at, before, after
    if isinstance(before, np.ndarray):
        return array_change(before, after, at)
    if isinstance(before, tuple | list):
        if len(before) != len(after):
            return at, before, after
        before, after = dict(enumerate(before)), dict(enumerate(after))
    if isinstance(before, dict):
        if before.keys() != after.keys():
            return at, before, after
        found = (change(before[key], after[key], f"{at}[{key!r}]") for key in before)
        return next(filter(None, found), None)
    if hasattr(before, "layers"):  # a network
        return change(before.layers, after.layers, f"{at}.layers".lstrip("."))
    drawn = callable(before) or isinstance(before, np.random.Generator)  # drawing is no change
    return None if drawn or before == after else (at, before, after)


def array_change(before: Any, after: Any, at: str) -> tuple[str, Any, Any] | None:
    """Where an array is not what it was; of a long one, the first entry."""
    if before.dtype != after.dtype or before.shape != after.shape:
        return at, before, after
    if before.tobytes() == after.tobytes():
        return None
    different = np.argwhere((before != after) & ~((before != before) & (after != after)))
    if before.size <= SHORT or not len(different):
        return at, before, after
    place = tuple(different[0].tolist())
    return f"{at}{list(place)}", before[place], after[place]


# %% [markdown]
# ## How values are shown


# %% given showing folded
#| export
SHORT = 12  # entries of an array that is shown whole
LONGEST = 90  # characters of a value


def unlike(got: Any, want: Any) -> str:
    """Both values, with as many digits as it takes to tell them apart."""
    for digits in (6, 9, 17):
        if shown(got, digits) != shown(want, digits):
            break
    return f"wanted {shown(want, digits)}, got {shown(got, digits)}"


def shown(value: Any, digits: int = 6) -> str:
    """A value as a message shows it: plain numbers, long ones cut."""
    if isinstance(value, np.ndarray):
        text = array_shown(value, digits)
    elif isinstance(value, bool | np.bool_):
        text = str(bool(value))
    elif isinstance(value, Number):
        text = number_shown(value, digits)
    elif isinstance(value, list | tuple):
        inside = ", ".join(shown(each, digits) for each in value[:SHORT])
        text = f"[{inside}]" if isinstance(value, list) else f"({inside})"
    elif isinstance(value, dict):
        items = list(value.items())[:SHORT]
        text = "{" + ", ".join(f"{key!r}: {shown(each, digits)}" for key, each in items) + "}"
    else:
        plain = value is None or isinstance(value, str | bytes)
        text = repr(value) if plain else f"a {type(value).__name__}"
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."


def array_shown(value: Any, digits: int) -> str:
    if value.dtype.kind not in KINDS:
        return f"an array of dtype {value.dtype.name}"
    if value.size > SHORT:
        return f"an array of shape {value.shape}"
    return shown(value.tolist(), digits)


def number_shown(value: Any, digits: int) -> str:
    if isinstance(value, int | np.integer):
        return str(int(value)) if abs(int(value)) < 10**18 else "a very large whole number"
    return f"{float(value):.{digits}g}" if isinstance(value, float | np.floating) else str(value)


def kind(value: Any) -> str:
    """What sort of value something is."""
    if value is None or isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, Number):
        name = "float" if isinstance(value, float | np.floating) else "int"
        return f"the {name} {shown(value)}"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)} items"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    return f"a {type(value).__name__}"


def arguments(function: Callable[..., Any], given: Any, settings: Any = ()) -> str:
    """The arguments of a call: for weight of shape (3, 4), sparsity = 0.5."""
    try:
        known = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        known = []
    names = [
        each.name for each in known if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    named = [*zip([*names, *[""] * len(given)], given, strict=False), *dict(settings).items()]
    return "for " + ", ".join(argument(name, value) for name, value in named)


def argument(name: str, value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > SHORT:
        return f"{name or 'an array'} of shape {value.shape} and dtype {value.dtype.name}"
    return f"{name} = {shown(value)}" if name else shown(value)


# %% [markdown]
# ## What a slip is called, and whose check this is


# %% given naming folded
#| export
def pairs(slips: Slips) -> list[tuple[Any, str]]:
    return list(slips.items() if isinstance(slips, Mapping) else slips)


def slip_of(value: Any, slips: Slips) -> str:
    """What the slip is called that gives this value; nothing if it is none of these."""
    fitting = (text for key, text in pairs(slips) if isinstance(text, str) and is_it(key, value))
    return next(fitting, "")


def is_it(key: Any, value: Any) -> bool:
    if callable(key):
        try:
            return bool(key(value))
        except Exception:  # a value of another sort than it asks about
            return False
    return alike(key, value)


def alike(one: Any, other: Any) -> bool:
    """Whether two values hold the same numbers in the same places, whatever their types."""
    if isinstance(one, dict) or isinstance(other, dict):
        both = isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys()
        return both and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, str | bytes | None) or isinstance(other, str | bytes | None):
        return type(one) is type(other) and bool(one == other)
    try:
        mine, yours = np.asarray(one), np.asarray(other)
    except ValueError:  # rows of different lengths
        return False
    numbers = mine.dtype.kind in KINDS and yours.dtype.kind in KINDS
    return numbers and mine.shape == yours.shape and bool(close(mine, yours, TOLERANCE).all())


def wrong_value(key: Any, text: str, case: tuple[Any, ...]) -> tuple[Any, str]:
    """A slip with the value that a wrong reference returns in this case."""
    if not callable(key):
        return key, text
    try:
        return key(*deepcopy(case)), text
    except Exception:  # a case for which this slip gives nothing
        return lambda value: False, text


def exercise() -> str:
    """The exercise whose check is running, found by the cell from which we are called."""
    frame = sys._getframe()
    while frame:
        name = frame.f_code.co_filename  # a grader calls it by the cell's name
        if name.endswith("_check") and os.sep not in name:
            return name.removesuffix("_check")
        title = linecache.getline(name, 1)  # what the build puts first into the cell
        if title.startswith("#@title Check "):
            return title.split()[2]
        frame = frame.f_back
    return "the function"


def fail(*sentences: str) -> None:
    """Raise an AssertionError that says all that is known."""
    __tracebackhide__ = True
    said = [each if each[-1] in ".?!" else f"{each}." for each in sentences if each]
    raise AssertionError(" ".join(said))
