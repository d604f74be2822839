"""Tool calls that go on, whatever the next model says: what a caller has of a call is whole JSON
where the answer ends with `tool_calls`, else the attempt fails; nothing whole is lost, and nothing
is given twice."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCallDelta,
    failed,
)
from homeport.daemon.handover.call_seams import (
    AfterArguments,
    AfterCalls,
    AfterFreeText,
    AfterToldArguments,
)
from homeport.daemon.handover.completing import squeezed
from homeport.daemon.handover.further_calls import MOST, FurtherCalls, alike
from homeport.daemon.handover.seams import Seam
from homeport.daemon.handover.sent import BegunCall
from support.scripted import prompt

MODEL = "a/b"
BEFORE = BegunCall(0, "c0", "look", '{"before": true}')
OFFERED = (Tool("look"), Tool("go"), Tool("run", kind="custom"))
BROKEN = "broken"
"""The stream ends in a failure of its own."""
OTHERS = ("wrapped", "other", "words", "listed")
"""What may be said beside the arguments themselves."""
ENDS_IN_ESCAPE = re.compile(r"\\(u[0-9a-f]{0,4})?$")
"""That is written in one way alone."""
OWN = ("stop", "tool_calls")
"""The model ended by itself."""

# What is drawn

letters = st.text('ab"\\/{}[],: `\né😀', max_size=5)
leaves = st.none() | st.booleans() | st.integers(-20, 200) | st.floats(-9, 9) | letters
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(letters, inner, max_size=2),
    max_leaves=4,
)
tables = st.dictionaries(st.sampled_from(["city", "a", "n", "é"]) | letters, values, max_size=3)
styles: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from([None, 1]),
        "separators": st.sampled_from([None, (",", ":")]),
    }
)
texts = st.builds(lambda value, style: json.dumps(value, **style), tables, styles)
words = st.sampled_from(["so: ", "```json\n", "\n", "Sure {", '"', "}", ", "]) | letters
ends = st.sampled_from([*OWN, "length", "content_filter", BROKEN])


@st.composite
def pieces(draw: st.DrawFn, text: str) -> list[str]:
    """As they come: by letters, or in larger ones."""
    size = draw(st.sampled_from([1, 2, 3, 7, 1_000]))
    return [text[at : at + size] for at in range(0, len(text), size)]


@st.composite
def cut(draw: st.DrawFn, text: str) -> str:
    """Whole, or up to any letter."""
    return text if draw(st.booleans()) else text[: draw(st.integers(0, len(text)))]


@st.composite
def begun(draw: st.DrawFn) -> tuple[str, str]:
    """Arguments, and what was sent of them."""
    whole = draw(texts)
    return whole, whole[: draw(st.integers(0, len(whole) - 1))]


@st.composite
def listed(draw: st.DrawFn) -> str:
    """The list of further calls, as it stands behind arguments."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(["look", "go"]), texts), max_size=3))
    calls = [json.dumps({"name": name, "arguments": json.loads(text)}) for name, text in drawn]
    return f', "further_calls": [{", ".join(calls)}]}}'


@st.composite
def spoken(draw: st.DrawFn, whole: str, sent: str, *others: str) -> list[str]:
    """Goes on, begins anew, says something else: one behind the other, and cut anywhere."""
    anew = json.dumps(json.loads(whole), **draw(styles))
    at, said = len(sent), ""
    kinds = ["rest", "part", "anew", *others]
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4)):
        if kind in ("rest", "part"):
            end = len(whole) if kind == "rest" else draw(st.integers(at, len(whole)))
            said, at = said + whole[at:end], end
        elif kind == "anew":
            said += anew
        elif kind == "wrapped":
            said += f'{{"arguments": {anew}{draw(listed())}'
        else:
            said += draw({"other": texts, "words": words, "listed": listed()}[kind])
    return draw(pieces(draw(cut(said))))


@st.composite
def as_deltas(draw: st.DrawFn, calls: Sequence[tuple[str, str]]) -> list[Delta]:
    """Calls in pieces, words between them."""
    deltas: list[Delta] = []
    for index, (name, text) in enumerate(calls):
        extras = {"type": "custom"} if name == "run" else {}
        deltas += draw(st.sampled_from([[], [TextDelta("and")], [ThinkingDelta("hm")]]))
        deltas.append(ToolCallDelta(index, f"n{index}", name, "", extras))
        deltas += [ToolCallDelta(index, arguments=one) for one in draw(pieces(text))]
    return deltas


