"""Rules a lesson file has to keep, so that nothing goes wrong later and silently."""

from __future__ import annotations

import ast
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nbgrader.nbgraderformat.common import SchemaMismatchError, ValidationError
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3

from tito.cells import CHECK_SUFFIX, GRADED, Kind, definitions, exercise_of
from tito.lessons import ALL_MARKS, HIDDEN_MARKS, SOLUTION_MARKS, Cell, Lesson

Problem = tuple[int, str]
POINTS = re.compile(r"\((\d+(?:\.\d+)?) points?\)\s*$")
CHECKING = ("expect", "same_as", "refuses", "passed")  # they assert, or return nothing
CELL_ID = re.compile(r"(?!cell-\d)[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule and the line that breaks it."""

    label: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.label}:{self.line}: {self.message}"


def lint(lesson: Lesson) -> list[Finding]:
    """What is wrong with a lesson, in the order of its lines.

    While a header cannot be read, nothing is said of what the cells are to each other.
    """
    problems = {problem for cell in lesson.cells for problem in _faults(cell)}
    if not any(cell.fault for cell in lesson.cells):
        problems |= {problem for rule in LESSON_RULES for problem in rule(lesson)}
    return sorted(Finding(lesson.label, line, message) for line, message in problems)


def _faults(cell: Cell) -> Iterator[Problem]:
    """What is wrong with one cell: its header, or else what it holds."""
    if cell.fault:
        yield cell.line, cell.fault
    else:
        for rule in CELL_RULES:
            yield from rule(cell)


def kernel_is_named(lesson: Lesson) -> Iterator[Problem]:
    """Without a kernelspec Jupyter and nbgrader guess which language a notebook is in."""
    kernel = lesson.metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield 1, f"the header's kernelspec has to be named python3, got {kernel or 'none'}"


def module_is_named_once(lesson: Lesson) -> Iterator[Problem]:
    """nbdev exports to the module that `#| default_exp` names."""
    found = lesson.default_exports
    if not found:
        yield 1, "no `#| default_exp NAME` says which module this lesson becomes"
    for line, _ in found[1:]:
        yield line, f"a second `#| default_exp`; the first stands in line {found[0][0]}"
    for line, name in found[:1]:
        if not name.isidentifier() or name.startswith("_"):
            yield line, f"`#| default_exp` needs the name of a module, got {name!r}"


def code_parses(cell: Cell) -> Iterator[Problem]:
    if cell.is_code:
        try:
            cell.parse()
        except SyntaxError as error:
            yield error.lineno or cell.line, f"this is not Python: {error.msg}"
        except ValueError as error:
            yield cell.line, f"this is not Python: {error}"


def text_holds_no_code(cell: Cell) -> Iterator[Problem]:
    """Code below a text cell becomes text, unless a `# %%` line of its own comes first."""
    body = [(line, text) for line, text in cell.body if text.strip()]
    if cell.is_code or not body or body[0][1].lstrip("rR").startswith(('"""', "'''")):
        return
    for line, text in body:
        if not text.startswith("#"):
            what = "the main block" if text.startswith("if __name__") else "this code"
            yield line, f"{what} stands in a text cell; it needs its own `# %%` line"
            break


def main_block_stands_alone(cell: Cell) -> Iterator[Problem]:
    for statement in cell.statements:
        if _is_main_block(statement) and len(cell.statements) > 1:
            yield (
                statement.lineno,
                "the main block shares a cell with other code; it needs its own `# %%` line",
            )


def _is_main_block(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Compare)
        and any(
            isinstance(part, ast.Name) and part.id == "__name__"
            for part in ast.walk(statement.test)
        )
    )


def imports_are_absolute(cell: Cell) -> Iterator[Problem]:
    """nbdev makes imports of the package relative itself, and refuses relative ones."""
    for statement in cell.statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and node.level:
                yield node.lineno, "a relative import; write `from PACKAGE.NAME import ...`"


