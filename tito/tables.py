"""Tables as text: read as spreadsheets and platforms write them, written so that nothing acts."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tito.errors import CourseError

SEPARATORS = ",;\t"
LARGEST = 20_000_000  # bytes
# The full-width ones are taken for the plain ones by some spreadsheets.
ACTING = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True)
class Table:
    """The rows of a file, and what stood between their cells."""

    rows: list[list[str]]
    separator: str = ","


def read_table(path: Path) -> Table:
    """The rows of a CSV file, whatever program wrote it.

    Spreadsheets choose separator and encoding by the language of the system: semicolons, tabs,
    UTF-8 with a mark in front, UTF-16, Windows-1252.

    Raises:
        FileNotFoundError: there is no such file.
        CourseError: it cannot be read, or is no table.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise CourseError(f"cannot read {path}: {error.strerror}") from error
    text = decoded(data)
    if "\0" in text or data.startswith(b"PK"):
        raise CourseError(f"{path} is no CSV file: in your spreadsheet choose Save as, CSV")
    first, _, rest = text.partition("\n")
    if first.startswith("sep="):  # Excel's own first line
        separator, text = first.strip()[-1], rest
    else:
        separator = max(SEPARATORS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise CourseError(f"{path} is no CSV file: {error}") from error
    return Table([[unquoted(cell) for cell in row] for row in rows if row], separator)


def decoded(data: bytes) -> str:
    """The text of a file in the encoding that its beginning, or its bytes, tell."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    return data.decode("latin-1")


def written(table: Iterable[Sequence[str]], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(table)
    return text.getvalue()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if acts(text) else text


def unquoted(text: str) -> str:
    """A cell as it was before `harmless`."""
    return text[1:] if text.startswith("'") and acts(text[1:]) else text


def acts(text: str) -> bool:
    return text.startswith(ACTING) or text.lstrip().startswith(ACTING)
