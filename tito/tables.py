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
UTF_16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
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
    found = to_text(path, data)
    text = io.StringIO(found.text[found.begin :], newline="")
    try:
        rows = list(csv.reader(text, delimiter=found.separator))
    except csv.Error as error:
        raise CourseError(f"{path} is no CSV file: {error}") from error
    return Table([[unquoted(cell) for cell in row] for row in rows if row], found.separator)


@dataclass(frozen=True)
class Text:
    """The text of a table, and how a program wrote it."""

    mark: bytes  # at the beginning of the file
    encoding: str
    text: str
    separator: str
    begin: int  # where the rows begin in the text


def to_text(path: Path, data: bytes) -> Text:
    """The text in a table's bytes.

    Raises:
        CourseError: it is no text.
    """
    mark, encoding = encoding_of(data)
    text = data[len(mark) :].decode(encoding, "replace")
    if "\0" in text or data.startswith(b"PK"):
        raise CourseError(f"{path} is no CSV file: in your spreadsheet choose Save as, CSV")
    first, end, _ = text.partition("\n")
    if first.startswith("sep="):  # Excel's own first line
        return Text(mark, encoding, text, first.strip()[-1], len(first) + len(end))
    return Text(mark, encoding, text, max(SEPARATORS, key=first.count), 0)


def encoding_of(data: bytes) -> tuple[bytes, str]:
    """The mark at a text's beginning, and the encoding that this, or its bytes, tell."""
    for mark, encoding in UTF_16:
        if data.startswith(mark):
            return mark, encoding
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (b"", "utf-8"), (b"", "cp1252")):
        with suppress(UnicodeDecodeError):
            if data.startswith(mark):
                data[len(mark) :].decode(encoding)
                return mark, encoding
    return b"", "latin-1"


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
