"""Writes the messages of a prompt as the turns of Anthropic's Messages API.

The wire wants a user's turn first, roles in alternation, results of tools at
the head of the turn after their calls, and no blank blocks. An answer that is
gone on from becomes the last, unfinished turn, which must not end in space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from homeport.adapters.anthropic.models import Traits
from homeport.adapters.anthropic.parts import Block, NotWritable, block_of
from homeport.adapters.base import Message

_ABOVE: Final = ("system", "developer")
_GO_ON: Final[Block] = {"type": "text", "text": "Go on."}
"""Said where a conversation does not begin with its user."""


@dataclass(slots=True)
class Turn:
    """One turn as it is written."""

    role: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What goes into `system` and `messages`."""

    system: list[Block]
    turns: list[Turn]
    tail: str = ""
    """Space that had to be cut off the end of the answer that is gone on from."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The turns as the wire has them."""
        return [{"role": turn.role, "content": turn.blocks} for turn in self.turns]

    @property
    def is_prefilled(self) -> bool:
        """The last turn is the assistant's own, to be gone on from."""
        return bool(self.turns) and self.turns[-1].role == "assistant"

    @property
    def awaits_thinking(self) -> bool:
        """The answer goes on after tool calls that were made without signed reasoning."""
        made = [turn.blocks for turn in self.turns if turn.role == "assistant"]
        if not made or not any(block["type"] == "tool_use" for block in made[-1]):
            return False
        return made[-1][0]["type"] not in ("thinking", "redacted_thinking")


def conversation_of(
    messages: Sequence[Message], traits: Traits, *, prefix: str = "", same_wire: bool
) -> Conversation:
    """The messages as turns, `prefix` as the start of the answer; raises `NotWritable`."""
    above = 0
    while above < len(messages) and messages[above].role in _ABOVE:
        above += 1
    system = [block for m in messages[:above] for block in _blocks(m, same_wire=same_wire)]
    turns: list[Turn] = []
    for message in messages[above:]:
        _add(turns, message, traits, same_wire=same_wire)
    if prefix.strip():
        _join(turns, "assistant", [{"type": "text", "text": prefix}])
    if not turns or turns[0].role != "user":
        turns.insert(0, Turn("user", [_GO_ON]))
    for turn in turns:
        turn.blocks.sort(key=lambda block: block["type"] != "tool_result")
    conversation = Conversation(system, turns)
    if not conversation.is_prefilled:
        return Conversation(system, turns, tail=prefix)
    # A turn that the provider paused itself is handed back to it as it was.
    if not traits.prefill and (prefix or not same_wire):
        raise NotWritable("it cannot go on from a started answer")
    return Conversation(system, turns, tail=_cut_space(turns))


def _add(turns: list[Turn], message: Message, traits: Traits, *, same_wire: bool) -> None:
    blocks = _blocks(message, same_wire=same_wire)
    if not blocks:
        return
    if message.role == "assistant":
        _join(turns, "assistant", blocks)
    elif message.role not in _ABOVE:
        _join(turns, "user", blocks)
    elif traits.system_turns and turns and (same_wire or turns[-1].role == "user"):
        turns.append(Turn("system", blocks))
    else:
        _join(turns, "user", [_marked(block) for block in blocks])


def _blocks(message: Message, *, same_wire: bool) -> list[Block]:
    found = [block_of(part, same_wire=same_wire) for part in message.parts]
    return [block for block in found if block is not None]


def _marked(block: Block) -> Block:
    """A system's words in a user's turn, for a model that takes none between the turns."""
    if block["type"] != "text":
        return block
    return block | {"text": f"<system>{block['text']}</system>"}


def _join(turns: list[Turn], role: str, blocks: list[Block]) -> None:
    if turns and turns[-1].role == role:
        turns[-1].blocks.extend(blocks)
    else:
        turns.append(Turn(role, list(blocks)))


def _cut_space(turns: list[Turn]) -> str:
    """Cut the space off the last turn's end; gives what was cut."""
    last = turns[-1].blocks[-1]
    if last["type"] != "text":
        return ""
    text = str(last["text"])
    turns[-1].blocks[-1] = last | {"text": text.rstrip()}
    return text[len(text.rstrip()) :]
