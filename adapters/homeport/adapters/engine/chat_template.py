"""From a conversation to the text that a model reads, by the model's own template.

Templates are Jinja programs that came with the file: they run in a sandbox, and
with the few helpers that template writers rely on. A conversation that the
template refuses (no system role, strict alternation, no tool role) is put to it
again in plainer forms (`plainer_turns.py`); where there is no usable template at
all, ChatML is used and a note says so.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from homeport.adapters.engine.call_format import TAGGED, CallFormat, format_of, instruction
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.plainer_turns import (
    SPELLINGS,
    Turns,
    alternating,
    as_given,
    calls_as_words,
    merged_neighbours,
    told_first,
    user_and_assistant,
    without_system_role,
    without_tool_role,
)

MISSING_NOTE = "The file has no chat template: ChatML is used, which may not suit the model."
BROKEN_NOTE = "The file's chat template fails: ChatML is used, which may not suit the model."

FORMS = (as_given, without_tool_role, without_system_role, user_and_assistant, alternating)
"""Of a conversation, the plainest last."""

Tools = Sequence[dict[str, Any]]


class TemplateRefused(Exception):
    """The template itself raised an objection to the conversation."""


class Rendered(NamedTuple):
    """A prompt that offers tools, and how the model writes its calls."""

    text: str
    form: CallFormat


class ChatTemplate:
    """The chat template of one model, with ChatML behind it."""

    def __init__(self, source: str, *, bos: str = "", eos: str = "") -> None:
        self._names = {"bos_token": bos, "eos_token": eos}
        self._template: Any = None
        self._format = format_of(source)
        self._knows_calls = "tool_calls" in source
        self._takes_tools = False
        self.note = "" if source else MISSING_NOTE
        """Empty where the model's own template is used."""
        if source:
            self._compile(source)

    def _compile(self, source: str) -> None:
        try:
            environment = _environment()
            self._takes_tools = "tools" in _free_names(environment, source)
            self._template = environment.from_string(source)
        except Exception:  # noqa: BLE001  # a foreign program may fail anyhow
            self.note = BROKEN_NOTE

    def render(self, turns: Turns, *, thinks: bool | None = None) -> str:
        """The text up to and with the opening of the assistant's turn."""
        if self._template is None:
            return chatml(calls_as_words(turns))
        if not self._knows_calls:
            turns = calls_as_words(turns)
        for form in FORMS:
            text = self._rendered(form(turns), None, thinks)
            if text is not None:
                return text
        self.note = BROKEN_NOTE
        return chatml(calls_as_words(turns))

    def render_offer(
        self,
        turns: Turns,
        tools: Tools,
        *,
        must_call: bool,
        needs_mark: bool = False,
        thinks: bool | None = None,
    ) -> Rendered:
        """The same, with tools to call: in the template's own way, or in plain words of ours.

        `needs_mark` where JSON alone would not be known for a call.
        """
        form = self._format
        if self._takes_tools and form is not None and (form.opening or not needs_mark):
            for conversation in (as_given, without_system_role, merged_neighbours):
                text = self._rendered(conversation(turns), tools, thinks)
                if text is not None:
                    return Rendered(text, form)
        words = instruction(tools, must_call=must_call)
        return Rendered(self.render(told_first(turns, words), thinks=thinks), TAGGED)

    def _rendered(self, turns: Turns, tools: Tools | None, thinks: bool | None) -> str | None:
        """What the template makes of it; None where it objects, whatever calls are written as."""
        spellings = (
            SPELLINGS if any(turn.calls or turn.call_id for turn in turns) else SPELLINGS[:1]
        )
        for spelled in spellings:
            try:
                return self._render(turns, [spelled(turn) for turn in turns], tools, thinks)
            except Exception:  # noqa: BLE001, S112  # the next form is plainer
                continue
        return None

    def _render(
        self,
        turns: Turns,
        messages: list[dict[str, Any]],
        tools: Tools | None,
        thinks: bool | None,
    ) -> str:
        chosen = {} if thinks is None else {"enable_thinking": thinks}
        text = self._template.render(
            messages=messages, add_generation_prompt=True, tools=tools, **self._names, **chosen
        )
        if not _holds_last_words(text, turns) or not _names_tools(text, tools or ()):
            raise TemplateRefused("the template dropped something")
        return str(text)


def _holds_last_words(text: str, turns: Turns) -> bool:
    """Whether each turn's words arrived; some templates skip roles they do not know."""
    words = [turn.content.strip() for turn in turns if turn.role != "assistant"]
    names = [call.name for turn in turns for call in turn.calls]
    return all(word in text or _as_json(word) in text for word in words) and all(
        name in text for name in names
    )


def _as_json(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)[1:-1]


def _names_tools(text: str, tools: Tools) -> bool:
    return all(tool["function"]["name"] in text for tool in tools)


def _free_names(environment: Any, source: str) -> set[str]:
    """The variables that a template expects to be given."""
    from jinja2 import meta

    return set(meta.find_undeclared_variables(environment.parse(source)))


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


def _to_json(
    value: Any,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # called as templates call it
    **_: Any,
) -> str:
    return json.dumps(
        value, ensure_ascii=False, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _refuse(message: str) -> str:
    raise TemplateRefused(message)


def _strftime_now(pattern: str) -> str:
    return datetime.datetime.now().astimezone().strftime(pattern)


def chatml(turns: Turns) -> str:
    """The ChatML form, which many models know."""
    parts = [f"<|im_start|>{turn.role}\n{turn.content}<|im_end|>\n" for turn in turns]
    return "".join(parts) + "<|im_start|>assistant\n"


def open_answer(turns: Turns, prefix: str) -> tuple[Turns, str]:
    """The turns to render, and the start of the answer that follows them.

    A conversation that ends with words of the assistant asks to go on from them.
    """
    if turns and turns[-1].role == "assistant" and not turns[-1].calls:
        return turns[:-1], turns[-1].content + prefix
    return turns, prefix


def render_prompt(render: Callable[[Turns], str], turns: Turns) -> str:
    """The rendered prompt, or an `EngineFailure` where there is nothing to answer."""
    if not turns:
        raise EngineFailure("rejected", "The conversation has no message to answer; add one.")
    return render(turns)
