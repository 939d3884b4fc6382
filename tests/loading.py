"""What a page links to, and what a browser fetches for it without being asked."""

import re
from html.parser import HTMLParser

FETCHED = {  # by the tag
    "audio": "src", "embed": "src", "iframe": "src", "img": "src", "link": "href",
    "object": "data", "script": "src", "source": "src", "video": "src",
}  # fmt: skip
IN_STYLE = re.compile(r"@import\s+(?:url\()?\s*['\"]?([^'\")\s;]+)|url\(\s*['\"]?([^'\")\s]+)")
ADDRESS = re.compile(r"https?://[^\s'\"<>)\\]+")
NAMES = "http://www.w3.org/"  # of XML's vocabularies, which nobody fetches


class Page(HTMLParser):
    """A page's links, anchors, what it loads, and the addresses in its scripts."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.anchors, self.in_scripts = set(), set(), {""}, set()
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.inside = tag
        self.anchors |= {found.get("id"), found.get("name")}
        self.loads |= set(in_style(found.get("style") or ""))
        if tag == "a" and "href" in found:
            self.links.add(found["href"])
        if found.get(FETCHED.get(tag)):
            self.loads.add(found[FETCHED[tag]])

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "style":
            self.loads |= set(in_style(data))
        elif self.inside == "script":
            found = ADDRESS.findall(data)
            self.in_scripts |= {each for each in found if not each.startswith(NAMES)}

    @property
    def from_elsewhere(self):
        """What it loads from another server."""
        return {each for each in self.loads if is_elsewhere(each)} | self.in_scripts


def in_style(text):
    """What a style sheet loads."""
    return ["".join(each) for each in IN_STYLE.findall(text)]


def is_elsewhere(address):
    return "//" in address and not address.startswith("data:")
