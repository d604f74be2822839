"""What a prompt may do without, or say otherwise, where no model takes it as it is.

A program that offers a provider's own search beside its tools does not ask for a
search, and what such a tool once did can be read as text. Where nobody that may
answer has such tools or reads such parts, the prompt is answered without them,
and the answer says so (`x-homeport-dropped`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from homeport.adapters.base import Message, Prompt
from homeport.daemon.api.call import Call
from homeport.policies.errors import HomeportError, NothingAnswered

WANTING = frozenset({"capability", "held"})
"""Gates that might let in a prompt that asks for less."""

InWords = Callable[[Sequence[Message]], tuple[tuple[Message, ...], list[str]] | None]
"""The messages without parts that only their wire has, and the names of what is lost.
None where they cannot be said otherwise."""


class Lesser(msgspec.Struct, frozen=True):
    """A prompt that more models can answer."""

    prompt: Prompt
    left_out: list[str]


def lesser_of(asked: Lesser, error: HomeportError, in_words: InWords) -> Lesser | None:
    """The prompt without what nobody took; None where that would not help, or loses a wish."""
    wanting = any(veto.gate in WANTING for veto in error.vetoes)
    if not wanting and not isinstance(error, NothingAnswered):
        return None
    fewer = without_offers(asked)
    lesser = _said_otherwise(fewer, in_words) or fewer
    return lesser if lesser is not asked else None


def without_offers(asked: Lesser) -> Lesser:
    """Without the tools of a provider, unless one of them may be meant."""
    prompt = asked.prompt
    offered = [tool for tool in prompt.tools if tool.kind == "server"]
    if not offered or prompt.tool_choice not in (None, "auto"):
        return asked
    kept = tuple(tool for tool in prompt.tools if tool.kind != "server")
    lesser = msgspec.structs.replace(prompt, tools=kept, raw=b"")
    return Lesser(lesser, [*asked.left_out, *(f"tools.{tool.name}" for tool in offered)])


def _said_otherwise(asked: Lesser, in_words: InWords) -> Lesser | None:
    said = in_words(asked.prompt.messages)
    if said is None or not said[0] or said[0] == asked.prompt.messages:
        return None
    messages, lost = said
    told = msgspec.structs.replace(asked.prompt, messages=messages, raw=b"")
    return Lesser(told, [*asked.left_out, *lost])


async def answer_or_less(
    call: Call, asked: Lesser, in_words: InWords, answer: Callable[[Lesser], Awaitable[None]]
) -> None:
    """Answer the prompt; where nobody can, the lesser one, unless something was sent by then."""
    try:
        await answer(asked)
    except HomeportError as error:
        lesser = None if call.started else lesser_of(asked, error, in_words)
        if lesser is None:
            raise
        await answer(lesser)


def nothing_else(messages: Sequence[Message]) -> None:
    """For wires whose parts cannot be said in other words."""
