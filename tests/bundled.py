"""The student's bundle, installed as a student does, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from tito.answers import fill, reference
from tito.bundling import bundle
from tito.course import Course
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import release

LESSON = "18_pruning"


@dataclass(frozen=True)
class Bundle:
    """An unpacked bundle, and the Python in which its wheel is installed."""

    course: Course
    zip: Path
    folder: Path
    bin: Path
    released: NotebookNode
    answers: dict[str, str]  # the reference

    def filled(self, answers: Mapping[str, str]) -> NotebookNode:
        return fill(self.released, {**self.answers, **answers})

    def run(self, folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the student's environment, wide enough for a line an exercise."""
        hidden = {"PYTHONPATH", "TITO_CLASS", "NBGRADER_EXECUTION", "FORCE_COLOR", "VIRTUAL_ENV"}
        inherited = {name: os.environ[name] for name in os.environ if name not in hidden}
        return subprocess.run(
            [str(self.bin / words[0]), *words[1:]],
            cwd=folder,
            env={**inherited, "COLUMNS": "400", **variables},
            capture_output=True,
            text=True,
        )


def install(checkout: Path, root: Path) -> Bundle:
    """Make the bundle in a checkout, unpack it in `root`, install its wheel and nothing else."""
    course = Course.find(checkout)
    released = release(course[LESSON])
    packed = bundle(course[LESSON])
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(root)
    folder = root / LESSON
    environment = root / "environment"
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    # The other packages are those of this environment; its .pth files, the checkout's among them,
    # count only where they lie.
    here = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    (here / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    wheel = next(folder.glob("*.whl"))
    words = ("--python", str(python), "install", "-q", "--no-deps", "--no-index", str(wheel))
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True)
    source = read_notebook(course[LESSON].source_path)
    return Bundle(course, packed, folder, python.parent, read_notebook(released), reference(source))


def write(path: Path, notebook: NotebookNode) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook_bytes(notebook))
    return path
