"""What students wrote, as HTML that is shown and not obeyed: filters of nbgrader's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import bleach
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import escape
from nbconvert.filters import Highlight2HTML, ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from tito.grading.pictures import split_pictures

TAGS = {
    *("a", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1"),
    *("h2", "h3", "h4", "h5", "h6", "hr", "kbd", "li", "ol", "p", "pre", "span", "strong"),
    *("sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"*": ["class", "id"], "a": ["href", "title"]}
# Markdown and Pygments take the square of the length for some texts; none that people write is
# longer, and the lesson's own cells are shorter.
LONGEST_STYLED = 20_000
MOST_COLOURS = 2_000
BLANK = re.compile(r"^[^\S\n]+$", re.MULTILINE)
ESCAPE = re.compile(r"\x1b(?:\[([0-9;]{0,20})m)?")

_highlight = Highlight2HTML(pygments_lexer="ipython3")


@pass_context
def markdown(context: Context, source: str) -> str:
    """Text as HTML, with the pictures that its cell holds."""
    cell: Any = context.get("cell") or {}
    return with_pictures(source, cell.get("attachments") or {}, safe_markdown)


def with_pictures(
    source: str, attachments: Mapping[str, Any], to_html: Callable[[str], str]
) -> str:
    """Text as HTML, with pictures in their places."""
    text, tags = split_pictures(source, attachments)
    page = to_html(text)
    for word, tag in tags.items():
        page = page.replace(word, tag)
    return page


# The same cells stand in everybody's notebook: each is turned into HTML once.
@lru_cache(maxsize=2000)
def safe_markdown(source: str) -> str:
    """Text as HTML; what a student put into it that acts (scripts, frames) is shown instead."""
    if len(source) > LONGEST_STYLED:
        return unstyled(source)
    rendered = MarkdownWithMath(renderer=Renderer(escape=False)).render(source)
    page: str = bleach.clean(rendered, tags=TAGS, attributes=ATTRIBUTES)
    return page


class Renderer(IPythonRenderer):
    """Shows no picture where one is missing; nbconvert gives up the whole page."""

    def _embed_image_or_attachment(self, src: str) -> str:
        return "" if src.startswith("attachment:") else str(src)


def coloured(source: str, metadata: object = None) -> str:
    """Code in colours."""
    return in_colours(source)


@lru_cache(maxsize=2000)
def in_colours(source: str) -> str:
    if len(source) > LONGEST_STYLED:
        return unstyled(source)
    page: str = _highlight(BLANK.sub("", source))
    return page


def unstyled(text: str) -> str:
    return f'<div class="highlight"><pre>{escape(text)}</pre></div>'


def colours(text: str) -> str:
    """What was printed, its colours kept as far as they are whole ones of the plain sixteen."""
    if text.count("\x1b") > MOST_COLOURS:
        text = ESCAPE.sub("", text)
    page: str = ansi2html(ESCAPE.sub(plain_colour, text))
    return page


def plain_colour(found: re.Match[str]) -> str:
    codes = (found[1] or "").split(";")
    plain = all(len(code) < 4 and code not in ("38", "48") for code in codes)
    return found[0] if found[1] is not None and plain else ""
