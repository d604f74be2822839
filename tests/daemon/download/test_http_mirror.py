"""Fetching over real sockets from servers that cut, lie, change and stall."""

import hashlib

import pytest

from homeport.adapters.base import failed
from homeport.daemon.download import http_mirror
from homeport.daemon.download.http_mirror import fetch_http
from homeport.daemon.download.part import Origin, Part
from homeport.daemon.download.wanted import DownloadFailed, MirrorFailed, Wanted
from support.downloading import Heard, permits
from support.file_server import FileServer, Step
from support.small_gguf import small_gguf

CONTENT = small_gguf(200_000)
OTHER = small_gguf(200_000, seed=2)
HALF = len(CONTENT) // 2
SHA = hashlib.sha256(CONTENT).hexdigest()
KNOWN = Wanted(file_name="small.gguf", size_bytes=len(CONTENT), sha256=SHA)
UNKNOWN = Wanted(file_name="small.gguf")


@pytest.fixture
def part(tmp_path):
    part = Part(tmp_path / "small.gguf")
    yield part
    part.close()


@pytest.fixture
def heard():
    return Heard()


async def get(server, part, heard, wanted=KNOWN, url=None):
    async with permits() as permit_for:
        await fetch_http(url or server.url, wanted, part, permit_for, heard)


def content(part):
    part.close()
    return part.path.read_bytes()


@pytest.mark.parametrize("wanted", [KNOWN, UNKNOWN])
async def test_a_whole_file(part, heard, wanted):
    async with FileServer(CONTENT) as server:
        await get(server, part, heard, wanted)
    assert content(part) == CONTENT
    assert heard.received[-1] == len(CONTENT)
    assert heard.received == sorted(heard.received)
    assert server.requests[0]["accept-encoding"] == "identity"
    assert "range" not in server.requests[0]


async def test_cut_half_way_it_goes_on_where_it_was(part, heard):
    async with FileServer(CONTENT, [Step("cut", HALF)]) as server:
        await get(server, part, heard, UNKNOWN)
    assert content(part) == CONTENT
    assert server.requests[1]["range"] == f"bytes={HALF}-"
    assert server.requests[1]["if-range"] == '"one"'
    assert server.sent == len(CONTENT)
    assert "Going on from" in heard.sentences[0]


async def test_a_later_process_goes_on_too(part, heard, tmp_path):
    async with FileServer(CONTENT, [Step("cut", HALF), Step("status", status=503)]) as server:
        with pytest.raises(MirrorFailed, match="503"):
            await get(server, part, heard)
        again = Part(tmp_path / "small.gguf")
        assert again.size == HALF
        await get(server, again, heard)
    assert content(again) == CONTENT
    assert server.requests[2]["range"] == f"bytes={HALF}-"


async def test_many_cuts_are_gone_on_with_as_long_as_something_comes(part, heard):
    cuts = [Step("cut", 30_000) for _ in range(20)]
    async with FileServer(CONTENT, cuts) as server:
        await get(server, part, heard)
    assert content(part) == CONTENT
    assert server.sent == len(CONTENT)


@pytest.mark.parametrize("kind", ["reset_before_answer", "cut"])
async def test_cuts_that_bring_nothing_end_it(part, heard, kind):
    async with FileServer(CONTENT, [Step(kind) for _ in range(9)]) as server:
        with pytest.raises(MirrorFailed):
            await get(server, part, heard)
    # A connection that drops before any answer is dialled once more underneath.
    assert len(server.requests) <= 2 * http_mirror.MAX_IDLE_TRIES


async def test_a_file_that_changed_meanwhile_is_fetched_from_the_start(part, heard):
    cut_and_down = [Step("cut", HALF), Step("status", status=500)]
    async with FileServer(OTHER, cut_and_down, etag='"old"') as server:
        with pytest.raises(MirrorFailed):
            await get(server, part, heard, UNKNOWN)
        server.content, server.etag = CONTENT, '"new"'
        await get(server, part, heard, UNKNOWN)
    assert content(part) == CONTENT


async def test_a_server_that_sends_a_rest_of_another_version(part, heard):
    async with FileServer(CONTENT) as server:
        part.restart(Origin(server.url, '"another"'))
        part.append(OTHER[:HALF])
        server.script.append(Step("bad_range_header"))
        await get(server, part, heard, UNKNOWN)
    assert content(part) == CONTENT
    assert "changed on the server" in heard.sentences[0]


@pytest.mark.parametrize("kind", ["ignore_range", "wrong_rest"])
async def test_a_server_that_does_not_do_ranges(part, heard, kind):
    async with FileServer(CONTENT, [Step("cut", HALF), Step(kind)]) as server:
        await get(server, part, heard)
    assert content(part) == CONTENT


async def test_a_part_that_is_longer_than_the_file(part, heard):
    async with FileServer(CONTENT) as server:
        part.restart(Origin(server.url, '"one"'))
        part.append(CONTENT + b"more")
        await get(server, part, heard, UNKNOWN)
    assert content(part) == CONTENT
    assert "no such rest" in heard.sentences[0]


async def test_a_part_of_unknown_origin_is_no_use_without_a_checksum(part, heard):
    async with FileServer(CONTENT) as server:
        part.restart(Origin("http://elsewhere/", '"x"'))
        part.append(OTHER[:HALF])
        await get(server, part, heard, UNKNOWN)
        assert "range" not in server.requests[0]
    assert content(part) == CONTENT


