"""Code that asks the kernel for what no lesson needs: namespaces, keys, odd sockets, odd memory."""

from .case import in_cell


@in_cell()
def becomes_root_in_namespaces_of_its_own(places):
    """Become root of a new user namespace, and with that right mount a file system."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    kinds = (0x10000000, 0x10020000, 0x50000000, 0x30000000, 0x18000000, 0x14000000, 0x12000000)
    return [hex(kind) for kind in kinds if libc.unshare(kind) == 0]


@in_cell()
def clones_into_a_namespace(places):
    """Start a child in a new user namespace, by clone and by clone3."""
    import ctypes
    import os
    import platform
    import struct

    libc = ctypes.CDLL(None, use_errno=True)
    clone = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    new_user, child_ended = 0x10000000, 17
    asked = ctypes.create_string_buffer(struct.pack("8Q", new_user, 0, 0, 0, child_ended, 0, 0, 0))
    for call in ((clone, new_user | child_ended, 0, 0, 0, 0), (435, asked, 64)):
        child = libc.syscall(*call)
        if child == 0:
            os._exit(0)
        if child > 0:
            os.waitpid(child, 0)
            return call


@in_cell()
def keeps_notes_in_the_keyring(places):
    """Leave a key in each keyring that can be named, and look for the keys of others."""
    import ctypes
    import platform

    libc = ctypes.CDLL(None, use_errno=True)
    add, _, control = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}[platform.machine()]
    found = []
    for ring in (-1, -2, -3, -4, -5):
        names = ctypes.create_string_buffer(4096)
        if libc.syscall(control, 11, ring, names, 4096) > 0:  # the keys that lie in it
            found.append((ring, names.raw[:8]))
        if libc.syscall(add, b"user", b"note", b"hello", 5, ring) > 0:
            found.append((ring, "written"))
    return found


@in_cell(real=True)
def opens_odd_sockets(places):
    """Open sockets that talk to the kernel, to hardware, and to the host of a virtual machine."""
    import socket

    opened = []
    for family in range(1, 46):
        if family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
            continue
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(family, kind).close()
                opened.append(family)
            except OSError:
                pass
    return opened


@in_cell(real=True)
def asks_for_rarely_used_parts_of_the_kernel(places):
    """Set up io_uring, measurements, page faults in its own hands, programs in the kernel."""
    import ctypes
    import os
    import platform

    libc = ctypes.CDLL(None, use_errno=True)
    x86 = platform.machine() == "x86_64"
    room = ctypes.create_string_buffer(256)
    event = ctypes.create_string_buffer(b"\1\0\0\0\x80\0\0\0" + bytes(32) + b"\x61", 128)
    calls = {
        "io_uring": (425, 4, room),
        "perf_event": (298 if x86 else 241, event, 0, -1, -1, 0),
        "userfaultfd": (323 if x86 else 282, 1),
        "bpf": (321 if x86 else 280, 0, room, 128),
        "pidfd_getfd": (438, libc.syscall(434, os.getpid(), 0), 0, 0),
        "memfd_secret": (447, 0),
        "fanotify": (300 if x86 else 262, 0x200, 0),
    }
    return [name for name, call in calls.items() if libc.syscall(*call) >= 0]


@in_cell(real=True)
def traces_a_child(places):
    """Take hold of a child of its own as a debugger does, and read its memory."""
    import ctypes
    import os
    import signal

    libc = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    held = libc.ptrace(16, child, 0, 0) == 0
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return held


# Memory: 20 MB stand for any amount. What is bounded holds it only in files of 64 MB together.


@in_cell(real=True)
def holds_memory_that_is_shared(places):
    """Hold memory that is shared with nobody, and throw away every view of it but one page."""
    import mmap

    held = []
    for _ in range(20):
        view = mmap.mmap(-1, 1 << 20)
        view.write(b"x" * (1 << 20))
        view.madvise(mmap.MADV_DONTNEED)
        view.resize(mmap.PAGESIZE)
        held.append(view)
    return len(held)


@in_cell(real=True)
def holds_memory_in_files_without_a_name(places):
    """Hold memory in files that lie in no folder."""
    import os

    files = [os.memfd_create(f"note-{number}") for number in range(20)]
    return [os.write(file, b"x" * (1 << 20)) for file in files]


@in_cell(real=True)
def holds_memory_through_dev_zero(places):
    """Hold memory by sharing /dev/zero, which is as good as sharing nothing."""
    import mmap

    with open("/dev/zero", "r+b", buffering=0) as zero:
        views = [mmap.mmap(zero.fileno(), 1 << 20) for _ in range(20)]
    return [view.write(b"x" * (1 << 20)) for view in views]


@in_cell(real=True)
def holds_memory_of_system_v(places):
    """Hold segments of System V memory, attached to no process; and messages, semaphores."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    held = []
    for _ in range(20):
        segment = libc.shmget(0, 1 << 20, 0o1600)
        if segment >= 0:
            place = libc.shmat(segment, None, 0)
            ctypes.memset(place, 1, 1 << 20)
            libc.shmdt(ctypes.c_void_p(place))
            held.append(segment)
            libc.shmctl(segment, 0, None)  # where there is no sandbox, it is to stay no longer
    for queue, drop in ((libc.msgget(0, 0o1600), libc.msgctl), (libc.semget(0, 1, 0o1600), None)):
        if queue >= 0:
            held.append(queue)
            drop(queue, 0, None) if drop else libc.semctl(queue, 0, 0)
    return held


@in_cell(real=True)
def pins_pages_in_pipes(places):
    """Give pages away to pipes and forget them: each pins what the kernel allocated with it."""
    import ctypes
    import mmap
    import os

    libc = ctypes.CDLL(None, use_errno=True)
    ends, given = [], 0
    for _ in range(8):
        ends += os.pipe()
        pages = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        pages.write(b"x" * mmap.PAGESIZE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
        piece = (ctypes.c_size_t * 2)(start, mmap.PAGESIZE)
        given += max(0, libc.vmsplice(ends[-1], piece, 1, 0))
    for end in ends:
        os.close(end)
    return given


@in_cell()
def fills_shared_memory_and_scratch(places):
    """Write files of 10 MB into both folders that can be written, as long as they are taken."""
    import os

    written = 0
    for folder in ("/dev/shm", os.getcwd()):
        try:
            for number in range(20):
                with open(f"{folder}/{number}.bin", "wb") as file:
                    written += file.write(b"x" * 10_000_000)
        except OSError:
            pass
    return written if written > 2 * 64 * 2**20 else 0


# Others, who have the same files open


@in_cell(real=True)
def locks_a_file_that_others_use(places):
    """Lock a file that it may only read, so that others wait or take it for a sign."""
    import fcntl

    with open("/usr/bin/env", "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True


@in_cell(real=True)
def watches_what_others_open(places):
    """Ask to be told of every use of a program that the whole machine shares."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(0)
    return watch >= 0 and libc.inotify_add_watch(watch, b"/usr/bin", 0xFFF) > 0
