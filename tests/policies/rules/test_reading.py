"""From the tables of a policy file to rules, and what is found wrong in them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.difficulty import LEVELS
from homeport.policies.model import Weights
from homeport.policies.rules.facts import FACTS, LEVEL_RANGES
from homeport.policies.rules.reading import ORDER_KEYS, book_from
from homeport.policies.rules.rule import THINGS, Condition, Orders, Trait


def read(text: str) -> Any:
    book, found = book_from(tomllib.loads(text), "mine")
    assert found == []
    return book


def wrong(text: str) -> tuple[str, str]:
    """The only finding: its key and its sentence."""
    _, found = book_from(tomllib.loads(text), "mine")
    assert len(found) == 1, found
    return ".".join(map(str, found[0].key)), found[0].sentence


def rule(when: str, then: str = '{ place = "local" }') -> str:
    return f'[[rule]]\nname = "r"\nwhen = {when}\nthen = {then}\n'


def test_a_whole_book() -> None:
    book = read(
        'summary = "Mine."\nmode = "balanced"\nweights = { budget = 1 }\ninclude = ["default"]\n'
        "explore = 0.05\ncloud_share = 1\n"
        + rule('{ task = ["code", "data"], difficulty = "10..", not = { tag = "x*" } }')
        + '[[case]]\nname = "c"\nexpect = {}\n'
    )
    assert (book.summary, book.mode, book.include) == ("Mine.", "balanced", ("default",))
    assert book.weights == Weights(budget=1.0, latency=0.3, quality=0.4)
    assert (book.explore, book.cloud_share) == (0.05, 1.0)
    (one,) = book.rules
    assert one.when == Condition(
        traits=(
            Trait(fact="task", words=("code", "data")),
            Trait(fact="difficulty", low=10.0),
        ),
        none=(Condition(traits=(Trait(fact="tag", words=("x*",)),)),),
    )
    assert one.then == Orders(places=("local",))
    assert book.cases == ({"name": "c", "expect": {}},)


@pytest.mark.parametrize(("key", "most"), [("explore", 0.2), ("cloud_share", 1)])
@pytest.mark.parametrize("value", ["-0.1", "2", "true", '"0.1"', "nan"])
def test_shares_are_numbers_within_their_bounds(key: str, most: float, value: str) -> None:
    assert wrong(f"{key} = {value}") == (key, f"`{key}` is a share from 0 to {most:g}.")


SET: list[tuple[str, Orders]] = [
    ('{ place = ["local", "lan"] }', Orders(places=("local", "lan"))),
    ('{ models = "openai/*" }', Orders(allow=("openai/*",))),
    ('{ deny = ["*/gpt-*"] }', Orders(deny=("*/gpt-*",))),
    ('{ prefer = "local" }', Orders(prefer=("local",))),
    ('{ strategy = "single" }', Orders(strategy="single")),
    ('{ mode = "balanced" }', Orders(mode="balanced")),
    ('{ weights = "quality=1" }', Orders(weights=(0.3, 0.3, 1.0))),
    ("{ max_cost = 0.01 }", Orders(max_cost_nano=10_000_000)),
    ("{ max_expected_cost = 1 }", Orders(dearest_nano=1_000_000_000)),
    ("{ deadline = 2.5 }", Orders(deadline_ms=2500)),
    ('{ privacy = "private" }', Orders(private=True)),
    ('{ refuse = "Not at work." }', Orders(refuse="Not at work.")),
]


@pytest.mark.parametrize(("then", "orders"), SET)
def test_what_a_rule_can_set(then: str, orders: Orders) -> None:
    assert read(rule("{}", then)).rules[0].then == orders


def test_every_thing_can_be_written() -> None:
    assert sorted(ORDER_KEYS) == sorted(THINGS)


def test_the_ranges_of_levels_are_those_of_the_measuring() -> None:
    bounds = [*(above for above, _ in LEVELS), 101]
    assert [high + 1 for _, high in LEVEL_RANGES.values()] == bounds
    assert list(LEVEL_RANGES)[:-1] == [level for _, level in LEVELS]


WRONG = [
    ("polcy = 1", "polcy", "`polcy` is not a table or key of a policy."),
    ('mode = "localonly"', "mode", '`mode` cannot be "localonly". Did you mean "local-only"?'),
    (rule('{ task = "coding" }'), "rule.0.when.task",
     '`rule.when.task` cannot be "coding". Did you mean "code"?'),
    (rule('{ taks = "code" }'), "rule.0.when.taks",
     "`taks` is not something a rule can ask about. Did you mean `task`?"),
    (rule("{}", '{ places = "local" }'), "rule.0.then.places",
     "`places` is not something a rule can set. Did you mean `place`?"),
    (rule('{ difficulty = "80..20" }'), "rule.0.when.difficulty",
     "`rule.when.difficulty` can never match: 80 is above 20."),
    (rule('{ difficulty = "120.." }'), "rule.0.when.difficulty",
     "`rule.when.difficulty` goes from 0 to 100, so that 120 is never reached."),
    (rule('{ budget_left = "..x" }'), "rule.0.when.budget_left",
     "`rule.when.budget_left`: A range is written as `10..20`, `10..` or `..20`."),
    (rule("{ tag = [] }"), "rule.0.when.tag", "`rule.when.tag` needs at least one word."),
    (rule("{}", '{ privacy = "normal" }'), "rule.0.then.privacy",
     '`rule.then.privacy` can only be set to "private": no rule opens a door.'),
    (rule("{}", '{ refuse = "No.", place = "local" }'), "rule.0.then",
     "A rule that refuses sets nothing else."),
    (rule("{}", "{ max_cost = -1 }"), "rule.0.then.max_cost",
     "`rule.then.max_cost` is a number of dollars, such as 0.02."),
    (rule("{}", "{ deadline = 0 }"), "rule.0.then.deadline",
     "`rule.then.deadline` leaves no time at all."),
    (rule("{}", '{ weights = "speed=1" }'), "rule.0.then.weights",
     "`rule.then.weights`: Weights are written as budget=0.3,latency=0.3,quality=0.4, "
     "or some of the three."),
    ('[[rule]]\nname = "r"\n', "rule.0", "The rule `r` needs a `then` that sets something."),
    (rule("{}") * 2, "rule.1.name", "Two rules are named `r`."),
    ("rule = 3", "rule", "`rule` are tables, each begun by [[rule]]."),
    (rule("{ any = [] }"), "rule.0.when.any", "`any` takes 1 to 64 tables."),
    (rule("{ not = { not = { not = { not = { not = {} } } } } }"),
     "rule.0.when.not.not.not.not.not",
     "`any`, `all` and `not` may stand 4 deep in each other."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "sentence"), WRONG)
def test_what_is_wrong_is_said_with_its_place(text: str, key: str, sentence: str) -> None:
    found = wrong(text)
    assert found[0] == key
    assert found[1].startswith(sentence)


KEYS = st.sampled_from(
    ["rule", "name", "when", "then", "any", "all", "not", "case", "weights", "mode", "include"]
) | st.sampled_from([*FACTS, *ORDER_KEYS.values()])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_no_file_breaks_the_reading(raw: dict[str, Any]) -> None:
    book, found = book_from(raw, "mine")
    assert book.name == "mine"
    assert all(finding.sentence.endswith((".", "?")) for finding in found)


@given(st.lists(st.fixed_dictionaries({}, optional={"when": VALUES, "then": VALUES}), max_size=3))
def test_no_rule_breaks_the_reading(rules: list[dict[str, Any]]) -> None:
    book, _ = book_from({"rule": rules}, "mine")
    assert len(book.rules) == len(rules)