# What a caller has in the end


@dataclass
class Caller:
    """Reads one answer."""

    calls: dict[int, BegunCall]
    end: Finish | None = None
    failed: str = ""

    @property
    def ends_with_calls(self) -> bool:
        """It is told that all calls are whole."""
        return self.end is not None and self.end.reason == "tool_calls"


async def read(seam: Seam, *sent: BegunCall) -> Caller:
    """All of the answer, which has to keep the law."""
    caller = Caller({call.index: replace(call) for call in sent})
    try:
        async for delta in seam:
            assert caller.end is None, "nothing follows on the end"
            if isinstance(delta, ToolCallDelta):
                caller.calls.setdefault(delta.index, BegunCall(delta.index)).add(delta)
            elif isinstance(delta, Finish):
                caller.end = delta
    except AttemptFailed as caught:
        caller.failed = caught.failure.kind
    assert caller.failed in ("", "bad_call", "truncated", "reset")
    assert bool(caller.failed) != (caller.end is not None), "one end, or one clear error"
    functions = [call for call in caller.calls.values() if not call.custom]
    for call in functions:
        if caller.ends_with_calls or call.index != sent[-1].index:
            assert is_object(call.arguments), call
    made = [(call.name, alike(call.arguments)) for call in functions]
    assert len(set(made)) == len(made), "nothing is given twice"
    return caller


async def said(deltas: Sequence[Delta], end: str) -> AsyncIterator[Delta]:
    for delta in deltas:
        yield delta
    if end == BROKEN:
        raise failed(MODEL, "reset", "The connection broke.")
    yield Finish(end)  # type: ignore[arg-type]


def further(*sent: BegunCall) -> FurtherCalls:
    return FurtherCalls(prompt(tools=OFFERED), sent)


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def must_have(caller: Caller, calls: Sequence[tuple[str, str]]) -> None:
    """Nothing whole is lost, of functions that were offered."""
    has = {(call.name, alike(call.arguments)) for call in caller.calls.values()}
    offered = {(name, alike(text)) for name, text in calls if name in ("look", "go")}
    assert offered <= has or len(offered) > MOST


def whole_ones(behind: str) -> list[tuple[str, str]]:
    """Calls that stand whole in a list that may be cut off."""
    at, found, decoder = behind.find("[") + 1, [], json.JSONDecoder()
    while at and behind[at : at + 1] == "{":
        try:
            call, end = decoder.raw_decode(behind, at)
        except ValueError:
            break
        found.append((call["name"], json.dumps(call["arguments"])))
        at = end + 2
    return found


# The law


@given(st.data(), begun(), st.sampled_from(["", "", " ", "nonsense"]), ends, st.booleans())
async def test_arguments_that_are_handed_over(
    data: st.DataObject, both: tuple[str, str], before: str, end: str, more: bool
) -> None:
    whole, sent = both
    old = BegunCall(1, "c1", "go", before + sent)
    deltas = [TextDelta(piece) for piece in data.draw(spoken(whole, sent, *OTHERS))]
    after, prefix = further(BEFORE, old) if more else None, old.arguments.lstrip() or "{"
    await read(AfterArguments(said(deltas, end), MODEL, old, prefix, after), BEFORE, old)


@given(st.data(), begun(), ends)
async def test_arguments_that_are_told(
    data: st.DataObject, both: tuple[str, str], end: str
) -> None:
    whole, sent = both
    old = BegunCall(1, "c1", "go", sent)
    deltas = [TextDelta(piece) for piece in data.draw(spoken(whole, sent, *OTHERS))]
    await read(AfterToldArguments(said(deltas, end), MODEL, old), BEFORE, old)


