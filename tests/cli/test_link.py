"""Going offline by choice, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from homeport.client import wire
from support.fake_daemon import FakeDaemon

Type = Callable[..., Any]


def test_offline(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST link"] = wire.LinkView("offline", by_choice=True)
    ran = homeport("offline")
    assert ran.out == "Offline by choice: no cloud model is used until `homeport online`.\n"
    assert fake.last("POST link").body == {"offline": True}


def test_online(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST link"] = wire.LinkView("offline", reason="no route")
    ran = homeport("online")
    assert ran.out == "Cloud models are allowed again. The link is offline: no route.\n"
    assert fake.last("POST link").body == {"offline": False}


def test_json_is_the_link(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST link"] = wire.LinkView("online")
    told = msgspec.json.decode(homeport("online", "--json").out, type=wire.LinkView)
    assert told == wire.LinkView("online")


def test_they_do_not_start_a_daemon(homeport: Type) -> None:
    assert homeport("offline").status == 4
