"""From the text of a policy file to a `Book`, or to every problem it has, with its line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from homeport.daemon.config.check import MAX_PROBLEMS, tables_of
from homeport.daemon.config.errors import ConfigError, Problem
from homeport.daemon.config.lines import Positions
from homeport.policies.rules.book import Book, Finding
from homeport.policies.rules.reading import book_from
from homeport.policies.rules.sense import findings


def book_of(text: str, name: str, path: str) -> Book:
    """The policy that a text says. Raises `ConfigError` with all that is wrong."""
    text = text.removeprefix("\ufeff")
    book, found = book_from(tables_of(text, path), name)
    if found:
        raise ConfigError(path, placed(found, text))
    return book


def problems_of(
    text: str, name: str, path: str, models: Iterable[str] | None = None
) -> tuple[Problem, ...]:
    """All that is wrong or senseless in a text; `models` are the ids that are known."""
    try:
        book = book_of(text, name, path)
    except ConfigError as error:
        return error.problems
    return placed(findings(book.rules, models), text.removeprefix("\ufeff"))


def placed(found: Sequence[Finding], text: str) -> tuple[Problem, ...]:
    """Findings with the lines they are about, in the order of the file."""
    positions = Positions(text)
    problems = [
        Problem(
            positions.line(finding.key),
            ".".join(str(part) for part in finding.key),
            finding.sentence,
            finding.nearest,
        )
        for finding in found[:MAX_PROBLEMS]
    ]
    return tuple(sorted(problems, key=lambda problem: problem.line))
