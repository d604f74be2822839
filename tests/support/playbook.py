"""The error playbook of `daemon/README.md` as values, so that tests can hold it to what happens.

A cell is written as a person reads it; `<…>` stands for whatever differs, and
backticks are decoration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parents[2] / "daemon" / "README.md"
HEADER = ("trigger", "retries", "next step", "sentence", "log line", "test")
NOTHING = "—"


@dataclass(frozen=True)
class Row:
    """One failure: what sets it off, what is done, what is said, what is logged, and the proof."""

    trigger: str
    retries: str
    next_step: str
    sentence: str
    log_line: str
    test: str

    @property
    def test_path(self) -> str:
        """The file of the test, from the root of the repository."""
        return self.test.strip("`").partition("::")[0]

    @property
    def test_name(self) -> str:
        """The function that proves it."""
        return self.test.strip("`").partition("::")[2]

    @property
    def tries_again(self) -> int:
        """How often the same model is tried again."""
        return int(self.retries.split()[0])

    def proves(self, sentence: str, log: str) -> None:
        """Fails where another sentence was told, or another line was logged."""
        assert matches(self.sentence, sentence), f"{self.sentence!r} is not in {sentence!r}"
        if self.log_line != NOTHING:
            assert matches(self.log_line, log), f"{self.log_line!r} is not in {log!r}"


def matches(cell: str, text: str) -> bool:
    """Whether a cell says what a text says somewhere."""
    parts = (re.escape(part) for part in re.split(r"<[^<>]+>", plain(cell)))
    return re.search(".*?".join(parts), plain(text)) is not None


def plain(text: str) -> str:
    """Without decoration, and without the full stop that a sentence loses inside another."""
    return text.replace("`", "").removesuffix(".")


def rows(text: str | None = None) -> list[Row]:
    """Every row of the tables that have the playbook's header."""
    text = README.read_text(encoding="utf-8") if text is None else text
    return [Row(*cells) for cells in _rows(text.splitlines())]


def _rows(lines: list[str]) -> Iterator[list[str]]:
    within = False
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if tuple(cells) == HEADER:
            within = True
        elif not line.startswith("|"):
            within = False
        elif within and not set(line) <= set("|- "):
            yield cells


def row_proved_by(name: str) -> Row:
    """The row that names this test."""
    (row,) = [row for row in rows() if row.test_name == name]
    return row
