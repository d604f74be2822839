"""Plays a row of the playbook: what fails alone, then beside another model that can go on."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct

from homeport.adapters.base import Adapter, Labels, Prompt, TextDelta
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.config.settings import Config, Timeouts
from homeport.daemon.money.price import flat
from homeport.daemon.routing.router import Router
from homeport.policies.errors import HomeportError
from support import scripted_worker
from support.engine import adapter_for
from support.gguf_files import write_gguf
from support.house import House, house
from support.playbook import Row
from support.scripted import Script, ScriptedAdapter, card, prompt
from support.upstreams import OpenAIServer

CLOUD = "scripted/c"
WORKER = (sys.executable, str(Path(scripted_worker.__file__)))
DOLLAR = 10**9


class Stage:
    """Where one row is played: the folder, the log, and the times that are allowed."""

    def __init__(self, row: Row, folder: Path, log: pytest.LogCaptureFixture) -> None:
        self.row = row
        self.folder = folder
        self.log = log
        self.times: dict[str, float] = {}
        self._houses = 0

    @asynccontextmanager
    async def house(self, *adapters: Adapter, **options: Any) -> AsyncIterator[House]:
        """A house of its own, under the times of this stage."""
        self._houses += 1
        async with house(self.folder / str(self._houses), adapters, **options) as home:
            times = Timeouts(**({"deadline_s": 20.0} | self.times))
            rooms = replace(home.rooms, config=lambda: Config(timeouts=times))
            home.router = Router(rooms)
            yield home

    async def refused(self, home: House, asked: Prompt | None = None) -> HomeportError:
        """The error of a prompt that cannot be answered; the row must tell its sentence."""
        with pytest.raises(HomeportError) as caught:
            await answered(home, asked or prompt())
        self.row.proves(caught.value.sentence, self.log.text)
        return caught.value

    async def fails(
        self, adapter: Adapter, kind: str, asked: Prompt | None = None
    ) -> HomeportError:
        """Every attempt at this adapter fails so; another model then goes on with the answer."""
        again = [kind] * self.row.tries_again
        async with self.house(adapter) as home:
            error = await self.refused(home, asked)
            assert await outcomes(home) == [kind, *again]
        pinned = replace_struct(asked or prompt(), labels=Labels(model="first"))
        async with self.house(adapter, another()) as home:
            text = await answered(home, pinned)
            first = [kind, *again] if "at once" in self.row.retries else [kind]
            assert await outcomes(home) == [*first, "done"]
            assert text.endswith("Hello there.")
        return error


async def answered(home: House, asked: Prompt) -> str:
    """The whole answer."""
    text = ""
    if home.rooms.fleet.ids():
        home.set_policy(aliases=(("first", home.rooms.fleet.ids()[0]),))
    async with home.router.answer(asked) as answer:
        async for delta in answer.deltas():
            text += delta.text if isinstance(delta, TextDelta) else ""
    return text


async def outcomes(home: House) -> list[str]:
    """How the attempts of the last prompt ended."""
    await home.router.settled()
    return [attempt.outcome for attempt in home.rooms.bus.requests()[-1].attempts]


def another() -> ScriptedAdapter:
    """A model that answers, and can go on."""
    return ScriptedAdapter({"zz/another": Script()}, [card("zz/another")])


def at(server: OpenAIServer) -> OpenAICompatibleAdapter:
    """The adapter that speaks to it."""
    return OpenAICompatibleAdapter("test", server.url)


def cloud(*, key: Script | None = None, **fields: Any) -> ScriptedAdapter:
    """One model in the cloud."""
    made = card(CLOUD, place="cloud", host="api.example.com", price_ref="x/y", **fields)
    adapter = ScriptedAdapter({CLOUD: key or Script()}, [made])
    adapter.origin = "https://api.example.com"  # type: ignore[misc]
    return adapter


def priced(home: House) -> None:
    """A dollar for a million tokens."""
    home.around.prices[CLOUD] = flat(DOLLAR, DOLLAR, source="a test")


@asynccontextmanager
async def engine(folder: Path, name: str = "tiny") -> AsyncIterator[Adapter]:
    """The embedded engine with a scripted worker."""
    write_gguf(folder / "models" / f"{name}.gguf")
    adapter = adapter_for(folder / "models", command=WORKER)
    try:
        yield adapter
    finally:
        await adapter.close()
