"""`POST /api/pull`: handed on to a real Ollama, where one is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol, runtime_checkable

import msgspec

from homeport.adapters.base import AttemptFailed, Permit
from homeport.daemon.api.call import NDJSON, Call, decode
from homeport.daemon.api.house import House
from homeport.daemon.api.ollama.names import PROVIDER
from homeport.daemon.api.ollama.request import NamedModel
from homeport.daemon.api.ollama.write import error_line
from homeport.daemon.api.relay import Relay
from homeport.policies.errors import BadRequest, DaemonTrouble, HomeportError, NothingAnswered

_decoder = msgspec.json.Decoder(NamedModel)
_encode = msgspec.json.Encoder().encode


@runtime_checkable
class Puller(Protocol):
    """An adapter whose server fetches models."""

    provider: str

    @property
    def origin(self) -> str:
        """Where it is."""
        ...

    def pull(
        self, name: str, *, insecure: bool, permit: Permit | None
    ) -> AsyncIterator[dict[str, Any]]:
        """How the download goes, line by line. Raises `AttemptFailed`."""
        ...


async def pull(call: Call, house: House) -> None:
    """Fetch a model with Ollama."""
    request = decode(_decoder, await call.body())
    name = request.wanted.strip().removeprefix(PROVIDER)
    if not name:
        raise BadRequest("`model` is missing.", code="missing_field", param="model")
    lines = _lines(house, _puller(house, name), name, insecure=bool(request.insecure))
    if request.stream is False:
        await call.reply_json([line async for line in lines][-1])
    else:
        call.last_words = error_line
        relay = Relay(call, NDJSON, lambda: (), None)
        error = await relay.run(lines, lambda line: _encode(line) + b"\n")
        if error is not None:
            raise error
        await relay.finish()
    await house.daemon.fleet.refresh()


def _puller(house: House, name: str) -> Puller:
    fleet = house.daemon.fleet
    for adapter in fleet.adapters():
        if isinstance(adapter, Puller) and adapter.provider not in fleet.troubles():
            return adapter
    raise BadRequest(
        f"No Ollama is there to fetch {name[:200]!r}: start it, or get a model for Homeport's own"
        " engine with `homeport models add`.",
        code="not_served",
        status=403,
    )


async def _lines(
    house: House, puller: Puller, name: str, *, insecure: bool
) -> AsyncIterator[dict[str, Any]]:
    blocked = house.daemon.link.blocked("cloud")
    if blocked:
        raise DaemonTrouble(f"Nothing was fetched. {blocked}", code="offline")
    try:
        permit = house.daemon.egress.download_permit(puller.origin)
        last: dict[str, Any] = {}
        async for last in puller.pull(name, insecure=insecure, permit=permit):
            yield last
    except AttemptFailed as error:
        raise _trouble(error) from None
    if last.get("status") != "success":
        raise NothingAnswered(
            f"Ollama ended before {name[:200]!r} was fetched.", code="not_fetched"
        )


def _trouble(error: AttemptFailed) -> HomeportError:
    failure = error.failure
    return NothingAnswered(failure.sentence, code="not_fetched", status=failure.status or 502)
