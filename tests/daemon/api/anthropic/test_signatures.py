"""Marks on reasoning: shown to callers, known again, never another's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.anthropic.parts import block_of
from homeport.daemon.api.anthropic.signatures import marked, redacted_of, thinking_of

PROVIDERS = st.sampled_from(["echo", "gemini", "openrouter", "box-1"])


@given(PROVIDERS, st.text())
def test_what_another_signed_comes_back_and_is_never_said_to_anthropic(
    provider: str, signature: str
) -> None:
    thinking = thinking_of("hm", marked(provider, signature), {})
    assert (thinking.signature, thinking.extras) == (signature, {"signed_by": provider})
    assert block_of(thinking, same_wire=True) is None
    hidden = redacted_of(marked(provider, signature), {})
    assert (hidden.redacted, hidden.extras) == (signature, {"signed_by": provider})
    assert block_of(hidden, same_wire=True) is None


@given(st.text(st.characters(categories=["L", "N"]), min_size=1))
def test_what_anthropic_signed_is_as_it_was(signature: str) -> None:
    assert marked("anthropic", signature) == signature
    thinking = thinking_of("hm", signature, {})
    assert block_of(thinking, same_wire=True) == {
        "type": "thinking", "thinking": "hm", "signature": signature,
    }  # fmt: skip
