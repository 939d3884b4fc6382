"""The tables of README and lesson are those of the results, and noise is not called a gain."""

import json

import pytest
from conftest import ROOT

from benchmarks import facts, tables
from benchmarks.clock import medians, summarize, take_turns, verdict
from benchmarks.grading import tables as grading_tables


@pytest.mark.parametrize("name", tables.PLACES)
def test_the_tables_are_those_of_the_results(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    again = tables.filled(text, tables.PLACES[name], tables.summary())
    assert text == again, f"{name} differs from benchmarks/results; run `make bench`"


def test_the_facts_of_the_readme_are_those_of_the_results():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == tables.filled(text, "", facts.rows()), "README.md differs; run `make bench`"


def test_a_fact_without_its_results_is_left_out(tmp_path):
    assert not [row for row in facts.rows(tmp_path) if "as fast" in row or "a minute" in row]
    (tmp_path / "grading.json").write_text('{"submissions_per_minute": 123}')
    assert "| submissions graded a minute | 123 |" in facts.rows(tmp_path)


def test_the_grading_page_shows_the_results():
    text = grading_tables.PAGE.read_text(encoding="utf-8")
    again = tables.filled(text, "", grading_tables.summary())
    assert text == again, "docs/grading-speed.md differs; run `make bench-grading`"


def test_every_result_names_its_machine():
    for path in tables.RESULTS.glob("*.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        assert result["suite"] == path.stem
        assert result["machine"]["processor"] and result["machine"]["packages"]["numpy"]
        assert len(result["processes"]) >= 3


@pytest.mark.parametrize("ratios", [[0.9, 1.2, 1.3], [1, 2, 2], [0.5, 0.9, 1.0]])
def test_processes_that_disagree_state_no_gain(ratios):
    assert verdict(summarize(ratios)) == "no difference beyond the noise"


@pytest.mark.parametrize(
    ("ratios", "said"),
    [([2, 4, 3], "3.00x (2.00 to 4.00)"), ([0.5, 0.25, 0.9], "0.50x (0.25 to 0.90)")],
)
def test_processes_that_agree_state_the_median_and_its_spread(ratios, said):
    assert verdict(summarize(ratios)) == said


def test_it_pays_from_the_sparsity_above_which_no_process_is_slower():
    seconds = {0.5: (1, 2), 0.7: (3, 1), 0.8: (1, 1), 0.9: (2, 1), 0.95: (4, 1)}
    rows = [
        {"batch": 8, "sparsity": each, "seconds": {"numpy dense": dense, "vector": ours}}
        for each, (dense, ours) in seconds.items()
    ]
    assert tables.break_even({"processes": [rows, rows]}, 8) == 0.9


def test_programs_take_turns_and_each_is_timed():
    calls = []
    programs = {name: lambda name=name: calls.append(name) for name in "ab"}
    times = take_turns(programs, rounds=3, least_seconds=0)
    assert {name: len(each) for name, each in times.items()} == {"a": 3, "b": 3}
    assert calls.count("a") == calls.count("b") == 2 + 3
    assert all(seconds >= 0 for seconds in medians(times).values())
