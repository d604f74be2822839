"""Every route, in one table.

What answers is named and imported when it is first asked for: a daemon whose
programs speak one wire never loads the others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Final

from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.policies.errors import HomeportError, NotFound

Answering = Callable[[Call, House], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """What answers one method on one path."""

    target: str
    """`module:function` of this package."""
    is_open: bool = False
    """Needs no token."""
    while_draining: bool = False
    """Is answered while the daemon stops."""

    async def answer(self, call: Call, house: House) -> None:
        """Answer one call."""
        await loaded(self.target)(call, house)


@lru_cache(maxsize=256)
def loaded(target: str) -> Answering:
    """What a target names."""
    module, _, name = target.partition(":")
    answering: Answering = getattr(import_module(f"{__package__}.{module}"), name)
    return answering


LOCAL: Final = "/homeport/v1"

ROUTES: Final[Mapping[str, Mapping[str, Route]]] = {
    "/": {"GET": Route("local.open_routes:root", is_open=True, while_draining=True)},
    "/healthz": {"GET": Route("local.open_routes:healthz", is_open=True, while_draining=True)},
    "/api/version": {"GET": Route("local.open_routes:version", is_open=True, while_draining=True)},
    "/api/tags": {"GET": Route("ollama.listing:tags")},
    "/api/ps": {"GET": Route("ollama.listing:ps")},
    "/api/show": {"POST": Route("ollama.show:show")},
    "/api/chat": {"POST": Route("ollama.chat:chat")},
    "/api/generate": {"POST": Route("ollama.chat:generate")},
    "/api/embed": {"POST": Route("ollama.embed:embed")},
    "/api/embeddings": {"POST": Route("ollama.embed:embeddings")},
    "/api/pull": {"POST": Route("ollama.pull:pull")},
    "/api/create": {"POST": Route("ollama.refused:create")},
    "/api/copy": {"POST": Route("ollama.refused:copy")},
    "/api/delete": {"DELETE": Route("ollama.refused:delete")},
    "/api/push": {"POST": Route("ollama.refused:push")},
    "/metrics": {"GET": Route("local.metrics:metrics", while_draining=True)},
    "/v1/chat/completions": {"POST": Route("openai.chat:create")},
    "/v1/embeddings": {"POST": Route("openai.embeddings:create")},
    "/v1/completions": {"POST": Route("openai.completions:create")},
    "/v1/responses": {"POST": Route("responses.create:create")},
    "/v1/messages": {"POST": Route("anthropic.messages:create")},
    "/v1/messages/count_tokens": {"POST": Route("anthropic.count_tokens:count")},
    "/v1/models": {"GET": Route("gemini.models:list_for_any")},
    "/v1beta/models": {"GET": Route("gemini.models:list_models")},
    f"{LOCAL}/status": {"GET": Route("local.status:status", while_draining=True)},
    f"{LOCAL}/models": {"GET": Route("local.status:models")},
    f"{LOCAL}/machine": {"GET": Route("local.status:machine")},
    f"{LOCAL}/link": {"GET": Route("local.status:link"), "POST": Route("local.control:set_link")},
    f"{LOCAL}/policies": {
        "GET": Route("local.policies:listing"),
        "POST": Route("local.policies:change"),
    },
    f"{LOCAL}/decisions": {"GET": Route("local.status:decisions")},
    f"{LOCAL}/doctor": {"GET": Route("local.probing:doctor"), "POST": Route("local.probing:probe")},
    f"{LOCAL}/events": {"GET": Route("local.events:watch")},
    f"{LOCAL}/spend": {"GET": Route("local.money:spend")},
    f"{LOCAL}/stats": {"GET": Route("local.metrics:stats")},
    f"{LOCAL}/spend/booked": {"GET": Route("local.money:booked")},
    f"{LOCAL}/spend/charged": {"POST": Route("local.money:charged")},
    f"{LOCAL}/spend/reconcile": {"POST": Route("local.money:reconcile")},
    f"{LOCAL}/spend/estimate": {"GET": Route("local.money:estimate")},
    f"{LOCAL}/budgets": {
        "GET": Route("local.budgets:budgets"),
        "POST": Route("local.budgets:set_budgets"),
    },
    f"{LOCAL}/cache": {"GET": Route("local.cache:show"), "POST": Route("local.cache:change")},
    f"{LOCAL}/config": {
        "GET": Route("local.configuring:show"),
        "POST": Route("local.configuring:change"),
    },
    f"{LOCAL}/keys": {"GET": Route("local.keys:show"), "POST": Route("local.keys:change")},
    f"{LOCAL}/ask": {"POST": Route("local.ask:ask")},
    f"{LOCAL}/route": {"POST": Route("local.ask:route")},
    f"{LOCAL}/replay": {"POST": Route("local.replaying:replay")},
    f"{LOCAL}/feedback": {"POST": Route("local.feedback:give")},
    f"{LOCAL}/outbox": {"GET": Route("local.outbox:listing"), "POST": Route("local.outbox:put")},
    f"{LOCAL}/stop": {"POST": Route("local.control:stop", while_draining=True)},
}
"""By path, then by method."""

BELOW: Final[Mapping[str, Mapping[str, Route]]] = {
    "/api/blobs/": {
        "GET": Route("ollama.refused:blobs"),
        "POST": Route("ollama.refused:blobs"),
    },
    "/v1/models/": {
        "GET": Route("gemini.models:one_for_any"),
        "POST": Route("gemini.asked:answer"),
    },
    "/v1beta/models/": {
        "GET": Route("gemini.models:one_model"),
        "POST": Route("gemini.asked:answer"),
    },
    "/v1/responses/": {
        "GET": Route("responses.kept:show"),
        "DELETE": Route("responses.kept:forget"),
        "POST": Route("responses.kept:act"),
    },
    f"{LOCAL}/outbox/": {"GET": Route("local.outbox:show"), "POST": Route("local.outbox:act")},
    f"{LOCAL}/policies/": {"GET": Route("local.policies:show")},
    f"{LOCAL}/decisions/": {"GET": Route("local.status:decision")},
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
