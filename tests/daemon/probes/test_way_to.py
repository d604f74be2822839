"""The kernel's way to a number; ways of every kind are in test_routes.py."""

from __future__ import annotations

from homeport.daemon.probes.way_to import has_way, own_end


def test_loopback_is_reached_from_loopback() -> None:
    assert own_end("127.0.0.1") == "127.0.0.1"


def test_nobody_leads_to_everybody_at_once() -> None:
    assert own_end("255.255.255.255") == ""


def test_no_number_has_no_way() -> None:
    assert not has_way([], frozenset({"eth0"}))
    assert has_way(["255.255.255.255", "127.0.0.1"], frozenset())
