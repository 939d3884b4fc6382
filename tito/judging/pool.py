"""Judges side by side: they are started, given work, restarted when they die, and ended."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tito.cells import Kind
from tito.errors import CourseError
from tito.judging.messages import receive, send
from tito.judging.plan import CLASS_SEED, Plan, check_codes
from tito.judging.server import GRACE_SECONDS
from tito.judging.verdict import Verdict, Work
from tito.sandbox import Isolation
from tito.sandbox.bubblewrap import SETTINGS, end_by_itself, refuse_system
from tito.sandbox.cgroup import sweep
from tito.sandbox.limits import Limits

TRIES = 3
LIMITS = Limits()
GRADER_FAILED = "could not be graded: the grader itself failed on it ({})"

NEEDED = (  # how the names of variables begin that a judge gets
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "LANG", "LC_", "LD_", "DYLD_"),
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"),
    *("OPENBLAS_", "OMP_", "MKL_", "NUMBA_", "COVERAGE_"),
)
START_SECONDS, SPARE_SECONDS = 300, 60  # beyond what a judge itself allows
Answer = Verdict | BaseException


class JudgeDied(Exception):
    """The process of a judge ended in the middle of its work."""


class JudgeFailed(Exception):
    """A judge's own code failed over a submission, and would again."""


class Ended(Exception):
    """A judge was asked for something after its end."""


class JudgeProcess:
    """One judge: a process of its own, started again when it died."""

    def __init__(self, plan: Plan, isolation: Isolation, limits: Limits, slot: int) -> None:
        self._hello = {
            "plan": plan.without_checks().to_dict(),
            "limits": asdict(limits),
            "isolation": isolation,
            "slot": slot,
        }
        self._plan, self._isolation = plan, isolation
        self.submission_seconds = limits.submission_seconds
        self._longest = limits.submission_seconds + GRACE_SECONDS + SPARE_SECONDS
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            CourseError: students' code cannot be isolated here.
            Ended: `end` was called.
        """
        refuse_system(self._isolation)
        self._is_ready = False
        try:
            self._open()
        except OSError as error:
            raise CourseError(f"a judge could not start: {error}") from error
        check_codes(self._plan)  # here, because the judge takes a moment
        try:
            answer = self._ask(self._hello, START_SECONDS)
        except JudgeDied as died:  # no submission's fault
            self.stop()
            raise CourseError("a judge could not start: its error stands above") from died
        if "error" in answer:
            self.stop()
            raise CourseError(answer["error"])
        self._is_ready = True

    def _open(self) -> None:
        if self._ended:
            raise Ended
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tito.judging.server", str(theirs.fileno())],
                env=judge_environment(self._plan),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt at the terminal is the coordinator's
            )

    def judge(self, work: Work) -> Verdict:
        """Have it judge.

        Raises:
            JudgeDied: it died over it, or did not answer in time.
            JudgeFailed: it says itself that it failed.
        """
        if self._process is None:
            self.start()
        answer = self._ask(work.to_dict(), self._longest)
        while check := answer.get("check"):
            answer = self._ask({"code": check_codes(self._plan)[check]}, self._longest)
        if "failed" in answer:
            raise JudgeFailed(answer["failed"])
        return Verdict.from_dict(answer["verdict"])

    @property
    def pid(self) -> int:
        """Its process; 0 for none."""
        return self._process.pid if self._process else 0

    def stop(self) -> None:
        """Kill it, and with it its sandbox."""
        process, self._process = self._process, None  # at once: two threads may stop it
        if process:
            with suppress(OSError), self._line:
                self._line.shutdown(socket.SHUT_RDWR)  # it wakes who waits on either side
            if not self._is_ready:
                end_by_itself(process)
            process.kill()
            process.wait()

    def end(self) -> None:
        """Stop it for good."""
        self._ended = True
        self.stop()

    def _ask(self, message: dict[str, Any], seconds: float) -> Any:
        try:
            self._line.settimeout(seconds)
            send(self._line, message)
            answer = receive(self._line)
        except OSError:
            answer = None
        if answer is None:
            raise JudgeDied
        return answer


def judge_environment(plan: Plan) -> dict[str, str]:
    """The environment of a judge: what programs need, and no more of who grades.

    The support modules come before this checkout's.
    """
    here = str(Path(__file__).resolve().parents[2])
    ours = {name: os.environ[name] for name in os.environ if name.startswith(NEEDED)}
    paths = os.pathsep.join([plan.support, here])
    return {**ours, **SETTINGS, "PYTHONPATH": paths, CLASS_SEED: str(plan.seed)}


class Judges:
    """Some judges at work, to be used in a `with` block.

    The first makes itself ready from the start, each other one when there is work for it too.

    Args:
        workers: how many judge at the same time.
        isolation: ISOLATED, or TRUSTED for submissions that are.
    """

    def __init__(
        self, plan: Plan, workers: int, isolation: Isolation, limits: Limits = LIMITS
    ) -> None:
        self._plan, self._isolation, self._limits = plan, isolation, limits
        self._workers = workers
        self._processes: list[JudgeProcess] = []
        self._threads: list[threading.Thread] = []
        self._first: Future[None] = Future()
        self._todo: queue.Queue[Work | None] = queue.Queue()
        self._done: queue.Queue[Answer] = queue.Queue()

    def __enter__(self) -> Judges:
        self._employ(self._first)
        return self

    def _employ(self, begun: Future[None]) -> None:
        slot = len(self._processes)
        process = JudgeProcess(self._plan, self._isolation, self._limits, slot)
        thread = threading.Thread(target=self._labour, args=[process, begun], daemon=True)
        self._processes.append(process)
        self._threads.append(thread)
        thread.start()

    def __exit__(self, *error: object) -> None:
        for process in self._processes:
            process.end()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.end()  # one that was being started just then
        sweep()

    def pids(self) -> list[int]:
        """The judges' processes that are there now."""
        return [each.pid for each in self._processes if each.pid]

    def ready(self) -> None:
        """Wait until the first can judge.

        Raises:
            CourseError: students' code cannot be isolated here.
        """
        self._first.result()

    def judge(self, works: Iterable[Work]) -> Iterator[Verdict]:
        """The verdicts, in the order in which they are reached."""
        self.ready()
        waiting = iter(works)
        running = 0
        while True:
            while running < 2 * self._workers:
                work = next(waiting, None)
                if work is None:
                    break
                self._todo.put(work)
                running += 1
                if len(self._threads) < min(running, self._workers):
                    self._employ(Future())
            if not running:
                return
            answer = self._done.get()
            running -= 1
            if isinstance(answer, BaseException):
                yield from self._already_done()
                raise answer
            yield answer

    def _already_done(self) -> Iterator[Verdict]:
        """The verdicts that are reached: the end of one judge loses none of them."""
        while not self._done.empty():
            answer = self._done.get()
            if isinstance(answer, Verdict):
                yield answer

    def _labour(self, process: JudgeProcess, begun: Future[None]) -> None:
        """What a thread does: whatever happens to it, somebody waits for and is told."""
        try:
            process.start()
        except BaseException as error:
            begun.set_exception(error)
            self._done.put(error)
            return
        begun.set_result(None)
        while (work := self._todo.get()) is not None:
            try:
                self._done.put(verdict(process, self._plan, work, self._isolation))
            except BaseException as error:
                self._done.put(error)
                return


