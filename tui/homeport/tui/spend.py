"""The Spend screen: what was spent, on what, and what is left."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from textual.binding import BindingType

from homeport.client.errors import ClientError
from homeport.client.wire import SpendView, WindowView
from homeport.tui.house import bindings_of
from homeport.tui.line_below import LineBelow
from homeport.tui.room import RoomScreen
from homeport.tui.spend_lines import spend_page
from homeport.tui.spending import Grouping, Spent, Wanted, baseline_of, wanted_of
from homeport.tui.words import Line, total

_WHOSE = {"day": "Today's", "week": "This week's", "month": "This month's"}
_LEAST_BETWEEN_S = 1.0
"""Between two questions of a screen that is left open while much is spent."""


class SpendScreen(LineBelow, RoomScreen, inherit_bindings=False):
    """Asks the daemon when it opens, when it is turned, and when more was spent."""

    NAME = "spend"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("spend")

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__("spend", ascii_only=ascii_only)
        self._grouping = Grouping()
        self._spent: Spent | None = None
        self._trouble = ""
        self._asked_for: tuple[Grouping, SpendView, int] | None = None
        self._is_asking = False
        self._compared = ""

    def paint_middle(self) -> None:
        """Asks again where something was spent since."""
        if self.house.state.is_watched and self._wanted() != self._asked_for:
            self._ask()
        super().paint_middle()

    def parts(self) -> tuple[Any, ...]:
        """The budgets, and the answer."""
        spend = self.house.state.picture.spend
        return (spend, self._grouping, self._spent, self._trouble)

    def room_lines(self, width: int) -> list[Line]:
        """The page; an answer to another grouping is not shown under this one."""
        spent = self._spent if self._spent and self._spent.grouping == self._grouping else None
        view = self.house.state.picture.spend
        trouble = self._trouble
        if spent is None and not self.house.state.is_watched:
            trouble = trouble or "It cannot be asked."
        height = self.page.size.height
        return spend_page(view, self._grouping, spent, trouble, width, height)

    def _wanted(self) -> tuple[Grouping, SpendView, int]:
        """What is asked of a daemon; the next one is asked anew."""
        picture = self.house.state.picture
        return (self._grouping, picture.spend, picture.started_at_ms)

    def _ask(self) -> None:
        if not self._is_asking:
            self._is_asking = True
            self.run_worker(self._ask_until_told(), group="spend")

    async def _ask_until_told(self) -> None:
        """Asks until the answer is to what is wanted; a busy daemon is not asked all the time."""
        try:
            while self.house.state.is_watched and self._wanted() != self._asked_for:
                self._asked_for = self._wanted()
                await self._fetch(self._grouping)
                self.paint()
                if self._asked_for[0] == self._grouping and self._wanted() != self._asked_for:
                    await asyncio.sleep(_LEAST_BETWEEN_S)
        finally:
            self._is_asking = False

    async def _fetch(self, grouping: Grouping) -> None:
        house = self.house
        try:
            report = await house.line.spend(grouping.by, grouping.days, self._baseline())
            self._spent = Spent(
                grouping,
                report.rows,
                report.details,
                report.savings,
                report.total,
                report.rest,
            )
            self._trouble = ""
        except ClientError as trouble:
            self._trouble = trouble.sentence

    def _baseline(self) -> str:
        """Kept while the screen is open, so that its numbers can be compared."""
        state = self.house.state
        self._compared = self._compared or baseline_of(state.picture.models, state.rows.values())
        return self._compared

    def ask_again(self) -> None:
        """Asks at once."""
        self._asked_for = None
        self._ask()

    def _turn(self, grouping: Grouping) -> None:
        self.note = ""
        self._grouping = grouping
        self.page.go(-self.page.reach[1])
        self.paint()

    def action_next_group(self) -> None:
        """The next grouping."""
        self._turn(self._grouping.turned(1))

    def action_previous_group(self) -> None:
        """The grouping before."""
        self._turn(self._grouping.turned(-1))

    def action_span(self) -> None:
        """Looks back further, or less far."""
        self._turn(self._grouping.widened())

    def action_back(self) -> None:
        """Leaves the question, then the screen."""
        if self.line_below:
            self.close_line()
        else:
            super().action_back()

    def action_budget(self) -> None:
        """Asks for another budget."""
        if self.house.state.questions:
            super().action_budget()
        elif self._may("budget"):
            self.action_new_budget()

    def action_new_budget(self) -> None:
        """Opens the line in which it is typed."""
        from homeport.tui.budget_line import BudgetLine  # when it is wanted first

        self.note = ""
        self.open_line(BudgetLine(_suggested(self.house.state.picture.spend)))

    def set_budget(self, text: str) -> None:
        """Sets what was typed, or says what is wrong with it."""
        self.close_line()
        wanted = wanted_of(text)
        if isinstance(wanted, str):
            self.say(wanted)
        else:
            self.run_worker(self._set(wanted), group="budget", exclusive=True)

    async def _set(self, wanted: Wanted) -> None:
        line, usd = self.house.line, wanted.usd
        whose = _WHOSE[wanted.window]
        try:
            if wanted.adds and usd is not None:
                await line.raise_budget(wanted.window, usd)
                said = f"{whose} budget is {total(round(usd * 1e9))} higher; the next is as before."
            else:
                await line.set_budget(wanted.window, usd)
                now = "has no limit now" if usd is None else f"is {total(round(usd * 1e9))} now"
                said = f"{whose} budget {now}."
        except ClientError as trouble:
            said = trouble.sentence
        self.say(said)


def _suggested(view: SpendView) -> str:
    """Twice the limit that is nearest to its end."""

    def share(window: WindowView) -> float:
        return window.spent_nano / window.limit_nano if window.limit_nano else 0.0

    limited = [window for window in view.windows if window.limit_nano]
    if not limited:
        return "day 2"
    window = max(limited, key=share)
    usd = 2 * (window.limit_nano or 0) / 1e9
    return f"{window.window} {usd:.2f}".removesuffix(".00")
