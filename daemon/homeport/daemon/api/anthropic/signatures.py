"""Marks the reasoning of other models, so that it is known again when it comes back.

Programs return the reasoning they were shown with its signature. Anthropic takes
only its own; a block of another model is shown with a signature that names the
provider, which no upstream is ever sent as it stands.
"""

from __future__ import annotations

from homeport.adapters.anthropic.parts import SIGNED_BY
from homeport.adapters.base import Thinking

OWN_PROVIDER = "anthropic"
_MARK = "homeport:"


def marked(provider: str, signature: str) -> str:
    """What is shown in the place of another provider's signature, or of none."""
    return signature if provider == OWN_PROVIDER else f"{_MARK}{provider}:{signature}"


def thinking_of(text: str, signature: str, extras: dict[str, object]) -> Thinking:
    """A thinking block that came back."""
    provider, inner = _unmarked(signature)
    if provider:
        return Thinking(text, inner, {**extras, SIGNED_BY: provider})
    return Thinking(text, signature, extras)


def redacted_of(data: str, extras: dict[str, object]) -> Thinking:
    """A block of hidden reasoning that came back."""
    provider, inner = _unmarked(data)
    if provider:
        return Thinking("", redacted=inner, extras={**extras, SIGNED_BY: provider})
    return Thinking("", redacted=data, extras=extras)


def _unmarked(value: str) -> tuple[str, str]:
    if not value.startswith(_MARK):
        return "", value
    provider, _, inner = value.removeprefix(_MARK).partition(":")
    return provider or "homeport", inner
