"""`homeport lab faults`."""

from __future__ import annotations

import json

import pytest

from homeport.lab.faults import FAULTS
from homeport.lab.main import main


def test_the_table_names_each_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults"]) == 0
    printed = capsys.readouterr().out
    assert [row.kind for row in FAULTS if f"\n{row.kind} " not in f"\n{printed}"] == []
    assert "429" in printed
    assert max(map(len, printed.splitlines())) <= 100


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["faults"]) == len(FAULTS)
    assert set(told) == {"faults", "statuses", "options"}
