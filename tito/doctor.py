"""What this machine lacks for a student, an instructor or a maintainer, and how to get it.

Imports nothing that may be missing: `python -m tito.doctor` works where `tito` does not start.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tito.consoles import show_every_character
from tito.course import Course
from tito.errors import CourseError
from tito.notebooks import parse_notebook
from tito.pythons import Pythons, made_with
from tito.sandbox import layout, seccomp
from tito.sandbox.cgroup import Group

ROLES = ("student", "instructor", "maintainer")
# The packages of each role beyond those of the role before; what these need comes with them.
NEEDED = {
    "student": ("numpy", "matplotlib", "jupyterlab", "ipykernel", "ipywidgets"),
    "instructor": ("click", "jinja2", "jupytext", "nbdev", "nbgrader", "rich"),
    "maintainer": ("hypothesis", "mypy", "numba", "playwright", "pytest", "ruff"),
}
EXTRAS = {"student": "course", "instructor": "course", "maintainer": "course,dev,fast"}


@dataclass(frozen=True)
class Finding:
    """One thing a role needs.

    `state` is "ok", "missing", or "note" for what works and yet differs from what we test with.
    """

    state: str
    what: str
    remedy: str = ""


def examine(role: str, course: Course | None) -> list[Finding]:
    """What `role` needs beyond the roles before it, in or outside a checkout."""
    pins = read_pins(course.root / "constraints.txt") if course else {}
    packages = [package(name, pins, role) for name in NEEDED[role]]
    if role == "student":
        return [python(), *packages, disk(0.5), writable(Path.cwd())]
    if role == "instructor":
        shut_in = isolation()
        return [
            *packages,
            disk(2),
            shut_in,
            *(walls() if shut_in.state == "ok" else []),
            *([writable(course.class_folder), unseen(course)] if course else []),
            *(class_python(course) if course else []),
        ]
    programs = [program("make"), program("git"), program("chromium")]
    return [*packages, disk(4), *programs]


def python() -> Finding:
    pythons = Pythons(Path(__file__).parents[1])
    here = f"Python {platform.python_version()}"
    if pythons.oldest <= sys.version_info[:2] <= pythons.newest:
        return Finding("ok", here)
    return Finding("missing", f"Python {pythons}, this is {here}", "get it from python.org")


def read_pins(constraints: Path) -> dict[str, str]:
    """Name and version of each package we test with; none where there is no such file."""
    text = constraints.read_text(encoding="utf-8") if constraints.is_file() else ""
    pins: dict[str, str] = {}
    for line in text.splitlines():
        name, _, version = line.partition(";")[0].partition("==")
        if version:
            pins.setdefault(name.strip(), version.strip())
    return pins


def package(name: str, pins: dict[str, str], role: str) -> Finding:
    pinned = pins.get(name)
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        install = f'pip install -c constraints.txt -e ".[{EXTRAS[role]}]"' if pins else ""
        wanted = f"{name} {pinned}" if pinned else name
        return Finding("missing", wanted, install or f"pip install {name}")
    if pinned and pinned != version:
        return Finding("note", f"{name} {version}: tested with {pinned}")
    return Finding("ok", f"{name} {version}")


def disk(needed: float) -> Finding:
    """Whether so many GB are free where one stands."""
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    if free < needed:
        return Finding("missing", f"{needed:g} GB of free disk: {free:.1f} are left", "make room")
    return Finding("ok", f"free disk: {free:.0f} GB")


def writable(folder: Path) -> Finding:
    """Whether a folder can be written, or made."""
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Finding("ok", f"can write {folder}")
    return Finding("missing", f"leave to write {folder}", f"see who owns {nearest}")


def isolation() -> Finding:
    """Whether a submission can be shut in on this machine: start a sandbox that does nothing."""
    bwrap = shutil.which("bwrap")
    if not bwrap:
        return Finding("missing", "bubblewrap", "apt install bubblewrap (Debian, Ubuntu)")
    said = subprocess.run(
        [bwrap, "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True, text=True
    )
    if said.returncode:
        why = (said.stderr.strip().splitlines() or ["no reason given"])[-1]
        return Finding("missing", f"a sandbox that starts: {why}", "allow user namespaces")
    return Finding("ok", "bubblewrap starts a sandbox")


def walls() -> list[Finding]:
    """What else stands between students' code and this machine."""
    found = []
    if seccomp.program() is None:
        remedy = "apt install libseccomp2 (Debian, Ubuntu)"
        found += [Finding("missing", "libseccomp, for a filter and a keyring inside", remedy)]
    else:
        found += [Finding("ok", "a filter refuses what no lesson asks of the kernel")]
    group = Group.make()
    if group is None:
        found += [Finding("note", "no control group can be made: memory is counted every moment")]
    else:
        group.remove()
        found += [Finding("ok", "a control group bounds memory")]
    return found


