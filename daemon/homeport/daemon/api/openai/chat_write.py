"""From deltas to OpenAI's chat wire: one object, or a stream of chunks.

What repeats in every chunk of a stream is encoded once; a delta costs the
encoding of its own text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    Prompt,
    RefusalDelta,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    Wired,
)
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import homeport_object
from homeport.daemon.api.anthropic.usage import with_dropped
from homeport.daemon.api.errors import openai_error
from homeport.daemon.api.openai.chat_messages import WIRE
from homeport.daemon.api.openai.chat_request import knobs_of_the_wire
from homeport.daemon.api.openai.chat_wired import closing, identity_of
from homeport.policies.errors import HomeportError

DONE = b"data: [DONE]\n\n"
BEAT = b": the answer is being prepared\n\n"

_encode = msgspec.json.Encoder().encode


def usage_object(usage: Usage) -> dict[str, Any] | None:
    """OpenAI's `usage`; None where the tokens are unknown, which is never written as 0."""
    if usage.input is None or usage.output is None:
        return None
    of_prompt = {"cached_tokens": usage.cache_read or 0}
    of_output = {"reasoning_tokens": usage.reasoning or 0}
    if usage.cache_write:
        of_prompt["cache_write_tokens"] = usage.cache_write
    if usage.input_audio:
        of_prompt["audio_tokens"] = usage.input_audio
    if usage.output_audio:
        of_output["audio_tokens"] = usage.output_audio
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": of_prompt,
        "completion_tokens_details": of_output,
    }


def usage_as_told(finish: Finish) -> dict[str, Any] | None:
    """The server's own record where it is of this wire, else `usage_object`."""
    told = finish.usage.extras if finish.wire == WIRE else {}
    return told or usage_object(finish.usage)


def logprobs_object(logprobs: tuple[TokenLogprob, ...], top: int) -> dict[str, Any] | None:
    """OpenAI's `logprobs` of some tokens."""
    if not logprobs:
        return None
    content = [
        _token(item.token, item.logprob)
        | {"top_logprobs": [_token(token, logprob) for token, logprob in item.top[:top]]}
        for item in logprobs
    ]
    return {"content": content, "refusal": None}


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


def error_chunk(error: HomeportError) -> bytes:
    """What ends a stream that cannot be finished; no terminator follows."""
    return b"data: " + _encode({"error": openai_error(error)}) + b"\n\n"


