"""Every wrong answer loses exactly its own exercise, every right one none: the checks, run fast.

The graded cells run as they stand in the lesson, one after the other in one process. That nbgrader
agrees is tested with a sample in test_grading.py.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from catalogue import RIGHT, WRONG, Answer

from tito.catalogue import load_catalogue
from tito.course import Course
from tito.errors import CourseError
from tito.lessons import read_lesson, to_notebook
from tito.mistakes import failed_checks, graded_cells, mistakes, to_table
from tito.notebooks import exercises

ROOT = Path(__file__).resolve().parents[1]
LESSON = read_lesson(ROOT / "modules" / "18_pruning.py")
CELLS = graded_cells(LESSON)
EXERCISES = [exercise.name for exercise in exercises(to_notebook(LESSON))]

# What the body of an answer may be, that is no answer at all.
NONSENSE = {
    "nothing": "pass",
    "not_written": "raise NotImplementedError('write me')",
    "zero": "return 0",
    "text": "return 'the answer'",
    "empty_list": "return []",
    "empty_dict": "return {}",
    "nothings": "return None, None, None",
    "pair_of_texts": "return 'weight', 'velocity'",
    "numbers_in_a_list": "return [[1.0, 0.0], [0.0, 1.0]]",
    "dict_of_texts": "return dict.fromkeys(['sparsity', 'mean', 'std'], 'high')",
    "object_array": "return np.array([[None]])",
    "first_argument": "return args[0]",
    "does_not_parse": "return (",
}


def names(answers: list[Answer]) -> list[str]:
    return [answer.name for answer in answers]


def test_the_reference_passes_every_check():
    assert failed_checks(CELLS) == {}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("answer", WRONG, ids=names(WRONG))
def test_a_wrong_answer_loses_its_exercise_alone_and_is_told_why(answer):
    failed = failed_checks(CELLS, answer)
    assert list(failed) == [answer.exercise]
    message = failed[answer.exercise]
    assert message.startswith("AssertionError: "), f"the check broke: {message}"
    assert re.search(answer.says, message), f"the message does not name the mistake: {message}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("answer", RIGHT, ids=names(RIGHT))
def test_a_right_answer_written_differently_loses_nothing(answer):
    assert failed_checks(CELLS, answer) == {}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_nonsense_loses_its_exercise_alone_and_gets_a_plain_error(exercise, body):
    source = f"def {exercise}(*args, **settings):\n    {body}\n"
    failed = failed_checks(CELLS, Answer(exercise, "nonsense", source))
    assert list(failed) == [exercise]
    kind, _, text = failed[exercise].partition(": ")
    plain = {"AssertionError", "NameError", "NotImplementedError", "TypeError", "ValueError"}
    assert kind in plain, failed
    assert len(text) > 10 or kind == "NotImplementedError"


def test_every_exercise_has_mistakes_and_another_right_answer():
    wrong, right = (Counter(answer.exercise for answer in answers) for answers in (WRONG, RIGHT))
    assert set(wrong) == set(right) == set(EXERCISES)
    assert min(wrong.values()) >= 5
    assert len({answer.name for answer in WRONG + RIGHT}) == len(WRONG + RIGHT)


def test_the_command_tries_the_same_mistakes():
    course = Course.find(ROOT)
    found = mistakes(course["18_pruning"])
    assert [each.name for each in found] == names(WRONG)
    assert all(each.costs_its_own_alone for each in found)
    assert to_table(found).row_count == len(WRONG)


def test_a_lesson_without_known_mistakes_is_told_so():
    with pytest.raises(CourseError, match="no known mistake is one in the exercises of 18_digits"):
        mistakes(Course.find(ROOT)["18_digits"])


def test_a_missing_catalogue_is_one_line(tmp_path):
    with pytest.raises(CourseError, match=r"no .*__init__\.py: the known mistakes stand there"):
        load_catalogue(tmp_path / "tests" / "catalogue" / "__init__.py")
