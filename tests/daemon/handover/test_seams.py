"""What is given of an answer that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Citation,
    CitationDelta,
    Delta,
    Finish,
    PartEnd,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    Wired,
)
from homeport.daemon.handover import seams
from homeport.daemon.handover.seams import AfterReasoning, AfterText, Seam, shape_of
from homeport.daemon.handover.splice import Splice

STOP = Finish("stop")


async def said(*deltas: Delta) -> AsyncIterator[Delta]:
    for delta in deltas:
        yield delta


async def given(seam: Seam) -> list[Delta]:
    return [delta async for delta in seam]


async def test_reasoning_begins_anew_as_a_part_of_its_own() -> None:
    seam = AfterReasoning(said(ThinkingDelta("again"), TextDelta("So"), STOP), "a/b")
    assert await given(seam) == [PartEnd(), ThinkingDelta("again"), TextDelta("So"), STOP]


async def test_reasoning_about_how_to_go_on_is_not_given() -> None:
    cited = CitationDelta(Citation(url="https://example.org"))
    wired = Wired("ollama", b"...", (TextDelta(" on"),))
    seam = AfterText(said(ThinkingDelta("hm"), wired, cited, STOP), "a/b")
    assert await given(seam) == [TextDelta(" on"), cited, STOP]
    assert seam.unsaid_tokens == 1


async def test_what_is_repeated_is_not_given() -> None:
    pieces = [TextDelta(text) for text in ("The capital of", " France is", " Par", "is.")]
    seam = AfterText(said(*pieces, STOP), "a/b", splice=Splice("The capital of France is"))
    told = await given(seam)
    assert "".join(one.text for one in told if isinstance(one, TextDelta)) == " Paris."
    assert seam.unsaid_tokens == 2


async def test_what_is_held_at_the_end_is_given() -> None:
    seam = AfterText(said(TextDelta(" Paris."), STOP), "a/b", splice=Splice("The capital is"))
    assert await given(seam) == [TextDelta(" Paris."), STOP]


async def test_json_goes_on_as_json_and_what_stands_behind_it_is_dropped() -> None:
    shape = shape_of('{"a": "o')
    seam = AfterText(said(TextDelta('ne"'), TextDelta('} and so'), TextDelta("on"), STOP), "a/b",
                     shape=shape)  # fmt: skip
    assert await given(seam) == [TextDelta('ne"'), TextDelta("}"), STOP]


@pytest.mark.parametrize(
    ("deltas", "kind"),
    [
        ((TextDelta('ne"'), TextDelta(" nonsense"), STOP), "garbage"),
        ((TextDelta('ne"'), STOP), "truncated"),
    ],
)
async def test_what_is_no_json_is_never_given_as_whole(deltas: list[Delta], kind: str) -> None:
    seam = AfterText(said(*deltas), "a/b", shape=shape_of('{"a": "o'))
    with pytest.raises(AttemptFailed) as caught:
        await given(seam)
    assert caught.value.failure.kind == kind


async def test_json_that_the_longest_answer_cuts_says_that_it_is_cut() -> None:
    short = Finish("length")
    seam = AfterText(said(TextDelta("ne"), short), "a/b", shape=shape_of('{"a": "o'))
    assert await given(seam) == [TextDelta("ne"), short]


def test_what_was_no_json_is_not_held_to_it() -> None:
    assert shape_of("```json\n{") is None
    assert shape_of(" ") is None
    assert shape_of('{"a"') is not None


async def test_it_shows_life_while_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seams, "SIGN_OF_LIFE_S", -1.0)
    seam = AfterText(said(ThinkingDelta("hm"), TextDelta("So"), STOP), "a/b")
    assert await given(seam) == [StatusDelta("prefill", "The answer is being joined."),
                                 TextDelta("So"), STOP]  # fmt: skip
