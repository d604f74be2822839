"""The daemon never asks itself."""

from __future__ import annotations

import pytest

from homeport.adapters.echo import EchoAdapter
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.ourselves import environment_without_us, leads_elsewhere, leads_here

HERE = "http://127.0.0.1:4663"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:4663/v1", True),
        ("http://LOCALHOST:4663/v1/", True),
        ("http://[::1]:4663", True),
        ("http://127.0.0.1:4664/v1", False),
        ("http://192.168.1.4:4663/v1", False),
        ("https://127.0.0.1:4663", False),
        ("http://127.0.0.1:port", False),
        ("/usr/bin", False),
        ("", False),
    ],
)
def test_every_way_of_writing_the_address_is_known(address: str, expected: bool) -> None:
    assert leads_here(address, HERE) is expected


def test_a_daemon_that_does_not_listen_on_tcp_cannot_be_meant() -> None:
    assert not leads_here("http://127.0.0.1:4663", "")


def test_what_homeport_env_put_there_is_left_out() -> None:
    environment = {
        "OPENAI_BASE_URL": f"{HERE}/v1",
        "OPENAI_API_KEY": "own-token",
        "GROQ_API_KEY": "gsk_other",
        "PATH": "/usr/bin",
    }
    kept = environment_without_us(environment, HERE, "own-token")
    assert sorted(kept) == ["GROQ_API_KEY", "PATH"]
    assert environment_without_us({"EMPTY": ""}, HERE, "") == {"EMPTY": ""}


def test_a_server_that_is_this_daemon_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    itself = OpenAICompatibleAdapter("vllm", f"{HERE}/v1")
    other = OpenAICompatibleAdapter("bench", "http://127.0.0.1:8000/v1")
    echo = EchoAdapter()
    assert leads_elsewhere([itself, other, echo], HERE) == [other, echo]
    assert "vllm is this daemon itself" in caplog.text
