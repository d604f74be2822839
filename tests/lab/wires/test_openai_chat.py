"""The prompt in a chat completion's body."""

from __future__ import annotations

from homeport.lab.wires.openai_chat import read


def test_everything_that_the_lab_minds() -> None:
    asked = read(
        {
            "model": "m",
            "stream": True,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Count."}]},
                {"role": "assistant", "content": "w1"},
            ],
            "max_completion_tokens": 5,
            "stop": "x",
            "tools": [{"type": "function", "function": {"name": "f"}}],
            "response_format": {"type": "json_object"},
        }
    )
    assert asked.text == "Be brief.\nCount.\nw1"
    assert (asked.question, asked.prefix) == ("Count.", "w1")
    assert (asked.max_tokens, asked.stop, asked.tools) == (5, ("x",), ("f",))
    assert asked.schema is not None
    assert asked.wants_usage is False
