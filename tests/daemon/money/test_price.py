"""What tokens cost: whole numbers, rounded up once, never above the worst case."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import Usage
from homeport.daemon.money.price import FREE, Price, flat, price_of
from homeport.daemon.money.price_table import Steps

CLASSES = (
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "reasoning",
    "citation",
    "input_audio",
    "cache_read_audio",
    "output_audio",
    "requests",
)
TOKENS = st.integers(0, 400_000)
AMOUNTS = st.integers(0, 10**11)


@st.composite
def steps(draw: st.DrawFn) -> Steps:
    """A list price, and what it rises to above so many tokens."""
    amounts = sorted(draw(st.lists(AMOUNTS, min_size=1, max_size=3)))
    starts = draw(
        st.lists(
            st.sampled_from([1, 128_000, 199_999, 200_000]),
            min_size=len(amounts) - 1,
            max_size=len(amounts) - 1,
            unique=True,
        )
    )
    return tuple(zip((-1, *sorted(starts)), amounts, strict=True))


@st.composite
def prices(draw: st.DrawFn) -> Price:
    def amounts() -> dict[str, Steps]:
        chosen = draw(st.sets(st.sampled_from(CLASSES), max_size=4))
        return {name: draw(steps()) for name in ("input", "output", *sorted(chosen))}

    now = amounts()
    others = [now, *(amounts() for _ in range(draw(st.integers(0, 2))))]
    price = price_of(now, others, source="made up", date="")
    assert price is not None
    return price


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Parts that add up."""
    whole_input, whole_output = draw(TOKENS), draw(TOKENS)
    cached = draw(st.integers(0, whole_input))
    written = draw(st.integers(0, whole_input - cached))
    replayed = draw(st.integers(0, cached))
    heard = replayed + draw(st.integers(0, whole_input - cached - written))
    reasoned = draw(st.integers(0, whole_output))
    return Usage(
        input=whole_input,
        cache_read=draw(st.sampled_from([None, cached])),
        cache_write=written,
        cache_write_1h=draw(st.integers(0, written)),
        output=whole_output,
        reasoning=reasoned,
        input_audio=heard,
        cache_read_audio=replayed,
        output_audio=draw(st.integers(0, whole_output - reasoned)),
    )


@settings(deadline=None)
@given(prices(), usages(), TOKENS, TOKENS)
def test_no_usage_within_its_bounds_costs_more_than_the_worst(
    price: Price, usage: Usage, more_input: int, more_output: int
) -> None:
    cost = price.cost(usage)
    assert cost is not None
    assert usage.input is not None
    assert usage.output is not None
    assert 0 <= cost <= price.worst(usage.input + more_input, usage.output + more_output)


@settings(deadline=None)
@given(prices(), TOKENS, TOKENS, TOKENS, st.booleans())
def test_a_worst_case_always_buys_the_answer_that_it_was_made_for(
    price: Price, given_tokens: int, more_input: int, reply: int, kept: bool
) -> None:
    worst = price.worst(given_tokens + more_input, reply, media=False, kept=kept)
    most = price.affordable(worst, given_tokens, kept=kept)
    assert most is None or most >= reply


@settings(deadline=None)
@given(prices(), usages())
def test_text_alone_never_costs_more_than_the_worst_of_text(price: Price, usage: Usage) -> None:
    kept = Usage(
        input=usage.input,
        cache_read=usage.cache_read,
        cache_write=usage.cache_write,
        cache_write_1h=usage.cache_write_1h,
        output=usage.output,
        reasoning=usage.reasoning,
    )
    text = msgspec.structs.replace(kept, cache_write_1h=None)
    assert usage.input is not None
    assert usage.output is not None
    cost, dearer = price.cost(text), price.cost(kept)
    assert cost is not None
    assert dearer is not None
    assert cost <= price.worst(usage.input, usage.output, media=False, kept=False)
    assert dearer <= price.worst(usage.input, usage.output, media=False)
    assert price.expected(usage.input, usage.output) <= price.worst(usage.input, usage.output)
    warm = price.expected(usage.input, usage.output, warm=usage.cache_read or 0, kept=True)
    assert warm <= price.worst(usage.input, usage.output)


@settings(deadline=None)
@given(prices(), TOKENS, TOKENS, TOKENS, TOKENS)
def test_more_tokens_never_cost_less(
    price: Price, inputs: int, outputs: int, more_input: int, more_output: int
) -> None:
    less = Usage(input=inputs, output=outputs)
    more = Usage(input=inputs + more_input, output=outputs + more_output)
    costs = price.cost(less), price.cost(more)
    assert costs == tuple(sorted(costs, key=lambda cost: cost or 0))
    assert price.worst(inputs, outputs) <= price.worst(inputs + more_input, outputs + more_output)


