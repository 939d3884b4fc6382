"""Commands that carry a lesson from its source to a graded class: see `tito --help`."""

import sys

# With it jsonschema compiles a grammar for international addresses, a third of the time in which
# tito starts. It does without, and nothing here checks such addresses.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
