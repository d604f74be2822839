"""What is given of tool calls that go on, so that the caller sees one answer.

A call that was sent stands as it is; one of which a part was sent becomes whole or the attempt
fails. That there are whole calls ends the answer with `tool_calls`, however its model ended.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

import msgspec

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    StatusDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
    UsageDelta,
)
from homeport.daemon.handover.completing import (
    are_whole,
    is_whole,
    may_be_more,
    openings_of,
    rest_of,
    rest_of_words,
    rest_on_or_anew,
    spliced,
    squeezed,
    stands,
)
from homeport.daemon.handover.further_calls import FurtherCalls, alike
from homeport.daemon.handover.json_so_far import JsonSoFar
from homeport.daemon.handover.seams import Seam
from homeport.daemon.handover.sent import BegunCall
from homeport.daemon.handover.splice import Splice

STAND = "The tool calls that were sent are whole"
NOT_ASKED = "no further ones were asked for: they can be made in the next turn."
LEFT_OUT = " One that was cut off is left out: it can be made in the next turn."
OWN_ENDS = frozenset({"stop", "tool_calls"})
"""What a model ended with that had no more to say."""
MOST_BEHIND = 1_000
"""Tokens that are waited for behind whole calls; what is whole by then is taken."""
LONGEST_S = 15.0
"""The same in time, from the first of them. While a call is written, both begin anew."""


class CallSeam(Seam):
    """Knows what it made of the calls."""

    def __init__(
        self, deltas: AsyncIterator[Delta], model: str, further: FurtherCalls | None
    ) -> None:
        """`further` makes more calls than those that were sent; None where none may follow."""
        super().__init__(deltas, model)
        self._further = further
        self._over = False
        """Nothing of the model is heard any more."""
        self._has_ended = False
        """The model had no more to say."""
        self._failure: AttemptFailed | None = None
        self._left = MOST_BEHIND
        self._ends = 0.0
        """When no more is waited for; 0 before anything came behind whole calls."""
        self._usage = Usage()
        """As far as its server told."""
        self._leaves_out = False
        """A further call had begun, and was cut off."""

    async def __anext__(self) -> Delta:
        if self._failure is not None and not self._ready:
            raise self._failure
        try:
            return await super().__anext__()
        except AttemptFailed as failure:
            if self._over:
                raise
            self._over, self._failure = True, failure
            with suppress(AttemptFailed):
                self._ready.extend(self._rest())
            return await self.__anext__()

    def _take(self, delta: Delta) -> None:
        if self._over:
            return
        if isinstance(delta, UsageDelta):
            self._usage = delta.usage
        if isinstance(delta, StatusDelta | UsageDelta):
            self._ready.append(delta)
        elif isinstance(delta, Finish):
            self._over, self._has_ended = True, delta.reason in OWN_ENDS
            self._end(delta)
        else:
            self._hear(delta)
            if self._are_whole and self._is_enough(delta):
                usage = msgspec.structs.replace(self._usage, output=None, certain=False)
                self._over = True
                self._end(Finish("tool_calls", usage))

    def _hear(self, delta: Delta) -> None:
        self.unsaid_tokens += getattr(delta, "tokens", 1)

    def _end(self, finish: Finish) -> None:
        """The model has ended."""
        self._close(finish, self._rest())

    def _rest(self) -> list[ToolCallDelta]:
        """Completes the call that was begun, as far as that is to be told of all that came; gives
        the whole ones that follow. Raises `AttemptFailed` where something else was said."""
        return []

    @property
    def _are_whole(self) -> bool:
        """All calls that were sent are, by now."""
        return False

    @property
    def _is_writing(self) -> bool:
        """A further call has begun, and more of it may come."""
        return False

    def _is_enough(self, delta: Delta) -> bool:
        """Nothing that comes behind whole calls is waited for any longer."""
        now = time.monotonic()
        self._ends = self._ends or now + LONGEST_S
        self._left -= getattr(delta, "tokens", 1)
        if self._left >= 0 and now <= self._ends:
            return False
        self._left, self._ends = MOST_BEHIND, now + LONGEST_S
        return not self._is_writing

    def _close(self, finish: Finish, more: list[ToolCallDelta]) -> None:
        """All calls are whole: the answer ends, after those that follow."""
        self._ready.extend(more)
        self.unsaid_tokens = max(0, self.unsaid_tokens - len(more))
        count = {0: "no further one was made.", 1: "1 further one was made."}
        said = count.get(len(more), f"{len(more)} further ones were made.")
        self.told = f"{STAND}; {NOT_ASKED if self._further is None else said}"
        self.told += LEFT_OUT if self._leaves_out else ""
        self._ready.append(msgspec.structs.replace(finish, reason="tool_calls", raw=b""))


class AfterCalls(CallSeam):
    """Tool calls are made again, whole, or further ones are made.

    What was begun of one is completed by the first that says the same as far as that went; one
    that was sent whole is not sent again, and one that was not made whole is not sent at all. Text
    and reasoning of the model are not given: the caller had them.
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
        self._written: int | None = None
        """The one of which more may come."""
        self._were_whole = are_whole(begun)

    @property
    def _are_whole(self) -> bool:
        return self._were_whole

    @property
    def _is_writing(self) -> bool:
        if self._written is None or self._further is None:
            return False
        return self._further.is_part(self._made[self._written])

    def _hear(self, delta: Delta) -> None:
        self._written = None
        if isinstance(delta, ToolCallDelta):
            self._made.setdefault(delta.index, BegunCall(delta.index)).add(delta)
            self._written = delta.index
        super()._hear(delta)

    def _rest(self) -> list[ToolCallDelta]:
        if self._has_ended:
            self._written = None
        made, completed = [call for call in map(self._ended, self._made.values()) if call], None
        whole = {call.index for call in made}
        if not self._were_whole:
            begun = self._begun[-1]
            completed = begun.arguments + self._fit(begun, made)
        if self._further is None:
            return []
        cut_off = [call for index, call in self._made.items() if index not in whole]
        self._leaves_out = any(self._further.offers(call) for call in cut_off)
        return self._further.of(made, completed)

    def _ended(self, call: BegunCall) -> BegunCall | None:
        """The call with all its arguments; None where more of these had to come."""
        if call.custom:
            return call if call.index != self._written else None
        if not call.arguments.strip():
            return replace(call, arguments="{}") if call.index != self._written else None
        return call if is_whole(call) else None

    def _fit(self, begun: BegunCall, made: list[BegunCall]) -> str:
        """The rest of a begun call, of the first that fits, which is taken out; one that says what
        was said before it comes last."""
        *before, _ = self._begun
        known = [(call.name, alike(call.arguments)) for call in before]
        fitting = made if all(map(stands, before)) else []
        for call in sorted(fitting, key=lambda one: (one.name, alike(one.arguments)) in known):
            rest = rest_of(begun, call)
            if rest is None:
                continue
            made.remove(call)
            if rest.strip():
                self._ready.append(ToolCallDelta(begun.index, arguments=rest))
            return rest
        what = "another tool call than the one of which a part had been sent"
        raise self._broken("bad_call", f"made {what if self._made else 'no tool call again'}")


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
        """With all that was given since."""
        self._opening = "" if begun.arguments.strip() else prefix
        """What is given before the first that the model says."""
        self._again = openings_of(prefix)
        """How they begin where they are said again."""
        self._held: str | None = ""
        """What came first, while it may be that; None behind it."""
        self._behind = ""
        """What the model said behind whole arguments."""
        self._shape = JsonSoFar()
        is_json = self._shape.feed(prefix) == len(prefix)
        self._anew: str | None = None if is_json else ""
        """All that came of a model that begins anew."""

    @property
    def _are_whole(self) -> bool:
        return self._anew is None and self._shape.is_whole

    @property
    def _is_writing(self) -> bool:
        return self._further is not None and self._further.begins_in(self._behind)

    def _hear(self, delta: Delta) -> None:
        given = self._goes_on(delta.text) if isinstance(delta, TextDelta) else ""
        if given:
            self._give(given)
        else:
            super()._hear(delta)

    def _goes_on(self, text: str) -> str:
        """What may be given of all that came."""
        if self._anew is not None:
            self._anew += text
        elif self._shape.is_whole:
            self._behind += text
        elif self._held is not None:
            return self._begins(self._held + text)
        else:
            return self._fitting(text)
        return ""

    def _begins(self, text: str) -> str:
        heard = squeezed(text)
        if any(heard.startswith(again) for again in self._again):
            self._anew = text
        elif any(again.startswith(heard) for again in self._again):
            self._held = text
        else:
            self._held = None
            return self._fitting(text)
        return ""

    def _fitting(self, text: str) -> str:
        fits = self._shape.feed(text)
        if fits == len(text):
            return text
        if not self._shape.is_whole:
            self._anew = text
            return ""
        self._behind = text[fits:]
        return text[:fits].rstrip()

    def _give(self, arguments: str) -> None:
        self._begun.arguments += arguments
        told = self._opening + arguments
        self._ready.append(ToolCallDelta(self._begun.index, arguments=told))
        self._opening = ""

    def _end(self, finish: Finish) -> None:
        if self._held and self._held.strip():
            self._anew = self._anew or self._held
        if self._anew is not None or self._shape.is_whole:
            super()._end(finish)
        elif finish.reason == "length":
            self._ready.append(msgspec.structs.replace(finish, raw=b""))
        else:
            raise self._broken("truncated", "ended before the arguments of the call were whole")

    def _rest(self) -> list[ToolCallDelta]:
        if self._anew is not None:
            self._complete(self._anew)
        elif not self._shape.is_whole:
            return []
        if self._further is None:
            return []
        said = self._behind if self._anew is None else self._anew
        self._leaves_out = self._further.begins_in(said)
        return self._further.of_text(said, self._begun.arguments)

    def _complete(self, said: str) -> None:
        """Gives the rest of the begun arguments, of a model that begins them anew."""
        rest = self._compared(said)
        whole = replace(self._begun, arguments=self._begun.arguments + (rest or ""))
        if not rest or not is_whole(whole):
            what = "went on with the tool call in other arguments, or in what is no JSON"
            raise self._broken("bad_call", what)
        self._give(rest)

    def _compared(self, said: str) -> str | None:
        # What begins as all of them did may be a part of them, too.
        if not self._has_ended and may_be_more(self._begun.arguments, said):
            return None
        return rest_on_or_anew(self._begun, said)


class AfterToldArguments(AfterArguments):
    """The arguments are gone on with by a model that was told them: it says them all again, or
    its last words and the rest."""

    def __init__(self, deltas: AsyncIterator[Delta], model: str, begun: BegunCall) -> None:
        super().__init__(deltas, model, begun, begun.arguments.lstrip() or "{")
        self._anew = ""

    def _compared(self, said: str) -> str | None:
        on, anew = partial(spliced, self._begun.arguments), partial(rest_of_words, self._begun)
        says_all = said.lstrip().startswith(("{", "```"))
        return anew(said) or on(said) if says_all else on(said) or anew(said)


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
        if self._has_ended:
            self._close(finish, [])
        else:
            self._ready.append(msgspec.structs.replace(finish, raw=b""))

    def _give(self, text: str, tokens: int) -> None:
        if text:
            self._ready.append(ToolCallDelta(self._begun.index, arguments=text))
        self.unsaid_tokens += max(0, tokens - bool(text))
