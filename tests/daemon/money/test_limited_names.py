"""A limit that covers nothing is refused where it never can, and told where it may."""

from __future__ import annotations

import pytest

from homeport.daemon.money.limited_names import Names, doubt, refusal

NAMES = Names(
    models=frozenset({"openai/gpt-5.5", "openai/gpt-5.5-mini", "ollama/qwen3:14b"}),
    providers=frozenset({"openai", "anthropic", "gemini", "ollama", "workbench"}),
    clients=frozenset({"", "editor"}),
    tags=frozenset({"work"}),
)


def is_listed(model: str) -> bool:
    return model == "anthropic/claude-9"


@pytest.mark.parametrize(
    ("scope", "name", "said"),
    [
        (
            "provider",
            "opnai",
            "No provider is called opnai, so a limit would cover nothing. Did you",
        ),
        ("provider", "OpenAI", "Did you mean openai?"),
        ("provider", "google", "Did you mean gemini?"),
        ("provider", "shelf", "No provider is called shelf, so a limit would cover nothing."),
        ("model", "gpt-5.5", "gpt-5.5 is no model's id, which is provider/model, so a limit would"),
        ("model", "gpt-5.5", "Did you mean openai/gpt-5.5?"),
        ("model", "claude-9", "Did you mean anthropic/claude-9?"),
        ("model", "qwen3:14", "Did you mean ollama/qwen3:14b?"),
        ("model", "openai", "openai is no model's id"),
        ("model", "openai/", "openai/ is no model's id"),
        ("model", "opnai/gpt-5.5", "No provider is called opnai, so a limit would cover nothing."),
        ("model", "opnai/gpt-5.5", "Did you mean openai/gpt-5.5?"),
        ("model", "opn/claude-9", "Did you mean anthropic/claude-9?"),
    ],
)
def test_what_can_never_be_covered_is_refused_with_the_nearest(
    scope: str, name: str, said: str
) -> None:
    assert said in refusal(scope, name, NAMES, is_listed)


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("provider", "openai"),
        ("provider", "workbench"),
        ("model", "openai/gpt-5.5"),
        ("model", "openai/gpt-6"),
        ("client", "anybody"),
        ("tag", "anything"),
        ("all", ""),
    ],
)
def test_what_is_there_or_may_come_is_not(scope: str, name: str) -> None:
    assert refusal(scope, name, NAMES, is_listed) == ""


@pytest.mark.parametrize(
    ("scope", "name", "said"),
    [
        (
            *("model", "openai/gpt-55"),
            "The limit of model openai/gpt-55 covers nothing so far: no model here has that id. "
            "Did you mean openai/gpt-5.5?",
        ),
        (
            *("provider", "shelf"),
            "The limit of provider shelf covers nothing so far: no model here is one of shelf.",
        ),
        (
            *("client", "edtor"),
            "The limit of client edtor covers nothing so far: no prompt of such a client has come. "
            "Did you mean editor?",
        ),
        (
            *("tag", "play"),
            "The limit of tag play covers nothing so far: no prompt with such a tag has come.",
        ),
    ],
)
def test_what_is_not_there_so_far_is_said(scope: str, name: str, said: str) -> None:
    assert doubt(scope, name, NAMES) == said


@pytest.mark.parametrize(
    ("scope", "name"),
    [("model", "ollama/qwen3:14b"), ("provider", "gemini"), ("client", "editor"), ("tag", "work")],
)
def test_of_what_is_there_nothing_is_said(scope: str, name: str) -> None:
    assert doubt(scope, name, NAMES) == ""
