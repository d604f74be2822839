"""`POST /homeport/v1/feedback`: what a person says of an answer."""

from __future__ import annotations

import dataclasses

import msgspec

from homeport.client.wire import FeedbackReply, FeedbackRequest, Judged, RequestView
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.api.local.status import no_decision
from homeport.daemon.bus import Bus, now_ms
from homeport.daemon.learning.feedback import judged_outcome

_decoder = msgspec.json.Decoder(FeedbackRequest)


async def give(call: Call, house: House) -> None:
    """Learn from a verdict, keep it with its decision, and tell the watchers."""
    order = await call.decoded(_decoder)
    daemon = house.daemon
    await daemon.written_down()
    record = await daemon.decisions.get(order.decision)
    if record is None:
        raise no_decision(order.decision)
    outcome, card = judged_outcome(record, order, now_ms())
    ask, learned = record.ask, daemon.learned
    before = learned.quality(card, ask)
    learned.note(outcome, card)
    await learned.settled()
    after = learned.quality(card, ask)
    view = msgspec.structs.replace(record.view, verdict=order.verdict)
    daemon.decisions.record(dataclasses.replace(record, view=view))
    announce(daemon.bus, view)
    daemon.fleet_changed()
    if order.verdict != "up":
        await not_again(house, record.view)
    reply = FeedbackReply(
        request=view,
        verdict=order.verdict,
        model=outcome.model,
        task=outcome.task,
        kept=round(outcome.good, 3) if order.verdict == "edit" else None,
        before=round(before.mean, 4),
        after=round(after.mean, 4),
        source=after.source,
    )
    await call.reply_json(reply)


async def not_again(house: House, view: RequestView) -> None:
    """An answer that was not good is not given again."""
    caching = house.daemon.caching
    if caching.path.exists():
        given = view.cache.of if view.cache is not None and view.cache.of else view.id
        await caching().forget_of(given)


def announce(bus: Bus, view: RequestView) -> None:
    """Tell the watchers; only a request that is still in the feed is put into it."""
    if bus.request(view.id) is None:
        bus.publish(Judged, request=lambda: view)
    else:
        bus.publish(Judged, request=view)
