"""Items of this wire alone, in other words."""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import Message, Opaque, Part, Role, Text, ToolCall, ToolResult
from homeport.daemon.api.responses.other_words import NOTE, in_other_words

WIRE = "openai-responses"
SHELL = {"type": "local_shell_call", "call_id": "c1", "action": {"command": ["ls"]}}
HEARD = {"type": "local_shell_call_output", "call_id": "c1", "output": "a.txt"}


def of(item: dict[str, Any], role: Role = "assistant", *more: Part) -> Message:
    return Message(role, (Opaque(WIRE, item), *more))


def test_calls_that_the_program_ran() -> None:
    patch = {"type": "apply_patch_call", "id": "p1", "diff": "+a", "status": "completed"}
    found = in_other_words([of(SHELL), of(HEARD, "user"), of(patch)])
    assert found is not None
    call, result, edit = found[0]
    assert call.parts == (ToolCall("c1", "local_shell", '{"command":["ls"]}'),)
    assert (result.role, result.parts) == ("tool", (ToolResult("c1", "a.txt"),))
    assert edit.parts == (ToolCall("p1", "apply_patch", '{"diff":"+a"}'),)
    assert found[1] == []


def test_what_is_passed_over_is_named_once() -> None:
    search = {"type": "web_search_call", "id": "w"}
    found = in_other_words([of(search, "assistant", Text("It rains.")), of(search)])
    assert found == ((Message("assistant", (Text("It rains."),)),), ["input.web_search_call"])


def test_what_was_compacted_leaves_a_note() -> None:
    found = in_other_words([of({"type": "compaction", "encrypted_content": "x"})])
    assert found == ((Message("user", (Text(NOTE),)),), ["input.compaction"])


def test_another_agent_is_heard() -> None:
    content = [{"type": "input_text", "text": "Done."}]
    found = in_other_words(
        [of({"type": "agent_message", "author": "/root", "content": content}, "user")]
    )
    assert found is not None
    assert found[0] == (Message("user", (Text("From /root: Done."),)),)


def test_what_can_be_said_by_no_other_words() -> None:
    assert in_other_words([of({"type": "item_reference", "id": "x"})]) is None
    assert in_other_words([Message("user", (Opaque("gemini", SHELL),))]) is None
    assert in_other_words([of({**HEARD, "output": {"a": 1}}, "user")]) == (
        (Message("tool", (ToolResult("c1", '{"a":1}'),)),), [],
    )  # fmt: skip
