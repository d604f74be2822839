"""`/homeport/v1/policies` over a real socket: list, show, use, check, test."""

from __future__ import annotations

import msgspec

from homeport.client import wire
from support.doors import OpenHouse

POLICIES = "/homeport/v1/policies"
CASE = '[[case]]\nname = "c"\nask = { prompt = "hi" }\nexpect = { place = "%s" }\n'


async def test_the_list_tells_which_is_in_force(house: OpenHouse) -> None:
    reply = await house.ask("GET", POLICIES)
    view = msgspec.json.decode(reply.body, type=wire.PoliciesView, strict=True)
    assert (view.policy, view.mode, view.error) == ("default", "prefer-local", "")
    assert [row.name for row in view.policies if row.in_force] == ["default"]
    assert not any(row.own for row in view.policies)


async def test_one_policy_is_shown_with_its_file(house: OpenHouse) -> None:
    reply = await house.ask("GET", f"{POLICIES}/frugal")
    view = msgspec.json.decode(reply.body, type=wire.PolicyView, strict=True)
    assert view.row.rules == len(view.rules) > 20
    assert view.text.startswith("summary = ")
    assert view.path == ""


async def test_a_policy_that_is_not_there(house: OpenHouse) -> None:
    reply = await house.ask("GET", f"{POLICIES}/frugel")
    assert (reply.status, reply.json["error"]["code"]) == (404, "unknown_policy")
    reply = await house.ask("POST", POLICIES, {"use": "frugel"})
    assert (reply.status, reply.json["error"]["code"]) == (400, "unknown_policy")


async def test_a_policy_is_put_in_force_by_the_config(house: OpenHouse) -> None:
    reply = await house.ask("POST", POLICIES, {"use": "frugal"})
    assert reply.json["policy"] == "frugal"
    assert house.daemon.config_file.path.read_text() == 'policy = "frugal"\n'
    reply = await house.ask("POST", POLICIES, {"use": "local-only"})
    assert (reply.json["policy"], reply.json["mode"]) == ("frugal", "local-only")


async def test_a_check_tells_all_problems_with_their_lines(house: OpenHouse) -> None:
    text = 'include = ["defualt"]\n[[rule]]\nname = "r"\nthen = { deny = "scripted/nothing" }\n'
    reply = await house.ask("POST", POLICIES, {"check": text, "path": "mine.toml"})
    found = msgspec.json.decode(reply.body, type=wire.PolicyChecked, strict=True)
    assert not found.ok
    assert [problem.line for problem in found.problems] == [4, 0]
    assert "Did you mean 'default'" in found.problems[1].sentence
    good = await house.ask("POST", POLICIES, {"check": text.replace("ua", "au")[:22]})
    assert good.json == {"ok": True, "problems": []}


async def test_a_check_of_what_is_no_toml_says_so(house: OpenHouse) -> None:
    reply = await house.ask("POST", POLICIES, {"check": "x = ["})
    assert reply.json["problems"][0]["sentence"].startswith("This is not valid TOML")


async def test_cases_of_a_text_and_of_a_policy_are_run(house: OpenHouse) -> None:
    text = CASE % "local" + CASE % "cloud"
    reply = await house.ask("POST", POLICIES, {"test": text, "path": "/a/mine.toml"})
    found = msgspec.json.decode(reply.body, type=wire.PolicyTested, strict=True)
    assert (found.name, found.ok, [case.ok for case in found.cases]) == (
        "mine",
        False,
        [True, False],
    )
    assert found.cases[1].wrong == "expected place cloud, found local"
    assert (await house.ask("POST", POLICIES, {"test_name": "default"})).json["ok"]


async def test_a_text_that_cannot_be_read_is_not_run(house: OpenHouse) -> None:
    reply = await house.ask("POST", POLICIES, {"test": "mode = 3", "path": "mine.toml"})
    assert (reply.status, reply.json["error"]["code"]) == (400, "bad_config")
    assert reply.json["error"]["sentence"].startswith("mine.toml, line 1: `mode` cannot be")


async def test_an_order_that_says_nothing(house: OpenHouse) -> None:
    reply = await house.ask("POST", POLICIES, {})
    assert (reply.status, reply.json["error"]["param"]) == (400, "use")
