"""`GET /v1/models` in Anthropic's shape: what a program may put into `model`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from homeport.client.wire import ModelView
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.api.openai import models as openai_models
from homeport.daemon.api.openai.models import WORDS
from homeport.policies import UnknownModel, resolve
from homeport.policies.errors import BadRequest, NotFound

VERSION_HEADER = b"anthropic-version"
"""Tells the two wires apart that have a route of this name."""
PAGE = 20
MOST = 1000
_ABILITIES = {
    "image_input": "images",
    "pdf_input": "documents",
    "structured_outputs": "json_schema",
}
_NEVER = ("batch", "citations", "code_execution", "context_management")


async def list_for_either(call: Call, house: House) -> None:
    """Every model, in the shape of the wire that the caller speaks."""
    answer = list_models if VERSION_HEADER in call.headers else openai_models.list_models
    await answer(call, house)


async def one_for_either(call: Call, house: House) -> None:
    """One model, in the shape of the wire that the caller speaks."""
    answer = one_model if VERSION_HEADER in call.headers else openai_models.one_model
    await answer(call, house)


async def list_models(call: Call, house: House) -> None:
    """One page of them, those that leave the choice first."""
    entries = _entries(house)
    query, limit = call.query(), call.number("limit", PAGE, MOST)
    page, has_more = _page(entries, query.get("after_id"), query.get("before_id"), limit)
    await call.reply_json(
        {
            "data": page,
            "has_more": has_more,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
        }
    )


async def one_model(call: Call, house: House) -> None:
    """One by its id, which may hold slashes, or by a name that programs know it by."""
    wanted = call.path.removeprefix("/v1/models/")
    fleet = house.daemon.fleet
    views = {view.id: view for view in fleet.views()}
    found = resolve(wanted, tuple(views), _aliases(house))
    if isinstance(found, UnknownModel):
        raise NotFound(found.sentence, code="model_not_found", param="model")
    known = next((views[model] for model in found.ids if model in views), None)
    await call.reply_json(_entry(wanted, house.daemon.started_ms, known))


def _aliases(house: House) -> dict[str, str]:
    return dict(house.daemon.config.aliases)


def _entries(house: House) -> list[dict[str, Any]]:
    started = house.daemon.started_ms
    words = [_entry(word, started, None) for word in WORDS]
    return words + [_entry(view.id, started, view) for view in house.daemon.fleet.views()]


def _page(
    entries: list[dict[str, Any]], after: str | None, before: str | None, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    ids = [entry["id"] for entry in entries]
    for given, field in ((after, "after_id"), (before, "before_id")):
        if given and given not in ids:
            raise BadRequest(f"`{field}` is none of the ids in this list.", param=field)
    if before:
        end = ids.index(before)
        start = max(0, end - limit)
        return entries[start:end], start > 0
    start = ids.index(after) + 1 if after else 0
    return entries[start : start + limit], start + limit < len(entries)


def _entry(model: str, started_ms: int, view: ModelView | None) -> dict[str, Any]:
    made = datetime.fromtimestamp(started_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entry = {
        "type": "model",
        "id": model,
        "display_name": model,
        "created_at": made,
        "lifecycle": "active",
        "line": None,
        "deprecated_at": None,
        "retires_at": None,
        "max_input_tokens": view.context if view else None,
        "max_tokens": None,
        "capabilities": _capabilities(view) if view else None,
    }
    if view is None:
        return entry
    return entry | {"homeport": {"place": view.place, "state": view.state, "model": view.id}}


def _capabilities(view: ModelView) -> dict[str, Any]:
    able = set(view.capabilities)
    thinks = "thinking" in able
    ways = ("adaptive", "between_tools", "disabled", "enabled")
    types = {way: _supported(way != "between_tools" and thinks) for way in ways}
    tools = _supported("server_tools" in able)
    return {
        **{name: _supported(need in able) for name, need in _ABILITIES.items()},
        **{name: _supported(False) for name in _NEVER},
        "effort": {level: _supported(thinks) for level in ("low", "medium", "high", "max")}
        | _supported(thinks),
        "server_tools": {"code_execution": tools, "web_search": tools, **tools},
        "thinking": {"types": types, **_supported(thinks)},
    }


def _supported(is_supported: bool) -> dict[str, bool]:
    return {"supported": is_supported}
