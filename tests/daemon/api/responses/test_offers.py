"""Tools that a prompt may do without."""

from __future__ import annotations

from homeport.adapters.base import Prompt, Tool
from homeport.daemon.api.responses.offers import first_of
from homeport.policies.model import Capability, ModelCard

SEARCH = Tool("web_search", kind="server", wire="openai-responses")
FIND = Tool("find")


def named(provider: str, *able: Capability) -> ModelCard:
    return ModelCard(
        id=f"{provider}/m", provider=provider, name="m", place="cloud", capabilities=able
    )


def test_an_offer_takes_a_prompt_from_no_model_that_was_named() -> None:
    prompt = Prompt((), tools=(SEARCH, FIND))
    assert first_of(prompt, None).prompt is prompt
    assert first_of(prompt, named("openai", "server_tools")).prompt is prompt
    for other in (named("lab"), named("gemini", "server_tools")):
        first = first_of(prompt, other)
        assert (first.prompt.tools, first.left_out) == ((FIND,), ["tools.web_search"])
    wish = Prompt((), tools=(SEARCH,), tool_choice="required")
    assert first_of(wish, named("lab")).prompt is wish
