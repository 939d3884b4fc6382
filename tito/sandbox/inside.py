"""The process in which students' code runs: started clean, forked once for each submission.

Started as a program, in bubblewrap where there is isolation. It has NumPy, matplotlib and IPython
loaded and knows nothing of any check. For each submission it is handed two sockets: the line, on
which the checks ask, and the leash: when that is let go, all processes of the submission are
killed. Three processes follow each other: this one, a keeper that holds the leash, and the
student's.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import linecache
import os
import re
import resource
import select
import signal
import socket
import sys
import tempfile
import traceback
from contextlib import suppress
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from tito.program import execute, parts_of, python_of, without_cell_magic
from tito.sandbox import at_home
from tito.sandbox.limits import OUT_OF_TIME
from tito.sandbox.walls import (
    PR_SET_DUMPABLE,
    control_process,
    drop_rights,
    enter_namespaces,
    leave_keyring,
)
from tito.sandbox.wire import PRINTED_CHARACTERS, Gone, Peer, Printed, portrait, readable

LINE = 3  # the one descriptor a student's process has besides the three standard ones
LOOK_SECONDS = 0.05
SETTINGS_BYTES = 65536
TRACEBACK_CHARACTERS = 5_000
CELL = "<ipython-cell "  # begins a cell's name as a file: of such, numba keeps what it compiled

HELD = re.compile(rb"^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB", re.MULTILINE)

Settings = SimpleNamespace


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = Settings(**json.loads(control.recv(SETTINGS_BYTES)))  # sent before we were started
    if settings.uid is not None:
        os.setgroups([])
        os.setresgid(settings.uid, settings.uid, settings.uid)
        os.setresuid(settings.uid, settings.uid, settings.uid)
    if settings.isolated:
        serve(settings, control)
        return
    with TemporaryDirectory(prefix="tito-") as home:  # goes when nobody needs us any more
        os.environ.update(at_home(home))
        tempfile.tempdir = home
        serve(settings, control)


def serve(settings: Settings, control: socket.socket) -> None:
    """Fork a process for each submission, until the one who grades lets go."""
    shell = None if settings.preload is None else warm_up(settings.preload)
    if settings.isolated:
        control_process(PR_SET_DUMPABLE, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers that ended need no wait
    control.sendall(b"ready")
    while True:
        message, descriptors, *_ = socket.recv_fds(control, 16, 2)
        if not message:
            return
        if os.fork() == 0:
            try:
                control.close()
                keep(settings, shell, *map(open_socket, descriptors))
            finally:
                os._exit(0)
        for each in descriptors:
            os.close(each)


def open_socket(descriptor: int) -> socket.socket:
    return socket.socket(fileno=descriptor)


def warm_up(modules: list[str]) -> Any:
    """Load what students import, and a shell without history or files."""
    # Here, because a first look whether isolation works needs none of them.
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    for name in ("matplotlib.pyplot", *modules):
        importlib.import_module(name)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.ast_node_interactivity = "none"
    shell: Any = InteractiveShell.instance(config=config)
    shell.enable_gui = lambda gui=None: None  # `%matplotlib inline` asks for one
    shell._showtraceback = lambda *args: None  # an error is sent as data
    return shell


# The keeper


def keep(settings: Settings, shell: Any, line: socket.socket, leash: socket.socket) -> None:
    """Start a submission's first process and watch it; say on the leash how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        processes = None
        if settings.isolated:
            control_process(PR_SET_DUMPABLE, 1)  # or its own /proc files are not its own
            processes = os.open("/proc", os.O_RDONLY)
            try:
                leave_keyring(settings.keyctl)
                enter_namespaces(settings.scratch, settings.scratch_bytes)
            except OSError as error:
                leash.sendall(f"setup: {error}".encode())
                return
        first = os.fork()
        if first == 0:
            try:
                leash.close()
                live(settings, shell, line, settings.scratch or scratch)
            finally:
                os._exit(0)
        if not settings.isolated:  # there is a group to kill, whoever of the two is first
            with suppress(OSError):
                os.setpgid(first, first)
        line.close()
        if processes is not None:
            offer(processes, first)
        leash.sendall(watch(settings, first, leash, processes).encode())


def watch(settings: Settings, first: int, leash: socket.socket, processes: int | None) -> str:
    """Wait for the end of a submission, or bring it about; say which."""
    while True:
        let_go = select.select([leash], [], [], LOOK_SECONDS)[0]
        ended, status = os.waitpid(first, os.WNOHANG)
        if ended:
            return f"ended: {os.waitstatus_to_exitcode(status)}"
        too_large = processes is not None and memory(processes) > settings.memory_bytes
        if let_go or too_large:
            kill(settings, first)
            return "memory" if too_large else "let go"


def offer(processes: int, first: int) -> None:
    """Where memory runs out, the kernel shall take the student's processes, and none of ours."""
    with suppress(OSError):
        file = os.open(f"{first}/oom_score_adj", os.O_WRONLY, dir_fd=processes)
        os.write(file, b"1000")
        os.close(file)


def kill(settings: Settings, first: int) -> None:
    """Kill all processes of a submission: in its namespace they die with the first of them."""
    if settings.isolated:
        os.kill(first, signal.SIGKILL)
    else:
        os.killpg(first, signal.SIGKILL)
    os.waitpid(first, 0)


