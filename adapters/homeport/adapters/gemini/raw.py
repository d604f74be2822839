"""Hands on what came by Gemini's own wire: a body patched at its top, events as they came."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any, Final

import msgspec

from homeport.adapters.base import Delta, Prompt, Spoken, ToolCall, UsageDelta, Wired
from homeport.adapters.gemini.contents import signature_of
from homeport.adapters.gemini.read import WIRE
from homeport.adapters.gemini.stream import StreamedAnswer
from homeport.adapters.gemini.write import generation_of
from homeport.adapters.http.sse_raw import RawEvent, RawEventReader
from homeport.adapters.http.upstream_errors import UNREADABLE, Garbage

_MARK: Final = base64.b64encode(b"homeport:")
"""Begins a signature that stands for the reasoning of another provider's model."""
_OURS: Final = ("model", "homeport", "stream")
_CONFIG: Final = ("generationConfig", "generation_config")
_MAXIMUM: Final = ("maxOutputTokens", "max_output_tokens")
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_table = msgspec.json.Decoder(dict[str, msgspec.Raw])


def patched(prompt: Prompt, *, model: str, max_tokens: int, prefix: str) -> bytes:
    """The body as it came, with its maximum; empty where it has to be written anew."""
    if prompt.wire != WIRE or not prompt.raw or prefix or _MARK in prompt.raw:
        return b""
    if generation_of(model) >= (3, 0) and not _is_signed(prompt):
        return b""
    if prompt.labels.model.rpartition("/")[2] != model and not _fits(prompt, model):
        return b""
    try:
        fields = _fields.decode(prompt.raw)
        name = next((each for each in _CONFIG if each in fields), _CONFIG[0])
        given = bytes(fields.get(name, b"{}"))
        config = _table.decode(given) if given != b"null" else {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return b""
    kept: dict[str, Any] = {key: value for key, value in config.items() if key not in _MAXIMUM}
    body: dict[str, Any] = {key: value for key, value in fields.items() if key not in _OURS}
    return msgspec.json.encode(body | {name: {**kept, _MAXIMUM[0]: max_tokens}})


def _fits(prompt: Prompt, model: str) -> bool:
    """Whether another model than the one that was asked for takes the request as it is."""
    sampling = prompt.sampling
    thinks = sampling.reasoning_effort is not None or sampling.reasoning_budget is not None
    shaped = prompt.response_format.kind != "text"
    return not (
        thinks
        or model.startswith("gemma")
        or (shaped and bool(prompt.tools) and generation_of(model) < (3, 0))
    )


def _is_signed(prompt: Prompt) -> bool:
    """Whether the first call of each of the model's turns has its signature."""
    for message in prompt.messages:
        calls = [part for part in message.parts if isinstance(part, ToolCall)]
        if calls and not signature_of(calls[0].extras):
            return False
    return True


class WiredAnswer(StreamedAnswer):
    """An answer whose events go on as they came, beside what they say.

    Nothing goes on before the first word, so that what fails until then is not
    seen. The event with the finish reason and those behind it are `ending`; what
    they say is told without their bytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ending = b""
        self._raw = RawEventReader()
        self._held: list[bytes] = []
        self._begun = False
        self._told: UsageDelta | None = None
        self._told_after = 0
        """How much of a chunk had been said by then."""

    def feed(self, chunk: bytes) -> list[Delta]:
        """At most one `Wired` for all events of a chunk, beside what was counted."""
        spoken: list[Spoken] = []
        try:
            for event in self._raw.feed(chunk):
                self._take(event, spoken)
        except UNREADABLE as error:
            self.trouble = error
        return self._handed_on(spoken)

    def end(self) -> list[Delta]:
        """The body ended; a last event may lack its blank line."""
        spoken: list[Spoken] = []
        rest = self._raw.rest()
        if not rest.strip():
            self.ending += rest if self.reader.ended else b""
        else:
            try:
                for event in RawEventReader().feed(rest.rstrip() + b"\r\n\r\n"):
                    self._take(event, spoken)
            except UNREADABLE as error:
                self.trouble = error
        if self._raw.strange and not self.reader.ended and self.trouble is None:
            self.trouble = Garbage("not a text in UTF-8")
        return self._handed_on(spoken)

    def _take(self, event: RawEvent, spoken: list[Spoken]) -> None:
        self._halves.take(event, self.reader.read, partial(self._keep, spoken))

    def _keep(self, spoken: list[Spoken], event: RawEvent, said: list[Delta]) -> None:
        if said and isinstance(said[-1], UsageDelta):
            self._told = said.pop()  # type: ignore[assignment]
            self._told_after = len(spoken) + len(said)
        spoken += said  # type: ignore[arg-type]  # the rest is spoken
        if self.reader.ended:
            self.ending += event.raw
        else:
            self._held.append(event.raw)

    def _handed_on(self, spoken: list[Spoken]) -> list[Delta]:
        told, self._told = self._told, None
        deltas = self._wired(spoken)
        if told is None:
            return deltas
        return [*deltas, told] if self._told_after == len(spoken) else [told, *deltas]

    def _wired(self, spoken: list[Spoken]) -> list[Delta]:
        self._begun = self._begun or bool(spoken) or self.reader.ended
        if not self._begun or not (self._held or spoken):
            return []
        data, self._held = b"".join(self._held), []
        return [Wired(WIRE, data, tuple(spoken))]
