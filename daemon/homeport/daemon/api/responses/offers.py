"""Tools of a provider that a prompt may do without.

A program that offers `web_search` beside its own tools does not ask for a
search. Where nothing that may answer has such tools, the prompt is answered
without them, and the answer says so (`x-homeport-dropped`).
"""

from __future__ import annotations

import msgspec

from homeport.adapters.base import Prompt
from homeport.policies.errors import HomeportError


def without_offers(prompt: Prompt, error: HomeportError) -> Prompt | None:
    """The prompt without tools of a provider; None where that would not help, or loses a wish."""
    offered = [tool for tool in prompt.tools if tool.kind == "server"]
    is_free = prompt.tool_choice in (None, "auto")
    if not offered or not is_free or all(veto.gate != "capability" for veto in error.vetoes):
        return None
    kept = tuple(tool for tool in prompt.tools if tool.kind != "server")
    return msgspec.structs.replace(prompt, tools=kept, raw=b"")


def offers_left_out(asked: Prompt, answered: Prompt) -> list[str]:
    """Names of the tools that were left out."""
    kept = {tool.name for tool in answered.tools}
    return [f"tools.{tool.name}" for tool in asked.tools if tool.name not in kept]
