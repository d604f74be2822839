"""All that the terminal interface asks of a daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlencode

import msgspec

from homeport.client.link import News, Watch, get, post
from homeport.client.units import NANO
from homeport.client.wire import (
    AskRequest,
    BudgetQuestion,
    FeedbackReply,
    FeedbackRequest,
    LinkView,
    ModelView,
    SavingsView,
    SpendReport,
    SpendView,
    Why,
)

if TYPE_CHECKING:
    from homeport.tui.answering import AskHeard

Window = Literal["day", "week", "month"]


class Line(Protocol):
    """A line to a daemon, real or scripted."""

    def news(self) -> AsyncIterator[News]:
        """Everything that happens, without end."""
        ...

    def retry(self) -> None:
        """Looks for the daemon at once."""
        ...

    async def why(self, request_id: str) -> Why:
        """Everything about one decision. Raises ClientError."""
        ...

    async def set_offline(self, offline: bool) -> LinkView:
        """Goes offline by choice, or online again. Raises ClientError."""
        ...

    def ask(self, request: AskRequest) -> AsyncIterator[AskHeard]:
        """One prompt's answer as it comes; closing it cancels the answer. Raises ClientError."""
        ...

    async def feedback(self, said: FeedbackRequest) -> FeedbackReply:
        """Says what an answer was worth. Raises ClientError."""
        ...

    async def refresh_models(self) -> int:
        """Has the servers asked for their models again; how many there are. Raises ClientError."""
        ...

    async def spend(self, by: str, days: int, baseline: str) -> SpendReport:
        """What was spent, grouped; saved against a model, if one is named. Raises ClientError."""
        ...

    async def set_budget(self, window: Window, usd: float | None) -> SpendView:
        """Sets a limit, or takes it away. Raises ClientError."""
        ...

    async def raise_budget(self, window: Window, usd: float) -> SpendView:
        """Adds to the running window alone. Raises ClientError."""
        ...

    async def settle_question(self, question: BudgetQuestion, *, yes: bool) -> SpendView:
        """Lets a prompt that waits at a limit go on, or not. Raises ClientError."""
        ...

    async def savings(self, baseline: str) -> SavingsView | None:
        """What the last 30 days saved against every prompt at one model. Raises ClientError."""
        ...


class DaemonLine:
    """The line to the daemon of this user."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __repr__(self) -> str:
        return f"DaemonLine({self._watch!r})"

    def news(self) -> AsyncIterator[News]:
        """Everything that happens, without end."""
        return self._watch.news()

    def retry(self) -> None:
        """Looks for the daemon at once."""
        self._watch.retry()

    async def why(self, request_id: str) -> Why:
        """Everything about one decision. Raises ClientError."""
        return await get(self._watch.where, f"decisions/{request_id}", Why)

    async def set_offline(self, offline: bool) -> LinkView:
        """Goes offline by choice, or online again. Raises ClientError."""
        return await post(self._watch.where, "link", {"offline": offline}, LinkView)

    async def ask(self, request: AskRequest) -> AsyncIterator[AskHeard]:
        """One prompt's answer as it comes; closing it cancels the answer. Raises ClientError."""
        from homeport.tui.answering import answered  # when something is asked first

        async with aclosing(answered(self._watch.where(), request)) as events:
            async for event in events:
                yield event

    async def feedback(self, said: FeedbackRequest) -> FeedbackReply:
        """Says what an answer was worth. Raises ClientError."""
        return await post(self._watch.where, "feedback", said, FeedbackReply)

    async def refresh_models(self) -> int:
        """Has the servers asked for their models again; how many there are. Raises ClientError."""
        return len((await get(self._watch.where, "models?refresh=1", _Models)).models)

    async def spend(self, by: str, days: int, baseline: str) -> SpendReport:
        """What was spent, grouped; saved against a model, if one is named. Raises ClientError."""
        asked = {"by": by, "days": days, "details": 1}
        query = urlencode({**asked, "baseline": baseline} if baseline else asked)
        return await get(self._watch.where, f"spend?{query}", SpendReport)

    async def set_budget(self, window: Window, usd: float | None) -> SpendView:
        """Sets a limit, or takes it away. Raises ClientError."""
        return await post(self._watch.where, "budgets", {f"{window}_usd": usd}, SpendView)

    async def raise_budget(self, window: Window, usd: float) -> SpendView:
        """Adds to the running window alone. Raises ClientError."""
        return await post(self._watch.where, "budgets", {"raise": window, "usd": usd}, SpendView)

    async def settle_question(self, question: BudgetQuestion, *, yes: bool) -> SpendView:
        """Lets a prompt that waits at a limit go on, or not. Raises ClientError."""
        said: dict[str, object] = {"refuse": question.id}
        if yes:
            said = {"raise": question.window, "usd": question.raise_nano / NANO}
            said |= {"scope": question.scope, "name": question.name}
        return await post(self._watch.where, "budgets", said, SpendView)

    async def savings(self, baseline: str) -> SavingsView | None:
        """What the last 30 days saved against every prompt at one model. Raises ClientError."""
        query = urlencode({"by": "day", "days": 30, "baseline": baseline})
        return (await get(self._watch.where, f"spend?{query}", SpendReport)).savings


class _Models(msgspec.Struct, frozen=True):
    models: tuple[ModelView, ...]
