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
# # Compiled kernels
#
# > The loops that `tinytorch.sparse` runs: a plain one, and one in vector registers.
#
# Read `18_sparse_kernels` first: it says what these loops compute and why they are laid out as they
# are. `tinytorch.sparse` imports this module when it needs it and numba is installed
# (`python -m pip install -c constraints.txt numba`). Nothing to write here.

# %%
#| default_exp compiled

# %% given compiled_imports
#| export
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

# %% [markdown]
# ## A number type that is a register
#
# A vector register holds 8 or 16 floats, and one instruction works on all of them. Python has no
# such type, so we give numba one: `Lanes(32)` is 32 floats that the compiler keeps in two 64-byte
# registers or four 32-byte ones, whatever the processor has. Six operations are enough. Each is a
# few lines that emit LLVM's own vector instructions; none works outside compiled code.


# %% given lanes
#| export
class Lanes(types.Type):
    """The type of `width` float32 values held in vector registers."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.vector = ir.VectorType(ir.FloatType(), width)
        super().__init__(name=f"Lanes({width})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, lanes: Lanes) -> None:
        super().__init__(manager, lanes, lanes.vector)


def _element(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Where element `at` of an array lies."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [at])


def _address(context: Any, builder: Any, kind: Any, array: Any, at: Any, lanes: Lanes) -> Any:
    """Where element `at` of a float32 array lies, as the address of a vector."""
    return builder.bitcast(_element(context, builder, kind, array, at), lanes.vector.as_pointer())


def _alignment(lanes: Lanes) -> int:
    """Bytes: a tile starts at a multiple of 64, and its rows are whole registers; less starts anywhere."""
    return min(4 * lanes.width, 64) if lanes.width >= 8 else 4


def _copies(builder: Any, number: Any, vector: Any) -> Any:
    """One number in every lane of a vector."""
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, first, zeros)


@intrinsic(prefer_literal=True)
def splat(typing: Any, number: Any, width: Any) -> Any:
    """`splat(number, width)`: `width` lanes, each of them `number`."""
    if not isinstance(width, types.IntegerLiteral):
        return None  # numba asks again with the value
    lanes = Lanes(width.literal_value)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _copies(builder, args[0], lanes.vector)

    return lanes(types.float32, width), emit


@intrinsic(prefer_literal=True)
def load(typing: Any, tile: Any, at: Any, width: Any) -> Any:
    """`load(tile, at, width)`: the lanes `tile[at : at + width]`; from 8 lanes on, `at` is a multiple."""
    if not isinstance(width, types.IntegerLiteral):
        return None
    lanes = Lanes(width.literal_value)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, tile, args[0], args[1], lanes)
        return builder.load(address, align=_alignment(lanes))

    return lanes(tile, types.int64, width), emit


@intrinsic
def store(typing: Any, tile: Any, at: Any, lanes: Any) -> Any:
    """`store(tile, at, lanes)`: write the lanes to `tile[at : at + width]`."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, tile, args[0], args[1], lanes)
        builder.store(args[2], address, align=_alignment(lanes))
        return context.get_dummy_value()

    return types.void(tile, types.int64, lanes), emit


@intrinsic
def multiply_add(typing: Any, factor: Any, lanes: Any, total: Any) -> Any:
    """`multiply_add(factor, lanes, total)`: total + factor * lanes, rounded once.

    The factor is a number, or a number for each lane.
    """
    factors = lanes if isinstance(factor, Lanes) else types.float32

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(lanes.vector, [lanes.vector] * 3)
        name = f"llvm.fma.v{lanes.width}f32"
        fma = cgutils.get_or_insert_function(builder.module, kind, name)
        first = args[0] if factors is lanes else _copies(builder, args[0], lanes.vector)
        return builder.call(fma, [first, args[1], args[2]])

    return lanes(factors, lanes, lanes), emit


