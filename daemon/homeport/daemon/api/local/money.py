"""What was spent, and what would be: `spend` and what is below it, of `/homeport/v1`."""

from __future__ import annotations

import asyncio
import datetime
import re
from typing import Any, get_args

import msgspec

from homeport.adapters.base import AttemptFailed
from homeport.adapters.places import host_and_port, origin_of
from homeport.adapters.providers import PROVIDERS
from homeport.client.wire import (
    ChargedDays,
    ChargedReport,
    EstimateReport,
    SavingsView,
    SpendGroup,
    SpendReport,
)
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms
from homeport.daemon.money.entries import MOST_NANO
from homeport.daemon.money.price import Price
from homeport.daemon.money.windows import day_of, day_starts_ms, noon_ms, week_of
from homeport.policies.errors import BadRequest, NothingAnswered
from homeport.policies.model import ModelCard

DAY_MS = 24 * 3_600_000
MAX_DAYS = 3660
MOST_CHARGED = 366
"""Days that a provider is asked for at once."""
MOST_PROMPTS = 10_000_000
MOST_TOKENS = 10_000_000
PERIODS = ("day", "week", "month")
_AGO = re.compile(r"(\d{1,4})([dw])")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


async def spend(call: Call, house: House) -> None:
    """Spend by a group; with `details` the projection and the dearest requests, with `baseline`
    what was saved against one model."""
    query = call.query()
    by: Any = query.get("by", "day")
    if by not in get_args(SpendGroup):
        raise BadRequest(f"`by` must be one of {', '.join(get_args(SpendGroup))}.", param="by")
    since_ms = since_of(query, call.number("days", 30, MAX_DAYS), now_ms())
    baseline = query.get("baseline", "")
    daemon, is_detailed = house.daemon, query.get("details") == "1"
    await daemon.written_down()
    spent = await daemon.ledger.report(by, since_ms)
    report = SpendReport(
        by=by,
        since_ms=since_ms,
        rows=spent.rows,
        view=daemon.spend_view(),
        details=await daemon.reports.details(since_ms) if is_detailed else None,
        savings=await _savings(house, baseline, since_ms) if baseline else None,
        cached=await daemon.figures.cached(day_starts_ms(since_ms)),
        total=spent.total,
        rest=spent.rest,
    )
    await call.reply_json(report)


def since_of(query: dict[str, str], days: int, now_ms: int) -> int:
    """The moment that a report begins: `period`, else `since`, else some days ago."""
    period, since = query.get("period", ""), query.get("since", "")
    today = day_of(now_ms)
    if period:
        if period not in PERIODS:
            raise BadRequest(f"`period` must be one of {', '.join(PERIODS)}.", param="period")
        starts = {"day": today, "week": week_of(today), "month": today // 100 * 100 + 1}
        return noon_ms(starts[period])
    if not since:
        return now_ms - days * DAY_MS
    if (ago := _AGO.fullmatch(since)) is not None:
        return now_ms - min(MAX_DAYS, int(ago[1]) * (7 if ago[2] == "w" else 1)) * DAY_MS
    if (date := _DATE.fullmatch(since)) is not None:
        try:
            return noon_ms(int("".join(date.groups())))
        except ValueError:
            pass
    raise BadRequest("`since` is a date such as 2026-11-01, or 7d, or 4w.", param="since")


async def _savings(house: House, baseline: str, since_ms: int) -> SavingsView:
    card = _card(house, baseline)
    if house.daemon.price_at(card, now_ms()) is None:
        raise BadRequest(f"No price is known for {baseline[:128]}.", param="baseline")

    def price_on(day: int) -> Price | None:
        return house.daemon.price_at(card, noon_ms(day))

    return await house.daemon.reports.saved(since_ms, card.id, price_on)


def _card(house: House, name: str) -> ModelCard:
    """A model that is there, or one of which nothing but its name is known."""
    if name in house.daemon.fleet.ids():
        return house.daemon.fleet.card(name)
    provider, _, short = name.partition("/")
    return ModelCard(id=name, provider=provider, name=short, place="cloud")


async def booked(call: Call, house: House) -> None:
    """What was booked at one provider by UTC day, to be held against its own export."""
    query = call.query()
    provider = query.get("provider", "")
    if not provider:
        raise BadRequest("Give `provider`, `since` and `until`.", param="provider")
    since, until = _date_of(query, "since"), _date_of(query, "until")
    await house.daemon.written_down()
    await call.reply_json(await house.daemon.reports.booked(provider, since, until))


class ChargesAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which days a provider is to tell of, both with them."""

    provider: str
    since: datetime.date
    until: datetime.date


_charges = msgspec.json.Decoder(ChargesAsked)


async def charged(call: Call, house: House) -> None:
    """What a provider says that it charged; this is what asks it, and nothing else does."""
    asked = await call.decoded(_charges)
    if not 0 <= (asked.until - asked.since).days < MOST_CHARGED:
        raise BadRequest(
            f"`since` is a day before `until`, by less than {MOST_CHARGED} days.", param="since"
        )
    from homeport.daemon.money import charged as charges

    daemon, provider = house.daemon, asked.provider
    endpoint = charges.endpoint_of(provider)
    key = await asyncio.to_thread(daemon.keys.credential, endpoint.key)
    if key is None:
        raise charges.no_key(provider, endpoint)
    offered = [one.origin for one in daemon.fleet.adapters() if one.provider == provider]
    origin = next(filter(None, offered), origin_of(PROVIDERS[provider].base_url))
    try:
        permit = daemon.probe_permit(origin)
    except AttemptFailed as failed:
        raise NothingAnswered(failed.failure.sentence) from None
    days = (asked.since, asked.until)
    pages = await charges.charged(permit, origin, provider, days, key)
    await call.reply_json(ChargedReport(provider, host_and_port(origin), tuple(pages)))


_charged_days = msgspec.json.Decoder(ChargedDays)


async def reconcile(call: Call, house: House) -> None:
    """Have what a provider charged booked in the place of what was estimated."""
    asked = await call.decoded(_charged_days)
    for one in asked.days:
        _date_of({"day": one.day}, "day")
        if abs(one.nano) > MOST_NANO:
            raise BadRequest("`nano` is more than any day costs.", param="nano")
    from homeport.daemon.money.reconciling import reconciled

    daemon = house.daemon
    await daemon.written_down()
    report = await reconciled(daemon.ledger, daemon.database, asked.provider, asked.days, now_ms())
    await call.reply_json(report)


def _date_of(query: dict[str, str], name: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(query.get(name, ""))
    except ValueError:
        raise BadRequest(f"`{name}` is a date such as 2026-11-01.", param=name) from None


async def estimate(call: Call, house: House) -> None:
    """What a month of prompts costs at each model that is there, and at those that are named."""
    per_day = call.number("per_day", 0, MOST_PROMPTS)
    tokens_in = call.number("input", 0, MOST_TOKENS)
    tokens_out = call.number("output", 0, MOST_TOKENS)
    if not per_day or not tokens_in:
        raise BadRequest("Give `per_day`, `input` and `output`.", param="per_day")
    from homeport.daemon.money.estimate import DAYS, month_of_each

    named = [name for name in call.query().get("models", "").split(",") if name]
    cards = [_card(house, name) for name in (*house.daemon.fleet.ids(), *named)]
    priced = [(card, house.daemon.price_at(card, now_ms())) for card in cards]
    rows = month_of_each(priced, per_day, tokens_in, tokens_out)
    await call.reply_json(EstimateReport(per_day, tokens_in, tokens_out, DAYS, rows))
