"""A Jupyter kernel shut in by bubblewrap, for courses that grade with plain nbgrader.

Jupyter starts this file's `main`, which becomes bubblewrap, which becomes the kernel. It talks
through sockets in one folder (transport "ipc"), since inside there is no network.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tito.course import Course
from tito.errors import CourseError
from tito.files import save
from tito.sandbox import layout, seccomp
from tito.sandbox.bubblewrap import bubblewrap, check_isolation, environment

NAME = "tito-isolated"
LINE = "/sandbox/line"  # where the folder of the sockets is seen inside
NOBODY = "65534"
LIMITS = {
    "RLIMIT_AS": 4 * 2**30,  # bytes one process may reserve
    "RLIMIT_FSIZE": 64 * 2**20,  # bytes of one file
    "RLIMIT_NPROC": 256,
    "RLIMIT_CORE": 0,
}


def install(course: Course, prefix: Path) -> Path:
    """Write the kernelspec into `prefix`/share/jupyter/kernels; return its folder.

    Raises:
        CourseError: students' code cannot be isolated here, or the course is not built.
    """
    check_isolation()
    layout.refuse_exposed([course.root, course.class_folder])
    if not course.support.is_dir():
        raise CourseError(f"there is no {course.support}: run `tito build` first")
    folder = prefix / "share" / "jupyter" / "kernels" / NAME
    program = [sys.executable, "-m", "tito.isolated_kernel", str(course.support)]
    spec = {
        "argv": [*program, "{connection_file}"],
        "display_name": "Python 3 (isolated)",
        "language": "python",
        "interrupt_mode": "message",  # a signal would reach bubblewrap and end the kernel
    }
    save(folder / "kernel.json", json.dumps(spec, indent=1) + "\n")
    return folder


def main(supports: str, connection_file: str, *more: str) -> None:
    """Become the kernel that Jupyter described in `connection_file`.

    nbgrader starts it in the notebook's folder, which is called as the lesson is; one that is no
    lesson of this course gets no support.
    """
    from tito.sandbox.walls import leave_keyring  # not on Windows, where `tito` starts all the same

    support = Path(supports, Path.cwd().name)
    connection = json.loads(Path(connection_file).read_text(encoding="utf-8"))
    if connection["transport"] != "ipc":
        sys.exit(
            f'{NAME}: KernelManager.transport must be "ipc", got {connection["transport"]!r}; '
            "docs/plain-nbgrader.md has the settings"
        )
    line = Path(connection["ip"]).parent
    inside = connection | {"ip": f"{LINE}/{Path(connection['ip']).name}"}
    copy = line / f"connection-{os.getpid()}.json"
    save(copy, json.dumps(inside))
    limit_resources()
    kernel = [layout.interpreter(), "-m", "ipykernel_launcher", "-f", f"{LINE}/{copy.name}", *more]
    command = [*shut_in(str(support if support.is_dir() else supports), str(line)), *kernel]
    leave_keyring(seccomp.number("keyctl"))
    os.execvpe(command[0], command, environment(layout.SUPPORT))


def limit_resources() -> None:
    import resource  # not on Windows either

    for name, most in LIMITS.items():
        resource.setrlimit(getattr(resource, name), (most, most))


def shut_in(support: str, line: str) -> list[str]:
    """The engine's sandbox, with the folder of the sockets in it."""
    more = ["--bind", line, LINE, "--uid", NOBODY, "--gid", NOBODY]
    more += ["--perms", "1777", "--tmpfs", "/dev/shm"]
    program = seccomp.program(asks_for_interfaces=True)
    if program is not None:  # put on by bubblewrap as the last thing
        descriptor = os.memfd_create("filter", 0)  # 0: the program that we become keeps it
        os.write(descriptor, program)
        os.lseek(descriptor, 0, os.SEEK_SET)
        more += ["--seccomp", str(descriptor)]
    return bubblewrap(support, False, *more)


if __name__ == "__main__":
    main(*sys.argv[1:])
