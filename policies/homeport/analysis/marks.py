"""Signs in a text that are not words: code, mathematics, tables, lists, options.

Looked for as parts of the text; a rare sign stands before each group of parts,
so that prose is passed over quickly.
"""

from __future__ import annotations

import re

from homeport.analysis.focus import Focus
from homeport.analysis.terms import words
from homeport.policies.quick import maker, quick

# A sign, and the parts that are only there where the sign is.
_CODE_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("(", ("function(", "();", "()", "print(", "traceback (", "):\n", ".append(")),
    ("{", ("{\n", "${", ") {", "{}")),
    ("}", ("};", "}\n")),
    (";", (";\n",)),
    ("=", ("=>", "==", "!=", " = ", ":=")),
    (">", ("->", "</", "/>")),
    ("&", ("&&",)),
    ("|", ("||",)),
    ("::", ("::",)),
    ("_", ("__", "self._")),
    ("#", ("#include", "c#", "#!/")),
    ("+", ("c++", "+=")),
    (".", (".py", ".js", "self.", "console.log", "exception:")),
    ("[", ("[python]", "[0]", "[i]")),
)
_CODE_WORDS = words(
    "def elif const struct impl fn func println printf async await console nullptr typeof enum "
    "lambda nonetype keyerror typeerror valueerror sudo apt npm pip"
)
_CODE_STARTS = ("def ", "class ", "import ", "#include", "function ", "<?php", "package ", "#!/")
_STRONG_CODE = ("```", "#include", "public static", "traceback (most", "[python]")
_MATHS_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("\\", ("\\frac", "\\sqrt", "\\int", "\\sum", "\\begin{", "\\[", "\\(", "\\cdot", "\\le",
            "\\ge", "\\text", "\\boxed", "\\in", "\\to", "\\pi", "\\theta", "\\mathbb")),
    ("^", ("^2", "^{", "^3", "^n", "x^", "^")),
    ("$", ("$$", "$x", "$a", "$n", "$f", "$p")),
    ("(", ("f(x)", "log(", "sin(", "cos(", "p(x)", "g(x)")),
    ("=", (" x = ", "x=", "= 0", "=0", "y =")),
)  # fmt: skip
_MATHS_SIGNS = "∫√∑π≤≥∈∀→²³"
_FORMULA = re.compile(r"\$(?:-?\d+|[^$\s]*[a-z\\^=+()_{}][^$\n]{0,60}?)\$")
_SUM = re.compile(r"\d\s*(?:[-+*/\u00d7\u00f7^=%]|mod)\s*\d|\d\s*%|\d x \d")
_SUM_SIGNS = ("+", "*", "/", "=", "%", "^", " - ", "\u00d7", "\u00f7", " x ", "mod")
_OPTIONS = tuple(
    tuple(style % letter for letter in "abcde") for style in (" (%s)", " %s)", " %s.", " %s:")
)
"""Ways to write the letters of a choice."""
HEAD, TAIL = 1_600, 1_000
"""Characters of the beginning and the end that are looked at."""
MANY = 10
"""Different signs from which more say nothing more."""
_BULLETS = frozenset({"- ", "* ", "\u2022 "})
_NUMBERED = frozenset({". ", ") "})
_LINES = 100
_CELL = 24
"""Mean characters of a table's cell; longer ones are prose with commas."""


@quick(frozen=True, slots=True)
class Marks:
    """How much of each there is."""

    code: int
    """Different signs of code; a strong one counts for three."""
    maths: int
    """Different signs of mathematics."""
    sums: int
    """Places where numbers are reckoned with."""
    steps: int
    """Numbered steps."""
    items: int
    """Items of a list, the numbered ones too."""
    options: int
    """Letters of a multiple choice, from A on without a gap."""
    table_rows: int
    questions: int
    """Question marks of any script."""


def marks_of(focus: Focus) -> Marks:
    """Count the signs of what is looked at."""
    lower = _sample(focus.lower)
    lines = lower.split("\n", _LINES) if "\n" in lower else [lower]
    steps, items = _list_items(lines)
    if focus.numbers and not steps and "(2)" in lower:
        steps = sum(f"({number})" in lower for number in range(1, 10))
    questions = lower.count("?")
    if not lower.isascii():
        questions += lower.count("\uff1f") + lower.count("\u061f")
    return _marks(
        code=_code(lower, focus.all),
        maths=_maths(lower),
        sums=_sums(lower) if focus.numbers else 0,
        steps=steps,
        items=items,
        options=_options(lower),
        table_rows=_table_rows(lines),
        questions=questions,
    )


_marks = maker(Marks)


def _sample(lower: str) -> str:
    """Signs stand close: less text tells as much as for words."""
    if len(lower) <= HEAD + TAIL:
        return lower
    return f"{lower[:HEAD]}\n{lower[-TAIL:]}"


def _parts(groups: tuple[tuple[str, tuple[str, ...]], ...], lower: str) -> int:
    """How many different parts there are, counted no further than `MANY`."""
    found = 0
    for sign, parts in groups:
        if sign in lower:
            found += len([part for part in parts if part in lower])
            if found >= MANY:
                return MANY
    return found


def _code(lower: str, all_words: frozenset[str]) -> int:
    strong = len([mark for mark in _STRONG_CODE if mark in lower])
    strong += lower.lstrip().startswith(_CODE_STARTS)
    return 3 * strong + _parts(_CODE_PARTS, lower) + len(_CODE_WORDS & all_words)


def _maths(lower: str) -> int:
    signs = 0 if lower.isascii() else sum(sign in lower for sign in _MATHS_SIGNS)
    formulas = len(_FORMULA.findall(lower)) if lower.count("$") >= 2 else 0
    return _parts(_MATHS_PARTS, lower) + signs + min(2, formulas)


def _sums(lower: str) -> int:
    if not any(sign in lower for sign in _SUM_SIGNS):
        return 0
    return len(_SUM.findall(lower))


def _list_items(lines: list[str]) -> tuple[int, int]:
    """How many lines are numbered, and how many are items of any list."""
    steps = bullets = 0
    for line in lines:
        start = line.lstrip()[:5]
        if start[:2] in _BULLETS:
            bullets += 1
        elif start[:1].isdigit():
            steps += start.lstrip("0123456789")[:2] in _NUMBERED
        elif start == "step ":
            steps += 1
    return steps, bullets + steps


def _options(lower: str) -> int:
    flat = f" {lower}".replace("\n", " ")
    most = 0
    for letters in _OPTIONS:
        if letters[0] not in flat:
            continue
        run = 1
        while run < len(letters) and letters[run] in flat:
            run += 1
        most = max(most, run)
    return most


def _table_rows(lines: list[str]) -> int:
    """Most lines in a row that are cut into the same number (three or more) of short cells."""
    if len(lines) < 3:
        return 0
    joined = "".join(lines)
    separator = max("|\t;,", key=joined.count)
    best = run = before = 0
    for line in lines:
        cuts = line.count(separator)
        is_row = cuts >= 2 and len(line) <= _CELL * (cuts + 1)
        run = (run + 1 if cuts == before else 1) if is_row else 0
        before, best = cuts, max(best, run)
    return best
