"""The `[[case]]` tables of a policy: an ask, and what the policy has to make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from homeport.analysis import Facts, Turn, measure
from homeport.analysis.difficulty import LEVELS
from homeport.daemon.shelf.stage import NAMES, stage
from homeport.policies import MODES, decide
from homeport.policies.model import (
    Ask,
    Budget,
    BudgetWindow,
    Decision,
    LinkState,
    Mode,
    Policy,
    Weights,
)
from homeport.policies.rules.rule import Surroundings
from homeport.policies.rules.words import Unclear, weights_from

WHOLE_NANO = 1_000_000_000_000
KEYS = ("name", "ask", "around", "models", "expect")
ASK_FACTS = ("prompt", "tools", "stream", "model", "mode", "private", "tags", "client", "session")
ASK_FIELDS = (
    *("task", "difficulty", "level", "checkable", "language", "urgency"),
    *("input_tokens", "output_tokens", "needs", "deadline_ms", "max_cost_nano"),
)
AROUND = ("hour", "link", "power", "battery", "budget_left")
EXPECT = (
    *("place", "model", "never", "private", "answered", "mode", "weights", "rule", "not_rule"),
    *("prefer", "strategy", "refuse", "max_expected_cost"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one case went."""

    name: str
    ok: bool
    got: str
    """What was decided, as one line."""
    wrong: str = ""
    """What differs from what was expected, or why the case cannot be read."""


class BadCase(ValueError):
    """A case that cannot be run; the message is a sentence."""


def outcomes(cases: Sequence[Mapping[str, Any]], policy: Policy) -> tuple[Outcome, ...]:
    """Run all cases under a policy. Never raises."""
    return tuple(_outcome(case, number, policy) for number, case in enumerate(cases, 1))


def _outcome(case: Mapping[str, Any], number: int, policy: Policy) -> Outcome:
    name = str(case.get("name", f"case {number}"))
    try:
        decision, weights = _decided(case, policy)
        wrong = _wrong(_table(case, "expect", EXPECT), decision, weights)
    except BadCase as bad:
        return Outcome(name, ok=False, got="", wrong=str(bad))
    except (TypeError, ValueError, AttributeError, KeyError, ArithmeticError):
        return Outcome(name, ok=False, got="", wrong="A value of this case is of another kind.")
    return Outcome(name, ok=not wrong, got=_told(decision), wrong=wrong)


def _decided(case: Mapping[str, Any], policy: Policy) -> tuple[Decision, Weights | None]:
    _only(case, KEYS, "a case")
    ask = ask_of(_table(case, "ask", (*ASK_FACTS, *ASK_FIELDS, "weights")))
    around = _table(case, "around", AROUND)
    models = case.get("models", [])
    unknown = [name for name in models if name not in NAMES]
    if unknown:
        raise BadCase(f"`models` are of the stage: {', '.join(NAMES)}; not {unknown[0]!r}.")
    link = around.get("link", "online")
    fleet = stage(ask, _LINKS[link], models)
    surroundings = Surroundings(
        hour=around.get("hour"),
        link=link,
        battery=around.get("battery"),
        power=around.get("power", ""),
    )
    decision = decide(ask, fleet, _budget(around.get("budget_left")), policy, surroundings)
    return decision, ask.weights or _ruled_weights(decision) or policy.weights


_LINKS: Mapping[str, LinkState] = {
    "online": "ok",
    "offline": "offline",
    "offline-by-choice": "offline-by-choice",
}


def ask_of(wanted: Mapping[str, Any]) -> Ask:
    """The ask of a case: measured from its prompt, with what else it says put in its place."""
    facts = Facts(
        tools=wanted.get("tools", 0),
        stream=wanted.get("stream", True),
        model=wanted.get("model", "auto"),
        mode=_mode(wanted.get("mode")),
        private=wanted.get("private", False),
        tags=tuple(wanted.get("tags", ())),
        client=wanted.get("client", ""),
        session=wanted.get("session", ""),
    )
    ask = measure((Turn("user", str(wanted.get("prompt", "Hello."))),), facts=facts)
    fields = {name: wanted[name] for name in ASK_FIELDS if name in wanted}
    if "needs" in fields:
        fields["needs"] = tuple(sorted(fields["needs"]))
    if "difficulty" in fields and "level" not in fields:
        hard = fields["difficulty"]
        fields["level"] = next((level for above, level in LEVELS if hard < above), "expert")
    if "weights" in wanted:
        fields["weights"] = _weights(wanted["weights"])
    return replace(ask, **fields)


