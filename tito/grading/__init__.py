"""Grade a class of notebooks, and write its feedback."""

PATIENCE = 10.0  # seconds to wait for another program to let go of the gradebook
