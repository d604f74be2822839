"""Every wire of the doors in this process: what a door tells, heard by the reader of its wire.

doors = InProcess(folder)
body = await doors.tell("anthropic", deltas, stream=True)
again = hear("anthropic", body, stream=True)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from homeport.adapters.anthropic import stream as anthropic_stream
from homeport.adapters.anthropic.write import Written
from homeport.adapters.base import Delta, Finish, Prompt, Thinking, Wired
from homeport.adapters.gemini import stream as gemini_stream
from homeport.adapters.http.upstream_errors import Upstream
from homeport.adapters.ollama.read import ChatReader
from homeport.adapters.openai import stream as openai_stream
from homeport.adapters.openai.read import CompletionReader
from homeport.adapters.openai.responses_read import ResponseReader
from homeport.daemon.api.house import House
from homeport.daemon.app import App
from support.doors import TOKEN, ScriptedDaemon, a_view

MODEL: Final = "lab-model"
_TURNS: Final = [{"role": "user", "content": "hi"}]
_PATHS: Final[dict[str, str]] = {
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "ollama": "/api/chat",
    "gemini": "/v1beta/models/lab-model:generateContent",
}
WIRES: Final = tuple(_PATHS)
ASKS: Final[dict[str, dict[str, Any]]] = {
    "openai-chat": {
        "model": MODEL,
        "messages": _TURNS,
        "stream_options": {"include_usage": True},
        "logprobs": True,
        "top_logprobs": 5,
    },
    "openai-responses": {
        "model": MODEL,
        "input": "hi",
        "store": False,
        "reasoning": {"summary": "auto"},
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
        "top_logprobs": 5,
    },
    "anthropic": {
        "model": MODEL,
        "max_tokens": 9,
        "messages": _TURNS,
        "thinking": {"type": "adaptive"},
    },
    "ollama": {
        "model": MODEL,
        "messages": _TURNS,
        "think": True,
        "logprobs": True,
        "top_logprobs": 5,
    },
    "gemini": {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "generationConfig": {
            "thinkingConfig": {"includeThoughts": True},
            "responseLogprobs": True,
            "logprobs": 5,
        },
    },
}
"""A prompt on each wire that asks for everything that can be shown."""


class InProcess:
    """The application with its routes, called without a socket."""

    def __init__(self, folder: Path) -> None:
        self.daemon = ScriptedDaemon(folder)
        self._house = House(self.daemon, lambda: None)  # type: ignore[arg-type]
        self._app = App(self._house, TOKEN, frozenset())

    async def tell(self, wire: str, deltas: Sequence[Delta], *, stream: bool) -> bytes:
        """The body of the door's answer when these deltas are what was answered."""
        self.daemon.router.script = deltas
        end = deltas[-1]
        model = end.model if isinstance(end, Finish) and end.model else MODEL
        self.daemon.router.view = a_view(model=f"lab/{model}", input_tokens=0, output_tokens=0)
        status, body = await self.ask(wire, ASKS[wire], stream=stream)
        assert status == 200, body
        return body

    async def seals(self, wire: str, body: bytes, *, stream: bool) -> list[str]:
        """The seals of an answer's reasoning, when the answer is sent back as a turn."""
        turn = turn_of(wire, body, stream=stream)
        prompt = await self.prompt(wire, _with_turn(wire, turn))
        parts = [part for message in prompt.messages for part in message.parts]
        return [
            seal
            for part in parts
            if isinstance(part, Thinking)
            for seal in (part.signature, part.redacted)
            if seal
        ]

    async def prompt(self, wire: str, body: Any, *, stream: bool = False) -> Prompt:
        """What the door makes of a body; fails where it is refused."""
        before = len(self.daemon.router.prompts)
        status, said = await self.ask(wire, body, stream=stream)
        assert status == 200, said
        assert len(self.daemon.router.prompts) == before + 1
        return self.daemon.router.prompts.pop()

    async def ask(self, wire: str, body: Any, *, stream: bool) -> tuple[int, bytes]:
        """Status and body of the answer to a body."""
        path, query = _PATHS[wire], b""
        if wire == "gemini":
            if stream:
                path, query = path.replace(":generate", ":streamGenerate"), b"alt=sse"
        else:
            body = {**body, "stream": stream}
        return await self.call(path, json.dumps(body).encode(), query=query)

    async def call(
        self, path: str, body: bytes, *, method: str = "POST", query: bytes = b""
    ) -> tuple[int, bytes]:
        """One request."""
        status, pieces = 0, []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            pieces.append(message.get("body", b""))

        scope = {
            "method": method,
            "path": path,
            "query_string": query,
            "headers": [(b"content-length", b"%d" % len(body)), (b"anthropic-version", b"x")],
            "extensions": {"homeport.door": "unix"},
        }
        async with asyncio.timeout(30):
            await self._app(scope, receive, send)
        return status, b"".join(pieces)

    async def close(self) -> None:
        """Let go of the store."""
        await self._house.close()
        await self.daemon.texts.close()


