"""What a prompt of Gemini's wire may do without."""

from __future__ import annotations

from homeport.adapters.base import Message, Opaque, Prompt, Text, Tool
from homeport.daemon.api.gemini.offers import lesser_of
from homeport.policies.errors import NothingAnswered, OverBudget, Refused
from homeport.policies.model import Veto

SEARCH = Tool("googleSearch", kind="server", wire="gemini")
FIND = Tool("find")
UNABLE = Refused("no", vetoes=(Veto(model="a/b", gate="capability", reason="cannot"),))
FAILED = NothingAnswered("Every model failed.")
CODE = Opaque("gemini", {"executableCode": {"language": "PYTHON", "code": "1 + 1"}})
RESULT = Opaque("gemini", {"codeExecutionResult": {"output": "2"}, "thoughtSignature": "s"})
FILM = Opaque("gemini", {"inlineData": {"mimeType": "video/mp4"}})


def test_an_offer_is_left_out_where_nobody_can_take_it() -> None:
    prompt = Prompt((), tools=(SEARCH, FIND), tool_choice="auto", raw=b"{}")
    for error in (UNABLE, FAILED):
        lesser = lesser_of(prompt, error)
        assert lesser is not None
        assert (lesser.prompt.tools, lesser.prompt.raw) == ((FIND,), b"")
        assert lesser.left_out == ["tools.googleSearch"]


def test_a_wish_is_not() -> None:
    assert lesser_of(Prompt((), tools=(SEARCH,), tool_choice="required"), UNABLE) is None
    assert lesser_of(Prompt((), tools=(FIND,)), FAILED) is None
    assert lesser_of(Prompt((), tools=(SEARCH,)), OverBudget("no")) is None


def test_code_that_ran_is_told_in_words() -> None:
    called = Opaque("gemini", {"toolCall": {}})
    made = Message("assistant", (Text("a"), CODE, RESULT, called))
    lesser = lesser_of(Prompt((made,)), FAILED)
    assert lesser is not None
    assert lesser.left_out == ["contents.toolCall"]
    assert lesser.prompt.messages[0].text == "a\n```python\n1 + 1\n```\n\n```\n2\n```\n"


def test_what_the_user_shows_is_not_left_out() -> None:
    assert lesser_of(Prompt((Message("user", (FILM,)),)), FAILED) is None
