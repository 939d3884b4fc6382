"""The digits are scikit-learn's, split once."""

import numpy as np
from sklearn.datasets import load_digits as sklearn_digits

from tinytorch.digits import load_digits


def test_the_stored_digits_are_those_of_scikit_learn():
    digits, original = load_digits(), sklearn_digits()
    ours = np.concatenate([digits.x_train, digits.x_test]) * 16
    labels = np.concatenate([digits.y_train, digits.y_test])
    order = np.lexsort(np.column_stack([ours, labels]).T)
    other_order = np.lexsort(np.column_stack([original.data, original.target]).T)
    np.testing.assert_array_equal(ours[order], original.data[other_order])
    np.testing.assert_array_equal(labels[order], original.target[other_order])


def test_the_split_is_the_same_at_every_call_and_shares_nothing():
    first, second = load_digits(), load_digits()
    assert first.x_train.shape == (1437, 64) and first.x_test.shape == (360, 64)
    assert first.x_train.dtype == np.float32 and first.y_train.dtype == np.int64
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    first.x_train[:] = 0
    assert load_digits().x_train.max() == 1


def test_no_test_image_is_a_training_image():
    digits = load_digits()
    train = {image.tobytes() for image in digits.x_train}
    assert not any(image.tobytes() in train for image in digits.x_test)


def test_every_digit_is_in_both_parts():
    digits = load_digits()
    assert np.bincount(digits.y_train).min() > 100
    assert np.bincount(digits.y_test).min() > 20