def verdict(process: JudgeProcess, plan: Plan, work: Work, isolation: Isolation) -> Verdict:
    """The verdict on one submission, by a new judge after each that dies over it.

    Not after one that took as long as a submission may: the next would, too.
    """
    end = time.monotonic() + process.submission_seconds
    tries = 0
    while tries < TRIES and time.monotonic() < end:
        tries += 1
        try:
            return process.judge(work)
        except JudgeDied:
            process.stop()
        except JudgeFailed as failed:
            return given_up(plan, work, isolation, str(failed))
    return given_up(plan, work, isolation, "once" if tries == 1 else f"{tries} times")


def given_up(plan: Plan, work: Work, isolation: Isolation, how: str) -> Verdict:
    """The verdict on a submission over which judges fail: 0 everywhere, to be looked at."""
    reason = GRADER_FAILED.format(how)
    checks = plan.of_kind(Kind.CHECK)
    return Verdict(
        work.student,
        work.digest,
        failed={check.part: reason for check in checks},
        scores={check.name: 0.0 for check in checks},
        flags=[reason],
        isolation=isolation,
    )


_warm: dict[str, tuple[Plan, JudgeProcess]] = {}


def judge_one(plan: Plan, work: Work, isolation: Isolation, limits: Limits = LIMITS) -> Verdict:
    """Judge one submission with a judge that this process keeps for the next."""
    known, process = _warm.get(isolation, (None, None))
    if process is None or known != plan:
        if process:
            process.stop()
        process = JudgeProcess(plan, isolation, limits, slot=os.getpid() % 1000)
        _warm[isolation] = plan, process
    return verdict(process, plan, work, isolation)


def end_warm() -> None:
    """End the judges that `judge_one` keeps."""
    while _warm:
        _, (_, process) = _warm.popitem()
        process.stop()
