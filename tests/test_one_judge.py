"""What a student is told by `tito check` and the points that `tito grade` gives are the same."""

import json

import pytest
from needs import best_isolation
from small import LESSON, RIGHT, WRONG, hand_in, small_course

from tito.grades import read_grades
from tito.grading.judges import local_judges
from tito.grading.run import grade
from tito.student.checking import check_work
from tito.student.lesson import read_work

SECOND = """

# %% [markdown]
# Double them.

# %% exercise twice
#| export
def twice(numbers):
    \"\"\"Return each number twice as large.\"\"\"
    ### BEGIN SOLUTION
    return [2 * number for number in numbers]
    ### END SOLUTION

# %% check twice 4
assert twice([1, 2]) == [2, 4], "Twice 1 is 2."
"""
TWICE = "def twice(numbers):\n    return [2 * number for number in numbers]"
BODY = RIGHT.split("\n", 1)[1]


def of(total, twice=TWICE, *own):
    """A notebook by what stands in the cells of its two exercises, and in own cells above."""
    return {"total": total, "twice": twice, "own": own}


def split(head, tail):
    return of(head) | {"below": tail}


# Each accident with the exercises that earn their points, worked out by what plain nbgrader does;
# where a line of no import to the answer ends nbgrader's cell, by what the answer is worth.
BOTH, LAST = {"total", "twice"}, {"twice"}
ACCIDENTS = {
    "right": (of(RIGHT), BOTH),
    "wrong": (of(WRONG), LAST),
    "trial line": (of(f"{RIGHT}\nprint(total())"), BOTH),
    "trial line that fails": (of(f"{RIGHT}\nprint(undefined)"), BOTH),
    "display": (of(f"{RIGHT}\ndisplay(total())"), BOTH),
    "display inside": (of(f"def total(numbers=NUMBERS):\n    display(1)\n{BODY}"), BOTH),
    "shell asked inside": (of(f"def total(numbers=NUMBERS):\n    get_ipython()\n{BODY}"), BOTH),
    "await at the top": (of(f"import asyncio\nawait asyncio.sleep(0)\n{RIGHT}"), BOTH),
    "help": (of(f"{RIGHT}\nsum?"), BOTH),
    "%%time": (of(f"%%time\n{RIGHT}"), BOTH),
    "%%timeit": (of(f"%%timeit\n{RIGHT}"), BOTH),
    "%matplotlib widget": (of(f"%matplotlib widget\n{RIGHT}"), BOTH),
    "%load_ext of nothing": (of(f"%load_ext line_profiler_\n{RIGHT}"), BOTH),
    "shell": (of(f"!true\n{RIGHT}"), BOTH),
    "a module that is not there": (of(f"import pandas_ as pd\n{RIGHT}"), BOTH),
    "a module that is needed and not there": (
        of("import pandas_ as pd\ndef total(numbers=NUMBERS):\n    return pd.sum(numbers)"),
        LAST,
    ),
    "asks for input": (of(f'{RIGHT}\nif input("try? "):\n    print(total())'), BOTH),
    "ends Python at the end": (of(f"{RIGHT}\nimport sys\nsys.exit()"), BOTH),
    "ends Python inside": (of("def total(numbers=NUMBERS):\n    exit()"), LAST),
    "a newer Python": (of(f"type \N{GREEK SMALL LETTER ALPHA}[T] = list[T]\n{RIGHT}"), LAST),
    "no Python": (of("def total(:"), LAST),
    "tabs and spaces": (of("def total(numbers=NUMBERS):\n        x = 1\n\treturn 6"), LAST),
    "generator as answer": (of("def total(numbers=NUMBERS):\n    yield sum(numbers)"), LAST),
    "future": (of(f"from __future__ import annotations\n{RIGHT}"), BOTH),
    "walrus": (of(f'{RIGHT}\nif (n := 3) > 2: print(f"{{n=}}")'), BOTH),
    "decorated": (of(f"import atexit\n@atexit.register\n{RIGHT}"), BOTH),
    "line of the stub left above": (
        of(f"def total(numbers=NUMBERS):\n    raise NotImplementedError\n{BODY}"),
        LAST,
    ),
    "line of the stub left below": (of(f"{RIGHT}\n    raise NotImplementedError"), BOTH),
    "untouched": (of(None), LAST),
    "empty": (of(""), LAST),
    "comments": (of("# later"), LAST),
    "helper in an own cell": (
        of("def total(numbers=NUMBERS):\n    return added(numbers)", TWICE, "added = sum"),
        BOTH,
    ),
    "import in an own cell": (
        of("def total(numbers=NUMBERS):\n    return int(math.fsum(numbers))", TWICE, "import math"),
        BOTH,
    ),
    "answer in an own cell": (of(None, TWICE, RIGHT), BOTH),
    "spoilt by a later cell": (of(RIGHT, f"{TWICE}\n{WRONG}"), BOTH),
    "both in one cell": (of(f"{RIGHT}\n\n{TWICE}", ""), BOTH),
    "split": (split("added = sum", "def total(numbers=NUMBERS):\n    return added(numbers)"), BOTH),
    "split before a trial": (split(RIGHT, "print(total())"), BOTH),
    "a helper of a later cell": (
        of("def total(numbers=NUMBERS):\n    return added(numbers)", f"added = sum\n{TWICE}"),
        LAST,
    ),
    "a table that the other's loop fills": (
        of(
            f"{RIGHT}\nTABLE = {{}}\nfor each in range(9):\n    TABLE[each] = 2 * each",
            "def twice(numbers):\n    return [TABLE[number] for number in numbers]",
        ),
        BOTH,
    ),
    "the other fails at its top": (of(f"{RIGHT}\n1 / 0", TWICE), BOTH),
    "the other never ends at its top": (of(f"{RIGHT}\nwhile True:\n    pass", TWICE), LAST),
    "never ends": (of("def total(numbers=NUMBERS):\n    while True:\n        pass"), LAST),
    "replaces what the other needs": (of(f"{RIGHT}\nrange = None", TWICE), BOTH),
}


