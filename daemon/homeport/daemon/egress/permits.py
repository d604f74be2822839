"""The one gate through which anything leaves: every connection needs its permit.

A permit is judged anew for each attempt (each hop of a fallback too), names one
origin, and is judged again for every request made under it. What it allows:

    place    address                     who may use it
    local    this machine                every prompt
    lan      the person's own network    a private prompt only to a trusted host
    cloud    anywhere                    never a private prompt, never `local-only`,
                                         not while offline

The httpx libraries are imported with the first client that is made over them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from homeport.adapters.base import AttemptFailed, failed
from homeport.adapters.places import (
    RANK,
    host_and_port,
    host_of,
    origin_of,
    place_of_host,
    place_of_origin,
)
from homeport.daemon.egress.addresses import AddressNotAllowed
from homeport.daemon.egress.troubles import LocalProtocolError, Trouble
from homeport.policies.model import Ask, Mode, ModelCard, Place

if TYPE_CHECKING:
    from homeport.daemon.egress.answer import Answer
    from homeport.daemon.egress.dialing import Dialer
    from homeport.daemon.egress.http1_pool import Told

Purpose = Literal["prompt", "probe", "download", "notice"]

HearHead = Callable[[Mapping[str, str]], None]
"""Told the headers of an answer, their names in lower case."""

MAX_PROBE_BODY_BYTES: Final = 4096
MAX_NOTICE_BODY_BYTES: Final = 4096
"""Sums and names of limits take no more; a prompt might."""
PROBE_POSTS: Final = frozenset({"/api/show"})
"""The only routes a probe may post to: they take the name of a model and no prompt."""


class OutboundPermit:
    """Leave to reach one origin for one purpose; what adapters know as a `Permit`."""

    __slots__ = ("_doors", "_hear", "_model", "_private", "_purpose", "origin", "place")

    def __init__(
        self,
        doors: Egress,
        place: Place,
        origin: str,
        purpose: Purpose,
        *,
        model: str = "",
        private: bool = False,
        hear: HearHead | None = None,
    ) -> None:
        """`hear` is told the headers of each answer."""
        self._hear = hear
        self._doors = doors
        self._purpose = purpose
        self._model = model
        self._private = private
        self.place = place
        self.origin = origin

    def __repr__(self) -> str:
        return f"OutboundPermit({self._purpose}, {self.place}, {self.origin or 'no connection'})"

    def http(self, base_url: str, *, connect_s: float = 2.0) -> Any:
        """An `httpx2.AsyncClient` for that origin alone; nobody needs to close it."""
        from homeport.daemon.egress import transport

        self._require_origin(base_url)
        own = transport.PermitTransport(self._doors.dialer(), self)
        return transport.client(own, base_url, connect_s)

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        connect_s: float | None = 2.0,
    ) -> Answer:
        """Send one request; the answer's head has come when this returns. Raises `Trouble`."""
        self.require(method, url, len(body))
        try:
            raw = [(name.encode("ascii"), text.encode("latin-1")) for name, text in headers.items()]
            answer = await self._doors.dialer().send(
                self, method, url, raw, body, connect_s=connect_s
            )
        except UnicodeEncodeError:
            raise LocalProtocolError("a header holds a character that it cannot hold") from None
        except AddressNotAllowed as error:
            raise self._refused(str(error)) from None
        self.heard(answer)
        return answer

    def heard(self, answer: Answer) -> None:
        """The head of an answer came."""
        if self._hear is not None:
            self._hear(answer.headers)

    def httpx_transport(self, base_url: str) -> Any:
        """The same for clients of the older `httpx`."""
        from homeport.daemon.egress.older_httpx import OlderTransport

        self._require_origin(base_url)
        return OlderTransport(self._doors.dialer(), self)

    def require(self, method: str, url: str, body_bytes: int) -> None:
        """Refuse a request that this permit does not cover; called for each."""
        self._require_origin(url)
        if self._purpose == "probe" and not _is_probe(method, url, body_bytes):
            raise self._refused("A probe tried to send more than a question; it was refused.")
        if self._purpose == "notice" and not _is_notice(method, body_bytes):
            raise self._refused("A notice tried to be more than a notice; it was refused.")
        reason = self._doors.barred(self.place, host_of(self.origin), private=self._private)
        if reason:
            raise self._refused(reason)

    def _require_origin(self, url: str) -> None:
        if _origin(url) != self.origin or not self.origin:
            where = host_and_port(self.origin) or "no connection at all"
            raise self._refused(f"The permit is for {where}; a request elsewhere was refused.")

    def _refused(self, sentence: str) -> AttemptFailed:
        return failed(self._model, "egress", sentence)


