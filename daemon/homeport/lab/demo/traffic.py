"""The busy programs of the demonstration: prompts to its daemon, a few at a time."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from homeport.client.destinations import Destination
from homeport.client.errors import ClientError
from homeport.client.exchange import exchange
from homeport.lab.demo.prompts import SCENES, Scene

PREFIX: Final = "/homeport/v1/"
_PAUSE_S: Final = (0.6, 2.2)
_AT_ONCE: Final = 3


class Traffic:
    """Asks until it is cancelled; counts what came of it."""

    def __init__(self, where: Destination, seed: int) -> None:
        self._where = [where]
        self._dice = random.Random(seed)  # noqa: S311  # no secret
        self.ended: Counter[str] = Counter()
        """Prompts by the place that answered, `none` where nobody did."""

    async def run(self) -> None:
        """Send one prompt after the other, each in its own time."""
        room = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as programs:
            while True:
                for scene in self._shuffled():
                    await room.acquire()
                    programs.create_task(self._one(scene, room))
                    await asyncio.sleep(self._dice.uniform(*_PAUSE_S))

    async def order(self, route: str, value: dict[str, Any]) -> None:
        """One order to the daemon; trouble is for its own log."""
        body = json.dumps(value).encode()
        try:
            async with exchange(self._where, "POST", PREFIX + route, body) as reply:
                await reply.read_all()
        except ClientError:
            return

    async def look(self, route: str) -> Any:
        """What the daemon says of itself; None where it does not answer."""
        try:
            async with exchange(self._where, "GET", PREFIX + route) as reply:
                return json.loads(await reply.read_all())
        except (ClientError, ValueError):
            return None

    async def _one(self, scene: Scene, room: asyncio.Semaphore) -> None:
        try:
            place = await self._ask(scene)
        except ClientError:
            place = "none"
        finally:
            room.release()
        self.ended[place] += 1

    async def _ask(self, scene: Scene) -> str:
        """The place that answered."""
        given = {
            "prompt": scene.prompt,
            "system": scene.brings,
            "client": scene.client,
            "private": scene.private,
            "model": scene.model,
            "max_tokens": 160,
        }
        if scene.policy:
            given["policy"] = scene.policy
        body = json.dumps(given).encode()
        async with exchange(self._where, "POST", PREFIX + "ask", body) as reply:
            lines = (await reply.read_all()).splitlines()
        last = json.loads(lines[-1]) if lines else {}
        return str(last["result"]["place"]) if last.get("type") == "done" else "none"

    def _shuffled(self) -> Sequence[Scene]:
        """All of them in another order each time; the first round is as they are written."""
        first = not self.ended
        return SCENES if first else self._dice.sample(SCENES, len(SCENES))
