"""An answer as a set of subtrees in which names, comments, texts and order do not count.

Two subtrees with the same number are equal when local names are blotted out, statements of a block
and what `+` or `and` joins are put in order, and docstrings, annotations and the texts of messages
are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tito.program import UNREADABLE, Code

SMALLEST = 6  # nodes: below it subtrees are equal by chance
ANY_ORDER = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)
BLOCKS = ("body", "orelse", "finalbody")
NOT_COUNTED = ("annotation", "returns", "type_comment", "type_params", "ctx", "kind", "simple")
Lines = list[tuple[int, int]]  # first and last of each place where a subtree stands
Key = tuple[object, ...]


class Trees:
    """Numbers for subtrees, the same for equal ones in all answers that it is shown.

    Args:
        kept: names that are not blotted out: those of the exercise's own functions.
    """

    def __init__(self, kept: Iterable[str]) -> None:
        self._kept = {*kept}
        self._numbers: dict[Key, int] = {}

    def of(self, source: str) -> dict[int, Lines] | None:
        """The subtrees of an answer that are large enough; None where it is no Python."""
        tree = Code(source).tree
        if tree is None:
            return None
        try:
            self._local = {*bound(tree)} - self._kept
            self._found: dict[int, Lines] = {}
            self._number(tree)
        except UNREADABLE:
            return None
        return self._found

    def _number(self, node: ast.AST) -> tuple[int, int]:
        """The number of a subtree, and how many nodes it has."""
        size = 1
        key: list[object] = [type(node).__name__]
        for name, value in ast.iter_fields(node):
            if name in NOT_COUNTED:
                continue
            if isinstance(value, ast.AST) and not isinstance(value, ast.operator):
                number, more = self._number(value)
                key.append(number)
                size += more
            elif isinstance(value, list):
                numbers, more = self._numbers_of(name, value)
                key.append((name, *numbers))
                size += more
            else:
                key.append(self._plain(node, value))
        match node:
            case ast.BinOp(op=operator) if isinstance(operator, ANY_ORDER):
                key[1:] = sorted(key[1:], key=str)
            case ast.BoolOp():
                key[-1] = tuple(sorted(key[-1], key=str))  # type: ignore[call-overload]
        number = self._numbers.setdefault(tuple(key), len(self._numbers))
        if size >= SMALLEST and isinstance(node, ast.stmt | ast.expr):
            place = node.lineno, node.end_lineno or node.lineno
            self._found.setdefault(number, []).append(place)
        return number, size

    def _numbers_of(self, name: str, values: list[object]) -> tuple[list[object], int]:
        """Those of a list; of a block without what says nothing, in an order of their own."""
        block = name in BLOCKS
        nodes = [each for each in values if not (block and says_nothing(each))]
        found = [self._number(each) if isinstance(each, ast.AST) else (each, 0) for each in nodes]
        numbers: list[object] = [number for number, _ in found]
        return sorted(numbers, key=str) if block else numbers, sum(size for _, size in found)

    def _plain(self, node: ast.AST, value: object) -> object:
        """What counts of a value that is no tree."""
        if isinstance(value, ast.operator):
            return type(value).__name__
        if isinstance(node, ast.Constant):
            return "a text" if isinstance(value, str) else repr(value)
        is_name = isinstance(node, ast.Name | ast.arg | ast.FunctionDef | ast.ClassDef)
        return "a name" if is_name and value in self._local else value


def bound(tree: ast.AST) -> Iterator[str]:
    """The names that an answer chose itself."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.split(".")[0]


def says_nothing(node: object) -> bool:
    """Whether a statement is a docstring, an import or `pass`."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)
