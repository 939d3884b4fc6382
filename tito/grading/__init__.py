"""Grade a class of notebooks, and write its feedback."""
