"""Which way a request goes, and by whose certificates."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.daemon.egress.permits import Egress
from support.asks import ask, model_card
from support.upstreams import OpenAIServer, recording_proxy


@pytest.mark.parametrize("place", ["local", "cloud"])
async def test_a_server_at_home_is_never_reached_by_a_proxy(place: str) -> None:
    async with OpenAIServer() as server, recording_proxy() as (address, heads):
        egress = Egress(environment={"HTTP_PROXY": f"http://{address}", "ALL_PROXY": address})
        permit = egress.permit(ask(), model_card(place=place), server.origin)
        assert (await permit.http(server.origin).get("/v1/models")).status_code == 200
        assert heads == []
        await egress.close()


async def test_a_certificate_file_that_is_missing_is_told(tmp_path: Any) -> None:
    egress = Egress(environment={"SSL_CERT_FILE": str(tmp_path / "none.pem")})
    permit = egress.permit(ask(), model_card(place="cloud"), "https://127.0.0.1:1")
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever the TLS library says
        await permit.http("https://127.0.0.1:1").get("/")
    assert type(caught.value).__name__ in ("ConnectError", "ReadError")
    await egress.close()
