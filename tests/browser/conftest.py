"""Chromium, and pages opened in it that tell when something goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import CHROMIUM
from playwright.sync_api import Browser, Page, expect, sync_playwright

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each gets a profile of its own."""
    assert CHROMIUM, "there is no chromium here (apt install chromium)"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of a given width and height in a fresh profile."""
    contexts = []

    def opened(width: int = 1400, height: int = 1000) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def demo_copy(demo_checkout: Path, tmp_path: Path) -> Path:
    """A copy, to change, of the checkout in which the demo ran."""
    return shutil.copytree(demo_checkout, tmp_path / "checkout")
