"""The process: starting, refusing to start, draining, dying, starting again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.client.versions import VERSION
from homeport.daemon.main import main
from support.daemon import (
    QUIET_CONFIG,
    RunningDaemon,
    chunks,
    environment,
    launch,
    read_head,
    request,
    running,
    start,
)

SLOW = "name=slow;words=one two three four;tokens_per_s=1.5"
CHAT = {"messages": [{"role": "user", "content": "hi"}], "stream": True}


async def said(home: Path, *arguments: str, **options: str) -> tuple[int, str, str]:
    """Run a process that ends by itself."""
    process = await launch(home, *arguments, **options)
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"homeportd {VERSION}\n"


def test_wrong_usage_is_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--nonsense"])
    assert caught.value.code == 2


def test_check_says_whether_the_config_is_good(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check"]) == 0
    assert "defaults" in capsys.readouterr().out
    (own_home / "config.toml").write_text("mode = 'balanced'\n")
    assert main(["--check"]) == 0
    assert "is valid" in capsys.readouterr().out
    (own_home / "config.toml").write_text("[listen]\nprot = 1\n")
    assert main(["--check"]) == 2
    sentence = capsys.readouterr().err
    assert "line 2" in sentence
    assert "listen.port" in sentence


def test_the_config_is_shown_and_set_without_a_daemon(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--set", '{"mode": "local-only"}']) == 0
    assert json.loads(capsys.readouterr().out)["settings"]["mode"] == "local-only"
    assert main(["--show"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["exists"], shown["settings"]["mode"]) == (True, "local-only")
    for wrong in ("[]", '{"mdoe": 1}', "{"):
        assert main(["--set", wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert "local-only" in (own_home / "config.toml").read_text()


def test_what_breaks_is_one_sentence_and_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_arguments: object) -> None:
        raise ValueError("detail")

    monkeypatch.setattr("homeport.daemon.main._serve", broken)
    assert main([]) == 1
    sentence = capsys.readouterr().err
    assert "homeportd broke: ValueError" in sentence
    assert "detail" not in sentence
    assert "detail" in caplog.text


async def test_it_answers_and_stops_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        status = (await daemon.ask("GET", "/homeport/v1/status")).json
        assert (status["pid"], status["version"]) == (daemon.pid, VERSION)
        assert status["address"] == {"socket": str(daemon.socket), "url": daemon.url}
        assert daemon.address["pid"] == daemon.pid
        assert daemon.socket.stat().st_mode & 0o777 == 0o600
        assert daemon.socket.parent.stat().st_mode & 0o777 == 0o700
        for name in ("token", "homeportd.log", "daemon.json"):
            assert (tmp_path / "state" / name).stat().st_mode & 0o777 == 0o600, name
        assert await daemon.stop() == 0
        assert not daemon.socket.exists()
        assert not (tmp_path / "state" / "daemon.json").exists()
        assert daemon.token not in daemon.log


async def test_a_second_daemon_refuses_and_names_the_first(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        code, _, err = await said(tmp_path)
        assert code == 1
        assert err.count("\n") == 1
        assert f"pid {daemon.pid}" in err
        assert str(daemon.socket) in err
        assert (await daemon.ask("GET", "/healthz")).status == 200


async def test_many_starts_at_once_leave_one_daemon(tmp_path: Path) -> None:
    processes = [await launch(tmp_path) for _ in range(4)]
    ended = [asyncio.ensure_future(process.communicate()) for process in processes]
    async with asyncio.timeout(60):
        done: set[asyncio.Future[tuple[bytes, bytes]]] = set()
        while len(done) < 3:
            finished, _ = await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
            done |= finished
            await asyncio.sleep(0.05)
        alive = [process for process in processes if process.returncode is None]
        assert len(alive) == 1
        assert all("runs already" in future.result()[1].decode() for future in done)
        alive[0].terminate()
        await asyncio.gather(*ended)


async def test_after_a_kill_it_starts_again(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        first.kill()
        await first.ended()
        assert first.socket.exists()
        async with running(tmp_path) as second:
            assert second.pid != first.pid
            assert (await second.ask("GET", "/healthz")).status == 200


async def test_a_socket_that_answers_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "homeport.sock"))
        other.listen()
        code, _, err = await said(tmp_path)
    assert code == 1
    assert "Another program answers" in err


async def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "run" / "homeport.sock").write_text("precious")
    code, _, err = await said(tmp_path)
    assert code == 1
    assert "not a socket" in err
    assert (tmp_path / "run" / "homeport.sock").read_text() == "precious"


async def test_a_folder_that_others_can_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o777)
    code, _, err = await said(tmp_path)
    assert code == 1
    assert "others can write" in err


async def test_a_broken_config_is_refused_with_its_place(tmp_path: Path) -> None:
    code, _, err = await said(tmp_path, config="mode = 'prefer-local'\n[listen]\nprot = 4663\n")
    assert code == 2
    assert "line 3" in err
    assert "listen.port" in err
    assert err.count("\n") == 1


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "state" / "ledger.db") as db:
        db.execute("PRAGMA user_version = 9999")
    db.close()
    code, _, err = await said(tmp_path)
    assert code == 1
    assert "newer" in err
    assert "Traceback" not in err
    assert not (tmp_path / "run" / "homeport.sock").exists()


async def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "token").write_text("x" * 43)
    (tmp_path / "state" / "token").chmod(0o644)
    code, _, err = await said(tmp_path)
    assert code == 1
    assert "chmod 600" in err


async def test_a_taken_port_leaves_the_unix_socket(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        config = QUIET_CONFIG.replace("port = 0", f"port = {port}")
        async with running(tmp_path, config=config) as daemon:
            status = (await daemon.ask("GET", "/homeport/v1/status")).json
            assert status["address"]["url"] == ""
            assert f"TCP port {port} is taken" in daemon.log
            assert "listen.port" in daemon.log


async def open_stream(daemon: RunningDaemon) -> tuple[AsyncIterator[bytes], asyncio.StreamWriter]:
    """A stream whose first chunk has arrived."""
    reader, writer = await daemon.connect()
    writer.write(request("POST", "/v1/chat/completions", CHAT))
    status, _ = await read_head(reader)
    assert status == 200
    body = chunks(reader)
    await anext(body)
    return body, writer


async def test_sigterm_drains_a_running_stream(tmp_path: Path) -> None:
    async with running(tmp_path, HOMEPORT_ECHO=SLOW) as daemon:
        watching = daemon.lines("GET", "/homeport/v1/events")
        assert (await anext(watching))["type"] == "snapshot"
        body, writer = await open_stream(daemon)
        daemon.kill(signal.SIGTERM)
        seen = [event["type"] async for event in watching]
        assert seen[-1] == "stopping"
        refused = await daemon.ask("POST", "/v1/chat/completions", CHAT)
        assert (refused.status, refused.json["error"]["code"]) == (503, "draining")
        assert int(refused.headers["retry-after"]) > 0
        rest = b"".join([part async for part in body])
        writer.close()
        assert rest.endswith(b"data: [DONE]\n\n")
        assert b"four" in rest
        assert await daemon.ended() == 0
        assert not daemon.socket.exists()


@pytest.mark.parametrize("by", ["second signal", "drain_s"])
async def test_a_stream_that_does_not_end_is_broken_off(tmp_path: Path, by: str) -> None:
    config = QUIET_CONFIG + ("[timeouts]\ndrain_s = 0.2\n" if by == "drain_s" else "")
    endless = "name=slow;words=one two;fault=stall;fault_at=1"
    async with running(tmp_path, config=config, HOMEPORT_ECHO=endless) as daemon:
        body, writer = await open_stream(daemon)
        daemon.kill(signal.SIGTERM)
        if by == "second signal":
            # A connection may be closed under the question: it drains, then, too.
            with contextlib.suppress(OSError, EOFError):
                while not (await daemon.ask("GET", "/homeport/v1/status")).json["draining"]:
                    await asyncio.sleep(0.01)
            daemon.kill(signal.SIGINT)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            [part async for part in body]
        writer.close()
        assert await daemon.ended() == 0


async def test_stop_by_route_drains_too(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        reply = await daemon.ask("POST", "/homeport/v1/stop")
        assert (reply.status, reply.json) == (202, {})
        assert await daemon.ended() == 0


async def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    daemon = await start(tmp_path, HOMEPORT_ECHO="name=calm;words=Hello there")
    events = [event async for event in daemon.lines("POST", "/homeport/v1/ask", {"prompt": "hi"})]
    assert events[-1]["type"] == "done"
    decision = events[-1]["result"]["decision"]
    assert (await daemon.ask("GET", f"/homeport/v1/decisions/{decision}")).status == 200
    daemon.kill()
    await daemon.process.communicate()
    async with running(tmp_path) as again:
        why = (await again.ask("GET", f"/homeport/v1/decisions/{decision}")).json
        assert why["replay"] == "identical"


def test_starting_loads_no_client_and_no_interface(tmp_path: Path) -> None:
    script = (
        "import sys, homeport.daemon.serving;"
        "print([m for m in ('httpx', 'httpx2', 'aiohttp', 'textual', 'ollama', 'llama_cpp',"
        " 'genai_prices', 'numpy', 'openai', 'uvicorn') if m in sys.modules])"
    )
    env = environment(tmp_path)
    out = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, check=True)
    assert json.loads(out.stdout.decode().replace("'", '"')) == []
