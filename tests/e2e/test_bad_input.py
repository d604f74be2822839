"""Whatever is sent or typed: one clear sentence in the right shape, and the daemon goes on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from support.daemon import QUIET_CONFIG
from support.home import BIN, Home, a_home
from support.polling import eventually

ECHO = "name=calm;words=Hello there|name=plain;capabilities=json|name=small;context=256"
SMALLEST_BODY = "max_body_bytes = 100000\n"
CHAT = "/v1/chat/completions"
ASK = "/homeport/v1/ask"
HI = {"messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One daemon for all: what is bad must not harm the next request either."""
    config = QUIET_CONFIG.replace("[listen]\n", f"[listen]\n{SMALLEST_BODY}")
    with a_home(tmp_path_factory.mktemp("h") / "h", config=config, HOMEPORT_ECHO=ECHO) as made:
        made.homeport("start", check=True)
        yield made


@pytest.fixture(autouse=True)
def still_answers(home: Home) -> Iterator[None]:
    """After each of these the daemon is the same process, and answers."""
    before = home.address()["pid"]
    yield
    assert home.ask("POST", CHAT, HI)[1]["choices"][0]["message"]["content"] == "Hello there"
    assert home.address()["pid"] == before
    assert "Traceback" not in home.log


def nested(depth: int) -> bytes:
    return json.dumps(HI).encode()[:-1] + b',"x":' + b"[" * depth + b"]" * depth + b"}"


BAD_BODIES: list[tuple[bytes, int, str]] = [
    (b"", 400, "empty_body"),
    (b"{", 400, "invalid_json"),
    (b'{"messages": [}', 400, "invalid_json"),
    (b"\xff\xfe{}", 400, "invalid_json"),
    (b'{"messages": [{"role": "user", "content": "\xc3\x28"}]}', 400, "invalid_json"),
    (b"[]", 400, "invalid_field"),
    (b'"messages"', 400, "invalid_field"),
    (b"null", 400, "invalid_field"),
    (b"{}", 400, "missing_field"),
    (b'{"messages": 7}', 400, "invalid_field"),
    (b'{"messages": []}', 400, "bad_request"),
    (b'{"messages": [{"role": "wizard", "content": "x"}]}', 400, "invalid_field"),
    (b'{"messages": [{"role": "user", "content": 7}]}', 400, "invalid_field"),
    (nested(49_000), 400, "invalid_json"),
    (nested(130), 400, "invalid_json"),
    (b'{"messages": [{"role": "user", "content": "' + b"x" * 100_000 + b'"}]}', 413, "too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_bad_body_is_refused_in_openais_shape(
    home: Home, body: bytes, status: int, code: str
) -> None:
    got, answer = home.ask("POST", CHAT, body)
    error = answer["error"]
    assert (got, error["type"]) == (status, "invalid_request_error"), answer
    assert error["message"].endswith(".")
    assert len(error["message"]) < 400
    assert error["code"] == code


@pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES[:8], ids=range(8))
def test_a_bad_body_is_refused_in_our_own_shape(
    home: Home, body: bytes, status: int, code: str
) -> None:
    got, answer = home.ask("POST", ASK, body)
    assert (got, answer["error"]["blame"]) == (status, "caller"), answer
    assert answer["error"]["sentence"].endswith(".")


@pytest.mark.parametrize(
    ("field", "value", "param"),
    [
        ("temperature", "hot", "temperature"),
        ("temperature", -1, "temperature"),
        ("max_tokens", 0, "max_tokens"),
        ("max_tokens", 1.5, "max_tokens"),
        ("n", 2, "n"),
        ("stop", [1], "stop"),
        ("tools", [{}], "tools"),
        ("response_format", {"type": "yaml"}, "response_format"),
        ("model", 7, "model"),
        ("model", "x" * 5000, "model"),
        ("homeport", {"polcy": "local-only"}, "homeport"),
        ("homeport", {"max_cost": -1}, "x-homeport-max-cost"),
        ("homeport", {"policy": "best-effort"}, "policy"),
        ("homeport", {"strategy": "hope"}, "strategy"),
    ],
)
def test_a_wrong_field_is_named(home: Home, field: str, value: Any, param: str) -> None:
    status, answer = home.ask("POST", CHAT, {**HI, field: value})
    assert status == 400, answer
    assert str(answer["error"]["param"]).startswith(param)
    assert len(answer["error"]["message"]) < 400


