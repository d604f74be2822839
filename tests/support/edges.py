"""Cases at the edges of the shipped policy's rules, in the form of its own cases.

Each rule has asks that it just applies to, with what it sets, and asks that are one
step beyond.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Case = dict[str, Any]
Table = dict[str, Any]

PLAIN: Table = {
    "task": "writing",
    "difficulty": 40,
    "level": "intermediate",
    "checkable": "free",
    "input_tokens": 100,
    "output_tokens": 100,
}
"""No rule applies to it by day, online and with money left."""
AROUND = ("hour", "link", "power", "battery", "budget_left")

PRIVATE: dict[str, tuple[str, ...]] = {
    "secrets stay": ("secret", "secrets", "private", "confidential", "password", "credentials"),
    "files of keys stay": (
        *("path:a.pem", "path:a.key", "path:a.p12", "path:a.kdbx", "path:.env", "path:.env.dev"),
        *("path:x/.env", "path:x/.env.dev", "path:x/id_rsa.pub", "path:id_ed25519"),
        *("path:my-secrets.txt", "path:aws_credentials"),
    ),
    "health and law stay": ("medical", "health", "legal", "personal", "diary", "hr"),
}
"""By rule, tags of which each one alone keeps a prompt home."""

HARD, EXPERT = {"level": "advanced", "difficulty": 60}, {"level": "expert", "difficulty": 80}
EASY = {"level": "basic", "difficulty": 10}
LOCAL = {"prefer": ["local"]}
FAR = {"prefer": ["lan", "cloud"]}
CHEAP = {"max_expected_cost": 0.02}
THRIFTY = {"weights": "budget=0.5,latency=0.05,quality=0.45"}
ON_BATTERY = {"power": "battery", "battery": 0.9, "link": "online"}
LOW = {"power": "battery", "battery": 0.2, "link": "online"}
NIGHT = {"hour": 3, "stream": False}

Edge = tuple[str, Table, tuple[Table, ...], tuple[Table, ...]]
"""A rule, what it sets, asks that it applies to, asks that it does not."""

EDGES: tuple[Edge, ...] = (
    (
        "little left: only what is very hard is worth much",
        {**LOCAL, **CHEAP},
        ({"budget_left": 0.3}, {"budget_left": 0.3, **HARD}),
        (
            {"budget_left": 0.31},
            {"budget_left": 0.3, **EXPERT},
            {"budget_left": 0.3, "model": "cloud/dear"},
        ),
    ),
    (
        "almost nothing left: nothing dear",
        {**LOCAL, **CHEAP},
        ({"budget_left": 0.1, **EXPERT},),
        (
            {"budget_left": 0.11, **EXPERT},
            {"budget_left": 0.1, "model": "cloud/dear", **EXPERT},
        ),
    ),
    (
        "simple prompts: nothing dear",
        CHEAP,
        ({**EASY, "input_tokens": 4000},),
        ({**EASY, "input_tokens": 4001}, {}, {**EASY, "model": "cloud/dear"}),
    ),
    ("no hurry: cheap first", THRIFTY, ({"urgency": "batch"},), ({},)),
    (
        "tagged as work of the background",
        THRIFTY,
        tuple({"tags": [tag]} for tag in ("batch", "background", "nightly", "cron", "bulk")),
        ({"tags": ["daily"]},),
    ),
    (
        "nights at leisure",
        {"weights": "budget=0.45,latency=0.1,quality=0.45"},
        ({**NIGHT, "hour": 1}, {**NIGHT, "hour": 5}),
        ({**NIGHT, "hour": 0}, {**NIGHT, "hour": 6}, {**NIGHT, "stream": True}),
    ),
    (
        "completions while typing",
        {**LOCAL, "weights": "budget=0.2,latency=0.6,quality=0.2"},
        ({"needs": ["fill"]},),
        ({},),
    ),
    (
        "short chat stays near",
        LOCAL,
        ({"task": "chat", **EASY, "difficulty": 25, "input_tokens": 400},),
        (
            {"task": "chat", **EASY, "input_tokens": 401},
            {"task": "chat", **EASY, "difficulty": 26},
            EASY,
        ),
    ),
    (
        "short questions stay near",
        LOCAL,
        ({"task": "question", **EASY, "input_tokens": 200, "output_tokens": 200},),
        (
            {"task": "question", **EASY, "input_tokens": 201},
            {"task": "question", **EASY, "output_tokens": 201},
            {"task": "question"},
        ),
    ),
    (
        "agents act on what they are told",
        {"weights": "budget=0.25,latency=0.15,quality=0.6"},
        ({"task": "agent"},),
        ({},),
    ),
    (
        "several steps",
        {"weights": "budget=0.2,latency=0.15,quality=0.65"},
        ({"task": "multi-step", **HARD}, {"task": "multi-step", **EXPERT}),
        ({"task": "multi-step"}, HARD),
    ),
    (
        "hard proofs and sums",
        {"weights": "budget=0.2,latency=0.15,quality=0.65"},
        tuple({"task": t, **how} for t in ("mathematics", "reasoning") for how in (HARD, EXPERT)),
        ({"task": "mathematics"}, HARD),
    ),
    (
        "hard code",
        {"weights": "budget=0.2,latency=0.2,quality=0.6"},
        ({"task": "code", **HARD}, {"task": "code", **EXPERT}),
        ({"task": "code"}, HARD),
    ),
    (
        "what an expert would have to think about",
        {"weights": "budget=0.25,latency=0.15,quality=0.6"},
        (EXPERT,),
        (HARD,),
    ),
    (
        "short translations",
        LOCAL,
        ({"task": "translation", "input_tokens": 600}, {"task": "translation", **EASY}),
        ({"task": "translation", "input_tokens": 601}, {"task": "translation", **HARD}),
    ),
    (
        "short summaries",
        LOCAL,
        ({"task": "summarising", "input_tokens": 3000}, {"task": "summarising", **EASY}),
        ({"task": "summarising", "input_tokens": 3001}, {"task": "summarising", **HARD}),
    ),
    (
        "labels and choices",
        LOCAL,
        (
            {"checkable": "label"}, {"checkable": "choice"}, {"checkable": "choice", **EASY},
        ),
        ({"checkable": "choice", **HARD}, {"checkable": "number"}),
    ),
    (
        "small extractions",
        LOCAL,
        ({"task": "extraction", "input_tokens": 2000}, {"task": "extraction", **EASY}),
        ({"task": "extraction", "input_tokens": 2001}, {"task": "extraction", **HARD}),
    ),
    (
        "commit messages",
        LOCAL,
        ({"tags": ["commit"]}, {"tags": ["commit-message"]}),
        ({"tags": ["commits"]},),
    ),
    (
        "on a low battery: spare this machine",
        FAR,
        (LOW,),
        ({**LOW, "battery": 0.21}, {**LOW, "power": "mains"}, {**LOW, "link": "offline"}),
    ),
    ("offline", LOCAL, ({"link": "offline"}, {"link": "offline-by-choice"}), ({},)),
    (
        "large prompts on battery",
        FAR,
        ({**ON_BATTERY, "input_tokens": 8000},),
        (
            {**ON_BATTERY, "input_tokens": 7999},
            {**ON_BATTERY, "power": "mains", "input_tokens": 8000},
            {**ON_BATTERY, "link": "offline", "input_tokens": 8000},
        ),
    ),
)  # fmt: skip


def edges() -> list[Case]:
    """Each pins one side of a bound, or one word of a list."""
    return [*_private(), *_edges()]


def _private() -> Iterator[Case]:
    for rule, tags in PRIVATE.items():
        for tag in tags:
            expect = {"rule": rule, "private": True}
            yield {"name": f"{tag} stays", "ask": {**PLAIN, "tags": [tag]}, "expect": expect}


def _edges() -> Iterator[Case]:
    for rule, sets, inside, outside in EDGES:
        for place, changes in enumerate(inside):
            yield _case(f"{rule}: inside {place}", changes, {"rule": rule, **sets})
        for place, changes in enumerate(outside):
            yield _case(f"{rule}: outside {place}", changes, {"not_rule": rule})


def _case(name: str, changes: Table, expect: Table) -> Case:
    around = {key: changes[key] for key in AROUND if key in changes}
    ask = {key: value for key, value in changes.items() if key not in AROUND}
    return {"name": name, "ask": {**PLAIN, **ask}, "around": around, "expect": expect}
