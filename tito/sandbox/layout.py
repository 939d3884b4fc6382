"""What can be seen inside, under which names, and what of it is hidden.

Seen are the system's programs, Python, the packages of the environment that runs this, the support
modules and a few files of our own (`seen/`). Names are the same on every machine: a path would
tell who grades, and where. Of a virtual environment only its packages are seen, so that it may lie
anywhere: in the checkout, in a home, in a temporary folder.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from tito.errors import CourseError

SCRATCH = "/scratch"  # of the submission, with /dev/shm all that it can write to
PYTHON, ENVIRONMENT, SUPPORT, OURS = "/python", "/environment", "/support", "/sandbox"
SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache")
OF_PYTHON = ("bin", "lib", "lib64", "share")  # no `etc`: there are settings with passwords
LIBRARIES = ("lib", "lib64", "local/lib", "local/lib64")
OWN_FILES = ("__init__.py", "program.py", "sandbox")  # of tito, for the process that runs answers
HERE = Path(__file__).parent


class ExposedError(CourseError):
    """Something that students must not read lies where they can."""


def seen_as(support: str) -> dict[str, str]:
    """Where each file and folder is seen that can be read, the system's own left out."""
    ours = {str(HERE.parent / name): f"{OURS}/tito/{name}" for name in OWN_FILES}
    names = {str(HERE / "seen" / name): f"/etc/{name}" for name in ("passwd", "group")}
    return {**python(), **packages(), support: SUPPORT, **ours, **names}


def python() -> dict[str, str]:
    """Python itself, where it is not the system's."""
    if is_system(base()):
        return {}
    return {
        str(base() / name): f"{PYTHON}/{name}" for name in OF_PYTHON if (base() / name).exists()
    }


def packages() -> dict[str, str]:
    """The packages of the virtual environment, and the file that makes it one."""
    if not in_environment():
        return {}
    folders = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    found = {each: f"{ENVIRONMENT}/{Path(each).relative_to(sys.prefix)}" for each in folders}
    return found | {str(HERE / "seen" / "pyvenv.cfg"): f"{ENVIRONMENT}/pyvenv.cfg"}


def links() -> dict[str, str]:
    """Names inside that stand for others."""
    found = {"/tmp": SCRATCH}
    if is_system(base()):
        found[PYTHON] = str(base())
    if in_environment():
        found[f"{ENVIRONMENT}/bin/python"] = f"{PYTHON}/{program()}"
    return found


def interpreter() -> str:
    """This Python, as it is called inside."""
    if in_environment():
        return f"{ENVIRONMENT}/bin/python"
    return str(base() / program()) if is_system(base()) else f"{PYTHON}/{program()}"


def hidden(support: str) -> Iterator[tuple[Path, str]]:
    """What is installed and may hold answers, with the name that it would have inside."""
    homes = [*packages().items(), ("/usr", "/usr")]
    homes += [] if is_system(base()) else [(str(base()), PYTHON)]
    for place, seen in homes:
        folders = [Path(place)]
        for library in LIBRARIES:
            folders += Path(place, library).glob("python3*/*-packages")
        for folder in folders:
            for pattern in with_answers(Path(support)):
                for each in folder.glob(pattern):
                    yield each, f"{seen}/{each.relative_to(place)}"


def with_answers(support: Path) -> list[str]:
    """What is called, among installed packages, as the package of the lessons is, and as we are.

    Args:
        support: the folder of that package, or of such folders.
    """
    inits = list(support.glob("*/__init__.py")) or list(support.glob("*/*/__init__.py"))
    lessons = {init.parent.name for init in inits}
    return ["tito", "tito-*", *(f"*{name}*" for name in sorted(lessons))]


def refuse_exposed(places: Iterable[Path]) -> None:
    """See that no folder lies where students' code can read it.

    Raises:
        ExposedError: one does; the message says where.
    """
    readable = [*SYSTEM, *python(), *packages()]
    for place in places:
        for folder in readable:
            if place.resolve().is_relative_to(Path(folder).resolve()):
                raise ExposedError(
                    f"students' code can read {folder}, and {place} lies in it: move it elsewhere "
                    "(TITO_CLASS names the class folder)"
                )


def base() -> Path:
    return Path(sys.base_prefix).resolve()


def in_environment() -> bool:
    return sys.prefix != sys.base_prefix


def is_system(place: Path) -> bool:
    return place.is_relative_to("/usr")


def program() -> str:
    """Python's program, below `base`."""
    called = sys._base_executable  # type: ignore[attr-defined]  # of a copy in an environment, too
    found = Path(os.path.realpath(called))
    if found.is_relative_to(base()):
        return str(found.relative_to(base()))
    return f"bin/python{sys.version_info.major}.{sys.version_info.minor}"


def libraries() -> dict[str, str]:
    """The variable that a Python needs whose own library lies beside it."""
    if is_system(base()) or not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        return {}
    return {"LD_LIBRARY_PATH": f"{PYTHON}/lib"}
