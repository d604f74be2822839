"""Which files a confined program may touch, by Landlock: needs no rights, Linux from 5.13 on."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from homeport.daemon.sandbox import kernel

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_ASK_VERSION, _BELOW_A_PATH = 1, 1

_WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FOLDER, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_TRUNCATE = 1 << 14
_READ = _READ_FILE | _READ_FOLDER
_OWN = _READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE
_FOLDERS = _REMOVE_FOLDER | _MAKE_FOLDER
_ALL_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL = (1 << 16) - 1
_ALL_NETWORK, _ALL_SCOPES = 0b11, 0b11
_WITH_NETWORK, _WITH_SCOPES = 4, 6


def version() -> int:
    """Of the kernel's Landlock; 0 where there is none."""
    try:
        return kernel.call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return 0


def confine(own: str, readable: Iterable[str], writable: Iterable[str], *, folders: bool) -> None:
    """From here on only these paths; nothing can be executed. Raises `Refused`.

    `own` may be written below; `folders`: it may make folders there too.
    """
    known = version()
    handled = _ALL_BY_VERSION.get(known, _ALL)
    ruleset = _ruleset(known, handled)
    _allow(ruleset, own, (_OWN | (_FOLDERS if folders else 0)) & handled)
    for path in readable:
        _allow(ruleset, path, _READ)
    for path in writable:
        _allow(ruleset, path, _READ_FILE | _WRITE_FILE)
    kernel.call(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)


def _ruleset(known: int, handled: int) -> int:
    words = [handled]
    if known >= _WITH_NETWORK:
        words.append(_ALL_NETWORK)
    if known >= _WITH_SCOPES:
        words.append(_ALL_SCOPES)
    attributes = struct.pack(f"={len(words)}Q", *words)
    return kernel.call(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        rule = struct.pack("=Qi", rights, opened)
        below = ctypes.c_int(_BELOW_A_PATH)
        kernel.call(_ADD_RULE, ctypes.c_int(ruleset), below, rule, ctypes.c_uint32(0))
    finally:
        os.close(opened)
