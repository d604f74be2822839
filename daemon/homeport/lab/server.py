"""A lab server: one port, one or several wires, scripted answers, faults, and a log.

    async with LabServer("anthropic", script="Hello there.", faults=["reset@1"]) as lab:
        ...  # point a client at lab.base_url
        assert lab.log.calls() == 1

A request may bring its own fault, by the header `x-lab-fault: reset@7` or behind
the model's name, `lab-fast!reset@7`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from homeport.lab import answering, catalog, control
from homeport.lab.faults import Fault, FaultBook, UnknownFault, read_fault, split_model
from homeport.lab.http1 import Gone, Line
from homeport.lab.limits import Limit
from homeport.lab.listening import Port
from homeport.lab.log import Log, Received
from homeport.lab.nouns import Answer, Asked, Frames, Refused, Spent, compact
from homeport.lab.pace import Pace
from homeport.lab.player import Player
from homeport.lab.recordings import Recordings
from homeport.lab.script import Script, ScriptPlayer, make_script
from homeport.lab.wires import WIRES
from homeport.lab.wires.shape import Wire, message_of

FAULT_HEADER: Final = "x-lab-fault"
KEY_HEADER: Final = "idempotency-key"
_JSON: Final = (("content-type", "application/json"),)


class LabServer:
    """Model servers of one or several wires, on one port of this machine."""

    def __init__(
        self,
        wire: str | Sequence[str] = "openai",
        *,
        script: Script | dict[str, Any] | str | None = None,
        faults: Iterable[Fault | str] = (),
        models: Sequence[str | catalog.LabModel] | None = None,
        key: str = "",
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        recordings: Path | str | None = None,
        in_turn: bool = False,
        honours_keys: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        on_end: Callable[[Received], None] | None = None,
    ) -> None:
        """`on_end` is told each request when it is over. A server that `honours_keys` answers
        what is not streamed once for each `Idempotency-Key`, and then gives that again."""
        names = self._names = [wire] if isinstance(wire, str) else list(wire)
        self._wires: list[Wire] = [WIRES[n](catalog.models_for(n, models)) for n in names]
        # These two share paths with OpenAI and are told apart by a header: they are asked first.
        self._wires.sort(key=lambda each: each.name not in ("anthropic", "gemini"))
        self._first = next(each for each in self._wires if each.name == names[0])
        self._player = ScriptPlayer(make_script(script))
        self._wanted_faults = list(faults)
        self.faults = FaultBook(self._wanted_faults)
        """In force, with the calls that met each."""
        self.key = key
        """What a caller must bring; empty asks for none."""
        self.log = Log()
        self.stalled = asyncio.Event()
        """Set when a silence begins."""
        self.left = asyncio.Event()
        """Set when a caller goes away before its answer is whole."""
        self._recordings = Recordings(recordings, in_turn=in_turn) if recordings else None
        self._requests = Limit(requests_per_minute) if requests_per_minute else None
        self._tokens = Limit(tokens_per_minute) if tokens_per_minute else None
        self._on_end = on_end
        self._honours_keys = honours_keys
        self._by_key: dict[str, tuple[bytes, Answer]] = {}
        """What was asked with each key, and answered."""
        self._port = Port(self._serve, host, port)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._answers = 0

    def __repr__(self) -> str:
        return f"LabServer({', '.join(each.name for each in self._wires)} at {self.origin})"

    @property
    def wires(self) -> list[str]:
        """Names of what it serves."""
        return list(self._names)

    @property
    def port(self) -> int:
        """Its TCP port."""
        return self._port.number

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://{self._port.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What a client of the first wire is pointed at."""
        return self.origin + self._first.root

    def base_url_of(self, wire: str) -> str:
        """The same for another of its wires."""
        return self.origin + WIRES[wire].root

    async def __aenter__(self) -> LabServer:
        await self._port.open()
        if self.faults.has("refuse"):
            await self.set_faults(*self._wanted_faults)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._port.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def set_faults(self, *faults: Fault | str) -> None:
        """Put these in the place of all; none makes it well again."""
        self.faults.replace(faults)
        refusal = next((f for f, _ in self.faults.listed() if f.kind == "refuse"), None)
        if refusal is None:
            await self._port.listen()
            return
        self._port.refuse(refusal.seconds)
        me = asyncio.current_task()
        for task in self._tasks - ({me} if me else set()):
            task.cancel()

    def set_script(self, script: Script | dict[str, Any] | str | None) -> None:
        """Say something else from here on."""
        self._player = ScriptPlayer(make_script(script))

    # -- one connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a connection is served by a task
        self._tasks.add(task)
        line = Line(reader, writer)
        try:
            with contextlib.suppress(Gone, ConnectionError, asyncio.CancelledError):
                await self._talk(line)
        finally:
            self._tasks.discard(task)
            line.close()

    async def _talk(self, line: Line) -> None:
        self.log.connections += 1
        number = self.log.connections
        await self._met_at_the_door(line)
        while True:
            try:
                request = await line.request(self.log, control.PREFIX)
            except Refused as refused:
                await line.answer(refused.status, _JSON, compact({"error": refused.message}))
                return
            if request is None:
                return
            request.connection = number
            await self._one(line, request)
            if not line.keeps_open:
                return

    async def _met_at_the_door(self, line: Line) -> None:
        """Play a fault that a connection meets."""
        fault = self.faults.at_connection()
        if fault is None:
            return
        if fault.kind == "reset_on_connect":
            await line.reset()
        if fault.kind == "silence":
            self.stalled.set()
            await line.until_gone()
        raise Gone

    # -- one request

    async def _one(self, line: Line, request: Received) -> None:
        if request.path.startswith(control.PREFIX):
            await self._control(line, request)
            return
        wire = next((each for each in self._wires if each.owns(request)), None)
        request.wire = (wire or self._first).name
        try:
            if wire is None:
                raise Refused(404, f"There is no {request.path} here.")
            await self._answer(line, request, wire)
        except Refused as refused:
            await self._refuse(line, request, wire or self._first, refused)
        except Gone:
            if request.outcome == "left":
                self.left.set()
            raise
        except asyncio.CancelledError:
            request.outcome = request.outcome or "left"
            raise
        finally:
            if self._on_end:
                self._on_end(request)

    async def _control(self, line: Line, request: Received) -> None:
        try:
            await line.answer(200, _JSON, compact(await control.answer(self, request)))
        except Refused as refused:
            await line.answer(refused.status, _JSON, compact({"error": refused.message}))

    async def _answer(self, line: Line, request: Received, wire: Wire) -> None:
        with _read_or_refused():
            asked = wire.asked(request)
        suffix = ""
        if asked:
            model, suffix = split_model(asked.model)
            asked = _with(asked, model=model)
            request.is_prompt, request.model = True, model
        fault = self._fault(request, wire, suffix)
        request.fault = str(fault or "")
        if self.key and wire.key(request) != self.key and request.path != "/":
            raise Refused(401, "The key is not valid." if wire.key(request) else "A key is needed.")
        if fault and fault.status:
            await self._refuse(
                line, request, wire, Refused(fault.status, message_of(fault.status)), fault
            )
            return
        with _read_or_refused():
            frames, script = self._frames(request, wire, asked, fault)
        headers = wire.limit_headers(*self._rooms()) if asked else []
        await Player(
            line=line,
            wire=wire.breaking(asked),
            frames=frames,
            pace=Pace(script, request.number),
            request=request,
            headers=headers,
            fault=fault,
            on_wait=self.stalled.set,
        ).play()

    def _fault(self, request: Received, wire: Wire, suffix: str) -> Fault | None:
        own = request.headers.get(FAULT_HEADER) or suffix
        try:
            if own:
                return read_fault(own)
        except UnknownFault as error:
            raise Refused(400, str(error)) from None
        return self.faults.for_call(wire=wire.name, model=request.model, prompt=request.is_prompt)

    def _frames(
        self, request: Received, wire: Wire, asked: Asked | None, fault: Fault | None
    ) -> tuple[Frames, Script]:
        """The answer as bytes, and the script whose pace it has; raises `Refused`."""
        recorded = self._recordings.answer(request) if self._recordings else None
        if recorded:
            return recorded, self._player.script
        if asked is None:
            return _plain(wire.plain(request), request.path), Script()
        model = catalog.find(wire.models, asked.model)
        if model is None and not wire.lists_all and not asked.model.startswith("lab-"):
            raise Refused(404, f"The model `{asked.model}` does not exist.")
        script = _paced(self._player.choose(asked.question, asked.model), model)
        answer = self._known(request, asked) or self._made(request, asked, script)
        if script.always_usage:
            asked = _with(asked, wants_usage=True)
        return wire.frames(asked, _misreported(answer, fault)), script

    def _made(self, request: Received, asked: Asked, script: Script) -> Answer:
        """Raises `Refused` where a limit is used up."""
        self._answers += 1
        answer = answering.answer_to(asked, script, number=self._answers, created=int(time.time()))
        self._charge(answer, asked)
        if key := self._key_of(request, asked):
            self._by_key[key] = (request.body, answer)
        return answer

    def _key_of(self, request: Received, asked: Asked) -> str:
        """Empty where none counts."""
        counts = self._honours_keys and not asked.stream
        return request.headers.get(KEY_HEADER, "") if counts else ""

    def _known(self, request: Received, asked: Asked) -> Answer | None:
        """What was answered under its key; raises `Refused` where something else was asked."""
        body, answer = self._by_key.get(self._key_of(request, asked), (b"", None))
        if answer is not None and body != request.body:
            raise Refused(422, "This key came with another request.")
        request.replayed = answer is not None
        return answer

    # -- limits and refusals

    def _charge(self, answer: Answer, asked: Asked) -> None:
        """Take what an answer costs from the limits; raises `Refused` where there is not enough."""
        now_s = asyncio.get_running_loop().time()
        needed = answering.input_tokens(asked) + len(answer.text) + len(answer.thinking)
        wait_s = self._requests.take(1, now_s) if self._requests else 0.0
        if not wait_s and self._tokens:
            wait_s = self._tokens.take(needed, now_s)
            if wait_s and self._requests:
                self._requests.give(1)
        if wait_s:
            raise Limited(wait_s)

    def _rooms(self) -> tuple[Any, Any]:
        now_s = asyncio.get_running_loop().time()
        both = (self._requests, self._tokens)
        first, second = (limit.room(now_s) if limit else None for limit in both)
        return first, second

    async def _refuse(
        self,
        line: Line,
        request: Received,
        wire: Wire,
        refused: Refused,
        fault: Fault | None = None,
    ) -> None:
        request.status = refused.status
        request.outcome = "fault" if fault else "refused"
        wait_s = fault.retry_after if fault else getattr(refused, "wait_s", None)
        headers = [*_JSON, *wire.limit_headers(*self._rooms())]
        if wait_s is not None:
            headers.append(("retry-after", str(math.ceil(wait_s))))
        body = compact(wire.refusal(refused.status, refused.message, refused.code, wait_s))
        await line.answer(refused.status, headers, body)


