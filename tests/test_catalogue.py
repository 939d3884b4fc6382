"""Every wrong answer loses exactly its own exercise, every right one none.

A trusted judge says so, the one that grades. That it judges as nbgrader does, isolated or not, is
tested in test_equal_to_nbgrader.py.
"""

import re
from collections import Counter
from textwrap import dedent

import pytest
from catalogue import CATALOGUES
from conftest import ROOT

from tito.catalogue import Answer, WrongAnswer, read_catalogue, read_references
from tito.cells import Kind, cells_of, exercise_of
from tito.course import Course
from tito.errors import CourseError, LessonError
from tito.mistakes import judged, mistakes, to_table

EXERCISES = [
    (lab, name)
    for lab in CATALOGUES
    for name in dict.fromkeys(
        each.exercise for each in read_references(ROOT / "modules" / f"{lab}.py").values()
    )
]
WRONG = [(lab, answer) for lab, known in CATALOGUES.items() for answer in known.wrong]
RIGHT = [(lab, answer) for lab, known in CATALOGUES.items() for answer in known.right]

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
PLAIN = {"AssertionError", "NameError", "NotImplementedError", "TypeError", "ValueError", "Stopped"}


def names(answers: list[tuple[str, Answer]]) -> list[str]:
    return [answer.name for _, answer in answers]


@pytest.fixture(scope="module")
def verdicts(course):
    """What a judge says of all right answers and all nonsense: {lab: {name: verdict}}."""
    found = {}
    for lab in CATALOGUES:
        right = [answer for each, answer in RIGHT if each == lab]
        nonsense = [
            nonsensical(name, body) for each, name in EXERCISES if each == lab for body in NONSENSE
        ]
        found[lab] = {each.student: each for each in judged(course[lab], [*right, *nonsense])}
    return found


def nonsensical(exercise, body):
    source = f"def {exercise}(*args, **settings):\n    {NONSENSE[body]}\n"
    return Answer(exercise, f"{exercise}-{body}", source)


@pytest.mark.parametrize("lab", CATALOGUES)
def test_in_another_class_hidden_numbers_are_others_and_every_answer_is_judged_alike(course, lab):
    checks = [each for each in cells_of(course[lab].source) if each.kind is Kind.CHECK]
    drawn = {each.exercise for each in checks if "class_rng(" in each.source}
    answers = [each for known, each in [*WRONG, *RIGHT] if known == lab and each.exercise in drawn]
    found = {each.student: each.failed for each in judged(course[lab], answers, seed=20)}
    assert drawn and len(found) == len(answers)
    for each in answers:
        assert set(found[each.name]) == (
            {each.exercise} if isinstance(each, WrongAnswer) else set()
        ), (each.name, found[each.name])


def raised(verdict, exercise):
    """The kind of error that an exercise's check ended in."""
    return next(
        each["ename"].removesuffix(" (raised by your code)")
        for each in verdict.outputs[f"{exercise}_check"]
        if each["output_type"] == "error"
    )


@pytest.fixture(scope="module")
def outcomes(course):
    """What `tito mistakes` finds in each lab."""
    return {lab: {each.answer: each for each in mistakes(course[lab])} for lab in CATALOGUES}


@pytest.mark.parametrize(("lab", "answer"), WRONG, ids=names(WRONG))
def test_a_wrong_answer_loses_its_exercise_alone_and_is_told_why(outcomes, lab, answer):
    outcome = outcomes[lab][answer]
    assert outcome.costs_its_own_alone
    assert not re.match(r"\w+Error\b", outcome.message), f"the check broke: {outcome.message}"
    assert re.search(answer.says, outcome.message), "the message does not name the mistake"


@pytest.mark.parametrize(("lab", "answer"), RIGHT, ids=names(RIGHT))
def test_a_right_answer_written_differently_loses_nothing(verdicts, lab, answer):
    assert verdicts[lab][answer.name].failed == {}


@pytest.mark.parametrize("body", NONSENSE)
@pytest.mark.parametrize(("lab", "exercise"), EXERCISES)
def test_nonsense_loses_its_exercise_alone_and_gets_a_plain_error(verdicts, lab, exercise, body):
    verdict = verdicts[lab][f"{exercise}-{body}"]
    assert {exercise_of(part, [exercise]) for part in verdict.failed} == {exercise}
    assert raised(verdict, exercise) in PLAIN, verdict.failed
    assert len(verdict.failed[exercise]) > 10


def test_every_exercise_has_mistakes_and_another_right_answer():
    wrong, right = (
        Counter((lab, answer.exercise) for lab, answer in answers) for answers in (WRONG, RIGHT)
    )
    assert set(wrong) == set(right) == set(EXERCISES)
    assert min(wrong.values()) >= 5


