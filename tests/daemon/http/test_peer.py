"""Who is at the other end of a socket."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from homeport.daemon.http import peer


def test_this_process_is_its_own_peer() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer.peer_uid(ours) == os.getuid()
        assert peer.door_of(ours) == "unix"


@pytest.mark.parametrize("uid", [0, 12345, None])
def test_only_this_user_and_root_come_in(monkeypatch: pytest.MonkeyPatch, uid: int | None) -> None:
    monkeypatch.setattr(peer, "peer_uid", lambda _sock: uid)
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer.door_of(ours) == ("unix" if uid == 0 else None)


class From:
    """A TCP socket connected from an address."""

    family = socket.AF_INET

    def __init__(self, host: str | None) -> None:
        self._host = host

    def getpeername(self) -> tuple[str, int]:
        if self._host is None:
            raise OSError
        return self._host, 1


@pytest.mark.parametrize(
    ("host", "door"),
    [("127.0.0.1", "tcp"), ("127.9.9.9", "tcp"), ("::1", "tcp"), ("::ffff:127.0.0.1", "tcp"),
     ("192.168.0.1", None), ("10.127.0.1", None), (None, None)],
)  # fmt: skip
def test_tcp_is_for_this_machine(host: str | None, door: Any) -> None:
    assert peer.door_of(From(host)) == door


def test_what_cannot_be_told_is_unknown() -> None:
    assert peer.peer_uid(object()) is None
