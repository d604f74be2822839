"""The Models screen and the page of one model, through a pilot."""

from __future__ import annotations

from msgspec import structs

from homeport.client import wire
from homeport.client.errors import BrokenAnswer
from homeport.tui.live import LiveScreen
from homeport.tui.models import ModelScreen, ModelsScreen
from support import sights
from support.stage import Stage, staged


def cursor_row(stage: Stage) -> str:
    """The row that the cursor is on."""
    return next((row for row in stage.rows if "▸" in row), "")


def many(count: int) -> tuple[wire.ModelView, ...]:
    return tuple(wire.ModelView(f"lab/model-{n:03}", "cloud", "ready") for n in range(count))


async def test_the_cursor_moves_and_stays_on_its_model() -> None:
    async with staged(keys=["m"]) as stage:
        assert sights.QWEN in cursor_row(stage)
        await stage.press("j", "j")
        assert sights.LLAMA in cursor_row(stage)
        fewer = tuple(m for m in sights.models() if "smollm2" not in m.id)
        await stage.tell(wire.FleetChanged(41, sights.NOW_MS, fewer))
        assert sights.LLAMA in cursor_row(stage)
        assert "2 of 5" in stage.text
        await stage.press("G")
        assert "mistral-large" in cursor_row(stage)
        await stage.press("g", "k")
        assert sights.QWEN in cursor_row(stage)


async def test_a_model_that_fails_says_since_when_and_why() -> None:
    async with staged(keys=["m"]) as stage:
        first, *rest = sights.models()
        bad = structs.replace(first, state="failing", reason="5 failures in a row")
        at_ms = sights.at("14:05:00")
        await stage.tell(wire.FleetChanged(41, at_ms, (bad, *rest)))
        row = next(row for row in stage.rows if sights.QWEN in row)
        assert "failing  14:05" in row
        assert "5 failures" in row


async def test_what_has_no_room_in_a_row_stands_below_the_list() -> None:
    async with staged(size=(80, 24), keys=["m", "j", "j", "j"]) as stage:
        said = " claude-sonnet-5 is ready; failed at 14:02: the link was lost"
        assert said in stage.rows
        await stage.press("G")
        assert " mistral/mistral-large: no key" in stage.rows


async def test_a_long_list_keeps_its_headings_and_its_cursor_in_sight() -> None:
    async with staged("empty", (80, 20), keys=["m"]) as stage:
        await stage.tell(wire.FleetChanged(41, sights.NOW_MS, many(200)))
        await stage.press("G")
        assert "lab/model-199" in cursor_row(stage)
        assert "out/Mtok" in stage.rows[2]
        await stage.press("pageup")
        assert "lab/model-186" in cursor_row(stage)
        await stage.press("g")
        assert "lab/model-000" in cursor_row(stage)
        assert "1 of 200" in stage.text


async def test_enter_opens_a_model_and_esc_comes_back_to_it() -> None:
    async with staged(keys=["m", "j", "enter"]) as stage:
        assert isinstance(stage.app.screen, ModelScreen)
        assert "a demonstration" in stage.text
        await stage.press("escape")
        assert isinstance(stage.app.screen, ModelsScreen)
        assert "smollm2" in cursor_row(stage)
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)


async def test_a_model_that_goes_is_said_to_be_gone() -> None:
    async with staged(keys=["m", "enter"]) as stage:
        await stage.tell(wire.FleetChanged(41, sights.NOW_MS, sights.models()[1:]))
        assert "The daemon knows this model no more." in stage.text


async def test_no_model_at_all() -> None:
    async with staged("empty", (60, 16), keys=["m"]) as stage:
        await stage.tell(wire.FleetChanged(41, sights.NOW_MS, ()))
        assert "homeport models add default" in stage.text
        await stage.press("j", "enter")
        assert "There are no models yet." in stage.rows[-1]


async def test_looking_again() -> None:
    async with staged(keys=["m", "r"]) as stage:
        assert stage.line.asked == ["models"]
        assert "Looked again: 6 models." in stage.rows[-1]
        stage.line.answer = BrokenAnswer("The daemon broke off.")
        await stage.press("r")
        assert "The daemon broke off." in stage.rows[-1]


async def test_a_click_chooses_a_row() -> None:
    async with staged(keys=["m"]) as stage:
        await stage.pilot.click("#page", offset=(10, 4))
        await stage.paint()
        assert sights.LLAMA in cursor_row(stage)
        await stage.pilot.click("#page", offset=(10, 25))
        await stage.pilot.click("#page", offset=(10, 1))
        assert sights.LLAMA in cursor_row(stage)


async def test_a_hostile_name_commands_no_terminal() -> None:
    name = "evil/[red]\x1b[2J\u202e模型\x07"
    async with staged(keys=["m"]) as stage:
        hostile = wire.ModelView(name, "local", "ready", reason="\x1b]0;owned\x07")
        await stage.tell(wire.FleetChanged(41, sights.NOW_MS, (hostile,)))
        await stage.press("enter")
        page = stage.text
        await stage.press("escape")
        for text in (page, stage.text):
            assert "evil/[red]" in text
            assert "\x1b" not in text
            assert "\u202e" not in text
