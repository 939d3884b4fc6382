"""Answers that students write: wrong ones, each with its misconception, and right ones that differ.

A wrong answer is the reference with one slip in it (`slip`), or a function of its own (`wrong`).
`says` is what the message of the failed check must say (a regular expression). Right answers are
functions (`right`). To add one, go to the file of the lesson's part, name the exercise, and write
the slip or the function. The files import each other relatively, because `tito` loads this folder
under another name.
"""

from importlib import import_module

from .answers import RIGHT, WRONG, Answer

__all__ = ["RIGHT", "WRONG", "Answer"]

PARTS = (
    "look",
    "masks",
    "sweeps",
    "tuning",
    "neurons",
    "storage",
    "running",
    "quantizing",
    "bonus",
)

for part in PARTS:  # in the lesson's order, which is the order of WRONG and RIGHT
    import_module(f"{__name__}.{part}")
