"""What was spent, and what may be: `spend` and `budgets` of `/homeport/v1`."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import msgspec

from homeport.client.wire import SpendReport
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms
from homeport.daemon.money.spend import SpendBy
from homeport.policies.errors import BadRequest

DAY_MS = 24 * 3_600_000
MAX_DAYS = 3660

_limits = msgspec.json.Decoder(dict[str, float | None])


async def spend(call: Call, house: House) -> None:
    """Spend by day, model, provider, place, client, session or tag."""
    by: Any = call.query().get("by", "day")
    groups = get_args(SpendBy)
    if by not in groups:
        raise BadRequest(f"`by` must be one of {', '.join(groups)}.", param="by")
    since_ms = now_ms() - call.number("days", 30, MAX_DAYS) * DAY_MS
    ledger = house.daemon.ledger
    await house.daemon.written_down()
    rows = await ledger.report(by, since_ms)
    report = SpendReport(by=by, since_ms=since_ms, rows=tuple(rows), view=house.daemon.spend_view())
    await call.reply_json(report)


async def budgets(call: Call, house: House) -> None:
    """The windows, with what is spent and reserved."""
    await call.reply_json(house.daemon.spend_view())


async def set_budgets(call: Call, house: House) -> None:
    """Change limits, in dollars; null takes a limit away. They are kept in the config."""
    wanted = await call.decoded(_limits)
    known = ("day_usd", "month_usd")
    for name, limit in wanted.items():
        if name not in known:
            raise BadRequest(f"There is no limit `{name[:64]}`: {', '.join(known)}.", param="body")
        if limit is not None and not 0 <= limit < 1e9:
            raise BadRequest(f"`{name}` must be at least 0.", param=name)
    from homeport.daemon.assemble import limits_of

    changes = {f"budget.{name}": limit for name, limit in wanted.items()}
    config = await asyncio.to_thread(house.daemon.config_file.set_all, changes)
    house.daemon.ledger.set_limits(limits_of(config))
    await call.reply_json(house.daemon.spend_view())
