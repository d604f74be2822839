"""The echo model and the embedded engine fail in the same words as what is reached by a wire."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import pytest

from homeport.adapters.base import Limits, TextDelta
from homeport.adapters.echo import EchoAdapter, EchoScript
from homeport.policies.model import FailureKind
from support import scripted_worker
from support.asks import collect, user
from support.engine import adapter_for, prompt
from support.gguf_files import write_gguf

WORKER = (sys.executable, str(Path(scripted_worker.__file__)))
HASTY = Limits(max_tokens=100, deadline_s=0.4, first_token_s=0.2, gap_s=0.2)
LOADING = Limits(max_tokens=100, deadline_s=60.0, first_token_s=60.0, gap_s=1.5)
SILENT = {"stall", "first_token_timeout", "deadline"}
"""Faults that only a limit ends."""


@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize("kind", get_args(FailureKind))
async def test_echo_fails_in_every_way_there_is(kind: FailureKind, at: int) -> None:
    script = EchoScript(
        words="one two three four", fault=kind, fault_at=at, retry_after_ms=7000, status=418
    )
    adapter = EchoAdapter((script,))
    (card,) = await adapter.models(None)
    outcome = await collect(adapter.stream(user(), card, prefix="", limits=HASTY, permit=None))
    assert outcome.text == " ".join(["one", "two", "three"][:at])
    failure = outcome.failure
    assert failure is not None
    assert failure.sent_tokens == at
    if kind in SILENT:
        assert failure.kind == ("stall" if at else "first_token_timeout")
        return
    assert failure.kind == kind
    assert (failure.status, failure.retry_after_ms) == (418, 7000)


@pytest.mark.parametrize(
    ("says", "kind", "words"),
    [
        ("die", "worker_died", 0),
        ("exit 1", "worker_died", 0),
        ("garbage", "worker_died", 0),
        ("overflow", "context_overflow", 0),
        ("pause 60", "stall", 2),
    ],
)
async def test_the_engine_fails_and_answers_the_next(
    tmp_path: Path, says: str, kind: FailureKind, words: int
) -> None:
    write_gguf(tmp_path / "models" / "tiny.gguf")
    adapter = adapter_for(tmp_path / "models", command=WORKER)
    try:
        (card,) = await adapter.models(None)
        outcome = await collect(
            adapter.stream(prompt(says), card, prefix="", limits=LOADING, permit=None)
        )
        assert outcome.failure is not None
        assert outcome.failure.kind == kind
        assert outcome.failure.sent_tokens == words
        assert outcome.text == "".join(f"w{at} " for at in range(words))
        again = await collect(
            adapter.stream(prompt("say 3"), card, prefix="", limits=LOADING, permit=None)
        )
        assert again.failure is None, again.failure
        assert [delta.text for delta in again.deltas if isinstance(delta, TextDelta)]
    finally:
        await adapter.close()


async def test_a_model_that_is_gone_is_missing() -> None:
    (card,) = await EchoAdapter((EchoScript(),)).models(None)
    other = EchoAdapter((EchoScript(name="other"),))
    outcome = await collect(other.stream(user(), card, prefix="", limits=HASTY, permit=None))
    assert outcome.failure is not None
    assert outcome.failure.kind == "missing"
