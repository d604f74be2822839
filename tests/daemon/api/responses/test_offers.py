"""Tools that a prompt may do without."""

from __future__ import annotations

from homeport.adapters.base import Message, Opaque, Prompt, Text, Tool
from homeport.daemon.api.responses.offers import Lesser, first_of, lesser_of
from homeport.policies.errors import BadRequest, NothingAnswered, Refused
from homeport.policies.model import Capability, ModelCard, Veto

SEARCH = Tool("web_search", kind="server", wire="openai-responses")
FIND = Tool("find")
ASKED = Message("user", (Text("hi"),))
UNABLE = Refused("no", vetoes=(Veto(model="a/b", gate="capability", reason="cannot"),))


def named(provider: str, *able: Capability) -> ModelCard:
    return ModelCard(
        id=f"{provider}/m", provider=provider, name="m", place="cloud", capabilities=able
    )


def of(kind: str) -> Message:
    return Message("assistant", (Opaque("openai-responses", {"type": kind}),))


def test_an_offer_is_left_out_where_nobody_can_take_it() -> None:
    prompt = Prompt((), tools=(SEARCH, FIND), tool_choice="auto", raw=b"{}")
    lesser = lesser_of(Lesser(prompt, []), UNABLE)
    assert lesser is not None
    assert (lesser.prompt.tools, lesser.prompt.raw) == ((FIND,), b"")
    assert lesser.left_out == ["tools.web_search"]


def test_a_wish_is_not() -> None:
    assert (
        lesser_of(Lesser(Prompt((), tools=(SEARCH,), tool_choice="required"), []), UNABLE) is None
    )
    assert lesser_of(Lesser(Prompt((), tools=(FIND,)), []), UNABLE) is None
    assert lesser_of(Lesser(Prompt((), tools=(SEARCH,)), []), Refused("no")) is None


def test_items_that_nobody_reads_are_left_out() -> None:
    prompt = Prompt((of("compaction"), ASKED), raw=b"{}")
    lesser = lesser_of(Lesser(prompt, []), NothingAnswered("no"))
    assert lesser is not None
    assert (lesser.prompt.messages[1], lesser.prompt.raw) == (ASKED, b"")
    assert lesser.left_out == ["input.compaction"]
    assert lesser_of(Lesser(prompt, []), BadRequest("no")) is None
    assert (
        lesser_of(Lesser(Prompt((of("item_reference"), ASKED)), []), NothingAnswered("no")) is None
    )
    assert lesser_of(Lesser(Prompt((of("web_search_call"),)), []), NothingAnswered("no")) is None


def test_an_offer_takes_a_prompt_from_no_model_that_was_named() -> None:
    prompt = Prompt((), tools=(SEARCH, FIND))
    assert first_of(prompt, None).prompt is prompt
    assert first_of(prompt, named("openai", "server_tools")).prompt is prompt
    for other in (named("lab"), named("gemini", "server_tools")):
        first = first_of(prompt, other)
        assert (first.prompt.tools, first.left_out) == ((FIND,), ["tools.web_search"])
    wish = Prompt((), tools=(SEARCH,), tool_choice="required")
    assert first_of(wish, named("lab")).prompt is wish


def test_nothing_is_left_out_twice() -> None:
    first = first_of(Prompt((ASKED,), tools=(SEARCH,)), named("lab"))
    assert lesser_of(first, UNABLE) is None
