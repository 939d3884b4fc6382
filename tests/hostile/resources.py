"""Code that wants more time, memory, disk or words than there are."""

from .case import LEAF, answer, in_cell

TOO_LONG = "took longer|stopped"
TOO_MUCH = "memory|Memory|ended|died|killed|stopped"


@answer(says=TOO_LONG)
def loops_in_a_function(*arguments):
    """Loop for ever when called."""
    while True:
        pass


@in_cell(LEAF, silent=True, loses=(LEAF,))
def loops_in_a_cell(places):
    """Loop for ever in the cell."""
    while True:
        pass


@answer(says=TOO_LONG)
def loops_over_every_error(*arguments):
    """Loop for ever, and catch whatever should end it."""
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


@answer(says=TOO_LONG)
def sleeps(*arguments):
    """Sleep for ten minutes."""
    import time

    time.sleep(600)


@answer(says=TOO_LONG)
def loops_in_compiled_code(*arguments):
    """Compute for minutes inside one operation that no signal interrupts."""
    return pow(7, 10**9)


@in_cell(LEAF, silent=True, loses=(LEAF,))
def loops_when_deleted(places):
    """Loop for ever while an object is thrown away."""

    class Clinging:
        def __del__(self):
            while True:
                pass

    thrown_away = Clinging()
    del thrown_away


@in_cell(LEAF, silent=True)
def prints_100_megabytes_in_one_line(places):
    """Print one line of 100 MB."""
    print("x" * 100_000_000)


@answer(says=TOO_LONG)
def prints_without_end(*arguments):
    """Print for ever."""
    while True:
        print("x" * 1000)


@in_cell(LEAF, silent=True)
def prints_below_python(places):
    """Write 100 MB past Python's own printing."""
    import os

    for _ in range(100):
        os.write(1, b"x" * 1_000_000)
        os.write(2, b"x" * 1_000_000)


@in_cell(LEAF, silent=True)
def shows_50_megabytes(places):
    """Show a page of 50 MB as the cell's result."""
    from IPython.display import HTML, display

    display(HTML("x" * 50_000_000))


@answer(says=TOO_MUCH)
def grows_without_end(*arguments):
    """Ask for memory until there is none."""
    held = []
    while True:
        held.append(bytearray(50_000_000))


@answer(says=TOO_MUCH)
def grows_in_many_processes(*arguments):
    """Ask for memory in many processes, each below its limit."""
    import os
    import time

    for _ in range(12):
        if os.fork() == 0:
            held = bytearray(b"x") * 300_000_000
            time.sleep(600)
            os._exit(len(held))
    time.sleep(600)


@answer(says=TOO_MUCH)
def hundred_gigabytes_at_once(*arguments):
    """Ask for an array of 100 GB."""
    import numpy

    return numpy.ones(100 << 30, dtype=bool)


@in_cell(LEAF, silent=True)
def fills_the_disk(places):
    """Write until the disk is full, in one file and then in many."""
    import os

    for number in range(200):
        try:
            with open(f"{number}.bin", "wb") as file:
                for _ in range(100):
                    file.write(os.urandom(1 << 16) * 160)
        except OSError:
            break


@in_cell(LEAF, silent=True)
def makes_files_without_end(places):
    """Make a hundred thousand empty files."""
    for number in range(100_000):
        open(f"empty-{number}", "w").close()


@in_cell(LEAF, silent=True)
def opens_files_without_end(places):
    """Open files until the machine refuses, and keep them."""
    held = []
    while len(held) < 100_000:
        held.append(open("/dev/null"))


@answer()
def calls_itself_without_end(*arguments):
    """Call itself for ever, with Python's own limit taken away."""
    import sys

    sys.setrecursionlimit(1 << 30)

    def deeper(n):
        return deeper(n + 1)

    return deeper(0)


@answer()
def returns_100_megabytes(*arguments):
    """Return an array of 100 MB."""
    import numpy

    return numpy.ones(100_000_000, dtype=bool)


@answer()
def returns_a_giant_of_one_byte(*arguments):
    """Return an array of 100 GB that takes one byte here, because all entries are the same."""
    import numpy

    return numpy.broadcast_to(numpy.True_, (100_000, 1_000_000))


@answer()
def returns_a_huge_number(*arguments):
    """Return a whole number of 100 MB."""
    return 1 << 800_000_000


@answer()
def returns_a_deep_list(*arguments):
    """Return lists in lists, a hundred thousand deep."""
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return deep


@answer()
def returns_itself(*arguments):
    """Return a list that holds itself."""
    endless = []
    endless.append(endless)
    return endless


@answer(may_lose=("remove_neurons",))
def returns_ten_million_items(*arguments):
    """Return a list of ten million lists."""
    return [[]] * 10_000_000


@answer()
def raises_100_megabytes(*arguments):
    """Raise an error whose message has 100 MB."""
    raise ValueError("x" * 100_000_000)
