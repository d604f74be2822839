"""From a conversation to the text that a model reads, by the model's own template.

Templates are Jinja programs that came with the file: they run in a sandbox, and
with the few helpers that template writers rely on. A conversation that the
template refuses (no system role, strict alternation, no tool role) is put to it
again in plainer forms; where there is no usable template at all, ChatML is used
and a note says so.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from typing import Any

from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import Turn

MISSING_NOTE = "The file has no chat template: ChatML is used, which may not suit the model."
BROKEN_NOTE = "The file's chat template fails: ChatML is used, which may not suit the model."

Turns = Sequence[Turn]


class TemplateRefused(Exception):
    """The template itself raised an objection to the conversation."""


class ChatTemplate:
    """The chat template of one model, with ChatML behind it."""

    def __init__(self, source: str, *, bos: str = "", eos: str = "") -> None:
        self._names = {"bos_token": bos, "eos_token": eos}
        self._template: Any = None
        self.note = "" if source else MISSING_NOTE
        """Empty where the model's own template is used."""
        if source:
            self._compile(source)

    def _compile(self, source: str) -> None:
        try:
            self._template = _environment().from_string(source)
        except Exception:  # noqa: BLE001  # a foreign program may fail anyhow
            self.note = BROKEN_NOTE

    def render(self, turns: Turns) -> str:
        """The text up to and with the opening of the assistant's turn."""
        if self._template is None:
            return chatml(turns)
        for form in (as_given, without_tool_role, without_system_role, alternating):
            try:
                return self._render(form(turns))
            except Exception:  # noqa: BLE001, S112  # the next form is plainer
                continue
        self.note = BROKEN_NOTE
        return chatml(turns)

    def _render(self, turns: Turns) -> str:
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        text = self._template.render(
            messages=messages, add_generation_prompt=True, tools=None, **self._names
        )
        if not _holds_last_words(text, turns):
            raise TemplateRefused("the template dropped a turn")
        return str(text)


def _holds_last_words(text: str, turns: Turns) -> bool:
    """Whether each turn's words arrived; some templates skip roles they do not know."""
    return all(turn.content.strip() in text for turn in turns if turn.role != "assistant")


def _environment() -> Any:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols"],
        autoescape=False,
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = _strftime_now
    return environment


def _to_json(value: Any, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> str:
    raise TemplateRefused(message)


def _strftime_now(pattern: str) -> str:
    return datetime.datetime.now().astimezone().strftime(pattern)


def chatml(turns: Turns) -> str:
    """The ChatML form, which many models know."""
    parts = [f"<|im_start|>{turn.role}\n{turn.content}<|im_end|>\n" for turn in turns]
    return "".join(parts) + "<|im_start|>assistant\n"


def as_given(turns: Turns) -> Turns:
    """No change."""
    return turns


def without_tool_role(turns: Turns) -> Turns:
    """Results of tools as words of the user."""
    return [Turn("user", turn.content) if turn.role == "tool" else turn for turn in turns]


def without_system_role(turns: Turns) -> Turns:
    """System words put before the first words of the user."""
    turns = without_tool_role(turns)
    system = "\n\n".join(turn.content for turn in turns if turn.role == "system")
    others = [turn for turn in turns if turn.role != "system"]
    for at, turn in enumerate(others):
        if system and turn.role == "user":
            others[at] = Turn("user", f"{system}\n\n{turn.content}")
            return others
    return [Turn("user", system), *others] if system else others


def alternating(turns: Turns) -> Turns:
    """User and assistant strictly in turn, the user first."""
    merged: list[Turn] = []
    for turn in without_system_role(turns):
        if merged and merged[-1].role == turn.role:
            merged[-1] = Turn(turn.role, f"{merged[-1].content}\n\n{turn.content}")
        else:
            merged.append(turn)
    if merged and merged[0].role == "assistant":
        merged.insert(0, Turn("user", "Go on."))
    return merged


def open_answer(turns: Turns, prefix: str) -> tuple[Turns, str]:
    """The turns to render, and the start of the answer that follows them.

    A conversation that ends with words of the assistant asks to go on from them.
    """
    if turns and turns[-1].role == "assistant":
        return turns[:-1], turns[-1].content + prefix
    return turns, prefix


def render_prompt(render: Callable[[Turns], str], turns: Turns) -> str:
    """The rendered prompt, or an `EngineFailure` where there is nothing to answer."""
    if not turns:
        raise EngineFailure("rejected", "The conversation has no message to answer; add one.")
    return render(turns)
