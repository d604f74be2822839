"""Reasoning that a model writes between tags in its answer, told apart from the answer.

Tags count at the start of an answer alone, or where the prompt has opened one: an
answer that talks about tags, in code or in prose, stays what it is. Answers in
channels (`<|channel|>analysis<|message|>…`) are told apart message by message; a
call in such a channel is handed on as it was written, for who reads calls.

Works on pieces of any size: what may turn out to be a tag waits until that is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

Kind = Literal["text", "thinking"]
Piece = tuple[Kind, str]

TAGS: Final[dict[str, str]] = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<seed:think>": "</seed:think>",
    "<|START_THINKING|>": "<|END_THINKING|>",
}
"""What opens reasoning, and what closes it."""

CHANNEL, START, MESSAGE = "<|channel|>", "<|start|>", "<|message|>"
MESSAGE_ENDS: Final = ("<|end|>", "<|return|>", "<|call|>", START, CHANNEL)
LONGEST_HEADER: Final = 200
_OPENINGS: Final = (*TAGS, CHANNEL, START)
_SIGNS: Final = frozenset(tag[0] for tag in _OPENINGS)
_OFTEN_OPENED: Final = re.compile(r"deepseek-r1|r1-distill|qwq|-thinking\b|reasoning", re.I)


@lru_cache(maxsize=1024)
def often_opened(model: str) -> bool:
    """Whether a model of this name is known to have its first tag in the prompt."""
    return bool(_OFTEN_OPENED.search(model))


def tag_left_open(prompt: str) -> str:
    """The tag that the end of a rendered prompt leaves open; empty where there is none."""
    tail = prompt.rstrip()
    return next((tag for tag in TAGS if tail.endswith(tag)), "")


class ThinkingSplitter:
    """Splits one answer as it comes.

    `opened` is the tag that stands at the end of the prompt; `guessed` that this is only
    supposed: nothing is told then before the answer closes it, or begins with one of its
    own. An answer that does neither was text.
    """

    def __init__(self, opened: str = "", *, guessed: bool = False) -> None:
        self._held = ""
        self._closing = TAGS.get(opened, "")
        self._opened_by_prompt = bool(self._closing)
        self._step = self._thinking if self._closing else self._opening
        self._guessed = guessed and bool(self._closing)
        self._searched = 0
        """Characters of what is held that were looked through for the closing tag."""
        self.closed = False
        """Reasoning that the prompt opened was closed."""
        self._body: Kind = "text"
        self._calls = False
        """The message is a call."""
        self._pieces: list[Piece] = []

    def __repr__(self) -> str:
        return f"ThinkingSplitter({self._step.__name__.strip('_')}, {len(self._held)} held)"

    @property
    def settled(self) -> bool:
        """Nothing but text follows: pieces need not be put in any more."""
        return self._step == self._text and not self._held

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are known with this text."""
        self._held += text
        while self._held and self._step():
            pass
        pieces, self._pieces = self._pieces, []
        return _joined(pieces)

    def end(self, *, cut: bool = False) -> list[Piece]:
        """The answer ended, cut off or by itself: what waits is what it looked like."""
        held, self._held = self._held, ""
        if self._step == self._thinking:
            kind: Kind = "text" if self._guessed and not cut else "thinking"
            pieces: list[Piece] = [(kind, held)] if held else []
        else:
            kind = self._body if self._step == self._in_message else "text"
            pieces = [(kind, held)] if held and self._step != self._between else []
        self._guessed, self._step = False, self._text
        return pieces

    # Each step takes from what is held, and says whether there is more for another.

    def _opening(self) -> bool:
        """At the start, or after reasoning: another tag, or the answer."""
        stripped = self._held.lstrip()
        if not stripped:
            return False
        if stripped[0] not in _SIGNS:
            self._step = self._text
            return True
        tag = next((tag for tag in _OPENINGS if stripped.startswith(tag)), "")
        if tag in (CHANNEL, START) and tag:
            self._held, self._step = stripped, self._header
        elif tag:
            self._held, self._closing = stripped[len(tag) :], TAGS[tag]
            self._step = self._first_line
        elif any(tag.startswith(stripped) for tag in _OPENINGS):
            return False
        else:
            self._step = self._text
        return True

    def _first_line(self) -> bool:
        """Empty lines before the first words are nobody's."""
        self._held = self._held.lstrip("\n")
        if self._held:
            self._step = self._thinking
        return bool(self._held)

    def _thinking(self) -> bool:
        if self._guessed and not self._searched and self._skipped_own_opening():
            return False
        at = self._held.find(self._closing, max(0, self._searched - len(self._closing)))
        if at < 0 and self._guessed:
            self._searched = len(self._held)
            return False
        if at < 0:
            return self._show("thinking", possible_start(self._held, (self._closing,)))
        if self._held[:at]:
            self._pieces.append(("thinking", self._held[:at]))
        self._held = self._held[at + len(self._closing) :]
        self.closed = self.closed or self._opened_by_prompt
        self._guessed, self._opened_by_prompt, self._searched = False, False, 0
        self._step = self._after
        return True

    def _skipped_own_opening(self) -> bool:
        """A guess was wrong where the model opens the tag itself; whether that is not known yet."""
        opening = next(tag for tag, closing in TAGS.items() if closing == self._closing)
        stripped = self._held.lstrip()
        if stripped.startswith(opening):
            self._held = stripped[len(opening) :]
            self._guessed = self._opened_by_prompt = False
            return not self._held
        return opening.startswith(stripped)

    def _after(self) -> bool:
        """Spaces between reasoning and answer belong to neither."""
        self._held = self._held.lstrip()
        return bool(self._held) and self._opening()

    def _text(self) -> bool:
        self._pieces.append(("text", self._held))
        self._held = ""
        return False

    def _header(self) -> bool:
        """The words before a message: who says it, in which channel."""
        at = self._held.find(MESSAGE)
        if at < 0:
            if len(self._held) > LONGEST_HEADER:
                self._step = self._text
                return True
            return False
        header = self._held[:at].rpartition(CHANNEL)[2].strip()
        calls = " to=" in self._held[:at]
        self._body = "thinking" if header.startswith("analysis") and not calls else "text"
        if calls:
            self._pieces.append(("text", CHANNEL + header + MESSAGE))
        self._calls = calls
        self._held, self._step = self._held[at + len(MESSAGE) :], self._in_message
        return True

    def _in_message(self) -> bool:
        found = [(at, end) for end in MESSAGE_ENDS if (at := self._held.find(end)) >= 0]
        if not found:
            return self._show(self._body, possible_start(self._held, MESSAGE_ENDS))
        at, end = min(found)
        body = self._held[:at] + ("<|call|>" if self._calls else "")
        if body:
            self._pieces.append((self._body, body))
        opens = end in (START, CHANNEL)
        self._held = self._held[at if opens else at + len(end) :]
        self._step = self._header if opens else self._between
        return True

    def _between(self) -> bool:
        """After a message: another one, or words outside any channel."""
        stripped = self._held.lstrip()
        if any(stripped.startswith(mark) for mark in (START, CHANNEL)):
            self._held, self._step = stripped, self._header
            return True
        if any(mark.startswith(stripped) for mark in (START, CHANNEL)):
            return False
        self._step = self._text
        return True

    def _show(self, kind: Kind, keep: int) -> bool:
        """Give all but the end that has to wait."""
        shown = self._held[: len(self._held) - keep]
        if shown:
            self._pieces.append((kind, shown))
        self._held = self._held[len(shown) :]
        return False


def possible_start(text: str, marks: Sequence[str]) -> int:
    """Length of the longest end of a text that one of the marks starts with."""
    longest = max(map(len, marks)) - 1
    firsts = {mark[0] for mark in marks}
    for at in range(max(0, len(text) - longest), len(text)):
        if text[at] in firsts and any(mark.startswith(text[at:]) for mark in marks):
            return len(text) - at
    return 0


def _joined(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for kind, text in pieces:
        if joined and joined[-1][0] == kind:
            joined[-1] = (kind, joined[-1][1] + text)
        else:
            joined.append((kind, text))
    return joined
