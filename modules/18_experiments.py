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
# # Long experiments
#
# > Results that took a while are kept beside the notebook, and a line shows how far things are.
#
# An experiment with five seeds and five sparsities trains dozens of networks. Three small tools make
# that bearable: `ready` says what has to be written first, `progress` shows that something moves, and
# `remember` keeps the result. Nothing to write here.

# %%
#| default_exp experiments

# %% given experiments_imports
#| export
import contextlib
import functools
import hashlib
import os
import sys
import tempfile
import time
import types
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

# %% [markdown]
# ## What comes first
#
# An experiment runs on your own functions. While one of them is open, the experiment says so and waits,
# rather than stop somewhere deep inside.


# %% given ready
#| export
OPEN = "not written yet"  # stands in the error that an open exercise raises


def ready(*uses: object) -> bool:
    """Say whether an experiment can run: every exercise it uses is written.

    Prints which exercises come first, if any. Always False, and silent, where the environment
    variable NBGRADER_EXECUTION is set, as when nbgrader grades: experiments carry no points.

    Args:
        uses: functions the experiment calls, its own and exercises; other things may be among them.
    """
    if "NBGRADER_EXECUTION" in os.environ:
        return False
    first = dict.fromkeys(use.__name__ for use in uses if _is_open(use))
    if first:
        one = len(first) == 1
        print(
            f"This experiment comes after exercise{'' if one else 's'} {', '.join(first)}: "
            f"write {'it' if one else 'them'}, run {'its cell' if one else 'their cells'}, "
            "then the experiments from there on."
        )
    return not first


def _is_open(use: object) -> bool:
    code = getattr(use, "__code__", None)
    return code is not None and any(OPEN in str(each) for each in code.co_consts)


# %% [markdown]
# ## Progress
#
# One line that is written over and over. In a notebook it is an output that changes, so that a saved
# notebook, or a page made of it, holds the last one alone. In the grading setting it stays silent.


# %% given progress
#| export
def progress(items: Sequence[object], label: str) -> Iterator[object]:
    """Yield the items and show how many are done, and at the end how long it took.

    Silent where the environment variable NBGRADER_EXECUTION is set, as when nbgrader grades.
    """
    if "NBGRADER_EXECUTION" in os.environ:
        yield from items
        return
    start, say = time.perf_counter(), _line()
    for done, item in enumerate(items):
        say(f"{label}: {done} of {len(items)}")
        yield item
    say(f"{label}: {len(items)} done in {time.perf_counter() - start:.1f} s\n")


def _line() -> Callable[[str], object]:
    """What writes a line over the one before; a line that ends stays."""
    ipython = sys.modules.get("IPython")
    if not hasattr(ipython and ipython.get_ipython(), "kernel"):
        return _rewrite
    handle = sys.modules["IPython.display"].display({"text/plain": ""}, raw=True, display_id=True)
    return lambda text: handle.update({"text/plain": text.rstrip()}, raw=True)


def _rewrite(text: str) -> None:
    sys.stdout.write(f"\r{text:60}" if not text.endswith("\n") else f"\r{text[:-1]:60}\n")
    sys.stdout.flush()


# %% [markdown]
# ## Remembering results
#
# A stored result is only as good as the question it answers. So beside the numbers stands a digest, a
# fingerprint of everything that the result depends on: the arguments, the functions that took part,
# and whatever these reach by name: helpers, classes, constants. Mend a helper three calls down and the
# experiment runs again; leave everything as it is and the numbers come from the file, and a line says
# from when they are. A file that is damaged, or that answers another question, is as good as none.


# %% given remember
#| export
CACHE = "results_cache"  # a folder beside the notebook; safe to delete


def remember(
    name: str,
    compute: Callable[..., dict[str, np.ndarray]],
    *arguments: object,
    uses: Sequence[object] = (),
    folder: str | Path = CACHE,
) -> dict[str, np.ndarray]:
    """Return `compute(*arguments)`, from a file if an earlier call left the same result there.

    A result that comes from the file is said to: "tuning: kept from 00:53".

    Args:
        name: of the file, `folder/name.npz`.
        compute: returns a dict of arrays (or of what NumPy makes arrays of, but no objects).
        arguments: numbers, texts, None, arrays, functions, tuples, lists and dicts of these, and
            objects of the lesson's classes, such as a network, whose attributes are of these kinds.
        uses: what the result depends on besides; seldom needed, because of a function all counts
            that it reaches by name, in the notebook, in `tinytorch` or in files of your own.
        folder: where the file goes.

    Returns:
        A dict of arrays.

    Raises:
        TypeError: an argument is of another kind, so that nobody could tell whether it changed.
    """
    path = Path(folder) / f"{name}.npz"
    digest = _digest([compute, *uses, *arguments])
    stored = _read(path, digest)
    if stored is None:
        stored = {key: np.asarray(value) for key, value in compute(*arguments).items()}
        _write(path, stored, digest)
    elif "NBGRADER_EXECUTION" not in os.environ:
        print(f"{name}: kept from {_when(path.stat().st_mtime)}")
    return stored


def _when(seconds: float) -> str:
    """Write a moment as 00:53, with its date if it was not today."""
    moment = time.localtime(seconds)
    today = moment[:3] == time.localtime()[:3]
    return time.strftime("%H:%M" if today else "%Y-%m-%d, %H:%M", moment)


