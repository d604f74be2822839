"""What a lab server says: a script, written in TOML or JSON, or made in a test.

    text = "The capital of France is Paris."
    first_token_ms = 300
    tokens_per_s = 60

    [[answer]]
    match = "weather"
    tool_calls = [{ name = "get_weather", arguments = { city = "Rome" } }]

An answer whose `match` (a regular expression) is found in the user's last words
is taken, the first of them; what it leaves out is as the script has it. `turns`
are answered one after the other, and begin again at the end.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from homeport.lab.nouns import Finish

LOREM: Final = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco "
    "laboris nisi ut aliquip ex ea commodo consequat."
)


class ScriptTrouble(ValueError):
    """A script that cannot be read, in a sentence."""


class ToolScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call of a tool."""

    name: str
    arguments: dict[str, Any] | str = {}
    """A text is sent as it is, valid JSON or not."""


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said, how fast, and what is told of it."""

    text: str | None = None
    """The answer; without it, `say`."""
    say: Literal["words", "lorem", "echo"] = "words"
    """Numbered words (`w1 w2 w3`), lorem ipsum, or the user's last words."""
    words: int = 20
    """How many, for `words` and `lorem`."""
    thinking: str = ""
    tool_calls: tuple[ToolScript, ...] = ()
    """Given where the prompt offers the tool and brings no result yet."""
    always_call: bool = False
    """Given whatever the prompt offers."""
    heeds_max_tokens: bool = True
    """Whether it stops where the prompt says."""
    finish: Finish | None = None
    """In place of the true reason."""
    first_token_ms: float = 0.0
    tokens_per_s: float = 0.0
    """0 is as fast as it goes."""
    jitter: float = 0.0
    """Each wait is up to this part of it longer or shorter."""
    seed: int = 0
    """Of the jitter, so that it is the same each time."""
    input_tokens: int | None = None
    """Told in place of the true count, as are the next four."""
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    usage: bool = True
    """Whether any usage is told."""
    always_usage: bool = False
    """A stream tells it also where nobody asked, as some providers do."""
    match: str = ""
    """In an answer: the regular expression that chooses it."""
    model: str = ""
    """In an answer: only for this model."""
    answer: tuple[dict[str, Any], ...] = ()
    turns: tuple[dict[str, Any], ...] = ()


class ScriptPlayer:
    """Chooses what is said to each prompt."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._answers = [_over(script, fields) for fields in script.answer]
        self._turns = [_over(script, fields) for fields in script.turns]
        self._next = 0

    def choose(self, question: str, model: str) -> Script:
        """The answer that fits, the next turn, or the script itself."""
        for answer in self._answers:
            if answer.model in ("", model) and re.search(answer.match, question, re.IGNORECASE):
                return answer
        if not self._turns:
            return self.script
        turn = self._turns[self._next % len(self._turns)]
        self._next += 1
        return turn


def make_script(value: Script | dict[str, Any] | str | None) -> Script:
    """A script from what a test or a file gives; a text is the answer."""
    if value is None:
        return Script()
    if isinstance(value, Script):
        return value
    if isinstance(value, str):
        return Script(text=value)
    try:
        script = msgspec.convert(value, Script)
        for fields in (*script.answer, *script.turns):
            re.compile(_over(script, fields).match)
    except (msgspec.ValidationError, re.error) as error:
        raise ScriptTrouble(f"The script cannot be used: {error}.") from None
    return script


def read_script(path: Path) -> Script:
    """The script in a TOML or JSON file; raises `ScriptTrouble`."""
    try:
        text = path.read_text(encoding="utf-8")
        value = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ScriptTrouble(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise ScriptTrouble(f"{path} cannot be read: {error}.") from None
    if not isinstance(value, dict):
        raise ScriptTrouble(f"{path} must hold one table.")
    return make_script(value)


def _over(script: Script, fields: dict[str, Any]) -> Script:
    """A script with some fields changed."""
    known = {name: getattr(script, name) for name in Script.__struct_fields__}
    known |= {"answer": (), "turns": ()}
    plain: dict[str, Any] = msgspec.to_builtins(known)
    return msgspec.convert({**plain, **fields}, Script)
