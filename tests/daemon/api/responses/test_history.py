"""What was said before, for any model and for an upstream of this wire."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from homeport.daemon.api.responses.history import Before, items_of, raw_for_upstream, said_in
from homeport.daemon.api.responses.sealing import sealed
from homeport.daemon.storage.texts_responses import KeptResponse

USER = {"role": "user", "content": "hi"}


def raw(body: dict[str, Any], before: list[Any]) -> bytes:
    text = json.dumps(body).encode()
    fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return raw_for_upstream(text, fields, Before(before), items_of(body.get("input")))


def test_items() -> None:
    assert items_of("hi") == [{"type": "message", "role": "user", "content": "hi"}]
    assert items_of("") == []
    assert items_of(None) == []
    assert items_of([USER]) == [USER]


def test_what_one_request_brought_and_got() -> None:
    kept = KeptResponse("r", "", b'"hi"', b'{"output": [{"type": "message"}]}')
    assert [item.get("content") for item in said_in(kept)] == ["hi", None]


def test_a_body_that_needs_nothing_stays_as_it_came() -> None:
    for given in ("hi", [USER, {"type": "reasoning", "id": "rs_1", "summary": []}]):
        body = {"model": "m", "input": given, "odd": 1.50}
        assert raw(body, []) == json.dumps(body).encode()


def test_the_conversation_takes_the_place_of_its_id() -> None:
    body = {"model": "m", "input": "more", "previous_response_id": "resp_1", "metadata": {"a": "b"}}
    said = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}
    patched = json.loads(raw(body, [USER, said]))
    assert patched == {
        "model": "m", "metadata": {"a": "b"},
        "input": [USER, said, {"type": "message", "role": "user", "content": "more"}],
    }  # fmt: skip


def test_what_only_this_program_knows_is_not_sent() -> None:
    ours = {"type": "message", "id": "msg_hp_a_1", "role": "assistant", "content": []}
    call = {"type": "function_call", "id": "fc_hp_a_2", "call_id": "c"}
    bare: dict[str, Any] = {"type": "reasoning", "summary": [], "encrypted_content": None}
    local = {"type": "reasoning", "id": "rs_hp_a_0", "summary": []}
    claude = {"type": "reasoning", "id": "rs_9", "encrypted_content": sealed("s", "", foreign=True)}
    openai = {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA"}
    broken = openai | {"id": "rs_2", "status": "incomplete"}
    patched = json.loads(raw({"input": [local, bare, claude, openai, broken, ours, call]}, []))
    assert patched["input"] == [
        openai,
        {"type": "message", "role": "assistant", "content": []},
        {"type": "function_call", "call_id": "c"},
    ]
