"""What a student's code can see, reach and use up: real attacks on a real sandbox."""

import ctypes
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy
import psutil
import pytest
from click.testing import CliRunner
from conftest import ROOT
from containment import adopting, left_over, processes_now, slow_bubblewrap, wait_for

from tito.cli import main
from tito.errors import CourseError
from tito.judging.student import Stopped, Student
from tito.sandbox import bubblewrap, cgroup, layout, seccomp
from tito.sandbox.bubblewrap import Sandbox, check_isolation
from tito.sandbox.limits import Limits

OWN_MODULES = ".program", *(f".sandbox.{name}" for name in ("limits", "walls", "plain", "wire"))
KEY_CALLS = {call: seccomp.number(call) for call in ("add_key", "keyctl")}


class Ran:
    """What came of some code in the sandbox."""

    def __init__(self, sandbox: Sandbox, source: str, **limits: float) -> None:
        self.student = Student(sandbox, {}, Limits(**limits))
        self.error, self.stopped = None, ""
        try:
            self.error = self.student.run("attack", source)
        except Stopped as stopped:
            self.stopped = str(stopped)
        self.printed = "".join(text for _, text in self.student.printed)
        self.student.end()


def result(sandbox, source, **limits):
    """What code printed that must run without an error."""
    ran = Ran(sandbox, source, **limits)
    assert ran.error is None and ran.stopped == "", (ran.error, ran.stopped)
    return ran.printed.strip()


def waiting(sandbox):
    """The processes of the sandbox, when no submission is open."""
    return psutil.Process(sandbox.pid).children(recursive=True)


def ended(sandbox, alone=2):
    """Whether the sandbox is alone again, after a moment: bubblewrap's own process and ours."""
    for _ in range(100):
        if len(waiting(sandbox)) == alone:
            return True
        time.sleep(0.05)
    return False


def test_the_network_cannot_be_reached_not_even_this_machine(sandbox):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"""
import socket
for place in ("127.0.0.1", "192.0.2.1"):
    try:
        socket.create_connection((place, {port}), timeout=2)
        print("connected")
    except OSError as error:
        print(error.errno)
try:
    socket.getaddrinfo("example.org", 80)
    print("found")
except OSError:
    print("no names")
"""
        assert "connected" not in result(sandbox, source)
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def test_an_abstract_socket_of_this_machine_cannot_be_reached(sandbox):
    with socket.socket(socket.AF_UNIX) as server:
        name = f"\0tito-test-{os.getpid()}"
        server.bind(name)
        server.listen()
        source = f"""
import socket
try:
    socket.socket(socket.AF_UNIX).connect({name!r})
    print("connected")
except OSError as error:
    print(type(error).__name__)
"""
        assert result(sandbox, source) == "ConnectionRefusedError"


def test_nothing_of_the_course_and_of_home_can_be_seen(sandbox, course, tmp_path):
    (tmp_path / "secret").write_text("secret")
    places = [course.root / "modules", course.build / "source", tmp_path / "secret", Path.home()]
    places += [Path("/root/.bashrc"), Path(__file__), Path("/home"), Path(sys.prefix)]
    source = (
        f"import os\nprint([path for path in {list(map(str, places))} if os.path.exists(path)])"
    )
    assert result(sandbox, source) == "[]"


def test_inside_all_machines_look_the_same(sandbox):
    source = """
import getpass, os, platform, pwd, sys, tempfile
open("/tmp/note", "w").write("mine")
print(getpass.getuser(), pwd.getpwuid(os.getuid()).pw_name, platform.node())
print(os.listdir(), tempfile.gettempdir())
print(sys.executable, sys.base_prefix, sys.argv[1:] == sys.orig_argv[-1:])
print(os.path.exists(sys.executable), {settings!r} in str(sys.orig_argv))
"""
    lines = result(sandbox, source.format(settings="bytes")).splitlines()
    assert lines[:2] == ["student student sandbox", "['note'] /scratch"]
    assert lines[2:] == ["/environment/bin/python /python True", "True False"]


