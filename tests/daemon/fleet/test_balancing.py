"""Prompts are spread over servers of the same model, and over the keys of one provider."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from homeport.adapters.base import Adapter, Labels, TextDelta
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.fleet.entrance import Entrance
from homeport.daemon.fleet.rates import ServerBounds
from homeport.daemon.keys.secret import secret_from
from homeport.daemon.routing.asking import ask_of
from homeport.policies.errors import HomeportError
from support.house import House, house
from support.polling import until
from support.scripted import failure, prompt
from support.upstreams import Fault, OpenAIServer, Received

MODEL = "test-model"


async def ask(home: House, model: str = MODEL) -> str:
    """Who answered."""
    async with home.router.answer(prompt(labels=Labels(model=model))) as answer:
        assert [d async for d in answer.deltas() if isinstance(d, TextDelta)]
        return answer.view.model


def at(name: str, server: OpenAIServer) -> OpenAICompatibleAdapter:
    return OpenAICompatibleAdapter(name, server.url)


async def test_servers_of_one_model_share_what_is_asked_at_once(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        hold = Fault("slow_headers")
        servers = [await stack.enter_async_context(OpenAIServer(fault=hold)) for _ in range(3)]
        adapters = [at(f"box-{n}", server) for n, server in enumerate(servers)]
        home = await stack.enter_async_context(house(tmp_path, adapters))
        asked = []
        for count in range(1, 7):
            asked.append(asyncio.ensure_future(ask(home)))
            await until(lambda: sum(server.prompts for server in servers) >= count)  # noqa: B023
        assert [server.prompts for server in servers] == [2, 2, 2]
        for one in asked:
            one.cancel()
        await asyncio.wait(asked)


async def test_a_server_that_fails_or_is_slower_has_less_to_do(tmp_path: Path) -> None:
    async with OpenAIServer() as first, OpenAIServer() as second:
        adapters = [at("box-a", first), at("box-b", second)]
        async with house(tmp_path, adapters) as home:
            fleet = home.rooms.fleet
            fleet.speeds.note(
                fleet.card(f"box-a/{MODEL}"), input_tokens=9, output_tokens=100, load_ms=None,
                first_token_ms=900, total_ms=60_000,
            )  # fmt: skip
            assert [await ask(home) for _ in range(2)] == [f"box-b/{MODEL}"] * 2
            for _ in range(3):
                fleet.note_failure(failure(f"box-b/{MODEL}"))
            assert await ask(home) == f"box-a/{MODEL}"


def keyed(server: OpenAIServer, count: int) -> list[Adapter]:
    """The same server, once for each key."""
    adapters: list[Adapter] = []
    for number in range(1, count + 1):
        key = secret_from(f"key-{number}-0123456789")
        adapter = OpenAICompatibleAdapter("box", server.url, credential=key, place="cloud")
        adapter.key_number = number  # type: ignore[attr-defined]  # as the assembly says it
        adapters.append(adapter)
    return adapters


def used(server: OpenAIServer) -> Sequence[str]:
    """The keys of the prompts that came, by their numbers."""
    sent = [one.headers["authorization"] for one in server.requests if server.is_prompt(one)]
    return [key.removeprefix("Bearer key-")[0] for key in sent]


async def test_several_keys_are_used_by_turns_and_as_their_limits_allow(tmp_path: Path) -> None:
    async with OpenAIServer() as server, house(tmp_path, keyed(server, 2)) as home:
        home.rooms.fleet.entrance = Entrance(lambda _: ServerBounds(2))
        await home.rooms.fleet.refresh(cloud=True)
        for _ in range(4):
            await ask(home)
        (seen,) = home.rooms.fleet.candidates(ask_of(prompt(), 60_000))
    assert used(server) == ["1", "2", "1", "2"]
    assert seen.rate is not None
    assert seen.rate.limit == 2


class TurnsAway(OpenAIServer):
    """Says no to the first key."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.no = Fault("status", status=status)

    def is_prompt(self, request: Received) -> bool:
        """As ever, and looks at its key."""
        self.fault = self.no if "key-1" in request.headers.get("authorization", "") else None
        return super().is_prompt(request)


async def test_a_key_at_its_limit_leaves_it_to_the_other_for_the_same_prompt(
    tmp_path: Path,
) -> None:
    async with TurnsAway(429) as server, house(tmp_path, keyed(server, 2)) as home:
        (model,) = home.rooms.fleet.ids()
        assert [await ask(home) for _ in range(3)] == [model] * 3
        assert used(server) == ["1", "2", "2", "2"]
        assert home.rooms.fleet.views()[0].state == "ready"


async def test_a_key_that_is_refused_is_left_out_and_the_provider_is_not(tmp_path: Path) -> None:
    async with TurnsAway(401) as server, house(tmp_path, keyed(server, 2)) as home:
        with pytest.raises(HomeportError):
            await ask(home)
        for _ in range(2):
            await ask(home)
        assert used(server) == ["1", "2", "2"]
        assert home.keys_noted == [("box", "valid")] * 2
    (folder := tmp_path / "one").mkdir()
    async with TurnsAway(401) as server, house(folder, keyed(server, 1)) as home:
        with pytest.raises(HomeportError):
            await ask(home)
        assert home.keys_noted == [("box", "refused")]
