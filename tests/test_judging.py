"""A submission judged: its points, its messages, and what happens when its code goes wrong."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from containment import slow_bubblewrap, wait_for

from tito.answers import reference
from tito.cells import Cell, Kind
from tito.errors import CourseError
from tito.judging import pool
from tito.judging.judge import Judge, compiled
from tito.judging.plan import Plan, check_codes, plan_of
from tito.judging.pool import Judges, judge_one
from tito.judging.verdict import WAITED, Verdict, Work
from tito.notebooks import read_notebook
from tito.sandbox.limits import Limits

STUB = "def {name}(*args, **settings):\n    {body}\n"


@pytest.fixture(scope="module")
def right(course):
    """The reference answers."""
    return reference(read_notebook(course.source / "18_pruning" / "18_pruning.ipynb"))


@pytest.fixture(scope="module")
def judge(plan, right, sandbox):
    """Judge the reference with some answers replaced: {exercise: source}."""
    cells, codes = compiled(plan), check_codes(plan)
    # As a judge's own process has it: a check that passes says nothing.
    os.environ["NBGRADER_EXECUTION"] = "autograde"

    def judge(limits=None, **answers):
        work = Work("ada", "digest", right | answers)
        limits = Limits(**{"call_seconds": 2, **(limits or {})})
        return Judge(work, sandbox, limits, "bubblewrap").judge(cells, codes.__getitem__)

    yield judge
    del os.environ["NBGRADER_EXECUTION"]


def body(name, text):
    return {name: STUB.format(name=name, body=text)}


def lost(verdict):
    return {name for name, points in verdict.scores.items() if not points}


def test_the_plan_holds_the_lessons_cells_in_order(plan):
    kinds = [cell.kind for cell in plan.cells]
    assert [kinds.count(kind) for kind in ("exercise", "check", "question")] == [11, 11, 4]
    assert sum(cell.points for cell in plan.cells if cell.kind == "check") == 88
    assert Plan.from_dict(plan.to_dict()) == plan


def test_a_lesson_that_is_not_released_has_no_plan(course):
    with pytest.raises(CourseError, match="18_digits is not released"):
        plan_of(course["18_digits"])


def test_the_reference_gets_every_point_and_says_nothing(judge):
    verdict = judge()
    assert sum(verdict.scores.values()) == 88
    assert (verdict.failed, verdict.flags, verdict.outputs) == ({}, [], {})
    assert Verdict.from_dict(verdict.to_dict()) == verdict


def test_the_untouched_release_gets_nothing_and_is_told_so(judge, right):
    stubs = {name: STUB.format(name=name, body="raise NotImplementedError()") for name in right}
    verdict = judge(**stubs)
    assert sum(verdict.scores.values()) == 0
    assert verdict.failed == dict.fromkeys(right, "not written yet")


def test_no_answer_at_all_is_told_like_a_cell_that_was_not_run(judge):
    verdict = judge(magnitude_mask="")
    assert lost(verdict) == {"magnitude_mask_check"}
    said = "your code raised NameError: name 'magnitude_mask' is not defined"
    assert verdict.failed == {"magnitude_mask": said}


def test_a_wrong_answer_loses_its_own_points_with_the_checks_message(judge):
    verdict = judge(**body("magnitude_mask", "return args[0] > 0"))
    assert lost(verdict) == {"magnitude_mask_check"}
    assert "At 0.5 three go, the smallest of" in verdict.failed["magnitude_mask"]
    (error,) = verdict.outputs["magnitude_mask_check"]
    assert error["ename"] == "AssertionError"
    assert error["traceback"] == [f"AssertionError: {error['evalue']}"]


def test_an_error_in_the_students_code_shows_the_students_lines(judge):
    verdict = judge(**body("neuron_scores", "return np.zeros(3)[7]"))
    assert verdict.failed["neuron_scores"].startswith("your code raised IndexError: index 7")
    (error,) = verdict.outputs["neuron_scores_check"]
    assert "    return np.zeros(3)[7]" in error["traceback"]


def test_a_cell_that_does_not_parse_is_the_reason_given(judge):
    verdict = judge(neuron_scores="def neuron_scores(weight:\n    return 1")
    assert verdict.failed["neuron_scores"].startswith("your code raised SyntaxError: ")
    assert verdict.outputs["neuron_scores"][0]["ename"] == "SyntaxError"
    assert verdict.outputs["neuron_scores_check"][0]["ename"] == "NameError (raised by your code)"


FORGED = [
    "AssertionError('the grader failed here: please give the points by hand')",
    "type('Stopped', (Exception,), {})('took longer than 10 s and was stopped')",
    "type('CourseError', (Exception,), {})('could not be graded: the grader itself failed on it')",
    "ValueError('the grader failed here')",
    "type('A' * 500, (Exception,), {})('x' * 10**5)",
]


@pytest.mark.parametrize("forged", FORGED)
def test_a_reason_that_the_students_code_gives_is_marked_as_its_words(judge, forged):
    for answer in (body("neuron_scores", f"raise {forged}"), {"neuron_scores": f"raise {forged}"}):
        said = judge(**answer).failed["neuron_scores"]
        assert said.startswith("your code raised ") and len(said) <= 300
    verdict = judge(**body("neuron_scores", f"raise {forged}"))
    (error,) = verdict.outputs["neuron_scores_check"]
    assert error["ename"].endswith(" (raised by your code)")


def test_characters_that_act_are_shown_and_not_sent(judge):
    acting = "\\x1b]0;owned\\x07\\x9b2J\\u202edegrarG\\u2066\\u2028"
    verdict = judge(**body("neuron_scores", f"print('{acting}'); raise ValueError('{acting}')"))
    said = json.dumps([verdict.outputs, verdict.failed], ensure_ascii=False)
    assert not set(said) & set("\x07\x9b\u202e\u2066\u2028")
    assert "\\x9b2J\\u202edegrarG" in verdict.failed["neuron_scores"]
    assert verdict.failed["neuron_scores"].isprintable()


SENDS = """
import sys
def send(lines):
    sys._getframe(3).f_globals["own_lines"] = lambda error: lines
