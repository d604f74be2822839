"""What is given of tool calls that go on, so that the caller sees one answer.

A call that was sent stands as it is; one of which a part was sent becomes whole or the attempt
fails. That there are whole calls ends the answer with `tool_calls`, however its model ended.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec

from homeport.adapters.base import (
    Delta,
    Finish,
    StatusDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
    UsageDelta,
)
from homeport.daemon.handover.further_calls import FIELD, FurtherCalls, alike
from homeport.daemon.handover.json_so_far import JsonSoFar, completion
from homeport.daemon.handover.seams import Seam
from homeport.daemon.handover.sent import BegunCall
from homeport.daemon.handover.splice import Splice

STAND = "The tool calls that were sent are whole"
NOT_ASKED = "no further ones were asked for: they can be made in the next turn."


MOST_BEHIND = 1_000
"""Tokens that are waited for behind whole calls; what stands there by then is taken."""
LONGEST_S = 15.0
"""The same in time, from the first of them."""


class CallSeam(Seam):
    """Knows what it made of the calls."""

    def __init__(
        self, deltas: AsyncIterator[Delta], model: str, further: FurtherCalls | None
    ) -> None:
        """`further` makes more calls than those that were sent; None where none may follow."""
        super().__init__(deltas, model)
        self._further = further
        self._closed = False
        self._left = MOST_BEHIND
        self._ends = 0.0
        """When no more is waited for; 0 before anything came behind whole calls."""
        self._usage = Usage()
        """As far as its server told."""

    def _take(self, delta: Delta) -> None:
        if self._closed:
            return
        if isinstance(delta, UsageDelta):
            self._usage = delta.usage
        if isinstance(delta, StatusDelta | UsageDelta):
            self._ready.append(delta)
        elif isinstance(delta, Finish):
            self._end(delta)
        else:
            self._hear(delta)
            if self._are_whole and self._is_enough(delta):
                usage = msgspec.structs.replace(self._usage, output=None, certain=False)
                self._end(Finish("tool_calls", usage))

    def _hear(self, delta: Delta) -> None:
        self.unsaid_tokens += getattr(delta, "tokens", 1)

    def _end(self, finish: Finish) -> None:
        """The model has ended."""
        self._close(finish, [])

    @property
    def _are_whole(self) -> bool:
        """All calls that were sent are, by now."""
        return False

    def _is_enough(self, delta: Delta) -> bool:
        """Nothing that comes behind whole calls is waited for any longer."""
        now = time.monotonic()
        self._ends = self._ends or now + LONGEST_S
        self._left -= getattr(delta, "tokens", 1)
        return self._left < 0 or now > self._ends

    def _close(self, finish: Finish, more: list[ToolCallDelta]) -> None:
        """All calls are whole: the answer ends, after those that follow."""
        self._closed = True
        self._ready.extend(more)
        self.unsaid_tokens = max(0, self.unsaid_tokens - len(more))
        count = {0: "no further one was made.", 1: "1 further one was made."}
        said = count.get(len(more), f"{len(more)} further ones were made.")
        self.told = f"{STAND}; {NOT_ASKED if self._further is None else said}"
        self._ready.append(msgspec.structs.replace(finish, reason="tool_calls", raw=b""))


class AfterCalls(CallSeam):
    """Tool calls are made again, whole, or further ones are made.

    What was begun of one is completed by the first that says the same as far as that went; one
    that was sent whole is not sent again. Text and reasoning of the model are not given: the
    caller had them.
    """

    def __init__(
        self,
        deltas: AsyncIterator[Delta],
        model: str,
        begun: tuple[BegunCall, ...],
        further: FurtherCalls | None = None,
    ) -> None:
        super().__init__(deltas, model, further)
        self._begun = begun
        self._made: dict[int, BegunCall] = {}
        """By their own index."""
        self._were_whole = all(map(is_whole, begun))

    @property
    def _are_whole(self) -> bool:
        return self._were_whole

    def _hear(self, delta: Delta) -> None:
        if isinstance(delta, ToolCallDelta):
            self._made.setdefault(delta.index, BegunCall(delta.index)).add(delta)
        super()._hear(delta)

    def _end(self, finish: Finish) -> None:
        made = list(self._made.values())
        completed = None
        for begun in self._begun:
            if not is_whole(begun):
                completed = begun.arguments + self._fit(begun, made)
        more = self._further.of(made, completed) if self._further else []
        self._close(finish, more)

    def _fit(self, begun: BegunCall, made: list[BegunCall]) -> str:
        """The rest of a begun call, of the first that fits, which is taken out; one that says what
        was said before it comes last."""
        known = [(call.name, alike(call.arguments)) for call in self._begun if call is not begun]
        for call in sorted(made, key=lambda one: (one.name, alike(one.arguments)) in known):
            rest = rest_of(begun, call)
            if rest is None or (rest.strip() and begun is not self._begun[-1]):
                continue
            made.remove(call)
            if rest.strip():
                self._ready.append(ToolCallDelta(begun.index, arguments=rest))
            return rest
        what = "another tool call than the one of which a part had been sent"
        raise self._broken("bad_call", f"made {what if made else 'no tool call again'}")


class AfterArguments(CallSeam):
    """The arguments of a tool call that was cut off go on as they come.

    Where the model begins them anew, what it says is compared as a call that was made again.
    """

    def __init__(
        self,
        deltas: AsyncIterator[Delta],
        model: str,
        begun: BegunCall,
        prefix: str,
        further: FurtherCalls | None = None,
    ) -> None:
        """`prefix` is what the model was handed of the arguments themselves."""
        super().__init__(deltas, model, further)
        self._begun = replace(begun, arguments=prefix)
        self._shape = JsonSoFar()
        self._shape.feed(prefix)
        self._said = prefix
        """The arguments, and what the model said behind them."""
        self._anew: str | None = None
        """All that came of a model that begins anew."""
        if not begun.arguments.strip():
            self._ready.append(ToolCallDelta(begun.index, arguments=prefix))

    @property
    def _are_whole(self) -> bool:
        return self._anew is None and self._shape.is_whole

    def _hear(self, delta: Delta) -> None:
        if isinstance(delta, TextDelta):
            self._text(delta)
        else:
            super()._hear(delta)

    def _text(self, delta: TextDelta) -> None:
        text = delta.text
        if self._anew is not None:
            self._anew += text
            self.unsaid_tokens += delta.tokens
            return
        fits = 0 if self._shape.is_whole else self._shape.feed(text)
        if fits < len(text) and not self._shape.is_whole:
            self._anew = text
            self.unsaid_tokens += delta.tokens
            return
        self._said += text
        given = text if fits == len(text) else text[:fits].rstrip()
        if given:
            self._ready.append(ToolCallDelta(self._begun.index, arguments=given))
        else:
            self.unsaid_tokens += delta.tokens

    def _end(self, finish: Finish) -> None:
        if self._anew is not None:
            self._close(finish, self._compared(self._anew))
        elif self._shape.is_whole:
            self._close(finish, self._followed(self._said))
        elif finish.reason == "length":
            self._ready.append(msgspec.structs.replace(finish, raw=b""))
        else:
            raise self._broken("truncated", "ended before the arguments of the call were whole")

    def _compared(self, said: str) -> list[ToolCallDelta]:
        """Gives the rest of the begun arguments; then what follows on them."""
        rest = rest_of_words(self._begun, said)
        if not rest:
            raise self._broken("bad_call", "went on with the tool call in what is no JSON")
        self._ready.append(ToolCallDelta(self._begun.index, arguments=rest))
        return self._followed(said, self._begun.arguments + rest)

    def _followed(self, said: str, completed: str | None = None) -> list[ToolCallDelta]:
        if self._further is None:
            return []
        return self._further.of_text(said, completed or _first_value(said))


class AfterToldArguments(AfterArguments):
    """The arguments are gone on with by a model that was told them: it says them all again, or
    its last words and the rest."""

    def __init__(self, deltas: AsyncIterator[Delta], model: str, begun: BegunCall) -> None:
        super().__init__(deltas, model, begun, begun.arguments.lstrip() or "{")
        self._anew = ""

    def _compared(self, said: str) -> list[ToolCallDelta]:
        rest = rest_of_words(self._begun, said) or spliced(self._begun.arguments, said)
        if not rest:
            raise self._broken("bad_call", "went on with other arguments than those that were sent")
        self._ready.append(ToolCallDelta(self._begun.index, arguments=rest))
        return []


class AfterFreeText(CallSeam):
    """The free text that a tool takes goes on as text does."""

    def __init__(
        self,
        deltas: AsyncIterator[Delta],
        model: str,
        begun: BegunCall,
        *,
        spliced: bool = False,
    ) -> None:
        """`spliced` where the model repeats the last words."""
        super().__init__(deltas, model, None)
        self._begun = begun
        self._splice = Splice(begun.arguments) if spliced else None

    def _hear(self, delta: Delta) -> None:
        if isinstance(delta, TextDelta):
            self._give(self._splice.feed(delta.text) if self._splice else delta.text, delta.tokens)
        else:
            super()._hear(delta)

    def _end(self, finish: Finish) -> None:
        self._give(self._splice.end() if self._splice else "", 0)
        if finish.reason in ("stop", "tool_calls"):
            self._close(finish, [])
        else:
            self._ready.append(msgspec.structs.replace(finish, raw=b""))

    def _give(self, text: str, tokens: int) -> None:
        if text:
            self._ready.append(ToolCallDelta(self._begun.index, arguments=text))
        self.unsaid_tokens += max(0, tokens - bool(text))


def is_whole(begun: BegunCall) -> bool:
    """Nothing can follow in its arguments."""
    shape = JsonSoFar()
    arguments = begun.arguments
    return not begun.custom and shape.feed(arguments) == len(arguments) and shape.is_whole


def rest_of(begun: BegunCall, made: BegunCall) -> str | None:
    """What completes a begun call; None where the one that was made says something else."""
    if begun.name != made.name:
        return None
    if begun.custom or made.custom:
        fits = made.arguments.startswith(begun.arguments)
        return made.arguments[len(begun.arguments) :] if fits else None
    return completion(begun.arguments, made.arguments or "{}")


def rest_of_words(begun: BegunCall, said: str) -> str | None:
    """What completes a begun call, of words in which its arguments stand as JSON: by themselves,
    or as a member of that name."""
    whole = _first_value(said)
    try:
        value = json.loads(whole)
    except ValueError:
        return None
    inner = value.get("arguments") if isinstance(value, dict) else None
    is_wrapped = isinstance(inner, dict) and set(value) <= {"arguments", FIELD}
    options = [json.dumps(inner, ensure_ascii=False)] if is_wrapped else []
    for option in (*options, whole):
        rest = rest_of(begun, BegunCall(0, name=begun.name, arguments=option))
        if rest:
            return rest
    return None


def spliced(begun: str, said: str) -> str | None:
    """The rest of begun arguments, of words that go on where these stop, or a little before."""
    splice = Splice(begun)
    for rest in (splice.feed(said) + splice.end(), said):
        shape = JsonSoFar()
        shape.feed(begun)
        fits = shape.feed(rest)
        if shape.is_whole:
            return rest[:fits].rstrip()
    return None


def _first_value(said: str) -> str:
    """The first JSON object of a text."""
    start = said.find("{")
    if start < 0:
        return ""
    try:
        _, end = json.JSONDecoder().raw_decode(said, start)
    except (ValueError, RecursionError):
        return ""
    return said[start:end]
