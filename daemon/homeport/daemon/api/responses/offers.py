"""Tools that a prompt of the Responses wire offers, and the model that it names."""

from __future__ import annotations

from homeport.adapters.base import Prompt
from homeport.daemon.api.lesser import Lesser, without_offers
from homeport.policies.model import ModelCard

OTHERS = ("anthropic", "gemini")
"""Providers whose own tools are others than those of this wire."""


def first_of(prompt: Prompt, named: ModelCard | None) -> Lesser:
    """The prompt as it is asked first: an offer takes it from no model that was asked by name."""
    if named is None or ("server_tools" in named.capabilities and named.provider not in OTHERS):
        return Lesser(prompt, [])
    return without_offers(Lesser(prompt, []))
