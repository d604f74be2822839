"""`homeport budget`: what may be spent, by whom and in which window."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes
from homeport.cli.output import pairs, table, talk, write, write_json
from homeport.cli.refusal import WrongUse
from homeport.client.connection import Connection
from homeport.client.units import day_and_clock, money

if TYPE_CHECKING:
    from homeport.client.wire import PaceView, SpendView, WindowView

NO_LIMIT = "none"
MOST_USD = 1_000_000
NANO = 10**9
ACTIONS = ("show", "set", "raise", "refuse")
WINDOWS = {
    "request": "most for one prompt, over all its attempts",
    "session": "most for one session",
    "day": "most for a day; `none` takes the limit away",
    "week": "most from Monday to Sunday",
    "month": "most for a month",
}
SCOPES = {
    "provider": "limit this provider alone, such as openai",
    "model": "limit this model alone, by its id",
    "client": "limit this program alone",
    "tag": "limit prompts with this tag alone",
}
RAISED = ("day", "week", "month")


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `budget`."""
    add = parser.add_argument
    add(
        "action",
        nargs="?",
        choices=ACTIONS,
        help="raise adds to the running window alone; refuse lets what waits for a raise go on "
        "without",
    )
    for window, sentence in WINDOWS.items():
        add(f"--{window}", type=limit, metavar="USD", help=sentence)
    only = parser.add_mutually_exclusive_group()
    for scope, sentence in SCOPES.items():
        only.add_argument(f"--{scope}", metavar="NAME", help=sentence)


def run(args: Namespace) -> int:
    """Shows the windows, after setting or raising those that were named."""
    wanted = {window: getattr(args, window) for window in WINDOWS}
    wanted = {window: usd for window, usd in wanted.items() if usd is not None}
    if wrong := wrong_use(args.action, wanted):
        raise WrongUse(wrong)
    connection = Connection()
    if args.action == "refuse":
        reply = connection.post("budgets", {"refuse": ""})
    elif not wanted:
        reply = connection.get("budgets")
    else:
        reply = connection.post("budgets", change(args.action, wanted) | _scope(args))
    if args.json:
        write_json(reply.body)
        return exit_codes.DONE
    view = reply.read()
    show(view)
    if args.action != "raise":
        for window in raised_above(view, wanted, _scope(args)):
            talk(f"The raise of the running {window.window} comes on top.")
    return exit_codes.DONE


def wrong_use(action: str | None, wanted: dict[str, float | str]) -> str:
    """What has to be written instead; empty where all is well."""
    if action == "show" and wanted:
        return "Write: homeport budget set --day 2"
    if action == "refuse" and wanted:
        return "Write: homeport budget refuse"
    if action == "set" and not wanted:
        return "Name a window: homeport budget set --day 2, with --provider openai or another scope"
    if action != "raise":
        return ""
    if len(wanted) != 1 or not wanted.keys() <= set(RAISED):
        return "Name one running window: homeport budget raise --day 1 (or --week, --month)"
    (amount,) = wanted.values()
    return "" if isinstance(amount, float) and amount > 0 else "A raise is an amount above 0."


def change(action: str | None, wanted: dict[str, float | str]) -> dict[str, Any]:
    """What is sent to the daemon."""
    if action == "raise":
        ((window, usd),) = wanted.items()
        return {"raise": window, "usd": usd}
    return {f"{name}_usd": None if usd == NO_LIMIT else usd for name, usd in wanted.items()}


def _scope(args: Namespace) -> dict[str, str]:
    named = {scope: getattr(args, scope) for scope in SCOPES}
    scope, name = next(((s, n) for s, n in named.items() if n is not None), ("all", ""))
    return {} if scope == "all" else {"scope": scope, "name": name}


def limit(text: str) -> float | str:
    """An amount in dollars, or `none`."""
    if text == NO_LIMIT:
        return NO_LIMIT
    try:
        amount = float(text.removeprefix("$"))
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= MOST_USD:
        raise ArgumentTypeError(f"{text!r} is no amount; write 2, 0.5 or none")
    return amount


def show(view: SpendView) -> None:
    """The windows as a table."""
    columns = ("window", "limit", "spent", "reserved", "left", "until")
    windows = (*view.windows, *view.scoped)
    table(columns, [_row(window) for window in windows], right="lrrrrl")
    for note in view.notes:
        talk(note)
    if view.paces:
        write("")
        pairs((pace_name(pace), pace_text(pace)) for pace in view.paces)


def window_name(window: WindowView) -> str:
    """Such as `day`, or `week, client editor`."""
    return f"{window.window}, {window.scope} {window.name}" if window.name else window.window


def pace_name(pace: PaceView) -> str:
    """What is held."""
    return "pace" if pace.held == "money" else "cloud share"


def pace_text(pace: PaceView) -> str:
    """Such as `20 % wanted, 19 % of the last answers; a call has to bring 0.031`."""
    if pace.held == "money":
        return f"{money(round(pace.wanted))} a day is left; a cent has to bring {pace.price:.3f}"
    found = "nothing known yet"
    if pace.found is not None:
        found = f"{pace.found * 100:.0f} % of the last answers"
    return f"{pace.wanted * 100:.0f} % wanted, {found}; a call has to bring {pace.price:.3f}"


def raised_above(
    view: SpendView, wanted: dict[str, float | str], scope: dict[str, str]
) -> list[WindowView]:
    """The windows that were given a limit just now and have more, by a raise."""
    whose = (scope.get("scope", "all"), scope.get("name", ""))
    return [
        window
        for window in (*view.windows, *view.scoped)
        if (window.scope, window.name) == whose
        and isinstance(usd := wanted.get(window.window), float)
        and (window.limit_nano or 0) > round(usd * NANO)
    ]


def _row(window: WindowView) -> tuple[str, ...]:
    spent, reserved, most = window.spent_nano, window.reserved_nano, window.limit_nano
    left = "" if most is None else money(max(0, most - spent - reserved))
    return (
        window_name(window),
        "none" if most is None else money(most),
        money(spent),
        money(reserved),
        left,
        day_and_clock(window.resets_at_ms) if window.resets_at_ms else "",
    )
