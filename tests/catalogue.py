"""The known answers to the labs, as tests use them."""

from pathlib import Path

from tito.catalogue import read_catalogue
from tito.course import Course

COURSE = Course.find(Path(__file__).parent)
CATALOGUES = {
    folder.name: read_catalogue(COURSE[folder.name]) for folder in sorted(COURSE.answers.iterdir())
}
FIRST = CATALOGUES["18_pruning"]
WRONG, RIGHT = FIRST.wrong, FIRST.right  # of the first lab, whose class many tests share
