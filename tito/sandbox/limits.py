"""How much of everything one submission may take."""

from __future__ import annotations

from dataclasses import dataclass

from tito.program import CALL_SECONDS

# One thread a product: at matrices as small as a lesson's several would wait for each other.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


OUT_OF_TIME = 27  # how a student's process ends whose time of the processor is over


@dataclass(frozen=True)
class Limits:
    """What a submission may use before it is stopped."""

    call_seconds: float = CALL_SECONDS
    submission_seconds: float = 120.0  # of the clock, for everything
    memory_bytes: int = 2**30  # that all its processes hold together
    address_bytes: int = 2 * 2**30  # that one process may reserve
    processes: int = 32  # threads count too
    file_bytes: int = 16 * 2**20  # of one file
    scratch_bytes: int = 64 * 2**20  # of the only folder it can write to
    open_files: int = 64
    received_bytes: int = 256 * 2**20  # that it may send to the checks
    replays: int = 4  # fresh starts after code that hung or ended Python

    @property
    def call_patience(self) -> float:
        """Seconds of the clock for what may take `call_seconds`: others want the processor, too."""
        return 3 * self.call_seconds