async def test_with_a_checksum_another_mirror_may_go_on(part, heard):
    async with FileServer(CONTENT) as server:
        part.restart(Origin("http://elsewhere/", '"x"'))
        part.append(CONTENT[:HALF])
        await get(server, part, heard)
        assert server.requests[0]["range"] == f"bytes={HALF}-"
        assert "if-range" not in server.requests[0]
    assert content(part) == CONTENT


async def test_a_part_that_is_whole_already_asks_for_nothing(part, heard):
    async with FileServer(CONTENT) as server:
        part.restart(Origin(server.url))
        part.append(CONTENT)
        await get(server, part, heard)
        assert server.requests == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step("status", status=404), "It answers 404"),
        (Step("status", status=401), "It answers 401"),
        (Step("page"), "another file"),
        (Step("claim_longer"), "another file"),
        (Step("claim_shorter"), "another file"),
        (Step("gzip"), "an encoding"),
        (Step("endless"), "more than the file is long"),
    ],
)
async def test_what_a_known_file_cannot_be(part, heard, step, words):
    async with FileServer(CONTENT, [step]) as server:
        with pytest.raises(MirrorFailed, match=words):
            await get(server, part, heard)
    assert len(server.requests) == 1


async def test_a_page_in_place_of_an_unknown_file(part, heard):
    async with FileServer(CONTENT, [Step("page")]) as server:
        with pytest.raises(MirrorFailed, match="else than a GGUF"):
            await get(server, part, heard, UNKNOWN)
    assert part.size == 0


async def test_no_length_is_told(part, heard):
    async with FileServer(CONTENT, [Step("no_length")]) as server:
        await get(server, part, heard, UNKNOWN)
    assert content(part) == CONTENT


async def test_a_length_that_is_not_kept_is_gone_on_with(part, heard):
    async with FileServer(CONTENT, [Step("claim_longer")]) as server:
        await get(server, part, heard, UNKNOWN)
    assert content(part) == CONTENT


async def test_a_server_that_never_answers(part, heard, monkeypatch):
    monkeypatch.setattr(http_mirror, "ANSWER_S", 0.1)
    async with FileServer(CONTENT, [Step("silent") for _ in range(3)]) as server:
        with pytest.raises(MirrorFailed, match="did not answer in"):
            await get(server, part, heard)


async def test_a_server_that_stalls_is_gone_on_with(part, heard, monkeypatch):
    monkeypatch.setattr(http_mirror, "GAP_S", 0.2)
    async with FileServer(CONTENT, [Step("stall", HALF)]) as server:
        await get(server, part, heard)
    assert content(part) == CONTENT
    assert "Nothing came for" in heard.sentences[0]


async def test_nobody_listens(part, heard):
    async with FileServer(CONTENT) as server:
        url = server.url
    with pytest.raises(MirrorFailed, match=r"127\.0\.0\.1 cannot be reached"):
        await get(server, part, heard, url=url)


async def test_redirects_are_followed_and_their_checksum_kept(part, heard):
    linked = (("x-linked-etag", f'"{SHA}"'),)
    async with FileServer(CONTENT) as target, FileServer(b"") as hub:
        hub.script.append(Step("redirect", location="/resolved", headers=linked))
        hub.script.append(Step("redirect", location=target.url))
        await get(hub, part, heard, UNKNOWN)
        assert hub.requests[1][":path"] == "/resolved"
    assert content(part) == CONTENT
    assert part.origin.stated_sha256 == SHA
    assert part.origin.url == hub.url


@pytest.mark.parametrize("location", ["", "ftp://x/y", "http://[broken"])
async def test_redirects_to_nowhere(part, heard, location):
    async with FileServer(b"") as hub:
        hub.script += [Step("redirect", location=location) for _ in range(9)]
        with pytest.raises(MirrorFailed, match="redirects"):
            await get(hub, part, heard)


def test_a_redirect_never_leads_nearer_or_out_of_tls():
    for url, location in [
        ("https://hub.example/x", "http://127.0.0.1/x"),
        ("https://hub.example/x", "https://192.168.1.1/x"),
        ("http://192.168.1.1/x", "http://localhost:1/"),
        ("https://hub.example/x", "http://cdn.example/x"),
    ]:
        with pytest.raises(MirrorFailed, match="must not lead"):
            http_mirror._next_hop(url, location)
    assert http_mirror._next_hop("https://hub.example/a/b", "../c") == "https://hub.example/c"


async def test_a_refused_permit_is_a_failure_with_its_reason(part, heard):
    def refused(url):
        raise failed("", "egress", "You chose to be offline.")

    with pytest.raises(MirrorFailed, match="You chose to be offline"):
        await fetch_http("https://hub.example/x", KNOWN, part, refused, heard)


async def test_a_full_disk_ends_it_before_anything_is_written(part, heard, monkeypatch):
    monkeypatch.setattr("homeport.daemon.download.space.SPARED_BYTES", 2**60)
    async with FileServer(CONTENT) as server:
        with pytest.raises(DownloadFailed, match="too full"):
            await get(server, part, heard)
    assert part.size == 0
