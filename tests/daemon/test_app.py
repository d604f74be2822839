"""Guards, dispatch and errors, over real sockets on both doors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.adapters.base import TextDelta
from homeport.daemon.config.settings import Config, Listen
from homeport.policies.errors import Refused
from homeport.policies.model import Veto
from support.doors import TOKEN, OpenHouse, open_house
from support.polling import until

CHAT = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[OpenHouse]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/version"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_open_routes_need_no_token(house: OpenHouse, path: str, method: str) -> None:
    reply = await house.ask(method, path, door="tcp", authorization="")
    assert reply.status == 200
    assert bool(reply.body) == (method == "GET")


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": f"bearer {TOKEN}"},
        {"authorization": "", "x_api_key": TOKEN},
    ],
)
async def test_the_token_opens_tcp(house: OpenHouse, headers: dict[str, str]) -> None:
    assert (await house.ask("GET", "/homeport/v1/status", door="tcp", **headers)).status == 200


async def test_the_token_in_the_path_opens_tcp(house: OpenHouse) -> None:
    path = f"/t/{TOKEN}/homeport/v1/status"
    assert (await house.ask("GET", path, door="tcp", authorization="")).status == 200
    wrong = await house.ask("GET", "/t/wrong/homeport/v1/status", door="tcp", authorization="")
    assert (wrong.status, wrong.json["error"]["code"]) == (401, "wrong_token")


@pytest.mark.parametrize(
    "authorization", ["", "Basic abc", "Bearer", "Bearer wrong", "Bearer \xff"]
)
@pytest.mark.parametrize("path", ["/homeport/v1/status", "/v1/models", "/metrics", "/nowhere"])
async def test_without_the_token_tcp_is_shut(
    house: OpenHouse, path: str, authorization: str
) -> None:
    reader, writer = await house.connect("tcp")
    head = f"GET {path} HTTP/1.1\r\nhost: localhost:{house.port}\r\n"
    head += f"authorization: {authorization}\r\n\r\n" if authorization else "\r\n"
    writer.write(head.encode("latin-1"))
    line = await reader.readline()
    writer.close()
    assert b" 401 " in line


async def test_the_unix_socket_needs_no_token_and_takes_any_host(house: OpenHouse) -> None:
    assert (await house.ask("GET", "/v1/models", host="anything")).status == 200
    assert (await house.ask("GET", f"/t/{TOKEN}/v1/models")).status == 200


@pytest.mark.parametrize("door", ["unix", "tcp"])
@pytest.mark.parametrize(
    "header",
    [{"origin": "null"}, {"referer": "http://localhost/"}, {"sec_fetch_site": "same-site"}],
)
@pytest.mark.parametrize("path", ["/", "/v1/models"])
async def test_web_pages_are_refused(
    house: OpenHouse, door: str, header: dict[str, str], path: str
) -> None:
    reply = await house.ask("GET", path, door=door, **header)
    assert reply.status == 403
    assert "web page" in str(reply.json)


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1:1", "", "localhost:x"])
async def test_a_strange_host_is_refused_on_tcp(house: OpenHouse, host: str) -> None:
    assert (await house.ask("GET", "/", door="tcp", host=host)).status == 403


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
async def test_its_own_names_are_taken(house: OpenHouse, name: str) -> None:
    assert (await house.ask("GET", "/", door="tcp", host=f"{name}:{house.port}")).status == 200


async def test_judged_headers_may_not_repeat(house: OpenHouse) -> None:
    head = f"GET / HTTP/1.1\r\nhost: localhost:{house.port}\r\nhost: evil\r\n\r\n"
    assert (await house.send_raw(head.encode(), "tcp")).status == 400


async def test_an_unknown_route_is_a_404_in_shape(house: OpenHouse) -> None:
    ours = await house.ask("GET", "/homeport/v1/nothing")
    assert (ours.status, ours.json["error"]["code"]) == (404, "no_route")
    openai = await house.ask("POST", "/v1/nothing", b"{}")
    assert openai.json["error"]["type"] == "invalid_request_error"
    ollama = await house.ask("GET", "/api/nothing")
    assert isinstance(ollama.json["error"], str)


async def test_a_wrong_method_is_a_405_that_says_which(house: OpenHouse) -> None:
    reply = await house.ask("DELETE", "/homeport/v1/link")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, POST")


async def test_a_large_body_is_refused_before_it_is_read(tmp_path: Path) -> None:
    config = Config(listen=Listen(max_body_bytes=2048))
    async with open_house(tmp_path, config) as house:
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n"
        reply = await house.send_raw(head)
        assert (reply.status, reply.json["error"]["code"]) == (413, "too_large")
        assert reply.headers["connection"] == "close"


async def test_a_large_chunked_body_is_refused_on_the_way(tmp_path: Path) -> None:
    config = Config(listen=Listen(max_body_bytes=2048))
    async with open_house(tmp_path, config) as house:
        reader, writer = await house.connect()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n")
        writer.write(b"transfer-encoding: chunked\r\n\r\n")
        for _ in range(3):
            writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")
        status = await reader.readline()
        writer.close()
        assert b" 413 " in status


async def test_a_refused_upload_can_be_finished_and_its_refusal_read(tmp_path: Path) -> None:
    config = Config(listen=Listen(max_body_bytes=2048))
    async with open_house(tmp_path, config) as house:
        body = b"x" * 3_000_000
        reply = await house.ask("POST", "/v1/chat/completions", body)
        assert reply.status == 413


async def test_compressed_bodies_are_refused(house: OpenHouse) -> None:
    reply = await house.ask("POST", "/v1/chat/completions", b"x", content_encoding="gzip")
    assert reply.status == 415


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/homeport/v1/ask"])
async def test_draining_refuses_in_shape_and_says_when_to_return(
    house: OpenHouse, path: str
) -> None:
    house.daemon.draining = True
    reply = await house.ask("POST", path, CHAT)
    assert (reply.status, reply.json["error"]["code"]) == (503, "draining")
    assert reply.headers["retry-after"] == "5"
    assert (await house.ask("GET", "/healthz")).status == 503
    assert (await house.ask("GET", "/homeport/v1/status")).json["draining"] is True


async def test_too_many_prompts_are_a_429(tmp_path: Path) -> None:
    async with open_house(tmp_path, Config(listen=Listen(max_requests=1))) as house:
        go_on = asyncio.Event()
        house.daemon.router.script = (go_on, *house.daemon.router.script)
        async with asyncio.TaskGroup() as group:
            first = group.create_task(house.ask("POST", "/v1/chat/completions", CHAT))
            await until(lambda: house.house.open_prompts == 1)
            second = await house.ask("POST", "/v1/chat/completions", CHAT)
            go_on.set()
        assert (second.status, second.headers["retry-after"]) == (429, "1")
        assert first.result().status == 200


async def test_what_breaks_is_a_500_with_a_number_and_no_traceback(
    house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    house.daemon.router.script = (ValueError("secret detail"),)
    reply = await house.ask("POST", "/v1/chat/completions", CHAT)
    error = reply.json["error"]
    assert (reply.status, error["code"], error["type"]) == (500, "internal_error", "server_error")
    assert "secret detail" not in error["message"]
    number = error["message"].partition("(error ")[2][:8]
    assert number in caplog.text
    assert "secret detail" in caplog.text


async def test_what_breaks_in_a_stream_ends_it_with_an_error(
    house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    wait = asyncio.Event()
    house.daemon.router.script = (TextDelta("He"), wait, ValueError("broken"))
    reader, writer = await house.connect()
    body = b'{"messages":[{"role":"user","content":"hi"}],"stream":true}'
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n")
    writer.write(b"content-length: %d\r\n\r\n" % len(body) + body)
    await reader.readuntil(b"He")
    wait.set()
    rest = await reader.readuntil(b"0\r\n\r\n")
    writer.close()
    assert b"[DONE]" not in rest
    assert b"internal_error" in rest
    assert b"broken" not in rest
    assert "broken" in caplog.text


async def test_vetoes_are_shown(house: OpenHouse) -> None:
    veto = Veto(model="echo/words", gate="privacy", reason="It is not here.")
    house.daemon.router.refusal = Refused("Nothing may.", vetoes=[veto], decision="01x")
    ours = await house.ask("POST", "/homeport/v1/ask", {"prompt": "hi"})
    assert ours.status == 403
    assert ours.json["error"]["vetoes"][0]["gate"] == "privacy"
    openai = await house.ask("POST", "/v1/chat/completions", CHAT)
    assert openai.json["error"]["homeport"]["decision"] == "01x"
    assert openai.headers["x-homeport-decision"] == "01x"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("door", ["unix", "tcp"])
async def test_a_caller_that_hangs_up_cancels_its_answer(
    house: OpenHouse, door: str, stream: bool
) -> None:
    house.daemon.router.script = (TextDelta("He"), asyncio.Event())
    reader, writer = await house.connect(door)
    body = (
        b'{"messages":[{"role":"user","content":"hi"}],"stream":%b}' % str(stream).lower().encode()
    )
    writer.write(
        b"POST /t/%b/v1/chat/completions HTTP/1.1\r\nhost: localhost:%d\r\n"
        b"content-length: %d\r\n\r\n%b" % (TOKEN.encode(), house.port, len(body), body)
    )
    await until(lambda: house.daemon.router.in_flight == 1)
    if stream:
        await reader.readuntil(b"He")
    writer.transport.abort()
    async with asyncio.timeout(20):
        await house.daemon.router.cancelled.wait()
    assert house.daemon.router.in_flight == 0
    await until(lambda: house.house.answered[("local", "cancelled")] == 1)
