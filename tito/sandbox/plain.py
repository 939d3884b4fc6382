"""Plain data as bytes: what may pass between a check and a student's code.

Nothing, bools, numbers, text, bytes, lists, tuples, dicts, sets, NumPy numbers and arrays, NumPy's
default generator, and objects of the classes that the lesson defines or imports. What is of a
class that inherits from one of these crosses as that: what is rebuilt on the other side has no
methods of the sender. Anything else crosses as a note that it was there, which no check takes.

What comes is made from fields whose type and range are looked at before any library sees them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Sequence
from types import MemberDescriptorType
from typing import Any, Literal

import msgpack
import numpy as np

TUPLE, INTEGER, SET, FROZENSET, COMPLEX, ARRAY, NUMBER, GENERATOR, OBJECT, HANDLE, SAME = range(11)
OTHER = 11
KINDS = "?" + np.typecodes["AllInteger"] + np.typecodes["AllFloat"]
DTYPES = {
    ordered.str: ordered
    for kind in KINDS
    for ordered in (np.dtype(kind).newbyteorder("<"), np.dtype(kind).newbyteorder(">"))
}
DEEPEST = 32  # tuples and objects in each other; each level takes tens of kilobytes of C stack
MOST_KEYS = 10_000  # of a dict or set: keys chosen to collide take the square of that in steps
MOST_PLACES = 2**27  # of an array, empty dimensions counted as one
MOST_SIDES = 64  # of an array
LONGEST_RANGE = 100_000  # that crosses as a list
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


class Other:
    """Stands for a value that may not pass, where nobody may ask for it."""

    def __init__(self, description: str) -> None:
        self.description = description

    def __repr__(self) -> str:
        return f"<{self.description}>"


class Codec:
    """Turns values into bytes and back.

    Args:
        namespace: where the cells run; the classes they define are looked up there.
        lend: gives a function a number under which the other side may call it; None refuses.
        borrow: gives what stands for a number that came.
        packages: whose classes objects may have, besides those of the cells, where `namespace` has
            them; None for any.
    """

    def __init__(
        self,
        namespace: Namespace,
        lend: Callable[[Callable[..., Any]], int] | None = None,
        borrow: Callable[[int], Any] | None = None,
        packages: Container[str] | None = (),
    ) -> None:
        self._namespace, self._lend, self._borrow = namespace, lend, borrow
        self._packages = packages
        self._depth = 0
        self._others = False  # whether some came
        self._known: Arrays = ()
        self._noted: list[Array] | None = None

    def encode(self, value: Any, known: Arrays = (), noted: list[Array] | None = None) -> bytes:
        """The bytes of a plain value.

        Args:
            known: arrays that the other side has: they are named, not written.
            noted: takes the arrays that are written, in order.

        Raises:
            NotPlain: it is too large, too deep, or a function that cannot be lent.
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
            NotPlain: something that may not pass, an object of a class that is not here for one.
            BadBytes: whatever else came.
        """
        self._depth, self._known, self._noted = 0, known, noted
        self._others = False
        try:
            value = self._unpack(data)
            if self._others and (found := next(others(value), None)):
                raise NotPlain(found.description)
            return value
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
            data, ext_hook=self._value, strict_map_key=False, max_map_len=MOST_KEYS, timestamp=1
        )
        self._depth -= 1
        return value

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} values in each other")

    def _ext(self, value: Any) -> Any:
        """What msgpack has no type for: its bytes, or what it is at bottom."""
        kind = type(value)
        if kind is int:
            return msgpack.ExtType(INTEGER, hex(value).encode())
        if kind is tuple:
            return msgpack.ExtType(TUPLE, self._pack(list(value)))
        if kind is set or kind is frozenset:
            code = SET if kind is set else FROZENSET
            return msgpack.ExtType(code, self._pack(list(value)))
        if kind is complex:
            return msgpack.ExtType(COMPLEX, self._pack([value.real, value.imag]))
        if kind is np.ndarray and value.dtype.str in DTYPES:
            return self._array_ext(value)
        if isinstance(value, np.generic) and value.dtype.str in DTYPES:
            return msgpack.ExtType(NUMBER, self._pack([value.dtype.str, value.tobytes()]))
        if kind is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
            return msgpack.ExtType(GENERATOR, self._pack(_generator_state(value)))
        if kind is Handle:
            return msgpack.ExtType(HANDLE, self._pack(value.number))
        if names := self._names(kind):
            return msgpack.ExtType(OBJECT, self._pack([names, attributes(value)]))
        for base, bare in BASES.items():
            if isinstance(value, base) and kind is not base:
                plain = bare(value)
                return plain if base in NATIVE else self._ext(plain)
        if kind is range and len(value) <= LONGEST_RANGE:
            return list(value)
        if self._lend and callable(value):
            return msgpack.ExtType(HANDLE, self._pack(self._lend(value)))
        if self._lend and kind is not Other:
            raise NotPlain(_describe(value))
        return msgpack.ExtType(OTHER, self._pack(_describe(value)))

    def _names(self, kind: type) -> list[str]:
        """What the lesson calls a class and those it inherits from, the nearest first."""
        return [each.__name__ for each in kind.__mro__ if self._class(each.__name__) is each]

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
            return complex(*fields(inner, float, float))
        if code == SAME:
            return self._known[within(inner, len(self._known))]
        if code == ARRAY:
            array = _array(*fields(inner, str, list, str, bytes))
            if self._noted is not None:
                self._noted.append(array)
            return array
        if code == NUMBER:
            dtype, content = fields(inner, str, bytes)
            return _array(dtype, [1], "C", content)[0]
        if code == GENERATOR:
            return _generator(*fields(inner, int, int, int, int))
        if code == OBJECT:
            return self._object(*fields(inner, list, dict))
        if code == OTHER:
            return self._other(fields([inner], str)[0])
        if code == HANDLE and self._borrow:
            return self._borrow(within(inner, 2**31))
        raise BadBytes(f"no plain data: unknown code {code}")

    def _object(self, names: list[Any], state: dict[str, Any]) -> Any:
        """An object of a class of the lesson, made without calling anything of that class."""
        kind = next((found for name in names if (found := self._class(name))), None)
        if kind is None:
            return self._other(_with_article(f"{names[0]!s:.80}"))
        made: Any = object.__new__(kind)
        for name, value in state.items():
            if not (self._others and any(others(value))):  # what is not plain stays behind
                place(made, name, value)
        return made

    def _class(self, name: Any) -> type | None:
        kind = self._namespace.get(name) if type(name) is str else None
        if not isinstance(kind, type):
            return None
        package = kind.__module__.partition(".")[0]
        known = package == LESSON or self._packages is None or package in self._packages
        return kind if known and not issubclass(kind, (*BASES, np.generic, type)) else None

    def _other(self, description: str) -> Other:
        self._others = True
        return Other(f"{description:.200}")


def fields(came: Any, *kinds: type) -> Sequence[Any]:
    """The fields of a value that came, which are exactly of these types."""
    if type(came) is not list or [type(each) for each in came] != list(kinds):
        raise BadBytes("no plain data: other fields than it should have")
    return came


def within(number: Any, end: int) -> int:
    """A number that came, from 0 to below `end`."""
    if type(number) is not int or not 0 <= number < end:
        raise BadBytes(f"no plain data: {number!r:.80} is not from 0 to {end - 1}")
    return number


def attributes(value: Any) -> dict[str, Any]:
    """What an object holds, in its dict and in its slots."""
    slots = {
        name: member.__get__(value)
        for kind in reversed(type(value).__mro__)
        for name, member in vars(kind).items()
        if isinstance(member, MemberDescriptorType) and hasattr(value, name)
    }
    return slots | getattr(value, "__dict__", {})


def place(made: Any, name: Any, value: Any) -> None:
    """Give an object an attribute that came.

    Raises:
        NotPlain: its class has a method or a property of that name.
    """
    if type(name) is not str or name.startswith("__"):
        raise BadBytes(f"no plain data: an attribute {name!r:.80}")
    kind = type(made)
    ours = next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None)
    if isinstance(ours, MemberDescriptorType):
        ours.__set__(made, value)
    elif callable(ours) or hasattr(type(ours), "__get__"):
        raise NotPlain(f"{_with_article(kind.__name__)} whose attribute {name:.80} hides a method")
    else:
        vars(made)[name] = value


def others(value: Any) -> Iterator[Other]:
    """What may not pass of a value, but for entries of dicts and attributes: nobody may ask them.

    Who asks finds nothing there that could answer.
    """
    if type(value) is Other:
        yield value
    elif type(value) in (list, tuple, set, frozenset):
        for each in value:
            yield from others(each)


# What a value of a subclass is at bottom, whatever that class says about itself.
NATIVE = (str, float, bytes, list, dict)  # to msgpack
BASES: dict[type, Callable[[Any], Any]] = {
    str: str.__str__,
    int: int.__index__,
    float: float.__float__,
    bytes: lambda value: bytes(memoryview(value)),
    complex: complex.__complex__,
    tuple: lambda value: tuple(tuple.__iter__(value)),
    list: lambda value: list(list.__iter__(value)),
    dict: lambda value: dict(dict.items(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    np.ndarray: lambda value: np.ndarray.view(value, np.ndarray),
}


def _describe(value: Any) -> str:
    """A value that may not pass, as a student would name it."""
    kind = type(value)
    if kind is Other:
        return str(value.description)
    if kind is np.random.Generator:
        return f"a generator on {type(value.bit_generator).__name__}, not np.random.default_rng(),"
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


def _array(dtype: str, shape: list[Any], order: str, data: bytes) -> Array:
    if dtype not in DTYPES or order not in ("C", "F"):
        raise BadBytes(f"no plain data: an array of {dtype:.80}")
    kind = DTYPES[dtype]
    sides = [within(side, MOST_PLACES + 1) for side in shape]
    if len(sides) > MOST_SIDES or math.prod(max(side, 1) for side in sides) > MOST_PLACES:
        raise BadBytes(f"no plain data: an array of shape {tuple(sides)!r:.80}")
    if len(data) != math.prod(sides) * kind.itemsize:
        raise BadBytes(f"no plain data: {len(data)} bytes for an array of shape {sides!r:.80}")
    array: Array = np.ndarray(sides, kind, data, order="C" if order == "C" else "F").copy("K")
    # A bool that is neither 0 nor 1 is not equal to itself in every way.
    return np.asarray(array.view(np.uint8) != 0) if kind.kind == "b" else array


def _generator_state(generator: np.random.Generator) -> list[int]:
    state = generator.bit_generator.state
    numbers = (*state["state"].values(), state["has_uint32"], state["uinteger"])
    return [int(number) for number in numbers]


def _generator(state: int, inc: int, has_uint32: int, uinteger: int) -> np.random.Generator:
    """A generator of the one kind that NumPy makes by default.

    Only this one: others have a place in a buffer, and where that is outside, NumPy reads what lies
    there in memory.
    """
    if not inc % 2:
        raise BadBytes("no plain data: a generator with an even increment")
    bits = np.random.PCG64(0)
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": within(state, 2**128), "inc": within(inc, 2**128)},
        "has_uint32": within(has_uint32, 2),
        "uinteger": within(uinteger, 2**32),
    }
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
        put_back_attributes(old, new)


def put_back_attributes(old: Any, new: Any) -> None:
    held, came = attributes(old), attributes(new)
    for name in held.keys() - came.keys():
        object.__delattr__(old, name)
    for name, value in came.items():
        object.__setattr__(old, name, _renewed(held.get(name), value))


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
