"""How often a model may be asked: by the config, by its provider's word, by a guess."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.fleet.rates import Cost, Limited, Rates, ServerBounds, untold_per_minute
from support.recordings import WIRE
from support.scripted import card

ONE = Cost(100, 50)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def asked(limited: Limited) -> int:
    """How many prompts fit in at this moment."""
    count = 0
    while limited.wait_s(ONE) <= 0 and count < 1000:
        limited.take(ONE)
        count += 1
    return count


@pytest.mark.parametrize(
    ("name", "host", "guess"),
    [
        ("claude-opus-4", "api.anthropic.com:443", 20),
        ("gpt-5-mini", "api.openai.com:443", 50),
        ("llama-3.1-8b", "api.groq.com:443", 100),
        ("claude-opus-4", "127.0.0.1:4000", None),
    ],
)
def test_where_nobody_says_the_tier_does(name: str, host: str, guess: int | None) -> None:
    model = card(f"sky/{name}", place="cloud", host=host, parameters=None)
    assert untold_per_minute(model) == guess
    assert Rates(clock_s=Clock()).of(model, "sky 1").told_per_minute is None
    limited = Rates(clock_s=Clock()).of(model, "sky 1")
    assert asked(limited) == (guess or 1000)


def test_a_model_at_home_has_no_limit_unless_its_person_says_one() -> None:
    rates = Rates(clock_s=Clock())
    assert not rates.of(card("ollama/a"), "ollama 1")
    limited = rates.of(card("ollama/a", requests_per_minute=3, tokens_per_minute=300), "ollama 1")
    assert asked(limited) == 2, "two prompts are 300 tokens"
    rate = limited.rate(ONE)
    assert rate is not None
    assert (rate.counts, rate.source, rate.limit) == ("tokens", "config", 300)
    assert rate.free_ms == 30_000
    assert not rates.of(card("ollama/a"), "ollama 1"), "the config says nothing any more"


def test_a_server_has_one_bound_for_all_its_models() -> None:
    rates = Rates(lambda name: ServerBounds(4 if name == "box" else None), Clock())
    first, second = (rates.of(card(f"box/{name}"), "box 1") for name in "ab")
    assert asked(first) == 4
    assert asked(second) == 0
    assert asked(rates.of(card("other/a"), "other 1")) == 1000


def test_what_a_provider_says_takes_the_place_of_a_guess_not_of_the_config() -> None:
    clock = Clock()
    rates = Rates(clock_s=clock)
    model = card("openai/gpt-5", place="cloud", host="api.openai.com:443", parameters=None)
    limited = rates.of(model, "openai 1")
    said = {"x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "2"}
    rates.hear(limited, said)
    assert asked(limited) == 2
    rates.hear(limited, said)
    assert asked(limited) == 0, "what was sent since is not in what it says"
    clock.now_s += 60
    assert asked(limited) == 500
    assert limited.told_per_minute == 500
    own = rates.of(card("openai/o", place="cloud", requests_per_minute=1), "openai 1")
    rates.hear(own, said)
    assert asked(own) == 1
    assert "1 limited" not in repr(rates)


def test_what_an_answer_really_took_corrects_our_count_and_no_provider_s() -> None:
    limited = Rates(clock_s=Clock()).of(card("box/a", tokens_per_minute=300), "box 1")
    limited.take(ONE)
    limited.correct(ONE, Cost(100, 200))
    assert asked(limited) == 0
    limited.correct(Cost(100, 200), Cost(10, 10))
    assert asked(limited) == 1
    told = {"x-ratelimit-limit-tokens": "300", "x-ratelimit-remaining-tokens": "300"}
    of_provider = Limited(Clock())
    Rates(clock_s=Clock()).hear(of_provider, told)
    of_provider.correct(ONE, Cost(300, 300))
    assert asked(of_provider) == 2


def test_a_prompt_behind_others_is_told_when_its_turn_comes() -> None:
    limited = Rates(clock_s=Clock()).of(card("box/a", requests_per_minute=60), "box 1")
    asked(limited)
    rate = limited.rate(ONE, ahead=4)
    assert rate is not None
    assert rate.free_ms == 5000
    limited.give(ONE)
    assert limited.rate(ONE) is None


@pytest.mark.skipif(not WIRE.is_dir(), reason="the recorded traffic is not there")
def test_no_recorded_answer_makes_a_limit_out_of_other_headers() -> None:
    limited = Limited(Clock())
    for path in sorted(WIRE.glob("*/*.json"))[::7]:
        heard = json.loads(Path(path).read_text())["response"]["headers"]
        Rates(clock_s=Clock()).hear(limited, {k.lower(): str(v) for k, v in heard.items()})
    assert not limited


@given(
    st.integers(1, 10**6),
    st.one_of(st.none(), st.integers(1, 10**7)),
    st.integers(0, 10**8),
    st.integers(0, 10**8),
)
def test_where_nothing_was_taken_there_is_room_for_any_prompt(
    requests: int, tokens: int | None, given_tokens: int, answered: int
) -> None:
    limited = Limited(lambda: 0.0)
    limited.bound("requests", requests, "config")
    limited.bound("tokens", tokens, "config")
    assert limited.is_untouched
    assert limited.wait_s(Cost(given_tokens, answered)) == 0.0
    limited.take(Cost(given_tokens, answered))
    assert not limited.is_untouched
