"""Keys by name: found, kept, tried, changed; and never shown."""

import json
import os
import shlex
import sys
from pathlib import Path

import msgspec
import pytest

from homeport.daemon.config.settings import Config, Server
from homeport.daemon.keys.keepers import OsKeyring
from homeport.daemon.keys.store import KeyStore, KeyTrouble, Secret
from homeport.policies.errors import NotFound
from support import keyrings

TEXT = "sk-0123456789abcdef"
OTHER = "sk-fedcba9876543210"


class Stores:
    """Makes stores over the same folder, as restarts of a daemon would."""

    def __init__(self, folder):
        self.folder = folder
        self.backend = None
        self.environment = {"PATH": os.environ["PATH"]}

    def __call__(self, config=None, **environment):
        return KeyStore(
            self.folder / "state",
            config or Config(),
            {**self.environment, **environment},
            keyring=OsKeyring(timeout_s=10, backend=self._backend),
            clock_ms=lambda: 1234,
        )

    def _backend(self):
        if self.backend is None:
            raise ImportError("keyring")
        return self.backend


@pytest.fixture
def stores(tmp_path):
    return Stores(tmp_path)


def view(store, provider):
    return next(view for view in store.views() if view.provider == provider)


def told(store):
    return repr(store) + repr(store.views()) + msgspec.json.encode(store.views()).decode()


def test_with_no_keys_every_known_provider_is_absent(stores):
    store = stores()
    assert {view.state for view in store.views()} == {"absent"}
    assert {"openai", "anthropic", "gemini"} <= {view.provider for view in store.views()}
    assert repr(store) == "KeyStore(no keys)"
    assert store.credential("openai") is None
    assert store.state("workbench") == "not-needed"


def test_the_environment_is_looked_into_and_named(stores):
    store = stores(ANTHROPIC_AUTH_TOKEN=TEXT, GROQ_API_KEY="  ")
    assert store.credential("anthropic") == Secret(TEXT)
    assert view(store, "anthropic").source == "environment ANTHROPIC_AUTH_TOKEN"
    assert (store.state("anthropic"), store.state("groq")) == ("untested", "absent")
    assert TEXT not in told(store)
    assert repr(store) == "KeyStore(anthropic)"


@pytest.mark.parametrize("path", ["~nobody-has-this-name/key", "a\0b"])
def test_a_file_that_cannot_be_there_says_so(stores, path):
    store = stores(Config(keys={"openai": f"file:{path}"}))
    store.warm()
    assert store.state("openai") == "absent"
    assert "key file" in view(store, "openai").sentence
    assert store.credential("openai") is None


def test_a_key_that_others_could_read_counts_once_they_cannot(stores, tmp_path):
    path = tmp_path / "key"
    path.write_text(TEXT)
    path.chmod(0o644)
    store = stores(Config(keys={"openai": f"file:{path}"}))
    assert (store.state("openai"), store.renewed()) == ("absent", False)
    path.chmod(0o600)
    assert store.renewed()
    assert (store.state("openai"), store.credential("openai")) == ("untested", Secret(TEXT))


def test_what_is_told_of_an_old_key_is_not_held_against_the_new_one(stores, tmp_path):
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(TEXT)
    store = stores(Config(keys={"openai": f"file:{path}"}))
    assert not store.renewed()
    path.write_text(OTHER + "\n")
    assert store.state("openai") == "untested"
    store.note("openai", "refused")  # by a request with the old one
    assert store.renewed()
    assert (store.state("openai"), store.credential("openai")) == ("untested", Secret(OTHER))
    store.note("openai", "refused")
    assert not store.renewed()
    assert store.state("openai") == "refused"


def test_further_keys_of_a_server_are_looked_for_beside_the_prompts(stores, tmp_path):
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(TEXT)
    reference = f"command:cat {path}"
    server = Server(name="mine", url="http://127.0.0.1:9/v1", keys=(reference, ""))
    store = stores(Config(server=(server,)))
    store.warm()
    path.unlink()
    assert store.credential(reference) == Secret(TEXT)


