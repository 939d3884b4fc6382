"""What README and docs say works: their links lead somewhere, their lesson can be written."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlparse

import pytest
from conftest import ROOT

from tito.cli import main

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LESSON = "18_pruning"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^(tito [a-z-]+|make [a-z-]+)", re.MULTILINE)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def anchors(page):
    """The anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        address = urlparse(link)
        if address.scheme:
            assert address.scheme == "https" and "." in address.netloc, link
            continue
        target = (page.parent / address.path).resolve() if address.path else page
        assert target.exists() and target.is_relative_to(ROOT), link
        if address.fragment:
            assert address.fragment in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_says_in_words_what_it_shows(page):
    for words in re.findall(r"!\[([^\]]*)\]", page.read_text(encoding="utf-8")):
        assert len(words) > 20


def test_no_picture_is_large():
    for picture in (ROOT / "docs").glob("*.png"):
        assert picture.stat().st_size < 300_000, picture.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_named_is_there(page):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    text = page.read_text(encoding="utf-8")
    named = COMMAND.findall(text) + re.findall(r"`((?:tito|make) [a-z][a-z-]+)", text)
    for tool, name in (each.split() for each in named):
        assert name in (main.commands if tool == "tito" else targets), f"{tool} {name}"


@pytest.mark.needs("bubblewrap")
def test_the_term_of_the_instructors_page_can_be_typed_from_top_to_bottom(demo_checkout, tmp_path):
    """What is marked console, and the program among it, as it stands; the deadline is long past."""
    checkout = shutil.copytree(demo_checkout, tmp_path / "checkout")
    page = (checkout / "docs" / "instructor.md").read_text(encoding="utf-8")
    setting = next(each for each in blocks(page, "python") if "penalty_method" in each)
    with (checkout / "nbgrader_config.py").open("a") as config:
        config.write(setting)
    commands = re.sub(r"2030-12-01", "2020-12-01", "\n".join(blocks(page, "console")))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def typed(*words):
        environment = os.environ | {"PATH": path, "COLUMNS": "80"}
        return subprocess.run(
            words, cwd=checkout, env=environment, capture_output=True, text=True, check=True
        )

    said = typed("bash", "-ec", commands).stdout
    assert [line for line in said.splitlines() if len(line) > 80] == []
    tables = (checkout / "course" / "report" / LESSON).glob("grades*.csv")
    assert {each.name for each in tables} == {
        "grades.csv",
        "grades_canvas.csv",
        "grades_moodle.csv",
    }
    before = penalty(checkout, "ada_reference")
    assert before > penalty(checkout, "ben") > 0
    roster = checkout / "course" / "roster.csv"
    lines = roster.read_text("utf-8").splitlines()
    longer = ["1000 weeks" if "ada_reference" in line else "" for line in lines[1:]]
    roster.write_text("".join(map("{},{}\n".format, lines, ["extension", *longer])), "utf-8")
    typed("tito", "report")
    assert penalty(checkout, "ada_reference") == 0 < penalty(checkout, "ben")


def test_nobody_is_sent_to_a_strangers_package():
    """There is a `tinytorch` on PyPI that is not ours."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout
    for name in names.splitlines():
        text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        if name != "tests/test_docs.py":
            assert not re.search(r"pip\s+install[^`\n]*\s+[\"']?tinytorch\b(?![-_/])", text), name
            assert "tinytorch[" not in text, name


def penalty(checkout, student):
    with (checkout / "course" / "report" / LESSON / "grades.csv").open(newline="") as file:
        return next(
            float(row["penalty"]) for row in csv.DictReader(file) if row["student"] == student
        )


@pytest.mark.needs("bubblewrap")
def test_the_lesson_of_the_maintainers_page_is_built_released_and_graded(checkout):
    page = (checkout / "docs" / "maintainer.md").read_text(encoding="utf-8")
    [lesson] = blocks(page, "python")
    (checkout / re.search(r"Save this as `(.+)`", page)[1]).write_text(lesson, encoding="utf-8")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    [commands] = blocks(page, "sh")
    said = subprocess.run(
        ["bash", "-ec", commands],
        cwd=checkout,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    with (checkout / "build/trial/report/19_scaling/grades.csv").open(newline="") as file:
        points = {row["student"]: row["scale"] for row in csv.DictReader(file)}
    assert points == {"blank": "0", "solved": "2"}
