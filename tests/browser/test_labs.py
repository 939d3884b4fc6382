"""How long a lab is, in JupyterLab."""

import pytest
from playwright.sync_api import expect
from seen import LABS

from tito.releasing import hand_out

from .jupyter import serve

WIDTH, MOST_PIXELS = 1200, 20_000


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_is_short_to_scroll_before_anything_is_run(course, lab, open_page, tmp_path):
    folder = hand_out(course[lab]).parent
    with serve(folder, tmp_path) as server:
        page = open_page(WIDTH)
        page.goto(server.page(f"lab/tree/{lab}.ipynb"))
        expect(page.locator(".jp-CodeCell").first).to_be_visible()
        expect(page.locator(".jp-Notebook .jp-MarkdownCell").last).to_be_attached()
        notebook = page.locator(".jp-WindowedPanel-outer")
        height = notebook.evaluate("each => each.scrollHeight")
    assert height <= MOST_PIXELS
