# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Make zeros pay
#
# > From a sparse format to a kernel near the limit of the machine, each step measured.
#
# Nothing is graded here and there is nothing to write: read, run the cells, and see what each step
# gains on your machine. The results of ours, against other libraries, stand at the end.
#
# The third lab left a question. Stored as CSR, a network with nine of ten weights gone takes a fifth of the
# memory; but its product, written in NumPy, makes some calls for each row. Multiplying a tenth of the
# numbers should take a tenth of the time. Where does it go?
#
# `SparseMLP`, made here, is a pruned network that is small and fast:
#
# ```
# small = SparseMLP.from_model(pruned)        # any network with .layers and .activation
# small.forward(x)                            # the logits that the dense network computes
# small.save("digits.npz"); SparseMLP.load("digits.npz")
# small.nbytes, small.kernel
# ```

# %%
#| default_exp sparse

# %% given sparse_imports
#| export
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from queue import SimpleQueue
from types import ModuleType
from typing import Any

import numpy as np

from tinytorch.arguments import check_count, check_fraction, check_weights
from tinytorch.formats import SparseLayer, read_network, sparse_layer, write_network

# %%
import matplotlib.pyplot as plt

# %% [markdown]
# ## Step 0: why zeros in a dense product gain nothing
#
# A processor multiplies 8 pairs of floats (AVX2) or 16 (AVX-512) in one instruction, and a dense product
# keeps it that busy: it reads in order, knows where everything is, and never asks "is this a zero?". So a
# zero costs what any number costs:


# %%
def milliseconds(*programs, repeats=9):
    """The median time of each program, taking turns."""
    times = [[] for _ in programs]
    for _ in range(repeats):
        for program, mine in zip(programs, times, strict=True):
            start = time.perf_counter()
            program()
            mine.append(1e3 * (time.perf_counter() - start))
    return [max(float(np.median(mine)), 1e-6) for mine in times]  # a coarse clock may say 0


rng = np.random.default_rng(0)
dense_weight = rng.normal(size=(784, 512)).astype(np.float32)
pruned_weight = np.where(
    np.abs(dense_weight) > np.quantile(np.abs(dense_weight), 0.9), dense_weight, 0
)
x = rng.normal(size=(32, 784)).astype(np.float32)
full, zeros = milliseconds(lambda: x @ dense_weight, lambda: x @ pruned_weight)
print(f"dense {full:.3f} ms, the same with 90 % zeros {zeros:.3f} ms")

# %% [markdown]
# To gain, the loop has to run over the kept weights alone. Then each product needs to be told where it
# belongs, one weight at a time, and all that made the dense product fast has to be won back.
#
# ## Step 1: the batch as the vector axis
#
# One kept weight, at row i and column j, multiplies feature i of *every* sample and adds to output j of
# every sample. With the samples side by side, feature by feature, these are 32 neighbours in memory:
# one index for 32 products, and vector instructions again. That is what the kernels here do: a
# **tile** of samples is packed feature by feature, each layer makes the next tile from it, and the
# logits are unpacked at the end.
#
# ## Step 2: totals in registers
#
# Weights are sorted by the output they add to. A row's 32 totals then stay in registers from its first
# weight to its last. The plain kernel (`kernel="plain"`, in `18_compiled_kernels`) leaves this to the
# compiler and takes four weights at a time; the vector kernel (`kernel="vector"`) says it, with a number
# type of its own that is a register. Tiles start at a multiple of 64 bytes, so that a load touches one
# cache line and not two.
#
# ## Step 3: tiles that fit the first cache
#
# A core reads faster from its first cache (L1) than from the second (L2); how much faster, `benchmarks/`
# measures. The first holds a few tens of KiB, and a tile of 784 features and
# 32 samples is 784 * 32 * 4 bytes, or 98 KiB. So a layer's inputs
# are cut into **blocks** of at most 256 features, and its weights are stored block by block: all rows
# on the first block, then all rows on the second. It costs reading and writing each row's totals once
# a block, and gains a weight's index: within a block one byte is enough, whatever the layer's width.
#
# ## Step 4: rows of equal length together
#
# After a row's last weight the processor has to guess that the loop ends here. Rows of all lengths
# make it guess wrong, and a wrong guess throws away what was begun on it. Within a block, rows are
# therefore sorted by their number of weights and stored as **runs**: so many rows of so many weights. The
# guess is right for all but the first of a run. And the lengths of rows need not be stored any more.
#
# The layout, then:

# %% given packed_network
#| export
BLOCK = 256  # features of a block: an index takes one byte
ALIGNMENT = 64  # bytes: a cache line, and the widest register
KERNELS = ("vector", "plain", "numpy")


