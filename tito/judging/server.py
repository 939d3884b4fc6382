"""A process that judges one submission after the other, each in a fork of its own.

Started as a program; it is trusted and holds the checks. It never runs a line of a student's.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tito.judging.messages import receive, send
from tito.judging.plan import Plan
from tito.judging.verdict import Verdict, Work
from tito.sandbox.bubblewrap import Sandbox, SandboxError
from tito.sandbox.limits import Limits

GRACE_SECONDS = 30  # for the judge's own work on a submission, beyond its limit
ADDRESS_BYTES = 4 * 2**30


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    with suppress(ConnectionError):  # nobody waits any more
        begin(line)


def begin(line: socket.socket) -> None:
    """Make everything ready, say so, and serve; or say why not."""
    hello = receive(line)
    plan, limits = Plan.from_dict(hello["plan"]), Limits(**hello["limits"])
    isolation, slot = hello["isolation"], hello["slot"]
    try:
        with Sandbox(plan.support, isolation, limits, slot, plan.imports()) as sandbox:
            # Here, because it takes a moment: the sandbox makes itself ready meanwhile.
            from tito.judging.judge import Judge, compiled

            cells = compiled(plan)
            for name in plan.imports():
                importlib.import_module(name)
            sandbox.try_out()
            send(line, {"ready": True})
            gc.freeze()  # what is here already, forks need not look at
            serve(line, lambda work: Judge(work, sandbox, limits, isolation).judge(cells), limits)
    except SandboxError as error:
        send(line, {"error": str(error)})


def serve(line: socket.socket, judge: Callable[[Work], Verdict], limits: Limits) -> None:
    """Judge what comes, until nothing comes any more."""
    while (message := receive(line)) is not None:
        verdict = in_fork(line, judge, Work.from_dict(message), limits)
        if verdict is None:
            return
        send(line, verdict)


def in_fork(
    line: socket.socket, judge: Callable[[Work], Verdict], work: Work, limits: Limits
) -> dict[str, Any] | None:
    """Judge in a process of its own; nothing when it fails or nobody waits any more."""
    seconds = int(limits.submission_seconds) + GRACE_SECONDS
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            line.close()
            ours.close()
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
            send(theirs, judge(work).to_dict())
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        try:
            return answer_in_time(line, ours, seconds)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def answer_in_time(
    line: socket.socket, ours: socket.socket, seconds: float
) -> dict[str, Any] | None:
    ready, _, _ = select.select([ours, line], [], [], seconds)
    if ours not in ready:  # it hangs, or the line was closed
        return None
    verdict: dict[str, Any] | None = receive(ours)
    return verdict


if __name__ == "__main__":
    main()
