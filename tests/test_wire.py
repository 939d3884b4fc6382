"""Plain data over the wire: what goes in comes out, and nothing else gets through."""

import builtins
import random
import socket
import threading
from collections import Counter, OrderedDict, defaultdict, namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import IntEnum, StrEnum

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tito.sandbox.plain import BadBytes, Codec, NotPlain
from tito.sandbox.wire import LENGTH, Gone, Peer, TooSlow, class_name, rebuilt

Network = type("Network", (), {"__module__": "__main__"})
NAMES = {"Network": Network, "int": int, "Codec": Codec}

KINDS = ["?", "i1", "u8", "<i4", ">i4", "f2", "f4", "f8", "c8", "c16"]
arrays = st.sampled_from(KINDS).flatmap(
    lambda kind: npst.arrays(kind, npst.array_shapes(min_dims=0, min_side=0))
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
hashable = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars | st.complex_numbers() | arrays | arrays.map(lambda a: a.dtype.type(0)),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner)
        | st.sets(hashable)
        | st.frozensets(hashable)
    ),
    max_leaves=10,
)


def same(a, b):
    """Equal in type and value, NaN being equal to itself."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    return a == b or repr(a) == repr(b)


@given(values)
def test_plain_values_come_out_as_they_went_in(value):
    codec = Codec(NAMES)
    assert same(codec.decode(codec.encode(value)), value)


@given(npst.arrays("f4", (3, 4)), st.sampled_from(["C", "F"]))
def test_an_array_keeps_its_order_in_memory(array, order):
    codec = Codec(NAMES)
    came = codec.decode(codec.encode(np.asarray(array, order=order)))
    assert came.flags.c_contiguous == (order == "C")
    assert came.flags.writeable


@given(st.integers(0, 2**64), st.integers(0, 5))
def test_a_generator_goes_on_where_it_was(seed, drawn):
    codec = Codec(NAMES)
    generator = np.random.default_rng(seed)
    generator.integers(0, 9, drawn, dtype=np.int8)  # it keeps what is left of a number
    came = codec.decode(codec.encode(generator))
    assert came.bit_generator.state == generator.bit_generator.state
    assert came.random() == generator.random()


@pytest.mark.parametrize("name", ["PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_a_generator_of_another_kind_is_refused_in_both_directions(name):
    generator = np.random.Generator(getattr(np.random, name)(7))
    said = rf"a generator on {name}, not np\.random\.default_rng\(\)"
    with pytest.raises(NotPlain, match=said):
        Codec(NAMES, lend=lambda function: 0).encode(generator)
    with pytest.raises(NotPlain, match=said):
        sent_and_read(generator)


def test_an_object_of_a_class_of_the_lesson_passes_with_its_attributes():
    codec, network = Codec(NAMES), Network()
    network.layers = [{"weights": np.ones((2, 3))}]
    came = codec.decode(codec.encode(network))
    assert type(came) is Network and same(vars(came), vars(network))


def sent_and_read(value):
    """What a check gets of a value that a student's code sends."""
    return Codec(NAMES).decode(Codec(NAMES | STUDENTS, packages=None).encode(value))


class Sly(dict):
    def __eq__(self, other):
        return True

    items = __iter__ = keys = None
    __hash__ = None


class Colour(StrEnum):
    RED = "red"


class Choice(IntEnum):
    ONE = 1


Point = namedtuple("Point", "x y", module="__main__")
Deeper = type("Deeper", (Network,), {"__module__": "__main__", "more": lambda self: 1})
Slotted = type("Slotted", (Network,), {"__module__": "__main__", "__slots__": ("layers", "free")})
Foreign = type("Foreign", (), {"__module__": "__main__", "__slots__": ("a",)})
STUDENTS = {"Point": Point, "Deeper": Deeper, "Slotted": Slotted, "Foreign": Foreign}
LYING = {"__eq__": lambda *_: True, "__hash__": lambda _: 0, "__str__": lambda _: "sly"}

