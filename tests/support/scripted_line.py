"""A line to a daemon that says what a test writes, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from homeport.client.errors import ClientError
from homeport.client.link import News
from homeport.client.wire import (
    AskDone,
    AskRequest,
    BudgetQuestion,
    FeedbackReply,
    FeedbackRequest,
    LinkView,
    RequestView,
    SavingsView,
    SpendReport,
    SpendView,
    Why,
)
from homeport.tui.answering import AskHeard


class ScriptedLine:
    """Stands where the line to the daemon stands; `told` is what it will say."""

    def __init__(self, why: Why | ClientError | None = None) -> None:
        self.told: asyncio.Queue[News] = asyncio.Queue()
        self.answer = why
        self.asked: list[str] = []
        self.reports: dict[str, SpendReport] | ClientError = {}
        self.requests: list[AskRequest] = []
        self.heard: asyncio.Queue[AskHeard | ClientError] = asyncio.Queue()
        """What the next prompts are answered with."""
        self.verdicts: list[FeedbackRequest] = []
        self.saved: SavingsView | None = None

    async def news(self) -> AsyncIterator[News]:
        while True:
            yield await self.told.get()

    def retry(self) -> None:
        self.asked.append("retry")

    async def why(self, request_id: str) -> Why:
        self.asked.append(f"why {request_id}")
        if isinstance(self.answer, ClientError):
            raise self.answer
        assert self.answer
        return self.answer

    async def set_offline(self, offline: bool) -> LinkView:
        self.asked.append(f"offline {offline}")
        if isinstance(self.answer, ClientError):
            raise self.answer
        return LinkView("offline" if offline else "online", by_choice=offline)

    async def refresh_models(self) -> int:
        self.asked.append("models")
        if isinstance(self.answer, ClientError):
            raise self.answer
        return 6

    async def spend(self, by: str, days: int, baseline: str) -> SpendReport:
        self.asked.append(f"spend {by} {days} {baseline}")
        if isinstance(self.reports, ClientError):
            raise self.reports
        return self.reports[by]

    async def set_budget(self, window: str, usd: float | None) -> SpendView:
        self.asked.append(f"budget {window} {usd}")
        if isinstance(self.answer, ClientError):
            raise self.answer
        return SpendView()

    async def settle_question(self, question: BudgetQuestion, *, yes: bool) -> SpendView:
        self.asked.append(f"{'raise' if yes else 'refuse'} for {question.id}")
        if isinstance(self.answer, ClientError):
            raise self.answer
        return SpendView()

    async def savings(self, baseline: str) -> SavingsView | None:
        del baseline
        return self.saved

    async def raise_budget(self, window: str, usd: float) -> SpendView:
        self.asked.append(f"raise {window} {usd}")
        return SpendView()

    async def ask(self, request: AskRequest) -> AsyncIterator[AskHeard]:
        self.requests.append(request)
        while True:
            event = await self.heard.get()
            if isinstance(event, ClientError):
                raise event
            yield event
            if isinstance(event, AskDone):
                return

    async def feedback(self, said: FeedbackRequest) -> FeedbackReply:
        self.verdicts.append(said)
        self.asked.append(f"feedback {said.decision} {said.verdict}")
        if isinstance(self.answer, ClientError):
            raise self.answer
        judged = RequestView(said.decision, 0, "done", verdict=said.verdict)
        return FeedbackReply(
            judged, said.verdict, "ollama/qwen3:14b", "code", None, 0.61, 0.64, "3 thumbs at code"
        )
