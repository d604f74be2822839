"""A change of the file is noticed, whichever way it is written, with events or without."""

import asyncio
import errno
import os
from contextlib import asynccontextmanager

import pytest

from homeport.daemon.config import watch as config_watch
from homeport.daemon.config.watch import FileWatch, folders_of, status

BOUND_S = 20


@asynccontextmanager
async def watching(path, **more):
    async with asyncio.timeout(BOUND_S), FileWatch(path, **more) as watch:
        yield watch


def write(path):
    path.write_text("changed by writing")


def replace(path):
    beside = path.with_name("beside")
    beside.write_text("changed by replacing")
    os.replace(beside, path)


def remove(path):
    path.unlink()


@pytest.mark.parametrize("change", [write, replace, remove])
async def test_events_wake_the_watcher(tmp_path, change):
    path = tmp_path / "config.toml"
    path.write_text("")
    async with watching(path) as watch:
        assert not watch.polls
        change(path)
        await watch.changed()
        assert watch._seen == status(path)


async def test_a_change_before_the_watching_begins_is_noticed(tmp_path):
    after = asyncio.Event()
    observed = []

    def observe(folders, wake):
        observed.append(folders)
        return lambda: None

    async def change():
        await asyncio.sleep(0)
        assert observed == []
        write(tmp_path / "config.toml")
        after.set()

    changing = asyncio.create_task(change())
    async with watching(tmp_path / "config.toml", observe=observe, after=after) as watch:
        await watch.changed()
        assert observed
    await changing


async def test_a_file_that_appears_later_is_noticed(tmp_path):
    async with watching(tmp_path / "config.toml") as watch:
        write(tmp_path / "config.toml")
        await watch.changed()


async def test_the_target_of_a_link_is_watched(tmp_path):
    for folder in ("dotfiles", "config"):
        (tmp_path / folder).mkdir()
    real, link = tmp_path / "dotfiles" / "c.toml", tmp_path / "config" / "config.toml"
    real.write_text("")
    link.symlink_to(real)
    assert folders_of(link) == {real.parent, link.parent}
    async with watching(link) as watch:
        replace(real)
        await watch.changed()


async def test_a_folder_that_is_missing_is_polled_for(tmp_path, monkeypatch):
    monkeypatch.setattr(config_watch, "POLL_S", 0.02)
    path = tmp_path / "later" / "config.toml"
    async with watching(path) as watch:
        assert watch.polls
        path.parent.mkdir()
        write(path)
        await watch.changed()
        assert not watch.polls


async def test_without_events_the_file_is_polled(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(config_watch, "POLL_S", 0.02)

    def used_up(folders, wake):
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    path = tmp_path / "config.toml"
    with caplog.at_level("INFO"):
        async with watching(path, observe=used_up) as watch:
            assert watch.polls
            write(path)
            await watch.changed()
            assert watch.polls
    assert "inotify watch limit reached" in caplog.text
    assert len(caplog.records) == 1


async def test_another_file_of_the_folder_is_no_change(tmp_path):
    path = tmp_path / "config.toml"
    async with watching(path) as watch:
        waiting = asyncio.ensure_future(watch.changed())
        (tmp_path / "other").write_text("x")
        await asyncio.wait([waiting], timeout=0.3)
        assert not waiting.done()
        write(path)
        await waiting
