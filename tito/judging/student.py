"""The student's side of a submission, as its judge sees it: cells to run, functions to call."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tito.judging.outputs import Output, error_output
from tito.judging.verdict import WAITED
from tito.sandbox.bubblewrap import Sandbox
from tito.sandbox.limits import OUT_OF_TIME, Limits
from tito.sandbox.plain import BadBytes, Namespace
from tito.sandbox.wire import Gone, Peer, TooSlow, class_name, well_formed

ENDING_SECONDS = 1.0  # from a closed line to the end of its process


class Stopped(Exception):
    """The student's code gave no answer, and why."""


class SetupFailed(Exception):
    """The student's process could not be made: no fault of the student."""


class Student:
    """Runs a submission's cells in its sandbox, and again from the start after it broke.

    Args:
        sandbox: makes the student's process.
        namespace: the judge's, in which the lesson's classes are found.
    """

    def __init__(self, sandbox: Sandbox, namespace: Namespace, limits: Limits) -> None:
        self._sandbox, self._namespace, self._limits = sandbox, namespace, limits
        self._packages = frozenset(each.stem for each in Path(sandbox.support).iterdir())
        self._end = time.monotonic() + limits.submission_seconds
        self._cells: dict[str, str] = {}  # those that ran, in order
        self.program: dict[str, str] = {}  # of these, what the student wrote
        self._broken: set[str] = set()  # those that must not run again
        self._peer: Peer | None = None
        self._starts, self._depth = 0, 0
        self._left = float(limits.received_bytes)
        self.printed: list[tuple[str, str]] = []
        self.flags: list[str] = []

    def run(self, name: str, source: str) -> Output | None:
        """Run a cell; return the error that ended it."""
        self._cells[name] = source
        found: Output | None = self._guarded(name, lambda peer: self._run(peer, name))
        return found

    def call(self, name: str, /, *args: Any, **settings: Any) -> Any:
        """Call one of the student's functions.

        Raises:
            Stopped: it gave no answer.
            what it raised.
        """
        return self._guarded("", lambda peer: peer.call("call", name, args, settings))

    def function(self, name: str) -> Callable[..., Any]:
        """What stands for a student's function in the checks."""

        def ask(*args: Any, **settings: Any) -> Any:
            return self.call(name, *args, **settings)

        def ask_anew(*args: Any, **settings: Any) -> Any:
            self.begin_anew()
            return self.call(name, *args, **settings)

        ask.__name__ = ask.__qualname__ = name
        vars(ask).update(in_a_new_process=ask_anew, program=self.program)
        return ask

    def begin_anew(self) -> None:
        """End the submission's processes: what is called next finds its cells run, and no more."""
        if self._depth:
            raise RuntimeError("a student's code is being called: its process cannot be replaced")
        if self._peer:
            self._let_go()
            self._starts -= 1  # it did not break

    def end(self) -> None:
        """Kill all processes of the submission."""
        if self._peer:
            self._let_go()

    def flag(self, flag: str) -> None:
        """Note something that a person should look at."""
        if flag not in self.flags:
            self.flags.append(flag)

    def _run(self, peer: Peer, name: str) -> Output | None:
        found = peer.call("run", name, (self._cells[name],), {})
        if found is None:
            return None
        with well_formed():
            names, text, traceback = found
            return error_output(class_name(names), str(text), str(traceback))

    def _guarded(self, cell: str, ask: Callable[[Peer], Any]) -> Any:
        """Ask, bounded in time; whatever goes wrong on the other side stops it."""
        if self._depth:  # a check's own function, called by the student's code, calls it back
            return ask(self._require())
        self._depth = 1
        try:
            peer = self._ready(cell)
            peer.deadline = self._deadline()
            return ask(peer)
        except TooSlow:
            self._broken.add(cell)
            self._let_go()
            self.flag(WAITED)
            raise Stopped(self._too_slow(self._limits.call_patience)) from None
        except Gone:
            self._broken.add(cell)
            raise Stopped(self._why_gone()) from None
        except BadBytes as error:
            self._broken.add(cell)
            self._let_go()
            self.flag("no plain data")
            raise Stopped(str(error)) from None
        finally:
            self._depth = 0
            self._take_printed()

    def _require(self) -> Peer:
        if self._peer is None:
            raise Gone
        return self._peer

    def _ready(self, cell: str) -> Peer:
        """The line to the student's process; to a fresh one if the last is gone."""
        if time.monotonic() >= self._end:
            raise TooSlow
        if self._peer is None:
            if self._starts > self._limits.replays:
                raise Stopped(f"your code hung or ended Python {self._starts} times before this")
            self._starts += 1
            self._begin()
            for name in self._cells:
                if name != cell and name not in self._broken:
                    self._require().deadline = self._deadline()
                    self._run(self._require(), name)
            self._require().received.clear()
        return self._require()

    def _begin(self) -> None:
        self._line, self._leash = self._sandbox.open()
        peer = Peer(self._line, self._namespace, {}, lends=True, packages=self._packages)
        peer.answer("back", peer.call_lent)
        peer.bytes_left = self._left
        self._peer = peer

    def _deadline(self) -> float:
        return min(time.monotonic() + self._limits.call_patience, self._end)

    def _too_slow(self, seconds: float) -> str:
        if time.monotonic() >= self._end:
            return f"the submission took longer than {self._limits.submission_seconds:g} s in all"
        return f"took longer than {seconds:g} s and was stopped: is there an endless loop?"

    def _why_gone(self) -> str:
        said = self._let_go(ENDING_SECONDS)
        if not said or said.startswith("setup"):  # even a killed process is reported
            raise SetupFailed(said)
        if said == f"ended: {OUT_OF_TIME}":
            self.flag("time limit")
            return self._too_slow(self._limits.call_seconds)
        if said == "memory":
            self.flag("out of memory")
            return "took too much memory and was stopped"
        self.flag("killed")
        return "your code ended Python (exit, crash or out of memory)"

    def _let_go(self, patience: float = 0.0) -> str:
        """End the student's processes, and wait until they are gone; how they ended.

        Args:
            patience: seconds in which they may end by themselves, where they are about to.
        """
        peer, self._peer = self._peer, None
        if peer:
            self._left = peer.bytes_left
            self.printed += peer.received
        with self._line, self._leash:
            try:
                if not select.select([self._leash], [], [], patience)[0]:
                    self._leash.shutdown(socket.SHUT_WR)
                return self._leash.recv(1000).decode(errors="replace")
            except (OSError, ValueError):  # it is closed: they ended before
                return ""

    def _take_printed(self) -> None:
        if self._peer:
            self.printed += self._peer.received
            self._peer.received.clear()
