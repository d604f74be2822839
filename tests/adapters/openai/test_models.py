"""What servers list, read into cards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.openai.models import Listing, cards, flavour_of, rows_of
from homeport.adapters.providers import PROVIDERS, SERVER
from homeport.policies.model import ModelCard

HOME = Listing("box", "http://127.0.0.1:8000", "local", SERVER)


def cloud(provider: str) -> Listing:
    return Listing(provider, "https://x.example:443", "cloud", PROVIDERS[provider])


def card(row: dict[str, Any], listing: Listing = HOME, **options: Any) -> ModelCard:
    (found,) = cards([row], listing, flavour_of([row]), **options)
    return found


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ({"object": "list", "data": [{"id": "a"}]}, 1),
        ([{"id": "a"}, {"id": "b"}], 2),
        ({"data": []}, 0),
        ({"object": "list", "data": None}, 0),
        ({"object": "list"}, 0),
        ({"models": []}, None),
        ({"data": [{"name": "a"}]}, None),
        ({"data": {"id": "a"}}, None),
        ("x", None),
        (None, None),
        ([1], None),
        ({"data": [{"id": "a"}, {"id": None}, {"name": "b"}, None]}, 1),
    ],
)
def test_what_is_a_listing(answer: Any, count: int | None) -> None:
    rows = rows_of(answer)
    assert (None if rows is None else len(rows)) == count


def test_another_homeport_says_how_far_its_models_are() -> None:
    rows = [
        {"id": "auto", "owned_by": "homeport"},
        {"id": "cloud", "owned_by": "homeport"},
        {"id": "llamacpp/qwen3-8b", "owned_by": "llamacpp",
         "homeport": {"place": "local", "state": "ready", "context": 8192}},
        {"id": "openai/gpt-5.5", "owned_by": "openai",
         "homeport": {"place": "cloud", "state": "ready", "context": None}},
    ]  # fmt: skip
    assert flavour_of(rows) == "homeport"
    near, far = cards(rows, HOME, "homeport")
    assert (near.id, near.place, near.context) == ("box/llamacpp/qwen3-8b", "local", 8192)
    assert (near.price_ref, near.continues) == ("", False)
    assert (far.place, far.price_ref, far.context) == ("cloud", "openai/gpt-5.5", None)
    lan = Listing("box", "http://192.168.1.9:4663", "lan", SERVER)
    assert [found.place for found in cards(rows, lan, "homeport")] == ["lan", "cloud"]


@pytest.mark.parametrize("odd", [{}, [], None, 3, "x", True])
def test_a_row_whose_fields_are_odd_is_a_model_still(odd: Any) -> None:
    fields = ("owned_by", "type", "capabilities", "architecture", "homeport", "context_length")
    rows = [{"id": "m", **dict.fromkeys(fields, odd), "homeport": {"place": odd}}]
    (found,) = cards(rows, HOME, flavour_of(rows))
    assert (found.name, found.place) == ("m", "local")


def test_llama_server() -> None:
    row = {
        "id": "qwen3-8b",
        "owned_by": "llamacpp",
        "meta": {"n_ctx_train": 40960, "n_params": 8_190_000_000, "size": 5_000_000_000},
    }
    found = card(row, context=8192)
    assert (found.context, found.parameters, found.size_bytes) == (8192, 8_190_000_000, 5 * 10**9)
    assert found.continues
    assert found.capabilities == ("completion", "json", "json_schema", "logprobs", "tools")
    assert found.price_ref == ""
    assert found.host == "127.0.0.1:8000"


def test_vllm() -> None:
    found = card({"id": "org/model", "owned_by": "vllm", "max_model_len": 32768})
    assert (found.id, found.context, found.continues) == ("box/org/model", 32768, True)


def test_lm_studio() -> None:
    row = {
        "id": "gemma",
        "type": "vlm",
        "arch": "gemma3",
        "quantization": "Q4_0",
        "max_context_length": 131072,
        "loaded_context_length": 4096,
        "capabilities": ["tool_use"],
    }
    found = card(row)
    assert (found.context, found.quantisation, found.architecture) == (4096, "Q4_0", "gemma3")
    assert found.capabilities == ("images", "json", "tools")
    assert card({"id": "e", "type": "embeddings"}).capabilities == ("embeddings",)


def test_an_unknown_server_is_believed_little() -> None:
    found = card({"id": "m"})
    assert found.capabilities == ("json", "tools")
    assert card({"id": "m", "capabilities": []}).capabilities == ("json",)
    assert not found.continues
    assert found.context is None


def test_providers() -> None:
    gpt = card({"id": "gpt-5.5", "owned_by": "openai"}, cloud("openai"))
    assert gpt.price_ref == "openai/gpt-5.5"
    assert gpt.capabilities == (
        "documents",
        "images",
        "json",
        "json_schema",
        "logprobs",
        "server_tools",
        "tools",
    )
    mistral = {
        "id": "mistral-large",
        "max_context_length": 131072,
        "capabilities": {"completion_chat": True, "function_calling": True, "vision": True},
    }
    found = card(mistral, cloud("mistral"))
    assert found.continues
    assert "images" in found.capabilities
    groq = card({"id": "m", "context_window": 8192, "max_completion_tokens": 512}, cloud("groq"))
    assert (groq.context, groq.max_output) == (8192, 512)
    assert card({"id": "grok"}, cloud("xai")).price_ref == "x-ai/grok"


def test_openrouter() -> None:
    row = {
        "id": "a/b",
        "context_length": 200_000,
        "architecture": {"input_modalities": ["text", "image"]},
        "supported_parameters": ["tools", "structured_outputs", "reasoning"],
        "top_provider": {"max_completion_tokens": 64_000},
    }
    found = card(row, cloud("openrouter"))
    assert found.capabilities == (
        "documents",
        "images",
        "json",
        "json_schema",
        "server_tools",
        "thinking",
        "tools",
    )
    assert (found.id, found.max_output) == ("openrouter/a/b", 64_000)


@pytest.mark.parametrize(
    "row",
    [
        {"id": "whisper-1"},
        {"id": "gpt-4o-realtime-preview"},
        {"id": "omni-moderation-latest"},
        {"id": "m", "capabilities": {"completion_chat": False}},
        {"id": "m", "supports_chat": False},
        {"id": "m", "active": False},
        {"id": "m", "type": "image"},
    ],
)
def test_what_does_not_chat_is_left_out(row: dict[str, Any]) -> None:
    assert cards([row], cloud("openai"), "plain") == []


@pytest.mark.parametrize(
    "row",
    [
        {"id": "text-embedding-3-small"},
        {"id": "nomic-embed-text-v1.5"},
        {"id": "BAAI/bge-m3"},
        {"id": "all-MiniLM-L6-v2"},
        {"id": "vectors", "type": "embedding"},
        {"id": "vectors", "architecture": {"output_modalities": ["embeddings"]}},
        {"id": "vectors", "homeport": {"place": "local", "capabilities": ["embeddings"]}},
    ],
)
def test_what_makes_embeddings_can_do_nothing_else(row: dict[str, Any]) -> None:
    found = card(row, cloud("openai"))
    assert found.capabilities == ("embeddings",)
    assert not found.continues


@pytest.mark.parametrize("name", ["bge-reranker-v2", "gemma-3", "embedded-cat", "codellama"])
def test_what_only_sounds_alike_makes_none(name: str) -> None:
    row = {"id": name, "type": "llm"} if name == "embedded-cat" else {"id": name}
    assert "embeddings" not in [
        c for found in cards([row], HOME, "plain") for c in found.capabilities
    ]


def test_settings_choose_and_fill_in() -> None:
    listing = Listing("box", "http://nas:1", "lan", SERVER, ("tts-chat",), 2048)
    rows = [{"id": "tts-chat"}, {"id": "other"}]
    (found,) = cards(rows, listing, "plain")
    assert (found.name, found.context, found.place) == ("tts-chat", 2048, "lan")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "capabilities",
        "meta",
        "architecture",
        "supported_parameters",
        "type",
        "top_provider",
        "max_model_len",
        "active",
    ]
)


@given(st.dictionaries(NAMES, JSON))
def test_whatever_a_row_holds_gives_a_card_or_none(fields: dict[str, Any]) -> None:
    assert len(cards([{**fields, "id": "m"}], HOME, "plain")) <= 1


@pytest.mark.parametrize(
    ("name", "able"), [("openai/gpt-oss-20b", True), ("llama-3.1-8b-instant", False)]
)
def test_schemas_with_some_models_alone(name: str, able: bool) -> None:
    assert ("json_schema" in card({"id": name}, cloud("groq")).capabilities) is able


@pytest.mark.parametrize(
    ("row", "capability"),
    [
        ({"capabilities": {"completion_chat": True, "completion_fim": True}}, "fill"),
        ({"capabilities": {"completion_chat": True, "reasoning": True}}, "thinking"),
        ({"architecture": {"input_modalities": ["text", "audio"]}}, "audio"),
        ({"architecture": {"input_modalities": ["text", "file"]}}, "documents"),
        ({"homeport": {"capabilities": ["tools"]}}, "tools"),
    ],
)
def test_what_a_row_tells(row: dict[str, Any], capability: str) -> None:
    assert capability in card({"id": "m", **row}).capabilities
