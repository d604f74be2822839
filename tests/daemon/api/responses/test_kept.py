"""Kept answers are shown, listed and deleted."""

from __future__ import annotations

from support.doors import OpenHouse, a_view

URL = "/v1/responses"


async def kept(house: OpenHouse, text: str, previous: str | None = None) -> str:
    house.daemon.router.view = a_view(id=f"01{text}")
    reply = await house.ask("POST", URL, {"input": text, "previous_response_id": previous})
    assert reply.status == 200, reply.body
    return str(reply.json["id"])


async def test_shown_and_deleted(house: OpenHouse) -> None:
    name = await kept(house, "hi")
    shown = await house.ask("GET", f"{URL}/{name}")
    assert shown.json["output"][0]["content"][0]["text"] == "Hello, wörld"
    gone = await house.ask("DELETE", f"{URL}/{name}")
    assert gone.json == {"id": name, "object": "response", "deleted": True}
    for method in ("GET", "DELETE"):
        reply = await house.ask(method, f"{URL}/{name}")
        assert (reply.status, reply.json["error"]["code"]) == (404, "response_not_found")
    assert (await house.ask("GET", f"{URL}/{name}/input_items")).status == 404


async def test_it_is_not_streamed_again(house: OpenHouse) -> None:
    name = await kept(house, "hi")
    reply = await house.ask("GET", f"{URL}/{name}?stream=true")
    assert (reply.status, reply.json["error"]["param"]) == (400, "stream")


async def test_what_was_said_before_it(house: OpenHouse) -> None:
    first = await kept(house, "one")
    second = await kept(house, "two", first)
    reply = await house.ask("GET", f"{URL}/{second}/input_items?order=asc")
    page = reply.json
    assert [item["content"][0]["text"] for item in page["data"]] == ["one", "Hello, wörld", "two"]
    assert [item["content"][0]["type"] for item in page["data"]] == [
        "input_text", "output_text", "input_text",
    ]  # fmt: skip
    ids = [item["id"] for item in page["data"]]
    assert (page["first_id"], page["last_id"], page["has_more"]) == (ids[0], ids[2], False)
    assert len(set(ids)) == 3
    newest = (await house.ask("GET", f"{URL}/{second}/input_items?limit=1")).json
    assert ([item["id"] for item in newest["data"]], newest["has_more"]) == ([ids[2]], True)
    rest = (await house.ask("GET", f"{URL}/{second}/input_items?after={ids[2]}")).json
    assert [item["id"] for item in rest["data"]] == [ids[1], ids[0]]
    none = (await house.ask("GET", f"{URL}/{second}/input_items?after={ids[0]}")).json
    assert (none["data"], none["first_id"]) == ([], None)
    for query in ("order=up", "limit=0", "limit=101", "limit=x"):
        wrong = await house.ask("GET", f"{URL}/{second}/input_items?{query}")
        assert wrong.status == 400, query
