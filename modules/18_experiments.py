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

# %% nbgrader={"grade": false, "grade_id": "experiments_imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
import hashlib
import inspect
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

# %% [markdown]
# ## What comes first
#
# An experiment runs on your own functions. While one of them is open, the experiment says so and waits,
# rather than stop somewhere deep inside.


# %% nbgrader={"grade": false, "grade_id": "ready", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
# One line that is written over and over. In the grading setting it stays silent.


# %% nbgrader={"grade": false, "grade_id": "progress", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def progress(items: Sequence[object], label: str) -> Iterator[object]:
    """Yield the items and show on standard output how many are done, and for how long.

    Silent where the environment variable NBGRADER_EXECUTION is set, as when nbgrader grades.
    """
    shown = "NBGRADER_EXECUTION" not in os.environ
    start = time.perf_counter()
    for done, item in enumerate(items):
        if shown:
            _rewrite(f"{label}: {done} of {len(items)}")
        yield item
    if shown:
        _rewrite(f"{label}: {len(items)} done in {time.perf_counter() - start:.1f} s\n")


def _rewrite(text: str) -> None:
    sys.stdout.write(f"\r{text:60}" if not text.endswith("\n") else f"\r{text[:-1]:60}\n")
    sys.stdout.flush()


# %% [markdown]
# ## Remembering results
#
# A stored result is only as good as the question it answers. So beside the numbers stands a digest, a
# fingerprint of everything that the result depends on: the arguments, and the text of the functions
# that took part. Change one of your functions and the experiment runs again; leave everything as it
# is and the numbers come from the file. A file that is damaged, or that answers another question, is
# as good as none.


# %% nbgrader={"grade": false, "grade_id": "remember", "locked": true, "schema_version": 3, "solution": false, "task": false}
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

    Args:
        name: of the file, `folder/name.npz`.
        compute: returns a dict of arrays (or of what NumPy makes arrays of, but no objects).
        arguments: numbers, texts, None, arrays, functions, tuples, lists and dicts of these, and
            objects, such as a network, whose attributes are of these kinds.
        uses: functions and settings that the result depends on besides `compute`; of a function the
            text counts.
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
    return stored


def _digest(value: object) -> str:
    return hashlib.sha256("\n".join(_describe(value)).encode()).hexdigest()


def _describe(value: object) -> Iterator[str]:
    """Yield a text for everything in a value, such that other values give other texts."""
    if isinstance(value, dict):
        value = [(key, value[key]) for key in value]
    if isinstance(value, list | tuple | range):
        yield f"{len(value)} items"
        for item in value:
            yield from _describe(item)
    elif isinstance(value, np.ndarray) and value.dtype != object:
        content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        yield f"array {value.dtype} {value.shape} {content}"
    elif callable(value):
        yield _source(value)
    elif value is None or isinstance(value, bool | int | float | str | np.generic):
        yield f"{type(value).__name__} {value!r}"
    elif hasattr(value, "__dict__"):
        yield type(value).__name__
        yield from _describe(vars(value))
    else:
        raise TypeError(f"remember: an argument of type {type(value).__name__} has no digest")


def _source(function: Callable[..., object]) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):  # built in, or its text is gone
        code = getattr(function, "__code__", None)
        return f"{function!r}" if code is None else f"{code.co_code!r} {code.co_consts!r}"


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
