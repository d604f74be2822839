"""Whether what a limit names is there: a limit that covers nothing protects nobody.

1. a model or a provider that can never be here is refused when its limit is set: an id without a
   provider, or a provider that neither this program nor the config knows
2. a model that its provider may offer later, and a client or a tag of which nobody has heard, may
   come: its limit is taken, and told as one that covers nothing so far, with the nearest name
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

import msgspec

NEAR = 0.6
"""How alike a name is that may have been meant."""
OTHER_NAMES = {"google": "gemini", "x-ai": "xai", "grok": "xai", "claude": "anthropic"}
"""What people call providers."""
COMES = {
    "provider": "no model here is one of {name}",
    "model": "no model here has that id",
    "client": "no prompt of such a client has come",
    "tag": "no prompt with such a tag has come",
}


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to be limited."""

    models: frozenset[str]
    """Ids of the models that are here."""
    providers: frozenset[str]
    """Every provider that is here, or could be."""
    clients: frozenset[str] = frozenset()
    """Whoever has asked."""
    tags: frozenset[str] = frozenset()

    def of(self, scope: str) -> frozenset[str]:
        """Names that a limit of this scope covers something by."""
        if scope == "provider":
            return self.providers
        known = {"model": self.models, "client": self.clients, "tag": self.tags}
        return known[scope]


def refusal(scope: str, name: str, names: Names, listed: Callable[[str], bool]) -> str:
    """Why a limit can never cover anything, with the nearest name; empty where it may.

    `listed` says whether the list of prices has `provider/model`.
    """
    if scope == "provider" and name not in names.providers:
        hint = _hint(name, names.providers)
        return f"No provider is called {name}, so a limit would cover nothing.{hint}"
    if scope != "model" or name in names.models:
        return ""
    provider, slash, model = name.partition("/")
    if not slash or not model:
        return (
            f"{name} is no model's id, which is provider/model, so a limit would cover nothing."
            f"{_hint_of_model(name, names, listed)}"
        )
    if provider not in names.providers:
        hint = _hint(name, names.models) or _hint_of_model(model, names, listed)
        return f"No provider is called {provider}, so a limit would cover nothing.{hint}"
    return ""


def doubt(scope: str, name: str, names: Names) -> str:
    """A sentence where a limit covers nothing so far; empty where it covers something."""
    known = names.of(scope)
    if name in known:
        return ""
    why = COMES[scope].format(name=name)
    return f"The limit of {scope} {name} covers nothing so far: {why}.{_hint(name, known)}"


def _hint(name: str, known: Iterable[str]) -> str:
    folded = {one.casefold(): one for one in known if one}
    wanted = OTHER_NAMES.get(name.casefold(), name.casefold())
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=NEAR)
    return f" Did you mean {folded[near[0]]}?" if near else ""


def _hint_of_model(name: str, names: Names, listed: Callable[[str], bool]) -> str:
    """The id whose end is this name: of a model that is here, else of one that is listed."""
    wanted = name.strip("/").casefold()
    here = sorted(one for one in names.models if one.casefold().partition("/")[2] == wanted)
    there = (f"{one}/{wanted}" for one in sorted(names.providers) if listed(f"{one}/{wanted}"))
    found = here[0] if here else next(there, "")
    if found:
        return f" Did you mean {found}?"
    ends = {one.partition("/")[2]: one for one in sorted(names.models, reverse=True)}
    near = difflib.get_close_matches(wanted, ends, n=1, cutoff=NEAR)
    return f" Did you mean {ends[near[0]]}?" if near else ""
