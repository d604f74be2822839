"""What `homeport spend` says."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import redirect_stdout
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.cli.spend import GROUPS, show, tokens, write_csv
from homeport.cli.spend_text import BY_ATTEMPT, projection_text, savings_text
from homeport.client import wire
from support.fake_daemon import FakeDaemon
from support.views import AT_MS, spend

Type = Callable[..., Any]
ROWS = (
    wire.SpendRow("openai/gpt-5.5", 1, 12_345, 678, 430_000_000, 20_000_000, attempts=2),
    wire.SpendRow("llamacpp/smollm2-135m", 10, 120, 190, 0, 0, attempts=10),
)

SPEND = """\
model                  attempts  tokens in  tokens out    cost
openai/gpt-5.5                2     12,345         678  ~$0.43
llamacpp/smollm2-135m        10        120         190      $0
all                          12     12,465         868  ~$0.43

day    $0.43 of $2.00, $0.02 reserved
month  $7.90, no limit
"""

CSV = """\
model,requests,attempts,input_tokens,output_tokens,cost_usd,estimated_usd,electricity_usd,electricity_joules
openai/gpt-5.5,1,2,12345,678,0.430000000,0.020000000,0.000000000,0.000
llamacpp/smollm2-135m,10,10,120,190,0.000000000,0.000000000,0.000000000,0.000
"""

WARM = """\
model                  attempts  tokens in  tokens out    cost        electricity
openai/gpt-5.5                2     12,345         678  ~$0.43
llamacpp/smollm2-135m        10        120         190      $0  ~$0.0021, 21.0 kJ
all                          12     12,465         868  ~$0.43  ~$0.0021, 21.0 kJ
"""


def report(
    *rows: wire.SpendRow, by: str = "model", rest: wire.SpendRow | None = None
) -> wire.SpendReport:
    """With the total as the daemon tells it, where no request has two tags."""
    every = [msgspec.structs.asdict(row) for row in (*rows, *([rest] if rest else []))]
    figures = {
        name: sum(row[name] for row in every) for name in wire.SpendRow.__struct_fields__[1:]
    }
    return wire.SpendReport(by, AT_MS, rows, spend(), total=wire.SpendRow("", **figures), rest=rest)


def test_spend(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET spend"] = report(*ROWS)
    ran = homeport("spend", "--by", "model", "--days", "7")
    assert (ran.status, ran.out, ran.err) == (0, SPEND, "")
    assert fake.last("GET spend").query == "by=model&days=7"


def test_electricity_has_a_column_where_it_is_measured(fake: FakeDaemon, homeport: Type) -> None:
    energy = {"energy_mj": 21_000_000, "energy_nano": 2_100_000, "energy_guessed_nano": 1}
    fake.answers["GET spend"] = report(ROWS[0], msgspec.structs.replace(ROWS[1], **energy))
    assert homeport("spend", "--by", "model").out.startswith(WARM)
    told = homeport("spend", "--by", "model", "--csv").out.splitlines()[2]
    assert told.endswith(",0.002100000,21000.000")


TAGGED = """\
tag  prompts  tokens in  tokens out   cost
a          1         10           5  $1.00
b          1         10           5  $1.00
all        2         30          15  $3.00
A prompt with several tags counts under each of them, one without any under none; `all` counts \
every prompt once.
"""


def test_tags_do_not_add_up_to_all(fake: FakeDaemon, homeport: Type) -> None:
    rows = [wire.SpendRow(tag, 1, 10, 5, 10**9, 0, attempts=1) for tag in "ab"]
    total = wire.SpendRow("", 2, 30, 15, 3 * 10**9, 0, attempts=2)
    fake.answers["GET spend"] = msgspec.structs.replace(report(*rows, by="tag"), total=total)
    assert homeport("spend", "--by", "tag").out.startswith(TAGGED)
    untagged = msgspec.structs.replace(report(by="tag"), total=total)
    fake.answers["GET spend"] = untagged
    assert "all        2" in homeport("spend", "--by", "tag").out


def test_what_has_no_row_of_its_own_is_told_as_one(fake: FakeDaemon, homeport: Type) -> None:
    rest = wire.SpendRow("", 4, 40, 20, 7 * 10**9, 0, attempts=5)
    row = wire.SpendRow("s1", 1, 10, 5, 10**9, 0, attempts=1)
    fake.answers["GET spend"] = report(row, by="session", rest=rest)
    said = [line.split() for line in homeport("spend", "--by", "session").out.splitlines()[1:4]]
    assert [(line[0], line[1], line[-1]) for line in said] == [
        ("s1", "1", "$1.00"),
        ("(others)", "4", "$7.00"),
        ("all", "5", "$8.00"),
    ]
    told = homeport("spend", "--by", "session", "--csv").out.splitlines()
    assert told[-1].startswith("(others),4,5,40,20,7.000000000,")


def test_an_older_daemon_tells_no_total_and_none_is_made_up(
    fake: FakeDaemon, homeport: Type
) -> None:
    fake.answers["GET spend"] = msgspec.structs.replace(report(*ROWS), total=None)
    assert "all " not in homeport("spend", "--by", "model").out


COUNTS = ("requests", "attempts", "input_tokens", "output_tokens")
a_row = st.builds(
    lambda figures, cost: wire.SpendRow(
        "", figures[0], *figures[2:], cost, cost // 3, cost, cost, cost // 2, attempts=figures[1]
    ),
    st.tuples(*[st.integers(0, 10**7)] * 4),
    st.integers(0, 10**12),
)


@given(
    rows=st.lists(a_row, min_size=2, max_size=5), by=st.sampled_from(GROUPS), is_cut=st.booleans()
)
def test_each_figure_that_is_printed_is_the_sum_of_those_above_it(
    rows: list[wire.SpendRow], by: str, *, is_cut: bool
) -> None:
    named = [msgspec.structs.replace(row, group=f"g{n}") for n, row in enumerate(rows)]
    told = report(*named[is_cut:], by=by, rest=named[0] if is_cut else None)
    with redirect_stdout(io.StringIO()) as text:
        show(told)
    lines = [line.split() for line in text.getvalue().splitlines()[1 : len(rows) + 2]]
    counts = [[int(cell.replace(",", "")) for cell in line[1:4]] for line in lines]
    assert lines[-1][0] == "all"
    assert counts[-1] == [sum(column) for column in zip(*counts[:-1], strict=True)]
    with redirect_stdout(io.StringIO()) as written:
        write_csv(told)
    cells = list(csv.DictReader(written.getvalue().splitlines()))
    assert told.total is not None
    for name in COUNTS:
        assert sum(int(cell[name]) for cell in cells) == getattr(told.total, name)
    for name in ("cost", "estimated"):
        nano = sum(round(Decimal(cell[f"{name}_usd"]) * 10**9) for cell in cells)
        assert nano == getattr(told.total, f"{name}_nano")
    assert counts[-1][0] == (told.total.attempts if by in BY_ATTEMPT else told.total.requests)


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


DETAILS = wire.SpendDetails(
    wire.ProjectionView("2026-11", 7_900_000_000, 11_200_000_000, 330_000_000, "By the mean."),
    (wire.DearRequest("01abc", AT_MS, "sky/best", "editor", "code", 2, 90_000_000, False),),
)
SAVINGS = wire.SavingsView(
    "sky/best", 3_550_000_000, 430_000_000, 3_120_000_000, 86, 0, 0.2, ("One.", "Two.")
)
OUTLOOK = """
one prompt, by task
code      $0.23
question  $0

