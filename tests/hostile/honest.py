"""The other students of the class: right and wrong answers with known scores."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from catalogue import RIGHT, WRONG

from tito.notebooks import notebook_bytes

from .case import LEAF, Case, Desk, write

# One mistake an exercise; right answers share a notebook.
MISTAKES = list({answer.exercise: answer for answer in reversed(WRONG)}.values())
RIGHT_FIRST = {answer.exercise: answer.source for answer in reversed(RIGHT)}
RIGHT_LAST = {answer.exercise: answer.source for answer in RIGHT}


@dataclass(frozen=True)
class Filled:
    """Hands in the reference with some answers changed."""

    changed: dict[str, str]
    before: bytes = b""

    def __call__(self, desk: Desk, place) -> None:
        changed = {
            name: text.replace("REFERENCE", desk.answers.get(name, ""))
            for name, text in self.changed.items()
        }
        write(place, self.before + notebook_bytes(desk.filled(**changed)))


def untouched(desk: Desk, place) -> None:
    write(place, notebook_bytes(desk.released))


WARNS = "import warnings\nwarnings.warn('only a warning')\nREFERENCE"
MAGIC = "%matplotlib inline\n%time 1 + 1\n!echo hello\nREFERENCE"
PRINTS = "REFERENCE\nprint('looks good to me', neuron_scores(np.ones((4, 1))).tolist())"
HELPER = "from functools import lru_cache\n\n@lru_cache\ndef nothing():\n    return 0\n\nREFERENCE"
POOL = """import getpass, multiprocessing, tempfile
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1]) == [1]
assert getpass.getuser() and tempfile.mkdtemp(dir="/tmp")
REFERENCE"""

# Right answers of unusual make: {name: (exercise, above the answer, what of `got` is returned)}.
UNUSUAL = {
    "ordered": ("sparsity_report", "from collections import OrderedDict", "OrderedDict(got)"),
    "with_a_default": (
        "sparsity_report",
        "from collections import defaultdict",
        "defaultdict(int, got)",
    ),
    "keys_of_numpy": ("sparsity_report", "", "{np.str_(key): got[key] for key in got}"),
    "keys_of_a_list": (
        "sparsity_report",
        "from enum import StrEnum\nKey = StrEnum('Key', {k: k for k in "
        "('total', 'nonzero', 'sparsity', 'compression_ratio', 'per_layer')})",
        "{Key(key): got[key] for key in got}",
    ),
    "more_than_asked": ("sweep", "", "got | {'how': len, 'steps': range(9), 'as': np}"),
    "own_dict": ("sparsity_report", "class Own(dict):\n    extra = 1", "Own(got)"),
    "named_tuple": (
        "time_ratio",
        "from typing import NamedTuple\nclass Spread(NamedTuple):\n    low: float\n    high: float",
        "got | {'spread': Spread(*got['spread'])}",
    ),
    "masked": ("neuron_scores", "", "np.ma.array(got)"),
    "own_array": ("neuron_scores", "class Own(np.ndarray):\n    pass", "got.view(Own)"),
    "own_network": (
        "remove_neurons",
        "class Smaller(DenseMLP):\n    def kept(self): return 1",
        "vars(got).update(how=lambda: 0, notes=[len], seen=object()) or "
        "setattr(got, '__class__', Smaller) or got",
    ),
}
THREADS = """
from concurrent.futures import ThreadPoolExecutor

REFERENCE
in_turn = sweep

def sweep(evaluate, sparsities, seeds):
    pairs = [(s, seed) for s in sparsities for seed in seeds]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda pair: evaluate(*pair), pairs))
    given = iter(got)
    return in_turn(lambda s, seed: next(given), sparsities, seeds)
"""


def unusual(exercise, above, returned):
    return (
        f"{above}\nREFERENCE\nusual_{exercise} = {exercise}\n\n\n"
        f"def {exercise}(*args, **settings):\n    got = usual_{exercise}(*args, **settings)\n"
        f"    return {returned}\n"
    )


HONEST = [
    *(
        Case(f"returns_{name}", "Right, and of an unusual make.", Filled({made[0]: unusual(*made)}))
        for name, made in UNUSUAL.items()
    ),
    Case("threads", "A right answer that calls back from threads.", Filled({"sweep": THREADS})),
    Case("reference", "The reference.", Filled({})),
    Case("right_first", "Every answer right, and written otherwise.", Filled(RIGHT_FIRST)),
    Case("right_last", "Every answer right, and written otherwise again.", Filled(RIGHT_LAST)),
    Case("byte_order_mark", "Saved with a byte-order mark.", Filled({}, codecs.BOM_UTF8)),
    Case("warns", "A right answer that warns.", Filled({LEAF: WARNS})),
    Case("magics", "A right answer with IPython's magics above it.", Filled({LEAF: MAGIC})),
    Case("prints", "A right answer that is tried out below.", Filled({LEAF: PRINTS})),
    Case(
        "pool", "A right answer that tries processes and a temporary folder.", Filled({LEAF: POOL})
    ),
    Case("helper", "A right answer with a function of its own above.", Filled({LEAF: HELPER})),
    *(
        Case(
            f"wrong_{mistake.exercise}",
            mistake.misconception,
            Filled({mistake.exercise: mistake.source}),
            loses=(mistake.exercise,),
            says=mistake.says,
        )
        for mistake in MISTAKES
    ),
]
EXERCISES = tuple(mistake.exercise for mistake in MISTAKES)
HONEST.append(Case("untouched", "The released notebook.", untouched, EXERCISES, says="not written"))