def test_a_fraction_of_a_nano_dollar_is_rounded_up_once() -> None:
    price = flat(1, 1, source="")
    assert price.cost(Usage(input=1, output=1)) == 1
    assert price.cost(Usage(input=500_000, output=500_000)) == 1
    assert price.cost(Usage(input=500_001, output=500_000)) == 2
    assert price.cost(Usage(input=0, output=0)) == 0


def test_unknown_tokens_cost_an_unknown_sum() -> None:
    price = flat(1000, 1000, source="")
    assert price.cost(Usage(input=5)) is None
    assert price.cost(Usage(output=5)) is None
    assert FREE.cost(Usage()) == 0
    assert FREE.free
    assert not price.free


def test_a_step_counts_for_every_token_once_the_input_is_above_it() -> None:
    price = price_of(
        {"input": ((-1, 10**6), (200_000, 2 * 10**6)), "output": ((-1, 0),)},
        [],
        source="",
        date="",
    )
    assert price is not None
    assert price.cost(Usage(input=200_000, output=0)) == 200_000
    assert price.cost(Usage(input=200_001, output=0)) == 400_002
    assert price.worst(200_000, 0, kept=False) == 200_000


def test_parts_that_exceed_their_whole_are_all_charged() -> None:
    amounts: dict[str, Steps] = {
        "input": ((-1, 10**6),),
        "cache_read": ((-1, 10**5),),
        "output": ((-1, 10**6),),
    }
    price = price_of(amounts, [], source="", date="")
    assert price is not None
    assert price.cost(Usage(input=10, cache_read=1000, output=1)) == 101


def test_an_hour_in_the_cache_has_its_own_price() -> None:
    amounts: dict[str, Steps] = {
        "input": ((-1, 10**6),),
        "cache_write": ((-1, 1_250_000),),
        "output": ((-1, 10**6),),
    }
    usage = Usage(input=100, cache_write=80, cache_write_1h=60, output=0)
    derived = price_of(amounts, [], source="", date="")
    assert derived is not None
    assert derived.cost(usage) == 20 + 25 + 120
    stated = price_of(amounts | {"cache_write_1h": ((-1, 3 * 10**6),)}, [], source="", date="")
    assert stated is not None
    assert stated.cost(usage) == 20 + 25 + 180
    assert stated.worst(100, 0) == 300
    assert stated.worst(100, 0, kept=False) == 125


def test_searches_are_charged_by_the_piece() -> None:
    amounts: dict[str, Steps] = {
        "input": ((-1, 10**6),),
        "output": ((-1, 10**6),),
        "searches": ((-1, 10_000_000),),
    }
    price = price_of(amounts, [], source="", date="")
    assert price is not None
    assert price.cost(Usage(input=10, output=5, searches=3)) == 30_000_015
    assert price.worst(10, 5, kept=False, searches=3) == 30_000_015


def test_sound_from_the_cache_counts_once() -> None:
    amounts: dict[str, Steps] = {
        "input": ((-1, 10**6),),
        "input_audio": ((-1, 5 * 10**6),),
        "cache_read": ((-1, 10**5),),
        "cache_read_audio": ((-1, 2 * 10**5),),
        "output": ((-1, 10**6),),
    }
    price = price_of(amounts, [], source="", date="")
    assert price is not None
    usage = Usage(input=100, cache_read=50, input_audio=40, cache_read_audio=30, output=0)
    # 40 fresh words, 20 cached words, 10 fresh and 30 cached tokens of sound.
    assert price.cost(usage) == 40 + 2 + 50 + 6


def test_a_price_without_input_or_output_is_unknown() -> None:
    assert price_of({"input": ((-1, 5),)}, [], source="", date="") is None
    known: dict[str, Steps] = {"input": ((-1, 5),), "output": ((-1, 5),)}
    assert price_of(known, [{}], source="", date="") is None


@settings(deadline=None)
@given(
    prices(),
    st.sampled_from([200_000, 272_000]),
    st.lists(st.tuples(TOKENS, TOKENS, TOKENS), min_size=1, max_size=5),
)
def test_prompts_of_one_size_cost_together_what_each_does(
    price: Price, above: int, tokens: list[tuple[int, int, int]]
) -> None:
    prompts = [
        Usage(input=above + 1 + more, cache_read=min(cached, above), output=said)
        for more, cached, said in tokens
    ]
    each = sum(price.cost(prompt) or 0 for prompt in prompts)
    together = price.together(
        len(prompts),
        above=above,
        input_tokens=sum(prompt.input or 0 for prompt in prompts),
        cached=sum(prompt.cache_read or 0 for prompt in prompts),
        output_tokens=sum(prompt.output or 0 for prompt in prompts),
    )
    assert 0 <= each - together < len(prompts)
    assert FREE.together(2, above=above, input_tokens=9, cached=0, output_tokens=9) == 0