month end
2026-11: $7.90 so far, about $11.20 at its end ($0.33 a day). By the mean.

dearest requests
decision  when                 task  model       cost
01abc     2026-11-21 14:02:07  code  sky/best  ~$0.09

savings
$0.43 was spent: $3.12 less than the ~$3.55 that 86 prompts would have cost at sky/best, if:
- One.
- Two.
"""


def test_the_outlook_is_told_with_its_method(fake: FakeDaemon, homeport: Type) -> None:
    rows = (
        wire.SpendRow("code", 2, 10, 10, 460_000_000, 0),
        wire.SpendRow("question", 3, 10, 10, 0, 0),
    )
    fake.answers["GET spend"] = msgspec.structs.replace(
        report(*rows, by="task"), details=DETAILS, savings=SAVINGS
    )
    ran = homeport("spend", "--by", "task", "--details", "--baseline", "sky/best", "--since", "7d")
    assert OUTLOOK in ran.out
    query = fake.last("GET spend").query
    assert query == "by=task&days=30&since=7d&baseline=sky%2Fbest&details=1"


def test_nothing_to_compare_is_said(fake: FakeDaemon, homeport: Type) -> None:
    nothing = msgspec.structs.replace(SAVINGS, prompts=0)
    fake.answers["GET spend"] = msgspec.structs.replace(report(*ROWS), savings=nothing)
    told = homeport("spend", "--baseline", "sky/best").out
    assert "nothing is compared" in told
    assert "One." not in told


def test_a_chart_has_a_bar_for_each_row(fake: FakeDaemon, homeport: Type) -> None:
    days = [wire.SpendRow(f"2026-11-{day}", 1, 1, 1, cost, 0) for day, cost in
            ((19, 1_000_000_000), (20, 0), (21, 1_000_000))]  # fmt: skip
    fake.answers["GET spend"] = report(*days, by="day")
    lines = homeport("spend", "--chart").out.splitlines()
    assert [line.count("█") + line.count("#") for line in lines[:3]] == [40, 0, 1]
    assert lines[0].endswith("$1.00")


def test_an_estimate_of_a_month(fake: FakeDaemon, homeport: Type) -> None:
    rows = (
        wire.EstimateRow("home/small", "local", 0),
        wire.EstimateRow("sky/best", "cloud", 450_000_000, "a list"),
        wire.EstimateRow("void/x", "cloud", None),
    )
    fake.answers["GET spend/estimate"] = wire.EstimateReport(10, 1000, 500, 30, rows)
    ran = homeport("spend", "estimate", "--per-day", "10", "--tokens", "1000,500")
    assert ran.status == 0
    assert [line.split()[-1] for line in ran.out.splitlines()[1:4]] == ["$0", "$0.45", "$?"]
    assert "10 prompts a day of 1,000 tokens in and 500 out" in ran.out
    assert fake.last("GET spend/estimate").query == "per_day=10&input=1000&output=500"


@pytest.mark.parametrize(("text", "split"), [("1000", (750, 250)), ("1", (1, 1)), ("7,2", (7, 2))])
def test_one_number_counts_the_prompt_and_its_answer(text: str, split: tuple[int, int]) -> None:
    assert tokens(text) == split


@pytest.mark.parametrize(
    "words",
    [
        ["estimate"],
        ["estimate", "--per-day", "10"],
        ["estimate", "--per-day", "10", "--tokens", "many"],
        ["estimate", "--per-day", "10", "--tokens", "0"],
        ["estimate", "--per-day", "10", "--tokens", "10,"],
        ["estimate", "--per-day", "0", "--tokens", "10,10"],
        ["--period", "month", "--since", "7d"],
    ],
)
def test_what_cannot_be_told_is_wrong_usage(homeport: Type, words: list[str]) -> None:
    assert homeport("spend", *words).status == 2


def test_nothing_projected_and_more_spent_is_said() -> None:
    projection = wire.ProjectionView("2026-11", 5, None, 0, "No whole day.")
    assert projection_text(projection) == "2026-11: <$0.0001 so far. No whole day."
    worse = msgspec.structs.replace(SAVINGS, saved_nano=-120_000_000, prompts=1)
    assert "$0.12 more than the ~$3.55 that 1 prompt would" in savings_text(worse)
