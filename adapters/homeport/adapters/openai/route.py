"""By which route a prompt goes to a server of OpenAI's wires."""

from __future__ import annotations

from typing import Final

from homeport.adapters.base import Prompt
from homeport.adapters.openai.responses_write import WIRE as RESPONSES_WIRE
from homeport.adapters.openai.responses_write import only_here, only_said_here
from homeport.adapters.providers import Provider
from homeport.policies.model import ModelCard

CHAT: Final = "chat/completions"
RESPONSES: Final = "responses"
COMPLETIONS: Final = "completions"


def route_of(
    prompt: Prompt, card: ModelCard, dialect: Provider, *, prefix: str, responses: bool
) -> str:
    """The route that says the prompt best; `responses`: the server has not refused that wire.

    1. Raw text has one of its own. 2. A prefix is told by chat alone. 3. The caller's own
    wire; but servers that merely resemble OpenAI pass over tools in a namespace, and chat
    offers them one by one. 4. What only the Responses wire can say, or only serves.
    """
    if path := _for_raw_text(prompt, card, dialect):
        return path
    if prefix or not dialect.responses or not responses:
        return CHAT
    if prompt.wire == RESPONSES_WIRE and prompt.raw:
        return RESPONSES if dialect.custom_tools or not _has_namespaces(prompt) else CHAT
    if dialect.name != "openai":
        return CHAT
    return RESPONSES if only_here(card.name) or only_said_here(prompt) else CHAT


def _has_namespaces(prompt: Prompt) -> bool:
    return any("namespace" in tool.extras for tool in prompt.tools)


def _for_raw_text(prompt: Prompt, card: ModelCard, dialect: Provider) -> str:
    """Empty where raw text is told as a turn."""
    if prompt.completion is None:
        return ""
    if prompt.completion.suffix:
        return dialect.fill_path if "fill" in card.capabilities else ""
    return COMPLETIONS if "completion" in card.capabilities else ""
