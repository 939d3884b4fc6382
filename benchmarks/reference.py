"""Answers to the exercises of the labs' second edition that an experiment is run with here."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np


def refit(
    weight: np.ndarray, keep: np.ndarray, x: np.ndarray, target: np.ndarray, damping: float = 0.01
) -> np.ndarray:
    """Kept weights anew, by least squares, so that `x @ weight` comes near `target`.

    Source: Hassibi & Stork 1993; Frantar & Alistarh 2023, arXiv:2301.00774.
    """
    x, weight = x.astype(float), weight.astype(float)
    gram, right = x.T @ x, x.T @ target
    ridge = damping * np.trace(gram) / len(gram)
    new = np.zeros_like(weight)
    for column in range(weight.shape[1]):
        kept = keep[:, column]
        matrix = gram[np.ix_(kept, kept)] + ridge * np.eye(kept.sum())
        new[kept, column] = np.linalg.solve(matrix, (right + ridge * weight)[kept, column])
    return new


def soft_targets(logits: np.ndarray, temperature: float) -> np.ndarray:
    """A teacher's probabilities, softened. Source: Hinton et al. 2015, arXiv:1503.02531."""
    raised = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def allocate(
    scan: np.ndarray, sparsities: Sequence[float], sizes: Sequence[int], sparsity: float
) -> list[float]:
    """Of all combinations that drop enough, the one with the least predicted loss."""
    loss = scan[:, :1] - scan
    best: tuple[float, list[float]] = (float("inf"), [])
    for choice in itertools.product(range(len(sparsities)), repeat=len(sizes)):
        chosen = [sparsities[i] for i in choice]
        if np.dot(chosen, sizes) >= sparsity * sum(sizes):
            total = float(sum(loss[layer, i] for layer, i in enumerate(choice)))
            best = min(best, (total, chosen))
    return best[1]
