"""Providers asked for what they charged: in their own words, with their own key, and no further."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from homeport.adapters.providers import ADMIN_KEYS, PROVIDERS
from homeport.cli.exports import read_pages
from homeport.daemon.egress.permits import Egress
from homeport.daemon.keys.secret import Secret
from homeport.daemon.money import charged as charges
from homeport.daemon.money.charged import ENDPOINTS, charged, endpoint_of
from homeport.policies.errors import HomeportError, NothingAnswered
from support.bills import ADMIN, BillServer
from support.whole_daemon import QUIET, whole_daemon

DAYS = datetime.date(2026, 11, 17), datetime.date(2026, 11, 20)
CHARGES = {
    "2026-11-16": 9.0,
    "2026-11-17": 0.06,
    "2026-11-18": 1.25,
    "2026-11-19": 0.000123,
    "2026-11-20": 2.5,
    "2026-11-21": 9.0,
}


@pytest.fixture
async def bills() -> AsyncIterator[BillServer]:
    async with BillServer(CHARGES) as server:
        yield server


async def ask(bills: BillServer, provider: str, key: str = ADMIN) -> list[Any]:
    egress = Egress()
    try:
        permit = egress.probe_permit(bills.origin)
        return await charged(permit, bills.origin, provider, DAYS, Secret(key))
    finally:
        await egress.close()


@pytest.mark.parametrize("provider", ENDPOINTS)
async def test_every_page_is_read_and_every_day_in_its_cents(
    bills: BillServer, provider: str
) -> None:
    pages = await ask(bills, provider)
    assert len(pages) == (1 if provider == "openrouter" else 2)
    export = read_pages(provider, b'{"pages": %s}' % msgspec.json.encode(pages))
    assert export.provider == provider
    nano = {day: of.nano for day, of in export.days.items() if "2026-11-17" <= day <= "2026-11-20"}
    assert nano == {
        "2026-11-17": 60_000_000,
        "2026-11-18": 1_250_000_000,
        "2026-11-19": 123_000,
        "2026-11-20": 2_500_000_000,
    }


async def test_each_is_asked_as_it_documents(bills: BillServer) -> None:
    for provider in ("openai", "anthropic", "openrouter"):
        await ask(bills, provider)
    openai, _, anthropic, _, openrouter = bills.requests
    assert parse_qs(urlsplit(openai.path).query) == {
        "start_time": ["1794873600"],
        "end_time": ["1795219200"],
        "group_by": ["line_item"],
        "bucket_width": ["1d"],
        "limit": ["180"],
    }
    assert openai.headers["authorization"] == f"Bearer {ADMIN}"
    asked = parse_qs(urlsplit(anthropic.path).query)
    assert asked["ending_at"] == ["2026-11-21T00:00:00Z"]
    assert asked["group_by[]"] == ["description"]
    assert anthropic.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in anthropic.headers
    assert openrouter.path == "/api/v1/activity"
    assert all((one.method, one.body) == ("GET", b"") for one in bills.requests)


@pytest.mark.parametrize("provider", ENDPOINTS)
async def test_a_key_of_prompts_is_refused_in_one_sentence(
    bills: BillServer, provider: str
) -> None:
    with pytest.raises(NothingAnswered, match=f"`homeport keys add {provider}-admin`") as refused:
        await ask(bills, provider, "sk-of-prompts")
    assert "sk-of-prompts" not in refused.value.sentence
    assert "no admin key" not in refused.value.sentence, "nobody else's words are shown"


@pytest.mark.parametrize("shape", [[], {"data": 3}, {}, "yes", {"error": {"message": "no"}}])
async def test_another_shape_is_no_charge_of_nothing(bills: BillServer, shape: Any) -> None:
    bills.shape = shape
    with pytest.raises(NothingAnswered, match="shape that it documents"):
        await ask(bills, "openai")


async def test_pages_without_an_end_end(bills: BillServer) -> None:
    bills.shape = {"data": [], "has_more": True, "next_page": "page_0"}
    with pytest.raises(NothingAnswered, match="ask for fewer days"):
        await ask(bills, "openai")
    assert len(bills.requests) == charges.MOST_PAGES


async def test_who_is_not_there_is_said() -> None:
    async with BillServer({}) as gone:
        pass
    with pytest.raises(NothingAnswered, match="No connection to 127"):
        await ask(gone, "openai")


def test_who_documents_nothing_is_said() -> None:
    with pytest.raises(HomeportError, match=r"gemini documents no endpoint.*anthropic, openai"):
        endpoint_of("gemini")


def test_each_has_a_name_for_its_key() -> None:
    assert {endpoint.key for endpoint in ENDPOINTS.values()} == set(ADMIN_KEYS)
    assert set(ENDPOINTS) <= set(PROVIDERS)


BODY = {"provider": "openai", "since": "2026-11-17", "until": "2026-11-20"}


async def test_the_daemon_asks_with_the_key_that_it_was_given(
    bills: BillServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTS", "sk-of-prompts")
    server = f'[[server]]\nname = "openai"\nurl = "{bills.origin}/v1"\nkey = "env:PROMPTS"\n'
    async with whole_daemon(config=QUIET + server + 'models = ["gpt-5"]\n') as house:
        refused = await house.ask("POST", "/homeport/v1/spend/charged", BODY)
        assert (refused.status, refused.json["error"]["code"]) == (404, "no_key")
        assert "homeport keys add openai-admin" in refused.json["error"]["sentence"]
        kept = {"action": "add", "provider": "openai-admin", "secret": ADMIN}
        assert (await house.ask("POST", "/homeport/v1/keys", kept)).status == 200
        asked = (await house.ask("POST", "/homeport/v1/spend/charged", BODY)).json
        assert asked["host"] == bills.origin.partition("://")[2]
        assert [len(page["data"]) for page in asked["pages"]] == [2, 2]
        tried = {"action": "test", "provider": "openai-admin"}
        said = (await house.ask("POST", "/homeport/v1/keys", tried)).json["sentence"]
        assert "homeport spend reconcile --provider openai" in said
        keys = [one.headers["authorization"] for one in bills.requests if "costs" in one.path]
        assert keys == [f"Bearer {ADMIN}"] * 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (BODY | {"provider": "gemini"}, 404),
        (BODY | {"since": "2026-11-21"}, 400),
        (BODY | {"since": "2020-01-01"}, 400),
        (BODY | {"since": "soon"}, 400),
        ({"provider": "openai"}, 400),
    ],
)
async def test_what_cannot_be_asked_is_one_sentence(
    body: dict[str, str], status: int, whole: Any
) -> None:
    reply = await whole.ask("POST", "/homeport/v1/spend/charged", body)
    assert reply.status == status
    assert "\n" not in reply.json["error"]["sentence"]


async def test_nothing_is_asked_while_everything_stays_at_home(tmp_path: Path) -> None:
    config = f'mode = "local-only"\n{QUIET}[keys]\nopenai-admin = "file:{tmp_path}/key"\n'
    (tmp_path / "key").write_text(ADMIN)
    (tmp_path / "key").chmod(0o600)
    async with whole_daemon(config=config) as house:
        reply = await house.ask("POST", "/homeport/v1/spend/charged", BODY)
    assert reply.status == 502
    assert "cloud" in reply.json["error"]["sentence"]


@pytest.fixture
async def whole() -> AsyncIterator[Any]:
    async with whole_daemon() as house:
        yield house