# A small environment, as small as a sandbox that runs no lesson takes.
IN_IT = """
import sys
from tito.judging.student import Student
from tito.sandbox.bubblewrap import Sandbox
from tito.sandbox.limits import Limits

with Sandbox(sys.argv[1], "bubblewrap", Limits(), preload=None) as one:
    one.try_out()
    student = Student(one, {}, Limits(call_seconds=60))
    print(student.run("look", sys.stdin.read()))
    print(*(text for _, text in student.printed), sep="", end="")
    student.end()
"""
SECRET = "SECRET-OF-THE-GRADER"
LOOK = f"""
import os
hits = []
for folder, folders, names in os.walk("/"):
    elsewhere = ("/usr", "/python", "/dev")
    folders[:] = [each for each in folders if os.path.join(folder, each) not in elsewhere]
    for name in names:
        try:
            with open(os.path.join(folder, name), errors="ignore") as file:
                hits += [name] if {SECRET[:6]!r} + {SECRET[6:]!r} in file.read(10**6) else []
        except OSError:
            pass
print(hits, open("/tmp/note", "w").write("x"))
"""


@pytest.fixture(scope="module")
def checkout_as_environment(tmp_path_factory, bubblewrap):
    """A checkout that is its environment as well, below the temporary folder, with secrets."""
    root = tmp_path_factory.mktemp("checkout")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root], check=True)
    ours = Path(numpy.__file__).parents[1]
    [packages] = root.glob("lib/python3*/site-packages")
    for name in ("numpy", "numpy.libs", "msgpack"):
        if (ours / name).exists():
            shutil.copytree(ours / name, packages / name)
    secrets = ["build/source/18_pruning.ipynb", "course/gradebook.db", "pip.conf", "etc/settings"]
    installed = ["tinytorch/pruning.py", "tito/answers.py", "tinytorch-0.1.0.dist-info/RECORD"]
    secrets += [str((packages / name).relative_to(root)) for name in installed]
    secrets += [str((packages / "__editable__.tinytorch-0.1.0.pth").relative_to(root))]
    for name in secrets:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(SECRET)
    return root


