"""Code that leaves traps for the programs started after it: variables, start-up files, caches."""

from .case import LEAF, in_cell


@in_cell(silent=True)
def sets_every_start_up_variable(places):
    """Name start-up code in each variable that some program reads, and start such programs."""
    import os
    import subprocess
    import sys

    with open("trap.py", "w") as file:
        file.write(f"open({places['elsewhere'] + '/ran'!r}, 'w')\n")
    with open("trap.sh", "w") as file:
        file.write(f"touch {places['elsewhere']}/ran\n")
    here = os.getcwd()
    os.environ.update(
        PYTHONSTARTUP=f"{here}/trap.py",
        PYTHONINSPECT="1",
        PYTHONPATH=here,
        PYTHONHOME=here,
        LD_PRELOAD=f"{here}/trap.so",
        LD_LIBRARY_PATH=here,
        BASH_ENV=f"{here}/trap.sh",
        ENV=f"{here}/trap.sh",
        PROMPT_COMMAND=f"touch {places['elsewhere']}/ran",
        IPYTHONDIR=here,
        JUPYTER_CONFIG_DIR=here,
        PATH=here,
        TITO_CLASS=here,
    )
    for command in (
        ["/bin/sh", "-c", "true"],
        ["/bin/bash", "-c", "true"],
        [sys.executable, "-c", ""],
    ):
        subprocess.run(command, stdin=subprocess.DEVNULL, timeout=5)


@in_cell(real=True)
def leaves_an_ipython_start_up_file(places):
    """Put a file where the instructor's IPython would run it at its next start."""
    import pathlib

    home = pathlib.Path(places["home"])
    home.stat()  # one that it makes in a temporary folder of its own is nobody's
    folder = home / ".ipython" / "profile_default" / "startup"
    folder.mkdir(parents=True)
    return (folder / "00.py").write_text("print('owned')")


@in_cell(real=True)
def leaves_a_user_module(places):
    """Put a usercustomize where the instructor's Python would run it."""
    import pathlib
    import sys

    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    home = pathlib.Path(places["home"])
    home.stat()
    folder = home / ".local" / "lib" / version / "site-packages"
    folder.mkdir(parents=True)
    return (folder / "usercustomize.py").write_text("print('owned')")


@in_cell(LEAF)
def leaves_a_kernel(places):
    """Install a kernel of its own for the next notebook, in every place Jupyter knows."""
    import pathlib

    from jupyter_core.paths import jupyter_path

    left = []
    for folder in jupyter_path("kernels"):
        place = pathlib.Path(folder, "python3")
        try:
            place.mkdir(parents=True)
            (place / "kernel.json").write_text('{"argv": ["touch", "ran"]}')
            left += [place] if places["home"] in str(place) else []
        except OSError:
            pass
    return left


@in_cell(LEAF)
def poisons_the_bytecode(places):
    """Write bytecode of its own beside the course's modules."""
    import importlib.util
    import pathlib

    import tinytorch.arguments

    cached = pathlib.Path(importlib.util.cache_from_source(tinytorch.arguments.__file__))
    cached.parent.mkdir(exist_ok=True)
    return cached.write_bytes(b"not bytecode")


@in_cell(silent=True)
def changes_the_grading_setting(places):
    """Take away the variables by which the lesson knows that it is graded."""
    import os

    os.environ.clear()


@in_cell(silent=True)
def leaves_the_scratch_folder(places):
    """Delete its own folder and stand nowhere."""
    import os
    import shutil

    shutil.rmtree(os.getcwd(), ignore_errors=True)
    os.chdir("/")
