"""A class of hostile and broken submissions, one short file a theme.

To add one, write a function in the file of its theme under one of the decorators of `case.py`.
"""

from importlib import import_module

from .case import HOSTILE, LESSON, Case, Desk

__all__ = ["HOSTILE", "LESSON", "Case", "Desk"]

THEMES = (
    "files",
    "names",
    "notebooks",
    "reading",
    "writing",
    "network",
    "processes",
    "resources",
    "tricks",
    "returns",
    "wire",
    "environment",
    "judge",
    "kernel",
)

for theme in THEMES:
    import_module(f"{__name__}.{theme}")
