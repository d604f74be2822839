"""Gemini by its own API, with the key of the Gemini API.

Answers are always streamed. The key goes into a header, never into an address.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

import msgspec

from homeport.adapters import configured
from homeport.adapters.base import (
    Credential,
    Delta,
    Embedded,
    Inputs,
    Limits,
    Permit,
    Prompt,
    Setup,
    Usage,
)
from homeport.adapters.configured import ConfiguredServer
from homeport.adapters.gemini import embed as gemini_embed
from homeport.adapters.gemini import models as gemini_models
from homeport.adapters.gemini import raw as gemini_raw
from homeport.adapters.gemini import write as gemini_write
from homeport.adapters.gemini.contents import NotWritable
from homeport.adapters.gemini.errors import GeminiUpstream
from homeport.adapters.gemini.signatures import Signatures
from homeport.adapters.gemini.stream import Opened, answer_deltas
from homeport.adapters.http.answer import Request, key_state, read_json, required, send
from homeport.adapters.http.pace import Pace, listing_pace
from homeport.adapters.mending.free_text import functions_only, unwrapped
from homeport.adapters.places import host_and_port, host_of, origin_of, place_of_host
from homeport.adapters.providers import PROVIDERS
from homeport.policies.model import ModelCard, Place

PAGE: Final = 1000
MOST_PAGES: Final = 20
_HERE: Final = PROVIDERS["gemini"]


class GeminiAdapter:
    """Speaks to the Gemini API."""

    def __init__(
        self,
        base_url: str = _HERE.base_url,
        *,
        credential: Credential | None = None,
        named: ConfiguredServer | None = None,
    ) -> None:
        self.provider = named.name if named else _HERE.name
        self._named = named
        """Where the config names it."""
        self._base_url = base_url.rstrip("/").removesuffix("/v1beta") + "/v1beta"
        self._origin = origin_of(base_url)
        said = named.place if named else None
        self._place: Place = said or place_of_host(host_of(self._origin))
        self._credential = credential
        self._signatures = Signatures()
        # Google is known by its name and certificate; anyone else must say what it is.
        self._introduced = self._origin == origin_of(_HERE.base_url)

    def __repr__(self) -> str:
        return f"GeminiAdapter({self.provider} at {host_and_port(self._origin)})"

    @classmethod
    def build(cls, setup: Setup) -> Sequence[GeminiAdapter]:
        """Those of the config, and Google's own where there is a key."""
        found = [
            cls(server.url, credential=server.credential, named=server)
            for server in configured.servers(setup, "gemini")
        ]
        if any(adapter.provider == _HERE.name for adapter in found):
            return found
        return [*found, *cls._with_key(setup)]

    @classmethod
    def _with_key(cls, setup: Setup) -> Sequence[GeminiAdapter]:
        credential = setup.credential(_HERE.name)
        if not credential:
            return []
        url = setup.environment.get(_HERE.base_url_name, "").strip()
        return [cls(url if configured.usable(url) else _HERE.base_url, credential=credential)]

    @property
    def origin(self) -> str:
        """`scheme://host:port`."""
        return self._origin

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """The models that chat, and those that make embeddings."""
        who = self._upstream("")
        permit = required(permit, who)
        pace = listing_pace(self.provider)
        rows: list[dict[str, Any]] = []
        token = ""
        for _ in range(MOST_PAGES):
            page, token = await self._page(token, permit, who, pace)
            rows += page
            if not token:
                break
        self._introduced = True
        host = host_and_port(self._origin)
        cards = [gemini_models.card_of(row, self.provider, host, self._place) for row in rows]
        found = [card for card in cards if card is not None]
        return self._named.offered(found) if self._named else found

    async def _page(
        self, token: str, permit: Permit, who: GeminiUpstream, pace: Pace
    ) -> tuple[list[dict[str, Any]], str]:
        query = {"pageSize": str(PAGE)} | ({"pageToken": token} if token else {})
        request = self._request("GET", f"models?{urlencode(query)}")
        answer = await read_json(permit, request, who, pace)
        rows = gemini_models.rows_of(answer)
        if rows is None:
            raise who.failed("garbage")
        return rows, str(answer.get("nextPageToken") or "")

    async def check_key(self, permit: Permit) -> Literal["valid", "refused"]:
        """Whether the key is accepted; raises `AttemptFailed` where that cannot be told."""
        who = self._upstream("")
        pace = listing_pace(self.provider)
        request = self._request("GET", "models?pageSize=1")
        return await key_state(read_json(permit, request, who, pace))

    def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """Answer the prompt; see `Adapter.stream`."""
        opening = partial(self._open, functions_only(prompt), card, prefix, limits, permit)
        return unwrapped(answer_deltas(opening, self._signatures.note), prompt)

    async def _open(
        self, prompt: Prompt, card: ModelCard, prefix: str, limits: Limits, permit: Permit | None
    ) -> Opened:
        who = self._upstream(card.id)
        permit = required(permit, who)
        pace = Pace(card.id, limits)
        if prefix and not card.continues:
            raise who.failed("unsupported", detail="it cannot go on from a partial answer")
        await self._introduce(permit, who, pace)
        path = f"models/{quote(card.name)}:streamGenerateContent?alt=sse"
        raw = gemini_raw.patched(
            prompt, model=card.name, max_tokens=limits.max_tokens, prefix=prefix
        )
        if raw:
            answer = await send(permit, self._request("POST", path, raw), who, pace)
            return Opened(answer, who, pace, wired=gemini_raw.WiredAnswer())
        try:
            written = gemini_write.write(
                prompt,
                model=card.name,
                max_tokens=limits.max_tokens,
                prefix=prefix,
                remembered=self._signatures.of,
            )
        except NotWritable as error:
            raise who.failed("unsupported", detail=str(error)) from None
        answer = await send(permit, self._request("POST", path, written.body), who, pace)
        return Opened(answer, who, pace, written.dropped)

    async def count_tokens(
        self, prompt: Prompt, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> int:
        """Tokens of the prompt as Google counts them; see `TokenCounter.count_tokens`."""
        who = self._upstream(card.id)
        permit = required(permit, who)
        pace = Pace(card.id, limits)
        await self._introduce(permit, who, pace)
        try:
            spoken = functions_only(prompt)
            written = gemini_write.write(spoken, model=card.name, max_tokens=1)
        except NotWritable as error:
            raise who.failed("unsupported", detail=str(error)) from None
        name = msgspec.json.encode(f"models/{card.name}")
        asked = b'{"generateContentRequest":{"model":' + name + b"," + written.body[1:] + b"}"
        request = self._request("POST", f"models/{quote(card.name)}:countTokens", asked)
        answer = await read_json(permit, request, who, pace)
        counted = answer.get("totalTokens") if isinstance(answer, dict) else None
        if not isinstance(counted, int):
            raise who.failed("garbage")
        return counted

    async def embed(
        self, inputs: Inputs, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> Embedded:
        """A vector for each text; see `Embedder.embed`."""
        who = self._upstream(card.id)
        permit = required(permit, who)
        pace = Pace(card.id, limits)
        await self._introduce(permit, who, pace)
        vectors: list[tuple[float, ...]] = []
        usages: list[Usage] = []
        try:
            for body, count in gemini_embed.bodies(inputs, card.name):
                path = f"models/{quote(card.name)}:batchEmbedContents"
                request = self._request("POST", path, msgspec.json.encode(body))
                answer = await read_json(permit, request, who, pace)
                vectors += gemini_embed.vectors_of(answer, count)
                usages.append(gemini_embed.usage_of(answer))
        except NotWritable as error:
            raise who.failed("unsupported", detail=str(error)) from None
        except gemini_embed.Garbage:
            raise who.failed("garbage") from None
        return Embedded(tuple(vectors), gemini_embed.together(usages), card.name)

    async def close(self) -> None:
        """Nothing is held: connections belong to the daemon."""

    async def _introduce(self, permit: Permit, who: GeminiUpstream, pace: Pace) -> None:
        if not self._introduced:
            await self._page("", permit, who, pace)
            self._introduced = True

    def _request(self, method: str, path: str, body: bytes = b"") -> Request:
        headers = {"accept-encoding": "identity", "user-agent": "homeport"}
        if body:
            headers["content-type"] = "application/json"
        if self._credential:
            headers["x-goog-api-key"] = self._credential.reveal()
        return Request(method, f"{self._base_url}/{path}", headers, body)

    def _upstream(self, model: str) -> GeminiUpstream:
        return GeminiUpstream(model, self.provider, host_and_port(self._origin))
