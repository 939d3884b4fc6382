"""The walls around a student's process that are raised from inside bubblewrap, in this order.

A keyring of its own, namespaces of its own, and when it needs no right any more, no right and no
call of the kernel beyond what lessons need. Standard library alone.
"""

from __future__ import annotations

import base64
import ctypes
import errno
import os
from contextlib import suppress

CLONE_NEW = 0x10000000 | 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_RDONLY = 2, 4, 8, 1
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 4, 38, 24
KEYCTL_JOIN_SESSION_KEYRING = 1
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1, 4  # as fast as without a filter
NOBODY = 65534

LIBC = ctypes.CDLL(None, use_errno=True)


def leave_keyring(keyctl: int | None) -> None:
    """Begin a session keyring of one's own: bubblewrap leaves that of the one who grades."""
    joined = 0 if keyctl is None else LIBC.syscall(keyctl, KEYCTL_JOIN_SESSION_KEYRING, None)
    if joined < 0 and ctypes.get_errno() != errno.ENOSYS:  # a kernel without keyrings hides none
        checked(joined, "keyctl")


def enter_namespaces(scratch: str, scratch_bytes: int) -> None:
    """Leave everything shared behind: processes, network, and what can be written.

    Raises:
        OSError: this system does not allow it.
    """
    uid, gid = os.getuid(), os.getgid()
    checked(LIBC.unshare(CLONE_NEW), "unshare")
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{NOBODY} {uid} 1")
    write("/proc/self/gid_map", f"{NOBODY} {gid} 1")
    with suppress(OSError):  # where /proc/sys is read-only, the filter forbids the same
        write("/proc/sys/user/max_user_namespaces", "0")  # within this one
    options = f"size={scratch_bytes},nr_inodes=10000,mode=0700,uid={NOBODY},gid={NOBODY}"
    for place in (scratch, "/dev/shm"):
        mount(place, MS_NOSUID | MS_NODEV, options)
    mount("/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "size=4096,mode=0555")


def mount(place: str, flags: int, options: str) -> None:
    checked(LIBC.mount(b"tmpfs", place.encode(), b"tmpfs", flags, options.encode()), "mount")


def checked(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def control_process(option: int, value: int) -> None:
    checked(LIBC.prctl(option, value, 0, 0, 0), "prctl")


def drop_rights(seccomp: int | None, program: str | None) -> None:
    """Give up every capability, and the calls that the filter refuses, for good."""
    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails beyond the last one
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    checked(LIBC.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    control_process(PR_SET_NO_NEW_PRIVS, 1)
    if seccomp is not None and program is not None:
        put_on(seccomp, base64.b64decode(program))


class Program(ctypes.Structure):
    """A filter as the kernel takes it."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def put_on(seccomp: int, program: bytes) -> None:
    """Refuse system calls from now on, in this process and in all that it starts."""
    steps = Program(len(program) // 8, program)
    how = SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW
    checked(LIBC.syscall(seccomp, *how, ctypes.byref(steps)), "seccomp")