class Chunks:
    """The chunks of one stream."""

    def __init__(self, answer_id: str, created: int, prompt: Prompt, *, with_usage: bool) -> None:
        self._id = f"chatcmpl-{answer_id}"
        self._created = created
        self._sampling = prompt.sampling
        self._with_usage = with_usage
        self._tail = b',"usage":null}\n\n' if with_usage else b"}\n\n"
        self._text_tail = b'},"logprobs":null,"finish_reason":null}]' + self._tail
        self._start = b""
        self._before_text = b""
        self._wired: bytes | None = None
        """The first events that went through as they came; None where none did."""
        self.finish: Finish | None = None
        self._knobs = knobs_of_the_wire(prompt.extras)
        """What was asked in words that only this wire has."""
        self._free_text: set[int] = set()
        """Calls of tools that take text, by their index: only their first piece may say so."""

    def open(self, model: str) -> bytes:
        """The first chunk, which names the model and carries the role."""
        head = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": model,
        }
        self._begin(head)
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def _begin(self, head: dict[str, Any]) -> None:
        self._start = b"data: " + _encode(head)[:-1]
        self._before_text = self._start + b',"choices":[{"index":0,"delta":{"content":'

    def _go_on(self, wired: bytes, model: str) -> None:
        """Chunks of ours follow those of another server: one stream, so of one identity."""
        told = {"object": "chat.completion.chunk", "created": self._created, "model": model}
        self._begin({"id": self._id, **told, **identity_of(wired)})

    def _pass_on(self, delta: Wired) -> bytes:
        if delta.wire == WIRE and not self._start:
            self._wired = self._wired or delta.data
            return delta.data
        return b"".join([self.encode(spoken) for spoken in delta.deltas])

    def opening(self, model: Callable[[], str]) -> Callable[[Delta], bytes]:
        """`encode`, with the first chunk before the first delta that is written."""

        def encode(delta: Delta) -> bytes:
            if self._start:
                return self.encode(delta)
            if isinstance(delta, StatusDelta):
                return b""
            if self._goes_through(delta):
                return self.encode(delta)
            if self._wired is not None:
                self._go_on(self._wired, model())
                return self.encode(delta)
            return self.open(model()) + self.encode(delta)

        return encode

    def _goes_through(self, delta: Delta) -> bool:
        """Whether it needs no chunk of ours before it."""
        if isinstance(delta, Wired):
            return delta.wire == WIRE
        return isinstance(delta, Finish) and (self._wired is not None or bool(delta.raw))

    def encode(self, delta: Delta) -> bytes:
        """One delta; empty for what the wire has no place for."""
        if type(delta) is TextDelta:
            if delta.logprobs and self._sampling.logprobs:
                logprobs = logprobs_object(delta.logprobs, self._sampling.top_logprobs)
                return self._chunk({"content": delta.text}, logprobs)
            return self._before_text + _encode(delta.text) + self._text_tail if delta.text else b""
        if isinstance(delta, ThinkingDelta):
            return self._thinking(delta)
        if isinstance(delta, ToolCallDelta):
            return self._chunk({"tool_calls": [self._call(delta)]})
        if isinstance(delta, Wired):
            return self._pass_on(delta)
        return self._rare(delta)

    def _rare(self, delta: Delta) -> bytes:
        if isinstance(delta, RefusalDelta):
            return self._chunk({"refusal": delta.text})
        if isinstance(delta, CitationDelta):
            return self._chunk({"annotations": [annotation(delta.citation)]})
        if isinstance(delta, Finish):
            self.finish = delta if delta.wire == WIRE else with_dropped(delta, self._knobs)
        return b""

    def _call(self, delta: ToolCallDelta) -> dict[str, Any]:
        if delta.extras.get("type") == "custom":
            self._free_text.add(delta.index)
        return _tool_call_delta(delta, "custom" if delta.index in self._free_text else "function")

    def _thinking(self, delta: ThinkingDelta) -> bytes:
        piece: dict[str, Any] = {"reasoning_content": delta.text} if delta.text else {}
        detail = reasoning_detail(delta)
        if detail:
            piece["reasoning_details"] = [detail]
        return self._chunk(piece) if piece else b""

    def end(self, view: RequestView) -> bytes:
        """The last chunks and the terminator. Only after a `Finish`."""
        finish = self.finish or Finish(reason="stop")
        homeport = homeport_object(view, finish)
        if finish.wire == WIRE and finish.raw and not self._start:
            usage = usage_object(finish.usage)
            return closing(finish.raw, homeport, usage, with_usage=self._with_usage)
        if not self._start:
            self._go_on(self._wired or b"", view.model)
        if not self._with_usage:
            return self._chunk({}, None, finish.reason, homeport=homeport) + DONE
        told = _encode(usage_as_told(finish))
        last = b',"choices":[],"usage":' + told + b',"homeport":' + _encode(homeport) + b"}\n\n"
        return self._chunk({}, None, finish.reason) + self._start + last + DONE

    def _chunk(
        self,
        delta: dict[str, Any],
        logprobs: dict[str, Any] | None = None,
        finish_reason: str | None = None,
        homeport: dict[str, Any] | None = None,
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason}
        chunk = self._start + b',"choices":[' + _encode(choice) + b"]"
        if homeport is not None:
            chunk += b',"homeport":' + _encode(homeport)
        return chunk + self._tail


def _tool_call_delta(delta: ToolCallDelta, kind: str) -> dict[str, Any]:
    call: dict[str, Any] = {"index": delta.index}
    if delta.name or delta.id:
        call |= {"id": delta.id, "type": kind}
    return call | called(kind, delta.name, delta.arguments, named=bool(delta.name or delta.id))


def called(kind: str, name: str, arguments: str, *, named: bool = True) -> dict[str, Any]:
    """The inner object of a tool call."""
    inner: dict[str, Any] = {"name": name} if named else {}
    inner["input" if kind == "custom" else "arguments"] = arguments
    return {kind: inner}


def annotation(citation: Citation) -> dict[str, Any]:
    """A source as this wire names it."""
    if citation.wire == WIRE and citation.extras:
        return citation.extras
    told: dict[str, Any] = {
        "url": citation.url,
        "title": citation.title,
        "start_index": citation.start or 0,
        "end_index": citation.end or 0,
    }
    if citation.quote:
        told["content"] = citation.quote
    return {"type": "url_citation", "url_citation": told}


def reasoning_detail(delta: ThinkingDelta, text: str = "") -> dict[str, Any]:
    """What a provider wants back with its reasoning, in the shape that routers have for it.

    `text` is what was signed; in a stream it has left by then, and is not said again.
    """
    named = {"id": delta.id} if delta.id else {}
    if delta.redacted:
        return {"type": "reasoning.encrypted", "data": delta.redacted, **named}
    if delta.signature:
        return {"type": "reasoning.text", "text": text, "signature": delta.signature, **named}
    return {}
