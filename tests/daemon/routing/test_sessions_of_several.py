"""Where several models had a part in an answer: who holds the conversation after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from homeport.adapters.base import Message, Text, Usage
from homeport.daemon.routing.asking import ask_of
from support.scripted import Script, prompt
from support.several import HOME, OTHER, TALK, Several, several

READ = Usage(input=400, output=5)


def tells(words: str) -> Script:
    return Script(words=(words,), usage=READ)


def warm_after(s: Several) -> list[str]:
    """The models that the next turn would find warm."""
    said = prompt(TALK)
    more = (Message("assistant", (Text("It is wide."),)), Message("user", (Text("And deep?"),)))
    following = msgspec.structs.replace(said, messages=(*said.messages, *more))
    rooms = s.house.rooms
    ask = replace(ask_of(following, 60_000), input_tokens=400)
    trail = rooms.sessions.trail_of(following)
    return [model for model, _ in rooms.sessions.recognised(ask, trail, rooms.clock_ms()).warm]


async def test_every_member_that_read_the_prompt_holds_it(tmp_path: Path) -> None:
    home = {HOME: [tells("Wide.")], OTHER: [tells("Wide.")]}
    async with several(tmp_path, home, {}) as s:
        await s.ask(TALK, "compare", models=(HOME, OTHER))
        assert warm_after(s) == [HOME, OTHER]


async def test_a_model_that_judged_after_it_holds_it_no_more(tmp_path: Path) -> None:
    home = {HOME: [tells("It is wide."), tells("1")], OTHER: [tells("It is blue.")]}
    async with several(tmp_path, home, {}) as s:
        told = await s.ask(TALK, "ensemble", models=(HOME, OTHER), method="judge", judge=HOME)
        assert [model for model, _ in s.home.prompts].count(HOME) == 2
        assert told.text == "It is wide."
        assert warm_after(s) == [OTHER]
