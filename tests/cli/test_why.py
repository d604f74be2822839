"""What `homeport why` says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon, Refusal
from support.views import AT_MS, attempt, request, score, why

Type = Callable[..., Any]

WHY = """\
7f3a9c  2026-11-21 14:02:07  done  asked by homeport
local llamacpp/smollm2-135m: only model here

what the prompt needs
task      question, difficulty 20 of 100 (basic)
input     about 12 tokens, at most 40
output    about 200 tokens
privacy   private: stays on this machine
language  en
deadline  10 min 0 s
tags      docs

candidates
   place  model                  quality    time  cost  worst  score  note
1  local  llamacpp/smollm2-135m     0.41  900 ms    $0     $0  0.712  stays at home
not             gate  reason
openai/gpt-5.5  key   There is no key for openai.

scores
llamacpp/smollm2-135m  quality +0.164 latency +0.248 budget +0.300

attempts
start  loaded  first token      end  place  model                  outcome
+3 ms              +200 ms  +800 ms  local  llamacpp/smollm2-135m  done

outcome
strategy    single
policy      prefer-local
time        800 ms, first token 200 ms
tokens      12 in, 19 out
confidence  0.81
cost        $0

what if
cloud-only  none: nothing in the cloud may be used

Replayed: the same measurements give the identical decision.
"""


def test_why(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET decisions/last"] = why()
    ran = homeport("why")
    assert (ran.status, ran.out, ran.err) == (0, WHY, "")


def test_an_id_is_looked_up(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET decisions/7f3a"] = why()
    assert homeport("why", "7f3a").out == WHY


def test_json_is_the_whole_decision(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET decisions/last"] = why()
    told = msgspec.json.decode(homeport("why", "--json").out, type=wire.Why)
    assert told == why()


def test_an_id_that_is_not_there_is_said(fake: FakeDaemon, homeport: Type) -> None:
    trouble = wire.Trouble("not_found", "caller", "There is no decision a/b.")
    fake.answers["GET decisions/a%2Fb"] = Refusal(trouble, 404)
    ran = homeport("why", "a/b")
    assert (ran.status, ran.out, ran.err) == (2, "", "There is no decision a/b.\n")


def test_an_empty_id_is_not_taken_for_the_last(homeport: Type) -> None:
    ran = homeport("why", "")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "Write: homeport why ID, or: homeport why last\n"


def test_a_hand_over_shows_both_decisions_and_both_attempts(
    fake: FakeDaemon, homeport: Type
) -> None:
    first = why().steps[0]
    second = wire.StepView(
        at_ms=AT_MS + 500,
        because="the link is lost",
        order=(score(),),
        vetoes=(),
        after="openai/gpt-5.5 broke off after 212 tokens.",
    )
    tried = attempt(
        model="openai/gpt-5.5",
        place="cloud",
        outcome="reset",
        sentence="The connection broke.",
        sent_tokens=212,
    )
    told = why(
        request=request(attempts=(tried, attempt(loaded_ms=AT_MS + 520)), cost_nano=None),
        steps=(first, second),
    )
    fake.answers["GET decisions/last"] = told
    out = homeport("why").out
    assert "after a failure: openai/gpt-5.5 broke off after 212 tokens.\nthe link is lost\n" in out
    assert "openai/gpt-5.5         reset, after 212 tokens: The connection broke.\n" in out
    assert "+520 ms" in out
    assert "cost        $?\n" in out


def test_a_refused_prompt_has_no_attempts(fake: FakeDaemon, homeport: Type) -> None:
    told = why(
        request=request(
            state="failed", place="none", model="", attempts=(), error="Nothing may answer."
        ),
        steps=(),
        what_if=(),
    )
    fake.answers["GET decisions/last"] = told
    out = homeport("why").out
    assert "none: only model here\n" in out
    assert "error       Nothing may answer.\n" in out
    assert "attempts" not in out


@pytest.mark.parametrize("replay", ["different", "other-version", "not-logged", "unheard-of"])
def test_every_replay_is_said(fake: FakeDaemon, homeport: Type, replay: str) -> None:
    told = msgspec.to_builtins(why())
    fake.answers["GET decisions/last"] = {**told, "replay": replay}
    last = homeport("why").out.splitlines()[-1]
    assert last == replay or len(last.split()) > 5


def test_a_confidence_says_what_it_is_worth(fake: FakeDaemon, homeport: Type) -> None:
    note = "calibrated on 140 answers, error 0.04"
    fake.answers["GET decisions/last"] = why(
        request=request(confidence=0.82, calibrated=True, confidence_note=note)
    )
    assert f"confidence  0.82, {note}\n" in homeport("why").out


def test_what_the_person_said_is_shown(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET decisions/last"] = why(request=request(verdict="down"))
    assert "\nyour word   down\n" in homeport("why").out