def neuron_scores(*args):
    frame = sys._getframe()
    while "own_lines" not in frame.f_globals:
        frame = frame.f_back
    frame.f_back.f_locals.get("self")
    frame.f_globals["own_lines"] = lambda error: "\\n" * 3_000_000
    for each in (frame.f_back, frame):
        if each and "self" in each.f_locals:
            getattr(each.f_locals["self"], "peer", each.f_locals["self"])._explain = (
                lambda error: "\\n" * 3_000_000
            )
    for n in range(100_000):
        print("x", file=[sys.stdout, sys.stderr][n % 2])
    raise ValueError("y" * 10**6)
"""


def test_a_verdict_has_a_size_whatever_the_students_process_sends(judge, right):
    loud = {name: SENDS.replace("neuron_scores", name) for name in right}
    verdict = judge(limits={"call_seconds": 10}, **loud)
    assert not any(verdict.scores.values())
    assert len(json.dumps(verdict.to_dict())) < 2_000_000


def test_what_is_printed_stands_where_it_was_printed(judge, right):
    loud = right["neuron_scores"].replace("    return", "    print('called')\n    return")
    verdict = judge(neuron_scores=f"print('cell')\n{loud}")
    assert verdict.outputs == {
        "neuron_scores": [{"output_type": "stream", "name": "stdout", "text": "cell\n"}],
        "neuron_scores_check": [
            {"output_type": "stream", "name": "stdout", "text": "called\n" * 2}
        ],
    }


def test_changing_an_argument_in_place_is_seen(judge, right):
    changing = right["neuron_scores"].replace(
        "    return", "    weight *= 2; weight /= -2\n    return"
    )
    assert (
        "neuron_scores changed what it was given"
        in judge(neuron_scores=changing).failed["neuron_scores"]
    )


def test_sharing_an_array_with_the_argument_is_seen(judge):
    sharing = (
        "model, index, keep = args; smaller = model.copy()\n"
        "    smaller.layers = [dict(each) for each in model.layers]\n"
        "    this, after = smaller.layers[index : index + 2]\n"
        "    this['weights'], this['bias'] = this['weights'][:, keep], this['bias'][keep]\n"
        "    after['weights'] = after['weights'][keep]\n"
        "    smaller.hidden_sizes = [len(each['bias']) for each in smaller.layers[:-1]]\n"
        "    return smaller"
    )
    said = judge(**body("remove_neurons", sharing)).failed["remove_neurons"]
    assert "a view, not a copy" in said


def test_the_checks_own_functions_and_generators_work_from_over_there(judge):
    once = "zero = np.zeros(1); return {'sparsity': zero, 'mean': zero, 'std': zero}"
    wrong = f"e, p, s = args; t = [[e(x, k) for k in s] for x in p]; {once}"
    assert "shape (2,)" in judge(**body("sweep", wrong)).failed["sweep"]


STOPS = {
    "hangs": ("while True: pass", "took longer than 3 s and was stopped", WAITED),
    "exits": ("import os; os._exit(0)", "your code ended Python", "killed"),
    "balloon": (
        "x = []\n    while True: x.append(bytearray(b'x') * 2**24)",
        "took too much memory",
        "out of memory",
    ),
    "reserve": ("return bytearray(2**40)", "MemoryError", None),
    "recursion": ("return {name}(*args)", "RecursionError", None),
    "sys.exit": ("import sys; sys.exit(0)", "SystemExit: 0", None),
    "own object": ("return type('Foo', (), {{'__eq__': lambda s, o: True}})()", "a Foo", None),
    "deep sum": ("return " + "+".join("1" * 3_000), "RecursionError", None),
    "huge": ("return np.zeros(10**7)", "may pass", None),
    "huge number": ("return 10**10**6", "", None),
    "deep list": ("x = []\n    for _ in range(400): x = [x]\n    return x", "", None),
}


@pytest.mark.parametrize(("text", "said", "flag"), STOPS.values(), ids=STOPS)
def test_code_that_goes_wrong_loses_its_own_points_alone(judge, text, said, flag):
    name = "neuron_scores"
    start = time.monotonic()
    seconds = 1 if flag == WAITED else 20
    verdict = judge(limits={"call_seconds": seconds}, **body(name, text.format(name=name)))
    assert lost(verdict) == {"neuron_scores_check"}
    assert list(verdict.failed) == [name] and said in verdict.failed[name]
    assert verdict.flags == ([flag] if flag else [])
    assert time.monotonic() - start < 30


def test_a_cell_that_hangs_is_not_run_again_when_others_are(judge, right):
    hangs = right["neuron_scores"] + "\nwhile True: pass"
    verdict = judge(limits={"call_seconds": 1}, neuron_scores=hangs)
    assert lost(verdict) == {"neuron_scores_check"}
    assert "took longer than 3 s" in verdict.failed["neuron_scores"]


def test_fresh_starts_are_bounded(judge, right):
    verdict = judge(**dict.fromkeys(right, "import os; os._exit(0)"))
    assert sum(verdict.scores.values()) == 0
    assert verdict.failed["remove_neurons"] == "your code hung or ended Python 5 times before this"


def test_a_submission_is_bounded_as_a_whole(judge, right):
    slow = {name: "import time; time.sleep(0.4)\n" + source for name, source in right.items()}
    verdict = judge(limits={"submission_seconds": 2}, **slow)
    assert verdict.failed["remove_neurons"] == "the submission took longer than 2 s in all"
    assert verdict.scores["dense_forward_check"] == 6
    assert WAITED in verdict.flags


def test_endless_output_is_cut_and_flagged(judge, right):
    verdict = judge(neuron_scores="print('x' * 10**8)\n" + right["neuron_scores"])
    assert lost(verdict) == set()
    assert verdict.flags == ["too much output"]
    assert len(verdict.outputs["neuron_scores"][0]["text"]) <= 100_000


LIAR = """
class Liar(np.ndarray):
    def __eq__(self, other): return np.ones(2, bool).view(np.ndarray)
    def all(self, *a, **k): return True
    def tolist(self): return [5.0, 2.0]