BASES = {
    "dict": (Sly(a=1), {"a": 1}),
    "ordered": (OrderedDict(a=1), {"a": 1}),
    "with a default": (defaultdict(list, {"a": [1]}), {"a": [1]}),
    "counted": (Counter("aab"), {"a": 2, "b": 1}),
    "list": (type("L", (list,), LYING)([1]), [1]),
    "tuple": (type("T", (tuple,), LYING)([1]), (1,)),
    "named tuple": (Point(1, [2]), (1, [2])),
    "set": (type("S", (set,), LYING)([1]), {1}),
    "int": (type("I", (int,), LYING)(3), 3),
    "large int": (type("I", (int,), LYING)(2**70), 2**70),
    "float": (type("F", (float,), LYING)(3.5), 3.5),
    "text": (type("S", (str,), LYING)("text"), "text"),
    "text of NumPy": (np.str_("text"), "text"),
    "word of a list": (Colour.RED, "red"),
    "number of a list": (Choice.ONE, 1),
    "keys": ({np.str_("a"): 1, Colour.RED: 2, Choice.ONE: 3}, {"a": 1, "red": 2, 1: 3}),
    "array": (np.ones(3).view(type("A", (np.ndarray,), LYING)), np.ones(3)),
    "matrix": (np.matrix([[1.0, 2.0]]), np.array([[1.0, 2.0]])),
    "masked": (np.ma.array([1, 2], mask=[0, 1]), np.array([1, 2])),
    "scalar": (type("N", (np.float64,), LYING)(1), np.float64(1)),
    "range": ({"a": range(3)}, {"a": [0, 1, 2]}),
}


@pytest.mark.parametrize(("value", "plain"), BASES.values(), ids=BASES)
def test_a_value_of_a_subclass_crosses_as_its_base(value, plain):
    assert same(sent_and_read(value), plain)
    assert same(sent_and_read([{"key": (value,)}]), [{"key": (plain,)}])


def filled(kind):
    made = kind()
    made.layers, made.free = [{"weights": np.ones(3), "activation": len}], 3
    return made


@pytest.mark.parametrize("kind", [Network, Deeper, Slotted])
def test_an_object_crosses_as_the_nearest_class_of_the_lesson(kind):
    made = filled(kind)
    made.extra, made.hooks, made.own = len, [len], Foreign()
    came = sent_and_read([made])[0]
    assert type(came) is Network and vars(came).keys() == {"layers", "free"}
    assert came.free == 3 and came.layers[0]["weights"].tolist() == [1, 1, 1]
    assert repr(came.layers[0]["activation"]) == "<a builtin_function_or_method>"


def test_what_nobody_looks_at_costs_nothing():
    came = sent_and_read({"mean": 1.0, "more": len, "own": Foreign(), "all": [iter("")]})
    assert came["mean"] == 1.0 and set(came) == {"mean", "more", "own", "all"}
    assert not callable(came["more"])


Methods = type("Methods", (), {"__module__": "__main__", "run": len, "size": property(len)})


@pytest.mark.parametrize("name", ["run", "size", "__deepcopy__", "__class__", "__dict__", ""])
def test_no_attribute_hides_a_method(name):
    with pytest.raises((NotPlain, BadBytes)):
        Codec({"Methods": Methods}).decode(ext(8, [["Methods"], {name or 3: 1}]))


OTHERS = {
    "function": len,
    "class": Network,
    "object array": np.array([None]),
    "text array": np.array(["a"]),
    "structured": np.zeros(2, [("a", "f8")]),
    "structured matrix": np.zeros(2, [("a", "f8")]).view(np.recarray),
    "module": np,
    "iterator": iter([]),
    "surrogate": "\ud800",
    "slots": Foreign(),
    "old generator": np.random.RandomState(0),
    "long range": range(10**12),
}


@pytest.mark.parametrize("value", OTHERS.values(), ids=OTHERS)
def test_nothing_else_passes_where_a_check_would_look(value):
    for hidden in (value, [value], (1, [value])):
        with pytest.raises(NotPlain):
            sent_and_read(hidden)


def test_a_list_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(NotPlain, match="too large or too deep"):
        Codec(NAMES).encode(endless)


def ext(code, inner):
    return msgpack.packb(msgpack.ExtType(code, msgpack.packb(inner)))


def nested(code, depth):
    data = msgpack.packb([])
    for _ in range(depth):
        data = msgpack.packb(msgpack.ExtType(code, data))
    return data


