"""Storing sparsely: CSR, bitmask, bytes, int8, N:M."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import sparse_weights, weights

from tinytorch.recovery import nm_mask
from tinytorch.shipping import (
    csr_matmul,
    dequantize_int8,
    from_bitmask,
    from_csr,
    quantize_int8,
    storage_bytes,
    to_bitmask,
    to_csr,
)


def same_bits(first, second):
    """Equal in every bit, but for the sign of zero: a zero is not stored."""
    return first.dtype == second.dtype and (first + 0).tobytes() == (second + 0).tobytes()


@given(sparse_weights())
def test_csr_is_what_the_definition_gives(weight):
    values, columns, pointers = to_csr(weight)
    assert values.dtype == weight.dtype and columns.dtype == pointers.dtype == np.int32
    assert len(pointers) == len(weight) + 1 and pointers[0] == 0
    for row, line in enumerate(weight.tolist()):
        here = slice(pointers[row], pointers[row + 1])
        assert columns[here].tolist() == [j for j, value in enumerate(line) if value != 0]
        assert values[here].tolist() == [value for value in line if value != 0]


@given(sparse_weights())
def test_csr_and_bitmask_give_the_weight_back_to_the_bit(weight):
    before = weight.copy()
    assert same_bits(from_csr(*to_csr(weight), weight.shape), weight)
    assert same_bits(from_bitmask(*to_bitmask(weight), weight.shape), weight)
    assert weight.tobytes() == before.tobytes()


@given(sparse_weights(), st.integers(0, 4))
def test_the_product_from_csr_is_the_dense_one(weight, batch):
    x = np.random.default_rng(batch).normal(size=(batch, weight.shape[0])).astype(weight.dtype)
    before, csr = x.copy(), to_csr(weight)
    product = csr_matmul(x, *csr, weight.shape)
    assert product.shape == (batch, weight.shape[1]) and product.dtype == weight.dtype
    np.testing.assert_allclose(product, x @ weight, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(x, before)
    for array, again in zip(csr, to_csr(weight), strict=True):
        np.testing.assert_array_equal(array, again)


@given(sparse_weights())
def test_bytes_are_those_of_the_arrays(weight):
    values, columns, pointers = to_csr(weight)
    small = columns.astype(np.uint16)
    assert storage_bytes(weight, "dense") == weight.nbytes
    assert storage_bytes(weight, "csr") == values.nbytes + columns.nbytes + pointers.nbytes
    assert storage_bytes(weight, "csr16") == values.nbytes + small.nbytes + pointers.nbytes
    assert storage_bytes(weight, "bitmask") == sum(each.nbytes for each in to_bitmask(weight))


@given(weights())
def test_int8_is_within_half_a_scale(weight):
    before = weight.copy()
    q, scale = quantize_int8(weight)
    assert q.dtype == np.int8 and q.shape == weight.shape and q.min() >= -127
    assert scale.dtype == np.float32 and scale.shape == weight.shape[1:] and (scale > 0).all()
    error = np.abs(dequantize_int8(q, scale) - weight)
    assert (error <= scale / 2 * (1 + 1e-3) + 1e-30).all()
    np.testing.assert_array_equal(weight, before)


@given(weights())
def test_int8_uses_the_whole_range_and_keeps_signs(weight):
    weight = np.where(np.abs(weight) < 1e-3, 0, weight)
    q, _ = quantize_int8(weight)
    largest = np.abs(q.astype(int)).max(axis=0)
    assert (largest == np.where(weight.any(axis=0), 127, 0)).all()
    assert (np.sign(q) * np.sign(weight) >= 0).all()
    np.testing.assert_array_equal(quantize_int8(-weight)[0], -q)


@given(weights(), st.integers(1, 4), st.data())
def test_n_of_every_m_inputs_stay_the_largest_of_equals_the_later(weight, repeats, data):
    weight = np.tile(weight, (repeats, 1))
    m = data.draw(st.sampled_from([m for m in range(1, len(weight) + 1) if len(weight) % m == 0]))
    n = data.draw(st.integers(1, m))
    keep = nm_mask(weight, n, m)
    assert keep.dtype == bool and keep.shape == weight.shape
    for column, kept in zip(weight.T.tolist(), keep.T.tolist(), strict=True):
        for start in range(0, len(column), m):
            places = range(start, start + m)
            ranked = sorted(places, key=lambda place, column=column: (abs(column[place]), place))
            assert [place for place in places if kept[place]] == sorted(ranked[m - n :])


@pytest.mark.parametrize("function", [to_csr, to_bitmask, quantize_int8, nm_mask])
def test_the_weight_is_left_as_it_was(function):
    weight = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    before = weight.copy()
    function(weight)
    np.testing.assert_array_equal(weight, before)
