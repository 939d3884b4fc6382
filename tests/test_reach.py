"""Nothing that students are given answers an exercise: every function is tried as every answer."""

import ast

import pytest
from seen import LABS

from tito.answers import reference
from tito.cells import no_module
from tito.judging.plan import plan_of
from tito.judging.pool import Judges
from tito.judging.verdict import Work
from tito.notebooks import read_notebook
from tito.sandbox import TRUSTED

WHOLE = """\
def {exercise}(*args, **settings):
    from {module} import {name}
    return {call}(*args, **settings)
"""


def functions(folder):
    """Every public function, and the public methods of classes: module, name, how it is called."""
    for path in sorted(folder.glob("[!_]*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.FunctionDef(name=name) if not name.startswith("_"):
                    yield path.stem, name, name
                case ast.ClassDef(name=name, body=body):
                    yield path.stem, name, name
                    for each in body:
                        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
                            yield path.stem, name, f"{name}.{each.name}"


@pytest.mark.parametrize("lab", LABS)
def test_no_function_of_the_students_package_answers_an_exercise(course, lab):
    right = reference(read_notebook(course[lab].source_path))
    package = course.package.name
    given = list(functions(course[lab].toolbox / package))
    works = []
    for module, name, call in given:
        words = {"module": f"{package}.{module}", "name": name, "call": call}
        answers = {exercise: WHOLE.format(exercise=exercise, **words) for exercise in right}
        works.append(Work(f"{module}.{call}", "", answers))
    with Judges(plan_of(course[lab]), 2, TRUSTED) as judges:
        verdicts = list(judges.judge(works))
    passed = {
        verdict.student: exercises
        for verdict in verdicts
        if (exercises := sorted(name for name, points in verdict.scores.items() if points))
    }
    assert len(verdicts) == len(given) > 50
    assert passed == {}


def test_a_module_of_an_experiment_is_refused_in_words(course):
    lab = LABS[0]
    package = course.package.name
    shut = f"{package}.plots"
    right = reference(read_notebook(course[lab].source_path))
    exercise = next(iter(right))
    answer = f"def {exercise}(*args):\n    import {shut}\n"
    with Judges(plan_of(course[lab]), 1, TRUSTED) as judges:
        [verdict] = judges.judge([Work("ada", "", right | {exercise: answer})])
    assert list(verdict.failed) == [exercise]
    assert no_module(shut) in verdict.failed[exercise]
