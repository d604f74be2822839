"""Reading a file of prompts: what is known of each line, and what is wrong with it."""

from __future__ import annotations

import json

import pytest

from homeport.cli.batch_file import CHAT, read_batch

GOOD = {"custom_id": "a", "method": "POST", "url": "/v1/responses", "body": {"input": "Hi"}}


def test_lines_of_openai_s_batches_are_taken_as_they_are() -> None:
    batch = read_batch(f"{json.dumps(GOOD)}\n\n", "auto")
    assert batch.faults == []
    assert batch.lines == [{"custom_id": "a", "url": "/v1/responses", "body": {"input": "Hi"}}]


def test_a_prompt_on_each_line_becomes_a_chat() -> None:
    batch = read_batch("Why?\n\n  How?  \n", "cloud")
    assert [line["custom_id"] for line in batch.lines] == ["line-1", "line-3"]
    assert batch.lines[1]["url"] == CHAT
    assert batch.lines[1]["body"] == {
        "model": "cloud",
        "messages": [{"role": "user", "content": "How?"}],
    }


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\x85"])
def test_what_only_looks_like_the_end_of_a_line_ends_none(letter: str) -> None:
    body = {"input": f"one{letter}two"}
    lines = [json.dumps(GOOD | {"custom_id": n, "body": body}, ensure_ascii=False) for n in "ab"]
    batch = read_batch("\n".join(lines), "auto")
    assert batch.faults == []
    assert [line["body"] for line in batch.lines] == [body, body]
    plain = read_batch(f"one{letter}two\nthree", "auto").lines
    assert [line["body"]["messages"][0]["content"] for line in plain] == [
        f"one{letter}two",
        "three",
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "this is not JSON"),
        ("[1]", "this is no JSON object"),
        (json.dumps(GOOD | {"body": {"t": float("nan")}}), "it holds what JSON has no word for"),
        (
            json.dumps(GOOD | {"body": {"t": 7}}).replace("7", "1e999"),
            "it holds what JSON has no word for",
        ),
        (json.dumps(GOOD | {"body": {"input": "\ud83d"}}), "it holds what JSON has no word for"),
        (json.dumps(GOOD | {"custom_id": "\ud83d"}), "it holds what JSON has no word for"),
        (f'{{"custom_id": "a", "body": {"[" * 100_000}', "this is nested too deep"),
        (json.dumps(GOOD | {"custom_id": 7}), "custom_id has to be a text"),
        (json.dumps(GOOD | {"custom_id": "x" * 201}), "custom_id has to be a text"),
        (json.dumps(GOOD | {"method": "GET"}), "method has to be POST"),
        (json.dumps(GOOD | {"url": 1}), "url has to be a text"),
        (json.dumps(GOOD | {"body": "Hi"}), "body has to be an object"),
        (json.dumps(GOOD), "custom_id 'a' is that of line 1 too"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_number(line: str, fault: str) -> None:
    batch = read_batch(f"{json.dumps(GOOD)}\n{line}\n", "auto")
    assert len(batch.lines) == 1
    assert batch.faults[0].startswith(f"Line 2: {fault}")


def test_the_name_follows_from_every_byte_and_from_the_model() -> None:
    names = {read_batch(text, model).name for text in ("a", "a\n", "b") for model in ("x", "y")}
    assert len(names) == 6
    assert read_batch("a", "x").name == read_batch("a", "x").name


def test_an_empty_file_has_no_lines() -> None:
    assert read_batch("\n \n", "auto").lines == []
