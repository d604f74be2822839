"""Every route, in one table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from homeport.daemon.api import (
    ask,
    configuring,
    control,
    events,
    keys,
    metrics,
    money,
    open_routes,
    openai_chat,
    openai_completions,
    openai_embeddings,
    status,
)
from homeport.daemon.api.anthropic import count_tokens as anthropic_count
from homeport.daemon.api.anthropic import messages as anthropic_messages
from homeport.daemon.api.call import Call
from homeport.daemon.api.gemini import asked as gemini_asked
from homeport.daemon.api.gemini import models as gemini_models
from homeport.daemon.api.house import House
from homeport.daemon.api.ollama import chat as ollama_chat
from homeport.daemon.api.ollama import embed as ollama_embed
from homeport.daemon.api.ollama import listing as ollama_listing
from homeport.daemon.api.ollama import pull as ollama_pull
from homeport.daemon.api.ollama import refused as ollama_refused
from homeport.daemon.api.ollama import show as ollama_show
from homeport.daemon.api.responses import create as responses
from homeport.daemon.api.responses import kept as kept_responses
from homeport.policies.errors import HomeportError, NotFound


@dataclass(frozen=True, slots=True)
class Route:
    """What answers one method on one path."""

    answer: Callable[[Call, House], Awaitable[None]]
    is_open: bool = False
    """Needs no token."""
    while_draining: bool = False
    """Is answered while the daemon stops."""


LOCAL: Final = "/homeport/v1"

ROUTES: Final[Mapping[str, Mapping[str, Route]]] = {
    "/": {"GET": Route(open_routes.root, is_open=True, while_draining=True)},
    "/healthz": {"GET": Route(open_routes.healthz, is_open=True, while_draining=True)},
    "/api/version": {"GET": Route(open_routes.version, is_open=True, while_draining=True)},
    "/api/tags": {"GET": Route(ollama_listing.tags)},
    "/api/ps": {"GET": Route(ollama_listing.ps)},
    "/api/show": {"POST": Route(ollama_show.show)},
    "/api/chat": {"POST": Route(ollama_chat.chat)},
    "/api/generate": {"POST": Route(ollama_chat.generate)},
    "/api/embed": {"POST": Route(ollama_embed.embed)},
    "/api/embeddings": {"POST": Route(ollama_embed.embeddings)},
    "/api/pull": {"POST": Route(ollama_pull.pull)},
    "/api/create": {"POST": Route(ollama_refused.refusing("create"))},
    "/api/copy": {"POST": Route(ollama_refused.refusing("copy"))},
    "/api/delete": {"DELETE": Route(ollama_refused.refusing("delete"))},
    "/api/push": {"POST": Route(ollama_refused.refusing("push"))},
    "/metrics": {"GET": Route(metrics.metrics, while_draining=True)},
    "/v1/chat/completions": {"POST": Route(openai_chat.create)},
    "/v1/embeddings": {"POST": Route(openai_embeddings.create)},
    "/v1/completions": {"POST": Route(openai_completions.create)},
    "/v1/responses": {"POST": Route(responses.create)},
    "/v1/messages": {"POST": Route(anthropic_messages.create)},
    "/v1/messages/count_tokens": {"POST": Route(anthropic_count.count)},
    "/v1/models": {"GET": Route(gemini_models.list_for_any)},
    "/v1beta/models": {"GET": Route(gemini_models.list_models)},
    f"{LOCAL}/status": {"GET": Route(status.status, while_draining=True)},
    f"{LOCAL}/models": {"GET": Route(status.models)},
    f"{LOCAL}/machine": {"GET": Route(status.machine)},
    f"{LOCAL}/link": {"GET": Route(status.link), "POST": Route(control.set_link)},
    f"{LOCAL}/policies": {"GET": Route(status.policies)},
    f"{LOCAL}/decisions": {"GET": Route(status.decisions)},
    f"{LOCAL}/doctor": {"GET": Route(status.doctor)},
    f"{LOCAL}/events": {"GET": Route(events.watch)},
    f"{LOCAL}/spend": {"GET": Route(money.spend)},
    f"{LOCAL}/budgets": {"GET": Route(money.budgets), "POST": Route(money.set_budgets)},
    f"{LOCAL}/config": {"GET": Route(configuring.show), "POST": Route(configuring.change)},
    f"{LOCAL}/keys": {"GET": Route(keys.show), "POST": Route(keys.change)},
    f"{LOCAL}/ask": {"POST": Route(ask.ask)},
    f"{LOCAL}/route": {"POST": Route(ask.route)},
    f"{LOCAL}/stop": {"POST": Route(control.stop, while_draining=True)},
}
"""By path, then by method."""

BELOW: Final[Mapping[str, Mapping[str, Route]]] = {
    "/api/blobs/": {
        "GET": Route(ollama_refused.refusing("blobs")),
        "POST": Route(ollama_refused.refusing("blobs")),
    },
    "/v1/models/": {"GET": Route(gemini_models.one_for_any), "POST": Route(gemini_asked.answer)},
    "/v1beta/models/": {"GET": Route(gemini_models.one_model), "POST": Route(gemini_asked.answer)},
    "/v1/responses/": {"GET": Route(kept_responses.show), "DELETE": Route(kept_responses.forget)},
    f"{LOCAL}/decisions/": {"GET": Route(status.decision)},
}
"""Paths whose rest is a name."""


class WrongMethod(HomeportError):
    """The path is there, the method is not."""

    code, blame, status = "wrong_method", "caller", 405

    def __init__(self, sentence: str, allowed: str) -> None:
        super().__init__(sentence)
        self.allowed = allowed


def route_of(method: str, path: str) -> Route:
    """What answers. Raises `NotFound` or `WrongMethod`."""
    methods = ROUTES.get(path) or _below(path)
    if methods is None:
        raise NotFound(f"There is no route {path[:200]!r} here.", code="no_route")
    route = methods.get("GET" if method == "HEAD" else method)
    if route is None:
        allowed = ", ".join(methods)
        raise WrongMethod(f"{path[:200]} takes {allowed}, not {method}.", allowed)
    return route


def _below(path: str) -> Mapping[str, Route] | None:
    for start, methods in BELOW.items():
        if path.startswith(start) and len(path) > len(start):
            return methods
    return None
