"""Answers that return something that is not what it seems, or do more than return."""

from .case import answer, in_call

REFUSED = "returned|takes numbers|array"


@answer("magnitude_mask", says="magnitude_mask")  # what crosses is a plain array
def returns_what_equals_everything(*arguments):
    """Return an array of its own kind that equals everything, whatever is asked of it."""
    import numpy

    class Agreeable(numpy.ndarray):
        def __array_function__(self, *arguments, **settings):
            return self

        def __getattribute__(self, name):
            return self if name in ("shape", "dtype") else super().__getattribute__(name)

        def __eq__(self, other):
            return True

        def __ne__(self, other):
            return False

        def __invert__(self):
            return self

        def tolist(self):
            return self

        sum = ravel = lambda self: self

        def __bool__(self):
            return True

        def __str__(self):
            return ""

        def __hash__(self):
            return 0

    return numpy.zeros((2, 2), dtype=bool).view(Agreeable)


@answer(may_lose=("remove_neurons",))
def replaces_numpy_in_the_check(*arguments):
    """Give the right answer once, and put another NumPy into the check that called."""
    import sys

    class Agreeable:
        def __getattr__(self, name):
            return self

        def __call__(self, *arguments, **settings):
            return self

        def __getitem__(self, key):
            return self

        def __eq__(self, other):
            return True

        def __mul__(self, other):
            return self

        __ge__ = __mul__

        def __hash__(self):
            return 0

    sys._getframe(1).f_globals["np"] = Agreeable()
    import numpy

    return numpy.array([[1, 0], [0, 0], [0, 1], [1, 1]], dtype=bool)


@answer(says=REFUSED)
def returns_another_array_each_time(*arguments):
    """Return an object that turns into another array whenever it is asked."""
    import numpy

    class Changing:
        def __array__(self, *arguments, **settings):
            return numpy.random.default_rng().random((4, 2)) > 0.5

    return Changing()


@answer()
def returns_a_lying_number(*arguments):
    """Return a number that equals every other."""

    class Lying(float):
        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    return Lying(1)


@answer()
def returns_a_lying_dict(*arguments):
    """Return a dict that has every key."""

    class Lying(dict):
        def __missing__(self, key):
            return True

        def __contains__(self, key):
            return True

    return Lying()


@answer()
def returns_a_generator(*arguments):
    """Return a generator that never ends."""
    return iter(int, 1)


@answer()
def returns_a_coroutine(*arguments):
    """Return a coroutine that nobody waits for."""

    async def later():
        return True

    return later()


@answer()
def returns_an_object_array(*arguments):
    """Return an array of objects that equal everything."""
    import numpy

    agreeable = type("Agreeable", (), {"__eq__": lambda *_: True, "__hash__": lambda _: 0})
    array = numpy.empty((4, 2), dtype=object)
    array.fill(agreeable())
    return array


@answer()
def returns_a_structured_array(*arguments):
    """Return an array of records, with a field that holds objects."""
    import numpy

    return numpy.zeros((4, 2), dtype=[("keep", bool), ("more", object)])


@answer()
def returns_what_pickles_badly(*arguments):
    """Return an object that runs a command when it is unpickled."""

    class Command:
        def __reduce__(self):
            import os

            return os.system, ("touch /tmp/owned",)

    return Command()


@answer()
def raises_what_passes(*arguments):
    """Raise an error of its own that calls itself AssertionError and equals everything."""
    agreeable = {"__eq__": lambda *_: True, "__hash__": lambda _: 0, "__str__": lambda _: "passed"}
    raise type("AssertionError", (Exception,), agreeable)()


@answer()
def raises_what_cannot_be_shown(*arguments):
    """Raise an error whose text is an endless loop."""

    class Endless(Exception):
        def __str__(self):
            while True:
                pass

        __repr__ = __str__

    raise Endless


@answer()
def raises_the_end_of_iteration(*arguments):
    """Raise the errors that end loops and generators."""
    raise StopIteration


@answer("sweep")
def calls_back_without_end(evaluate, sparsities, seeds):
    """Call what the check passed in, for ever."""
    while True:
        evaluate(0.5, __import__("numpy").random.default_rng(0))


@answer("sweep")
def calls_back_with_a_giant(evaluate, sparsities, seeds):
    """Call back with a number whose square takes minutes."""
    return evaluate(1 << 200_000_000, __import__("numpy").random.default_rng(0))


@answer("sweep")
def calls_back_with_itself(evaluate, sparsities, seeds):
    """Pass what the check passed in to itself."""
    return evaluate(evaluate, evaluate)


@answer("sweep")
def calls_back_ever_deeper(evaluate, sparsities, seeds):
    """Call back from a call back, ever deeper."""
    import numpy

    class Rng(numpy.random.Generator):
        pass

    return evaluate(sparsities[0], sweep(evaluate, sparsities, seeds))  # noqa: F821


@answer("sweep")
def looks_into_the_call_back(evaluate, sparsities, seeds):
    """Take what the check passed in apart, for the check's own names."""
    inside = evaluate.__globals__
    inside["noise"] = inside["falling"] = 0
    return {key: inside["np"].zeros(len(sparsities)) for key in ("sparsity", "mean", "std")}


@answer(
    "time_ratio",
    may_lose=(
        *("global_masks", "sweep", "paired_difference", "sensitivity_scan"),
        *("allocate", "neuron_scores", "remove_neurons"),
    ),
)
def calls_back_after_the_end(baseline, candidate, repeats=20, clock=None):
    """Keep calling back from a thread when the answer has returned."""
    import threading

    def keep_calling():
        while True:
            baseline()

    threading.Thread(target=keep_calling, daemon=True).start()
    return {"ratio": 1.0, "baseline_s": 1.0, "candidate_s": 1.0, "spread": (1.0, 1.0)}


@in_call()
def remembers_the_callers_arguments(places):
    """Look for arrays of the check among its own objects, to change them afterwards."""
    import gc

    import numpy

    found = [each for each in gc.get_objects() if isinstance(each, numpy.ndarray)]
    return [each for each in found if each.shape == (64, 2)]
