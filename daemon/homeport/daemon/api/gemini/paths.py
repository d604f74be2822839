"""What a path of Gemini's wire asks: a model's name and what it is to do."""

from __future__ import annotations

from collections.abc import Container

METHODS = (
    *("generateContent", "streamGenerateContent", "countTokens"),
    *("embedContent", "batchEmbedContents"),
)
KEY_HEADER = b"x-goog-api-key"
"""Tells this wire apart from others that have a route of the same name."""
_STARTS = ("/v1beta/models/", "/v1/models/")


def name_in(path: str) -> str:
    """What stands behind `models/`; the name may hold slashes and colons."""
    for start in _STARTS:
        if path.startswith(start):
            return path.removeprefix(start)
    return ""


def asked_in(path: str) -> tuple[str, str]:
    """The model and the method; the method is empty where it is none of this wire."""
    model, _, method = name_in(path).rpartition(":")
    return (model, method) if model and method in METHODS else ("", "")


def is_gemini(path: str, headers: Container[bytes] = ()) -> bool:
    """Whether a request belongs to this wire, by its path and the names of its headers."""
    if path.startswith("/v1beta/") or asked_in(path)[1]:
        return True
    return path.startswith("/v1/models") and KEY_HEADER in headers
