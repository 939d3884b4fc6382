"""Load the catalogue of known answers, which lies with the tests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from tito.course import Course
from tito.errors import CourseError
from tito.files import digest, digest_folder, save

CATALOGUE = Path("tests", "catalogue", "__init__.py")
LOADED_AS = "tito_catalogue"


@dataclass(frozen=True)
class Known:
    """A mistake that the catalogue knows, and the message that it gets."""

    exercise: str
    misconception: str
    says: str  # a regular expression


def known_mistakes(course: Course) -> list[Known]:
    """The mistakes of the catalogue; none where there is no catalogue.

    Loading it takes longer than grading a submission, so what is needed of it is kept in build/.
    """
    path = course.root / CATALOGUE
    if not path.is_file():
        return []
    of = digest(digest_folder(path.parent), digest_folder(course.package))
    kept = course.build / "known_mistakes.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["of"] == of:
            return [Known(*each) for each in content["mistakes"]]
    wrong = load_catalogue(path).WRONG
    known = [Known(each.exercise, each.misconception, each.says) for each in wrong]
    save(kept, json.dumps({"of": of, "mistakes": [astuple(each) for each in known]}))
    return known


def load_catalogue(path: Path) -> ModuleType:
    """The known wrong and right answers, which the tests hold against the checks too."""
    spec = spec_from_file_location(LOADED_AS, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise CourseError(f"no {path}: the known mistakes stand there")
    catalogue = module_from_spec(spec)
    with importable(path.parents[2], catalogue):
        spec.loader.exec_module(catalogue)
    return catalogue


@contextmanager
def importable(root: Path, package: ModuleType | None = None) -> Iterator[None]:
    """Let code import the checkout's `tinytorch`, and a package its own files, then forget it."""
    if package:
        sys.modules[package.__name__] = package
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
        for name in [each for each in sys.modules if each.split(".")[0] == LOADED_AS]:
            del sys.modules[name]