def grading_is_readable(cell: Cell) -> Iterator[Problem]:
    """What nbgrader would refuse in the middle of a release, said before it."""
    if not cell.grading:
        if "nbgrader" in cell.node.metadata or "nbgrader" in cell.lines[0]:
            yield cell.line, 'the nbgrader metadata is not of the form nbgrader={"grade": ...}'
        return
    if not CELL_ID.fullmatch(cell.grade_id):
        return  # the next two rules tell that better
    try:
        MetadataValidatorV3().validate_cell(cell.node)
    except (ValidationError, SchemaMismatchError) as error:
        reason = getattr(error, "message", error)
        yield cell.line, f"nbgrader refuses this cell's metadata: {reason}"


def grade_ids_are_there(cell: Cell) -> Iterator[Problem]:
    kinds = {
        "a graded": cell.grading.get("grade"),
        "a solution": cell.is_solution,
        "a locked": cell.grading.get("locked"),
        "an exported": cell.is_exported,
    }
    kind = next((kind for kind, is_so in kinds.items() if is_so), None)
    if kind and not cell.grade_id:
        yield cell.line, f"{kind} cell without a grade_id; `# %% given NAME` gives one"


def grade_ids_make_cell_ids(cell: Cell) -> Iterator[Problem]:
    """A grade_id becomes the id of its cell, which Jupyter limits in length and letters."""
    if cell.grade_id and not CELL_ID.fullmatch(cell.grade_id):
        rule = "a grade_id is 1 to 64 letters, digits, - or _, not cell-NNN"
        yield cell.line, f"{rule}, got {cell.grade_id!r}"


def grade_ids_differ(lesson: Lesson) -> Iterator[Problem]:
    places = defaultdict(list)
    for cell in lesson.cells:
        if cell.grade_id:
            places[cell.grade_id].append(cell.line)
    for grade_id, lines in places.items():
        if len(lines) > 1:
            yield (
                lines[0],
                f"grade_id {grade_id!r} stands in {len(lines)} cells "
                f"(lines {_and(lines)}); each needs its own",
            )


def checks_and_given_cells_are_locked(cell: Cell) -> Iterator[Problem]:
    """nbgrader restores locked cells alone, so an unlocked check can be edited away."""
    if cell.grading and not cell.is_solution and not cell.grading.get("locked"):
        kind = "check" if cell.kind is Kind.CHECK else "given cell"
        yield cell.line, f'{kind} {cell.grade_id!r} is not locked; set "locked": true'


def exercises_and_questions_are_open(cell: Cell) -> Iterator[Problem]:
    if cell.is_solution and cell.grading.get("locked"):
        kind, do = ("exercise", "solve") if cell.kind is Kind.EXERCISE else ("question", "answer")
        yield (
            cell.line,
            f'{kind} {cell.grade_id!r} is locked, so that nobody can {do} it; set "locked": false',
        )


def exercises_and_checks_are_pairs(lesson: Lesson) -> Iterator[Problem]:
    named = {cell.grade_id: cell for cell in lesson.cells if cell.kind}
    checks = {name for name, cell in named.items() if cell.kind is Kind.CHECK}
    exercises = [name for name, cell in named.items() if cell.kind is Kind.EXERCISE]
    wanted = {name + CHECK_SUFFIX for name in exercises}
    for name in wanted - checks:
        cell = named[name.removesuffix(CHECK_SUFFIX)]
        yield cell.line, f"exercise {cell.grade_id!r} has no check named {name!r}"
    for name in checks - wanted:
        if exercise_of(named[name].part, exercises) not in exercises:
            said = f"check {name!r} has no exercise; name it as its exercise plus {CHECK_SUFFIX}"
            yield named[name].line, said


def checks_and_questions_have_points(cell: Cell) -> Iterator[Problem]:
    if cell.kind in GRADED and cell.points <= 0:
        points = cell.grading.get("points")
        yield cell.line, f"{cell.kind} {cell.grade_id!r} needs points above 0, got {points}"


