"""System calls that Python has no name for. Linux only."""

from __future__ import annotations

import ctypes
import os
import platform

_LIBC = ctypes.CDLL(None, use_errno=True)
MACHINE = platform.machine()
_PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE, _PR_SET_PDEATHSIG = 38, 4, 1
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SIGKILL = 9


class Refused(OSError):
    """The kernel refused a system call."""


def call(number: int, *arguments: object) -> int:
    """One system call. Raises `Refused`."""
    result = int(_LIBC.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise _error()
    return result


def prctl(option: int, *arguments: int) -> None:
    """Raises `Refused`."""
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    if _LIBC.prctl(option, *padded) != 0:
        raise _error()


def unshare(flags: int) -> None:
    """Namespaces of its own. Raises `Refused`."""
    if _LIBC.unshare(flags) != 0:
        raise _error()


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Raises `Refused`."""
    texts = [os.fsencode(text) for text in (source, target, kind)]
    if _LIBC.mount(*texts, ctypes.c_ulong(flags), os.fsencode(options)) != 0:
        raise _error()


def pivot_root(new: str) -> None:
    """`new` becomes the root, and what was the root is gone. Raises `Refused`."""
    os.chdir(new)
    call(_PIVOT_ROOT[MACHINE], b".", b".")
    if _LIBC.umount2(b".", 2) != 0:
        raise _error()
    os.chdir("/")


def end_with_parent() -> None:
    """When the parent dies, however it does. Raises `Refused`."""
    prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def give_up_rights() -> None:
    """No capabilities, and no way to gain any. Raises `Refused`."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    prctl(_PR_SET_DUMPABLE, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    call(_CAPSET[MACHINE], header, (ctypes.c_uint32 * 6)())


def _error() -> Refused:
    number = ctypes.get_errno()
    return Refused(number, os.strerror(number))
