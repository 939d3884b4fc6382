"""Code that looks for what is not the student's: files, checks, memory, other processes."""

from .case import in_call, in_cell

# Attacks know the password and words of a hidden check backwards, so that their own text is not
# what they find.


@in_cell(real=True)
def reads_the_gradebook(places):
    """Open the gradebook and read the grades."""
    import sqlite3

    query = "select name from sqlite_master"
    with sqlite3.connect(f"file:{places['gradebook']}?mode=ro", uri=True) as gradebook:
        return gradebook.execute(query).fetchall()


@in_cell(real=True)
def reads_the_solutions(places):
    """Open the notebook that holds the solutions and the hidden checks."""
    return open(places["source"]).read(100)


@in_cell(real=True)
def reads_the_lesson(places):
    """Look for the lesson's source anywhere in the checkout."""
    import pathlib

    return [str(path) for path in pathlib.Path(places["root"]).rglob("18_*")]


@in_cell(real=True)
def reads_another_student(places):
    """Open what another student handed in."""
    return open(places["other"]).read(100)


@in_cell(real=True)
def reads_the_home_folder(places):
    """Look into the instructor's home folder."""
    import os

    return os.listdir(places["home"])


@in_cell(real=True)
def reads_the_temporary_folder(places):
    """Look into the temporary folder of the machine."""
    import os

    return os.listdir(places["elsewhere"])


@in_cell()
def reads_the_passwords(places):
    """Open the machine's list of passwords."""
    return open("/etc/shadow").read(10)


@in_cell(real=True)
def searches_the_disk(places):
    """Walk over every folder where a course may lie, for a gradebook or a submission."""
    import os

    wanted = {"gradebook.db", "18_pruning.ipynb", "18_pruning.py", "nbgrader_config.py"}
    found = []
    for root in (places["root"], "/home", "/srv", "/mnt", "/media", "/var/lib", "/work"):
        for folder, folders, names in os.walk(root):
            folders[:] = [each for each in folders if each != ".venv"]  # may be seen, and is large
            found += [os.path.join(folder, name) for name in wanted & {*names}]
    return found


@in_cell()
def imports_the_reference(places):
    """Import the reference from the package."""
    import importlib

    return importlib.import_module("tinytorch.pruning")


@in_cell()
def imports_the_grader(places):
    """Import the code that grades, and read the lesson with it."""
    import importlib

    return [importlib.import_module(name) for name in ("tito.course", "tito.judging", "tito")]


@in_cell(real=True)
def reads_the_instructors_variables(places):
    """Look for a password in the environment."""
    import os

    return [name for name, value in os.environ.items() if places["password"][::-1] in value]


@in_cell(real=True)
def reads_others_variables(places):
    """Look for a password in the environment of every process."""
    import pathlib

    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [path] if places["password"][::-1].encode() in path.read_bytes() else []
        except OSError:
            pass
    return found


@in_cell(real=True)
def sees_other_processes(places):
    """Look whether the process that grades can be seen."""
    import os

    os.kill(places["pid"], 0)
    return os.path.exists(f"/proc/{places['pid']}")


@in_cell()
def reads_another_process(places):
    """Read the memory of its parent, of process 1 and of the process that grades."""
    import ctypes
    import os

    libc = ctypes.CDLL(None, use_errno=True)
    return [pid for pid in (os.getppid(), 1, places["pid"]) if libc.ptrace(16, pid, 0, 0) == 0]


@in_cell()
def reads_inherited_files(places):
    """Look at every open file it was born with."""
    import os
    import stat

    found = []
    for number in range(3, 1024):
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            found.append((number, os.stat(number)))
    return found


@in_cell()
def reads_the_raw_disk(places):
    """Open the memory and the disks of the machine as files."""
    import glob
    import os

    opened = []
    for path in ["/dev/mem", "/dev/kmsg", "/dev/fuse", *glob.glob("/dev/[nsv]d*")]:
        try:
            opened.append(os.open(path, os.O_RDONLY))
        except OSError:
            pass
    return opened