BOMBS = {
    "nothing": b"",
    "torn": msgpack.packb([1, 2, 3])[:-1],
    "two values": msgpack.packb(1) * 2,
    "deep lists": b"\x91" * 100_000 + b"\x90",
    "deep tuples": nested(0, 60),
    "a claimed length": b"\xdd\xff\xff\xff\xff",
    "unhashable key": msgpack.packb({b"a": 1}).replace(b"\xc4\x01a", b"\x91\x01"),
    "object array": ext(5, ["O", [1], "C", b"12345678"]),
    "structured array": ext(5, ["i4,f8", [1], "C", b"123456789012"]),
    "array too short": ext(5, ["<f8", [1000], "C", b"12345678"]),
    "empty array of great length": ext(5, ["<f8", [2**60, 0], "C", b""]),
    "negative shape": ext(5, ["<f8", [-1, -1], "C", b"12345678"]),
    "wrong order": ext(5, ["<f8", [1], "K", b"12345678"]),
    "generator of another name": ext(7, ["default_rng", {}]),
    "generator in no state": ext(7, ["PCG64", {"bit_generator": "PCG64", "state": 3}]),
    "generator beyond its numbers": ext(7, [0, 1, 2, 0]),
    "generator with a negative state": ext(7, [-1, 1, 0, 0]),
    "generator with a flag of truth": ext(7, [1, 1, True, 0]),
    "generator without increment": ext(7, [1, 2, 0, 0]),
    "generator with more": ext(7, [1, 1, 0, 0, 0]),
    "array by another name of its type": ext(5, ["float64", [1], "C", b"12345678"]),
    "array with sides of truth": ext(5, ["<f8", [True], "C", b"12345678"]),
    "array with sides of fractions": ext(5, ["<f8", [1.0], "C", b"12345678"]),
    "array of many sides": ext(5, ["<f8", [1] * 65, "C", b"12345678"]),
    "array too long": ext(5, ["<f8", [1], "C", b"123456789"]),
    "array of words": ext(5, ["<f8", [1], "C", "12345678"]),
    "number too short": ext(6, ["<f8", b"1234"]),
    "complex of words": ext(4, ["1", "2"]),
    "number of an array below": ext(10, -1),
    "number of an array in words": ext(10, "0"),
    "object without a name": ext(8, [[], {}]),
    "object with a list for attributes": ext(8, [["Network"], []]),
    "function": ext(9, 0),
    "array that was not sent": ext(10, 7),
    "unknown code": ext(99, []),
    "not a number": msgpack.packb(msgpack.ExtType(1, b"0xZZ")),
    "bad text": b"\xa2\xff\xfe",
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_bytes_that_are_no_plain_data_are_refused(data):
    with pytest.raises(BadBytes):
        Codec(NAMES).decode(data)


@pytest.mark.parametrize("name", ["Codec", "int", "Foo", 3, None])
def test_an_object_of_another_class_is_refused_by_its_name(name):
    with pytest.raises(NotPlain, match=rf"^an? {name}$"):
        Codec(NAMES).decode(ext(8, [[name], {}]))


@given(st.binary())
def test_any_bytes_are_read_or_refused(data):
    with suppress(BadBytes, NotPlain):
        Codec(NAMES).decode(data)


@given(values, st.data())
def test_damaged_bytes_are_read_or_refused(value, data):
    good = bytearray(Codec(NAMES).encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadBytes, NotPlain):
        Codec(NAMES).decode(bytes(good))


def test_a_bool_array_holds_nothing_but_true_and_false():
    came = Codec(NAMES).decode(ext(5, ["|b1", [3], "C", b"\x00\x02\xff"]))
    assert came.view(np.uint8).tolist() == [0, 1, 1]


@pytest.fixture
def line():
    """A check's end, and a student's end that answers in a thread: functions by name."""
    ours, theirs = socket.socketpair()
    functions = {}
    student = Peer(theirs, NAMES, {"call": lambda name, /, *a, **k: functions[name](*a, **k)})

    def serve():
        try:
            student.serve()
        except Gone:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    check = Peer(ours, NAMES, {}, lends=True)
    check.answer("back", check.call_lent)
    yield check, functions
    ours.close()
    thread.join()


def ask(check, name, /, *args, **settings):
    return check.call("call", name, args, settings)


def test_a_call_changes_the_arguments_of_the_caller_in_place(line):
    check, functions = line

    def change(array, numbers, network, generator, *, table):
        array[0] = 9
        numbers[1].append(4)
        network.layers[0]["bias"] += 1
        table["new"] = generator.random()

    functions["change"] = change
    array, numbers, table = np.zeros(2), [1, [2]], {"old": 0}
    inner, bias = numbers[1], np.zeros(3)
    network, generator = Network(), np.random.default_rng(5)
    network.layers = [{"bias": bias}]
    ask(check, "change", array, numbers, network, generator, table=table)
    drawn = np.random.default_rng(5)
    assert array.tolist() == [9, 0]
    assert numbers == [1, [2, 4]] and numbers[1] is inner
    assert network.layers[0]["bias"] is bias and bias.tolist() == [1, 1, 1]
    assert table == {"old": 0, "new": drawn.random()}
    assert generator.random() == drawn.random()


def test_an_array_that_comes_back_is_the_one_that_went(line):
    check, functions = line
    functions["wrap"] = lambda network: {"shared": network.layers[0], "own": network.layers[0] + 0}
    network = Network()
    network.layers = [np.zeros(3)]
    came = ask(check, "wrap", network)
    assert came["shared"] is network.layers[0]
    assert not np.shares_memory(came["own"], network.layers[0])


def test_functions_of_the_check_are_called_over_there_and_run_here(line):
    check, functions = line
    seen = []

    def evaluate(x, rng):
        seen.append(x)
        rng.random()
        return ask(check, "double", x)

    def sweep(evaluate, rng):
        return [evaluate(1, rng), evaluate(2, rng), rng.random()]

    functions.update(double=lambda x: 2 * x, sweep=sweep)
    third = np.random.default_rng(3).random(3)[2]
    assert ask(check, "sweep", evaluate, np.random.default_rng(3)) == [2, 4, third]
    assert seen == [1, 2]


def test_threads_may_call_a_function_of_the_check_at_once(line):
    check, functions = line

    def sweep(evaluate, numbers):
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(evaluate, numbers))

    functions.update(sweep=sweep, double=lambda x: 2 * x)
    for _ in range(5):
        assert ask(check, "sweep", lambda x: ask(check, "double", x), list(range(50))) == [
            2 * x for x in range(50)
        ]


