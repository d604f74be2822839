"""How a model writes its calls: read off its own chat template, or as we ask it to.

Where a template renders tools and its format is one that a grammar here can hold, that
format is used; any other model is told in plain words to write calls as JSON in tags.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from homeport.adapters.mending.tool_marks import MARKS

GAP = r"[ \n]{0,4}"


@dataclass(frozen=True, slots=True)
class CallFormat:
    """The shape of one call in the text of an answer."""

    opening: str = "<tool_call>"
    """What stands before a call; empty where the JSON itself begins it."""
    closing: str = "</tool_call>"
    arguments: str = "arguments"
    """The key of the arguments."""
    listed: bool = False
    """Calls stand in one JSON list after one opening."""
    named: bool = False
    """The name stands before the arguments: `name[ARGS]{…}`."""
    also: tuple[str, ...] = ()
    """Other openings that mean the same."""

    @property
    def marks(self) -> tuple[str, ...]:
        """Every opening."""
        return tuple(filter(None, (self.opening, *self.also)))


TAGGED = CallFormat()
JSON_ALONE = CallFormat("", "", "parameters", also=("<|python_tag|>",))
LISTED = CallFormat("[TOOL_CALLS]", "", listed=True)
NAMED = CallFormat("[TOOL_CALLS]", "", named=True)

SEPARATOR = "[ARGS]"


def format_of(template: str) -> CallFormat | None:
    """The format that a template asks for; None where it is none of those held here."""
    others = [m for m in MARKS if m in template and m not in ("<tool_call>", "[TOOL_CALLS]")]
    if "[TOOL_CALLS]" in template:
        if "[CALL_ID]" in template:
            return None
        return NAMED if SEPARATOR in template else LISTED
    if "<tool_call>" in template:
        return None if "<function=" in template or "<arg_key>" in template else TAGGED
    if others in ([], ["<|python_tag|>"]) and "parameters" in template and '"name"' in template:
        return JSON_ALONE
    return None


def instruction(tools: Sequence[dict[str, Any]], *, must_call: bool) -> str:
    """Plain words to a model whose template does not render tools."""
    lines = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    duty = (
        "Answer with a call of one of these tools, and with nothing else."
        if must_call
        else "Call a tool only where it helps; otherwise answer in your own words."
    )
    example = '<tool_call>\n{"name": "the tool\'s name", "arguments": {"argument": "value"}}\n'
    return (
        f"You can call these tools:\n{lines}\n\n{duty} A call is one JSON object between tags:\n"
        f"{example}</tool_call>\nThe results come back in the next message."
    )


def written(name: str, arguments: str) -> str:
    """A call of an earlier turn in words."""
    return f'<tool_call>\n{{"name": {json.dumps(name)}, "arguments": {arguments}}}\n</tool_call>'
