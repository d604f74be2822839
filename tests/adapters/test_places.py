"""Where an address is, by its number or by the form of its name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.places import (
    host_and_port,
    host_of,
    is_address,
    origin_of,
    place_of_address,
    place_of_host,
)


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("127.0.0.1", "local"),
        ("127.9.9.9", "local"),
        ("::1", "local"),
        ("[::1]", "local"),
        ("::ffff:127.0.0.1", "local"),
        ("localhost", "local"),
        ("LOCALHOST.", "local"),
        ("box.localhost", "local"),
        ("10.1.2.3", "lan"),
        ("172.16.0.1", "lan"),
        ("172.31.255.255", "lan"),
        ("192.168.1.1", "lan"),
        ("169.254.1.1", "lan"),
        ("100.100.1.1", "lan"),
        ("fd00::1", "lan"),
        ("fe80::1%eth0", "lan"),
        ("::ffff:192.168.1.1", "lan"),
        ("nas", "lan"),
        ("nas.local", "lan"),
        ("nas.home.arpa", "lan"),
        ("172.32.0.1", "cloud"),
        ("8.8.8.8", "cloud"),
        ("0.0.0.0", "cloud"),
        ("2606:4700::1", "cloud"),
        ("::ffff:8.8.8.8", "cloud"),
        ("api.openai.com", "cloud"),
        ("localhost.evil.com", "cloud"),
        ("127.0.0.1.evil.com", "cloud"),
        ("evil-local", "lan"),
        ("", "cloud"),
    ],
)
def test_place_of_host(host: str, place: str) -> None:
    assert place_of_host(host) == place


@given(st.ip_addresses())
def test_every_number_has_a_place(number: object) -> None:
    assert place_of_address(str(number)) in ("local", "lan", "cloud")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434"),
        ("https://API.openai.com/v1", "https://api.openai.com:443"),
        ("http://nas.", "http://nas:80"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("http://user:pw@nas:1/", "http://nas:1"),
        ("http://good@evil.com/", "http://evil.com:80"),
    ],
)
def test_origin_of(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("url", ["", "nas", "ftp://nas", "http://", "//nas", "http://nas:99999"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # urllib's own words for a bad port
        origin_of(url)


def test_parts_of_an_origin() -> None:
    assert host_of("http://[::1]:8080") == "::1"
    assert host_and_port("http://[::1]:8080") == "[::1]:8080"
    assert is_address("[::1]")
    assert not is_address("nas")