def test_neither_an_environment_in_the_checkout_nor_a_plain_install_shows_answers(
    checkout_as_environment, tmp_path
):
    (tmp_path / "tinytorch").mkdir()
    (tmp_path / "tinytorch" / "__init__.py").touch()
    said = subprocess.run(
        [checkout_as_environment / "bin" / "python", "-c", IN_IT, tmp_path],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        input=LOOK,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.stdout == "None\n[] 1\n", said.stderr


def test_a_folder_that_students_can_read_is_refused(tmp_path):
    layout.refuse_exposed([tmp_path, ROOT, ROOT / "course"])
    inside = Path(numpy.__file__).parent / "course"
    with pytest.raises(CourseError, match=f"{inside} lies in it: move it elsewhere"):
        layout.refuse_exposed([inside])
    with pytest.raises(CourseError, match="can read /usr"):
        layout.refuse_exposed([Path("/usr/local/course")])


def test_no_file_of_the_lesson_or_of_tito_that_holds_checks_is_anywhere(sandbox):
    source = """
import os
hits = []
for folder, folders, names in os.walk("/"):
    folders[:] = [each for each in folders if os.path.join(folder, each) != "/usr"]
    hits += [os.path.join(folder, name) for name in names if name.endswith((".ipynb", ".db"))]
    hits += [os.path.join(folder, name) for name in names if "18_pruning" in name]
print([hit for hit in hits if "site-packages" not in hit and "/lib/python" not in hit])
"""
    assert result(sandbox, source) == "[]"


def test_only_scratch_and_a_small_folder_for_shared_memory_can_be_written_to(sandbox):
    source = """
import os
open("mine", "w").write("x")
written = []
for folder, folders, _ in os.walk("/"):
    if folder.startswith(os.getcwd()):
        continue
    try:
        with open(os.path.join(folder, "written"), "w"):
            written.append(folder)
    except OSError:
        pass
print(os.getcwd(), written)
"""
    assert result(sandbox, source, call_seconds=60) == "/scratch ['/dev/shm']"


def test_the_next_student_finds_an_empty_scratch_folder(sandbox):
    result(sandbox, "for place in ('left', '/dev/shm/left'): open(place, 'w').write('answers')")
    found = result(sandbox, "import os\nprint(os.listdir('.'), os.listdir('/dev/shm'))")
    assert found == "[] []"


def test_no_descriptor_is_inherited_but_the_line(sandbox):
    source = """
import os, stat
for number in range(4096):
    try:
        kind = os.fstat(number).st_mode
    except OSError:
        continue
    print(number, "socket" if stat.S_ISSOCK(kind) else "other")
"""
    assert result(sandbox, source).split() == [
        "0",
        "other",
        "1",
        "other",
        "2",
        "other",
        "3",
        "socket",
    ]


def test_no_other_process_can_be_seen_or_signalled(sandbox):
    source = f"""
import os, signal
print(os.getpid(), os.listdir("/proc"))
for pid in (0, 2, {os.getpid()}, {sandbox.pid}):
    try:
        os.kill(pid, 0) if pid else print("pid 1 is", os.getpid())
    except OSError as error:
        print(type(error).__name__)
"""
    lines = result(sandbox, source).splitlines()
    assert lines == ["1 []", "pid 1 is 1"] + ["ProcessLookupError"] * 3


def test_it_runs_as_nobody_without_any_right(sandbox):
    source = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
libc.capget(header, data)
print(os.getuid(), os.getgid(), os.getgroups() in ([], [65534]), sum(data))
print(libc.prctl(39, 0, 0, 0, 0))
print(libc.umount(b"/proc"), libc.mount(b"none", b"/dev", b"tmpfs", 0, None), libc.setuid(0))
try:
    os.chroot("/")
except PermissionError:
    print("refused")
"""
    assert result(sandbox, source).splitlines() == [
        "65534 65534 True 0",
        "1",
        "-1 -1 -1",
        "refused",
    ]


def test_new_namespaces_uncover_nothing(sandbox):
    source = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
uid = os.getuid()
if libc.unshare(0x10000000 | 0x00020000) == 0:
    libc.umount2(b"/proc", 2)
    libc.umount2(b"/scratch", 2)
print(os.listdir("/proc"), os.path.exists("/scratch/matplotlib"))
"""
    assert result(sandbox, source) == "[] False"


def test_every_call_of_the_list_is_refused(sandbox):
    calls = " ".join(seccomp.REFUSED.values()).split()
    numbers = {call: seccomp.number(call) for call in calls}
    unknown = [call for call, number in numbers.items() if number is None]
    assert unknown == [] or platform.machine() != "x86_64"
    source = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for name, number in {numbers!r}.items():
    if number is not None:
        answer = libc.syscall(number, -1, -1, -1, -1, -1), ctypes.get_errno()
        if answer != (-1, 1):
            print(name, answer)
"""
    assert result(sandbox, source) == ""


@pytest.fixture
def unfiltered(plan, monkeypatch, bubblewrap):
    """A sandbox without the filter, where the other walls must hold; with little memory."""
    monkeypatch.setattr(seccomp, "program", lambda: None)
    limits = Limits(memory_bytes=300 * 2**20)
    with Sandbox(plan.support, "bubblewrap", limits, preload=[]) as one:
        one.try_out()
        yield one


def test_without_a_filter_there_are_no_namespaces_inside_either(unfiltered):
    source = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
print(libc.unshare(0x10000000), errno.errorcode[ctypes.get_errno()])
"""
    assert result(unfiltered, source) == "-1 ENOSPC"


def test_shared_memory_is_counted(unfiltered):
    source = """
import mmap, os, time
for _ in range(4):
    if os.fork() == 0:
        held = mmap.mmap(-1, 100 * 2**20)
        held.write(b"x" * len(held))
        time.sleep(60)
time.sleep(60)
"""
    assert "too much memory" in Ran(unfiltered, source).stopped


def test_a_group_bounds_memory_that_no_count_sees(unfiltered):
    if unfiltered.group is None:
        pytest.skip("no group of processes can be made here")
    source = """
import mmap
held = []
for _ in range(1000):
    held.append(mmap.mmap(-1, 2**20))
    held[-1].write(b"x" * 2**20)
    held[-1].resize(mmap.PAGESIZE)
print("held", len(held))
"""
    ran = Ran(unfiltered, source)
    assert ENDED in ran.stopped and "held" not in ran.printed
    assert result(unfiltered, "print('here')") == "here"
    folders = unfiltered.group.folders
    unfiltered.stop()
    assert not any(folder.exists() for folder in folders)


def test_groups_of_judges_that_were_killed_are_swept(tmp_path, monkeypatch):
    ended = subprocess.Popen(["true"])
    ended.wait()
    for owner in (ended.pid, os.getpid()):
        (tmp_path / f"tito-{owner}-0").mkdir()
    monkeypatch.setattr(cgroup, "homes", lambda: [tmp_path])
    cgroup.sweep()
    assert [each.name for each in tmp_path.iterdir()] == [f"tito-{os.getpid()}-0"]


SESSION, JOIN, SEARCH = -3, 1, 10  # the session's keyring, and what can be done
KEY = b"tito-test"
FIND_KEY = f"""
import ctypes
libc = ctypes.CDLL(None)
print(libc.syscall({KEY_CALLS["keyctl"]}, {SEARCH}, {SESSION}, b"user", {KEY}, 0))
"""
ADD_KEY = f"""
import ctypes
libc = ctypes.CDLL(None)
print(libc.syscall({KEY_CALLS["add_key"]}, b"user", {KEY}, b"x", 1, {SESSION}) > 0)
"""


@pytest.fixture
def key_of_the_grader():
    """A key in the session keyring of this process, where Kerberos would put a ticket."""
    libc = ctypes.CDLL(None)
    assert libc.syscall(KEY_CALLS["keyctl"], JOIN, None) > 0
    assert libc.syscall(KEY_CALLS["add_key"], b"user", KEY, b"secret", 6, SESSION) > 0


def test_the_keyring_is_neither_the_graders_nor_that_of_another(key_of_the_grader, unfiltered):
    assert result(unfiltered, FIND_KEY) == "-1"
    assert result(unfiltered, ADD_KEY) == "True"
    assert result(unfiltered, FIND_KEY) == "-1"


def test_checks_are_not_in_its_memory(sandbox, plan):
    marks = ["remove_neurons returned None", "columns of W1, entries of b1"]
    assert all(any(mark in cell.source for cell in plan.cells) for mark in marks)
    source = """
import gc, sys
parts = [("remove_neurons", "returned None"), ("columns of W1,", "entries of b1")]
hits = 0
for each in gc.get_objects():
    try:
        text = repr(each)
    except BaseException:
        continue
    hits += any(" ".join(part) in text for part in parts)
print(hits, [name for name in sys.modules if name.startswith("tito")])
"""
    printed = result(sandbox, source)
    modules = [f"tito{name}" for name in ("", ".sandbox", *OWN_MODULES)]
    assert printed == f"0 {modules}"


ENDED = "your code ended Python"
ENDS = {
    "exit": ("import os; os._exit(0)", ENDED),
    "kill": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL); os._exit(1)", ENDED),
    "segfault": ("import ctypes; ctypes.string_at(0)", ENDED),
    "closed line": ("import os; os.closerange(0, 100)\nprint('x')", ENDED),
    "endless loop": ("while True: pass", "took longer than 3 s"),
    "stop": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)\nwhile True: pass", "took"),
    "sleep": ("import time; time.sleep(1000)", "took longer than 3 s"),
    "forged bytes": ("import os; os.write(3, b'\\0\\0\\0\\1\\xff' * 9)", "no message"),
    "forged length": ("import os; os.write(3, b'\\xff' * 64)", "too much data"),
}


