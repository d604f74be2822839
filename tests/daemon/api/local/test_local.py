"""The routes of `/homeport/v1`, the open ones and the metrics, over a real socket."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from homeport.adapters.base import Finish, StatusDelta, TextDelta, failed
from homeport.client import wire
from homeport.client.wire import AskDone, AskEvent, AskFailed, AskStatus, AskText, LinkChanged
from homeport.daemon.api import relay
from homeport.daemon.api.local.money import since_of
from homeport.daemon.money.windows import day_of
from homeport.policies.errors import NothingAnswered, Refused
from support.doors import HELLO, OpenHouse, chunks, read_head
from support.ledgers import NOON_MS
from support.polling import until

LOCAL = "/homeport/v1"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("status", wire.Snapshot),
        ("machine", wire.MachineView),
        ("link", wire.LinkView),
        ("spend", wire.SpendReport),
        ("spend?by=model&days=7", wire.SpendReport),
        ("budgets", wire.SpendView),
        ("config", wire.ConfigView),
        ("decisions/last", wire.Why),
        ("decisions/01test", wire.Why),
        ("doctor", wire.DoctorReport),
    ],
)
async def test_each_route_gives_its_own_value(house: OpenHouse, path: str, kind: type) -> None:
    reply = await house.ask("GET", f"{LOCAL}/{path}")
    assert reply.status == 200
    msgspec.json.decode(reply.body, type=kind, strict=True)


async def test_status_holds_no_requests(house: OpenHouse) -> None:
    assert (await house.ask("GET", f"{LOCAL}/status")).json["requests"] == []


async def test_lists(house: OpenHouse) -> None:
    assert len((await house.ask("GET", f"{LOCAL}/models")).json["models"]) == 2
    assert house.daemon.calls["refresh_models"] == 0
    await house.ask("GET", f"{LOCAL}/models?refresh=1")
    assert house.daemon.calls["refresh_models"] == 1
    assert len((await house.ask("GET", f"{LOCAL}/decisions?limit=5")).json["requests"]) == 1
    policies = (await house.ask("GET", f"{LOCAL}/policies")).json
    assert policies["mode"] == "prefer-local"
    assert "cloud-only" in policies["modes"]
    assert (await house.ask("GET", f"{LOCAL}/keys")).json == {"keys": []}


@pytest.mark.parametrize(
    ("path", "param"),
    [("spend?by=colour", "by"), ("spend?days=0", "days"), ("spend?days=x", "days"),
     ("decisions?limit=-1", "limit"), ("decisions?limit=99999999999999999999", "limit")],
)  # fmt: skip
async def test_a_query_that_cannot_be_is_named(house: OpenHouse, path: str, param: str) -> None:
    reply = await house.ask("GET", f"{LOCAL}/{path}")
    assert (reply.status, reply.json["error"]["param"]) == (400, param)


@pytest.mark.parametrize("path", ["decisions/nothing", "decisions/", "sessions", "stat"])
async def test_what_is_not_there_is_a_404(house: OpenHouse, path: str) -> None:
    assert (await house.ask("GET", f"{LOCAL}/{path}")).status == 404


async def test_what_a_month_would_cost(house: OpenHouse) -> None:
    query = "per_day=10&input=1000&output=500&models=sky/best,void/x"
    reply = await house.ask("GET", f"{LOCAL}/spend/estimate?{query}")
    report = msgspec.json.decode(reply.body, type=wire.EstimateReport)
    assert [(row.model, row.month_nano) for row in report.rows] == [
        ("sky/best", 450_000_000),
        ("void/x", None),
    ]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("since=yesterday", "since"),
        ("since=2026-02-30", "since"),
        ("since=9999-13-01", "since"),
        ("period=year", "period"),
        ("by=planet", "by"),
        ("baseline=void/x", "baseline"),
        ("days=0", "days"),
    ],
)
async def test_a_report_that_cannot_be_is_refused(house: OpenHouse, query: str, param: str) -> None:
    reply = await house.ask("GET", f"{LOCAL}/spend?{query}")
    assert (reply.status, reply.json["error"]["param"]) == (400, param)


@pytest.mark.parametrize(
    ("query", "starts"),
    [
        ({"period": "day"}, 20261121),
        ({"period": "week"}, 20261116),
        ({"period": "month"}, 20261101),
        ({"since": "2026-10-05"}, 20261005),
        ({"since": "7d"}, 20261114),
        ({"since": "2w"}, 20261107),
        ({}, 20261118),
    ],
)
def test_when_a_report_begins(query: dict[str, str], starts: int) -> None:
    assert day_of(since_of(query, 3, NOON_MS)) == starts


async def test_budgets_are_set_and_kept(house: OpenHouse) -> None:
    reply = await house.ask("POST", f"{LOCAL}/budgets", {"day_usd": 2.5, "month_usd": None})
    assert reply.status == 200
    assert house.daemon.ledger.limits.day_nano == 2_500_000_000
    assert house.daemon.config.budget.day_usd == 2.5
    assert "day_usd" in house.daemon.config_file.path.read_text()


async def test_further_limits_are_set_raised_and_taken_away(house: OpenHouse) -> None:
    async def post(body: object) -> int:
        return (await house.ask("POST", f"{LOCAL}/budgets", body)).status

    sky = {"scope": "provider", "name": "sky"}
    house.daemon.fleet.listed = [SimpleNamespace(provider="sky")]
    assert await post(sky | {"day_usd": 1, "month_usd": 5}) == 200
    assert await post({"scope": "tag", "name": "work", "session_usd": 0.5}) == 200
    assert await post({"week_usd": 9, "request_usd": 0.25}) == 200
    limits = house.daemon.ledger.limits.scoped
    assert {(limit.window, limit.scope, limit.name, limit.nano) for limit in limits} == {
        ("week", "all", "", 9 * 10**9),
        ("request", "all", "", 250_000_000),
        ("day", "provider", "sky", 10**9),
        ("month", "provider", "sky", 5 * 10**9),
        ("session", "tag", "work", 500_000_000),
    }
    assert await post(sky | {"raise": "day", "usd": 2}) == 200
    raised = house.daemon.ledger.raised
    assert (raised.window, raised.name, raised.nano) == ("day", "sky", 2 * 10**9)
    assert await post(sky | {"day_usd": None, "month_usd": None}) == 200
    assert [row.name for row in house.daemon.config.limit] == ["work"]
    assert await post({"scope": "tag", "name": "work", "session_usd": None}) == 200
    assert house.daemon.config.limit == ()


async def test_limits_that_are_set_at_once_all_hold(house: OpenHouse) -> None:
    bodies = [
        {"scope": "tag", "name": "work", "day_usd": 1},
        {"scope": "client", "name": "editor", "day_usd": 2},
        {"scope": "client", "name": "editor", "week_usd": 3},
        {"month_usd": 4},
    ]
    replies = [house.ask("POST", f"{LOCAL}/budgets", body) for body in bodies]
    assert [reply.status for reply in await asyncio.gather(*replies)] == [200] * 4
    limits = house.daemon.ledger.limits
    assert {(limit.name, limit.window, limit.nano // 10**9) for limit in limits.scoped} == {
        ("work", "day", 1),
        ("editor", "day", 2),
        ("editor", "week", 3),
    }
    assert limits.month_nano == 4 * 10**9


@pytest.mark.parametrize(
    ("scope", "name", "word"),
    [
        ("provider", "opnai", "Did you mean openai?"),
        ("model", "best", "best is no model's id"),
        ("model", "opnai/best", "No provider is called opnai"),
    ],
)
async def test_a_limit_of_what_can_never_be_is_refused_and_can_be_taken_away(
    house: OpenHouse, scope: str, name: str, word: str
) -> None:
    body = {"scope": scope, "name": name}
    reply = await house.ask("POST", f"{LOCAL}/budgets", body | {"day_usd": 1})
    assert (reply.status, word in reply.json["error"]["sentence"]) == (400, True)
    table = f'[[limit]]\nscope = "{scope}"\nname = "{name}"\nday_usd = 1\n'
    house.daemon.config_file.path.write_text(table)
    house.daemon.config_file.load()
    assert len((await house.ask("GET", f"{LOCAL}/budgets")).json["notes"]) == 1
    reply = await house.ask("POST", f"{LOCAL}/budgets", body | {"day_usd": None})
    assert (reply.status, reply.json["notes"], house.daemon.config.limit) == (200, [], ())


async def test_a_limit_of_what_may_come_is_taken_and_said(house: OpenHouse) -> None:
    body = {"scope": "model", "name": "openai/gpt-9", "day_usd": 1}
    reply = await house.ask("POST", f"{LOCAL}/budgets", body)
    assert reply.json["notes"] == [
        "The limit of model openai/gpt-9 covers nothing so far: no model here has that id."
    ]
    assert [row.name for row in house.daemon.config.limit] == ["openai/gpt-9"]


async def test_a_limit_that_stands_twice_is_changed_wherever_it_stands(house: OpenHouse) -> None:
    twice = "".join(
        f'[[limit]]\nscope = "tag"\nname = "work"\n{limit}\n'
        for limit in ("day_usd = 1", "day_usd = 2\nweek_usd = 3")
    )
    house.daemon.config_file.path.write_text(twice)
    house.daemon.config_file.load()
    work = {"scope": "tag", "name": "work"}
    raised = await house.ask("POST", f"{LOCAL}/budgets", work | {"raise": "week", "usd": 1})
    assert raised.status == 200
    await house.ask("POST", f"{LOCAL}/budgets", work | {"day_usd": None})
    limits = house.daemon.ledger.limits.scoped
    assert [(limit.window, limit.nano) for limit in limits] == [("week", 3 * 10**9)]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"year_usd": 1}, "year_usd"),
        ({"day_usd": -1}, "from 0 to 1,000,000"),
        ({"day_usd": 1e12}, "from 0 to 1,000,000"),
        ({"day_usd": "x"}, "from 0"),
        ({"day_usd": True}, "from 0"),
        ([], "object"),
        ({"scope": "planet", "name": "x", "day_usd": 1}, "scope"),
        ({"scope": "tag", "day_usd": 1}, "name"),
        ({"name": "work", "day_usd": 1}, "name"),
        ({"scope": "model", "name": "sky/best", "session_usd": 1}, "a client or a tag"),
        ({"raise": "session", "usd": 1}, "day, week, month"),
        ({"raise": "day", "usd": 0}, "above 0"),
        ({"raise": "week", "usd": 1}, "no limit for that week"),
        ({"raise": "day", "usd": "much"}, "above 0"),
        ({"refuse": 3}, "a prompt that waits"),
    ],
)
async def test_a_limit_that_cannot_be_is_refused_in_one_sentence(
    house: OpenHouse, body: object, word: str
) -> None:
    reply = await house.ask("POST", f"{LOCAL}/budgets", body)
    assert reply.status == 400
    assert word in reply.json["error"]["sentence"]
    assert not house.daemon.config_file.path.exists()


async def test_what_waits_for_a_raise_is_refused_by_its_id_or_with_all(house: OpenHouse) -> None:
    questions = house.daemon.questions
    asked = wire.BudgetQuestion(
        id="7f3a", state="open", at_ms=0, until_ms=60_000, model="sky/a", worst_nano=2,
        window="day", left_nano=1, raise_nano=10**7,
    )  # fmt: skip
    for refused in ("7f3a", ""):
        waiting = asyncio.ensure_future(questions.put(asked, 30, lambda: False))
        await asyncio.sleep(0)
        assert (await house.ask("POST", f"{LOCAL}/budgets", {"refuse": refused})).status == 200
        assert await waiting == "refused"
    nobody = await house.ask("POST", f"{LOCAL}/budgets", {"refuse": "7f3a"})
    assert (nobody.status, nobody.json["error"]["code"]) == (404, "no_question")


async def test_the_config_is_set_and_checked(house: OpenHouse) -> None:
    done = await house.ask("POST", f"{LOCAL}/config", {"set": {"mode": "balanced"}})
    assert done.json["settings"]["mode"] == "balanced"
    wrong = await house.ask("POST", f"{LOCAL}/config", {"set": {"mod": "balanced"}})
    assert (wrong.status, wrong.json["error"]["code"]) == (400, "bad_config")
    assert "mode" in wrong.json["error"]["sentence"]
    check = await house.ask("POST", f"{LOCAL}/config", {"check": "[listen]\nprot = 1\n"})
    assert check.json["ok"] is False
    assert "line 2" in check.json["error"]
    assert (await house.ask("POST", f"{LOCAL}/config", {"check": ""})).json["ok"] is True
    assert (await house.ask("POST", f"{LOCAL}/config", {})).status == 400


async def test_keys_come_in_and_never_go_out(
    house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "sk-very-secret-0123456789"
    order = {"action": "add", "provider": "openai", "secret": secret}
    added = await house.ask("POST", f"{LOCAL}/keys", order)
    assert added.json["keys"][0]["provider"] == "openai"
    assert secret.encode() not in added.body
    assert secret not in caplog.text
    assert house.daemon.keys.kept == {"openai": secret}
    gone = await house.ask("POST", f"{LOCAL}/keys", {"action": "remove", "provider": "openai"})
    assert "forgotten" in gone.json["sentence"]
    again = await house.ask("POST", f"{LOCAL}/keys", {"action": "remove", "provider": "openai"})
    assert "No key" in again.json["sentence"]
    empty = await house.ask("POST", f"{LOCAL}/keys", {"action": "add", "provider": "x"})
    assert (empty.status, empty.json["error"]["param"]) == (400, "secret")


@pytest.mark.parametrize(
    ("outcome", "noted", "said"),
    [
        ([1, 2], "valid", "is valid"),
        (failed("openai", "unauthorized", "The key was refused."), "refused", "refused"),
        (failed("openai", "refused", "No connection."), None, "No connection"),
    ],
)
async def test_a_key_is_tested_by_listing_models(
    house: OpenHouse, outcome: Any, noted: str | None, said: str
) -> None:
    async def models(_permit: object) -> Any:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    adapter = SimpleNamespace(provider="openai", origin="https://x", models=models)
    house.daemon.fleet.listed = [adapter]
    reply = await house.ask("POST", f"{LOCAL}/keys", {"action": "test", "provider": "openai"})
    assert said in reply.json["sentence"]
    assert house.daemon.keys.noted.get("openai") == noted
    none = await house.ask("POST", f"{LOCAL}/keys", {"action": "test", "provider": "groq"})
    assert (none.status, none.json["error"]["code"]) == (404, "no_key")


async def test_offline_and_stop(house: OpenHouse) -> None:
    reply = await house.ask("POST", f"{LOCAL}/link", {"offline": True})
    assert (reply.json["state"], reply.json["by_choice"]) == ("offline", True)
    assert (await house.ask("POST", f"{LOCAL}/link", {"offline": "yes"})).status == 400
    assert not house.stopped.is_set()
    assert (await house.ask("POST", f"{LOCAL}/stop")).status == 202
    assert house.stopped.is_set()


async def ask_lines(house: OpenHouse, body: dict[str, Any]) -> list[AskEvent]:
    reply = await house.ask("POST", f"{LOCAL}/ask", body)
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert reply.headers["x-homeport-decision"] == "01test"
    decoder = msgspec.json.Decoder(AskEvent)
    return [decoder.decode(line) for line in reply.body.splitlines()]


async def test_ask_streams_status_text_and_the_result(house: OpenHouse) -> None:
    house.daemon.router.script = (StatusDelta("loading", "Loading words."), *HELLO)
    body = {"prompt": "hi", "system": "be brief", "private": True, "tags": ["a"], "max_tokens": 5}
    events = await ask_lines(house, body)
    assert isinstance(events[0], AskStatus)
    assert any(isinstance(e, AskStatus) and e.sentence == "Loading words." for e in events)
    assert "".join(e.text for e in events if isinstance(e, AskText)) == "Hello, wörld"
    done = events[-1]
    assert isinstance(done, AskDone)
    result = done.result
    assert (result.response, result.model_used, result.place) == (
        "Hello, wörld",
        "echo/words",
        "local",
    )
    assert (result.decision, result.cost, result.latency) == ("01test", 0.0, 0.012)
    assert result.timestamp == "2023-11-14T22:13:20.000+00:00"
    prompt = house.daemon.router.prompts[-1]
    assert [message.role for message in prompt.messages] == ["system", "user"]
    assert (prompt.labels.private, prompt.labels.tags) == (True, ("a",))
    assert prompt.sampling.max_tokens == 5


@pytest.mark.parametrize(
    ("said", "grows"), [("continue", True), ("error", True), ("restart", False)]
)
async def test_ask_has_an_answer_grow_that_need_not_be_begun_anew(
    house: OpenHouse, said: str, grows: bool
) -> None:
    house.daemon.router.script = HELLO
    await ask_lines(house, {"prompt": "hi", "on_cut": said})
    prompt = house.daemon.router.prompts[-1]
    assert (prompt.labels.on_cut, prompt.stream) == (said, grows)


async def test_ask_fails_on_its_last_line(house: OpenHouse) -> None:
    house.daemon.router.script = (TextDelta("He"), NothingAnswered("It broke."))
    events = await ask_lines(house, {"prompt": "hi"})
    assert isinstance(events[-2], AskText)
    assert isinstance(events[-1], AskFailed)
    assert events[-1].error.sentence == "It broke."
    assert events[-1].error.decision == "01test"


async def test_ask_that_may_not_be_answered_has_its_status(house: OpenHouse) -> None:
    house.daemon.router.refusal = Refused("Nothing may.", decision="01x")
    reply = await house.ask("POST", f"{LOCAL}/ask", {"prompt": "hi"})
    assert (reply.status, reply.json["error"]["blame"]) == (403, "policy")


@pytest.mark.parametrize(
    "body",
    [{}, {"prompt": " "}, {"prompt": 1}, {"prompt": "x", "no": 1}, {"prompt": "x", "max_tokens": 0},
     {"prompt": "x", "deadline_ms": 0}, {"prompt": "x", "max_cost_nano": -1},
     {"prompt": "x", "temperature": -1}, {"prompt": "x", "max_cost_nano": 2**63}],
)  # fmt: skip
async def test_ask_names_what_is_wrong(house: OpenHouse, body: dict[str, Any]) -> None:
    reply = await house.ask("POST", f"{LOCAL}/ask", body)
    assert reply.status == 400
    assert reply.json["error"]["param"] in {"prompt", *body}


async def test_route_is_a_dry_run(house: OpenHouse) -> None:
    reply = await house.ask("POST", f"{LOCAL}/route", {"prompt": "hi", "policy": "local-only"})
    assert msgspec.json.decode(reply.body, type=wire.Why).replay == "not-logged"
    assert house.daemon.router.prompts[-1].labels.policy == "local-only"


async def test_events_start_with_a_snapshot_and_end_with_the_daemon(house: OpenHouse) -> None:
    reader, writer = await house.connect()
    writer.write(f"GET {LOCAL}/events HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    async with asyncio.timeout(10):
        assert (await read_head(reader))[0] == 200
        body = chunks(reader)
        assert json.loads(await anext(body))["type"] == "snapshot"
        house.daemon.bus.publish(LinkChanged, link=wire.LinkView(state="offline"))
        event = json.loads(await anext(body))
        assert (event["type"], event["n"]) == ("link", 1)
        house.daemon.drain()
        rest = b"".join([part async for part in body])
        assert [json.loads(line)["type"] for line in rest.splitlines()] == ["stopping"]
    writer.close()


async def test_a_watcher_that_leaves_is_forgotten(house: OpenHouse) -> None:
    reader, writer = await house.connect()
    writer.write(f"GET {LOCAL}/events HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    await read_head(reader)
    await until(lambda: house.daemon.bus.watchers == 1)
    writer.transport.abort()
    await until(lambda: house.daemon.bus.watchers == 0)


async def test_a_watcher_that_does_not_read_gets_a_fresh_snapshot(house: OpenHouse) -> None:
    reader, writer = await house.connect()
    writer.write(f"GET {LOCAL}/events HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    await read_head(reader)
    await until(lambda: house.daemon.bus.watchers == 1)
    big = wire.LinkView(reason="x" * 20_000)
    for _ in range(3000):
        house.daemon.bus.publish(LinkChanged, link=big)
        if house.daemon.bus.n % 50 == 0:
            await asyncio.sleep(0)
    types, last = [], 0
    async with asyncio.timeout(20):
        rest = b""
        async for part in chunks(reader):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                event = json.loads(line)
                types.append(event["type"])
                last = event["n"]
            if last >= 3000:
                break
    writer.close()
    assert types.count("snapshot") > 1
    assert len(types) < 3000


@pytest.mark.parametrize("route", ["/v1/chat/completions", f"{LOCAL}/ask"])
async def test_a_long_wait_has_signs_of_life(
    house: OpenHouse, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BEAT_S", 0.02)
    go_on = asyncio.Event()
    house.daemon.router.script = (go_on, TextDelta("late"), Finish(reason="stop"))
    reader, writer = await house.connect()
    prompt = {"prompt": "hi"}
    chat = {"messages": [{"role": "user", "content": "hi"}], "stream": True}
    body = json.dumps(prompt if route.endswith("ask") else chat).encode()
    head = f"POST {route} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    async with asyncio.timeout(10):
        assert (await read_head(reader))[0] == 200
        parts = chunks(reader)
        for _ in range(3):
            beat = await anext(parts)
            assert beat.startswith((b":", b'{"type":"status"'))
        go_on.set()
        rest = b"".join([part async for part in parts])
    writer.close()
    assert b"late" in rest


async def test_metrics(house: OpenHouse) -> None:
    chat = {"messages": [{"role": "user", "content": "hi"}]}
    await house.ask("POST", "/v1/chat/completions", chat)
    house.daemon.router.refusal = Refused("No.")
    await house.ask("POST", "/v1/chat/completions", chat)
    text = (await house.ask("GET", "/metrics")).body.decode()
    assert 'homeport_requests_total{place="local",outcome="done"} 1' in text
    assert 'homeport_requests_total{place="none",outcome="refused"} 1' in text
    assert 'homeport_spend_usd{window="day"} 0.25' in text
    assert 'homeport_models{place="cloud"} 1' in text
    assert "homeport_uptime_seconds" in text
    of = '{model="sky/\\"best\\"",task="code",strategy="single"}'
    assert f"homeport_day_requests{of} 4" in text
    assert f"homeport_day_error_ratio{of} 0.25" in text
    assert f"homeport_day_latency_p95_seconds{of} 0.9" in text
    assert "# TYPE homeport_day_satisfaction gauge" in text
    assert "homeport_day_satisfaction{" not in text


@pytest.mark.parametrize("query", ["", "provider=x", "provider=x&since=2026-11-01&until=soon"])
async def test_what_was_booked_needs_its_bounds(house: OpenHouse, query: str) -> None:
    assert (await house.ask("GET", f"{LOCAL}/spend/booked?{query}")).status == 400


async def test_stats(house: OpenHouse) -> None:
    reply = await house.ask("GET", f"{LOCAL}/stats?by=task&days=3")
    assert msgspec.json.decode(reply.body, type=wire.StatsReport).by == "task"
    for wrong in ("by=client", "days=91"):
        assert (await house.ask("GET", f"{LOCAL}/stats?{wrong}")).status == 400


async def test_open_routes(house: OpenHouse) -> None:
    assert (await house.ask("GET", "/")).body == b"Ollama is running"
    assert (await house.ask("GET", "/api/version")).json["homeport"] == "0.0-test"
    assert (await house.ask("GET", "/healthz")).body == b"ok\n"
