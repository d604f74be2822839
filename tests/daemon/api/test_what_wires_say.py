"""The tables of what wires have no word for are in the README, row by row."""

from __future__ import annotations

from pathlib import Path

from homeport.daemon.api.what_wires_say import ANSWERS, PROMPTS, VETOES, Table

README = Path(__file__).parents[3] / "daemon" / "README.md"


def rows(table: Table) -> list[str]:
    return [
        f"| {wire} | {noun} | {sentence} |"
        for wire, nouns in table.items()
        for noun, sentence in nouns.items()
    ]


def test_the_readme_has_every_row() -> None:
    told = README.read_text("utf-8")
    missing = [row for table in (ANSWERS, PROMPTS, VETOES) for row in rows(table)]
    assert not [row for row in missing if row not in told]


def test_every_wire_is_in_every_table() -> None:
    wires = {"openai-chat", "openai-responses", "anthropic", "gemini", "ollama"}
    assert set(ANSWERS) == set(PROMPTS) == set(VETOES) == wires


def test_nouns_stand_in_their_order_and_have_a_sentence() -> None:
    for table in (ANSWERS, PROMPTS, VETOES):
        for nouns in table.values():
            assert list(nouns) == sorted(nouns)
            assert all(sentence.endswith((".", "`")) for sentence in nouns.values())
