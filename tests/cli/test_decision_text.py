"""The parts of a decision as text, where they are not as usual."""

from __future__ import annotations

import pytest

from homeport.cli.decision_text import (
    write_attempts,
    write_branches,
    write_cache,
    write_candidates,
    write_checks,
    write_needs,
    write_plan,
    write_qualities,
    write_rules,
    write_terms,
)
from homeport.client import wire
from support.views import attempt, request, score

Captured = pytest.CaptureFixture[str]


def step(**fields: object) -> wire.StepView:
    return wire.StepView(**{"at_ms": 0, "because": "", "order": (), "vetoes": (), **fields})


def test_no_candidates_at_all(capsys: Captured) -> None:
    write_candidates(step())
    assert "homeport doctor" in capsys.readouterr().out


def test_only_vetoes(capsys: Captured) -> None:
    write_candidates(step(vetoes=(wire.VetoView("a/b", "privacy", "It is private."),)))
    assert capsys.readouterr().out == (
        "\ncandidates\n"
        "not  gate     reason\n"
        "a/b  privacy  It is private.\n"
    )  # fmt: skip


def test_ranks_count_from_one(capsys: Captured) -> None:
    write_candidates(step(order=(score(model="a/a"), score(model="b/b", cost_nano=21_300_000))))
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].startswith("1  local  a/a")
    assert lines[4].startswith("2  local  b/b")
    assert "$0.0213" in lines[4]


def test_a_plan_says_how_and_why(capsys: Captured) -> None:
    write_plan(step())
    plan = wire.PlanView(
        "verify",
        ("a/a", "b/b"),
        (0.6, 0.0),
        checks=("refusal", "confidence"),
        why="It can be checked.",
    )
    write_plan(step(plan=plan))
    assert capsys.readouterr().out == (
        "\nplan: verify\n"
        "why     It can be checked.\n"
        "models  a/a, b/b\n"
        "enough  0.60\n"
        "checks  refusal, confidence\n"
    )


def test_each_of_several_answers_has_a_row(capsys: Captured) -> None:
    steps = (
        step(because="fits here"),
        step(branch="step 1", because="alone asked", order=(score(model="a/a"),)),
        step(branch="step 2", because="nothing may answer"),
    )
    write_branches(wire.Why(request(), {}, steps, "3", "identical"))
    assert capsys.readouterr().out == (
        "\nanswers\n"
        "answer  asked of  because\n"
        "step 1  a/a       alone asked\n"
        "step 2  nobody    nothing may answer\n"
    )


def test_checks_passed_failed_and_not_told(capsys: Captured) -> None:
    write_checks(request())
    checks = (
        wire.CheckView("refusal", True, "It does not refuse.", model="a/a"),
        wire.CheckView("schema", False, "It is not JSON.", model="a/a"),
        wire.CheckView("confidence", None, "Unknown.", model="a/a"),
    )
    write_checks(request(checks=checks))
    out = capsys.readouterr().out
    assert [line.split()[1] for line in out.splitlines()[3:]] == ["passed", "failed", "not"]


def test_no_terms_no_scores(capsys: Captured) -> None:
    write_terms(step(order=(score(terms=()),)))
    assert capsys.readouterr().out == ""


def test_everything_that_a_prompt_may_need(capsys: Captured) -> None:
    write_needs(
        {
            "max_tokens": 50,
            "output_tokens": 20,
            "needs": ["images", "tools"],
            "requested_model": "cloud",
            "mode": "balanced",
            "max_cost_nano": 10_000_000,
            "session": "s1",
            "unheard_of": True,
        }
    )
    assert capsys.readouterr().out == (
        "\nwhat the prompt needs\n"
        "output     about 20 tokens, at most 50\n"
        "features   images, tools\n"
        "asked for  cloud\n"
        "policy     balanced\n"
        "at most    $0.01\n"
        "session    s1\n"
    )


def test_a_running_attempt(capsys: Captured) -> None:
    running = attempt(first_token_ms=None, ended_ms=None, outcome="")
    write_attempts(request(attempts=(running,)))
    assert capsys.readouterr().out.splitlines()[-1].split() == [
        *["+3", "ms", "local", "llamacpp/smollm2-135m", "running"]
    ]


def test_what_an_attempt_cost_and_what_the_list_says(capsys: Captured) -> None:
    tries = (
        attempt(cost_nano=2_000_000, listed_nano=2_000_000),
        attempt(cost_nano=2_000_000, listed_nano=3_000_000),
        attempt(cost_nano=0, listed_nano=0),
        attempt(cost_nano=2_000_000, listed_nano=2_000_000, cached_tokens=12_288),
        attempt(cost_nano=2_000_000, searches=1, terms=(("service_tier", "priority"),)),
        attempt(cost_nano=2_000_000, searches=1_200, cached_tokens=7),
    )
    write_attempts(request(attempts=tries))
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].endswith("done for $0.002")
    assert lines[4].endswith("done for $0.002 (list price $0.003)")
    assert lines[6].endswith("done for $0.002, 12,288 tokens from its cache")
    assert lines[5].endswith("done")
    assert lines[7].endswith("done for $0.002, 1 search of the web, service_tier priority")
    assert lines[8].endswith("for $0.002, 1,200 searches of the web, 7 tokens from its cache")


@pytest.mark.parametrize(
    ("certain", "told"),
    [(True, "21 J of electricity ($0.0021)"), (False, "21 J of electricity (~$0.0021, estimated)")],
)
def test_what_an_answer_at_home_took(capsys: Captured, certain: bool, told: str) -> None:
    took = {"energy_mj": 21_000, "energy_nano": 2_100_000, "energy_certain": certain}
    write_attempts(request(attempts=(attempt(**took),)))
    assert told in capsys.readouterr().out


def test_rules_that_had_a_say(capsys: Captured) -> None:
    write_rules(step())
    write_rules(step(rules=(("privacy", "secrets stay"),)))
    assert capsys.readouterr().out == "\nrules\nprivacy  secrets stay\n"


def test_where_qualities_come_from(capsys: Captured) -> None:
    write_qualities(step(order=(score(model="a/a"),)))
    assert capsys.readouterr().out == ""
    taught = score(model="a/a", quality=0.614, quality_source="12 checks at code")
    write_qualities(step(order=(taught,)))
    assert capsys.readouterr().out == "\nqualities\na/a  0.61, from 12 checks at code\n"


def test_a_scorer_of_ones_own_is_named(capsys: Captured) -> None:
    write_needs({"task": "chat", "difficulty": 70, "level": "expert", "scorer": "mine"})
    assert "chat, difficulty 70 of 100 (expert), by the scorer mine\n" in capsys.readouterr().out


def test_what_the_cache_did(capsys: Captured) -> None:
    write_cache(request())
    assert capsys.readouterr().out == ""
    view = wire.CacheView("near", "Answered from it.", "abc", 3000, 2_000_000, 0.791)
    write_cache(request(cache=view))
    lines = capsys.readouterr().out.split("\n")
    assert lines[1:3] == ["cache: near", "Answered from it."]
    assert [line.split() for line in lines[3:6]] == [
        ["kept", "3.0", "s", "ago"], ["saved", "$0.002"], ["alike", "0.79"]
    ]  # fmt: skip
    write_cache(request(cache=wire.CacheView("miss", "Nothing is kept.")))
    assert "saved" not in capsys.readouterr().out
