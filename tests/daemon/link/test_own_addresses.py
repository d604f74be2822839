"""The addresses of this machine."""

import psutil
import pytest

from homeport.daemon.link import own_addresses as module
from homeport.daemon.link.own_addresses import own_addresses, plain


def test_loopback_is_among_them():
    assert "127.0.0.1" in (own_addresses() or ())


def test_where_the_system_does_not_tell_nothing_is_gone(monkeypatch: pytest.MonkeyPatch):
    def vanished():
        raise OSError(19, "No such device")

    monkeypatch.setattr(module.psutil, "net_if_addrs", vanished)
    assert own_addresses() is None
    assert psutil.net_if_addrs is vanished


def test_an_interface_is_no_part_of_an_address():
    assert plain("FE80::1%eth0") == "fe80::1"
