"""tinytorch.sparse: the dense logits, the same bytes back, and no file that reads wrong."""

import io
import itertools
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import fractions, weight_lists

from tinytorch import sparse
from tinytorch.formats import ENCODINGS, decode, encode, sparse_layer
from tinytorch.pruning import DenseMLP, global_masks, sparsity_report
from tinytorch.shipping import dequantize_int8, quantize_int8
from tinytorch.sparse import KERNELS, SparseMLP, prune_exact, tile_widths, unpack_layers

every_kernel = pytest.mark.parametrize("kernel", KERNELS)
unhurried = settings(deadline=None, max_examples=60)  # the first example compiles


def network(sizes, sparsity=0.5, activation="relu", seed=0, dtype=np.float32) -> DenseMLP:
    """A network of which about the given fraction of weights is zero, with biases that count."""
    rng = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in itertools.pairwise(sizes):
        weights = rng.normal(size=(n_in, n_out)).astype(dtype)
        weights[rng.random(weights.shape) < sparsity] = 0
        layers.append({"weights": weights, "bias": rng.normal(size=n_out).astype(dtype)})
    return DenseMLP.from_layers(layers, activation)


def inputs(batch, features, seed=1):
    return np.random.default_rng(seed).normal(size=(batch, features)).astype(np.float32)


def in_float64(model, x):
    """The logits, and the sizes that rounding errors go with, both computed in float64."""
    x = np.asarray(x, np.float64)
    size = np.abs(x)
    for number, layer in enumerate(model.layers):
        weights, bias = layer["weights"].astype(np.float64), layer["bias"].astype(np.float64)
        x, size = x @ weights + bias, size @ np.abs(weights) + np.abs(bias)
        if number < len(model.layers) - 1:
            x = np.tanh(x) if model.activation == "tanh" else np.maximum(x, 0)
    return x, size


def assert_same_logits(model, x, kernel, **how):
    logits, size = in_float64(model, x)
    found = SparseMLP.from_model(model, kernel).forward(x, **how)
    assert found.dtype == np.float32 and found.shape == logits.shape
    assert (np.abs(found - logits) <= 1e-5 * size).all()


@every_kernel
@unhurried
@given(
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    sparsity=fractions,
    batch=st.integers(0, 70),
    activation=st.sampled_from(["relu", "tanh"]),
    seed=st.integers(0, 2**32),
)
def test_the_logits_are_those_of_the_dense_network(
    kernel, sizes, sparsity, batch, activation, seed
):
    model = network(sizes, sparsity, activation, seed)
    assert_same_logits(model, inputs(batch, sizes[0], seed), kernel)


@every_kernel
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_classic_network_at_90_percent(kernel, activation):
    model = network((784, 512, 256, 128, 10), 0.9, activation)
    for batch in (1, 2, 31, 32, 100, 200):
        assert_same_logits(model, inputs(batch, 784), kernel)


@every_kernel
@pytest.mark.parametrize("sizes", [(256, 3), (257, 3), (70_000, 3, 2), (2, 70_000, 2)])
def test_layers_as_wide_as_an_index_and_wider(kernel, sizes):
    for batch in (1, 9):
        assert_same_logits(network(sizes, 0.9), inputs(batch, sizes[0]), kernel)


@every_kernel
def test_empty_rows_empty_columns_and_layers_with_nothing_left(kernel):
    model = network((30, 20, 10, 5))
    model.layers[0]["weights"][3] = 0
    model.layers[0]["weights"][:, 4] = 0
    assert_same_logits(model, inputs(33, 30), kernel)
    model.layers[1]["weights"][:] = 0
    assert_same_logits(model, inputs(33, 30), kernel)