def unseen(course: Course) -> Finding:
    """Whether what students must not read lies where they cannot."""
    try:
        layout.refuse_exposed([course.root, course.class_folder])
    except layout.ExposedError as error:
        what, remedy = str(error).rsplit(": ", 1)
        return Finding("missing", f"a place out of sight: {what}", remedy)
    if Path(sys.prefix) == course.root:
        return Finding("note", "the environment is the checkout: students see its packages alone")
    hidden, packages = layout.hidden(str(course.support)), (course.package.name, "tito")
    covered = [str(place) for place, _ in hidden if place.name in packages]
    if covered:
        return Finding("note", f"installed copies are covered inside: {', '.join(covered)}")
    return Finding("ok", "students' code cannot see the course")


def class_python(course: Course) -> list[Finding]:
    """Whether students work with a newer Python than grades them; nothing before they hand in."""
    found: Counter[tuple[int, int]] = Counter()
    for path in course.submitted.glob("*/*/*.ipynb"):
        with suppress(CourseError):  # what is no notebook has a line of its own when it is graded
            if made := made_with(parse_notebook(path)):
                found[made] += 1
    ours = sys.version_info[:2]
    newer = sorted(each for each in found if each > ours)
    if not newer:
        return [Finding("ok", "no student has a newer Python than grades")] if found else []
    count, newest = sum(found[each] for each in newer), ".".join(map(str, newer[-1]))
    what = f"{count} of {found.total()} notebooks were made with a newer Python, up to {newest}"
    why = "what is new there, such as a quote within an f-string's braces, fails in {}.{}"
    return [Finding("note", f"{what}: {why.format(*ours)}", f"grade with Python {newest}")]


def program(name: str) -> Finding:
    if shutil.which(name):
        return Finding("ok", name)
    return Finding("missing", name, f"apt install {name} (Debian, Ubuntu)")


def to_lines(role: str, found: list[Finding]) -> Iterator[str]:
    """The findings of one role: a heading, then what is missing, then the rest."""
    missing = sum(each.state == "missing" for each in found)
    yield f"{role}: {f'{missing} missing' if missing else 'ready'}"
    for each in sorted(found, key=lambda each: ("missing", "note", "ok").index(each.state)):
        yield f"  {each.state:8} {each.what}" + (f". Next: {each.remedy}" if each.remedy else "")


def examination(role: str | None) -> tuple[list[str], bool]:
    """What to say about `role` and those before it; and whether the role asked for lacks nothing.

    Without a role, all are looked at, and none is asked for.
    """
    try:
        course = Course.find()
    except CourseError:  # a student has no checkout
        course = None
    lines: list[str] = []
    missing = False
    for each in ROLES[: ROLES.index(role) + 1] if role else ROLES:
        found = examine(each, course)
        lines += to_lines(each, found)
        missing = missing or any(finding.state == "missing" for finding in found)
    return lines, not (role and missing)


def main(words: list[str]) -> int:
    """`tito doctor` without the packages that it looks for."""
    if words and words[0] not in ROLES:
        print(
            f"tito: there is no role {words[0]!r}; there are: {', '.join(ROLES)}", file=sys.stderr
        )
        return 2
    lines, ready = examination(words[0] if words else None)
    print("\n".join(lines))
    return 0 if ready else 1


if __name__ == "__main__":
    show_every_character()
    sys.exit(main(sys.argv[1:]))