@intrinsic
def positive(typing: Any, lanes: Any) -> Any:
    """`positive(lanes)`: the lanes, with 0 for those below 0; NaN stays."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        zeros = ir.Constant(lanes.vector, None)
        return builder.select(builder.fcmp_ordered("<", args[0], zeros), zeros, args[0])

    return lanes(lanes), emit


# %% [markdown]
# ## Samples side by side
#
# The kernels want the batch as the vector axis: feature by feature, the same feature of all samples
# side by side. That is a transpose. Done number by number it would read or write one number of each
# cache line at a time, so it is done 8x8 at a time: interleave two registers' lanes, three times over, and rows
# have become columns, as a deck of cards comes in order after enough perfect shuffles.


# %% given transpose
#| export
@intrinsic
def transpose_8x8(
    typing: Any, source: Any, at: Any, row: Any, tile: Any, to: Any, column: Any
) -> Any:
    """Write `source[at + row * i + j]` to `tile[to + column * j + i]` for i and j below 8."""
    lanes, int64 = Lanes(8), types.int64
    number = ir.IntType(64)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def address(kind: Any, array: Any, start: Any, step: Any, i: int) -> Any:
            place = builder.add(start, builder.mul(step, ir.Constant(number, i)))
            return _address(context, builder, kind, array, place, lanes)

        rows = [builder.load(address(source, *args[:3], i), align=4) for i in range(8)]
        for _ in range(3):
            rows = [_shuffled(builder, rows[i // 2], rows[i // 2 + 4], i % 2) for i in range(8)]
        for j in range(8):
            builder.store(rows[j], address(tile, *args[3:], j), align=_alignment(lanes))
        return context.get_dummy_value()

    return types.void(source, int64, int64, tile, int64, int64), emit


def _shuffled(builder: Any, first: Any, second: Any, half: int) -> Any:
    """Interleave the lower (0) or upper (1) halves of two registers of 8."""
    order = [4 * half + lane // 2 + 8 * (lane % 2) for lane in range(8)]
    return builder.shuffle_vector(
        first, second, ir.Constant(ir.VectorType(ir.IntType(32), 8), order)
    )


@njit(inline="always")
def pack(x, start, tile, width):  # type: ignore[no-untyped-def]
    """Write samples `start` onwards, at most `width`, into a tile; lanes left over become 0."""
    n_features = x.shape[1]
    count = min(width, x.shape[0] - start)
    if count < width:
        tile[: n_features * width] = 0
    flat = x.reshape(-1)
    by_eight, features_by_eight = count // 8 * 8, n_features // 8 * 8
    # Rows of 128 features are long enough for the processor to fetch ahead, and what is written of them
    # stays in the first cache until its lines are whole.
    for block in range(0, features_by_eight, 128):
        for sample in range(0, by_eight, 8):
            for feature in range(block, min(block + 128, features_by_eight), 8):
                at = (start + sample) * n_features + feature
                transpose_8x8(flat, at, n_features, tile, feature * width + sample, width)
    for sample in range(count):
        first = features_by_eight if sample < by_eight else 0
        for feature in range(first, n_features):
            tile[feature * width + sample] = flat[(start + sample) * n_features + feature]


# %% [markdown]
# ## One layer, plainly
#
# A *row* here is one output of a layer: its kept weights and which inputs they belong to. All tiles
# are flat arrays, `width` numbers a feature. The plain kernel takes four weights at a time, so that
# each number of the output is read and written once for four products; the loop over the batch is
# what the compiler turns into vector instructions. It does so only if it sees that nothing in that loop
# changes but `i`: the four weights and where their inputs start are read before it. Counters are unsigned,
# because for a signed one numba also handles negative indices, as Python does.


# %% given plain_layer
#| export
@njit(inline="always")
def plain_layer(layer, runs, rows, index, values, bias, x, y, width):  # type: ignore[no-untyped-def]
    """Compute one layer of a packed network from tile `x` into tile `y`, without activation."""
    _, n_out, run, last_run, row, entry, first_bias, _ = layer
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    row, k = np.uint64(row), np.uint64(entry)
    for j in range(n_out):
        y[j * width : (j + 1) * width] = bias[first_bias + j]
    for each in range(run, last_run):
        first, length, count = runs[each]
        block, length = x[first * width :], np.uint64(length)
        for _ in range(count):
            out = y[rows[row] * width :]
            row += one
            end = k + length
            while k + three < end:
                a, b = np.int64(index[k]) * width, np.int64(index[k + one]) * width
                c, d = np.int64(index[k + two]) * width, np.int64(index[k + three]) * width
                p, q, r, s = values[k], values[k + one], values[k + two], values[k + three]
                for i in range(width):
                    out[i] += (p * block[a + i] + q * block[b + i]) + (
                        r * block[c + i] + s * block[d + i]
                    )
                k += four
            while k < end:
                a, p = np.int64(index[k]) * width, values[k]
                for i in range(width):
                    out[i] += p * block[a + i]
                k += one


# %% [markdown]
# ## One layer, in registers
#
# The same loop with the totals of a row in registers from its first weight to its last. What is left
# for a weight: read it, read its index, and add its product to the totals, straight from the tile.
# A row's totals begin as the bias in the first block and end by the activation in the last, so that the
# tile is not gone over again for either. Two totals take turns, because an addition waits for the one
# before it; where a total is one small register, as with 8 samples, the wait is longer than the reading,
# and four take turns.


# %% given vector_layer
#| export
@njit(inline="always")
def add_product(total, k, block, index, values, width):  # type: ignore[no-untyped-def]
    """`total` and weight `k` times its inputs, which lie in `block`."""
    return multiply_add(values[k], load(block, np.int64(index[k]) * width, width), total)


@njit(inline="always")
def vector_layer(layer, last, runs, rows, index, values, bias, x, y, width):  # type: ignore[no-untyped-def]
    """Compute one layer of a packed network from tile `x` into tile `y`, with relu unless `last`."""
    _, _, run, last_run, row, entry, first_bias, last_block = layer
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    row, k = np.uint64(row), np.uint64(entry)
    for each in range(run, last_run):
        first, length, count = runs[each]
        first, length = np.int64(first), np.uint64(length)
        begins, ends = first == 0, first == last_block and not last
        block = x[first * width :]
        for _ in range(count):
            output = np.int64(rows[row])
            row += one
            if begins:
                even = splat(bias[first_bias + output], width)
            else:
                even = load(y, output * width, width)
            odd = splat(np.float32(0), width)
            end = k + length
            if width == 8:
                third, fourth = odd, odd
                while k + three < end:
                    even = add_product(even, k, block, index, values, width)
                    odd = add_product(odd, k + one, block, index, values, width)
                    third = add_product(third, k + two, block, index, values, width)
                    fourth = add_product(fourth, k + three, block, index, values, width)
                    k += four
                even = multiply_add(np.float32(1), third, even)
                odd = multiply_add(np.float32(1), fourth, odd)
            while k + one < end:
                even = add_product(even, k, block, index, values, width)
                odd = add_product(odd, k + one, block, index, values, width)
                k += two
            if k < end:
                even = add_product(even, k, block, index, values, width)
                k += one
            total = multiply_add(np.float32(1), even, odd)
            if ends:
                total = positive(total)
            store(y, output * width, total)


# %% [markdown]
# ## Shared by threads
#
# Threads that share a batch take the next tile from it, until there is none. `tiles` counts those that
# are taken and those that are done; adding to it is one step for all threads, so no two take the same tile.
# A thread that comes late finds fewer, and nobody waits for it.


# %% given shared_counts
#| export
TAKEN, DONE = 0, 1  # places in `tiles`


def _counter(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Where the number lies that `count_up` or `look_at` is asked for."""
    at = context.cast(builder, args[1], signature.args[1], types.int64)
    return _element(context, builder, signature.args[0], args[0], at)


