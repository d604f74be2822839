"""`homeport spend reconcile`: what a provider charged beside what was booked, by day.

It says so in an export (`FILE`), or where it is asked for it now (`--provider` alone).
"""

from __future__ import annotations

import datetime
import sys
from argparse import Namespace
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.exports import MOST_BYTES, Charged, Export, read_export, read_pages
from homeport.cli.output import table, talk, write, write_json
from homeport.cli.refusal import LocalTrouble, WrongUse
from homeport.client import records
from homeport.client.connection import Connection
from homeport.client.units import NANO, money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homeport.client.wire import BookedDay, ReconciledDays

NOTHING = Charged()
MOST_DAYS = 365
ASKING_S = 40.0
ALIKE_NANO = 100_000
"""A hundredth of a cent: attempts are rounded up here, and days there."""


@dataclass(frozen=True)
class Difference:
    """One day, both ways. What the export does not say is None."""

    day: str
    booked_nano: int
    estimated_nano: int
    charged_nano: int | None
    booked_tokens: tuple[int, int]
    charged_tokens: tuple[int, int] | None

    @property
    def nano(self) -> int | None:
        """What was charged beyond what was booked; below 0 where less was."""
        return None if self.charged_nano is None else self.charged_nano - self.booked_nano

    @property
    def agrees(self) -> bool:
        """As far as the export says anything."""
        tokens = self.charged_tokens in (None, self.booked_tokens)
        return abs(self.nano or 0) <= ALIKE_NANO and tokens


def run(args: Namespace) -> int:
    """Prints the differences; status 1 where there is one."""
    if not args.file and not args.provider:
        raise WrongUse(
            "Write: homeport spend reconcile costs.csv, "
            "or: homeport spend reconcile --provider openai"
        )
    if args.file:
        export = read_export(_text(args.file))
        bounds = min(export.days), max(export.days)
    else:
        bounds = whole_days(args.days, datetime.datetime.now(datetime.UTC).date())
        export = _asked(args.provider, bounds)
    provider = args.provider or export.provider
    booked = book(provider, whole_charges(export, is_file=bool(args.file))) if args.book else []
    if not args.file:
        # Some tell no day without a charge: nothing was charged then, and that is told.
        export.add(bounds[0], Charged(Decimal(0)))
    since, until = bounds
    reply = Connection().get("spend/booked", provider=provider, since=since, until=until)
    found = differences(export, reply.read().days)
    if args.json:
        days = {"provider": provider, "days": [plain(one) for one in found]}
        write_json(days | ({"reconciled": records.plain(booked)} if args.book else {}))
    else:
        show(provider, found)
        if args.book:
            show_booked(booked)
    is_done = all(one.agrees for one in found) and not any(one.sentence for one in booked)
    return exit_codes.DONE if is_done else exit_codes.FAILED


def whole_days(days: int, today: datetime.date) -> tuple[str, str]:
    """So many UTC days before this one, which providers still count."""
    ago = datetime.timedelta(days=min(days, MOST_DAYS))
    return (today - ago).isoformat(), (today - datetime.timedelta(days=1)).isoformat()


def _asked(provider: str, bounds: tuple[str, str]) -> Export:
    """What the provider itself says, asked by the daemon with the key that it has for that."""
    body = {"provider": provider, "since": bounds[0], "until": bounds[1]}
    reply = Connection().post("spend/charged", body, timeout_s=ASKING_S)
    talk(f"{reply.read().host} was asked.")
    export = read_pages(provider, reply.body)
    export.days = {day: of for day, of in export.days.items() if bounds[0] <= day <= bounds[1]}
    return export


def whole_charges(export: Export, *, is_file: bool) -> list[dict[str, object]]:
    """Of the days that are whole, by model where that is told.

    The last day of a file may not have been over when it was made. Of a provider that was asked
    now, a day between two that it tells of and without a charge was one without a charge.
    """
    told = sorted(day for day, charged in export.days.items() if charged.usd is not None)
    if not told and not is_file:
        raise LocalTrouble("The provider tells of no charge in these days: nothing can be booked.")
    if not told:
        raise LocalTrouble("This export tells tokens and no charges: nothing can be booked by it.")
    charges: list[dict[str, object]] = [
        {"day": day, "model": model, "nano": int((usd * NANO).to_integral_value())}
        for day in (told[:-1] if is_file else told)
        for model, usd in export.days[day].models.items()
    ]
    if not is_file:
        charges += [
            {"day": day, "model": "", "nano": 0} for day in _between(told) if day not in export.days
        ]
    return charges


