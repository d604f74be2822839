"""One prompt on its way: who gets to hear what of it."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.cli.answering import answer
from homeport.client.connection import Connection
from homeport.client.errors import BrokenAnswer, DaemonError
from homeport.client.wire import AskDone, AskFailed, AskStatus, AskText, Trouble
from support.fake_daemon import FakeDaemon, Lines
from support.views import ask_result, request


def test_pieces_come_with_their_answer_and_the_rest_beside_them(fake: FakeDaemon) -> None:
    heard: list[Any] = []
    fake.answers["POST ask"] = Lines(
        [AskStatus(request(), "loading"), AskText("a"), AskText("b", 1), AskDone(ask_result())]
    )
    result = answer(
        Connection(),
        {"prompt": "hi"},
        text=lambda piece, number: heard.append((piece, number)),
        status=lambda event: heard.append((event.sentence, event.request.id)),
    )
    assert heard == [("loading", "7f3a9c"), ("a", 0), ("b", 1)]
    assert result.response == "Because of Rayleigh scattering."


@pytest.mark.parametrize(
    ("lines", "kind", "said"),
    [
        ([AskFailed(Trouble("refused", "policy", "No."))], DaemonError, "No"),
        ([AskText("a")], BrokenAnswer, "ended before the answer did"),
        ([b"nonsense"], BrokenAnswer, "not JSON"),
    ],
)
def test_an_answer_without_its_end_is_trouble(
    fake: FakeDaemon, lines: list[Any], kind: type[Exception], said: str
) -> None:
    fake.answers["POST ask"] = Lines(lines)
    with pytest.raises(kind, match=said):
        answer(Connection(), {}, text=lambda _piece, _n: None, status=lambda _event: None)
