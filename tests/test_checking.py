"""What checks say is true for what came, in a notebook and in the judge."""

import re

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from tinytorch.checking import expect, passed, refuses, same_as, unchanged, untouched
from tinytorch.pruning import DenseMLP
from tito.judging.plan import Cell, Plan
from tito.judging.pool import Judges
from tito.judging.verdict import Work
from tito.sandbox import TRUSTED

SCORES = {
    (7, 2): "That is the sum of magnitudes.",
    ((5, 2),): "Leave out keepdims.",
}
REPORT = {"sparsity": 0.7, "nonzero": 3, "per_layer": (0.5, 1.0)}
CSR = (np.array([1.0, 2.0]), np.array([0, 1], np.int32), np.array([0, 1, 2], np.int32))
LONG = np.arange(60.0).reshape(12, 5)


def said(check, *args, **settings):
    """What a check says, run as the check of an exercise called `answer`."""
    code = compile("check(*args, **settings)", "answer_check", "exec")
    with pytest.raises(AssertionError) as failed:
        exec(code, {"check": check, "args": args, "settings": settings})
    return str(failed.value)


def long_with(place, value):
    changed = LONG.copy()
    changed[place] = value
    return changed


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (np.array([5.0, 2.0]), [5, 2]),
        (np.array([5, 2]), [5, 2]),
        (np.array([5.0, 2.0], np.float32), [5, 2]),
        (np.array([5.00001, 2.0]), [5, 2]),
        (np.array([[True], [False]]), [[True], [False]]),
        (np.array([np.nan, np.inf]), [np.nan, np.inf]),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array(3.0), 3),
        (np.float32(0.7), 0.7),
        (3, 3.0),
        (np.int64(3), 3),
        (float("inf"), float("inf")),
        (np.True_, True),
        ("csr", "csr"),
        (b"ab", b"ab"),
        (None, None),
        ({"nonzero": 3, "per_layer": [0.5, 1], "sparsity": np.float64(0.7)}, REPORT),
        ({**REPORT, "per_layer": np.array([0.5, 1])}, REPORT),
        (list(CSR), CSR),
        ([LONG, LONG[0]], [LONG, LONG[0]]),
    ],
)
def test_what_is_wanted_passes_in_any_type_that_was_not_ruled_out(got, want):
    expect(got, want)


