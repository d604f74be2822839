"""What each kind of program reads to find its model server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from homeport.cli.clients import BY_NAME, CLIENTS, arguments_for, settings, settings_for_any

URL, TOKEN = "http://127.0.0.1:4663", "t0ken"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_nothing_is_left_to_fill_in(client: object) -> None:
    name = getattr(client, "name", "")
    filled = settings(BY_NAME[name], URL, TOKEN)
    for program in BY_NAME[name].programs:
        filled |= {word: word for word in arguments_for(program, URL, TOKEN)}
    assert any(TOKEN in value for value in filled.values())
    assert not any(
        word in value for word in ("{url}", "{token}", "{here}") for value in filled.values()
    )


def test_a_program_that_nobody_knows_gets_every_wire() -> None:
    found = settings_for_any("anything", URL, TOKEN)
    assert found["OPENAI_BASE_URL"] == f"{URL}/v1"
    assert found["ANTHROPIC_BASE_URL"] == URL
    assert found["OLLAMA_HOST"] == found["OLLAMA_URL"] == f"{URL}/t/{TOKEN}"
    assert found["GOOGLE_GEMINI_BASE_URL"] == URL
    assert "HOMEPORT_TOKEN" not in found


def test_a_key_of_the_person_is_not_sent_along() -> None:
    assert settings_for_any("claude", URL, TOKEN)["ANTHROPIC_API_KEY"] == ""


def test_gemini_asks_with_the_token_alone() -> None:
    found = settings_for_any("gemini", URL, TOKEN)
    assert found["GOOGLE_GEMINI_BASE_URL"] == URL
    assert found["GEMINI_API_KEY"] == TOKEN
    # The SDKs would take this one first.
    assert found["GOOGLE_API_KEY"] == ""


def test_codex_is_told_by_options() -> None:
    words = arguments_for("codex", URL, TOKEN)
    assert words[:2] == ("-c", "model_provider=homeport")
    assert f'base_url="{URL}/v1"' in words[3]
    assert TOKEN not in "".join(words)
    assert settings_for_any("codex", URL, TOKEN)["HOMEPORT_TOKEN"] == TOKEN


def test_gemini_cli_signs_in_by_settings_of_ours() -> None:
    found = settings_for_any("gemini", URL, TOKEN)
    told = json.loads(Path(found["GEMINI_CLI_SYSTEM_SETTINGS_PATH"]).read_text())
    assert told == {"security": {"auth": {"selectedType": "gemini-api-key"}}}
    assert found["GEMINI_MODEL"] == "homeport"


def test_qwen_signs_in_by_an_option() -> None:
    assert arguments_for("qwen", URL, TOKEN) == ("--auth-type", "openai")
    assert settings_for_any("qwen", URL, TOKEN)["OPENAI_MODEL"] == "auto"


def test_opencode_is_told_by_a_piece_of_config() -> None:
    told = json.loads(settings_for_any("opencode", URL, TOKEN)["OPENCODE_CONFIG_CONTENT"])
    assert told["model"] == "homeport/auto"
    assert told["provider"]["homeport"]["options"] == {"baseURL": f"{URL}/v1", "apiKey": TOKEN}


def test_claude_code_begins_its_prompts_alike() -> None:
    assert settings_for_any("claude", URL, TOKEN)["CLAUDE_CODE_ATTRIBUTION_HEADER"] == "0"
