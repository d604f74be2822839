"""Asks a provider what it charged by UTC day, at the endpoint that it documents for that.

Only a person's own question leads here. It carries nothing of a prompt, and brings a key that
an organization made for its bills: the keys of prompts are taken by none of these endpoints.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from homeport.adapters.base import AttemptFailed, Credential, Limits, Permit
from homeport.adapters.http.answer import Request, read_json
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.upstream_errors import Upstream
from homeport.adapters.places import host_and_port
from homeport.policies.errors import NotFound, NothingAnswered

MOST_PAGES: Final = 40
ASKED_S: Final = 25.0
"""What all pages may take together."""
_REFUSED: Final = ("unauthorized", "rejected", "missing")

Page = dict[str, Any]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where one provider tells its charges, and how it wants to be asked."""

    path: str
    key: str
    """Name of the key that it takes."""
    made_at: str
    """Where a person gets one."""
    query: Callable[[datetime.date, datetime.date], Mapping[str, str]]
    """For the days from one to another, both with it."""
    headers: Callable[[str], Mapping[str, str]]
    """Of a key."""


def _bearer(key: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {key}"}


def _of_anthropic(key: str) -> Mapping[str, str]:
    return {"x-api-key": key, "anthropic-version": "2023-06-01"}


def _in_seconds(since: datetime.date, until: datetime.date) -> Mapping[str, str]:
    bounds = {"start_time": str(_unix(since)), "end_time": str(_unix(_after(until)))}
    return {**bounds, "group_by": "line_item", "bucket_width": "1d", "limit": "180"}


def _in_words(since: datetime.date, until: datetime.date) -> Mapping[str, str]:
    bounds = {"starting_at": f"{since}T00:00:00Z", "ending_at": f"{_after(until)}T00:00:00Z"}
    return {**bounds, "group_by[]": "description", "bucket_width": "1d", "limit": "31"}


def _all_at_once(since: datetime.date, until: datetime.date) -> Mapping[str, str]:  # noqa: ARG001 - one shape for all
    return {}


ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    "anthropic": Endpoint(
        path="/v1/organizations/cost_report",
        key="anthropic-admin",
        made_at="the Console's settings, under Admin keys",
        query=_in_words,
        headers=_of_anthropic,
    ),
    "openai": Endpoint(
        path="/v1/organization/costs",
        key="openai-admin",
        made_at="the settings of the organization, under Admin keys",
        query=_in_seconds,
        headers=_bearer,
    ),
    "openrouter": Endpoint(
        path="/api/v1/activity",
        key="openrouter-admin",
        made_at="the settings, under Management keys",
        query=_all_at_once,
        headers=_bearer,
    ),
}
"""By provider."""


def endpoint_of(provider: str) -> Endpoint:
    """Raises `NotFound` with one sentence where the provider documents none."""
    found = ENDPOINTS.get(provider)
    if found is None:
        raise NotFound(
            f"{provider[:64]} documents no endpoint that tells what it charged; "
            f"{', '.join(ENDPOINTS)} do. An export of yours is read by "
            "`homeport spend reconcile FILE`.",
            code="unknown_provider",
            param="provider",
        )
    return found


def no_key(provider: str, endpoint: Endpoint) -> NotFound:
    """What is said where there is no key to ask with."""
    return NotFound(
        f"{provider} tells its charges to an admin key alone, made in {endpoint.made_at}; "
        f"`homeport keys add {endpoint.key}` keeps one.",
        code="no_key",
        param="provider",
    )


async def charged(
    permit: Permit,
    origin: str,
    provider: str,
    days: tuple[datetime.date, datetime.date],
    key: Credential,
) -> list[Page]:
    """The pages of the answer as they came. Raises `NothingAnswered`."""
    endpoint = endpoint_of(provider)
    who = Upstream("", provider, host_and_port(origin))
    query, pages = dict(endpoint.query(*days)), list[Page]()
    pace = Pace("", Limits(max_tokens=1, deadline_s=ASKED_S, first_token_s=ASKED_S))
    try:
        async with asyncio.timeout(ASKED_S):
            while len(pages) < MOST_PAGES:
                url = f"{origin}{endpoint.path}" + (f"?{urlencode(query)}" if query else "")
                request = Request("GET", url, endpoint.headers(key.reveal()))
                pages.append(_page(await read_json(permit, request, who, pace), who))
                following = pages[-1].get("next_page")
                if not pages[-1].get("has_more") or not isinstance(following, str):
                    return pages
                query["page"] = following
    except TimeoutError:
        raise NothingAnswered(f"{provider} did not answer within {ASKED_S:.0f} s.") from None
    except AttemptFailed as failed:
        raise NothingAnswered(_why(failed, provider, endpoint)) from None
    raise NothingAnswered(f"{provider} told more pages than {MOST_PAGES}; ask for fewer days.")


def _page(value: Any, who: Upstream) -> Page:
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        raise who.failed("garbage")
    return value


def _why(failed: AttemptFailed, provider: str, endpoint: Endpoint) -> str:
    kind = failed.failure.kind
    if kind == "garbage":
        return f"{provider} did not answer in the shape that it documents for {endpoint.path}."
    if kind not in _REFUSED:
        return failed.failure.sentence
    return (
        f"{provider} did not let the key `{endpoint.key}` read its charges; that takes an admin "
        f"key, made in {endpoint.made_at}. `homeport keys add {endpoint.key}` keeps another."
    )


def _after(day: datetime.date) -> datetime.date:
    return day + datetime.timedelta(days=1)


def _unix(day: datetime.date) -> int:
    midnight = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    return int(midnight.timestamp())
