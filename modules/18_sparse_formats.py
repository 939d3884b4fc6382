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
# # Sparse formats
#
# > Five ways to write down the weights that are left, and a file that is safe to open.
#
# A pruned layer is a list of places and a list of values. The values cost four bytes each, or one when
# they are rounded to int8. The formats differ in what the places cost. Nothing to write here.
#
# | format | what is stored for the places | bytes |
# |---|---|---|
# | `csr32` | the column of each value and where each row starts, int32 | 4 a value, 4 a row |
# | `csr16` | the same with uint16 columns, for layers of up to 65,536 outputs | 2 a value, 4 a row |
# | `gaps` | how many zeros were skipped before each value, uint8, row by row | 1 a value |
# | `bitmask` | one bit for each weight, kept or not | 1/8 a weight |
# | `dense` | nothing: every zero is there | 4 a weight |
#
# A gap of more than 255 zeros is written as a value of 0 after 255 zeros, as often as it takes.
# Appended `+int8`, a format stores its values as int8 and a float32 scale for each output.

# %%
#| default_exp formats

# %% given formats_imports
#| export
import hashlib
import io
import itertools
import json
import math
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# %% [markdown]
# The common form that every format is made from and read into: the flat positions of the nonzero
# weights, ascending, and their values.

# %% given sparse_layer
#| export
FORMATS = ("dense", "csr32", "csr16", "gaps", "bitmask")
ENCODINGS = FORMATS + tuple(f"{name}+int8" for name in FORMATS[1:])
MOST_FEATURES = 2**31 - 1


@dataclass(frozen=True)
class SparseLayer:
    """The nonzero weights of one layer and its bias.

    Attributes:
        shape: (in_features, out_features).
        positions: (nonzero,) int64, ascending: i * out_features + j for the weight W[i, j].
        values: (nonzero,) float32.
        bias: (out_features,) float32.
    """

    shape: tuple[int, int]
    positions: np.ndarray
    values: np.ndarray
    bias: np.ndarray

    def dense(self) -> np.ndarray:
        """Return W with its zeros, (in_features, out_features) float32."""
        weight = np.zeros(math.prod(self.shape), np.float32)
        weight[self.positions] = self.values
        return weight.reshape(self.shape)


def sparse_layer(weights: np.ndarray, bias: np.ndarray) -> SparseLayer:
    """Take the nonzero weights of a layer.

    Args:
        weights: (in_features, out_features), floating, finite in float32.
        bias: (out_features,), floating.

    Raises:
        ValueError: another shape, or a weight or bias that is infinite or NaN in float32.
    """
    if weights.ndim != 2 or weights.size == 0 or bias.shape != weights.shape[1:]:
        raise ValueError(
            "sparse_layer: weights must be (in_features, out_features) and bias (out_features,), "
            f"got {weights.shape} and {bias.shape}"
        )
    with np.errstate(over="ignore"):
        flat = weights.astype(np.float32).reshape(-1)
        bias = bias.astype(np.float32)
    if not (np.isfinite(flat).all() and np.isfinite(bias).all()):
        raise ValueError(
            "sparse_layer: weights and bias must be finite in float32, got infinity or NaN; "
            "training diverged?"
        )
    positions = np.flatnonzero(flat)
    return SparseLayer(weights.shape, positions, flat[positions], bias)


# %% [markdown]
# ## Encode


# %% given encode
#| export
def encode(layer: SparseLayer, encoding: str = "gaps") -> dict[str, np.ndarray]:
    """Write a layer in one of `ENCODINGS`.

    Returns:
        The arrays by name, "bias" included; their `nbytes` are what the layer takes in memory.

    Raises:
        ValueError: an unknown encoding, or `csr16` for more than 65,536 outputs.
    """
    form, int8 = _form(encoding)
    n_in, n_out = layer.shape
    positions, values = layer.positions, layer.values
    arrays: dict[str, np.ndarray] = {"bias": layer.bias}
    if form == "dense":
        return arrays | {"values": layer.dense()}
    if int8:
        values, arrays["scale"] = _to_int8(layer)
    if form in ("csr32", "csr16"):
        if form == "csr16" and n_out > 65_536:
            raise ValueError(f"encode: csr16 holds up to 65,536 outputs, got {n_out}; use csr32")
        index = np.uint16 if form == "csr16" else np.int32
        arrays["columns"] = (positions % n_out).astype(index)
        rows = np.searchsorted(positions, np.arange(n_in + 1, dtype=np.int64) * n_out)
        arrays["rows"] = rows.astype(np.int32)
    elif form == "bitmask":
        mask = np.zeros(n_in * n_out, bool)
        mask[positions] = True
        arrays["bits"] = np.packbits(mask)
    else:
        values, arrays["gaps"] = _to_gaps(positions, values)
    return arrays | {"values": values}