@intrinsic
def count_up(typing: Any, counts: Any, place: Any) -> Any:
    """Add 1 to `counts[place]` (int64), in one step for all threads; return what it was."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _counter(context, builder, signature, args)
        return builder.atomic_rmw("add", address, ir.IntType(64)(1), "seq_cst")

    return types.int64(counts, place), emit


@intrinsic
def look_at(typing: Any, counts: Any, place: Any) -> Any:
    """What `counts[place]` (int64) is now, whichever thread wrote it."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _counter(context, builder, signature, args)
        return builder.load_atomic(address, "seq_cst", 8)

    return types.int64(counts, place), emit


@njit(cache=True, nogil=True)
def reaches(counts, place, number, looks):  # type: ignore[no-untyped-def]
    """Look so often at most whether `counts[place]` is `number` or more; return whether it is."""
    left = looks
    while left and look_at(counts, place) < number:
        left -= 1
    return left > 0


# %% [markdown]
# ## A network
#
# One call from Python for the whole network, since each call costs time of its own. `width` is a
# constant of each compiled function, so the compiler knows how many registers it has to hold. To begin, a
# kernel counts up `bell`: threads that might help look out for it.


# %% given network_kernels
#| export
@njit(inline="always")
def relu(tile, count):  # type: ignore[no-untyped-def]
    """Set the negative ones of the first `count` numbers to 0; NaN stays."""
    for i in range(count):
        tile[i] = np.float32(0) if tile[i] < 0 else tile[i]


@njit(inline="always")
def unpack(tile, start, logits, width):  # type: ignore[no-untyped-def]
    """Write the tile's samples to rows `start` onwards of `logits` (batch, n)."""
    for sample in range(min(width, logits.shape[0] - start)):
        for j in range(logits.shape[1]):
            logits[start + sample, j] = tile[j * width + sample]


