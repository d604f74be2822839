"""Which proxy the environment names."""

from __future__ import annotations

import traceback

import pytest

from homeport.adapters.base import AttemptFailed
from homeport.daemon.egress.addresses import AddressNotAllowed
from homeport.daemon.egress.permits import Egress
from homeport.daemon.egress.proxies import proxy_for
from support.asks import ask, model_card


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


@pytest.mark.parametrize(
    "address",
    [
        "http://me:hun#ter2@p:3128",
        "http://me:hun/ter2@p:3128",
        "http://me:hun?ter2@p:3128",
        "http://me:12#ter2@p:3128",
        "http://me:12/ter2@p:3128",
        "http://me:12?ter2@p:3128",
        "me:hun#ter2@p",
        "http://p:99999",
        "http://[::1",
    ],
)
async def test_an_address_that_cannot_be_read_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(AddressNotAllowed) as caught:
        proxy_for("https://api.example.org:443", {"HTTPS_PROXY": address})
    assert "cannot be read" in str(caught.value)
    assert "hun" not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    egress = Egress(environment={"HTTPS_PROXY": address})
    permit = egress.permit(ask(), model_card(place="cloud"), "https://api.example.org")
    with pytest.raises(AttemptFailed, match="cannot be read"):
        await permit.send("GET", "https://api.example.org/v1/models", headers={})
    await egress.greet("https://api.example.org", 1.0)
    await egress.close()
