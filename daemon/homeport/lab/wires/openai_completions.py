"""OpenAI text completions: the prompt in a body, and an answer as chunks or whole."""

from __future__ import annotations

from typing import Any

from homeport.lab.nouns import Answer, Asked, Frames
from homeport.lab.wires import sse
from homeport.lab.wires.openai_chat import usage_of


def read(body: dict[str, Any]) -> Asked:
    """The prompt in a body."""
    prompt = body.get("prompt") or ""
    text = prompt if isinstance(prompt, str) else "\n".join(map(str, prompt))
    stop = body.get("stop") or ()
    options = body.get("stream_options") or {}
    return Asked(
        kind="completion",
        model=str(body["model"]),
        stream=bool(body.get("stream")),
        text=text,
        question=text,
        max_tokens=body.get("max_tokens"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        wants_usage=bool(options.get("include_usage")),
        body=body,
    )


def streamed(asked: Asked, answer: Answer) -> Frames:
    """Chunks, one for each token, and `[DONE]`."""

    def chunk(text: str, finish: str | None = None) -> bytes:
        return sse.data({**_top(answer), "choices": [_choice(text, finish)]})

    ending = chunk("", answer.finish)
    if asked.wants_usage and answer.usage:
        ending += sse.data({**_top(answer), "choices": [], "usage": usage_of(answer.usage)})
    return Frames(
        content_type=sse.CONTENT_TYPE,
        tokens=tuple(chunk(token) for token in answer.text),
        ending=ending + b"data: [DONE]\n\n",
    )


def whole(asked: Asked, answer: Answer) -> dict[str, Any]:
    """One `text_completion`."""
    del asked
    usage = {"usage": usage_of(answer.usage)} if answer.usage else {}
    return {**_top(answer), "choices": [_choice(answer.whole_text, answer.finish)], **usage}


def _top(answer: Answer) -> dict[str, Any]:
    return {
        "id": f"cmpl-{answer.id}",
        "object": "text_completion",
        "created": answer.created,
        "model": answer.model,
    }


def _choice(text: str, finish: str | None) -> dict[str, Any]:
    return {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
