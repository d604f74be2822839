"""The words after a verb: one small argparse parser for that verb alone."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from importlib import import_module
from typing import Any, NoReturn

from homeport.cli.output import terminal_width
from homeport.cli.refusal import WrongUse
from homeport.cli.verbs import Verb

WITHOUT_JSON = frozenset({"eval", "lab", "tui"})


class Help(RawDescriptionHelpFormatter):
    """Help as wide as the terminal, found without the modules that argparse would load for it."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, width=(terminal_width() or 82) - 2, **more)


class VerbParser(ArgumentParser):
    """Says what is wrong in one sentence, with the nearest option and an example."""

    def error(self, message: str) -> NoReturn:
        """Raises `WrongUse` with the sentence."""
        raise WrongUse(f"{self.prog}: {message}{self._nearest(message)}")

    def _nearest(self, message: str) -> str:
        from difflib import get_close_matches

        known = list(self._option_string_actions)
        for word in message.replace("=", " ").replace(":", " ").split():
            nearest = get_close_matches(word, known, n=1) if word.startswith("--") else []
            if nearest and word not in known:
                return f". Did you mean {nearest[0]}?"
        return f". See: {self.prog} --help"


def parser_of(verb: Verb) -> VerbParser:
    """The parser of one verb, with its help."""
    examples = "\n".join(f"  {example}" for example in verb.examples)
    parser = VerbParser(
        prog=f"homeport {verb.name}",
        description=verb.summary,
        epilog=f"examples:\n{examples}",
        formatter_class=Help,
        allow_abbrev=False,
    )
    parser.set_defaults(verb=verb.name, json=False)
    module_of(verb).arguments(parser, verb.name)
    if verb.name not in WITHOUT_JSON:
        parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    return parser


def parse(verb: Verb, words: list[str]) -> Namespace:
    """The arguments; options may stand anywhere. Exits where they make no sense.

    Behind `--` everything belongs to the verb's own words (`words_to`), where it takes any.
    """
    parser = parser_of(verb)
    end = words.index("--") if "--" in words else len(words)
    words_to = parser.get_default("words_to")
    if words_to:
        args = parser.parse_intermixed_args(words[:end])
        setattr(args, words_to, getattr(args, words_to) + words[end + 1 :])
        return args
    return parser.parse_intermixed_args(words)


def module_of(verb: Verb) -> Any:
    """The module that does the work of a verb."""
    return import_module(f"homeport.cli.{verb.module}")
