"""Grading measured beside nbgrader and Otter; `make bench-grading` runs it."""
