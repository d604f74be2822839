"""A server that tells what was charged, as OpenAI, Anthropic and OpenRouter document it.

    async with BillServer({"2026-11-19": 0.06}) as server:
        ...  # ask server.origin + "/v1/organization/costs"

It wants the key `ADMIN`, and gives OpenAI's and Anthropic's buckets one page at a time.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.upstreams import FakeServer, Received

ADMIN = "sk-admin-0123456789abcdef"
IN_A_PAGE = 2


class BillServer(FakeServer):
    """Charges, in dollars by UTC day."""

    def __init__(self, charges: Mapping[str, float]) -> None:
        super().__init__()
        self.charges = dict(charges)
        self.shape: Any = None
        """What is told in the place of all."""

    def is_prompt(self, request: Received) -> bool:
        return request.method != "GET"

    def plain(self, request: Received) -> Any:
        parts = urlsplit(request.path)
        self.status_of_models = 200 if ADMIN in _keys(request) else 401
        if self.status_of_models != 200:
            return {"error": {"type": "invalid_request_error", "message": "no admin key"}}
        if self.shape is not None:
            return self.shape
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/v1/organization/costs":
            since, until = (_of_unix(query[name]) for name in ("start_time", "end_time"))
            return self._page(query, since, until, _openai)
        if parts.path == "/v1/organizations/cost_report":
            since, until = (query[name][:10] for name in ("starting_at", "ending_at"))
            return self._page(query, since, until, _anthropic)
        if parts.path == "/api/v1/activity":
            return {"data": [_openrouter(day, usd) for day, usd in self.charges.items()]}
        return {"object": "list", "data": []}

    def _page(self, query: Mapping[str, str], since: str, until: str, bucket: Any) -> Any:
        assert query["bucket_width"] == "1d"
        days = [day for day in sorted(self.charges) if since <= day < until]
        start = int(query.get("page", "page_0").removeprefix("page_"))
        more = len(days) > start + IN_A_PAGE
        return {
            "object": "page",
            "data": [bucket(day, self.charges[day]) for day in days[start : start + IN_A_PAGE]],
            "has_more": more,
            "next_page": f"page_{start + IN_A_PAGE}" if more else None,
        }


def _keys(request: Received) -> tuple[str, ...]:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bearer, request.headers.get("x-api-key", "")


def _of_unix(text: str) -> str:
    return datetime.datetime.fromtimestamp(int(text), datetime.UTC).date().isoformat()


def _openai(day: str, usd: float) -> Any:
    start = datetime.datetime.fromisoformat(f"{day}T00:00:00+00:00")
    result = {
        "object": "organization.costs.result",
        "amount": {"value": usd, "currency": "usd"},
        "line_item": None,
        "project_id": None,
    }
    return {
        "object": "bucket",
        "start_time": int(start.timestamp()),
        "end_time": int(start.timestamp()) + 86_400,
        "results": [result],
    }


def _anthropic(day: str, usd: float) -> Any:
    following = datetime.date.fromisoformat(day) + datetime.timedelta(days=1)
    result = {"currency": "USD", "amount": str(round(usd * 100, 6)), "workspace_id": None}
    return {
        "starting_at": f"{day}T00:00:00Z",
        "ending_at": f"{following}T00:00:00Z",
        "results": [result],
    }


def _openrouter(day: str, usd: float) -> Any:
    return {
        "date": day,
        "model": "openai/gpt-4.1",
        "model_permaslug": "openai/gpt-4.1-2025-04-14",
        "endpoint_id": "550e8400-e29b-41d4-a716-446655440000",
        "provider_name": "OpenAI",
        "usage": usd,
        "byok_usage_inference": 0,
        "requests": 5,
        "prompt_tokens": 50,
        "completion_tokens": 125,
        "reasoning_tokens": 25,
    }
