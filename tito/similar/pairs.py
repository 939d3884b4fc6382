"""Which answers to one exercise are alike.

Answers are never compared tree by tree: a table says which answer has which subtree, and one
product of it with itself counts what any two share.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tito.program import Code
from tito.similar.trees import Lines, Trees
from tito.visible import visible

SHARED_BY_MOST, FEW = 0.5, 4  # what more of the class have, and more than a few, says nothing
LEAST, SHARE = 8, 0.5  # subtrees that two have in common, and their part of all that is their own


@dataclass(frozen=True)
class Read:
    """An answer, and where its subtrees stand."""

    student: str
    text: str
    trees: Mapping[int, Lines]


@dataclass(frozen=True)
class Side:
    """An answer, line by line, and whether the other one has what the line says."""

    student: str
    lines: list[tuple[str, bool]]


@dataclass(frozen=True)
class Alike:
    """Two answers that are alike."""

    exercise: str
    first: Read
    second: Read
    rare: Container[int]  # the subtrees that some share and most do not
    shared: int  # how many of these both have
    share: float  # of those that are not everybody's, rare ones weighing more
    weight: float

    @property
    def students(self) -> tuple[str, str]:
        return self.first.student, self.second.student

    @property
    def sides(self) -> list[Side]:
        """Both answers with the lines marked that hold what both have."""
        both = self.first.trees.keys() & self.second.trees.keys()
        numbers = [number for number in both if number in self.rare]
        return [side(answer, numbers) for answer in (self.first, self.second)]


def side(answer: Read, numbers: Iterable[int]) -> Side:
    places = [place for number in numbers for place in answer.trees[number]]
    marked = {line for first, last in places for line in range(first, last + 1)}
    lines = enumerate(answer.text.split("\n"), 1)
    return Side(answer.student, [(visible(text), line in marked) for line, text in lines])


def alike(
    exercise: str, answers: Mapping[str, str], given: Sequence[str]
) -> tuple[list[Alike], list[str]]:
    """The pairs that are alike, and the students whose answer is no Python.

    Args:
        answers: by student.
        given: what nobody had to write, such as the stub and the reference.
    """
    trees = Trees(functions(given))
    known = {number for each in given for number in trees.of(each) or ()}
    read = {student: trees.of(text) for student, text in answers.items()}
    found = [Read(name, answers[name], each) for name, each in read.items() if each is not None]
    owners = Counter(number for each in found for number in each.trees if number not in known)
    most = max(FEW, SHARED_BY_MOST * len(found))
    weights = {
        number: math.log((2 + len(found)) / count)
        for number, count in owners.items()
        if count <= most
    }
    shared = (number for number in weights if owners[number] > 1)
    rare = {number: place for place, number in enumerate(shared)}
    pairs = [
        Alike(exercise, found[row], found[column], rare, count, share, weight)
        for row, column, count, share, weight in shared_by_two(found, rare, weights)
    ]
    return pairs, sorted(name for name, each in read.items() if each is None)


def functions(given: Sequence[str]) -> Iterator[str]:
    """The names of an exercise's own functions."""
    for source in given:
        tree = Code(source).tree
        for node in tree.body if tree else []:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node.name


def shared_by_two(
    found: Sequence[Read], rare: Mapping[int, int], weights: Mapping[int, float]
) -> Iterator[tuple[int, int, int, float, float]]:
    """For two answers that share enough: their places, how many subtrees, which share, its weight.

    Args:
        rare: the column of each subtree that several have.
    """
    has = np.zeros((len(found), len(rare)), dtype=np.float32)
    totals = np.zeros(len(found), dtype=np.float32)
    for row, answer in enumerate(found):
        has[row, [rare[each] for each in answer.trees if each in rare]] = 1
        totals[row] = sum(weights[each] for each in answer.trees if each in weights)
    weight = np.array([weights[number] for number in rare], dtype=np.float32)
    counts, shared = has @ has.T, (has * weight) @ has.T
    share = 2 * shared / np.maximum(totals[:, None] + totals, 1e-9)
    for row, column in np.argwhere(np.triu((counts >= LEAST) & (share >= SHARE), 1)):
        place = row, column
        yield row, column, int(counts[place]), float(share[place]), float(shared[place])
