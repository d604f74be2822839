"""`homeport budget`: what may be spent in a day and in a month."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import pairs, table, write, write_json
from homeport.client.connection import Connection
from homeport.client.units import day_and_clock, money

if TYPE_CHECKING:
    from homeport.client.wire import PaceView, SpendView, WindowView

NO_LIMIT = "none"


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `budget`."""
    add = parser.add_argument
    add("--day", type=limit, metavar="USD", help="most for a day; `none` takes the limit away")
    add("--month", type=limit, metavar="USD", help="most for a month")


def run(args: Namespace) -> int:
    """Shows the windows, after setting those that were named."""
    named = {"day_usd": args.day, "month_usd": args.month}
    wanted = {
        name: None if value == NO_LIMIT else value
        for name, value in named.items()
        if value is not None
    }
    connection = Connection()
    reply = connection.post("budgets", wanted) if wanted else connection.get("budgets")
    if args.json:
        write_json(reply.body)
    else:
        show(reply.read())
    return exit_codes.DONE


def limit(text: str) -> float | str:
    """An amount in dollars, or `none`."""
    if text == NO_LIMIT:
        return NO_LIMIT
    try:
        amount = float(text.removeprefix("$"))
    except ValueError:
        amount = -1.0
    if not 0 <= amount < 1e9:
        raise ArgumentTypeError(f"{text!r} is no amount; write 2, 0.5 or none")
    return amount


def show(view: SpendView) -> None:
    """The windows as a table."""
    columns = ("window", "limit", "spent", "reserved", "left", "until")
    table(columns, [_row(window) for window in view.windows], right="lrrrrl")
    if view.paces:
        write("")
        pairs((pace_name(pace), pace_text(pace)) for pace in view.paces)


def pace_name(pace: PaceView) -> str:
    """What is held."""
    return "pace" if pace.held == "money" else "cloud share"


def pace_text(pace: PaceView) -> str:
    """Such as `20 % wanted, 19 % of the last answers; a call has to bring 0.031`."""
    if pace.held == "money":
        return f"{money(round(pace.wanted))} a day are left; a cent has to bring {pace.price:.3f}"
    found = "nothing known yet"
    if pace.found is not None:
        found = f"{pace.found * 100:.0f} % of the last answers"
    return f"{pace.wanted * 100:.0f} % wanted, {found}; a call has to bring {pace.price:.3f}"


def _row(window: WindowView) -> tuple[str, ...]:
    spent, reserved, most = window.spent_nano, window.reserved_nano, window.limit_nano
    left = "" if most is None else money(max(0, most - spent - reserved))
    return (
        window.window,
        "none" if most is None else money(most),
        money(spent),
        money(reserved),
        left,
        day_and_clock(window.resets_at_ms) if window.resets_at_ms else "",
    )
