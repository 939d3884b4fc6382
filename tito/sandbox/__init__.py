"""Where a student's code runs: shut in, and asked only for plain data."""

from __future__ import annotations

from typing import Final, Literal

# How it is kept from everything else, or that it is not.
Isolation = Literal["bubblewrap", "user", "none"]
ISOLATED: Final = "bubblewrap"
SEPARATE: Final = "user"  # by another user's rights alone: in a container that is thrown away
TRUSTED: Final = "none"


def at_home(folder: str) -> dict[str, str]:
    """The variables by which programs find a folder for their files."""
    return {
        "HOME": folder,
        "TMPDIR": folder,
        "MPLCONFIGDIR": f"{folder}/matplotlib",
        "IPYTHONDIR": f"{folder}/ipython",
    }
