"""Wire values with everything filled in, for tests of what shows them."""

from __future__ import annotations

import time
from typing import Any

from homeport.client import wire

AT_MS = 1_795_269_727_000
"""A moment in November 2026."""


def clock_of(at_ms: int) -> str:
    """The local time of day, as the faces print it."""
    return time.strftime("%H:%M:%S", time.localtime(at_ms / 1000))


def model(**fields: Any) -> wire.ModelView:
    """A small local model."""
    return wire.ModelView(
        **{
            "id": "llamacpp/smollm2-135m",
            "place": "local",
            "state": "ready",
            "context": 8192,
            "capabilities": ("json", "json_schema"),
            "parameters": 134_515_008,
            "quantisation": "Q4_1",
            "size_bytes": 98_000_000,
            "tokens_per_s": 135.0,
            "input_nano_per_mtok": 0,
            "output_nano_per_mtok": 0,
            "demonstration": True,
            **fields,
        }
    )


def cloud_model(**fields: Any) -> wire.ModelView:
    """A cloud model with a price and no key."""
    return wire.ModelView(
        **{
            "id": "openai/gpt-5.5",
            "place": "cloud",
            "state": "missing",
            "reason": "no key",
            "context": 400_000,
            "capabilities": ("tools", "images"),
            "input_nano_per_mtok": 1_250_000_000,
            "output_nano_per_mtok": 10_000_000_000,
            "price_source": "genai-prices",
            **fields,
        }
    )


def spend() -> wire.SpendView:
    """Some spend of a limited day, and a month without a limit."""
    return wire.SpendView(
        windows=(
            wire.WindowView("day", 2_000_000_000, 430_000_000, 20_000_000, AT_MS + 3_600_000),
            wire.WindowView("month", None, 7_900_000_000, 0, AT_MS + 86_400_000),
        ),
        requests_today=12,
        local_today=10,
        cloud_today=2,
        unknown_today=1,
    )


def machine() -> wire.MachineView:
    """A machine without a graphics processor."""
    return wire.MachineView(
        at_ms=AT_MS,
        system="Linux",
        cpu_name="Example 9000",
        cores=8,
        cpu_load=0.25,
        memory_total_bytes=32_000_000_000,
        memory_free_bytes=12_100_000_000,
        gpu_note="No NVIDIA driver was found.",
    )


def snapshot(**fields: Any) -> wire.Snapshot:
    """A daemon with two models."""
    return wire.Snapshot(
        **{
            "n": 7,
            "at_ms": AT_MS,
            "version": "0.1.0",
            "api_version": wire.API_VERSION,
            "pid": 4663,
            "started_at_ms": AT_MS - 7_380_000,
            "address": wire.Address(
                "/run/user/1000/homeport/homeport.sock", "http://127.0.0.1:4663"
            ),
            "mode": "prefer-local",
            "draining": False,
            "link": wire.LinkView("online"),
            "machine": machine(),
            "models": (model(), cloud_model()),
            "keys": (
                wire.KeyView("anthropic", "absent"),
                wire.KeyView("openai", "valid", "environment OPENAI_API_KEY", AT_MS),
            ),
            "spend": spend(),
            "requests": (),
            **fields,
        }
    )


def attempt(**fields: Any) -> wire.AttemptView:
    """One that went well."""
    return wire.AttemptView(
        **{
            "model": "llamacpp/smollm2-135m",
            "place": "local",
            "started_ms": AT_MS + 3,
            "first_token_ms": AT_MS + 200,
            "ended_ms": AT_MS + 800,
            "outcome": "done",
            **fields,
        }
    )


def request(**fields: Any) -> wire.RequestView:
    """A prompt that was answered at home."""
    return wire.RequestView(
        **{
            "id": "7f3a9c",
            "at_ms": AT_MS,
            "state": "done",
            "client": "homeport",
            "task": "question",
            "difficulty": 20,
            "mode": "prefer-local",
            "place": "local",
            "model": "llamacpp/smollm2-135m",
            "because": "only model here",
            "attempts": (attempt(),),
            "first_token_ms": 200,
            "total_ms": 800,
            "input_tokens": 12,
            "output_tokens": 19,
            "cost_nano": 0,
            "confidence": 0.81,
            **fields,
        }
    )


def score(**fields: Any) -> wire.ScoreView:
    """An admitted candidate."""
    return wire.ScoreView(
        **{
            "model": "llamacpp/smollm2-135m",
            "place": "local",
            "utility": 0.712,
            "quality": 0.41,
            "cost_nano": 0,
            "worst_cost_nano": 0,
            "total_ms": 900,
            "terms": (("quality", 0.164), ("latency", 0.248), ("budget", 0.3)),
            "note": "stays at home",
            **fields,
        }
    )


def why(**fields: Any) -> wire.Why:
    """One admitted candidate, one vetoed."""
    step = wire.StepView(
        at_ms=AT_MS,
        because="only model here",
        order=(score(),),
        vetoes=(wire.VetoView("openai/gpt-5.5", "key", "There is no key for openai."),),
    )
    ask = {
        "task": "question",
        "difficulty": 20,
        "level": "basic",
        "language": "en",
        "input_tokens": 12,
        "input_tokens_bound": 40,
        "output_tokens": 200,
        "max_tokens": None,
        "needs": [],
        "privacy": "private",
        "requested_model": "auto",
        "mode": None,
        "deadline_ms": 600_000,
        "max_cost_nano": None,
        "session": "",
        "tags": ["docs"],
    }
    return wire.Why(
        **{
            "request": request(),
            "ask": ask,
            "steps": (step,),
            "engine_version": "1",
            "replay": "identical",
            "what_if": (("cloud-only", "none: nothing in the cloud may be used"),),
            **fields,
        }
    )


def ask_result(**fields: Any) -> wire.AskResult:
    """One answer of the small model."""
    return wire.AskResult(
        **{
            "response": "Because of Rayleigh scattering.",
            "model_used": "llamacpp/smollm2-135m",
            "place": "local",
            "decision": "7f3a9c",
            "strategy": "single",
            "cost": 0.0,
            "latency": 0.8,
            "confidence": 0.81,
            "input_tokens": 12,
            "output_tokens": 19,
            "attempts": (attempt(),),
            "ensemble_models": (),
            "metadata": {
                "because": "only model here",
                "first_token_ms": 200,
                "tokens_per_s": 24.2,
                "cost_nano": 0,
                "certain": True,
            },
            "timestamp": "2026-11-21T14:02:07Z",
            **fields,
        }
    )
