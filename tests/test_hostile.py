"""More than a hundred hostile or broken submissions and 25 honest ones, graded in one class."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from containment import Ear
from hostile import HOSTILE, LESSON
from hostile.case import ESCAPED, HELD, LEAF
from hostile.honest import HONEST
from hostile_class import CASES, HIDDEN_WORDS, PASSWORD, as_data, journal_text, places

from tito.course import Course
from tito.grading.intake import shown

BY_NAME = {case.name: case for case in CASES}
SPEAKING = [case for case in HOSTILE if case.speaks_in]
REAL = [case for case in HOSTILE if case.real]
FOOLING = [case for case in HOSTILE if case.fools]


def names(cases):
    return [case.name for case in cases]


def lost(row, grades):
    worth = {part.name: part.points for part in grades.exercises}
    assert all(got in (0, worth[name]) for name, got in row.points.items()), row.points
    return {name for name, got in row.points.items() if not got}


def earns_what_its_honest_part_is_worth(hostile_class, case):
    row = hostile_class.row(case)
    assert row.graded != bool(case.refused), as_data(row)
    if case.refused:
        assert row.score == 0 and re.search(case.refused, row.reason), as_data(row)
        assert row.reason.isprintable()
        return
    missing = lost(row, hostile_class.grades)
    assert set(case.loses) <= missing <= {*case.loses, *case.may_lose}, as_data(row)
    if case.says:
        assert re.search(case.says, row.failed[case.loses[0]]), as_data(row)
    if case.flag:
        assert any(re.search(case.flag, flag) for flag in row.flags), as_data(row)


def is_held(hostile_class, case):
    said = hostile_class.printed(case, case.speaks_in)
    assert re.search(rf"^{HELD}", said, re.MULTILINE) and ESCAPED not in said, said


def contained(hostile_class, *cases):
    for name in cases:
        earns_what_its_honest_part_is_worth(hostile_class, BY_NAME[name])
        if BY_NAME[name].speaks_in:
            is_held(hostile_class, BY_NAME[name])


def test_the_class_is_large_enough():
    assert len(HOSTILE) >= 75 and len(HONEST) >= 25
    assert len(BY_NAME) == len({case.folder for case in CASES}) == len(CASES)


def test_the_run_ends_by_itself_and_grades_everybody(hostile_class):
    assert hostile_class.said.returncode == 0, hostile_class.said.stderr[-3000:]
    students = {row.student for row in hostile_class.grades.rows}
    assert students == {shown(case.folder) for case in CASES}


@pytest.mark.parametrize("case", HONEST, ids=names(HONEST))
def test_an_honest_student_gets_the_right_score(hostile_class, case):
    earns_what_its_honest_part_is_worth(hostile_class, case)


@pytest.mark.parametrize("case", HOSTILE, ids=names(HOSTILE))
def test_a_hostile_student_gets_what_the_honest_part_earned(hostile_class, case):
    earns_what_its_honest_part_is_worth(hostile_class, case)


@pytest.mark.parametrize("case", SPEAKING, ids=names(SPEAKING))
def test_code_that_wants_out_ran_and_was_held(hostile_class, case):
    is_held(hostile_class, case)


def test_nothing_outside_the_scratch_folders_changed(hostile_class):
    before, after = hostile_class.before, hostile_class.after
    assert {
        k: before.get(k) for k in before.keys() | after.keys() if before.get(k) != after.get(k)
    } == {}


def test_no_process_is_left(hostile_class):
    assert hostile_class.left == []


def test_nobody_was_called(hostile_class):
    assert hostile_class.ear.heard == []


def test_a_line_that_opens_the_gradebook_gives_nobody_999_points(hostile_class):
    contained(hostile_class, "gives_everyone_999_points", "deletes_the_gradebook")
    with sqlite3.connect(hostile_class.course.gradebook) as gradebook:
        points = gradebook.execute("select max(auto_score), max(manual_score) from grade")
        tables = gradebook.execute("select name from sqlite_master where name = 'owned'")
        assert max(filter(None, points.fetchone())) <= 20 and not tables.fetchall()


def test_sources_and_other_students_files_cannot_be_read(hostile_class):
    contained(
        hostile_class,
        "reads_the_solutions",
        "reads_the_lesson",
        "reads_another_student",
        "searches_the_disk",
        "imports_the_reference",
        "changes_another_submission",
    )


def test_hidden_checks_cannot_be_stolen(hostile_class):
    ways = ("files", "frames", "gc", "history", "linecache")
    contained(hostile_class, *(f"finds_the_check_through_{way}" for way in ways))
    contained(hostile_class, "finds_the_check_in_raw_memory", "reads_others_variables")


def test_a_copied_test_cell_aborts_nothing(hostile_class):
    contained(hostile_class, "copied_check", "invented_points", "copied_answer")


def test_a_link_in_a_submission_is_not_followed(hostile_class):
    contained(hostile_class, "link_beside", "link_to_a_secret", "link_to_the_source")
    made = [path for path in hostile_class.course.autograded.rglob("*") if path.is_file()]
    assert not [path for path in made if PASSWORD.encode() in path.read_bytes()]
    assert PASSWORD not in journal_text(hostile_class.course)


def test_forked_children_hang_nothing(hostile_class):
    contained(hostile_class, "forks_and_waits", "daemon", "fork_bomb", "fork_bomb_that_grows")


def test_the_words_that_attacks_look_for_stand_in_the_hidden_check_alone(hostile_class):
    lesson = hostile_class.course[LESSON]
    assert HIDDEN_WORDS in lesson.source_path.read_text("utf-8")
    assert HIDDEN_WORDS not in lesson.released.read_text("utf-8")


def test_a_line_of_100_megabytes_is_cut(hostile_class):
    case = BY_NAME["prints_100_megabytes_in_one_line"]
    contained(hostile_class, case.name)
    graded = hostile_class.course[LESSON].autograded(case.folder)
    assert (
        graded.stat().st_size
        < 3 * hostile_class.course[LESSON].submission("reference").stat().st_size
    )


def test_the_four_tricks_inside_a_process_earn_nothing(hostile_class):
    contained(
        hostile_class,
        "strips_asserts_from_the_tree",
        "strips_asserts_from_the_text",
        "patches_run_cell",
        "returns_what_equals_everything",
    )


def test_variables_and_inherited_files_lead_nowhere(hostile_class):
    contained(
        hostile_class,
        "sets_every_start_up_variable",
        "reads_the_instructors_variables",
        "reads_others_variables",
        "reads_inherited_files",
    )


def test_a_zip_bomb_is_not_unpacked(hostile_class):
    contained(hostile_class, "zip_bomb_instead", "zip_bomb_beside")


def test_a_notebook_named_like_an_option_is_a_name(hostile_class):
    contained(hostile_class, "named_like_an_option", "folder_like_an_option")


def test_everybody_who_is_graded_has_a_feedback_page(hostile_class):
    assert hostile_class.said.stdout.splitlines()[-1] == "{}"
    lesson = hostile_class.course[LESSON]
    graded = [case.folder for case in CASES if not case.refused]
    assert not [name for name in graded if not lesson.feedback_page(name).is_file()]
    pasted = lesson.feedback_page("pastes_a_picture").read_text()
    assert 'src="data:image/png;base64,iVBORw0KGgo' in pasted
    assert "<svg" not in lesson.feedback_page("attaches_what_acts").read_text().split("<main")[-1]


def test_the_judges_memory_is_read_by_nobody(hostile_class):
    ways = ("before_a_buffer", "behind_a_buffer")
    contained(hostile_class, *(f"reads_memory_by_a_place_{way}" for way in ways))
    contained(hostile_class, *(case.name for case in HOSTILE if case.name.startswith("forges_")))


def test_no_hidden_check_stands_in_what_a_student_may_see(hostile_class):
    """The words stand in the source of the graded notebook, and in no output."""
    for case in CASES:
        if not case.refused:
            outputs = [cell.get("outputs") for cell in hostile_class.notebook(case).cells]
            assert HIDDEN_WORDS not in json.dumps(outputs), case.name


# Grading as it was done before: the checks where the answers are. Prints which checks fail.
ALL_IN_ONE = """
import json, sys
checks, answers = ({
    cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
    for cell in json.load(open(path))["cells"] if "nbgrader" in cell["metadata"]
} for path in sys.argv[1:])
names = {"__name__": "__main__"}
for name, source in checks.items():
    if name.startswith("reflect"):
        continue
    try:
        exec(compile(source if name.endswith("_check") else answers[name], name, "exec"), names)
    except BaseException as error:
        print("failed", name, error)
