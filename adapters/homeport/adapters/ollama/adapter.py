"""Ollama by its native API, through the official client over the permit's transport.

The context window is always asked for explicitly, and a prompt that does not
fit it is a failure: left to itself the server cuts the prompt and says nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Embedded,
    Inputs,
    Limits,
    Permit,
    Prompt,
    Setup,
)
from homeport.adapters.http.answer import Request, read_json, required
from homeport.adapters.http.pace import Pace, listing_pace
from homeport.adapters.http.upstream_errors import Garbage, Upstream
from homeport.adapters.mending.free_text import functions_only, unwrapped
from homeport.adapters.mending.home_answer import mended
from homeport.adapters.ollama import embed as ollama_embed
from homeport.adapters.ollama import models as ollama_models
from homeport.adapters.ollama import write as ollama_write
from homeport.adapters.ollama.raw_lines import PLAIN_HEADERS, raw_lines
from homeport.adapters.ollama.stream import OverflowGuard, chat_deltas, meaning
from homeport.adapters.places import host_and_port, host_of, origin_of, place_of_host
from homeport.policies.model import ModelCard, Place

DEFAULT_URL: Final = "http://127.0.0.1:11434"
DEFAULT_PORT: Final = 11434
LOADING_S: Final = 600.0
"""Longest wait for a model to be loaded."""
PULL_GAP_S: Final = 300.0
"""Longest silence within a download, which hashes what it got at its end."""
PULL_S: Final = 24 * 3600.0
_SHOWN_AT_ONCE: Final = 4
_MOST_BYTES_PER_TOKEN: Final = 16


class OllamaAdapter:
    """Speaks to one Ollama server."""

    provider = "ollama"

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        window: int = 8192,
        keep_alive_s: int | None = None,
        cloud: bool = True,
    ) -> None:
        self._origin = origin_of(url)
        self._base_url = url.rstrip("/")
        self._window = window
        self._keep_alive_s = keep_alive_s
        self._cloud = cloud
        """Whether models that run elsewhere are offered."""
        self._place: Place = place_of_host(host_of(self._origin))
        self._closers: set[str] = set()
        """Models seen to close reasoning that their prompt had opened."""
        self._version: tuple[int, ...] | None = None
        self._shown: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._running: dict[str, tuple[int, int]] = {}
        self._windows: dict[str, int | None] = {}

    def __repr__(self) -> str:
        return f"OllamaAdapter({host_and_port(self._origin)})"

    @classmethod
    def build(cls, setup: Setup) -> Sequence[OllamaAdapter]:
        """One adapter, unless it is switched off."""
        table = setup.settings.get("ollama") or {}
        models = setup.settings.get("models") or {}
        if not table.get("enabled", True):
            return []
        adapter = cls(
            server_url(table.get("url") or setup.environment.get("OLLAMA_HOST", "")),
            window=models.get("context", 8192),
            keep_alive_s=models.get("idle_unload_s"),
            cloud=setup.environment.get("OLLAMA_NO_CLOUD", "").lower() not in ("1", "true", "yes"),
        )
        return [adapter]

    @property
    def origin(self) -> str:
        """`scheme://host:port`."""
        return self._origin

    def running(self) -> dict[str, tuple[int, int]]:
        """Per loaded model its bytes in GPU memory and its bytes in all, as last listed."""
        return dict(self._running)

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """Every model that chats or gives vectors; also notes which are loaded."""
        who = self._upstream("")
        permit = required(permit, who)
        pace = listing_pace(self.provider)
        version = await self._introduce(permit, who, pace)
        client = await self._client(permit, pace.connect_s)
        rows = _rows(await self._ask(client, who, pace, "GET", "/api/tags"), who)
        rows = [row for row in rows if self._cloud or not ollama_models.is_remote(_name(row), row)]
        shown = await self._show_all(client, rows, who, pace)
        self._running = _running(await self._ask(client, who, pace, "GET", "/api/ps"))
        cards = [
            ollama_models.card_of(
                row,
                facts,
                place=self._place,
                host=host_and_port(self._origin),
                window=self._window,
                version=version,
            )
            for row, facts in zip(rows, shown, strict=True)
            if facts is not None
            and (ollama_models.chats(facts) or ollama_models.embeds(facts))
            and (self._cloud or not ollama_models.is_remote(_name(row), facts))
        ]
        self._windows = {card.id: card.context for card in cards if card.place != "cloud"}
        return cards

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """Answer the prompt; see `Adapter.stream`."""
        asked, prompt = prompt, functions_only(prompt)
        who = self._upstream(card.id)
        permit = required(permit, who)
        pace = Pace(card.id, limits)
        if prefix and not card.continues:
            raise who.failed("unsupported", detail="it cannot go on from a partial answer")
        size = ollama_write.prompt_bytes(prompt, prefix)
        if card.context and size > card.context * _MOST_BYTES_PER_TOKEN:
            raise who.failed("context_overflow")
        route, body, dropped = self._written(prompt, card, prefix, limits, who)
        if self._version is None:
            await self._introduce(permit, who, pace)
        guard = OverflowGuard(size, card, self._version or (), streams=prompt.stream)
        lines: AsyncGenerator[dict[str, Any] | bytes]
        if prompt.stream and ollama_write.passes(prompt, prefix) and self._place != "cloud":
            url = f"{self._base_url}{route}"
            lines = raw_lines(permit, url, msgspec.json.encode(body), who, pace)
        else:
            lines = await (await self._client(permit, limits.connect_s)).lines(route, body)
        deltas = chat_deltas(lines, who, pace, guard, dropped)
        try:
            async with contextlib.aclosing(deltas):
                whole = mended(deltas, prompt, card, prefix, self._closers)
                async for delta in unwrapped(whole, asked):
                    yield delta
        except AttemptFailed as error:
            if error.failure.kind in ("refused", "connect_timeout", "garbage"):
                self._version = None
            raise

    def _written(
        self, prompt: Prompt, card: ModelCard, prefix: str, limits: Limits, who: Upstream
    ) -> tuple[str, dict[str, Any], tuple[str, ...]]:
        """Route, body and the names of what was dropped."""
        keep_alive_s = self._keep_alive_s
        if ollama_write.passes(prompt, prefix):
            return ollama_write.write_passed(prompt, card, limits=limits, keep_alive_s=keep_alive_s)
        raw = prompt.completion is not None
        write = ollama_write.write_completion if raw else ollama_write.write
        try:
            body, dropped = write(
                prompt, card, prefix=prefix, limits=limits, keep_alive_s=keep_alive_s
            )
        except ollama_write.NotWritable as error:
            raise who.failed("unsupported", detail=str(error)) from None
        return "/api/generate" if raw else "/api/chat", body, dropped

    async def embed(
        self, inputs: Inputs, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> Embedded:
        """One vector for each text; see `Embedder`."""
        who = self._upstream(card.id)
        permit = required(permit, who)
        pace = Pace(card.id, limits)
        try:
            body = ollama_embed.write(inputs, card, keep_alive_s=self._keep_alive_s)
        except ollama_write.NotWritable as error:
            raise who.failed("unsupported", detail=str(error)) from None
        if self._version is None:
            await self._introduce(permit, who, pace)
        client = await self._client(permit, limits.connect_s)
        answer = await self._ask(client, who, pace, "POST", "/api/embed", body)
        try:
            return ollama_embed.read(answer, len(inputs.inputs))
        except Garbage:
            raise who.failed("garbage") from None

    # The server's own store and memory

    async def load(self, model: str, *, permit: Permit | None) -> None:
        """Have the server load a model. Raises `AttemptFailed`."""
        window = self._windows.get(model)
        order = {"options": {"num_ctx": window}} if window else {}
        await self._order(model, permit, order)

    async def unload(self, model: str, *, permit: Permit | None) -> None:
        """Have the server let a model go. Raises `AttemptFailed`."""
        await self._order(model, permit, {"keep_alive": 0})

    async def _order(self, model: str, permit: Permit | None, order: dict[str, Any]) -> None:
        who = self._upstream(model)
        permit = required(permit, who)
        pace = Pace(model, Limits(0, LOADING_S, first_token_s=LOADING_S))
        client = await self._client(permit, pace.connect_s)
        body = {"model": model.removeprefix("ollama/"), "stream": False} | order
        await self._ask(client, who, pace, "POST", "/api/generate", body)

    async def pull(
        self, name: str, *, insecure: bool, permit: Permit | None
    ) -> AsyncGenerator[dict[str, Any]]:
        """Have the server fetch a model: how it goes, line by line. Raises `AttemptFailed`."""
        who = self._upstream(f"ollama/{name}")
        permit = required(permit, who)
        pace = Pace(name, Limits(0, PULL_S, first_token_s=PULL_GAP_S, gap_s=PULL_GAP_S))
        client = await self._client(permit, pace.connect_s)
        body = {"model": name, "stream": True} | ({"insecure": True} if insecure else {})
        lines = await client.lines("/api/pull", body)
        try:
            while True:
                yield await pace.wait(anext(lines))
                pace.passed(0)
        except StopAsyncIteration:
            return
        except Exception as error:
            raise meaning(error, who, pace) from error
        finally:
            await lines.aclose()

    async def close(self) -> None:
        """Nothing is held: connections belong to the daemon."""

    async def _introduce(self, permit: Permit, who: Upstream, pace: Pace) -> tuple[int, ...]:
        """Ask who is there before anything else is said."""
        self._version = None
        request = Request("GET", f"{self._base_url}/api/version", PLAIN_HEADERS)
        answer = await read_json(permit, request, who, pace)
        text = answer.get("version") if isinstance(answer, dict) else None
        if not isinstance(text, str):
            raise who.failed("garbage")
        self._version = ollama_models.version_of(text)
        return self._version

    async def _client(self, permit: Permit, connect_s: float) -> Any:
        name = "homeport.adapters.ollama.client"
        module: Any = sys.modules.get(name)
        if module is None:
            module = await asyncio.to_thread(importlib.import_module, name)
        return module.PlainClient(
            self._base_url,
            permit.httpx_transport(self._base_url),
            connect_s=connect_s,
            at_home=self._place != "cloud",
        )

    async def _show_all(
        self, client: Any, rows: Sequence[Mapping[str, Any]], who: Upstream, pace: Pace
    ) -> list[Mapping[str, Any] | None]:
        """What the server tells of each model; None for one that went meanwhile."""
        slots = asyncio.Semaphore(_SHOWN_AT_ONCE)

        async def show(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
            key = (_name(row), str(row.get("digest")))
            if key not in self._shown:
                async with slots:
                    try:
                        answer = await self._ask(
                            client, who, pace, "POST", "/api/show", {"model": key[0]}
                        )
                    except AttemptFailed as error:
                        if error.failure.status is None:
                            raise
                        return None
                self._shown[key] = answer if isinstance(answer, dict) else {}
            return self._shown[key]

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(show(row)) for row in rows]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        listed = {(_name(row), str(row.get("digest"))) for row in rows}
        self._shown = {key: facts for key, facts in self._shown.items() if key in listed}
        return [task.result() for task in tasks]

    async def _ask(
        self,
        client: Any,
        who: Upstream,
        pace: Pace,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return await pace.wait(client.ask(method, path, body))
        except Exception as error:
            raise meaning(error, who, pace) from error

    def _upstream(self, model: str) -> Upstream:
        return Upstream(model, "ollama", host_and_port(self._origin))


def server_url(value: str) -> str:
    """The address in a setting or in OLLAMA_HOST, which may lack scheme, host and port."""
    value = value.strip().rstrip("/")
    if "://" not in value:
        host, colon, port = value.rpartition(":") if _has_port(value) else (value, "", "")
        value = f"http://{host or '127.0.0.1'}:{port if colon else DEFAULT_PORT}"
    # A server told to listen on every address is reached on this machine's own.
    value = value.replace("://0.0.0.0", "://127.0.0.1", 1).replace("://[::]", "://[::1]", 1)
    try:
        origin_of(value)
    except ValueError:
        return DEFAULT_URL
    return value


def _has_port(value: str) -> bool:
    return value.rpartition(":")[2].isdigit() and not (value.count(":") > 1 and "]" not in value)


def _rows(answer: Any, who: Upstream) -> list[Mapping[str, Any]]:
    rows = answer.get("models") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise who.failed("garbage")
    return [row for row in rows if isinstance(row, dict) and _name(row)]


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("model") or row.get("name") or "")


def _running(answer: Any) -> dict[str, tuple[int, int]]:
    rows = answer.get("models") if isinstance(answer, dict) else None
    return {
        f"ollama/{_name(row)}": (int(row.get("size_vram") or 0), int(row.get("size") or 0))
        for row in rows or ()
        if isinstance(row, dict)
    }
