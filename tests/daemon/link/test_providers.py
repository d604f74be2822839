"""What single words of providers mean together."""

import pytest

from homeport.daemon.link.providers import BELIEVED_S, MOST, Providers

A, B = "https://api.a.example:443", "https://api.b.example:443"


@pytest.fixture
def clock():
    return [1000.0]


@pytest.fixture
def providers(clock):
    return Providers(lambda: clock[0])


@pytest.mark.parametrize(
    ("first", "second", "outlook"),
    [
        ("reached", "reached", "fine"),
        ("reached", "unreachable", "degraded"),
        ("reached", "captive", "degraded"),
        ("unreachable", "unreachable", "unreachable"),
        ("captive", "unreachable", "captive"),
        ("captive", "captive", "captive"),
        ("refused", "unreachable", "degraded"),
        ("refused", "refused", "degraded"),
    ],
)
def test_two_that_were_greeted(providers, first, second, outlook):
    for origin, truth in ((A, first), (B, second)):
        providers.note(origin, truth)
        providers.confirm(origin)
    assert providers.outlook()[0] == outlook
    assert providers.in_doubt == (outlook != "fine")


def test_a_request_alone_makes_doubt_and_a_probe_certainty(providers):
    providers.note(A, "unreachable")
    assert providers.outlook() == ("degraded", "api.a.example cannot be reached.")
    providers.confirm(A)
    assert providers.outlook()[0] == "unreachable"
    providers.note(A, "unreachable")
    assert providers.outlook()[0] == "unreachable"
    providers.note(A, "reached")
    assert providers.outlook() == ("fine", "")


def test_a_portal_is_told_with_what_to_do(providers):
    providers.note(A, "captive")
    providers.confirm(A)
    _, sentence = providers.outlook()
    assert "sign in to this network with a browser" in sentence
    assert "tls.ca_file" in sentence


def test_bad_words_are_forgotten_and_good_ones_stay(providers, clock):
    providers.note(A, "unreachable")
    providers.note(B, "reached")
    clock[0] += BELIEVED_S + 1
    assert providers.outlook()[0] == "fine"
    assert repr(providers) == "Providers(api.b.example reached)"


def test_what_is_known_is_bounded(providers):
    for number in range(MOST * 3):
        providers.note(f"https://p{number}.example:443", "reached")
    assert repr(providers).count("reached") == MOST
    providers.forget()
    assert repr(providers) == "Providers()"


def test_what_was_never_heard_of_is_not_confirmed(providers):
    providers.confirm(A)
    assert providers.outlook() == ("fine", "")
