"""What the code imports stands in pyproject.toml, and what stands there is used."""

import ast
import re
import sys
import tomllib
from importlib import metadata

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
FOLDERS = {  # who imports, and the groups that it may rely on, besides what students install
    "tito": ("course", "cluster"),
    "modules": ("course", "fast"),
    "tests": ("course", "cluster", "fast", "dev"),
    "docs": ("course", "dev"),
    "benchmarks": ("course", "bench"),
}
# What is used without an import, and where.
AS_PROGRAMS = {
    "furo": "tito/templates/site/conf.py",
    "ipykernel": "tito/isolated_kernel.py",
    "jupyterlab": "Makefile",
    "mypy": "Makefile",
    "myst-nb": "tito/templates/site/conf.py",
    "ruff": "Makefile",
    "sphinx": "tito/site.py",
    "types-psutil": "pyproject.toml",  # read by mypy
}
HOSTS = {"google"}  # what Colab itself has, and what is asked for nowhere else
DISTRIBUTIONS = metadata.packages_distributions()


def names(requirements):
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def sources(folder):
    beside = [ROOT / "nbgrader_config.py"] if folder == "tito" else []
    return beside + sorted((ROOT / folder).rglob("*.py"))


OWN = {"benchmarks", "tests", "tinytorch", "tito", "setup"}
OWN |= {path.stem for path in sources("tests")} | {path.parent.name for path in sources("tests")}
KNOWN = OWN | HOSTS | sys.stdlib_module_names


def imported(folder):
    """The packages that the files of a folder import, and one line that does."""
    found = {}
    for path in sources(folder):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            for module in (
                {each.split(".")[0] for each in modules} - OWN - HOSTS - sys.stdlib_module_names
            ):
                found[module] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def providers(module):
    """The distributions that a module may come from; itself where it is not installed here."""
    return {canonicalize_name(each) for each in DISTRIBUTIONS.get(module, [module])}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_imported_is_declared(folder):
    groups = [PROJECT["dependencies"], *(EXTRAS[group] for group in FOLDERS[folder])]
    declared = set().union(*map(names, groups))
    undeclared = {
        module: place
        for module, place in imported(folder).items()
        if not providers(module) & declared
    }
    assert not undeclared, f"declare them in pyproject.toml, in one of {FOLDERS[folder]}"


def test_what_is_declared_is_used():
    used = set().union(
        *(providers(module) for folder in FOLDERS for module in imported(folder)),
        providers("setuptools"),  # setup.py
    )
    declared = set().union(*map(names, [PROJECT["dependencies"], *EXTRAS.values()]))
    assert declared - used == AS_PROGRAMS.keys()
    for name, place in AS_PROGRAMS.items():
        text, name = (ROOT / place).read_text(encoding="utf-8"), name.split("lab")[0]
        assert name in text or name.replace("-", "_") in text


def test_each_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in set().union(*map(names, [PROJECT["dependencies"], *EXTRAS.values()])):
        assert re.search(rf'^    "{name}", +# \w', text, re.MULTILINE), name
