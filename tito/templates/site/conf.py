"""How Sphinx makes the site; `tito site` copies this beside what it gathers."""

import json
from pathlib import Path
from typing import Any

VALUES = json.loads(Path(__file__).with_name("values.json").read_text(encoding="utf-8"))
project = VALUES["project"]
version = release = VALUES["version"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
templates_path = ["parts"]

nb_execution_mode = "off"  # a lab waits for its reader's answers
nb_code_prompt_show, nb_code_prompt_hide = "Show the code", "Fold the code"
myst_heading_anchors = 4  # the links of docs/ are those that repositories show
# A lab begins its parts as it likes; a docstring is text first.
suppress_warnings = ["myst.header", "docutils"]

napoleon_use_ivar = (
    True  # attributes stand in the class's docstringnb_code_prompt_show = "Show the code"
)
nb_code_prompt_hide = "Fold the code"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "undoc-members": False}
default_role = "code"  # docstrings mark code by one backtick

html_theme = "furo"
html_title = project
html_static_path = ["own"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_last_updated_fmt = None  # the same bytes whenever it is made
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}
highlight_language = "none"  # a block that names no language is none
pygments_style, pygments_dark_style = "default", "github-dark"


def setup(app: Any) -> None:
    """Docstrings are plain text: a star or a bar in them is no markup."""
    app.connect("autodoc-process-docstring", as_plain_text, priority=1)


def as_plain_text(*event: Any) -> None:
    lines: list[str] = event[-1]
    for place, line in enumerate(lines):
        pieces = line.split("`")  # every other one is code
        pieces[::2] = [each.replace("*", r"\*").replace("|", r"\|") for each in pieces[::2]]
        lines[place] = "`".join(pieces)
