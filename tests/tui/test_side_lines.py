"""The panels beside the feed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from homeport.client import wire
from homeport.tui import side_lines
from homeport.tui.words import Line, line_width
from support import room_sights, sights


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_spend_says_how_much_of_what() -> None:
    assert texts(side_lines.spend_lines(sights.spend(), 34)) == [
        "today  " + "█" * 6 + "░" * 21,
        "       $0.43 of $2.00",
        "       86 local · 12 cloud",
        "month  " + "█" * 11 + "░" * 16,
        "       $7.90 of $20.00",
    ]


def test_what_is_reserved_and_estimated_is_said() -> None:
    window = wire.WindowView("day", 2 * sights.USD, sights.USD, sights.USD // 4, 0)
    spend = wire.SpendView((window,), unknown_today=3)
    lines = texts(side_lines.spend_lines(spend, 34))
    assert lines[0] == "today  " + "█" * 14 + "▒" * 3 + "░" * 10
    assert lines[1] == "       $1.00 of $2.00, $0.25 held"
    assert lines[2:] == ["       0 local · 0 cloud", "       3 estimated"]
    assert texts(side_lines.spend_lines(spend, 38))[2] == "       0 local · 0 cloud · 3 estimated"


def test_what_was_saved_is_said_where_something_was() -> None:
    saved = texts(side_lines.spend_lines(sights.spend(), 34, room_sights.savings()))
    assert saved[-1] == "saved  ~$16.20 in 30 days"
    nothing = structs.replace(room_sights.savings(), saved_nano=-5)
    assert "saved" not in texts(side_lines.spend_lines(sights.spend(), 34, nothing))[-1]


def test_without_a_limit_there_is_no_bar() -> None:
    window = wire.WindowView("day", None, 430_000_000, 0, 0)
    assert texts(side_lines.spend_lines(wire.SpendView((window,)), 34)) == [
        "today  $0.43, no limit",
        "       0 local · 0 cloud",
    ]
    assert texts(side_lines.spend_lines(wire.SpendView(), 34)) == ["today  0 local · 0 cloud"]


@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_bar_always_fits(limit: int, spent: int, reserved: int) -> None:
    window = wire.WindowView("day", limit, spent, reserved, 0)
    bar = side_lines.spend_lines(wire.SpendView((window,)), 34)[0]
    assert line_width(bar) == 34


def test_models_that_can_answer_come_first_and_the_rest_is_counted() -> None:
    lines = texts(side_lines.model_lines(sights.models(), 34, 4))
    assert lines == [
        "local qwen3:14b      ready   412ms",
        "local smollm2-135m-… asleep",
        "local llama3.3:8b    asleep  640ms",
        "and 3 more: homeport models",
    ]
    everything = texts(side_lines.model_lines(sights.models(), 34, 6))
    assert everything[-1] == "cloud mistral-large  missing"


def test_a_demonstration_model_is_called_one() -> None:
    model = wire.ModelView("llamacpp/tiny", "local", "ready", demonstration=True)
    assert texts(side_lines.model_lines([model], 34, 4)) == ["local tiny (demo)    ready"]


def test_a_state_of_tomorrow_is_shown_as_it_is() -> None:
    model = wire.ModelView("a/b", "lan", "pondering")
    assert "pondering"[:6] in texts(side_lines.model_lines([model], 34, 4))[0]


def test_without_models_the_command_that_gets_one() -> None:
    assert texts(side_lines.model_lines([], 34, 4))[1] == "homeport models add"


def test_models_that_could_answer_are_counted_by_place() -> None:
    assert [side_lines.usable(sights.models(), p) for p in ("local", "lan", "cloud")] == [3, 0, 2]


def test_the_machine() -> None:
    assert texts(side_lines.machine_lines(sights.machine(), 34)) == [
        "cpu    12% of 8 cores",
        "memory 17.1 of 29.8 GiB free",
        "gpu    no NVIDIA driver",
        "disk   214.0 GB free",
        "power  81%, plugged in",
    ]
    gpu = wire.GpuView("RTX 4090", memory_free_bytes=20_000_000_000)
    machine = structs.replace(sights.machine(), gpus=(gpu,), on_battery=True)
    lines = texts(side_lines.machine_lines(machine, 34))
    assert lines[2] == "gpu    18.6 GiB free, RTX 4090"
    assert lines[4] == "power  81%, on battery"


def test_what_is_unknown_of_the_machine_is_said_to_be() -> None:
    assert texts(side_lines.machine_lines(wire.MachineView(), 34)) == [
        "cpu    load unknown",
        "memory ? free",
        "gpu    none found",
        "disk   ? free",
    ]
    assert side_lines.machine_words(wire.MachineView()) == ""