@pytest.mark.parametrize(("source", "said"), ENDS.values(), ids=ENDS)
def test_code_that_breaks_off_is_named_and_the_next_one_runs(sandbox, source, said):
    assert said in Ran(sandbox, source, call_seconds=1).stopped
    assert ended(sandbox)
    assert result(sandbox, "print('here')") == "here"


HOGS = {
    "one balloon": "hold = []\nwhile True: hold.append(bytearray(2**24))",
    "many balloons": (
        "import os, time\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        hold = bytearray(b'x') * 2**28\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    ),
    "fork bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "daemons": (
        "import os, time\n"
        "for _ in range(5):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0: time.sleep(600)\n"
        "        os._exit(0)\n"
    ),
    "threads": (
        "import threading, time\n"
        "for _ in range(100):\n"
        "    threading.Thread(target=time.sleep, args=[600]).start()"
    ),
    "disk": "with open('big', 'wb') as file:\n    while True: file.write(bytes(2**20))",
    "many files": "for i in range(10**6):\n    open(str(i), 'w').close()",
    "shell": "!sleep 600 & sleep 600 &",
}


@pytest.mark.parametrize("source", HOGS.values(), ids=HOGS)
def test_a_hog_is_bounded_and_leaves_nothing_behind(sandbox, source):
    start = time.monotonic()
    Ran(sandbox, source, call_seconds=2)
    assert ended(sandbox)
    assert time.monotonic() - start < 60  # it would be 600 if something were waited for
    assert result(sandbox, "print('here')") == "here"


