"""The catalogue of known answers: lesson material that proves the checks, read and never run.

modules/answers/LESSON/*.py holds nothing but entries, whose arguments are texts:

    slip("exercise", "name", "misconception", says="...", old="...", new="...")
        a wrong answer: the reference, in whose code `old`, which stands there once, becomes `new`

    @wrong("exercise", "misconception", says="...")
    def name(...):
        a wrong answer of its own

    @right("exercise")
    def name(...):
        a right answer, written differently

An exercise is named by its function. Of a cell with several the others stay as they are.

`says` is a regular expression, which finds something in what the failed check says.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

from tito.course import Assignment
from tito.errors import LessonError

HEADER = re.compile(r"# %%")
EXERCISE = re.compile(r"# %% exercise (?P<name>\w+)")
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
ALLOWED = "slip(...), @wrong(...) or @right(...) over a function (docs/maintainer.md)"
Function = ast.FunctionDef


@dataclass(frozen=True)
class Reference:
    """A function of an exercise, solved, and what stands around it in its cell."""

    exercise: str
    source: str
    before: str = ""
    after: str = ""

    def cell(self, source: str) -> str:
        """The exercise's cell with another function in this one's place."""
        return self.before + source + self.after


@dataclass(frozen=True)
class Answer:
    """One way to fill an exercise's cell."""

    exercise: str
    name: str
    source: str


@dataclass(frozen=True)
class WrongAnswer(Answer):
    """An answer that the check of its exercise, and no other, refuses."""

    misconception: str
    says: str  # a regular expression, for what the check says


@dataclass(frozen=True)
class Catalogue:
    """The known answers of one lesson, in the order of its exercises."""

    wrong: tuple[WrongAnswer, ...] = ()
    right: tuple[Answer, ...] = ()


def read_catalogue(assignment: Assignment) -> Catalogue:
    """The known answers of a lesson; none where nobody has written any down.

    Raises:
        LessonError: an entry is none, or does not fit the lesson.
    """
    references = read_references(assignment.lesson)
    answers: dict[str, Answer] = {}
    for path in sorted(assignment.answers.glob("*.py")):
        for line, answer in AnswersFile(path, references).entries():
            if answer.name in answers:
                raise fault(path, line, f"a second answer is called {answer.name}")
            answers[answer.name] = answer
    place = {each.exercise: number for number, each in enumerate(references.values())}
    ordered = sorted(answers.values(), key=lambda answer: place[answer.exercise])
    return Catalogue(
        tuple(each for each in ordered if isinstance(each, WrongAnswer)),
        tuple(each for each in ordered if not isinstance(each, WrongAnswer)),
    )


def read_references(lesson: Path) -> dict[str, Reference]:
    """The functions in which a lesson's students write, by their names, without the marks."""
    tree, lines = parse(lesson)
    headers = [place for place, line in enumerate(lines) if HEADER.match(line)]
    found = {}
    for node in tree.body:
        if isinstance(node, Function) and MARKS[0] in map(str.strip, lines_of(node, lines)):
            begin, end = node.lineno - 1, node.end_lineno or node.lineno
            source, place = plain(lines[begin:end]), bisect(headers, begin)
            above = headers[place - 1] if place else 0
            if header := EXERCISE.match(lines[above]):
                below = headers[place] if place < len(headers) else len(lines)
                before = plain(lines[above + 1 : begin]).lstrip("\n")
                after = plain(lines[end:below]).rstrip()
                reference = Reference(header["name"], source, before, after and f"{after}\n")
            else:
                reference = Reference(node.name, source)
            found[node.name] = reference
    return found


def plain(lines: Iterable[str]) -> str:
    """Lines without the marks of solutions, and without nbdev's directives."""
    return "".join(
        line for line in lines if line.strip() not in MARKS and not line.startswith("#|")
    )