def make_plain_kernel(width: int) -> Callable[..., None]:
    """Compile the plain kernel for tiles of `width` samples (a network with relu, or one layer)."""

    # "contract": a product and a sum may become one instruction, which rounds once
    @njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
    def plain(x, logits, bell, tiles, layers, runs, rows, index, values, bias, a, b):  # type: ignore[no-untyped-def]
        count_up(bell, 0)
        start = count_up(tiles, TAKEN) * width
        while start < x.shape[0]:
            pack(x, start, a, width)
            for i in range(layers.shape[0]):
                plain_layer(layers[i], runs, rows, index, values, bias, a, b, width)
                if i < layers.shape[0] - 1:
                    relu(b, layers[i, 1] * width)
                a, b = b, a
            unpack(a, start, logits, width)
            count_up(tiles, DONE)
            start = count_up(tiles, TAKEN) * width

    return plain


def make_vector_kernel(width: int) -> Callable[..., None]:
    """Compile the vector kernel for tiles of `width` samples (a network with relu, or one layer)."""

    @njit(cache=True, nogil=True, error_model="numpy")
    def vector(x, logits, bell, tiles, layers, runs, rows, index, values, bias, a, b):  # type: ignore[no-untyped-def]
        count_up(bell, 0)
        start = count_up(tiles, TAKEN) * width
        while start < x.shape[0]:
            pack(x, start, a, width)
            for i in range(layers.shape[0]):
                last = i == layers.shape[0] - 1
                vector_layer(layers[i], last, runs, rows, index, values, bias, a, b, width)
                a, b = b, a
            unpack(a, start, logits, width)
            count_up(tiles, DONE)
            start = count_up(tiles, TAKEN) * width

    return vector


# %% [markdown]
# ## One sample
#
# Without a batch there is no vector axis: each weight is multiplied by one number, found by its
# index. That makes three reads a weight: value, index and input; a core does two or three a cycle
# (uops.info lists them by processor). But values lie side by side, and so do indices: four of either are
# one read, and of twelve reads for four weights six are left.


# %% given single_kernel
#| export
FOUR = Lanes(4)


@intrinsic
def collect(typing: Any, numbers: Any, first: Any, index: Any, at: Any) -> Any:
    """Four lanes: `numbers[first + each]` for each of `index[at : at + 4]` (uint8)."""
    word, place = ir.IntType(32), ir.IntType(64)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = _element(context, builder, numbers, args[0], args[1])
        indices = _element(context, builder, index, args[2], args[3])
        four = builder.load(builder.bitcast(indices, word.as_pointer()), align=1)
        lanes = ir.Constant(FOUR.vector, ir.Undefined)
        for lane in range(4):
            byte = builder.and_(builder.lshr(four, word(8 * lane)), word(255))
            number = builder.load(builder.gep(start, [builder.zext(byte, place)]))
            lanes = builder.insert_element(lanes, number, word(lane))
        return lanes

    return FOUR(numbers, types.int64, index, types.int64), emit


