"""The lab's own routes, `/lab/*`: faults, the script and the log, while a server runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from homeport.lab.faults import Fault, UnknownFault, make_fault, write_fault
from homeport.lab.log import Received
from homeport.lab.nouns import Refused
from homeport.lab.script import ScriptTrouble, make_script

if TYPE_CHECKING:
    from homeport.lab.server import LabServer

PREFIX = "/lab/"


async def answer(server: LabServer, request: Received) -> Any:
    """What a control route gives; raises `Refused`."""
    route = (request.method, request.path.removeprefix(PREFIX))
    if route == ("GET", "log"):
        return _log(server, parse_qs(request.query))
    if route == ("DELETE", "log"):
        server.log.clear()
        return {"cleared": True}
    if route == ("GET", "faults"):
        return _faults(server)
    if route in (("POST", "faults"), ("PUT", "faults")):
        await _set_faults(server, _body(request))
        return _faults(server)
    if route == ("DELETE", "faults"):
        await server.set_faults()
        return _faults(server)
    if route == ("POST", "script"):
        try:
            server.set_script(make_script(_body(request)))
        except ScriptTrouble as error:
            raise Refused(400, str(error)) from None
        return {"taken": True}
    raise Refused(404, "The lab has GET and DELETE log, GET, POST and DELETE faults, POST script.")


def _log(server: LabServer, query: dict[str, list[str]]) -> dict[str, Any]:
    last = (query.get("last") or ["100"])[0]
    if not (last.isascii() and last.isdigit()):
        raise Refused(400, "`last` is how many requests are told, as in last=20.")
    told = server.log.told(last=int(last))
    if "contains" in query:
        told["contains"] = server.log.holds(query["contains"][0])
    return told


def _faults(server: LabServer) -> dict[str, Any]:
    rows = [{"fault": write_fault(fault), "met": met} for fault, met in server.faults.listed()]
    return {"faults": rows}


async def _set_faults(server: LabServer, body: Any) -> None:
    """`{"faults": [...], "add": false}`; each a text or an object."""
    table = body if isinstance(body, dict) else {"faults": body}
    given = table.get("faults", [])
    try:
        faults = [make_fault(each) for each in (given if isinstance(given, list) else [given])]
    except UnknownFault as error:
        raise Refused(400, str(error)) from None
    kept: list[Fault] = []
    if table.get("add"):
        kept = [fault for fault, _ in server.faults.listed()]
    await server.set_faults(*kept, *faults)


def _body(request: Received) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not valid JSON.") from None