def test_a_thread_that_goes_on_calling_disturbs_no_later_answer(line):
    check, functions = line
    end = threading.Event()

    def start(function):
        def go_on():
            while not end.is_set():
                with suppress(RuntimeError, Gone):
                    function()

        threading.Thread(target=go_on, daemon=True).start()

    functions.update(start=start, double=lambda x: 2 * x)
    ask(check, "start", lambda: 0)
    assert [ask(check, "double", x) for x in range(100)] == [2 * x for x in range(100)]
    end.set()


def test_a_function_of_the_check_is_gone_after_its_call(line):
    check, functions = line
    kept = []
    functions["keep"] = kept.append
    functions["use"] = lambda: kept[0]()
    ask(check, "keep", lambda: "secret")
    with pytest.raises(RuntimeError, match="after its exercise had ended"):
        ask(check, "use")


class OwnError(IndexError):
    pass


@pytest.mark.parametrize(
    ("raised", "kind", "name"),
    [
        (ValueError("no"), ValueError, "ValueError"),
        (KeyError("key"), KeyError, "KeyError"),
        (FileNotFoundError(2, "none"), FileNotFoundError, "FileNotFoundError"),
        (NotImplementedError("later"), NotImplementedError, "NotImplementedError"),
        (OwnError("mine"), IndexError, "OwnError"),
        (np.exceptions.AxisError("axis"), ValueError, "AxisError"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "why"), RuntimeError, "UnicodeDecodeError"),
        (SystemExit(3), RuntimeError, "SystemExit"),
        (KeyboardInterrupt("stop"), RuntimeError, "KeyboardInterrupt"),
    ],
)
def test_an_exception_arrives_under_its_name_with_its_text(line, raised, kind, name):
    check, functions = line

    def fail():
        raise raised

    functions["fail"] = fail
    with pytest.raises(kind) as caught:
        ask(check, "fail")
    assert type(caught.value).__name__ == name
    assert str(caught.value) == str(raised)


def test_an_exception_with_a_text_that_raises_arrives_too(line):
    check, functions = line

    def fail():
        raise type("Mean", (ValueError,), {"__str__": lambda self: 1 / 0})

    functions["fail"] = fail
    with pytest.raises(ValueError, match="its text raised ZeroDivisionError"):
        ask(check, "fail")


def test_a_value_that_may_not_pass_is_named(line):
    check, functions = line
    functions["magnitude_mask"] = lambda: np.array(["a"])
    said = (
        "magnitude_mask returned an array of <U1; a check takes numbers, text, lists, dicts, arrays"
    )
    with pytest.raises(TypeError, match=said):
        ask(check, "magnitude_mask")


def test_an_argument_may_be_called_as_it_likes(line):
    check, functions = line
    functions["odd"] = lambda **settings: sorted(settings)
    assert ask(check, "odd", name=1, self=2, number=3) == ["name", "number", "self"]


def test_too_much_data_is_refused_and_the_line_goes_on(line):
    check, functions = line
    functions["huge"] = lambda: np.zeros(2**23)
    functions["small"] = lambda: 1
    with pytest.raises(TypeError, match="more than the"):
        ask(check, "huge")
    assert ask(check, "small") == 1


