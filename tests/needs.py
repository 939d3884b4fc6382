"""What a test may need that a machine may lack: bubblewrap, Chromium, fork, mounts, root, Sphinx.

A test says what it needs by what it uses: a fixture of that name, itself or through other fixtures
(`sandbox` uses `bubblewrap`, `open_page` uses `chromium`), or `@pytest.mark.needs("mounts")`. What
this machine lacks is left out, with one line at the head of pytest's output and one at its end.
With TITO_TEST_ALL, as in .ci/run, that is an error.

Nobody can forget to say it: a test that does not, finds no bubblewrap on any machine. The fixture
`isolation` is for those that run with it or without.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tito import doctor
from tito.sandbox import ISOLATED, TRUSTED
from tito.site import NEEDED

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REFUSAL = "this test does not say that it needs bubblewrap: use the fixture `bubblewrap`"


def bubblewrap_remedy() -> str:
    return doctor.isolation().remedy


def chromium_remedy() -> str:
    return "" if CHROMIUM else "apt install chromium"


def fork_remedy() -> str:
    return "" if hasattr(os, "fork") else "Linux or macOS"


def mounts_remedy() -> str:
    """A test that mounts a small disk does so where nobody else sees it."""
    try:
        done = subprocess.run([*OWN_MOUNTS, "true"], capture_output=True)
    except OSError:
        return "Linux with unshare (apt install util-linux)"
    return "run as root, or allow user namespaces" if done.returncode else ""


def root_remedy() -> str:
    return "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "run as root"


def sphinx_remedy() -> str:
    there = all(importlib.util.find_spec(name) for name in NEEDED)
    return "" if there else 'pip install -c constraints.txt -e ".[site]"'


OWN_MOUNTS = ["unshare", "-m" if root_remedy() == "" else "-Urm"]
REMEDIES = {
    "bubblewrap": bubblewrap_remedy,
    "chromium": chromium_remedy,
    "fork": fork_remedy,
    "mounts": mounts_remedy,
    "root": root_remedy,
    "sphinx": sphinx_remedy,
}
NOTES, SAID = pytest.StashKey[TemporaryDirectory[str]](), pytest.StashKey[bool]()
EITHER_WAY = "isolation"  # the fixture of tests that use bubblewrap only where there is one


@cache
def remedy(need: str) -> str:
    """How to get what a test needs; nothing where it is there."""
    return REMEDIES[need]()


def best_isolation() -> str:
    return TRUSTED if remedy("bubblewrap") else ISOLATED


def trusting() -> list[str]:
    """What `tito grade` has to be told where there is no bubblewrap."""
    return ["--trust-submissions"] if best_isolation() == TRUSTED else []


def needs_of(item: pytest.Item) -> set[str]:
    """What a test says that it needs, by the fixtures it uses and by its markers."""
    marked = {str(need) for marker in item.iter_markers("needs") for need in marker.args}
    if unknown := marked - REMEDIES.keys():
        raise pytest.UsageError(f"{item.nodeid} needs {unknown}; there are: {', '.join(REMEDIES)}")
    return marked | (REMEDIES.keys() & getattr(item, "fixturenames", ()))


def lacks(item: pytest.Item) -> list[str]:
    return sorted(need for need in needs_of(item) if remedy(need))


def to_lines(counts: dict[str, int]) -> list[str]:
    """`62 tests need bubblewrap: apt install bubblewrap`, and so on."""
    return [
        f"{count} {'tests need' if count > 1 else 'test needs'} {need}: {remedy(need)}"
        for need, count in sorted(counts.items())
    ]


def count_lacking(items: Iterable[pytest.Item]) -> dict[str, int]:
    return Counter(need for item in items for need in lacks(item))


# Hooks. With several processes (pytest -n 2) it is they who know the tests: each leaves a note of
# what it lacks, and pytest's own process reads one.


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*names): left out where the machine lacks one")
    if "TITO_TEST_ALL" in os.environ and not hasattr(config, "workerinput"):
        missing = [f"tests need {need}: {remedy(need)}" for need in REMEDIES if remedy(need)]
        if missing:
            raise pytest.UsageError("TITO_TEST_ALL leaves no test out; " + "; ".join(missing))


def pytest_report_collectionfinish(items: list[pytest.Item]) -> list[str]:
    return to_lines(count_lacking(items))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    if NOTES not in node.config.stash:
        notes = node.config.stash[NOTES] = TemporaryDirectory()
        node.config.add_cleanup(notes.cleanup)
    node.workerinput["note"] = str(Path(node.config.stash[NOTES].name, node.gateway.id))


@pytest.hookimpl(tryfirst=True)  # before xdist tells that it has finished
def pytest_collection_finish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        note = Path(session.config.workerinput["note"])
        note.write_text(json.dumps(count_lacking(session.items)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any) -> None:
    if SAID not in node.config.stash:
        node.config.stash[SAID] = True
        reporter = node.config.pluginmanager.get_plugin("terminalreporter")
        for line in to_lines(json.loads(Path(node.workerinput["note"]).read_text())):
            reporter.ensure_newline()
            reporter.write_line(line)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if lacking := lacks(item):
        pytest.skip("; ".join(f"needs {need}: {remedy(need)}" for need in lacking))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Where a test does not say that it needs bubblewrap, put one first that refuses."""
    if needs_of(item) & {"bubblewrap"} or EITHER_WAY in getattr(item, "fixturenames", ()):
        return (yield)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{refusing_bubblewrap()}{os.pathsep}{path}"
    try:
        return (yield)
    finally:
        os.environ["PATH"] = path


@cache
def refusing_bubblewrap() -> str:
    folder = TemporaryDirectory(prefix="refusing-")
    atexit.register(folder.cleanup)
    program = Path(folder.name, "bwrap")
    program.write_text(f"#!/bin/sh\necho '{REFUSAL}' >&2\nexit 1\n")
    program.chmod(0o755)
    return folder.name


@pytest.fixture(scope="session")
def bubblewrap() -> None:
    """Says that a test starts bubblewrap."""


@pytest.fixture(scope="session")
def fork() -> None:
    """Says that a test forks, as every judge does."""


@pytest.fixture(scope="session")
def isolation(fork: None) -> str:
    """How to run code that the tests trust: in bubblewrap where there is one, else without."""
    return best_isolation()
