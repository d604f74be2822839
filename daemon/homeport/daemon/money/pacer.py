"""Keeps the month's money and the share of the cloud to their pace, prompt by prompt.

Owns two controllers, one of money and one of calls. Each decision is given their
price; each answer that ends is told to them. What they know is nothing that the
log of decisions does not hold, and is made anew from it after a start.

The money that a prompt may cost is what is left of the month, by the time that is
left of it, for as long as prompts were apart on average in the last week.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from msgspec import Struct

from homeport.client.wire import PaceView, RequestView
from homeport.daemon.storage.decision_log import DecisionLog
from homeport.policies.budget_controller import CALL, WINDOW, BudgetController
from homeport.policies.model import Budget, BudgetWindow, Decision, Pace, Policy
from homeport.policies.pacing import call_price, learned, money_price, with_allowance

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
RECALLED = 2 * WINDOW
"""Decisions that are read back after a start."""
FIRST_DAY = 50
"""Prompts that are reckoned with on a day that nothing is known of."""
MOST_TURNS = 20_000
CENT_NANO = 10_000_000


class Ended(Struct, frozen=True):
    """One prompt that has ended, as the log holds it."""

    at_ms: int
    decision: Decision
    out: bool
    """The cloud answered."""
    cost_nano: int

    @classmethod
    def of(cls, view: RequestView, decision: Decision) -> Ended | None:
        """None where nothing answered and nothing was paid, or the answer was one from before."""
        cost_nano = view.cost_nano or 0
        if view.cache is not None and view.cache.of:
            return None
        if view.state != "done" and not cost_nano:
            return None
        return cls(view.at_ms, decision, view.place == "cloud", cost_nano)


class Pacer:
    """Owns the controllers."""

    def __init__(self, clock_ms: Callable[[], int], paces_money: Callable[[], bool]) -> None:
        """`paces_money` says whether the month's money is to be held evenly."""
        self._clock_ms = clock_ms
        self._paces_money = paces_money
        self._money = BudgetController(0)
        self._calls = BudgetController(0)
        self._out: deque[bool] = deque(maxlen=WINDOW)
        """Whether each of the last answers came from the cloud."""
        self._turns_ms: deque[int] = deque(maxlen=MOST_TURNS)
        self._meanwhile: dict[str, Ended] | None = None
        """What has ended since the log began to be read; None where it is not being read."""

    def __repr__(self) -> str:
        return f"Pacer(money {self._money!r}, calls {self._calls!r})"

    def is_needed(self, policy: Policy) -> bool:
        """Something is to be kept to a pace."""
        return self._paces_money() or policy.cloud_share is not None

    def paced(self, budget: Budget, policy: Policy) -> Budget:
        """The budget with the price of the moment."""
        if not self.is_needed(policy):
            return budget
        self._allow(budget, policy)
        held = self._month(budget) is not None
        return replace(
            budget,
            pace=Pace(
                money=money_price(self._money) if held else 0.0,
                call=call_price(self._calls) if policy.cloud_share is not None else 0.0,
            ),
        )

    def learn(self, view: RequestView, decision: Decision) -> None:
        """A prompt has ended."""
        ended = Ended.of(view, decision)
        if ended is None:
            return
        self._count(ended)
        if self._meanwhile is not None:
            self._meanwhile[view.id] = ended

    async def recall(self, budget: Budget, policy: Policy, decisions: DecisionLog) -> None:
        """Know again what the log holds, and what has ended while it was read."""
        week_ms, self._meanwhile = self._clock_ms() - WEEK_MS, {}
        try:
            records, turns_ms = await decisions.lately(week_ms, RECALLED, MOST_TURNS)
        finally:
            meanwhile, self._meanwhile = self._meanwhile, None
        self._turns_ms.clear()
        self._turns_ms.extend(turns_ms)
        self._money, self._calls = BudgetController(0), BudgetController(0)
        self._out.clear()
        self._allow(budget, policy)
        for record in records:
            meanwhile.pop(record.view.id, None)
            ended = Ended.of(record.view, record.steps[0].decision) if record.steps else None
            if ended is not None:
                self._take(ended)
        for ended in meanwhile.values():
            self._count(ended)
        log.info("the pace was found again from %d decisions", len(records))

    def views(self, budget: Budget, policy: Policy) -> tuple[PaceView, ...]:
        """How each pace stands, for people."""
        pace = self.paced(budget, policy).pace
        views = []
        if (month := self._month(budget)) is not None:
            a_day = month.left_nano * DAY_MS // self._left_ms(month)
            views.append(PaceView("money", a_day, None, pace.money * CENT_NANO))
        if policy.cloud_share is not None:
            found = sum(self._out) / len(self._out) if self._out else None
            views.append(PaceView("calls", policy.cloud_share, found, pace.call))
        return tuple(views)

    # -- what is allowed

    def _allow(self, budget: Budget, policy: Policy) -> None:
        month = self._month(budget)
        if month is not None:
            each = month.left_nano * self._apart_ms() // self._left_ms(month)
            self._money = with_allowance(self._money, each)
        if policy.cloud_share is not None:
            self._calls = with_allowance(self._calls, round(policy.cloud_share * CALL))

    def _month(self, budget: Budget) -> BudgetWindow | None:
        if not self._paces_money():
            return None
        months = (of for of in budget.windows if of.window == "month" and of.scope == "all")
        return next(months, None)

    def _left_ms(self, month: BudgetWindow) -> int:
        """Of the month; an hour at least, or the last minutes would buy anything."""
        return max(DAY_MS // 24, month.resets_at_ms - self._clock_ms())

    def _apart_ms(self) -> int:
        """How long prompts are apart, nights counted; of the first day a guess."""
        now_ms, turns_ms = self._clock_ms(), self._turns_ms
        while turns_ms and turns_ms[0] < now_ms - WEEK_MS:
            turns_ms.popleft()
        known_ms = now_ms - turns_ms[0] if turns_ms else 0
        if known_ms < DAY_MS:
            return DAY_MS // max(FIRST_DAY, len(turns_ms))
        return known_ms // len(turns_ms)

    def _count(self, ended: Ended) -> None:
        self._turns_ms.append(ended.at_ms)
        self._take(ended)

    def _take(self, ended: Ended) -> None:
        decision, out, cost_nano = ended.decision, ended.out, ended.cost_nano
        before = self._calls
        self._money = learned(self._money, "money", decision, out=out, cost_nano=cost_nano)
        self._calls = learned(self._calls, "calls", decision, out=out, cost_nano=cost_nano)
        if self._calls is not before:
            self._out.append(ended.out)
