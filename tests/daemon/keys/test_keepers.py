"""Keys are kept in the keyring or in a private file; a bad keyring hurts nobody."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from homeport.daemon.keys.keepers import KeyFile, OsKeyring
from homeport.daemon.keys.secret import KeyTrouble, Secret
from support import keyrings

SECRET = Secret('sk-"quoted"\\0123456789')


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "state" / "keys.toml")


@pytest.mark.parametrize("make", [lambda f: f, lambda _: in_memory(keyrings.MemoryKeyring())])
def test_what_is_kept_can_be_read_replaced_and_forgotten(file, make):
    keeper = make(file)
    assert keeper.read("openai") is None
    assert keeper.forget("openai") is False
    keeper.keep("openai", Secret("older"))
    keeper.keep("groq", Secret("another"))
    keeper.keep("openai", SECRET)
    assert keeper.read("openai") == SECRET
    assert keeper.forget("openai") is True
    assert (keeper.read("openai"), keeper.read("groq")) == (None, Secret("another"))


def in_memory(backend, timeout_s=10.0):
    return OsKeyring("homeport", timeout_s, lambda: backend)


@pytest.mark.parametrize("ending", ["\n", " \r\n"])
def test_what_another_program_put_there_is_read_as_a_key(file, ending):
    backend = keyrings.MemoryKeyring()
    backend.set_password("elsewhere", "me", f"sk-0123456789{ending}")
    backend.set_password("elsewhere", "prose", "not a key")
    assert in_memory(backend).read_from("elsewhere", "me") == Secret("sk-0123456789")
    with pytest.raises(KeyTrouble, match="blanks"):
        in_memory(backend).read_from("elsewhere", "prose")
    file.keep("openai", Secret(f"sk-0123456789{ending}"))
    assert file.read("openai") == Secret("sk-0123456789")


def test_the_file_is_for_its_owner_alone_and_goes_when_empty(file):
    file.keep("openai", SECRET)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    assert os.listdir(file.path.parent) == ["keys.toml"]
    file.forget("openai")
    assert not file.path.exists()


def test_a_file_that_others_can_read_is_not_used(file):
    file.keep("openai", SECRET)
    file.path.chmod(0o644)
    with pytest.raises(KeyTrouble, match="chmod 600"):
        file.read("openai")


@pytest.mark.parametrize("damage", [b"not toml", b"\xff"])
def test_a_damaged_file_is_said_and_not_overwritten(file, damage):
    file.keep("openai", SECRET)
    file.path.write_bytes(damage)
    with pytest.raises(KeyTrouble, match="damaged"):
        file.keep("groq", SECRET)
    assert file.path.read_bytes() == damage


def test_a_file_that_cannot_be_written(tmp_path):
    (tmp_path / "plain").write_text("")
    below = KeyFile(tmp_path / "plain" / "keys.toml")
    with pytest.raises(KeyTrouble, match="cannot be"):
        below.keep("openai", SECRET)
    folder = KeyFile(tmp_path)
    with pytest.raises(KeyTrouble, match="cannot be read"):
        folder.read("openai")


def test_a_keyring_is_usable_where_a_real_backend_answers():
    assert in_memory(keyrings.MemoryKeyring()).usable()
    from keyring.backends import fail, null

    assert not in_memory(fail.Keyring()).usable()
    assert not in_memory(null.Keyring()).usable()


def test_without_the_package_there_is_no_keyring():
    def missing():
        raise ImportError("keyring")

    keyring = OsKeyring(backend=missing)
    assert not keyring.usable()
    with pytest.raises(KeyTrouble, match="not installed"):
        keyring.read("openai")


def test_a_keyring_that_forgets_is_noticed():
    with pytest.raises(KeyTrouble, match="did not keep"):
        in_memory(keyrings.ForgetfulKeyring()).keep("openai", SECRET)


def test_the_fault_of_a_keyring_does_not_show_the_secret():
    with pytest.raises(KeyTrouble) as caught:
        in_memory(keyrings.LockedKeyring()).keep("openai", SECRET)
    assert SECRET.reveal() not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "RuntimeError" in caught.value.sentence


def test_a_keyring_that_hangs_is_asked_once():
    silent = keyrings.SilentKeyring()
    keyring = in_memory(silent, timeout_s=0.05)
    with pytest.raises(KeyTrouble, match="did not answer in"):
        keyring.read("openai")
    with pytest.raises(KeyTrouble, match="did not answer before"):
        keyring.read("openai")
    assert silent.asked == 1
    silent.released.set()


def test_another_service_can_be_read():
    backend = keyrings.MemoryKeyring()
    backend.set_password("elsewhere", "openai", "theirs")
    keyring = in_memory(backend)
    keyring.keep("openai", Secret("ours"))
    assert keyring.read_from("elsewhere", "openai") == Secret("theirs")
    assert keyring.read_from("", "openai") == Secret("ours")


def test_through_the_real_package(tmp_path):
    code = (
        "from homeport.daemon.keys.keepers import OsKeyring, Secret;"
        "k = OsKeyring(); assert k.usable(); k.keep('openai', Secret('sk-1'));"
        "assert k.read('openai') == Secret('sk-1')"
    )
    support = str(Path(keyrings.__file__).parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": support,
        "PYTHON_KEYRING_BACKEND": "support.keyrings.FileKeyring",
        keyrings.FILE_NAME: str(tmp_path / "entries.json"),
    }
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert "homeport/openai" in (tmp_path / "entries.json").read_text()
