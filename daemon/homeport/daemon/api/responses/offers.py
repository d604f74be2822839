"""What a prompt may do without, or say otherwise, where nobody takes it as it is.

A program that offers `web_search` beside its own tools does not ask for a
search; what it heard from such tools earlier is in the answer that followed.
Where nothing that may answer has or reads such things, the prompt is answered
without them, and the answer says so (`x-homeport-dropped`).
"""

from __future__ import annotations

import msgspec

from homeport.adapters.base import Opaque, Prompt
from homeport.daemon.api.responses.other_words import in_other_words
from homeport.policies.errors import HomeportError, NothingAnswered, Refused
from homeport.policies.model import ModelCard

OTHERS = ("anthropic", "gemini")
"""Providers whose own tools are others than those of this wire."""


class Lesser(msgspec.Struct, frozen=True):
    """A prompt that more models can answer."""

    prompt: Prompt
    left_out: list[str]


def first_of(prompt: Prompt, named: ModelCard | None) -> Lesser:
    """The prompt as it is asked first: an offer takes it from no model that was asked by name."""
    if named is None or ("server_tools" in named.capabilities and named.provider not in OTHERS):
        return Lesser(prompt, [])
    return _without_offers(Lesser(prompt, []))


def lesser_of(asked: Lesser, error: HomeportError) -> Lesser | None:
    """The prompt without what nobody took; None where that would not help, or loses a wish."""
    found = asked
    if isinstance(error, NothingAnswered) or any(v.gate == "capability" for v in error.vetoes):
        found = _without_offers(asked)
    if isinstance(error, NothingAnswered | Refused):
        found = _without_items(found) or found
    return found if found is not asked else None


def _without_offers(asked: Lesser) -> Lesser:
    """Without the tools of a provider."""
    prompt = asked.prompt
    offered = [tool for tool in prompt.tools if tool.kind == "server"]
    is_free = prompt.tool_choice in (None, "auto")
    if not offered or not is_free:
        return asked
    kept = tuple(tool for tool in prompt.tools if tool.kind != "server")
    lesser = msgspec.structs.replace(prompt, tools=kept, raw=b"")
    return Lesser(lesser, [*asked.left_out, *(f"tools.{tool.name}" for tool in offered)])


def _without_items(lesser: Lesser) -> Lesser | None:
    """Without items that only this wire has."""
    prompt = lesser.prompt
    if not any(isinstance(part, Opaque) for row in prompt.messages for part in row.parts):
        return None
    said = in_other_words(prompt.messages)
    if said is None or not said[0]:
        return None
    messages, lost = said
    told = msgspec.structs.replace(prompt, messages=messages, raw=b"")
    return Lesser(told, [*lesser.left_out, *lost])
