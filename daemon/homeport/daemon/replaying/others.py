"""The policies on the shelf, as they would be in force."""

from __future__ import annotations

from homeport.daemon.config.settings import Config
from homeport.daemon.replaying.redeciding import Other
from homeport.daemon.shelf.shelf import Shelf
from homeport.policies.rules.book import Book


def other_of(book: Book, shelf: Shelf, config: Config) -> Other:
    """One of them; `local-only` of the config stays what it is."""
    base = config.mode
    return Other(
        name=book.name,
        mode=base if book.mode is None or base == "local-only" else book.mode,
        weights=book.weights,
        rules=shelf.rules_of(book),
        cloud_share=book.cloud_share,
    )


def others_of(shelf: Shelf, config: Config) -> list[Other]:
    """Every policy whose file can be read."""
    names = (name for name in shelf.names() if name not in shelf.troubles)
    return [other_of(shelf.kept(name).book, shelf, config) for name in names]
