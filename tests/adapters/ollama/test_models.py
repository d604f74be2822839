"""What Ollama says of its models, in the shapes of old and new servers."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.ollama.models import card_of, chats, embeds, is_remote, version_of


def card(row: dict[str, Any], shown: dict[str, Any], version: tuple[int, ...] = (0, 14)) -> Any:
    return card_of(
        {"model": "m", **row}, shown, place="local", host="h:1", window=8192, version=version
    )


@pytest.mark.parametrize(
    ("text", "version"),
    [("0.14.2", (0, 14, 2)), ("0.13.0-rc1", (0, 13, 0)), ("dev", ()), ("", ())],
)
def test_versions(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version


@pytest.mark.parametrize(
    ("name", "row", "remote"),
    [
        ("qwen3:8b", {}, False),
        ("cloudy:8b", {}, False),
        ("gpt-oss:120b-cloud", {}, True),
        ("x:cloud", {}, True),
        ("x", {"remote_host": ""}, False),
        ("x", {"remote_host": "https://ollama.com"}, True),
    ],
)
def test_remote_models(name: str, row: dict[str, Any], remote: bool) -> None:
    assert is_remote(name, row) is remote


def test_old_servers_do_not_say_what_a_model_can() -> None:
    assert chats({})
    assert chats({"capabilities": ["completion"]})
    assert not chats({"capabilities": ["embedding"]})
    for old in (
        {"model_info": {"general.architecture": "nomic-bert"}},
        {"details": {"family": "bert"}},
    ):
        assert (chats(old), embeds(old)) == (False, True)
    assert not embeds({"capabilities": ["completion", "embedding"]})
    assert card({}, {"capabilities": ["embedding"]}).capabilities == ("embeddings",)


def test_logprobs_come_with_the_server_that_gives_them() -> None:
    assert "logprobs" in card({}, {}, (0, 12, 11)).capabilities
    assert "logprobs" not in card({}, {}, (0, 12, 10)).capabilities
    assert "logprobs" not in card({}, {}, ()).capabilities


@pytest.mark.parametrize(
    ("label", "parameters"),
    [("7.6B", 7_600_000_000), ("135M", 135_000_000), ("", None), ("many", None)],
)
def test_the_size_label(label: str, parameters: int | None) -> None:
    assert card({"details": {"parameter_size": label}}, {}).parameters == parameters


@pytest.mark.parametrize("odd", [None, [], "x", 3])
def test_odd_shapes_are_survived(odd: Any) -> None:
    found = card({"details": odd, "size": odd}, {"model_info": odd, "capabilities": odd})
    assert found.context == 8192
