"""What the person says of a model stands above labels, price tables and guesses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from homeport.client import paths, wire
from homeport.daemon.config.settings import OwnModel
from homeport.daemon.fleet.abilities import STRENGTH, WEAKNESS, prior_of
from homeport.daemon.fleet.own_models import OwnModels, merged
from homeport.daemon.learning.learned import Learned
from homeport.daemon.learning.outcomes import Outcomes
from homeport.daemon.money.price import Price, flat
from homeport.daemon.storage.database import Database
from homeport.policies.model import ModelCard
from support.asks import ask
from support.ledgers import Clock
from support.scripted import card
from support.whole_daemon import QUIET, WholeDaemon, whole_daemon

LAW = OwnModel(
    id="workbench/law-*",
    domain="law",
    strengths=("writing", "question"),
    weaknesses=("code",),
    input_usd=0.2,
    output_usd=0.6,
    context=4096,
    max_output=1000,
    requests_per_minute=60,
)
CARD = card("workbench/law-8b")


def own(*models: OwnModel) -> OwnModels:
    said = models
    return OwnModels(lambda: said)


def test_a_card_is_amended() -> None:
    found = own(LAW).amended(CARD)
    assert (found.context, found.max_output) == (4096, 1000)
    assert (found.domain, found.requests_per_minute) == ("law", 60)
    assert own(LAW).amended(card("other/m")) == card("other/m")
    assert own().amended(CARD) is CARD


def test_the_window_of_the_engine_here_can_only_be_smaller() -> None:
    here = card("llamacpp/m")
    assert own(OwnModel(id="*", context=100_000)).amended(here).context == 8192
    assert own(OwnModel(id="*", context=1024)).amended(here).context == 1024
    assert own(OwnModel(id="*", context=100_000)).amended(CARD).context == 100_000


def test_a_price_that_is_far_from_the_list_is_not_taken_and_said() -> None:
    sky = card("sky/best", place="cloud")
    per_1k = OwnModel(id="sky/*", input_usd=0.00125, output_usd=0.01)

    def listed(model: str) -> Price | None:
        usual = flat(1_250_000_000, 10_000_000_000, source="a list")
        return usual if model == "sky/best" else None

    models = own(per_1k)
    assert models.price(sky) is not None, "there is no list yet"
    models.hold_against(listed)
    assert models.price(sky) is None
    assert models.doubts["sky/best"] == (
        "[[model]] sky/best, in US dollars: `input` = 0.00125 is 1,000 times below the $1.25 that "
        "is listed for a million tokens, and looks like the price of a thousand tokens: write "
        "1.25. Until then the listed price counts; `sure_of_price = true` says that it is meant."
    )
    assert models.price(card("sky/other", place="cloud")) is None
    assert "its price is unknown" in models.doubts["sky/other"]
    assert models.price(card("sky/here")) is not None, "at home anything may be said"
    meant = own(msgspec.structs.replace(per_1k, sure_of_price=True))
    meant.hold_against(listed)
    assert meant.price(sky) is not None
    assert meant.doubts == {}


def test_a_price_is_what_is_said() -> None:
    models = own(LAW)
    price = models.price(CARD)
    assert price is not None
    assert (price.input_nano_per_mtok, price.output_nano_per_mtok) == (200_000_000, 600_000_000)
    assert (price.source, price.expected(1_000_000, 1_000_000)) == ("your config", 800_000_000)
    assert models.price(CARD) is price
    assert models.price(card("other/m")) is None
    assert own(OwnModel(id="*", domain="law")).price(CARD) is None


def test_what_is_expected_of_it() -> None:
    prior = own(LAW).prior(CARD)
    base = prior_of(CARD)
    assert prior.at("writing") == base.points + STRENGTH
    assert prior.at("code") == base.points + WEAKNESS
    assert prior.at("chat") == base.points
    assert prior.source_at("code") == "its size and quantisation and your config"
    assert prior.source_at("chat") == "its size and quantisation"
    stated = own(OwnModel(id="*", ability=71.0, strengths=("code",))).prior(CARD)
    assert (stated.points, stated.source_at("code")) == (71.0, "your config")
    assert stated.sd < base.sd
    assert own().prior(CARD) == base


def test_the_first_to_say_a_thing_says_it() -> None:
    exact = OwnModel(id="workbench/law-8b", context=2048)
    found = merged(CARD.id, (exact, LAW))
    assert found is not None
    assert (found.context, found.domain, found.id) == (2048, "law", CARD.id)
    assert merged("x/y", (exact, LAW)) is None


def test_another_config_is_taken_up() -> None:
    said = [(LAW,), (OwnModel(id="*", domain="medicine"),)]
    models = OwnModels(lambda: said[0])
    assert models.amended(CARD).domain == "law"
    assert repr(models) == "OwnModels(1 in the config)"
    del said[0]
    assert models.amended(CARD).domain == "medicine"
    assert models.price(CARD) is None


@pytest.fixture
async def learned(tmp_path: Any) -> AsyncIterator[Learned]:
    db = await Database.open(tmp_path / "ledger.db")
    made = Learned(Outcomes(db), Clock(), own(LAW).prior)
    await made.settled()
    yield made
    await db.close()


async def test_a_prompt_of_its_domain_is_its_own(learned: Learned) -> None:
    plain, tagged = ask(difficulty=55), ask(difficulty=55, tags=("domain:law", "x"))
    quality = learned.quality(CARD, tagged)
    assert quality.mean > learned.quality(CARD, plain).mean
    assert learned.predicted(CARD, tagged) == (quality.mean, quality.source)
    other: ModelCard = card("other/m")
    assert learned.quality(other, tagged) == learned.quality(other, plain)


ECHO = "name=a;parameters=8000000000 | name=b;parameters=8000000000"
SAID = """
[[model]]
id = "echo/b"
domain = "law"
strengths = ["code"]
context = 4096
input_usd = 1
output_usd = 2.5
requests_per_minute = 30
"""


async def views(daemon: WholeDaemon) -> dict[str, wire.ModelView]:
    reply = await daemon.ask("GET", "/homeport/v1/models")
    models = msgspec.convert(reply.json["models"], tuple[wire.ModelView, ...])
    return {model.id: model for model in models}


async def test_in_a_daemon_from_its_config_and_back(tmp_path: Any) -> None:
    async with whole_daemon(ECHO, QUIET + SAID) as daemon:
        await daemon.daemon.fleet.first_look()
        said = (await views(daemon))["echo/b"]
        assert (said.context, said.domain, said.requests_per_minute) == (4096, "law", 30)
        assert (said.input_nano_per_mtok, said.price_source) == (10**9, "your config")
        body = {"prompt": "Write a Python function that adds two numbers."}
        reply = await daemon.ask("POST", "/homeport/v1/route", body)
        why = msgspec.json.decode(reply.body, type=wire.Why)
        sources = {row.model: row.quality_source for row in why.steps[0].order}
        assert sources["echo/b"] == "its size and quantisation and your config"
        assert sources["echo/a"] == "its size and quantisation"

        paths.config_path().write_text(QUIET)
        config = daemon.daemon.config_file.load()
        await daemon.daemon.take_config(config)
        plain = (await views(daemon))["echo/b"]
        assert (plain.context, plain.domain, plain.input_nano_per_mtok) == (8192, "", 0)
