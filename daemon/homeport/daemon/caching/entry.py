"""An answer as it is kept: its deltas, joined where nothing is lost, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    Finish,
    PartEnd,
    RefusalDelta,
    Spoken,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Wired,
)

Kept = TextDelta | ThinkingDelta | CitationDelta | ToolCallDelta | PartEnd
"""What can be told on every wire, whoever said it."""
JOINED = 4096
"""Characters to which pieces of text are joined: as many go out in one event."""
LASTING_EXTRAS = ("dropped",)
"""Of what an upstream said beside the end, what is as true of the answer given again."""


class Body(msgspec.Struct, frozen=True, array_like=True):
    """What is told again."""

    deltas: tuple[Kept, ...]
    finish: Finish


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Body)


class Unkeepable(Exception):
    """An answer that must not be given again; its text is the reason, as a sentence."""


def body_of(deltas: Iterable[Delta], finish: Finish) -> Body:
    """Raises `Unkeepable`."""
    if finish.reason not in ("stop", "tool_calls"):
        raise Unkeepable("it is not whole" if finish.reason == "length" else "it was refused")
    if finish.usage.searches:
        raise Unkeepable("the web was searched for it")
    return Body(_joined(_spoken(deltas)), _lasting(finish))


def text_of(body: Body) -> str:
    """The words of the answer alone."""
    return "".join(delta.text for delta in body.deltas if isinstance(delta, TextDelta))


def packed(body: Body) -> bytes:
    """As it is stored."""
    return _encode(body)


def unpacked(data: bytes) -> Body:
    """Raises `msgspec.MsgspecError` for what was not packed here."""
    return _decoder.decode(data)


def _spoken(deltas: Iterable[Delta]) -> list[Kept]:
    spoken: list[Kept] = []
    for delta in deltas:
        if isinstance(delta, Wired):
            spoken.extend(_keepable(delta.deltas))
        elif not isinstance(delta, StatusDelta | Finish):
            spoken.extend(_keepable((delta,)))  # type: ignore[arg-type]  # or it is refused there
    return spoken


def _keepable(deltas: Sequence[Spoken]) -> Iterable[Kept]:
    for delta in deltas:
        if isinstance(delta, RefusalDelta):
            raise Unkeepable("it was refused")
        if not isinstance(delta, Kept):
            raise Unkeepable("a part of it can be told by one provider, or on one wire, alone")
        yield delta


def _joined(deltas: Sequence[Kept]) -> tuple[Kept, ...]:
    joined: list[Kept] = []
    for delta in deltas:
        whole = _together(joined[-1], delta) if joined else None
        if whole is None:
            joined.append(delta)
        else:
            joined[-1] = whole
    return tuple(joined)


def _together(last: Kept, more: Kept) -> Kept | None:
    """Two neighbours as one; None where something would be lost."""
    if isinstance(last, TextDelta) and isinstance(more, TextDelta):
        if last.logprobs or more.logprobs or len(last.text) >= JOINED:
            return None
        return TextDelta(last.text + more.text, tokens=last.tokens + more.tokens)
    if isinstance(last, ThinkingDelta) and isinstance(more, ThinkingDelta):
        if _is_marked(last) or _is_marked(more) or len(last.text) >= JOINED:
            return None
        return ThinkingDelta(last.text + more.text)
    return None


def _is_marked(delta: ThinkingDelta) -> bool:
    return bool(delta.signature or delta.redacted or delta.id)


def _lasting(finish: Finish) -> Finish:
    """The end without what is true of that one exchange alone: ids, bytes, charges, durations."""
    charged = None if finish.usage.cost_nano is None else 0
    extras = {name: finish.extras[name] for name in LASTING_EXTRAS if name in finish.extras}
    usage = msgspec.structs.replace(finish.usage, cost_nano=charged, extras={})
    return Finish(
        reason=finish.reason,
        usage=usage,
        model=finish.model,
        extras=extras,
        stop_sequence=finish.stop_sequence,
    )