@every_kernel
@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.astype(np.float64),
        lambda x: np.asfortranarray(x),
        lambda x: x[::-2, :],
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: x.astype(">f4"),
        lambda x: np.frombuffer(x.tobytes(), np.float32).reshape(x.shape),
        lambda x: (8 * x).astype(np.int64),
    ],
    ids=["float64", "columns", "backwards", "strided", "big-endian", "read-only", "integers"],
)
def test_any_type_and_layout_of_input(kernel, change):
    x = change(inputs(21, 30))
    before = x.copy()
    assert_same_logits(network((30, 20, 5)), x, kernel)
    np.testing.assert_array_equal(x, before)


@every_kernel
def test_a_network_in_float64_is_stored_in_float32(kernel):
    model = network((30, 20, 5), dtype=np.float64)
    assert_same_logits(model, inputs(20, 30), kernel)


@every_kernel
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("threads", [2, 3, 99])
def test_threads_change_no_bit(kernel, activation, threads):
    model = SparseMLP.from_model(network((50, 40, 10), 0.8, activation), kernel)
    for batch in (0, 1, 64, 65, 200, 1000):
        x = inputs(batch, 50)
        alone = model.forward(x)
        for _ in range(20):
            np.testing.assert_array_equal(model.forward(x, threads=threads), alone)


def test_a_batch_is_computed_where_no_helper_comes(monkeypatch):
    monkeypatch.setattr(sparse._Helpers, "_help", lambda self: None)
    sparse._helpers.cache_clear()
    model, x = SparseMLP.from_model(network((50, 40, 10), 0.8)), inputs(300, 50)
    np.testing.assert_array_equal(model.forward(x, threads=2), model.forward(x))
    sparse._helpers.cache_clear()


def test_a_helper_runs_beside_the_caller():
    both = threading.Barrier(2)

    def run(bell, tiles):
        both.wait(timeout=30)
        tiles[:] = 2

    sparse._Helpers().share(run, n_tiles=2, threads=2)


@pytest.mark.needs("fork")
def test_a_forked_process_starts_helpers_of_its_own():
    script = """
import os, sys
import numpy as np
from test_sparse import inputs, network
from tinytorch.sparse import SparseMLP
model, x = SparseMLP.from_model(network((50, 40, 10), 0.8)), inputs(300, 50)
alone = model.forward(x)
same = lambda: all(np.array_equal(model.forward(x, threads=2), alone) for _ in range(50))
assert same()
child = os.fork()
if not child:
    os._exit(0 if same() else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or not same())
"""
    here = str(Path(__file__).parent)
    done = subprocess.run([sys.executable, "-c", script], cwd=here, timeout=120)
    assert done.returncode == 0


def test_many_threads_may_share_a_network():
    model = SparseMLP.from_model(network((50, 40, 10), 0.8))
    batches = [inputs(size, 50, size) for size in range(1, 40)]
    wanted = [model.forward(x) for x in batches]
    found = [None] * len(batches)

    def work(start):
        for i in range(start, len(batches), 4):
            found[i] = model.forward(batches[i])

    workers = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    for one, other in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(one, other)


@every_kernel
def test_nan_reaches_the_logits_that_use_it(kernel):
    model = DenseMLP.from_layers(
        [{"weights": np.ones((1, 1), np.float32), "bias": np.zeros(1, np.float32)}] * 2, "relu"
    )
    assert np.isnan(SparseMLP.from_model(model, kernel).forward(np.full((1, 1), np.nan)))
    assert np.isnan(SparseMLP.from_model(model, kernel).forward(np.full((8, 1), np.nan))).all()


@given(batch=st.integers(0, 1000))
def test_tiles_cover_every_sample_once(batch):
    tiles = list(tile_widths(batch))
    covered = [sample for start, stop, _ in tiles for sample in range(start, stop)]
    assert covered == list(range(batch))
    assert all(width in (1, 8, 16, 32, 64) for *_, width in tiles)


@unhurried
@given(st.lists(st.integers(1, 600), min_size=2, max_size=4), fractions)
def test_packing_loses_nothing(sizes, sparsity):
    model = network(sizes, sparsity)
    layers = [sparse_layer(layer["weights"], layer["bias"]) for layer in model.layers]
    back = unpack_layers(*sparse.pack_layers(layers))
    for one, other, layer in zip(layers, back, model.layers, strict=True):
        assert one.shape == other.shape
        np.testing.assert_array_equal(other.positions, one.positions)
        np.testing.assert_array_equal(other.dense(), layer["weights"])
        np.testing.assert_array_equal(other.bias, layer["bias"])


