"""What the screens show beside the state of the daemon, one file a screen and size.

A section for each state that is theirs: of a decision, of a model, of what was spent, of what
is being asked. Those of Chat and Compare have files of their own.
`HOMEPORT_GOLDEN=update` writes the files afresh; read the diff before you keep it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import get_args

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.client.errors import DaemonError
from homeport.client.wire.requests import RequestState
from homeport.tui.standing import in_order
from support import sights, why_sights
from support.goldens import LARGE, assert_golden, sections
from support.stage import Stage, staged

Shown = AsyncIterator[tuple[str, str]]
UNKNOWN = "No such decision is known: the daemon keeps those of 30 days."
TRIED = "POST /v1/chat/completions: 401 Incorrect API key provided"


async def why(stage: Stage) -> Shown:
    """Decisions of every state, from the first row and from the last."""
    for name, told in why_sights.whys().items():
        stage.line.answer = told
        stage.app.show_why(told.request)
        await stage.press()
        yield name, stage.text
        await stage.press("G")
        yield f"{name}, to its end", stage.text
        await stage.press("escape")
    stage.line.answer = DaemonError(UNKNOWN)
    for name, request in why_sights.running().items():
        stage.app.show_why(request)
        await stage.press()
        yield name, stage.text
        await stage.press("escape")
    await stage.burst("k", "enter")
    yield "unknown", stage.text
    await stage.press("escape")


def troubled() -> wire.Snapshot:
    """Models in every state, one with a long name, and one on the network."""
    qwen, llama, small, sonnet, gpt, mistral = sights.models()
    lan = structs.replace(qwen, id="workstation/qwen3-coder-next:80b-a3b-instruct", place="lan")
    return sights.snapshot(
        models=(
            structs.replace(qwen, state="loading"),
            llama,
            small,
            lan,
            structs.replace(sonnet, state="failing", reason=TRIED),
            gpt,
            mistral,
        )
    )


async def models(stage: Stage) -> Shown:
    """None at all; some in each state, each in turn below the list."""
    await stage.press("m")
    n = stage.app.state.picture.n
    await stage.tell(structs.replace(sights.snapshot(models=()), n=n + 1))
    yield "none", stage.text
    await stage.tell(structs.replace(troubled(), n=n + 2))
    await stage.press("g")
    for model in in_order(troubled().models):
        yield f"{model.state}, in {model.place}", stage.text
        await stage.press("j")
    await stage.press("escape")


async def model(stage: Stage) -> Shown:
    """Each kind of model, from the first row and from the last; then it is gone."""
    n = stage.app.state.picture.n
    await stage.tell(structs.replace(troubled(), n=n + 1))
    for told in troubled().models:
        stage.app.show_model(told.id)
        await stage.press()
        yield told.id, stage.text
        await stage.press("G")
        yield f"{told.id}, to its end", stage.text
        if told.place == "lan":
            await stage.tell(structs.replace(sights.snapshot(), n=n + 2))
            yield f"{told.id}, gone", stage.text
            await stage.tell(structs.replace(troubled(), n=n + 3))
        await stage.press("escape")


async def spend(stage: Stage) -> Shown:
    """Nothing spent and nothing limited; a daemon that cannot tell."""
    reports, stage.line.reports = (
        stage.line.reports,
        {
            by: wire.SpendReport(by, 0, (), wire.SpendView())
            for by in ("day", "model", "client", "task", "provider", "place", "tag")
        },
    )
    stage.line.saved = None
    n = stage.app.state.picture.n
    await stage.tell(structs.replace(sights.snapshot(spend=wire.SpendView()), n=n + 1))
    await stage.press("s")
    yield "nothing", stage.text
    await stage.press("b")
    yield "nothing, asks for a budget", stage.text
    await stage.press("escape")
    stage.line.reports = DaemonError("The ledger is busy: another program holds it.")
    await stage.press("r")
    yield "the daemon cannot tell", stage.text
    stage.line.reports = reports
    await stage.press("escape")
    await stage.tell(structs.replace(sights.snapshot(), n=n + 2))


async def machine(stage: Stage) -> Shown:
    """Its first look; one that knows little."""
    await stage.press("h")
    yield "one look", stage.text
    n = stage.app.state.picture.n
    bare = wire.MachineView(sights.NOW_MS, "Linux")
    await stage.tell(structs.replace(sights.snapshot(machine=bare, keys=()), n=n + 1))
    yield "little is known", stage.text
    await stage.press("escape")


async def pick(stage: Stage) -> Shown:
    """Each list, whole and narrowed."""
    for keys, title in (
        (("c", "escape", "t"), "who answers"),
        (("x", "escape", "t"), "who is compared"),
        (("ctrl+p",), "commands"),
    ):
        await stage.burst(*keys)
        yield title, stage.text
        await stage.burst(*"cloud", "down")
        yield f"{title}, narrowed", stage.text
        await stage.burst(*"xyz")
        yield f"{title}, nothing", stage.text
        await stage.burst("escape", "escape", "escape")


async def help(stage: Stage) -> Shown:  # noqa: A001  # the name of the screen
    """From the last row."""
    await stage.press("question_mark", "G")
    yield "to its end", stage.text
    await stage.press("escape")


OWN: dict[str, Callable[[Stage], Shown]] = {
    told.__name__: told for told in (why, models, model, spend, machine, pick, help)
}


@pytest.mark.parametrize("screen", OWN)
async def test_every_state_of_its_own(screen: str) -> None:
    for width, height in LARGE:
        async with staged("live", (width, height)) as stage:
            shown = [(name, text) async for name, text in OWN[screen](stage)]
            assert_golden(f"{screen}-own-{width}x{height}", sections(shown))


def test_a_decision_of_every_state_is_shown() -> None:
    ended = {told.request.state for told in why_sights.whys().values()}
    assert ended | set(why_sights.running()) == set(get_args(RequestState))
