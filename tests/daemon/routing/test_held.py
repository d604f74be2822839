"""Who alone can read a part of a prompt."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Prompt,
    Text,
    ToolResult,
)
from homeport.daemon.routing.asking import ask_of
from homeport.daemon.routing.held import held_by

DEADLINE_MS = 600_000
WHOLE_WINDOW = 10_000_000


def holders(*parts: Part, wire: str = "anthropic", **fields: Any) -> tuple[str, ...]:
    return ask_of(Prompt((Message("user", parts),), wire=wire, **fields), DEADLINE_MS).held_by


@pytest.mark.parametrize(
    ("part", "holder"),
    [
        (Document(file_id="file-abc"), "openai"),
        (Document(file_id="file_011"), "anthropic"),
        (Document(file_id="files/abc"), "gemini"),
        (Image(extras={"source": {"type": "file", "file_id": "file_011"}}), "anthropic"),
        (Audio(id="audio_1"), "anthropic"),
        (Opaque("openai-responses", {"type": "item_reference"}), "openai-responses"),
        (ToolResult("c", "x", attachments=(Document(file_id="file-abc"),)), "openai"),
    ],
)
def test_what_only_one_can_read(part: Part, holder: str) -> None:
    assert holders(Text("hi"), part) == (holder,)


@pytest.mark.parametrize(
    "part",
    [
        Text("hi"),
        Document(data="aGk=", media_type="application/pdf"),
        Document(url="https://example.com/a.pdf"),
        Image(url="https://example.com/a.png"),
        Audio(data="aGk=", media_type="audio/wav"),
        ToolResult("c", "x"),
    ],
)
def test_what_anyone_can_be_sent(part: Part) -> None:
    assert holders(part) == ()


def test_every_holder_is_named_once() -> None:
    film = Opaque("gemini", {"fileData": {}})
    assert holders(film, Document(file_id="file-a"), film) == ("gemini", "openai")


def test_a_cache_of_googles_is_googles() -> None:
    for extras in ({"cachedContent": "c/1"}, {"google": {"cached_content": "c/1"}}):
        prompt = Prompt((), extras=extras, wire="openai-chat")
        assert held_by(prompt, [Text("hi")]) == ("gemini",)
    assert held_by(Prompt((), extras={"seed": 1}), [Text("hi")]) == ()


@pytest.mark.parametrize(
    "value",
    [
        {"type": "previous_response_id", "previous_response_id": "resp_1"},
        {"type": "conversation", "conversation": "conv_1"},
        {"cachedContent": "cachedContents/1"},
    ],
)
def test_what_went_before_may_fill_the_window(value: dict[str, Any]) -> None:
    before = Message("system", (Opaque("openai-responses", value),))
    asked = Prompt((before, Message("user", (Text("hi"),))), wire="openai-responses")
    assert ask_of(asked, DEADLINE_MS).input_tokens_bound == WHOLE_WINDOW
