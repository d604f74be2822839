"""One prompt and its answer."""

from __future__ import annotations

from homeport.client import wire
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon
from homeport.tui.round import MOST_LETTERS, Round, Text
from support import talk_sights


def test_text_is_read_from_where_one_was() -> None:
    text = Text()
    text.add("Hello")
    text.add(" you")
    assert text.since(5) == " you"
    text.add("!")
    assert str(text) == "Hello you!"
    assert repr(text) == "Text(10 letters)"


def test_text_is_bounded() -> None:
    text = Text()
    text.add("a" * (MOST_LETTERS - 1))
    assert not text.is_full
    text.add("bcd")
    assert text.is_full
    assert text.letters == MOST_LETTERS


def test_an_end_tells_all_that_the_result_knows() -> None:
    said = Round("hi")
    said.end(talk_sights.result("Hello"))
    assert said.standing == "done"
    assert str(said.text) == "Hello"
    assert said.request
    assert (said.request.total_ms, said.request.cost_nano) == (412, 0)


def test_a_cost_in_dollars_alone_is_understood() -> None:
    said = Round("hi")
    said.end(talk_sights.result(cost=0.0021, metadata={}))
    assert said.request
    assert said.request.cost_nano == 2_100_000


def test_trouble_is_told_with_every_reason() -> None:
    said = Round("hi")
    vetoes = tuple(wire.VetoView(f"m{n}", "key", "no key") for n in range(9))
    said.fail(DaemonError("Nothing may answer.", vetoes=vetoes, decision="7f"))
    assert said.standing == "failed"
    assert said.reasons == ("m0: no key", "m1: no key", "m2: no key", "m3: no key")
    assert said.id == "7f"


def test_without_a_daemon_the_command_that_starts_one_is_told() -> None:
    said = Round("hi")
    said.fail(NoDaemon("No daemon is running."))
    assert said.sentence == "No daemon is running. Start it with: homeport start"
    said.fail(BrokenAnswer("It broke off."))
    assert said.sentence == "It broke off."
