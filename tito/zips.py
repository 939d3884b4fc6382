"""Zip files whose bytes follow from what they hold."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Collection, Mapping
from io import BytesIO

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can hold


def zipped(files: Mapping[str, bytes], programs: Collection[str] = ()) -> bytes:
    """A zip file of `files` that holds no time and no owner; `programs` of them may be run."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            rights = 0o755 if name in programs else 0o644
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | rights) << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED)
    return whole.getvalue()
