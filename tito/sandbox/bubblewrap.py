"""Start and stop the process in which students' code runs, shut in by bubblewrap."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, get_args

from tito.errors import CourseError
from tito.sandbox import ISOLATED, SEPARATE, TRUSTED, Isolation, at_home, layout, seccomp
from tito.sandbox.cgroup import Group
from tito.sandbox.layout import SCRATCH, SUPPORT, SYSTEM
from tito.sandbox.limits import ONE_THREAD, Limits

PROGRAM = "bwrap"
KEEPERS = 8  # processes that hold a submission, the last one's among them
OWN_FOLDER = Path(__file__).resolve().parents[2]  # that this package is imported from
FIRST_UID = 64_000  # of the users whose rights students' code has when root grades
START_SECONDS, END_SECONDS = 120, 30
REMEDY = (
    "install bubblewrap (Debian and Ubuntu: apt install bubblewrap) on Linux with user "
    "namespaces allowed, or grade submissions you trust with --trust-submissions"
)
SETTINGS = {  # of every process that runs cells
    **ONE_THREAD,
    "MPLBACKEND": "agg",
    "NBGRADER_EXECUTION": "autograde",
    "PYTHONDONTWRITEBYTECODE": "1",
}
HOST = "sandbox"  # what the machine is called inside


class SandboxError(CourseError):
    """Students' code cannot be isolated here."""


def check_isolation(isolation: Isolation = ISOLATED) -> None:
    """See that a submission can be isolated on this machine, by starting an empty one.

    Raises:
        SandboxError: it cannot; the message says how to get there.
    """
    # What can be read with another user's rights is seen when all is loaded.
    preload: list[str] | None = [] if isolation == SEPARATE else None
    with (
        TemporaryDirectory() as support,
        Sandbox(support, isolation, Limits(), preload=preload) as sandbox,
    ):
        sandbox.try_out()


def best_isolation(*wanted: Isolation) -> Isolation:
    """The first of these that is to be had here; TRUSTED is everywhere."""
    for isolation in wanted or (ISOLATED,):
        with suppress(CourseError):
            check_isolation(isolation)
            return isolation
    return TRUSTED


class Sandbox:
    """A process that forks one shut-in process for each submission.

    Args:
        support: the folder whose package students import.
        isolation: ISOLATED, SEPARATE under root, or TRUSTED for submissions that are.
        slot: tells apart those that run side by side; each has a user id of its own under root.
        preload: modules to load, besides matplotlib and IPython, before the first submission; None
            loads nothing, enough to see whether it works.
    """

    def __init__(
        self,
        support: str,
        isolation: Isolation,
        limits: Limits,
        slot: int = 0,
        preload: Sequence[str] | None = None,
    ) -> None:
        refuse_system(isolation)
        self.support = support
        if preload is not None and not font_lists():
            subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"])
        ours, theirs = socket.socketpair()
        self._control = ours
        self._said = TemporaryFile()  # noqa: SIM115  (closed by stop)
        isolated, as_root = isolation == ISOLATED, os.geteuid() == 0
        self._isolated, self._isolation = isolated, isolation
        self._limits = limits
        self.group = Group.make() if isolated else None
        settings = {
            **asdict(limits),
            "isolated": isolated,
            **(calls() if isolated else {}),
            "scratch": SCRATCH if isolated else None,
            "uid": FIRST_UID + slot if isolation != TRUSTED and as_root else None,
            "preload": None if preload is None else list(preload),
        }
        ours.sendall(json.dumps(settings).encode())  # not as an argument, which students see
        inside = ["-s", "-P", "-m", "tito.sandbox.inside", str(theirs.fileno())]
        if isolated:
            program = [*bubblewrap(support, as_root), "--", layout.interpreter(), *inside]
            program = self.group.entering(program) if self.group else program
            variables = environment(layout.OURS, SUPPORT)
        else:
            program = [sys.executable, *inside]
            variables = environment(support, str(OWN_FOLDER))
        self._process = start(program, variables, theirs, self._said)

        self._is_ready = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def isolation(self) -> str:
        """The walls around students' code; SEPARATE or TRUSTED where there are none."""
        return ", ".join(walls(self.group)) if self._isolated else self._isolation

    def wait_until_ready(self) -> None:
        """Wait until it has loaded everything.

        Raises:
            SandboxError: it ended instead.
        """
        self._control.settimeout(START_SECONDS)
        try:
            answer = self._control.recv(16)
        except TimeoutError as error:
            raise SandboxError(
                f"the process for students' code was not ready after {START_SECONDS} s"
            ) from error
        except OSError as error:
            raise SandboxError(self._why()) from error
        if answer != b"ready":
            raise SandboxError(self._why())
        self._control.settimeout(None)
        self._is_ready = True
        if self.group:  # what is loaded by now is nobody's
            memory = self._limits.memory_bytes + 2 * self._limits.scratch_bytes
            if not self.group.bound(memory, self._limits.processes + KEEPERS):
                self._leave_group()

    def open(self) -> tuple[socket.socket, socket.socket]:
        """Begin a submission; return our ends of its line and its leash."""
        line, their_line = socket.socketpair()
        leash, their_leash = socket.socketpair()
        with their_line, their_leash:
            handed = [their_line.fileno(), their_leash.fileno()]
            socket.send_fds(self._control, [b"begin"], handed)
        return line, leash

    def try_out(self) -> None:
        """Begin an empty submission and end it.

        Raises:
            SandboxError: its process could not be shut in.
        """
        self.wait_until_ready()
        line, leash = self.open()
        with line, leash:
            leash.shutdown(socket.SHUT_WR)
            leash.settimeout(START_SECONDS)
            said = leash.recv(1000).decode()
            if said != "let go":
                raise SandboxError(f"no isolation: {said or 'it ended at once'}; {REMEDY}")

    def stop(self) -> None:
        """End it, and with it every process it started."""
        self._control.close()
        if not (self._is_ready and self._isolated):
            end_by_itself(self._process)
        self._process.kill()
        self._process.wait()
        self._said.close()
        self._leave_group()

    def _leave_group(self) -> None:
        group, self.group = self.group, None
        if group:
            group.remove()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _why(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return f"no isolation: {lines[-1] if lines else 'it ended at once'}; {REMEDY}"


def calls() -> dict[str, object]:
    """The numbers of the system calls that raise walls inside, and the filter that is one."""
    program = seccomp.program()
    return {
        "keyctl": seccomp.number("keyctl"),
        "seccomp": seccomp.number("seccomp"),
        "filter": None if program is None else base64.b64encode(program).decode(),
    }


def walls(group: Group | None) -> list[str]:
    """What keeps students' code in on this machine; the first is always there."""
    found = [ISOLATED]
    found += ["seccomp"] if seccomp.program() is not None else []
    found += ["keyring"] if seccomp.number("keyctl") is not None else []
    return found + (["cgroup"] if group else [])


def end_by_itself(process: subprocess.Popen[bytes]) -> None:
    """Give a process time to end whose socket we closed, where killing it would leave something.

    Without isolation that is a folder. With it, a process: bubblewrap forks and then lets its child
    go on. Killed in between, it leaves a child that waits for ever: --die-with-parent comes into
    force after that.
    """
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)


