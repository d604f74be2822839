"""Names of models: as Ollama's clients write them, and as the routing knows them."""

from __future__ import annotations

from collections.abc import Callable, Collection

from homeport.daemon.api.house import House
from homeport.policies.errors import NotFound

WORDS = ("auto", "local", "cloud")
"""Names that leave the choice to the daemon, listed before the models."""
PROVIDER = "ollama/"
LATEST = ":latest"


def rename(name: str, ids: Collection[str], aliases: Collection[str] = ()) -> str:
    """The name that the routing knows a model by.

    Clients add `:latest` to a name without a tag, and call a model of Ollama by its bare name.
    """
    name = name.strip()
    bare = name.removesuffix(LATEST) or name
    for known in (name, bare):
        if known in ids or known in aliases or known in WORDS or _is_mode(known):
            return known
    for known in (PROVIDER + name, PROVIDER + bare, PROVIDER + bare + LATEST, bare + LATEST):
        if known in ids:
            return known
    return bare


def _is_mode(name: str) -> bool:
    return name.startswith("auto:") and not name.endswith(LATEST)


def renamer(house: House) -> Callable[[str], str]:
    """`rename` among what is there."""
    ids = frozenset(view.id for view in house.daemon.fleet.views())
    aliases = frozenset(house.daemon.config.aliases)
    return lambda name: rename(name, ids, aliases)


def unknown_model(name: str, error: NotFound | None = None) -> NotFound:
    """The words that Ollama's clients look for, and what our own error adds."""
    sentence = f"model '{name[:200]}' not found"
    if error is not None:
        sentence += f". {error.sentence}"
    return NotFound(sentence, code="model_not_found", param="model")
