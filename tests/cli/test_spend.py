"""What `homeport spend` says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from homeport.cli.spend import GROUPS
from homeport.client import wire
from support.fake_daemon import FakeDaemon
from support.views import AT_MS, spend

Type = Callable[..., Any]
ROWS = (
    wire.SpendRow("openai/gpt-5.5", 2, 12_345, 678, 430_000_000, 20_000_000),
    wire.SpendRow("llamacpp/smollm2-135m", 10, 120, 190, 0, 0),
)

SPEND = """\
model                  prompts  tokens in  tokens out    cost
openai/gpt-5.5               2     12,345         678  ~$0.43
llamacpp/smollm2-135m       10        120         190      $0
all                         12     12,465         868  ~$0.43

day    $0.43 of $2.00, $0.02 reserved
month  $7.90, no limit
"""

CSV = """\
model,requests,input_tokens,output_tokens,cost_usd,estimated_usd
openai/gpt-5.5,2,12345,678,0.430000000,0.020000000
llamacpp/smollm2-135m,10,120,190,0.000000000,0.000000000
"""


def report(*rows: wire.SpendRow, by: str = "model") -> wire.SpendReport:
    return wire.SpendReport(by, AT_MS, rows, spend())


def test_spend(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET spend"] = report(*ROWS)
    ran = homeport("spend", "--by", "model", "--days", "7")
    assert (ran.status, ran.out, ran.err) == (0, SPEND, "")
    assert fake.last("GET spend").query == "by=model&days=7"


def test_csv(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET spend"] = report(*ROWS)
    assert homeport("spend", "--by", "model", "--csv").out == CSV


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", '=HYPERLINK("x")'])
def test_csv_gives_a_spreadsheet_nothing_to_run(
    fake: FakeDaemon, homeport: Type, name: str
) -> None:
    fake.answers["GET spend"] = report(wire.SpendRow(name, 1, 1, 1, 1, 0), by="tag")
    cell = homeport("spend", "--by", "tag", "--csv").out.splitlines()[1]
    assert cell.startswith(("'", "\"'"))


def test_one_row_needs_no_sum(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET spend"] = report(ROWS[1])
    assert "all " not in homeport("spend").out


def test_no_rows(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET spend"] = report()
    assert homeport("spend").out.startswith("Nothing was asked in this time.\n")


def test_a_row_without_a_name(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET spend"] = report(wire.SpendRow("", 1, 1, 1, 1, 0), by="session")
    assert "(none)" in homeport("spend", "--by", "session").out


def test_json_is_the_report(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET spend"] = report(*ROWS)
    told = homeport("spend", "--json").out
    assert msgspec.json.decode(told, type=wire.SpendReport) == report(*ROWS)


def test_what_cannot_be_grouped_by_is_wrong_usage(homeport: Type) -> None:
    ran = homeport("spend", "--by", "weather")
    assert ran.status == 2
    assert all(group in ran.err for group in GROUPS)