def test_a_sparse_network_does_not_change():
    model = network((30, 20, 5))
    x = inputs(4, 30)
    small = SparseMLP.from_model(model)
    before = small.forward(x)
    for layer in model.layers:
        layer["weights"][:] = 7
        layer["bias"][:] = 7
    np.testing.assert_array_equal(small.forward(x), before)
    with pytest.raises(ValueError, match="read-only"):
        small.layers()[0].bias[:] = 1


@every_kernel
def test_predict_is_the_largest_logit_and_nbytes_falls_with_sparsity(kernel):
    model = network((100, 50, 10), 0.9)
    small = SparseMLP.from_model(model, kernel)
    np.testing.assert_array_equal(small.predict(inputs(9, 100)), model.predict(inputs(9, 100)))
    assert small.kernel == kernel
    assert SparseMLP.from_model(network((100, 50, 10), 0.99), kernel).nbytes < small.nbytes / 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda model: SparseMLP.from_model(model, "fast"),
            r"kernel must be 'auto' or one of .*'fa",
        ),
        (lambda model: SparseMLP.from_model(model).forward(np.ones((2, 9))), r"\(batch, 30\), got"),
        (lambda model: SparseMLP.from_model(model).forward(np.ones(30)), r"\(batch, 30\), got"),
        (lambda model: SparseMLP.from_model(model).forward(np.ones((2, 30)), threads=0), "threads"),
        (lambda model: SparseMLP([], "relu"), "at least one layer"),
        (lambda model: SparseMLP(SparseMLP.from_model(model).layers(), "gelu"), "activation"),
        (lambda model: SparseMLP(SparseMLP.from_model(model).layers()[::-1], "relu"), "layer 1"),
        (lambda model: encode(sparse_layer(np.eye(2), np.ones(2)), "zip"), "encoding must be one"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(network((30, 20, 5)))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_weights_that_are_not_finite_in_float32_are_refused(value):
    model = network((3, 2), dtype=np.float64)
    model.layers[0]["weights"][0, 0] = value
    with pytest.raises(ValueError, match="finite"):
        SparseMLP.from_model(model)


# Formats


@st.composite
def sparse_layers(draw):
    n_in, n_out = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = rng.normal(size=(n_in, n_out)).astype(np.float32)
    weights[rng.random(weights.shape) < draw(fractions)] = 0
    return sparse_layer(weights, rng.normal(size=n_out).astype(np.float32))


lossless = st.sampled_from([name for name in ENCODINGS if "int8" not in name])


@given(sparse_layers(), lossless)
def test_every_format_gives_back_every_bit(layer, encoding):
    back = decode(encode(layer, encoding), layer.shape, encoding)
    assert back.dense().tobytes() == layer.dense().tobytes()
    assert back.bias.tobytes() == layer.bias.tobytes()


@given(sparse_layers(), st.sampled_from([name for name in ENCODINGS if "int8" in name]))
def test_int8_gives_back_what_the_lesson_rounds_to(layer, encoding):
    back = decode(encode(layer, encoding), layer.shape, encoding)
    np.testing.assert_array_equal(back.dense(), dequantize_int8(*quantize_int8(layer.dense())))


@pytest.mark.parametrize("skipped", [0, 1, 254, 255, 256, 257, 511, 512, 513, 70_000])
def test_a_gap_of_any_length(skipped):
    weights = np.zeros((skipped + 2, 1), np.float32)
    weights[[0, -1]] = 1
    layer = sparse_layer(weights, np.zeros(1, np.float32))
    back = decode(encode(layer, "gaps"), layer.shape, "gaps")
    assert back.positions.tolist() == [0, skipped + 1]


def test_the_bytes_of_each_format_by_hand():
    weights = np.zeros((4, 8), np.float32)
    weights[1, 2] = weights[3, 7] = 1  # 2 values; 12 and 27 zeros between
    layer = sparse_layer(weights, np.zeros(8, np.float32))
    nbytes = {name: sum(each.nbytes for each in encode(layer, name).values()) for name in ENCODINGS}
    bias, scale = 4 * 8, 4 * 8
    assert nbytes == {
        "dense": bias + 4 * 32,
        "csr32": bias + 2 * (4 + 4) + 4 * 5,
        "csr16": bias + 2 * (4 + 2) + 4 * 5,
        "gaps": bias + 2 * (4 + 1),
        "bitmask": bias + 2 * 4 + 4,
        "csr32+int8": bias + scale + 2 * (1 + 4) + 4 * 5,
        "csr16+int8": bias + scale + 2 * (1 + 2) + 4 * 5,
        "gaps+int8": bias + scale + 2 * (1 + 1),
        "bitmask+int8": bias + scale + 2 * 1 + 4,
    }


@given(sparse_layers(), st.sampled_from(ENCODINGS), st.data())
def test_altered_arrays_decode_to_a_layer_in_bounds_or_not_at_all(layer, encoding, data):
    """Without any checksum: what decode lets through can be run without reading beyond a layer."""
    arrays = encode(layer, encoding)
    name = data.draw(st.sampled_from(sorted(arrays)))
    raw = bytearray(arrays[name].tobytes())
    for _ in range(data.draw(st.integers(1, 4)) if raw else 0):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    arrays[name] = np.frombuffer(bytes(raw), arrays[name].dtype).reshape(arrays[name].shape)
    try:
        back = decode(arrays, layer.shape, encoding)
    except ValueError:
        return
    assert back.positions.size == back.values.size
    assert not back.positions.size or back.positions[0] >= 0
    assert (np.diff(back.positions) > 0).all()
    assert not back.positions.size or back.positions[-1] < layer.shape[0] * layer.shape[1]
    assert np.isfinite(back.values).all()


# Files


@every_kernel
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_saved_and_loaded_is_equal(kernel, encoding, activation, tmp_path):
    model = SparseMLP.from_model(network((60, 300, 10), 0.9, activation), kernel)
    size = model.save(tmp_path / "model.npz", encoding)
    assert size == (tmp_path / "model.npz").stat().st_size
    again = SparseMLP.load(tmp_path / "model.npz", kernel)
    x = inputs(20, 60)
    if "int8" in encoding:
        assert np.abs(again.forward(x) - model.forward(x)).max() < 1.5
        return
    assert again.activation == activation
    np.testing.assert_array_equal(again.forward(x), model.forward(x))


def test_the_same_network_makes_the_same_arrays_in_a_file_numpy_opens_without_pickle(tmp_path):
    SparseMLP.from_model(network((20, 5))).save(tmp_path / "one")
    assert [path.name for path in tmp_path.iterdir()] == ["one"], "nothing is left beside it"
    with np.load(tmp_path / "one", allow_pickle=False) as stored:
        assert {"header", "0.values", "0.gaps", "0.bias"} == set(stored.files)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model.npz"
    SparseMLP.from_model(network((20, 12, 5), 0.7)).save(path)
    return path


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_fuzzed_file_loads_right_or_gives_one_clear_error(saved, tmp_path, data):
    content = bytearray(saved.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        change = data.draw(st.sampled_from(["set", "cut", "insert", "remove"]))
        if change == "set":
            content[at] = data.draw(st.integers(0, 255))
        elif change == "cut" and at:
            del content[at:]
        elif change == "insert":
            content[at:at] = data.draw(st.binary(min_size=1, max_size=9))
        else:
            del content[at : at + data.draw(st.integers(1, 9))]
        content = content or bytearray(b"?")
    assert_loads_right_or_refuses(tmp_path / "fuzzed.npz", bytes(content), saved)


def assert_loads_right_or_refuses(path, content, saved):
    path.write_bytes(content)
    try:
        found = SparseMLP.load(path)
    except ValueError as error:
        assert "\n" not in str(error) and "cut or altered" in str(error)
        return
    x = inputs(5, 20)
    np.testing.assert_array_equal(found.forward(x), SparseMLP.load(saved).forward(x))


def test_every_cut_is_noticed(saved, tmp_path):
    content = saved.read_bytes()
    for length in range(0, len(content), 7):
        (tmp_path / "cut.npz").write_bytes(content[:length])
        with pytest.raises(ValueError, match="cut or altered"):
            SparseMLP.load(tmp_path / "cut.npz")


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.pop("0.bias"),
        lambda arrays: arrays.update({"2.bias": arrays["0.bias"]}),
        lambda arrays: arrays.update({"0.values": arrays["0.values"] ^ 1}),
        lambda arrays: arrays.update({"0.gaps": arrays["0.gaps"][:, ::-1].copy()}),
        lambda arrays: arrays.update({"header": np.frombuffer(b"[" * 100_000, np.uint8)}),
        lambda arrays: arrays.update({"header": np.frombuffer(b"{}", np.uint8)}),
        lambda arrays: arrays.update({"header": np.frombuffer(b"3", np.uint8)}),
        lambda arrays: arrays.update(
            {"header": np.frombuffer(arrays["header"].tobytes().replace(b": 1", b": 2"), np.uint8)}
        ),
        lambda arrays: arrays.update({"0.bias": arrays["0.bias"].astype(np.float64)}),
    ],
)
def test_a_well_formed_zip_of_other_arrays_is_refused(saved, tmp_path, change):
    with np.load(saved) as stored:
        arrays = {name: stored[name] for name in stored.files}
    change(arrays)
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(ValueError, match=r"other\.npz is not a network"):
        SparseMLP.load(tmp_path / "other.npz")


