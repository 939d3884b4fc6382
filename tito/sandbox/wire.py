"""Calls between a check and a student's code, over a socket, in both directions.

A message is its length in 4 bytes and then bytes of `tito.sandbox.plain`. Either side asks and
waits for the answer; while it waits, it answers what the other asks.
"""

from __future__ import annotations

import builtins
import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any

from tito.sandbox.plain import (
    Array,
    Arrays,
    BadBytes,
    Codec,
    Handle,
    Namespace,
    NotPlain,
    is_mutable,
    put_back,
)

MESSAGE_BYTES = 8 * 2**20
PRINTED_CHARACTERS = 100_000
NOT_TAKEN = "{} returned {}; a check takes numbers, text, lists, dicts, arrays and networks"
LENGTH = struct.Struct("!I")

Answerer = Callable[..., Any]


class Gone(Exception):
    """The other side ended."""


class TooSlow(Exception):
    """The other side did not answer in time."""


class Printed(io.TextIOBase):
    """A stream that keeps what is written, up to a limit, for all streams that share `chunks`."""

    def __init__(self, name: str, chunks: list[tuple[str, str]], limit: int) -> None:
        self._name, self._chunks, self._left = name, chunks, limit
        self.is_full = False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._left > 0 and text:
            self._add(readable(text[: self._left]))
        self._left -= len(text)
        if self._left < 0 and not self.is_full:
            self.is_full = True
            self._add("\n... the rest is left out\n")
        return len(text)

    def _add(self, text: str) -> None:
        if self._chunks and self._chunks[-1][0] == self._name:
            text = self._chunks.pop()[1] + text
        self._chunks.append((self._name, text))


