"""The labs, the guides and the package's docstrings as pages with a search, for any web server.

Sphinx makes them, with MyST-NB for notebooks and Furo for the look. No page asks another server for
anything.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode

from tito.build import build
from tito.course import Course
from tito.errors import CourseError
from tito.files import whole_folder, writing
from tito.first_cell import ID
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import made_for_students
from tito.texts import filled

TEMPLATES = Path(__file__).parent / "templates" / "site"
NEEDED = ("sphinx", "furo", "myst_nb")
EPOCH = "315532800"  # seconds: no page tells when it was made
FOLDED = "hide-input"  # MyST-NB's tag
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)\s#]+)(#[^)\s]*)?\)")
PICTURE = "docs/exercise.png"
# What Sphinx leaves beside the pages for itself.
NOTES = (".buildinfo", "objects.inv")


def site(course: Course) -> Path:
    """Make build/site, the same bytes from the same checkout; it appears whole or not at all.

    Raises:
        CourseError: the generator is not installed, or does not take a page.
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise CourseError(
            f"to make the site {', '.join(missing)} is missing: "
            'pip install -c constraints.txt -e ".[site]"'
        )
    build(course)
    place = course.build / "site"
    with TemporaryDirectory(prefix="tito-site-") as name:
        sources = Path(name, "sources")
        gather(course, sources)
        with writing(place), whole_folder(place) as pages:
            generate(course, sources, pages)
    return place


def gather(course: Course, sources: Path) -> None:
    """Put together what Sphinx reads."""
    shutil.copytree(TEMPLATES, sources, ignore=shutil.ignore_patterns("*.j2", "*.css"))
    (sources / "own").mkdir()
    shutil.copy(TEMPLATES / "site.css", sources / "own")
    labs, guides, modules = put_labs(course, sources), put_guides(course, sources), []
    for module in sorted(course.package.glob("[!_]*.py")):
        modules.append(module.stem)
        put(sources / "api" / f"{module.stem}.rst", api_page(course.package.name, module.stem))
    values = {
        "project": course.setting("project", "description").partition(":")[0],
        "description": course.setting("project", "description").partition(": ")[2].capitalize(),
        "version": course.setting("project", "version"),
    }
    put(sources / "values.json", json.dumps(values))
    listed = {"labs": labs, "guides": guides, "modules": modules}
    picture = PICTURE if (course.root / PICTURE).is_file() else ""
    index = filled("index.md.j2", values | listed | {"picture": picture}, "site")
    put(sources / "index.md", index)


def put(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def put_labs(course: Course, sources: Path) -> list[str]:
    """The labs as students get them, what is folded there folded here."""
    with TemporaryDirectory(prefix="tito-labs-") as name:
        apart = Course(course.root, Path(name, "class"))  # no gradebook of a class learns of this
        labs = apart.assignments()
        for assignment in labs:
            notebook = read_notebook(made_for_students(assignment, Path(name)))
            put(sources / "labs" / f"{assignment.name}.ipynb", notebook_bytes(to_read(notebook)))
    return [assignment.name for assignment in labs]


def to_read(notebook: NotebookNode) -> NotebookNode:
    """A lab that nobody runs: no cell that installs, tags in place of Jupyter's notes."""
    notebook.cells = [cell for cell in notebook.cells if cell.get("id") != ID]
    for cell in notebook.cells:
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden")
        cell.metadata = NotebookNode(tags=[FOLDED]) if hidden else NotebookNode()
    return notebook


def put_guides(course: Course, sources: Path) -> list[str]:
    """The pages of docs/ with their pictures; a link to a file that is no page is its words."""
    docs = course.root / "docs"
    for picture in docs.glob("*.png"):
        put(sources / "docs" / picture.name, picture.read_bytes())
    names = sorted(page.stem for page in docs.glob("*.md"))
    for name in names:
        text = (docs / f"{name}.md").read_text(encoding="utf-8")
        put(sources / "docs" / f"{name}.md", LINK.sub(lambda link: inside(link, docs), text))
    return names


def inside(link: re.Match[str], docs: Path) -> str:
    return link[0] if (docs / link[2]).is_file() and "/" not in link[2] else link[1]


def api_page(package: str, module: str) -> str:
    name = f"{package}.{module}"
    return f"{name}\n{'=' * len(name)}\n\n.. automodule:: {name}\n"


def generate(course: Course, sources: Path, pages: Path) -> None:
    """Run Sphinx; the first line that it complains in is told."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join(filter(None, [str(course.root), inherited]))
    more = {"PYTHONPATH": path, "SOURCE_DATE_EPOCH": EPOCH, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "--fail-on-warning"]
    done = subprocess.run(
        [*command, "-d", str(sources.parent / "notes"), str(sources), str(pages)],
        env=os.environ | more | {"MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        lines = list(complaints(done.stderr, sources))
        raise CourseError(f"Sphinx does not take a page: {(lines or ['it did not say which'])[0]}")
    for name in NOTES:
        (pages / name).unlink(missing_ok=True)


def complaints(said: str, sources: Path) -> Iterator[str]:
    for line in said.splitlines():
        if "WARNING" in line or "ERROR" in line or "error" in line:
            yield line.replace(f"{sources}{os.sep}", "")
