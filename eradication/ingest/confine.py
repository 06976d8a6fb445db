"""What the worker gives up before it looks at a user's file: the network, other programs, memory, time, disk.

On Linux the network goes twice where possible: a fresh, empty network namespace, and a seccomp filter that refuses
``socket``, ``io_uring`` (which can open sockets too) and starting other programs. One of the two is enough to go on;
with neither the worker refuses to read. Where the kernel has Landlock, the disk goes too, but for Python's own files
and the worker's folder. Other systems have none of these; there the limits and the driver list alone hold, and
:func:`eradication.ingest.sandbox.isolation` says so.

A converter (:mod:`eradication.ingest.converter`) becomes another program afterwards and must be allowed to: for it the
filter lets programs be started, and Landlock says which.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any

from eradication.errors import N_, UnusableInput
from eradication.ingest import landlock

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_MODE_FILTER = 2
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refuse = errno EPERM
_X32_BIT = 0x40000000

# machine: (AUDIT_ARCH, numbers of socket, socketpair, ptrace, io_uring_setup, numbers of execve, execveat)
_SYSCALLS = {
    "x86_64": (0xC000003E, (41, 53, 101, 425), (59, 322)),
    "aarch64": (0xC00000B7, (198, 199, 117, 425), (221, 281)),
}


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def confine(
    memory_mb: int, cpu_s: int, file_mb: int, readable: Path | None, programs: tuple[Path, ...] = ()
) -> list[str]:
    """Give up what a parser has no business with, for the rest of this process.

    Must run while the process has one thread (the namespace call fails otherwise).

    Args:
        memory_mb: largest address space.
        cpu_s: CPU seconds.
        file_mb: largest file it may write.
        readable: a folder that stays readable beside Python's own and the current one.
        programs: what may still be started, where there is Landlock; none = nothing.

    Returns:
        What is in force: some of ``limits``, ``network_namespace``, ``seccomp``, ``landlock``.

    Raises:
        UnusableInput: ``no_isolation``, on a Linux that allows neither way of cutting the network.
    """
    in_force = ["limits"] if _limit(memory_mb, cpu_s, file_mb) else []
    if sys.platform != "linux":
        return in_force
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if _leave_network():
        in_force.append("network_namespace")
    if _filter_syscalls(libc, may_start=bool(programs)):
        in_force.append("seccomp")
    if not {"network_namespace", "seccomp"} & set(in_force):
        raise UnusableInput(
            "no_isolation",
            N_("This machine lets no process give up the network, so no user's file is read on it."),
            hint=N_("Allow seccomp filters or user namespaces (in a container: the default seccomp profile)."),
        )
    if landlock.restrict(libc, Path.cwd(), readable, programs):
        in_force.append("landlock")
    return in_force


def _limit(memory_mb: int, cpu_s: int, file_mb: int) -> bool:
    try:
        import resource
    except ImportError:  # Windows
        return False
    megabyte = 1024 * 1024
    wanted = {
        resource.RLIMIT_AS: (memory_mb * megabyte, memory_mb * megabyte),
        resource.RLIMIT_CPU: (cpu_s, cpu_s + 1),
        resource.RLIMIT_FSIZE: (file_mb * megabyte, file_mb * megabyte),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (256, 256),
    }
    for kind, (soft, hard) in wanted.items():
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))
    return True


def _leave_network() -> bool:
    try:
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    except OSError:
        return False
    return True


def _filter_syscalls(libc: Any, *, may_start: bool) -> bool:
    machine = os.uname().machine
    if machine not in _SYSCALLS or sys.maxsize < 2**32:
        return False
    arch, always, starting = _SYSCALLS[machine]
    refused: tuple[int, ...] = always if may_start else always + starting
    steps = [(_LOAD, 0, 0, 4), (_JUMP_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    tests = [(_JUMP_AT_LEAST, _X32_BIT), *((_JUMP_EQUAL, number) for number in refused)]
    # A hit jumps over the remaining tests and the "allow" that follows them.
    steps += [(code, len(tests) - i, 0, k) for i, (code, k) in enumerate(tests)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    rules = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), rules)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    done: int = libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return done == 0
