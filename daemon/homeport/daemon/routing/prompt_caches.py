"""How long the beginning of a prompt stays warm where it was read, as data with its source.

| provider | what is kept | for | said by |
|---|---|---|---|
| `anthropic` | up to the last mark, as its usage tells | 5 minutes from the last use; an hour where it was marked so | platform.claude.com/docs/en/build-with-claude/prompt-caching |
| `openai` | all, in steps of 128 from 1,024 tokens | 5 to 10 minutes from the last use: 5 here | developers.openai.com/docs/guides/prompt-caching |
| `gemini` | all, from 1,024 to 4,096 tokens by model: 4,096 here | not promised; 3 to 5 minutes were seen: 3 here | ai.google.dev/gemini-api/docs/caching |
| `deepseek` | all, in steps of 64 | hours to days: 1 hour here | api-docs.deepseek.com/guides/kv_cache |
| at home and in the network | the last prompt alone | while loaded; 5 minutes where another program decides that (Ollama's own default) | docs.ollama.com/faq |
| any other | nothing, until its usage tells of tokens from a cache | 5 minutes | |

A table is no promise: `sessions.py` trusts it as far as the usage of answers
bears it out.
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from homeport.adapters.base import Usage
from homeport.policies.model import ModelCard

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Habit:
    """What one provider does with the beginning of a prompt."""

    keeps: Literal["all", "marked", "seen", "last"]
    lives_ms: int
    least: int = 0
    """Tokens from which anything is kept."""
    step: int = 1


HABITS: Mapping[str, Habit] = {
    "anthropic": Habit("marked", 5 * MINUTE_MS),
    "openai": Habit("all", 5 * MINUTE_MS, least=1_024, step=128),
    "gemini": Habit("all", 3 * MINUTE_MS, least=4_096),
    "deepseek": Habit("all", HOUR_MS, least=64, step=64),
}
UNHEARD_OF = Habit("seen", 5 * MINUTE_MS, step=128)
ENGINE = Habit("last", HOUR_MS)
SERVER_AT_HOME = Habit("last", 5 * MINUTE_MS)


def habit_of(card: ModelCard) -> Habit:
    """What its provider does."""
    if card.place != "cloud":
        return SERVER_AT_HOME if card.host else ENGINE
    return HABITS.get(card.provider, UNHEARD_OF)


def kept_tokens(habit: Habit, usage: Usage) -> int:
    """Of the input of a prompt that was answered, what is likely kept of it."""
    whole = usage.input or 0
    told = (usage.cache_read or 0) + (usage.cache_write or 0)
    if habit.keeps == "marked":
        return min(told, whole)
    if habit.keeps == "seen" and (usage.cache_write or not told):
        return min(told, whole)
    return whole - whole % habit.step if whole >= habit.least else 0


def lives_ms(habit: Habit, usage: Usage) -> int:
    """For how long, from the start of the attempt."""
    return HOUR_MS if usage.cache_write_1h else habit.lives_ms
