"""What the programs of the demonstration ask, and what the lab's models answer."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from homeport.lab.script import LOREM


class Scene(NamedTuple):
    """One prompt."""

    client: str
    prompt: str
    answer: str
    private: bool = False
    policy: str | None = None
    model: str = "auto"
    brings: str = ""
    """What the program sends along: files, notes, earlier turns."""


FILES: Final = " ".join(f"{number}: {LOREM}" for number in range(1, 28))
"""Stands for the files that agents send with every prompt."""

SCENES: Final = (
    Scene(
        "editor",
        "Rename the variable x in `x = load(path)` to something clearer.",
        "Call it `document`: `document = load(path)`. The name says what is held, not how.",
    ),
    Scene(
        "mail",
        "Draft a reply to my doctor about the blood test results of last week.",
        "Dear Doctor, thank you for the results. I would like to understand the second value and "
        "whether it should be measured again. Would a call on Thursday suit you? Kind regards.",
        private=True,
    ),
    Scene(
        "research",
        "Prove that the square root of 2 is irrational, then generalise the proof to the square "
        "root of any integer that is not a perfect square, step by step.",
        "Suppose √2 = p/q in lowest terms. Then p² = 2q², so p is even; write p = 2r. Then "
        "q² = 2r², so q is even too, against lowest terms. For an integer n that is no perfect "
        "square, some prime divides n to an odd power; in p² = nq² that prime would divide the "
        "left side to an even power and the right side to an odd one, which cannot be.",
        policy="prefer-cloud",
        brings=FILES,
    ),
    Scene(
        "terminal",
        "What does `chmod 640 file` do?",
        "The owner may read and write, the group may read, and others may do nothing.",
    ),
    Scene(
        "notes",
        "Summarise my diary entry: today I argued with my sister about the house and felt ashamed.",
        "A quarrel with your sister about the house left you ashamed; you would like to mend it.",
        private=True,
    ),
    Scene(
        "agent",
        "Design a database schema for a booking system with rooms, guests, seasonal prices and "
        "overbooking rules; explain each constraint and how you would migrate without downtime.",
        "Keep rooms, guests, stays and prices apart. A stay refers to a room type, not a room, so "
        "that overbooking is a limit per type and night, held by an exclusion constraint on the "
        "range of dates. Prices carry the season as a range. Migrate by adding columns that may "
        "be null, writing both, filling in batches, then making them required.",
        model="gpt-5.5",
        brings=FILES,
    ),
    Scene(
        "editor",
        "Write a commit message for: fix off-by-one in the pager.",
        "pager: show the last line of a page\n\nThe range left out its end.",
    ),
    Scene(
        "chat",
        "Translate to German: The ferry leaves at nine.",
        "Die Fähre fährt um neun Uhr ab.",
    ),
    Scene(
        "research",
        "Compare the causes of the financial crises of 1929 and 2008, with the role of central "
        "banks, and say which lessons were and were not learned.",
        "Both began with credit that outran income. In 1929 the central bank tightened into the "
        "fall and let banks fail in thousands; in 2008 it lent freely, and fiscal policy followed "
        "for a while. Learned: lend early, insure deposits. Not learned: risk moves to wherever "
        "the rules end.",
        policy="prefer-cloud",
        brings=FILES,
    ),
    Scene(
        "bookkeeping",
        "Sort these card payments into my household budget: 54.20 pharmacy, 1,250 rent, 18 cinema.",
        "Pharmacy 54.20: health. Rent 1,250: housing. Cinema 18: leisure. Sum: 1,322.20.",
        private=True,
    ),
    Scene(
        "terminal",
        "Write a regular expression that matches an ISO date.",
        r"`\d{4}-\d{2}-\d{2}` matches its shape; whether the day exists must be checked apart.",
    ),
    Scene(
        "agent",
        "Find the race condition in this description: two workers read a counter, add one and "
        "write it back without a lock. Explain the failing interleaving and give two remedies.",
        "Both read 5, both write 6: one addition is lost. Make the addition one step of the "
        "database (`counter = counter + 1`), or hold a lock from the reading to the writing.",
        model="gpt-5.4-mini",
        brings=FILES,
    ),
    Scene(
        "chat",
        "Give me three names for a sailing boat.",
        "Windward, Second Wind, Petrel.",
    ),
    Scene(
        "batch",
        "Classify the sentiment of: 'The parcel came late but the shop was kind about it.'",
        "Mixed, leaning positive.",
        policy="balanced",
    ),
    Scene(
        "ide",
        "Explain what a monad is to someone who knows Python, with an example.",
        "A monad is a way to chain steps that each return a wrapped value. Think of functions "
        "that may return None: a helper `then` calls the next one only if there is a value. That "
        "helper, with a way to wrap a plain value, is the Maybe monad.",
        model="gpt-5.5",
    ),
    Scene(
        "mail",
        "Write a short, friendly reminder about the unpaid invoice 2231.",
        "Hello, a small reminder that invoice 2231 is still open. If it is on its way already, "
        "please forget this note. Thank you!",
    ),
)


def script(first_token_ms: float, tokens_per_s: float) -> dict[str, Any]:
    """What every model of the demonstration says to these prompts, at this speed."""
    return {
        "say": "lorem",
        "words": 40,
        "first_token_ms": first_token_ms,
        "tokens_per_s": tokens_per_s,
        "jitter": 0.4,
        "answer": [{"match": re.escape(scene.prompt), "text": scene.answer} for scene in SCENES],
    }
