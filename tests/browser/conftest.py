"""Pages opened in Chromium that tell when something goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import PATIENCE
from playwright.sync_api import Browser, Page


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