def test_an_unknown_model_gets_the_nearest_names_in_either_wire(home: Home) -> None:
    status, answer = home.ask("POST", CHAT, {**HI, "model": "echo/clam"})
    assert (status, answer["error"]["code"]) == (404, "model_not_found")
    assert "echo/calm" in answer["error"]["message"]
    status, answer = home.ask("POST", ASK, {"prompt": "hi", "model": "clam"})
    assert (status, answer["error"]["param"]) == (404, "model")
    ran = home.homeport("ask", "--model", "clam", "hi")
    assert ran.returncode == 2
    assert "echo/calm" in ran.stderr
    assert "homeport models" in ran.stderr


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/homeport/v1/nothing", 404),
        ("GET", "/", 200),
        ("GET", CHAT, 405),
        ("DELETE", "/homeport/v1/config", 405),
        ("GET", "/v1/models/nothing", 404),
        ("GET", "/homeport/v1/decisions/nothing", 404),
        ("GET", "/homeport/v1/decisions?limit=lots", 400),
        ("GET", "/homeport/v1/spend?by=mood", 400),
        ("GET", "/homeport/v1/decisions/../../../etc/passwd", 404),
    ],
)
def test_an_unknown_route(home: Home, method: str, path: str, status: int) -> None:
    got, answer = home.ask(method, path)
    assert got == status, answer
    if path.startswith("/v1/"):
        assert answer["error"]["type"] == "invalid_request_error"


def test_an_empty_prompt_is_not_asked(home: Home) -> None:
    for prompt in ("", " \n\t"):
        status, answer = home.ask("POST", ASK, {"prompt": prompt})
        assert (status, answer["error"]["param"]) == (400, "prompt")
        assert home.homeport("ask", prompt).returncode == 2
    assert "There is nothing to ask" in home.homeport("ask").stderr


def test_a_prompt_too_long_goes_to_a_larger_model_or_is_refused_whole(home: Home) -> None:
    """Never cut: what is answered was read from its first word to its last."""
    asked = home.asked("--model", "echo/small", "word" + " word" * 399)
    assert (asked["model_used"], asked["input_tokens"]) == ("echo/calm", 400)
    long = "word " * 9000
    status, answer = home.ask("POST", CHAT, {"messages": [{"role": "user", "content": long}]})
    assert (status, answer["error"]["code"]) == (400, "context_length_exceeded")
    vetoes = answer["error"]["homeport"]["vetoes"]
    assert {veto["gate"] for veto in vetoes} == {"context"}
    ran = home.homeport("ask", stdin=long)
    assert ran.returncode == 2
    assert "tokens of context" in ran.stderr


# -- who may ask