HONEST = {
    "pool": (
        "import multiprocessing\nwith multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1]))"
    ),
    "executor": (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(2) as pool: print([*pool.map(abs, [-1])])"
    ),
    "threads": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool: print([*pool.map(abs, [-1])])"
    ),
    "shared array": (
        "import multiprocessing\nprint(multiprocessing.Array('i', [1])[:])\n"
        "from multiprocessing.shared_memory import SharedMemory\n"
        "shared = SharedMemory(create=True, size=1000)\nshared.unlink()"
    ),
    "numba": (
        "import numba, numpy\n@numba.njit\ndef f(x): return x.sum()\nprint([int(f(numpy.ones(1)))])"
    ),
    "numba that keeps": (
        "import numba\n@numba.njit(cache=True)\ndef f(x): return x + 1\n"
        "print([f(0)])\nassert f.stats.cache_path"
    ),
    "asyncio": "import asyncio\nasync def f(): return [1]\nprint(asyncio.run(f()))",
    "program": "import subprocess\nprint([int(subprocess.check_output(['echo', '1']))])",
    "figure": "import matplotlib.pyplot as plt\nplt.plot([1]); plt.savefig('a.png'); print([1])",
    "linear algebra": "import numpy as np\nprint([round(abs(np.linalg.det(np.eye(300))))])",
    "database": (
        "import sqlite3\nwith sqlite3.connect('a.db') as base:\n"
        "    base.execute('create table t (n)'); base.execute('insert into t values (1)')\n"
        "print([*base.execute('select n from t').fetchone()])"
    ),
}


@pytest.mark.parametrize("source", HONEST.values(), ids=HONEST)
def test_what_honest_code_does_works(sandbox, source):
    assert result(sandbox, source) == "[1]"


def test_printing_without_end_is_cut(sandbox):
    ran = Ran(sandbox, "for i in range(10):\n    print('x' * 10**7)")
    assert 10**5 <= len(ran.printed) < 1.1 * 10**5
    assert ran.printed.endswith("the rest is left out\n")


@pytest.mark.parametrize(
    "above",
    [
        "%no_such_magic x",
        "%load_ext no_such_extension",
        "%%timeit",
        "# a comment\n%%prun -q",
        "import no_such_module",
        "from no_such_module import a as b",
        "from math import no_such_name\nimport math",
    ],
)
def test_a_magic_or_an_import_that_fails_takes_nothing_of_what_is_below(sandbox, above):
    source = f"{above}\ndef twice(x):\n    return 2 * x"
    student = Student(sandbox, {}, Limits())
    try:
        error = student.run("cell", source)
        assert student.call("twice", 3) == 6
        assert (error is None) == ("%%" in above)
    finally:
        student.end()


def test_magics_and_the_shell_work(sandbox):
    assert result(sandbox, "%pwd\nfiles = !ls /sandbox\nprint(files)") == "['tito']"


def test_what_is_printed_by_the_process_itself_goes_nowhere(sandbox, capfd):
    result(sandbox, "import os\nos.write(1, b'out')\nos.write(2, b'err')\nos.system('echo hi')")
    assert capfd.readouterr() == ("", "")


def test_an_error_shows_the_students_lines_alone(sandbox):
    error = Ran(sandbox, "def f():\n    return 1 / 0\n\nf()").error
    assert error["ename"] == "ZeroDivisionError"
    assert error["traceback"] == [
        '  File "<cell attack>", line 4, in <module>',
        "    f()",
        '  File "<cell attack>", line 2, in f',
        "    return 1 / 0",
        "           ~~^~~",
        "ZeroDivisionError: division by zero",
    ]


