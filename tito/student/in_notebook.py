"""The check as a call in the notebook."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from tito.errors import CourseError
from tito.student.checking import check_work
from tito.student.lesson import read_work, released_notebooks
from tito.student.showing import show

WIDTH = 88  # characters; a cell beside JupyterLab's folded side bar has room for more


def check(*exercises: str, notebook: str | Path | None = None) -> None:
    """Check the notebook as it was last saved: all exercises, or those named.

    Args:
        exercises: their names; none means all.
        notebook: the file; by default the lesson's, beside which the notebook runs.

    Silent where the variable NBGRADER_EXECUTION is set, as when nbgrader grades.
    """
    if "NBGRADER_EXECUTION" in os.environ:
        return
    try:
        work = read_work(Path(notebook) if notebook else default_notebook())
        show(work, check_work(work, exercises), notebook_console())
    except CourseError as error:
        print(error)


def notebook_console() -> Console:
    """As in a terminal: Jupyter colours text too, and cuts rich's HTML off at the side."""
    if not Console().is_jupyter:
        return Console(highlight=False)
    return Console(
        width=WIDTH,
        highlight=False,
        force_jupyter=False,
        force_terminal=True,
        color_system="standard",
    )


def default_notebook() -> Path:
    """The notebook that Jupyter says is running, or the lesson's name in the current folder."""
    running = Path(os.environ.get("JPY_SESSION_NAME", ""))
    if running.suffix == ".ipynb" and Path(running.name).is_file():
        return Path(running.name)
    return Path(released_notebooks()[0].name)