@given(st.data(), begun(), ends)
async def test_who_goes_on_makes_the_call_that_was_begun(
    data: st.DataObject, both: tuple[str, str], end: str
) -> None:
    whole, sent = both
    old = BegunCall(1, "c1", "go", sent)
    prefix, behind = sent or "{", data.draw(cut(data.draw(listed())))
    deltas = [TextDelta(one) for one in data.draw(pieces(whole[len(prefix) :] + behind))]
    seam = AfterArguments(said(deltas, end), MODEL, old, prefix, further(BEFORE, old))
    caller = await read(seam, BEFORE, old)
    assert caller.ends_with_calls is (end != BROKEN)
    must_have(caller, [("go", whole), *whole_ones(behind)])


@given(st.data(), begun(), ends, st.booleans())
async def test_who_means_the_same_says_no_other(
    data: st.DataObject, both: tuple[str, str], end: str, is_told: bool
) -> None:
    whole, sent = both
    old = BegunCall(1, "c1", "go", sent)
    others = () if is_told else ("wrapped",)
    deltas = said([TextDelta(one) for one in data.draw(spoken(whole, sent, *others))], end)
    told = AfterToldArguments(deltas, MODEL, old)
    handed = AfterArguments(deltas, MODEL, old, sent or "{", further(BEFORE, old))
    caller = await read(told if is_told else handed, BEFORE, old)
    # What begins as all of it did is taken for all of it where its model ends by itself.
    is_nested = sent and squeezed(whole[len(sent) :]).startswith(squeezed(sent))
    if caller.ends_with_calls and not (is_nested and end in OWN):
        assert json.loads(caller.calls[1].arguments) == json.loads(whole)


@given(st.data(), begun())
async def test_who_says_the_arguments_again_is_heard_so_in_whatever_pieces(
    data: st.DataObject, both: tuple[str, str]
) -> None:
    whole, sent = both
    old = BegunCall(1, "c1", "go", sent)
    deltas = [TextDelta(piece) for piece in data.draw(pieces(whole))]
    seam = AfterArguments(said(deltas, "stop"), MODEL, old, sent or "{")
    caller = await read(seam, BEFORE, old)
    assert caller.ends_with_calls
    assert json.loads(caller.calls[1].arguments) == json.loads(whole)


made_calls = st.tuples(st.sampled_from(["look", "go", "run", "unknown"]), texts)


@given(st.data(), begun(), st.booleans(), st.lists(made_calls, max_size=3), ends)
async def test_calls_that_are_made_again(
    data: st.DataObject,
    both: tuple[str, str],
    stands: bool,
    others: list[tuple[str, str]],
    end: str,
) -> None:
    whole, sent = both
    old = BegunCall(1, "c1", "go", whole if stands else sent)
    again = json.dumps(json.loads(whole), **data.draw(styles))
    *calls, (name, text) = data.draw(st.permutations([*others, ("go", again)]))
    calls.append((name, data.draw(cut(text))))
    deltas = data.draw(as_deltas(calls))
    seam = AfterCalls(said(deltas, end), MODEL, (BEFORE, old), further(BEFORE, old))
    caller = await read(seam, BEFORE, old)
    if is_object(caller.calls[1].arguments):
        whole_calls = [(name, text) for name, text in calls if is_object(text)]
        must_have(caller, [one for one in whole_calls if stands or one[0] != "go"])
    else:
        assert ("go", again) not in calls or ENDS_IN_ESCAPE.search(sent)
    free = [call.arguments for call in caller.calls.values() if call.custom]
    offered = [text for name, text in (calls if end in OWN else calls[:-1]) if name == "run"]
    assert set(free) <= set(offered), "free text is whole where its model ended it"


@given(st.data(), st.text(max_size=40), st.text(max_size=40), ends, st.booleans())
async def test_free_text(
    data: st.DataObject, sent: str, rest: str, end: str, spliced: bool
) -> None:
    old = BegunCall(1, "c1", "run", sent, custom=True)
    deltas: list[Delta] = [TextDelta(piece) for piece in data.draw(pieces(rest))]
    deltas += data.draw(st.sampled_from([[], [ToolCallDelta(0, "n0", "go", "{}")]]))
    seam = AfterFreeText(said(deltas, end), MODEL, old, spliced=spliced)
    caller = await read(seam, BEFORE, old)
    assert caller.ends_with_calls is (end in OWN)
    assert set(caller.calls) == {0, 1}
    if not spliced:
        assert caller.calls[1].arguments == sent + rest
