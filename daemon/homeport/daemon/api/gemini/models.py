"""`GET /v1beta/models` in Gemini's shape: what a program may put into a path."""

from __future__ import annotations

from typing import Any

from homeport.client.wire import ModelView
from homeport.daemon.api.anthropic import models as anthropic_models
from homeport.daemon.api.call import Call
from homeport.daemon.api.gemini.paths import KEY_HEADER, name_in
from homeport.daemon.api.house import House
from homeport.daemon.api.openai.models import WORDS
from homeport.policies import UnknownModel, resolve
from homeport.policies.errors import BadRequest, NotFound

PAGE = 50
MOST = 1000


async def list_for_any(call: Call, house: House) -> None:
    """Every model, in the shape of the wire that the caller speaks."""
    answer = list_models if KEY_HEADER in call.headers else anthropic_models.list_for_either
    await answer(call, house)


async def one_for_any(call: Call, house: House) -> None:
    """One model, in the shape of the wire that the caller speaks."""
    answer = one_model if KEY_HEADER in call.headers else anthropic_models.one_for_either
    await answer(call, house)


async def list_models(call: Call, house: House) -> None:
    """One page of them, those that leave the choice first."""
    entries = [_entry(word, None) for word in WORDS]
    entries += [_entry(view.id, view) for view in house.daemon.fleet.views()]
    size = call.number("pageSize", PAGE, 10**6)
    token = call.query().get("pageToken") or "0"
    if not (token.isascii() and token.isdigit() and len(token) < 10):
        raise BadRequest("`pageToken` is none that a list gave.", param="pageToken")
    start, end = int(token), int(token) + min(size, MOST)
    more = {"nextPageToken": str(end)} if end < len(entries) else {}
    await call.reply_json({"models": entries[start:end], **more})


async def one_model(call: Call, house: House) -> None:
    """One by its id, which may hold slashes, or by a name that programs know it by."""
    wanted = name_in(call.path)
    views = {view.id: view for view in house.daemon.fleet.views()}
    found = resolve(wanted, tuple(views), dict(house.daemon.config.aliases))
    if isinstance(found, UnknownModel):
        raise NotFound(found.sentence, code="model_not_found", param="model")
    known = next((views[model] for model in found.ids if model in views), None)
    await call.reply_json(_entry(wanted, known))


def _entry(model: str, view: ModelView | None) -> dict[str, Any]:
    able = view.capabilities if view else ()
    embeds = "embeddings" in able
    generating = ["generateContent", "countTokens"]
    entry: dict[str, Any] = {
        "name": f"models/{model}",
        "version": "1",
        "displayName": model,
        "supportedGenerationMethods": ["embedContent"] if embeds else generating,
    }
    if view is None:
        return entry | {"description": "The daemon chooses the model."}
    if view.context:
        entry["inputTokenLimit"] = view.context
    if "thinking" in able:
        entry["thinking"] = True
    return entry | {"homeport": {"place": view.place, "state": view.state, "model": view.id}}
