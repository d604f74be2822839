"""The program: what it prints where, and its exit codes."""

import hashlib
import json
import os
import pty
import subprocess
import sys

import pytest

from homeport.client import paths
from homeport.daemon.download import command
from homeport.daemon.download.command import DONE, FAILED, REFUSED, USAGE, main
from homeport.daemon.link.link import Link
from support.file_server import FileServer, Step
from support.small_gguf import small_gguf

CONTENT = small_gguf(20_000)


async def run(*arguments, stdin=None, **environment):
    import asyncio

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "homeport.daemon.download", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_an_address_is_fetched_and_its_path_printed():
    async with FileServer(CONTENT) as server:
        code, out, err = await run(server.url)
    path = paths.models_dir() / "small.gguf"
    assert (code, out) == (DONE, f"{path}\n"), err
    assert path.read_bytes() == CONTENT
    assert "no checksum of it is known" in err


async def test_json_lines():
    async with FileServer(CONTENT, [Step("cut", 50_000)]) as server:
        code, out, err = await run(server.url, "--json")
    events = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (DONE, "")
    assert {event["event"] for event in events} == {"told", "progress", "done"}
    assert events[-1]["path"] == str(paths.models_dir() / "small.gguf")
    assert (events[-1]["architecture"], events[-1]["was_here"]) == ("llama", False)


def test_a_file_is_taken_and_found_again(tmp_path, capsys):
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    assert main([str(tmp_path / "mine.gguf")]) == DONE
    assert main([str(tmp_path / "mine.gguf")]) == DONE
    printed = capsys.readouterr()
    assert printed.out == f"{paths.models_dir() / 'mine.gguf'}\n" * 2
    assert printed.err.count("is here, checked") == 1


def test_an_unknown_name(capsys):
    assert main(["qwen3-4"]) == USAGE
    printed = capsys.readouterr()
    assert "Did you mean qwen3-4b" in printed.err
    assert printed.out == ""


def test_a_failure_says_which_mirrors_were_tried(tmp_path, capsys):
    assert main(["default", "--from", str(tmp_path / "absent.gguf")]) == FAILED
    assert "There is no such file" in capsys.readouterr().err
    assert main(["default", "--from", str(tmp_path / "absent.gguf"), "--json"]) == FAILED
    event = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (event["event"], event["exit"]) == ("failed", FAILED)
    assert len(event["failures"]) == 1


def test_a_wrong_file_is_not_taken_for_the_default(tmp_path, capsys):
    (tmp_path / "wrong.gguf").write_bytes(CONTENT)
    assert main(["default", "--from", str(tmp_path / "wrong.gguf")]) == FAILED
    assert "another length" in capsys.readouterr().err


def test_offline_by_choice_is_respected_and_files_still_work(tmp_path, capsys):
    Link(paths.state_dir()).set_offline(True)
    assert main(["default"]) == REFUSED
    assert "homeport online" in capsys.readouterr().err
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    assert main([str(tmp_path / "mine.gguf")]) == DONE


def test_the_catalog_is_listed(capsys):
    assert main(["--list"]) == DONE
    printed = capsys.readouterr().out
    assert "smollm2-135m" in printed
    assert main(["--list", "--json"]) == DONE
    models = json.loads(capsys.readouterr().out)["models"]
    assert sum(model["recommended"] for model in models) == 1
    assert all(model["licence"] == "Apache-2.0" for model in models)


def test_another_folder(tmp_path, capsys):
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    assert main([str(tmp_path / "mine.gguf"), "--folder", str(tmp_path / "elsewhere")]) == DONE
    assert (tmp_path / "elsewhere" / "mine.gguf").exists()


def test_an_interruption_says_what_is_kept(capsys, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "meant", interrupted)
    assert main(["default"]) == FAILED
    assert "the same command goes on" in capsys.readouterr().err


def test_a_file_that_cannot_chat_is_said(tmp_path, capsys):
    content = CONTENT.replace(b"llama", b"bert_")
    (tmp_path / "embeds.gguf").write_bytes(content)
    assert main([str(tmp_path / "embeds.gguf")]) == DONE
    assert "cannot chat" in capsys.readouterr().err


def test_on_a_terminal_there_is_a_bar(tmp_path):
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    controller, terminal = pty.openpty()
    arguments = [sys.executable, "-m", "homeport.daemon.download", str(tmp_path / "mine.gguf")]
    done = subprocess.run(arguments, stderr=terminal, stdout=subprocess.PIPE, check=True)
    os.close(terminal)
    with open(controller, "rb", buffering=0) as talk:
        assert b"is here" in talk.read(65536)
    assert done.stdout.decode().strip().endswith("mine.gguf")


@pytest.mark.engine
def test_the_demonstration_model_is_what_the_catalog_says():
    from homeport.daemon.download.catalog import DEMONSTRATION
    from support.model import demo_model

    with demo_model().open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == DEMONSTRATION.wanted.sha256
