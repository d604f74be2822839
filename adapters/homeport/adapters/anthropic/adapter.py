"""Anthropic's Messages API: Claude, by its own wire.

Every request streams. A prompt that came by the same wire goes out as the bytes
it came in, and its answer comes back as the bytes that were sent; any other is
written anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Final, Literal

from homeport.adapters import configured
from homeport.adapters.anthropic import models as anthropic_models
from homeport.adapters.anthropic import write as anthropic_write
from homeport.adapters.anthropic.models import Traits
from homeport.adapters.anthropic.parts import WIRE
from homeport.adapters.anthropic.stream import Opened, answer_deltas
from homeport.adapters.anthropic.write import NotWritable, Written
from homeport.adapters.base import (
    AttemptFailed,
    Credential,
    Delta,
    Limits,
    Permit,
    Prompt,
    Setup,
)
from homeport.adapters.configured import ConfiguredServer
from homeport.adapters.http.answer import Request, key_state, read_json, required, send
from homeport.adapters.http.pace import Pace, listing_pace
from homeport.adapters.http.upstream_errors import Upstream
from homeport.adapters.places import host_and_port, host_of, origin_of, place_of_host
from homeport.adapters.providers import PROVIDERS
from homeport.policies.model import ModelCard, Place

VERSION: Final = "2023-06-01"
"""The version in whose words requests are written anew: the last one with sampling knobs."""
_TOKEN_NAME: Final = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105 - the name, not a token
_FORWARDED: Final = frozenset({"anthropic-beta"})
_RAW_FORWARDED: Final = frozenset({"anthropic-beta", "anthropic-version"})
_MOST_PAGES: Final = 10


class AnthropicAdapter:
    """Speaks to one server of that wire."""

    def __init__(
        self,
        base_url: str,
        *,
        credential: Credential | None = None,
        bearer: bool = False,
        named: ConfiguredServer | None = None,
    ) -> None:
        self.provider = named.name if named else "anthropic"
        self._named = named
        """Where the config names it."""
        self._base_url = base_url.rstrip("/").removesuffix("/v1")
        self._origin = origin_of(base_url)
        said = named.place if named else None
        self._place: Place = said or place_of_host(host_of(self._origin))
        self._credential = credential
        self._bearer = bearer
        """The credential is a token, no key."""
        self._traits: dict[str, Traits] = {}
        """By name, of the models that were listed."""
        # Anthropic is known by its name and certificate; another server must say what it is.
        self._introduced = self._is_home = self._origin == origin_of(
            PROVIDERS["anthropic"].base_url
        )

    def __repr__(self) -> str:
        return f"AnthropicAdapter({host_and_port(self._origin)})"

    @classmethod
    def build(cls, setup: Setup) -> Sequence[AnthropicAdapter]:
        """Those of the config, and Anthropic's own where its key is known."""
        found = [
            cls(server.url, credential=server.credential, named=server)
            for server in configured.servers(setup, "anthropic")
        ]
        if any(adapter.provider == "anthropic" for adapter in found):
            return found
        return [*found, *cls._with_key(setup)]

    @classmethod
    def _with_key(cls, setup: Setup) -> Sequence[AnthropicAdapter]:
        provider = PROVIDERS["anthropic"]
        credential = setup.credential(provider.name)
        if credential is None:
            return []
        url = setup.environment.get(provider.base_url_name, "").strip()
        return [
            cls(
                url if configured.usable(url) else provider.base_url,
                credential=credential,
                bearer=_is_token(credential, setup),
            )
        ]

    @property
    def origin(self) -> str:
        """`scheme://host:port`."""
        return self._origin

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """Every model that the key may use."""
        who = self._upstream("")
        permit = required(permit, who)
        rows: list[dict[str, Any]] = []
        after = ""
        for _ in range(_MOST_PAGES):
            page = await self._page(after, permit, who)
            found = anthropic_models.rows_of(page)
            if found is None:
                raise who.failed("garbage")
            rows += found
            after = anthropic_models.next_page(page)
            if not after:
                break
        self._introduced = True
        self._traits = {row["id"]: anthropic_models.traits_of(row["id"], row) for row in rows}
        cards = anthropic_models.cards(
            rows,
            provider=self.provider,
            prices=PROVIDERS["anthropic"].prices,
            origin=self._origin,
            place=self._place,
        )
        return self._named.offered(cards) if self._named else cards

    async def check_key(self, permit: Permit) -> Literal["valid", "refused"]:
        """Whether the key is accepted; raises `AttemptFailed` where that cannot be told."""
        return await key_state(self._page("", permit, self._upstream(""), limit=1))

    def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """Answer the prompt; see `Adapter.stream`."""
        return answer_deltas(partial(self._open, prompt, card, prefix, limits, permit), self._doubt)

    async def count_tokens(
        self, prompt: Prompt, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> int:
        """How many tokens the prompt is for this model, as its provider counts them."""
        who = self._upstream(card.id)
        permit = required(permit, who)
        try:
            body = anthropic_write.count_body(prompt, model=card.name, traits=self._traits_of(card))
        except NotWritable as error:
            raise who.failed("unsupported", detail=str(error)) from None
        headers = self._headers(prompt, raw=bool(prompt.raw))
        request = Request("POST", self._url("messages/count_tokens", headers), headers, body)
        pace = Pace(card.id, limits)
        await self._introduce(permit, who, pace)
        answer = await read_json(permit, request, who, pace)
        counted = answer.get("input_tokens") if isinstance(answer, dict) else None
        if not isinstance(counted, int):
            raise who.failed("garbage")
        return counted

    async def close(self) -> None:
        """Nothing is held: connections belong to the daemon."""

    async def _open(
        self, prompt: Prompt, card: ModelCard, prefix: str, limits: Limits, permit: Permit | None
    ) -> Opened:
        who = self._upstream(card.id)
        permit = required(permit, who)
        pace = Pace(card.id, limits)
        if prefix and not card.continues:
            raise who.failed("unsupported", detail="it cannot go on from a partial answer")
        written = self._written(prompt, card, prefix, limits, who)
        await self._introduce(permit, who, pace)
        headers = self._headers(prompt, raw=written.raw)
        request = Request("POST", self._url("messages", headers), headers, written.body)
        return Opened(await send(permit, request, who, pace), who, pace, written)

    def _written(
        self, prompt: Prompt, card: ModelCard, prefix: str, limits: Limits, who: Upstream
    ) -> Written:
        try:
            return anthropic_write.write(
                prompt,
                model=card.name,
                max_tokens=limits.max_tokens,
                traits=self._traits_of(card),
                prefix=prefix,
            )
        except NotWritable as error:
            raise who.failed("unsupported", detail=str(error)) from None

    def _traits_of(self, card: ModelCard) -> Traits:
        return self._traits.get(card.name) or anthropic_models.traits_of(card.name)

    async def _introduce(self, permit: Permit, who: Upstream, pace: Pace) -> None:
        """A server that has not said what it is lists a model before it gets a prompt."""
        if self._introduced:
            return
        if anthropic_models.rows_of(await self._page("", permit, who, limit=1, pace=pace)) is None:
            raise who.failed("garbage")
        self._introduced = True

    def _doubt(self, error: AttemptFailed) -> None:
        """Another program may take a port whose server went away: ask again who is there."""
        if error.failure.kind in ("refused", "connect_timeout", "garbage", "missing"):
            self._introduced = self._is_home

    async def _page(
        self,
        after: str,
        permit: Permit,
        who: Upstream,
        limit: int = anthropic_models.PAGE,
        pace: Pace | None = None,
    ) -> Any:
        url = f"{self._base_url}/v1/models?limit={limit}"
        if after:
            from urllib.parse import quote

            url += f"&after_id={quote(after, safe='')}"
        pace = pace or listing_pace(self.provider)
        return await read_json(permit, Request("GET", url, self._headers()), who, pace)

    def _url(self, path: str, headers: dict[str, str]) -> str:
        # The official clients ask for what is in beta at an address of its own.
        query = "?beta=true" if "anthropic-beta" in headers else ""
        return f"{self._base_url}/v1/{path}{query}"

    def _headers(self, prompt: Prompt | None = None, *, raw: bool = False) -> dict[str, str]:
        headers = {
            "accept-encoding": "identity",
            "user-agent": "homeport",
            "anthropic-version": VERSION,
        }
        if self._credential is not None:
            secret = self._credential.reveal()
            headers |= _proof(secret, bearer=self._bearer)
        if prompt is None:
            return headers
        headers["content-type"] = "application/json"
        if prompt.wire == WIRE:
            known = _RAW_FORWARDED if raw else _FORWARDED
            headers |= {name: value for name, value in prompt.forward if name in known}
        return headers

    def _upstream(self, model: str) -> Upstream:
        return Upstream(model, self.provider, host_and_port(self._origin))


def _proof(secret: str, *, bearer: bool) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"} if bearer else {"x-api-key": secret}


def _is_token(credential: Credential, setup: Setup) -> bool:
    """Whether the key that counts is the one that the environment calls a token."""
    token = setup.environment.get(_TOKEN_NAME, "").strip()
    return bool(token) and credential.reveal() == token
