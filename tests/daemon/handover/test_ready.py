"""What is at hand before the first answer is cut off."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from homeport.daemon.handover import ready

AT_HAND = """
import sys
from homeport.daemon.handover.ready import get_ready
get_ready()
before = set(sys.modules)
from homeport.daemon.handover.beside import beside
from homeport.daemon.handover.sent import BegunCall, Sent
from homeport.daemon.handover.way_on import way_on
from homeport.adapters.base import Message, Prompt
from homeport.daemon.handover.beside import WIDEST
prompt = Prompt(messages=(Message("user", "Count."),))
call = BegunCall(0, id="c", name="add", arguments='{"a": 1')
for sent in (Sent(text="one, two"), Sent(calls=(call,))):
    beside(prompt, sent, None)
    for card in WIDEST:
        way_on(prompt, sent, card, again=False)
print(sorted(set(sys.modules) - before))
"""


def test_a_cut_answer_loads_nothing() -> None:
    command = [sys.executable, "-c", AT_HAND]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


def test_what_cannot_be_loaded_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ready, "ROOMS", ("not_there",))
    with caplog.at_level(logging.WARNING):
        ready.get_ready()
    assert "not_there could not be loaded beforehand" in caplog.text
