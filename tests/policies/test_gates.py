"""Each gate alone: what it stops, with which sentence, and what it lets through."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from homeport.policies.decide import decide, next_after
from homeport.policies.gates import GATES, VECTORS, battery, continuation, first_veto
from homeport.policies.model import Ask, Budget, Candidate, Capability, Policy, StrategyOptions
from homeport.policies.rules.rule import Surroundings
from homeport.policies.situation import situation_of
from support.deciding import ask, candidate, cloud, failure, rate, window

PRIVATE = {"privacy": "private"}
MUST_CALL = ("required_tools", "tools")
GIB = 1024**3

# name, candidate, ask, policy and budget that make it speak, and its sentence
STOPPED: list[tuple[str, Candidate, Ask, Policy, Budget, str]] = [
    (
        "purpose",
        candidate(capabilities=("embeddings",)),
        ask(),
        Policy(),
        Budget(),
        "It makes embeddings and cannot chat.",
    ),
    (
        "tool_costs",
        cloud(capabilities=("server_tools",)),
        ask(needs=("server_tools",)),
        Policy(mode="prefer-cloud"),
        window(10**9),
        "What its own tools cost has no bound, so that no budget could be kept; "
        "`homeport config set budget.server_tools_usd 0.5` sets one.",
    ),
    (
        "held",
        candidate(wires=("openai-chat", "openai-responses")),
        ask(held_by=("anthropic", "openai")),
        Policy(),
        Budget(),
        "Only Anthropic can read a part of this prompt.",
    ),
    (
        "held",
        candidate(),
        ask(held_by=("openai-responses",)),
        Policy(),
        Budget(),
        "Only a server of OpenAI's Responses wire can read a part of this prompt.",
    ),
    (
        "purpose",
        candidate(),
        ask(needs=("embeddings",)),
        Policy(),
        Budget(),
        "It makes no embeddings.",
    ),
    (
        "requested",
        candidate("box/m", capabilities=("embeddings",)),
        ask(needs=("embeddings",), requested_model="box/other"),
        Policy(),
        Budget(),
        "Vectors of different models do not mix, and box/other was asked for.",
    ),
    (
        "privacy",
        cloud(),
        ask(**PRIVATE),
        Policy(),
        Budget(),
        "This prompt is private and this model runs in the cloud.",
    ),
    (
        "privacy",
        candidate("box/m", place="lan", host="nas:8080"),
        ask(**PRIVATE),
        Policy(),
        Budget(),
        "This prompt is private and nas:8080 is not among your trusted hosts.",
    ),
    (
        "privacy",
        candidate("box/m", place="local", host="10.0.0.7:8080"),
        ask(**PRIVATE),
        Policy(),
        Budget(),
        "This prompt is private and 10.0.0.7:8080 is not this machine.",
    ),
    (
        "mode",
        cloud(),
        ask(),
        Policy(mode="local-only"),
        Budget(),
        "The mode is local-only and this model runs in the cloud.",
    ),
    (
        "mode",
        candidate(),
        ask(mode="cloud-only"),
        Policy(),
        Budget(),
        "The mode is cloud-only and this model runs at home.",
    ),
    (
        "requested",
        cloud(),
        ask(requested_model="local"),
        Policy(),
        Budget(),
        "A model at home was asked for and this model runs in the cloud.",
    ),
    (
        "requested",
        candidate(),
        ask(requested_model="cloud"),
        Policy(),
        Budget(),
        "A cloud model was asked for and this one runs at home.",
    ),
    (
        "link",
        cloud(link="offline"),
        ask(),
        Policy(),
        Budget(),
        "It is in the cloud and this machine is offline.",
    ),
    (
        "link",
        candidate("box/m", place="lan", host="nas", link="offline"),
        ask(),
        Policy(),
        Budget(),
        "It is in the local network and this machine is offline.",
    ),
    (
        "link",
        cloud(link="offline-by-choice"),
        ask(),
        Policy(),
        Budget(),
        "You chose to be offline; `homeport online` opens the link again.",
    ),
    (
        "key",
        cloud(key="absent"),
        ask(),
        Policy(),
        Budget(),
        "There is no key for openai; `homeport keys add openai` adds one.",
    ),
    (
        "key",
        cloud(key="refused"),
        ask(),
        Policy(),
        Budget(),
        "openai refused its key; `homeport keys add openai` replaces it.",
    ),
    (
        "state",
        candidate(state="missing"),
        ask(),
        Policy(),
        Budget(),
        "It is not there any more; `homeport models` lists all.",
    ),
    (
        "state",
        candidate(state="failing", state_reason="Its file is damaged."),
        ask(),
        Policy(),
        Budget(),
        "Its file is damaged.",
    ),
    (
        "memory",
        candidate(state="loadable", memory_bytes=5 * GIB, memory_free_bytes=2 * GIB),
        ask(),
        Policy(),
        Budget(),
        "It needs 5.0 GiB of memory and 2.0 GiB can be had now.",
    ),
    (
        "context",
        candidate(context=8_192),
        ask(input_tokens=60_000, output_tokens=500),
        Policy(),
        Budget(),
        "This needs about 60,500 tokens of context and it holds 8,192.",
    ),
    (
        "capability",
        candidate(capabilities=("json",)),
        ask(needs=("images", "json", "tools")),
        Policy(),
        Budget(),
        "It cannot read images and call tools.",
    ),
    (
        "capability",
        candidate(lacks=(("tools", "2026-11-21"),)),
        ask(needs=("tools",)),
        Policy(),
        Budget(),
        "It could not call tools when it was tried on 2026-11-21; "
        "`homeport doctor --probe llamacpp/small` tries it again.",
    ),
    (
        "capability",
        candidate(capabilities=("tools",), lacks=(("required_tools", "2026-11-21"),)),
        ask(needs=("required_tools", "tools")),
        Policy(),
        Budget(),
        "It could not call a tool where it must when it was tried on 2026-11-21; "
        "`homeport doctor --probe llamacpp/small` tries it again.",
    ),
    (
        "capability",
        candidate(capabilities=("required_tools",), lacks=(("tools", "2026-11-21"),)),
        ask(needs=("tools",)),
        Policy(),
        Budget(),
        "It could not call tools when it was tried on 2026-11-21; "
        "`homeport doctor --probe llamacpp/small` tries it again.",
    ),
    (
        "capability",
        candidate(capabilities=()),
        ask(needs=("required_tools", "tools")),
        Policy(),
        Budget(),
        "It cannot call tools.",
    ),
    (
        "continuation",
        candidate(capabilities=("completion",)),
        ask(answer_tokens=3, needs=("completion",)),
        Policy(),
        Budget(),
        "It cannot go on with a text that another model began.",
    ),
    (
        "breaker",
        candidate(breaker="open", breaker_opens_ms=12_000),
        ask(),
        Policy(),
        Budget(),
        "It failed several times lately and is left alone for 12 s more.",
    ),
    (
        "rate",
        candidate(rate=rate(12_000)),
        ask(),
        Policy(),
        Budget(),
        "It may be asked 20 times a minute, as long as its provider does not say; "
        "there is room for this in 12 s.",
    ),
    (
        "rate",
        candidate(rate=rate(61_000, counts="tokens", limit=90_000, period_s=3600, source="config")),
        ask(urgency="batch"),
        Policy(),
        Budget(),
        "It takes 90,000 tokens an hour by your config; there is room for this in 61 s.",
    ),
    (
        "queue",
        candidate(queued=64, queue_bound=64, wait_ms=90_000),
        ask(),
        Policy(),
        Budget(),
        "64 prompts wait for it already, as many as may; the last of them begins in 90 s.",
    ),
    (
        "price",
        cloud(cost_nano=None, worst_cost_nano=None),
        ask(),
        Policy(),
        Budget(),
        "Its price is unknown, so that no budget could be kept.",
    ),
    (
        "deadline",
        candidate(wait_ms=4_000, load_ms=1_000),
        ask(deadline_ms=3_000),
        Policy(),
        Budget(),
        "Its answer would start in 5.2 s and 3.0 s are left.",
    ),
    (
        "deadline",
        candidate(),
        ask(deadline_ms=0),
        Policy(),
        Budget(),
        "The time for this prompt is used up.",
    ),
    (
        "max_cost",
        cloud(),
        ask(max_cost_nano=1_000_000),
        Policy(),
        Budget(),
        "It could cost $0.05 and this prompt may cost $0.001.",
    ),
    (
        "budget",
        cloud(),
        ask(),
        Policy(),
        window(20_000_000, "month"),
        "It could cost $0.05 and this month's budget has $0.02 left; `homeport budget` changes it.",
    ),
]


def veto(one: Candidate, wanted: Ask, policy: Policy, budget: Budget) -> tuple[str, str] | None:
    return first_veto(one, situation_of(wanted, [one], budget, policy, ()))


def test_a_short_wait_for_room_is_waited_and_an_answer_that_was_cut_off_waits_longer() -> None:
    cut = [failure("x/y", "stall")]
    for one, wanted, history in (
        (candidate(rate=rate(10_000)), ask(), []),
        (candidate(rate=rate(60_000)), ask(urgency="batch"), []),
        (candidate(rate=rate(100_000)), ask(), cut),
        (candidate(queued=9, queue_bound=9, continues=True), ask(answer_tokens=3), []),
        (candidate(queued=8, queue_bound=9), ask(), []),
    ):
        assert next_after(wanted, [one], Budget(), Policy(), history).order


@pytest.mark.parametrize(("gate", "one", "wanted", "policy", "budget", "sentence"), STOPPED)
def test_what_each_gate_stops(
    gate: str, one: Candidate, wanted: Ask, policy: Policy, budget: Budget, sentence: str
) -> None:
    assert veto(one, wanted, policy, budget) == (gate, sentence)


# the same gates, on the side where they let through
ADMITTED: list[tuple[Candidate, dict[str, Any], Policy, Budget]] = [
    (candidate(), PRIVATE, Policy(mode="local-only"), Budget()),
    (candidate("o/m", host="127.0.0.1:11434"), PRIVATE, Policy(), Budget()),
    (
        candidate("box/m", place="lan", host="nas:8080"),
        PRIVATE,
        Policy(trusted_hosts=("nas",)),
        Budget(),
    ),
    (candidate(link="offline"), {}, Policy(), Budget()),
    (cloud(link="unknown", key="untested"), {}, Policy(), Budget()),
    (candidate(state="loading"), {}, Policy(), Budget()),
    (candidate(memory_bytes=5 * GIB, memory_free_bytes=GIB), {}, Policy(), Budget()),
    (candidate(state="loadable", memory_bytes=5 * GIB), {}, Policy(), Budget()),
    (candidate(context=200), {}, Policy(), Budget()),
    (candidate(context=None), {"input_tokens": 900_000}, Policy(), Budget()),
    (candidate(capabilities=("json_schema",)), {"needs": ("json",)}, Policy(), Budget()),
    (candidate(capabilities=("tools",)), {"needs": MUST_CALL}, Policy(), Budget()),
    (candidate(capabilities=("required_tools",)), {"needs": MUST_CALL}, Policy(), Budget()),
    (
        candidate(capabilities=("tools",), lacks=(("required_tools", "2026-11-21"),)),
        {"needs": ("tools",)},
        Policy(),
        Budget(),
    ),
    (
        candidate(wires=("openai-chat", "openai-responses")),
        {"held_by": ("openai", "openai-responses")},
        Policy(),
        Budget(),
    ),
    (candidate(continues=True), {"answer_tokens": 50}, Policy(), Budget()),
    (candidate(breaker="half-open"), {}, Policy(), Budget()),
    (cloud(), {"max_cost_nano": 50_000_000}, Policy(), window(50_000_000)),
    (candidate(), {"max_cost_nano": 0}, Policy(), window(0)),
]


@pytest.mark.parametrize(("one", "wanted", "policy", "budget"), ADMITTED)
def test_what_passes(
    one: Candidate, wanted: dict[str, Any], policy: Policy, budget: Budget
) -> None:
    assert veto(one, ask(**wanted), policy, budget) is None


def test_what_was_tried_is_stopped_by_its_gate() -> None:
    one = candidate()
    situation = situation_of(ask(), [one], Budget(), Policy(), [failure(one.card.id, "garbage")])
    assert first_veto(one, situation) == (
        "tried",
        "It was tried for this prompt and sent nonsense.",
    )


@pytest.mark.parametrize(
    ("fields", "around", "stops"),
    [
        ({"parameters": 8 * 10**9}, {"power": "battery", "battery": 0.3}, True),
        ({"parameters": None, "size_bytes": 5 * 10**9}, {"power": "battery", "battery": 0.1}, True),
        ({"parameters": 4 * 10**9}, {"power": "battery", "battery": 0.1}, False),
        ({"parameters": 4 * 10**9 + 1}, {"power": "battery", "battery": 0.1}, True),
        (
            {"parameters": None, "size_bytes": 2 * 10**9},
            {"power": "battery", "battery": 0.1},
            False,
        ),
        ({"parameters": None, "size_bytes": None}, {"power": "battery", "battery": 0.1}, False),
        ({"parameters": 8 * 10**9}, {"power": "battery", "battery": 0.31}, False),
        ({"parameters": 8 * 10**9}, {"power": "mains", "battery": 0.1}, False),
        ({"parameters": 8 * 10**9}, {"power": "battery", "battery": None}, False),
        ({"parameters": 8 * 10**9, "place": "lan"}, {"power": "battery", "battery": 0.1}, False),
    ],
)
def test_large_models_rest_while_the_battery_runs_low(
    fields: dict[str, Any], around: dict[str, Any], stops: bool
) -> None:
    one = candidate(**fields)
    for floor, wanted in ((0.3, stops), (0.0, False)):
        policy = Policy(battery_floor=floor)
        situation = situation_of(ask(), [one], Budget(), policy, (), around=Surroundings(**around))
        found = battery(one, situation)
        assert (found is not None) == wanted
        assert found is None or found.startswith(f"The battery is at {around['battery'] * 100:.0f}")
    decision = decide(ask(), [one], Budget(), Policy(battery_floor=0.3), Surroundings(**around))
    assert ("battery" in [veto.gate for veto in decision.vetoes]) == stops


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("missing", "", "It is not there any more; `homeport models` lists all."),
        ("missing", "Its server is gone.", "Its server is gone."),
        ("failing", "", "It keeps failing; `homeport doctor` says more."),
        ("failing", "It ran out of memory.", "It ran out of memory."),
    ],
)
def test_a_state_says_its_reason_where_it_has_one(state: Any, reason: str, said: str) -> None:
    one = candidate(state=state, state_reason=reason)
    assert veto(one, ask(), Policy(), Budget()) == ("state", said)


@pytest.mark.parametrize(
    ("holder", "who"),
    [
        ("openai", "OpenAI"),
        ("openai-chat", "a server of OpenAI's chat wire"),
        ("openai-responses", "a server of OpenAI's Responses wire"),
        ("anthropic", "Anthropic"),
        ("gemini", "Google"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_who_alone_can_read_it_is_named(holder: str, who: str) -> None:
    found = veto(candidate(), ask(held_by=(holder,)), Policy(), Budget())
    assert found == ("held", f"Only {who} can read a part of this prompt.")
    wired = candidate(wires=(f"{holder}-two",))
    assert veto(wired, ask(held_by=(holder,)), Policy(), Budget()) is None


@pytest.mark.parametrize(
    ("needs", "begun", "continues", "stops"),
    [
        (("completion",), 1, False, True),
        (("fill",), 1, False, True),
        (("tools",), 1, False, False),
        (("completion",), 0, False, False),
        (("completion",), 1, True, False),
    ],
)
def test_raw_text_that_has_begun_goes_on_where_it_can_be_handed_over(
    needs: Any, begun: int, continues: bool, stops: bool
) -> None:
    one, wanted = candidate(continues=continues), ask(needs=needs, answer_tokens=begun)
    said = continuation(one, situation_of(wanted, [one], Budget(), Policy(), ()))
    assert said == ("It cannot go on with a text that another model began." if stops else None)


def test_memory_that_nobody_told_is_no_reason() -> None:
    for known in ({"memory_bytes": 9}, {"memory_free_bytes": 8}):
        assert veto(candidate(state="loadable", **known), ask(), Policy(), Budget()) is None


def test_what_was_tried_is_told_with_the_last_day_and_what_was_not_without() -> None:
    tried = (("tools", "2026-11-01"), ("images", "2026-11-03"))
    both = candidate(lacks=tried)
    found = veto(both, ask(needs=("tools", "images")), Policy(), Budget())
    assert found is not None
    assert "when it was tried on 2026-11-03; `homeport doctor --probe" in found[1]
    found = veto(candidate(lacks=tried[:1]), ask(needs=("tools", "images")), Policy(), Budget())
    assert found == ("capability", "It cannot call tools and read images.")


def test_an_answer_so_far_takes_room_too() -> None:
    one = candidate(context=1_000, continues=True)
    fits = ask(input_tokens=800, output_tokens=150, answer_tokens=100)
    assert veto(one, fits, Policy(), Budget()) is None
    too_long = ask(input_tokens=900, output_tokens=150, answer_tokens=100)
    assert veto(one, too_long, Policy(), Budget()) is not None


def test_the_gate_that_comes_first_speaks() -> None:
    one = cloud(link="offline", key="absent", breaker="open")
    result = veto(one, ask(privacy="private"), Policy(mode="local-only"), Budget())
    assert result is not None
    assert result[0] == "privacy"


def test_every_gate_is_stopped_somewhere_above_and_says_what_it_does() -> None:
    shown = {row[0] for row in STOPPED} | {"tried", "rule", "battery"}
    assert shown == {name for name, _ in GATES}
    assert all(gate.__doc__ for _, gate in GATES)


CANNOT = {
    "tools": "call tools",
    "required_tools": "call a tool where it must",
    "images": "read images",
    "audio": "listen to audio",
    "json": "be held to JSON",
    "json_schema": "be held to a JSON schema",
    "logprobs": "report token probabilities",
    "thinking": "show its reasoning",
    "documents": "read documents",
    "completion": "go on from raw text",
    "fill": "fill in what stands before a suffix",
    "server_tools": "run tools of its own",
}


@pytest.mark.parametrize("need", sorted(set(get_args(Capability)) - VECTORS))
def test_what_it_cannot_do_is_said_in_words(need: Any) -> None:
    found = veto(candidate(), ask(needs=(need,)), Policy(), Budget())
    assert found == ("capability", f"It cannot {CANNOT[need]}.")


AT_THE_EDGE: list[tuple[str, dict[str, Any], dict[str, Any], Budget]] = [
    ("memory", {"state": "loadable", "memory_bytes": 9, "memory_free_bytes": 9}, {}, Budget()),
    ("context", {"context": 200}, {"input_tokens": 100, "output_tokens": 100}, Budget()),
    ("deadline", {"first_token_ms": 50, "wait_ms": 20, "load_ms": 30, "total_ms": 100},
     {"deadline_ms": 100}, Budget()),
    ("max_cost", {"cost_nano": 1, "worst_cost_nano": 9}, {"max_cost_nano": 9}, Budget()),
    ("budget", {"cost_nano": 1, "worst_cost_nano": 9}, {}, window(9)),
]  # fmt: skip
BEYOND: dict[str, tuple[dict[str, Any], dict[str, Any], Budget]] = {
    "memory": ({"memory_free_bytes": 8}, {}, Budget()),
    "context": ({}, {"input_tokens": 101}, Budget()),
    "deadline": ({"load_ms": 31}, {}, Budget()),
    "max_cost": ({"worst_cost_nano": 10}, {}, Budget()),
    "budget": ({"worst_cost_nano": 10}, {}, window(9)),
}


@pytest.mark.parametrize(("gate", "one", "wanted", "budget"), AT_THE_EDGE)
def test_a_bound_is_still_within_and_one_step_beyond_is_not(
    gate: str, one: dict[str, Any], wanted: dict[str, Any], budget: Budget
) -> None:
    paid = one if "cost_nano" in one else {"cost_nano": 0, "worst_cost_nano": 0, **one}
    assert veto(candidate(**paid), ask(**wanted), Policy(), budget) is None
    more, other, less = BEYOND[gate]
    beyond = veto(candidate(**{**paid, **more}), ask(**{**wanted, **other}), Policy(), less)
    assert beyond is not None
    assert beyond[0] == gate


@pytest.mark.parametrize(("has", "lacks"), [("pooling", "embeddings"), ("embeddings", "pooling")])
def test_one_kind_of_vectors_is_not_the_other(has: Any, lacks: Any) -> None:
    one = candidate(capabilities=(has,))
    wanted = ask(needs=(lacks,), requested_model=one.card.id)
    assert veto(one, wanted, Policy(), Budget()) == ("capability", "It cannot make embeddings.")


def test_who_was_named_to_be_among_those_asked_may_answer() -> None:
    wanted = ask(strategy="compare", options=StrategyOptions(models=("small",)))
    order = decide(wanted, [candidate(), candidate("b/other")], Budget(), Policy())
    assert "llamacpp/small" in {card.model for card in order.order}
    (other,) = order.vetoes
    assert (other.gate, other.reason) == ("requested", "It is not among those named: small.")


def test_a_pin_keeps_its_fallback_near_in_words() -> None:
    pinned = ask(requested_model="llamacpp/small")
    (far,) = decide(pinned, [candidate(), cloud()], Budget(), Policy()).vetoes
    assert (far.gate, far.reason) == (
        "requested", "llamacpp/small was asked for by its exact name, and this one is farther.",
    )  # fmt: skip
