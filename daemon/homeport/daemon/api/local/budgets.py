"""What may be spent: `budgets` of `/homeport/v1`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, cast, get_args

import msgspec

from homeport.client.wire import SpendView
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms
from homeport.daemon.config.settings import Config
from homeport.daemon.money.raises import Raise
from homeport.daemon.money.scopes import NANO, WINDOWS
from homeport.daemon.money.windows import day_of, period_of
from homeport.policies.errors import BadRequest, NotFound
from homeport.policies.model import BudgetScope

MOST_USD = 1_000_000
LIMITS = tuple(f"{window}_usd" for window in WINDOWS)
RAISED = ("day", "week", "month")
SCOPES = get_args(BudgetScope)
SINGLE = ("request_usd", "session_usd")
"""Limits of one prompt or session, which belong to whoever asks."""

_change = msgspec.json.Decoder(dict[str, Any])


async def budgets(call: Call, house: House) -> None:
    """The windows, with what is spent and reserved."""
    await call.reply_json(await _view(house))


async def set_budgets(call: Call, house: House) -> None:
    """Change limits, in dollars, raise one for the running window alone, or refuse a raise.

    Null takes a limit away. Limits are kept in the config, raises in the ledger.
    """
    wanted = await call.decoded(_change)
    scope, name = _scope_of(wanted)
    if "refuse" in wanted:
        _refuse(wanted["refuse"], house)
    elif "raise" in wanted:
        await house.daemon.ledger.raise_limit(_raise_of(wanted, scope, name, house.daemon.config))
    else:
        limits = _limits_of(wanted, scope)
        if any(usd is not None for usd in limits.values()):
            await _refuse_what_is_not(scope, name, house)
        change = partial(changes_of, limits, scope, name)
        await asyncio.to_thread(house.daemon.config_file.change, change)
        from homeport.daemon.assemble import limits_of

        # Whoever set another limit meanwhile may have been told first.
        house.daemon.ledger.set_limits(limits_of(house.daemon.config))
        await house.daemon.ledger.refreshed()
    await call.reply_json(await _view(house, (scope, name)))


async def _view(house: House, only: tuple[str, str] | None = None) -> SpendView:
    """With what is to be said of limits that cover nothing; of all, or of one."""
    from homeport.daemon.findings import doubted_limits

    notes = await doubted_limits(house.daemon, only)
    return msgspec.structs.replace(house.daemon.spend_view(), notes=notes)


async def _refuse_what_is_not(scope: BudgetScope, name: str, house: House) -> None:
    """A limit that can never cover anything."""
    from homeport.daemon.findings import limited_names
    from homeport.daemon.money.limited_names import refusal

    daemon = house.daemon
    if said := refusal(scope, name, await limited_names(daemon), daemon.has_listed):
        raise BadRequest(said, param="name")


def _refuse(prompt: Any, house: House) -> None:
    """No raise for one prompt that waits, or for all where none is named."""
    if not isinstance(prompt, str):
        raise BadRequest("`refuse` names a prompt that waits, or is empty for all.", param="refuse")
    if not house.daemon.questions.refuse(prompt) and prompt:
        raise NotFound(f"No prompt {prompt[:64]} waits at a limit.", code="no_question")


def changes_of(
    limits: Mapping[str, float | None], scope: BudgetScope, name: str, config: Config
) -> dict[str, Any]:
    """What has to be set in the config, by dotted keys."""
    if scope == "all":
        return {f"budget.{limit}": usd for limit, usd in limits.items()}
    rows = [msgspec.to_builtins(row) for row in config.limit]
    same = [row for row in rows if (row["scope"], row["name"]) == (scope, name)]
    if not same:
        same = [{"scope": scope, "name": name}]
        rows += same
    for row in same:
        row |= limits
    kept = [row for row in rows if any(row.get(limit) is not None for limit in LIMITS)]
    return {"limit": kept or None}


def _scope_of(wanted: Mapping[str, Any]) -> tuple[BudgetScope, str]:
    scope, name = wanted.get("scope", "all"), wanted.get("name", "")
    if scope not in SCOPES:
        raise BadRequest(f"`scope` must be one of {', '.join(SCOPES)}.", param="scope")
    if not isinstance(name, str) or (scope == "all") != (name == ""):
        raise BadRequest("`name` says which provider, model, client or tag.", param="name")
    return cast("BudgetScope", scope), name


def _limits_of(wanted: Mapping[str, Any], scope: BudgetScope) -> dict[str, float | None]:
    limits = {name: wanted[name] for name in wanted if name not in ("scope", "name")}
    for name, usd in limits.items():
        if name not in LIMITS:
            raise BadRequest(f"There is no limit `{name[:64]}`: {', '.join(LIMITS)}.", param="body")
        if name in SINGLE and scope in ("provider", "model"):
            raise BadRequest(f"`{name}` is for all, a client or a tag.", param=name)
        if usd is not None and not _is_amount(usd):
            raise BadRequest(f"`{name}` must be from 0 to {MOST_USD:,} dollars.", param=name)
    return limits


def _raise_of(wanted: Mapping[str, Any], scope: BudgetScope, name: str, config: Config) -> Raise:
    window, usd = wanted["raise"], wanted.get("usd")
    if window not in RAISED:
        raise BadRequest(f"`raise` must be one of {', '.join(RAISED)}.", param="raise")
    if not _is_amount(usd) or not usd:
        raise BadRequest(f"`usd` must be above 0, at most {MOST_USD:,}.", param="usd")
    rows = [row for row in config.limit if (row.scope, row.name) == (scope, name)]
    tables = [config.budget] if scope == "all" else rows
    if all(getattr(table, f"{window}_usd") is None for table in tables):
        raise BadRequest(f"There is no limit for that {window} to be raised.", param="raise")
    at_ms = now_ms()
    return Raise(
        window=window,
        scope=scope,
        name=name,
        period=period_of(window, day_of(at_ms)),
        nano=round(usd * NANO),
        at_ms=at_ms,
    )


def _is_amount(usd: Any) -> bool:
    return isinstance(usd, int | float) and not isinstance(usd, bool) and 0 <= usd <= MOST_USD