def test_a_key_in_the_environment_that_is_no_key_says_so(stores):
    store = stores(OPENAI_API_KEY="two words")
    assert store.state("openai") == "absent"
    assert "blanks" in view(store, "openai").sentence


def test_added_without_a_keyring_it_goes_to_a_private_file(stores, tmp_path):
    where = stores().add("openai", f" {TEXT}\n")
    assert where == str(tmp_path / "state" / "keys.toml")
    again = stores()
    assert again.credential("openai") == Secret(TEXT)
    assert view(again, "openai").source == f"file {where}"
    assert TEXT not in told(again)


def test_added_with_a_keyring_it_goes_there(stores, tmp_path):
    stores.backend = keyrings.MemoryKeyring()
    assert stores().add("openai", TEXT) == "the OS keyring"
    again = stores()
    assert again.state("openai") == "untested"
    assert again.credential("openai") == Secret(TEXT)
    assert not (tmp_path / "state" / "keys.toml").exists()
    assert TEXT not in (tmp_path / "state" / "key-notes.json").read_text()


def test_a_key_moves_from_the_file_into_a_keyring_that_came_later(stores, tmp_path):
    stores().add("openai", TEXT)
    stores.backend = keyrings.MemoryKeyring()
    stores().add("openai", OTHER)
    assert not (tmp_path / "state" / "keys.toml").exists()
    assert stores().credential("openai") == Secret(OTHER)


@pytest.mark.parametrize("backend", [keyrings.ForgetfulKeyring, keyrings.LockedKeyring])
def test_a_keyring_that_does_not_keep_is_passed_over(stores, backend):
    stores.backend = backend()
    assert stores().add("openai", TEXT).endswith("keys.toml")
    assert stores().credential("openai") == Secret(TEXT)


def test_a_keyring_that_is_gone_leaves_the_key_absent_with_a_sentence(stores):
    stores.backend = keyrings.MemoryKeyring()
    stores().add("openai", TEXT)
    stores.backend = None
    store = stores()
    store.warm()
    assert store.state("openai") == "absent"
    assert "not installed" in view(store, "openai").sentence


def test_what_was_added_counts_before_the_environment_and_the_config_before_both(stores):
    stores().add("openai", TEXT)
    assert stores(OPENAI_API_KEY=OTHER).credential("openai") == Secret(TEXT)
    config = Config(keys={"openai": "env:MINE"})
    store = stores(config, OPENAI_API_KEY=OTHER, MINE="sk-mine-0123456789")
    assert store.credential("openai") == Secret("sk-mine-0123456789")
    assert view(store, "openai").source == "environment MINE"


def test_removing(stores):
    store = stores(OPENAI_API_KEY=OTHER)
    assert store.remove("openai") is False
    store.add("openai", TEXT)
    assert store.remove("openai") is True
    assert store.credential("openai") == Secret(OTHER)
    assert stores().credential("openai") is None


def test_only_known_names_can_be_given_a_key(stores):
    with pytest.raises(NotFound, match="Did you mean openai"):
        stores().add("opnai", TEXT)
    config = Config(server=(Server(name="workbench", url="http://192.168.1.2/v1"),))
    store = stores(config)
    store.add("workbench", TEXT)
    assert store.credential("workbench") == Secret(TEXT)
    assert view(store, "workbench").state == "untested"


def test_what_is_no_key_is_not_kept(stores, tmp_path):
    with pytest.raises(KeyTrouble):
        stores().add("openai", "")
    assert not (tmp_path / "state").exists()


def test_a_server_names_the_place_of_its_key(stores):
    server = Server(name="workbench", url="http://192.168.1.2/v1", key="env:WORKBENCH")
    store = stores(Config(server=(server,)), WORKBENCH=TEXT)
    assert store.credential("workbench") == Secret(TEXT)
    assert store.credential("env:WORKBENCH") == Secret(TEXT)
    assert store.state("workbench") == "untested"


