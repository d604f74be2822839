"""The table of providers is whole."""

from __future__ import annotations

from homeport.adapters.places import origin_of, place_of_host
from homeport.adapters.providers import LOCAL_SERVERS, PROVIDERS, SERVER, key_names


def test_every_provider_of_the_environment_is_there() -> None:
    names = {name for provider in PROVIDERS.values() for name in provider.key_names}
    for provider in [
        "OPENAI",
        "ANTHROPIC",
        "GEMINI",
        "OPENROUTER",
        "GROQ",
        "MISTRAL",
        "DEEPSEEK",
        "XAI",
        "TOGETHER",
        "FIREWORKS",
        "CEREBRAS",
    ]:
        assert f"{provider}_API_KEY" in names
    assert {"ANTHROPIC_AUTH_TOKEN", "GOOGLE_API_KEY"} <= names


def test_every_provider_is_in_the_cloud_and_encrypted() -> None:
    for provider in PROVIDERS.values():
        assert origin_of(provider.base_url).startswith("https://")
        assert place_of_host(provider.base_url.split("/")[2]) == "cloud"
        assert provider.capabilities == tuple(sorted(provider.capabilities))


def test_names_under_which_prices_are_found() -> None:
    assert PROVIDERS["xai"].prices == "x-ai"
    assert PROVIDERS["gemini"].prices == "google"
    assert PROVIDERS["groq"].prices == "groq"
    assert SERVER.prices == ""


def test_key_names() -> None:
    assert key_names("anthropic") == ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
    assert key_names("nobody") == ()


def test_usual_ports_are_apart() -> None:
    assert len(dict(LOCAL_SERVERS)) == len({port for _, port in LOCAL_SERVERS}) == 4
