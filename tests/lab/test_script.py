"""Scripts: read, chosen, refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from homeport.lab.script import Script, ScriptPlayer, ScriptTrouble, make_script, read_script

TOML = """
text = "Nothing more."
tokens_per_s = 40

[[answer]]
match = "weather"
tool_calls = [{ name = "get_weather", arguments = { city = "Rome" } }]

[[answer]]
model = "lab-deep"
text = "Deep."
"""


def test_a_script_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text(TOML)
    player = ScriptPlayer(read_script(path))
    weather = player.choose("What is the Weather?", "lab-fast")
    assert weather.tool_calls[0].name == "get_weather"
    assert weather.tokens_per_s == 40
    assert player.choose("Hello", "lab-deep").text == "Deep."
    assert player.choose("Hello", "lab-fast").text == "Nothing more."


def test_a_script_is_read_from_json(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"say": "echo", "words": 3}))
    assert read_script(path) == Script(say="echo", words=3)


def test_turns_come_one_after_the_other() -> None:
    player = ScriptPlayer(make_script({"turns": [{"text": "one"}, {"text": "two"}]}))
    assert [player.choose("x", "m").text for _ in range(3)] == ["one", "two", "one"]


def test_what_tests_give() -> None:
    assert make_script(None) == Script()
    assert make_script("Hello.").text == "Hello."
    assert make_script(Script(words=2)).words == 2


@pytest.mark.parametrize(
    "text", ["wrds = 3", "say = 'sing'", "not toml", "[[answer]]\nmatch = '('", "[[answer]]\nno=1"]
)
def test_what_is_no_script_is_a_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text(text)
    with pytest.raises(ScriptTrouble, match="cannot be"):
        read_script(path)


def test_no_file_and_no_table(tmp_path: Path) -> None:
    with pytest.raises(ScriptTrouble, match="cannot be read"):
        read_script(tmp_path / "absent.toml")
    path = tmp_path / "list.json"
    path.write_text("[]")
    with pytest.raises(ScriptTrouble, match="one table"):
        read_script(path)
