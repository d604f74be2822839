"""The line to the daemon: ask once, or watch everything that happens.

`watch` keeps one stream of events open for as long as it is iterated. Its
first news of a connection is a snapshot; a hole in the numbers opens the
stream again, because each stream starts with a fresh snapshot. A daemon that
is starting is waited for; one that went away is looked for again. Nothing is
raised to the watcher: trouble is news too.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from homeport.client import wire
from homeport.client.destinations import Destination, destinations
from homeport.client.errors import BrokenAnswer, ClientError, DaemonError, NoDaemon, SocketRefused
from homeport.client.exchange import Reply, exchange
from homeport.client.heard import Heard, Lines, OtherVersion, follows, is_fresh, understand

T = TypeVar("T")

Where = Callable[[], Sequence[Destination]]
"""Where to dial; asked again at each try, because a daemon may move."""

PREFIX = "/homeport/v1/"
_ANSWER_S = 20.0


@dataclass(frozen=True, slots=True)
class Knocking:
    """The door is looked for; nobody has answered yet."""


@dataclass(frozen=True, slots=True)
class Silent:
    """The stream is open, and nothing came for so long."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no stream; it is tried again."""

    trouble: ClientError


News = Heard | OtherVersion | Knocking | Silent | Lost


class _Failed(msgspec.Struct, frozen=True):
    error: wire.Trouble


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what is waited for, in seconds."""

    start: float = 2.0
    """For a daemon that is starting, before its absence is news."""
    knock: float = 0.1
    """Between two looks for it meanwhile."""
    retry: float = 2.0
    """Between two looks for a daemon that is not there."""
    quiet: float = 20.0
    """Without a word (a heartbeat comes every 15 s) before the silence is news."""
    still: float = 5.0
    """Between two news of the same silence."""
    give_up: float = 60.0
    """Without a word before the connection is made again."""

    def pause(self, last_s: float, tried_s: float) -> float:
        """Before the next look, after a pause and a try that took so long.

        A daemon that was watched may be back at once: it is looked for sooner at first.
        """
        return self.knock if tried_s > self.retry else min(2 * last_s, self.retry)


async def get(where: Where, path: str, kind: type[T]) -> T:
    """`GET /homeport/v1/<path>`, read as `kind`. Raises ClientError."""
    return _read(await _ask(where, "GET", path, b""), kind)


async def post(where: Where, path: str, value: Any, kind: type[T]) -> T:
    """`POST /homeport/v1/<path>`, answered as `kind`. Raises ClientError."""
    return _read(await _ask(where, "POST", path, msgspec.json.encode(value)), kind)


async def _ask(where: Where, method: str, path: str, body: bytes) -> bytes:
    try:
        async with (
            asyncio.timeout(_ANSWER_S),
            exchange(where(), method, PREFIX + path, body) as reply,
        ):
            answer = await reply.read_all()
            _check(reply, answer)
            return answer
    except TimeoutError as late:
        raise BrokenAnswer(f"The daemon does not answer within {_ANSWER_S:.0f} seconds.") from late


def _check(reply: Reply, answer: bytes) -> None:
    """Turns the daemon's own errors into trouble."""
    if reply.status < 400:
        return
    try:
        trouble = msgspec.json.decode(answer, type=_Failed).error
    except msgspec.MsgspecError:
        trouble = wire.Trouble("", "", f"The daemon answered {reply.status} without saying why.")
    if reply.status in (401, 403) and trouble.blame != "policy":
        raise SocketRefused(trouble.sentence)
    raise DaemonError.from_trouble(trouble, reply.status)


def _read(answer: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.MsgspecError as wrong:
        raise BrokenAnswer("The daemon's answer is not readable by this version.") from wrong


class Watch:
    """One line to the daemon's events, mended for as long as it is wanted."""

    def __init__(self, where: Where = destinations, patience: Patience | None = None) -> None:
        self.where = where
        self.patience = patience or Patience()
        self._again = asyncio.Event()

    def __repr__(self) -> str:
        return f"Watch({self.patience})"

    def retry(self) -> None:
        """Looks for the daemon at once, instead of after the pause."""
        self._again.set()

    async def news(self) -> AsyncIterator[News]:
        """Everything that happens, without end."""
        yield Knocking()
        clock = asyncio.get_running_loop().time
        starting_until = clock() + self.patience.start
        told, pause_s = "", self.patience.retry
        while True:
            opened = clock()
            try:
                async for news in self._stream():
                    told, starting_until = "", 0.0
                    yield news
            except NoDaemon as absent:
                trouble: ClientError = absent
                if clock() < starting_until:
                    await asyncio.sleep(self.patience.knock)
                    continue
            except ClientError as broken:
                trouble = broken
            else:  # a gap: the next stream starts with a fresh snapshot
                await asyncio.sleep(self.patience.knock)
                continue
            if trouble.sentence != told:
                told = trouble.sentence
                yield Lost(trouble)
            pause_s = self.patience.pause(pause_s, clock() - opened)
            if await self._pause(pause_s):
                told = ""

    async def _pause(self, pause_s: float) -> bool:
        """Waits for the next look; whether somebody asked for it, who is then told what comes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._again.wait()
        asked = self._again.is_set()
        self._again.clear()
        return asked

    async def _stream(self) -> AsyncIterator[News]:
        """News of one connection. Returns at a gap, raises ClientError at its end."""
        async with exchange(self.where(), "GET", PREFIX + "events") as reply:
            if reply.status >= 400:
                _check(reply, await reply.read_all())
            last: int | None = None
            async for line in self._lines(reply):
                heard = line if isinstance(line, Silent) else understand(line, first=last is None)
                if isinstance(heard, OtherVersion):
                    yield heard
                    await reply.read_all()
                    break
                if isinstance(heard, Silent):
                    yield heard
                elif not follows(last or 0, heard):
                    return
                elif is_fresh(last or 0, heard):
                    yield heard
                    last = heard.n
        raise BrokenAnswer("The daemon closed the line.")

    async def _lines(self, reply: Reply) -> AsyncIterator[bytes | Silent]:
        """Whole lines, and the silences between them."""
        lines = Lines()
        silent_s, wait_s = 0.0, self.patience.quiet
        while True:
            try:
                async with asyncio.timeout(wait_s):
                    piece = await reply.read()
            except TimeoutError:
                silent_s, wait_s = silent_s + wait_s, self.patience.still
                if silent_s >= self.patience.give_up:
                    raise BrokenAnswer(f"The daemon was silent for {silent_s:.0f} s.") from None
                yield Silent(silent_s)
                continue
            silent_s, wait_s = 0.0, self.patience.quiet
            if not piece:
                return
            for line in lines.feed(piece):
                yield line
