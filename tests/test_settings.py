"""nbdev's two settings files say the same, and nbdev 2 exports what nbdev 3 does."""

import ast
import configparser
import os
import shutil
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tito.course import Course
from tito.lessons import read_lesson, to_notebook, without_marks
from tito.notebooks import notebook_bytes
from tito.pythons import Pythons

PINS = ROOT / "tests/nbdev2-constraints.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def nbdev_2_settings() -> configparser.SectionProxy:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "settings.ini", encoding="utf-8")
    return parser["DEFAULT"]


def test_every_setting_of_nbdev_3_stands_in_settings_ini_with_the_same_value():
    ini = nbdev_2_settings()
    assert {key: ini.get(key) for key in PROJECT["tool"]["nbdev"]} == {
        key: str(value) for key, value in PROJECT["tool"]["nbdev"].items()
    }


def test_settings_ini_repeats_what_the_project_table_says():
    ini, project = nbdev_2_settings(), PROJECT["project"]
    assert ini["version"] == project["version"]
    assert ini["min_python"] == project["requires-python"].split(",")[0].removeprefix(">=")
    assert ini["license"].upper() == project["license"]
    assert ini["author"] == project["authors"][0]["name"]


def test_the_range_of_pythons_stands_in_one_place_and_all_others_agree():
    pythons = Pythons(ROOT)
    assert pythons.specifier == PROJECT["project"]["requires-python"]
    every = [f"3.{minor}" for minor in range(pythons.oldest[1], pythons.newest[1] + 1)]
    prefix = "Programming Language :: Python :: "
    classifiers = PROJECT["project"]["classifiers"]
    assert [each.removeprefix(prefix) for each in classifiers if prefix in each] == every
    assert f"with Python {pythons} and make" in (ROOT / "README.md").read_text("utf-8")
    assert f"--python-version {every[0]} " in (ROOT / "docs/maintainer.md").read_text("utf-8")
    assert "Python 3." not in (ROOT / "tito/templates/student/README.md.j2").read_text("utf-8")
    assert "target-version" not in PROJECT["tool"]["ruff"]  # ruff reads the range itself


@pytest.mark.parametrize("version", ["3, 10, 13", "3, 15, 0"])
def test_make_names_the_pythons_that_fit_when_given_another(version, tmp_path):
    other = tmp_path / "python"
    program = f"import sys; sys.version_info = ({version}); exec(sys.argv[1])"
    other.write_text(f"#!/bin/sh\n[ $1 = -c ] && exec {sys.executable} -c '{program}' \"$2\"\n")
    other.chmod(0o755)
    words = ["make", "build", f"PYTHON={other}", f"VENV={tmp_path / 'venv'}"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert said.returncode != 0 and not (tmp_path / "venv").exists()
    assert f"make: Python {Pythons(ROOT)} is needed, got " in said.stderr


def test_the_pins_fit_every_python_of_the_range():
    """By what the packages installed here say of themselves."""
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pythons = Pythons(ROOT)
    for minor in range(pythons.oldest[1], pythons.newest[1] + 1):
        here = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
        for pin in (Requirement(line) for line in pins if "==" in line):
            with suppress(metadata.PackageNotFoundError):
                if pin.specifier.contains(metadata.version(pin.name)) and (
                    pin.marker is None or pin.marker.evaluate(here)
                ):
                    wanted = metadata.metadata(pin.name).get("Requires-Python") or ""
                    assert f"3.{minor}.0" in SpecifierSet(wanted), pin


def test_the_pins_are_whole_and_hold_no_address():
    for path in (ROOT / "constraints.txt", PINS):
        lines = path.read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if not line.startswith("#")]
        assert pins and all("==" in pin.split(";")[0] for pin in pins)
        assert not [line for line in lines if "://" in line or "--index" in line or "@" in line]


@pytest.fixture(scope="session")
def nbdev_2() -> Path:
    """The Python of an environment with nbdev 2, made once and kept while the pins stay."""
    folder = ROOT / "build" / "nbdev2"
    stamp = f"{sys.version}\n{PINS.read_text(encoding='utf-8')}"
    if not (folder / "stamp").is_file() or (folder / "stamp").read_text("utf-8") != stamp:
        beside = folder.with_name(f"nbdev2.{os.getpid()}.new")
        subprocess.run([sys.executable, "-m", "venv", beside], check=True)
        install = ["-m", "pip", "install", "--quiet", "-r", PINS]
        subprocess.run([python_of(beside), *install], check=True)
        (beside / "stamp").write_text(stamp, "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    return python_of(folder)


def python_of(environment: Path) -> Path:
    windows = environment / "Scripts" / "python.exe"
    return windows if windows.exists() else environment / "bin" / "python"


def test_nbdev_2_exports_the_same_code(nbdev_2, tmp_path):
    export_with_nbdev_2(nbdev_2, tmp_path)
    exported = {path.name: path for path in (tmp_path / "tinytorch").glob("[!_]*.py")}
    package = {path.name: path for path in (ROOT / "tinytorch").glob("[!_]*.py")}
    assert exported.keys() == package.keys()
    for name in package:
        assert code(exported[name]) == code(package[name])
        assert ast.dump(syntax(exported[name])) == ast.dump(syntax(package[name]))


def export_with_nbdev_2(python: Path, folder: Path) -> None:
    """Run nbdev 2's own export command on our notebooks and settings.ini."""
    shutil.copy(ROOT / "settings.ini", folder)
    notebooks = folder / "build" / "notebooks"
    notebooks.mkdir(parents=True)
    for path in Course.find(ROOT).lessons():
        notebook = without_marks(to_notebook(read_lesson(path)))
        (notebooks / f"{path.stem}.ipynb").write_bytes(notebook_bytes(notebook))
    command = "from nbdev.doclinks import nbdev_export; nbdev_export()"
    subprocess.run([python, "-c", command], cwd=folder, check=True)


def code(module: Path) -> list[str]:
    """The lines of a module without nbdev's remarks on where they come from.

    Both versions write such remarks as comments, and are free to word them differently.
    """
    lines = module.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith(("# %%", "# AUTOGENERATED!"))]


def syntax(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))
