"""A scripted model that ships: for tests, demonstrations, and trying this program without one.

It says the words of its script at the script's speed and fails where the script
says so, the same way each time. `HOMEPORT_ECHO` makes the daemon offer some:

    HOMEPORT_ECHO="name=calm;words=Hello there;tokens_per_s=20 | name=shaky;fault=reset;fault_at=3"

Fields are those of `EchoScript`, models are divided by a bar; `HOMEPORT_ECHO=1`
offers one plain model.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Delta,
    Finish,
    FinishReason,
    Limits,
    Permit,
    Prompt,
    Setup,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    failed,
)
from homeport.adapters.http.pace import Pace
from homeport.policies.model import Capability, FailureKind, ModelCard, Place

ENVIRONMENT_NAME: Final = "HOMEPORT_ECHO"
DEFAULT_WORDS: Final = "This is the echo model: it says the same words to every prompt."
_REMEMBERED: Final = 256
"""So many prompts are kept to be looked at."""
_WORD = re.compile(r"\s*\S+|\s+\Z")


class EchoScript(msgspec.Struct, frozen=True, kw_only=True):
    """What one echo model is and does."""

    name: str = "echo"
    words: str = DEFAULT_WORDS
    """The answer; each word with the space before it is one token."""
    thinking: str = ""
    """Reasoning shown before the answer."""
    tool: str = ""
    """Name of a tool to call after the words, with `arguments`."""
    arguments: str = "{}"
    first_token_ms: int = 0
    tokens_per_s: float = 0.0
    """0 is as fast as it goes."""
    fault: FailureKind | None = None
    """How it fails, with no limit of its own: `stall` waits until the limits end it."""
    fault_at: int = 0
    """Tokens of the answer before the fault."""
    fault_times: int = 0
    """Prompts that meet the fault before it is gone; 0 is all of them."""
    retry_after_ms: int | None = None
    status: int | None = None
    context: int = 8192
    place: Place = "local"
    price_ref: str = ""
    capabilities: tuple[Capability, ...] = (
        "images",
        "json",
        "json_schema",
        "logprobs",
        "thinking",
        "tools",
    )
    continues: bool = True
    confidence: float = -0.1
    """Natural logarithm of the probability of every token."""
    input_tokens: int | None = None
    """Reported in place of the true count: a wrong usage."""
    output_tokens: int | None = None
    usage: bool = True
    """Whether any usage is reported."""
    parameters: int | None = None


class EchoAdapter:
    """Plays scripts. Opens no connection, whatever place a script claims."""

    def __init__(
        self, scripts: Sequence[EchoScript] = (EchoScript(),), *, provider: str = "echo"
    ) -> None:
        self.provider = provider
        self._scripts = {script.name: script for script in scripts}
        self._met: dict[str, int] = {}
        """Prompts that met each script's fault."""
        self.prompts: deque[Prompt] = deque(maxlen=_REMEMBERED)
        """The prompts that were asked last, in order."""
        self.prefixes: deque[str] = deque(maxlen=_REMEMBERED)

    def __repr__(self) -> str:
        return f"EchoAdapter({', '.join(self._scripts)})"

    @classmethod
    def build(cls, setup: Setup) -> Sequence[EchoAdapter]:
        """None, unless the environment asks for some."""
        scripts = read_scripts(setup.environment.get(ENVIRONMENT_NAME, ""))
        return [cls(scripts)] if scripts else []

    @property
    def origin(self) -> str:
        """Empty: it connects to nothing."""
        return ""

    def script(self, script: EchoScript) -> None:
        """Put a script in the place of the one of its name."""
        self._scripts[script.name] = script
        self._met.pop(script.name, None)

    async def models(self, permit: Permit | None) -> list[ModelCard]:  # noqa: ARG002  # no connection
        """One card for each script."""
        return [self._card(script) for script in self._scripts.values()]

    def stream(
        self,
        prompt: Prompt,
        card: ModelCard,
        *,
        prefix: str,
        limits: Limits,
        permit: Permit | None,  # noqa: ARG002  # it connects to nothing
    ) -> AsyncIterator[Delta]:
        """Say the words of the card's script; see `Adapter.stream`."""
        self.prompts.append(prompt)
        self.prefixes.append(prefix)
        script = self._scripts.get(card.name)
        if script is None:
            return _gone(card)
        return self._play(script, card, prompt, prefix, limits)

    async def close(self) -> None:
        """Nothing is held."""

    async def _play(
        self, script: EchoScript, card: ModelCard, prompt: Prompt, prefix: str, limits: Limits
    ) -> AsyncGenerator[Delta]:
        pace = Pace(card.id, limits)
        read = count_words(prompt) + len(_tokens(prefix))
        if read > script.context:
            raise failed(card.id, "context_overflow", "The prompt is too long for this model.")
        fault_at = self._fault_at(script)
        said = 0
        for number, delta in enumerate(_deltas(script, prompt, prefix)):
            await self._wait(script, card, pace, number, fault_at)
            if said >= limits.max_tokens:
                yield _finish(script, card, "length", read, said)
                return
            yield delta
            said += 1
            pace.passed(1)
        if fault_at is not None:
            await _fail(script, card, pace)
        yield _finish(script, card, "tool_calls" if script.tool else "stop", read, said)

    def _fault_at(self, script: EchoScript) -> int | None:
        """The token before which this prompt fails; None where it does not."""
        if script.fault is None:
            return None
        met = self._met[script.name] = self._met.get(script.name, 0) + 1
        return None if script.fault_times and met > script.fault_times else script.fault_at

    async def _wait(
        self, script: EchoScript, card: ModelCard, pace: Pace, number: int, fault_at: int | None
    ) -> None:
        if number == fault_at:
            await _fail(script, card, pace)
        delay = script.first_token_ms / 1000 if number == 0 else 0.0
        if number and script.tokens_per_s:
            delay = 1 / script.tokens_per_s
        await pace.wait(asyncio.sleep(delay))

    def _card(self, script: EchoScript) -> ModelCard:
        return ModelCard(
            id=f"{self.provider}/{script.name}",
            provider=self.provider,
            name=script.name,
            place=script.place,
            context=script.context,
            capabilities=tuple(sorted(script.capabilities)),
            continues=script.continues,
            parameters=script.parameters,
            architecture="echo",
            price_ref=script.price_ref,
            demonstration=True,
        )