def memory(processes: int) -> int:
    """Bytes that the submission's processes hold, or have in swap, without what is read from files.

    What they share counts once for each of them.
    """
    ours = {1, os.getpid(), os.getppid()}
    total = 0
    for name in os.listdir(processes):
        if name.isdigit() and int(name) not in ours:
            with suppress(OSError):  # it has ended
                status = os.open(f"{name}/status", os.O_RDONLY, dir_fd=processes)
                with open(status, "rb", buffering=0) as file:
                    total += sum(map(int, HELD.findall(file.read()))) * 1024
    return total


# The student's process


def live(settings: Settings, shell: Any, line: socket.socket, scratch: str) -> None:
    """Answer the checks until they let go."""
    os.setsid() if settings.isolated else os.setpgid(0, 0)
    only_line(line)
    os.chdir(scratch)
    os.environ.update(HOME=scratch, TMPDIR=scratch)
    tempfile.tempdir = scratch
    set_limits(settings)
    if settings.isolated:
        drop_rights(settings.seccomp, settings.filter)
    seconds = settings.call_seconds
    vars(settings).clear()  # nothing of it is for the student
    student = Student(shell, socket.socket(fileno=LINE), seconds)
    try:
        student.peer.serve()
    except Gone:
        return


def only_line(line: socket.socket) -> None:
    """Close every descriptor but the line; the standard ones lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    aside = os.dup(line.detach())
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.dup2(aside, LINE)
    os.closerange(LINE + 1, 65536)


def set_limits(settings: Settings) -> None:
    limits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_AS": settings.address_bytes,
        "RLIMIT_CPU": int(settings.submission_seconds) + 1,
        "RLIMIT_FSIZE": settings.file_bytes,
        "RLIMIT_NOFILE": settings.open_files,
    }
    if settings.isolated:  # outside, all processes of the user would count
        limits["RLIMIT_NPROC"] = settings.processes
    for name, most in limits.items():
        if hasattr(resource, name):
            resource.setrlimit(getattr(resource, name), (most, most))


def end_when_out_of_time() -> None:
    """Let SIGPROF end this process at once, whatever it is at: by C's handler, not by Python's."""
    system = ctypes.CDLL(None)
    system.signal.argtypes = ctypes.c_int, ctypes.c_void_p
    system.signal.restype = ctypes.c_void_p
    system.signal(OUT_OF_TIME, ctypes.cast(system._exit, ctypes.c_void_p))  # its number is given


class NoPython(Exception):
    """A cell is no Python; it may be IPython."""


class Student:
    """Runs the cells and functions of one submission, as they are asked for."""

    def __init__(self, shell: Any, line: socket.socket, seconds: float) -> None:
        self.shell, self.seconds = shell, seconds
        end_when_out_of_time()
        self.names = shell.user_ns if shell else {}  # to try out isolation, none is loaded
        answerers = {"run": self.run, "call": self.call}
        self.peer = Peer(line, self.names, answerers, explain=own_lines, packages=None)

    def begin(self) -> None:
        """Give what runs now its time, and send what it prints with the next answer."""
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        for name in ("stdout", "stderr"):
            setattr(sys, name, Printed(name, self.peer.printed, PRINTED_CHARACTERS))

    def run(self, name: str, source: str) -> list[Any] | None:
        """Run a cell; return the error that ended it as names, text and traceback, or nothing."""
        self.begin()
        error = self.error_of(f"{CELL}{name}>", source)
        if error is None:
            return None
        names, text = portrait(error)
        return [names, as_read(text), own_lines(error)]

    def error_of(self, title: str, source: str) -> BaseException | None:
        """Run a cell as Python where it is Python, else as IPython, which is slower.

        An import or a magic on a line of its own that fails is an error, and the rest still runs.
        """
        source = without_cell_magic(source)
        error = self.python_error(title, source)
        if not isinstance(error, NoPython):
            return error
        self.shell.compile.get_code_name = lambda *args: title
        result = self.shell.run_cell(source, store_history=False, silent=True)
        failed: BaseException | None = result.error_before_exec or result.error_in_exec
        if failed is not None and (plain := python_of(source)) != source:
            self.python_error(title, plain)
        return failed

    def python_error(self, title: str, source: str) -> BaseException | None:
        """Run a cell that is Python; the error that ended it, or NoPython."""
        try:
            parts = parts_of(source, title)
        except (RecursionError, MemoryError) as too_deep:
            return too_deep
        except (SyntaxError, ValueError):
            return NoPython()
        linecache.cache[title] = len(source), None, source.splitlines(keepends=True), title
        try:
            return execute(parts, self.names)
        except BaseException as error:  # a student's sys.exit() is an error like others
            return error

    def call(self, name: str, /, *args: Any, **settings: Any) -> Any:
        """Call a function that the cells defined."""
        self.begin()
        if name not in self.names:
            raise NameError(f"name {name!r} is not defined")
        return self.names[name](*args, **settings)


def own_lines(error: BaseException) -> str:
    """The traceback of a student's error, without the lines of this file and of IPython."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [step for step in steps if step.filename.startswith(CELL)]
    lines = traceback.format_list(own) + traceback.format_exception_only(error)
    return as_read(readable("".join(lines)))[-TRACEBACK_CHARACTERS:]


def as_read(text: str) -> str:
    """A text in which cells are called as students know them."""
    return text.replace(CELL, "<cell ")


if __name__ == "__main__":
    main()
