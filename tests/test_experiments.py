"""What the experiments stand on: the harder digits, kept results, pictures, graded questions."""

import builtins
import functools
import gzip
import os
import re
import struct
import subprocess
import sys
import time
import types

import matplotlib
import nbformat
import numpy as np
import pytest
from conftest import ROOT, copy_checkout
from nbclient import NotebookClient

from tinytorch.digits import MNIST_FILES, load_digits, load_mnist, load_shifted_digits
from tinytorch.experiments import progress, remember
from tito.course import Course
from tito.lessons import SOLUTION_MARKS, read_lesson
from tito.lint import lint
from tito.notebooks import exercises, read_notebook
from tito.releasing import release

matplotlib.use("agg")

from tinytorch import plots

LESSON = "18_pruning"


def test_shifted_digits_hold_each_digit_whole_somewhere_on_the_canvas():
    digits, shifted = load_digits(), load_shifted_digits(canvas=10, copies=2)
    assert shifted.x_train.shape == (2 * 1437, 100) and shifted.x_test.shape == (2 * 360, 100)
    assert shifted.x_train.dtype == np.float32 and shifted.y_test.dtype == np.int64
    assert np.array_equal(shifted.y_test[1::2], digits.y_test)
    for image, moved in zip(digits.x_test[:20], shifted.x_test[::2], strict=False):
        windows = np.lib.stride_tricks.sliding_window_view(moved.reshape(10, 10), (8, 8))
        assert np.any(np.all(windows == image.reshape(8, 8), axis=(2, 3)))
        assert np.isclose(moved.sum(), image.sum())


def test_shifted_digits_are_the_same_at_every_call_and_stand_at_many_places():
    first, second = load_shifted_digits(), load_shifted_digits()
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert not np.array_equal(first.x_train, load_shifted_digits(seed=1).x_train)
    assert not np.array_equal(first.x_test[0], first.x_test[1])
    plain = load_shifted_digits(canvas=8, copies=1)
    assert np.array_equal(plain.x_test, load_digits().x_test)


@pytest.mark.parametrize("wrong", [{"canvas": 7}, {"copies": 0}])
def test_shifted_digits_refuse_what_cannot_be(wrong):
    with pytest.raises(ValueError, match="load_shifted_digits: canvas must be at least 8"):
        load_shifted_digits(**wrong)


def write_idx(path, array, packed=False):
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    content = header + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if packed else content)


@pytest.fixture(params=[False, True], ids=["plain", "packed"])
def mnist(tmp_path, request):
    """A folder with a tiny MNIST of 3 and 2 images, 4 x 5 pixels."""
    for name, n in zip(MNIST_FILES, (3, 3, 2, 2), strict=True):
        array = np.arange(n) if "labels" in name else np.arange(n * 20).reshape(n, 4, 5)
        write_idx(tmp_path / (name + ".gz" * request.param), array, request.param)
    return tmp_path


def test_mnist_is_read_as_digits(mnist):
    digits = load_mnist(mnist)
    assert digits.x_train.shape == (3, 20) and digits.x_test.shape == (2, 20)
    assert digits.x_train.dtype == np.float32 and digits.y_train.tolist() == [0, 1, 2]
    assert np.allclose(digits.x_train.ravel() * 255, np.arange(60))


def test_a_broken_mnist_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"neither .*train-images.* nor .*\.gz"):
        load_mnist(tmp_path)
    for name, n in zip(MNIST_FILES, (3, 2, 2, 2), strict=True):
        write_idx(tmp_path / name, np.zeros(n) if "labels" in name else np.zeros((n, 2, 2)))
    with pytest.raises(ValueError, match=r"3 images but .* 2 labels"):
        load_mnist(tmp_path)
    path = tmp_path / MNIST_FILES[0]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="should hold 3 x 2 x 2 bytes"):
        load_mnist(tmp_path)
    path.write_bytes(b"no idx file")
    with pytest.raises(ValueError, match="is not an idx file"):
        load_mnist(tmp_path)
    path.rename(tmp_path / f"{path.name}.gz")
    with pytest.raises(ValueError, match="cannot be unpacked"):
        load_mnist(tmp_path)


