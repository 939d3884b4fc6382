"""A lesson's graded cells in one process, as a notebook runs them: an oracle for the judge."""

from __future__ import annotations

from tito.catalogue import Answer
from tito.cells import Kind
from tito.judging.outputs import one_line
from tito.judging.plan import Plan


def failed_checks(plan: Plan, answers: dict[str, str], answer: Answer) -> dict[str, str]:
    """What each failed check says: `answers`, the reference, but for one exercise."""
    given = answers | {answer.exercise: answer.source}
    namespace: dict[str, object] = {}
    failed = {}
    for cell in plan.cells:
        answered = cell.kind is Kind.EXERCISE and cell.name == answer.exercise
        try:
            if cell.kind is not Kind.QUESTION:
                source = given[cell.name] if cell.kind is Kind.EXERCISE else cell.source
                exec(source, namespace)
        except Exception as error:
            if cell.kind is Kind.CHECK:
                exercise = cell.exercise
                failed[exercise] = one_line(type(error).__name__, str(error))
            elif not answered:
                raise  # a bug of the lesson
    return failed
