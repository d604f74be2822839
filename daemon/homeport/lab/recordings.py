"""Recorded exchanges, answered again: the one that fits a request best, or each in its turn.

A recording is a JSON file `{"request": {"method", "uri", "headers", "body"}, "response":
{"status", "headers", "body"}}`; a body is an object, or the raw text of a stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from homeport.lab.log import Received
from homeport.lab.nouns import Frames, compact, sliced

_MODEL_IN_PATH: Final = re.compile(r"/models/[^/:]+:")
_EVENT_END: Final = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")
_PIECES: Final = 16
_OF_THE_CONNECTION: Final = frozenset(
    ("content-type", "content-length", "content-encoding", "transfer-encoding", "connection")
)


class RecordingTrouble(ValueError):
    """A folder without recordings, or one that cannot be read."""


class Recording(NamedTuple):
    """One exchange."""

    name: str
    method: str
    path: str
    model: str
    streams: bool
    words: frozenset[str]
    response: dict[str, Any]


class Recordings:
    """What a folder holds, with the files below it."""

    def __init__(self, folder: Path | str, *, in_turn: bool = False) -> None:
        self._kept = [_read(path) for path in sorted(Path(folder).rglob("*.json"))]
        self._in_turn = in_turn
        self._next = 0
        if not self._kept:
            raise RecordingTrouble(f"There are no recordings (*.json) below {folder}.")

    def __repr__(self) -> str:
        return f"Recordings({len(self._kept)})"

    def answer(self, request: Received) -> Frames | None:
        """What was answered then; None where nothing of this route was recorded."""
        fitting = [each for each in self._kept if _same_route(each, request)]
        if not fitting:
            return None
        if self._in_turn:
            chosen = fitting[self._next % len(fitting)]
            self._next += 1
            return frames_of(chosen.response)
        model, streams, words = _features(request.path, _decoded(request.body))
        return frames_of(
            max(
                fitting,
                key=lambda each: (
                    (each.streams == streams) * 4
                    + (each.model == model)
                    + _likeness(each.words, words) * 2
                ),
            ).response
        )


def frames_of(response: dict[str, Any]) -> Frames:
    """A recorded answer: a stream event by event, anything else in even pieces."""
    from msgspec.structs import replace

    body = response.get("body")
    headers = {name.lower(): str(value) for name, value in (response.get("headers") or {}).items()}
    content_type = headers.get("content-type", "application/json")
    kept = tuple(pair for pair in headers.items() if pair[0] not in _OF_THE_CONNECTION)
    status = int(response.get("status") or 200)
    if isinstance(body, str) and "event-stream" in content_type:
        events = [event for event in _EVENT_END.split(body.encode()) if event]
        return Frames(
            content_type=content_type,
            tokens=tuple(events[:-1]),
            ending=b"".join(events[-1:]),
            status=status,
            headers=kept,
        )
    data = body.encode() if isinstance(body, str) else compact(body)
    return replace(sliced(content_type, data, _PIECES), status=status, headers=kept)


def _read(path: Path) -> Recording:
    try:
        exchange = json.loads(path.read_text(encoding="utf-8"))
        request, response = exchange["request"], exchange["response"]
        url = urlsplit(request["uri"])
        model, streams, words = _features(url.path, request.get("body"))
        return Recording(
            path.stem, request["method"], url.path, model, streams, words, dict(response)
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordingTrouble(f"{path} is no recording: {error!r}.") from None


def _features(path: str, body: Any) -> tuple[str, bool, frozenset[str]]:
    """The model, whether it streams, and the words of a request."""
    table = body if isinstance(body, dict) else {}
    streams = bool(table.get("stream")) or ":stream" in path
    named = re.search(r"/models/([^/:]+):", path)
    model = str(table.get("model") or (named[1] if named else ""))
    return model, streams, frozenset(re.findall(r"\w+", compact(body).decode().lower()))


def _same_route(recording: Recording, request: Received) -> bool:
    """Whether the paths are the same, wherever they begin and whatever model they name."""
    if recording.method != request.method:
        return False
    ours, theirs = (_MODEL_IN_PATH.sub("/models/*:", p) for p in (request.path, recording.path))
    if ":" in theirs:
        ours, theirs = (p.replace(":stream", ":").lower() for p in (ours, theirs))
    return ours.endswith(theirs) or theirs.endswith(ours)


def _likeness(one: Iterable[str], other: Iterable[str]) -> float:
    first, second = set(one), set(other)
    return len(first & second) / max(1, len(first | second))


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
