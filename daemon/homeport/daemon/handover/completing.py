"""What completes arguments of a tool call that were begun, of that which the next model says."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from homeport.daemon.handover.further_calls import FIELD
from homeport.daemon.handover.json_so_far import JsonSoFar, completion
from homeport.daemon.handover.sent import BegunCall
from homeport.daemon.handover.splice import Splice

FENCES: Final = ("", "```json", "```")
LEADS: Final = tuple([fence + member for fence in FENCES for member in ("", '{"arguments":')])
"""What may stand before arguments that are said again."""
_IN_A_VALUE: Final = re.compile(r'"\s*:\s*\[?\s*$')
"""What stands before an object that is a member of another one."""


def is_whole(begun: BegunCall) -> bool:
    """Nothing can follow in its arguments."""
    shape = JsonSoFar()
    arguments = begun.arguments
    return not begun.custom and shape.feed(arguments) == len(arguments) and shape.is_whole


def stands(call: BegunCall) -> bool:
    """Nothing is to follow in a call behind which another one began."""
    return call.custom or not call.arguments.strip() or is_whole(call)


def are_whole(calls: Sequence[BegunCall]) -> bool:
    """Nothing is to follow in any of them."""
    return is_whole(calls[-1]) and all(map(stands, calls[:-1]))


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
    whole = first_value(said)
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


def continued(begun: str, said: str) -> str | None:
    """The rest of begun arguments, of words that go on where these stop."""
    shape = JsonSoFar()
    if shape.feed(begun) < len(begun):
        return None
    fits = shape.feed(said)
    return said[:fits].rstrip() if shape.is_whole else None


def rest_on_or_anew(begun: BegunCall, said: str) -> str | None:
    """The rest of begun arguments, of words that go on where these stop, or say all of them: what
    leaves nothing over is meant."""
    on, anew = continued(begun.arguments, said), rest_of_words(begun, said)
    leaves_some = on is not None and squeezed(on) != squeezed(said)
    says_all = squeezed(first_value(said)) == squeezed(said)
    return anew if anew and says_all and leaves_some else on or anew


def may_be_more(begun: str, said: str) -> bool:
    """The words go on where begun arguments stop, and do not end them."""
    shape = JsonSoFar()
    return shape.feed(begun + said) == len(begun + said) and not shape.is_whole


def openings_of(begun: str) -> tuple[str, ...]:
    """What may come first, squeezed, of a model that says begun arguments again."""
    return tuple([lead + squeezed(begun) for lead in LEADS])


def squeezed(text: str) -> str:
    """Without its spaces."""
    return "".join(text.split())


def spliced(begun: str, said: str) -> str | None:
    """The same, of words that may begin a little before."""
    splice = Splice(begun)
    return continued(begun, splice.feed(said) + splice.end()) or continued(begun, said)


def first_value(said: str) -> str:
    """The first JSON object of a text; nothing where it is a part of another value."""
    start = said.find("{")
    if start < 0 or _IN_A_VALUE.search(said[:start]):
        return ""
    try:
        _, end = json.JSONDecoder().raw_decode(said, start)
    except (ValueError, RecursionError):
        return ""
    is_closed = said[end:].lstrip().startswith(("}", "]"))
    is_part = is_closed and squeezed(said[:start]) not in FENCES
    return "" if is_part else said[start:end]
