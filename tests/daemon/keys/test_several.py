"""Further keys of a provider or server: found by their numbers, each a setup of its own."""

from __future__ import annotations

from homeport.adapters.base import Credential, Setup
from homeport.daemon.keys.secret import secret_from
from homeport.daemon.keys.several import further_setups
from homeport.daemon.plugins import adapters_by_key


def setup(servers: list[dict[str, object]] | None = None, **environment: str) -> Setup:
    def credential(name: str) -> Credential | None:
        named = environment.get(name.removeprefix("env:"), "")
        named = named or (environment.get("OPENAI_API_KEY", "") if name == "openai" else "")
        return secret_from(named) if named else None

    return Setup(
        settings={"server": servers or [], "ollama": {"enabled": False}},
        models_dir="/nowhere",
        cache_dir="/nowhere",
        environment=environment,
        credential=credential,
    )


KEYS = {f"OPENAI_API_KEY{end}": f"sk-{end or 1}-0123456789" for end in ("", "_2", "_3")}


def test_without_further_keys_there_is_nothing_more() -> None:
    assert further_setups(setup(OPENAI_API_KEY="sk-0123456789")) == []


def test_numbered_names_in_the_environment_are_further_keys() -> None:
    found = further_setups(setup(**KEYS))
    assert [(number, set(whose)) for number, whose, _ in found] == [
        (2, {"openai"}),
        (3, {"openai"}),
    ]
    secrets = [further.credential("openai") for _, _, further in found]
    assert [secret.reveal() for secret in secrets if secret] == [
        "sk-_2-0123456789", "sk-_3-0123456789",
    ]  # fmt: skip
    assert found[0][2].credential("anthropic") is None
    ways = [a for a in adapters_by_key(setup(**KEYS)) if a.provider == "openai"]
    assert [getattr(adapter, "key_number", 1) for adapter in ways] == [1, 2, 3]
    assert len({adapter.origin for adapter in ways}) == 1


def test_a_server_of_the_config_lists_its_own() -> None:
    server = {"name": "box", "url": "http://127.0.0.1:9/v1", "key": "env:A", "keys": ["env:B"]}
    plain = {"name": "other", "url": "http://127.0.0.1:8/v1"}
    found = setup([server, plain], A="key-a-0123456789", B="key-b-0123456789")
    ((number, whose, further),) = further_setups(found)
    assert (number, whose) == (2, {"box"})
    assert [one["key"] for one in further.settings["server"]] == ["env:B"]
    names = [(a.provider, getattr(a, "key_number", 1)) for a in adapters_by_key(found)]
    assert names.count(("box", 1)) == names.count(("box", 2)) == 1
    assert ("other", 2) not in names
