"""What `homeport feedback` sends and says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon, Refusal
from support.views import request

Type = Callable[..., Any]

REPLY = wire.FeedbackReply(
    request=request(verdict="down"),
    verdict="down",
    model="llamacpp/small",
    task="code",
    kept=None,
    before=0.61,
    after=0.48,
    source="3 thumbs at code",
)
SAID = """\
Noted: down, for llamacpp/small at code.
Expected of it for such a prompt: 0.61 before, 0.48 now (3 thumbs at code).
"""


def sent(fake: FakeDaemon) -> wire.FeedbackRequest:
    return msgspec.convert(fake.last("POST feedback").body, wire.FeedbackRequest)


def test_a_thumb(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST feedback"] = REPLY
    ran = homeport("feedback", "down")
    assert (ran.status, ran.out, ran.err) == (0, SAID, "")
    assert sent(fake) == wire.FeedbackRequest("last", "down")
    homeport("feedback", "up", "7f3a", "--answer", "1")
    assert sent(fake) == wire.FeedbackRequest("7f3a", "up", answer=1)


def test_an_edit_sends_both_texts(fake: FakeDaemon, homeport: Type, tmp_path: Path) -> None:
    fake.answers["POST feedback"] = msgspec.structs.replace(REPLY, verdict="edit", kept=0.5)
    (tmp_path / "answer").write_text("the answer", "utf-8")
    (tmp_path / "mine").write_text("my words", "utf-8")
    files = ("--original", str(tmp_path / "answer"), str(tmp_path / "mine"))
    out = homeport("feedback", "edit", "last", *files).out
    assert out.startswith("Noted: edit, 50 % kept, for llamacpp/small at code.\n")
    assert (sent(fake).original, sent(fake).edited) == ("the answer", "my words")
    homeport("feedback", "edit", "--similarity", "0.8")
    assert sent(fake) == wire.FeedbackRequest("last", "edit", similarity=0.8)


def test_json_is_the_whole_reply(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST feedback"] = REPLY
    out = homeport("feedback", "down", "--json").out
    assert msgspec.json.decode(out, type=wire.FeedbackReply) == REPLY


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("edit", "last"), 2, "Write: homeport feedback edit ID --original ANSWER.txt"),
        (("up", "last", "file"), 2, "homeport feedback up takes an id and no texts."),
        (("edit", "last", "--original", "gone", "x"), 1, "gone cannot be read: No such file"),
        (("meh",), 2, "invalid choice: 'meh'"),
    ],
)
def test_what_makes_no_sense_is_said(
    homeport: Type, words: tuple[str, ...], status: int, said: str
) -> None:
    ran = homeport("feedback", *words)
    assert ran.status == status
    assert said in ran.err


def test_a_text_that_is_not_utf8_is_said(homeport: Type, tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"\xff\xfe")
    odd = str(tmp_path / "odd")
    ran = homeport("feedback", "edit", "last", "--original", odd, odd)
    assert (ran.status, ran.err) == (1, f"{odd} cannot be read: it is not UTF-8.\n")


def test_an_unknown_id_is_one_sentence(fake: FakeDaemon, homeport: Type) -> None:
    trouble = wire.Trouble("decision_not_found", "caller", "There is no decision `x`.")
    fake.answers["POST feedback"] = Refusal(trouble, 404)
    ran = homeport("feedback", "up", "x")
    assert (ran.status, ran.out) == (2, "")
    assert "There is no decision `x`." in ran.err
