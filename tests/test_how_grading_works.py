"""docs/how-grading-works.md names files and things that are there."""

import re

from conftest import ROOT

PAGE = (ROOT / "docs" / "how-grading-works.md").read_text(encoding="utf-8")
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tito").rglob("*.py"))
PLACES = set(re.findall(r"\btito/[\w/]*(?:\.py)?", PAGE))
MODULES = set(re.findall(r"\btito\.[\w.]*\w", PAGE))
STEPS = set(re.findall(r"^   \|  (\w+) {4,}", PAGE, re.MULTILINE))
NAMES = set(re.findall(r"`(\w+)`", PAGE)) - {"fsync", "code", "grade", "magnitude_mask"} | STEPS
WORDS = re.search(r"## Twelve words\n\n(.*?)\n\n", PAGE, re.DOTALL)


def test_every_file_and_folder_it_names_is_there():
    assert len(PLACES) > 15
    assert [place for place in sorted(PLACES) if not (ROOT / place).exists()] == []


def test_every_process_it_names_is_a_module():
    files = [f"{name.replace('.', '/')}.py" for name in sorted(MODULES)]
    assert files and [file for file in files if not (ROOT / file).is_file()] == []


def test_every_name_it_quotes_stands_in_the_code():
    assert {"hand_in", "rebuild", "write_outputs", "Codec", "applied"} <= NAMES
    assert [name for name in sorted(NAMES) if not re.search(rf"\b{name}\b", SOURCES)] == []


def test_twelve_words_are_twelve():
    assert len(WORDS[1].splitlines()) == 2 + 12
