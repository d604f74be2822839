"""Wires that are loaded where a setup calls for them."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from homeport.adapters.anthropic import kind as anthropic
from homeport.adapters.gemini import kind as gemini
from support.asks import Secret, setup

KINDS = {"anthropic": anthropic, "gemini": gemini}
UNWANTED = """
import sys
from homeport.adapters.{wire} import kind
from homeport.adapters.base import Setup
folders = {{"models_dir": "", "cache_dir": ""}}
setup = Setup(settings={{}}, environment={{}}, credential=lambda _: None, **folders)
assert kind.build(setup) == []
print("homeport.adapters.{wire}.adapter" in sys.modules)
"""


@pytest.mark.parametrize(("wire", "kind"), KINDS.items())
def test_a_key_or_a_named_server_calls_for_one(wire: str, kind: ModuleType) -> None:
    server = {"name": "gate", "url": "https://gate.example/v1", "wire": wire}
    keyed = setup(credential=lambda name: Secret() if name == wire else None)
    assert [one.provider for one in kind.build(keyed)] == [wire]
    assert [one.provider for one in kind.build(setup(settings={"server": [server]}))] == ["gate"]
    assert kind.build(setup(settings={"server": [server | {"wire": "openai"}]})) == []
    assert kind.build(setup(settings={"server": [server | {"url": "nowhere"}]})) == []


@pytest.mark.parametrize("wire", KINDS)
def test_a_wire_that_nothing_calls_for_is_not_loaded(wire: str) -> None:
    command = [sys.executable, "-c", UNWANTED.format(wire=wire)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "False"
