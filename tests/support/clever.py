"""A model that can do what a test says, and nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

from homeport.adapters.base import (
    Delta,
    Finish,
    Image,
    Limits,
    Permit,
    Prompt,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    failed,
)
from homeport.policies.model import ModelCard
from support.scripted import ScriptedAdapter, card

EVERYTHING = frozenset(
    {"stop", "system", "tools", "must", "json", "json_schema", "thinking", "logprobs", "on", "red"}
)
CALL = ToolCallDelta(0, "call_1", "get_weather", '{"city": "Kiel"}')


class Clever(ScriptedAdapter):
    """Answers the exercises by its skills; `fails` are skills that end in a failure instead."""

    def __init__(
        self, skills: Iterable[str] = EVERYTHING, fails: dict[str, Any] | None = None, **fields: Any
    ) -> None:
        fast = {"parameters": 10**8, "size_bytes": 10**8, **fields}
        super().__init__({}, [card("scripted/clever", **fast), card("scripted/other")])
        self.skills = frozenset(skills)
        self.fails = fails or {}
        self.prompts: list[Prompt] = []

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """One exercise."""
        self.prompts.append(prompt)
        skill = skill_of(prompt)
        if skill in self.fails:
            raise failed(card.id, self.fails[skill], f"{card.id} broke")
        for delta in self._deltas(skill, prompt):
            yield delta
        yield Finish("stop", Usage(input=7, output=3))

    def _deltas(self, skill: str, prompt: Prompt) -> list[Delta]:
        if skill in self.skills:
            return SAID[skill](prompt)
        return [TextDelta("The capital is one, two, three, four.")]


def skill_of(prompt: Prompt) -> str:
    """What a prompt tries."""
    last = prompt.messages[-1]
    named = {
        "must": bool(prompt.tools) and prompt.tool_choice == "required",
        "tools": bool(prompt.tools),
        prompt.response_format.kind: prompt.response_format.kind != "text",
        "thinking": prompt.sampling.reasoning_effort is not None,
        "logprobs": prompt.sampling.logprobs,
        "stop": bool(prompt.sampling.stop),
        "system": prompt.messages[0].role == "system",
        "on": last.role == "assistant",
        "red": any(isinstance(part, Image) for part in last.parts),
    }
    return next((name for name, holds in named.items() if holds), "answer")


RIVERS = json.dumps({"city": "Kiel", "rivers": 1})
SAID: dict[str, Any] = {
    "must": lambda _: [CALL],
    "tools": lambda _: [CALL],
    "json": lambda _: [TextDelta(RIVERS)],
    "json_schema": lambda _: [TextDelta(RIVERS)],
    "thinking": lambda _: [ThinkingDelta("hm"), TextDelta("No.")],
    "logprobs": lambda _: [TextDelta("yes", 1, (TokenLogprob("yes", -0.1),))],
    "stop": lambda _: [TextDelta("one, two, three, ")],
    "system": lambda _: [TextDelta("Banana!")],
    "on": lambda _: [TextDelta(" Paris.")],
    "red": lambda _: [TextDelta("Red.")],
}
