"""Joins the characters that an upstream cut in two, half in one event and half in the next.

A server whose texts are UTF-16 may end a piece of text with the first half of a surrogate
pair (`"\\ud83d"`) and begin the next one with the second (`"\\ude00"`). No decoder here takes
such an event: it is read again in other words, its half kept for the next event that goes on
at the same place. A half whose other half never comes is U+FFFD.

Only for events that could not be decoded, and for those that follow while a half is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from homeport.adapters.http.sse_raw import RawEvent
from homeport.adapters.http.upstream_errors import Garbage

T = TypeVar("T")
Path = tuple[Any, ...]

_LOST: Final = "\ufffd"
_ESCAPED: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_FIRST_HALF: Final = re.compile("[\ud800-\udbff]\\Z")
_PLACES: Final = ("type", "index", "output_index", "content_index", "summary_index")
"""What says, at the top of an event, which part of the answer it belongs to."""
_ENDS: Final = ("finish_reason", "finishReason", "stop_reason", "done")
"""Where one of them is told nothing goes on."""
_SIGN_OF_LIFE: Final = "ping"


class Halves:
    """The halves of one answer that wait for their other half."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: dict[Path, tuple[str, Any]] = {}
        """By its place in an event: the half, and an event that says U+FFFD there instead."""

    def read(self, data: bytes, read: Callable[[bytes], list[T]]) -> list[T]:
        """What `read` finds in an event, or in those that stand for it; see `whole`."""
        if not self.held:
            try:
                return read(data)
            except Garbage:
                pass
        return [said for event in self.whole(data) for said in read(event)]

    def take(
        self,
        event: RawEvent,
        read: Callable[[bytes], list[T]],
        keep: Callable[[RawEvent, list[T]], None],
    ) -> None:
        """The same, where events go on with their bytes: each is kept with what it says."""
        if not self.held or not event.data:
            try:
                said = read(event.data) if event.data else []
            except Garbage:
                pass
            else:
                keep(event, said)
                return
        for whole in self.whole_events(event):
            keep(whole, read(whole.data))

    def whole_events(self, event: RawEvent) -> list[RawEvent]:
        """`whole`, each with the bytes of a server-sent event."""
        return [RawEvent(_framed(data), data) for data in self.whole(event.data)]

    def whole(self, data: bytes) -> list[bytes]:
        """The events that stand for this one, all of them JSON.

        Raises `Garbage` where halves of characters are not what is wrong with it.
        """
        if not self.held and not _ESCAPED.search(data):
            raise Garbage("not JSON")
        try:
            event = json.loads(data.decode(), parse_constant=_refuse)
            parts = event if isinstance(event, list) else [event]
            waited = bool(self.held)
            told = [whole for part in parts for whole in self._mended(part)]
            encoded = [msgspec.json.encode(whole) for whole in told]
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Garbage("not JSON") from error
        if told == parts and not waited:
            raise Garbage("nothing of it is half a character")
        return encoded

    def _mended(self, event: Any) -> list[Any]:
        """The event, and before it what is said in place of halves that it does not go on from."""
        waiting = dict(self.held)
        self.held.clear()
        mending = _Mending(event, waiting)
        mended = mending.mended()
        if _says_nothing(event, waiting):
            self.held.update(waiting)
            waiting = {}
        self.held.update(mending.found)
        return [*(lost for _, lost in waiting.values()), mended]


class _Mending:
    """One event, while its texts are gone through."""

    def __init__(self, event: Any, waiting: dict[Path, tuple[str, Any]]) -> None:
        self._event = event
        self._waiting = waiting
        """Those that were kept; the ones that are gone on from are taken out."""
        self.found: dict[Path, tuple[str, Any]] = {}

    def mended(self) -> Any:
        """The event with whole characters alone."""
        event = self._event
        if not isinstance(event, dict):
            return self._value(event, (), goes_on=False)
        kind = event.get("type")
        path = tuple(str(event.get(name)) for name in _PLACES)
        streams = event.get("object") != "response" if kind is None else "delta" in str(kind)
        return self._value(event, path, goes_on=streams)

    def _value(self, value: Any, path: Path, *, goes_on: bool) -> Any:
        if isinstance(value, str):
            return self._text(value, path, goes_on=goes_on)
        if isinstance(value, list):
            return [
                self._value(part, (*path, _place(part, at)), goes_on=goes_on)
                for at, part in enumerate(value)
            ]
        if isinstance(value, dict):
            goes_on = goes_on and not any(value.get(name) for name in _ENDS)
            return {
                _whole_text(name): self._value(
                    part, (*path, name), goes_on=goes_on and not name.startswith("logprobs")
                )
                for name, part in value.items()
            }
        return value

    def _text(self, text: str, path: Path, *, goes_on: bool) -> str:
        waits = self._waiting.pop(path, None)
        if waits is not None:
            text = waits[0] + text
        if goes_on and _FIRST_HALF.search(text):
            self.found[path] = text[-1], _lost(self._event, path[len(_PLACES) :])
            text = text[:-1]
        return _whole_text(text)


def _whole_text(text: str) -> str:
    """The text with its pairs joined and U+FFFD for every half."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _place(part: Any, at: int) -> Any:
    """Which entry of a list it is, by what the wire says or by where it stands."""
    index = part.get("index") if isinstance(part, dict) else None
    return ("index", index) if isinstance(index, int | str) else at


def _lost(value: Any, path: Path) -> Any:
    """An event like this one that says nothing but U+FFFD, at one place."""
    if not path:
        return _LOST
    if isinstance(value, list):
        (part,) = [part for at, part in enumerate(value) if _place(part, at) == path[0]][:1]
        return [_lost(part, path[1:])]
    inside = value[path[0]]
    kept = {
        name: _whole_text(part) if isinstance(part, str) else part
        for name, part in value.items()
        if not isinstance(part, dict | list)
        and (len(path) > 1 or not isinstance(part, str) or name == "type")
    }
    return kept | {path[0]: _lost(inside, path[1:])}


def _says_nothing(event: Any, waiting: dict[Path, Any]) -> bool:
    """Whether the answer may go on behind it from where it stood before."""
    if not isinstance(event, dict):
        return False
    if "type" in event:
        return bool(event["type"] == _SIGN_OF_LIFE)
    return not any(event.get(path[len(_PLACES)]) for path in waiting)


def _framed(data: bytes) -> bytes:
    """A server-sent event, under the name that the wires with names give it."""
    event = msgspec.json.decode(data)
    kind = event.get("type") if isinstance(event, dict) else None
    name = f"event: {kind}\n".encode() if isinstance(kind, str) and kind.isprintable() else b""
    return name + b"data: " + data + b"\n\n"


def _refuse(word: str) -> Any:
    raise ValueError(word)
