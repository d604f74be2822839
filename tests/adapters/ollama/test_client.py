"""The official client's lines, as plain values."""

from __future__ import annotations

import re
from typing import Any

from homeport.adapters.ollama.adapter import OllamaAdapter
from homeport.daemon.egress.permits import Egress
from support.asks import PATIENT, ask, collect, user
from support.upstreams import OllamaServer


class HalvingServer(OllamaServer):
    """Writes `<d83d>` as the escape of half a character."""

    def frames(self, request: Any) -> Any:
        lines, end = super().frames(request)
        return [re.sub(rb"<(d\w+)>", rb"\\u\1", line) for line in lines], end


async def test_a_character_that_was_cut_in_two_between_lines() -> None:
    egress = Egress(environment={})
    async with HalvingServer() as server:
        server.messages = [{"message": {"content": half}} for half in ("a<d83d>", "<de00>b<d83d>")]
        adapter = OllamaAdapter(server.origin)
        (card, *_) = await adapter.models(egress.probe_permit(adapter.origin))
        permit = egress.permit(ask(), card, adapter.origin)
        stream = adapter.stream(user(), card, prefix="", limits=PATIENT, permit=permit)
        outcome = await collect(stream)
        assert outcome.failure is None
        assert outcome.text == "a\U0001f600b\ufffd"
    await egress.close()
