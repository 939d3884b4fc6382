"""Commands that carry a lesson from its source to a graded class: see `tito --help`."""