def _digest(values: Sequence[object]) -> str:
    seen: dict[int, object] = {}
    lines = [line for value in values for line in _describe(value, seen)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


PLAIN = (type(None), type(...), bool, int, float, complex, str, bytes, np.generic, np.dtype)


def _describe(value: object, seen: dict[int, object], strict: bool = True) -> Iterator[str]:
    """Yield a text for everything in a value, such that other values give other texts.

    Args:
        seen: what was described before, by identity; a function may call itself.
        strict: refuse what has no digest. What a function reaches by name may be anything, a figure
            say; of such things the type counts.
    """
    if isinstance(value, PLAIN):
        yield f"{type(value).__name__} {value!r}"
    elif isinstance(value, np.ndarray) and value.dtype != object:
        content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        yield f"array {value.dtype} {value.shape} {content}"
    elif isinstance(value, list | tuple | range | dict | set | frozenset):
        yield from _describe_items(value, seen, strict)
    elif id(value) in seen:
        yield "as above"
    elif isinstance(value, np.random.Generator):
        yield from _describe(value.bit_generator.state, seen, strict)
    elif callable(value) or isinstance(value, property | classmethod):
        seen[id(value)] = value
        yield from _describe_callable(value, seen)
    elif _followed(type(value).__module__) and hasattr(value, "__dict__"):
        seen[id(value)] = value
        yield from _describe(type(value), seen)
        yield from _describe(vars(value), seen, strict)
    elif strict:
        raise TypeError(f"remember: an argument of type {type(value).__name__} has no digest")
    else:
        yield type(value).__name__


def _describe_items(
    value: list | tuple | range | dict | set | frozenset, seen: dict[int, object], strict: bool
) -> Iterator[str]:
    yield f"{len(value)} items"
    if isinstance(value, set | frozenset):
        value = sorted(value, key=repr)  # their order differs from one process to the next
    for item in value.items() if isinstance(value, dict) else value:
        yield from _describe(item, seen, strict)


def _describe_callable(value: object, seen: dict[int, object]) -> Iterator[str]:
    """Yield what a function, method or class is and does, and all that it reaches by name."""
    yield f"{type(value).__name__} {getattr(value, '__qualname__', '')}"
    parts: list[object] = []
    if isinstance(value, types.FunctionType):
        parts = [value.__defaults__, value.__kwdefaults__, *_enclosed(value)]
        yield from _describe_code(value.__code__, value.__globals__, seen)
    elif isinstance(value, types.MethodType):
        parts = [value.__func__, value.__self__]
    elif isinstance(value, functools.partial):
        parts = [value.func, value.args, value.keywords]
    elif isinstance(value, property):
        parts = [value.fget, value.fset]
    elif hasattr(value, "__wrapped__"):  # a class's method, a cached or a compiled function
        parts = [value.__wrapped__]
    elif isinstance(value, type) and _followed(value.__module__):
        inside = vars(value).items()
        parts = [*value.__bases__, *(part for name, part in inside if _counts(name, part))]
    elif _followed(type(value).__module__) and hasattr(value, "__dict__"):  # it has __call__
        parts = [type(value), vars(value)]
    for part in parts:
        yield from _describe(part, seen, strict=False)


def _enclosed(function: types.FunctionType) -> Iterator[object]:
    """Yield the values that a function takes from the function around it."""
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # not filled yet
            yield cell.cell_contents


def _counts(name: str, part: object) -> bool:
    """Say whether a class's attribute can change a result; its docstring, say, cannot."""
    return not name.startswith("__") or callable(part)


def _describe_code(
    code: types.CodeType, names: dict[str, object], seen: dict[int, object]
) -> Iterator[str]:
    """Yield what a piece of code does, and what stands behind the names that it uses."""
    yield f"{code.co_code!r} {code.co_names} {code.co_varnames} {code.co_freevars}"
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):  # a function, class or comprehension within
            yield from _describe_code(constant, names, seen)
        else:
            yield from _describe(constant, seen, strict=False)
    for name in code.co_names:
        used = names.get(name)
        if isinstance(used, types.ModuleType) and _followed(used.__name__):
            used = [vars(used).get(attribute) for attribute in code.co_names]  # module.function
        yield from _describe(used, seen, strict=False)


def _followed(module: str | None) -> bool:
    """Say whether what a module defines is looked into: the notebook, tinytorch, files of one's own."""
    package = str(module).partition(".")[0]
    if package in ("__main__", "tinytorch"):
        return True
    file = getattr(sys.modules.get(package), "__file__", None)
    installed = {"site-packages", "dist-packages"}
    return (
        package not in sys.stdlib_module_names
        and file is not None
        and installed.isdisjoint(Path(file).parts)
    )


def _read(path: Path, digest: str) -> dict[str, np.ndarray] | None:
    """Return what the file holds, or None if it is missing, damaged or about something else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = dict(file)
    except (OSError, ValueError, EOFError, KeyError, AttributeError, TypeError, zipfile.BadZipFile):
        return None
    return stored if str(stored.pop("digest", "")) == digest else None


def _write(path: Path, result: dict[str, np.ndarray], digest: str) -> None:
    """Write the file whole or not at all; a folder that cannot be written costs only time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as aside:
            fresh = Path(aside, "result.npz")
            with fresh.open("wb") as file:
                np.savez_compressed(file, digest=np.array(digest), **result)
            fresh.replace(path)
    except OSError as error:
        print(f"{path} was not written ({error.strerror}); the result is computed anew next time")


# %% [markdown]
# For example, a result that takes a moment at first and none at the second call:


# %%
def slow_squares(n: int) -> dict[str, np.ndarray]:
    """Return the first n squares, slowly."""
    squares = []
    for i in progress(range(n), "squares"):
        time.sleep(0.05)
        squares.append(i * i)
    return {"squares": np.array(squares)}


with tempfile.TemporaryDirectory() as aside:
    for _ in range(2):
        start = time.perf_counter()
        squares = remember("squares", slow_squares, 5, folder=aside)["squares"]
        print(f"{squares.tolist()} after {time.perf_counter() - start:.2f} s")
