"""The config in force: loaded, changed, reloaded; and the last good one kept."""

import asyncio
import stat
import threading
from contextlib import asynccontextmanager

import pytest

from homeport.daemon.config.file import ConfigError, ConfigFile, policy_of
from homeport.daemon.config.settings import BudgetLimits, Config, Privacy
from homeport.daemon.storage.locks import locked, unlocked


@pytest.fixture
def file(tmp_path):
    return ConfigFile(tmp_path / "config.toml")


@asynccontextmanager
async def watched(file):
    """The watcher at work; yields an event that is set at each announcement."""
    announced, after = asyncio.Event(), asyncio.Event()
    after.set()  # so that it looks once more when it is told of events: no change is missed
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        watcher = tasks.create_task(file.watch(announced.set, after=after))
        await asyncio.sleep(0)  # its first look
        yield announced
        watcher.cancel()


def test_without_a_file_everything_has_its_default(file):
    assert file.load() == Config()
    assert file.generation == 1
    assert not file.view().exists
    assert file.view().settings["listen"]["port"] == 4663


def test_loading_the_same_again_is_no_new_generation(file):
    file.load()
    file.path.write_text("# nothing\n")
    file.load()
    assert file.generation == 1


def test_a_broken_file_leaves_the_last_good_generation(file):
    file.path.write_text("mode = 'balanced'\n")
    file.load()
    file.path.write_text("mode = 'balanced'\nprot = 1\n")
    with pytest.raises(ConfigError) as caught:
        file.load()
    assert caught.value.line == 2
    assert (file.current.mode, file.generation) == ("balanced", 1)
    assert "line 2" in file.view().error
    assert "line 2" in repr(file)
    file.path.write_text("mode = 'local-only'\n")
    file.load()
    assert (file.error, file.generation, file.view().error) == (None, 2, "")
    assert repr(file) == f"ConfigFile({file.path}, generation 2, in force)"


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [(b"mode = 'a'\n\xff", 2, "not UTF-8"), (b"#" * 70_000, 0, "larger than 64 KiB")],
)
def test_a_file_that_is_no_text_or_too_large(file, content, line, words):
    file.path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        file.load()
    assert caught.value.line == line


def test_a_path_that_cannot_be_read_or_written(tmp_path):
    folder = ConfigFile(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        folder.load()
    (tmp_path / "plain").write_text("")
    below_a_file = ConfigFile(tmp_path / "plain" / "config.toml")
    with pytest.raises(ConfigError, match="cannot be"):
        below_a_file.set("mode", "balanced")


def test_set_writes_the_file_and_puts_it_in_force(file):
    file.path.write_text("# mine\n[budget]\nday_usd = 1.0\n")
    file.path.chmod(0o640)
    file.load()
    config = file.set("budget.day_usd", 2.0)
    assert config.budget.day_usd == file.current.budget.day_usd == 2.0
    assert file.path.read_text() == "# mine\n[budget]\nday_usd = 2.0\n"
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o640
    assert file.set("budget.day_usd", None).budget.day_usd is None


def test_set_makes_the_file_and_its_folder(tmp_path):
    file = ConfigFile(tmp_path / "homeport" / "config.toml")
    assert file.set_all({"mode": "balanced", "listen.port": 0}).mode == "balanced"
    assert file.generation == 1


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("listen.prot", 1, "Did you mean `listen.port`"),
        ("listen.port", "x", "a whole number"),
        ("listen.port.deeper", 1, "cannot be set"),
        ("keys.openai", "sk-0123456789abcdef0123456789", "never the key itself"),
    ],
)
def test_nothing_is_written_unless_it_is_valid(file, key, value, words):
    file.path.write_text("[listen]\nport = 1\n")
    file.load()
    with pytest.raises(ConfigError, match=words) as caught:
        file.set(key, value)
    assert caught.value.line == 0, "it is on no line of the file"
    assert file.path.read_text() == "[listen]\nport = 1\n"
    assert (file.current.listen.port, file.error) == (1, None)


def test_a_broken_file_is_not_edited(file):
    file.path.write_text("prot = 1\n")
    with pytest.raises(ConfigError, match="prot"):
        file.set("mode", "balanced")
    assert file.path.read_text() == "prot = 1\n"


LIMITED = "# mine\n[budget]\nday_usd = 2.0\n"


def gone(path):
    path.unlink()


def emptied(path):
    path.write_text(" \n")


