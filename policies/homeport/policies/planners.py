"""A plan for each strategy that somebody may ask for.

Without models, a plan says why there can be none, and one model answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from homeport.policies.chains import chain, is_demonstration, named, relied_on
from homeport.policies.looking import checks_for, successor_of
from homeport.policies.model import AskedStrategy, CheckKind, Method, Plan, Scorecard, Veto
from homeport.policies.sentences import dollars, duration, listing
from homeport.policies.situation import Situation

ENOUGH = 0.6
"""Chance of being right from which an answer is taken, unless the caller says otherwise."""
MEMBERS = 3
FEWEST, MOST_COMPARED = 2, 4

Order = Sequence[Scorecard]
Planner = Callable[[Order, Sequence[Veto], Situation], Plan]


def checked(
    first: Scorecard, other: Scorecard | None, situation: Situation, *, why: str, second: str = ""
) -> Plan:
    """One answer that is looked at before it is given, and who answers where a check fails."""
    ask = situation.ask
    again: CheckKind = "second-model" if second else "second-sample"
    cards = (first,) if other is None else (first, other)
    return Plan(
        models=tuple(card.model for card in cards),
        thresholds=_thresholds(len(cards), situation),
        judge=second,
        checks=checks_for(ask.checkable, ask.needs, second=again),
        why=why,
    )


def _thresholds(steps: int, situation: Situation) -> tuple[float, ...]:
    """One for each step; the last takes all."""
    return (*([enough_for(situation)] * (steps - 1)), 0.0)


def enough_for(situation: Situation) -> float:
    """Chance of being right from which an answer is taken."""
    asked = situation.ask.options.threshold
    return ENOUGH if asked is None else asked


def _verify(order: Order, vetoes: Sequence[Veto], situation: Situation) -> Plan:
    options = situation.ask.options
    found = named(options.models, order, vetoes, situation)
    if found.models:
        first = found.models[0]
        other = found.models[1] if len(found.models) > 1 else None
    else:
        first = next((card for card in order if card.place != "cloud"), order[0])
        other = successor_of(first, order, situation)
    second = ""
    if options.judge:
        judges = named((options.judge,), order, vetoes, situation)
        second = next((c.model for c in judges.models if c.model != first.model), "")
    takes = f"{other.model} takes over" if other else "nothing better may take over"
    why = f"{first.model} answers; where a check fails, {takes}."
    return checked(first, other, situation, why=_told(why, found.left_out), second=second)


def _cheapest(order: Order, _vetoes: Sequence[Veto], situation: Situation) -> Plan:
    enough, pinned = enough_for(situation), situation.wish.kind == "pinned"
    if pinned and order[0].model in situation.wish.ids and not situation.history:
        why = f"{order[0].model} was asked for by its exact name."
        return Plan(models=(order[0].model,), why=why)
    able = [card for card in order if card.quality >= enough and not is_demonstration(card)]
    ranked = sorted(able, key=_cheapest_first)
    if not able:
        why = f"None is predicted to be good enough ({enough:.2f}): ranked as usual."
        return Plan(models=(order[0].model,), why=why)
    first, models = ranked[0], tuple(card.model for card in ranked)
    if _bound(first) > min(map(_bound, ranked)):
        why = _BEFORE_CHEAPER["successor" if situation.history else "requested"]
        return Plan(models=models, why=f"{first.model} {why} ({enough:.2f}).")
    pay = f"about {dollars(first.cost_nano)}" if first.cost_nano else "free"
    count = "the only one" if len(able) == 1 else f"the cheapest of {len(able)}"
    why = f"{first.model} is {count} predicted to be good enough ({enough:.2f}), {pay}."
    return Plan(models=models, thresholds=(enough,), why=why)


_BEFORE_CHEAPER = {
    "requested": "was asked for by its name, and is predicted to be good enough",
    "successor": "suits the last failure best of those predicted to be good enough",
}


def _cheapest_first(card: Scorecard) -> tuple[float, int, float, str]:
    """What was asked for by name, or suits the last failure, comes before what costs less."""
    return -_bound(card), card.cost_nano, -card.utility, card.model


def _bound(card: Scorecard) -> float:
    return sum(part for name, part in card.terms if name in ("requested", "successor"))


def _fallback(order: Order, vetoes: Sequence[Veto], situation: Situation) -> Plan:
    options = situation.ask.options
    name = "" if options.models else options.chain or "mixed"
    found = named(options.models, order, vetoes, situation)
    steps = chain(name, order) if name else found.models
    if not steps:
        return Plan(why=f"No model of the chain `{name}` may answer: the order as usual.")
    models = tuple(card.model for card in steps)
    called = f"the chain `{name}`: " if name else "in turn: "
    checks = checks_for(situation.ask.checkable, situation.ask.needs, second=None)
    return Plan(
        models=models,
        thresholds=_thresholds(len(models), situation),
        checks=checks if len(models) > 1 else (),
        why=_told(f"{called[:1].upper()}{called[1:]}{', then '.join(models)}.", found.left_out),
    )


def _ensemble(order: Order, vetoes: Sequence[Veto], situation: Situation) -> Plan:
    options, ask = situation.ask.options, situation.ask
    found = named(options.models, order, vetoes, situation)
    wanted = options.size or (len(found.models) or MEMBERS)
    members = _members(found.models or relied_on(order), wanted)
    kept = affordable(members, situation)
    if len(kept) < FEWEST:
        return Plan(
            why=_told("Fewer than two answers can be had: one model answers.", found.left_out)
        )
    method: Method = options.method or ("weighted" if ask.checkable == "free" else "majority")
    judge = _judge(order, vetoes, situation) if method == "judge" else ""
    models = tuple(card.model for card in kept)
    distinct = tuple(dict.fromkeys(models))
    who = f"{len(models)} answers of {listing(distinct)}"
    how = f"{judge} picks" if judge else _HOW[method]
    missing = _told(too_dear(kept, members), found.left_out)
    return Plan(models=models, method=method, judge=judge, why=_told(f"{who}; {how}.", missing))


_HOW: Mapping[Method, str] = {
    "majority": "what most of them say is given",
    "weighted": "the one of the greatest weight is given",
    "judge": "a judge picks",
}


def _members(cards: Order, wanted: int) -> tuple[Scorecard, ...]:
    """Each model once and then, where there are too few, once more in the same turn."""
    return tuple(cards[at % len(cards)] for at in range(wanted)) if cards else ()


def _judge(order: Order, vetoes: Sequence[Veto], situation: Situation) -> str:
    """The one that was named; else the best of all, by predicted quality."""
    name = situation.ask.options.judge
    found = named((name,) if name else (), order, vetoes, situation).models
    best = min(relied_on(order), key=lambda card: (-card.quality, card.cost_nano, card.model))
    return (found or (best,))[0].model


def _compare(order: Order, vetoes: Sequence[Veto], situation: Situation) -> Plan:
    options = situation.ask.options
    found = named(options.models, order, vetoes, situation)
    wanted = min(MOST_COMPARED, max(FEWEST, options.size or len(found.models) or MEMBERS))
    left_out = _told(found.left_out, _too_many(found.models[wanted:]))
    return _side_by_side((found.models or relied_on(order))[:wanted], left_out, situation)


def _side_by_side(cards: Order, left_out: str, situation: Situation) -> Plan:
    kept = affordable(cards, situation)
    left_out = _told(too_dear(kept, cards), left_out)
    if len(kept) < FEWEST:
        return Plan(why=_told("Fewer than two models may answer: there is one answer.", left_out))
    models = tuple(card.model for card in kept)
    return Plan(models=models, why=_told(f"Side by side: {listing(models)}.", left_out))


def _race(order: Order, vetoes: Sequence[Veto], situation: Situation) -> Plan:
    options = situation.ask.options
    found = named(options.models, order, vetoes, situation)
    wanted = min(MOST_COMPARED, max(FEWEST, options.size or len(found.models) or FEWEST))
    able = relied_on(order)
    quickest = sorted(able[1:], key=lambda card: (card.total_ms, -card.utility, card.model))
    runners = (found.models or (*able[:1], *quickest))[:wanted]
    kept = affordable(runners, situation)
    left_out = _told(too_dear(kept, runners), found.left_out, _too_many(found.models[wanted:]))
    if len(kept) < FEWEST:
        return Plan(why=_told("Only one model may answer: there is no race.", left_out))
    models = tuple(card.model for card in kept)
    why = f"The first to say something of {listing(models)} answers; the rest are stopped."
    return Plan(models=models, why=_told(why, left_out))


HEDGE_AFTER_MS = 3_000
"""Unless the policy says how long the model at home has for its first word."""


def _hedge(order: Order, _vetoes: Sequence[Veto], situation: Situation) -> Plan:
    home = next((card for card in relied_on(order) if card.place != "cloud"), None)
    if home is None:
        return Plan(why="No model at home may answer: there is nothing to be hedged.")
    return hedged(home, order, situation) or Plan(
        models=(), why="Nothing may start in the cloud beside it: one model answers."
    )


def hedged(home: Scorecard, order: Order, situation: Situation) -> Plan | None:
    """The plan to start the quickest of the cloud where the model at home says nothing for a
    while; None where none may, or money is short, or the connection is metered."""
    clouds = [card for card in relied_on(order) if card.place == "cloud"]
    if not clouds or situation.around.metered or situation.ask.privacy == "private":
        return None
    other = min(clouds, key=lambda card: (card.total_ms, -card.utility, card.model))
    if too_dear(affordable((home, other), situation), (home, other)):
        return None
    after_ms = situation.policy.hedge_after_ms
    delay_ms = HEDGE_AFTER_MS if after_ms is None else after_ms
    why = (
        f"{home.model} answers, predicted to be done in {duration(home.total_ms)}; where it has "
        f"said nothing after {duration(delay_ms)}, {other.model} starts too, and the first "
        "word decides."
    )
    return Plan(models=(home.model, other.model), delay_ms=delay_ms, why=why)


PLANNERS: Mapping[AskedStrategy, Planner] = {
    "verify": _verify,
    "cheapest": _cheapest,
    "fallback": _fallback,
    "ensemble": _ensemble,
    "compare": _compare,
    "race": _race,
    "hedge": _hedge,
}


def _too_many(cards: Order) -> str:
    if not cards:
        return ""
    models = listing(tuple(card.model for card in cards))
    return f"{MOST_COMPARED} answer at once at most: not {models}."


def affordable(cards: Order, situation: Situation) -> tuple[Scorecard, ...]:
    """Those of which all can be asked: their worst cases fit into every limit together."""
    windows, most = situation.budget.windows, situation.ask.max_cost_nano
    taken, taken_in = 0, [0] * len(windows)
    kept: list[Scorecard] = []
    for card in cards:
        worst = card.worst_cost_nano or 0
        under = [n for n, window in enumerate(windows) if window.covers(card.model)]
        fits = most is None or taken + worst <= most
        if worst and not (fits and all(taken_in[n] + worst <= windows[n].left_nano for n in under)):
            continue
        taken += worst
        for n in under:
            taken_in[n] += worst
        kept.append(card)
    return tuple(kept)


def too_dear(kept: Order, wanted: Order) -> str:
    """Who is too dear beside the others, as a sentence; empty where nobody is."""
    missing = tuple(dict.fromkeys(card.model for card in wanted if card not in kept))
    if not missing:
        return "" if len(kept) == len(wanted) else "Not all of them can be afforded."
    return f"{listing(missing)} would go over the limit beside the others, and is left out."


def _told(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
