"""Answers made by hand that hold every noun there is."""

from __future__ import annotations

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)

LOGPROB = TokenLogprob("Yes", -0.25, (("Yes", -0.25), ("No", -2.5)))
SOURCE = Citation(url="https://example.com/a", title="A", quote="Yes", start=0, end=3)
USAGE = Usage(
    input=900, cache_read=100, cache_write=50, cache_write_1h=20, output=80, reasoning=30,
    input_audio=10, output_audio=5, searches=2,
)  # fmt: skip
BY_HAND: dict[str, tuple[Delta, ...]] = {
    "text": (TextDelta("Yes"), Finish("stop", USAGE)),
    "several texts": (
        TextDelta("One."), PartEnd(), TextDelta("Two."), PartEnd(), Finish("stop", USAGE),
    ),
    "reasoning": (
        ThinkingDelta("Let me "), ThinkingDelta("see."), PartEnd(), TextDelta("Yes"),
        Finish("stop", USAGE),
    ),
    "signed reasoning": (
        ThinkingDelta("Let me see."), ThinkingDelta("", signature="c2ln"), PartEnd(),
        TextDelta("Yes"), Finish("stop", USAGE),
    ),
    "encrypted reasoning": (
        ThinkingDelta("", redacted="ZW5j", id="rs_1"), PartEnd(), TextDelta("Yes"),
        Finish("stop", USAGE),
    ),
    "a call": (
        TextDelta("I look."), PartEnd(), ToolCallDelta(0, "call_1", "look"),
        ToolCallDelta(0, arguments='{"at": '), ToolCallDelta(0, arguments='"Rome"}'),
        Finish("tool_calls", USAGE),
    ),
    "calls at once": (
        ToolCallDelta(0, "call_1", "look", '{"at":"Rome"}'),
        ToolCallDelta(1, "call_2", "look", '{"at":"Oslo"}'),
        ToolCallDelta(2, "call_3", "rest", "{}"),
        Finish("tool_calls", USAGE),
    ),
    "a refusal": (RefusalDelta("I will not."), Finish("stop", USAGE)),
    "sources": (
        TextDelta("Yes"), CitationDelta(SOURCE), PartEnd(), Finish("stop", USAGE),
    ),
    "probabilities": (TextDelta("Yes", 1, (LOGPROB,)), Finish("stop", USAGE)),
    "a provider's own part": (
        OpaqueDelta("elsewhere", {"type": "thing"}), TextDelta("Yes"), Finish("stop", USAGE),
    ),
    "no more room": (TextDelta("Yes"), Finish("length", USAGE)),
    "filtered": (TextDelta("Yes"), Finish("content_filter", USAGE)),
    "a stop sequence": (TextDelta("Yes"), Finish("stop", USAGE, stop_sequence="END")),
}  # fmt: skip