def _mode(name: Any) -> Mode | None:
    if name is None or name in MODES:
        return next((mode for mode in MODES if mode == name), None)
    raise BadCase(f"`mode` is one of {', '.join(get_args(Mode))}.")


def _weights(text: Any) -> Weights:
    try:
        return weights_from(str(text))
    except Unclear as unclear:
        raise BadCase(str(unclear)) from None


def _budget(left: float | None) -> Budget:
    if left is None:
        return Budget()
    spent = WHOLE_NANO - round(WHOLE_NANO * left)
    month = BudgetWindow(
        window="month", limit_nano=WHOLE_NANO, spent_nano=spent, reserved_nano=0, resets_at_ms=0
    )
    return Budget(windows=(month,))


def _ruled_weights(decision: Decision) -> Weights | None:
    ruled = decision.ruling.orders.weights
    return Weights(budget=ruled[0], latency=ruled[1], quality=ruled[2]) if ruled else None


# -- comparing


def _wrong(expect: Mapping[str, Any], decision: Decision, weights: Weights | None) -> str:
    if not expect:
        raise BadCase("A case needs an `expect` table.")
    for key, value in expect.items():
        found = _FOUND[key](decision, weights)
        if not _agrees(key, value, found):
            return f"expected {key} {_shown(value)}, found {_shown(found)}"
    return ""


def _agrees(key: str, wanted: Any, found: Any) -> bool:
    if key == "never":
        return not set(wanted) & set(found)
    if key == "rule":
        return wanted in found
    if key == "not_rule":
        return wanted not in found
    if key == "weights":
        return found is not None and _weights(wanted) == found
    return bool(found == wanted)


def _first(decision: Decision, _: Weights | None) -> str:
    return decision.order[0].model if decision.order else ""


def _rules(decision: Decision, _: Weights | None) -> list[str]:
    return list(dict.fromkeys(said.rule for said in decision.ruling.by))


_FOUND: Mapping[str, Callable[[Decision, Weights | None], Any]] = {
    "place": lambda decision, _: decision.order[0].place if decision.order else "",
    "model": _first,
    "never": lambda decision, _: [card.model for card in decision.order],
    "private": lambda decision, _: _is_private(decision),
    "answered": lambda decision, _: bool(decision.order),
    "mode": lambda decision, _: decision.mode,
    "weights": lambda _, weights: weights,
    "rule": _rules,
    "not_rule": _rules,
    "prefer": lambda decision, _: list(decision.ruling.orders.prefer),
    "strategy": lambda decision, _: decision.strategy,
    "refuse": lambda decision, _: decision.ruling.orders.refuse,
    "max_expected_cost": lambda decision, _: _dollars(decision.ruling.orders.dearest_nano),
}


def _dollars(nano: int | None) -> float | None:
    return None if nano is None else nano / 1_000_000_000


def _is_private(decision: Decision) -> bool:
    return any(veto.gate == "privacy" for veto in decision.vetoes) or (
        decision.ruling.orders.private
    )


def _told(decision: Decision) -> str:
    first = decision.order[0].model if decision.order else "nothing"
    return f"{first}: {decision.because}"


def _shown(value: Any) -> str:
    if isinstance(value, Weights):
        return f"budget={value.budget:g},latency={value.latency:g},quality={value.quality:g}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "none"


def _table(case: Mapping[str, Any], name: str, known: Sequence[str]) -> Mapping[str, Any]:
    table = case.get(name, {})
    if not isinstance(table, dict):
        raise BadCase(f"`{name}` of a case is a table.")
    _only(table, known, f"`{name}` of a case")
    return table


def _only(table: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for name in table:
        if name not in known:
            raise BadCase(f"`{name}` is nothing in {what}. There are: {', '.join(known)}.")
