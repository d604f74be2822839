"""Which proxy the environment names."""

from __future__ import annotations

import pytest

from homeport.daemon.egress.addresses import AddressNotAllowed
from homeport.daemon.egress.proxies import proxy_for


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ({"https_proxy": "p:3128", "HTTPS_PROXY": "http://other:1"}, "http://p:3128"),
        ({"HTTP_PROXY": "http://p:3128"}, None),
        ({"ALL_PROXY": "https://p"}, "https://p:443"),
        ({"HTTPS_PROXY": "http://[fd00::1]:1"}, "http://[fd00::1]:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.org"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "x, .example.org"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.example.org:443"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "ample.org"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ","}, "http://p:1"),
    ],
)
def test_which_proxy(environment: dict[str, str], url: str | None) -> None:
    proxy = proxy_for("https://api.example.org:443", environment)
    assert (proxy.url if proxy else None) == url


def test_a_proxy_of_another_kind_is_refused() -> None:
    with pytest.raises(AddressNotAllowed, match="not an HTTP proxy"):
        proxy_for("https://api.example.org:443", {"ALL_PROXY": "socks5://p:1"})
