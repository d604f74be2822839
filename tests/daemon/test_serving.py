"""Opening the listeners, and the two steps of stopping. The rest is tested as a process."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from homeport.client.wire import Address
from homeport.daemon.config.settings import Config, Listen
from homeport.daemon.serving import Stopping, open_listeners, told
from homeport.policies.errors import DaemonTrouble


def closed(listeners: list[socket.socket]) -> int:
    for listener in listeners:
        listener.close()
    return len(listeners)


def test_both_doors(tmp_path: Path) -> None:
    listeners, address = open_listeners(Config(listen=Listen(port=0)), tmp_path / "s")
    assert address.socket == str(tmp_path / "s")
    assert address.url.startswith("http://127.0.0.1:")
    assert closed(listeners) == 2


def test_the_unix_socket_alone(tmp_path: Path) -> None:
    listeners, address = open_listeners(Config(listen=Listen(tcp=False)), tmp_path / "s")
    assert address.url == ""
    assert closed(listeners) == 1


def test_a_taken_port_is_survived_where_there_is_a_unix_socket(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        config = Config(listen=Listen(port=other.getsockname()[1]))
        listeners, address = open_listeners(config, tmp_path / "s")
        assert address.url == ""
        assert closed(listeners) == 1
        assert "is taken" in caplog.text
        with pytest.raises(DaemonTrouble):
            open_listeners(config, None)


async def test_stopping_goes_in_two_steps() -> None:
    stopping = Stopping()
    stopping.drain()
    stopping.drain()
    assert "at_once=False" in repr(stopping)
    stopping.order()
    assert stopping.at_once.is_set()


def test_where_it_listens_is_told() -> None:
    assert told(Address(socket="/s", url="http://u")) == "/s, http://u"
    assert told(Address(url="http://u")) == "http://u"
