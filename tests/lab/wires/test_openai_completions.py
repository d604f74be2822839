"""The prompt in a text completion's body."""

from __future__ import annotations

from homeport.lab.wires.openai_completions import read


def test_one_prompt_or_several() -> None:
    one = read({"model": "m", "prompt": "Once", "stop": ["."], "max_tokens": 3})
    assert (one.kind, one.text, one.stop, one.max_tokens) == ("completion", "Once", (".",), 3)
    assert read({"model": "m", "prompt": ["a", "b"]}).text == "a\nb"
