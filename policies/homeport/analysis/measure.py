"""From a conversation to an `Ask`: the last place that sees the words."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.analysis.checkable import checkable_of
from homeport.analysis.difficulty import difficulty_of, level_of
from homeport.analysis.facts import Facts, Turn
from homeport.analysis.focus import focus_of
from homeport.analysis.language import language_of
from homeport.analysis.length import OF_MATERIAL, output_tokens_of
from homeport.analysis.marks import marks_of
from homeport.analysis.needs import needs_of, urgency_of
from homeport.analysis.task import task_of
from homeport.analysis.tokens import estimate_tokens, prompt_bound, prompt_estimate
from homeport.policies.model import Ask
from homeport.policies.quick import placer


def measure(turns: Sequence[Turn], *, facts: Facts) -> Ask:
    """Measure a prompt. Pure, and the result holds no text of it."""
    focus = focus_of(turns)
    marks = marks_of(focus)
    task = task_of(focus, marks, facts.tools)
    checkable = checkable_of(focus, marks, task, facts.response_format)
    input_tokens = prompt_estimate(turns, facts)
    material = input_tokens
    if task in OF_MATERIAL and focus.is_whole:
        material = estimate_tokens(focus.text)
    has_schema = facts.response_format == "json_schema"
    difficulty = difficulty_of(focus, marks, task, input_tokens, has_schema, facts.tools)
    return _ask(
        task,
        difficulty,
        level_of(difficulty),  # level
        checkable,
        language_of(focus.script, focus.lower, focus.words),  # language
        urgency_of(focus, facts),  # urgency
        input_tokens,
        max(input_tokens, prompt_bound(turns, facts)),  # input_tokens_bound
        output_tokens_of(focus, task, checkable, material, facts.max_tokens),  # output_tokens
        facts.max_tokens,
        needs_of(facts),  # needs
        "private" if facts.private else "normal",  # privacy
        facts.stream,  # streams
        facts.model,  # requested_model
        facts.mode,
        facts.strategy,
        facts.max_cost_nano,
        facts.deadline_ms,
        facts.session,
        facts.client,
        facts.tags,
        0,  # answer_tokens
        facts.caches,
        facts.terms,
        facts.weights,
        facts.policy,
        facts.options,
        facts.held_by,
    )


_ask = placer(Ask)