@pytest.mark.parametrize(
    ("lose", "said"), [(gone, "It is not there any more,"), (emptied, "It is empty,")]
)
def test_a_file_that_vanishes_leaves_what_it_said_in_force(file, lose, said):
    file.path.write_text(LIMITED)
    file.load()
    lose(file.path)
    with pytest.raises(ConfigError, match=said):
        file.load()
    assert (file.current.budget.day_usd, file.generation) == (2.0, 1)
    assert said in file.view().error
    after_a_restart = ConfigFile(file.path)
    assert (after_a_restart.load(), after_a_restart.error) == (Config(), None)
    file.path.write_text(LIMITED)
    file.load()
    assert (file.error, file.generation) == (None, 1)


@pytest.mark.parametrize("lose", [gone, emptied])
def test_a_change_of_a_file_that_vanished_loses_none_of_the_others(file, lose):
    file.path.write_text(LIMITED)
    file.load()
    lose(file.path)
    file.set("mode", "balanced")
    assert (file.current.mode, file.current.budget.day_usd, file.error) == ("balanced", 2.0, None)
    assert "# mine" in file.path.read_text()


def test_a_file_without_settings_may_go_and_the_last_one_may_be_taken_out(file):
    file.path.write_text("# nothing is set\n")
    file.load()
    file.path.unlink()
    assert file.load() == Config()
    file.set("mode", "balanced")
    file.set("mode", None)
    assert (file.path.read_text(), file.current, file.error) == ("", Config(), None)


@pytest.mark.parametrize("processes", ["one", "several"])
def test_changes_at_the_same_time_lose_nothing(file, processes):
    names = [f"name-{number}" for number in range(8)]
    # A lock belongs to an open file, so that other owners here do as other processes do.
    owners = [file if processes == "one" else ConfigFile(file.path) for _ in names]
    threads = [
        threading.Thread(target=owner.set, args=(f"aliases.{name}", "auto"))
        for owner, name in zip(owners, names, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(file.load().aliases) == set(names)
    assert [path.name for path in file.path.parent.iterdir()] == [file.path.name]


def test_what_follows_from_the_settings_is_made_of_those_that_are_written(file):
    file.load()
    ConfigFile(file.path).set("budget.day_usd", 1.0)
    file.change(lambda config: {"budget.week_usd": (config.budget.day_usd or 0) * 7})
    assert file.current.budget == BudgetLimits(day_usd=1.0, week_usd=7.0)


def test_a_process_that_never_ends_its_change_is_said(file, monkeypatch):
    monkeypatch.setattr("homeport.daemon.config.file.LOCK_WAIT_S", 0.0)
    lock = file.path.with_name(f".{file.path.name}.lock")
    other = locked(lock)
    with pytest.raises(ConfigError, match="Another process is changing it"):
        file.set("mode", "balanced")
    unlocked(other, lock)
    assert file.set("mode", "balanced").mode == "balanced"


async def test_a_change_on_disk_is_reloaded_and_a_bad_one_announced(file):
    file.load()
    async with watched(file) as announced:
        file.path.write_text("mode = 'balanced'\n")
        await announced.wait()
        assert (file.current.mode, file.generation) == ("balanced", 2)
        announced.clear()
        file.path.write_text("mode = 'balancd'\n")
        await announced.wait()
        assert (file.current.mode, file.generation) == ("balanced", 2)
        assert file.error.nearest == "balanced"
        announced.clear()
        await asyncio.to_thread(file.path.unlink)
        await announced.wait()
        assert file.current.mode == "balanced"
        assert "not there any more" in file.error.sentence


async def test_a_change_between_the_reading_and_the_watching_is_announced(file):
    file.load()
    file.path.write_text("mode = 'balanced'\n")
    async with watched(file) as announced:
        await announced.wait()
        assert (file.current.mode, file.generation) == ("balanced", 2)


async def test_what_set_changed_is_announced_too(file):
    file.load()
    async with watched(file) as announced:
        await asyncio.to_thread(file.set, "mode", "balanced")
        await announced.wait()
        assert file.generation == 2


def test_the_policy_of_a_config():
    config = Config(
        mode="balanced",
        aliases={"b": "auto", "a": "local"},
        privacy=Privacy(trusted_hosts=("shelf.lan",)),
        budget=BudgetLimits(at_limit="refuse"),
    )
    policy = policy_of(config)
    assert (policy.mode, policy.at_limit) == ("balanced", "refuse")
    assert policy.aliases == (("a", "local"), ("b", "auto"))
    assert policy.trusted_hosts == ("shelf.lan",)


def test_each_generation_has_one_policy(file):
    before = file.policy
    assert file.policy is before
    file.set("mode", "local-only")
    assert file.policy == policy_of(file.current) != before
