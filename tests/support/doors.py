"""The real doors over real sockets, in front of a daemon that is scripted.

`open_house()` serves the application on a Unix socket and on loopback TCP. The
router behind it plays a script of deltas, errors and events to wait for.

Longer than other modules: it stands in for every part of a daemon that a door may ask.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from homeport.adapters.base import Delta, Embedded, Finish, Inputs, Prompt, TextDelta, Usage
from homeport.client.wire import (
    API_VERSION,
    Address,
    AnswerView,
    DoctorReport,
    Finding,
    KeyView,
    LinkView,
    MachineView,
    ModelView,
    RequestView,
    Snapshot,
    SpendRow,
    SpendView,
    StatRow,
    StatsReport,
    Stopping,
    Why,
    WindowView,
)
from homeport.daemon.api.guards import hosts_of
from homeport.daemon.api.house import House
from homeport.daemon.app import App
from homeport.daemon.bus import Bus, now_ms
from homeport.daemon.config.file import ConfigFile
from homeport.daemon.config.settings import Config
from homeport.daemon.http.listeners import Doors, tcp_listener, unix_listener, url_of
from homeport.daemon.money.price import FREE, Price, flat
from homeport.daemon.money.questions import Questions
from homeport.daemon.money.spend import Spent
from homeport.daemon.routing.counting import Counted
from homeport.daemon.routing.embedding import Vectors
from homeport.daemon.shelf.shelf import Shelf
from homeport.daemon.storage.texts import Texts
from homeport.daemon.storage.texts_responses import KeptResponses
from homeport.policies.errors import HomeportError
from homeport.policies.model import NO_PLAN, Policy

TOKEN = "test-token-0123456789-0123456789-0123456789"
HELLO: tuple[Delta, ...] = (
    TextDelta("Hello"),
    TextDelta(", wörld"),
    Finish(reason="stop", usage=Usage(input=7, output=2)),
)

Step = Delta | HomeportError | Exception | asyncio.Event | Callable[[], Awaitable[None]]


def a_view(**changes: Any) -> RequestView:
    """A request that was answered at home."""
    view = RequestView(
        id="01test", at_ms=1_700_000_000_000, state="streaming", place="local",
        model="echo/words", because="it is the only one here", mode="prefer-local",
        cost_nano=0, total_ms=12, first_token_ms=3, input_tokens=7, output_tokens=2,
    )  # fmt: skip
    return msgspec.structs.replace(view, **changes)


class ScriptedAnswer:
    """Plays the script."""

    def __init__(self, script: Sequence[Step], view: RequestView) -> None:
        self.id = view.id
        self.view = view
        self._script = script
        self.plan = NO_PLAN
        self.answers: tuple[AnswerView, ...] = ()

    async def deltas(self) -> AsyncIterator[Delta]:
        for step in self._script:
            if isinstance(step, Exception):
                if isinstance(step, HomeportError):
                    step.decision = self.id
                    self.view = msgspec.structs.replace(self.view, error=step.sentence)
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif callable(step):
                await step()
            else:
                if isinstance(step, Finish):
                    self.view = msgspec.structs.replace(self.view, state="done")
                yield step

    def result_metadata(self) -> dict[str, Any]:
        return {"because": self.view.because, "cost_nano": self.view.cost_nano}


@dataclass
class ScriptedRouter:
    """Answers every prompt with its script; remembers what it was asked."""

    script: Sequence[Step] = HELLO
    refusal: HomeportError | None = None
    view: RequestView = field(default_factory=a_view)
    counted: Counted = field(default_factory=lambda: Counted(7, exact=False, model="echo/words"))
    prompts: list[Prompt] = field(default_factory=list)
    in_flight: int = 0
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def answer(self, prompt: Prompt, once: object = None) -> AsyncIterator[ScriptedAnswer]:
        self.prompts.append(prompt)
        if self.refusal is not None:
            raise self.refusal
        self.in_flight += 1
        try:
            yield ScriptedAnswer(self.script, self.view)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        finally:
            self.in_flight -= 1

    async def count(self, prompt: Prompt) -> Counted:
        self.prompts.append(prompt)
        if self.refusal is not None:
            raise self.refusal
        return self.counted

    async def explain(self, prompt: Prompt) -> Why:
        self.prompts.append(prompt)
        if self.refusal is not None:
            raise self.refusal
        return Why(self.view, {"task": "chat"}, (), "1", "not-logged")


@dataclass
class ScriptedEmbeddings:
    """Gives each input a vector of two numbers; remembers what it was asked."""

    refusal: HomeportError | None = None
    asked: list[Inputs] = field(default_factory=list)

    async def embed(self, inputs: Inputs, once: object = None) -> Vectors:
        self.asked.append(inputs)
        if self.refusal is not None:
            raise self.refusal
        vectors = tuple((float(at), -0.5) for at in range(len(inputs.inputs)))
        view = a_view(state="done", model="vectors/a")
        return Vectors(Embedded(vectors, Usage(input=7, output=0), "a"), view)


class ScriptedFleet:
    """Two models; one adapter for each key that is tested."""

    def __init__(self) -> None:
        self.listed: list[Any] = []

    def views(self) -> tuple[ModelView, ...]:
        return (
            ModelView(id="echo/words", place="local", state="ready", context=4096),
            ModelView(id="openrouter/meta/llama-3:free", place="cloud", state="ready"),
        )

    def ids(self) -> tuple[str, ...]:
        return ()

    def adapters(self) -> list[Any]:
        return self.listed

    def card(self, model: str) -> Any:
        raise KeyError(model)

    def troubles(self) -> dict[str, Any]:
        return {}

    async def first_look(self) -> None:
        """All are known."""


class ScriptedFigures:
    """Four requests, one of which failed."""

    async def each(self, since_ms: int) -> list[tuple[tuple[str, ...], StatRow]]:
        return [(('sky/"best"', "code", "single"), self._row())]

    async def report(self, by: str, since_ms: int) -> StatsReport:
        return StatsReport(by=by, since_ms=since_ms, read=4, rows=(self._row(),))

    async def cached(self, since_ms: int) -> None:
        """Nothing came from the cache."""

    def _row(self) -> StatRow:
        return StatRow("", 4, 1, 120.0, 300.0, 900.0, None, 5, 0, None)


class ScriptedLedger:
    """A day window of two dollars."""

    def __init__(self) -> None:
        self.limits: Any = None

    def spend_view(self) -> SpendView:
        day = WindowView("day", 2_000_000_000, 250_000_000, 0, 1_700_000_000_000)
        return SpendView(windows=(day,), requests_today=3, local_today=2, cloud_today=1)

    async def refreshed(self) -> None:
        """Its sums are always known."""

    async def raise_limit(self, raised: Any) -> None:
        self.raised = raised

    async def report(self, by: str, since_ms: int) -> Spent:
        return Spent((), SpendRow("", 0, 0, 0, 0, 0), None)

    def set_limits(self, limits: Any) -> None:
        self.limits = limits


class ScriptedDecisions:
    """One decision."""

    async def recent(self, limit: int) -> list[RequestView]:
        return [a_view()][:limit]


class ScriptedLink:
    """Online until told otherwise."""

    def __init__(self) -> None:
        self.view = LinkView(state="online")


class ScriptedKeys:
    """Keeps secrets in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.noted: dict[str, str] = {}

    def views(self) -> tuple[KeyView, ...]:
        return tuple(KeyView(p, "untested", "file") for p in sorted(self.kept))

    def add(self, provider: str, secret: str) -> str:
        self.kept[provider] = secret
        return "file"

    def remove(self, provider: str) -> bool:
        return self.kept.pop(provider, None) is not None

    def note(self, provider: str, state: str) -> None:
        self.noted[provider] = state


