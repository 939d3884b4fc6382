"""What is measured. Each suite returns rows of plain data for one process."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.clock import medians, take_turns
from benchmarks.peak import peak_over_weights
from benchmarks.peers import CLASSIC, network
from tinytorch import sparse
from tinytorch.formats import ENCODINGS, encode
from tinytorch.networks import DenseMLP
from tinytorch.pruning import MagnitudePruner, global_masks
from tinytorch.sparse import SparseMLP, prune_exact

Row = dict[str, Any]
SPARSITIES = (0.1, 0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.98)


def inputs(batch: int, features: int) -> np.ndarray:
    return np.random.default_rng(1).random((batch, features), dtype=np.float32)


def check(name: str, model: DenseMLP, x: np.ndarray, found: Any, tolerance: float = 1e-4) -> None:
    """Refuse to time a program whose logits are not those of the dense network."""
    logits = model.forward(x.astype(np.float64))
    error = np.abs(np.asarray(found) - logits).max() / np.abs(logits).max()
    if not error <= tolerance:
        raise SystemExit(
            f"benchmarks: {name} differs from dense by {error:.1e} of the largest logit"
        )


def speed(quick: bool) -> list[Row]:
    """Ours against every peer."""
    rows = []
    for sparsity in (0.9, 0.95):
        model = network(CLASSIC, sparsity)
        for batch in (1, 8, 32, 128, 1024):
            x = inputs(batch, CLASSIC[0])
            programs = _all_ways(model, x)
            rows.append(_row(programs, 5 if quick else 41, sparsity=sparsity, batch=batch))
    return rows


def _all_ways(model: DenseMLP, x: np.ndarray) -> dict[str, Any]:
    """Every peer and our two kernels, each checked."""
    programs: dict[str, Any] = {
        "numpy dense": partial(model.forward, x),
        "numpy dense float64": peers.numpy_float64(model, x),
        "torch dense": peers.torch_dense(model, x),
        "onnxruntime dense": peers.onnxruntime_dense(model, x),
        "scipy CSR": peers.scipy_csr(model, x),
        "torch CSR": peers.torch_csr(model, x),
    }
    for kernel in ("vector", "plain"):
        programs[kernel] = partial(SparseMLP.from_model(model, kernel).forward, x)
    for name, program in programs.items():
        check(name, model, x, program())
    return programs


def _row(programs: dict[str, Any], rounds: int, least_seconds: float = 2e-4, **what: Any) -> Row:
    return {**what, "seconds": medians(take_turns(programs, rounds, least_seconds))}


def sweep(quick: bool) -> list[Row]:
    """Ours against NumPy dense over sparsity and batch size: where does it begin to pay?"""
    rows = []
    for sparsity in SPARSITIES:
        model = network(CLASSIC, sparsity)
        small = SparseMLP.from_model(model)
        for batch in (1, 8, 32, 128):
            x = inputs(batch, CLASSIC[0])
            check("vector", model, x, small.forward(x))
            programs: dict[str, Any] = {
                "numpy dense": partial(model.forward, x),
                "vector": partial(small.forward, x),
            }
            rows.append(_row(programs, 5 if quick else 41, sparsity=sparsity, batch=batch))
    return rows


def others(quick: bool) -> list[Row]:
    """Other networks, removed neurons, and int8."""
    rows = []
    for name, sizes in (("LeNet-300-100", (784, 300, 100, 10)), ("one 4096x4096", (4096, 4096))):
        model, x = network(sizes, 0.9), inputs(32, sizes[0])
        programs = _all_ways(model, x)
        rows.append(_row(programs, 5 if quick else 31, network=name, batch=32, sparsity=0.9))
    model, x = network(CLASSIC, 0.9), inputs(32, CLASSIC[0])
    small, cut = SparseMLP.from_model(model), MagnitudePruner().prune_by_magnitude(model, 0.5, True)
    int8 = peers.onnxruntime_int8(model, x)
    check("onnxruntime int8", model, x, int8(), tolerance=0.1)
    programs = {
        "numpy dense": lambda: model.forward(x),
        "half the neurons, numpy dense": lambda: cut.forward(x),
        "onnxruntime int8": int8,
        "vector": lambda: small.forward(x),
    }
    rows.append(
        _row(programs, 5 if quick else 31, network="784-512-256-128-10", batch=32, sparsity=0.9)
    )
    return rows


def threads(quick: bool) -> list[Row]:
    """One thread against two; runs on all cores.

    `apart` is what two cores give where nothing is handed over: each computes its half of the batch
    again and again, and they wait for each other only once.
    """
    rows = []
    small = SparseMLP.from_model(network(CLASSIC, 0.9))
    for batch in (128, 256, 1024):
        x = inputs(batch, CLASSIC[0])
        programs = {
            "one thread": partial(small.forward, x),
            "two threads": partial(small.forward, x, threads=2),
            "apart": partial(_apart, small, x),
        }
        # turns of some milliseconds: a core that has gone to sleep takes long to wake up
        row = _row(programs, 5 if quick else 41, 5e-3, batch=batch, sparsity=0.9)
        row["seconds"]["apart"] /= APART
        rows.append(row)
    return rows


APART = 20  # forwards between two meetings


def _apart(small: SparseMLP, x: np.ndarray) -> None:
    def work(half: np.ndarray) -> None:
        for _ in range(APART):
            small.forward(half)

    first, second = np.array_split(x, 2)
    other = threading.Thread(target=work, args=[second])
    other.start()
    work(first)
    other.join()


def prune(quick: bool) -> list[Row]:
    """Exact global pruning: small against peers, large against a copy."""
    weights = network(CLASSIC, 0).weights()
    wanted = [np.where(k, w, 0) for k, w in zip(global_masks(weights, 0.9), weights, strict=True)]
    programs: dict[str, Any] = {
        "copy": lambda: [weight.copy() for weight in weights],
        "ours": lambda: prune_exact(weights, 0.9),
        "ours, NumPy alone": lambda: sparse._prune_in_one_pass(weights, 0.9, sparse._sweep),
        "torch global_unstructured": peers.torch_global_unstructured(weights, 0.9),
        "Python loop": peers.python_loop(weights, 0.9),
    }
    for name in list(programs)[1:]:
        for mine, right in zip(programs[name](), wanted, strict=True):
            if not np.array_equal(mine, right):
                raise SystemExit(f"benchmarks: {name} prunes other weights")
    n_weights = sum(each.size for each in weights)
    # turns of some milliseconds: the loop leaves nothing of the weights in any cache
    rows = [_row(programs, 3 if quick else 9, 5e-3, weights=n_weights)]
    side = 2000 if quick else 10_000
    large = [np.random.default_rng(0).standard_normal((side, side), dtype=np.float32)]
    programs = {
        "copy": lambda: [weight.copy() for weight in large],
        "ours": lambda: prune_exact(large, 0.9),
    }
    row = _row(programs, 3 if quick else 7, weights=side * side)
    row["peak_over_weights"] = peak_over_weights(side)
    return [*rows, row]


def storage(quick: bool) -> list[Row]:
    """Bytes by format and sparsity, in memory and on disk."""
    import tempfile
    from pathlib import Path

    rows = []
    for sparsity in (0.5, 0.8, 0.9, 0.95, 0.98):
        model = network(CLASSIC, sparsity)
        small = SparseMLP.from_model(model)
        dense = sum(layer[key].nbytes for layer in model.layers for key in layer)
        for encoding in ENCODINGS:
            arrays = [encode(layer, encoding) for layer in small.layers()]
            with tempfile.TemporaryDirectory() as folder:
                disk = small.save(Path(folder) / "model.npz", encoding)
            rows.append(
                {
                    "sparsity": sparsity,
                    "encoding": encoding,
                    "dense": dense,
                    "memory": sum(each.nbytes for layer in arrays for each in layer.values()),
                    "disk": disk,
                }
            )
        rows.append(
            {"sparsity": sparsity, "encoding": "SparseMLP", "dense": dense, "memory": small.nbytes}
        )
    return rows


def roof(quick: bool) -> list[Row]:
    """How fast one core can add up vectors from its caches, and how fast the kernel does.

    `fixed` is the network with nothing left but its rows: what a forward costs besides the weights.
    The batch is cut into tiles of 64 samples, whose inner loop is counted.
    """
    from benchmarks.assembly import inner_loop
    from benchmarks.roofs import read_bandwidth

    model, x = network(CLASSIC, 0.9), inputs(1024, CLASSIC[0])
    small, empty = (SparseMLP.from_model(each) for each in (model, network(CLASSIC, 1.0)))
    programs: dict[str, Any] = {"vector": lambda: small.forward(x)}
    programs["fixed"] = lambda: empty.forward(x)
    sizes = {"L1": 16 * 1024, "L2": 512 * 1024, "memory": 1 << 28}
    sums = {name: read_bandwidth(nbytes) for name, nbytes in sizes.items()}
    programs |= {name: program for name, (program, _) in sums.items()}
    seconds = medians(take_turns(programs, 5 if quick else 41))
    kept = sum(np.count_nonzero(each) for each in model.weights())
    read = {name: nbytes / seconds[name] for name, (_, nbytes) in sums.items()}
    read["vector"] = kept * len(x) * 4 / seconds["vector"]
    fixed = seconds["fixed"] / seconds["vector"]
    return [{"bytes_per_second": read, "fixed_share": fixed, "inner_loop": inner_loop(64)}]


SUITES = {
    "speed": speed,
    "sweep": sweep,
    "others": others,
    "prune": prune,
    "storage": storage,
    "roof": roof,
    "threads": threads,
}
