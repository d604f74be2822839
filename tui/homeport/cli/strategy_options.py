"""The options that say how an answer is made: by one model, in a chain, or by several at once."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from homeport.cli.prompting import positive, text_of


def strategy_arguments(parser: ArgumentParser) -> None:
    """Adds what `ask` and `route` can say of it."""
    add = parser.add_argument_group("how the answer is made").add_argument
    add(
        "--strategy",
        metavar="NAME",
        help="auto (the default), single, cheapest, verify, fallback, ensemble, compare, race "
        "or hedge",
    )
    add(
        "--chain",
        metavar="NAMES",
        help="ask these in turn until one is sure enough: models divided by commas, or one of "
        "mixed, anthropic, openai, fast, local",
    )
    add("--threshold", type=share, metavar="P", help="how sure, from 0 to 1 (default: 0.6)")
    add("--models", type=names, metavar="NAMES", help="the models that may answer: a,b,c")
    add("--ensemble-size", type=positive, metavar="N", help="ask N models, and make one of theirs")
    add("--method", metavar="NAME", help="how: majority, weighted or judge")
    add("--judge", metavar="NAME", help="the model that judges")
    add("--tests", metavar="FILE", help="code that the code of the answer has to pass")


def strategy_fields(args: Namespace) -> dict[str, Any]:
    """The fields of `wire.AskRequest` that were typed; raises UnreadableFile."""
    fields = ("strategy", "chain", "threshold", "models", "ensemble_size", "method", "judge")
    said = {name: getattr(args, name) for name in fields if getattr(args, name) is not None}
    if args.tests is not None:
        said["tests"] = text_of(args.tests)
    return said


def names(text: str) -> list[str]:
    """`a,b,c` as names."""
    listed = [name.strip() for name in text.split(",") if name.strip()]
    if not listed:
        raise ArgumentTypeError(f"{text!r} names no model; write a,b,c")
    return listed


def share(text: str) -> float:
    """A number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{text!r} is not between 0 and 1")
    return value