def test_the_command_shows_every_mistake(outcomes):
    for lab, known in CATALOGUES.items():
        assert list(outcomes[lab]) == list(known.wrong)
        assert to_table(list(outcomes[lab].values())).row_count == len(known.wrong)


def test_a_lesson_without_known_mistakes_is_told_so():
    with pytest.raises(CourseError, match=r"no wrong answer is known: .*answers/18_digits"):
        mistakes(Course.find(ROOT)["18_digits"])


LESSON = '''
def double(x):
    """Twice as much."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


def given(x):
    return x


def half(x):
    """Half as much."""
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION
'''
SLIP = 'slip("double", "triples", "thrice is twice", says="2", old="2 * x", new="3 * x")'
FUNCTIONS = """
@wrong("half", "half is one less", "says this")
def half_less(x):
    return x - 1


@right("double")
def adds(x):
    return x + x
"""


@pytest.fixture
def small(tmp_path):
    """Writes files of answers beside a small lesson; returns how to read them."""
    course = Course(tmp_path, tmp_path / "class")
    (course.answers / "19_scaling").mkdir(parents=True)
    (course.modules / "19_scaling.py").write_text(LESSON)

    def read(**files):
        for name, text in files.items():
            (course.answers / "19_scaling" / f"{name}.py").write_text(dedent(text))
        return read_catalogue(course["19_scaling"])

    return read


def test_answers_come_in_the_order_of_the_exercises_whatever_their_files_are_called(small):
    known = small(a=f'"""What the file holds."""\n{FUNCTIONS}', b=SLIP)
    slip, function = known.wrong
    doubled = LESSON[1 : LESSON.index("\n\n")].replace("2 * x", "3 * x")
    doubled = "".join(line for line in doubled.splitlines(True) if "###" not in line)
    assert slip == WrongAnswer("double", "triples", doubled, "thrice is twice", "2")
    source = "def half(x):\n    return x - 1\n"
    assert function == WrongAnswer("half", "half_less", source, "half is one less", "says this")
    assert known.right == (Answer("double", "adds", "def double(x):\n    return x + x\n"),)


def test_a_lesson_of_which_no_answers_are_known_has_none(small):
    assert small().wrong == small().right == ()


TWO = '''
# %% exercise pack
#| export
LIMIT = 3


def pack(x):
    """Into a text."""
    ### BEGIN SOLUTION
    return str(x)
    ### END SOLUTION


def unpack(text):
    """Out of it."""
    ### BEGIN SOLUTION
    return int(text)
    ### END SOLUTION


# %% check pack 4
assert unpack(pack(2)) == 2
'''


def test_of_a_cell_with_two_functions_the_other_stays(small, tmp_path):
    (tmp_path / "modules" / "19_scaling.py").write_text(TWO)
    entry = 'slip("unpack", "floats", "any number", says=".", old="int(", new="float(")'
    [answer] = small(a=entry).wrong
    solved = "".join(line for line in TWO.splitlines(True) if "###" not in line)
    cell = solved[solved.index("LIMIT") : solved.index("\n\n# %% check")]
    assert answer.exercise == "pack"
    assert answer.source.split() == cell.replace("int(", "float(").split()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", r"line 1: allowed is slip\(...\), @wrong\(...\) or .*; found: x = 1"),
        ("\nimport os", r"line 2: allowed is .*; found: import os"),
        ("def f(x): pass", r"line 1: allowed is .*; found: def f\(x\):"),
        ("slip(", r"line 1: not Python: '\(' was never closed"),
        (SLIP.replace('says="2", ', ""), "line 1: slip: missing a required argument: 'says'"),
        (SLIP.replace("old=", "odl="), "line 1: slip: .*'old'"),
        (SLIP.replace('"2"', "2"), "slip: an argument must be a text in quotes, not 2"),
        (SLIP.replace('"2"', "f(2)"), r"an argument must be a text in quotes, not f\(2\)"),
        (SLIP.replace('"2"', '"("'), "says is no regular expression: missing \\)"),
        (SLIP.replace("2 * x", "y"), "old='y' must stand once in the reference, not 0 times"),
        (SLIP.replace('"double"', '"given"'), "no exercise 'given'; it has: double, half"),
        (FUNCTIONS.replace('half"', 'halve"'), "line 2: wrong: .*no exercise 'halve'"),
        (f"{SLIP}\n{SLIP}", "line 2: a second answer is called triples"),
    ],
)
def test_a_malformed_entry_is_an_error_that_says_where_and_what_is_allowed(small, text, said):
    with pytest.raises(LessonError, match=r"^modules/answers/19_scaling/a\.py, line .*") as error:
        small(a=text)
    assert re.search(said, str(error.value)), error.value


def test_no_entry_is_run(small, tmp_path):
    touched = tmp_path / "touched"
    with pytest.raises(LessonError, match="allowed is"):
        small(a=f"{SLIP}\nopen({str(touched)!r}, 'w')")
    assert not touched.exists()
