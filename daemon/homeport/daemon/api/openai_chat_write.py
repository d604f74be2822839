"""From deltas to OpenAI's chat wire: one object, or a stream of chunks.

What repeats in every chunk of a stream is encoded once; a delta costs the
encoding of its own text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from homeport.adapters.base import (
    Delta,
    Finish,
    Prompt,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from homeport.client.wire import RequestView
from homeport.daemon.api.errors import openai_error
from homeport.policies.errors import HomeportError

DONE = b"data: [DONE]\n\n"
BEAT = b": the answer is being prepared\n\n"

_encode = msgspec.json.Encoder().encode


def usage_object(usage: Usage) -> dict[str, Any] | None:
    """OpenAI's `usage`; None where the tokens are unknown, which is never written as 0."""
    if usage.input is None or usage.output is None:
        return None
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read or 0},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
    }


def homeport_object(view: RequestView, finish: Finish) -> dict[str, Any]:
    """Where an answer came from, why, what it cost, and which knobs its model does not have."""
    made = {
        "decision": view.id,
        "route": view.model,
        "place": view.place,
        "because": view.because,
        "cost_nano": view.cost_nano,
        "certain": view.certain,
    }
    dropped = dropped_knobs(finish)
    return made | {"dropped": dropped} if dropped else made


def dropped_knobs(finish: Finish) -> list[str]:
    """Tuning knobs of the request that the model's server could not take."""
    return [str(name) for name in finish.extras.get("dropped", ())]


def cost_text(view: RequestView) -> str:
    """US dollars for a header."""
    if view.cost_nano is None:
        return "unknown"
    return f"{view.cost_nano / 1e9:.9f}".rstrip("0").rstrip(".")


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
        self.finish: Finish | None = None

    def open(self, model: str) -> bytes:
        """The first chunk, which names the model and carries the role."""
        head = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": model,
        }
        self._start = b"data: " + _encode(head)[:-1]
        self._before_text = self._start + b',"choices":[{"index":0,"delta":{"content":'
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def opening(self, model: Callable[[], str]) -> Callable[[Delta], bytes]:
        """`encode`, with the first chunk before the first delta that is written."""

        def encode(delta: Delta) -> bytes:
            if self._start:
                return self.encode(delta)
            return (
                b"" if isinstance(delta, StatusDelta) else self.open(model()) + self.encode(delta)
            )

        return encode

    def encode(self, delta: Delta) -> bytes:
        """One delta; empty for what the wire has no place for."""
        if type(delta) is TextDelta:
            if delta.logprobs and self._sampling.logprobs:
                logprobs = logprobs_object(delta.logprobs, self._sampling.top_logprobs)
                return self._chunk({"content": delta.text}, logprobs)
            return self._before_text + _encode(delta.text) + self._text_tail if delta.text else b""
        if isinstance(delta, ThinkingDelta):
            return self._chunk({"reasoning_content": delta.text}) if delta.text else b""
        if isinstance(delta, ToolCallDelta):
            return self._chunk({"tool_calls": [_tool_call_delta(delta)]})
        if isinstance(delta, Finish):
            self.finish = delta
        return b""

    def end(self, view: RequestView) -> bytes:
        """The last chunks and the terminator. Only after a `Finish`."""
        finish = self.finish or Finish(reason="stop")
        homeport = homeport_object(view, finish)
        if not self._with_usage:
            return self._chunk({}, None, finish.reason, homeport=homeport) + DONE
        usage = _encode(usage_object(finish.usage))
        last = b',"choices":[],"usage":' + usage + b',"homeport":' + _encode(homeport) + b"}\n\n"
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


def _tool_call_delta(delta: ToolCallDelta) -> dict[str, Any]:
    function: dict[str, Any] = {"arguments": delta.arguments}
    if not delta.name and not delta.id:
        return {"index": delta.index, "function": function}
    named = {"name": delta.name, **function}
    return {"index": delta.index, "id": delta.id, "type": "function", "function": named}
