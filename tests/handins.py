"""What a class hands in, as files in a folder and as entries of a zip."""

from __future__ import annotations

import os
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from tito.course import Course

LESSON = "18_pruning"
BOOK = f"{LESSON}.ipynb"
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def put(path: Path, content: bytes = b"{}", time: datetime = MORNING) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.timestamp(), time.timestamp()))
    return path


def entry(name: str, time: datetime = MORNING, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    """A zip entry; zips hold local times."""
    info = zipfile.ZipInfo(name, time.astimezone().timetuple()[:6])
    info.external_attr = (kind | 0o644) << 16
    return info


def packed(path: Path, *files: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """A zip of (name or entry, content) pairs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            info = name if isinstance(name, zipfile.ZipInfo) else entry(name)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def submitted(course: Course) -> dict[str, bytes]:
    """What lies in submitted/, by the student."""
    return {
        path.parts[-3]: path.read_bytes()
        for path in sorted(course.submitted.rglob(BOOK))
        if path.parts[-2] == LESSON
    }