"""
TRICKS = {
    "numpy": "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True",
    "assert": "import builtins; builtins.AssertionError = type('A', (Exception,), {})",
    "transformer": (
        "import ast\nclass Strip(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Strip())"
    ),
    "input": (
        "get_ipython().input_transformers_post.append(\n"
        "    lambda lines: ['pass' if 'assert' in line else line for line in lines])"
    ),
    "run_cell": "get_ipython().run_cell = lambda *a, **k: None",
    "liar": LIAR,
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_tricks_with_what_checks_use_change_no_check(judge, trick):
    wrong = STUB.format(name="neuron_scores", body="return np.zeros(2)")
    verdict = judge(neuron_scores=f"{trick}\n{wrong}")
    assert "neuron_scores_check" in lost(verdict)
    assert verdict.scores["dense_forward_check"] == 6


def test_an_array_that_lies_does_not_pass(judge):
    lying = LIAR + STUB.format(name="neuron_scores", body="return np.zeros(2).view(Liar)")
    assert "wanted [5, 2], got [0, 0]" in judge(neuron_scores=lying).failed["neuron_scores"]


def test_what_a_student_returns_cannot_hold_up_a_check_for_ever(judge):
    wide = "return {i: None for i in range(3 * 10**6)}"
    verdict = judge(limits={"call_seconds": 1}, **body("sparsity_report", wide))
    assert "sparsity_report_check" in lost(verdict)


@pytest.fixture(scope="module")
def judges(plan, isolation):
    with Judges(plan, 2, isolation) as some:
        yield some


def test_one_judge_is_ready_before_there_is_work_and_does_what_is_little_alone(
    plan, right, isolation
):
    with Judges(plan, 2, isolation) as some:
        some.ready()
        [pid] = some.pids()
        (verdict,) = some.judge([Work("ada", "d", right)])
        assert some.pids() == [pid]
    assert sum(verdict.scores.values()) == 88


def test_verdicts_do_not_depend_on_who_was_judged_before(judges, right):
    spoils = "import numpy as np; np.kron = None\ndef sweep(*arguments): return 1"
    bad = right | {"sweep": spoils}
    works = [Work(f"s{i}", "d", bad if i % 2 else right) for i in range(8)]
    verdicts = {verdict.student: verdict for verdict in judges.judge(works)}
    assert sorted(verdicts) == [work.student for work in works]
    for i in range(8):
        assert sum(verdicts[f"s{i}"].scores.values()) == (82 if i % 2 else 88)


def kill_at_work(judges):
    """Kill the judge that is at work, that is has forked, as soon as there is one."""
    while True:
        for pid in judges.pids():
            with suppress(psutil.Error):  # it ended while we looked
                names = [each.cmdline() for each in psutil.Process(pid).children()]
                if any("tito.judging.server" in name for name in names):
                    return os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def killed_at_work(judges, right):
    """The verdict on a submission whose judge was killed over it once."""
    slow = right | {"sweep": "import time; time.sleep(4)\n" + right["sweep"]}
    killer = threading.Thread(target=kill_at_work, args=[judges])
    killer.start()
    (verdict,) = judges.judge([Work("bob", "d", slow)])
    killer.join()
    return verdict


def test_a_judge_that_is_killed_costs_a_retry_and_no_points(judges, right):
    assert sum(killed_at_work(judges, right).scores.values()) == 88


def test_a_submission_that_kills_its_judge_again_and_again_fails_alone(judges, right, monkeypatch):
    monkeypatch.setattr(pool, "TRIES", 1)
    verdict = killed_at_work(judges, right)
    assert sum(verdict.scores.values()) == 0
    assert verdict.flags == ["could not be graded: the grader itself failed on it (once)"]
    monkeypatch.undo()
    (fine,) = judges.judge([Work("eve", "d", right)])
    assert sum(fine.scores.values()) == 88


# It takes every descriptor that there is, and then wants a judge.
NO_DESCRIPTORS = """
import os, resource
from tito.errors import CourseError
from tito.judging.plan import Plan
from tito.judging.pool import Judges
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
while True:
    try:
        os.open(os.devnull, os.O_RDONLY)
    except OSError:
        break
