"""An answer that came by one door is told at every other, in its own shape, whole and streamed."""

from __future__ import annotations

from typing import Any

from support.whole_daemon import QUIET, whole_daemon

CACHED = f"{QUIET}[cache]\nexact = true\n"
SAID = [{"role": "user", "content": "Why?"}]
COOL = {"temperature": 0, "maxOutputTokens": 50}
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "Why?"}]}], "generationConfig": COOL}
OPTIONS = {"temperature": 0, "num_predict": 50}
GEMINI = "/v1beta/models/local"

CHAT = ("/v1/chat/completions", {"messages": SAID, "max_tokens": 50, "temperature": 0})
DOORS: list[tuple[str, dict[str, Any], str, str]] = [
    (*CHAT, '"object":"chat.completion"', '"object":"chat.completion.chunk"'),
    (
        "/v1/messages",
        {"messages": SAID, "max_tokens": 50, "temperature": 0},
        '"stop_reason":"end_turn"',
        "event: content_block_delta",
    ),
    (
        "/v1/responses",
        {"input": "Why?", "max_output_tokens": 50, "temperature": 0},
        '"object":"response"',
        "event: response.output_text.delta",
    ),
    (
        "/api/chat",
        {"messages": SAID, "options": OPTIONS},
        '"done_reason":"stop"',
        '"done":false',
    ),
    (
        "/api/generate",
        {"prompt": "Why?", "options": OPTIONS},
        '"response":"At home"',
        '"done":false',
    ),
    (f"{GEMINI}:generateContent", CONTENTS, '"finishReason":"STOP"', ""),
    (f"{GEMINI}:streamGenerateContent?alt=sse", CONTENTS, "", '"finishReason":"STOP"'),
]


async def test_what_came_by_one_door_is_given_at_every_other() -> None:
    async with whole_daemon("name=home;words=At home", config=CACHED) as daemon:
        first = await daemon.ask("POST", CHAT[0], {"model": "local", **CHAT[1]})
        assert first.headers["x-homeport-cache"].startswith("miss")
        for path, body, whole, streamed in DOORS:
            for stream, shape in ((False, whole), (True, streamed)):
                if not shape:
                    continue
                asked = body if path.startswith(GEMINI) else {"model": "local", **body}
                asked = asked if path.startswith(GEMINI) else asked | {"stream": stream}
                reply = await daemon.ask("POST", path, asked)
                told = reply.body.decode()
                assert reply.status == 200, told
                assert reply.headers["x-homeport-cache"].startswith("hit; of="), (path, told)
                assert shape in told, (path, told)
                assert "home" in told, (path, told)
        await daemon.daemon.written_down()
        assert daemon.daemon.ledger.spend_view().requests_today == 1
        other = {"model": "local", "logit_bias": {"9": 1}, **CHAT[1]}
        further = await daemon.ask("POST", CHAT[0], other)
        assert further.headers["x-homeport-cache"].startswith("miss")
