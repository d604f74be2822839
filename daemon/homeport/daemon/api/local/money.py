"""What was spent: `spend` of `/homeport/v1`."""

from __future__ import annotations

from typing import Any, get_args

from homeport.client.wire import SpendReport
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms
from homeport.daemon.money.spend import SpendBy
from homeport.policies.errors import BadRequest

DAY_MS = 24 * 3_600_000
MAX_DAYS = 3660


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
