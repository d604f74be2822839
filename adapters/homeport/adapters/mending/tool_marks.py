"""Finds where a tool call begins in an answer that is text, as it comes.

Marks in code or between backticks are talk about marks. JSON without a mark counts at
the start of an answer, or alone in a fence, and only with the keys of a call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, Literal

from homeport.adapters.mending.thinking_tags import possible_start

State = Literal["yes", "no", "unknown"]

MARKS: Final = (
    "<tool_call>",
    "<function_call>",
    "<function=",
    "[TOOL_CALLS]",
    "<|python_tag|>",
    "<|tool_call|>",
    "<|tool_call_begin|>",
    "<|tool_calls_section_begin|>",
    "<\uff5ctool\u2581calls\u2581begin\uff5c>",
    "<\uff5ctool\u2581call\u2581begin\uff5c>",
    "<|channel|>",
    "functools[",
)
"""What the usual formats put before a call."""

CALL_KEYS: Final = ("name", "function", "tool", "tool_name", "type", "tool_calls")
"""One of them comes first in the JSON of a call."""

LONGEST_DOUBT: Final = 4096
"""Characters after which what may still become JSON of a call is none."""

FENCE: Final = "```"
_TELLING: Final = re.compile(r"[<\[`]|f\w{0,9}(?:\[|$)")
"""Where a mark may begin."""
_LANGUAGE: Final = re.compile(r"```[a-z_]*\s*", re.I)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


class MarkFinder:
    """Looks for the first call. What it gives may be shown; what it holds then is the call."""

    def __init__(
        self, marks: Sequence[str] = MARKS, bare: Callable[[str], State] | None = None
    ) -> None:
        """Marks begin with `<` or `[`, or are among `MARKS`."""
        self._marks = tuple(marks)
        self._bare = bare or begins_call
        self.held = ""
        """The text from the mark on, once it is found; before that, what may become one."""
        self.found = ""
        """The mark; `{` for JSON without one."""
        self._at_start = True
        self._ticks = 0
        """Backticks in a row at the end of what was shown."""
        self._in_fence = False

    def feed(self, text: str) -> str:
        """The text that is no part of a call."""
        if self._is_plain(text):
            self._ticks = 0
            return text
        self.held += text
        shown = ""
        while self.held and not self.found:
            step = self._next()
            if not step:
                break
            shown += step
        return shown

    def _is_plain(self, text: str) -> bool:
        """Nothing in it can be part of a mark: most of every answer."""
        if self.held or self._at_start:
            return False
        return "`" not in text if self._in_fence else _TELLING.search(text) is None

    def _next(self) -> str:
        """The next stretch of text without a call in it; empty where one waits or is found."""
        if self._at_start and (stripped := self.held.lstrip()):
            state = self._doubted(self._bare(stripped)) if stripped[0] in "{[" else "no"
            if state == "yes":
                self.found = "{"
            if state != "no":
                return ""
        elif self._at_start and len(self.held) <= LONGEST_DOUBT:
            return ""
        at, mark = min(
            ((at, m) for m in (*self._marks, FENCE) if (at := self.held.find(m)) >= 0),
            default=(-1, ""),
        )
        if at > 0 or at < 0:
            upto = at if at > 0 else len(self.held) - possible_start(self.held, self._all())
            return self._show(upto)
        return self._fence() if mark == FENCE else self._mark(mark)

    def _all(self) -> tuple[str, ...]:
        return (*self._marks, FENCE)

    def _mark(self, mark: str) -> str:
        if self._in_fence or self._ticks:
            return self._show(len(mark))
        self.found = mark
        return ""

    def _fence(self) -> str:
        if self._in_fence:
            return self._show(len(FENCE))
        opening = _LANGUAGE.match(self.held)
        rest = self.held[opening.end() :] if opening else ""
        mark = next((m for m in self._marks if rest.startswith(m)), "")
        state = self._state_in_fence(rest, mark)
        if state == "yes":
            self.found = "{"
        return self._show(len(FENCE)) if state == "no" else ""

    def _state_in_fence(self, rest: str, mark: str) -> State:
        if not rest:
            return self._doubted("unknown")
        return self._doubted(self._bare(rest)) if rest[0] in "{[" and not mark else "no"

    def _doubted(self, state: State) -> State:
        return "no" if state == "unknown" and len(self.held) > LONGEST_DOUBT else state

    def _show(self, length: int) -> str:
        shown, self.held = self.held[:length], self.held[length:]
        for character in shown:
            self._ticks = self._ticks + 1 if character == "`" else 0
            if self._ticks == len(FENCE):
                self._in_fence, self._ticks = not self._in_fence, 0
        if shown.strip():
            self._at_start = False
        return shown


def begins_call(text: str) -> State:
    """Whether JSON begins as a call does: by its first key."""
    inner = text.lstrip("[ \n\t\r")
    if not inner:
        return "unknown"
    key = first_key(inner) if inner[0] == "{" else None
    if key is None:
        return "no"
    if key.endswith('"'):
        return "yes" if key[:-1] in CALL_KEYS else "no"
    return "unknown" if any(known.startswith(key) for known in CALL_KEYS) else "no"


def first_key(text: str) -> str | None:
    """The first key of an object, with a quote at its end once it is whole; None for no key."""
    inner = text[1:].lstrip()
    if not inner:
        return ""
    if inner[0] not in "\"'":
        return None
    return inner[1:].replace("'", '"').partition('"')[0] + ('"' if inner[0] in inner[1:] else "")


def names_known(text: str, names: Sequence[str]) -> State:
    """Whether JSON begins with the whole name of a tool that is offered."""
    begun = begins_call(text)
    if begun != "yes":
        return begun
    after = re.match(r'\s*\{\s*"name"\s*(:?)\s*', text)
    if after is None:
        return "no"
    rest = text[after.end() :]
    if not rest:
        return "unknown"
    whole = _STRING.match(rest) if after[1] else None
    if whole:
        return "yes" if whole[1] in names else "no"
    return "unknown" if any(n.startswith(rest[1:]) for n in names) and rest[0] == '"' else "no"
