"""The desktop and the webhook: told where they can be, and never a reason to fail."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from homeport.client.wire import AlertView, BudgetQuestion
from homeport.daemon import notices
from homeport.daemon.config.settings import Alerting
from homeport.daemon.egress.permits import Egress

ALERT = AlertView("threshold", "80 % of this day's budget is spent.", "day", threshold=80)


@asynccontextmanager
async def a_webhook(status: int = 204) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Its address, and the bodies that came."""
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        bodies.append(await reader.readexactly(length))
        reply = f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        writer.write(reply.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/hook/secret-token", bodies
    finally:
        server.close()
        await server.wait_closed()


async def test_a_webhook_gets_the_alert_through_the_egress() -> None:
    egress = Egress()
    async with a_webhook() as (url, bodies):
        assert await notices.post(url, ALERT, egress)
    assert json.loads(bodies[0]) == {
        "text": ALERT.sentence,
        "kind": "threshold",
        "sentence": ALERT.sentence,
        "window": "day",
        "scope": "all",
        "name": "",
        "threshold": 80,
    }
    await egress.close()


async def test_of_its_address_the_log_sees_the_host_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    egress, secrets = Egress(), []
    async with a_webhook(500) as (url, _):
        wanted = Alerting(webhook=url, desktop=False)
        assert not await notices.send(ALERT, wanted, egress, secrets.append)
    assert not await notices.post(url, ALERT, egress)  # nobody is there any more
    assert "127.0.0.1 answered with status 500" in caplog.text
    assert "127.0.0.1 was not reached" in caplog.text
    assert "secret-token" not in caplog.text
    assert secrets == [url]
    assert await notices.send(ALERT, Alerting(), egress, secrets.append), "none is wanted"
    await egress.close()


async def test_offline_by_choice_nothing_is_sent() -> None:
    egress = Egress(blocked=lambda _: "Offline by choice.")
    async with a_webhook() as (url, bodies):
        assert not await notices.post(url, ALERT, egress)
    assert bodies == []
    await egress.close()


@pytest.mark.parametrize(
    ("platform", "program"),
    [("linux", "notify-send"), ("darwin", "osascript"), ("win32", "")],
)
def test_each_desktop_has_its_program(platform: str, program: str) -> None:
    command = notices.desktop_command("-e x", platform, lambda name: f"/usr/bin/{name}")
    assert command[:1] == ([f"/usr/bin/{program}"] if program else [])
    assert not command or "-e x" in command
    assert notices.desktop_command("x", platform, lambda _: None) == []


QUESTION = BudgetQuestion(
    id="7f3a",
    state="open",
    at_ms=0,
    until_ms=60_000,
    model="sky/large",
    worst_nano=90_000_000,
    window="day",
    left_nano=0,
    raise_nano=90_000_000,
    sentence="This prompt waits 60 s.",
)


@pytest.mark.parametrize(
    ("prints", "word"), [("echo raise", "raise"), ("echo refuse", "refuse"), ("true", "")]
)
async def test_the_desktop_offers_the_raise_as_a_button(
    tmp_path: Path, prints: str, word: str
) -> None:
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/shown\n{prints}\n')
    program.chmod(0o700)
    assert (
        await notices.offer(QUESTION, lambda said: [str(program), "--", "Homeport", said]) == word
    )
    shown = (tmp_path / "shown").read_text()
    assert "--action=raise=Raise by $0.09" in shown
    assert shown.endswith("Homeport This prompt waits 60 s.\n")


async def test_a_desktop_without_buttons_shows_the_sentence(tmp_path: Path) -> None:
    program = tmp_path / "notify-send"
    shown = tmp_path / "shown"
    program.write_text(f'#!/bin/sh\n[ "$1" = -- ] || exit 1\necho "$2" >> {shown}\n')
    program.chmod(0o700)
    assert await notices.offer(QUESTION, lambda said: [str(program), "--", said]) == ""
    assert shown.read_text() == "This prompt waits 60 s.\n"
    assert await notices.offer(QUESTION, lambda _: []) == ""


async def test_what_the_desktops_program_says_is_believed(tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    script = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"
    took = await notices.show(
        "Half of it.", lambda sentence: [sys.executable, "-c", script, str(shown), sentence]
    )
    assert took
    assert shown.read_text() == "Half of it."
    assert not await notices.show("x", lambda _: [sys.executable, "-c", "raise SystemExit(3)"])
    assert not await notices.show("x", lambda _: [str(tmp_path / "nowhere")])
    assert not await notices.show("x", lambda _: [])