@pytest.mark.parametrize("source", ["x = = 1", "%pwd\nx = = 1", "%pwd\n1 / 0", "exec('x =')"])
def test_a_cell_is_called_as_the_exercise_whoever_compiles_it(sandbox, source):
    error = Ran(sandbox, source).error
    assert "ipython" not in str(error)
    assert "<cell attack>" in str(error)


def test_a_cell_too_deep_for_python_is_an_error_of_that_cell(sandbox):
    assert Ran(sandbox, f"x = {'+'.join(['1'] * 100_000)}").error["ename"] == "RecursionError"
    assert Ran(sandbox, f"x = {'f(' * 10_000}{')' * 10_000}").error is not None


def test_isolation_works_here(bubblewrap):
    check_isolation()


def test_without_bubblewrap_it_is_said_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match="apt install bubblewrap") as caught:
        check_isolation()
    assert "\n" not in str(caught.value)


def test_a_bubblewrap_that_is_not_allowed_is_told_in_its_words(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(CourseError, match="No permissions to create new namespace; install"):
        check_isolation()


def test_a_sandbox_stopped_while_it_starts_is_left_to_end_by_itself(monkeypatch, tmp_path):
    # bubblewrap killed between its fork and its next step leaves a child that waits for ever.
    notes = slow_bubblewrap(monkeypatch, tmp_path)
    with Sandbox(str(tmp_path), "bubblewrap", Limits()):
        wait_for(notes)
    assert notes.read_text() == "started\nended by itself\n"


def test_a_sandbox_stopped_while_it_starts_leaves_no_process(tmp_path, bubblewrap):
    with adopting():
        had = processes_now()
        for delay in range(20):
            with Sandbox(str(tmp_path), "bubblewrap", Limits()):
                time.sleep(delay / 2000)
        assert left_over(had) == []


@pytest.mark.needs("bubblewrap")
def test_a_sandbox_of_its_own_hides_the_environment_counts_memory_and_ends(plan, monkeypatch):
    monkeypatch.setenv("TITO_TEST_SECRET", "secret")
    limits = Limits(memory_bytes=400 * 2**20)
    one = Sandbox(plan.support, "bubblewrap", limits, slot=1, preload=[])
    one.try_out()
    names = set(result(one, "import os\nprint(*os.environ)").split())
    assert names <= {*bubblewrap.environment(), "PWD", "KMP_INIT_AT_FORK"}
    assert "too much memory" in Ran(one, HOGS["many balloons"]).stopped
    student = Student(one, {}, Limits())  # kept: its submission ends when it is thrown away
    student.run("daemon", "import os, time\nif os.fork() == 0: time.sleep(600)")
    while len(processes := waiting(one)) < 5:  # the daemon's are on their way
        time.sleep(0.05)
    one.stop()
    assert psutil.wait_procs(processes, timeout=10)[1] == []


def test_trusted_code_runs_without_walls_but_within_limits(plan):
    with Sandbox(plan.support, "none", Limits(), preload=[]) as one:
        one.try_out()
        assert result(one, "import os, tinytorch\nprint(os.getuid())") == str(os.getuid())
        assert "longer than 3 s" in Ran(one, "while True: pass", call_seconds=1).stopped
        Ran(one, "import os, time\nif os.fork() == 0: time.sleep(600)")
        assert ended(one, alone=0)


def test_grading_is_refused_where_students_could_read_the_class(course, monkeypatch):
    readable = Path(numpy.__file__).parent / "course"
    monkeypatch.chdir(course.root)
    said = CliRunner().invoke(main, ["grade", str(readable), "--lesson", "18_pruning"])
    assert said.exit_code == 1 and f"{readable} lies in it: move it" in said.stderr
    assert not readable.exists()


KILLED = """
import os, signal, sys
from tito.sandbox.bubblewrap import Sandbox
from tito.sandbox.limits import Limits

one = Sandbox(sys.argv[1], sys.argv[2], Limits(), preload=[])
one.try_out()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("isolation", ["bubblewrap", "none"])
def test_a_judge_that_is_killed_leaves_nothing_in_the_temporary_folder(
    plan, tmp_path, isolation, bubblewrap
):
    said = subprocess.run(
        [sys.executable, "-c", KILLED, plan.support, isolation],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        timeout=120,
    )
    assert said.returncode == -signal.SIGKILL, said.stderr
    deadline = time.monotonic() + 30
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(tmp_path.iterdir()) == []