def test_a_file_that_others_can_read_is_absent_with_the_command_that_helps(stores, tmp_path):
    path = tmp_path / "key"
    path.write_text(TEXT)
    path.chmod(0o644)
    store = stores(Config(keys={"openai": f"file:{path}"}))
    assert store.credential("openai") is None
    assert store.state("openai") == "absent"
    assert f"chmod 600 {path}" in view(store, "openai").sentence
    path.chmod(0o600)
    os.utime(path, ns=(1, 1))
    assert store.credential("openai") == Secret(TEXT)
    assert view(store, "openai").sentence == ""


def test_a_state_lasts_as_long_as_the_key(stores):
    store = stores()
    store.add("openai", TEXT)
    store.note("openai", "valid")
    assert (store.state("openai"), view(store, "openai").tested_at_ms) == ("valid", 1234)
    assert stores().state("openai") == "valid"
    store.note("openai", "refused")
    assert stores().state("openai") == "refused"
    store.add("openai", OTHER)
    assert (store.state("openai"), view(store, "openai").tested_at_ms) == ("untested", None)


def test_a_key_of_the_environment_is_untested_after_a_restart(stores):
    store = stores(OPENAI_API_KEY=TEXT)
    store.note("openai", "refused")
    assert store.state("openai") == "refused"
    assert stores(OPENAI_API_KEY=OTHER).state("openai") == "untested"


def test_a_key_file_that_changed_is_untested(stores, tmp_path):
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(TEXT)
    config = Config(keys={"openai": f"file:{path}"})
    store = stores(config)
    store.note("openai", "valid")
    assert stores(config).state("openai") == "valid"
    path.write_text(OTHER)
    os.utime(path, ns=(1, 1))
    assert store.state("openai") == "untested"
    assert store.credential("openai") == Secret(OTHER)


def test_a_refused_key_of_a_command_is_asked_for_anew(stores, tmp_path):
    source = tmp_path / "current"
    source.write_text(TEXT)
    config = Config(keys={"openai": f"command:cat {shlex.quote(str(source))}"})
    store = stores(config)
    assert store.state("openai") == "untested"
    assert store.credential("openai") == Secret(TEXT)
    source.write_text(OTHER)
    assert store.credential("openai") == Secret(TEXT)
    store.note("openai", "refused")
    assert store.state("openai") == "refused"
    assert store.credential("openai") == Secret(OTHER)
    assert store.state("openai") == "untested"


def test_a_refused_key_that_is_still_the_same_stays_refused(stores):
    code = shlex.quote(f"print('{TEXT}')")
    store = stores(Config(keys={"openai": f"command:{sys.executable} -c {code}"}))
    store.warm()
    store.note("openai", "refused")
    store.warm()
    assert store.state("openai") == "refused"


def test_noting_a_key_that_is_not_there_is_nothing(stores, tmp_path):
    store = stores()
    store.note("openai", "valid")
    assert store.state("openai") == "absent"


def test_no_file_but_the_key_file_holds_the_key_or_anything_made_from_it(stores, tmp_path):
    store = stores(GROQ_API_KEY=OTHER)
    store.add("openai", TEXT)
    store.note("openai", "valid")
    store.note("groq", "valid")
    notes = json.loads((tmp_path / "state" / "key-notes.json").read_text())
    assert set(notes["openai"]) == {"kept", "id", "note"}
    written = [path for path in (tmp_path / "state").iterdir() if path.name != "keys.toml"]
    assert all(TEXT not in path.read_text() + path.name for path in written)
    assert all(OTHER not in path.read_text() for path in (tmp_path / "state").iterdir())


def test_a_new_config_counts_at_once(stores):
    store = stores(MINE=TEXT)
    store.configure(Config(keys={"openai": "env:MINE"}))
    assert store.credential("openai") == Secret(TEXT)


def test_every_secret_that_is_found_is_told_to_the_log(tmp_path: Path) -> None:
    learned: list[str] = []
    environment = {"OPENAI_API_KEY": "sk-from-the-shell-0123456789"}
    store = KeyStore(tmp_path, Config(), environment, learn=learned.append)
    store.credential("openai")
    store.add("groq", "gsk-kept-0123456789")
    assert learned == ["sk-from-the-shell-0123456789", "gsk-kept-0123456789"]
