"""What a caller asks of the routing: the `homeport` object of a body, and the headers.

The object counts where both name something; private is private if either says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, cast, get_args

import msgspec

from homeport.adapters.base import Labels, OnCut
from homeport.daemon.api.cache_labels import HEADER as CACHE_HEADER
from homeport.daemon.api.cache_labels import cache_wish
from homeport.daemon.api.strategy_labels import FIELDS, HEADERS, implied, options_of
from homeport.policies.errors import BadRequest
from homeport.policies.model import NO_OPTIONS, StrategyOptions
from homeport.policies.rules.words import Unclear, weights_from, weights_of_names

NANO = 1_000_000_000
MAX_NAME = 128
MAX_MODEL = 256
MAX_TAGS = 16


class Wishes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `homeport` object of a body."""

    policy: str | None = None
    privacy: Literal["normal", "private"] | None = None
    private: bool | None = None
    strategy: str | None = None
    max_cost: float | None = None
    """US dollars."""
    deadline: float | None = None
    """Seconds."""
    session: str | None = None
    tags: str | tuple[str, ...] | None = None
    client: str | None = None
    weights: str | dict[str, float] | None = None
    chain: str | tuple[str, ...] | None = None
    models: str | tuple[str, ...] | None = None
    ensemble_size: int | None = None
    threshold: float | None = None
    method: str | None = None
    judge: str | None = None
    on_cut: str | None = None
    tests: str = ""
    defer: bool | str | None = None
    cache: str | None = None
    """Such as `on, ttl=3600`."""


NO_WISHES = Wishes()
_HEADERS = (
    frozenset(
        b"x-homeport-" + name
        for name in (
            *(b"policy", b"privacy", b"strategy", b"max-cost", b"deadline"),
            *(b"session", b"client", b"tags", b"weights", b"defer", b"on-cut"),
        )
    )
    | HEADERS.keys()
    | {CACHE_HEADER}
)


def labels_of(model: str | None, wishes: Wishes, headers: Mapping[bytes, bytes]) -> Labels:
    """Body and headers as one. Raises `BadRequest` for a value that cannot be."""
    said = {name: _text(headers[name]) for name in _HEADERS & headers.keys()}
    if not said and wishes is NO_WISHES:
        return Labels(model=model_of(model), client=name_of(_agent(headers)))
    options = _options(wishes, said) if said or wishes is not NO_WISHES else NO_OPTIONS
    return Labels(
        model=model_of(model),
        policy=wishes.policy or said.get(b"x-homeport-policy"),
        private=_private(wishes, said.get(b"x-homeport-privacy")),
        strategy=wishes.strategy or said.get(b"x-homeport-strategy") or implied(options),
        max_cost_nano=_scaled(wishes.max_cost, said, b"x-homeport-max-cost", NANO),
        deadline_ms=_scaled(wishes.deadline, said, b"x-homeport-deadline", 1000) or None,
        session=name_of(wishes.session or said.get(b"x-homeport-session")),
        client=name_of(wishes.client or said.get(b"x-homeport-client") or _agent(headers)),
        tags=tags_of(wishes.tags or said.get(b"x-homeport-tags") or ""),
        weights=weights_of(wishes.weights or said.get(b"x-homeport-weights")),
        options=options,
        defer=defer_of(wishes.defer if wishes.defer is not None else said.get(b"x-homeport-defer")),
        on_cut=on_cut_of(wishes.on_cut or said.get(b"x-homeport-on-cut")),
        tests=wishes.tests,
        cache=cache_wish(wishes.cache or said.get(CACHE_HEADER)),
    )


def _options(wishes: Wishes, said: Mapping[bytes, str | None]) -> StrategyOptions:
    return options_of(
        {name: said.get(header) for header, name in HEADERS.items()}
        | {name: given for name in FIELDS if (given := getattr(wishes, name))}
    )


def weights_of(given: str | dict[str, float] | None) -> tuple[float, float, float] | None:
    """Budget, latency, quality: from `budget=0.5,latency=0.2` or an object of these. Raises
    `BadRequest` where they cannot be."""
    if not given:
        return None
    try:
        read = weights_from(given) if isinstance(given, str) else weights_of_names(given)
    except Unclear as unclear:
        raise BadRequest(f"`weights`: {unclear}", param="weights") from None
    return read.budget, read.latency, read.quality


def defer_of(given: bool | str | None) -> Literal["", "online", "off-peak"]:
    """Until when a prompt may be kept. Raises `BadRequest` for another word."""
    word = str(given or "").lower()
    if word in ("", "false", "0"):
        return ""
    if word in ("true", "1", "online"):
        return "online"
    if word == "off-peak":
        return "off-peak"
    raise BadRequest("`defer` must be true, false or `off-peak`.", param="defer")


def on_cut_of(given: str | None) -> OnCut | None:
    """What is to become of an answer that is cut off. Raises `BadRequest` for another word."""
    if not given:
        return None
    for word in get_args(OnCut):
        if given.lower() == word:
            return cast("OnCut", word)
    raise BadRequest("`on_cut` must be `continue`, `restart` or `error`.", param="on_cut")


def model_of(given: str | None) -> str:
    """The model's name, `auto` where none is given. Raises `BadRequest` for what is none."""
    if given and len(given) > MAX_MODEL:
        raise BadRequest(f"`model` is longer than {MAX_MODEL} letters.", param="model")
    return given or "auto"


def tags_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """Tags, each a short name, none twice. Raises `BadRequest` where they are too many."""
    parts = given.split(",") if isinstance(given, str) else given
    tags = tuple(dict.fromkeys(name for part in parts if (name := name_of(part))))
    if len(tags) > MAX_TAGS:
        raise BadRequest(f"At most {MAX_TAGS} tags can be given.", param="tags")
    return tags


def name_of(text: str | None) -> str:
    """A short printable name: it is shown in the feed and stored with the decision."""
    if not text:
        return ""
    if not text.isprintable():
        text = "".join(symbol for symbol in text if symbol.isprintable())
    return text.strip()[:MAX_NAME]


def _text(value: bytes) -> str | None:
    """What a header says; None where that is nothing."""
    return value.decode("utf-8", "replace").strip() or None


def _private(wishes: Wishes, said: str | None) -> bool:
    if said is not None and said.lower() not in ("private", "normal"):
        raise BadRequest(
            "`x-homeport-privacy` must be `private` or `normal`.", param="x-homeport-privacy"
        )
    by_header = said is not None and said.lower() == "private"
    return by_header or wishes.privacy == "private" or bool(wishes.private)


def _scaled(
    wish: float | None, said: Mapping[bytes, str | None], name: bytes, scale: int
) -> int | None:
    given: float | str | None = wish if wish is not None else said.get(name)
    if given is None:
        return None
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if not 0 <= number < 1e9:
        field = name.decode()
        raise BadRequest(f"`{field}` must be a number, and at least 0.", param=field)
    return round(number * scale)


def _agent(headers: Mapping[bytes, bytes]) -> str | None:
    """The first word of the user agent, without its version."""
    agent = headers.get(b"user-agent")
    if not agent:
        return None
    return agent.split(b" ", 1)[0].split(b"/", 1)[0].decode("ascii", "replace")
