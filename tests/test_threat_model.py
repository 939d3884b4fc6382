"""docs/threat-model.md names tests, attacks and functions that are there."""

import re

from conftest import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
TABLE = re.search(r"## Who, what, which wall, which test\n\n(.*?)\n\n", PAGE, re.DOTALL)[1]
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TABLE.splitlines()[2:]]


def sources(*folders):
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


DEFINED = set(re.findall(r"^def (\w+)", sources("tests", "tito"), re.MULTILINE))


def test_each_row_names_a_test_or_an_attack_that_is_there():
    assert len(ROWS) > 15
    for _, threat, wall, tests in ROWS:
        assert threat and wall
        named = re.findall(r"`(\w+)`", tests)
        assert named and set(named) <= DEFINED, (threat, set(named) - DEFINED)


def test_each_function_and_test_it_quotes_is_there():
    quoted = re.findall(r"`(test_\w+|leave_keyring|end_by_itself)`", PAGE)
    assert {"leave_keyring", "end_by_itself"} <= set(quoted) <= DEFINED
    for place in re.findall(r"`((?:tito|tests)/[\w/.]+)`", PAGE):
        assert (ROOT / place).exists(), place
