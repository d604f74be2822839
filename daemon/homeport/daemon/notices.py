"""Tells the person outside of Homeport: on the desktop, and by a webhook.

The one place for both. Neither may fail anything; a webhook's address is a secret, of
which the log sees the host alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from homeport.adapters.base import Permit
from homeport.client.units import money
from homeport.client.wire import AlertView, BudgetQuestion
from homeport.daemon.config.settings import Alerting

log = logging.getLogger(__name__)

SHOWN_S = 5.0
SENT_S = 10.0
CONNECT_S = 5.0
TITLE = "Homeport"
_SCRIPT = """on run argv
display notification (item 1 of argv) with title (item 2 of argv)
end"""
"""Takes the words as arguments, so that none of them is run."""
Find = Callable[[str], str | None]


class Gate(Protocol):
    """Gives leave to reach a host: the egress."""

    def notice_permit(self, url: str) -> Permit: ...


async def send(
    alert: AlertView, wanted: Alerting, gate: Gate, learn_secret: Callable[[str], None]
) -> bool:
    """By the webhook; whether it took it, or none is wanted."""
    if not wanted.webhook:
        return True
    learn_secret(wanted.webhook)
    return await post(wanted.webhook, alert, gate)


def desktop_command(
    sentence: str, platform: str = sys.platform, find: Find = shutil.which
) -> list[str]:
    """The program that shows a sentence on this desktop; empty where there is none."""
    if platform == "darwin" and (program := find("osascript")):
        return [program, "-e", _SCRIPT, sentence, TITLE]
    if platform.startswith("linux") and (program := find("notify-send")):
        return [program, "--app-name", TITLE, "--", TITLE, sentence]
    return []


def buttons(question: BudgetQuestion) -> list[str]:
    """What `notify-send` is told so that it shows them, and prints the one that was chosen."""
    by = money(question.raise_nano)
    return ["--wait", f"--action=raise=Raise by {by}", "--action=refuse=Do not raise"]


async def show(sentence: str, command: Callable[[str], list[str]] = desktop_command) -> bool:
    """Show a sentence on the desktop; whether its program took it."""
    status, _ = await _run(command(sentence), SHOWN_S)
    return status == 0


async def offer(
    question: BudgetQuestion, command: Callable[[str], list[str]] = desktop_command
) -> str:
    """Show a question for as long as it is open; `raise`, `refuse`, or empty without an answer.

    A desktop without buttons shows the sentence alone, which says what to type.
    """
    words = command(question.sentence)
    open_s = max(0.0, (question.until_ms - question.at_ms) / 1e3)
    if words and Path(words[0]).name == "notify-send":
        status, said = await _run([words[0], *buttons(question), *words[1:]], open_s)
        if status in (0, None):
            return said.strip()
    await _run(words, SHOWN_S)
    return ""


async def _run(words: list[str], most_s: float) -> tuple[int | None, str]:
    """The status of a program and what it printed; None where it did not end in time."""
    if not words:
        return 1, ""
    try:
        program = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        log.warning("the desktop cannot be told: %s", error)
        return 1, ""
    try:
        async with asyncio.timeout(most_s):
            said, _ = await program.communicate()
            return program.returncode, said.decode(errors="replace")
    except TimeoutError:
        return None, ""
    finally:
        if program.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                program.kill()
            await program.wait()


async def post(url: str, alert: AlertView, gate: Gate) -> bool:
    """Send an alert to a webhook; whether it was taken. Chat programs read `text`."""
    host = urlsplit(url).hostname or "?"
    body = msgspec.json.encode({"text": alert.sentence, **msgspec.to_builtins(alert)})
    headers = {"content-type": "application/json", "accept": "*/*"}
    try:
        async with asyncio.timeout(SENT_S):
            permit = gate.notice_permit(url)
            answer = await permit.send("POST", url, headers=headers, body=body, connect_s=CONNECT_S)
            await answer.aclose()
    except Exception as error:  # noqa: BLE001 - a notice must not fail anything
        log.warning("the webhook at %s was not reached (%s)", host, type(error).__name__)
        return False
    if answer.status >= 300:
        log.warning("the webhook at %s answered with status %d", host, answer.status)
    return answer.status < 300