def refuse_system(isolation: Isolation) -> None:
    if isolation not in (known := get_args(Isolation)):
        raise SandboxError(f"isolation must be one of {', '.join(known)}, got {isolation!r}")
    if os.name != "posix":
        raise SandboxError(
            "students' code can be run apart from the checks on Linux and macOS only: "
            "on Windows run the same command in WSL, or grade with nbgrader autograde"
        )
    if isolation == SEPARATE and os.geteuid() != 0:
        raise SandboxError("only root can run students' code with another user's rights")
    if isolation == ISOLATED and not (sys.platform == "linux" and shutil.which(PROGRAM)):
        raise SandboxError(f"no isolation: there is no bubblewrap here; {REMEDY}")


def environment(*path: str) -> dict[str, str]:
    """All variables that students' code sees; `path` is where it imports from."""
    return {
        **SETTINGS,
        **layout.libraries(),
        **at_home(SCRATCH),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(path),
        "USER": "student",
    }


def font_lists() -> list[Path]:
    """The lists of fonts that matplotlib has made here: making a new one takes seconds."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "matplotlib")
    return sorted(cache.glob("fontlist-*.json"))


def bubblewrap(support: str, as_root: bool, *more: str) -> list[str]:
    """The command that shuts a program in: it sees what `layout` says, and what `more` adds."""
    command = [shutil.which(PROGRAM) or PROGRAM, "--die-with-parent", "--new-session"]
    command += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--unshare-cgroup-try", "--hostname", HOST]
    if as_root:  # to become another user, and nothing else
        command += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    places, links = layout.seen_as(support), layout.links()
    for parent in parents([*SYSTEM, *places.values(), *links]):
        command += ["--perms", "0755", "--dir", parent]  # bubblewrap makes them for root alone
    for place in SYSTEM:
        if os.path.islink(place):
            command += ["--symlink", os.readlink(place), place]
        elif os.path.exists(place):
            command += ["--ro-bind", place, place]
    command += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", SCRATCH]
    command += ["--dev-bind", "/dev/full", "/dev/zero"]  # reads the same, and cannot be shared
    fonts = {str(path): f"{SCRATCH}/matplotlib/{path.name}" for path in font_lists()}
    command += ["--perms", "1777", "--dir", f"{SCRATCH}/matplotlib"]
    for place, seen_as in {**places, **fonts}.items():
        command += ["--ro-bind", place, seen_as]
    for name, stands_for in links.items():
        command += ["--symlink", stands_for, name]
    for installed, name in layout.hidden(support):
        if installed.is_dir():
            command += ["--tmpfs", name, "--remount-ro", name]
        else:
            command += ["--ro-bind", os.devnull, name]
    command += [*more, "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*command, "--chdir", SCRATCH]


def parents(places: Sequence[str]) -> list[str]:
    """The folders above some places, outermost first."""
    above = {str(parent) for place in places for parent in Path(place).parents}
    return sorted(above - {"/"})


def start(
    program: list[str], variables: dict[str, str], control: socket.socket, said: IO[bytes]
) -> subprocess.Popen[bytes]:
    with control:
        return subprocess.Popen(
            program,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            pass_fds=[control.fileno()],
            start_new_session=True,
        )
