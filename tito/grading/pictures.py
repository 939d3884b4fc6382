"""Pictures in written answers: carried as a notebook's attachments, and shown on a page.

A picture pasted in JupyterLab is an attachment of its cell, in other editors a data URI in the
text. Either crosses as PNG or JPEG, by its first bytes, and in bounds; in the place of any other
the answer says in words that there was one.
"""

from __future__ import annotations

import base64
import re
from binascii import Error
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from markupsafe import Markup, escape

MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
LARGEST_PICTURE, MOST_PICTURES = 2**20, 8  # bytes of one, number in one answer
LONGEST_NAME = 200

# None of these goes back over text it has seen: every repetition is bounded or ends at a
# character that it cannot contain.
INLINE = re.compile(r"data:image/(?:png|jpe?g);base64,([A-Za-z0-9+/=]*)")
SHOWN = re.compile(
    r"!\[(?P<words>[^\]\[\n]{0,300})\]\(\s?attachment:(?P<name>[^()\s]{1,300})[^()\n]{0,300}\)"
    r"|<img\s[^<>\n]{0,300}?attachment:(?P<tag>[^<>\s\"']{1,300})[^<>\n]{0,300}>"
)

Attachments = dict[str, dict[str, str]]  # name -> {kind: base64}


def take_pictures(text: str, attached: object) -> tuple[str, Attachments, list[str]]:
    """Take the pictures of an answer over.

    Args:
        attached: what the cell holds as `attachments`, whatever that is.

    Returns:
        The text, in which only pictures that are there are shown; these; and, a line each, what
        became of the others.
    """
    there = dict(attached) if isinstance(attached, dict) else {}
    inline: list[str] = []

    def name_it(found: re.Match[str]) -> str:
        inline.append(found[1])
        return f"attachment:pasted-{len(inline)}"

    if "data:image/" in text:
        text = INLINE.sub(name_it, text)
    there |= {f"pasted-{place}": {"": data} for place, data in enumerate(inline, 1)}
    kept: Attachments = {}
    left_out: list[str] = []

    def keep(found: re.Match[str]) -> str:
        name = picture_name(found)
        if name in kept:
            return found[0]
        problem = "there are too many" if len(kept) >= MOST_PICTURES else ""
        kind, data = read_picture(there.get(name))
        problem = problem or ("" if kind else data)
        if not problem:
            kept[name] = {kind: data}
            return found[0]
        left_out.append(f"{name[:LONGEST_NAME]}: {problem}")
        return f"[picture left out: {problem}]"

    return SHOWN.sub(keep, text) if "attachment:" in text else text, kept, left_out


def read_picture(bundle: object) -> tuple[str, str]:
    """The kind of a picture and its base64; or no kind, and why it is none."""
    if not isinstance(bundle, dict):
        return "", "it is not in the notebook"
    for data in bundle.values():
        lines = data if isinstance(data, list) else [data]
        if not all(isinstance(line, str) for line in lines):
            continue
        text = "".join("".join(lines).split())
        if len(text) > LARGEST_PICTURE * 4 // 3 + 4:
            return "", f"it has more than {LARGEST_PICTURE:,} bytes"
        try:
            content = base64.b64decode(text, validate=True)
        except (Error, ValueError):
            continue
        for kind, magic in MAGIC.items():
            if content.startswith(magic):
                return kind, base64.b64encode(content).decode()
    return "", "it is no PNG or JPEG file"


def picture_name(found: re.Match[str]) -> str:
    name = found["name"] or found["tag"]
    return name if "%" not in name else unquote(name)


def split_pictures(text: str, attachments: Mapping[str, Any]) -> tuple[str, dict[str, Markup]]:
    """The text with a word in the place of each picture, and the tag for each such word."""
    tags: dict[str, Markup] = {}

    def word(found: re.Match[str]) -> str:
        kind, data = read_picture(attachments.get(picture_name(found)))
        if not kind:
            return f"[picture left out: {data}]"
        name = f"TITOPICTURE{len(tags)}END"
        words = escape(found["words"] or "picture")
        tags[name] = Markup(f'<img class="pasted" alt="{words}" src="data:{kind};base64,{data}">')
        return name

    return SHOWN.sub(word, text) if "attachment:" in text else text, tags
