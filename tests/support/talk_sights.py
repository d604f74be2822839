"""What a daemon says of prompts, for pictures of Chat and Compare and tests of them."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from homeport.client import wire
from support import sights

SKY = "Why is the sky blue?"
BLUE = (
    "Sunlight is a mixture of all colours. Air scatters short waves far more than long ones, "
    "so that blue light reaches the eye from every direction.\n\n"
    "```python\nscattered = 1 / wavelength**4\n```\n\nAt sunset the way is longer, and red is left."
)


def running(id_: str = "8c41d07e", **fields: Any) -> wire.RequestView:
    """A prompt that was just decided."""
    view = sights.request(id_, "14:03:05", sights.QWEN, "fits here, good enough")
    told: dict[str, Any] = {
        "state": "streaming",
        "total_ms": None,
        "cost_nano": None,
        "output_tokens": None,
        "attempts": (),
    }
    return structs.replace(view, **{**told, **fields})


def result(text: str = BLUE, id_: str = "8c41d07e", **fields: Any) -> wire.AskResult:
    """A whole answer, given at home."""
    view = sights.request(id_, "14:03:05", sights.QWEN, "fits here, good enough")
    told: dict[str, Any] = {
        "response": text,
        "model_used": view.model,
        "place": "local",
        "decision": id_,
        "strategy": "single",
        "cost": 0.0,
        "latency": 0.412,
        "confidence": None,
        "input_tokens": 12,
        "output_tokens": 48,
        "attempts": view.attempts,
        "ensemble_models": (),
        "metadata": {
            "because": view.because,
            "first_token_ms": 103,
            "cost_nano": 0,
            "certain": True,
        },
        "timestamp": "2026-11-18T14:03:05.000Z",
    }
    return wire.AskResult(**{**told, **fields})


def answer(text: str = BLUE, id_: str = "8c41d07e") -> list[Any]:
    """The events of one answer."""
    words = text.split(" ")
    pieces = [wire.AskText(word if n == 0 else f" {word}") for n, word in enumerate(words)]
    return [wire.AskStatus(running(id_)), *pieces, wire.AskDone(result(text, id_))]


def moved_home() -> list[Any]:
    """An answer that began in the cloud and went on at home."""
    moved = sights.moved_home()
    lost = structs.replace(moved, state="streaming", total_ms=None)
    whole = result(
        attempts=moved.attempts,
        latency=2.8,
        metadata={
            "because": moved.because,
            "first_token_ms": 420,
            "cost_nano": 1_100_000,
            "certain": False,
        },
        checks=(
            wire.CheckView("arithmetic", True, ""),
            wire.CheckView("schema", False, "no brace ends it."),
        ),
    )
    return [wire.AskStatus(lost, ""), wire.AskText(BLUE), wire.AskDone(whole)]


def sides(**fields: Any) -> tuple[wire.AnswerView, ...]:
    """Two answers that came whole, and one that did not."""
    del fields
    return (
        wire.AnswerView(sights.QWEN, "local", BLUE, True, "", 103, 412, 12, 48, 0),
        wire.AnswerView(
            sights.SONNET, "cloud", "Rayleigh scattering.", True, "", 380, 900, 12, 5, 1_200_000
        ),
        wire.AnswerView(sights.LLAMA, "local", "", False, "the model could not be loaded"),
    )


def comparison() -> list[Any]:
    """The events of three answers side by side."""
    views = sides()
    attempts = tuple(
        wire.AttemptView(view.model, view.place, sights.NOW_MS, outcome="done")
        for view in views
        if view.ok
    )
    whole = result(strategy="compare", answers=views, attempts=attempts, latency=0.9, cost=0.0012)
    pieces = [wire.AskText(view.text, n) for n, view in enumerate(views) if view.text]
    started = running(strategy="compare", place="none", model="", because="3 models answer")
    return [wire.AskStatus(started), *pieces, wire.AskDone(whole)]
