"""A process that judges one submission after the other, each in a fork of its own.

Started as a program; it is trusted and never runs a line of a student's. It holds no check: the
fork asks whoever started it for each when it comes to it, and ends with the submission.
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
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from tito.judging.messages import receive, send
from tito.judging.plan import Plan
from tito.judging.verdict import Verdict, Work
from tito.sandbox.bubblewrap import Sandbox, SandboxError
from tito.sandbox.limits import Limits

GRACE_SECONDS = 30  # for the judge's own work on a submission, beyond its limit
ADDRESS_BYTES = 4 * 2**30
DONE = b"d"
LARGEST_VERDICT = 4 * 2**20  # characters: what its parts may have is bounded, too


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

            def judge(work: Work) -> Verdict:
                return Judge(work, sandbox, limits, sandbox.isolation).judge(
                    cells, partial(ask_for, line)
                )

            serve(line, judge, limits)
    except SandboxError as error:
        send(line, {"error": str(error)})


def ask_for(line: socket.socket, check: str) -> bytes:
    """What a check runs, from whoever has it."""
    send(line, {"check": check})
    answer = receive(line)
    if answer is None:
        raise ConnectionError("nobody waits any more")
    code: bytes = answer["code"]
    return code


def serve(line: socket.socket, judge: Callable[[Work], Verdict], limits: Limits) -> None:
    """Judge what comes, until nothing comes any more."""
    seconds = int(limits.submission_seconds) + GRACE_SECONDS
    while (message := receive(line)) is not None:
        if not in_fork(line, judge, Work.from_dict(message), seconds):
            return


def in_fork(
    line: socket.socket, judge: Callable[[Work], Verdict], work: Work, seconds: int
) -> bool:
    """Judge in a process of its own, which answers on the line; say whether it did."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            ours.close()
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
            send(line, answer(judge, work))
            theirs.send(DONE)
        except BaseException:  # it may go better another time
            if not is_left(line):
                traceback.print_exc()
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        try:
            return is_done(line, ours, seconds)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def answer(judge: Callable[[Work], Verdict], work: Work) -> dict[str, Any]:
    """The verdict, or what went wrong with us and would go wrong again."""
    from tito.judging.student import SetupFailed  # it is loaded by now

    try:
        verdict = judge(work).to_dict()
        if len(repr(verdict)) > LARGEST_VERDICT:
            raise ValueError(f"a verdict of more than {LARGEST_VERDICT} characters")
        return {"verdict": verdict}
    except (SetupFailed, ConnectionError):
        raise
    except Exception as error:
        traceback.print_exc()
        return {"failed": type(error).__name__}


def is_left(line: socket.socket) -> bool:
    """Whether nobody waits any more: what then fails, fails because all is being ended."""
    gone = select.poll()
    gone.register(line, 0)
    return bool(gone.poll(0))


def is_done(line: socket.socket, ours: socket.socket, seconds: float) -> bool:
    """Wait for the end of a fork, or of whoever waits for it; it may hang, too."""
    either = select.poll()
    either.register(ours, select.POLLIN)
    either.register(line, 0)  # what comes is the fork's, but not the end of it
    ready = [descriptor for descriptor, _ in either.poll(1000 * seconds)]
    return ready == [ours.fileno()] and ours.recv(1) == DONE


if __name__ == "__main__":
    main()
