"""What students get: the assignment whole, and nothing of the answers."""

import shutil

import pytest
from classroom import LESSON, find_cell

from tito.answers import fill, solution_cells
from tito.cells import CHECK_SUFFIX
from tito.course import Course
from tito.errors import CourseError, NotebookError
from tito.lessons import HIDDEN_MARKS, SOLUTION_MARKS
from tito.nbgrader_api import NbgraderError
from tito.notebooks import read_notebook
from tito.releasing import release

TELLING = 12  # shorter lines, such as `return x`, may stand anywhere


def all_lines(notebook):
    return [line.strip() for cell in notebook.cells for line in cell.source.splitlines()]


def lines_between(notebook, marks):
    """Lines inside the marks, and lines outside them, of all cells, stripped."""
    inside, outside, open_mark = set(), set(), False
    for line in all_lines(notebook):
        if line in marks:
            open_mark = line == marks[0]
        else:
            (inside if open_mark else outside).add(line)
    return inside, outside


@pytest.fixture(scope="module")
def source(classroom):
    return read_notebook(classroom.course[LESSON].source_path)


@pytest.mark.parametrize("marks", [SOLUTION_MARKS, HIDDEN_MARKS], ids=["solutions", "hidden"])
def test_the_release_holds_no_line_of_any_solution_or_hidden_check(classroom, source, marks):
    inside, outside = lines_between(source, marks)
    secret = {line for line in inside - outside if len(line) > TELLING}
    assert len(secret) > 5
    released = [
        line.strip() for cell in classroom.released.cells for line in cell.source.splitlines()
    ]
    assert not secret & set(released)
    assert not any(mark in line for mark in marks for line in released)


def test_signature_docstring_and_export_survive_in_every_exercise(classroom, source):
    given = solution_cells(classroom.released)
    for name, cell in solution_cells(source).items():
        assignment = cell.source[: cell.source.index(SOLUTION_MARKS[0])]
        assert assignment.count('"""') == 2 and assignment.startswith("#| export\ndef ")
        assert given[name].source.startswith(assignment)
        assert "raise NotImplementedError(" in given[name].source


def test_the_visible_checks_survive(classroom, source):
    for name in solution_cells(source):
        check = find_cell(source, name + CHECK_SUFFIX).source
        visible = check.split(HIDDEN_MARKS[0])[0].rstrip()
        assert "assert " in visible or "expect(" in visible
        assert find_cell(classroom.released, name + CHECK_SUFFIX).source.startswith(visible)


def test_every_text_cell_with_its_hints_survives(classroom, source):
    def texts(notebook):
        cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
        return [cell.source for cell in cells if "nbgrader" not in cell.metadata]

    assert texts(classroom.released) == texts(source)
    hints = [text for text in texts(source) if "<details>" in text]
    assert len(hints) >= len(solution_cells(source))


def test_the_release_of_a_lesson_is_the_notebook_and_nothing_else(classroom):
    for folder in (classroom.course.release, classroom.course.source):
        files = [path.relative_to(folder).as_posix() for path in folder.glob(f"{LESSON}/**/*")]
        assert files == [f"{LESSON}/{LESSON}.ipynb"]


def test_a_release_is_the_same_bytes_twice(classroom):
    path = classroom.course.release / LESSON / f"{LESSON}.ipynb"
    before = path.read_bytes()
    assert release(classroom.course[LESSON]) == path
    assert path.read_bytes() == before


def test_graded_kernels_and_students_import_a_package_without_the_answers(classroom):
    names = [path.name for path in (classroom.course[LESSON].support / "tinytorch").iterdir()]
    assert "digits.py" in names and "pruning.py" not in names


def test_a_lesson_without_exercises_is_not_released(classroom):
    with pytest.raises(CourseError, match=r"18_digits has no exercises.*exercises: 18_pruning"):
        release(classroom.course["18_digits"])


def test_an_earlier_release_stays_when_a_later_one_fails(classroom, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(classroom.course.root, root, ignore=shutil.ignore_patterns("course"))
    course = Course.find(root)
    path = course.release / LESSON / f"{LESSON}.ipynb"
    before = path.read_bytes()
    course.gradebook.parent.mkdir()
    course.gradebook.write_text("no database")
    with pytest.raises(NbgraderError, match=r"18_pruning.*not a database"):
        release(course[LESSON])
    assert path.read_bytes() == before
    assert not [each.name for each in course.build.rglob(".*")]


def test_an_answer_to_an_unknown_exercise_is_refused(classroom):
    with pytest.raises(NotebookError, match="no exercise 'csr' in this notebook; there are: "):
        fill(classroom.released, {"csr": "def csr(): ..."})
