"""What `run_autograder` does: judge one submission, and write what Gradescope shows of it.

The fields of results.json are those of
https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from tito.autograder.packed import Packed
from tito.cells import Cell, Kind
from tito.collecting import choosing
from tito.collecting.files import NOT_A_NOTEBOOK, File, Refusal, may_be_notebook
from tito.collecting.folder import files_in
from tito.collecting.names import Whose
from tito.decoding import content_of
from tito.errors import CourseError, NotebookError
from tito.files import save
from tito.grading.intake import RefusedError
from tito.grading.judges import local_judges
from tito.grading.rebuild import Submission, rebuild
from tito.judging.plan import Plan
from tito.judging.verdict import Verdict, Work
from tito.sandbox import ISOLATED, SEPARATE, TRUSTED, Isolation
from tito.sandbox.bubblewrap import best_isolation

STUDENT = "submission"
PASSED, FAILED = "passed", "failed"
VISIBLE, LATER = "visible", "after_due_date"
IN_WORDS = {  # for the instructor, who alone sees what is printed
    ISOLATED: "students' code is isolated by bubblewrap",
    SEPARATE: "no bubblewrap here: students' code runs in processes of another user, who cannot "
    "read the checks, and is not kept from the network",
    TRUSTED: "neither bubblewrap nor another user's rights are to be had here: students' code runs "
    "in processes of its own, and is kept from nothing",
}
OUR_FAULT = "The grader itself failed on it, which is not your fault: tell your instructor."
Test = dict[str, Any]


def main() -> None:
    place = Path(sys.argv[1])
    start = time.monotonic()
    lesson = Packed.read(place / "source")
    try:
        found = graded(lesson, place / "submission")
    except NotebookError as error:
        print(error)
        found = refused(lesson, str(error))
    except Exception as error:  # printed for the instructor: there has to be a result
        print(error) if isinstance(error, CourseError) else traceback.print_exc(file=sys.stdout)
        found = refused(lesson, OUR_FAULT)
    found["execution_time"] = round(time.monotonic() - start)
    save(place / "results" / "results.json", json.dumps(found, indent=1))


def graded(lesson: Packed, folder: Path) -> dict[str, Any]:
    """What comes of a submission."""
    path, content = notebook_in(folder, lesson)
    submission = rebuild(content_of(content, path), lesson.release)
    isolation = best_isolation(ISOLATED, SEPARATE)
    print(IN_WORDS[isolation])
    verdict = judged(lesson.plan, submission, isolation)
    # Where all is right nobody needs to know which of the checks students can see.
    needs = any(verdict.scores.get(name, 0.0) < points_of(lesson, name) for name in lesson.hidden)
    shown = judged(lesson.visible, submission, isolation) if needs else verdict
    look_at = [*submission.flags, *verdict.flags]
    print("\n".join(look_at))
    return {
        "output": "\n\n".join([f"Graded: {path}.", *about_points(lesson)]),
        "tests": [test for cell in checks(lesson) for test in tests(lesson, cell, verdict, shown)],
        "extra_data": {"isolation": verdict.isolation, "look_at": look_at},
    }


def notebook_in(folder: Path, lesson: Packed) -> tuple[str, bytes]:
    """Path and bytes of the notebook that counts, chosen as `tito collect` does.

    Raises:
        RefusedError: there is none, or nothing tells which of several.
    """
    known = choosing.Lesson(lesson.here)
    handins, reasons = [], []
    for found in files_in(folder):
        if isinstance(found, File) and may_be_notebook(found.path):
            handins.append(choosing.Handin(found, Whose(STUDENT, found.path.split("/")[-1])))
        elif isinstance(found, Refusal):
            reasons.append(f"{found.path}: {found.reason}")
        else:
            reasons.append(f"{found.path}: {NOT_A_NOTEBOOK}")
    chosen = choosing.choose(STUDENT, handins, known)
    if chosen.handin:
        content = choosing.content_of(chosen.handin, known)
        if not isinstance(content, Refusal):
            return chosen.handin.path, content
        reasons.append(f"{content.path}: {content.reason}")
    reasons += [f"{each.path}: {each.note}" for each in chosen.others]
    raise RefusedError("; ".join(reasons[:5]) or "nothing was handed in: a notebook was expected")


def judged(plan: Plan, submission: Submission, isolation: Isolation) -> Verdict:
    """The verdict of the judge that `tito grade` has, with its limits."""
    with local_judges(1, isolation)(plan) as judges:
        [verdict] = judges.judge([Work(STUDENT, "", submission.answers)])
    return verdict


def checks(lesson: Packed) -> list[Cell]:
    return lesson.plan.of_kind(Kind.CHECK)


def points_of(lesson: Packed, check: str) -> float:
    return next(cell.points for cell in checks(lesson) if cell.name == check)


def tests(lesson: Packed, check: Cell, verdict: Verdict, shown: Verdict) -> list[Test]:
    """A check as Gradescope shows it; of one that hides something, what students see goes first.

    That earns nothing: points are for all of a check.
    """
    whole = test(check, verdict.scores.get(check.name, 0.0), verdict.failed.get(check.part, ""))
    if check.name not in lesson.hidden:
        return [whole]
    why = shown.failed.get(check.part, "")
    seen = test(check, 0.0, why) | {"max_score": 0.0, "status": FAILED if why else PASSED}
    seen["name"] = f"{check.part}: the checks you can see"
    return [seen, whole | {"name": f"{check.part}: all checks", "visibility": LATER}]


def test(check: Cell, score: float, why: str) -> Test:
    return {
        "name": check.part,
        "score": score,
        "max_score": check.points,
        "status": PASSED if score >= check.points and not why else FAILED,
        "output": why or "It passes.",
        "visibility": VISIBLE,
    }


def refused(lesson: Packed, reason: str) -> dict[str, Any]:
    """What is shown of a submission that cannot be graded: why, at every exercise."""
    return {
        "output": f"Not graded: {reason}",
        "tests": [test(cell, 0.0, reason) for cell in checks(lesson)],
    }


def about_points(lesson: Packed) -> list[str]:
    """Which points stand here, and which a person gives."""
    said = []
    if lesson.hidden:
        said.append("Points are for all checks of an exercise, those you cannot see among them.")
    if lesson.by_hand:
        said.append(
            f"The answers to {', '.join(lesson.by_hand)} are read by a person, who gives up to "
            f"{sum(lesson.by_hand.values()):g} points in Gradescope: they are not counted here."
        )
    return said


if __name__ == "__main__":
    main()
