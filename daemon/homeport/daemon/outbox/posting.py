"""Asks the door of a kept prompt once more, and takes the answer that it gives."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any, NamedTuple

import msgspec

from homeport.adapters.base import CacheWish, Inputs, Prompt
from homeport.daemon.api.call import Call
from homeport.daemon.api.errors import error_reply, wire_of
from homeport.daemon.api.house import CountedAnswering, House
from homeport.daemon.api.routes import route_of
from homeport.daemon.outbox.doors import ASK, whole_body, whole_path
from homeport.daemon.outbox.errand import Errand
from homeport.daemon.outbox.item import Kept
from homeport.daemon.routing.embedding import Vectors
from homeport.daemon.routing.router import Answer
from homeport.policies.errors import (
    BadRequest,
    DaemonTrouble,
    HomeportError,
    NotFound,
    NothingAnswered,
)
from homeport.policies.model import NO_OPTIONS

log = logging.getLogger("homeport.outbox")

AT_HOME = ("local", "lan")
NOT_YET = "It waits for off-peak hours, and no answer is kept for it."
WAITS = "No model at home may answer it, so it waits for the link."


class NeedsTheLink(NothingAnswered):
    """Nobody at home may answer it, and the link does not hold."""

    code, status = "nothing_ready", 503


class NothingKept(NothingAnswered):
    """It waits for its hours, and the cache has no answer to it."""

    code, status = "nothing_ready", 503


class Posted(NamedTuple):
    """What a door gave."""

    status: int
    body: bytes
    error: HomeportError | None = None


class OutgoingHouse(House):
    """The house as a kept prompt sees it: nobody waits, and it leaves at most once."""

    def __init__(self, house: House, errand: Errand) -> None:
        super().__init__(house.daemon, house.stop)
        self._house = house
        self._errand = errand

    def answering(self, prompt: Prompt) -> CountedAnswering:
        """Counted in the house itself."""
        labels = msgspec.structs.replace(prompt.labels, defer="", awaited=False)
        if self._errand.pinned:  # who may have answered it is asked, and nobody beside
            labels = msgspec.structs.replace(
                labels, model=self._errand.pinned, strategy="single", options=NO_OPTIONS
            )
        prompt = msgspec.structs.replace(prompt, labels=labels)
        return OutgoingAnswering(self._house, prompt, self._errand)

    async def embed(self, inputs: Inputs, once: object = None) -> Vectors:  # noqa: ARG002  # its own
        """The same for vectors, which are not kept."""
        if self._errand.looks:
            raise NothingKept(NOT_YET)
        vectors = await self._house.embed(inputs, self._errand)
        self._errand.view = vectors.view
        return vectors


class OutgoingAnswering(CountedAnswering):
    """An answer to a kept prompt, for as long as the context lasts."""

    def __init__(self, house: House, prompt: Prompt, errand: Errand) -> None:
        super().__init__(house, prompt, errand)
        self._errand = errand

    async def __aenter__(self) -> Answer:
        daemon = self._house.daemon
        if self._errand.looks:
            await self._refuse_what_is_not_kept()
        elif self._errand.stays_home:
            await self._refuse_what_would_leave()
        elif daemon.rooms.fleet.cloud_unasked:
            await daemon.refresh_models()  # nobody is kept waiting by it
        try:
            return await super().__aenter__()
        except NotFound as error:
            if error.param == "model" and daemon.rooms.fleet.may_have(self._prompt.labels.model):
                raise NothingAnswered(error.sentence, code="nothing_ready", status=503) from None
            raise

    async def _refuse_what_is_not_kept(self) -> None:
        if not await self._house.daemon.router.has_kept(self._prompt):
            raise NothingKept(NOT_YET)
        wish = msgspec.structs.replace(self._prompt.labels.cache or CacheWish(), use="only")
        labels = msgspec.structs.replace(self._prompt.labels, cache=wish)
        self._answering = self._house.daemon.router.answer(
            msgspec.structs.replace(self._prompt, labels=labels), self._errand
        )

    async def _refuse_what_would_leave(self) -> None:
        daemon = self._house.daemon
        try:
            if await daemon.router.has_kept(self._prompt):
                return
            _, decision = await daemon.router.foreseen(self._prompt)
        except NotFound:
            if daemon.rooms.fleet.cloud_unknown:
                raise NeedsTheLink(WAITS) from None  # its model may be one of the cloud's
            raise
        places = {score.place for score in decision.order}
        if not places or places.difference(AT_HOME):
            raise NeedsTheLink(WAITS)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            if self._answer is not None:
                self._errand.view = self._answer.view


async def post(kept: Kept, house: House, errand: Errand) -> Posted:
    """Ask the door; whatever it gives or raises comes back, save a cancellation."""
    item = kept.item
    path, query = whole_path(item.path, item.query)
    try:
        sink = _Sink()
        call = Call(_scope(kept, path, query), _body_of(kept), sink.send, len(kept.body) + 1024)
        await route_of("POST", path).answer(call, OutgoingHouse(house, errand))
        body = b"".join(sink.parts)
        return Posted(sink.status, _result_of(body) if path == ASK else body)
    except HomeportError as error:
        headers = {name.encode(): value.encode("latin-1") for name, value in item.headers}
        return Posted(error.status, error_reply(error, wire_of(path, headers))[0], error)
    except Exception:
        log.exception("the item %s broke its door", item.id)
        broken = DaemonTrouble("Something broke in the daemon.", code="internal_error", status=500)
        return Posted(500, error_reply(broken, wire_of(path))[0], broken)


class _Sink:
    """Takes what a door sends."""

    def __init__(self) -> None:
        self.status = 0
        self.parts: list[bytes] = []

    async def send(self, message: Any) -> None:
        """As ASGI says it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.parts.append(message.get("body", b""))


def _scope(kept: Kept, path: str, query: str) -> dict[str, Any]:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in
               kept.item.headers]  # fmt: skip
    if kept.item.client:
        headers.append((b"x-homeport-client", kept.item.client.encode("latin-1", "replace")))
    return {
        "method": "POST",
        "path": path,
        "query_string": query.encode("latin-1"),
        "headers": headers,
        "extensions": {"homeport.door": "unix"},
    }


def _body_of(kept: Kept) -> Any:
    body = whole_body(kept.item.path, kept.body)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _result_of(lines: bytes) -> bytes:
    """The result at the end of an answer on our own wire."""
    last = msgspec.json.decode(lines.strip().rpartition(b"\n")[2], type=dict[str, msgspec.Raw])
    if "result" not in last:
        raise BadRequest("The answer has no end.")
    return bytes(last["result"])
