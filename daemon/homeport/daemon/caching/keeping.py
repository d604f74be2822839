"""Which prompts the cache looks at, and which answers it keeps: every reason as a sentence."""

from __future__ import annotations

from fnmatch import fnmatchcase

from homeport.adapters.base import CacheWish, Prompt
from homeport.analysis.checks.refusal import refuses
from homeport.daemon.caching.entry import Body, text_of
from homeport.daemon.config.settings import Cache as Bounds
from homeport.daemon.routing.asking import held_elsewhere, parts_of
from homeport.policies.model import Ask, AskedStrategy

SHARE = 8
"""One answer takes at most one part in so many of the bytes."""
NOT_ALONE: frozenset[AskedStrategy] = frozenset({"compare"})
"""Strategies whose answer is several."""


def kept_out(prompt: Prompt, ask: Ask, wish: CacheWish | None, bounds: Bounds) -> str:
    """Why the cache has nothing to do with a prompt; empty where it has.

    1. the person keeps nothing, or nothing of this kind
    2. the answer depends on more than the prompt, or does more than answer
    3. nobody asked for the same answer to a prompt whose answers would differ
    """
    if not bounds.bytes:
        return "Nothing is cached: cache.bytes is 0."
    if ask.privacy == "private" and not bounds.private:
        return "Private prompts are not cached; cache.private allows it."
    tag = next((tag for tag in ask.tags if any(fnmatchcase(tag, p) for p in bounds.never)), "")
    if tag:
        return f"Prompts with the tag {tag} are not cached."
    if any(tool.kind == "server" for tool in prompt.tools):
        return "Its provider may run tools for it, which may find something else each time."
    if held_elsewhere(prompt, parts_of(prompt)):
        return "A part of it is only named here, and may be another one next time."
    if ask.strategy in NOT_ALONE:
        return "Several answers are compared afresh each time."
    if wish is None and not bounds.any_temperature and prompt.sampling.temperature != 0:
        return (
            "Its temperature is not 0, so that answers differ; `on` for this prompt, or "
            "cache.any_temperature for all, gives the same one again."
        )
    return ""


def not_kept(body: Body, size: int, bounds: Bounds) -> str:
    """Why an answer is not kept, as the end of a sentence; empty where it is."""
    if not body.deltas:
        return "it is empty"
    if refuses(text_of(body)):
        return "it refuses"
    if size * SHARE > bounds.bytes:
        return "it is too long for the cache's bytes"
    return ""
