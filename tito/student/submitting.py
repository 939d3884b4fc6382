"""Make the one file to hand in, or hand in through nbgrader's exchange where there is one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from tito.cells import name_of
from tito.decoding import content_of
from tito.errors import CourseError
from tito.files import LARGEST_SUBMISSION, save
from tito.notebooks import read_plain
from tito.student.lesson import Work, released_notebooks

FOLDER = "submission"
# Prints the course that nbgrader's settings name: the user's, the machine's, or the folder's.
PRINT_COURSE = """
from nbgrader.apps.baseapp import NbGrader
app = NbGrader()
app.initialize([])
print(app.config.CourseDirectory.get("course_id", ""))
"""


def submission(work: Work) -> bytes:
    """What to hand in: the notebook as it is, and a cell that is missing put back, unanswered.

    Raises:
        CourseError: it is larger than graders take.
    """
    content = with_missing_cells(work) if work.missing else work.data
    if len(content) > LARGEST_SUBMISSION:
        raise CourseError(
            f"{work.path} has {len(content) / 1e6:.1f} MB, "
            f"graders take {LARGEST_SUBMISSION / 1e6:g}: "
            "in JupyterLab choose Edit, Clear Outputs of All Cells, save, and submit again"
        )
    return content


def with_missing_cells(work: Work) -> bytes:
    """The notebook with the released cells at its end that graders would look for in vain."""
    notebook = content_of(work.data, str(work.path))
    [released] = [path for path in released_notebooks() if path.stem == work.lesson.name]
    cells = [node for node in read_plain(released)["cells"] if name_of(node) in work.missing]
    if notebook.get("nbformat_minor", 0) < 5:  # older notebooks have no cell ids
        for node in cells:
            node.pop("id", None)
    notebook["cells"] += cells
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def hand_in(work: Work, folder: Path | None) -> list[str]:
    """Hand in by nbgrader's exchange where there is one, else write the file; say what was done.

    Args:
        folder: where to write the file; by default beside the notebook, or into the exchange.
    """
    said = [
        f"{name}: its cell is missing; an unanswered one is put in its place"
        for name in work.missing
    ]
    if work.open_questions:
        said.append(f"questions without an answer: {', '.join(map(str, work.open_questions))}")
    course = "" if folder else exchange_course(work.path.resolve().parent)
    if course:
        submit_to_exchange(work)
        return [*said, f"handed in {work.lesson.name} to {course} by nbgrader's exchange"]
    path = write_submission(work, folder or work.path.parent / FOLDER)
    return [*said, f"wrote {path}: hand in this file"]


def write_submission(work: Work, folder: Path) -> Path:
    """Write FOLDER/LESSON.ipynb, whole or not at all."""
    path = folder / f"{work.lesson.name}.ipynb"
    if path.resolve() == work.path.resolve():
        raise CourseError(f"{path} is your notebook itself; name another folder: --to FOLDER")
    save(path, submission(work))
    return path


def exchange_course(folder: Path) -> str:
    """The course that nbgrader hands in to from `folder`; nothing where it is not set up."""
    if importlib.util.find_spec("nbgrader") is None:
        return ""
    try:
        said = python(folder, "-c", PRINT_COURSE)
    except OSError:  # no process can be started
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""


def submit_to_exchange(work: Work) -> None:
    """Hand in by nbgrader: the folder that holds the notebook, which is named as the lesson.

    Raises:
        CourseError: the notebook lies elsewhere, or nbgrader refuses.
    """
    folder, name = work.path.resolve().parent, work.lesson.name
    if folder.name != name or work.path.name != f"{name}.ipynb" or work.missing:
        raise CourseError(
            f"nbgrader hands in {name}/{name}.ipynb with all its cells: put your answers into the "
            "notebook that you fetched and submit that"
        )
    said = python(folder.parent, "-m", "nbgrader", "submit", name)
    if said.returncode != 0:
        lines = [line for line in said.stderr.splitlines() if "ERROR" in line]
        reason = lines[-1].split("ERROR |")[-1].strip() if lines else "it did not say why"
        raise CourseError(f"nbgrader did not take it: {reason}")


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)