class AnswersFile:
    """One file of entries; each kind of entry is the method of its name."""

    def __init__(self, path: Path, references: dict[str, Reference]) -> None:
        self.path, self.references = path, references
        self.tree, self.lines = parse(path)

    def entries(self) -> Iterable[tuple[int, Answer]]:
        """Every entry, with the line where it begins."""
        for node in self.tree.body:
            match node:
                case ast.Expr(value=ast.Constant(value=str())) if node.lineno == 1:
                    pass  # what the file says of itself
                case ast.Expr(value=ast.Call(func=ast.Name(id="slip")) as call):
                    yield node.lineno, self.entry(self.slip, call)
                case Function(decorator_list=[ast.Call(func=ast.Name(id="wrong")) as call]):
                    yield call.lineno, self.entry(self.wrong, call, node)
                case Function(decorator_list=[ast.Call(func=ast.Name(id="right")) as call]):
                    yield call.lineno, self.entry(self.right, call, node)
                case _:
                    found = ast.unparse(node).splitlines()[0]
                    raise fault(self.path, node.lineno, f"allowed is {ALLOWED}; found: {found}")

    def entry(self, kind: Callable[..., Answer], call: ast.Call, *function: Function) -> Answer:
        """The answer that a call makes, its arguments held against the method's own."""
        try:
            given = [text(each) for each in call.args]
            named = {str(each.arg): text(each.value) for each in call.keywords}
            expected = signature(kind).bind(*function, *given, **named)
            answer = kind(*expected.args, **expected.kwargs)
            re.compile(getattr(answer, "says", ""))
        except re.error as error:
            raise fault(self.path, call.lineno, f"says is no regular expression: {error}") from None
        except (TypeError, ValueError) as error:
            raise fault(self.path, call.lineno, f"{kind.__name__}: {error}") from None
        return answer

    def slip(
        self, exercise: str, name: str, misconception: str, says: str, *, old: str, new: str
    ) -> WrongAnswer:
        reference = self.named(exercise)
        head, quotes, code = reference.source.rpartition('"""')
        if code.count(old) != 1:
            times = code.count(old)
            raise ValueError(f"old={old!r} must stand once in the reference, not {times} times")
        source = reference.cell(head + quotes + code.replace(old, new))
        return WrongAnswer(reference.exercise, name, source, misconception, says)

    def wrong(
        self, function: Function, exercise: str, misconception: str, says: str
    ) -> WrongAnswer:
        reference = self.named(exercise)
        source = reference.cell(self.renamed(function, exercise))
        return WrongAnswer(reference.exercise, function.name, source, misconception, says)

    def right(self, function: Function, exercise: str) -> Answer:
        reference = self.named(exercise)
        source = reference.cell(self.renamed(function, exercise))
        return Answer(reference.exercise, function.name, source)

    def renamed(self, function: Function, exercise: str) -> str:
        """The function's source, without its decorator, under the exercise's name."""
        source = "".join(lines_of(function, self.lines))
        return source.replace(f"def {function.name}", f"def {exercise}", 1)

    def named(self, function: str) -> Reference:
        """The reference of a function that an entry names."""
        if function not in self.references:
            known = ", ".join(self.references) or "none"
            raise ValueError(f"the lesson has no exercise {function!r}; it has: {known}")
        return self.references[function]


def parse(path: Path) -> tuple[ast.Module, list[str]]:
    """A file's syntax tree, and its lines with their ends."""
    code = path.read_text(encoding="utf-8")
    try:
        return ast.parse(code), code.splitlines(keepends=True)
    except SyntaxError as error:
        raise fault(path, error.lineno or 1, f"not Python: {error.msg}") from None


def lines_of(function: Function, lines: list[str]) -> list[str]:
    """The lines of a function, without its decorators."""
    return lines[function.lineno - 1 : function.end_lineno]


def text(node: ast.expr) -> str:
    """The text that an argument is."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = None
    if not isinstance(value, str):
        raise TypeError(f"an argument must be a text in quotes, not {ast.unparse(node)}")
    return value


def fault(path: Path, line: int, said: str) -> LessonError:
    place = "/".join(path.parts[-4:] if "answers" in path.parts else path.parts[-2:])
    return LessonError(f"{place}, line {line}: {said}")
