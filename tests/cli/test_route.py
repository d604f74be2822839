"""What `homeport route` says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from homeport.client import wire
from support.fake_daemon import FakeDaemon
from support.views import why

ROUTE = """\
local llamacpp/smollm2-135m · only model here

candidates
   place  model                  quality    time  cost  worst  score  note
1  local  llamacpp/smollm2-135m     0.41  900 ms    $0     $0  0.712  stays at home
not             gate  reason
openai/gpt-5.5  key   There is no key for openai.

what the prompt needs
task      question, difficulty 20 of 100 (basic)
input     about 12 tokens, at most 40
output    about 200 tokens
privacy   private: stays on this machine
language  en
deadline  10 min 0 s
tags      docs
"""


def test_route(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST route"] = why()
    ran = homeport("route", "hello", "--private")
    assert (ran.status, ran.out, ran.err) == (0, ROUTE, "")
    sent = msgspec.convert(fake.last("POST route").body, wire.AskRequest)
    assert sent == wire.AskRequest(prompt="hello", private=True)


def test_json_is_the_decision(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST route"] = why()
    told = homeport("route", "hello", "--json").out
    assert msgspec.json.decode(told, type=wire.Why) == why()


def test_a_prompt_that_can_go_nowhere_has_its_status(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    step = msgspec.structs.replace(why().steps[0], order=(), because="nothing may answer")
    fake.answers["POST route"] = why(steps=(step,))
    ran = homeport("route", "hello")
    assert ran.status == 3
    assert ran.out.startswith("nowhere · nothing may answer\n")
    empty = msgspec.structs.replace(step, vetoes=())
    fake.answers["POST route"] = why(steps=(empty,))
    assert homeport("route", "hello").status == 5
