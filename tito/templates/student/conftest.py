"""Say what to do when there is nothing to test yet, or something older than the notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1]
NOTEBOOK = HERE / "LESSON.ipynb"
MODULE = HERE / "tinytorch" / "MODULE.py"


def pytest_configure(config: pytest.Config) -> None:
    if not MODULE.is_file():
        raise pytest.UsageError("there is no tinytorch/MODULE.py yet: run `tito export` first")


def pytest_report_header(config: pytest.Config) -> str:
    if NOTEBOOK.is_file() and NOTEBOOK.stat().st_mtime > MODULE.stat().st_mtime:
        return "your notebook is newer than tinytorch/MODULE.py: `tito export` brings it up to date"
    return "tested: tinytorch/MODULE.py"
