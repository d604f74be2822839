"""The fleet: what there is, as it stands, from adapters that may break."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from homeport.adapters.base import Permit, failed
from homeport.client.wire import AttemptView, MachineView, RequestView
from homeport.daemon.bus import now_ms
from homeport.daemon.fleet import fleet as fleet_module
from homeport.daemon.routing.asking import ask_of
from homeport.policies.model import ModelCard
from support.house import house
from support.scripted import Script, ScriptedAdapter, card, failure, prompt

A, B = card("scripted/a"), card("scripted/b", memory_bytes=10)
ASK = ask_of(prompt(), 60_000)


class Troubled(ScriptedAdapter):
    """Cannot list its models, in the way it is told."""

    provider = "troubled"

    def __init__(self, how: BaseException | None) -> None:
        super().__init__({}, [])
        self.how = how

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """Fails, or hangs."""
        if self.how is None:
            await asyncio.Event().wait()
        raise self.how  # type: ignore[misc]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (failed("", "refused", "nobody listens"), "nobody listens"),
        (ValueError("odd"), "broke; the log says where"),
        (None, "did not list its models in time"),
    ],
)
async def test_an_adapter_in_trouble_does_not_hide_the_others(
    tmp_path: Path, how: BaseException | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_module, "HOME_TIMEOUT_S", 0.05)
    adapters = [Troubled(how), ScriptedAdapter({}, [A])]
    async with house(tmp_path, adapters) as home:
        assert home.rooms.fleet.ids() == (A.id,)
        assert said in home.rooms.fleet.troubles()["troubled"].sentence


async def test_a_cloud_that_is_out_of_reach_keeps_its_models(tmp_path: Path) -> None:
    cloud = ScriptedAdapter({}, [card("scripted/c", place="cloud")])
    cloud.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [cloud]) as home:
        fleet = home.rooms.fleet
        assert fleet.ids() == ("scripted/c",)

        async def gone(permit: Permit | None) -> list[ModelCard]:
            raise failed("", "refused", "out of reach")

        cloud.models = gone  # type: ignore[method-assign]
        await fleet.refresh(cloud=True)
        assert fleet.ids() == ("scripted/c",)
        await fleet.refresh()
        assert fleet.ids() == ("scripted/c",)
        assert not fleet.cloud_unasked
        now_ms = fleet._clock_ms()
        fleet._clock_ms = lambda: now_ms + fleet_module.CLOUD_AGAIN_MS + 1000
        assert fleet.cloud_unasked, "a provider that was silent is asked again in a minute"
        home.around.links["cloud"] = "offline"
        assert not fleet.cloud_unasked


async def test_the_first_of_two_models_with_one_id_counts(tmp_path: Path) -> None:
    adapters = [ScriptedAdapter({}, [A]), ScriptedAdapter({}, [A, B])]
    async with house(tmp_path, adapters) as home:
        assert home.rooms.fleet.ids() == (A.id, B.id)
        assert home.rooms.fleet.begin(A.id) is adapters[0]
        home.rooms.fleet.end(A.id, adapters[0])
        assert home.rooms.fleet.begin("scripted/unheard-of") is None
        assert repr(home.rooms.fleet) == "Fleet(2 local, 0 lan, 0 cloud)"


async def test_three_failures_show_the_model_as_failing(tmp_path: Path) -> None:
    async with house(tmp_path, [ScriptedAdapter({}, [A])]) as home:
        fleet = home.rooms.fleet
        for _ in range(3):
            adapter = fleet.begin(A.id)
            fleet.note_failure(failure(A.id))
            fleet.end(A.id, adapter)
        (view,) = fleet.views()
        (candidate,) = fleet.candidates(ASK)
        assert (view.state, candidate.breaker) == ("failing", "open")
        assert candidate.breaker_opens_ms > 0
        fleet.note_success(A.id)
        assert fleet.views()[0].state == "ready"


async def test_failures_are_counted_but_those_that_say_nothing_of_the_model(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, [ScriptedAdapter({}, [A])]) as home:
        fleet = home.rooms.fleet
        fleet.note_failure(failure(A.id, "context_overflow"))
        assert fleet.candidates(ASK)[0].reliability == 1.0
        fleet.note_failure(failure(A.id, "stall"))
        assert fleet.candidates(ASK)[0].reliability == 0.8
        fleet.note_success(A.id)
        assert 0.8 < fleet.candidates(ASK)[0].reliability < 1.0


async def test_what_earlier_runs_saw_is_known_at_the_start(tmp_path: Path) -> None:
    start = now_ms() - 60_000
    done = AttemptView(
        A.id, "local", start, first_token_ms=start + 2_000, ended_ms=start + 12_000,
        outcome="done", cached_tokens=1_000,
    )  # fmt: skip
    broken = AttemptView(B.id, "local", start, ended_ms=start + 9, outcome="stall")
    gone = AttemptView(B.id, "local", start, ended_ms=start + 9, outcome="cancelled")
    views = [
        RequestView("1", start, "done", attempts=(done,), input_tokens=3_000, output_tokens=101),
        RequestView("2", start, "failed", attempts=(broken, gone)),
    ]
    async with house(tmp_path, [ScriptedAdapter({}, [A, B])]) as home:
        fleet = home.rooms.fleet
        fleet.recall(views)
        first, second = sorted(fleet.candidates(ASK), key=lambda one: one.card.id)
        assert fleet.speeds.of(A).tokens_per_s == 10.0
        assert 1_000 <= fleet.speeds.of(A).prefill_per_s < 1_100, "2,000 tokens were read afresh"
        assert not fleet.speeds.of(B).seen
        assert first.reliability == 1.0
        assert 0.8 <= second.reliability < 0.82


async def test_a_line_forms_at_a_server_at_home_too(tmp_path: Path) -> None:
    model = card("ollama/a", host="127.0.0.1:11434")
    async with house(tmp_path, [ScriptedAdapter({}, [model])]) as home:
        fleet = home.rooms.fleet
        (alone,) = fleet.candidates(ASK)
        adapter = fleet.begin(model.id)
        (behind,) = fleet.candidates(ASK)
        fleet.end(model.id, adapter)
    assert alone.wait_ms == 0
    assert behind.wait_ms > 0
    assert behind.total_ms == alone.total_ms + behind.wait_ms


async def test_a_candidate_carries_the_numbers_that_the_gates_need(tmp_path: Path) -> None:
    async with house(tmp_path, [ScriptedAdapter({}, [B])]) as home:
        home.around.machine_view = MachineView(memory_free_bytes=7)
        (candidate,) = home.rooms.fleet.candidates(ASK)
    assert candidate.cost_nano == 0
    assert candidate.total_ms > candidate.first_token_ms > 0
    assert 0 < candidate.quality < 1
    assert candidate.quality_source == "its size and quantisation"
    assert candidate.memory_free_bytes == 10, "a model that is ready fits already"


async def test_a_guess_says_of_no_model_that_it_is_too_slow(tmp_path: Path) -> None:
    long = dataclasses.replace(ASK, input_tokens=1_000_000)
    async with house(tmp_path, [ScriptedAdapter({}, [A])]) as home:
        (candidate,) = home.rooms.fleet.candidates(long)
        assert candidate.first_token_ms < long.deadline_ms < candidate.total_ms
        home.rooms.fleet.speeds.note(
            candidate.card, input_tokens=1_000, output_tokens=10, load_ms=None,
            first_token_ms=10_000, total_ms=11_000,
        )  # fmt: skip
        (candidate,) = home.rooms.fleet.candidates(long)
        assert candidate.first_token_ms > long.deadline_ms


async def test_an_unknown_price_stays_unknown(tmp_path: Path) -> None:
    async with house(tmp_path, [ScriptedAdapter({}, [A])]) as home:
        home.around.prices[A.id] = None
        (candidate,) = home.rooms.fleet.candidates(ASK)
    assert (candidate.cost_nano, candidate.worst_cost_nano) == (None, None)


@pytest.mark.parametrize(
    ("context", "max_tokens", "most"), [(8192, 5, 5), (None, None, 8192), (100, None, 99)]
)
async def test_a_reply_is_bounded_by_the_least_of_all_bounds(
    tmp_path: Path, context: int | None, max_tokens: int | None, most: int
) -> None:
    import dataclasses

    ask = dataclasses.replace(ASK, max_tokens=max_tokens, input_tokens=1)
    model = card("scripted/a", context=context)
    async with house(tmp_path, [ScriptedAdapter({}, [model])]) as home:
        assert home.rooms.fleet.reply_bound(model, ask) == most


async def test_swapping_adapters_gives_the_old_ones_back(tmp_path: Path) -> None:
    old, new = ScriptedAdapter({}, [A]), ScriptedAdapter({B.id: Script()}, [B])
    async with house(tmp_path, [old]) as home:
        assert home.rooms.fleet.replace_adapters([new]) == [old]
        await home.rooms.fleet.refresh()
        assert home.rooms.fleet.ids() == (B.id,)


async def test_an_adapter_that_was_replaced_is_unused_when_its_last_attempt_ends(
    tmp_path: Path,
) -> None:
    old = ScriptedAdapter({}, [A])
    async with house(tmp_path, [old]) as home:
        fleet = home.rooms.fleet
        attempts = [fleet.begin(A.id), fleet.begin(A.id)]
        fleet.replace_adapters([ScriptedAdapter({}, [B])])
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(fleet.unused(old))
            for adapter in attempts:
                await asyncio.sleep(0)
                assert not waiting.done()
                fleet.end(A.id, adapter)
        await fleet.unused(old)