def questions_are_text(cell: Cell) -> Iterator[Problem]:
    """No judge runs a question; nbgrader itself refuses the other kinds as text."""
    if cell.kind is Kind.QUESTION and cell.is_code:
        yield cell.line, f"question {cell.grade_id!r} is a cell of code"


def checks_stay_in_the_notebook(cell: Cell) -> Iterator[Problem]:
    if cell.kind is Kind.CHECK and cell.is_exported:
        yield cell.line, f"check {cell.grade_id!r} is exported; take `#| export` out"


def checks_end_in_an_assert(cell: Cell) -> Iterator[Problem]:
    """The value of a trailing expression would become the score.

    The release holds the visible part alone, so that part has to end in an assert too.
    """
    if cell.kind is not Kind.CHECK or not cell.statements:
        return
    hidden = _hidden_lines(cell)
    visible = [each for each in cell.statements if each.lineno not in hidden]
    for part, statements in (("", cell.statements), ("the visible part of ", visible)):
        if not _ends_in_an_assert(statements):
            last = statements[-1].lineno if statements else cell.line
            said = f"{part}check {cell.grade_id!r} has to end in an assert, or a call of expect"
            yield last, said
            break


def _hidden_lines(cell: Cell) -> set[int]:
    hidden, inside = set(), False
    for line, text in cell.body:
        inside = (inside or HIDDEN_MARKS[0] in text) and HIDDEN_MARKS[1] not in text
        if inside:
            hidden.add(line)
    return hidden


def _ends_in_an_assert(statements: list[ast.stmt]) -> bool:
    """An assert within a loop or a with block counts: such a block has no value."""
    if not statements:
        return False
    last = statements[-1]
    match last:
        case ast.For() | ast.With():
            return _ends_in_an_assert(last.body)
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in CHECKING
    return isinstance(last, ast.Assert)


def marks_stand_alone_on_their_lines(cell: Cell) -> Iterator[Problem]:
    """nbgrader finds a mark anywhere in a line and drops the line."""
    for line, text in cell.content:
        found = [mark for mark in ALL_MARKS if mark.lstrip("# ") in text]
        if found and text.strip() != found[0]:
            yield line, f"write the mark alone on its line: `{found[0]}`"


def marks_are_balanced(cell: Cell) -> Iterator[Problem]:
    for begin, end in (SOLUTION_MARKS, HIDDEN_MARKS):
        yield from _unbalanced(cell, begin, end)


def _unbalanced(cell: Cell, begin: str, end: str) -> Iterator[Problem]:
    opened: int | None = None
    for line, text in cell.content:
        if text.strip() == begin:
            if opened is not None:
                yield line, f"`{begin}` within the one of line {opened}; close that first"
            opened = line
        elif text.strip() == end:
            if opened is None:
                yield line, f"`{end}` without a `{begin}` before it"
            opened = None
    if opened is not None:
        yield opened, f"`{begin}` without an `{end}` after it"


def marks_stand_in_the_right_cells(cell: Cell) -> Iterator[Problem]:
    """nbgrader erases a solution cell without marks whole, signature and docstring included."""
    solution = _first_line_with(cell, SOLUTION_MARKS)
    hidden = _first_line_with(cell, HIDDEN_MARKS)
    if cell.is_solution and solution is None:
        why = (
            "nbgrader would erase all of it"
            if cell.kind is Kind.EXERCISE
            else "its marking guide stands between the marks"
        )
        yield cell.line, f"{cell.kind} {cell.grade_id!r} has no `{SOLUTION_MARKS[0]}`: {why}"
    if solution is not None and not cell.is_solution:
        yield solution, 'solution marks in a cell without "solution": true'
    if hidden is not None and (cell.is_solution or not cell.grading.get("grade")):
        yield hidden, 'hidden tests in a cell without "grade": true'