def pack_layers(layers: Sequence[SparseLayer]) -> tuple[np.ndarray, ...]:
    """Lay a network out for the compiled kernels.

    Returns:
        layers: (n_layers, 8) int64: inputs, outputs, first run, last run + 1, first row, first weight,
            first bias, first feature of the last block;
        runs: (n_runs, 3): first feature of the block, weights of a row, rows;
        rows: (n_rows,): the output of a row; like `runs` uint16, or uint32 if a layer has more than
            65,535 inputs or outputs;
        index: (nonzero,) uint8: the feature of a weight, counted from its block's first;
        values: (nonzero,) float32; bias: (outputs of all layers,) float32.
    """
    packed = [_pack_layer(layer) for layer in layers]
    last_blocks = [(layer.shape[0] - 1) // _block(layer) * _block(layer) for layer in layers]
    ends = np.cumsum([[len(part) for part in parts] for parts in packed], axis=0)
    starts = np.vstack([np.zeros((1, 4), np.int64), ends])
    biases = np.cumsum([0] + [layer.bias.size for layer in layers])
    table = [
        (*layer.shape, starts[i, 0], starts[i + 1, 0], *starts[i, 1:3], biases[i], last_blocks[i])
        for i, layer in enumerate(layers)
    ]
    runs, rows, index, values = (np.concatenate([parts[i] for parts in packed]) for i in range(4))
    widest = max(max(layer.shape) for layer in layers)
    kind = np.uint16 if widest <= 65_535 else np.uint32
    bias = np.concatenate([layer.bias for layer in layers])
    return np.array(table, np.int64), runs.astype(kind), rows.astype(kind), index, values, bias


def _block(layer: SparseLayer) -> int:
    """How many features a block of this layer has: about the same for all, at most `BLOCK`.

    Half as many where few weights are gone: a block of 64 samples then stays in the first cache, and
    with so many weights a row it matters little that there are more rows.
    """
    n_in, n_out = layer.shape
    most = BLOCK // 2 if layer.values.size > n_in * n_out / 2 else BLOCK
    return -(-n_in // -(-n_in // most))


def _pack_layer(layer: SparseLayer) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The runs, rows, index and values of one layer; see `pack_layers`."""
    (n_in, n_out), size = layer.shape, _block(layer)
    feature, output = layer.positions // n_out, layer.positions % n_out
    row_of = feature // size * n_out + output  # rows are numbered by block and output
    lengths = np.bincount(row_of, minlength=-(-n_in // size) * n_out)
    block, outputs = np.divmod(np.arange(lengths.size), n_out)
    needed = (lengths > 0) | (block == 0) | (block == block[-1])  # for the bias and the activation
    order = np.lexsort((outputs, lengths, block))
    order = order[needed[order]]
    place = np.zeros(lengths.size, np.int64)
    place[order] = np.arange(order.size)
    entries = np.argsort(place[row_of], kind="stable")
    kinds = np.stack([block[order] * size, lengths[order]], axis=1)
    runs, counts = _count_runs(kinds)
    runs = np.column_stack([runs, counts])
    return runs, outputs[order], (feature % size).astype(np.uint8)[entries], layer.values[entries]


def _count_runs(kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours (n, k) that are equal: what they are, and how many."""
    new = np.ones(len(kinds), bool)
    new[1:] = (kinds[1:] != kinds[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    return kinds[starts], np.diff(starts, append=len(kinds))


# %% [markdown]
# ## Tiles
#
# A wider tile gets more products out of each index. A batch is cut into tiles of 64 samples, and what
# is left goes into the narrowest that holds it; a single sample needs no tile at all.

# %% given tiles
#| export
WIDTHS = (8, 16, 32, 64)


def tile_widths(batch: int) -> Iterator[tuple[int, int, int]]:
    """Cut a batch into tiles: (first sample, last + 1, width), widths being `WIDTHS`, or 1."""
    start = 0
    while start < batch:
        left = batch - start
        if left >= 48:
            width = 64
            stop = start + max(left // width * width, min(left, width))
        elif left == 1:
            width, stop = 1, batch
        else:
            width = next((each for each in WIDTHS[:3] if each >= left), 32)
            stop = min(start + width, batch)
        yield start, stop, width
        start = stop


_scratch = threading.local()


def _tiles(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two float32 tiles of at least `size` numbers, aligned; each thread has its own."""
    tiles = getattr(_scratch, "tiles", None)
    if tiles is None or tiles[0].size < size:
        tiles = _scratch.tiles = (_aligned(size), _aligned(size))
    return tiles


def _aligned(size: int) -> np.ndarray:
    memory = np.zeros(4 * size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + 4 * size].view(np.float32)


# %% [markdown]
# ## Kernels
#
# Compiled by numba, if it is installed. The first use compiles for some seconds and says so; the result
# is kept on disk, and later runs load it. Without numba, NumPy alone does the work: it fills in one
# layer's zeros and lets the dense product run. That saves memory and no time, which is what NumPy
# can do.

# %% given kernels
#| export


@cache
def _compiled() -> ModuleType | None:
    """The compiled kernels, or None where numba is not installed."""
    try:
        return import_module("tinytorch.compiled")
    except ImportError:
        return None


def _compiled_now() -> ModuleType:
    compiled = _compiled()
    assert compiled is not None, "kernels other than numpy are chosen only where numba is"
    return compiled


_kernels: dict[tuple[str, int], Callable[..., None]] = {}


def _kernel(kind: str, width: int) -> Callable[..., None]:
    """The kernel for tiles of `width` samples; its first call says so if it compiles."""
    ready = _kernels.get((kind, width))
    return ready if ready else _first_call(kind, width)


def _first_call(kind: str, width: int) -> Callable[..., None]:
    compiled = _compiled_now()
    if width == 1:
        kernel = compiled.single
    elif kind == "vector":
        kernel = compiled.make_vector_kernel(width)
    else:
        kernel = compiled.make_plain_kernel(width)

    def call(*arguments: np.ndarray) -> None:
        notice = threading.Timer(0.5, print, ["tinytorch.sparse: compiling a kernel, once ..."])
        notice.daemon = True
        notice.start()
        try:
            kernel(*arguments)
        finally:
            notice.cancel()
        _kernels[kind, width] = kernel

    return call


# %% [markdown]
# ## More than one core
#
# Samples do not wait for one another, so cores can share a batch: `forward(x, threads=2)`. Each takes the
# next tile that is left, and the one who called waits for the last. What eats the gain is the hand-over. A
# thread that sleeps is woken by the operating system, and that takes about as long as a tile. So one
# that has helped looks out for the next call, for a moment, before it goes to sleep; OpenMP's threads do the
# same. On a machine whose cores are busy with other things, a second thread is no gain: it has to
# wait for its turn, and the first for it.


# %% given helpers
#| export
LOOKS = 400_000  # how often to look before going to sleep: some tenths of a millisecond
_NO_BELL = np.zeros(1, np.int64)


class _Helpers:
    """Threads that help with a batch: each runs the kernel too, and takes tiles that are left.

    One that has helped looks out for the next call before it sleeps. Each kernel counts up the
    bell as it begins, and not before: by then its thread needs Python's lock no more, so the helper
    need not wait for that.
    """

    def __init__(self) -> None:
        self.bell = np.zeros(1, np.int64)
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def share(
        self, run: Callable[[np.ndarray, np.ndarray], None], n_tiles: int, threads: int
    ) -> None:
        """Have `run(bell, tiles)` called here and by helpers, until all tiles are done."""
        tiles, compiled = np.zeros(2, np.int64), _compiled_now()
        job = partial(run, self.bell, tiles)
        n_helpers = min(threads, n_tiles) - 1
        while len(self._threads) < n_helpers:
            thread = threading.Thread(target=self._help, name="tinytorch", daemon=True)
            self._threads.append(thread)
            thread.start()
        for _ in range(n_helpers):
            self._jobs.put(job)
        job()
        while not compiled.reaches(tiles, compiled.DONE, n_tiles, LOOKS):
            time.sleep(0)

    def _help(self) -> None:
        while True:
            heard = int(self.bell[0])
            if self._jobs.empty():
                _compiled_now().reaches(self.bell, 0, heard + 1, LOOKS)
            self._jobs.get()()


@cache
def _helpers(process: int) -> _Helpers:
    """The helpers of a process: a forked one starts its own."""
    return _Helpers()


# %% [markdown]
# ## A network in memory


# %% given compiled_network
#| export
class _CompiledNetwork:
    """A packed network and what runs it."""

    def __init__(self, layers: Sequence[SparseLayer], activation: str, kind: str) -> None:
        self.arrays = pack_layers(layers)
        self.kind = kind
        self._widest = max(max(layer.shape) for layer in layers)
        self._in_one_call = activation == "relu" or len(layers) == 1

    def run(self, x: np.ndarray, logits: np.ndarray, threads: int) -> None:
        """Compute the logits of `x` (batch, n), C-ordered float32, into `logits`."""
        layers = self.arrays[0]
        for start, stop, width in tile_widths(len(x)):
            if self._in_one_call:
                self._call(width, x[start:stop], logits[start:stop], layers, threads)
            else:
                self._run_by_layer(width, x[start:stop], logits[start:stop], threads)

    def _run_by_layer(self, width: int, x: np.ndarray, logits: np.ndarray, threads: int) -> None:
        """For tanh, of which NumPy's own is vectorised: a call for each layer."""
        layers = self.arrays[0]
        for i in range(len(layers)):
            last = i == len(layers) - 1
            out = logits if last else np.empty((len(x), layers[i, 1]), np.float32)
            self._call(width, x, out, layers[i : i + 1], threads)
            x = out if last else np.tanh(out, out=out)

    def _call(
        self, width: int, x: np.ndarray, out: np.ndarray, layers: np.ndarray, threads: int
    ) -> None:
        """Run the kernel for tiles of `width` samples; with more than one thread, share the tiles."""
        kernel, n_tiles = _kernel(self.kind, width), -(-len(x) // width)
        if width == 1:
            kernel(x, out, layers, *self.arrays[1:], *_tiles(self._widest))
            return

        def run(bell: np.ndarray, tiles: np.ndarray) -> None:
            scratch = _tiles(self._widest * width)
            kernel(x, out, bell, tiles, layers, *self.arrays[1:], *scratch)

        if threads == 1 or n_tiles == 1 or (self.kind, width) not in _kernels:
            run(_NO_BELL, np.zeros(2, np.int64))  # alone, also where it compiles first
        else:
            _helpers(os.getpid()).share(run, n_tiles, threads)


def _run_numpy(layers: Sequence[SparseLayer], activation: str, x: np.ndarray) -> np.ndarray:
    """Compute the logits of `x`, one layer's zeros filled in at a time."""
    *hidden, last = layers
    for layer in hidden:
        z = x @ layer.dense() + layer.bias
        x = np.tanh(z) if activation == "tanh" else np.maximum(z, 0)
    return x @ last.dense() + last.bias


# %% [markdown]
# ## SparseMLP


# %% given sparse_mlp
#| export
class SparseMLP:
    """A pruned network that is stored and run without its zeros. It does not change.

    Attributes:
        shapes: (in_features, out_features) of each layer.
        activation: "relu" or "tanh", after every layer but the last.
        kernel: "vector", "plain" or "numpy"; see `from_model`.
        nbytes: bytes of all arrays it holds, indices and biases included.
    """

    def __init__(
        self, layers: Sequence[SparseLayer], activation: str, kernel: str = "auto"
    ) -> None:
        if activation not in ("relu", "tanh"):
            raise ValueError(f"SparseMLP: activation must be 'relu' or 'tanh', got {activation!r}")
        if not layers:
            raise ValueError("SparseMLP: a network needs at least one layer, got none")
        for number, (one, other) in enumerate(itertools.pairwise(layers)):
            if one.shape[1] != other.shape[0]:
                raise ValueError(
                    f"SparseMLP: layer {number + 1} must take {one.shape[1]} inputs, "
                    f"got shape {other.shape}"
                )
        self.activation = activation
        self.shapes = tuple(layer.shape for layer in layers)
        self.kernel = _choose(kernel)
        if self.kernel == "numpy":
            self._layers = tuple(_with_small_positions(layer) for layer in layers)
            arrays = [
                each for one in self._layers for each in (one.positions, one.values, one.bias)
            ]
        else:
            self._network = _CompiledNetwork(layers, activation, self.kernel)
            arrays = list(self._network.arrays)
        for array in arrays:
            array.flags.writeable = False
        self.nbytes = sum(array.nbytes for array in arrays)

    @classmethod
    def from_model(cls, model: Any, kernel: str = "auto") -> "SparseMLP":
        """Take the nonzero weights of a network.

        Args:
            model: has `.activation` and `.layers`, a list of dicts with "weights" (in_features,
                out_features) and "bias" (out_features,), floating. Copied, in float32.
            kernel: "vector" (compiled, in registers), "plain" (compiled, to read), "numpy" (needs
                nothing), or "auto": vector where numba is installed, else numpy.

        Raises:
            ValueError: no layers, shapes that do not fit, weights that are not finite in float32, an
                unknown activation or kernel, or a compiled kernel without numba.
        """
        layers = [sparse_layer(layer["weights"], layer["bias"]) for layer in model.layers]
        return cls(layers, model.activation, kernel)

    def forward(self, x: np.ndarray, threads: int = 1) -> np.ndarray:
        """Compute the logits.

        Args:
            x: (batch, in_features), numbers of any type and memory layout; computed in float32.
                Not modified.
            threads: how many threads share the batch (compiled kernels only).

        Returns:
            (batch, out_features) float32.

        Raises:
            ValueError: `x` is not 2-D or not as wide as the first layer, or `threads` below 1.
        """
        if threads != 1:
            check_count("SparseMLP", "threads", threads)
        x = np.asarray(x, np.float32)
        if not x.flags.carray:
            x = x.copy()  # in C order and writeable: one type for the compiler
        n_in, n_out = self.shapes[0][0], self.shapes[-1][1]
        if x.ndim != 2 or x.shape[1] != n_in:
            raise ValueError(f"SparseMLP: x must be (batch, {n_in}), got shape {x.shape}")
        if self.kernel == "numpy":
            return _run_numpy(self._layers, self.activation, x)
        logits = np.empty((len(x), n_out), np.float32)
        self._network.run(x, logits, threads)
        return logits

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the most likely class of each sample, (batch,) int."""
        return np.argmax(self.forward(x), axis=1)

    def layers(self) -> list[SparseLayer]:
        """Return the layers as places and values."""
        if self.kernel == "numpy":
            return [
                replace(layer, positions=layer.positions.astype(np.int64)) for layer in self._layers
            ]
        return unpack_layers(*self._network.arrays)

    def save(self, path: str | os.PathLike[str], encoding: str = "gaps") -> int:
        """Write the network to a file (.npz without pickle); return the file's bytes.

        Args:
            path: the file, written as it is named.
            encoding: one of `tinytorch.formats.ENCODINGS`. All but those with "+int8" keep every bit.
        """
        return write_network(path, self.layers(), self.activation, encoding)

    @classmethod
    def load(cls, path: str | os.PathLike[str], kernel: str = "auto") -> "SparseMLP":
        """Read a network that `save` wrote.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no such file, or was cut or altered.
        """
        return cls(*read_network(path), kernel)


def _with_small_positions(layer: SparseLayer) -> SparseLayer:
    """The layer with int32 positions where they fit: half the bytes."""
    small = layer.shape[0] * layer.shape[1] <= 2**31
    return replace(layer, positions=layer.positions.astype(np.int32 if small else np.int64))


def _choose(kernel: str) -> str:
    if kernel not in (*KERNELS, "auto"):
        raise ValueError(f"SparseMLP: kernel must be 'auto' or one of {KERNELS}, got {kernel!r}")
    if kernel == "auto":
        return "vector" if _compiled() else "numpy"
    if kernel != "numpy" and not _compiled():
        raise ValueError(
            f"SparseMLP: kernel {kernel!r} needs numba, which is not installed; "
            "run: python -m pip install -c constraints.txt numba"
        )
    return kernel


def unpack_layers(
    layers: np.ndarray,
    runs: np.ndarray,
    rows: np.ndarray,
    index: np.ndarray,
    values: np.ndarray,
    bias: np.ndarray,
) -> list[SparseLayer]:
    """Undo `pack_layers`."""
    found = []
    for n_in, n_out, run, last_run, row, weight, first_bias, _ in layers.tolist():
        first, length, count = runs[run:last_run].astype(np.int64).T
        lengths = np.repeat(length, count)
        here = slice(weight, weight + int(lengths.sum()))
        outputs = np.repeat(rows[row : row + lengths.size].astype(np.int64), lengths)
        features = np.repeat(np.repeat(first, count), lengths) + index[here]
        positions = features * n_out + outputs
        order = np.argsort(positions)
        own_bias = bias[first_bias : first_bias + n_out]
        found.append(SparseLayer((n_in, n_out), positions[order], values[here][order], own_bias))
    return found


# %% [markdown]
# Try it on a network of random weights, 90 % of them gone. (Pruning does not care what the weights mean,
# and neither does time.)


# %%
class RandomNetwork:
    """A network with the shape of the classic example, to time things on."""

    activation = "relu"

    def __init__(self, sparsity, sizes=(784, 512, 256, 128, 10)):
        self.layers = []
        for n_in, n_out in itertools.pairwise(sizes):
            weights = rng.normal(scale=n_in**-0.5, size=(n_in, n_out)).astype(np.float32)
            weights[np.abs(weights) < np.quantile(np.abs(weights), sparsity)] = 0
            self.layers.append({"weights": weights, "bias": np.zeros(n_out, np.float32)})

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = np.maximum(x @ layer["weights"] + layer["bias"], 0)
        return x @ self.layers[-1]["weights"] + self.layers[-1]["bias"]


model = RandomNetwork(0.9)
versions = {
    kernel: SparseMLP.from_model(model, kernel)
    for kernel in (KERNELS if SparseMLP.from_model(model).kernel == "vector" else ("numpy",))
}
for version in versions.values():
    np.testing.assert_allclose(version.forward(x), model.forward(x), rtol=1e-3, atol=1e-4)
programs = [lambda: model.forward(x)] + [lambda m=each: m.forward(x) for each in versions.values()]
reference, *times = milliseconds(*programs, repeats=51)
print(f"{'dense':8} {reference:.3f} ms")
for (name, version), taken in zip(versions.items(), times, strict=True):
    print(f"{name:8} {taken:.3f} ms   {reference / taken:5.2f}x   {version.nbytes:,} bytes")

# %% [markdown]
# ## Where it ends
#
# For each kept weight the vector kernel reads its value, its index, and the tile: 128 bytes for 32
# samples. No arithmetic is waited for; it is the reading that fills the time. `benchmarks/` measures what
# a core can read from L1 and from L2 on the machine at hand, the *roofs*, and how near the kernel comes.
#
# For one sample a weight is one product, and finding its input takes longer than multiplying by it. So
# the gain there is smaller, and pruning has to go further before it pays. What did it gain?


# %%
def draw_speed_up(sparsities=(0.25, 0.5, 0.75, 0.9, 0.95, 0.98), batches=(1, 8, 32, 256)):
    """Draw how many times faster than dense a network is, over sparsity, by batch size."""
    figure, axis = plt.subplots(figsize=(8, 4.2))
    gains = []
    for batch, line in zip(batches, (":", "-.", "--", "-"), strict=True):
        samples = rng.normal(size=(batch, 784)).astype(np.float32)
        ratios = []
        for sparsity in sparsities:
            dense = RandomNetwork(sparsity)
            sparse = SparseMLP.from_model(dense)
            sparse.forward(samples)
            slow, fast = milliseconds(
                lambda m=dense, s=samples: m.forward(s), lambda m=sparse, s=samples: m.forward(s)
            )
            ratios.append(slow / fast)
        gains.append(f"{ratios[-1]:.1f} at batch {batch}")
        axis.plot(sparsities, ratios, f"k{line}", marker="o", markersize=3, label=f"batch {batch}")
    axis.axhline(1, color="0.7", linewidth=1, zorder=0)
    axis.text(sparsities[0], 1.1, "as fast as dense", fontsize=8, color="0.45")
    axis.set(xlabel="sparsity", ylabel="times as fast as dense", yscale="log")
    axis.set_title(f"Times as fast with {100 * sparsities[-1]:.0f} % zeros: {', '.join(gains)}")
    axis.legend(frameon=False)
    figure.tight_layout()


draw_speed_up()

# %% [markdown]
# ## What we measured
#
# The same, on a machine of ours, against other libraries. `make bench` makes this table.
#
# <!-- begin of benchmarks/results -->
# | sparsity, batch | numpy dense | numpy dense float64 | torch dense | onnxruntime dense | scipy CSR | torch CSR | plain |
# |---|---|---|---|---|---|---|---|
# | 90 %, 1 | 4.0 | 11.8 | 12.8 | 3.8 | 3.3 | 7.8 | within noise |
# | 90 %, 8 | 10.1 | 15.8 | 12.5 | 5.2 | 6.9 | 6.6 | 2.9 |
# | 90 %, 32 | 8.3 | 14.4 | 10.2 | 5.9 | 5.0 | 5.3 | 2.7 |
# | 90 %, 128 | 5.7 | 10.9 | 6.4 | 4.7 | 3.6 | 3.9 | 1.5 |
# | 90 %, 1024 | 6.2 | 12.7 | 6.6 | 5.5 | 3.9 | 5.9 | 1.7 |
# | 95 %, 1 | 5.3 | 14.9 | 18.8 | 5.7 | 3.0 | 8.4 | within noise |
# | 95 %, 8 | 13.9 | 24.6 | 18.6 | 7.8 | 6.0 | 8.8 | 2.7 |
# | 95 %, 32 | 12.4 | 22.3 | 15.7 | 9.7 | 5.5 | 6.5 | 2.9 |
# | 95 %, 128 | 7.9 | 15.3 | 8.9 | 6.6 | 3.3 | 4.0 | 1.4 |
# | 95 %, 1024 | 9.2 | 19.3 | 10.0 | 8.0 | 3.5 | 5.0 | 1.6 |
# | LeNet-300-100, 90 %, 32 | 7.9 | 14.1 | 10.5 | 6.3 | 6.0 | 7.0 | 2.7 |
# | one 4096x4096, 90 %, 32 | 7.5 | 12.7 | 8.2 | 5.4 | 4.9 | 3.3 | 2.1 |
#
# Times as fast: the peer's time over ours (the vector kernel), for a network 784-512-256-128-10
# (but for the last rows) in float32
# with every layer pruned alike; one thread on one core of AMD EPYC (openblas SkylakeX),
# median of 5 processes, taking turns.
# The plain kernel at 90 %, batch 32: 2.98x (2.87 to 3.35) as fast as NumPy's dense product,
# 1.90x (1.69 to 2.42) as fast as SciPy's CSR.
# The vector kernel is faster than NumPy's dense product from a sparsity of
# 75 % (batch 1), 50 % (batch 8), 10 % (batch 32), 25 % (batch 128).
#
# Exact pruning of 0.567 million weights: 129.61x (124.87 to 137.04) as fast as PyTorch's
# `global_unstructured` (47.74x (46.01 to 54.13) with NumPy alone)
# and 2876.15x (2531.92 to 3207.47) as fast as a Python loop over sorted records;
# of 100 million: 1.20 times the time of a copy.
#
# What bounds it: at 90 % and batch 1024 the kernel reads its inputs at 109 GB/s.
# A loop that only reads gets 95 from the second cache and 187 from the first.
# Of its time 29 % goes to what is there without any weight: packing samples,
# starting rows, unpacking logits.
# In the assembly (numba's `inspect_asm`) the inner loop has for each weight and 64 samples
# 8.5 instructions: 4 multiply-adds that
# read inputs, and 2 reads of index and value, which no roof counts.
#
# Two threads over one, and over it two that work apart, with nothing to hand over: what
# the two cores give.
# batch 128 no difference beyond the noise, apart no difference beyond the noise;
# batch 256 1.68x (1.43 to 1.72), apart 1.64x (1.42 to 1.74);
# batch 1024 1.89x (1.81 to 1.96), apart 1.93x (1.91 to 1.97).
# Pruning 100 million took 2.02 times their memory.
#
# How much smaller a network is than dense, by format:
#
# | memory / disk | 50 % | 80 % | 90 % | 95 % | 98 % |
# |---|---|---|---|---|---|
# | dense | 1.0 / 1.7 | 1.0 / 3.1 | 1.0 / 5.1 | 1.0 / 8.5 | 1.0 / 17.3 |
# | csr32 | 1.0 / 2.1 | 2.5 / 4.8 | 4.9 / 9.2 | 9.6 / 17.4 | 22.5 / 39.3 |
# | csr16 | 1.3 / 2.1 | 3.3 / 4.8 | 6.5 / 9.2 | 12.6 / 17.4 | 29.0 / 39.3 |
# | gaps | 1.6 / 2.3 | 4.0 / 5.3 | 7.9 / 10.1 | 15.6 / 19.1 | 37.5 / 42.9 |
# | bitmask | 1.9 / 2.3 | 4.3 / 5.4 | 7.5 / 10.0 | 12.1 / 18.2 | 19.0 / 39.6 |
# | csr32+int8 | 1.6 / 5.5 | 3.9 / 10.7 | 7.6 / 19.0 | 14.6 / 33.7 | 32.1 / 65.0 |
# | csr16+int8 | 2.6 / 5.5 | 6.4 / 10.7 | 12.3 / 19.1 | 22.9 / 33.9 | 47.3 / 65.2 |
# | gaps+int8 | 4.0 / 6.4 | 9.7 / 13.4 | 18.8 / 23.6 | 35.5 / 41.0 | 75.6 / 76.2 |
# | bitmask+int8 | 6.3 / 6.8 | 11.9 / 13.9 | 16.8 / 22.9 | 21.3 / 37.1 | 25.4 / 66.1 |
# | SparseMLP | 1.6 | 3.9 | 7.7 | 15.0 | 34.2 |
# <!-- end of benchmarks/results -->

# %% [markdown]
# ## Pruning a hundred million weights
#
# `global_masks` of the pruning lesson finds the smallest of all weights with `np.partition`. That is
# right, and for large networks slow: it reads and moves every weight several times. But a sample of some
# thousands tells nearly where the threshold lies. One pass then settles all weights but the few about
# it, and those few are ranked exactly. Should the sample mislead, `np.partition` does it after all.


# %% given prune_exact
#| export
def prune_exact(weights: Sequence[np.ndarray], sparsity: float) -> list[np.ndarray]:
    """Set the smallest magnitudes of all layers to zero, in about the time of copying them.

    Exactly `round(sparsity * total)` weights become 0, the same ones that `global_masks` of the
    pruning lesson drops: of equal magnitudes the earlier layer's go first, and within a layer the
    earlier in row-major order. float32 arrays in C order take the fast way, where numba is installed.

    Args:
        weights: list of (in_features, out_features) arrays, floating. Not modified.
        sparsity: fraction of all weights to drop, 0 <= sparsity <= 1.

    Returns:
        New arrays, shaped and typed like `weights`; what is kept keeps every bit.

    Raises:
        TypeError, ValueError: as `global_masks`.
    """
    check_fraction("prune_exact", "sparsity", sparsity)
    if _is_plain_float32(weights):
        compiled = _compiled()
        pruned = _prune_in_one_pass(weights, sparsity, compiled.sweep if compiled else _sweep)
        if pruned is not None:
            return pruned
    check_weights("prune_exact", weights)
    return _prune_by_partition(weights, sparsity)


def _is_plain_float32(weights: Sequence[np.ndarray]) -> bool:
    return (
        isinstance(weights, list | tuple)
        and len(weights) > 0
        and all(
            isinstance(weight, np.ndarray)
            and weight.dtype == np.float32
            and weight.dtype.isnative
            and weight.flags.c_contiguous
            and weight.ndim == 2
            and 0 < weight.size < 2**31
            for weight in weights
        )
    )


MAGNITUDE = np.int32(0x7FFF_FFFF)  # all bits of a float32 but the sign
INFINITY = 0x7F80_0000  # its bits; beyond are the NaN
CHUNK = 65_536  # numbers that a core's second cache holds with all that is made of them


def _prune_in_one_pass(
    weights: Sequence[np.ndarray], sparsity: float, sweep: Callable[..., tuple[int, int, int]]
) -> list[np.ndarray] | None:
    """Prune, or return None: nothing to drop, NaN, or a sample that misled (see `_likely_range`)."""
    total = sum(weight.size for weight in weights)
    n_dropped = round(sparsity * total)
    flat = [weight.reshape(-1).view(np.int32) for weight in weights]
    low, high = _likely_range(flat, n_dropped / total)
    if low == high:
        high = low - 1  # list no ties: the first that are to go are found afterwards
    room = np.empty(total // 16 + CHUNK, np.int32)
    pruned, places, n_left = [], [], n_dropped
    for weight, bits in zip(weights, flat, strict=True):
        kept = np.empty_like(weight)
        below, listed, largest = sweep(bits, kept.reshape(-1).view(np.int32), low, high, room)
        if listed < 0 or largest > INFINITY:
            return None
        n_left -= below
        pruned.append(kept.reshape(-1))
        places.append(room[:listed])
        room = room[listed:]
    if high < low:
        found = _drop_first(flat, pruned, low, n_left)
    else:
        found = _drop_smallest(flat, pruned, places, n_left)
    if not found:
        return None
    return [kept.reshape(weight.shape) for kept, weight in zip(pruned, weights, strict=True)]


def _likely_range(flat: Sequence[np.ndarray], share: float) -> tuple[np.int32, np.int32]:
    """From a sample: magnitudes (as bits) between which this share of all should end.

    The rank of a random sample's member is off by `sqrt(n * share * (1 - share))` or so; we take three
    times that to both sides. Of `total` numbers a sample of `total ** (2 / 3)` costs least: a larger one
    takes longer to rank, a smaller one leaves more in between (Floyd & Rivest 1975, "Expected time
    bounds for selection", Communications of the ACM 18).
    """
    step = _sample_step(sum(bits.size for bits in flat))
    sample = np.concatenate([bits[::step] for bits in flat]) & MAGNITUDE
    rank = share * sample.size
    margin = 3 * (rank * (1 - share)) ** 0.5 + 2
    first, last = int(rank - margin), int(rank + margin)
    sample.partition([max(first, 0), min(last, sample.size - 1)])
    low = sample[first] if first >= 0 else np.int32(0)
    high = sample[last] if last < sample.size else MAGNITUDE
    return low, high


def _sample_step(total: int) -> int:
    """The sample is each so-manyth number: an odd step, which seldom keeps to a few columns."""
    return int(total ** (1 / 3)) | 1


def _drop_first(
    flat: Sequence[np.ndarray], pruned: Sequence[np.ndarray], magnitude: np.int32, count: int
) -> bool:
    """Set the first `count` of this magnitude to 0 in `pruned`; False if there are not so many."""
    for bits, kept in zip(flat, pruned, strict=True):
        for start in range(0, bits.size, CHUNK):
            if count <= 0:
                return count == 0
            ties = np.flatnonzero(bits[start : start + CHUNK] & MAGNITUDE == magnitude)[:count]
            kept[start + ties] = 0
            count -= ties.size
    return count == 0


def _drop_smallest(
    flat: Sequence[np.ndarray],
    pruned: Sequence[np.ndarray],
    places: Sequence[np.ndarray],
    count: int,
) -> bool:
    """Set the `count` smallest of those at `places` to 0 in `pruned`; False if there are not so many."""
    found = np.concatenate([bits.take(at) for bits, at in zip(flat, places, strict=True)])
    if not 0 < count <= found.size:
        return False
    found *= _keep_largest(found & MAGNITUDE, count)
    for kept, at in zip(pruned, places, strict=True):
        kept.view(np.int32)[at] = found[: at.size]
        found = found[at.size :]
    return True


def _keep_largest(magnitudes: np.ndarray, n_dropped: int) -> np.ndarray:
    """Mark all but the `n_dropped` (1 or more) smallest; of equal ones the earlier go first."""
    limit = np.partition(magnitudes, n_dropped - 1)[n_dropped - 1]
    keep = magnitudes > limit
    ties = np.flatnonzero(magnitudes == limit)
    stay = keep.size - np.count_nonzero(keep) - n_dropped  # of the ties, the last
    keep[ties[ties.size - stay :]] = True
    return keep


def _sweep(
    bits: np.ndarray, kept: np.ndarray, low: np.int32, high: np.int32, places: np.ndarray
) -> tuple[int, int, int]:
    """What the compiled `sweep` does, in NumPy."""
    below, listed, largest = 0, 0, 0
    for start in range(0, bits.size, CHUNK):
        here = bits[start : start + CHUNK]
        magnitude = here & MAGNITUDE
        enough, above = magnitude >= low, magnitude > high
        np.multiply(here, enough, out=kept[start : start + CHUNK])
        between = np.flatnonzero(enough ^ above) + start
        if listed + between.size > places.size:
            return below, -1, largest
        places[listed : listed + between.size] = between
        below += here.size - np.count_nonzero(enough)
        listed += between.size
        largest = max(largest, magnitude.max())
    return below, listed, largest


def _prune_by_partition(weights: Sequence[np.ndarray], sparsity: float) -> list[np.ndarray]:
    sizes = np.concatenate([np.abs(weight).ravel() for weight in weights])
    n_dropped = round(sparsity * sizes.size)
    if n_dropped == 0:
        return [weight.copy() for weight in weights]
    keep = _keep_largest(sizes, n_dropped)
    cuts = np.cumsum([weight.size for weight in weights])[:-1]
    return [
        np.where(piece.reshape(weight.shape), weight, weight.dtype.type(0))
        for piece, weight in zip(np.split(keep, cuts), weights, strict=True)
    ]


# %%
large = [rng.normal(size=(2000, 2000)).astype(np.float32)]
prune_exact(large, 0.9)
copying, pruning = milliseconds(lambda: large[0].copy(), lambda: prune_exact(large, 0.9), repeats=5)
print(f"4 million weights: copied in {copying:.1f} ms, pruned in {pruning:.1f} ms")
