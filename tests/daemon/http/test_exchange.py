"""One request and its answer, on a connection that writes down what happens."""

from __future__ import annotations

import asyncio

import pytest

from homeport.daemon.http.exchange import Exchange


class Written:
    """Stands for the connection."""

    lost = False
    write_paused = False
    closing = False

    def __init__(self) -> None:
        self.data = b""
        self.ended: bool | None = None

    def write(self, data: bytes) -> None:
        self.data += data

    async def writable(self) -> None:
        return None

    def resume_reading(self) -> None:
        return None

    def end_exchange(self, exchange: Exchange, *, keep_alive: bool) -> None:
        self.ended = keep_alive


def an_exchange(
    method: str = "GET", version: str = "1.1", *, complete: bool = True
) -> tuple[Exchange, Written]:
    written = Written()
    scope = {"method": method, "http_version": version}
    exchange = Exchange(written, scope, keep_alive=True, expects_continue=False)
    if complete:
        exchange.end_of_body()
    return exchange, written


async def answer(exchange: Exchange, body: bytes, *, sized: bool = True) -> None:
    headers = [(b"content-length", b"%d" % len(body))] if sized else []
    await exchange.send({"type": "http.response.start", "status": 200, "headers": headers})
    await exchange.send({"type": "http.response.body", "body": body})


async def test_head_and_body_leave_together() -> None:
    exchange, written = an_exchange()
    await exchange.send({"type": "http.response.start", "status": 200, "headers": []})
    assert written.data == b""
    await exchange.send({"type": "http.response.body", "body": b"hi"})
    assert written.data.endswith(b"\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
    assert written.ended is True


async def test_head_requests_get_no_body() -> None:
    exchange, written = an_exchange("HEAD")
    await answer(exchange, b"hi")
    assert b"content-length: 2" in written.data
    assert written.data.endswith(b"\r\n\r\n")


async def test_without_length_or_chunks_the_end_is_the_close() -> None:
    exchange, written = an_exchange(version="1.0")
    await answer(exchange, b"hi", sized=False)
    assert b"connection: close" in written.data
    assert written.ended is False


async def test_an_answer_before_the_body_has_come_closes() -> None:
    exchange, written = an_exchange("POST", complete=False)
    await answer(exchange, b"no")
    assert written.ended is False


async def test_a_draining_daemon_closes() -> None:
    exchange, written = an_exchange()
    written.closing = True
    await answer(exchange, b"hi")
    assert b"connection: close" in written.data


async def test_the_body_comes_in_parts() -> None:
    exchange, _ = an_exchange("POST", complete=False)
    assert exchange.feed(b"ab") is False
    assert await exchange.receive() == {"type": "http.request", "body": b"ab", "more_body": True}
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(exchange.receive())
        await asyncio.sleep(0)
        exchange.end_of_body()
    assert waiting.result() == {"type": "http.request", "body": b"", "more_body": False}


async def test_much_of_a_body_pauses_reading() -> None:
    exchange, _ = an_exchange("POST", complete=False)
    assert exchange.feed(b"x" * 300_000) is True


async def test_after_the_answer_there_is_only_the_disconnect() -> None:
    exchange, _ = an_exchange()
    await answer(exchange, b"hi")
    assert await exchange.receive() == {"type": "http.disconnect"}


@pytest.mark.parametrize("order", ["body first", "head twice", "after the end"])
async def test_the_order_is_kept(order: str) -> None:
    exchange, _ = an_exchange()
    start = {"type": "http.response.start", "status": 200, "headers": []}
    body = {"type": "http.response.body", "body": b""}
    messages = {
        "body first": [body],
        "head twice": [start, start],
        "after the end": [start, body, body],
    }
    *fine, wrong = messages[order]
    for message in fine:
        await exchange.send(message)
    with pytest.raises(RuntimeError):
        await exchange.send(wrong)


async def test_a_lost_connection_takes_everything() -> None:
    exchange, written = an_exchange("POST", complete=False)
    written.lost = True
    exchange.hang_up()
    assert (await exchange.receive())["type"] == "http.disconnect"
    await answer(exchange, b"hi")
    assert written.data == b""
