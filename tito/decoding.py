"""What a notebook file holds, however an editor saved it; or what the file is instead.

On the standard library alone: the student's wheel takes it along.
"""

from __future__ import annotations

import codecs
import json
import re
from textwrap import shorten
from typing import Any

from tito.errors import NotebookError

# The longest first: the mark of UTF-32 begins as that of UTF-16.
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"{\0": "utf-16-le",  # without a mark
    b"\0{": "utf-16-be",
}
# What people hand in by mistake under a notebook's name, by its first bytes.
OTHER_FILES = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a zip file (or a Word document, which is one)",
    b"PK\x05\x06": "an empty zip file",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "an RTF document",
    b"\xd0\xcf\x11\xe0": "an old Word document",
}
WEB_PAGE = re.compile(r"\s*(<!--.{0,2000}?-->\s*)?<(!doctype\s+html|html|head|body)\b", re.I | re.S)
CONFLICT = re.compile(r"^(<<<<<<< |>>>>>>> )", re.M)
INSTEAD = "hand in the .ipynb file itself"


def content_of(data: bytes, name: str) -> dict[str, Any]:
    """A notebook of format 4 from a file's bytes; its cells are not looked at.

    Read is what editors, file systems and uploads do to a notebook without changing what it says:
    UTF-16, a byte-order mark, NUL bytes, braces and blanks after its end, format 3.

    Raises:
        NotebookError: it is none; the message says what it is instead.
    """
    text = decoded(data, name)
    if not text.strip():
        raise NotebookError(f"{name} is empty, a notebook was expected")
    content = parsed(text, name)
    if isinstance(content, dict) and content.get("nbformat", 4) == 4 and "cells" in content:
        return {"nbformat": 4} | content
    if not isinstance(content, dict) or "nbformat" not in content:
        raise NotebookError(f"{name} is JSON but not a notebook: it has no nbformat")
    if content["nbformat"] in (2, 3) and isinstance(content.get("worksheets"), list):
        return of_format_4(content)
    if content["nbformat"] != 4:
        raise NotebookError(
            f"{name} has notebook format {shorten(repr(content['nbformat']), 40)}, "
            "only 4 is read: open it in JupyterLab and save it again"
        )
    return content


def decoded(data: bytes, name: str) -> str:
    """The text of a file."""
    for start, kind in OTHER_FILES.items():
        if data.startswith(start):
            raise NotebookError(f"{name} is not a notebook but {kind}: {INSTEAD}")
    mark = next((mark for mark in MARKS if data.startswith(mark)), b"")
    encoding = MARKS.get(mark, "utf-8-sig")
    try:
        return data.decode(encoding).replace("\0", "")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if mark else "UTF-8"
        raise NotebookError(f"{name} is not a notebook: it is not {kind} text") from error


def parsed(text: str, name: str) -> Any:
    """The JSON at the start of a text, after which only braces and blanks may follow."""
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    try:
        content, end = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"{name} is not a notebook: {what_else(text, error)}") from error
    if text[end:].strip("}] \t\r\n"):
        line = text.count("\n", 0, end) + 1
        raise NotebookError(
            f"{name} is not a notebook: it is not JSON (more text follows the end in line {line})"
        )
    return content


def what_else(text: str, error: Exception) -> str:
    """What a text is that is no JSON."""
    if WEB_PAGE.match(text):
        return f"it is a web page, as a browser saves one: {INSTEAD}"
    if CONFLICT.search(text):
        return (
            "it is not JSON: git left conflict marks (<<<<<<<) in it: choose one side, "
            "see that the notebook opens, and hand it in again"
        )
    return f"it is not JSON ({error})"


def of_format_4(old: dict[str, Any]) -> dict[str, Any]:
    """A notebook of format 2 or 3 as one of format 4, as far as its text goes."""
    sheets = [sheet for sheet in old["worksheets"] if isinstance(sheet, dict)]
    lists = [sheet["cells"] for sheet in sheets if isinstance(sheet.get("cells"), list)]
    cells = [new_cell(cell) for cells in lists for cell in cells if isinstance(cell, dict)]
    metadata = old.get("metadata")
    return {
        "nbformat": 4,
        "nbformat_minor": 0,
        "metadata": metadata if isinstance(metadata, dict) else {},
        "cells": cells,
    }


def new_cell(old: dict[str, Any]) -> dict[str, Any]:
    metadata = old.get("metadata")
    cell = {"metadata": metadata if isinstance(metadata, dict) else {}}
    if old.get("cell_type") == "code":
        source = old.get("input", "")
        return cell | {
            "cell_type": "code",
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
    kind = "raw" if old.get("cell_type") == "raw" else "markdown"
    return cell | {"cell_type": kind, "source": old.get("source", "")}