"""


def in_one_process(case, desk, folder):
    """Run a submission's cells and the checks in one plain process; return what it printed."""
    case.hand_in(desk, folder / "student")
    submitted = folder / "student" / LESSON / f"{LESSON}.ipynb"
    return plain_python(folder, ALL_IN_ONE, desk.places["source"], submitted)


def plain_python(folder, code, *arguments):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        env=os.environ | {"PASSWORD": PASSWORD, "NBGRADER_EXECUTION": "autograde"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


@pytest.fixture
def copied_desk(hostile_class, tmp_path):
    """The same places again, to be read and spoiled without a sandbox."""
    root, here = tmp_path / "root", hostile_class.course.root
    for name in ("nbgrader_config.py", "modules/18_pruning.py", "course/gradebook.db"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here / name, root / name)
    for name in ("home", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "home" / "secret.txt").write_text(PASSWORD)
    (tmp_path / "elsewhere" / "other.txt").touch()
    BY_NAME["reference"].hand_in(hostile_class.desk, root / "course/submitted/reference")
    course = Course(root, root / "course")
    known = places(course, tmp_path, hostile_class.desk.places["source"])
    # A socket's path may have 107 characters.
    with TemporaryDirectory() as short, Ear(Path(short)) as ear:
        yield replace(hostile_class.desk, places=known | ear.places)


@pytest.mark.parametrize("case", FOOLING, ids=names(FOOLING))
def test_a_trick_works_where_checks_and_answers_share_a_process(hostile_class, case, tmp_path):
    said = in_one_process(case, hostile_class.desk, tmp_path)
    assert f"failed {case.loses[0]}_check" not in said


@pytest.mark.parametrize("case", REAL, ids=names(REAL))
def test_an_attack_gets_out_where_there_is_no_sandbox(copied_desk, case, tmp_path):
    if case.speaks_in.endswith("_check"):
        said = in_one_process(case, copied_desk, tmp_path)
    else:
        said = plain_python(tmp_path, copied_desk.armed(case.code))
    assert ESCAPED in said, said


def test_without_a_trick_a_wrong_answer_fails_in_one_process_too(hostile_class, tmp_path):
    said = in_one_process(BY_NAME[f"wrong_{LEAF}"], hostile_class.desk, tmp_path)
    assert said.count("failed") == 1 and f"failed {LEAF}_check" in said
