"""Reasoning that only its provider can read goes out and comes back."""

from __future__ import annotations

import pytest

from homeport.daemon.api.responses.sealing import MARK, is_sealed, opened, sealed


@pytest.mark.parametrize(("signature", "redacted"), [("sig", ""), ("", "red"), ("sig", "réd")])
def test_another_providers_comes_back(signature: str, redacted: str) -> None:
    encrypted = sealed(signature, redacted, foreign=True)
    assert is_sealed(encrypted)
    assert opened(encrypted) == (signature, redacted)


def test_openais_is_carried_as_it_came() -> None:
    assert sealed("", "gAAA", foreign=False) == "gAAA"
    assert opened("gAAA") == ("", "gAAA")
    assert sealed("", "", foreign=True) == ""


@pytest.mark.parametrize("broken", ["", "?", "AAAA", "WyJhIl0=", "gICA"])
def test_what_was_tampered_with_says_nothing(broken: str) -> None:
    assert opened(MARK + broken) == ("", "")
