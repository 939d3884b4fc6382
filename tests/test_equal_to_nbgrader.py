"""The judge gives the scores that real `nbgrader autograde` gives, cell by cell."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from catalogue import RIGHT, WRONG
from classroom import LESSON, RIGHT_SAMPLES, WRONG_SAMPLE, wrong_student
from gradebook_rows import comment_rows, grade_rows
from one_process import failed_checks

from tito.cells import GRADED, cells_of
from tito.course import Course
from tito.judging.plan import plan_of
from tito.judging.pool import Judges
from tito.mistakes import works_of
from tito.nbgrader_api import nbgrader_for
from tito.releasing import enter_lesson

STUDENTS = ["reference", "untouched", *RIGHT_SAMPLES, *map(wrong_student, WRONG_SAMPLE)]
ANSWERS = [*WRONG, *RIGHT]


@pytest.fixture(scope="module")
def by_nbgrader(classroom, tmp_path_factory):
    """The same submissions, graded by the command `nbgrader autograde`."""
    course = Course(classroom.course.root, tmp_path_factory.mktemp("nbgrader") / "class")
    for student in STUDENTS:
        shutil.copytree(classroom.course.submitted / student, course.submitted / student)
    with nbgrader_for(course) as api:
        enter_lesson(api, course[LESSON])
    run = subprocess.run(
        [Path(sys.executable).with_name("nbgrader"), "autograde", LESSON],
        cwd=course.root,
        env=os.environ | {"TITO_CLASS": str(course.class_folder), "TITO_KERNEL": "python3"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return course


def rows_of(student, read, course):
    return [row for row in read(course.gradebook) if row[0] == student]


@pytest.mark.parametrize("student", STUDENTS)
def test_every_cell_has_the_points_that_nbgrader_gives(classroom, by_nbgrader, student):
    ours, theirs = (
        rows_of(student, grade_rows, course) for course in (classroom.course, by_nbgrader)
    )
    cells = cells_of(classroom.course[LESSON].source)
    assert len(theirs) == sum(cell.kind in GRADED for cell in cells)
    assert ours == theirs


@pytest.mark.parametrize("student", STUDENTS)
def test_every_written_cell_has_the_remark_that_nbgrader_makes(classroom, by_nbgrader, student):
    ours, theirs = (
        rows_of(student, comment_rows, course) for course in (classroom.course, by_nbgrader)
    )
    assert ours == theirs != []


@pytest.fixture(scope="module")
def verdicts(classroom, isolation):
    """What the judge makes of every answer of the catalogue, each in a submission of its own."""
    lesson = classroom.course[LESSON]
    with Judges(plan_of(lesson), workers=2, isolation=isolation) as judges:
        return {verdict.student: verdict for verdict in judges.judge(works_of(lesson, ANSWERS))}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("answer", ANSWERS, ids=[each.name for each in ANSWERS])
def test_the_judge_fails_just_the_checks_that_fail_in_one_process(classroom, verdicts, answer):
    plan = plan_of(classroom.course[LESSON])
    failed = verdicts[answer.name].failed
    assert list(failed) == list(failed_checks(plan, classroom.answers, answer))
    if answer in WRONG:
        assert re.search(answer.says, failed[answer.exercise])


def test_the_whole_catalogue_was_judged_in_isolation(verdicts, bubblewrap):
    assert len(verdicts) == len(ANSWERS) > 170
    [walls] = {verdict.isolation for verdict in verdicts.values()}
    assert walls.startswith("bubblewrap")