def _form(encoding: str) -> tuple[str, bool]:
    """Split "gaps+int8" into "gaps" and True."""
    if encoding not in ENCODINGS:
        raise ValueError(f"encode: encoding must be one of {ENCODINGS}, got {encoding!r}")
    return encoding.removesuffix("+int8"), encoding.endswith("+int8")


def _to_int8(layer: SparseLayer) -> tuple[np.ndarray, np.ndarray]:
    """Round to whole steps of a scale per output, -127 to 127; return both."""
    columns = layer.positions % layer.shape[1]
    largest = np.zeros(layer.shape[1], np.float32)
    np.maximum.at(largest, columns, np.abs(layer.values))
    scale = (largest / 127).astype(np.float32)
    scale[scale == 0] = 1
    return np.clip(np.rint(layer.values / scale[columns]), -127, 127).astype(np.int8), scale


def _to_gaps(positions: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values with fillers of 0 in them, and the zeros before each, at most 255."""
    skipped = np.diff(positions, prepend=-1) - 1
    steps = skipped // 256  # each filler stands for 255 zeros and itself
    places = np.arange(values.size) + np.cumsum(steps)
    padded = np.zeros(values.size + int(steps.sum()), values.dtype)
    gaps = np.full(padded.size, 255, np.uint8)
    padded[places] = values
    gaps[places] = skipped % 256
    return padded, gaps


# %% [markdown]
# ## Decode
#
# What comes back may have been altered on the way, so everything is checked before it is used: an
# index outside its layer would make a compiled kernel read memory that is not its own.


# %% given decode
#| export
def decode(arrays: dict[str, np.ndarray], shape: tuple[int, int], encoding: str) -> SparseLayer:
    """Read what `encode` wrote.

    Raises:
        ValueError: the arrays do not describe a layer of this shape.
    """
    form, int8 = _form(encoding)
    _check_types(arrays, form, int8, shape[1])
    values = arrays["values"]
    if form == "dense":
        _require(values.shape == shape, f"values must have shape {shape}, got {values.shape}")
        return sparse_layer(values, arrays["bias"])
    positions = _READERS[form](arrays, shape)
    _require(positions.size == values.size, "there must be one value for each place")
    inside = positions.size == 0 or (positions[0] >= 0 and positions[-1] < math.prod(shape))
    _require(inside and bool((np.diff(positions) > 0).all()), "places must ascend in the layer")
    if int8:
        values = values.astype(np.float32) * arrays["scale"][positions % shape[1]]
    _require(bool(np.isfinite(values).all()), "values must be finite")
    _require(bool(np.isfinite(arrays["bias"]).all()), "the bias must be finite")
    kept = values != 0  # fillers go, and what int8 rounded to 0
    return SparseLayer(shape, positions[kept], values[kept], arrays["bias"])


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"decode: {what}")


def _check_types(arrays: dict[str, np.ndarray], form: str, int8: bool, n_out: int) -> None:
    """Raise unless exactly the arrays of the format are there, each of its type and shape."""
    places = {
        "dense": {},
        "csr32": {"columns": np.int32, "rows": np.int32},
        "csr16": {"columns": np.uint16, "rows": np.int32},
        "gaps": {"gaps": np.uint8},
        "bitmask": {"bits": np.uint8},
    }[form]
    wanted = {"values": np.int8 if int8 else np.float32, "bias": np.float32, **places}
    if int8:
        wanted["scale"] = np.float32
    found = {name: array.dtype for name, array in arrays.items()}
    wanted = {name: np.dtype(kind) for name, kind in wanted.items()}
    _require(found == wanted, f"{form} needs the arrays {wanted}, got {found}")
    for name, array in arrays.items():
        flat = array.ndim == 1 or (form, name) == ("dense", "values")
        _require(flat, f"{name} must be 1-D, got shape {array.shape}")
    for name in ("bias", "scale") if int8 else ("bias",):
        size = arrays[name].size
        _require(size == n_out, f"{name} must hold {n_out} numbers, got {size}")


def _csr_positions(arrays: dict[str, np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    columns, rows = arrays["columns"].astype(np.int64), arrays["rows"].astype(np.int64)
    _require(rows.size == shape[0] + 1, f"rows must hold {shape[0] + 1} numbers, got {rows.size}")
    whole = rows[0] == 0 and rows[-1] == columns.size and bool((np.diff(rows) >= 0).all())
    _require(whole, "rows must ascend from 0 to the number of values")
    inside = bool(((columns >= 0) & (columns < shape[1])).all())
    _require(inside, f"columns must be below {shape[1]}")
    return np.repeat(np.arange(shape[0], dtype=np.int64), np.diff(rows)) * shape[1] + columns


def _gap_positions(arrays: dict[str, np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    return np.cumsum(arrays["gaps"].astype(np.int64) + 1) - 1


def _bit_positions(arrays: dict[str, np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    size, bits = math.prod(shape), arrays["bits"]
    _require(bits.size == -(-size // 8), f"bits must hold {-(-size // 8)} bytes, got {bits.size}")
    return np.flatnonzero(np.unpackbits(bits))


_READERS = {
    "csr32": _csr_positions,
    "csr16": _csr_positions,
    "gaps": _gap_positions,
    "bitmask": _bit_positions,
}


# %% [markdown]
# ## A file that is safe to open
#
# A network is stored as an `.npz`, a zip of arrays that NumPy opens too. `pickle`, which NumPy falls
# back to for other objects, can run any code, so nothing here uses it. Floats are stored by the place
# of their bytes (all first bytes, then all second ones): first bytes resemble each other, and the
# compression of the zip gains by it. Reading trusts nothing: names, types, sizes, a checksum over
# everything, and the checks of `decode`.

# %% given network_files
#| export
MAGIC = "tinytorch sparse network"
VERSION = 1
_MOST_HEADER_BYTES = 1_000_000


def write_network(
    path: str | os.PathLike[str], layers: list[SparseLayer], activation: str, encoding: str = "gaps"
) -> int:
    """Write a network to a file, whole or not at all; return the file's size in bytes.

    Raises:
        ValueError: an unknown encoding, or one that cannot hold a layer.
    """
    arrays = {
        f"{number}.{name}": array
        for number, layer in enumerate(layers)
        for name, array in encode(layer, encoding).items()
    }
    header = {
        "what": MAGIC,
        "version": VERSION,
        "activation": activation,
        "encoding": encoding,
        "shapes": [list(layer.shape) for layer in layers],
        "arrays": {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()},
    }
    planes = {name: _planes(array) for name, array in arrays.items()}
    header["sha256"] = _checksum(header, planes)
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    content = io.BytesIO()
    np.savez_compressed(content, header=text, **planes)
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        beside.write_bytes(content.getbuffer())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path.stat().st_size


def _planes(array: np.ndarray) -> np.ndarray:
    """The bytes of an array, (itemsize, size) uint8: a row for each place in a number."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False).reshape(-1)
    return np.ascontiguousarray(little.view(np.uint8).reshape(-1, array.itemsize).T)


def _checksum(header: dict[str, object], planes: dict[str, np.ndarray]) -> str:
    """Over the header without the checksum, and every array with its name."""
    rest = {key: value for key, value in header.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode())
    for name in sorted(planes):
        digest.update(f"{name} {planes[name].shape}".encode())
        digest.update(planes[name].tobytes())
    return digest.hexdigest()


def read_network(path: str | os.PathLike[str]) -> tuple[list[SparseLayer], str]:
    """Read what `write_network` wrote: the layers and the activation.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no such file, of another version, or was cut or altered.
    """
    content = Path(path).read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            planes = {info.filename: _read_member(archive, info) for info in archive.infolist()}
        return _parse(planes)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        RecursionError,
        EOFError,
        OSError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(
            f"SparseMLP: {Path(path).name} is not a network that this version can read, "
            f"or it was cut or altered ({error}); save it again"
        ) from error


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """One array of bytes; its size is known before anything of that size is made."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise ValueError(f"{info.filename} is packed in a way that write_network does not use")
    if info.file_size > 1100 * info.compress_size + 1000:  # deflate gains 1032 times at most
        raise ValueError(f"{info.filename} claims {info.file_size} bytes")
    with archive.open(info) as file:
        data = io.BytesIO(file.read(info.file_size + 1))
    if np.lib.format.read_magic(data) != (1, 0):
        raise ValueError(f"{info.filename} is not an array of version 1.0")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(data)
    rest = data.getbuffer()[data.tell() :]
    if (
        dtype != np.uint8
        or by_columns
        or math.prod(shape) != len(rest)
        or min(shape, default=0) < 0
    ):
        raise ValueError(f"{info.filename} must hold bytes, as many as its shape {shape} says")
    return np.frombuffer(rest, np.uint8).reshape(shape)


def _parse(planes: dict[str, np.ndarray]) -> tuple[list[SparseLayer], str]:
    planes = {name.removesuffix(".npy"): array for name, array in planes.items()}
    text = planes.pop("header")
    if text.size > _MOST_HEADER_BYTES:
        raise ValueError(f"the header takes {text.size} bytes")
    header = json.loads(text.tobytes())
    if header["what"] != MAGIC:
        raise ValueError("it holds something else")
    if header["version"] != VERSION:
        raise ValueError(f"version {VERSION} is readable, this is {header['version']!r}")
    if header["sha256"] != _checksum(header, planes):
        raise ValueError("its checksum does not fit")
    if header["activation"] not in ("relu", "tanh"):
        raise ValueError(f"activation {header['activation']!r}")
    arrays = {name: _from_planes(planes[name], *header["arrays"][name]) for name in planes}
    shapes = [_shape(shape) for shape in header["shapes"]]
    layers = [
        decode(_of_layer(arrays, number), shape, header["encoding"])
        for number, shape in enumerate(shapes)
    ]
    if not layers or any(one[1] != other[0] for one, other in itertools.pairwise(shapes)):
        raise ValueError(f"layers of shapes {shapes} do not follow each other")
    return layers, header["activation"]


def _shape(shape: list[int]) -> tuple[int, int]:
    n_in, n_out = shape
    if not all(type(n) is int and 0 < n <= MOST_FEATURES for n in (n_in, n_out)):
        raise ValueError(f"a layer of shape {shape}")
    return n_in, n_out


def _from_planes(planes: np.ndarray, dtype: str, shape: list[int]) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.hasobject or kind.names or planes.ndim != 2 or planes.shape[0] != kind.itemsize:
        raise ValueError(f"numbers of type {dtype!r} in {planes.shape} bytes")
    little = np.ascontiguousarray(planes.T).view(kind.newbyteorder("<")).reshape(shape)
    return little.astype(kind.newbyteorder("="))


def _of_layer(arrays: dict[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    """The arrays whose name starts with the layer's number."""
    start = f"{number}."
    return {
        name.removeprefix(start): each for name, each in arrays.items() if name.startswith(start)
    }


# %% [markdown]
# What a layer of 784x512 takes, 95 % of it zero:

# %%
rng = np.random.default_rng(0)
weight = rng.normal(size=(784, 512)).astype(np.float32)
weight[np.abs(weight) < np.quantile(np.abs(weight), 0.95)] = 0
layer = sparse_layer(weight, np.zeros(512, np.float32))
for name in ENCODINGS:
    nbytes = sum(array.nbytes for array in encode(layer, name).values())
    print(f"{name:13} {nbytes:9,} bytes   {weight.nbytes / nbytes:5.1f}x")
