"""Fixtures that several test files share."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tito.build import build
from tito.course import Course
from tito.demo import demo
from tito.judging.plan import Plan, plan_of
from tito.sandbox.bubblewrap import Sandbox
from tito.sandbox.limits import Limits

if TYPE_CHECKING:
    from classroom import Classroom

ROOT = Path(__file__).resolve().parents[1]


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
    return plan_of(course, "18_pruning")


@pytest.fixture(scope="session")
def sandbox(plan: Plan) -> Iterator[Sandbox]:
    """One process that forks a shut-in process for each submission, for many tests."""
    with Sandbox(plan.support, "bubblewrap", Limits(), preload=plan.imports()) as one:
        one.try_out()
        yield one


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A class in a copy of the checkout, graded once for many tests."""
    from classroom import hold_class  # here, so that a fault in the lesson stops no other test

    return hold_class(copy_checkout(tmp_path_factory.mktemp("class") / "checkout"))


@pytest.fixture(scope="session")
def demo_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which `tito demo` ran."""
    copy = copy_checkout(tmp_path_factory.mktemp("demo") / "checkout")
    demo(Course.find(copy), "18_pruning")
    return copy


def copy_checkout(copy: Path) -> Path:
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy
