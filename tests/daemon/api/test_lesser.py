"""What a prompt may do without, where no model takes it as it is."""

from __future__ import annotations

import pytest

from homeport.adapters.base import Message, Opaque, Prompt, Text, Tool
from homeport.daemon.api.gemini.other_words import in_other_words as of_gemini
from homeport.daemon.api.lesser import InWords, Lesser, lesser_of, nothing_else
from homeport.daemon.api.responses.other_words import in_other_words as of_responses
from homeport.policies.errors import BadRequest, HomeportError, NothingAnswered, OverBudget, Refused
from homeport.policies.model import Veto

SEARCH = Tool("search", kind="server", wire="gemini")
FIND = Tool("find")
ASKED = Message("user", (Text("hi"),))
UNABLE = Refused("no", vetoes=(Veto(model="a/b", gate="capability", reason="cannot"),))
HELD = Refused("no", vetoes=(Veto(model="a/b", gate="held", reason="cannot"),))
FAILED = NothingAnswered("Every model failed.")


def lesser(prompt: Prompt, error: HomeportError, in_words: InWords = nothing_else) -> Lesser | None:
    return lesser_of(Lesser(prompt, []), error, in_words)


@pytest.mark.parametrize("error", [UNABLE, HELD, FAILED])
def test_an_offer_is_left_out_where_nobody_can_take_it(error: HomeportError) -> None:
    made = lesser(Prompt((), tools=(SEARCH, FIND), tool_choice="auto", raw=b"{}"), error)
    assert made is not None
    assert (made.prompt.tools, made.prompt.raw) == ((FIND,), b"")
    assert made.left_out == ["tools.search"]


def test_a_wish_is_not() -> None:
    assert lesser(Prompt((), tools=(SEARCH,), tool_choice="required"), UNABLE) is None
    assert lesser(Prompt((), tools=(FIND,)), FAILED) is None
    for error in (OverBudget("no"), Refused("no"), BadRequest("no")):
        assert lesser(Prompt((), tools=(SEARCH,)), error) is None


def of(kind: str) -> Message:
    return Message("assistant", (Opaque("openai-responses", {"type": kind}),))


def test_items_that_nobody_reads_are_left_out() -> None:
    made = lesser(Prompt((of("compaction"), ASKED), raw=b"{}"), HELD, of_responses)
    assert made is not None
    assert (made.prompt.messages[1], made.prompt.raw) == (ASKED, b"")
    assert made.left_out == ["input.compaction"]
    for kept in ((of("item_reference"), ASKED), (of("web_search_call"),)):
        assert lesser(Prompt(kept), HELD, of_responses) is None


def test_offers_and_items_are_left_out_together() -> None:
    code = Opaque("gemini", {"executableCode": {"language": "PYTHON", "code": "1 + 1"}})
    result = Opaque("gemini", {"codeExecutionResult": {"output": "2"}, "thoughtSignature": "s"})
    called = Opaque("gemini", {"toolCall": {}})
    turn = Message("assistant", (Text("a"), code, result, called))
    made = lesser(Prompt((turn,), tools=(SEARCH,)), FAILED, of_gemini)
    assert made is not None
    assert made.left_out == ["tools.search", "contents.toolCall"]
    assert made.prompt.messages[0].text == "a\n```python\n1 + 1\n```\n\n```\n2\n```\n"


def test_what_the_user_shows_is_not_left_out() -> None:
    film = Opaque("gemini", {"inlineData": {"mimeType": "video/mp4"}})
    assert lesser(Prompt((Message("user", (film,)),)), HELD, of_gemini) is None


def test_nothing_is_left_out_twice() -> None:
    made = lesser(Prompt((ASKED,), tools=(SEARCH,)), UNABLE)
    assert made is not None
    assert lesser_of(made, UNABLE, nothing_else) is None
