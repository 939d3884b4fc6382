"""The same judging on the workers of a Dask cluster, which may be other machines.

A worker gets everything it needs with its work: the lesson's cells and the support modules. It
needs the same Python packages, and no folder in common with the machine that grades.
"""

from __future__ import annotations

import atexit
import logging
import os
import platform
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from tito.errors import CourseError
from tito.group import distribution
from tito.judging.plan import Plan
from tito.judging.pool import given_up, judge_one
from tito.judging.verdict import Verdict, Work
from tito.sandbox import Isolation

CONNECT_SECONDS, WORKER_SECONDS = 10, 60
IN_FLIGHT = 64  # submissions handed out at a time: enough for many workers, little to hold
SAME = ("numpy", "matplotlib", "ipython", "msgpack")  # or grades might differ
Files = dict[str, bytes]
Shipment = tuple[dict[str, Any], Files]

one_at_a_time = threading.Lock()  # a worker's judge takes one submission after the other


class ClusterJudges(AbstractContextManager["ClusterJudges"]):
    """Judges at the workers of a Dask scheduler.

    Args:
        plan: the lesson's cells.
        address: of the scheduler, such as tcp://192.0.2.7:8786.
        isolation: ISOLATED or TRUSTED, of student code on each worker.

    Raises:
        CourseError: Dask is not installed, no scheduler or worker is there, a worker has other
            versions; while judging: the scheduler is gone, a worker cannot isolate student code.
    """

    def __init__(self, plan: Plan, address: str, isolation: Isolation) -> None:
        self.plan, self.address, self.isolation = plan, address, isolation

        self._opened = ExitStack()
        self.client: Any = None

    def __enter__(self) -> ClusterJudges:
        return self

    def ready(self) -> None:
        """Connect with the scheduler, and see that its workers will do."""
        if self.client is None:
            self.client = self._opened.enter_context(connect(self.address))
            refuse_other_versions(self.client, self.address)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def judge(self, works: Iterable[Work]) -> Iterator[Verdict]:
        """Yield a verdict for each work, in the order in which they come.

        Where a worker is lost, what it was doing is done by another. Who lost a worker is not
        known when several submissions waited there, so those in question are judged once more,
        each alone: the one that then loses workers gets 0.
        """
        self.ready()
        suspects: list[Work] = []
        yield from self._judge(works, IN_FLIGHT, suspects)
        for suspect in suspects:
            guilty: list[Work] = []
            yield from self._judge([suspect], 1, guilty)
            for work in guilty:
                yield given_up(self.plan, work, self.isolation, "workers lost")

    def _judge(self, works: Iterable[Work], at_once: int, lost: list[Work]) -> Iterator[Verdict]:
        from distributed import CancelledError, KilledWorker

        waiting = iter(works)
        shipped = self.client.submit(ship, self.plan.to_dict(), pack(self.plan.support))
        sent = {self._send(shipped, work): work for work in islice(waiting, at_once)}
        try:
            while sent:
                for future in self._some_done(list(sent)):
                    work = sent.pop(future)
                    try:
                        yield Verdict.from_dict(future.result())
                    except KilledWorker:
                        lost.append(work)
                    sent |= {
                        self._send(shipped, another): another for another in islice(waiting, 1)
                    }
        except CancelledError as error:
            raise CourseError(
                f"the scheduler {self.address} is gone: what it had graded is kept; start it "
                "again and run the same command, which goes on from there"
            ) from error

    def _some_done(self, futures: list[Any]) -> set[Any]:
        """Those that are done, as soon as there are some, and as long as there is a worker."""
        from distributed import wait

        while True:
            try:
                with self.client.as_current():
                    done: set[Any] = wait(futures, WORKER_SECONDS, "FIRST_COMPLETED").done
                return done
            except TimeoutError as error:
                if not self.client.scheduler_info()["workers"]:
                    raise CourseError(no_worker(self.address)) from error

    def _send(self, shipped: Any, work: Work) -> Any:
        # Not pure: Dask would take the verdict of an equal work from an earlier run.
        return self.client.submit(
            judge_here, shipped, work.to_dict(), self.isolation, pure=False, retries=2
        )


def connect(address: str) -> Any:
    """A client of the scheduler, once it has a worker."""
    try:
        import distributed
    except ImportError as error:
        raise CourseError(
            "grading on a cluster needs Dask: pip install -c constraints.txt -e '.[cluster]'"
        ) from error
    # Its own account of a lost connection would stand between the lines of the progress bar.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"no scheduler answers at {address}: start one with `dask scheduler` and give the "
            "address it prints, such as tcp://192.0.2.7:8786"
        ) from error
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError as error:
        client.close()
        raise CourseError(no_worker(address)) from error
    return client


def no_worker(address: str) -> str:
    return (
        f"the scheduler {address} has no worker: start some with "
        f"`dask worker {address} --nthreads 1`; what is graded is kept"
    )


def refuse_other_versions(client: Any, address: str) -> None:
    """Grades must not depend on who graded, so everybody has the same packages."""
    ours = versions()
    for worker, theirs in client.run(versions).items():
        for name in ours:
            if ours[name] != theirs[name]:
                raise CourseError(
                    f"the worker {worker} has {name} {theirs[name]}, here is {ours[name]}: "
                    "install the same on both, with constraints.txt"
                )


def versions() -> dict[str, str]:
    same = (distribution(), *SAME)
    return {"Python": platform.python_version()} | {name: version(name) for name in same}


def pack(folder: str) -> Files:
    """The files of a small folder, caches left out."""
    files = (path for path in sorted(Path(folder).rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if "__pycache__" not in path.parts
    }


def ship(plan: dict[str, Any], files: Files) -> Shipment:
    """The result of a task of its own: sent once to each worker, and made again if it is lost."""
    return plan, files


def judge_here(shipped: Shipment, work: dict[str, Any], isolation: Isolation) -> dict[str, Any]:
    """What a worker does for one submission."""
    plan, files = shipped
    support = unpack(tuple(sorted(files.items())))
    here = replace(Plan.from_dict(plan), support=support)
    with one_at_a_time:
        return judge_one(here, Work.from_dict(work), isolation).to_dict()


@lru_cache
def unpack(files: tuple[tuple[str, bytes], ...]) -> str:
    """A folder that holds these files as long as this process lives."""
    folder = TemporaryDirectory(prefix="tito-support-")
    atexit.register(folder.cleanup)
    for name, content in files:
        path = Path(folder.name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    os.chmod(folder.name, 0o755)  # student code reads it with other rights than ours
    return folder.name