MESSAGES = {
    "a length alone": LENGTH.pack(2**32 - 1),
    "no list": msgpack.packb(3),
    "an empty message": msgpack.packb([[], []]),
    "an unknown kind": msgpack.packb([["run"], []]),
    "an answer without parts": msgpack.packb([["return"], []]),
    "changes of nothing": msgpack.packb([["return", msgpack.packb(1), "", {"9": b"\x01"}], []]),
    "changes of another argument": msgpack.packb([["return", msgpack.packb(1), "", {7: b""}], []]),
    "an error without a name": msgpack.packb([["raise", 3, "", {}], []]),
    "printed numbers": msgpack.packb([["return", msgpack.packb(1), "", {}], [3]]),
    "a question without parts": msgpack.packb([["call", "back"], []]),
    "a question with no bytes": msgpack.packb([["call", "back", 0, [3], {}], []]),
}


@pytest.mark.parametrize("body", MESSAGES.values(), ids=MESSAGES)
def test_forged_messages_end_in_a_clear_error(body):
    ours, theirs = socket.socketpair()
    check = Peer(ours, NAMES, {}, lends=True)
    with ours, theirs:
        theirs.sendall(body if len(body) == 4 else LENGTH.pack(len(body)) + body)
        with pytest.raises(BadBytes):
            ask(check, "f", 1)


def test_silence_ends_at_the_deadline_and_a_closed_line_at_once():
    ours, theirs = socket.socketpair()
    check = Peer(ours, NAMES, {})
    with ours:
        check.deadline = 0.0
        with pytest.raises(TooSlow):
            ask(check, "f")
        check.deadline = float("inf")
        theirs.close()
        with pytest.raises(Gone):
            ask(check, "f")


def test_every_builtin_exception_can_be_rebuilt():
    for name, kind in vars(builtins).items():
        if isinstance(kind, type) and issubclass(kind, Exception):
            assert class_name([name]) == type(rebuilt([[name], "text"], "")).__name__ == name


MARK = b"MARK-OF-THE-JUDGE"
ODD = [
    -1,
    0,
    1,
    2,
    624,
    2**20,
    2**31,
    -(2**31),
    2**63,
    True,
    None,
    0.5,
    "",
    "<f8",
    "C",
    b"",
    b"8" * 8,
]


def forged_values(rng):
    """Bytes of every code that the wire knows, and some it does not, with odd fields."""

    def odd(depth=2):
        if depth and rng.random() < 0.4:
            return [odd(depth - 1) for _ in range(rng.randrange(6))]
        return rng.choice(ODD)

    for code in range(14):
        for _ in range(300):
            yield ext(code, odd())
    for dtype in ["<f8", "|u1", "|V8", "|O", "<U4", ">i2"]:
        for shape in ([1000], [-1], [2**40], [2**20, 0], [0, 2**62], [8, -8], []):
            for order in "CFKA":
                yield ext(5, [dtype, shape, order, b"8" * rng.randrange(64)])
        yield ext(6, [dtype, b"8"])
    for place in (-900_000, -10_000, -1, 625, 10_000):
        state = {"key": [0] * 624, "pos": place}
        yield ext(7, ["MT19937", {"bit_generator": "MT19937", "state": state}])
        philox = {"counter": [0] * 4, "key": [0] * 2}
        more = {"buffer": [0] * 4, "buffer_pos": place, "has_uint32": 0, "uinteger": 0}
        yield ext(7, ["Philox", {"bit_generator": "Philox", "state": philox} | more])


def all_that_is_in(value):
    """Everything that a check could give back of a value that came: its bytes."""
    if isinstance(value, np.random.Generator):
        yield value.bytes(20_000)
    elif isinstance(value, np.ndarray | np.generic):
        yield value.tobytes()
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from all_that_is_in(each)
    else:
        yield repr(value).encode()


def test_nothing_that_comes_reads_the_memory_of_who_takes_it():
    rng = random.Random(18)
    marks = [MARK * rng.randrange(1, 50) for _ in range(20_000)]
    marks += [bytearray(MARK * 10_000) for _ in range(100)]
    del marks[::2]  # freed, and not overwritten
    codec, came = Codec(NAMES), 0
    for data in forged_values(rng):
        with suppress(BadBytes, NotPlain):
            value = codec.decode(data)
            came += 1
            assert not any(MARK[:8] in held for held in all_that_is_in(value)), data
    assert came > 100 and marks
