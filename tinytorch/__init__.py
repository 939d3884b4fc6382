"""The lessons as a package, generated from modules/."""

__version__ = "0.1.0"
