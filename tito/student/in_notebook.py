"""The check and the handing in as calls in the notebook.

They look at the notebook as the page shows it where the page can be asked (Google Colab), else at
the saved file, else at what ran in this kernel.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from rich.console import Console

from tito.errors import CourseError
from tito.finding import Handout, bare, is_alike
from tito.notebooks import read_plain
from tito.program import Code
from tito.student.checking import EXECUTION, NO_PROCESSES, check_work, has_processes
from tito.student.lesson import Work, read_work, released_notebooks, work_of
from tito.student.showing import show
from tito.student.submitting import hand_in

WIDTH = 88  # characters; a cell beside JupyterLab's folded side bar has room for more
SECONDS = 20  # for Colab's page to send the notebook
SHOWN = "as this page shows it"
RAN = "as it ran in this kernel, where answers in words cannot be seen"


def check(*exercises: str, notebook: str | Path | None = None) -> None:
    """Check the notebook: all exercises, or those named.

    Args:
        exercises: their names; none means all.
        notebook: the file; by default the notebook from which this is called, in Jupyter as it was
            last saved.

    Silent where the variable NBGRADER_EXECUTION is set, as when nbgrader grades.
    """
    if EXECUTION in os.environ:
        return
    try:
        show_checks(work_here(notebook), exercises)
    except CourseError as error:
        print(error)


def submit(notebook: str | Path | None = None, to: str | Path | None = None) -> None:
    """Check the notebook and write the one file to hand in, submission/LESSON.ipynb.

    Args:
        notebook: as of `check`.
        to: the folder to write into; by default `submission` beside the notebook.

    Silent where `check` is.
    """
    if EXECUTION in os.environ:
        return
    try:
        work = work_here(notebook)
        show_checks(work, ())
        print(*hand_in(work, Path(to) if to else None), sep="\n")
    except CourseError as error:
        print(error)


def show_checks(work: Work, exercises: tuple[str, ...]) -> None:
    if not has_processes():
        print(NO_PROCESSES)
    show(work, check_work(work, exercises), notebook_console())


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


def work_here(notebook: str | Path | None) -> Work:
    """What the notebook holds from which this is called, or the file named."""
    path = Path(notebook) if notebook else default_notebook()
    if notebook is None and (shown := shown_in_colab()):
        return work_of(path, json.dumps(shown, ensure_ascii=False).encode(), SHOWN)
    if notebook is None and not path.is_file() and (ran := cells_run()):
        for released in released_notebooks():
            if content := as_it_ran(ran, read_plain(released)):
                return work_of(Path(released.name), json.dumps(content).encode(), RAN)
    return read_work(path)


def default_notebook() -> Path:
    """The notebook that Jupyter says is running, or the lesson's name in the current folder."""
    running = Path(os.environ.get("JPY_SESSION_NAME", ""))
    if running.suffix == ".ipynb" and Path(running.name).is_file():
        return Path(running.name)
    return Path(released_notebooks()[0].name)


def shown_in_colab() -> dict[str, Any] | None:
    """The notebook as Colab's page shows it; nothing elsewhere, or if the page does not answer."""
    try:
        from google.colab import _message
    except ImportError:
        return None
    try:
        answer = _message.blocking_request("get_ipynb", timeout_sec=SECONDS)
        shown = answer["ipynb"]
    except Exception:  # whatever Colab raises: the saved file and what ran are looked at then
        return None
    is_one = isinstance(shown, dict) and isinstance(shown.get("cells"), list)
    return shown if is_one else None


def cells_run() -> list[str]:
    """The text of each cell that ran in this kernel, as often as it did."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return list(shell.history_manager.input_hist_raw) if shell else []


def as_it_ran(ran: Iterable[str], notebook: dict[str, Any]) -> dict[str, Any] | None:
    """The released notebook with the answers that ran last, and the student's own cells below.

    Nothing if no answer ran.
    """
    handout, made = Handout(notebook["cells"]), deepcopy(notebook)
    stubs = handout.exercises
    last: dict[int, Code] = {}
    own: list[str] = []
    for text in ran:
        code = Code(text)
        places = [place for place, stub in stubs.items() if stub.defines & code.defines]
        if any(is_alike(code, stubs[place]) for place in places):
            continue  # a stub, run as it was handed out
        last |= dict.fromkeys(places, code)
        if not places and bare(text) not in handout.by_text:
            own.append(text)
    for place, code in last.items():
        made["cells"][place]["source"] = code.source
    for text in own:
        cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": []}
        made["cells"].append(cell | {"execution_count": None})
    return made if last else None
