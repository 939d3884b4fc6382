"""Work that may hang or run out of memory, done for each name in a process of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess

from tito.errors import CourseError

PR_SET_PDEATHSIG = 1
LONGEST_PROBLEM = 300  # characters
Work = Callable[[str], None]


@dataclass(frozen=True)
class Bounds:
    """What the work for one name may take."""

    seconds: float = 30.0
    more_bytes: int = 2**30  # of memory, beyond what is there before it starts


def in_processes(
    work: Work, names: Sequence[str], processes: int, bounds: Bounds
) -> Iterator[tuple[str, str]]:
    """Do `work` for each name; yield the names as they are done, each with what went wrong or "".

    Each is done by a copy of this process, with all it has loaded, which ends with this one. Where
    the system makes none, this process does it, without bounds.
    """
    if sys.platform != "linux":
        for name in names:
            yield name, attempt(work, name)
        return
    waiting = iter(names)
    running: dict[connection.Connection, Worker] = {}
    try:
        while True:
            for name in waiting:
                worker = Worker.begin(work, name, bounds)
                running[worker.line] = worker
                if len(running) >= processes:
                    break
            if not running:
                return
            soonest = min(worker.deadline for worker in running.values())
            ready = connection.wait(list(running), max(0.0, soonest - time.monotonic()))
            for line, worker in list(running.items()):
                if line in ready or worker.deadline <= time.monotonic():
                    del running[line]
                    yield worker.name, worker.end(line in ready, bounds)
    finally:
        for worker in running.values():
            worker.kill()


@dataclass(frozen=True)
class Worker:
    """A process at work for one name."""

    name: str
    line: connection.Connection
    process: BaseProcess
    deadline: float

    @classmethod
    def begin(cls, work: Work, name: str, bounds: Bounds) -> Worker:
        context = get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=live, args=(work, name, theirs, os.getpid(), bounds))
        process.daemon = True
        process.start()
        theirs.close()
        return cls(name, ours, process, time.monotonic() + bounds.seconds)

    def end(self, has_answer: bool, bounds: Bounds) -> str:
        """What went wrong, or nothing."""
        said = f"it took longer than {bounds.seconds:g} s"
        if has_answer:
            try:
                said = self.line.recv()
            except EOFError:
                said = "its process ended"
        self.kill()
        return said

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.line.close()


def live(work: Work, name: str, line: connection.Connection, parent: int, bounds: Bounds) -> None:
    """What the process does."""
    import resource  # not on Windows, which makes no such process

    end_with(parent)
    most = address_space() + bounds.more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with suppress(BrokenPipeError):
        line.send(attempt(work, name))


def attempt(work: Work, name: str) -> str:
    """Do it; what went wrong, or nothing."""
    try:
        work(name)
    except CourseError as error:
        return str(error)
    except Exception as error:  # whatever one name brings, the others are done
        return f"{type(error).__name__}: {error}"[:LONGEST_PROBLEM].rstrip(": ")
    return ""


def end_with(parent: int) -> None:
    """Be killed when the parent ends, however it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it has ended before this
        os._exit(1)


def address_space() -> int:
    """Bytes that this process has reserved."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")
