"""What a program may say about a prompt, and how it reads on the wire."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

import msgspec

from homeport.client.wire import Turn

_NANO = 1_000_000_000
_MS = 1000


class PromptOptions(TypedDict, total=False):
    """What may be said of any prompt; all of it may be left out."""

    policy: str
    """`local-only`, `prefer-local`, `balanced`, `prefer-cloud`, `cloud-only`, or a policy."""
    private: bool
    """Nothing of it leaves this machine."""
    system: str
    """Instructions for the model."""
    messages: Sequence[Turn | Mapping[str, str]]
    """The conversation before the prompt: `{"role": "user" or "assistant", "text": …}` each."""
    temperature: float
    max_tokens: int
    """Longest answer."""
    max_cost: float
    """US dollars."""
    deadline: float
    """Seconds, over all attempts."""
    weights: str | Mapping[str, float]
    """What counts: `{"budget": 0.5, "latency": 0.2, "quality": 0.3}`, or some of the three."""
    tests: str
    """Code that the code of the answer has to pass."""
    session: str
    """The conversation it belongs to."""
    tags: Sequence[str]
    """Labels, for reports of spend."""
    defer: Literal["online", "off-peak"]
    """Kept until the link is back where only the cloud may answer, or until off-peak hours:
    raises `DaemonError` with the code `deferred`, and the item's id as `param`."""
    cache: str
    """Of the cache of answers: `on`, `off`, `refresh` or `only`, with `ttl=SECONDS` and others."""
    on_cut: Literal["continue", "restart", "error"]
    """An answer that is cut off goes on with another model, is begun anew by it (a stream then
    has it in one piece), or ends in an error."""


class AskOptions(PromptOptions, total=False):
    """What may be said of a prompt, and of the models that answer it."""

    model: str
    """`auto` (unless said), `local`, `cloud`, or a model's name."""
    strategy: str
    """`single`, `cheapest`, `verify`, `fallback`, `ensemble`, `compare`, `race`, or `auto`."""
    chain: str | Sequence[str]
    """The name of a chain, or its models in their order."""
    models: str | Sequence[str]
    """Those that may answer; all of them do where the strategy asks several."""
    ensemble_size: int
    threshold: float
    """Confidence, 0 to 1, from which an answer of a chain is kept."""
    method: str
    """`majority`, `weighted` or `judge`."""
    judge: str
    """The model that judges."""


class EditOptions(TypedDict, total=False):
    """What became of an answer that was edited; neither text is kept."""

    similarity: float
    """How much of the answer was kept, 0 to 1."""
    original: str
    """In its place: the answer,"""
    edited: str
    """and what it became."""


Verdict = Literal["up", "down", "edit"]


def feedback_of(
    decision: str, verdict: Verdict, answer: int | None, edit: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of `wire.FeedbackRequest`."""
    said = {"decision": decision, "verdict": verdict, **edit}
    return said if answer is None else {**said, "answer": answer}


def request_of(prompt: str, options: Mapping[str, Any], client: str) -> bytes:
    """A `wire.AskRequest` as JSON. Raises TypeError and ValueError as functions do."""
    try:
        return msgspec.json.encode(_fields(prompt, options, client))
    except UnicodeEncodeError:
        raise ValueError("What is asked holds something that is no text in UTF-8.") from None


def _fields(prompt: str, options: Mapping[str, Any], client: str) -> dict[str, Any]:
    if not isinstance(prompt, str):
        raise TypeError(f"A prompt is text, not {type(prompt).__name__}.")
    said = {name: value for name, value in options.items() if value is not None}
    for name in said:
        if name not in AskOptions.__annotations__:
            raise TypeError(_unknown(name))
    request: dict[str, Any] = {"prompt": prompt, "client": client, **said}
    for name, (field, scale) in _SCALED.items():
        if name in request:
            request[field] = _scaled(name, request.pop(name), scale)
    for name in ("temperature", "threshold"):
        _check_is_number(name, request.get(name, 0.0))
    for name in ("chain", "models", "tags"):
        if name in request:
            request[name] = _names(request[name])
    if isinstance(weights := request.get("weights"), Mapping):
        request["weights"] = ",".join(f"{name}={value}" for name, value in weights.items())
    return request


_SCALED = {"max_cost": ("max_cost_nano", _NANO), "deadline": ("deadline_ms", _MS)}


def _scaled(name: str, value: float, scale: int) -> int:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} is {value}; it must be a number, and at least 0.")
    return round(value * scale)


def _check_is_number(name: str, value: float) -> None:
    """JSON has no word for others: they would be sent as nothing at all."""
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}; it must be a number.")


def _names(value: str | Sequence[str]) -> list[str]:
    return [name.strip() for name in value.split(",")] if isinstance(value, str) else list(value)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(name, AskOptions.__annotations__, n=1)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    return f"There is no option {name!r} for a prompt.{hint}"
