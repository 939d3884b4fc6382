"""Code that makes processes and threads, stops them, or outlives its time.

Answers whose cell dies or hangs are those to LEAF: nothing else may be lost by them.
"""

from .case import LEAF, answer, in_cell

DIED = "ended|died|killed|stopped"


@in_cell(LEAF, silent=True)
def forks_and_waits(places):
    """Leave a child behind that sleeps for ten minutes."""
    import os
    import time

    if os.fork() == 0:
        time.sleep(600)
        os._exit(0)


@in_cell(LEAF, silent=True)
def daemon(places):
    """Leave a grandchild behind in a session of its own, deaf to every signal."""
    import os
    import signal
    import time

    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(600)
        os._exit(0)


@in_cell(LEAF, silent=True)
def program_in_the_background(places):
    """Leave a program running that keeps every file it was given."""
    import subprocess

    subprocess.Popen(["sleep", "600"], start_new_session=True, close_fds=False)


@in_cell(LEAF, silent=True, may_lose=(LEAF,))
def fork_bomb(places):
    """Fork until the machine refuses, and leave all children waiting."""
    import os
    import time

    for _ in range(2000):
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)


@answer(says=DIED)
def fork_bomb_that_grows(*arguments):
    """Fork for ever, every child too."""
    import os

    while True:
        try:
            os.fork()
        except OSError:
            pass


@in_cell(LEAF, silent=True)
def threads_without_end(places):
    """Start threads that never end, and that Python waits for at its end."""
    import threading
    import time

    for _ in range(20):
        threading.Thread(target=time.sleep, args=(600,)).start()


@in_cell(LEAF, silent=True)
def waits_at_the_end(places):
    """Ask Python to wait for ten minutes before it ends."""
    import atexit
    import time

    atexit.register(time.sleep, 600)


@answer()
def stops_itself(*arguments):
    """Send itself the signal to stop, as Ctrl-Z does."""
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSTOP)


@answer()
def kills_everything(*arguments):
    """Kill every process it can reach."""
    import os

    os.kill(-1, 9)
    os.kill(0, 9)


@answer(says=DIED)
def kills_its_parent(*arguments):
    """Kill the process that started it, and the one that grades."""
    import os
    import signal

    for process in (os.getppid(), 1):
        try:
            os.kill(process, signal.SIGKILL)
        except OSError:
            pass
    os._exit(1)


@answer(says=DIED)
def ends_python(*arguments):
    """End Python at once."""
    import os

    os._exit(0)


@answer()
def asks_python_to_end(*arguments):
    """Call exit as in a script."""
    raise SystemExit(0)


@answer()
def pretends_ctrl_c(*arguments):
    """Raise what Ctrl-C raises."""
    raise KeyboardInterrupt


@answer(says=DIED)
def crashes(*arguments):
    """Read from address 0."""
    import ctypes

    ctypes.string_at(0)


@answer(says=DIED)
def aborts(*arguments):
    """Abort."""
    import os

    os.abort()


@answer(says=DIED)
def becomes_another_program(*arguments):
    """Replace Python by another program, in the same process."""
    import os

    os.execv("/bin/sleep", ["sleep", "600"])


@in_cell(LEAF, silent=True, loses=(LEAF,))
def exits_in_the_cell(places):
    """End Python while the cell runs: the answer after it is never defined."""
    import os

    os._exit(0)


@in_cell(LEAF, silent=True)
def deaf_to_signals(places):
    """Ignore every signal that can be ignored, and block the others."""
    import signal

    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
