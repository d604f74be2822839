"""Tables of wordings that say the same only where an embedding model agrees that they do.

Wider than those of `wordings`: a row may be here that some sentence is known against, if
what that sentence says is far from what it would be taken for.
"""

from __future__ import annotations

from collections.abc import Mapping

from homeport.analysis.sameness.wordings import BEFORE_QUESTIONS, DOING, ORDERS

Words = tuple[str, ...]


def _words(text: str) -> Words:
    return tuple(text.split())


def _each(text: str) -> tuple[Words, ...]:
    """Openings, one a line, the longest first."""
    lines = [_words(line) for line in text.strip().splitlines()]
    return tuple(sorted(lines, key=len, reverse=True))


ASKED = tuple(
    sorted(
        {
            *BEFORE_QUESTIONS,
            *_each(
                """
                can you explain
                could you explain
                i need to know
                i would like to understand
                i want to understand
                i would like to find out
                i want to find out
                i am trying to find out
                i am trying to understand
                i am curious
                can someone tell me
                can anyone tell me
                does anyone know
                does anybody know
                do you happen to know
                would you know
                my question is :
                here is my question :
                help me understand
                please help me understand
                """
            ),
        },
        key=len,
        reverse=True,
    )
)
"""Taken away before a question, and before `if` and `whether`."""
ASKED_FOR = frozenset(words for words in ASKED if words[-1] == "me" or words[-2:] == ("to", "know"))
"""Also before `the …`, which is asked for."""
ASKED_BY = _each(
    """
    any help
    any ideas
    any idea
    do you know
    can you help
    """
)
"""Taken away at the end, after a comma or a full stop."""

WAYS = _each(
    """
    what is the best way to
    what is a good way to
    what is the right way to
    what is the proper way to
    what is the correct way to
    what is the usual way to
    what is the recommended way to
    what is the way to
    what would be the best way to
    which is the best way to
    """
)
"""Begin a question for a way of doing something, before a verb of `DOING_TOO`."""
WANTED = _each(
    """
    i want to
    i need to
    i would like to
    i am trying to
    i am looking to
    """
)
"""Before such a verb, where `how` stands at the end."""
HOW_AT_END = _each(
    """
    how do i do that
    how can i do that
    how do i do it
    how do i do this
    how can i do this
    how
    """
)
DOING_TOO = DOING | frozenset(
    _words(
        "charge choose close connect debug declare delete descale diagnose edit "
        "enlarge export fold freeze hang hash host import increase index inflate invert "
        "iterate launch lint list load lock log mend migrate mount move mute mock pack "
        "parse paste patch pin polish print query read record reduce refactor remove rename repair "
        "replace rotate save scan schedule send set share shuffle shut sign simplify slice split "
        "start store subtract swap sync transpose trim undo unlock unmount upload use validate "
        "wash whip wipe wrap zip"
    )
)

ORDERED = _each(
    """
    i need you to
    i want you to
    i would like you to
    please help me to
    please help me
    can you help me
    could you help me
    help me to
    help me
    """
)
"""Taken away before a verb of `ORDERS_TOO`."""
ORDERS_TOO = ORDERS | frozenset(
    _words("replace plan correct improve shorten paraphrase brainstorm")
)

GIVEN = _each(
    """
    i need
    i want
    i would like
    i would like to have
    i would like to hear
    i want to hear
    can you give me
    could you give me
    can you write me
    can you write
    could you write
    can you draft
    could you draft
    can you make
    can you create
    can you suggest
    can you tell me
    please write
    please give me
    please help me write
    help me write
    give me
    write me
    write
    draft
    make me
    create
    compose
    suggest
    come up with
    can you come up with
    tell me
    tell
    """
)
"""Taken away before `a`, where a `THING` follows: whoever names it wants it made."""
THINGS = frozenset(
    _words(
        "email mail letter poem haiku limerick sonnet essay paragraph sentence summary explanation "
        "description definition translation list overview outline plan itinerary joke riddle pun "
        "slogan tagline headline title name nickname caption bio biography speech toast eulogy "
        "tweet regex snippet analogy metaphor"
    )
)
"""Made of words alone, and made for whoever asks: none that might be looked for."""
MOST_BEFORE = 3
"""Words between `a` and the thing."""
MADE: Mapping[Words, str] = {
    ("a", "summary", "of"): "summarize",
    ("a", "explanation", "of"): "explain",
    ("a", "description", "of"): "describe",
    ("a", "definition", "of"): "define",
    ("a", "translation", "of"): "translate",
    ("a", "list", "of"): "list",
}
"""Things that an order asks for too."""

SAME_WORD: Mapping[str, str] = {
    "quickest": "fastest",
    "bigger": "larger",
    "big": "large",
    "repair": "fix",
    "begin": "start",
    "principal": "main",
    "chief": "main",
    "purchase": "buy",
    "film": "movie",
    "films": "movies",
    "automobile": "car",
    "automobiles": "cars",
    "kids": "children",
    "photo": "photograph",
    "photos": "photographs",
    "assist": "help",
    "physician": "doctor",
    "physicians": "doctors",
    "inhabitants": "people",
    "allowed": "permitted",
    "compute": "calculate",
    "fridge": "refrigerator",
    "plane": "airplane",
    "aeroplane": "airplane",
}
"""Words for one thing, where both are written small."""

TOOLS = frozenset(
    _words(
        "python java javascript typescript go golang rust c sql excel bash powershell ruby php "
        "perl kotlin swift scala r matlab julia haskell lua git docker css html react numpy "
        "pandas"
    )
)
"""`using` one of them is `in` it."""

CLAUSES = frozenset(_words("if after before"))
"""Begin a clause that may stand before its sentence or behind it."""
NO_CLAUSE = frozenset({"no", "not", "and", "or", "only", "without"})
"""Of the words after which another clause may follow, those that begin none."""
AUXILIARIES = frozenset(
    _words("is are was were can could will would should may might must has have had")
)
ADJUNCTS = frozenset({"why", "where", "when"})
"""After these `it sank` is `did it sink`; after `which dogs` it is not: `which dogs attacked`."""
DO = frozenset({"do", "does", "did"})

_REGULAR = _words(
    "depend contain happen exist fail differ attack prevent belong require include produce "
    "affect involve improve increase decrease cause allow expire occur appear disappear react "
    "dissolve evaporate migrate hibernate explode collapse invade discover invent defeat marry "
    "resign apply matter last taste smell behave"
)
_IRREGULAR: Mapping[str, str] = {
    "sink": "sank",
    "become": "became",
    "begin": "began",
    "write": "wrote",
    "win": "won",
    "lose": "lost",
    "fall": "fell",
    "rise": "rose",
    "mean": "meant",
    "come": "came",
    "go": "went",
    "grow": "grew",
    "die": "died",
    "get": "got",
    "know": "knew",
    "speak": "spoke",
    "lay": "laid",
    "eat": "ate",
}


def _present(base: str) -> str:
    return f"{base}es" if base.endswith(("s", "sh", "ch", "o")) else f"{base}s"


def _past(base: str) -> str:
    return f"{base}d" if base.endswith("e") else f"{base}ed"


FORMS: Mapping[str, tuple[str, str]] = {
    **{_present(base): (base, "does") for base in (*_REGULAR, *_IRREGULAR, "work")},
    **{_past(base): (base, "did") for base in (*_REGULAR, "work")},
    **{past: (base, "did") for base, past in _IRREGULAR.items()},
}
"""Of verbs that are no nouns, or seldom: what `does` and `did` make of them."""
BASES = frozenset(base for base, _ in FORMS.values())
