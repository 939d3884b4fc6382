"""`tito site`: every link leads somewhere, no page asks another server, no answer stands in it."""

import html
import re
from urllib.parse import unquote, urlsplit

import pytest
from classroom import hashes
from loading import Page, in_style, is_elsewhere
from test_release import TELLING, lines_between

from tito import site as making
from tito.course import Course
from tito.errors import CourseError
from tito.lessons import HIDDEN_MARKS, SOLUTION_MARKS
from tito.notebooks import read_notebook
from tito.site import NEEDED, inside, site

MODULES = ("networks", "pruning", "sparse")


@pytest.fixture(scope="module")
def made(course):
    """The site of a course, made twice: the folder, and what its files held the first time."""
    before = hashes(site(course))
    return site(course), before


@pytest.fixture(scope="module")
def pages(made):
    folder, _ = made
    return {
        path.relative_to(folder).as_posix(): Page(path.read_text("utf-8"))
        for path in folder.rglob("*.html")
    }


@pytest.mark.needs("sphinx")
def test_it_is_the_same_bytes_when_made_again(made):
    folder, before = made
    assert hashes(folder) == before and len(before) > 40


@pytest.mark.needs("sphinx")
def test_labs_guides_and_modules_are_there_with_a_search(course, made, pages):
    folder, _ = made
    assert {f"labs/{each.name}.html" for each in course.assignments()} <= pages.keys()
    assert {f"docs/{each.stem}.html" for each in course.root.glob("docs/*.md")} <= pages.keys()
    assert {f"api/{name}.html" for name in MODULES} <= pages.keys()
    assert "magnitude" in (folder / "searchindex.js").read_text("utf-8")


@pytest.mark.needs("sphinx")
def test_every_link_of_it_leads_somewhere(made, pages):
    folder, _ = made
    for name, page in pages.items():
        for link in page.links | page.loads:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                assert link not in page.loads, (name, link)
                continue
            place = (folder / name).parent / unquote(parts.path) if parts.path else folder / name
            place = place / "index.html" if place.is_dir() else place
            assert place.is_file(), (name, link)
            target = pages.get(place.resolve().relative_to(folder.resolve()).as_posix())
            assert target is None or unquote(parts.fragment) in target.anchors, (name, link)


@pytest.mark.needs("sphinx")
def test_nothing_is_fetched_from_elsewhere(made, pages):
    folder, _ = made
    assert not set().union(*(page.from_elsewhere for page in pages.values()))
    for path in folder.rglob("*.css"):
        assert not list(filter(is_elsewhere, in_style(path.read_text("utf-8")))), path


@pytest.mark.needs("sphinx")
def test_a_lab_shows_no_answer_and_its_checks_folded(course, made):
    folder, _ = made
    for assignment in course.assignments():
        source = read_notebook(assignment.source_path)
        text = (folder / "labs" / f"{assignment.name}.html").read_text("utf-8")
        plain = html.unescape(re.sub(r"<[^>]+>", "", text))
        solved, shown = lines_between(source, SOLUTION_MARKS)
        secret = {line for line in solved - shown if len(line) > TELLING}
        assert secret and "is not written yet" in plain
        assert not {line.strip() for line in plain.splitlines()} & secret
        assert not any(mark in plain for mark in (*SOLUTION_MARKS, *HIDDEN_MARKS))
        folded = sum("source_hidden" in str(cell.metadata) for cell in source.cells)
        assert text.count("<details class=") == folded - 1 > 5  # the first cell is left out


def test_a_link_out_of_the_guides_is_its_words(course):
    docs = course.root / "docs"
    text = "[a](results.md#x), [b](../README.md), [c](https://a.example/), ![d](report.png)"
    want = "[a](results.md#x), b, [c](https://a.example/), ![d](report.png)"
    assert making.LINK.sub(lambda link: inside(link, docs), text) == want


def test_without_the_generator_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(making, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match=r'sphinx, furo, myst_nb is missing: .*"\.\[site\]"'):
        site(Course(tmp_path, tmp_path))
    assert len(NEEDED) == 3
