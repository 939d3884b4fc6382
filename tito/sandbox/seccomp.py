"""Which calls of the kernel a student's process is refused: a filter that libseccomp compiles.

The namespaces say what can be seen. This says which parts of the kernel can be asked at all: those
that no lesson needs, that were written for administrators, debuggers and containers, or that hold
memory which no limit counts. Each refusal is an error of Python (PermissionError), no crash.

libseccomp (which systemd and apt bring) knows the numbers of the calls on each kind of processor.
It is used where nothing of a student runs; inside, the finished filter is put on.
"""

from __future__ import annotations

import ctypes
import errno
import functools
from tempfile import TemporaryFile

LIBRARY = "libseccomp.so.2"
REFUSED = {
    "new namespaces: in one of its own it would be root, and reach what only root can": (
        "unshare setns mount umount2 pivot_root fsopen fsconfig fsmount fspick move_mount "
        "open_tree mount_setattr"
    ),
    "keyrings: they belong to the session of the one who grades": "keyctl add_key request_key",
    "a second way into the kernel, past this filter": "io_uring_setup io_uring_enter "
    "io_uring_register",
    "programs inside the kernel, its measurements, page faults answered by hand": (
        "bpf perf_event_open userfaultfd"
    ),
    "the memory and the files of other processes": (
        "ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise"
    ),
    "memory that belongs to no process and no file system, so that no limit counts it": (
        "memfd_create memfd_secret shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget "
        "semop semtimedop semctl vmsplice"
    ),
    "what happens to files that others have open, too": (
        "flock inotify_init inotify_init1 inotify_add_watch fanotify_init fanotify_mark"
    ),
    "segments of 16-bit programs": "modify_ldt",
}
NEW_NAMESPACES = 0x02000000, 0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
SHARED_ANONYMOUS = 0x01 | 0x20  # MAP_SHARED and MAP_ANONYMOUS; a file of /dev/shm does the same
FILE_COMMANDS = {"F_OFD_SETLK": 37, "F_OFD_SETLKW": 38, "F_SETLEASE": 1024, "F_NOTIFY": 1026}
FAMILIES = 1, 2, 10  # Linux's AF_UNIX, AF_INET, AF_INET6; no netlink, packet, vsock, xdp, ...
NETLINK, NETLINK_ROUTE = 16, 0

ALLOW, REFUSE = 0x7FFF0000, 0x00050000
OTHER, EQUAL, GREATER, MASKED = 1, 4, 6, 7  # comparisons of an argument


class Condition(ctypes.Structure):
    """What an argument of a call must be for a rule to hold."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("comparison", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


@functools.cache
def library() -> ctypes.CDLL | None:
    """libseccomp, where there is one."""
    try:
        found = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    found.seccomp_init.restype = ctypes.c_void_p
    return found


def number(call: str) -> int | None:
    """The number of a call on this machine, where it has one and libseccomp knows it."""
    seccomp = library()
    found = seccomp.seccomp_syscall_resolve_name(call.encode()) if seccomp else -1
    return found if found >= 0 else None


@functools.cache
def program(asks_for_interfaces: bool = False) -> bytes | None:
    """The filter, as the kernel takes it; nothing where there is no libseccomp.

    Args:
        asks_for_interfaces: leave the one netlink protocol by which ZeroMQ lists them.
    """
    seccomp = library()
    if seccomp is None:
        return None
    rules = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(ALLOW)))
    try:
        for calls in REFUSED.values():
            for call in calls.split():
                refuse(rules, call)
        refuse(rules, "clone3", code=errno.ENOSYS)  # its flags lie in memory; clone is tried next
        for flag in NEW_NAMESPACES:
            refuse(rules, "clone", Condition(0, MASKED, flag, flag))
        refuse(rules, "mmap", Condition(3, MASKED, SHARED_ANONYMOUS, SHARED_ANONYMOUS))
        for command in FILE_COMMANDS.values():
            refuse(rules, "fcntl", Condition(1, EQUAL, command, 0))
        for family in set(range(NETLINK)) - set(FAMILIES):
            refuse(rules, "socket", Condition(0, EQUAL, family, 0), code=errno.EAFNOSUPPORT)
        netlink = [Condition(0, EQUAL, NETLINK, 0)]
        if asks_for_interfaces:
            netlink.append(Condition(2, OTHER, NETLINK_ROUTE, 0))
        for conditions in (netlink, [Condition(0, GREATER, NETLINK, 0)]):
            refuse(rules, "socket", *conditions, code=errno.EAFNOSUPPORT)
        with TemporaryFile() as file:
            if seccomp.seccomp_export_bpf(rules, file.fileno()) != 0:
                return None
            file.seek(0)
            return file.read()
    finally:
        seccomp.seccomp_release(rules)


def refuse(
    rules: ctypes.c_void_p, call: str, *conditions: Condition, code: int = errno.EPERM
) -> None:
    """Add a rule; a call that this libseccomp or this processor does not know needs none."""
    seccomp, found = library(), number(call)
    if seccomp is None or found is None:
        return
    wanted = (Condition * len(conditions))(*conditions)
    failed = seccomp.seccomp_rule_add_array(
        rules, ctypes.c_uint32(REFUSE | code), found, len(conditions), wanted
    )
    if failed:
        raise OSError(-failed, f"libseccomp takes no rule for {call}")
