"""Fixtures that several test files share."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

from tito.build import build
from tito.course import Course
from tito.demo import demo
from tito.judging.plan import Plan, plan_of
from tito.sandbox.bubblewrap import Sandbox
from tito.sandbox.limits import Limits

if TYPE_CHECKING:
    from bundled import Bundle
    from classroom import Classroom
    from hostile_class import HostileClass
    from playwright.sync_api import Browser

pytest_plugins = ["needs"]
ROOT = Path(__file__).resolve().parents[1]
# What keeps Chromium from asking the network for anything by itself.
QUIET = (
    "--no-sandbox",  # it does not start as root with it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000  # milliseconds for a state to come about; a test that passes waits far less
# With several processes (pytest -n 2), the files that share a costly fixture run in one of them.
CLASSROOM = ("collect", "grade_exports", "gradebook", "grading", "release", "report")
SHARING = {f"test_{name}.py": "classroom" for name in CLASSROOM} | {
    "test_commands.py": "demo",
    "browser": "demo",
}


class Together(LoadScopeScheduling):
    """Hand each process whole files, or all the files that share a fixture."""

    def _split_scope(self, nodeid: str) -> str:
        place = nodeid.split("::")[0].split("/")[1]
        return SHARING.get(place, place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    # --dist loadgroup would do, but xdist 3.8 loses the groups under pytest 9.2.
    return Together(config, log)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh copy of the files that git tracks, or would track."""
    return copy_checkout(tmp_path / "checkout")


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the checkout, built."""
    made = Course.find(copy_checkout(tmp_path_factory.mktemp("built") / "checkout"))
    build(made)
    return made


@pytest.fixture(scope="session")
def plan(course: Course) -> Plan:
    """The real lesson as it is judged."""
    return plan_of(course["18_pruning"])


@pytest.fixture(scope="session")
def sandbox(plan: Plan, bubblewrap: None) -> Iterator[Sandbox]:
    """One process that forks a shut-in process for each submission, for many tests."""
    with Sandbox(plan.support, "bubblewrap", Limits(), preload=plan.imports()) as one:
        one.try_out()
        yield one


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory, isolation: str) -> Classroom:
    """A class in a copy of the checkout, graded once for many tests."""
    from classroom import hold_class  # here, so that a fault in the lesson stops no other test

    return hold_class(copy_checkout(tmp_path_factory.mktemp("class") / "checkout"))


@pytest.fixture(scope="session")
def hostile_class(tmp_path_factory: pytest.TempPathFactory, bubblewrap: None) -> HostileClass:
    """Hostile and honest students, graded in one run of `tito` for many tests."""
    from hostile_class import hold_class

    root = copy_checkout(tmp_path_factory.mktemp("hostile") / "checkout")
    return hold_class(root, tmp_path_factory.mktemp("outside"))


@pytest.fixture(scope="session")
def demo_checkout(tmp_path_factory: pytest.TempPathFactory, isolation: str) -> Path:
    """A copy of the checkout in which `tito demo` ran."""
    copy = copy_checkout(tmp_path_factory.mktemp("demo") / "checkout")
    demo(Course.find(copy))
    return copy


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each gets a profile of its own."""
    from needs import CHROMIUM
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The student's bundle, made in a copy of the checkout, unpacked and installed elsewhere."""
    from bundled import install  # here, so that a fault in the bundle stops no other test

    root = tmp_path_factory.mktemp("bundle")
    return install(copy_checkout(root / "checkout"), root / "student")


def copy_checkout(copy: Path) -> Path:
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy
