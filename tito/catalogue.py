"""Load the catalogue of known answers, which lies with the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from tito.errors import CourseError

CATALOGUE = Path("tests", "catalogue", "__init__.py")
LOADED_AS = "tito_catalogue"


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