def test_a_pickle_in_the_file_is_never_opened(tmp_path):
    np.savez(tmp_path / "evil.npz", header=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="cut or altered"):
        SparseMLP.load(tmp_path / "evil.npz")


def test_an_array_that_claims_more_than_is_there_takes_no_memory(tmp_path):
    claim = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        claim, {"descr": "|u1", "fortran_order": False, "shape": (10**15,)}
    )
    with zipfile.ZipFile(tmp_path / "big.npz", "w") as archive:
        archive.writestr("header.npy", claim.getvalue())
    with pytest.raises(ValueError, match="as many as its shape"):
        SparseMLP.load(tmp_path / "big.npz")


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        SparseMLP.load(tmp_path / "none.npz")


# Without numba

WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import numpy as np
from tinytorch.pruning import DenseMLP, global_masks
from tinytorch.sparse import SparseMLP, prune_exact
model = DenseMLP(30, (20,), 5, rng=0)
pruned = prune_exact(model.weights(), 0.9)
for weight, keep, mine in zip(model.weights(), global_masks(model.weights(), 0.9), pruned):
    assert np.array_equal(np.where(keep, weight, 0), mine)
small = SparseMLP.from_model(model)
assert small.kernel == "numpy"
x = np.ones((4, 30))
assert np.allclose(small.forward(x), model.forward(x), rtol=1e-5, atol=1e-5)
small.save(sys.argv[1])
assert np.array_equal(SparseMLP.load(sys.argv[1]).forward(x), small.forward(x))
try:
    SparseMLP.from_model(model, "vector")
