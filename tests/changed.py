"""Name the test files that changed, and those that import a changed module by its name; with
`--mistakes`, what `tito mistakes` is to be asked, a line for each lesson that changed.

A quick choice for `make check`: what is reached through other modules is for `make test`.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SINCE = ("main", "origin/main", "HEAD")  # the first of these that there is
CELL = re.compile(r"^# %%.*$", re.M)
OF_AN_EXERCISE = re.compile(r"# %% (exercise|check|hidden) (\w+)")
EXERCISE = re.compile(r'"(\w+)"')


def git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.splitlines()


@cache
def begun() -> str:
    """The commit where the branch began."""
    base = next(each for each in SINCE if git("rev-parse", "--verify", "--quiet", each))
    return git("merge-base", base, "HEAD")[0]


def changed() -> set[str]:
    """Files that differ from where the branch began, or are not tracked yet."""
    return {*git("diff", "--name-only", begun()), *git("ls-files", "-o", "--exclude-standard")}


def imports(path: Path) -> set[str]:
    """The modules that a file names in its imports: `from a import b` names a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def module_of(name: str) -> str:
    """`tito/collecting/names.py` is tito.collecting.names; a file of tests has its bare name."""
    place = Path(name).with_suffix("")
    parts = place.parts[1:] if place.parts[0] == "tests" else place.parts
    return ".".join(parts).removesuffix(".__init__")


def tests_of(names: set[str]) -> list[str]:
    """The tests that changed or import what did."""
    modules = {module_of(name) for name in names if name.endswith(".py")}
    tests = (ROOT / "tests").glob("test_*.py")
    found = {
        str(path.relative_to(ROOT))
        for path in tests
        if str(path.relative_to(ROOT)) in names or imports(path) & modules
    }
    return sorted(found)


def cells_of(text: str) -> dict[str, str]:
    """A lesson's code by exercise; what belongs to none is called by the empty name."""
    starts = [each.start() for each in CELL.finditer(text)]
    cells: dict[str, str] = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        cell = text[start:end]
        found = OF_AN_EXERCISE.match(cell)
        if found or not cell.startswith("# %% [markdown]"):
            name = found[2] if found else ""
            cells[name] = cells.get(name, "") + cell
    return cells


def exercises_of(before: str, after: str) -> set[str]:
    """The exercises whose cells changed; the empty name among them if it may concern all."""
    old, new = cells_of(before), cells_of(after)
    return {name for name in new if new[name] != old.get(name)}


def mistakes_of(names: set[str]) -> list[str]:
    """For each lesson that changed, or whose answers did: its name and the exercises to try."""
    found: dict[str, set[str]] = {}
    for name in sorted(names):
        path = Path(name)
        if path.match("modules/answers/*/*.py"):
            text = "\n".join(git("diff", "-U8", begun(), "--", name)) or (ROOT / name).read_text()
            found.setdefault(path.parts[2], set()).update(EXERCISE.findall(text))
        elif path.match("modules/*.py") and (ROOT / "modules/answers" / path.stem).is_dir():
            before = "\n".join(git("show", f"{begun()}:{name}"))
            after = "\n".join((ROOT / name).read_text(encoding="utf-8").splitlines())
            found.setdefault(path.stem, set()).update(exercises_of(before, after))
    return [" ".join([lab, *chosen_of(lab, some)]) for lab, some in found.items() if some]


def chosen_of(lab: str, some: set[str]) -> list[str]:
    """The options that name the exercises; none, if all are meant."""
    text = (ROOT / "modules" / f"{lab}.py").read_text(encoding="utf-8")
    known = [name for name in cells_of(text) if f"# %% exercise {name}\n" in text]
    return [] if "" in some else [f"--exercise {each}" for each in known if each in some]


if __name__ == "__main__":
    print(*(mistakes_of(changed()) if "--mistakes" in sys.argv else tests_of(changed())), sep="\n")
