"""`/homeport/v1/doctor`: what was found, and trying a model over a real socket."""

from __future__ import annotations

import msgspec
import pytest

from homeport.client import wire
from support.whole_daemon import whole_daemon

DOCTOR = "/homeport/v1/doctor"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


async def test_a_model_is_tried_and_what_it_lacks_is_not_asked_of_it() -> None:
    async with whole_daemon("name=calm;words=Hello there") as daemon:
        await daemon.daemon.fleet.first_look()
        (model,) = daemon.daemon.fleet.ids()
        plan = msgspec.json.decode(
            (await daemon.ask("GET", f"{DOCTOR}?probe={model}")).body, type=wire.ProbePlan
        )
        assert (plan.model, plan.worst_nano) == (model, 0)
        reply = await daemon.ask("POST", DOCTOR, {"probe": model})
        report = msgspec.json.decode(reply.body, type=wire.ProbeReport)
        assert "tools" in report.unable
        body = {"model": model, "messages": [{"role": "user", "content": "x"}], "tools": [TOOL]}
        refused = await daemon.ask("POST", "/v1/chat/completions", body)
        assert refused.status == 403
        assert "could not call tools when it was tried on" in refused.json["error"]["message"]


async def test_without_a_model_it_is_the_doctor() -> None:
    async with whole_daemon("name=calm;words=Hello") as daemon:
        reply = await daemon.ask("GET", DOCTOR)
        assert msgspec.json.decode(reply.body, type=wire.DoctorReport).findings


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_model_that_is_not_there(method: str) -> None:
    async with whole_daemon("name=calm;words=Hello") as daemon:
        body = {"probe": "nobody"} if method == "POST" else None
        path = DOCTOR if body else f"{DOCTOR}?probe=nobody"
        reply = await daemon.ask(method, path, body)
        assert reply.status == 404
        assert reply.json["error"]["code"] == "model_not_found"


async def test_what_costs_money_needs_a_word() -> None:
    async with whole_daemon("name=calm;words=Hello") as daemon:
        await daemon.daemon.fleet.first_look()
        (model,) = daemon.daemon.fleet.ids()
        daemon.daemon.price = lambda *_: None  # type: ignore[method-assign]
        reply = await daemon.ask("POST", DOCTOR, {"probe": model})
        assert (reply.status, reply.json["error"]["code"]) == (400, "costs_money")
