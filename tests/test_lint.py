"""The linter finds each fault of a lesson, and names the file and the line."""

import re
from pathlib import Path

import pytest

from tito.errors import LessonError
from tito.lessons import read_lesson, to_notebook
from tito.lint import lint

ROOT = Path(__file__).resolve().parents[1]
TINY = (ROOT / "tests/fixtures/modules/02_tiny.py").read_text(encoding="utf-8")
LESSONS = sorted((ROOT / "modules").glob("*.py"))

GIVEN = (
    '# %% nbgrader={"grade": false, "grade_id": "more", "locked": true, '
    '"schema_version": 3, "solution": false, "task": false}\n'
)

# What is replaced by what in the tiny lesson, and what the linter says of which line.
FAULTS = {
    "no kernelspec": (
        "    name: python3",
        "    name: julia",
        {1: "the header's kernelspec has to be named python3, got julia"},
    ),
    "no header at all": (
        TINY[: TINY.index("# %%")],
        "",
        {1: "the header's kernelspec has to be named python3, got none"},
    ),
    "no default_exp": (
        "#| default_exp tiny\n",
        "",
        {1: "no `#| default_exp NAME` says which module this lesson becomes"},
    ),
    "two default_exp": (
        "print(total())",
        "#| default_exp other",
        {41: "a second `#| default_exp`; the first stands in line 15"},
    ),
    "a default_exp that names no module": (
        "default_exp tiny",
        "default_exp a-b",
        {15: "`#| default_exp` needs the name of a module, got 'a-b'"},
    ),
    "code that is not Python": (
        "print(total())",
        "x = 1\nprint(total()",
        {42: "this is not Python: '(' was never closed"},
    ),
    "a main block without its own cell": (
        'print(total())\n\n# %%\nif __name__ == "__main__":',
        'x = 1\n\nif __name__ == "__main__":',
        {43: "the main block shares a cell with other code; it needs its own `# %%` line"},
    ),
    "a main block in a text cell": (
        "# Add up. The ü shows that the file is UTF-8.",
        '# Text.\n\nif __name__ == "__main__":',
        {24: "the main block stands in a text cell; it needs its own `# %%` line"},
    ),
    "code in a text cell": (
        "# Add up. The ü shows that the file is UTF-8.",
        "# Text.\nx = 1\ny = 2",
        {23: "this code stands in a text cell; it needs its own `# %%` line"},
    ),
    "a relative import": (
        "from tinytorch.numbers",
        "from .numbers",
        {19: "a relative import; write `from PACKAGE.NAME import ...`"},
    ),
    "metadata that is not JSON": (
        "# %%\nprint(total())",
        '# %% nbgrader={"grade": tru\nprint(total())',
        {40: 'the nbgrader metadata is not of the form nbgrader={"grade": ...}'},
    ),
    "metadata of another schema": (
        '"tiny_imports", "locked": true, "schema_version": 3',
        '"tiny_imports", "locked": true, "schema_version": 2',
        {17: "nbgrader refuses this cell's metadata: Outdated schema version: 2 (expected 3)"},
    ),
    "an unknown key in the metadata": (
        '"tiny_imports", ',
        '"tiny_imports", "colour": "red", ',
        {
            17: "nbgrader refuses this cell's metadata: "
            "Additional properties are not allowed ('colour' was unexpected)"
        },
    ),
    "a grade_id with a space": (
        '"tiny_imports"',
        '"tiny imports"',
        {
            17: "a grade_id is 1 to 64 letters, digits, - or _, not cell-NNN, got 'tiny imports'",
        },
    ),
    "a grade_id that is the id of another cell": (
        '"tiny_imports"',
        '"cell-004"',
        {17: "a grade_id is 1 to 64 letters, digits, - or _, not cell-NNN, got 'cell-004'"},
    ),
    "two cells with one grade_id": (
        "# %%\nprint(total())",
        GIVEN.replace("more", "tiny_imports") + "x = 1",
        {17: "grade_id 'tiny_imports' stands in 2 cells (lines 17 and 40); each needs its own"},
    ),
    "an exported cell without metadata": (
        "# %%\nprint(total())",
        "# %%\n#| export\nx = 1",
        {40: "an exported cell without a grade_id; `# %% given NAME` gives one"},
    ),
    "a graded cell without a grade_id": (
        '"grade_id": "total_check", ',
        "",
        {
            25: "exercise 'total' has no check named 'total_check'",
            34: "a graded cell without a grade_id; `# %% given NAME` gives one",
        },
    ),
    "an unlocked check": (
        '"total_check", "locked": true',
        '"total_check", "locked": false',
        {34: "check 'total_check' is not locked; set \"locked\": true"},
    ),
    "an unlocked given cell": (
        '"tiny_imports", "locked": true',
        '"tiny_imports", "locked": false',
        {17: "given cell 'tiny_imports' is not locked; set \"locked\": true"},
    ),
    "a locked exercise": (
        '"total", "locked": false',
        '"total", "locked": true',
        {25: "exercise 'total' is locked, so that nobody can solve it; set \"locked\": false"},
    ),
    "a check of nothing": (
        '"total_check"',
        '"sum_check"',
        {
            25: "exercise 'total' has no check named 'total_check'",
            34: "check 'sum_check' has no exercise; name it as its exercise plus _check",
        },
    ),
    "a question of code": (
        '"grade": false, "grade_id": "total"',
        '"grade": true, "points": 1, "grade_id": "total"',
        {
            25: "question 'total' is a cell of code",
            34: "check 'total_check' has no exercise; name it as its exercise plus _check",
        },
    ),
    "a check without points": (
        '"points": 2',
        '"points": 0',
        {34: "check 'total_check' needs points above 0, got 0"},
    ),
    "an exported check": (
        "assert total() == 6",
        "#| export\nassert total() == 6",
        {34: "check 'total_check' is exported; take `#| export` out"},
    ),
    "a check that ends in a number": (
        "### END HIDDEN TESTS",
        "### END HIDDEN TESTS\n0.5",
        {39: "check 'total_check' has to end in an assert, or a call of expect"},
    ),
    "a check whose visible part ends in a number": (
        'assert total() == 6, "1 + 2 + 3 is 6."',
        "total()",
        {
            35: "the visible part of check 'total_check' has to end in an assert, "
            "or a call of expect"
        },
    ),
    "a solution cell without marks": (
        "    ### BEGIN SOLUTION\n    return sum(numbers)\n    ### END SOLUTION",
        "    return 6",
        {25: "exercise 'total' has no `### BEGIN SOLUTION`: nbgrader would erase all of it"},
    ),
    "a solution that does not end": (
        "    ### END SOLUTION\n",
        "",
        {29: "`### BEGIN SOLUTION` without an `### END SOLUTION` after it"},
    ),
    "a solution that does not begin": (
        "    ### BEGIN SOLUTION\n",
        "",
        {30: "`### END SOLUTION` without a `### BEGIN SOLUTION` before it"},
    ),
    "a solution within a solution": (
        "    return sum",
        "    ### BEGIN SOLUTION\n    return sum",
        {30: "`### BEGIN SOLUTION` within the one of line 29; close that first"},
    ),
    "a solution mark beside code": (
        "    return sum(numbers)\n    ### END SOLUTION",
        "    return 6 ### END SOLUTION",
        {
            29: "`### BEGIN SOLUTION` without an `### END SOLUTION` after it",
            30: "write the mark alone on its line: `### END SOLUTION`",
        },
    ),
    "solution marks in a given cell": (
        "print(total())",
        "### BEGIN SOLUTION\nprint(total())\n### END SOLUTION",
        {41: 'solution marks in a cell without "solution": true'},
    ),
    "hidden tests that do not end": (
        "### END HIDDEN TESTS",
        "",
        {36: "`### BEGIN HIDDEN TESTS` without an `### END HIDDEN TESTS` after it"},
    ),
    "hidden tests in a cell that is not graded": (
        "print(total())",
        "### BEGIN HIDDEN TESTS\nprint(total())\n### END HIDDEN TESTS",
        {41: 'hidden tests in a cell without "grade": true'},
    ),
    "a function exported twice": (
        "# %%\nprint(total())",
        GIVEN + "#| export\ndef total(): return 6",
        {42: "total is exported 2 times (lines 27 and 42); define it once"},
    ),
    "a constant exported twice": (
        "# %%\nprint(total())",
        GIVEN + "#| export\nA, [*B] = 1, [2]\nB: int = 3",
        {43: "B is exported 2 times (lines 42 and 43); define it once"},
    ),
    "an exported name defined again in an experiment": (
        "print(total())",
        "class total: pass",
        {41: "total is exported in line 27; define it once"},
    ),
}