except ValueError as error:
    print(error)
"""


def test_all_of_it_works_without_numba(tmp_path):
    done = run(WITHOUT_NUMBA, tmp_path / "model.npz")
    assert done.stdout == (
        "SparseMLP: kernel 'vector' needs numba, which is not installed; "
        "run: python -m pip install -c constraints.txt numba\n"
    )


def test_importing_it_loads_no_compiler_and_prints_nothing():
    done = run("import sys, tinytorch.sparse; assert 'numba' not in sys.modules")
    assert done.stdout == ""


def run(code, *arguments):
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done


# Pruning exactly


@unhurried
@given(weight_lists, fractions)
def test_exact_pruning_drops_what_global_masks_drops(weights, sparsity):
    before = [weight.copy() for weight in weights]
    pruned = prune_exact(weights, sparsity)
    for weight, keep, mine in zip(weights, global_masks(weights, sparsity), pruned, strict=True):
        kept = np.where(keep, weight, weight.dtype.type(0))
        assert mine.dtype == weight.dtype and mine.shape == weight.shape
        assert mine.tobytes() == kept.tobytes()
    for weight, copy in zip(weights, before, strict=True):
        assert weight.tobytes() == copy.tobytes()


@pytest.fixture(params=["compiled", "NumPy"])
def sweep(request, monkeypatch):
    """Prune with numba, and as if it were not installed."""
    if request.param == "NumPy":
        monkeypatch.setattr(sparse, "_compiled", lambda: None)


@pytest.mark.usefixtures("sweep")
@pytest.mark.parametrize("sparsity", [0, 0.1, 0.5, 0.9, 0.999, 1])
@pytest.mark.parametrize("draw", ["normal", "few values", "one value", "zeros", "tiny"])
def test_exact_pruning_of_larger_layers_with_and_without_ties(sparsity, draw):
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape).astype(np.float32) for shape in [(300, 70), (70, 90), (1, 9)]]
    if draw == "few values":
        weights = [np.round(weight) for weight in weights]
    elif draw == "one value":
        weights = [np.sign(weight) for weight in weights]
    elif draw == "zeros":
        weights = [weight * (weight > 1) for weight in weights]
    elif draw == "tiny":
        weights = [(weight * 1e-42).astype(np.float32) for weight in weights]
    pruned = prune_exact(weights, sparsity)
    for weight, keep, mine in zip(weights, global_masks(weights, sparsity), pruned, strict=True):
        assert mine.tobytes() == np.where(keep, weight, np.float32(0)).tobytes()
    assert sparsity_report(pruned)["total"] == sum(weight.size for weight in weights)


@pytest.mark.usefixtures("sweep")
@pytest.mark.parametrize("sparsity", [0, 0.3, 0.9, 1])
def test_exact_pruning_of_many_weights_even_if_the_sample_misleads(sparsity):
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(1000, 601)).astype(np.float32)
    step = sparse._sample_step(weight.size)
    misled, tied = weight.copy(), np.sign(weight)
    misled.reshape(-1)[::step] = 100
    tied.reshape(-1)[::step] = 2
    for each in (weight, np.round(weight), misled, tied):
        keep = global_masks([each], sparsity)[0]
        mine = prune_exact([each], sparsity)[0]
        assert mine.tobytes() == np.where(keep, each, np.float32(0)).tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("nan", [np.nan, -np.nan])
def test_exact_pruning_refuses_nan_and_takes_infinity(dtype, nan):
    weight = np.ones((3, 3), dtype)
    weight[1, 1] = np.inf
    assert (
        prune_exact([weight], 8 / 9)[0].tolist() == np.where(weight == np.inf, weight, 0).tolist()
    )
    weight[0, 0] = nan
    with pytest.raises(ValueError, match=r"prune_exact: .*NaN"):
        prune_exact([weight], 0.5)


@pytest.mark.parametrize("weights", [[], [np.ones(3, np.float32)], [np.ones((2, 2), int)], "ab"])
def test_exact_pruning_names_bad_weights(weights):
    with pytest.raises((TypeError, ValueError), match=r"^prune_exact: "):
        prune_exact(weights, 0.5)


def test_a_layer_says_what_does_not_fit():
    with pytest.raises(ValueError, match=r"got \(3, 2\) and \(3,\)"):
        sparse_layer(np.ones((3, 2)), np.ones(3))
    layer = sparse_layer(np.eye(3), np.ones(3))
    with pytest.raises(ValueError, match="65,536 outputs, got 70000"):
        encode(replace(layer, shape=(3, 70_000)), "csr16")
