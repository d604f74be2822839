"""Which doors a kept prompt can go back through, and what is kept of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from homeport.daemon.api.body_fields import Fields, fields_of
from homeport.daemon.api.call import decode
from homeport.policies.errors import BadRequest

BATCH_URLS: Final = (
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/messages",
)
"""What a line of a file may name."""
ASK: Final = "/homeport/v1/ask"
STREAMING: Final = ":streamGenerateContent"
WHOLE: Final = ":generateContent"

_ALWAYS_KEPT = frozenset(
    {b"anthropic-version", b"anthropic-beta", b"user-agent", b"x-claude-code-session-id"}
)
_NEVER_KEPT = b"x-homeport-defer"

_encode = msgspec.json.Encoder().encode
_fields = msgspec.json.Decoder(Fields)


def kept_headers(headers: Mapping[bytes, bytes]) -> tuple[tuple[str, str], ...]:
    """Those that say something of the prompt; none that says who may ask."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers.items()
        if name in _ALWAYS_KEPT or (name.startswith(b"x-homeport-") and name != _NEVER_KEPT)
    )


def whole_path(path: str, query: str) -> tuple[str, str]:
    """The same door, for an answer that comes whole."""
    if path.endswith(STREAMING):
        return path.removesuffix(STREAMING) + WHOLE, ""
    return path, query


def whole_body(path: str, body: bytes) -> bytes:
    """The same request for an answer that comes whole, now; every other byte as it came.

    Raises `BadRequest` for what is no object.
    """
    fields = decode(_fields, body)
    fields.pop("stream_options", None)
    if path != ASK and ":" not in path:
        fields["stream"] = msgspec.Raw(b"false")
    for name in ("background", "defer"):
        fields.pop(name, None)
    if "homeport" in fields:
        wishes = fields_of(fields["homeport"])
        wishes.pop("defer", None)
        fields["homeport"] = msgspec.Raw(_encode(wishes))
    if path == "/v1/embeddings":
        fields.pop("stream", None)
    return _encode(fields)


def refuse_strange_url(url: str) -> None:
    """Raises `BadRequest` for a door that answers no prompt of a file."""
    if url not in BATCH_URLS:
        raise BadRequest(
            f"A line may name {', '.join(BATCH_URLS)}, not {url[:100]!r}.",
            code="unsupported_value",
            param="url",
        )
