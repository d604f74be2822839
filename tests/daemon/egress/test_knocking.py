"""Knocking: who listens is found without a byte, and without an HTTP library."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

import pytest

from homeport.adapters.base import AttemptFailed
from homeport.daemon.egress.knocking import anyone_listens
from homeport.daemon.egress.permits import Egress


@pytest.fixture
def silent_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_an_open_port_is_found_and_is_sent_nothing() -> None:
    heard = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.read())
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await anyone_listens("127.0.0.1", port)
        assert await heard == b""


async def test_a_closed_port_is_refused_with_its_name(silent_port: int) -> None:
    assert not await anyone_listens("127.0.0.1", silent_port)
    with pytest.raises(AttemptFailed) as caught:
        await Egress().prepare(f"http://127.0.0.1:{silent_port}")
    assert caught.value.failure.kind == "refused"
    assert str(silent_port) in caught.value.failure.sentence


def test_where_nobody_listens_no_http_library_is_loaded(silent_port: int) -> None:
    script = (
        "import asyncio, sys\n"
        "from homeport.adapters.base import AttemptFailed\n"
        "from homeport.daemon.egress.permits import Egress\n"
        "try:\n"
        f"    asyncio.run(Egress().prepare('http://127.0.0.1:{silent_port}'))\n"
        "except AttemptFailed:\n"
        "    assert not {'aiohttp', 'httpx', 'httpx2'} & set(sys.modules)\n"
        "else:\n"
        "    raise SystemExit('somebody listens')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
