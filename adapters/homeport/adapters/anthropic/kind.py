"""The adapters of Anthropic's wire; it is loaded where the setup calls for one."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.adapters import configured
from homeport.adapters.base import Adapter, Setup


def build(setup: Setup) -> Sequence[Adapter]:
    """As `Adapter.build` says."""
    if not configured.is_wanted(setup, "anthropic"):
        return []
    from homeport.adapters.anthropic.adapter import AnthropicAdapter

    return AnthropicAdapter.build(setup)
