"""Where a student's code runs: shut in, and asked only for plain data."""

ISOLATED, TRUSTED = "bubblewrap", "none"  # how it is kept from everything else, or that it is not
