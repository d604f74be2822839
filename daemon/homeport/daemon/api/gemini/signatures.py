"""Marks the reasoning of other models, so that it is known again when it comes back.

A signature is base64 on this wire, and programs write it in either alphabet.
Gemini's own go through; those of other providers, and what only they can read,
are put into one of ours, which no upstream is ever sent as it stands.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from homeport.adapters.anthropic.parts import SIGNED_BY
from homeport.adapters.anthropic.parts import WIRE as ANTHROPIC
from homeport.adapters.base import Thinking, ThinkingDelta
from homeport.adapters.gemini.read import SIGNED

_MARK = b"homeport:"
_ALPHABET = str.maketrans("-_", "+/")
_sealed = msgspec.json.Decoder(tuple[str, str, str, str])


def plain_base64(text: str) -> str:
    """Base64 in the usual alphabet, and padded."""
    plain = text.translate(_ALPHABET).rstrip("=")
    return plain + "=" * (-len(plain) % 4)


def is_gemini_signed(signature: str) -> bool:
    """Whether Gemini itself signed it."""
    return signature.startswith(SIGNED)


def signature_shown(provider: str, delta: ThinkingDelta) -> str:
    """What stands on the wire for a signature, or for hidden reasoning; empty where neither is."""
    if is_gemini_signed(delta.signature):
        return delta.signature.removeprefix(SIGNED)
    if not delta.signature and not delta.redacted:
        return ""
    inside = msgspec.json.encode((provider, delta.signature, delta.redacted, delta.id))
    return base64.b64encode(_MARK + inside).decode()


def thinking_of(text: str, signature: str, extras: dict[str, Any]) -> Thinking:
    """Reasoning that came back."""
    opened = _opened(signature)
    if opened is None:
        return Thinking(text, f"{SIGNED}{signature}" if signature else "", extras)
    provider, inner, redacted, item_id = opened
    marked = extras if provider == ANTHROPIC else {**extras, SIGNED_BY: provider}
    return Thinking(text, inner, marked, redacted, item_id)


def _opened(signature: str) -> tuple[str, str, str, str] | None:
    try:
        data = base64.b64decode(plain_base64(signature), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not data.startswith(_MARK):
        return None
    try:
        return _sealed.decode(data.removeprefix(_MARK))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
