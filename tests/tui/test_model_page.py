"""One model as a page."""

from __future__ import annotations

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.history import Standing
from homeport.tui.model_page import model_page
from homeport.tui.words import line_width
from support import sights

STANDING = Standing("ready", sights.NOW_MS, True)


def page(model: wire.ModelView, width: int = 100) -> str:
    lines = model_page(model, STANDING, sights.requests(), width)
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def test_the_page_of_a_model_at_home() -> None:
    said = page(sights.models()[0])
    parts = [
        *(sights.QWEN, "local · ready since 14:03"),
        *("WHAT IT IS", "32,768 tokens", "14.8B", "9.3 GB · Q4_K_M", "tools, json"),
        *("WHAT IT COSTS", "nothing"),
        *("HOW FAST IT WAS", "31.4 tokens a second", "after 412ms"),
        *("62 ± 6 of 100", "from 12 checks and 3 thumbs at code"),
        *("confidence: calibrated on 140 answers, error 0.04", "71 ± 11 of 100"),
        *("nothing, as far as the feed goes back", "ITS LAST PROMPTS", "14:02:58"),
    ]
    at = [said.index(part) for part in parts]
    assert at == sorted(at)


def test_the_page_of_a_model_away() -> None:
    said = page(sights.models()[3])
    assert "$3 of tokens in, $15 of tokens out" in said
    assert "from        genai-prices" in said
    assert "50 prompts a minute" in said
    assert "link lost: the link was lost" in said
    assert "prompt 7f3a2c91 · 1 failure in 2 attempts" in said
    assert "Nothing yet. u and d on Live" in said


def test_a_model_of_which_little_is_known() -> None:
    said = page(sights.models()[5])
    assert "no key" in said
    assert "nothing is known" in said
    assert "its price is unknown" in said
    assert "nothing was measured yet" in said
    assert "none, as far as the feed goes back" in said


@pytest.mark.parametrize("width", [44, 60, 100])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    hostile = structs.replace(sights.models()[0], id="模型/" + "型" * 60, domain="\u202e" * 90)
    for model in (*sights.models(), hostile):
        for line in model_page(model, None, sights.requests(), width):
            assert line_width(line) <= width
