"""`POST /api/show`: what one model can do, as editors and chat programs read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from homeport.client.wire import ModelView
from homeport.daemon.api.call import Call, decode
from homeport.daemon.api.house import House
from homeport.daemon.api.ollama.durations import moment
from homeport.daemon.api.ollama.listing import (
    FAMILY_OF_WORDS,
    MS,
    card_of,
    details_of,
    row_of_word,
)
from homeport.daemon.api.ollama.names import WORDS, renamer, unknown_model
from homeport.daemon.api.ollama.request import NamedModel
from homeport.policies import Resolution, UnknownModel, resolve
from homeport.policies.errors import BadRequest, NotFound

CAPABILITIES = {
    "tools": "tools",
    "images": "vision",
    "audio": "audio",
    "thinking": "thinking",
    "fill": "insert",
}
"""Ours, and Ollama's word for each."""
MARKS = {"tools": "{{ .Tools }}", "thinking": "{{ .Thinking }}", "insert": "{{ .Suffix }}"}
"""Prompts are rendered by whoever runs the model; programs look for these in a template."""

_decoder = msgspec.json.Decoder(NamedModel)


async def show(call: Call, house: House) -> None:
    """One model, or what the models behind a word can do together."""
    wanted = decode(_decoder, await call.body()).wanted.strip()
    if not wanted:
        raise BadRequest("`model` is missing.", code="missing_field", param="model")
    await house.daemon.fleet.first_look()
    found = _resolved(house, wanted)
    views = _views(house, found)
    if not views and found.kind == "preferred":
        raise unknown_model(wanted)
    since = moment(house.daemon.started_ms * MS)
    if len(views) == 1 and found.kind in ("pinned", "preferred"):
        await call.reply_json({**_of_model(house, views[0]), "modified_at": since})
    else:
        await call.reply_json(_of_choice(found.name, views, since))


def _resolved(house: House, wanted: str) -> Resolution:
    ids = [view.id for view in house.daemon.fleet.views()]
    found = resolve(renamer(house)(wanted), ids, house.daemon.config.aliases)
    if isinstance(found, UnknownModel):
        raise unknown_model(wanted, NotFound(found.sentence))
    return found


def _views(house: House, found: Resolution) -> list[ModelView]:
    """The models that a name may be answered by."""
    views = house.daemon.fleet.views()
    if found.ids:
        return [view for view in views if view.id in found.ids]
    if found.kind == "preferred":
        return []
    at_home = {"local": True, "cloud": False}.get(found.name)
    chatting = [view for view in views if "embeddings" not in view.capabilities]
    return [v for v in chatting if at_home is None or (v.place != "cloud") is at_home]


def _of_model(house: House, view: ModelView) -> dict[str, Any]:
    details = details_of(view, card_of(house, view.id))
    info = _info(details["family"], view.id.partition("/")[2], view.context)
    if view.parameters:
        info["general.parameter_count"] = view.parameters
    return _shown(view.id, details, capabilities_of([view]), info)


def _of_choice(name: str, views: Sequence[ModelView], since: str) -> dict[str, Any]:
    """The longest context and every capability: the routing finds the model that has them."""
    contexts = [view.context for view in views if view.context]
    info = _info(FAMILY_OF_WORDS, name, max(contexts, default=None))
    details = row_of_word(WORDS[0], since)["details"]
    return {**_shown(name, details, capabilities_of(views), info), "modified_at": since}


def _info(architecture: str, basename: str, context: int | None) -> dict[str, Any]:
    info: dict[str, Any] = {"general.architecture": architecture, "general.basename": basename}
    return info | {f"{architecture}.context_length": context} if context else info


def _shown(
    name: str, details: Any, capabilities: list[str], info: dict[str, Any]
) -> dict[str, Any]:
    context = info.get(f"{info['general.architecture']}.context_length")
    marks = [mark for capability, mark in MARKS.items() if capability in capabilities]
    return {
        "modelfile": f"# Homeport\nFROM {name}\n",
        "parameters": f"num_ctx {context}" if context else "",
        "template": " ".join(["{{ .System }}", "{{ .Prompt }}", *marks]),
        "details": details,
        "model_info": info,
        "capabilities": capabilities,
    }


def capabilities_of(views: Sequence[ModelView]) -> list[str]:
    """What at least one of them can do, in Ollama's words."""
    able = {capability for view in views for capability in view.capabilities}
    if views and all("embeddings" in view.capabilities for view in views):
        return ["embedding"]
    return ["completion", *(word for ours, word in CAPABILITIES.items() if ours in able)]
