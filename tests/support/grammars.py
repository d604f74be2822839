"""Writes random texts that a llama.cpp grammar accepts, to see what it lets through."""

from __future__ import annotations

import random
import re

TOKEN = re.compile(
    r'\s*("(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[a-zA-Z][\w-]*|[|()*+?])'
)
Item = tuple[object, int, int | None]
Options = list[list[Item]]
DEEP = 40
"""From this depth on, the last alternative is taken: it ends soonest."""

ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class Writer:
    """Follows the rules of a grammar at random, shorter the deeper it gets."""

    def __init__(self, grammar: str, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # no secret
        self._rules = {}
        for line in grammar.splitlines():
            name, body = line.split(" ::= ", 1)
            self._rules[name] = _parse(_tokens(body))

    def text(self) -> str:
        """One text from the root."""
        return self._rule("root", 0)

    def _rule(self, name: str, depth: int) -> str:
        return self._alternatives(self._rules[name], depth + 1)

    def _alternatives(self, options: Options, depth: int) -> str:
        option = options[-1] if depth > DEEP else self._random.choice(options)
        return "".join(self._item(item, depth) for item in option)

    def _item(self, item: Item, depth: int) -> str:
        what, least, most = item
        longest = least + (0 if depth > 30 else 3)
        count = self._random.randint(least, longest if most is None else min(most, longest))
        return "".join(self._one(what, depth) for _ in range(count))

    def _one(self, what: object, depth: int) -> str:
        if isinstance(what, list):
            return self._alternatives(what, depth)
        text = str(what)
        if text.startswith('"'):
            return _unescape(text[1:-1])
        if text.startswith("["):
            return self._random.choice(_members(text[1:-1]))
        return self._rule(text, depth)


def _tokens(body: str) -> list[str]:
    tokens, at = [], 0
    while body[at:].strip():
        match = TOKEN.match(body, at)
        assert match, f"not a grammar: {body[at : at + 40]}"
        tokens.append(match[1])
        at = match.end()
    return tokens


def _parse(tokens: list[str]) -> Options:
    options: Options = [[]]
    while tokens:
        token = tokens.pop(0)
        if token == ")":
            break
        if token == "|":
            options.append([])
        elif token == "(":
            options[-1].append((_parse(tokens), 1, 1))
        elif token[0] in "*+?{":
            what, _, _ = options[-1].pop()
            options[-1].append((what, *_repeats(token)))
        else:
            options[-1].append((token, 1, 1))
    return options


def _repeats(token: str) -> tuple[int, int | None]:
    if token in "*+?":
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[token]
    least, comma, most = token[1:-1].partition(",")
    return int(least), (int(most) if most else None if comma else int(least))


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        if match[0].startswith("\\x"):
            return chr(int(match[0][2:], 16))
        return ESCAPES.get(match[0][1], match[0][1])

    return re.sub(r"\\x[0-9A-Fa-f]{2}|\\.", one, text)


def _members(body: str) -> list[str]:
    """Some characters of a class."""
    negated = body.startswith("^")
    text = re.sub(r"\\x([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), body[negated:])
    text = re.sub(r"\\(.)", r"\1", text)
    members = set()
    at = 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-" and at + 2 < len(text):
            members |= {chr(code) for code in range(ord(text[at]), ord(text[at + 2]) + 1)}
            at += 3
        else:
            members.add(text[at])
            at += 1
    if not negated:
        return sorted(members)
    return sorted({*"abz 09'{}[]:,", "é", "🚢", "\u2028"} - members)
