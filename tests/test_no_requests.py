"""No page that students or instructors open asks another server for anything."""

import pytest
from classroom import LESSON
from loading import Page
from test_commands import run

PAGES = {  # what each is, and where in the folder of a class
    "report": "report/*/report.html",
    "a student's report": "report/*/students/*.html",
    "feedback": f"feedback/*/{LESSON}/*.html",
}


@pytest.fixture(scope="module")
def made_class(demo_checkout):
    folder = demo_checkout / "build" / "demo"
    said = run(demo_checkout, "feedback", str(folder))
    assert "pages written" in said.stdout, said.stderr
    return folder


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_loads_nothing_from_elsewhere(made_class, kind):
    paths = list(made_class.glob(PAGES[kind]))
    assert paths
    for path in paths:
        assert not Page(path.read_text("utf-8")).from_elsewhere, path


def test_every_page_of_the_class_was_looked_at(made_class):
    seen = {path for pattern in PAGES.values() for path in made_class.glob(pattern)}
    assert {path for path in made_class.rglob("*.html") if LESSON in str(path)} <= seen


@pytest.mark.parametrize(
    "text",
    [
        "<script src='https://a.example/x.js'></script>",
        "<link rel=stylesheet href='//a.example/x.css'>",
        "<style>@import 'https://a.example/x.css';</style>",
        "<style>@font-face { src: url(https://a.example/x.woff2) }</style>",
        "<p style='background: url(\"https://a.example/x.png\")'>",
        "<img src='http://a.example/x.png'>",
        "<script>load('https://a.example/MathJax.js')</script>",
    ],
)
def test_what_would_ask_is_seen(text):
    assert Page(text).from_elsewhere
