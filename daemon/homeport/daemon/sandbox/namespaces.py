"""A world of its own: no network, no other processes, and a root with only what is read.

Needs user namespaces, which some systems keep to their administrator.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from homeport.daemon.sandbox import kernel

HOME = "/box"
"""Where the program's own folder is, in its own root."""
_MOUNTS, _HOST_NAME, _IPC, _USERS = 0x20000, 0x4000000, 0x8000000, 0x10000000
_PROCESSES, _NETWORK = 0x20000000, 0x40000000
_PRIVATE, _BIND, _WITH_ALL_BELOW = 1 << 18, 1 << 12, 1 << 14
_NO_SET_UID, _NO_DEVICES, _NO_PROGRAMS = 2, 4, 8
_MOST_FILES = 2_000


def enter(folder: str, paths: Iterable[str], file_bytes: int) -> None:
    """Leave the machine's own for good. `folder` becomes the root. Raises `OSError`."""
    user, group = os.getuid(), os.getgid()
    kernel.unshare(_USERS | _MOUNTS | _NETWORK | _IPC | _HOST_NAME | _PROCESSES)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    kernel.mount("none", "/", "none", _PRIVATE | _WITH_ALL_BELOW)
    flags = _NO_SET_UID | _NO_DEVICES
    kernel.mount("none", folder, "tmpfs", flags, "size=1m,nr_inodes=1000,mode=755")
    for path in paths:
        _bring(path, folder)
    home = folder + HOME
    os.mkdir(home)
    options = f"size={file_bytes},nr_inodes={_MOST_FILES},mode=700"
    kernel.mount("none", home, "tmpfs", flags | _NO_PROGRAMS, options)
    kernel.pivot_root(folder)
    os.chdir(HOME)


def go_on_as_first_process() -> None:
    """Goes on in a child, the only process of its world; here the child's end is awaited."""
    kernel.end_with_parent()
    child = os.fork()
    if child == 0:
        return
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _bring(path: str, root: str) -> None:
    """The same path below the new root, by the same links."""
    target = root + path
    if os.path.lexists(target) or not os.path.lexists(path):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.mkdir(target)
    else:
        _write(target, "")
    kernel.mount(path, target, "none", _BIND | _WITH_ALL_BELOW)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
