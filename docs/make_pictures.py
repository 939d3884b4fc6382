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
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.conftest import QUIET
from tests.needs import CHROMIUM
from tito.answers import fill, reference
from tito.catalogue import Catalogue, read_catalogue
from tito.course import Course
from tito.demo import best_isolation
from tito.files import save
from tito.grades import read_grades
from tito.grading.judges import local_judges
from tito.grading.pages import feedback
from tito.grading.run import grade
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import release
from tito.report import publish

ROOT = Path(__file__).resolve().parents[1]
LESSON = "18_pruning"
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


def exercise_page(released: nbformat.NotebookNode) -> str:
    """A wrong answer with its message, then what the plot of the right answers shows."""
    wrong = read_catalogue(Course.find(ROOT)[LESSON]).wrong
    mistake = next(answer for answer in wrong if answer.name == "mask_signed")
    head, _, body = mistake.source.split('"""')
    short = f'{head}"""Mark the weights that survive. (The assignment, shortened.)"""{body}'
    wrong = run(fill(released, {"magnitude_mask": short}), only_named=True)
    shown = [
        cell
        for cell in wrong.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id")
        in ("magnitude_mask", "magnitude_mask_check")
    ]
    check = shown[1]
    check.source = check.source.split("\nassert weight.tolist()")[0]
    error = check.outputs[0]
    error.traceback = [f"{error.ename}: {error.evalue}"]
    right = run(read_notebook(ROOT / "build" / "notebooks" / f"{LESSON}.ipynb"))
    plots = [cell for cell in right.cells if "draw_compression(" in cell.source]
    for cell in plots:
        cell.source = next(line for line in cell.source.splitlines() if "draw_com" in line).strip()
        cell.source += "...)"
        cell.outputs = [each for each in cell.outputs if each.output_type == "display_data"]
    pages = nbformat.v4.new_notebook(cells=[*shown, *plots], metadata=right.metadata)
    html, _ = HTMLExporter(theme="light").from_notebook_node(pages)
    return str(html)


def run(notebook: nbformat.NotebookNode, only_named: bool = False) -> nbformat.NotebookNode:
    """Run the cells on a kernel, past the errors; only nbgrader's, when asked."""
    if only_named:
        notebook.cells = [each for each in notebook.cells if "nbgrader" in each.metadata]
    with TemporaryDirectory() as folder:  # where the lesson keeps its results
        place = {"metadata": {"path": folder}}
        NotebookClient(notebook, allow_errors=True, timeout=600, resources=place).execute()
    return notebook


def graded_class(course: Course, released: nbformat.NotebookNode) -> Path:
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