@contextlib.contextmanager
def _read_or_refused() -> Iterator[None]:
    """A request whose fields are of kinds that no reader foresaw is refused as a bad one."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, LookupError, RecursionError):
        raise Refused(400, "The request cannot be read.") from None


class Limited(Refused):
    """A rate limit is used up."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(429, message_of(429))
        self.wait_s = wait_s


def _with(asked: Asked, **changes: Any) -> Asked:
    from msgspec.structs import replace

    return replace(asked, **changes)


def _plain(value: Any, path: str) -> Frames:
    if value is None:
        raise Refused(404, f"There is no {path} here.")
    if isinstance(value, str):
        return Frames(content_type="text/plain", tokens=(value.encode(),), streamed=False)
    return Frames(content_type="application/json", tokens=(compact(value),), streamed=False)


def _paced(script: Script, model: catalog.LabModel | None) -> Script:
    """The script at the model's own speed, where it has one."""
    from msgspec.structs import replace

    if model is None:
        return script
    own = {
        name: value
        for name in ("first_token_ms", "tokens_per_s")
        if (value := getattr(model, name)) is not None
    }
    return replace(script, **own) if own else script


def _misreported(answer: Answer, fault: Fault | None) -> Answer:
    """The answer with the usage that a fault makes of it."""
    from msgspec.structs import replace

    if fault is None or fault.where != "usage" or answer.usage is None:
        return answer
    if fault.kind == "no_usage":
        return replace(answer, usage=None)
    spent = answer.usage
    wrong = Spent(
        input=round(spent.input * fault.factor),
        output=round(spent.output * fault.factor),
        cache_read=spent.cache_read,
        cache_write=spent.cache_write,
        reasoning=spent.reasoning,
    )
    return replace(answer, usage=wrong)
