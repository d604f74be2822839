"""Answers in the background: begun by one call, fetched, watched and stopped by others."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from homeport.adapters.base import Finish, TextDelta, Wired
from homeport.daemon.api.house import House
from homeport.daemon.config.settings import Config, Storage
from homeport.policies.errors import NothingAnswered, Refused
from homeport.policies.model import Veto
from support.doors import OpenHouse, a_view, open_house, read_head
from support.polling import until

URL = "/v1/responses"
NAME = "resp_hp_01test"


def body(**fields: Any) -> dict[str, Any]:
    return {"input": "hi", "background": True, **fields}


async def status(house: OpenHouse) -> str:
    return str((await house.ask("GET", f"{URL}/{NAME}")).json["status"])


async def over(house: OpenHouse) -> dict[str, Any]:
    """The object when nothing runs any more."""
    await house.house.quiet()
    whole: dict[str, Any] = (await house.ask("GET", f"{URL}/{NAME}")).json
    return whole


def numbers(data: bytes) -> list[int]:
    lines = [line for line in data.decode().splitlines() if line.startswith("data: ")]
    return [json.loads(line[6:])["sequence_number"] for line in lines]


def kinds(data: bytes) -> list[str]:
    lines = data.decode().splitlines()
    return [line.removeprefix("event: response.") for line in lines if line.startswith("event: ")]


async def test_it_is_queued_then_fetched(house: OpenHouse) -> None:
    gate = asyncio.Event()
    house.daemon.router.script = (TextDelta("Hel"), gate, TextDelta("lo"), Finish("stop"))
    begun = await house.ask("POST", URL, body())
    assert (begun.status, begun.json["id"]) == (200, NAME)
    assert begun.json["background"] is True
    assert begun.json["status"] in ("queued", "in_progress")
    assert begun.headers["x-homeport-decision"] == "01test"
    assert await status(house) in ("queued", "in_progress")
    gate.set()
    whole = await over(house)
    assert (whole["status"], whole["output"][0]["content"][0]["text"]) == ("completed", "Hello")
    assert whole["homeport"]["route"] == "echo/words"
    kept = await house.daemon.responses.get(NAME)
    assert kept is not None
    assert json.loads(kept.object) == whole


async def test_it_is_gone_on_from_when_it_is_whole(house: OpenHouse) -> None:
    gate = asyncio.Event()
    house.daemon.router.script = (gate, TextDelta("Hello"), Finish("stop"))
    await house.ask("POST", URL, body())
    more = {"input": "more", "previous_response_id": NAME}
    early = await house.ask("POST", URL, more)
    assert (early.status, early.json["error"]["code"]) == (400, "previous_response_not_ready")
    gate.set()
    await over(house)
    house.daemon.router.view = a_view(id="02test")
    assert (await house.ask("POST", URL, more)).status == 200
    said = [message.text for message in house.daemon.router.prompts[-1].messages]
    assert said == ["hi", "Hello", "more"]


async def test_it_is_watched_from_any_event_on(house: OpenHouse) -> None:
    whole = await house.ask("POST", URL, body(stream=True))
    assert kinds(whole.body)[:4] == ["created", "queued", "in_progress", "output_item.added"]
    assert kinds(whole.body)[-1] == "completed"
    assert numbers(whole.body) == list(range(len(numbers(whole.body))))
    rest = await house.ask("GET", f"{URL}/{NAME}?stream=true&starting_after=2")
    assert numbers(rest.body) == numbers(whole.body)[3:]
    again = await house.ask("GET", f"{URL}/{NAME}?stream=true")
    assert again.body == whole.body


async def test_hanging_up_stops_nothing(house: OpenHouse) -> None:
    gate = asyncio.Event()
    house.daemon.router.script = (TextDelta("Hel"), gate, TextDelta("lo"), Finish("stop"))
    data = json.dumps(body(stream=True)).encode()
    head = f"POST {URL} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(data)}\r\n\r\n"
    reader, writer = await house.connect()
    writer.write(head.encode() + data)
    await read_head(reader)
    writer.close()
    assert house.daemon.router.in_flight == 1
    gate.set()
    assert (await over(house))["status"] == "completed"


async def test_it_is_cancelled(house: OpenHouse) -> None:
    said, never = asyncio.Event(), asyncio.Event()

    async def note() -> None:
        said.set()

    house.daemon.router.script = (TextDelta("Hel"), note, never)
    await house.ask("POST", URL, body())
    await said.wait()
    watching = asyncio.ensure_future(house.ask("GET", f"{URL}/{NAME}?stream=true"))
    stopped = await house.ask("POST", f"{URL}/{NAME}/cancel")
    assert (stopped.json["id"], stopped.json["status"]) == (NAME, "cancelled")
    assert house.daemon.router.cancelled.is_set()
    assert kinds((await watching).body)[-1] == "incomplete"
    again = await house.ask("POST", f"{URL}/{NAME}/cancel")
    assert again.json == stopped.json
    assert await status(house) == "cancelled"


async def test_only_what_is_in_the_background_is_cancelled(house: OpenHouse) -> None:
    await house.ask("POST", URL, {"input": "hi"})
    reply = await house.ask("POST", f"{URL}/{NAME}/cancel")
    assert (reply.status, "background" in reply.json["error"]["message"]) == (400, True)
    assert (await house.ask("POST", f"{URL}/resp_hp_none/cancel")).status == 404
    assert (await house.ask("POST", f"{URL}/{NAME}")).json["error"]["code"] == "no_route"


async def test_one_that_is_deleted_is_stopped(house: OpenHouse) -> None:
    house.daemon.router.script = (asyncio.Event(),)
    await house.ask("POST", URL, body())
    assert (await house.ask("DELETE", f"{URL}/{NAME}")).json["deleted"] is True
    await house.house.quiet()
    assert (await house.ask("GET", f"{URL}/{NAME}")).status == 404


async def test_what_breaks_is_told_where_the_answer_would_be(house: OpenHouse) -> None:
    house.daemon.router.script = (TextDelta("Hel"), NothingAnswered("It broke."))
    assert (await house.ask("POST", URL, body())).status == 200
    whole = await over(house)
    assert (whole["status"], whole["error"]["message"]) == ("failed", "It broke.")


async def test_what_is_refused_is_refused_at_once(house: OpenHouse) -> None:
    house.daemon.router.refusal = Refused("Nothing may.")
    reply = await house.ask("POST", URL, body())
    assert (reply.status, reply.json["error"]["message"]) == (403, "Nothing may.")
    assert (await house.ask("GET", f"{URL}/{NAME}")).status == 404


async def test_it_is_answered_without_what_nobody_has(house: OpenHouse) -> None:
    router = house.daemon.router
    veto = Veto(model="echo/words", gate="capability", reason="cannot run tools of its own")

    async def refuse() -> None:
        if any(tool.kind == "server" for tool in router.prompts[-1].tools):
            raise NothingAnswered("Nobody can.", vetoes=(veto,))

    router.script = (refuse, TextDelta("Hi"), Finish("stop"))
    await house.ask("POST", URL, body(tools=[{"type": "web_search"}]))
    whole = await over(house)
    assert whole["homeport"]["dropped"] == ["tools.web_search"]


async def test_it_has_to_be_kept(house: OpenHouse) -> None:
    reply = await house.ask("POST", URL, body(store=False))
    assert (reply.status, reply.json["error"]["param"]) == (400, "background")


async def test_it_has_to_be_possible_to_keep_it(tmp_path: Path) -> None:
    async with open_house(tmp_path, Config(storage=Storage(responses_days=0))) as house:
        assert (await house.ask("POST", URL, body())).status == 400


async def test_an_upstreams_events_are_told_under_our_id(house: OpenHouse) -> None:
    wired = Wired("openai-responses", b'data: {"type":"response.created"}\n\n', (TextDelta("Hi"),))
    house.daemon.router.script = (wired, Finish("stop", wire="openai-responses", raw=b"data: {}"))
    streamed = await house.ask("POST", URL, body(stream=True))
    last = json.loads(streamed.body.decode().strip().rpartition("data: ")[2])["response"]
    assert (last["id"], last["output"][0]["content"][0]["text"]) == (NAME, "Hi")


async def test_a_stop_of_the_daemon_is_told(house: OpenHouse) -> None:
    house.daemon.router.script = (asyncio.Event(),)
    await house.ask("POST", URL, body())
    await house.house.close()
    assert (await house.ask("GET", f"{URL}/{NAME}")).json["error"]["code"] == "stopped"


async def test_what_a_crash_left_has_failed(house: OpenHouse) -> None:
    house.daemon.router.script = (asyncio.Event(),)
    await house.ask("POST", URL, body())
    running = house.house.background.get(NAME)
    assert running is not None
    house.house.background.forget(NAME)
    whole = (await house.ask("GET", f"{URL}/{NAME}")).json
    assert (whole["status"], whole["error"]["code"]) == ("failed", "server_error")
    assert (await house.ask("GET", f"{URL}/{NAME}?stream=true")).status == 400


async def test_only_the_latest_can_be_watched_again(house: OpenHouse) -> None:
    for number in range(18):
        house.daemon.router.view = a_view(id=f"{number:02}")
        await house.ask("POST", URL, body(stream=True))
    background = house.house.background
    await until(lambda: background.get("resp_hp_01") is None)
    assert background.get("resp_hp_02") is not None
    assert (await house.ask("GET", f"{URL}/resp_hp_00")).json["status"] == "completed"


async def test_a_quiet_house_has_nothing_to_close(house: OpenHouse) -> None:
    fresh = House(house.daemon, lambda: None)  # type: ignore[arg-type]
    await fresh.quiet()
    await fresh.close()
    assert repr(fresh.background) == "Background(0 running, 0 known)"
