"""Tools that take free text, for servers that know functions alone.

Such a tool is offered as a function with the one string `input`; what comes back as
its arguments is unwrapped, so that the caller sees the text that the model wrote.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Delta,
    Message,
    Part,
    PartEnd,
    Prompt,
    StatusDelta,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    UsageDelta,
)
from homeport.adapters.mending.tool_offer import FREE_TEXT

CUSTOM: Final = "custom"
_CHAT: Final = "openai-chat"
_FIELD: Final = "input"
_HOW: Final = "Put the whole text, as it is described here, into the one string `input`."


def functions_only(prompt: Prompt) -> Prompt:
    """The prompt with every tool that takes free text, and its calls so far, as a function."""
    if CUSTOM not in [tool.kind for tool in prompt.tools] and not _any_custom(prompt.messages):
        return prompt
    return msgspec.structs.replace(
        prompt,
        tools=tuple(map(_as_function, prompt.tools)),
        messages=tuple(map(_with_functions, prompt.messages)),
        # Bytes of the Responses wire go only to servers that know such tools.
        raw=b"" if prompt.wire == _CHAT else prompt.raw,
    )


def text_in(arguments: str) -> str:
    """The text that was wrapped; what is no wrapping is the text itself."""
    try:
        table = msgspec.json.decode(arguments, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return arguments
    if isinstance(table, str):
        return table
    if isinstance(table, dict) and len(table) == 1:
        (value,) = table.values()
        return value if isinstance(value, str) else arguments
    return "" if table == {} else arguments


def unwrapped(deltas: AsyncIterator[Delta], prompt: Prompt) -> AsyncIterator[Delta]:
    """The answer with the free text of its calls, where the prompt offers such tools."""
    if not prompt.tools:
        return deltas
    names = frozenset(tool.name for tool in prompt.tools if tool.kind == CUSTOM)
    return _FreeText(deltas, names) if names else deltas


class _FreeText:
    """Iterate over it once. The text of a call is handed on when it is whole."""

    def __init__(self, deltas: AsyncIterator[Delta], names: frozenset[str]) -> None:
        self._deltas = deltas
        self._names = names
        self._written: dict[int, list[str]] = {}
        """Arguments so far of the calls that are open, by their index."""
        self._last = -1
        self._ready: list[Delta] = []

    def __aiter__(self) -> _FreeText:
        return self

    async def __anext__(self) -> Delta:
        while not self._ready:
            self._take(await anext(self._deltas))
        return self._ready.pop(0)

    async def aclose(self) -> None:
        """Stop the work upstream."""
        close = getattr(self._deltas, "aclose", None)
        if close is not None:
            await close()

    def _take(self, delta: Delta) -> None:
        if isinstance(delta, ToolCallDelta):
            self._call(delta)
            return
        if isinstance(delta, PartEnd):
            self._ready += self._texts([self._last])
        elif not isinstance(delta, StatusDelta | UsageDelta):
            self._ready += self._texts(list(self._written))
        self._ready.append(delta)

    def _call(self, delta: ToolCallDelta) -> None:
        self._last = delta.index
        if delta.index in self._written:
            self._written[delta.index].append(delta.arguments)
        elif delta.name in self._names and delta.extras.get("type") != CUSTOM:
            self._written[delta.index] = [delta.arguments]
            marked = {**delta.extras, "type": CUSTOM}
            self._ready.append(msgspec.structs.replace(delta, arguments="", extras=marked))
        else:
            self._ready.append(delta)

    def _texts(self, indices: Iterable[int]) -> Iterable[Delta]:
        for index in indices:
            pieces = self._written.pop(index, None)
            if pieces is not None:
                yield ToolCallDelta(index, arguments=text_in("".join(pieces)))


def _any_custom(messages: Iterable[Message]) -> bool:
    # A list is made faster than a generator runs, and most prompts have few parts.
    return True in [_is_custom(part) for message in messages for part in message.parts]


def _is_custom(part: Part) -> bool:
    return isinstance(part, ToolCall | ToolResult) and part.extras.get("type") == CUSTOM


def _as_function(tool: Tool) -> Tool:
    if tool.kind != CUSTOM:
        return tool
    told = "\n\n".join(filter(None, (tool.description, _HOW, _grammar(tool.extras))))
    return Tool(tool.name, told, FREE_TEXT)


def _grammar(extras: dict[str, Any]) -> str:
    """The grammar that the text must fit, in words; the wires nest it differently."""
    inner = extras.get("custom")
    form = (inner if isinstance(inner, dict) else extras).get("format")
    form = form if isinstance(form, dict) else {}
    nested = form.get("grammar")
    table = nested if isinstance(nested, dict) else form
    definition = table.get("definition")
    if not isinstance(definition, str):
        return ""
    return f"The text must fit this grammar ({table.get('syntax', 'lark')}):\n{definition}"


def _with_functions(message: Message) -> Message:
    if not _any_custom((message,)):
        return message
    return msgspec.structs.replace(message, parts=tuple(map(_plain, message.parts)))


def _plain(part: Part) -> Part:
    if not _is_custom(part):
        return part
    assert isinstance(part, ToolCall | ToolResult)  # noqa: S101 - by `_is_custom`
    extras = {name: value for name, value in part.extras.items() if name != "type"}
    if isinstance(part, ToolResult):
        return msgspec.structs.replace(part, extras=extras)
    wrapped = msgspec.json.encode({_FIELD: part.arguments}).decode()
    return msgspec.structs.replace(part, arguments=wrapped, extras=extras)
