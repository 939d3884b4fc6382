"""The report: no error in the console, accessible, and no scrolling sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe

WIDTHS = (400, 1400)  # a phone, a desktop


@pytest.fixture
def report(demo_checkout):
    return (demo_checkout / "build" / "demo" / "report" / "18_pruning" / "report.html").as_uri()


def test_the_report_opens_without_an_error(report, open_page):
    page, said = open_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(request.url))
    page.goto(report)
    assert said == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_keeps_the_rules_of_accessibility(report, open_page, width):
    page = open_page(width)
    page.goto(report)
    found = Axe().run(page)
    broken = {
        each["id"]: [node["html"] for node in each["nodes"]][:3]
        for each in found.response["violations"]
    }
    assert broken == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_never_scrolls_sideways(report, open_page, width, tmp_path):
    page = open_page(width)
    page.goto(report)
    page.screenshot(path=tmp_path / f"report-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