try:
    with Judges(Plan("x", (), "."), 1, "none") as judges:
        judges.ready()
except CourseError as error:
    print("told:", error)
"""


def test_a_judge_that_cannot_be_reached_ends_the_run_in_words():
    said = subprocess.run(
        [sys.executable, "-c", NO_DESCRIPTORS], capture_output=True, text=True, timeout=60
    )
    assert said.stdout == "told: a judge could not start: [Errno 24] Too many open files\n"
    assert said.stderr == ""


def test_any_error_of_a_judge_arrives_and_loses_no_verdict(plan, right, isolation):
    unsendable = Work("bob", "d", {"magnitude_mask": "\ud800"})
    with Judges(plan, 1, isolation) as some:
        got = some.judge([Work("ada", "d", right), unsendable])
        assert next(got).student == "ada"
        with pytest.raises(UnicodeEncodeError):
            next(got)


def test_verdicts_that_are_reached_come_before_the_error(plan, right, isolation):
    with Judges(plan, 2, isolation) as some:
        some._done.put(ValueError("no"))
        some._done.put(Verdict("ada", "d"))
        got = some.judge([Work("bob", "d", right)])
        assert next(got).student == "ada"
        with pytest.raises(ValueError, match="no"):
            next(got)


def test_a_judge_that_says_nothing_costs_its_submission_alone(plan, right, monkeypatch, isolation):
    monkeypatch.setattr(pool, "SPARE_SECONDS", -140)  # of 150
    monkeypatch.setattr(pool, "TRIES", 1)
    with Judges(plan, 1, isolation) as some:
        some.ready()
        os.kill(some.pids()[0], signal.SIGSTOP)
        (verdict,) = some.judge([Work("ada", "d", right)])
        assert "could not be graded" in verdict.flags[0]
        (verdict,) = some.judge([Work("bob", "d", right)])
        assert sum(verdict.scores.values()) == 88


def held(pid):
    """What a process has in memory that it can write to."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in lines:
            place, rights = line.split()[:2]
            start, end = (int(each, 16) for each in place.split("-"))
            if "rw" in rights and end - start < 2**28:
                memory.seek(start)
                with suppress(OSError):
                    found.append(memory.read(end - start))
    return b"".join(found)