@pytest.mark.parametrize(
    ("got", "want", "message"),
    [
        (None, [5, 2], "answer returned None: is its `return` missing?"),
        (None, REPORT, "answer returned None: is its `return` missing?"),
        ([5, 2], [5, 2], "answer: wanted an array of shape (2,), got a list of 2 items."),
        (5.5, [5, 2], "answer: wanted an array of shape (2,), got the float 5.5."),
        (np.ones((2, 1)), [5, 2], "wanted an array of shape (2,), got one of shape (2, 1)."),
        (np.array([5.0, np.nan]), [5, 2], "answer: wanted 2 at [1], got NaN."),
        (np.array([5.0, 2.1]), [5, 2], "answer: wanted [5, 2], got [5, 2.1]."),
        (np.array([7.0, 2.0]), [5, 2], "got [7, 2]. That is the sum of magnitudes."),
        (np.array([[5.0, 2.0]]), [5, 2], "got one of shape (1, 2). Leave out keepdims."),
        (np.array([5, 2]), [5.0, 2.0], "wanted an array of floating numbers, got one of dtype int"),
        (np.array([1, 0]), [True, False], "wanted an array of bools, got one of dtype int64."),
        (np.array([True]), [1], "wanted an array of whole numbers, got one of dtype bool."),
        (np.array([None]), [1], "wanted an array of whole numbers, got one of dtype object."),
        (CSR[1].astype(int), CSR[1], "wanted an array of dtype int32, got one of dtype int64."),
        (LONG.astype("f"), LONG, "wanted an array of dtype float64, got one of dtype float32."),
        (
            long_with((3, 2), -1),
            LONG,
            "1 of 60 entries differ, first at [3, 2]: wanted 17, got -1.",
        ),
        (long_with((3, 2), np.nan), LONG, "wanted 17 at [3, 2], got NaN."),
        (3.33, 10 / 3, "answer: wanted 3.33333, got 3.33."),
        (10 / 3 + 1e-3, 10 / 3, "answer: wanted 3.33333, got 3.33433."),
        (1 + 2e-5, 1, "answer: wanted 1, got 1.00002."),
        (np.float64(70.5), 0.7, "answer: wanted 0.7, got 70.5."),
        (True, 1, "answer: wanted the number 1, got True."),
        (1, True, "answer: wanted True, got 1."),
        ("0.7", 0.7, "answer: wanted the number 0.7, got the text '0.7'."),
        (np.array([3.0]), 3, "answer: wanted the number 3, got an array of shape (1,)."),
        (float("nan"), 3, "answer: wanted 3, got nan."),
        (10**4000, 3, "answer: wanted 3, got a very large whole number."),
        (3, None, "answer: wanted None, got 3."),
        ([1], REPORT, "answer: wanted a dict, got a list of 1 items."),
        (
            {"mean": 1},
            REPORT,
            "wanted the keys ['sparsity', 'nonzero', 'per_layer'], got ['mean'].",
        ),
        ({**REPORT, "nonzero": None}, REPORT, "['nonzero']: wanted the number 3, got None."),
        ({**REPORT, "per_layer": [0.5, 0]}, REPORT, "['per_layer'][1]: wanted 1, got 0."),
        (CSR[:2], CSR, "answer: wanted 3 items, got 2."),
        (CSR[0], CSR, "wanted a list or tuple of 3 items, got an array of shape (2,)."),
        ((*CSR[:2], CSR[1]), CSR, "[2]: wanted an array of shape (3,), got one of shape (2,)."),
        ([CSR[0], None, CSR[2]], CSR, "answer: [1]: wanted an array of shape (2,), got None."),
        (iter([5]), [5], "wanted an array of shape (1,), got a list_iterator."),
    ],
)
def test_a_message_says_what_came_and_what_was_wanted(got, want, message):
    assert message in said(expect, got, want, "", SCORES)


@pytest.mark.parametrize("want", [[5, 2], 0.7, REPORT, CSR, True, [LONG], "csr"])
@pytest.mark.parametrize(
    "got",
    [
        np.float64(1),
        [np.float64(2)],
        {"a": np.float64(3)},
        (np.int32(4),),
        np.array(["x"]),
        np.array([5 + 2j, 0]),
        np.array([[None, [1]]], object),
        [[1], [2, 3]],
        1j,
        {1},
        {},
        b"",
        range(3),
        print,
        np.nan,
    ],
)
@pytest.mark.filterwarnings("error")
def test_whatever_comes_is_one_short_plain_message(got, want):
    message = said(expect, got, want, "Why it is so", SCORES)
    assert message.startswith("answer: ") and message.endswith("Why it is so.")
    assert len(message) < 300
    assert not re.search(r"np\.|array\(|\n|<", message)


def test_numbers_that_read_the_same_are_shown_with_more_digits():
    assert said(expect, 0.12345678, 0.12345679, tolerance=0).endswith(
        "wanted 0.12345679, got 0.12345678."
    )


def test_the_tolerance_is_the_callers_and_whole_numbers_are_exact():
    expect(1.01, 1, tolerance=0.02)
    expect(1010.0, 1000, tolerance=0.02)
    said(expect, 1.01, 1, tolerance=0.005)
    said(expect, np.array([10**9 + 1]), [10**9], tolerance=0.5)


def test_a_dtype_can_be_asked_for():
    expect(np.array([1], np.int32), [1], dtype=np.int32)
    assert "wanted an array of dtype int32" in said(expect, np.array([1]), [1], dtype=np.int32)
    expect(np.int32(48), 48, dtype=int)
    assert "got the float 48." in said(expect, 48.0, 48, dtype=int)


