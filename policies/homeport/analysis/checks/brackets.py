"""Whether the brackets of a program match, outside of its strings and comments."""

from __future__ import annotations

import re

_HASH_COMMENTS = frozenset({"toml"})
_DASH_COMMENTS = frozenset({"sql", "lua"})
_SLASH_COMMENTS = frozenset(
    {"c", "cpp", "csharp", "java", "javascript", "typescript", "go", "rust", "kotlin", "swift"}
    | {"scala", "dart", "json", "zig"}
)
CALM_LANGUAGES = _SLASH_COMMENTS | _HASH_COMMENTS | _DASH_COMMENTS
"""Whose brackets come in pairs, and whose strings can be told without a parser."""

_PAIRS = {")": "(", "]": "[", "}": "{"}
# Each of these takes what it begins with, closed or not, so that no text is read twice.
_STRING = r'"""[\s\S]*?(?:"""|\Z)|"(?:\\[\s\S]?|[^"\\\n])*+(?:"|(?=\n)|\Z)'
_CHARACTER = r"|'(?:\\[^\n]{1,9}|[^'\\\n])'"
_SINGLE_QUOTED = r"|'(?:\\[\s\S]?|[^'\\\n])*+(?:'|(?=\n)|\Z)"
_TEMPLATE = r"|`(?:\\[\s\S]?|[^`\\])*+(?:`|\Z)"
_COMMENT_STYLES = {
    "slash": r"|//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)",
    "hash": r"|#[^\n]*",
    "dash": r"|--[^\n]*|/\*[\s\S]*?(?:\*/|\Z)",
}
_REGEX = (
    r"|(?<=[=(,:;!&|?{}\n])\s{0,4}/(?![*/])"
    r"(?:\\.|\[(?:\\.|[^\]\\\n]){0,200}\]|[^/\\\n\[]){1,300}/"
)


def brackets_match(source: str, language: str) -> int:
    """0 where they do; else the line of the first that does not."""
    open_at: list[tuple[str, int]] = []
    for found in re.finditer(rf"{_skipped(language)}|(?P<bracket>[()\[\]{{}}])", source):
        bracket = found["bracket"]
        if bracket is None:
            continue
        if bracket not in _PAIRS:
            open_at.append((bracket, found.start()))
        elif not open_at or open_at.pop()[0] != _PAIRS[bracket]:
            return _line(source, found.start())
    return _line(source, open_at[0][1]) if open_at else 0


def _skipped(language: str) -> str:
    if language in _HASH_COMMENTS:
        style = "hash"
    else:
        style = "dash" if language in _DASH_COMMENTS else "slash"
    # An apostrophe that opens no character is a lifetime of Rust, or a mark in a number of C++.
    quote = _CHARACTER if language in ("rust", "cpp", "c") else _SINGLE_QUOTED
    template = _TEMPLATE if language in ("javascript", "typescript", "go") else ""
    regexes = _REGEX if language in ("javascript", "typescript") else ""
    return _STRING + quote + template + _COMMENT_STYLES[style] + regexes


def _line(source: str, at: int) -> int:
    return source.count("\n", 0, at) + 1
