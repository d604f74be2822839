"""`/homeport/v1/policies`: list them, show one, put one in force, check and test a text."""

from __future__ import annotations

import asyncio
from pathlib import PurePath
from urllib.parse import unquote

import msgspec

from homeport.client.wire import (
    CaseView,
    PoliciesView,
    PolicyChecked,
    PolicyProblem,
    PolicyRow,
    PolicyTested,
    PolicyView,
)
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.config.errors import ConfigError, Problem
from homeport.daemon.shelf.book_file import book_of, problems_of
from homeport.daemon.shelf.shelf import Shelf
from homeport.policies import MODES
from homeport.policies.errors import BadRequest, NotFound
from homeport.policies.rules.book import Book
from homeport.policies.rules.judge import set_by
from homeport.policies.rules.reading import ORDER_KEYS


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of: a policy to use, a text to check, a text or a policy to test."""

    use: str | None = None
    check: str | None = None
    test: str | None = None
    test_name: str | None = None
    path: str = "policy.toml"
    """Of the text, for sentences and for its name."""


_decoder = msgspec.json.Decoder(Order)


async def listing(call: Call, house: House) -> None:
    """Every policy, and the one in force."""
    await call.reply_json(view(house))


async def show(call: Call, house: House) -> None:
    """One policy by its name."""
    name = unquote(call.path.removeprefix("/homeport/v1/policies/"))
    shelf = house.daemon.shelf
    try:
        kept = shelf.kept(name)
    except BadRequest as unknown:
        raise NotFound(unknown.sentence, code="unknown_policy") from None
    rules = tuple(
        (rule.name, ", ".join(ORDER_KEYS[thing] for thing in set_by(rule.then)), rule.say)
        for rule in shelf.rules(name)
    )
    row = row_of(shelf, name, house.daemon.config.policy)
    await call.reply_json(PolicyView(row=row, path=kept.path, text=kept.text, rules=rules))


async def change(call: Call, house: House) -> None:
    """Put one in force, or look at a text without touching anything."""
    order = await call.decoded(_decoder)
    if order.use is not None:
        await use(order.use, house)
        await call.reply_json(view(house))
    elif order.check is not None:
        await house.daemon.refresh_models()
        await call.reply_json(checked(order.check, order.path, house))
    elif order.test is not None:
        book = book_of(order.test, PurePath(order.path).stem, order.path)
        await call.reply_json(await asyncio.to_thread(tested, book, house.daemon.shelf))
    elif order.test_name is not None:
        book = house.daemon.shelf.kept(order.test_name).book
        await call.reply_json(await asyncio.to_thread(tested, book, house.daemon.shelf))
    else:
        raise BadRequest('Send {"use": name}, {"check": text} or {"test": text}.', param="use")


async def use(name: str, house: House) -> None:
    """Write the config. A mode is no policy of its own: it changes the config's `mode`."""
    if name not in MODES:
        house.daemon.shelf.kept(name)
    change = {"mode": name} if name in MODES else {"policy": name}
    await asyncio.to_thread(house.daemon.config_file.set_all, change)


def view(house: House) -> PoliciesView:
    """What there is."""
    daemon = house.daemon
    shelf, active = daemon.shelf, daemon.config.policy
    return PoliciesView(
        mode=daemon.policy().mode,
        modes=MODES,
        policy=active,
        policies=tuple(row_of(shelf, name, active) for name in shelf.names()),
        folder=str(shelf.folder),
        error=shelf.trouble(active),
    )


def row_of(shelf: Shelf, name: str, active: str) -> PolicyRow:
    """One policy of the list."""
    kept = shelf.kept(name)
    trouble = shelf.troubles.get(name)
    return PolicyRow(
        name=name,
        summary=kept.book.summary,
        rules=len(shelf.rules(name)),
        cases=len(kept.book.cases),
        in_force=name == active,
        own=bool(kept.path),
        error=trouble.sentence if trouble else "",
    )


def checked(text: str, path: str, house: House) -> PolicyChecked:
    """All that is wrong with a text."""
    name = PurePath(path).stem
    models = [model.id for model in house.daemon.fleet.views()]
    problems = list(problems_of(text, name, path, models))
    try:
        loop = house.daemon.shelf.loop_of(book_of(text, name, path))
    except ConfigError:
        loop = ""
    if loop:
        problems.append(Problem(0, "include", loop))
    shown = tuple(PolicyProblem(p.line, p.key, p.sentence, p.nearest) for p in problems)
    return PolicyChecked(ok=not shown, problems=shown)


def tested(book: Book, shelf: Shelf) -> PolicyTested:
    """How the cases of a book go."""
    from homeport.daemon.shelf.cases import outcomes

    found = outcomes(book.cases, shelf.trial(book))
    cases = tuple(CaseView(one.name[:200], one.ok, one.got, one.wrong) for one in found)
    return PolicyTested(name=book.name, ok=all(case.ok for case in cases), cases=cases)
