"""What a student's code says by its names: what it defines, what it uses, without running it.

On the standard library alone: the student's wheel takes it along. Code that Python cannot read, or
that is nested or long beyond measure, defines and uses nothing here, and nothing is raised.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property
from inspect import CO_COROUTINE
from types import CodeType
from typing import Any

LONGEST = 100_000  # characters; more is not looked into
CALL_SECONDS = 10.0  # of the processor: what a cell, or one call of a function, may take
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "get_ipython", "display"}

# Lines that only a notebook understands, in code that is no Python as it stands.
CELL_MAGIC = re.compile(r"\A(\s*(?:#[^\n]*\n\s*)*)%%[^\n]*")
TIMED = re.compile(r"^([ \t]*(?:\w[\w, \t]*=[ \t]*)?)%time[ \t]+", re.M)
ASSIGNED = re.compile(r"^([ \t]*\w[\w, \t]*=[ \t]*)[%!][^\n]*", re.M)
COMMAND = re.compile(r"^([ \t]*)(?:[%!?][^\n]*|[\w.]+\?{1,2}[ \t]*)$", re.M)

LEFT_OVER = "the line `raise NotImplementedError` (line {}) still stands in the answer: take it out"

# A line at the top that defines something, in code that cannot be parsed.
DEFINITION = re.compile(r"^(?:async[ \t]+def|def|class)[ \t]+(\w+)", re.M)


def python_of(source: str) -> str:
    """Code as plain Python, as many lines long: commands to the notebook are taken out.

    A cell magic leaves the code below it, `%time` its statement, other commands nothing.
    """
    if not any(mark in source for mark in "%!?") or is_python(source):
        return source
    source = CELL_MAGIC.sub(r"\1pass", source)
    source = ASSIGNED.sub(r"\1[]", TIMED.sub(r"\1", source))
    return COMMAND.sub(r"\1pass", source)


def without_cell_magic(source: str) -> str:
    """Code without `%%timeit` or the like above it, where what is left is Python."""
    rest = CELL_MAGIC.sub(r"\1pass", source, count=1)
    return rest if rest != source and is_python(python_of(rest)) else source


def parts_of(source: str, title: str) -> list[tuple[CodeType, bool]]:
    """A cell's code in parts, and of each whether it is an import, which may fail alone.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is no Python.
    """
    body = ast.parse(source, title).body
    apart = [isinstance(each, ast.Import | ast.ImportFrom) for each in body]
    if "__future__" in source or not any(apart):
        return [(as_in_notebook(source, title), False)]
    groups: list[tuple[list[ast.stmt], bool]] = []
    for each, is_import in zip(body, apart, strict=True):
        if groups and not is_import and not groups[-1][1]:
            groups[-1][0].append(each)
        else:
            groups.append(([each], is_import))
    return [
        (as_in_notebook(ast.Module(group, []), title), is_import) for group, is_import in groups
    ]


def as_in_notebook(source: str | ast.Module, title: str) -> CodeType:
    """Compile what may `await` at its top."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code: CodeType = compile(source, title, "exec", flags, dont_inherit=True)
    return code


def execute(parts: Iterable[tuple[CodeType, bool]], names: dict[str, Any]) -> ImportError | None:
    """Run a cell; the first import that failed does not end it, and is returned."""
    failed: ImportError | None = None
    for code, is_import in parts:
        try:
            if code.co_flags & CO_COROUTINE:
                import asyncio  # here: it takes a while, and hardly a cell needs it

                asyncio.run(eval(code, names))
            else:
                exec(code, names)
        except ImportError as error:
            if not is_import:
                raise
            failed = failed or error
    return failed


def is_python(source: str) -> bool:
    return parsed(source) is not None


def parsed(source: str) -> ast.Module | None:
    with warnings.catch_warnings(action="ignore"):  # what Python finds odd is for its author
        try:
            return ast.parse(source)
        except UNREADABLE:
            return None


