"""What a caller says of how the answer is made: one model or several, in a chain or at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from homeport.policies.errors import BadRequest
from homeport.policies.model import NO_OPTIONS, Method, StrategyOptions

MOST_MODELS = 8
MAX_NAME = 256
METHODS: tuple[Method, ...] = get_args(Method)
CHAINS = ("mixed", "anthropic", "openai", "fast", "local")
FIELDS = ("chain", "models", "ensemble_size", "threshold", "method", "judge")
HEADERS = {b"x-homeport-" + name.replace("_", "-").encode(): name for name in FIELDS}


def options_of(said: Mapping[str, Any]) -> StrategyOptions:
    """From values by their names in `FIELDS`; text or the value itself. Raises `BadRequest`."""
    if not any(said.values()):
        return NO_OPTIONS
    chain, steps = _chain(said.get("chain"))
    return StrategyOptions(
        models=steps or _names(said.get("models"), "models"),
        chain=chain,
        size=_size(said.get("ensemble_size")),
        threshold=_threshold(said.get("threshold")),
        method=_method(said.get("method")),
        judge=_judge(said.get("judge")),
    )


def implied(options: StrategyOptions) -> str | None:
    """The strategy that the options speak of, where the caller names none."""
    if options.chain:
        return "fallback"
    return "ensemble" if options.size or options.method or options.judge else None


def _chain(given: str | Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    """A chain's name, or else its steps."""
    names = _names(given, "chain")
    if len(names) == 1 and names[0] in CHAINS:
        return names[0], ()
    if len(names) == 1 and "/" not in names[0]:
        raise BadRequest(
            f"There is no chain {names[0]!r}. There is: {', '.join(CHAINS)}; or name its models, "
            "divided by commas.",
            param="chain",
        )
    return ("named", names) if names else ("", ())


def _names(given: str | Sequence[str] | None, field: str) -> tuple[str, ...]:
    parts = given.split(",") if isinstance(given, str) else given or ()
    names = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if len(names) > MOST_MODELS:
        raise BadRequest(f"`{field}` names more than {MOST_MODELS} models.", param=field)
    if any(len(name) > MAX_NAME for name in names):
        raise BadRequest(f"A name in `{field}` is longer than {MAX_NAME} letters.", param=field)
    return names


def _size(given: int | str | None) -> int | None:
    if given in (None, ""):
        return None
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_MODELS):
        raise BadRequest(
            f"`ensemble_size` must be a whole number from 1 to {MOST_MODELS}.",
            param="ensemble_size",
        )
    return int(text)


def _threshold(given: float | str | None) -> float | None:
    if given in (None, ""):
        return None
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise BadRequest("`threshold` must be a number from 0 to 1.", param="threshold")
    return number


def _method(given: str | None) -> Method | Literal[""]:
    for method in METHODS:
        if given == method:
            return method
    if given:
        raise BadRequest(
            f"There is no method {given[:40]!r}. There is: {', '.join(METHODS)}.", param="method"
        )
    return ""


def _judge(given: str | None) -> str:
    return (_names(given, "judge") or ("",))[0]
