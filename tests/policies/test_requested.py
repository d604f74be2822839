"""What the names that programs send mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.decide import decide
from homeport.policies.model import Budget, Policy
from homeport.policies.requested import MODES, Resolution, UnknownModel, resolve, wish
from support.deciding import CALM, ask, candidate, cloud

PHI = "llamacpp/phi-4-mini.q4_k_m"
IDS = (PHI, "llamacpp/smollm2", "ollama/qwen3:8b", "ollama/qwen3:32b", "openai/gpt-5.5")


def known(name: str, aliases: dict[str, str] | None = None) -> Resolution:
    found = resolve(name, IDS, aliases or {})
    assert isinstance(found, Resolution)
    return found


@pytest.mark.parametrize(
    ("name", "kind", "ids"),
    [
        ("auto", "any", ()),
        ("homeport", "any", ()),
        ("", "any", ()),
        (" auto ", "any", ()),
        ("local", "local", ()),
        ("cloud", "cloud", ()),
        ("ollama/qwen3:8b", "pinned", ("ollama/qwen3:8b",)),
        ("gpt-5.5", "preferred", ("openai/gpt-5.5",)),
        ("GPT-5.5", "preferred", ("openai/gpt-5.5",)),
        ("qwen3", "preferred", ("ollama/qwen3:32b", "ollama/qwen3:8b")),
        ("qwen3:8b", "preferred", ("ollama/qwen3:8b",)),
        ("claude-sonnet-5", "preferred", ()),
        ("Phi-4", "preferred", (PHI,)),
        ("phi-4-mini", "preferred", (PHI,)),
        ("gpt-5", "preferred", ()),
    ],
)
def test_known_names(name: str, kind: str, ids: tuple[str, ...]) -> None:
    found = known(name)
    assert (found.kind, found.ids) == (kind, ids)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("claude-sonnet-4-5", ("anthropic/claude-sonnet-4-5-20250929",)),
        ("claude-sonnet-4-5-latest", ("anthropic/claude-sonnet-4-5-20250929",)),
        ("claude-opus-4-8-20260528", ("anthropic/claude-opus-4-8",)),
        ("claude-sonnet-4", ()),
        ("gpt-4o", ("openai/gpt-4o",)),
        ("gpt-4o-2024-11-20", ("openai/gpt-4o", "openai/gpt-4o-2024-08-06")),
    ],
)
def test_a_name_stands_for_its_releases_where_none_has_it(name: str, ids: tuple[str, ...]) -> None:
    listed = (
        "anthropic/claude-sonnet-4-5-20250929", "anthropic/claude-opus-4-8",
        "openai/gpt-4o", "openai/gpt-4o-2024-08-06",
    )  # fmt: skip
    found = resolve(name, listed, {})
    assert isinstance(found, Resolution)
    assert (found.kind, found.ids) == ("preferred", ids)


@pytest.mark.parametrize("mode", MODES)
def test_auto_brings_a_mode(mode: str) -> None:
    assert known(f"auto:{mode}").mode == mode


def test_aliases_are_followed_and_circles_end() -> None:
    assert known("fast", {"fast": "quick", "quick": "ollama/qwen3:8b"}).kind == "pinned"
    assert known("gpt-4", {"gpt-4": "auto"}).kind == "any"
    assert known("gpt-a", {"gpt-a": "gpt-b", "gpt-b": "gpt-a"}).kind == "preferred"


def test_an_unknown_name_gets_the_nearest() -> None:
    found = resolve("ollama/qwen3:8B-typo", IDS, {})
    assert isinstance(found, UnknownModel)
    assert found.nearest[0] == "ollama/qwen3:8b"
    assert "ollama/qwen3:8b" in found.sentence
    assert "homeport models --list" in found.sentence


@pytest.mark.parametrize(
    "name", ["auto:locl-only", "smolm2", "smol", "phi-4-min", "openai/gpt-5", "zzzzzz", "lokal"]
)
def test_unknown_names(name: str) -> None:
    found = resolve(name, IDS, {"fast": "auto"})
    assert isinstance(found, UnknownModel)
    assert len(found.nearest) <= 3
    assert found.sentence.endswith(".")


def test_an_unknown_name_without_any_near_one() -> None:
    found = resolve("zzzzzz", IDS, {})
    assert isinstance(found, UnknownModel)
    assert found.nearest == ()
    assert "`auto` always works." in found.sentence


@CALM
@given(st.text(max_size=40))
def test_any_name_is_resolved_or_unknown(name: str) -> None:
    assert isinstance(resolve(name, IDS, {}), Resolution | UnknownModel)
    assert wish(name, [candidate()], Policy()).kind in {
        "any",
        "local",
        "cloud",
        "pinned",
        "preferred",
    }


FLEET = [candidate("llamacpp/home", quality=0.9), cloud("openai/gpt-5.5"), cloud("x/other")]


def test_a_pin_comes_first_and_falls_back_no_farther() -> None:
    decision = decide(ask(requested_model="openai/gpt-5.5"), FLEET, Budget(), Policy())
    assert decision.order[0].model == "openai/gpt-5.5"
    assert len(decision.order) == 3
    at_home = decide(ask(requested_model="llamacpp/home"), FLEET, Budget(), Policy())
    assert [card.model for card in at_home.order] == ["llamacpp/home"]
    assert {veto.gate for veto in at_home.vetoes} == {"requested"}


def test_an_alias_of_the_policy_is_followed() -> None:
    policy = Policy(aliases=(("gpt-4", "openai/gpt-5.5"),))
    decision = decide(ask(requested_model="gpt-4"), FLEET, Budget(), policy)
    assert decision.order[0].model == "openai/gpt-5.5"


def test_the_mode_of_the_name_holds_unless_the_caller_named_another() -> None:
    wanted = ask(requested_model="auto:cloud-only")
    assert decide(wanted, FLEET, Budget(), Policy()).mode == "cloud-only"
    other = ask(requested_model="auto:cloud-only", mode="local-only")
    assert decide(other, FLEET, Budget(), Policy()).mode == "local-only"