@dataclass(frozen=True)
class Code:
    """A piece of code, looked at."""

    source: str

    @cached_property
    def python(self) -> str:
        return python_of(self.source) if len(self.source) <= LONGEST else ""

    @cached_property
    def tree(self) -> ast.Module | None:
        """The code, parsed; nothing for what is no Python."""
        return parsed(self.python)

    @cached_property
    def names(self) -> tuple[frozenset[str], frozenset[str]]:
        """What it binds at its top, and what it uses of names that are not bound inside."""
        try:
            with warnings.catch_warnings(action="ignore"):
                table = symtable.symtable(self.python, "answer", "exec")
        except UNREADABLE:
            return frozenset(DEFINITION.findall(self.python)), frozenset()
        bound = {each.get_name() for each in table.get_symbols() if is_bound(each)}
        used = {each.get_name() for each in table.get_symbols() if each.is_referenced()}
        inner = [*table.get_children()]
        while inner:
            scope = inner.pop()
            inner += scope.get_children()
            used |= {each.get_name() for each in scope.get_symbols() if each.is_global()}
        return frozenset(bound), frozenset(used)

    @property
    def defines(self) -> frozenset[str]:
        return self.names[0]

    @property
    def needs(self) -> frozenset[str]:
        """The names that something else has to define."""
        bound, used = self.names
        return used - bound - BUILTINS

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands there but comments."""
        return bool(self.tree and not self.tree.body) and self.python == self.source

    @cached_property
    def shape(self) -> str:
        """What it does, whatever its comments and blanks are."""
        return ast.dump(self.tree) if self.tree else self.source.strip()

    @cached_property
    def steps(self) -> tuple[Code, ...]:
        """Its statements, each with its lines; those that share a line are one."""
        lines = self.python.splitlines()
        spans: list[tuple[int, int]] = []
        for each in self.tree.body if self.tree else []:
            marks = [mark.lineno for mark in getattr(each, "decorator_list", [])]
            start, end = min([each.lineno, *marks]), each.end_lineno or each.lineno
            if spans and start <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            else:
                spans.append((start, end))
        return tuple(Code("\n".join(lines[start - 1 : end])) for start, end in spans)

    @cached_property
    def alters(self) -> frozenset[str]:
        """What it binds, and what it puts something into: `a` of `a[0] = 1` and of `a.b = 1`."""
        targets = [
            target
            for each in (self.tree.body if self.tree else [])
            if isinstance(each, ast.Assign)
            for target in each.targets
        ]
        return self.defines | {base_of(target) for target in targets} - {""}


def left_over(source: str) -> int:
    """The line of a stub's `raise NotImplementedError` that still stands beside an answer, or 0."""
    tree = Code(source).tree
    for function in tree.body if tree else []:
        if isinstance(function, ast.FunctionDef):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            lines = [each.lineno for each in body if raises_not_implemented(each)]
            if lines and any(isinstance(each, ast.Return) for each in ast.walk(function)):
                return lines[0]  # a stub returns nothing, but may look at its arguments
    return 0


def raises_not_implemented(statement: ast.stmt) -> bool:
    raised = statement.exc if isinstance(statement, ast.Raise) else None
    name = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(name, ast.Name) and name.id == "NotImplementedError"


def is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()


def base_of(target: ast.expr) -> str:
    """The name before the dots and brackets of what is assigned to."""
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def definitions_of(names: Iterable[str], cells: Iterable[Code], given: Container[str] = ()) -> str:
    """The statements that define names, and those that these need, in the order of the cells.

    Args:
        given: names that are there already, and are not looked for.
    """
    steps = [step for cell in cells for step in cell.steps]
    altering: dict[str, list[int]] = {}
    for place, step in enumerate(steps):
        for name in step.alters:
            altering.setdefault(name, []).append(place)
    wanted: set[int] = set()
    waiting = list(names)
    while waiting:
        for place in altering.pop(waiting.pop(), []):
            if place not in wanted:
                wanted.add(place)
                more = steps[place].needs | steps[place].alters
                waiting += [name for name in more if name not in given]
    return "\n".join(steps[place].source for place in sorted(wanted))
