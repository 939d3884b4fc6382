"""nbgrader's feedback page, made many times faster by one exporter for all pages."""

from __future__ import annotations

import re
from typing import Any

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI

from tito import nbgrader_api

ENTRY = re.compile(r'(<a href="#(\w+?)(?:_check)?">)(?:Test cell|Written response)</a>')
PICTURE = re.compile(r'<img(?! class="pasted")')  # one without a description
# A page asks no server for anything; mathematics stands as it was written.
MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL)
SPACED = "<style>.text_cell_render :is(td, th) { padding: .15em .6em; }</style>"


class PageExporter(HTMLExporter):
    """Leaves out what nbconvert does after rendering: it reads the page anew to describe images.

    That takes longer than all the rest. A page with images goes the long way.
    """

    def from_notebook_node(  # type: ignore[override]  # as nbconvert's own
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        prepared = self._init_resources(resources)
        kinds = WidgetsDataTypeFilter(notebook_metadata={}, parent=self, resources=prepared)
        self.register_filter("filter_data_type", kinds)
        self.register_filter("highlight_code", self.filters["highlight_code"])
        page, prepared = TemplateExporter.from_notebook_node(self, nb, prepared, **more)
        if PICTURE.search(page):
            page, prepared = super().from_notebook_node(nb, resources, **more)
        return readable(page), prepared


def readable(page: str) -> str:
    """The list on top names each exercise, where nbgrader writes 18 times "Test cell"."""
    page = MATHJAX.sub("", page, count=1)
    return ENTRY.sub(r"\1\2</a>", page).replace("</head>", f"{SPACED}</head>", 1)


def page_exporter(api: NbGraderAPI) -> PageExporter:
    """An exporter with nbgrader's template and steps; the points are the caller's."""
    converter, steps = nbgrader_api.feedback_converter(api)
    exporter = PageExporter(parent=converter, config=converter.config)
    for step in steps:
        exporter.register_preprocessor(step)
    return exporter
