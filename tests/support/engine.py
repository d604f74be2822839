"""The embedded engine as tests use it: an adapter, and the parts of its answers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homeport.adapters.base import (
    Delta,
    Finish,
    Limits,
    Message,
    Prompt,
    ResponseFormat,
    Sampling,
    Setup,
    StatusDelta,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)
from homeport.adapters.llamacpp import LlamaCppAdapter
from homeport.policies.model import ModelCard

LIMITS = Limits(max_tokens=32, deadline_s=110.0, first_token_s=100.0, gap_s=60.0)


def adapter_for(
    folder: Path,
    *,
    settings: Mapping[str, Any] | None = None,
    command: tuple[str, ...] | None = None,
    environment: Mapping[str, str] | None = None,
) -> LlamaCppAdapter:
    """An adapter whose only place is this folder."""
    models = {"scan_stores": False, "context": 2048, "threads": 1, **(settings or {})}
    setup = Setup(
        settings={"models": models},
        models_dir=str(folder),
        cache_dir=str(folder),
        environment=os.environ if environment is None else environment,
        credential=lambda _: None,
    )
    options = {} if command is None else {"command": command}
    (adapter,) = LlamaCppAdapter.build(setup, **options)
    assert isinstance(adapter, LlamaCppAdapter)
    return adapter


def prompt(
    *words: str,
    system: str = "",
    sampling: Sampling | None = None,
    response_format: ResponseFormat | None = None,
) -> Prompt:
    """A conversation: words of the user and of the assistant in turn, the user first."""
    roles = ("user", "assistant")
    messages = [Message("system", (Text(system),))] if system else []
    messages += [Message(roles[at % 2], (Text(text),)) for at, text in enumerate(words)]
    return Prompt(
        messages=tuple(messages),
        sampling=sampling or Sampling(temperature=0.0),
        response_format=response_format or ResponseFormat(),
    )


@dataclass
class Heard:
    """One whole answer."""

    text: str = ""
    deltas: list[TextDelta] = field(default_factory=list)
    calls: list[ToolCallDelta] = field(default_factory=list)
    thinking: str = ""
    phases: list[StatusDelta] = field(default_factory=list)
    finish: Finish | None = None

    def take(self, delta: Delta) -> None:
        """One more delta."""
        match delta:
            case TextDelta():
                self.text += delta.text
                self.deltas.append(delta)
            case ThinkingDelta():
                self.thinking += delta.text
            case ToolCallDelta():
                self.calls.append(delta)
            case StatusDelta():
                self.phases.append(delta)
            case Finish():
                assert self.finish is None
                self.finish = delta

    @property
    def end(self) -> Finish:
        """How it finished."""
        assert self.finish is not None
        return self.finish

    @property
    def phase_names(self) -> Sequence[str]:
        """What it did before its first token."""
        return [status.phase for status in self.phases]


async def hear(
    adapter: LlamaCppAdapter,
    card: ModelCard,
    asked: Prompt,
    *,
    prefix: str = "",
    limits: Limits = LIMITS,
) -> Heard:
    """The whole answer to a prompt."""
    heard = Heard()
    async for delta in adapter.stream(asked, card, prefix=prefix, limits=limits, permit=None):
        heard.take(delta)
    return heard