def faulty(folder: Path, old: str, new: str) -> Path:
    assert old in TINY
    path = folder / "modules" / "02_tiny.py"
    path.parent.mkdir()
    path.write_text(TINY.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(("old", "new", "findings"), FAULTS.values(), ids=FAULTS)
def test_the_linter_finds(old, new, findings, tmp_path):
    found = lint(read_lesson(faulty(tmp_path, old, new)))
    expected = [f"modules/02_tiny.py:{line}: {message}" for line, message in findings.items()]
    assert [str(finding) for finding in found] == expected


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_our_own_lessons_have_no_fault(path):
    assert lint(read_lesson(path)) == []


# The same lesson with short headers, and what may be wrong with them.
SHORT_CELLS = """\
# %% [markdown]
# # Tiny (3.5 points)
#
# | exercise | points |
# |---|---|
# | `total` | 2 |

# %%
#| default_exp tiny

# %% given tiny_imports
#| export
from tinytorch.numbers import NUMBERS

# %% [markdown]
# ### Exercise 1: add up (2 points)
# ```
# # no heading (7 points)
# ```

# %% exercise total
#| export
def total(numbers=NUMBERS):
    ### BEGIN SOLUTION
    return sum(numbers)
    ### END SOLUTION


# %% check total 2 tags=["slow"]
assert total() == 6, "1 + 2 + 3 is 6."

# %% hidden total
assert total([]) == 0, "No numbers add up to 0."


# %%
print(total())

# %% [markdown]
# ### Why? (1.5 points)

# %% question why 1.5
# ### BEGIN SOLUTION
# because
# ### END SOLUTION
"""
SHORT = TINY[: TINY.index("# %%")] + SHORT_CELLS
FORMS = "`given NAME`, `exercise NAME`, `check NAME POINTS`, `hidden NAME`, `question NAME POINTS`"
SHORT_FAULTS = {
    "an unknown word": (
        "given tiny_imports",
        "givne tiny_imports",
        {
            "# %% givne": f"'givne' is no kind of cell; a header says {FORMS} or nothing, "
            "got `givne tiny_imports`"
        },
    ),
    "a word too many": (
        "given tiny_imports",
        "given tiny imports",
        {"# %% given": "a header of this kind is `# %% given NAME`, got `# %% given tiny imports`"},
    ),
    "no name": (
        "exercise total",
        "exercise",
        {
            "# %% exercise": "a header of this kind is `# %% exercise NAME`, got `# %% exercise`",
        },
    ),
    "no points": (
        "check total 2",
        "check total",
        {
            "# %% check": "a header of this kind is `# %% check NAME POINTS`, "
            "got `# %% check total`",
        },
    ),
    "points of nothing": (
        "question why 1.5",
        "question why 0",
        {
            "# # Tiny": "the heading says 3.5 points, below it are 2 (total_check)",
            "# ### Why": "the heading says 1.5 points, below it are 0 (no check or question)",
            "# %% question": "question 'why' needs points above 0, got 0",
        },
    ),
    "other points than the heading and the table": (
        "check total 2",
        "check total 3",
        {
            "# # Tiny": "the heading says 3.5 points, below it are 4.5 (total_check, why)",
            "# | `total`": "the table has to say 3 points for total",
            "# ### Exercise": "the heading says 2 points, below it are 3 (total_check)",
        },
    ),
    "one name twice": (
        "given tiny_imports",
        "given why",
        {"# %% given": "grade_id 'why' stands in 2 cells (lines 19 and 50); each needs its own"},
    ),
    "a check without an exercise": (
        "exercise total",
        "exercise sum",
        {
            "# %% exercise": "exercise 'sum' has no check named 'sum_check'",
            "# %% check": "check 'total_check' has no exercise; "
            "name it as its exercise plus _check",
        },
    ),
    "hidden tests of another": (
        "hidden total",
        "hidden sum",
        {"# %% hidden": "`hidden sum` has to follow `check sum` directly, and once"},
    ),
    "hidden tests that do not come right after the check": (
        "# %% hidden total",
        "# %%\n\n# %% hidden total",
        {"# %% hidden": "`hidden total` has to follow `check total` directly, and once"},
    ),
    "an exercise of text": (
        "%% exercise total",
        "%% [markdown] exercise total",
        {
            "# %% [markdown] ex": "`exercise total` is code, but the header says [markdown]",
        },
    ),
    "both headers": (
        "given tiny_imports",
        'given tiny_imports nbgrader={"grade": false}',
        {
            "# %% given": "the header says `given tiny_imports` and has nbgrader's metadata; "
            "keep one of them"
        },
    ),
    "a hidden cell that is not Python": (
        "assert total([]) == 0",
        "assert total([] == 0",
        {"assert total([] ==": "this is not Python: '(' was never closed"},
    ),
    "hidden tests that end in a number": (
        '"No numbers add up to 0."\n',
        '"No numbers add up to 0."\n0.5\n',
        {"0.5": "check 'total_check' has to end in an assert, or a call of expect"},
    ),
}


def short(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in SHORT
    path = folder / "modules" / "02_tiny.py"
    path.parent.mkdir()
    path.write_text(SHORT.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(("old", "new", "findings"), SHORT_FAULTS.values(), ids=SHORT_FAULTS)
def test_the_linter_finds_in_short_headers(old, new, findings, tmp_path):
    path = short(tmp_path, old, new)
    lines = path.read_text(encoding="utf-8").splitlines()
    found = {lines[each.line - 1]: each.message for each in lint(read_lesson(path))}
    assert len(found) == len(findings)
    for (line, message), (start, said) in zip(found.items(), findings.items(), strict=True):
        assert (line.startswith(start), message) == (True, said)


def test_short_headers_make_the_metadata_of_nbgrader(tmp_path):
    path = short(tmp_path)
    assert lint(read_lesson(path)) == []
    cells = {cell.id: cell for cell in to_notebook(read_lesson(path)).cells}
    base = {"locked": False, "schema_version": 3, "task": False}
    assert {name: cell.metadata.get("nbgrader") for name, cell in cells.items()} == {
        "cell-001": None,
        "cell-002": None,
        "tiny_imports": base
        | {"grade": False, "locked": True, "solution": False}
        | {"grade_id": "tiny_imports"},
        "cell-004": None,
        "total": base | {"grade": False, "solution": True, "grade_id": "total"},
        "total_check": base
        | {"grade": True, "locked": True, "solution": False, "points": 2}
        | {"grade_id": "total_check"},
        "cell-007": None,
        "cell-008": None,
        "why": base | {"grade": True, "solution": True, "points": 1.5, "grade_id": "why"},
    }
    assert cells["why"].cell_type == "markdown"
    assert cells["why"].source == "### BEGIN SOLUTION\nbecause\n### END SOLUTION"


def test_a_check_is_folded_and_holds_its_hidden_tests_between_marks(tmp_path):
    [check] = [cell for cell in to_notebook(read_lesson(short(tmp_path))).cells if "_" in cell.id][
        1:
    ]
    assert check.source.splitlines() == [
        "#@title Check total",
        'assert total() == 6, "1 + 2 + 3 is 6."',
        "### BEGIN HIDDEN TESTS",
        'assert total([]) == 0, "No numbers add up to 0."',
        "### END HIDDEN TESTS",
    ]
    folded = {"jupyter": {"source_hidden": True}, "cellView": "form"}
    assert {key: check.metadata[key] for key in folded} == folded
    assert check.metadata["tags"] == ["slow"]


def test_a_given_cell_is_folded_where_its_header_says_so(tmp_path):
    path = short(tmp_path, "given tiny_imports", "given tiny_imports folded")
    cells = {cell.id: cell for cell in to_notebook(read_lesson(path)).cells}
    assert cells["tiny_imports"].metadata["jupyter"] == {"source_hidden": True}


def test_short_headers_and_those_of_nbgrader_make_the_same_cells(tmp_path):
    long = faulty(tmp_path, "", "")
    text = re.sub(r'# %% nbgrader=.*"tiny_imports".*', "# %% given tiny_imports", TINY)
    text = re.sub(r'# %% nbgrader=.*"total".*', "# %% exercise total", text)
    text = re.sub(r'# %% nbgrader=.*"total_check".*', "# %% check total 2", text)
    text = text.replace("### BEGIN HIDDEN TESTS", "\n# %% hidden total")
    path = tmp_path / "02_tiny.py"
    path.write_text(text.replace("### END HIDDEN TESTS\n", ""), encoding="utf-8")
    assert to_notebook(read_lesson(path)) == to_notebook(read_lesson(long))


def test_all_faults_are_told_not_just_the_first(tmp_path):
    path = faulty(tmp_path, "#| default_exp tiny", "x = (")
    assert [finding.line for finding in lint(read_lesson(path))] == [1, 15]


def test_a_cell_mark_inside_a_string_or_a_fenced_text_is_no_cell(tmp_path):
    inside = '"""\n# %% not a cell\n"""\nprint(total('
    path = faulty(tmp_path, "print(total())", inside)
    assert [finding.line for finding in lint(read_lesson(path))] == [44]


def test_an_assert_in_a_loop_may_end_a_check(tmp_path):
    loop = 'for _ in range(2):\n    assert total() == 6, "1 + 2 + 3 is 6."'
    path = faulty(tmp_path, 'assert total() == 6, "1 + 2 + 3 is 6."', loop)
    assert lint(read_lesson(path)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"# ---\n# jupyter:\n#   kernelspec: [\n# ---\n", "the header is not YAML"),
    ],
    ids=["bytes", "header"],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(content, message, tmp_path):
    path = tmp_path / "01_odd.py"
    path.write_bytes(content)
    with pytest.raises(LessonError, match=message) as caught:
        read_lesson(path)
    assert "\n" not in str(caught.value)


def test_a_missing_lesson_is_one_clear_line(tmp_path):
    with pytest.raises(LessonError, match=r"cannot read .*01_none\.py: No such file"):
        read_lesson(tmp_path / "01_none.py")
