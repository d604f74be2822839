"""Every route, in one table."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys

import pytest

from homeport.daemon.api.routes import BELOW, ROUTES, Route, WrongMethod, loaded, route_of
from homeport.policies.errors import NotFound

ALL = [route for methods in (*ROUTES.values(), *BELOW.values()) for route in methods.values()]


@pytest.mark.parametrize("route", ALL, ids=lambda route: route.target)
def test_each_target_is_there(route: Route) -> None:
    answering = loaded(route.target)
    assert asyncio.iscoroutinefunction(answering)
    assert len(inspect.signature(answering).parameters) == 2


def test_no_door_is_loaded_before_it_is_asked_for() -> None:
    script = (
        "import sys, homeport.daemon.serving, homeport.daemon.app\n"
        "doors = ('openai.chat', 'responses.create', 'ollama.chat', 'anthropic.messages')\n"
        "print([d for d in doors if 'homeport.daemon.api.' + d in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_what_answers() -> None:
    assert route_of("POST", "/v1/chat/completions").target == "openai.chat:create"
    assert route_of("HEAD", "/api/tags") is route_of("GET", "/api/tags")
    assert route_of("GET", "/v1/models/openai/gpt").target.endswith("one_for_any")
    with pytest.raises(WrongMethod, match="takes POST, not GET"):
        route_of("GET", "/v1/chat/completions")
    with pytest.raises(NotFound, match="no route"):
        route_of("GET", "/v1/nothing")
