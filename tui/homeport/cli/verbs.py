"""The verbs of `homeport`: the one table that help, dispatch and tests read.

A row costs nothing; the module that does the work is imported when its verb is
typed.
"""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """One row: what is typed, who does it, what it says about itself."""

    name: str
    module: str
    """In this package; has `arguments(parser, verb)` and `run(args)`."""
    summary: str
    examples: tuple[str, ...]


VERBS = (
    Verb(
        "ask",
        "ask",
        "Ask a question; the answer streams to standard output.",
        (
            'homeport ask "Why is the sky blue?"',
            'git diff | homeport ask "Write a commit message" --private',
            'homeport ask -f notes.txt "Summarise this" --output summary.txt',
        ),
    ),
    Verb(
        "route",
        "route",
        "Show where a prompt would go, and why, without asking.",
        ('homeport route "Prove that 2 is prime"', "homeport route -f big.txt --policy balanced"),
    ),
    Verb(
        "compare",
        "compare",
        "Ask several models the same, side by side, and pick the best answer.",
        (
            'homeport compare "Explain recursion" --models local/a,openai/b',
            'homeport compare -f notes.txt "Summarise this" --output run.md',
        ),
    ),
    Verb(
        "chat",
        "chat",
        "Talk with the models in a plain terminal.",
        (
            "homeport chat",
            "homeport chat --private",
            "homeport chat --session trip",
            "homeport chat --json < questions.txt",
        ),
    ),
    Verb(
        "batch",
        "batch",
        "Ask a file of prompts; the daemon goes on with them whatever happens.",
        (
            "homeport batch prompts.jsonl --output results.jsonl",
            "homeport batch prompts.txt --model cloud --off-peak --no-wait",
        ),
    ),
    Verb(
        "outbox",
        "outbox",
        "List, show, retry or drop the prompts that are kept until they can be sent.",
        (
            "homeport outbox",
            "homeport outbox show ob3k",
            "homeport outbox retry ob3k",
            "homeport outbox drop ob3k",
        ),
    ),
    Verb(
        "why",
        "why",
        "Explain one decision: every candidate, every attempt, every cent.",
        ("homeport why", "homeport why 7f3a", "homeport why last --json"),
    ),
    Verb(
        "feedback",
        "feedback",
        "Say what an answer was worth; the routing learns from it.",
        (
            "homeport feedback up",
            "homeport feedback down 7f3a",
            "homeport feedback edit last --original answer.txt mine.txt",
        ),
    ),
    Verb(
        "watch",
        "watch",
        "Print what happens, as it happens.",
        ("homeport watch", "homeport watch --json | jq .type"),
    ),
    Verb(
        "machine",
        "machine",
        "Say how busy and how warm this machine is, and how link and providers stand.",
        ("homeport machine", "homeport machine --json | jq .machine.cpu_load"),
    ),
    Verb("status", "status", "Say what is running and how it stands.", ("homeport status",)),
    Verb(
        "models",
        "models",
        "List the models, show one, or fetch one.",
        (
            "homeport models",
            "homeport models --list --json",
            "homeport models ollama/qwen3:8b",
            "homeport models add default",
        ),
    ),
    Verb(
        "spend",
        "spend",
        "Report what was spent, grouped.",
        (
            "homeport spend",
            "homeport spend --by model --days 30",
            "homeport spend --by task --period month --details",
            "homeport spend --chart --since 4w",
            "homeport spend --baseline openai/gpt-5.5",
            "homeport spend estimate --per-day 100 --tokens 2000,300",
            "homeport spend reconcile costs.csv",
            "homeport spend reconcile --provider openai --book",
            "homeport spend --csv",
        ),
    ),
    Verb(
        "stats",
        "stats",
        "Say how requests went: errors, waiting, speed, cost and satisfaction.",
        ("homeport stats", "homeport stats --by task --days 30"),
    ),
    Verb(
        "cache",
        "cache",
        "Show the answers that may be given again, or forget them.",
        ("homeport cache", "homeport cache clear", "homeport cache clear 7f3a"),
    ),
    Verb(
        "budget",
        "budget",
        "Show, set or raise what may be spent.",
        (
            "homeport budget",
            "homeport budget set --day 2 --month 20",
            "homeport budget set --week 5 --client editor",
            "homeport budget raise --day 1",
            "homeport budget --day none",
        ),
    ),
    Verb(
        "policy",
        "policy",
        "List, show, use, test or check the rules that prompts are decided by.",
        (
            "homeport policy",
            "homeport policy use frugal",
            "homeport policy check mine.toml",
            "homeport policy test mine.toml",
        ),
    ),
    Verb(
        "replay",
        "replay",
        "Say what another policy would have done with the prompts of the last days.",
        (
            "homeport replay --policy frugal",
            "homeport replay --policy mine.toml --since 7d",
            "homeport replay --policy best --json | jq .figures",
        ),
    ),
    Verb(
        "doctor",
        "doctor",
        "Say what was found, what is missing and the command that helps.",
        ("homeport doctor", "homeport doctor --probe ollama/qwen3:8b"),
    ),
    Verb(
        "keys",
        "keys",
        "List, add, test or remove the keys of cloud providers.",
        ("homeport keys", "homeport keys add openai", "homeport keys add groq < key.txt"),
    ),
    Verb(
        "token",
        "access",
        "Print the token that programs use over TCP.",
        ("homeport token", 'curl -H "Authorization: Bearer $(homeport token)" …'),
    ),
    Verb(
        "env",
        "access",
        "Print the settings that point other programs here.",
        ('eval "$(homeport env)"', "homeport env ollama --shell fish | source"),
    ),
    Verb(
        "run",
        "run",
        "Run a program whose prompts come here.",
        ("homeport run -- llm 'Why is the sky blue?'", "homeport run -- codex"),
    ),
    Verb(
        "offline",
        "link",
        "Stay at home: use nothing outside this network.",
        ("homeport offline",),
    ),
    Verb("online", "link", "Allow cloud models again.", ("homeport online",)),
    Verb(
        "config",
        "config",
        "Show, check, edit or set the configuration.",
        (
            "homeport config",
            "homeport config set mode balanced",
            "homeport config set budget.day_usd 2",
            "homeport config check new.toml",
            "homeport config edit",
        ),
    ),
    Verb("start", "running", "Start the daemon in the background.", ("homeport start",)),
    Verb("stop", "running", "Let running answers finish, then stop.", ("homeport stop",)),
    Verb("restart", "running", "Stop, then start.", ("homeport restart",)),
    Verb(
        "logs",
        "logs",
        "Print the daemon's log.",
        ("homeport logs -n 20", "homeport logs -f"),
    ),
    Verb(
        "lab",
        "lab",
        "Try it without a key: a demonstration, and model servers that break on demand.",
        ("homeport lab demo", "homeport lab serve --wire openai", "homeport lab faults"),
    ),
    Verb(
        "eval",
        "eval",
        "Measure how well prompts are routed, on public data; train the model that ships.",
        ("homeport eval router --data router-data", "homeport eval train --data router-data"),
    ),
    Verb("tui", "tui", "Open the terminal interface.", ("homeport", "homeport tui --once")),
    Verb("version", "version", "Print the version.", ("homeport version", "homeport --version")),
)

BY_NAME = {verb.name: verb for verb in VERBS}


def overview() -> str:
    """What `homeport --help` prints."""
    width = max(len(verb.name) for verb in VERBS)
    rows = [f"  {verb.name.ljust(width)}  {verb.summary}" for verb in VERBS]
    return "\n".join(
        [
            "usage: homeport [VERB] [OPTIONS]",
            "",
            "Routes each prompt to the right model, at home first.",
            "Without a verb it opens the terminal interface.",
            "",
            *rows,
            "",
            "Every verb takes --help and, but for eval, lab and tui, --json.",
            "Exit status: 0 done, 1 failed, 2 usage, 3 refused by policy or budget,",
            "4 no daemon, 5 nothing could answer, 6 kept until it can be sent.",
        ]
    )