def _between(told: Sequence[str]) -> list[str]:
    first, last = (datetime.date.fromisoformat(told[at]) for at in (0, -1))
    days = range((last - first).days)
    return [(first + datetime.timedelta(days=ago)).isoformat() for ago in days]


def book(provider: str, charges: list[dict[str, object]]) -> list[ReconciledDays]:
    """Have the daemon book them."""
    body = {"provider": provider, "days": charges}
    days: list[ReconciledDays] = (
        Connection().post("spend/reconcile", body, timeout_s=ASKING_S).read().days
    )
    return days


def show_booked(booked: Sequence[ReconciledDays]) -> None:
    """What became of the estimates."""
    if not booked:
        write("No estimate stands in these days.")
    for one in booked:
        when = one.since if one.since == one.until else f"{one.since} to {one.until}"
        head = f"{when} {one.model}".rstrip()
        many, stand = f"{one.attempts} estimates", "stand"
        if one.attempts == 1:
            many, stand = "1 estimate", "stands"
        before, after = money(one.before_nano), money(one.after_nano)
        if one.sentence:
            write(f"{head}: nothing is booked. {one.sentence}")
        elif one.booked:
            write(f"{head}: {many} of {before} {stand} at {after} from here on, as was charged.")
        else:
            write(f"{head}: {many} {stand} at {after}, as was charged.")


def differences(export: Export, booked: Sequence[BookedDay]) -> list[Difference]:
    """Every day that either side knows, in order."""
    mine = {day.day: day for day in booked}
    prices = any(day.usd is not None for day in export.days.values())
    tokens = any(day.output_tokens is not None for day in export.days.values())
    found = []
    for name in sorted({*export.days, *mine}):
        charged, own = export.days.get(name, NOTHING), mine.get(name)
        found.append(
            Difference(
                day=name,
                booked_nano=own.cost_nano if own else 0,
                estimated_nano=own.estimated_nano if own else 0,
                charged_nano=(charged.nano or 0) if prices else None,
                booked_tokens=(own.input_tokens, own.output_tokens) if own else (0, 0),
                charged_tokens=(charged.input_tokens or 0, charged.output_tokens or 0)
                if tokens
                else None,
            )
        )
    return found


def show(provider: str, found: Sequence[Difference]) -> None:
    """The days as a table, and what it comes to."""
    if found[0].charged_nano is not None:
        columns = ("day (UTC)", "booked", "charged", "difference", "of it estimated")
        table(columns, [_cost_row(one) for one in found], right="lrrrr")
    else:
        columns = ("day (UTC)", "in booked", "in charged", "out booked", "out charged")
        table(columns, [_token_row(one) for one in found], right="lrrrr")
    differing = sum(not one.agrees for one in found)
    write("")
    write(
        f"{provider}: {differing} of {len(found)} days differ by more than $0.0001 or in tokens. "
        "An attempt counts on the day it began; what other programs asked is in the export alone."
    )


def _cost_row(one: Difference) -> tuple[str, ...]:
    certain = not one.estimated_nano
    return (
        one.day,
        money(one.booked_nano, certain=certain),
        money(one.charged_nano),
        signed(one.nano or 0),
        money(one.estimated_nano) if one.estimated_nano else "",
    )


def _token_row(one: Difference) -> tuple[str, ...]:
    charged = one.charged_tokens or (0, 0)
    numbers = (one.booked_tokens[0], charged[0], one.booked_tokens[1], charged[1])
    return (one.day, *[f"{number:,}" for number in numbers])


def signed(nano: int) -> str:
    """Such as `+$0.02`, `-$0.02`; empty of nothing."""
    return f"{'+' if nano > 0 else '-'}{money(abs(nano))}" if nano else ""


def plain(one: Difference) -> dict[str, object]:
    """As JSON tells it."""
    return {
        "day": one.day,
        "booked_nano": one.booked_nano,
        "estimated_nano": one.estimated_nano,
        "charged_nano": one.charged_nano,
        "difference_nano": one.nano,
        "booked_tokens": one.booked_tokens,
        "charged_tokens": one.charged_tokens,
        "agrees": one.agrees,
    }


def _text(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read(MOST_BYTES)
        path = Path(name)
        if path.stat().st_size > MOST_BYTES:
            raise LocalTrouble(f"{name} is larger than any export.")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise LocalTrouble(f"{name} is not UTF-8 text.") from None
    except OSError as error:
        raise LocalTrouble(f"{name} cannot be read: {error.strerror}.") from None