@in_cell()
def finds_notes_of_others(places):
    """Leave a note wherever it can, and look for the notes of the students before."""
    import os
    import pathlib
    import sys

    folders = {"/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), os.getcwd()}
    notes = [pathlib.Path(folder, "note_to_the_next") for folder in folders]
    found = [note for note in notes if note.exists()] + [*filter(None, [vars(sys).get("note")])]
    for note in notes:
        try:
            note.write_text("hello")
        except OSError:
            pass
    sys.note = "hello"
    return found


@in_cell()
def finds_notes_again(places):
    """The same again, by another student of the class."""
    import os
    import pathlib
    import sys

    folders = {"/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), os.getcwd()}
    notes = [pathlib.Path(folder, "note_to_the_next") for folder in folders]
    found = [note for note in notes if note.exists()] + [*filter(None, [vars(sys).get("note")])]
    for note in notes:
        try:
            note.write_text("hello")
        except OSError:
            pass
    sys.note = "hello"
    return found


@in_call(real=True)
def finds_the_check_through_frames(places):
    """Go up the stack from the answer to the check that called it."""
    import sys

    frame, found = sys._getframe(), []
    while frame:
        if frame.f_code.co_name != "attack":
            texts = [*frame.f_code.co_consts, *map(repr, frame.f_locals.values())]
            backwards = [text[::-1] for text in texts if isinstance(text, str)]
            found += [text for text in backwards if places["hidden_backwards"] in text]
        frame = frame.f_back
    return found


@in_call(real=True)
def finds_the_check_through_gc(places):
    """Go through every object of the process for the words of a hidden check."""
    import gc
    import sys

    frame, found = sys._getframe(), []
    codes = [each.__code__ for each in gc.get_objects() if hasattr(each, "__code__")]
    while frame:
        codes.append(frame.f_code)
        frame = frame.f_back
    texts = [each for code in codes for each in getattr(code, "co_consts", ())]
    for held in gc.get_objects():
        if isinstance(held, dict):
            texts += list(held.values())
        elif isinstance(held, list | tuple):
            texts += held
    for text in texts:
        if isinstance(text, str) and places["hidden_backwards"] in text[::-1]:
            found.append(text)
    return found


@in_call()
def finds_the_check_through_history(places):
    """Look for the check in what IPython remembers."""
    from IPython import get_ipython

    shell = get_ipython()
    remembered = [*shell.user_ns.get("In", []), *map(str, shell.history_manager.get_range())]
    return [text for text in remembered if places["hidden_backwards"] in str(text)[::-1]]


@in_call()
def finds_the_check_through_linecache(places):
    """Look for the check among the sources kept for tracebacks."""
    import linecache

    texts = ["".join(map(str, entry)) for entry in linecache.cache.values()]
    return [text for text in texts if places["hidden_backwards"] in text[::-1]]


@in_call()
def finds_the_check_through_files(places):
    """Look for the check in every file that its Python can read."""
    import pathlib
    import sys

    folders = ["/proc/self", "/tmp", ".", "/dev/shm", "/run", *sys.path[:3]]
    found = []
    for folder in folders:
        for path in pathlib.Path(folder).glob("*"):
            try:
                text = path.read_text(errors="ignore")[:1_000_000] if path.is_file() else ""
            except OSError:
                continue
            found += [path] if places["hidden_backwards"] in text[::-1] else []
    return found


@in_call()
def finds_the_check_in_raw_memory(places):
    """Read the memory of the process byte by byte, and of the one it was forked from."""
    wanted = places["hidden_backwards"].encode()[::-1]
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
        for line in maps:
            low, high = (int(end, 16) for end in line.split()[0].split("-"))
            if "rw" in line.split()[1] and high - low < 1 << 28:
                memory.seek(low)
                if wanted + b" the first" in memory.read(high - low):
                    return line
    return None
