"""What llama.cpp's server says of itself."""

from __future__ import annotations

import pytest

from homeport.lab.catalog import models_for
from homeport.lab.log import Received
from homeport.lab.wires.llama_server import LlamaServerWire

WIRE = LlamaServerWire(models_for("llama-server", None))


@pytest.mark.parametrize(
    "path", ["/health", "/props", "/slots", "/metrics", "/models", "/v1/models"]
)
def test_its_routes(path: str) -> None:
    request = Received("GET", path)
    assert WIRE.owns(request)
    assert WIRE.plain(request)


def test_its_errors_have_the_status_as_code() -> None:
    assert WIRE.error(503, "Loading model")["error"]["code"] == 503