def _first_line_with(cell: Cell, marks: tuple[str, str]) -> int | None:
    return next((line for line, text in cell.content if text.strip() in marks), None)


def exported_names_are_defined_once(lesson: Lesson) -> Iterator[Problem]:
    """Else students would be graded on one definition while the package runs another."""
    exported: dict[str, list[int]] = defaultdict(list)
    for cell in lesson.cells:
        for name, line in definitions(cell.statements) if cell.is_exported else ():
            exported[name].append(line)
    for name, lines in exported.items():
        if len(lines) > 1:
            yield (
                lines[1],
                f"{name} is exported {len(lines)} times (lines {_and(lines)}); define it once",
            )
    for cell in lesson.cells:
        for name, line in () if cell.is_exported else definitions(cell.statements):
            if name in exported:
                yield line, f"{name} is exported in line {exported[name][0]}; define it once"


def _and(lines: list[int]) -> str:
    return " and ".join([", ".join(map(str, lines[:-1])), str(lines[-1])])


def headings_say_the_points(lesson: Lesson) -> Iterator[Problem]:
    """A heading that names points names those of the cells up to the next one of its level."""
    headings = [heading for cell in lesson.cells for heading in _headings(cell)]
    for place, (line, level, said) in enumerate(headings):
        later = (at for at, other, _ in headings[place + 1 :] if other <= level)
        end = next(later, math.inf)
        below = [cell for cell in lesson.cells if cell.points and line < cell.line < end]
        points = sum(cell.points for cell in below)
        if said is not None and said != points:
            names = ", ".join(cell.grade_id for cell in below) or "no check or question"
            yield line, f"the heading says {said:g} points, below it are {points:g} ({names})"


def _headings(cell: Cell) -> Iterator[tuple[int, int, float | None]]:
    """Line, level and points of the headings of a text cell, code in it left out."""
    is_code = cell.is_code
    for line, text in cell.content:
        is_code ^= text.startswith("```")
        if not is_code and (level := len(text) - len(text.lstrip("#"))):
            found = POINTS.search(text)
            yield line, level, float(found[1]) if found else None


def tables_say_the_points(lesson: Lesson) -> Iterator[Problem]:
    """A row that names exercises has their points in the column of that name: 10 + 4."""
    points = {cell.part: f"{cell.points:g}" for cell in lesson.cells if cell.kind is Kind.CHECK}
    column = None
    for line, text in (each for cell in lesson.cells if not cell.is_code for each in cell.content):
        parts = [part.strip() for part in text.strip("| ").split("|")]
        if len(parts) == 1:
            column = None
        elif "points" in parts:
            column = parts.index("points")
        elif column is not None:
            names = [name for name in re.findall(r"`(\w+)`", text) if name in points]
            wanted = " + ".join(points[name] for name in names)
            if names and parts[column:][:1] != [wanted]:
                yield line, f"the table has to say {wanted} points for {', '.join(names)}"


CELL_RULES: tuple[Callable[[Cell], Iterator[Problem]], ...] = (
    code_parses,
    text_holds_no_code,
    main_block_stands_alone,
    imports_are_absolute,
    grading_is_readable,
    grade_ids_are_there,
    grade_ids_make_cell_ids,
    checks_and_given_cells_are_locked,
    exercises_and_questions_are_open,
    checks_and_questions_have_points,
    questions_are_text,
    checks_stay_in_the_notebook,
    checks_end_in_an_assert,
    marks_stand_alone_on_their_lines,
    marks_are_balanced,
    marks_stand_in_the_right_cells,
)
LESSON_RULES: tuple[Callable[[Lesson], Iterator[Problem]], ...] = (
    kernel_is_named,
    module_is_named_once,
    grade_ids_differ,
    exercises_and_checks_are_pairs,
    exported_names_are_defined_once,
    headings_say_the_points,
    tables_say_the_points,
)
