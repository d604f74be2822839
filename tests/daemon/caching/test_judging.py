"""Digests of what an answer depended on."""

from __future__ import annotations

from dataclasses import replace

from homeport.daemon.caching.judging import Digests, weights_of
from homeport.daemon.money.price import FREE, flat
from homeport.policies.model import Policy
from support.scripted import card


def test_another_word_in_a_policy_is_another_digest() -> None:
    digests = Digests()
    policy = Policy()
    assert digests.policy(policy) == digests.policy(Policy()) == digests.policy(policy)
    assert digests.policy(policy) != digests.policy(replace(policy, explore=0.1))
    assert digests.policy(policy) != digests.policy(replace(policy, trusted_hosts=("nas",)))


def test_many_policies_are_not_all_remembered() -> None:
    digests = Digests()
    for number in range(200):
        digests.policy(replace(Policy(), max_attempts=number + 1))
    assert int(repr(digests).split("(")[1].split()[0]) <= 64


def test_a_price_is_its_row_and_its_day() -> None:
    digests = Digests()
    one = flat(5, 5, source="a")
    assert digests.price(one) == digests.price(replace(one, source="another package"))
    assert digests.price(one) != digests.price(flat(5, 6, source="a"))
    assert digests.price(one) != digests.price(replace(one, date="2026-11-01"))
    assert digests.price(None) == ""
    assert digests.price(FREE)


def test_weights_under_one_name_are_told_apart() -> None:
    assert weights_of(card("a/b")) != weights_of(card("a/b", version="2"))
    assert weights_of(card("a/b", quantisation="Q4")) != weights_of(card("a/b"))