def read_scripts(text: str) -> tuple[EchoScript, ...]:
    """The scripts in the value of `HOMEPORT_ECHO`; raises ValueError with a clear sentence."""
    text = text.strip()
    if text.lower() in ("", "0", "false", "no"):
        return ()
    if text.lower() in ("1", "true", "yes"):
        return (EchoScript(),)
    return tuple(_script(part, number) for number, part in enumerate(text.split("|")))


def count_words(prompt: Prompt) -> int:
    """Tokens of a prompt, by the rule that a word is a token."""
    return sum(len(_tokens(message.text)) for message in prompt.messages)


def _script(text: str, number: int) -> EchoScript:
    fields: dict[str, Any] = {"name": "echo" if number == 0 else f"echo-{number + 1}"}
    for pair in filter(str.strip, text.split(";")):
        name, _, value = pair.partition("=")
        fields[name.strip()] = value if name.strip() in ("words", "thinking") else value.strip()
    capabilities = fields.get("capabilities")
    if isinstance(capabilities, str):
        fields["capabilities"] = tuple(filter(None, capabilities.replace(" ", "").split(",")))
    unknown = set(fields) - set(EchoScript.__struct_fields__)
    if unknown:
        known = ", ".join(EchoScript.__struct_fields__)
        raise ValueError(f"{ENVIRONMENT_NAME}: unknown field {min(unknown)!r}; known are {known}.")
    try:
        return msgspec.convert(fields, EchoScript, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{ENVIRONMENT_NAME}: {error}.") from None


def _tokens(text: str) -> list[str]:
    return _WORD.findall(text)


def _deltas(script: EchoScript, prompt: Prompt, prefix: str) -> list[Delta]:
    """Everything it says; what the prefix has already is not said again."""
    words = script.words.removeprefix(prefix) if prefix else script.words
    deltas: list[Delta] = []
    if not prefix:
        deltas += [ThinkingDelta(token) for token in _tokens(script.thinking)]
    deltas += [_text(script, token, prompt) for token in _tokens(words)]
    if script.tool:
        deltas.append(ToolCallDelta(0, f"call_{script.name}", script.tool, script.arguments))
    return deltas


def _text(script: EchoScript, token: str, prompt: Prompt) -> TextDelta:
    sampling = prompt.sampling
    if not sampling.logprobs:
        return TextDelta(token)
    top = ((token, script.confidence),) if sampling.top_logprobs else ()
    return TextDelta(token, 1, (TokenLogprob(token, script.confidence, top),))


def _finish(
    script: EchoScript, card: ModelCard, reason: FinishReason, read: int, said: int
) -> Finish:
    if not script.usage:
        return Finish(reason, Usage(certain=False), card.name)
    usage = Usage(
        input=read if script.input_tokens is None else script.input_tokens,
        output=said if script.output_tokens is None else script.output_tokens,
    )
    return Finish(reason, usage, card.name)


async def _fail(script: EchoScript, card: ModelCard, pace: Pace) -> None:
    if script.fault in ("stall", "first_token_timeout", "deadline"):
        await pace.wait(asyncio.Event().wait())
    raise failed(
        card.id,
        script.fault or "reset",
        f"The script of {card.id} says that it fails here.",
        sent_tokens=pace.tokens,
        retry_after_ms=script.retry_after_ms,
        status=script.status,
    )


async def _gone(card: ModelCard) -> AsyncGenerator[Delta]:
    raise failed(card.id, "missing", f"There is no echo script named {card.name}.")
    yield  # makes this an iterator
