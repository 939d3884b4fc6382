"""Code that bends the checks, to get marks for a wrong answer.

Each prepares its trick in the first cell; the answer to LEAF is wrong, and has to lose its points
and no others. `fools` means that checks in the same process do give it the points.
"""

from .case import LEAF, trick


@trick()
def strips_asserts_from_the_tree():
    """Take every assert out of the syntax trees that IPython runs from now on."""
    import ast

    from IPython import get_ipython

    class Strip(ast.NodeTransformer):
        def visit_Assert(self, node):
            return ast.Pass()

    get_ipython().ast_transformers.append(Strip())


@trick()
def strips_asserts_from_the_text():
    """Rewrite the text of every cell before IPython reads it."""
    from IPython import get_ipython

    def rewrite(lines):
        return [line.replace("assert ", "0 and ") for line in lines]

    get_ipython().input_transformers_cleanup.append(rewrite)
    get_ipython().input_transformers_post.append(rewrite)


@trick(LEAF, may_lose=("remove_neurons",))
def patches_run_cell():
    """Put another function in the place of IPython's run_cell, here and for its whole class."""
    from IPython import get_ipython
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

    def nothing(self, *arguments, **settings):
        return ExecutionResult(None)

    InteractiveShell.run_ast_nodes = nothing
    InteractiveShell.showtraceback = nothing
    get_ipython().showtraceback = lambda *arguments, **settings: None


@trick()
def hides_errors():
    """Register handlers that swallow every error."""
    import sys

    from IPython import get_ipython

    get_ipython().set_custom_exc((BaseException,), lambda *arguments: None)
    sys.excepthook = lambda *arguments: None


@trick(LEAF, loses=(LEAF, "remove_neurons"))
def patches_numpy():
    """Let NumPy turn every mask into an object that equals everything."""
    import numpy

    real = numpy.asarray

    class Agreeable:
        def __getattr__(self, name):
            return self

        def __call__(self, *arguments, **settings):
            return self

        def __getitem__(self, key):
            return self

        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    def asarray(value, *arguments, **settings):
        is_mask = type(value) is numpy.ndarray and value.dtype == bool
        return Agreeable() if is_mask else real(value, *arguments, **settings)

    numpy.asarray = asarray
    numpy.array_equal = numpy.allclose = numpy.all = lambda *arguments, **settings: True


@trick(LEAF, may_lose=("remove_neurons",))
def patches_the_builtins():
    """Let the questions that a check asks of Python itself say yes."""
    import builtins

    for name in ("all", "any", "isinstance", "hasattr", "callable"):
        setattr(builtins, name, lambda *arguments: True)


@trick()
def redefines_assertion_error():
    """Make the error of a failed assert one that is caught everywhere."""
    import builtins

    builtins.AssertionError = type("AssertionError", (StopIteration,), {})


@trick()
def patches_numpy_testing():
    """Let every function of np.testing pass."""
    import numpy

    for name in numpy.testing.__all__:
        if name.startswith("assert"):
            setattr(numpy.testing, name, lambda *arguments, **settings: None)


@trick()
def replaces_the_support_package():
    """Put a module of its own in the place of the course's."""
    import sys
    import types

    for name in [name for name in sys.modules if name.startswith("tinytorch")]:
        fake = types.ModuleType(name)
        fake.__getattr__ = lambda attribute: lambda *arguments, **settings: True
        sys.modules[name] = fake


@trick()
def hooks_every_import():
    """Answer every later import with a module of its own."""
    import sys
    import types

    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name.startswith("tinytorch"):
                sys.modules[name] = types.ModuleType(name)
            return None

    sys.meta_path.insert(0, Finder())


@trick()
def answers_for_its_own_points():
    """Set the points where nbgrader and IPython keep results."""
    import sys

    from IPython import get_ipython

    shell = get_ipython()
    shell.user_ns.update({"_": 999, "__": 999, "points": 999, "score": 999})
    shell.displayhook = lambda *arguments: print("999")
    sys.displayhook = lambda *arguments: print("999")


@trick()
def binds_the_check_itself():
    """Bind the names that the check will bind, and print what looks like a result."""
    import sys

    module = sys._getframe(1).f_globals
    module.update({"keep": True, "got": True, "equal": True, "neuron_scores_check": True})
    print("neuron_scores_check: 4/4 points\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS")
