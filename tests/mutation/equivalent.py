"""Mutants that change nothing that anybody could see, each with the reason."""

from __future__ import annotations

_SHORT = "spares a copy of what has not changed"
_BOTH_FALSE = "nobody tells them apart"
_FIRST = "of equals the first is the best"
_LOT = "without a lot nothing is changed there either"

EQUIVALENT: dict[tuple[str, str], str] = {
    (
        "decide",
        "ask.lot is not None and strategy == 'single' -> strategy == 'single'",
    ): _LOT,
    ("decide", "propensity < SELDOM -> propensity <= SELDOM"): "no chance is one half",
    (
        "decide",
        "_rank(min(over_budget, key=_rank)) < _rank(admitted[0]) -> "
        "_rank(min(over_budget, key=_rank)) <= _rank(admitted[0])",
    ): "two models are never of the same rank: their ids differ",
    (
        "situation",
        "_failed(candidates, history) if history else {} -> _failed(candidates, history)",
    ): "without a history nobody has failed",
    ("scorecard", "20000000 -> 20000001"): "less than rounding keeps",
    ("scorecard", "10000 -> 10001"): "less than rounding keeps",
    ("scorecard", "9 -> 10"): "no term has so many digits",
    ("successor", "return False -> return None"): _BOTH_FALSE,
    (
        "scorecard",
        "situation.history and (late := lateness(candidate, situation)) -> "
        "(late := lateness(candidate, situation))",
    ): "without a history nobody is late",
    (
        "scorecard",
        "situation.ruling.orders.prefer and names(situation.ruling.orders.prefer, candidate.card)"
        " -> names(situation.ruling.orders.prefer, candidate.card)",
    ): "no pattern means no model",
    ("scorecard", "0 -> 1"): "what has no price passes no gate",
    (
        "rules/judge",
        "(ask.privacy, ask.mode, ask.max_cost_nano, ask.deadline_ms, ask.weights) -> *",
    ): _SHORT,
    ("rules/judge", "(privacy, mode, most_nano, deadline_ms, weights) -> *"): _SHORT,
    (
        "rules/judge",
        "Ruling(orders=Orders(**orders), by=tuple(by)) if by else NO_RULING -> "
        "Ruling(orders=Orders(**orders), by=tuple(by))",
    ): "it is equal to no ruling, only another object",
    (
        "gates",
        "excluded(candidate, situation) if situation.history else None -> "
        "excluded(candidate, situation)",
    ): "without a history nobody has failed",
    ("gates", "return () -> return None"): _BOTH_FALSE,
    ("gates", "situation.stays_home or 'local' -> situation.stays_home"): (
        "who is asked to stay at home has a reason"
    ),
    ("rules/judge", "not ruling.by or not (orders.narrows or orders.weights) -> *"): _SHORT,
    ("rules/judge", "value is None or value == () -> value is None"): "no word is in nothing",
    ("rules/judge", "return False -> return None"): _BOTH_FALSE,
    (
        "pacing",
        "controller if controller.allowance == allowance else "
        "replace(controller, allowance=allowance) -> replace(controller, allowance=allowance)",
    ): _SHORT,
    ("exploring", "0.5 -> 0.635"): "no chance lies between a fifth and four fifths",
    ("exploring", "share > 0 -> share >= 0"): "no lot falls into a share of nothing",
    ("exploring", "return False -> return None"): _BOTH_FALSE,
    (
        "pacing",
        "_unpaced(best) > _unpaced(first) and (best.place == 'cloud') != (first.place == 'cloud')"
        " -> (best.place == 'cloud') != (first.place == 'cloud')",
    ): _FIRST,
    ("pacing", "_unpaced(best) > _unpaced(first) -> _unpaced(best) >= _unpaced(first)"): _FIRST,
}
"""By module and mutant, without its line; a star is any change of it."""