class Counter:
    """A computation that counts its calls, in a file: what it holds itself is a question too."""

    def __init__(self, folder):
        self.folder = str(folder)

    def compute(self, *arguments):
        with open(f"{self.folder}/calls", "a") as file:
            file.write("x")
        return {"a b, c": np.arange(3.0), "list": [1, 2]}

    @property
    def calls(self):
        with open(f"{self.folder}/calls") as file:
            return len(file.read())


def test_a_result_is_computed_once_and_comes_back_the_same(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    counter = Counter(tmp_path)
    for said in ("", f"r: kept from {time.strftime('%H:')}"):
        result = remember("r", counter.compute, 1, "x", [np.ones(2)], folder=tmp_path / "new")
        assert result["a b, c"].tolist() == [0, 1, 2] and result["list"].tolist() == [1, 2]
        assert capsys.readouterr().out.startswith(said)
    assert counter.calls == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["r.npz"]


def test_a_result_of_another_day_says_its_date(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    counter = Counter(tmp_path)
    remember("r", counter.compute, folder=tmp_path)
    os.utime(tmp_path / "r.npz", (0, 86_400 * 365))
    remember("r", counter.compute, folder=tmp_path)
    assert capsys.readouterr().out.startswith("r: kept from 1971-01-01, ")


class Bag:
    def __init__(self, value):
        self.layers = [{"weights": np.array([value])}]


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 2), (1, 1.0), (1, True), ("1", 1), (None, 0), ((1, 2), (12,)), ({"a": 1}, {"b": 1}),
     (np.zeros(2), np.zeros((2, 1))), (np.zeros(2), np.zeros(2, np.float32)), (Bag(1), Bag(2)),
     ({1}, {2}), (functools.partial(max, 1), functools.partial(max, 2))],
)  # fmt: skip
def test_another_argument_is_another_question(tmp_path, one, other):
    counter = Counter(tmp_path)
    for argument in (one, other, other):
        remember("r", counter.compute, argument, folder=tmp_path)
    assert counter.calls == 2


def test_a_changed_function_is_another_question(tmp_path):
    counter = Counter(tmp_path)
    for function in (np.mean, write_idx, write_idx, Counter.compute):
        remember("r", counter.compute, uses=[function], folder=tmp_path)
    assert counter.calls == 3


# A notebook's cells: `answer` is what the result comes from; the others are what it reaches.
CELLS = {
    "helper": "def helper(x): return x + 1",
    "scale": "SCALE = 10",
    "table": "TABLE = {'a': np.arange(3.0)}",
    "base": "class Base:\n    def shift(self): return SHIFT",
    "shift": "SHIFT = 2",
    "network": "class Network(Base):\n    @property\n    def size(self): return 3\n"
    "    @classmethod\n    def make(cls): return cls()",
    "inner": "@functools.lru_cache\ndef inner(): return 5",
    "answer": "def answer():\n"
    "    def within(): return sum(inner() + SCALE for _ in range(2))\n"
    "    net = Network.make()\n"
    "    return {'value': helper(within()) + TABLE['a'].sum() + net.shift() * net.size}",
}
MENDED = {
    "helper": "def helper(x): return x + 100",
    "scale": "SCALE = 20",
    "table": "TABLE = {'a': np.arange(4.0)}",
    "base": "class Base:\n    def shift(self): return SHIFT + 1",
    "shift": "SHIFT = 4",
    "network": "class Network(Base):\n    @property\n    def size(self): return 7\n"
    "    @classmethod\n    def make(cls): return cls()",
    "inner": "@functools.lru_cache\ndef inner(): return 6",
}


