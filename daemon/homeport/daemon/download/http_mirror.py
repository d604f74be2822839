"""Fetching over HTTP, going on where an earlier try was cut. The server is not trusted."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin

from homeport.adapters.base import AttemptFailed
from homeport.adapters.places import RANK, host_of, origin_of, place_of_host
from homeport.daemon.download.part import Origin, Part
from homeport.daemon.download.space import require_space
from homeport.daemon.download.wanted import MirrorFailed, PermitFor, Reporter, Wanted
from homeport.daemon.probes.machine import size

MAX_REDIRECTS = 5
MAX_IDLE_TRIES = 2
"""Tries in a row that bring no byte, after which a mirror is given up."""
CONNECT_S = 5.0
ANSWER_S = 20.0
GAP_S = 30.0
REDIRECTS = (301, 302, 303, 307, 308)
MAGIC = b"GGUF"
WRITE_BYTES = 256 * 1024
SHA256 = re.compile(r'^"?([0-9a-f]{64})"?$')


class Cut(Exception):
    """The connection broke; what came is kept."""


async def fetch_http(
    url: str, wanted: Wanted, part: Part, permit_for: PermitFor, report: Reporter
) -> None:
    """Bring `part` to its whole length. Raises `MirrorFailed`."""
    idle = 0
    while True:
        before = part.size
        try:
            await _go_on(url, wanted, part, permit_for, report)
            return
        except Cut as cut:
            part.close()
            idle = idle + 1 if part.size <= before else 0
            if idle >= MAX_IDLE_TRIES:
                raise MirrorFailed(str(cut)) from None
            report.told(f"{cut} Going on from {size(part.size)}.")


async def _go_on(
    url: str, wanted: Wanted, part: Part, permit_for: PermitFor, report: Reporter
) -> None:
    """One request for what is missing."""
    usable = part.origin.url == url or bool(wanted.sha256)
    if part.size and not (usable and (part.origin.validator or wanted.sha256)):
        part.discard()
    if wanted.size_bytes is not None and part.size == wanted.size_bytes:
        return
    async with _answer(url, _range(url, part), permit_for) as (answer, stated):
        total = _begin(answer, Origin(url, _validator(answer), stated), part, wanted)
        require_space(part.target.parent, None if total is None else total - part.size)
        await _receive(answer, part, total or wanted.size_bytes, report)
    if total is not None and part.size < total:
        raise Cut("The server closed the connection early.")


def _range(url: str, part: Part) -> dict[str, str]:
    """Headers that ask for the rest, of the same version where it can be told."""
    if not part.size:
        return {}
    asked = {"range": f"bytes={part.size}-"}
    if part.origin.url == url and part.origin.validator:
        asked["if-range"] = part.origin.validator
    return asked


@contextlib.asynccontextmanager
async def _answer(
    url: str, headers: dict[str, str], permit_for: PermitFor
) -> AsyncIterator[tuple[Any, str]]:
    """The answer after redirects, and a checksum told on the way; each hop has its own permit."""
    import httpx2

    stated = ""
    for _ in range(MAX_REDIRECTS + 1):
        try:
            client = permit_for(url).http(url, connect_s=CONNECT_S)
            request = client.build_request(
                "GET", url, headers={"accept-encoding": "identity", **headers}
            )
            async with asyncio.timeout(ANSWER_S):
                answer = await client.send(request, stream=True)
        except TimeoutError:
            raise Cut(f"{host_of(url)} did not answer in {ANSWER_S:g} s.") from None
        except AttemptFailed as refused:
            raise MirrorFailed(refused.failure.sentence) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise MirrorFailed(f"{host_of(url)} cannot be reached.") from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise Cut(f"{host_of(url)} broke the connection off.") from None
        try:
            match = SHA256.match(answer.headers.get("x-linked-etag", ""))
            stated = stated or (match[1] if match else "")
            if answer.status_code not in REDIRECTS:
                yield answer, stated
                return
            url = _next_hop(url, answer.headers.get("location", ""))
        finally:
            await answer.aclose()
    raise MirrorFailed("It redirects in circles.")


def _next_hop(url: str, location: str) -> str:
    """Where a redirect leads; never nearer to this machine, never from TLS to none."""
    try:
        following = urljoin(url, location)
        origin = origin_of(following)
    except ValueError:
        raise MirrorFailed("It redirects to no usable address.") from None
    nearer = RANK[place_of_host(host_of(origin))] < RANK[place_of_host(host_of(url))]
    if nearer or (url.startswith("https:") and origin.startswith("http:")):
        raise MirrorFailed("It redirects to a place that it must not lead to.")
    return following


def _begin(answer: Any, origin: Origin, part: Part, wanted: Wanted) -> int | None:
    """Make `part` ready for the body; the length of the whole file where it is told."""
    # 1. The rest of the same version. 2. Another rest than asked for: from the
    # start next time. 3. The whole. 4. Anything else is no file.
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise MirrorFailed("It sends the file in an encoding that was not asked for.")
    if answer.status_code == 206:
        start, total = _content_range(answer)
        changed = part.origin.url == origin.url and part.origin.validator != origin.validator
        if start != part.size or changed:
            part.discard()
            raise Cut("The file changed on the server.")
    elif answer.status_code == 416:
        part.discard()
        raise Cut("The server has no such rest.")
    elif answer.status_code == 200:
        total = _number(answer.headers.get("content-length"))
        part.restart(origin)
    else:
        raise MirrorFailed(f"It answers {answer.status_code}.")
    if None not in (total, wanted.size_bytes) and total != wanted.size_bytes:
        part.discard()
        offered, right = size(total or 0), size(wanted.size_bytes or 0)
        raise MirrorFailed(f"It offers another file: {offered} instead of {right}.")
    return total


def _content_range(answer: Any) -> tuple[int, int | None]:
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("content-range", ""))
    return (int(found[1]), _number(found[2])) if found else (-1, None)


def _validator(answer: Any) -> str:
    tag = str(answer.headers.get("etag", ""))
    return tag if tag and not tag.startswith("W/") else str(answer.headers.get("last-modified", ""))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 16 else None


async def _receive(answer: Any, part: Part, limit: int | None, report: Reporter) -> None:
    """Append the body, off the loop, never more than was announced."""
    async for block in _blocks(answer):
        if limit is not None and part.size + len(block) > limit:
            part.discard()
            raise MirrorFailed("It sends more than the file is long.")
        if limit is None:
            require_space(part.target.parent, len(block))
        if part.size == 0 and len(block) >= len(MAGIC) and not block.startswith(MAGIC):
            part.discard()
            raise MirrorFailed("It sends something else than a GGUF file.")
        await asyncio.to_thread(part.append, block)
        report.progress(part.size, limit)
    part.close()


async def _blocks(answer: Any) -> AsyncIterator[bytes]:
    """The body in blocks worth writing; what came before a cut comes before `Cut` is raised."""
    import httpx2

    chunks, waiting, cut = answer.aiter_raw().__aiter__(), bytearray(), ""
    while not cut:
        try:
            async with asyncio.timeout(GAP_S):
                waiting += await chunks.__anext__()
        except StopAsyncIteration:
            break
        except TimeoutError:
            cut = f"Nothing came for {GAP_S:g} s."
        except (httpx2.HTTPError, httpx2.StreamError):
            cut = "The connection broke."
        if len(waiting) >= WRITE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
    if cut:
        raise Cut(cut)
