"""Reasoning that only its provider can read, in this wire's one field for it.

`encrypted_content` of OpenAI is carried as it came. What another provider gave
(a signature, redacted reasoning) is put into the same field under a mark of
ours, so that a program that sends it back keeps the model's train of thought.
"""

from __future__ import annotations

import base64
import binascii

import msgspec

MARK = "homeport.1."

_decoder = msgspec.json.Decoder(tuple[str, str])


def sealed(signature: str, redacted: str, *, foreign: bool) -> str:
    """What `encrypted_content` is to hold; `foreign` where another provider's wire gave it."""
    if not signature and not (foreign and redacted):
        return redacted
    inside = msgspec.json.encode((signature, redacted))
    return MARK + base64.b64encode(inside).decode()


def is_sealed(encrypted: str) -> bool:
    """It was put in by `sealed`, and says nothing to OpenAI."""
    return encrypted.startswith(MARK)


def opened(encrypted: str) -> tuple[str, str]:
    """Signature and redacted reasoning of an `encrypted_content`."""
    if not is_sealed(encrypted):
        return "", encrypted
    try:
        return _decoder.decode(base64.b64decode(encrypted[len(MARK) :], validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError, UnicodeDecodeError):
        return "", ""
