"""A group of processes whose memory and number the kernel itself bounds, where one can be made.

That needs rights which root has, and an ordinary user below a service of their own. It is made
beside the group we are in (cgroup 2 wants groups of processes to have no groups below), in cgroup 1
below it. Without one, the keeper counts what the processes hold, and the filter refuses memory
that could not be counted.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

UNIFIED = Path("/sys/fs/cgroup")  # cgroup 2; of cgroup 1, a folder below for each kind
NAME = "tito"
MEMORY = ("memory.max", "memory.limit_in_bytes")  # of cgroup 2 and 1, whichever is there
MEMORY_AND_SWAP = ("memory.memsw.limit_in_bytes",)
HELD = ("memory.current", "memory.usage_in_bytes")
PROCESSES = ("pids.max",)
ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'
END_SECONDS = 2.0
MEMBERS = "cgroup.procs"
_numbers = itertools.count()


@dataclass(frozen=True)
class Group:
    """The folders of one group: one, or in cgroup 1 one for each thing that is bounded."""

    folders: tuple[Path, ...]

    @classmethod
    def make(cls) -> Group | None:
        """A new, empty group; nothing where none can be had that bounds memory."""
        sweep()
        name = f"{NAME}-{os.getpid()}-{next(_numbers)}"
        made: list[Path] = []
        for parent in homes():
            with suppress(OSError):
                (parent / name).mkdir()
                made.append(parent / name)
        group = cls(tuple(made))
        if group.files(MEMORY) and len(group.files((MEMBERS,))) == len(made):
            return group
        group.remove()
        return None

    def entering(self, program: list[str]) -> list[str]:
        """The command that runs a program in this group."""
        return ["/bin/sh", "-c", ENTER, "sh", *map(str, self.folders), "--", *program]

    def bound(self, memory: int, processes: int) -> bool:
        """Allow it so many bytes more than it holds, and so many processes more than it has.

        Returns:
            Whether it bounds anything: it does not where its program was not let in.
        """
        if not all(path.read_text() for path in self.files((MEMBERS,))):
            return False
        held = sum(int(path.read_text()) for path in self.files(HELD))
        for path in self.files(MEMORY + MEMORY_AND_SWAP):
            with suppress(OSError):  # no swap is counted here
                path.write_text(str(held + memory))
        for path in self.files(("memory.swap.max",)):
            with suppress(OSError):
                path.write_text("0")
        for path in self.files(PROCESSES):
            here = len(path.with_name(MEMBERS).read_text().split())
            path.write_text(str(here + processes))
        return True

    def files(self, names: tuple[str, ...]) -> list[Path]:
        found = [folder / name for name in names for folder in self.folders]
        return [path for path in found if path.exists()]

    def remove(self) -> None:
        """Take it away once its processes have ended."""
        for folder in self.folders:
            end = time.monotonic() + END_SECONDS
            while folder.exists() and time.monotonic() < end:
                with suppress(OSError):
                    folder.rmdir()
                    break
                time.sleep(0.01)


def homes() -> Iterator[Path]:
    """The folders in which a group may be made."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, place = line.split(":", 2)
        if not kinds and (UNIFIED / "cgroup.controllers").exists():  # not there beside cgroup 1
            yield UNIFIED / Path(place).parent.relative_to("/")
        elif kinds in ("memory", "pids"):
            yield UNIFIED / kinds / Path(place).relative_to("/")


def sweep() -> None:
    """Take away the groups of judges that were killed."""
    for parent in homes():
        for folder in parent.glob(f"{NAME}-*-*"):
            owner = folder.name.split("-")[1]
            if owner.isdigit() and not Path("/proc", owner).exists():
                Group((folder,)).remove()
