"""This machine, and hosts that are trusted."""

from __future__ import annotations

import pytest

from homeport.policies.hosts import is_loopback, is_trusted


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1:11434",
        "127.8.9.1",
        "::1",
        "[::1]:80",
        "0.0.0.0:11434",
        "/run/model.sock",
        "unix:/run/model.sock",
    ],
)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "nas",
        "nas:80",
        "127.evil.example",
        "127.0.0.1.evil.example:80",
        "192.168.1.2",
        "[fe80::1]:80",
    ],
)
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("nas:8080", ("nas",)),
        ("nas", ("NAS",)),
        ("NAS:8080", ("nas:8080",)),
        ("[fe80::1]:80", ("fe80::1",)),
        ("[fe80::1]:80", ("[fe80::1]",)),
    ],
)
def test_trusted(host: str, trusted: tuple[str, ...]) -> None:
    assert is_trusted(host, trusted)


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("", ("",)),
        ("nas:8080", ()),
        ("nas:8080", ("nas:9090",)),
        ("nas.evil.example", ("nas",)),
        ("evilnas", ("nas",)),
        ("nas", ("nas:8080",)),
    ],
)
def test_not_trusted(host: str, trusted: tuple[str, ...]) -> None:
    assert not is_trusted(host, trusted)