ONE_LESSON = [
    Cell("given", Kind.GIVEN, "import numpy as np\nMARK_GIVEN = 1", 0),
    Cell("one", Kind.EXERCISE, "", 0, ("one",)),
    Cell("one_check", Kind.CHECK, "assert one() == 1, 'MARK_ONE'", 1),
    Cell("two", Kind.EXERCISE, "", 0, ("two",)),
    Cell("two_check", Kind.CHECK, "assert two() == 1, 'MARK_TWO'", 1),
]


def at_work(judges, text):
    """The memory of the judge and of its fork, while a submission's first function sleeps."""
    [server] = judges.pids()
    for _ in range(500):
        time.sleep(0.02)
        forks = [
            each.pid
            for each in psutil.Process(server).children()
            if "tito.judging.server" in each.cmdline()
        ]
        if forks and text in (memory := held(forks[0])):
            return held(server), memory
    raise AssertionError("no fork at work")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_judge_holds_of_hidden_checks_only_the_one_that_runs(plan, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "MARK_SECRET")
    lesson = Plan("x", tuple(ONE_LESSON), plan.support)
    sleeps = "import time\ndef {}(): time.sleep(4); return 1"
    answers = {name: sleeps.format(name) for name in ("one", "two")}
    with Judges(lesson, 1, "none") as some:
        some.ready()
        got = some.judge([Work("ada", "d", answers)])
        worker = threading.Thread(target=lambda: verdicts.extend(got))
        verdicts = []
        worker.start()
        server, fork = at_work(some, b"MARK_ONE")
        worker.join()
    assert verdicts[0].scores == {"one_check": 1, "two_check": 1}
    assert b"MARK_GIVEN" in server  # it is the right memory
    assert not any(mark in server for mark in (b"MARK_ONE", b"MARK_TWO", b"MARK_SECRET"))
    assert not any(mark in fork for mark in (b"MARK_TWO", b"MARK_SECRET"))


