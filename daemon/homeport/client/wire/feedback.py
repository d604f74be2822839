"""What a person says of an answer."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeport.client.wire.requests import RequestView


class FeedbackRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/feedback`: what a person says of an answer."""

    decision: str
    """Its id, the start of one, or `last`."""
    verdict: Literal["up", "down", "edit"]
    answer: int | None = None
    """Which of the attempts that came whole, in the order they began, counted from 0; None means
    the answer that was given."""
    similarity: float | None = None
    """Of an edit: how much of the answer was kept, 0 to 1."""
    original: str | None = None
    """In its place, the answer and what became of it; neither is kept."""
    edited: str | None = None


class FeedbackReply(msgspec.Struct, frozen=True):
    """What became of it."""

    request: RequestView
    verdict: str
    model: str
    task: str
    kept: float | None
    """Of an edit: how much of the answer was kept."""
    before: float
    """Predicted quality of the model for such a prompt, before and after."""
    after: float
    source: str
