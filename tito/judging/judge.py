"""Judge one submission: the lesson's cells in order, with the student's functions in a sandbox."""

from __future__ import annotations

import marshal
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from itertools import islice
from types import CodeType
from typing import Any

from tito.cells import NOT_WRITTEN, Cell, Kind
from tito.judging.outputs import LONGEST_STREAM, STOPPED, Output, error_output, one_line, streams
from tito.judging.plan import Plan
from tito.judging.student import SetupFailed, Stopped, Student
from tito.judging.verdict import Verdict, Work
from tito.program import LEFT_OVER, left_over
from tito.sandbox.bubblewrap import Sandbox
from tito.sandbox.limits import Limits
from tito.sandbox.plain import NotPlain
from tito.sandbox.wire import PRINTED_CHARACTERS, Printed, TooSlow

LONGEST_PRINTED = 500_000  # characters, by all cells of a submission
FOR_REPORT = "for_report"  # a dict of the lesson's own: a check leaves numbers there, by name.
# It is never handed to a student's function: what that changes in its arguments comes back.
MOST_NUMBERS, LONGEST_NAME, LARGEST = 8, 60, 1e12  # of one check
Compiled = Sequence[tuple[Cell, CodeType | None]]
GetCheck = Callable[[str], bytes]  # grade_id -> what the check runs, as marshal writes it


def compiled(plan: Plan) -> Compiled:
    """The cells, those that are given with their code."""
    return [
        (cell, compile(cell.source, cell.name, "exec") if cell.kind is Kind.GIVEN else None)
        for cell in plan.cells
    ]


@contextmanager
def own_time(seconds: float) -> Iterator[None]:
    """Bound the processor's time that a check itself takes, for what a student's code gave it."""

    def stop(*signalled: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass
class Judge:
    """Walks through the lesson once, for one submission."""

    work: Work
    sandbox: Sandbox
    limits: Limits
    isolation: str  # the walls that there are, or TRUSTED
    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    outputs: dict[str, list[Output]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)  # cell -> why it did not run to its end
    room: int = LONGEST_PRINTED  # what may still be printed
    scores: dict[str, float] = field(default_factory=dict)
    measured: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.student = Student(self.sandbox, self.namespace, self.limits)

    def judge(self, cells: Compiled, get_check: GetCheck) -> Verdict:
        """Walk through the cells; each check is here from when it runs."""
        start = time.perf_counter()
        try:
            for cell, code in cells:
                if cell.kind is Kind.EXERCISE:
                    self.exercise(cell)
                elif code and cell.kind is Kind.GIVEN:
                    self.given(cell, code)
                elif cell.kind is Kind.CHECK:
                    self.check(cell, marshal.loads(get_check(cell.name)))
        finally:
            self.student.end()
        return Verdict(
            self.work.student,
            self.work.digest,
            self.outputs,
            self.failed,
            self.scores,
            self.student.flags,
            self.isolation,
            time.perf_counter() - start,
            self.measured,
        )

    def given(self, cell: Cell, code: CodeType) -> None:
        """Run a given cell on both sides: functions of the lesson may be called from either."""
        self.run(cell, cell.source)
        exec(code, self.namespace)

    def exercise(self, cell: Cell) -> None:
        """Run the student's cell over there; its functions are asked for from here."""
        self.student.program[cell.name] = self.work.answers.get(cell.name, "")
        self.run(cell, self.student.program[cell.name])
        for name in cell.functions:
            self.namespace[name] = self.student.function(name)

    def run(self, cell: Cell, source: str) -> None:
        try:
            error = self.student.run(cell.name, source)
            reason = one_line(error["ename"], error["evalue"], by_student=True) if error else ""
        except SetupFailed:
            raise
        except Exception as raised:  # Stopped, or what its process answered
            error, reason = self.describe(raised)
        if error:
            self.broken[cell.name] = reason
        self.note(cell, error)

    def check(self, cell: Cell, code: CodeType) -> None:
        """Run a check here and give its points, or say why not."""
        chunks = self.student.printed
        out, err = (Printed(name, chunks, PRINTED_CHARACTERS) for name in ("stdout", "stderr"))
        error, reason = None, ""
        with redirect_stdout(out), redirect_stderr(err):
            try:
                with own_time(self.limits.call_seconds):
                    exec(code, self.namespace)
            except SetupFailed:
                raise
            except TooSlow:
                reason = "the check took too long with what your code gave it"
                error = error_output(STOPPED, reason)
            except Exception as raised:  # a check fails by whatever it raises, as in a notebook
                error, reason = self.describe(raised)
        self.note(cell, error)
        self.take_numbers(cell)
        self.scores[cell.name] = 0.0 if error else cell.points
        if error:
            answer = self.student.program.get(cell.exercise, "")
            if reason == NOT_WRITTEN and (line := left_over(answer)):
                reason = LEFT_OVER.format(line)
            self.failed[cell.part] = self.broken.get(cell.exercise, reason)

    def take_numbers(self, cell: Cell) -> None:
        """Keep what a check left for the report; a student's code has another `for_report`."""
        left = self.namespace.get(FOR_REPORT)
        if not isinstance(left, dict):
            return
        numbers = {
            name[:LONGEST_NAME]: float(value)
            for name, value in islice(left.items(), MOST_NUMBERS)
            if isinstance(name, str) and isinstance(value, int | float) and abs(value) < LARGEST
        }
        left.clear()
        if numbers:
            self.measured[cell.name] = numbers

    def describe(self, raised: Exception) -> tuple[Output, str]:
        """The error of a check, without a line of the check, and the same in one line."""
        traceback = getattr(raised, "student_traceback", None)  # where it came from over there
        by_student = traceback is not None
        kind = STOPPED if isinstance(raised, Stopped) else type(raised).__name__
        kind = "TypeError" if isinstance(raised, NotPlain) else kind
        try:
            text = str(raised)
        except ValueError as unreadable:  # a number with too many digits
            text = str(unreadable)
        output = error_output(kind, text, traceback or "", by_student)
        return output, one_line(kind, text, by_student)

    def note(self, cell: Cell, error: Output | None) -> None:
        """Keep what a cell printed and how it ended."""
        outputs = streams(self.student.printed, self.room)
        self.room -= sum(len(each["text"]) for each in outputs)
        if sum(len(text) for _, text in self.student.printed) > LONGEST_STREAM:
            self.student.flag("too much output")
        self.student.printed.clear()
        if outputs or error:
            self.outputs[cell.name] = [*outputs, *([error] if error else [])]