def notebook(course, total, twice, own, below=None):
    """The released notebook with these answers."""
    book = json.loads(course[LESSON].released.read_text("utf-8"))
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in book["cells"]}
    for name, source in (("total", total), ("twice", twice)):
        if source is not None:
            cells[name]["source"] = source
    place = book["cells"].index(cells["total"])
    if below is not None:  # JupyterLab gives both halves the metadata
        book["cells"].insert(place + 1, cells["total"] | {"id": "split", "source": below})
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    for number, source in enumerate(own):
        book["cells"].insert(place, empty | {"id": f"own{number}", "source": source})
    return json.dumps(book).encode()


@pytest.fixture(scope="module")
def graded(tmp_path_factory, isolation):
    """What grading gives each accident, and the folder of the class."""
    course = small_course(tmp_path_factory.mktemp("both") / "checkout", SECOND)
    works = {name: notebook(course, **cells) for name, (cells, _) in ACCIDENTS.items()}
    students = {f"s{number}": work for number, work in enumerate(works.values())}
    hand_in(course, students)
    grade(course[LESSON], judging=local_judges(2, best_isolation()))
    found = {row.student: row.entry for row in read_grades(course[LESSON]).rows}
    return course, {name: (each, found[each]) for name, each in zip(works, students, strict=True)}


@pytest.mark.parametrize("name", ACCIDENTS)
def test_what_passes_in_the_check_earns_its_points(graded, name, monkeypatch):
    course, found = graded
    student, entry = found[name]
    monkeypatch.chdir(course.root)
    results = check_work(read_work(course[LESSON].submission(student)), time_limit=5)
    checked = {each.exercise for each in results if each.state == "done"}
    earned = {
        part.removesuffix("_check") for part, points in entry.verdict.scores.items() if points
    }
    assert (checked, earned) == (ACCIDENTS[name][1],) * 2