def test_a_slip_is_named_for_the_item_for_all_or_by_a_question():
    percent = {"sparsity": {70: "percent"}, "per_layer": {(0.1, 0.2): "over all"}}
    assert said(expect, {**REPORT, "sparsity": 70.0}, REPORT, slips=percent).endswith("percent.")
    wrong = {**REPORT, "per_layer": [0.1, 0.2]}
    assert said(expect, wrong, REPORT, slips=percent).endswith("over all.")
    assert said(expect, {**REPORT, "nonzero": 70}, REPORT, slips=percent).endswith("got 70.")
    assert said(expect, 9, 1, slips={lambda got: got > 5: "big"}).endswith("big.")
    assert said(expect, None, 1, slips={lambda got: got > 5: "big"}).endswith("missing?")
    assert said(expect, "9", 1, slips={lambda got: got > 5: "big"}).endswith("'9'.")
    assert said(expect, LONG + 1, LONG, slips=[(LONG + 1, "one more")]).endswith("one more.")


def test_what_a_slip_is_called_comes_before_the_reason_which_may_be_cut():
    message = said(expect, np.array([7, 2]), [5, 2], "They have length 5 and 2", SCORES)
    assert message == (
        "answer: wanted [5, 2], got [7, 2]. That is the sum of magnitudes. "
        "They have length 5 and 2."
    )


def keeping(change, *values):
    with unchanged(*values):
        change(*values)


def model():
    return DenseMLP(4, (3,), 2, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("change", "value", "message"),
    [
        (lambda w: w.put(0, 9), np.array([1.0, 2]), ": [1, 2] became [9, 2]."),
        (lambda w: w[1].put(0, 9), [np.ones(1), np.ones(1)], " in [1]: [1] became [9]."),
        (lambda w: w.put(31, 9), LONG.copy(), " in [6, 1]: 31 became 9."),
        (lambda w: w.put(0, np.nan), np.ones(1), ": [1] became [nan]."),
        (lambda d: d["weights"].put(0, 9), {"weights": np.ones(1)}, "['weights']: [1] became [9]."),
        (lambda m: m.layers[1]["bias"].put(0, 9), model(), " in layers[1]['bias']: [0, 0] became"),
        (lambda m: m.layers.pop(), model(), " in layers: "),
        (lambda values: values.append(3), [1, 2], ": [1, 2] became [1, 2, 3]."),
    ],
)
def test_a_changed_argument_is_named_with_what_became_of_it(change, value, message):
    whole = said(keeping, change, value)
    assert whole.startswith("answer changed what it was given")
    assert message in whole


@pytest.mark.parametrize(
    "value", [np.array([np.nan, -0.0]), [LONG], {"a": (1, "b")}, model(), np.random.default_rng(1)]
)
def test_what_was_only_read_or_drawn_from_is_unchanged(value):
    keeping(lambda value: value.random() if hasattr(value, "random") else value, value)


def test_a_call_that_changes_its_argument_is_told_what():
    assert untouched(np.add, np.ones(2), 1).tolist() == [2, 2]
    message = said(untouched, np.ndarray.fill, np.zeros(2), 7)
    assert message.startswith("answer changed what it was given: [0, 0] became [7, 7]")


def other_network(change):
    """A network that was equal to `DenseMLP(2, [3], 1, rng=0)` before this change."""
    network = DenseMLP(2, [3], 1, rng=0)
    change(network)
    return network


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (other_network(lambda m: m.layers.pop()), "answer: layers: wanted 2 items, got 1"),
        (
            other_network(lambda m: m.layers[1]["bias"].fill(2)),
            "answer: layers[1]['bias']: wanted [0], got [2]",
        ),
        (
            DenseMLP(2, [3], 1, "tanh", rng=0),
            "answer: wanted a network with activation 'relu', got 'tanh'",
        ),
        ((1, 2), "answer: wanted a network, got a tuple of 2 items"),
        (None, "answer returned None: is its `return` missing?"),
    ],
)
def test_a_network_is_compared_by_its_layers_and_its_activation(got, message):
    expect(DenseMLP(2, [3], 1, rng=0), DenseMLP(2, [3], 1, rng=0))
    assert said(expect, got, DenseMLP(2, [3], 1, rng=0)).startswith(message)


def test_a_failure_inside_is_told_before_a_change():
    def wrong_and_in_place(weight):
        weight *= 2
        expect(weight, [1])

    assert said(keeping, wrong_and_in_place, np.ones(1)) == "answer: wanted [1], got [2]."


def scores(weight, power=2):
    return (weight**power).sum(axis=0) ** (1 / power)


