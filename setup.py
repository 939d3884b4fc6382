"""Says in words which Python is needed, where pip would tell of packages that conflict."""

import platform
import sys
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from tito.pythons import Pythons  # noqa: E402  (found through the line above)

pythons = Pythons(ROOT)
if not pythons.oldest <= sys.version_info[:2] <= pythons.newest:
    sys.exit(f"Python {pythons} is needed, this is Python {platform.python_version()}")
setup()
