"""What the numbers were measured on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

PACKAGES = ("numpy", "numba", "scipy", "torch", "onnxruntime")


def machine() -> dict[str, object]:
    """The processor, its caches, the software, and the BLAS that NumPy runs."""
    import numpy  # noqa: F401  (loads the BLAS that threadpoolctl reports)
    import threadpoolctl

    blas = [each for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"]
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "caches": _caches(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": ", ".join(f"{e['internal_api']} {e.get('architecture', '')}".strip() for e in blas),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _caches() -> dict[str, str]:
    """Level and size of each data cache of the first core; empty where the system does not tell."""
    found = {}
    for cache in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind, level, size = (
            (cache / name).read_text().strip() for name in ("type", "level", "size")
        )
        if kind != "Instruction":
            found[f"L{level}"] = size
    return found