def hear(wire: str, *pieces: bytes, stream: bool) -> list[Delta]:
    """The deltas in an answer of a wire, a `Finish` last; raises `AttemptFailed`, `Garbage`.

    The pieces come one after the other, as reads of a connection do.
    """
    if wire == "ollama":
        return _lines(b"".join(pieces))
    answer = _answer_of(wire, stream=stream)
    deltas: list[Delta] = []
    for piece in pieces:
        deltas += answer.feed(piece)
        answer.raise_trouble(_who(wire), 0)
        # What comes behind the finish reason of Gemini's is still read by its adapter.
        if _is_whole(answer) and wire != "gemini":
            break
    if not _is_whole(answer):
        deltas += answer.end()
    answer.raise_trouble(_who(wire), 0)
    if not _is_whole(answer):
        raise _who(wire).failed("truncated")
    return [*_opened(deltas), answer.finish() if wire == "anthropic" else answer.reader.finish()]


def _is_whole(answer: Any) -> bool:
    return bool(answer.whole if hasattr(answer, "whole") else answer.reader.ended)


def turn_of(wire: str, body: bytes, *, stream: bool) -> Any:
    """An answer as its program sends it back: a message, or the items of a response."""
    if wire == "ollama":
        return _ollama_turn(body)
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith(b"data: {")]
    whole = None if stream else json.loads(body)
    if wire == "openai-responses":
        return (whole or events[-1]["response"])["output"]
    if wire == "anthropic":
        return {"role": "assistant", "content": whole["content"] if whole else _blocks(events)}
    if wire == "gemini":
        chunks = [whole] if whole else events
        parts = [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
        return {"role": "model", "parts": parts}
    return whole["choices"][0]["message"] if whole else _chat_turn(events)


def _ollama_turn(body: bytes) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": "assistant", "content": "", "thinking": "", "tool_calls": []}
    for line in body.splitlines():
        message = json.loads(line)["message"]
        for name in ("content", "thinking", "tool_calls"):
            turn[name] += message.get(name) or type(turn[name])()
    return turn


def _chat_turn(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The deltas of a stream put together, as clients do it."""
    turn: dict[str, Any] = {"role": "assistant", "content": ""}
    for event in events:
        for choice in event["choices"]:
            delta = choice["delta"]
            turn["content"] += delta.get("content") or ""
            for name in ("reasoning_details", "reasoning_content"):
                if delta.get(name):
                    turn[name] = turn.get(name, type(delta[name])()) + delta[name]
    return turn


def _blocks(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        if event["type"] == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"])
        if event["type"] == "content_block_delta":
            block, delta = blocks[event["index"]], event["delta"]
            for name in ("text", "thinking", "signature"):
                if name in delta:
                    block[name] = block.get(name, "") + delta[name]
    return [block for block in blocks.values() if block.get("text") != ""]


def _with_turn(wire: str, turn: Any) -> dict[str, Any]:
    asked = {"role": "user", "content": "hi"}
    if wire == "gemini":
        spoken = {"role": "user", "parts": [{"text": "hi"}]}
        return {"contents": [spoken, turn, spoken]}
    if wire == "openai-responses":
        return {"model": MODEL, "input": [asked, *turn, asked]}
    most = {"max_tokens": 9} if wire == "anthropic" else {}
    return {"model": MODEL, "messages": [asked, turn, asked], **most}


def _answer_of(wire: str, *, stream: bool) -> Any:
    if wire == "anthropic":
        kind = anthropic_stream.StreamedMessage if stream else anthropic_stream.WholeMessage
        return kind(Written(b""))
    if wire == "gemini":
        return gemini_stream.StreamedAnswer(whole_body=not stream)
    reader = ResponseReader() if wire == "openai-responses" else CompletionReader()
    return (openai_stream.StreamedAnswer if stream else openai_stream.WholeAnswer)(reader)


def _who(wire: str) -> Any:
    if wire == "gemini":
        from homeport.adapters.gemini.errors import GeminiUpstream

        return GeminiUpstream("m", wire, "")
    return Upstream("m", wire, "")


def _lines(body: bytes) -> list[Delta]:
    reader = ChatReader()
    deltas: list[Delta] = []
    for line in filter(bytes.strip, body.splitlines()):
        deltas += reader.read(json.loads(line))
    if not reader.whole:
        raise _who("ollama").failed("truncated")
    return [*deltas, reader.finish()]


def _opened(deltas: Iterable[Delta]) -> list[Any]:
    opened: list[Any] = []
    for delta in deltas:
        opened += delta.deltas if isinstance(delta, Wired) else (delta,)
    return opened
