"""An answer as it is kept: joined where nothing is lost, refused where it must not be."""

from __future__ import annotations

import pytest

from homeport.adapters.base import (
    AnswerPart,
    Citation,
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    Wired,
)
from homeport.daemon.caching.entry import JOINED, Unkeepable, body_of, packed, text_of, unpacked

WHOLE = Finish(
    "stop",
    Usage(input=3, output=2, cost_nano=9, extras={"raw": 1}),
    model="m",
    extras={"dropped": ["seed"], "load_duration": 5},
    id="up-1",
    wire="ollama",
    raw=b"...",
    raw_reason="stop",
)


def test_pieces_are_joined_and_nothing_is_lost() -> None:
    sure = TextDelta("!", logprobs=(TokenLogprob("!", -0.1),))
    deltas: list[Delta] = [
        StatusDelta("loading"),
        ThinkingDelta("I "),
        ThinkingDelta("think"),
        ThinkingDelta("", signature="seal"),
        TextDelta("Hel", tokens=2),
        Wired("ollama", b"{}", (TextDelta("lo"), CitationDelta(Citation(url="u")))),
        TextDelta("a"),
        sure,
        PartEnd(),
        ToolCallDelta(0, "1", "look", "{}"),
    ]
    body = body_of(deltas, WHOLE)
    assert body.deltas == (
        ThinkingDelta("I think"),
        ThinkingDelta("", signature="seal"),
        TextDelta("Hello", tokens=3),
        CitationDelta(Citation(url="u")),
        TextDelta("a"),
        sure,
        PartEnd(),
        ToolCallDelta(0, "1", "look", "{}"),
    )
    assert text_of(body) == "Helloa!"
    assert unpacked(packed(body)) == body


def test_a_long_answer_goes_out_in_several_pieces() -> None:
    body = body_of([TextDelta("x" * 100)] * 100, WHOLE)
    lengths = [len(delta.text) for delta in body.deltas if isinstance(delta, TextDelta)]
    assert [length >= JOINED for length in lengths] == [True, True, False]
    assert text_of(body) == "x" * 10_000


def test_the_end_keeps_what_is_true_again() -> None:
    kept = body_of([TextDelta("a")], WHOLE).finish
    assert kept == Finish(
        "stop", Usage(input=3, output=2, cost_nano=0), model="m", extras={"dropped": ["seed"]}
    )


@pytest.mark.parametrize(
    ("delta", "finish"),
    [
        (TextDelta("a"), Finish("length")),
        (TextDelta("a"), Finish("content_filter")),
        (TextDelta("a"), Finish("stop", Usage(searches=1))),
        (RefusalDelta("No."), WHOLE),
        (OpaqueDelta("openai-responses", {"type": "web_search_call"}), WHOLE),
        (AnswerPart(0, TextDelta("a")), WHOLE),
        (Wired("gemini", b"", (OpaqueDelta("gemini", {}),)), WHOLE),
    ],
    ids=["cut", "filtered", "searched", "refused", "opaque", "several", "opaque within"],
)
def test_what_must_not_be_kept(delta: Delta, finish: Finish) -> None:
    with pytest.raises(Unkeepable):
        body_of([delta], finish)
