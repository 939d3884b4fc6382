"""MagnitudePruner, the clock and the analyses: the numbers are measured, not stated."""

import re
import subprocess
import sys

import numpy as np
import pytest

from tinytorch import pruning
from tinytorch.pruning import (
    DenseMLP,
    MagnitudePruner,
    analyze_pruning_accuracy_tradeoffs,
    analyze_pruning_vs_quantization,
    explore_production_pruning,
    time_ratio,
)
from tinytorch.sparse import SparseMLP


@pytest.fixture(scope="module")
def model():
    return DenseMLP(64, (48, 32), 10, rng=0)


def test_the_distribution_is_that_of_the_weights_without_biases(model):
    found = MagnitudePruner().analyze_weight_distribution(model)
    everything = np.concatenate([weight.ravel() for weight in model.weights()])
    np.testing.assert_array_equal(found["all_weights"], everything)
    stats = found["global_stats"]
    assert stats["total_weights"] == everything.size
    assert stats["median_abs"] == pytest.approx(np.median(np.abs(everything)))
    assert stats["percentiles"]["90th"] == pytest.approx(np.quantile(np.abs(everything), 0.9))
    assert [layer["shape"] for layer in found["layer_stats"]] == [(64, 48), (48, 32), (32, 10)]


def test_masked_weights_save_bytes_and_the_bytes_are_counted_whole(model):
    pruner = MagnitudePruner()
    pruned = pruner.prune_by_magnitude(model, 0.9)
    gain = pruner.measure_inference_speedup(model, pruned, np.ones((16, 64), np.float32))
    total = sum(weight.size for weight in model.weights())
    left = total - round(0.9 * total)
    dense = 4 * (total + 48 + 32 + 10)
    assert gain["memory_reduction"] == dense / SparseMLP.from_model(pruned).nbytes
    assert gain["memory_reduction"] < total / left, "indices and biases take bytes too"
    assert gain["sparsity"] == pytest.approx(1 - left / total)
    assert (gain["dense_params"], gain["sparse_params"]) == (total + 90, left + 90)


def test_the_speed_up_is_what_the_clock_said(model, monkeypatch):
    """The two times differ as the clock says, whichever network is the faster one here."""
    ticks = iter(np.cumsum([0, 3, 1, 1] * 40))  # baseline takes 3, candidate 1
    monkeypatch.setattr(
        pruning,
        "time_ratio",
        lambda one, other: time_ratio(one, other, clock=lambda: float(next(ticks))),
    )
    pruner = MagnitudePruner()
    pruned = pruner.prune_by_magnitude(model, 0.5, structured=True)
    gain = pruner.measure_inference_speedup(model, pruned, np.ones((4, 64), np.float32))
    assert gain["speedup"] == 3
    assert (gain["dense_time_ms"], gain["sparse_time_ms"]) == (3000, 1000)


def test_the_clock_is_read_around_each_call_alone():
    now = [0.0]

    def takes(seconds):
        def program():
            now[0] += seconds

        return program

    timing = time_ratio(takes(3), takes(2), repeats=5, clock=lambda: now[0])
    assert timing == {"ratio": 1.5, "baseline_s": 3, "candidate_s": 2, "spread": (1.5, 1.5)}


def test_pruning_changes_no_model_and_no_bias(model):
    pruned = MagnitudePruner().prune_by_magnitude(model, 0.9)
    for layer, other, fresh in zip(
        model.layers, pruned.layers, DenseMLP(64, (48, 32), 10, rng=0).layers, strict=True
    ):
        np.testing.assert_array_equal(layer["weights"], fresh["weights"])
        np.testing.assert_array_equal(other["bias"], fresh["bias"])


def test_sparsity_costs_accuracy_and_magnitude_beats_chance():
    rows = analyze_pruning_accuracy_tradeoffs(sparsities=(0.5, 0.8, 0.98), seeds=(0, 1))
    assert [row["sparsity"] for row in rows] == [0.5, 0.8, 0.98]
    accuracies = [row["accuracy"] for row in rows]
    assert accuracies == sorted(accuracies, reverse=True)
    assert rows[0]["accuracy"] > 0.95, "the networks are trained"
    assert all(row["accuracy"] > row["random_accuracy"] + 0.2 for row in rows[:2])
    assert rows[0]["params_left"] == 57_984 // 2 + 458
    assert rows[2]["memory_mb"] < rows[1]["memory_mb"] < rows[0]["memory_mb"]


def test_at_equal_bytes_int8_keeps_more_accuracy_as_the_lesson_says():
    dense, int8, pruned = analyze_pruning_vs_quantization(seeds=(0, 1))
    assert pruned["bytes"] <= int8["bytes"] < dense["bytes"] / 3
    assert dense["compression"] == 1
    assert int8["accuracy"] > pruned["accuracy"] + 0.01


def test_every_fact_about_production_names_its_source():
    rows = explore_production_pruning()
    assert len(rows) >= 8
    named = re.compile(r"arXiv:\d{4}\.\d{5}|github\.com/\S+|guide|documentation")
    for row in rows:
        assert set(row) == {"system", "finding", "source"}
        assert named.search(row["source"])


def test_importing_the_package_prints_nothing_and_loads_no_plotting():
    code = "import sys, tinytorch.pruning; assert 'matplotlib' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