@pytest.mark.parametrize("cell", MENDED)
def test_who_mends_what_a_function_reaches_sees_the_value_change(tmp_path, monkeypatch, cell):
    notebook = types.ModuleType("__main__")  # as in a kernel: there is no file to read a class from
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    notebook.np, notebook.functools = np, functools

    def value():
        return float(remember("r", notebook.answer, folder=tmp_path)["value"])

    for source in CELLS.values():
        exec(source, vars(notebook))
    before = value()
    assert value() == before
    exec(MENDED[cell], vars(notebook))
    if cell == "base":
        exec(CELLS["network"], vars(notebook))
    assert value() == float(notebook.answer()["value"]) != before


def test_another_process_asks_the_same_question(tmp_path):
    """Hash seeds differ from process to process, and so does the order of a set of texts."""
    script = tmp_path / "cells.py"
    lines = ["import functools", "import numpy as np", *CELLS.values(), "NAMES = {'a', 'b', 'c'}"]
    lines += ["from tinytorch.experiments import remember"]
    lines += ["def ask(x): return answer() if x in {'p', 'q', 'r'} or NAMES else None"]
    lines += ["print(float(remember('r', ask, 'p')['value']))"]
    script.write_text("\n".join(lines))
    said = [
        subprocess.run(
            [sys.executable, script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for seed in "123"
    ]
    assert [len(each) for each in said] == [1, 2, 2]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut off", b"\x93NUMPY", b"text"])
def test_a_damaged_or_foreign_file_is_computed_anew(tmp_path, damage):
    counter = Counter(tmp_path)
    remember("r", counter.compute, folder=tmp_path)
    whole = (tmp_path / "r.npz").read_bytes()
    for content in (damage, whole[: len(whole) // 2]):
        (tmp_path / "r.npz").write_bytes(content)
        result = remember("r", counter.compute, folder=tmp_path)
        assert result["list"].tolist() == [1, 2]
    np.savez(tmp_path / "r.npz", digest=np.array([{}], dtype=object))
    remember("r", counter.compute, folder=tmp_path)
    np.save(tmp_path / "r", np.zeros(3))
    (tmp_path / "r.npy").replace(tmp_path / "r.npz")
    remember("r", counter.compute, folder=tmp_path)
    assert counter.calls == 5


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    result = remember("r", Counter(tmp_path).compute, folder=tmp_path / "file")
    assert result["list"].tolist() == [1, 2]
    assert "was not written" in capsys.readouterr().out


def test_an_argument_without_a_digest_is_refused(tmp_path):
    with pytest.raises(TypeError, match="argument of type generator has no digest"):
        remember("r", Counter(tmp_path).compute, (i for i in range(3)), folder=tmp_path)


def test_in_a_notebook_progress_leaves_its_last_line_alone():
    loop = "assert list(progress('abc', 'letters')) == ['a', 'b', 'c']"
    source = f"from tinytorch.experiments import progress\nprint('before')\n{loop}\nprint('after')"
    cell = nbformat.v4.new_code_cell(source)
    NotebookClient(nbformat.v4.new_notebook(cells=[cell])).execute(cwd=ROOT)
    before, shown, after = cell.outputs
    assert (before.text, after.text) == ("before\n", "after\n")
    assert re.fullmatch(r"letters: 3 done in \d+\.\d s", shown.data["text/plain"])


def test_progress_yields_everything_and_is_silent_when_graded(monkeypatch, capsys):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert list(progress("abc", "letters")) == ["a", "b", "c"]
    assert "letters: 3 done" in capsys.readouterr().out
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert list(progress("abc", "letters")) == ["a", "b", "c"]
    assert capsys.readouterr().out == ""


def test_break_even_lies_where_the_line_crosses():
    assert plots.break_even([0, 0.5, 1], [2, 1.5, 0.5]) == pytest.approx(0.75)
    assert plots.break_even([0, 1], [0.9, 0.1]) == 0
    assert plots.break_even([0, 1], [3, 2]) is None


def test_say_gives_mean_and_standard_deviation():
    assert plots.say([0.9, 0.92]) == "91.0 % ± 1.4"
    assert plots.say([0.5]) == "50.0 % ± 0.0"


def test_titles_are_computed_from_the_data():
    sizes = {"dense": np.array([4, 4]), "csr": np.array([8, 0])}
    title = plots.draw_bytes([0, 1], sizes).axes[0].get_title()
    assert title.endswith("csr 50 %")
    plots.plt.close("all")


def draw_a_slider():
    curves = ([0.0, 0.5, 0.75], [0.9, 0.8, 0.1], [64, 60, 40])
    return plots.explore_sparsity(
        lambda place: plots.draw_sparsity_frame(np.eye(4), *curves, place), ["0", "50", "75"]
    )


def test_the_slider_works_without_python_behind_it():
    import ipywidgets as widgets

    slider, stack = draw_a_slider().children
    assert isinstance(slider, widgets.SelectionSlider) and len(stack.children) == 3
    assert len({bytes(each.value) for each in stack.children}) == 3


def test_without_ipywidgets_a_figure_stands_there(monkeypatch):
    real = builtins.__import__

    def fails(name, *rest, **more):
        if name == "ipywidgets":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", fails)
    figure = draw_a_slider()
    assert isinstance(figure, matplotlib.figure.Figure) and len(figure.axes) == 3


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the checkout with the lesson released."""
    found = Course.find(copy_checkout(tmp_path_factory.mktemp("questions") / "checkout"))
    release(found[LESSON])
    return found


def questions(notebook):
    gradings = [(cell.metadata.get("nbgrader", {}), cell) for cell in notebook.cells]
    return {
        grading["grade_id"]: cell
        for grading, cell in gradings
        if grading.get("grade") and grading.get("solution")
    }


def test_four_questions_are_graded_by_hand_and_are_no_exercises(course):
    source = read_notebook(course[LESSON].source_path)
    found = questions(source)
    assert len(found) == 4
    assert {cell.metadata["nbgrader"]["points"] for cell in found.values()} == {3}
    assert {cell.cell_type for cell in found.values()} == {"markdown"}
    assert not found.keys() & {each.name for each in exercises(source)}


def test_the_release_asks_every_question_and_holds_no_line_of_the_guide(course):
    source = read_notebook(course[LESSON].source_path)
    released = read_notebook(course.release / LESSON / f"{LESSON}.ipynb")
    text = "\n".join(cell.source for cell in released.cells)
    for name, cell in questions(source).items():
        lines = cell.source.splitlines()
        assert lines[0] == SOLUTION_MARKS[0] and lines[-1] == SOLUTION_MARKS[1]
        assert not [line for line in lines if line.strip() in text]
        assert questions(released)[name].source == "*Your answer here.*"
    assert text.count("### Question ") == 4


QUESTION = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %%
#| default_exp some

# %% [markdown] nbgrader={METADATA}
# ### BEGIN SOLUTION
# * a good answer
# ### END SOLUTION
""".replace(
    "METADATA",
    '"grade": true, "grade_id": "q", "locked": false, "points": 2, '
    '"schema_version": 3, "solution": true, "task": false',
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("# ### BEGIN SOLUTION\n", "", "without a `### BEGIN SOLUTION`"),
        ("# ### BEGIN SOLUTION\n# * a good answer\n# ### END SOLUTION", "#", "marking guide"),
        ('"locked": false', '"locked": true', "question 'q' is locked"),
        ('"points": 2', '"points": 0', "question 'q' needs points above 0"),
        ("# ### END SOLUTION", "# then ### END SOLUTION", "write the mark alone"),
        ("# ### END", "# ### BEGIN HIDDEN TESTS\n# ### END HIDDEN TESTS\n# ### END", "hidden"),
    ],
)
def test_the_linter_reads_questions(tmp_path, old, new, said):
    path = tmp_path / "18_some.py"
    path.write_text(QUESTION.replace(old, new) if old else QUESTION, encoding="utf-8")
    found = [str(finding) for finding in lint(read_lesson(path))]
    assert (any(said in each for each in found)) if said else found == []