def test_a_hidden_check_compares_with_the_reference_and_names_the_case():
    cases = ((LONG,), (np.array([[3.0], [4.0]]), 2))
    same_as(scores, scores, *cases)
    wrong = {lambda weight, power: (weight**power).sum(axis=0): "Take the root."}
    message = said(same_as, lambda *args: scores(*args) ** 2, scores, cases[1], slips=wrong)
    assert message == (
        "answer: for weight = [[3], [4]], power = 2: wanted [5], got [25]. Take the root."
    )
    message = said(same_as, lambda weight: scores(weight.T), scores, *cases, slips=wrong)
    assert message.startswith("answer: for weight of shape (12, 5) and dtype float64: wanted an ar")
    assert said(same_as, lambda weight: None, scores, *cases).endswith("`return` missing?")
    assert "changed what it was given" in said(same_as, lambda w: w.sort(), scores, (-LONG,))


def test_a_refusal_is_asked_for():
    def strict(sparsity):
        if sparsity > 1:
            raise ValueError("above 1")

    refuses(ValueError, strict, 1.5)
    assert said(refuses, ValueError, strict, 0.5) == (
        "answer: ValueError is wanted for sparsity = 0.5, but it returned None."
    )
    assert said(refuses, TypeError, strict, 1.5) == (
        "answer: TypeError is wanted for sparsity = 1.5, got ValueError: above 1."
    )


def test_a_check_that_passes_prints_one_line_and_none_where_it_is_graded(monkeypatch, capsys):
    code = compile("passed()", "to_csr_check", "exec")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    exec(code, {"passed": passed})
    assert capsys.readouterr().out == ""
    monkeypatch.delenv("NBGRADER_EXECUTION")
    exec(code, {"passed": passed})
    assert capsys.readouterr().out == "to_csr: passed. Grading tries more cases than these.\n"


def test_outside_a_check_the_function_has_no_name():
    with pytest.raises(AssertionError, match=r"^the function: wanted 4, got 3\.$"):
        expect(3, 4)


CHECK = """#@title Check double
values = np.array([1.0, 2.0])
with unchanged(values):
    expect(double(values), [2, 4], "Twice 1 and 2", {(1, 4): "That is the square."})
passed()
"""
ANSWERS = {
    "return values * 2": "",
    "values * 2": "double returned None: is its `return` missing?",
    "return values**2": "double: wanted [2, 4], got [1, 4]. That is the square. Twice 1 and 2.",
    "return [2.0, 4.0]": (
        "double: wanted an array of shape (2,), got a list of 2 items. Twice 1 and 2."
    ),
    "values *= 2; return values": (
        "double changed what it was given: [1, 2] became [2, 4]. "
        "Compute new arrays, and leave the arguments as they are."
    ),
}
IMPORTS = "import numpy as np\nfrom tinytorch.checking import expect, passed, unchanged"


def answered(body):
    return f"def double(values):\n    {body}\n"


@pytest.fixture(scope="module")
def judges(course):
    cells = (
        Cell("imports", "given", IMPORTS, 0),
        Cell("double", "exercise", "", 0, functions=("double",)),
        Cell("double_check", "check", CHECK, 2),
    )
    plan = Plan("19_double", cells, str(course["18_pruning"].support))
    with Judges(plan, workers=1, isolation=TRUSTED) as judges:
        yield judges


@pytest.mark.parametrize(("body", "message"), ANSWERS.items())
def test_the_judge_says_the_same_of_a_function_in_another_process(judges, body, message):
    [verdict] = judges.judge([Work("ada", "", {"double": answered(body)})])
    assert verdict.failed == ({"double": message} if message else {})
    assert list(verdict.outputs) == (["double_check"] if message else [])  # and prints nothing


def test_a_notebook_says_the_same(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    sources = [IMPORTS, *(each for body in ANSWERS for each in (answered(body), CHECK))]
    book = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, sources)])
    NotebookClient(book, allow_errors=True, timeout=60, kernel_name="python3").execute()
    outputs = [cell.outputs for cell in book.cells[2::2]]
    assert [each.get("text") or each.evalue for [each] in outputs] == [
        message or "double: passed. Grading tries more cases than these.\n"
        for message in ANSWERS.values()
    ]
