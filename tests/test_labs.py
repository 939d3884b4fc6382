"""What a student sees of each lab: little code of others, quiet checks, and at most two hours."""

import pytest
from seen import LABS, cells_of, check_lines, code_lines, minutes, reference_lines, shown

from tito.cells import GRADED, Kind, kind_of, name_of
from tito.notebooks import read_notebook
from tito.releasing import hand_out

MOST_LINES = 200  # of open code that nobody writes in
MOST_OF_AN_EXPERIMENT = 5
MOST_OF_CHECKS = 4.0  # for each line of the reference
MOST_MINUTES = 150


@pytest.fixture(scope="module", params=LABS)
def released(course, request):
    return read_notebook(hand_out(course[request.param]))


def test_little_code_is_shown_that_a_student_does_not_write(released):
    lines = {name_of(cell) or cell.id: len(code_lines(cell.source)) for cell in shown(released)}
    assert sum(lines.values()) <= MOST_LINES, lines


def test_an_experiment_is_some_lines(released):
    experiments = [cell for cell in shown(released) if not name_of(cell)]
    long = [c.source for c in experiments if len(code_lines(c.source)) > MOST_OF_AN_EXPERIMENT]
    assert long == []


def test_every_check_is_folded_in_jupyter_and_in_colab(released):
    checks = [cell for cell in released.cells if kind_of(cell) is Kind.CHECK]
    assert checks
    for cell in checks:
        assert cell.metadata["jupyter"]["source_hidden"] and cell.metadata["cellView"] == "form"
        assert cell.source.startswith("#@title ")


@pytest.mark.parametrize("lab", LABS)
def test_a_check_is_at_most_four_lines_for_one_of_the_reference(lab):
    assert check_lines(lab) <= MOST_OF_CHECKS * reference_lines(lab)


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_has_100_points_and_takes_two_hours(lab):
    assert sum(cell.points for cell in cells_of(lab) if cell.kind in GRADED) == 100
    assert 90 <= minutes(lab) <= MOST_MINUTES
