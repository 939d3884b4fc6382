"""Make the README's pictures from real runs: `make pictures` (needs Chromium; some minutes).

docs/exercise.png: an exercise, a wrong answer, what its check says, and where the answers lead.
docs/report.png: the report of a class of 30, made up of the answers in modules/answers and graded.
The third picture, of speed, is drawn by `make bench`.
"""

from __future__ import annotations

import io
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.conftest import QUIET
from tests.needs import CHROMIUM
from tito.answers import fill, reference
from tito.catalogue import Catalogue, read_catalogue
from tito.cells import name_of
from tito.course import Course
from tito.files import save
from tito.grades import read_grades
from tito.grading.judges import local_judges
from tito.grading.pages import feedback
from tito.grading.run import grade
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import release
from tito.report import publish
from tito.sandbox.bubblewrap import best_isolation

ROOT = Path(__file__).resolve().parents[1]
LESSON = "18_pruning"
FIGURE = "show(one_shot("  # the cell that draws it
NAMES = """
amina ben carla deniz elif farid grace hana ivan jun kofi lena mateo nadia omar priya quinn rosa
sven tariq uma victor wanda xin yara zoe andre bo chen dalia
""".split()  # noqa: SIM905  (a list to read, not to parse)


def main() -> None:
    course = Course.find(ROOT)
    released = read_notebook(release(course[LESSON]))
    picture(exercise_page(released), ROOT / "docs" / "exercise.png", width=960)
    with TemporaryDirectory() as folder:
        report = graded_class(Course(ROOT, Path(folder)), released)
        second = ".stack tbody tr:nth-child(2)"  # of the mistakes, so that no line is cut in two
        picture(report, ROOT / "docs" / "report.png", width=1100, until=second)


def picture(page: Path | str, to: Path, width: int, until: str = "body") -> None:
    """Photograph a page from the top to the end of an element, in few colours."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        size = {"width": width, "height": 800}
        view = browser.new_page(viewport=size, device_scale_factor=1.5)
        if isinstance(page, Path):
            view.goto(page.as_uri())
        else:
            view.set_content(page)
        box = view.locator(until).first.bounding_box()
        area = {"x": 0, "y": 0, "width": width, "height": box["y"] + box["height"]}
        shot = view.screenshot(full_page=True, clip=area)
        browser.close()
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(64).save(to, optimize=True)


def exercise_page(released: NotebookNode) -> str:
    """A wrong answer with its message, then a figure that the right answers lead to."""
    wrong = read_catalogue(Course.find(ROOT)[LESSON]).wrong
    mistake = next(answer for answer in wrong if answer.name == "mask_signed")
    head, _, body = mistake.source.split('"""')
    short = f'{head}"""Mark the weights that survive. (The assignment, shortened.)"""{body}'
    names = [name_of(cell) for cell in released.cells]
    exercise, check = (names.index(f"magnitude_mask{end}") for end in ("", "_check"))
    tried = fill(released, {"magnitude_mask": short})
    tried.cells = tried.cells[: check + 1]
    shown = [run(tried).cells[place] for place in (exercise, check)]
    shown[1].source = shown[1].source.splitlines()[0]  # the cell is folded: one line is seen
    error = shown[1].outputs[-1]
    error.traceback = [f"{error.ename}: {error.evalue}"]
    right = run(read_notebook(ROOT / "build" / "notebooks" / f"{LESSON}.ipynb"))
    figure = next(cell for cell in right.cells if FIGURE in cell.source)
    figure.outputs = [each for each in figure.outputs if "image/png" in each.get("data", {})]
    pages = nbformat.v4.new_notebook(cells=[*shown, figure], metadata=right.metadata)
    html, _ = HTMLExporter(theme="light").from_notebook_node(pages)
    return str(html)


def run(notebook: NotebookNode) -> NotebookNode:
    """Run the cells on a kernel, past the errors."""
    with TemporaryDirectory() as folder:  # where the lesson keeps its results
        place = {"metadata": {"path": folder}}
        NotebookClient(notebook, allow_errors=True, timeout=600, resources=place).execute()
    return notebook


def graded_class(course: Course, released: NotebookNode) -> Path:
    """Hand in for a class in which everyone gets something wrong somewhere else; grade it."""
    answers = reference(read_notebook(course[LESSON].source_path))
    known = read_catalogue(course[LESSON])
    rng = random.Random(18)
    for name in NAMES:
        path = course[LESSON].submission(name)
        save(path, notebook_bytes(fill(released, answers_of(rng, answers, known))))
    grade(course[LESSON], judging=local_judges(isolation=best_isolation()))
    feedback(course[LESSON])
    return publish(course[LESSON], read_grades(course[LESSON]))[1]


def answers_of(rng: random.Random, answers: dict[str, str], known: Catalogue) -> dict[str, str]:
    """Some exercises done, most of them right, in words of one's own here and there."""
    reached = list(answers)[: max(4, round(rng.triangular(4, 24, 20)))]
    given = {exercise: answers[exercise] for exercise in reached}
    right, wrong = known.right, known.wrong
    for answer in rng.sample(right, 4) + rng.sample(wrong, rng.choice((0, 1, 2, 3, 4))):
        if answer.exercise in given:
            given[answer.exercise] = answer.source
    return given


if __name__ == "__main__":
    main()
