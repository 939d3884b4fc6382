"""The known answers to the lab, as tests use them."""

from pathlib import Path

from tito.catalogue import read_catalogue
from tito.course import Course

CATALOGUE = read_catalogue(Course.find(Path(__file__).parent)["18_pruning"])
WRONG, RIGHT = CATALOGUE.wrong, CATALOGUE.right
