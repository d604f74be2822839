"""Where a client dials, and what it says where it may not."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from homeport.client.destinations import (
    TcpDestination,
    UnixDestination,
    destinations,
    left_address,
    loopback,
    read_token,
)
from homeport.client.errors import ClientError, NoDaemon, SocketRefused
from support.fake_daemon import leave_address


def shown(found: list[UnixDestination | TcpDestination]) -> list[str]:
    return [repr(destination) for destination in found]


def test_the_socket_of_this_home_comes_first(own_home: Path) -> None:
    assert shown(destinations()) == [f"the socket {own_home}/run/homeport.sock"]


def test_a_daemon_started_elsewhere_is_found_by_what_it_left(own_home: Path) -> None:
    leave_address(own_home, socket="/run/elsewhere.sock")
    assert shown(destinations())[1:] == ["the socket /run/elsewhere.sock"]


def test_where_the_socket_is_gone_the_running_daemon_is_found_by_its_port(own_home: Path) -> None:
    url = "http://127.0.0.1:5000"
    leave_address(own_home, url=url)
    assert shown(destinations())[1:] == ["127.0.0.1:5000"]
    (own_home / "run").mkdir()
    (own_home / "run" / "homeport.sock").touch()
    assert shown(destinations()) == [f"the socket {own_home}/run/homeport.sock"]


@pytest.mark.parametrize("pid", [None, "x", 0x7FFFFFFF, 2**70])
def test_the_port_of_a_daemon_that_is_gone_is_not_sent_the_token(
    own_home: Path, pid: object
) -> None:
    leave_address(own_home, url="http://127.0.0.1:5000", pid=pid)
    assert shown(destinations()) == [f"the socket {own_home}/run/homeport.sock"]


def test_a_named_socket_is_the_only_one(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_address(own_home, socket="/run/elsewhere.sock")
    monkeypatch.setenv("HOMEPORT_SOCKET", "/run/named.sock")
    assert shown(destinations()) == ["the socket /run/named.sock"]


def test_a_named_url_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEPORT_URL", "http://127.0.0.1:4700")
    assert shown(destinations()) == ["127.0.0.1:4700"]


def test_without_unix_sockets_loopback_is_dialled(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.client.paths.sys.platform", "win32")
    assert shown(destinations()) == ["127.0.0.1:4663"]
    leave_address(own_home, url="http://127.0.0.1:5000")
    assert shown(destinations()) == ["127.0.0.1:5000"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com:4663",
        "https://127.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://[",
        "http://127.0.0.1:99999",
        "nonsense",
    ],
)
def test_a_url_of_another_machine_is_refused(url: str) -> None:
    with pytest.raises(ClientError, match="HOMEPORT_URL"):
        loopback(url)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_a_broken_address_file_is_as_good_as_none(own_home: Path, text: str) -> None:
    leave_address(own_home)
    (own_home / "state" / "daemon.json").write_text(text)
    assert left_address() == {}


def test_no_socket_is_no_daemon(own_home: Path) -> None:
    with pytest.raises(NoDaemon, match="there is no socket") as caught:
        destinations()[0].dial()
    assert caught.value.command == "homeport start"
    assert str(own_home) in caught.value.sentence


def test_a_stale_socket_is_no_daemon(tmp_path: Path) -> None:
    path = tmp_path / "stale.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    with pytest.raises(NoDaemon, match="nobody answers"):
        UnixDestination(str(path)).dial()


def test_a_socket_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoDaemon, match="too long"):
        UnixDestination(str(tmp_path / ("x" * 200))).dial()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a socket away")
def test_a_socket_of_somebody_else_gets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sock"
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(str(path))
        theirs.listen()
        os.chown(path, 4663, -1)
        with pytest.raises(SocketRefused, match="belongs to user 4663"):
            UnixDestination(str(path)).dial()


def test_a_refusal_names_path_owner_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "closed.sock"
    path.touch(mode=0o600)
    explained = UnixDestination(str(path))._explained(PermissionError(13, "Permission denied"))
    assert isinstance(explained, SocketRefused)
    assert str(path) in explained.sentence
    assert "mode 0600" in explained.sentence
    assert "belongs to" in explained.sentence


def test_nobody_on_tcp_is_no_daemon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NoDaemon, match=f"127.0.0.1:{port}"):
        TcpDestination("127.0.0.1", port).dial()


def test_tcp_shows_the_token_and_its_repr_does_not(own_home: Path) -> None:
    (own_home / "state").mkdir()
    (own_home / "state" / "token").write_text("s3cret\n")
    destination = TcpDestination("::1", 4663)
    assert destination.headers() == {"Host": "[::1]:4663", "Authorization": "Bearer s3cret"}
    assert "s3cret" not in repr(destination)


def test_a_token_that_is_not_there_yet_is_explained() -> None:
    with pytest.raises(NoDaemon, match="no token yet"):
        read_token()


def test_a_token_that_is_a_folder_is_explained(own_home: Path) -> None:
    (own_home / "state" / "token").mkdir(parents=True)
    with pytest.raises(ClientError, match="cannot be read"):
        read_token()