class Peer:
    """One end of the line. Several threads may call: each waits for the line to be free.

    Args:
        line: a connected stream socket.
        namespace: where the cells run.
        answerers: what the other side may ask for, by name.
        lends: whether functions may be passed to the other side, which then may call them.
        packages: whose classes may come, besides those of the cells; None for any.
        printed: takes what was printed here since the last message; "" for nothing.
    """

    def __init__(
        self,
        line: socket.socket,
        namespace: Namespace,
        answerers: dict[str, Answerer],
        lends: bool = False,
        explain: Callable[[BaseException], str] = lambda error: "",
        packages: Container[str] | None = (),
    ) -> None:
        self._line, self._answerers, self._explain = line, answerers, explain
        self._codec = Codec(namespace, self._lend if lends else None, self._borrow, packages)
        self._free = threading.Lock()  # held while we ask, let go while our own code runs
        self._lent: list[Callable[..., Any]] = []
        self._lends = lends
        self._depth = 0
        self.deadline = float("inf")  # on time.monotonic
        self.received: list[tuple[str, str]] = []  # what the other side printed
        self.printed: list[tuple[str, str]] = []  # what was printed here, still to be sent
        self.bytes_left = float("inf")  # that may still be received

    def answer(self, what: str, answerer: Answerer) -> None:
        """Let the other side ask for something more."""
        self._answerers[what] = answerer

    def call(self, what: str, name: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        """Ask the other side and return its answer; what it did to the arguments is done to ours.

        Raises:
            what the other side raised, as a built-in exception of the same name;
            NotPlain: an argument may not pass;
            BadBytes: the answer is none;
            TooSlow, Gone: there is no answer.
        """
        with self._free:
            self._depth += 1
            try:
                arrays: list[Array] = []
                sent = [self._codec.encode(each, noted=arrays) for each in args]
                named = {
                    key: self._codec.encode(each, noted=arrays) for key, each in settings.items()
                }
                self._send(["call", what, name, sent, named])
                return self._await(name, args, settings, arrays)
            finally:
                self._depth -= 1
                if not self._depth:
                    self._lent.clear()

    def serve(self) -> None:
        """Answer the other side until it ends."""
        with self._free:
            while True:
                self._answer(self._receive())

    def _await(
        self, name: Any, args: tuple[Any, ...], settings: dict[str, Any], arrays: Arrays
    ) -> Any:
        while (message := self._receive())[0] == "call":
            self._answer(message)
        with well_formed():
            kind, content, traceback, changes = message
            renewed = [
                (settings[place] if isinstance(place, str) else args[place], data)
                for place, data in changes.items()
            ]
            error = rebuilt(content, traceback) if kind == "raise" else None
        value = None if error else self._result(name, arrays, content)
        for old, data in renewed:
            put_back(old, self._codec.decode(data))
        if error:
            raise error
        return value

    def _answer(self, message: list[Any]) -> None:
        arrays: list[Array] = []
        changes: dict[Any, bytes] = {}
        with well_formed():
            _, what, name, sent, named = message
            sent, named = list(sent), {str(key): each for key, each in named.items()}
        try:
            args = [self._codec.decode(each, noted=arrays) for each in sent]
            settings = {key: self._codec.decode(each, noted=arrays) for key, each in named.items()}
            with self._let_others():
                value = self._answerers[what](name, *args, **settings)
            changes = self._changes(args, settings, sent, named)
            answer = ["return", self._encode_result(name, value, arrays), "", changes]
        except (Gone, TooSlow, BadBytes):
            raise
        except BaseException as error:
            # Whatever a student's code raises, exits included, is the answer to the question.
            answer = ["raise", portrait(error), self._explain(error), changes]
        try:
            self._send(answer)
        except NotPlain as error:
            self.printed.clear()
            self._send(["raise", portrait(error), "", {}])

    @contextmanager
    def _let_others(self) -> Iterator[None]:
        """Let go of the line: what runs now may ask, from threads, too."""
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()

    def _encode_result(self, name: Any, value: Any, arrays: Arrays) -> bytes:
        try:
            return self._codec.encode(value, known=arrays)
        except NotPlain as error:
            raise TypeError(NOT_TAKEN.format(name, error)) from None

    def _result(self, name: Any, arrays: Arrays, data: bytes) -> Any:
        try:
            return self._codec.decode(data, known=arrays)
        except NotPlain as error:
            raise TypeError(NOT_TAKEN.format(name, error)) from None

    def _changes(
        self, args: list[Any], settings: dict[str, Any], sent: list[bytes], named: dict[str, bytes]
    ) -> dict[Any, bytes]:
        """The arguments that are not what they were, by place or name."""
        before = [*enumerate(sent), *named.items()]
        after = [*enumerate(args), *settings.items()]
        changes = {}
        for (place, data), (_, value) in zip(before, after, strict=True):
            if is_mutable(value) and not callable(value):
                now = self._codec.encode(value)
                if now != data:
                    changes[place] = now
        return changes

    def _lend(self, function: Callable[..., Any]) -> int:
        self._lent.append(function)
        return len(self._lent) - 1

    def _borrow(self, number: int) -> Any:
        if self._lends:  # our own function comes back
            return self._lent[number]
        return Handle(number, lambda number, args, named: self.call("back", number, args, named))

    def call_lent(self, number: Any, /, *args: Any, **settings: Any) -> Any:
        """Call a function that was passed to the other side, which asks for it by number."""
        if type(number) is not int or not 0 <= number < len(self._lent):
            raise RuntimeError("a function of the check was called after its exercise had ended")
        return self._lent[number](*args, **settings)

    def _send(self, message: list[Any]) -> None:
        printed = [list(chunk) for chunk in self.printed]
        body = self._codec.encode([message, printed])
        if len(body) > MESSAGE_BYTES:
            raise NotPlain(f"{len(body)} bytes are more than the {MESSAGE_BYTES} that may pass")
        self.printed.clear()
        self._bound()
        try:
            self._line.sendall(LENGTH.pack(len(body)) + body)
        except TimeoutError as error:
            raise TooSlow from error
        except OSError as error:
            raise Gone from error

    def _receive(self) -> list[Any]:
        (length,) = LENGTH.unpack(self._read(LENGTH.size))
        if length > MESSAGE_BYTES or length > self.bytes_left:
            raise BadBytes(f"too much data: {length} bytes; {MESSAGE_BYTES} at a time may pass")
        self.bytes_left -= length
        content = self._codec.decode(self._read(length))
        with well_formed():
            (kind, *rest), printed = content
            self.received += [(str(name), str(text)) for name, text in printed]
        if kind not in ("call", "return", "raise"):
            raise BadBytes("no message")
        return [kind, *rest]

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            self._bound()
            try:
                part = self._line.recv(min(size - len(parts), 2**20))
            except TimeoutError as error:
                raise TooSlow from error
            except OSError as error:
                raise Gone from error
            if not part:
                raise Gone
            parts += part
        return bytes(parts)

    def _bound(self) -> None:
        """Wait for the line no longer than until the deadline."""
        if self.deadline == float("inf"):
            return
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TooSlow
        self._line.settimeout(left)


@contextmanager
def well_formed() -> Iterator[None]:
    """Say of a message with other parts than it should have that it is none."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise BadBytes(f"no message: {error}") from error


Portrait = list[Any]


def portrait(error: BaseException) -> Portrait:
    """An exception as plain data: the names of its classes, and its text."""
    kinds = [kind for kind in type(error).__mro__ if issubclass(kind, BaseException)]
    names = [readable(kind.__name__) for kind in kinds if kind is not NotPlain]
    try:
        text = readable(str(error))[:PRINTED_CHARACTERS]
    except BaseException as unreadable:
        # A class of the student's, whose text is the student's code too.
        text = f"(its text raised {type(unreadable).__name__})"
    return [names, text]


def rebuilt(picture: Portrait, traceback: Any) -> Exception:
    """The exception that a portrait shows: built-in, or a RuntimeError under its own name."""
    names, text = picture
    kind = next((found for name in names if (found := _builtin(str(name)))), RuntimeError)
    name = class_name(names)
    if kind.__name__ != name or kind is KeyError:
        kind = type(name, (kind,), {"__str__": lambda self: str(self.args[0])})
    try:
        error = kind(str(text))
    except TypeError:  # those that want more than a text
        error = type(name, (RuntimeError,), {})(str(text))
    error.student_traceback = str(traceback)  # type: ignore[attr-defined]
    return error


def class_name(names: list[Any]) -> str:
    """The name of an exception's class, if it can be one."""
    name = str(names[0])[:80] if names else ""
    return name if name.isidentifier() else "Exception"


def readable(text: str) -> str:
    """Text that can be written as UTF-8: what cannot be is replaced."""
    return text.encode("utf-8", "replace").decode()


def _builtin(name: str) -> type[Exception] | None:
    found = getattr(builtins, name, None)
    ours = isinstance(found, type) and issubclass(found, Exception)
    return found if ours and found is not Exception else None
