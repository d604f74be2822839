"""Tools that a prompt may do without."""

from __future__ import annotations

from homeport.adapters.base import Prompt, Tool
from homeport.daemon.api.responses.offers import offers_left_out, without_offers
from homeport.policies.errors import Refused
from homeport.policies.model import Veto

SEARCH = Tool("web_search", kind="server", wire="openai-responses")
FIND = Tool("find")
UNABLE = Refused("no", vetoes=(Veto(model="a/b", gate="capability", reason="cannot"),))


def test_an_offer_is_left_out_where_nobody_can_take_it() -> None:
    prompt = Prompt((), tools=(SEARCH, FIND), tool_choice="auto", raw=b"{}")
    lesser = without_offers(prompt, UNABLE)
    assert lesser is not None
    assert (lesser.tools, lesser.raw) == ((FIND,), b"")
    assert offers_left_out(prompt, lesser) == ["tools.web_search"]
    assert offers_left_out(prompt, prompt) == []


def test_a_wish_is_not() -> None:
    assert without_offers(Prompt((), tools=(SEARCH,), tool_choice="required"), UNABLE) is None
    assert without_offers(Prompt((), tools=(FIND,)), UNABLE) is None
    assert without_offers(Prompt((), tools=(SEARCH,)), Refused("no")) is None
