"""Hidden checks draw other numbers in another class, and the same for everybody in one."""

import numpy as np
import pytest
from needs import best_isolation
from small import LESSON, hand_in, rows, small_course

from tinytorch.checking import class_rng
from tito.answers import fill, reference
from tito.course import Course
from tito.errors import CourseError
from tito.grading.judges import local_judges
from tito.grading.run import grade
from tito.notebooks import notebook_bytes, read_notebook

SHOWN = """

# %% exercise seen
#| export
def seen():
    \"\"\"Return whether the class's number is in reach.\"\"\"
    ### BEGIN SOLUTION
    import os
    return any("SEED" in name for name in os.environ)
    ### END SOLUTION

# %% check seen 1
import os
assert not seen(), "the class's number is seen"
### BEGIN HIDDEN TESTS
assert False, f"this class has {os.environ['TITO_CLASS_SEED']}"
### END HIDDEN TESTS
"""


@pytest.fixture
def course(tmp_path, isolation):
    return small_course(tmp_path / "checkout", SHOWN)


def numbers(course, *students):
    """What the hidden check of each student says of the class's number."""
    right = reference(read_notebook(course[LESSON].source_path))
    work = notebook_bytes(fill(read_notebook(course[LESSON].released), right))
    hand_in(course, dict.fromkeys(students, work))
    grade(course[LESSON], judging=local_judges(1, best_isolation()))
    return [row.failed["seen"] for row in rows(course).values()]


def test_a_class_keeps_its_number_and_another_has_another(course, tmp_path):
    first = numbers(course, "ada", "bob")
    kept = int(course.seed.read_text())
    assert first == [f"this class has {kept}"] * 2 and kept
    assert numbers(course, "cyd") == [f"this class has {kept}"] * 3
    other = Course(course.root, tmp_path / "other")
    assert numbers(other, "ada") == [f"this class has {int(other.seed.read_text())}"]
    assert int(other.seed.read_text()) != kept  # but for one in four thousand million


def test_what_is_built_is_the_same_wherever_it_is_built(course):
    demo = Course(course.root, course.build / "demo")
    assert numbers(demo, "ada") == ["this class has 0"]


@pytest.mark.parametrize("text", ["two\n", "-2\n", "", "1.5", "9" * 5000, "\x00"])
def test_a_number_that_is_none_is_said_before_anything_is_graded(course, text):
    numbers(course, "ada")
    course.seed.write_text(text)
    with pytest.raises(
        CourseError, match=r"seed\.txt holds no whole number of 0 or more: put back what stood"
    ):
        numbers(course, "ada", "bob")
    assert not rows(course)["bob"].graded


def test_without_a_class_numbers_are_those_of_the_seed_alone(monkeypatch):
    monkeypatch.delenv("TITO_CLASS_SEED", raising=False)
    assert np.array_equal(class_rng(3).random(4), np.random.default_rng(3).random(4))
    monkeypatch.setenv("TITO_CLASS_SEED", "20")
    here = class_rng(3).random(4)
    assert np.array_equal(here, class_rng(3).random(4))
    assert not np.isin(here, np.random.default_rng(3).random(4)).any()