class ScriptedRooms:
    """Where work goes on that no call waits for."""

    @property
    def tasks(self) -> ScriptedRooms:
        return self

    def create_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work)


class ScriptedDaemon:
    """What the doors need of a daemon."""

    version = "0.0-test"

    def __init__(self, home: Path, config: Config | None = None) -> None:
        self.config_file = ConfigFile(home / "config.toml")
        if config is not None:
            self.config_file.current = config
        self.shelf = Shelf(home / "policies")
        self.router = ScriptedRouter()
        self.embeddings = ScriptedEmbeddings()
        self.fleet = ScriptedFleet()
        self.ledger = ScriptedLedger()
        self.questions = Questions()
        self.decisions = ScriptedDecisions()
        self.link = ScriptedLink()
        self.keys = ScriptedKeys()
        self.texts = Texts(home / "texts.db")
        self.responses = KeptResponses(self.texts, lambda: self.config.storage, now_ms)
        self.reports: Any = None
        self.figures = ScriptedFigures()
        self.bus = Bus(self.snapshot)
        self.draining = False
        self.started_ms = now_ms()
        self.calls: Counter[str] = Counter()
        self.rooms = ScriptedRooms()
        self.replayer: Any = None

    @property
    def config(self) -> Config:
        return self.config_file.current

    @property
    def in_flight(self) -> int:
        return self.router.in_flight

    def policy(self, named: str = "") -> Policy:
        return self.shelf.policy(self.config_file.policy, self.config.policy, named)

    def machine(self) -> MachineView:
        return MachineView(cores=2)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            n=self.bus.n, at_ms=now_ms(), version=self.version, api_version=API_VERSION, pid=1,
            started_at_ms=self.started_ms, address=Address(), mode="prefer-local",
            draining=self.draining, link=self.link.view, machine=self.machine(),
            models=self.fleet.views(), keys=self.keys.views(), spend=self.ledger.spend_view(),
            requests=(a_view(),),
        )  # fmt: skip

    def spend_view(self) -> SpendView:
        return self.ledger.spend_view()

    def price_at(self, card: Any, at_ms: int) -> Price | None:
        """Whatever `sky` sells costs a dollar for a million tokens; at home nothing does."""
        if card.place != "cloud":
            return FREE
        return flat(10**9, 10**9, source="a test") if card.provider == "sky" else None

    def has_listed(self, model: str) -> bool:
        """Whatever `sky` sells."""
        return model.startswith("sky/")

    async def written_down(self) -> None:
        """Everything is."""

    async def why(self, decision: str) -> Why | None:
        if decision not in ("last", "01test"):
            return None
        return Why(a_view(), {"task": "chat"}, (), "1", "identical")

    async def doctor(self) -> DoctorReport:
        return DoctorReport((Finding("engine", "ok", "The engine is there."),))

    async def set_offline(self, offline: bool) -> None:
        self.link.view = LinkView(state="offline" if offline else "online", by_choice=offline)

    async def refresh_models(self) -> None:
        self.calls["refresh_models"] += 1

    async def rebuild_adapters(self) -> None:
        self.calls["rebuild_adapters"] += 1

    def probe_permit(self, origin: str) -> None:
        return None

    def drain(self) -> None:
        self.draining = True
        self.bus.publish(Stopping)
        self.bus.close()


