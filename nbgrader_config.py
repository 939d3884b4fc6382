"""Settings of nbgrader for this course, for `nbgrader` run by hand and for `tito` alike.

The environment variable TITO_CLASS names the class folder: absolute, or relative to this file's
folder; default `course`. It holds submitted/, autograded/, feedback/ and gradebook.db.

What students wrote runs on the isolated kernel, in `nbgrader autograde` and behind formgrader's
button alike; where bubblewrap is not to be had, nothing runs. TITO_KERNEL=python3 takes the
ordinary kernel, which isolates nothing.
"""

import os
import sys
import tempfile
from copy import deepcopy
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearOutput,
    ClearSolutions,
    DeduplicateIds,
    Execute,
    GetGrades,
    OverwriteCells,
    OverwriteKernelspec,
)
from nbgrader.preprocessors.base import NbGraderPreprocessor

from tito.cells import NOT_WRITTEN
from tito.course import Course
from tito.errors import CourseError
from tito.files import LARGEST_SUBMISSION
from tito.grading.safe_html import coloured, colours, markdown
from tito.isolated_kernel import NAME, install

ROOT = Path(__file__).resolve().parent
CLASS = ROOT / os.environ.get("TITO_CLASS", "course")
EXCHANGE = CLASS / "exchange"
EXCHANGE.mkdir(parents=True, exist_ok=True)  # nbgrader wants both folders to be there


def put_first(variable: str, folder: Path) -> None:
    """Put `folder` first in a variable that lists folders."""
    others = [each for each in os.environ.get(variable, "").split(os.pathsep) if each]
    kept = [each for each in others if each != str(folder)]
    os.environ[variable] = os.pathsep.join([str(folder), *kept])


def relative(folder: Path) -> str:
    """`folder` as nbgrader's path patterns want it on every system: relative, with slashes."""
    return Path(os.path.relpath(folder, ROOT)).as_posix()


put_first("PATH", Path(sys.executable).parent)  # nbgrader calls alembic by name


class SeeSupport(NbGraderPreprocessor):
    """Let the kernel that is about to start import the lesson's support, and no answer."""

    def preprocess(self, nb, resources):
        put_first("PYTHONPATH", ROOT / "build" / "support" / resources["nbgrader"]["assignment"])
        return nb, resources


class ShutIn(Execute):
    """Run a notebook on the isolated kernel, or not at all."""

    def preprocess(self, nb, resources, *more, **named):
        if "TITO_KERNEL" in os.environ:
            self.kernel_name = os.environ["TITO_KERNEL"]
            return super().preprocess(nb, resources, *more, **named)
        # There is no network inside: sockets lie in a folder that nothing else is in. Its path has
        # to be absolute and short.
        with tempfile.TemporaryDirectory(prefix="tito-") as line:
            self.kernel_name = NAME
            self.config = deepcopy(self.config)
            self.config.KernelManager.transport = "ipc"
            self.config.KernelManager.ip = str(Path(line, "kernel"))
            kernels = ROOT / "build" / "jupyter"
            before = os.environ.get("JUPYTER_PATH")
            try:
                install(Course(ROOT, CLASS), kernels)
                put_first("JUPYTER_PATH", kernels / "share" / "jupyter")
                return super().preprocess(nb, resources, *more, **named)
            except CourseError as error:
                raise NbGraderException(
                    f"{error}. Nothing of this submission was run: grade with `tito grade`"
                ) from error
            finally:
                os.environ.pop("JUPYTER_PATH", None)
                if before is not None:
                    os.environ["JUPYTER_PATH"] = before


class RestoreChecks(OverwriteCells):
    """Put changed and deleted checks back, and let go of cells that nbgrader disowned.

    It takes the grade_id from a cell that a student copied or invented; what is left in the cell
    is no cell of nbgrader's any more, and its next step would refuse the whole notebook for it.
    """

    def add_missing_grade_cells(self, nb, resources):
        for cell in nb.cells:
            if "grade_id" not in cell.metadata.get("nbgrader", {"grade_id": None}):
                del cell.metadata["nbgrader"]
        return super().add_missing_grade_cells(nb, resources)


class HideChecks(ClearHiddenTests):
    """Show what a failed check says, and nothing of the hidden part of its code.

    A traceback quotes the lines that failed.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        if not cell.metadata.get("nbgrader", {}).get("grade"):
            return cell, resources  # a student may write the marks, too
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [f"{output.ename}: {output.evalue}"]
        return super().preprocess_cell(cell, resources, cell_index)


class OpenExercises(ClearSolutions):
    """Name the exercise in its stub, and let Jupyter run on after a check that fails.

    The error may show far from the cell; and Run All would end at the first open exercise.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        marks = cell.metadata.get("nbgrader", {})
        cell.source = cell.source.replace("THIS_EXERCISE", marks.get("grade_id", ""))
        if marks.get("grade") and cell.cell_type == "code":
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "raises-exception"]
        return cell, resources


c = get_config()  # noqa: F821  (given by the loader)

c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "build/release"
c.CourseDirectory.submitted_directory = relative(CLASS / "submitted")
c.CourseDirectory.autograded_directory = relative(CLASS / "autograded")
c.CourseDirectory.feedback_directory = relative(CLASS / "feedback")
c.CourseDirectory.db_url = f"sqlite:///{(CLASS / 'gradebook.db').as_posix()}"
# Nothing but the notebook and data goes from a submission to the graded copy.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "__pycache__",
    "feedback",
    "*.py",
    "*.pyc",
    "*.so",
    "*.pyd",
    "tinytorch",
]
c.CourseDirectory.max_file_size = LARGEST_SUBMISSION // 1000  # kilobytes
c.Exchange.root = str(EXCHANGE)

# What a student finds in place of a solution. tito.judging.outputs knows an open exercise by the
# error, tinytorch.experiments by what it says.
c.ClearSolutions.code_stub = {
    "python": "# YOUR CODE HERE\nraise NotImplementedError("
    f'"THIS_EXERCISE is {NOT_WRITTEN}: put your code in place of this line")'
}
c.GenerateAssignment.preprocessors = [
    OpenExercises if step is ClearSolutions else step
    for step in GenerateAssignment.preprocessors.default()
]
c.ClearSolutions.text_stub = "*Your answer here.*"

c.ExecutePreprocessor.timeout = 60  # seconds for one cell
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]  # no notes between the progress bars
c.Autograde.sanitize_preprocessors = [
    SeeSupport,
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    RestoreChecks,
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    ShutIn if step is Execute else step for step in Autograde.autograde_preprocessors.default()
]
c.OverwriteCells.add_missing_cells = True  # a deleted check comes back
# nbgrader scores 0 when a check writes to stderr, so a mere warning in a right answer would.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"\S"
c.GenerateFeedback.preprocessors = [GetGrades, HideChecks, CSSHTMLHeaderPreprocessor]
c.HTMLExporter.sanitize_html = True  # what students wrote is shown and not obeyed
c.HTMLExporter.filters = {
    "markdown2html": markdown,
    "highlight_code": coloured,
    "ansi2html": colours,
}
