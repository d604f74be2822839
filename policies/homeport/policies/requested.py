"""What a program means by the model name it sends.

A name is one of: `auto` (or `homeport`, for programs with an `auto` of their
own), `auto:<mode>`, `local`, `cloud`, an exact id (`provider/model`, a pin), or
a bare name such as programs hard-code (a preference). A name that means nothing
here is an error for the door, which shows the nearest names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Literal, get_args

from homeport.policies.model import Candidate, Mode, Policy
from homeport.policies.quick import quick

MODES: tuple[Mode, ...] = get_args(Mode)

# Families whose names programs hard-code. A bare name of one of them is a
# wish that may be answered otherwise, also where nobody here offers it.
FAMILIES = (
    "gpt-",
    "chatgpt-",
    "o1",
    "o3",
    "o4",
    "codex-",
    "claude-",
    "gemini-",
    "grok-",
    "deepseek-",
    "mistral-",
    "codestral-",
    "command-",
)

_RELEASE = re.compile(r"-(?:latest|20\d{6}|20\d\d-\d\d-\d\d)$")

WishKind = Literal["any", "local", "cloud", "pinned", "preferred"]


@quick(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A model name that means something here."""

    kind: WishKind
    name: str
    """What was asked for, aliases followed."""
    ids: tuple[str, ...] = ()
    """Ids of the models it names; empty for a preference that nobody here offers."""
    mode: Mode | None = None
    """The mode it brings (`auto:<mode>`)."""


@quick(frozen=True, slots=True, kw_only=True)
class UnknownModel:
    """A model name that means nothing here."""

    name: str
    nearest: tuple[str, ...]
    sentence: str


def resolve(
    requested: str, known_ids: Iterable[str], aliases: Mapping[str, str]
) -> Resolution | UnknownModel:
    """What `requested` means among the models that are known, or the nearest names."""
    ids = tuple(known_ids)
    name = _follow(requested.strip() or "auto", aliases)
    word = _of_words(name)
    if word is not None:
        return word
    if name in ids:
        return Resolution(kind="pinned", name=name, ids=(name,))
    named = _named(((known, known.partition("/")[2]) for known in ids), name)
    if named or _is_of_family(name):
        return Resolution(kind="preferred", name=name, ids=named)
    return _unknown(name, ids, aliases)


def wish(requested: str, candidates: Sequence[Candidate], policy: Policy) -> Resolution:
    """What `requested` means among these candidates; never fails: a name unknown by now is
    a preference that nobody meets."""
    name = requested.strip() or "auto"
    if policy.aliases:
        name = _follow(name, dict(policy.aliases))
    word = _of_words(name)
    if word is not None:
        return word
    for candidate in candidates:
        if candidate.card.id == name:
            return Resolution(kind="pinned", name=name, ids=(name,))
    named = _named(((c.card.id, c.card.name) for c in candidates), name)
    return Resolution(kind="preferred", name=name, ids=named)


def _of_words(name: str) -> Resolution | None:
    if name in ("auto", "homeport"):
        return _AUTO
    if name == "local":
        return Resolution(kind="local", name=name)
    if name == "cloud":
        return Resolution(kind="cloud", name=name)
    if name.startswith("auto:"):
        for mode in MODES:
            if mode == name[5:]:
                return Resolution(kind="any", name=name, mode=mode)
    return None


_AUTO = Resolution(kind="any", name="auto")


def _follow(name: str, aliases: Mapping[str, str]) -> str:
    """The end of a chain of aliases; a circle ends where it closes."""
    seen = {name}
    while (target := aliases.get(name)) and target not in seen:
        name = target
        seen.add(name)
    return name


def _named(models: Iterable[tuple[str, str]], wanted: str) -> tuple[str, ...]:
    """Ids of the models of that name; of those that it may stand for where none has it."""
    known = tuple(models)
    ids = [model for model, name in known if _is_named(name, wanted)]
    if not ids:
        undated = _undated(wanted)
        ids = [model for model, name in known if _undated(name) == undated]
    if not ids and not _is_of_family(wanted):
        ids = [model for model, name in known if _begins(name, wanted)]
    return tuple(sorted(ids))


def _undated(name: str) -> str:
    """A name without the date of its release: providers list `claude-x-4-5-20250929`, and
    programs ask for `claude-x-4-5` or `claude-x-4-5-latest`."""
    return _RELEASE.sub("", name.lower())


def _begins(model_name: str, wanted: str) -> bool:
    """Whether `qwen3-8b` is meant by `qwen3-8b-instruct.q4_k_m`, as a catalog shortens it."""
    own, asked = model_name.lower(), wanted.lower()
    return bool(asked) and own.startswith(asked) and own[len(asked) :][:1] in ("-", ".", "_")


def _is_named(model_name: str, wanted: str) -> bool:
    """Whether a bare name means this model; a name without a tag means any of its tags."""
    if model_name == wanted:
        return True
    own, asked = model_name.lower(), wanted.lower()
    return own == asked or own.partition(":")[0] == asked


def _is_of_family(name: str) -> bool:
    return "/" not in name and name.lower().startswith(FAMILIES)


def _unknown(name: str, ids: tuple[str, ...], aliases: Mapping[str, str]) -> UnknownModel:
    words = ["auto", "local", "cloud", *(f"auto:{mode}" for mode in MODES), *aliases]
    by_name = {known.partition("/")[2]: known for known in sorted(ids, reverse=True)}
    pool = {text.lower(): text for text in (*words, *ids)}
    pool.update({text.lower(): known for text, known in by_name.items()})
    close = get_close_matches(name.lower(), pool, n=4, cutoff=0.5)
    nearest = tuple(dict.fromkeys(pool[text] for text in close))[:3]
    hint = f"The nearest names are {', '.join(nearest)}." if nearest else "`auto` always works."
    return UnknownModel(
        name=name,
        nearest=nearest,
        sentence=f"There is no model named {name!r} here. {hint} "
        "`homeport models --list` shows all of them.",
    )
