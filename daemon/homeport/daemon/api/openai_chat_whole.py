"""From deltas to one `chat.completion` object of OpenAI's wire."""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import (
    Delta,
    Finish,
    Prompt,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
)
from homeport.client.wire import RequestView
from homeport.daemon.api.openai_chat_write import (
    dropped_knobs,
    homeport_object,
    logprobs_object,
    usage_object,
)


class Whole:
    """An answer that is put together before it is sent."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._logprobs: list[TokenLogprob] = []
        self._calls: dict[int, tuple[str, str, list[str]]] = {}
        self._finish = Finish(reason="stop")

    def add(self, delta: Delta) -> None:
        """Take one delta."""
        if isinstance(delta, TextDelta):
            self._text.append(delta.text)
            self._logprobs += delta.logprobs
        elif isinstance(delta, ThinkingDelta):
            self._thinking.append(delta.text)
        elif isinstance(delta, ToolCallDelta):
            self._add_call(delta)
        elif isinstance(delta, Finish):
            self._finish = delta

    def _add_call(self, delta: ToolCallDelta) -> None:
        call_id, name, arguments = self._calls.get(delta.index, ("", "", []))
        arguments.append(delta.arguments)
        self._calls[delta.index] = (call_id or delta.id, name or delta.name, arguments)

    def object(self, prompt: Prompt, view: RequestView, created: int) -> dict[str, Any]:
        """The whole answer."""
        logprobs = None
        if prompt.sampling.logprobs:
            logprobs = logprobs_object(tuple(self._logprobs), prompt.sampling.top_logprobs)
        choice = {
            "index": 0,
            "message": self._message(),
            "logprobs": logprobs,
            "finish_reason": self._finish.reason,
        }
        return {
            "id": f"chatcmpl-{view.id}",
            "object": "chat.completion",
            "created": created,
            "model": view.model,
            "choices": [choice],
            "usage": usage_object(self._finish.usage),
            "homeport": homeport_object(view, self._finish),
        }

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`x-homeport-dropped`, where a knob was dropped."""
        dropped = ",".join(dropped_knobs(self._finish))
        return [(b"x-homeport-dropped", dropped.encode("ascii", "replace"))] if dropped else []

    def _message(self) -> dict[str, Any]:
        text = "".join(self._text)
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        if self._calls:
            message["content"] = text or None
            message["tool_calls"] = [
                {
                    "id": call_id,
                    "type": "function",
                    "function": {"name": name, "arguments": "".join(arguments)},
                }
                for _, (call_id, name, arguments) in sorted(self._calls.items())
            ]
        if self._thinking:
            message["reasoning_content"] = "".join(self._thinking)
        return message
