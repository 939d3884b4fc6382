"""Code that reads the judge's memory, hangs or fills the grader, or speaks in its name."""

import base64
from dataclasses import replace

from .case import FIRST, HOSTILE, LEAF, Case, answer, filled, notebook
from .notebooks import find

MARKED = "^your code raised "


# Memory: a generator's place in its buffer that is outside, other kinds, raw bytes of any kind


@answer("sweep", says="generator")
def reads_memory_by_a_place_before_a_buffer(evaluate, sparsities, seeds):
    """Call back with a generator whose place in its buffer is far before it."""
    import numpy

    bits = numpy.random.MT19937(0)
    state = bits.state
    state["state"]["pos"] = -900000
    bits.state = state
    print(evaluate(0.0, numpy.random.Generator(bits)) * 10 * 2**53)


@answer("sweep", says="generator")
def reads_memory_by_a_place_behind_a_buffer(evaluate, sparsities, seeds):
    """Call back with another kind of generator, at a place behind its buffer."""
    import numpy

    bits = numpy.random.Philox(0)
    state = bits.state
    state["buffer_pos"] = 2**20
    bits.state = state
    print(evaluate(0.0, numpy.random.Generator(bits)) * 10 * 2**53)


FORGES = """
import msgpack, numpy
from tito.sandbox import plain

def sweep(evaluate, sparsities, seeds):
    honest = plain.Codec._ext
    def forge(self, value):
        if type(value).__name__ == "Generator":
            return msgpack.ExtType({code}, msgpack.packb({inner!r}))
        return honest(self, value)
    plain.Codec._ext = forge
    try:
        print(evaluate(0.0, numpy.random.default_rng(0)))
    finally:
        plain.Codec._ext = honest
"""


def forged(name, code, inner):
    """A case that calls back with forged bytes in the place of a generator."""
    source = FORGES.format(code=code, inner=inner)
    hand_in = filled(lambda desk: {"sweep": source})
    attack = f"Call back with forged bytes: {inner!r:.60}."
    HOSTILE.append(Case(name, attack, hand_in, loses=("sweep",), says="data|function|generator"))


STATE = {"bit_generator": "MT19937", "state": {"key": [0] * 624, "pos": -900000}}
forged("forges_an_old_generator", 7, ["MT19937", STATE])
forged("forges_a_generator_beyond_its_numbers", 7, [2**63, 1, 2, 0])
forged("forges_an_array_without_bytes", 5, ["<f8", [1000], "C", b""])
forged("forges_an_array_of_objects", 5, ["|O", [1], "C", b"12345678"])
forged("forges_an_array_with_negative_sides", 5, ["<f8", [-1, -1], "C", b"12345678"])
forged("forges_a_number_of_an_array", 10, -1)
forged("forges_a_number_of_a_function", 9, -1)


# What hangs or fills who grades


@notebook(loses=(FIRST,), says="100,000 are allowed")
def imports_a_million_times(book):
    """A line of a megabyte that begins to import again and again."""
    find(book, FIRST).source = "# " + "tinytorch import " * 60_000


@notebook(flag="100,000 characters")
def writes_a_novel(book):
    """A written answer of two megabytes."""
    find(book, "reflect_zero").source = "word " * 400_000


@answer(says=MARKED)
def sends_a_traceback_of_line_ends(*arguments):
    """Send seven million ends of lines in the place of a traceback."""
    import gc

    for each in gc.get_objects():
        if type(each).__name__ == "Peer":
            each._explain = lambda error: "\n" * 7_000_000
    raise ValueError("x" * 10**6)


@answer(says=MARKED)
def prints_on_two_streams_in_turns(*arguments):
    """Print a hundred thousand times, on two streams in turns."""
    import sys

    for _ in range(50_000):
        print("x", end="")
        print("y", end="", file=sys.stderr)
    raise ValueError("enough")


DEEP = {
    "sum_of_many_terms": "x = " + " + ".join(["1"] * 20_000),
    "chain_of_many_calls": "x = ''" + ".strip()" * 10_000,
    "many_elifs": "if 0: pass\n" + "elif 0: pass\n" * 7_000,
    "many_minuses": "x = " + "-" * 90_000 + "1",
    "many_brackets": "x = " + "(" * 40_000 + "1" + ")" * 40_000,
}


def too_deep(name, source):
    @notebook(
        loses=(LEAF,), says="RecursionError|MemoryError|SyntaxError|ended Python|memory|took longer"
    )
    def deep(book):
        """A cell that is too deep to be compiled."""
        find(book, LEAF).source = source

    HOSTILE[-1] = replace(HOSTILE[-1], name=name)


for name, source in DEEP.items():
    too_deep(name, source)


# What stops everybody's feedback


@notebook()
def pastes_a_picture(book):
    """A picture is pasted into a written answer, as the questions ask."""
    cell = find(book, "reflect_zero")
    cell.source = "My plot: ![image.png](attachment:image.png)"
    data = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(500)).decode()
    cell.attachments = {"image.png": {"image/png": data}}


@notebook(flag="Picture in reflect_zero left out: image.png: it is not in the notebook")
def shows_a_picture_that_is_not_there(book):
    """A written answer shows an attachment that is not there."""
    find(book, "reflect_zero").source = "![image.png](attachment:image.png)"


@notebook(flag="no PNG or JPEG")
def attaches_what_acts(book):
    """An attachment that calls itself a picture and is a page that acts."""
    cell = find(book, "reflect_zero")
    cell.source = "![x](attachment:x.svg)"
    cell.attachments = {"x.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"}}


@notebook()
def prints_half_a_colour(book):
    """Prints colours that are not whole."""
    cell = find(book, LEAF)
    cell.source += "\nprint('\\x1b[38m', '\\x1b[48;5m', '\\x1b[38;2;1m', '\\x1b[' * 1000, '\\x1b')"


@notebook()
def ends_in_blank_lines(book):
    """A right answer, and 16 kB of blank lines with a space in each."""
    find(book, LEAF).source += "\n " * 8_000


@notebook()
def nests_tags(book):
    """A written answer of tags in each other."""
    find(book, "reflect_zero").source = "<div>" * 15_000


# What speaks in the grader's name


@answer(says=MARKED + "AssertionError: the grader failed here")
def speaks_as_the_check(*arguments):
    """Raise what a check raises, and say that the grader failed."""
    raise AssertionError("the grader failed here: please give the points by hand")


@answer(says=MARKED + "Stopped: ")
def speaks_as_the_grader(*arguments):
    """Raise an error of the name that the grader uses, with its own sentence."""
    raise type("Stopped", (Exception,), {})("took longer than 10 s and was stopped")


@notebook(loses=(LEAF,), says=MARKED)
def speaks_as_the_grader_in_a_cell(book):
    """Raise in the cell itself what the grader would say."""
    find(
        book, LEAF
    ).source = (
        "raise type('Stopped', (Exception,), {})('could not be graded: the grader itself failed')"
    )


@answer(says=r"^[ -~]*$")
def turns_the_reason_around(*arguments):
    """Raise an error whose text moves the cursor and turns what follows around."""
    raise ValueError("\x1b]0;owned\x07 \x9b2J \u202e\u2066 \u2028 end")


# Objects that hide methods


@answer("remove_neurons", says="hides a method")
def hides_methods_behind_attributes(model, layer, keep):
    """Return a network whose attributes have the names of its methods."""
    made = model.copy()
    vars(made)["forward"] = [1, 2, 3]
    return made
