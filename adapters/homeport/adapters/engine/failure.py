"""Why the engine could not do what it was asked."""

from __future__ import annotations

from homeport.policies.model import FailureKind


class EngineFailure(Exception):
    """A request that ends without an answer; the worker itself is well."""

    def __init__(self, kind: FailureKind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind: FailureKind = kind
        self.sentence = sentence


class Cancelled(Exception):
    """The request was cancelled while it ran."""