@pytest.mark.parametrize(
    "isolation", [pytest.param("bubblewrap", marks=pytest.mark.needs("bubblewrap")), "none"]
)
def test_judges_leave_nothing_in_the_temporary_folder(tmp_path, monkeypatch, plan, isolation):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Judges(Plan("x", (), plan.support), 2, isolation) as some:
        list(some.judge([Work(name, "d", {}) for name in "abc"]))
    deadline = time.monotonic() + 10  # a process inside tidies up when nobody asks it any more
    while any(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not list(tmp_path.iterdir())


def test_no_plan_holds_a_solution_or_an_answer(plan, right):
    whole = json.dumps(plan.to_dict())
    assert not [name for name, source in right.items() if json.dumps(source)[1:-1] in whole]
    assert {cell.source for cell in plan.of_kind(Kind.EXERCISE)} == {""}
    assert {cell.source for cell in plan.of_kind(Kind.QUESTION)} == {""}
    assert not any(cell.source for cell in plan.without_checks().of_kind("check"))


def test_leaving_early_ends_every_process(plan, right, bubblewrap):
    with Judges(plan, 2, "bubblewrap") as some:
        next(some.judge([Work(f"s{i}", "d", right) for i in range(6)]))
        deadline = time.monotonic() + 30
        processes = []
        while len(processes) < 6 and time.monotonic() < deadline:
            servers = [psutil.Process(pid) for pid in some.pids()]
            processes = [each for server in servers for each in server.children(recursive=True)]
    assert len(processes) >= 6
    assert psutil.wait_procs([*servers, *processes], timeout=10)[1] == []


def test_one_submission_is_judged_by_a_judge_that_stays(plan, right, isolation):
    first = judge_one(plan, Work("ada", "d", right), isolation)
    pids = [process.pid for _, process in pool._warm.values()]
    second = judge_one(plan, Work("bob", "d", right), isolation)
    assert pids == [process.pid for _, process in pool._warm.values()]
    assert sum(first.scores.values()) == sum(second.scores.values()) == 88
    pool.end_warm()
    assert not any(map(psutil.pid_exists, pids))


def test_without_isolation_the_verdict_says_so(plan, right):
    with Judges(plan, 1, "none") as some:
        (verdict,) = some.judge([Work("ada", "d", right)])
    assert verdict.isolation == "none"
    assert sum(verdict.scores.values()) == 88


def test_an_unknown_isolation_is_refused(plan):
    unknown = pytest.raises(CourseError, match="isolation must be one of bubblewrap, user, none")
    with Judges(plan, 1, "jail") as some, unknown:
        some.ready()


def test_judges_stopped_while_they_start_are_left_to_end_by_themselves(
    plan, monkeypatch, tmp_path, capfd
):
    # bubblewrap killed between its fork and its next step leaves a child that waits for ever.
    notes = slow_bubblewrap(monkeypatch, tmp_path)
    with Judges(plan, 1, "bubblewrap"):
        wait_for(notes)
    assert notes.read_text() == "started\nended by itself\n"
    assert capfd.readouterr().err == ""


def test_judges_that_cannot_isolate_say_so_at_once(plan, right, monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: not allowed' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with Judges(plan, 1, "bubblewrap") as some, pytest.raises(CourseError, match="not allowed"):
        list(some.judge([Work("ada", "d", right)]))


LEAVES_TRACES = """
import pathlib, tempfile
HELD, FILE = [], pathlib.Path(tempfile.gettempdir(), "held")

def leave(secret):
    HELD.append(secret)
    FILE.write_text(secret)

def find():
    return [*HELD, *([FILE.read_text()] if FILE.exists() else [])]
"""


def test_a_check_can_ask_a_new_process_that_finds_nothing_of_the_old_one(sandbox):
    asked = """
leave("of the first")
assert find() == ["of the first"] * 2
for _ in range(5):  # more often than a submission may break
    assert find.in_a_new_process() == []
leave("of the second")
assert find() == ["of the second"] * 2
assert "HELD.append" in find.program["traces"]
assert "assert" not in "".join(find.program.values())
"""
    cells = [
        Cell("given", Kind.GIVEN, "ABOVE = 1", 0),
        Cell("traces", Kind.EXERCISE, "", 0, ("leave", "find")),
        Cell("traces_check", Kind.CHECK, asked, 5),
    ]
    work = Work("ada", "digest", {"traces": LEAVES_TRACES})
    limits = Limits(call_seconds=2, replays=2)
    lesson = Plan("x", tuple(cells), ".")
    judge = Judge(work, sandbox, limits, "bubblewrap")
    verdict = judge.judge(compiled(lesson), check_codes(lesson).__getitem__)
    assert (verdict.scores, verdict.failed) == ({"traces_check": 5}, {})