def test_the_token_is_asked_for_on_tcp(home: Home) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"x_api_key": "wrong"}):
        status, answer = home.ask_tcp("GET", "/v1/models", **headers)
        assert (status, answer["error"]["type"]) == (401, "authentication_error")
        assert "homeport token" in answer["error"]["message"]
        assert home.token not in json.dumps(answer)
    assert home.ask_tcp("GET", "/v1/models", authorization=f"Bearer {home.token}")[0] == 200
    assert home.ask_tcp("GET", "/v1/models", x_api_key=home.token)[0] == 200
    assert home.ask_tcp("GET", f"/t/{home.token}/v1/models")[0] == 200
    assert home.ask_tcp("GET", "/t/wrong/v1/models")[0] == 401
    assert home.ask_tcp("GET", "/v1/nothing")[0] == 401, "what there is is not told either"
    assert home.token not in home.log


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"referer": "http://evil.example/page"},
        {"sec_fetch_site": "cross-site"},
        {"host": "evil.example"},
        {"host": "127.0.0.1"},
    ],
)
def test_a_web_page_is_refused_with_the_token_too(home: Home, headers: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {home.token}", **headers}
    status, answer = home.ask_tcp("GET", "/v1/models", **headers)
    assert (status, answer["error"]["type"]) == (403, "permission_error")
    if "host" not in headers:
        del headers["authorization"]
        assert home.ask("GET", "/v1/models", **headers)[0] == 403


# -- what is typed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["aks", "hi"], "homeport ask"),
        (["ask", "--modle", "x", "hi"], "--model"),
        (["ask", "--max-cost", "lots", "hi"], "no amount"),
        (["ask", "--deadline", "0", "hi"], "no time"),
        (["ask", "--file", "/nonexistent", "hi"], "cannot be read"),
        (["ask", "--file", "/", "hi"], "cannot be read"),
        (["ask", "--policy", "nope", "hi"], "local-only"),
        (["why", "nonsense"], "homeport watch"),
        (["spend", "--days", "99999999"], "3660"),
        (["budget", "--day", "nan"], "no amount"),
        (["config", "set", "modee", "balanced"], "Did you mean `mode`?"),
        (["config", "set", "budget.day_usd", "much"], "number"),
        (["models", "add", "nonsense"], "catalog"),
    ],
)
def test_wrong_words_are_usage(home: Home, words: list[str], said: str) -> None:
    ran = home.homeport(*words)
    assert ran.returncode == 2, ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


def test_words_that_are_no_text(home: Home) -> None:
    ran = subprocess.run(
        [str(BIN / "homeport"), "ask", b"\xff\xfe"],
        env=home.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (2, b"The prompt is not text in UTF-8.\n")


def test_a_binary_file_is_no_prompt(home: Home) -> None:
    ran = home.homeport("ask", "--file", str(BIN / "python"), "hi")
    assert ran.returncode == 2
    assert "is not a text file in UTF-8" in ran.stderr


def test_output_that_cannot_be_written_costs_no_prompt(home: Home) -> None:
    before = home.told("spend")
    for place in ("/nonexistent/answer.txt", str(home.folder)):
        assert home.homeport("ask", "--output", place, "hi").returncode == 1
    assert home.told("spend")["rows"] == before["rows"]


# -- the config while the daemon runs


def test_a_config_that_breaks_leaves_the_last_good_one(home: Home) -> None:
    config = home.folder / "config.toml"
    good = config.read_text()
    config.write_text('mdoe = "balanced"\n' + good)
    try:
        eventually(lambda: home.told("status")["config_error"])
        shown = home.homeport("config", "show").stdout
        for said in (shown, home.homeport("status").stdout, home.homeport("doctor").stdout):
            assert f"{config}, line 1: `mdoe` is not a setting. Did you mean `mode`?" in said
        assert re.search(r'^mode +"prefer-local"$', shown, re.MULTILINE)
        assert home.homeport("ask", "hi").stdout == "Hello there\n"
        refused = home.homeport("config", "set", "mode", "balanced")
        assert (refused.returncode, config.read_text()[:4]) == (2, "mdoe")
        assert "Nothing was restarted" in home.homeport("restart").stderr
    finally:
        config.write_text(good)
    eventually(lambda: not home.told("status")["config_error"])


def test_a_bound_that_is_changed_counts_at_once(home: Home) -> None:
    body = {"messages": [{"role": "user", "content": "x " * 2000}]}
    assert home.ask("POST", CHAT, body)[0] == 200
    home.homeport("config", "set", "listen.max_body_bytes", "2048", check=True)
    try:
        eventually(lambda: home.ask("POST", CHAT, body)[0] == 413)
    finally:
        home.homeport("config", "set", "listen.max_body_bytes", "100000", check=True)
    eventually(lambda: home.ask("POST", CHAT, body)[0] == 200)
