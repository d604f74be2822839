"""`POST /homeport/v1/replay`: the logged prompts under another policy."""

from __future__ import annotations

from pathlib import PurePath

import msgspec

from homeport.client.wire import ReplayRequest
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms
from homeport.daemon.config.errors import ConfigError, Problem
from homeport.daemon.replaying.others import other_of
from homeport.daemon.replaying.redeciding import Other
from homeport.daemon.replaying.replayer import Replayer, labels_of
from homeport.daemon.shelf.book_file import book_of
from homeport.policies import MODES
from homeport.policies.errors import BadRequest

LONGEST_S = 3660 * 86_400

_decoder = msgspec.json.Decoder(ReplayRequest)


async def replay(call: Call, house: House) -> None:
    """Decide again and report; the log is only read."""
    wanted = await call.decoded(_decoder)
    if not 0 < wanted.since_s <= LONGEST_S:
        raise BadRequest("`since_s` is a number of seconds above 0.", param="since_s")
    daemon = house.daemon
    other = await _other(wanted, house)
    await daemon.written_down()
    replayer = daemon.replayer = daemon.replayer or Replayer(
        daemon.decisions, labels_of(daemon.database)
    )
    since_ms = now_ms() - wanted.since_s * 1000
    await call.reply_json(
        await replayer.replay(other, since_ms=since_ms, against=daemon.config.policy)
    )


async def _other(wanted: ReplayRequest, house: House) -> Other:
    shelf = house.daemon.shelf
    if wanted.text is not None:
        path = wanted.path
        book = book_of(wanted.text, PurePath(path).stem, path)
        loop = shelf.loop_of(book)
        if loop:
            raise ConfigError(path, (Problem(0, "include", loop),))
        return other_of(book, shelf, house.daemon.config)
    if wanted.policy in MODES:
        own = house.daemon.policy()
        mode = next(mode for mode in MODES if mode == wanted.policy)
        return Other(
            name=wanted.policy, mode=mode, weights=None, rules=own.rules,
            cloud_share=own.cloud_share,
        )  # fmt: skip
    if not wanted.policy:
        raise BadRequest("A replay needs a policy: its name, or its text.", param="policy")
    return other_of(shelf.kept(wanted.policy).book, shelf, house.daemon.config)