class Egress:
    """Issues permits, and owns the connections made under them."""

    def __init__(
        self,
        *,
        blocked: Callable[[Place], str | None] = lambda _: None,
        trusted_hosts: Callable[[], Sequence[str]] = tuple,
        mode: Callable[[], Mode | None] = lambda: None,
        environment: Mapping[str, str] | None = None,
        ca_file: Callable[[], str] = lambda: "",
        hear: Callable[[str, Told], None] = lambda _origin, _told: None,
        place_of: Callable[[str], Place] = place_of_origin,
    ) -> None:
        """`hear` is told what connecting to a provider's own host shows; `place_of` knows where an
        origin is that the person has placed."""
        self._hear = hear
        self._place_of = place_of
        self._blocked = blocked
        self._trusted_hosts = trusted_hosts
        self._mode = mode
        self._environment = os.environ if environment is None else environment
        self._ca_file = ca_file
        self._dialer: Dialer | None = None

    def __repr__(self) -> str:
        return f"Egress({'open' if self._dialer else 'no connection yet'})"

    def permit(
        self, ask: Ask, card: ModelCard, origin: str, hear: HearHead | None = None
    ) -> OutboundPermit:
        """Leave for one attempt; raises `AttemptFailed` of kind `egress` with the reason.

        An empty origin (a model that needs no connection) is judged by its card. `hear` is
        told the headers of its answers.
        """
        home = ask.privacy == "private" or "local-only" in (ask.mode, self._mode())
        clean = self._clean(origin, card.id)
        reason = _false_claim(card.place, clean) or self.barred(
            card.place, host_of(clean), private=home
        )
        if reason:
            raise failed(card.id, "egress", reason)
        return OutboundPermit(
            self, card.place, clean, "prompt", model=card.id, private=home, hear=hear
        )

    def probe_permit(self, origin: str) -> OutboundPermit:
        """Leave to ask a server what it is; covers no request that could carry a prompt."""
        clean = self._clean(origin, "")
        place = self._place_of(clean) if clean else "local"
        home = self._mode() == "local-only" and place == "cloud"
        reason = self.barred(place, host_of(clean), private=home)
        if reason:
            raise failed("", "egress", reason)
        return OutboundPermit(self, place, clean, "probe", private=home)

    def download_permit(self, url: str) -> OutboundPermit:
        """Leave to fetch from a URL's host; each redirect to another host needs its own."""
        return self._permit_beside_prompts(url, "download")

    def notice_permit(self, url: str) -> OutboundPermit:
        """Leave to tell the person's own webhook of money; covers nothing but a short `POST`."""
        return self._permit_beside_prompts(url, "notice")

    def _permit_beside_prompts(self, url: str, purpose: Purpose) -> OutboundPermit:
        clean = self._clean(url, "")
        place = place_of_host(host_of(clean))
        reason = self.barred(place, host_of(clean), private=False)
        if reason:
            raise failed("", "egress", reason)
        return OutboundPermit(self, place, clean, purpose)

    def barred(self, place: Place, host: str, *, private: bool) -> str | None:
        """Why nothing may go to a place at this moment; None where it may.

        `private` admits this machine, and trusted hosts of the own network.
        """
        if private and place == "cloud":
            return "This prompt must stay at home, and the model is in the cloud."
        if private and place == "lan" and not self._trusts(host):
            return (
                f"This prompt must stay at home, and {host} is not one of "
                "privacy.trusted_hosts; add it there if it is yours."
            )
        return self._blocked(place)

    async def prepare(self, origin: str) -> None:
        """Load off the loop what an origin needs; most need nothing."""
        await self.dialer().prepare(origin)

    async def greet(self, origin: str, connect_s: float) -> None:
        """Connect to a provider and hang up: no request is sent, and what it shows is heard.

        Also while the link is not trusted, for this is what makes it so; never in `local-only`.
        """
        clean = self._clean(origin, "")
        if self._mode() == "local-only" or self._place_of(clean) != "cloud":
            raise failed("", "egress", "No provider is greeted while everything stays at home.")
        permit = OutboundPermit(self, "cloud", clean, "probe", private=True)
        with suppress(Trouble, AddressNotAllowed):
            await self.dialer().greet(permit, connect_s)

    def numbers(self) -> tuple[str, ...]:
        """The addresses that providers were found at last."""
        return self._dialer.numbers() if self._dialer else ()

    async def lose(self, place: Place) -> None:
        """The link is lost: whatever waits for a place fails at once, and says so."""
        if self._dialer:
            await self._dialer.lose(place)

    def listen(self, place: Place) -> None:
        """A while begins, at whose end `lose_silent` asks who was heard from."""
        if self._dialer:
            self._dialer.listen(place)

    def lose_silent(self, place: Place) -> None:
        """Nobody there answers: whatever nothing came by in that while fails at once."""
        if self._dialer:
            self._dialer.lose_silent(place)

    async def lose_addresses(self, gone: frozenset[str]) -> None:
        """Addresses of this machine are gone: what was connected from them fails at once."""
        if self._dialer:
            self._dialer.lose_addresses(gone)

    async def forget(self, place: Place) -> None:
        """Close every connection to a place, those in use too."""
        if self._dialer:
            await self._dialer.forget(place)

    async def close(self) -> None:
        """Close every connection."""
        if self._dialer:
            await self._dialer.close()

    def dialer(self) -> Dialer:
        """The maker of connections, made when first asked for."""
        if self._dialer is None:
            from homeport.daemon.egress.dialing import Dialer

            self._dialer = Dialer(self._environment, self._ca_file, self._hear)
        return self._dialer

    def _trusts(self, host: str) -> bool:
        return host in {name.strip("[] ").rstrip(".").lower() for name in self._trusted_hosts()}

    def _clean(self, origin: str, model: str) -> str:
        clean = _origin(origin)
        if origin and not clean:
            raise failed(model, "egress", "The model's server has no usable address.")
        return clean


def _origin(url: str) -> str:
    try:
        return origin_of(url)
    except ValueError:
        return ""


@lru_cache(maxsize=1024)
def _false_claim(place: Place, origin: str) -> str | None:
    """Why a card's place cannot be true of its address; None where it can.

    A name that could be in the own network is believed here, and judged by its
    number when it is connected to. Being nearer than claimed does no harm.
    """
    if not origin or RANK[place_of_host(host_of(origin))] <= RANK[place]:
        return None
    host = host_of(origin)
    if place == "lan" and not _is_public_number(host):
        return None
    where = "on this machine" if place == "local" else "in your own network"
    return f"The model claims to be {where}, and {host} is not; nothing was sent."


def _is_public_number(host: str) -> bool:
    from homeport.adapters.places import is_address

    return is_address(host)


def _is_notice(method: str, body_bytes: int) -> bool:
    return method == "POST" and body_bytes <= MAX_NOTICE_BODY_BYTES


def _is_probe(method: str, url: str, body_bytes: int) -> bool:
    if method in ("GET", "HEAD"):
        return body_bytes == 0
    return (
        method == "POST"
        and urlsplit(url).path in PROBE_POSTS
        and body_bytes <= MAX_PROBE_BODY_BYTES
    )
