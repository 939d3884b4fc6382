"""Name the test files that changed, and those that import a changed module by its name.

A quick choice for `make check`: what is reached through other modules is for `make test`.
"""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SINCE = ("main", "origin/main", "HEAD")  # the first of these that there is


def git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.splitlines()


def changed() -> set[str]:
    """Files that differ from where the branch began, or are not tracked yet."""
    base = next(each for each in SINCE if git("rev-parse", "--verify", "--quiet", each))
    begun = git("merge-base", base, "HEAD")[0]
    return {*git("diff", "--name-only", begun), *git("ls-files", "-o", "--exclude-standard")}


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
    """The tests that changed or import what did; known answers prove the checks of a lesson."""
    modules = {module_of(name) for name in names if name.endswith(".py")}
    tests = (ROOT / "tests").glob("test_*.py")
    found = {
        str(path.relative_to(ROOT))
        for path in tests
        if str(path.relative_to(ROOT)) in names or imports(path) & modules
    }
    if any(name.startswith("modules/") for name in names):
        found |= {"tests/test_catalogue.py", "tests/test_labs.py"}
    return sorted(found)


if __name__ == "__main__":
    print(*tests_of(changed()))
