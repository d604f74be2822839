"""From the input items of the Responses wire to messages.

| item | becomes |
|---|---|
| a text, `message` | a message of its role |
| `reasoning` | `Thinking`, with its encrypted form |
| `function_call`, `custom_tool_call` | `ToolCall` |
| `function_call_output`, `custom_tool_call_output` | a message of the role `tool` |
| `additional_tools` | read with the tools; in mid-conversation a sentence names them |
| those in `OPAQUE_ITEMS` | `Opaque`: only an upstream of this wire understands them |

What the model itself said stands in one message until something else comes, or
it said something more: other wires want one turn of the assistant there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from homeport.daemon.api.responses.fields import missing, optional_text, rest_of, text_of, wrong
from homeport.daemon.api.responses.names import Names
from homeport.daemon.api.responses.parts import parts_of
from homeport.daemon.api.responses.request import WIRE
from homeport.daemon.api.responses.sealing import opened
from homeport.daemon.api.responses.tools import ADDITIONAL
from homeport.policies.errors import BadRequest

ROLES: dict[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "developer",
}
CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
OUTPUTS = ("function_call_output", "custom_tool_call_output")
BY_THE_MODEL = frozenset(
    {
        "apply_patch_call",
        "code_interpreter_call",
        "compaction",
        "computer_call",
        "context_compaction",
        "file_search_call",
        "image_generation_call",
        "local_shell_call",
        "mcp_approval_request",
        "mcp_call",
        "mcp_list_tools",
        "program",
        "shell_call",
        "tool_search_call",
        "web_search_call",
    }
)
BY_OTHERS = frozenset(
    {
        "agent_message",
        "apply_patch_call_output",
        "compaction_trigger",
        "computer_call_output",
        "configuration_update",
        "item_reference",
        "local_shell_call_output",
        "mcp_approval_response",
        "program_output",
        "shell_call_output",
        "tool_search_output",
    }
)
OPAQUE_ITEMS = BY_THE_MODEL | BY_OTHERS
HIDING = frozenset({"item_reference", "compaction", "context_compaction"})
"""Items behind which calls may stand that are not seen here."""


def messages_of(
    items: Sequence[Any], ats: Sequence[str], *, hidden: bool = False, names: Names | None = None
) -> list[Message]:
    """The messages of all items; `ats` are their places in the request. Raises `BadRequest`.

    `hidden`: a part of the conversation is kept elsewhere. `names` are those of the tools.
    """
    turns = _Turns(hidden=hidden, names=names or Names())
    for item, at in zip(items, ats, strict=True):
        turns.add(item, at)
    return turns.messages()


def offered_names(tools: Any) -> list[str]:
    """The names of some tools, those within a namespace too; what has none is passed over."""
    names: list[str] = []
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict) and isinstance(tool.get("tools"), list):
            names += offered_names(tool["tools"])
        elif isinstance(tool, dict) and isinstance(tool.get("name"), str):
            names.append(tool["name"])
    return names


class _Turns:
    """Messages as they are put together."""

    def __init__(self, *, hidden: bool, names: Names) -> None:
        self._names = names
        self._done: list[Message] = []
        self._open: list[Part] = []
        self._extras: dict[str, Any] = {}
        self._said = False
        """The open turn has its message."""
        self._calls: set[str] = set()
        self._hidden = hidden

    def messages(self) -> list[Message]:
        self._close()
        return self._done

    def add(self, item: Any, at: str) -> None:
        if not isinstance(item, dict):
            raise wrong(at, "must be an object")
        kind = optional_text(item, "type", at) or "message"
        if kind == "message":
            self._add_message(item, at)
        elif kind == "reasoning":
            self._open.append(_thinking(item, at))
        elif kind in CALLS:
            self._open.append(self._call(item, CALLS[kind], at))
        elif kind in OUTPUTS:
            self._add(Message("tool", (self._result(item, at),)))
        elif kind == ADDITIONAL:
            self._add_offer(item)
        elif kind in OPAQUE_ITEMS:
            self._add_opaque(item, kind)
        else:
            raise wrong(f"{at}.type", f"is no kind of item: {kind[:80]!r}")

    def _add_offer(self, item: dict[str, Any]) -> None:
        """The tools are read with the others; a conversation that had begun hears of them."""
        if self._done or self._open:
            names = ", ".join(offered_names(item.get("tools")))
            sentence = f"More tools can be called from here on: {names}."
            self._add(Message("developer", (Text(sentence),)))

    def _close(self) -> None:
        if self._open:
            self._done.append(Message("assistant", tuple(self._open), extras=self._extras))
        self._open, self._extras, self._said = [], {}, False

    def _add(self, message: Message) -> None:
        self._close()
        self._done.append(message)

    def _add_message(self, item: dict[str, Any], at: str) -> None:
        given = text_of(item, "role", at)
        role = ROLES.get(given)
        if role is None:
            raise wrong(f"{at}.role", f"must be one of {', '.join(ROLES)}")
        if item.get("content") is None:
            raise missing(f"{at}.content")
        parts = parts_of(item["content"], f"{at}.content")
        extras = rest_of(item, "role", "content")
        if role != "assistant":
            self._add(Message(role, tuple(parts), extras=extras))
            return
        if self._said:
            self._close()
        self._open += parts
        self._extras, self._said = extras, True

    def _call(self, item: dict[str, Any], field: str, at: str) -> ToolCall:
        call_id = text_of(item, "call_id", at)
        self._calls.add(call_id)
        extras = rest_of(item, "call_id", "name", field)
        if field == "input":
            extras["type"] = "custom"
        name, space = text_of(item, "name", at), optional_text(item, "namespace", at)
        return ToolCall(call_id, self._names.single(name, space), text_of(item, field, at), extras)

    def _result(self, item: dict[str, Any], at: str) -> ToolResult:
        call_id = text_of(item, "call_id", at)
        if call_id not in self._calls and not self._hidden:
            raise BadRequest(
                f"`{at}.call_id` names no call of this conversation: {call_id[:80]!r}.",
                code="unknown_call",
                param=f"{at}.call_id",
            )
        if item.get("output") is None:
            raise missing(f"{at}.output")
        parts = parts_of(item["output"], f"{at}.output")
        extras = rest_of(item, "call_id", "output")
        if item["type"] == "custom_tool_call_output":
            extras["type"] = "custom"
        return ToolResult(
            call_id,
            "".join(part.text for part in parts if isinstance(part, Text)),
            extras=extras,
            attachments=tuple(
                part for part in parts if isinstance(part, Image | Audio | Document | Opaque)
            ),
        )

    def _add_opaque(self, item: dict[str, Any], kind: str) -> None:
        opaque = Opaque(WIRE, item)
        call_id = item.get("call_id")
        if isinstance(call_id, str):
            self._calls.add(call_id)
        self._hidden = self._hidden or kind in HIDING
        if kind in BY_THE_MODEL:
            self._open.append(opaque)
        else:
            self._add(Message("user", (opaque,)))


def _thinking(item: dict[str, Any], at: str) -> Thinking:
    """What was shown of the reasoning; the summary counts where the whole was not shown."""
    whole = _texts(item, "content", at)
    signature, redacted = opened(optional_text(item, "encrypted_content", at))
    return Thinking(
        whole or _texts(item, "summary", at),
        signature,
        rest_of(item, "encrypted_content", "id"),
        redacted,
        optional_text(item, "id", at),
    )


def _texts(item: dict[str, Any], field: str, at: str) -> str:
    parts = parts_of(item.get(field) or [], f"{at}.{field}")
    return "\n\n".join(part.text for part in parts if isinstance(part, Text))
