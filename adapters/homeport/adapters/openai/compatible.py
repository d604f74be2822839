"""Any server that speaks OpenAI chat completions: providers, and servers at home.

One adapter per server: those of the config, providers whose key is present, and
the usual loopback ports. A server that is no known provider gets no prompt
before it has listed its models, which says what it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, Literal

from homeport.adapters import configured
from homeport.adapters.base import (
    Answer,
    AttemptFailed,
    Credential,
    Delta,
    Embedded,
    Inputs,
    Limits,
    Permit,
    Prompt,
    Setup,
)
from homeport.adapters.http.answer import (
    MAX_EMBEDDINGS_BYTES,
    Request,
    key_state,
    read_body,
    read_json,
    required,
    send,
)
from homeport.adapters.http.pace import Pace, listing_pace
from homeport.adapters.http.upstream_errors import Garbage, Upstream, UpstreamError
from homeport.adapters.mending.free_text import functions_only, unwrapped
from homeport.adapters.mending.home_answer import mended
from homeport.adapters.openai import embeddings as openai_embeddings
from homeport.adapters.openai import models as openai_models
from homeport.adapters.openai import responses_write as openai_responses_write
from homeport.adapters.openai import write as openai_write
from homeport.adapters.openai.models import Flavour, Listing
from homeport.adapters.openai.route import CHAT, RESPONSES, route_of
from homeport.adapters.openai.stream import AnswerDeltas, Opened
from homeport.adapters.places import host_and_port, host_of, origin_of, place_of_host
from homeport.adapters.providers import LOCAL_SERVERS, PROVIDERS, SERVER, SERVERS, Provider
from homeport.policies.model import ModelCard, Place

_CONTINUE: Final[dict[Flavour, dict[str, Any]]] = {
    "vllm": {"add_generation_prompt": False, "continue_final_message": True},
}
"""Top-level fields with which a server is told to go on from the last message."""


class OpenAICompatibleAdapter:
    """Speaks to one such server."""

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        dialect: Provider = SERVER,
        place: Place | None = None,
        credential: Credential | None = None,
        context: int | None = None,
        only: tuple[str, ...] = (),
        idempotency_header: str = "",
    ) -> None:
        self.provider = provider
        self._base_url = base_url.rstrip("/")
        self._origin = origin_of(base_url)
        self._dialect = dialect
        self._place: Place = place or place_of_host(host_of(self._origin))
        self._credential = credential
        self._listing = Listing(provider, self._origin, self._place, dialect, only, context)
        # A provider is known by its name and certificate; any other server must say what it is.
        self._must_introduce = not (dialect.name and self._origin == _home_of(dialect))
        self._introduced = False
        self._flavour: Flavour = "plain"
        self._closers: set[str] = set()
        """Models seen to close reasoning that their prompt had opened."""
        self._key_header = idempotency_header
        self._no_responses = False
        """It said that it does not serve the Responses wire."""

    def __repr__(self) -> str:
        return f"OpenAICompatibleAdapter({self.provider} at {host_and_port(self._origin)})"

    @classmethod
    def build(cls, setup: Setup) -> Sequence[OpenAICompatibleAdapter]:
        """One adapter per configured server, per provider with a key, and per usual port."""
        found: dict[str, OpenAICompatibleAdapter] = {}
        for adapter in (*_configured(setup), *_with_key(setup), *_usual_ports(setup)):
            taken = {other.origin for other in found.values()}
            if adapter.provider not in found and not (
                adapter.origin in taken and adapter.provider in dict(LOCAL_SERVERS)
            ):
                found[adapter.provider] = adapter
        return list(found.values())

    @property
    def origin(self) -> str:
        """`scheme://host:port`."""
        return self._origin

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """The models that the server lists and that can chat."""
        who = self._upstream("")
        permit = required(permit, who)
        pace = listing_pace(self.provider)
        rows = await self._introduce(permit, who, pace)
        self._flavour = openai_models.flavour_of(rows)
        context = None
        if self._flavour == "llama-server":
            context = await self._context_in_use(permit, who, pace)
        if self._flavour == "lmstudio":
            rows = await self._detailed(permit, who, pace) or rows
        cards = openai_models.cards(rows, self._listing, self._flavour, context=context)
        return [replace(card, idempotent=bool(self._key_header)) for card in cards]

    async def check_key(self, permit: Permit) -> Literal["valid", "refused"]:
        """Whether the key is accepted; raises `AttemptFailed` where that cannot be told."""
        who = self._upstream("")
        pace = listing_pace(self.provider)
        return await key_state(
            self._get(f"{self._base_url}/{self._dialect.key_path}", permit, who, pace)
        )

    def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """Answer the prompt; see `Adapter.stream`."""
        spoken = prompt if self._spoken().custom_tools else functions_only(prompt)
        opening = partial(self._open, spoken, card, prefix, limits, permit)
        answer = mended(AnswerDeltas(opening, self._doubt), spoken, card, prefix, self._closers)
        return unwrapped(answer, prompt)

    async def _open(
        self, prompt: Prompt, card: ModelCard, prefix: str, limits: Limits, permit: Permit | None
    ) -> Opened:
        who = self._upstream(card.id)
        permit = required(permit, who)
        pace = Pace(card.id, limits)
        if prefix and not card.continues:
            raise who.failed("unsupported", detail="it cannot go on from a partial answer")
        if self._must_introduce and not self._introduced:
            await self._introduce(permit, who, pace)
        path, written = self._asked(prompt, card, prefix, limits, who)
        key = limits.key
        try:
            base = self._base_for(path, prefix)
            response = await self._sent(f"{base}/{path}", written.body, permit, who, pace, key)
        except AttemptFailed as error:
            if path != RESPONSES or not self._lacks_responses(error, prompt):
                raise
            path, written = self._asked(prompt, card, prefix, limits, who)
            chat = f"{self._base_url}/{path}"
            response = await self._sent(chat, written.body, permit, who, pace, key)
        return Opened(
            response,
            who,
            pace,
            written.dropped,
            gathers=not prompt.stream,
            wired=written.wired,
            responses=path == RESPONSES,
        )

    async def _sent(
        self, url: str, body: bytes, permit: Permit, who: Upstream, pace: Pace, key: str = ""
    ) -> Answer:
        return await send(permit, self._request("POST", url, body, key), who, pace)

    def _base_for(self, path: str, prefix: str) -> str:
        """The provider's own address for going on, where it has one and is asked there."""
        other, at_home = self._dialect.prefix_url, self._origin == _home_of(self._dialect)
        return other if other and prefix and path == CHAT and at_home else self._base_url

    def _lacks_responses(self, error: AttemptFailed, prompt: Prompt) -> bool:
        """A server that may serve that wire or not: it has said that it does not."""
        if self._dialect.name == "openai" or error.failure.status not in (404, 405, 501):
            return False
        self._no_responses = True
        return not openai_responses_write.only_said_here(prompt)

    def _asked(
        self, prompt: Prompt, card: ModelCard, prefix: str, limits: Limits, who: Upstream
    ) -> tuple[str, openai_write.Written]:
        """The route, and the body for it. Servers know again what they are to answer whole."""
        path, written = self._written(prompt, card, prefix, limits, who)
        keyed = limits.key and self._key_header
        return path, openai_write.unstreamed(written) if keyed else written

    def _written(
        self, prompt: Prompt, card: ModelCard, prefix: str, limits: Limits, who: Upstream
    ) -> tuple[str, openai_write.Written]:
        """The route, and the body for it."""
        most, dialect = limits.max_tokens, self._spoken()
        try:
            path = route_of(prompt, card, dialect, prefix=prefix, responses=not self._no_responses)
            if path == RESPONSES:
                return path, openai_responses_write.write(
                    prompt, model=card.name, max_tokens=most, dialect=dialect
                )
            if path != CHAT:
                return path, openai_write.write_completion(
                    prompt, model=card.name, max_tokens=most, dialect=dialect, prefix=prefix
                )
            return path, openai_write.write(
                prompt,
                model=card.name,
                max_tokens=most,
                dialect=dialect,
                prefix=prefix,
                prefix_fields=_CONTINUE.get(self._flavour) or dict(dialect.prefix_fields),
            )
        except openai_write.NotWritable as error:
            raise who.failed("unsupported", detail=str(error)) from None

    def _spoken(self) -> Provider:
        """The dialect, by the program that serves where no provider is known."""
        return SERVERS.get(self._flavour, SERVER) if self._dialect is SERVER else self._dialect

    async def embed(
        self, inputs: Inputs, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> Embedded:
        """A vector for each input; see `Embedder.embed`."""
        who = self._upstream(card.id)
        permit = required(permit, who)
        pace = Pace(card.id, limits)
        try:
            if self._must_introduce and not self._introduced:
                await self._introduce(permit, who, pace)
            body = openai_embeddings.write(inputs, model=card.name, dialect=self._dialect)
            answer = await self._post("embeddings", body, permit, who, pace, limits.key)
            return openai_embeddings.read(answer, len(inputs.inputs))
        except UpstreamError as error:
            raise who.said(error.error) from None
        except Garbage:
            self._introduced = False
            raise who.failed("garbage") from None
        except AttemptFailed as error:
            self._doubt(error)
            raise

    async def _post(
        self, path: str, body: bytes, permit: Permit, who: Upstream, pace: Pace, key: str
    ) -> bytes:
        request = self._request("POST", f"{self._base_url}/{path}", body, key)
        answer = await send(permit, request, who, pace)
        try:
            return await read_body(answer, who, pace, MAX_EMBEDDINGS_BYTES)
        finally:
            await answer.aclose()

    async def close(self) -> None:
        """Nothing is held: connections belong to the daemon."""

    def _doubt(self, error: AttemptFailed) -> None:
        """Another program may take a port whose server went away: ask again who is there."""
        if error.failure.kind in ("refused", "connect_timeout", "garbage", "missing"):
            self._introduced = False

    async def _introduce(
        self, permit: Permit, who: Upstream, pace: Pace
    ) -> Sequence[Mapping[str, Any]]:
        self._introduced = False
        answer = await self._get(f"{self._base_url}/models", permit, who, pace)
        rows = openai_models.rows_of(answer)
        if rows is None:
            raise who.failed("garbage")
        self._introduced = True
        return rows

    async def _context_in_use(self, permit: Permit, who: Upstream, pace: Pace) -> int | None:
        """The window that llama-server really runs with; its listing tells only the model's."""
        root = self._base_url.removesuffix("/v1")
        try:
            answer = await self._get(f"{root}/props", permit, who, pace)
        except AttemptFailed:
            return None
        settings = answer.get("default_generation_settings") if isinstance(answer, dict) else None
        window = settings.get("n_ctx") if isinstance(settings, dict) else None
        return window if isinstance(window, int) and window > 0 else None

    async def _detailed(
        self, permit: Permit, who: Upstream, pace: Pace
    ) -> Sequence[Mapping[str, Any]] | None:
        root = self._base_url.removesuffix("/v1")
        try:
            return openai_models.rows_of(
                await self._get(f"{root}/api/v0/models", permit, who, pace)
            )
        except AttemptFailed:
            return None

    async def _get(self, url: str, permit: Permit, who: Upstream, pace: Pace) -> Any:
        return await read_json(permit, self._request("GET", url), who, pace)

    def _request(self, method: str, url: str, body: bytes = b"", key: str = "") -> Request:
        headers = {"accept-encoding": "identity", "user-agent": "homeport"}
        if body:
            headers["content-type"] = "application/json"
        if self._credential:
            headers["authorization"] = f"Bearer {self._credential.reveal()}"
        if key and self._key_header:
            headers[self._key_header.lower()] = key
        return Request(method, url, headers, body)

    def _upstream(self, model: str) -> Upstream:
        return Upstream(model, self.provider, host_and_port(self._origin))


def _home_of(dialect: Provider) -> str:
    return origin_of(dialect.base_url) if dialect.base_url else ""


def _configured(setup: Setup) -> list[OpenAICompatibleAdapter]:
    return [
        OpenAICompatibleAdapter(
            server.name,
            server.url,
            dialect=_dialect_at(server.name, server.url),
            place=server.place,
            credential=server.credential,
            context=server.context,
            only=server.only,
            idempotency_header=server.idempotency_header,
        )
        for server in configured.servers(setup, "openai")
    ]


def _dialect_at(name: str, url: str) -> Provider:
    """A provider's own dialect for its own address, or for a server of its name."""
    for provider in PROVIDERS.values():
        if provider.wire == "openai" and (
            name == provider.name or origin_of(url) == _home_of(provider)
        ):
            return provider
    return SERVER


def _with_key(setup: Setup) -> list[OpenAICompatibleAdapter]:
    found = []
    for provider in PROVIDERS.values():
        credential = setup.credential(provider.name) if provider.wire == "openai" else None
        if credential:
            url = setup.environment.get(provider.base_url_name, "") or provider.base_url
            found.append(
                OpenAICompatibleAdapter(
                    provider.name,
                    url if configured.usable(url) else provider.base_url,
                    dialect=provider,
                    credential=credential,
                )
            )
    return found


def _usual_ports(setup: Setup) -> list[OpenAICompatibleAdapter]:
    if not (setup.settings.get("probing") or {}).get("local_ports", False):
        return []
    return [
        OpenAICompatibleAdapter(name, f"http://127.0.0.1:{port}/v1") for name, port in LOCAL_SERVERS
    ]
