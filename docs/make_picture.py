"""Make docs/exercise.png from a real run: an exercise, a mistake, its message, and the result.

Run it in the checkout after `tito release`, with Chromium and ImageMagick's `convert` installed:

    python docs/make_picture.py
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from catalogue import WRONG  # noqa: E402  (found through the line above)

from tito.answers import fill  # noqa: E402

LESSON = "18_pruning"
BROWSER = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1.5",
    "--window-size=960,1700",
]


def run(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Run all cells on a kernel, past the errors."""
    with TemporaryDirectory() as folder:  # where the lesson keeps its results
        place = {"metadata": {"path": folder}}
        NotebookClient(notebook, allow_errors=True, timeout=600, resources=place).execute()
    return notebook


def cells_named(notebook: nbformat.NotebookNode, *names: str) -> list[nbformat.NotebookNode]:
    return [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") in names
    ]


def picture(wrong: nbformat.NotebookNode, right: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The cells to show: a wrong answer with its message, then the plot of the right answers."""
    shown = cells_named(wrong, "magnitude_mask", "magnitude_mask_check")
    check = shown[1]
    check.source = check.source.split("\nassert weight.tolist()")[0]
    error = check.outputs[0]
    error.traceback = [f"{error.ename}: {error.evalue}"]
    plots = [cell for cell in right.cells if "draw_compression(" in cell.source]
    for cell in plots:
        cell.source = cell.source[cell.source.index("if ready(") : cell.source.index("    print")]
        cell.outputs = [each for each in cell.outputs if each.output_type == "display_data"]
    return nbformat.v4.new_notebook(cells=[*shown, *plots], metadata=right.metadata)


def main() -> None:
    released = nbformat.read(ROOT / "build" / "release" / LESSON / f"{LESSON}.ipynb", 4)
    reference = nbformat.read(ROOT / "build" / "notebooks" / f"{LESSON}.ipynb", 4)
    mistake = next(answer for answer in WRONG if answer.name == "mask_signed")
    answer = mistake.source.split('"""')
    short = (
        answer[0] + '"""Mark the weights that survive. (The assignment, shortened.)"""' + answer[2]
    )
    wrong = run(fill(released, {"magnitude_mask": short}))
    shown = picture(wrong, run(reference))
    page, _ = HTMLExporter(theme="light").from_notebook_node(shown)
    with TemporaryDirectory() as folder:
        html, png = Path(folder) / "page.html", Path(folder) / "page.png"
        html.write_text(page, encoding="utf-8")
        subprocess.run([*BROWSER, f"--screenshot={png}", html.as_uri()], check=True)
        trim = ["-trim", "-bordercolor", "white", "-border", "12", "-colors", "64"]
        subprocess.run(
            ["convert", str(png), *trim, str(ROOT / "docs" / "exercise.png")], check=True
        )


if __name__ == "__main__":
    main()
