"""Watch a run from outside: what it changed, which processes it left, who was called."""

from __future__ import annotations

import ctypes
import hashlib
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

PR_SET_CHILD_SUBREAPER = 36
LARGEST_READ = 50 << 20
SETTLE_SECONDS = 10


def fingerprint(folder: Path, leave_out: tuple[str, ...] = ()) -> dict[str, str]:
    """What every file in a folder is and holds, by its path; links are not followed."""
    found = {}
    for place, folders, files in os.walk(folder):
        here = Path(place).relative_to(folder).as_posix()
        if any(here == each or here.startswith(f"{each}/") for each in leave_out):
            folders.clear()
            continue
        for name in files + [each for each in folders if Path(place, each).is_symlink()]:
            relative = Path(here, name).as_posix()
            if relative not in leave_out:
                found[relative] = describe(Path(place, name))
    return found


def describe(path: Path) -> str:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return f"link to {os.readlink(path)}"
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_READ:
        return f"{status.st_mode} {status.st_size}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def adopting() -> Iterator[None]:
    """Processes whose parents end become ours, so that none of them can be overlooked."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def left_over(before: set[int]) -> list[str]:
    """Processes below this one that were not there before, once they had time to end."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (found := new_processes(before)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def new_processes(before: set[int]) -> list[str]:
    """Those that still run; the browser of other tests starts some whenever it likes."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if process.pid in before or "chrom" in process.name():
                continue
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {process.name()} {process.cmdline()}")
        except psutil.NoSuchProcess:
            continue
    return found


def processes_now() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


SLOW = """#!/bin/sh
echo started >> {0}
sleep 1
echo ended by itself >> {0}
exit 1
"""


def slow_bubblewrap(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Put first into PATH a bubblewrap that takes a while and fails; the file of its notes."""
    notes, program = folder / "notes", folder / "bwrap"
    program.write_text(SLOW.format(notes))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return notes


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while not path.exists():
        assert time.monotonic() < deadline, f"no {path}"
        time.sleep(0.01)


@dataclass
class Ear:
    """Listens on this machine, and counts who calls."""

    folder: Path
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tcp = socket.create_server(("0.0.0.0", 0))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.name = f"tito-{os.getpid()}-{id(self)}"
        self.abstract.bind(f"\0{self.name}")
        self.file = socket.socket(socket.AF_UNIX)
        self.file.bind(str(self.folder / "s"))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("0.0.0.0", 0))
        for server in (self.abstract, self.file):
            server.listen()
        for server in (self.tcp, self.abstract, self.file):
            threading.Thread(target=self.accept, args=(server,), daemon=True).start()
        threading.Thread(target=self.receive, daemon=True).start()

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *error: object) -> None:
        for each in (self.tcp, self.abstract, self.file, self.udp):
            with suppress(OSError):  # a datagram socket says that it has no partner, but wakes up
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def accept(self, server: socket.socket) -> None:
        with suppress(OSError):  # closed
            while True:
                server.accept()[0].close()
                self.heard.append(f"a call on {server.getsockname()!r}")

    def receive(self) -> None:
        with suppress(OSError):
            while True:
                self.heard.append(f"a datagram: {self.udp.recv(100)!r}")

    @property
    def places(self) -> dict[str, str | int]:
        """Where it can be reached."""
        return {
            "tcp_port": self.tcp.getsockname()[1],
            "udp_port": self.udp.getsockname()[1],
            "abstract": self.name,
            "socket_file": str(self.folder / "s"),
            "address": own_address(),
            "host": socket.gethostname(),
        }


def own_address() -> str:
    """An address of this machine that others would use, or where it has none, 127.0.0.1."""
    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family == socket.AF_INET and not each.address.startswith("127."):
                return each.address
    return "127.0.0.1"