@dataclass
class Reply:
    """A whole answer as it came over the socket."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class OpenHouse:
    """The doors with everything behind them."""

    daemon: ScriptedDaemon
    house: House
    doors: Doors
    socket: Path
    url: str
    stopped: asyncio.Event

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def connect(
        self, door: str = "unix"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if door == "unix":
            return await asyncio.open_unix_connection(str(self.socket))
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(
        self, method: str, path: str, body: Any = None, *, door: str = "unix", **headers: str
    ) -> Reply:
        """One request on a connection of its own. On TCP the token is sent unless named."""
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        lines = {"host": f"127.0.0.1:{self.port}", "content-length": str(len(raw))}
        if door == "tcp":
            lines["authorization"] = f"Bearer {TOKEN}"
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = f"{method} {path} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        return await self.send_raw(head.encode() + b"\r\n" + raw, door)

    async def send_raw(self, data: bytes, door: str = "unix") -> Reply:
        """Bytes as they are, and the first answer to them."""
        reader, writer = await self.connect(door)
        try:
            writer.write(data)
            async with asyncio.timeout(10):
                return await read_reply(reader, head_only=data.startswith(b"HEAD "))
        finally:
            writer.close()


async def read_reply(reader: asyncio.StreamReader, *, head_only: bool = False) -> Reply:
    """One answer from a connection: its head, then its body by length or in chunks."""
    status, headers = await read_head(reader)
    body = b""
    if not head_only and "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif not head_only:
        body = b"".join([part async for part in chunks(reader)])
    return Reply(status, headers, body)


async def read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.strip().split("\r\n")
    pairs = (line.split(":", 1) for line in rest)
    return int(first.split()[1]), {name.lower(): value.strip() for name, value in pairs}


async def chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The chunks of a body, to its end."""
    while True:
        size = int(await reader.readuntil(b"\r\n"), 16)
        data = await reader.readexactly(size + 2)
        if not size:
            return
        yield data[:-2]


@asynccontextmanager
async def open_house(home: Path, config: Config | None = None) -> AsyncIterator[OpenHouse]:
    """The doors are open while the context lasts."""
    daemon = ScriptedDaemon(home, config)
    stopped = asyncio.Event()
    house = House(daemon, stopped.set)  # type: ignore[arg-type]
    path = home / "h.sock"
    tcp = tcp_listener(0)
    app = App(house, TOKEN, hosts_of(tcp.getsockname()[1]))
    async with asyncio.TaskGroup() as group:
        doors = Doors(app, group)
        await doors.open([unix_listener(path), tcp])
        try:
            yield OpenHouse(daemon, house, doors, path, url_of(tcp), stopped)
        finally:
            daemon.bus.close()
            await doors.close()
            await house.close()
            await daemon.texts.close()