@intrinsic
def add_up(typing: Any, lanes: Any) -> Any:
    """The sum of four lanes."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, c, d = (builder.extract_element(args[0], ir.IntType(32)(lane)) for lane in range(4))
        return builder.fadd(builder.fadd(a, b), builder.fadd(c, d))

    return types.float32(lanes), emit


@njit(inline="always")
def four_products(k, index, values, numbers, first, totals):  # type: ignore[no-untyped-def]
    """`totals` and the products of weights `k` to `k + 3` with their inputs."""
    inputs = collect(numbers, first, index, np.int64(k))
    return multiply_add(load(values, np.int64(k), 4), inputs, totals)


@njit(inline="always")
def product(k, index, values, numbers, first):  # type: ignore[no-untyped-def]
    """The product of weight `k` with its input."""
    return values[k] * numbers[np.uint64(first) + np.uint64(index[k])]


@njit(cache=True, nogil=True, error_model="numpy")
def single(x, logits, layers, runs, rows, index, values, bias, a, b):  # type: ignore[no-untyped-def]
    """Compute the network, sample by sample, alone; parameters as those of the other kernels."""
    one, two, four, eight = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(8)
    for sample in range(x.shape[0]):
        a[: x.shape[1]] = x[sample]
        for i in range(layers.shape[0]):
            _, n_out, run, last_run, row, entry, first_bias, _ = layers[i]
            b[:n_out] = bias[first_bias : first_bias + n_out]
            row, k = np.uint64(row), np.uint64(entry)
            for each in range(run, last_run):
                first, length = np.int64(runs[each, 0]), np.uint64(runs[each, 1])
                for _ in range(runs[each, 2]):
                    end = k + length
                    even = odd = splat(np.float32(0), 4)
                    while k + eight <= end:
                        even = four_products(k, index, values, a, first, even)
                        odd = four_products(k + four, index, values, a, first, odd)
                        k += eight
                    if k + four <= end:
                        even = four_products(k, index, values, a, first, even)
                        k += four
                    total = add_up(multiply_add(np.float32(1), odd, even))
                    if k + two <= end:
                        one_more = product(k + one, index, values, a, first)
                        total += product(k, index, values, a, first) + one_more
                        k += two
                    if k < end:
                        total += product(k, index, values, a, first)
                        k += one
                    b[rows[row]] += total
                    row += one
            if i < layers.shape[0] - 1:
                relu(b, n_out)
            a, b = b, a
        logits[sample] = a[: logits.shape[1]]


# %% [markdown]
# ## Pruning in one pass
#
# The bits of a positive float, read as a whole number, are ordered as the floats are. `prune_exact` knows
# from a sample between which two numbers the threshold lies, so nearly every weight is decided as it is
# read: it is kept, or it is dropped. The few in between are listed, to be decided afterwards.
#
# An `if` for each weight would cost more than the rest: the processor guesses which way it goes, and for
# each of the few it guesses wrong. So 64 weights are compared at once, which gives 64 bits, most of them
# 0, and only the bits that are set are looked for. (AVX-512 has an instruction that does all of it,
# `vpcompressd`; where it writes to memory it is slow microcode on AMD's Zen 4, see LLVM's issue 133568.)

# %% given prune_kernels
#| export
MAGNITUDE = np.int32(0x7FFFFFFF)  # all bits but the sign
GROUP = 64  # numbers that `between` looks at
CHUNK = 1024  # numbers that stay in the first cache between the two loops of `sweep`


@intrinsic
def between(typing: Any, bits: Any, at: Any, low: Any, high: Any) -> Any:
    """Bit i of the result: whether the magnitude of `bits[at + i]` is from `low` to `high`.

    All GROUP numbers have to be there.
    """
    lanes = ir.VectorType(ir.IntType(32), GROUP)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = _element(context, builder, bits, args[0], args[1])
        here = builder.bitcast(start, lanes.as_pointer())
        sign_off = ir.Constant(lanes, [int(MAGNITUDE)] * GROUP)
        magnitudes = builder.and_(builder.load(here, align=4), sign_off)
        inside = builder.and_(
            builder.icmp_signed(">=", magnitudes, _copies(builder, args[2], lanes)),
            builder.icmp_signed("<=", magnitudes, _copies(builder, args[3], lanes)),
        )
        return builder.bitcast(inside, ir.IntType(GROUP))

    return types.uint64(bits, types.int64, types.int32, types.int32), emit


@intrinsic
def lowest_bit(typing: Any, number: Any) -> Any:
    """Which bit of an uint64 (not 0) is the lowest that is set."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.IntType(1)(1))

    return types.int64(types.uint64), emit


@njit(cache=True, nogil=True)
def sweep(bits, kept, low, high, places):  # type: ignore[no-untyped-def]
    """Copy `bits` (int32) to `kept` where the magnitude is `low` or more, and write 0 elsewhere.

    Lists in `places` (int32) where a magnitude lies from `low` to `high`.

    Returns:
        How many magnitudes are below `low`, how many are listed (-1: there may be no room for them),
        and the largest magnitude.
    """
    below, listed, largest, none = 0, 0, np.int32(0), np.uint64(0)
    for start in range(0, bits.size, CHUNK):
        here, there = bits[start : start + CHUNK], kept[start : start + CHUNK]
        if listed + here.size > places.size:
            return below, -1, largest
        smaller = np.int32(0)
        for i in range(here.size):  # no branches: becomes vector instructions
            magnitude = here[i] & MAGNITUDE
            smaller += np.int32(magnitude < low)
            largest = max(largest, magnitude)
            there[i] = here[i] if magnitude >= low else np.int32(0)
        below += smaller
        rest = start + here.size // GROUP * GROUP
        for at in range(start, rest, GROUP):
            found = between(bits, at, low, high)
            while found != none:
                places[listed] = at + lowest_bit(found)
                listed += 1
                found &= found - np.uint64(1)  # the lowest bit becomes 0
        for at in range(rest, start + here.size):
            if low <= bits[at] & MAGNITUDE <= high:
                places[listed] = at
                listed += 1
    return below, listed, largest
