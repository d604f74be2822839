"""The application behind both doors: guards first, then the route, then errors in shape."""

from __future__ import annotations

import logging
import os
from typing import Any

from homeport.daemon.api.call import Call
from homeport.daemon.api.errors import error_reply, wire_of
from homeport.daemon.api.gemini.paths import is_gemini
from homeport.daemon.api.guards import (
    refuse_repeats,
    refuse_strange_host,
    refuse_web_pages,
    require_token,
    without_key,
    without_token,
)
from homeport.daemon.api.house import House
from homeport.daemon.api.put_off import PutOff
from homeport.daemon.api.routes import Route, WrongMethod, route_of
from homeport.daemon.http.exchange import Receive, Send
from homeport.policies.errors import DaemonTrouble, HomeportError

log = logging.getLogger("homeport.doors")


class App:
    """An ASGI application. Cancelled by its server when the caller hangs up."""

    def __init__(self, house: House, token: str, hosts: frozenset[bytes]) -> None:
        self._house = house
        self._token = token
        self._hosts = hosts
        """What may stand in `Host` on TCP."""

    def __repr__(self) -> str:
        return f"App({self._house!r})"

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = Call(scope, receive, send, self._house.daemon.config.listen.max_body_bytes)
        call.path, url_token = without_token(call.path)
        if is_gemini(call.path):
            call.query_string, key = without_key(call.query_string)
            url_token = url_token or key
        try:
            refuse_repeats(scope["headers"], len(call.headers))
            route = self._admit(call, url_token)
            if b"x-homeport-defer" in call.headers:
                call.further = ((b"x-homeport-deferred", b"false"),)
            try:
                await route.answer(call, self._house)
            except PutOff as put_off:
                await _keep(call, self._house, put_off)
            except HomeportError as error:
                if not isinstance(error.put_off, PutOff):
                    raise
                await _keep(call, self._house, error.put_off)
        except HomeportError as error:
            await _refuse(call, error)
        except Exception:  # noqa: BLE001 - told with a number, logged
            await _refuse(call, _broken(call))

    def _admit(self, call: Call, url_token: str) -> Route:
        refuse_web_pages(call.headers)
        refuse_strange_host(call.door, call.headers.get(b"host", b""), self._hosts)
        route: Route | None = None
        try:
            route = route_of(call.method, call.path)
        finally:
            # What is not there is told only to those who may ask.
            if call.door == "tcp" and (route is None or not route.is_open):
                require_token(call.headers, url_token, self._token)
        if not route.while_draining:
            self._house.admit()
        return route


def _broken(call: Call) -> HomeportError:
    """The log has the traceback, the caller gets a number to look it up by."""
    number = os.urandom(4).hex()
    log.exception("error %s: %s %s broke", number, call.method, call.path[:200])
    return DaemonTrouble(
        f"Something broke in the daemon (error {number}). `homeport logs` shows what.",
        code="internal_error",
        status=500,
    )


async def _keep(call: Call, house: House, put_off: PutOff) -> None:
    """The prompt goes into the outbox. Loaded when it is first wanted."""
    from homeport.daemon.api.keeping import keep

    await keep(call, house, put_off)


async def _refuse(call: Call, error: HomeportError) -> None:
    if call.started:
        # The head is out: what is left is the wire's own word for it, or breaking off.
        log.info("an answer ended early: %s", error.code)
        if call.last_words is not None:
            await call.finish(call.last_words(error))
        return
    body, headers = error_reply(error, wire_of(call.path, call.headers))
    if isinstance(error, WrongMethod):
        headers.append((b"allow", error.allowed.encode()))
    await call.reply(error.status, body, headers=headers)
