"""Where a student's code runs: shut in, and asked only for plain data."""
