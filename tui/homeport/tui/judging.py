"""What a person says of an answer: whether it can be said, and what came of it."""

from __future__ import annotations

from typing import Literal

from homeport.client.wire import FeedbackReply, RequestView
from homeport.tui.state import is_running
from homeport.tui.words import model_name

Thumb = Literal["up", "down"]
_WORDS = {"up": "good", "down": "bad"}


def why_not_judged(request: RequestView) -> str:
    """Why there is nothing to judge; empty where there is."""
    if is_running(request):
        return "It is not answered yet."
    if request.state != "done":
        return "There is no whole answer to judge."
    return ""


def learned_words(reply: FeedbackReply) -> str:
    """What the verdict changed, in one line."""
    verdict = _WORDS.get(reply.verdict, reply.verdict)
    change = f"{reply.before:.2f} before, {reply.after:.2f} now"
    return f"Noted as {verdict}: {model_name(reply.model)} at {reply.task}, {change}."
