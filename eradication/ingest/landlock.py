"""Which files the worker may open at all: the interpreter, its libraries and its own folder (Linux Landlock).

A parser that was tricked or taken over still runs as the user who started it. Landlock (Linux 5.13, kernel
documentation ``userspace-api/landlock.rst``) takes the rest of the disk away from it, without privileges.
"""

import ctypes
import os
import stat
import sys
from pathlib import Path
from typing import Any

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_ALL_OF_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | (1 << 14)

_PACKAGE = Path(__file__).parents[1]
_SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/opt",
    "/nix/store",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",  # the standard library's mimetypes reads these on import
    "/etc/httpd",
    "/etc/apache",
    "/etc/apache2",
    "/etc/ssl",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self",
    "/sys/devices/system/cpu",
    "/dev/urandom",
)


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def restrict(libc: Any, own: Path, readable: Path | None, programs: tuple[Path, ...] = ()) -> bool:
    """Leave this process the right to write in ``own`` and to read what Python needs, and ``readable``.

    Args:
        libc: the C library.
        own: the folder it may write in.
        readable: one more folder it may read.
        programs: if any, these alone may be started, and of what Python needs only the system's libraries stay.

    Returns:
        Whether the kernel enforces it; an older kernel leaves all as it was.
    """
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1:
        return False
    every = _ALL_OF_VERSION[min(version, 3)]
    ruleset = _Ruleset(every)
    descriptor = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    if descriptor < 0:
        return False
    read = _READ_FILE | _READ_DIR if programs else _EXECUTE | _READ_FILE | _READ_DIR
    roots = set(_SYSTEM) if programs else {sys.prefix, sys.exec_prefix, sys.base_prefix, str(_PACKAGE), *_SYSTEM}
    rules = [(Path(root), read) for root in sorted(roots)]
    rules += [(program, _EXECUTE | _READ_FILE) for program in programs]
    rules += [(own, every & ~_EXECUTE), (Path(os.devnull), _READ_FILE | _WRITE_FILE)]
    rules += [(readable, read)] if readable else []
    try:
        added = all(_allow(libc, descriptor, path, rights & every) for path, rights in rules)
        done: bool = added and _restrict_self(libc, descriptor)
    finally:
        os.close(descriptor)
    return done


def _allow(libc: Any, ruleset: int, path: Path, rights: int) -> bool:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not on this machine
        return True
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= _FILE_RIGHTS
        rule = _Beneath(rights, parent)
        added: int = libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        return added == 0
    finally:
        os.close(parent)


def _restrict_self(libc: Any, ruleset: int) -> bool:
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    done: int = libc.syscall(_RESTRICT_SELF, ruleset, 0)
    return done == 0
