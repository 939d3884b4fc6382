"""Plain data as bytes: what may pass between a check and a student's code.

Nothing, bools, numbers, text, bytes, lists, tuples, dicts, sets, NumPy numbers and arrays, NumPy
generators, and objects of the classes that the lesson's cells define, as long as their attributes
are plain. Only exactly these types: what is rebuilt on the other side has no methods of the sender.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgpack
import numpy as np

TUPLE, INTEGER, SET, FROZENSET, COMPLEX, ARRAY, NUMBER, GENERATOR, OBJECT, HANDLE, SAME = range(11)
ARRAY_KINDS = "biufc"
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
DEEPEST = 32  # tuples and objects in each other; each level takes tens of kilobytes of C stack
MOST_KEYS = 10_000  # of a dict or set: keys chosen to collide take the square of that in steps
MOST_PLACES = 2**27  # of an array, empty dimensions counted as one
LESSON = "__main__"  # the module that the cells of a notebook are

Namespace = dict[str, Any]
Array = np.ndarray[Any, Any]
Arrays = Sequence[Array]


class NotPlain(TypeError):
    """A value that may not pass."""


class BadBytes(ValueError):
    """Bytes that are no plain data."""


class Handle:
    """A function of the other side: calling it asks that side."""

    def __init__(self, number: int, call: Callable[..., Any]) -> None:
        self.number, self._call = number, call

    def __call__(self, *args: Any, **settings: Any) -> Any:
        return self._call(self.number, args, settings)


class Codec:
    """Turns values into bytes and back.

    Args:
        namespace: where the cells run; the classes they define are looked up there.
        lend: gives a function a number under which the other side may call it; None refuses.
        borrow: gives what stands for a number that came.
    """

    def __init__(
        self,
        namespace: Namespace,
        lend: Callable[[Callable[..., Any]], int] | None = None,
        borrow: Callable[[int], Any] | None = None,
    ) -> None:
        self._namespace, self._lend, self._borrow = namespace, lend, borrow
        self._depth = 0
        self._known: Arrays = ()
        self._noted: list[Array] | None = None

    def encode(self, value: Any, known: Arrays = (), noted: list[Array] | None = None) -> bytes:
        """The bytes of a plain value.

        Args:
            known: arrays that the other side has: they are named, not written.
            noted: takes the arrays that are written, in order.

        Raises:
            NotPlain: there is something in it that may not pass.
        """
        self._depth, self._known, self._noted = 0, known, noted
        try:
            return self._pack(value)
        except (RecursionError, UnicodeEncodeError) as error:
            raise NotPlain(f"it cannot be written down: {error}") from error
        except (ValueError, OverflowError, MemoryError) as error:
            raise NotPlain(f"it is too large or too deep: {error}") from error

    def decode(self, data: bytes, known: Arrays = (), noted: list[Array] | None = None) -> Any:
        """The value that `encode` wrote; `known` and `noted` as there.

        Raises:
            NotPlain: an object of a class that is not here.
            BadBytes: whatever else came.
        """
        self._depth, self._known, self._noted = 0, known, noted
        try:
            return self._unpack(data)
        except (BadBytes, NotPlain):
            raise
        except (ValueError, TypeError, KeyError, LookupError, AttributeError) as error:
            raise BadBytes(f"no plain data: {error}") from error
        except (OverflowError, RecursionError, MemoryError, msgpack.UnpackException) as error:
            raise BadBytes(f"no plain data: {type(error).__name__}") from error

    def _pack(self, value: Any) -> bytes:
        self._deeper()
        packed: bytes = msgpack.packb(value, default=self._ext, strict_types=True)
        self._depth -= 1
        return packed

    def _unpack(self, data: bytes) -> Any:
        self._deeper()
        value = msgpack.unpackb(
            data, ext_hook=self._value, strict_map_key=False, max_map_len=MOST_KEYS
        )
        self._depth -= 1
        return value

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} values in each other")

    def _ext(self, value: Any) -> msgpack.ExtType:
        """The bytes of what msgpack has no type for."""
        kind = type(value)
        if kind is tuple:
            return msgpack.ExtType(TUPLE, self._pack(list(value)))
        if kind is int:
            return msgpack.ExtType(INTEGER, hex(value).encode())
        if kind is set or kind is frozenset:
            code = SET if kind is set else FROZENSET
            return msgpack.ExtType(code, self._pack(list(value)))
        if kind is complex:
            return msgpack.ExtType(COMPLEX, self._pack([value.real, value.imag]))
        if kind is np.ndarray and value.dtype.kind in ARRAY_KINDS:
            return self._array_ext(value)
        if isinstance(value, np.generic) and kind is value.dtype.type:
            if value.dtype.kind in ARRAY_KINDS:
                return msgpack.ExtType(NUMBER, self._pack([value.dtype.str, value.tobytes()]))
        elif kind is np.random.Generator:
            return msgpack.ExtType(GENERATOR, self._pack(_generator_state(value)))
        elif kind is Handle:
            return msgpack.ExtType(HANDLE, self._pack(value.number))
        elif kind.__module__ == LESSON and self._namespace.get(kind.__name__) is kind:
            return msgpack.ExtType(OBJECT, self._pack([kind.__name__, vars(value)]))
        elif self._lend and callable(value):
            return msgpack.ExtType(HANDLE, self._pack(self._lend(value)))
        raise NotPlain(_describe(value))

    def _array_ext(self, array: Array) -> msgpack.ExtType:
        for place, each in enumerate(self._known):
            if each is array:
                return msgpack.ExtType(SAME, self._pack(place))
        if self._noted is not None:
            self._noted.append(array)
        return msgpack.ExtType(ARRAY, self._pack(_array_parts(array)))

    def _value(self, code: int, data: bytes) -> Any:
        """What the bytes of `_ext` stand for."""
        if code == INTEGER:
            return int(data, 16)
        inner = self._unpack(data)
        if code == TUPLE:
            return tuple(inner)
        if code in (SET, FROZENSET) and len(inner) > MOST_KEYS:
            raise BadBytes(f"no plain data: a set of more than {MOST_KEYS}")
        if code == SET:
            return set(inner)
        if code == FROZENSET:
            return frozenset(inner)
        if code == COMPLEX:
            return complex(*inner)
        if code == SAME:
            return self._known[inner]
        if code == ARRAY:
            array = _array(*inner)
            if self._noted is not None:
                self._noted.append(array)
            return array
        if code == NUMBER:
            return _array(inner[0], (1,), "C", inner[1])[0]
        if code == GENERATOR:
            return _generator(*inner)
        if code == OBJECT:
            return self._object(*inner)
        if code == HANDLE and self._borrow:
            return self._borrow(int(inner))
        raise BadBytes(f"no plain data: unknown code {code}")

    def _object(self, name: str, state: dict[str, Any]) -> Any:
        """An object of a class of the lesson, made without calling anything of that class."""
        kind = self._namespace.get(name)
        if not isinstance(kind, type) or kind.__module__ != LESSON:
            raise NotPlain(_with_article(f"{name!s:.80}"))
        made: Any = object.__new__(kind)
        vars(made).update({str(key): value for key, value in state.items()})
        return made


def _describe(value: Any) -> str:
    """A value that may not pass, as a student would name it."""
    kind = type(value)
    if isinstance(value, np.ndarray) and kind is np.ndarray:
        return f"an array of {value.dtype}"
    return _with_article(kind.__name__)


def _with_article(name: str) -> str:
    return f"{'an' if name[:1].lower() in tuple('aeiou') else 'a'} {name}"


def _array_parts(array: Array) -> list[Any]:
    """Type, shape, order in memory and bytes; what is in neither order travels row by row."""
    transposed = array.flags.f_contiguous and not array.flags.c_contiguous
    order: Literal["C", "F"] = "F" if transposed else "C"
    return [array.dtype.str, list(array.shape), order, array.tobytes(order)]


def _array(dtype: str, shape: Sequence[int], order: Literal["C", "F"], data: bytes) -> Array:
    kind = np.dtype(str(dtype))
    if kind.kind not in ARRAY_KINDS or order not in ("C", "F"):
        raise BadBytes(f"no plain data: an array of {kind}")
    if any(side < 0 for side in shape) or math.prod(max(side, 1) for side in shape) > MOST_PLACES:
        raise BadBytes(f"no plain data: an array of shape {tuple(shape)!r:.80}")
    array: Array = np.frombuffer(data, kind).reshape(tuple(shape), order=order).copy("K")
    # A bool that is neither 0 nor 1 is not equal to itself in every way.
    return np.asarray(array.view(np.uint8) != 0) if kind.kind == "b" else array


def _generator_state(generator: np.random.Generator) -> list[Any]:
    state = generator.bit_generator.state
    return [state["bit_generator"], state]


def _generator(name: str, state: dict[str, Any]) -> np.random.Generator:
    if name not in GENERATORS:
        raise BadBytes(f"no plain data: a generator {name!r:.80}")
    bits = getattr(np.random, name)(0)
    bits.state = state
    return np.random.Generator(bits)


def is_mutable(value: Any) -> bool:
    """Whether a call can change the value in place."""
    return value is not None and not isinstance(
        value, bool | int | float | complex | str | bytes | frozenset | np.generic
    )


def put_back(old: Any, new: Any) -> None:
    """Make `old` equal to `new`, in place: what a call did to its argument.

    Raises:
        NotPlain: the argument cannot become that in place.
    """
    if type(old) is not type(new):
        raise NotPlain(f"{_describe(old)} became {_describe(new)}")
    if isinstance(old, np.ndarray):
        if old.shape != new.shape or old.dtype != new.dtype or not old.flags.writeable:
            raise NotPlain(f"an array of shape {old.shape} became one of shape {new.shape}")
        old[...] = new
    elif isinstance(old, list):
        shared = [_renewed(*pair) for pair in zip(old, new, strict=False)]
        old[:] = shared + new[len(shared) :]
    elif isinstance(old, dict):
        renewed = {key: _renewed(old.get(key), value) for key, value in new.items()}
        old.clear()
        old.update(renewed)
    elif isinstance(old, set):
        old.clear()
        old.update(new)
    elif isinstance(old, np.random.Generator):
        old.bit_generator.state = new.bit_generator.state
    elif isinstance(old, tuple):  # what stands in it may be mutable
        for before, after in zip(old, new, strict=False):
            _renewed(before, after)
    else:
        put_back(vars(old), vars(new))


def _renewed(old: Any, new: Any) -> Any:
    """`old`, changed in place, where that is possible; else `new`."""
    if type(old) is tuple and type(new) is tuple and len(old) == len(new):
        return tuple(_renewed(*pair) for pair in zip(old, new, strict=True))
    if not is_mutable(old) or callable(old) or type(old) is not type(new):
        return new
    try:
        put_back(old, new)
    except (NotPlain, ValueError):
        return new
    return old
