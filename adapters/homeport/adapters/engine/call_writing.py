"""The calls in an answer while it is written: where one begins, and when it is whole.

A call is handed out whole or not at all. Between a call and its end the sampler is held
to the grammar of calls; the owner of the sampler asks after each piece whether to switch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from homeport.adapters.engine.call_format import SEPARATOR, CallFormat
from homeport.adapters.mending.tool_marks import MarkFinder, names_known

MOST_CALLS = 32
_GAP = " \n\t\r"
_NAME = re.compile(r"\s*([^\[\]{}\s]+)" + re.escape(SEPARATOR))


@dataclass(frozen=True, slots=True)
class Call:
    """One whole call."""

    name: str
    arguments: str


class CallWriting:
    """Reads one answer's text as it comes."""

    def __init__(
        self, form: CallFormat, names: Sequence[str], *, parallel: bool, begun: bool, bare: bool
    ) -> None:
        """`begun`: the prompt has opened a call already. `bare`: JSON alone may be one."""
        self._form = form
        self._names = tuple(names)
        self._parallel = parallel
        known = partial(names_known, names=self._names) if bare else _never
        self._finder = MarkFinder(form.marks, known)
        self._text = ""
        self._calls: list[Call] = []
        self._step: Literal["looking", "writing", "between", "plain"] = (
            "writing" if begun else "looking"
        )
        self.over = False
        """Nothing that could follow belongs to the answer."""

    @property
    def is_writing(self) -> bool:
        """In the middle of a call."""
        return self._step == "writing"

    @property
    def begun(self) -> str:
        """The text of the call so far, from behind its opening."""
        return self._text

    @property
    def count(self) -> int:
        """Whole calls so far."""
        return len(self._calls)

    def feed(self, text: str) -> list[str | Call]:
        """What is known with this text: words of the answer, and whole calls."""
        out: list[str | Call] = []
        if self._step == "plain":
            return [text]
        if self._step == "looking":
            self._look(text, out)
        else:
            self._text += text
        while self._step in ("writing", "between") and not self.over:
            if not (self._finish_call(out) if self._step == "writing" else self._pass_gap()):
                break
        return out

    def give_up(self) -> str:
        """What looked like a call is none: its text, and no more looking."""
        text, self._text, self._step = self._finder.held or self._text, "", "plain"
        return text

    def end(self) -> str:
        """The answer ended: words that might have become a call; half a call is dropped."""
        return self._finder.held if self._step == "looking" else ""

    def _look(self, text: str, out: list[str | Call]) -> None:
        shown = self._finder.feed(text)
        if shown:
            out.append(shown)
        found, held = self._finder.found, self._finder.held
        if found:
            self._text = held[held.index("{") :] if found == "{" else held[len(found) :]
            self._step = "writing"

    def _finish_call(self, out: list[str | Call]) -> bool:
        """Hand out the call once it is whole."""
        if "}" not in self._text:
            return False
        call, rest = self._read()
        if call is None:
            return False
        if call in self._calls:
            self.over = True
            return False
        self._calls.append(call)
        out.append(call)
        self._finder.held = ""
        self._text, self._step = rest, "between"
        self.over = not self._parallel or len(self._calls) >= MOST_CALLS
        return True

    def _read(self) -> tuple[Call | None, str]:
        text = self._text
        named = _NAME.match(text) if self._form.named else None
        start = named.end() if named else len(text) - len(text.lstrip(_GAP + "[,;"))
        try:
            value, end = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            return None, ""
        if named:
            return Call(named[1], _as_json(value)), text[end:]
        if not isinstance(value, dict) or value.get("name") not in self._names:
            return None, ""
        arguments: Any = value.get(self._form.arguments, value.get("arguments", {}))
        return Call(value["name"], _as_json(arguments)), text[end:]

    def _pass_gap(self) -> bool:
        """After a call: its closing, and then another call or the end."""
        rest = self._text.lstrip(_GAP + ("[],;" if self._form.listed else ";"))
        closing = self._form.closing
        if closing and rest.startswith(closing):
            self._text = rest[len(closing) :]
            return True
        for mark in self._form.marks:
            if rest.startswith(mark):
                self._text, self._step = rest[len(mark) :], "writing"
                return True
        if rest.startswith("{") and (self._form.listed or not self._form.opening):
            self._text, self._step = rest, "writing"
            return True
        self._text = rest
        marks = (*self._form.marks, closing)
        self.over = bool(rest) and not any(mark.startswith(rest) for mark in marks if mark)
        return False


def _as_json(value: Any) -> str:
    """JSON text without halves of surrogate pairs, which have no bytes."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


def _never(_: str) -> Literal["no"]:
    return "no"
