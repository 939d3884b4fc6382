"""Where a student's code runs: shut in, and asked only for plain data."""

from __future__ import annotations

from typing import Final, Literal

Isolation = Literal["bubblewrap", "none"]  # how it is kept from everything else, or that it is not
ISOLATED: Final = "bubblewrap"
TRUSTED: Final = "none"


def at_home(folder: str) -> dict[str, str]:
    """The variables by which programs find a folder for their files."""
    return {
        "HOME": folder,
        "TMPDIR": folder,
        "MPLCONFIGDIR": f"{folder}/matplotlib",
        "IPYTHONDIR": f"{folder}/ipython",
    }
