"""One answer on its way to the caller: its own events, or an upstream's as they came.

An upstream of this wire is passed through until it ends or breaks off. When
another model goes on after that, the rest is in events of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from homeport.adapters.base import Delta, Finish, StatusDelta, ToolCallDelta, Wired
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import homeport_object
from homeport.daemon.api.responses.ids import response_id
from homeport.daemon.api.responses.names import Names
from homeport.daemon.api.responses.output import Output
from homeport.daemon.api.responses.output_call import CallItem
from homeport.daemon.api.responses.output_message import MessageItem
from homeport.daemon.api.responses.passing import OPENINGS, Followed
from homeport.daemon.api.responses.read import Asked
from homeport.daemon.api.responses.request import WIRE, knobs_of_the_wire
from homeport.daemon.api.responses.sse import event_bytes, events_in, with_homeport
from homeport.daemon.api.responses.whole import ResponseObject
from homeport.policies.errors import HomeportError

_encode = msgspec.json.encode


class Ended(msgspec.Struct, frozen=True):
    """A whole answer."""

    id: str
    events: bytes
    """The last ones of the stream."""
    object: bytes


class Stream:
    """From deltas to events, with what was said so far."""

    def __init__(
        self,
        asked: Asked,
        answer_id: str,
        response: ResponseObject,
        left_out: Sequence[str] = (),
    ) -> None:
        self.left_out = left_out
        """Names what the answer was given without."""
        self._knobs = knobs_of_the_wire(asked.request)
        self._response = response
        self._is_own = bool(asked.request.background)
        """The caller has its id before any upstream gave one."""
        self._id = response_id(answer_id)
        self._output = Output(answer_id, self._emit, **_options(asked))
        self._buffer: list[bytes] = []
        self._number = 0
        self._is_open = False
        self._is_queued = False
        self._followed: Followed | None = None
        """Set while an upstream's events are passed through."""
        self._held = b""
        self.finish = Finish(reason="stop")
        self.whole = b""
        """The object of an answer that broke off or was stopped."""

    @property
    def id(self) -> str:
        """Of the answer, as far as nobody upstream has named it."""
        return self._id

    @property
    def stores(self) -> bool:
        """The answer says that it is kept."""
        return self._response.store

    def queue(self, model: str) -> tuple[bytes, bytes]:
        """The first events of an answer in the background, and its object."""
        self._is_queued = True
        queued = self._response.standing(self._id, model, "queued")
        self._emit("created", response=queued)
        self._emit("queued", response=queued)
        return self._taken(), _encode(queued)

    def begun(self, model: str) -> bytes:
        """The object of an answer of which something was said."""
        return _encode(self._response.standing(self._id, model, "in_progress"))

    def encode(self, delta: Delta, model: str) -> bytes:
        """What one delta means to the caller."""
        if isinstance(delta, StatusDelta):
            return b""
        if isinstance(delta, Finish):
            knobs = [] if delta.wire == WIRE else self._knobs
            dropped = [*delta.extras.get("dropped", ()), *knobs, *self.left_out]
            extras = {**delta.extras, "dropped": dropped} if dropped else delta.extras
            self.finish = msgspec.structs.replace(delta, extras=extras)
            return b""
        if isinstance(delta, Wired):
            return self._pass_on(delta, model)
        self._speak_ourselves()
        self._open(model)
        self._output.add(delta)
        return self._taken()

    def end(self, view: RequestView) -> Ended:
        """The last events. Only after a `Finish`."""
        homeport = homeport_object(view, self.finish)
        if self._is_passing and self.finish.wire == WIRE and self.finish.raw:
            events, whole = with_homeport(self.finish.raw, homeport)
            if whole:
                return Ended(_id_of(whole), self._held + events, whole)
        self._speak_ourselves()
        self._open(view.model)
        self._output.finish(self.finish)
        made = self._response.ended(self._id, view.model, self._output.items, self.finish)
        made["homeport"] = homeport
        self._emit(made["status"], response=made)
        return Ended(self._id, self._taken(), _encode(made))

    def failed(self, error: HomeportError, model: str) -> bytes:
        """What ends a stream that cannot be finished."""
        self._speak_ourselves()
        self._open(model)
        shown = {"code": error.code, "message": error.sentence, "param": error.param}
        self._emit_named("error", {**shown, "error": {"type": "server_error", **shown}})
        made = self._response.failed(
            self._id, model, self._output.items, error.code, error.sentence
        )
        self.whole = _encode(made)
        self._emit("failed", response=made)
        return self._taken()

    def cancelled(self, model: str) -> bytes:
        """What ends a stream that its caller stopped; the wire has no event of that name."""
        self._open(model)
        made = self._response.standing(self._id, model, "cancelled", self._output.items)
        self.whole = _encode(made)
        self._emit("incomplete", response=made)
        return self._taken()

    # Passing through

    @property
    def _is_passing(self) -> bool:
        return self._followed is not None or bool(self._held)

    def _pass_on(self, wired: Wired, model: str) -> bytes:
        events = list(events_in(wired.data))
        begins = any(event.type == "response.created" for event in events)
        foreign = self._is_own or wired.wire != WIRE
        if foreign or self._is_open or (begins and self._followed is not None):
            return self._encode_again(wired, model)
        if begins:
            self._held = b""
        if self._followed is None and all(event.type in OPENINGS for event in events):
            self._held += wired.data
            return b""
        followed = self._followed = self._followed or Followed()
        followed.follow([*events_in(self._held), *events])
        for delta in wired.deltas:
            if isinstance(delta, ToolCallDelta):
                followed.last_call = delta.index
        data, self._held = self._held + wired.data, b""
        return data

    def _encode_again(self, wired: Wired, model: str) -> bytes:
        """Another upstream goes on: its words are taken, in events of our own."""
        self._output.foreign_reasoning = wired.wire != WIRE
        return b"".join(self.encode(delta, model) for delta in wired.deltas)

    def _speak_ourselves(self) -> None:
        """Go on where the upstream that was passed through broke off."""
        followed, self._followed, self._held = self._followed, None, b""
        if followed is None:
            return
        self._is_open = True
        self._id = followed.response_id or self._id
        self._number = followed.number + 1
        items, begun = followed.items, followed.open_message
        message = None
        if begun is not None:
            index, parts, text = begun
            message = MessageItem(index, "", self._emit)
            message.resume(items[-1], parts, text)
        self._output.resume(items, message)
        if followed.open_reasoning is not None:
            # Nobody can finish it: what is said after it is another model's.
            index, item = followed.open_reasoning
            item["status"] = "incomplete"
            self._emit("output_item.done", output_index=index, item=item)
        call = followed.open_call
        if call is not None:
            self._output.resume_call(followed.last_call, CallItem.resumed(*call, self._emit))

    # Events of our own

    def _open(self, model: str) -> None:
        if self._is_open:
            return
        self._is_open = True
        begun = self._response.standing(self._id, model, "in_progress")
        if not self._is_queued:
            self._emit("created", response=begun)
        self._emit("in_progress", response=begun)

    def _emit(self, kind: str, /, **fields: Any) -> None:
        self._emit_named(f"response.{kind}", fields)

    def _emit_named(self, kind: str, fields: dict[str, Any]) -> None:
        self._buffer.append(event_bytes(kind, fields, self._number))
        self._number += 1

    def _taken(self) -> bytes:
        events, self._buffer = b"".join(self._buffer), []
        return events


def _options(asked: Asked) -> dict[str, Any]:
    tools, sampling = asked.prompt.tools, asked.prompt.sampling
    return {
        "names": Names(tools),
        "summaries": asked.summary is not None,
        "top_logprobs": sampling.top_logprobs if sampling.logprobs else None,
    }


def _id_of(response: bytes) -> str:
    return str(msgspec.json.decode(response).get("id") or "")
