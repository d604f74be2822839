"""Deltas become items, and events with the right places in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    Tool,
    ToolCallDelta,
)
from homeport.daemon.api.responses.names import Names
from homeport.daemon.api.responses.output import Output
from homeport.daemon.api.responses.sealing import opened

WIRE = "openai-responses"
STOP = Finish(reason="stop")
FIND = Tool("crm__find", extras={"name": "find", "namespace": "crm"})
PATCH = Tool("patch", kind="custom")
Told = list[tuple[str, dict[str, Any]]]


def written(
    deltas: Sequence[Delta], finish: Finish = STOP, **options: Any
) -> tuple[Told, list[dict[str, Any]]]:
    told: Told = []
    output = Output("a", lambda name, /, **fields: told.append((name, fields)), **options)
    for delta in deltas:
        output.add(delta)
    output.finish(finish)
    return told, output.items


def names(told: Told) -> list[str]:
    return [name for name, _ in told]


def test_a_text() -> None:
    told, items = written([TextDelta("Hel"), TextDelta(""), TextDelta("lo")])
    assert names(told) == [
        "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done",
    ]  # fmt: skip
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": "Hello"}
    assert items == [
        {"id": "msg_hp_a_0", "type": "message", "status": "completed", "role": "assistant",
         "content": [part]},
    ]  # fmt: skip
    place = {"item_id": "msg_hp_a_0", "output_index": 0, "content_index": 0}
    assert told[2][1] == {**place, "delta": "Hel", "logprobs": []}
    assert told[4][1] == {**place, "text": "Hello", "logprobs": []}


def test_nothing_said_is_no_item() -> None:
    assert written([PartEnd(), ThinkingDelta(""), TextDelta("")])[1] == []


def test_probabilities() -> None:
    token = TokenLogprob("é", -0.5, (("é", -0.5), ("e", -1.0)))
    told, items = written([TextDelta("é", 1, (token,))], top_logprobs=1)
    shown = {
        "token": "é", "logprob": -0.5, "bytes": [195, 169],
        "top_logprobs": [{"token": "é", "logprob": -0.5, "bytes": [195, 169]}],
    }  # fmt: skip
    assert told[2][1]["logprobs"] == [shown]
    assert items[0]["content"][0]["logprobs"] == [shown]
    _, unasked = written([TextDelta("", 1, (token,)), TextDelta("é", 1, (token,))])
    assert unasked[0]["content"][0]["logprobs"] == []


def test_a_part_that_is_whole_is_followed_by_another() -> None:
    told, items = written([TextDelta("a"), PartEnd(), PartEnd(), TextDelta("b")])
    assert [part["text"] for part in items[0]["content"]] == ["a", "b"]
    assert told[6][1]["content_index"] == 1


def test_a_refusal_after_a_text() -> None:
    told, items = written(
        [TextDelta("Well."), RefusalDelta("No"), RefusalDelta(""), RefusalDelta(".")]
    )
    assert items[0]["content"][1] == {"type": "refusal", "refusal": "No."}
    assert names(told)[5:] == [
        "content_part.added", "refusal.delta", "refusal.delta", "refusal.done",
        "content_part.done", "output_item.done",
    ]  # fmt: skip


def test_sources() -> None:
    theirs = {"type": "file_citation", "file_id": "file_1", "index": 3}
    told, items = written(
        [
            TextDelta("It is so."),
            CitationDelta(Citation("https://a.example", "A", start=0, end=5)),
            CitationDelta(Citation("https://b.example", "B")),
            CitationDelta(Citation(title="a.pdf", quote="so")),
            CitationDelta(Citation(wire=WIRE, extras=theirs)),
        ]
    )
    annotations = items[0]["content"][0]["annotations"]
    assert [a["type"] for a in annotations] == ["url_citation"] * 2 + ["file_citation"] * 2
    assert (annotations[0]["start_index"], annotations[0]["end_index"]) == (0, 5)
    assert (annotations[1]["start_index"], annotations[1]["end_index"]) == (9, 9)
    assert annotations[2]["filename"] == "a.pdf"
    assert annotations[3] == theirs
    added = [fields for name, fields in told if name == "output_text.annotation.added"]
    assert [fields["annotation_index"] for fields in added] == [0, 1, 2, 3]


def test_reasoning_as_its_own_text() -> None:
    told, items = written([ThinkingDelta("Let "), ThinkingDelta("me."), TextDelta("Hi")])
    assert names(told)[:6] == [
        "output_item.added", "content_part.added", "reasoning_text.delta",
        "reasoning_text.delta", "reasoning_text.done", "content_part.done",
    ]  # fmt: skip
    assert items[0] == {
        "id": "rs_hp_a_0", "type": "reasoning", "summary": [],
        "content": [{"type": "reasoning_text", "text": "Let me."}],
    }  # fmt: skip
    assert items[1]["id"] == "msg_hp_a_1"


def test_reasoning_as_summaries() -> None:
    deltas: list[Delta] = [
        ThinkingDelta("one", id="rs_9"),
        PartEnd(),
        ThinkingDelta("two", id="rs_9"),
    ]
    told, items = written([*deltas, ThinkingDelta("", redacted="gAAA", id="rs_9")], summaries=True)
    assert names(told) == [
        "output_item.added",
        "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done",
        "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done",
        "output_item.done",
    ]  # fmt: skip
    assert [part["text"] for part in items[0]["summary"]] == ["one", "two"]
    assert items[0]["id"] == "rs_9"
    assert told[5][1]["summary_index"] == 1


def test_reasoning_that_is_signed() -> None:
    _, items = written(
        [
            ThinkingDelta("first"), ThinkingDelta("", signature="sig1"),
            ThinkingDelta("second"), ThinkingDelta("", signature="sig2"),
            ThinkingDelta("", redacted="red", id="rs_other"),
        ]
    )  # fmt: skip
    assert [opened(item["encrypted_content"]) for item in items[:2]] == [
        ("sig1", ""), ("sig2", "red"),
    ]  # fmt: skip


def test_reasoning_of_another_id_is_another_item() -> None:
    _, items = written([ThinkingDelta("a", id="rs_1"), ThinkingDelta("b", id="rs_2")])
    assert [item["id"] for item in items] == ["rs_1", "rs_2"]


def test_free_text_that_came_as_json() -> None:
    wrapped = [ToolCallDelta(0, "c1", "patch", '{"input":'), ToolCallDelta(0, arguments='"a\\nb"}')]
    told, items = written(wrapped, names=Names((PATCH,)))
    assert (items[0]["type"], items[0]["input"]) == ("custom_tool_call", "a\nb")
    assert [f["delta"] for name, f in told if name.endswith("input.delta")] == ["a\nb"]


def test_calls() -> None:
    told, items = written(
        [
            TextDelta("I look."),
            ToolCallDelta(0, "c1", "crm.find", '{"a":'),
            ToolCallDelta(0, arguments="1}"), PartEnd(),
            ToolCallDelta(1, "c2", "patch", "*** Begin", {"type": "custom"}),
            ToolCallDelta(2, "", "now"),
        ],
        names=Names((FIND, PATCH)),
    )  # fmt: skip
    find, patch, now = items[1:]
    assert find == {
        "id": "fc_hp_a_1", "type": "function_call", "status": "completed", "call_id": "c1",
        "name": "find", "arguments": '{"a":1}', "namespace": "crm",
    }  # fmt: skip
    assert patch == {
        "id": "ctc_hp_a_2", "type": "custom_tool_call", "status": "completed", "call_id": "c2",
        "name": "patch", "input": "*** Begin",
    }  # fmt: skip
    assert (now["arguments"], now["call_id"]) == ("{}", "call_fc_hp_a_3")
    assert names(told)[6:11] == [
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.delta",
        "function_call_arguments.done", "output_item.done",
    ]  # fmt: skip
    assert "custom_tool_call_input.delta" in names(told)
    assert "custom_tool_call_input.done" in names(told)


def test_calls_that_are_written_side_by_side() -> None:
    _, items = written(
        [
            ToolCallDelta(0, "c1", "a", "{"), ToolCallDelta(1, "c2", "b", "["),
            ToolCallDelta(0, arguments="}"), ToolCallDelta(1, arguments="]"),
        ]
    )  # fmt: skip
    assert [item["arguments"] for item in items] == ["{}", "[]"]


def test_whole_items_of_this_wire() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    told, items = written(
        [OpaqueDelta(WIRE, search), OpaqueDelta("anthropic", {"type": "x"}), TextDelta("So.")]
    )
    assert items[0] == search
    assert names(told)[:2] == ["output_item.added", "output_item.done"]
    assert items[1]["id"] == "msg_hp_a_1"


def test_what_was_cut_off_says_so() -> None:
    _, items = written([ThinkingDelta("hm")], Finish(reason="length"))
    assert items[0]["status"] == "incomplete"
    _, items = written([ToolCallDelta(0, "c", "f", "{")], Finish(reason="length"))
    assert items[0]["status"] == "incomplete"
    _, items = written([TextDelta("a"), ThinkingDelta("hm")], Finish(reason="content_filter"))
    assert items[0]["status"] == "completed"
