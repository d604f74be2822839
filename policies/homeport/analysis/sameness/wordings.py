"""Tables: which words and openings say the same. Short on purpose: each row is a promise.

A row is here only where no sentence is known in which it changes what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


APART: Mapping[str, tuple[str, ...]] = {
    **{
        f"{word}n't": (word, "not")
        for word in _words("do does did is are was were has have had would could should must")
    },
    **{f"{word}'re": (word, "are") for word in ("what", "who", "where", "you", "we", "they")},
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "i'm": ("i", "am"),
    "i've": ("i", "have"),
}
"""Words that are two."""
IS_OR_HAS: Mapping[str, str] = {
    f"{word}'s": word for word in _words("what who where when how that it there here")
}
"""Words that are two, of which the second is `is` where one of the next words follows."""
AFTER_IS = frozenset(_words("the a an my your his her its our their this that these those"))

ONE_WORD: Mapping[str, str] = {
    "an": "a",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "okay": "ok",
    "tv": "television",
    "biggest": "largest",
    "whilst": "while",
    "amongst": "among",
    "utilise": "use",
    "utilize": "use",
    "colour": "color",
    "colours": "colors",
    "favourite": "favorite",
    "flavour": "flavor",
    "neighbour": "neighbor",
    "behaviour": "behavior",
    "labour": "labor",
    "centre": "center",
    "theatre": "theater",
    "litre": "liter",
    "litres": "liters",
    "kilometre": "kilometer",
    "kilometres": "kilometers",
    "grey": "gray",
    "summarise": "summarize",
    "organise": "organize",
    "recognise": "recognize",
    "analyse": "analyze",
    "optimise": "optimize",
    "normalise": "normalize",
    "initialise": "initialize",
    "visualise": "visualize",
    "memorise": "memorize",
    "apologise": "apologize",
    "travelling": "traveling",
    "aluminium": "aluminum",
}
"""Words that are spelled or shortened in two ways; those that were written small alone."""

DIGITS: Mapping[str, str] = {
    word: str(value)
    for value, word in enumerate(
        _words(
            "zero . two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen"
        )
    )
    if word != "."
}
"""Numbers in words; `one` is more than a number."""
TENS: Mapping[str, int] = {
    word: 10 * value
    for value, word in enumerate(
        _words("twenty thirty forty fifty sixty seventy eighty ninety"), start=2
    )
}
UNITS: Mapping[str, int] = {
    word: value
    for value, word in enumerate(_words("one two three four five six seven eight nine"), start=1)
}

QUESTION = frozenset({"what", "who", "when", "where", "why", "how", "which", "whose", "whom"})
BE = frozenset({"is", "are", "was", "were"})

ORDERS = frozenset(
    _words(
        "explain tell write give show list describe translate summarize name define compare "
        "calculate convert compute solve find suggest recommend generate create make draft "
        "outline rewrite proofread classify extract count sort prove derive"
    )
)
"""Verbs that an order begins with."""

GREETINGS: tuple[tuple[str, ...], ...] = (
    *(("hi", "there"), ("hello", "there"), ("hi",), ("hello",), ("hey",)),
    *(("good", "morning"), ("good", "evening"), ("quick", "question")),
)
BEFORE_ORDERS = tuple(
    (verb, "you", *kindly)
    for verb in ("can", "could", "would", "will")
    for kindly in (("please",), ("kindly",), ())
)
"""Taken away before a verb of `ORDERS`."""
BEFORE_QUESTIONS = (
    *((first, "you", *kindly, "tell", "me") for first in ("can", "could", "would")
      for kindly in (("please",), ())),
    *((first, "you", *kindly, "explain", *to) for first in ("can", "could", "would")
      for kindly in (("please",), ()) for to in (("to", "me"), ())),
    *(("please", "tell", "me"), ("tell", "me"), ("do", "you", "know"), ("any", "idea")),
    *(("i", "want", "to", "know"), ("i", "would", "like", "to", "know")),
    *(("i", "am", "wondering"), ("i", "was", "wondering"), ("i", "wonder")),
    *(("explain", "to", "me"), ("please", "explain"), ("explain",)),
)  # fmt: skip
"""Taken away before a word of `QUESTION`; the longest that fits."""
COURTESIES: tuple[tuple[str, ...], ...] = (
    *(("thanks", "in", "advance"), ("thank", "you", "in", "advance"), ("thank", "you")),
    *(("many", "thanks"), ("thanks",), ("please",)),
)
"""Taken away at the end."""
COURTEOUS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "de": (("bitte",), ("danke",)),
    "fr": (("s'il", "vous", "plaît"), ("s'il", "te", "plaît"), ("merci",)),
    "es": (("por", "favor"), ("gracias",)),
    "pt": (("por", "favor"), ("obrigado",), ("obrigada",)),
    "it": (("per", "favore"), ("grazie",)),
    "nl": (("alsjeblieft",), ("alstublieft",), ("bedankt",)),
}
"""Other languages: taken away at either end."""

TO_ME = frozenset({"write", "give", "show", "make", "find"})
"""`write me a …` is `write a …`."""

WAYS = (
    *(("how", verb, "i") for verb in ("do", "can", "could", "would")),
    *(("how", "does", "one"), ("how", "can", "one"), ("how", "to")),
)
"""Begin a question for a way of doing something, before a verb of `DOING`."""
DOING = frozenset(
    _words(
        "sort reverse make write create install uninstall build fix use convert remove delete "
        "add compare calculate compute reset change cook boil bake read run open learn "
        "connect update upgrade parse split join merge print test deploy clean draw solve "
        "measure download rename copy filter format enable disable configure export import "
        "count replace round concatenate iterate declare initialize serialize encrypt "
        "compress extract resize crop knit sew paint plant prune sharpen poach roast grill "
        "peel"
    )
)

ENDS_IN_WORK: Mapping[str, str] = {"work": "works", "mean": "means"}
"""`how does x work` is `how x works`."""

OF: frozenset[str] = frozenset(
    _words(
        "capital population president currency flag area author ceo founder radius mass "
        "density diameter circumference height length birthday gdp anthem prime minister "
        "mayor"
    )
)
"""`X's capital` is `the capital of X`."""

FOLDED_SENTENCE = frozenset(
    _words(
        "say said says think thinks thought believe believes tell told claim claims that "
        "which who whom whose after before when while if unless because since until and or "
        "but than as not no without only"
    )
)
"""Words after which another thing may be meant to have been `in` a place or time."""

ALSO_COMMON = frozenset(
    _words(
        "us it who may march august april june polish turkey china japan chile jordan georgia "
        "hungary greece guinea turkish swede nice reading bath cork lima orange apple windows "
        "word excel access outlook teams edge chrome amazon shell target oracle meta alphabet "
        "amd intel sun python java rust go swift ruby perl dart julia basic scheme lisp "
        "pascal ada eclipse spring react angular flask django docker puppet chef ansible "
        "vault consul nomad boots gap visa discover chase bush ford carter grant pierce hope "
        "grace faith joy will mark bill frank rob jack dick pat sue drew art gene ray rose "
        "lily violet iris ivy jade pearl amber dawn eve summer autumn penny sandy rusty dusty "
        "curt earnest miles chip colt hunter mason baker cook smith taylor carpenter fisher "
        "miller turner walker potter shepherd bishop king prince duke earl baron knight page "
        "stone wood woods hill field fields brook brooks rivers lake waters moon mars mercury "
        "venus earth saturn titan jupiter nova mini cooper jaguar puma corona tide gain dove "
        "axe crest glad bounty sprite mustang beetle golf polo focus fiesta escape explorer "
        "ranger pilot accord civic fit spark bolt volt leaf note cube quest frontier rogue "
        "murano maxima sentra slack zoom notion signal telegram discord steam origin epic "
        "unity unreal blender sketch figma english french german"
    )
)
"""Names that are words too: what is written small may not mean the name."""
