"""One prompt and the answers of several models to it. Knows no screen."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from homeport.client.wire import (
    AnswerView,
    AskDone,
    AskRequest,
    AskResult,
    AskStatus,
    AskText,
    RequestView,
    Why,
)
from homeport.tui.answering import AskHeard
from homeport.tui.round import TOO_LONG, Standing, Text
from homeport.tui.talk import CLIENT

FEWEST, MOST = 2, 4


@dataclass(eq=False)
class Side:
    """One of the answers."""

    model: str
    text: Text = field(default_factory=Text)
    view: AnswerView | None = None
    """What came of it, at the end."""
    verdict: str = ""


class Bout:
    """The models that are to answer, and what they said last."""

    def __init__(self) -> None:
        self.models: tuple[str, ...] = ()
        self.private = False
        self.prompt = ""
        self.sides: list[Side] = []
        self.standing: Standing | None = None
        """None before anything was asked."""
        self.sentence = ""
        self.request: RequestView | None = None
        self.result: AskResult | None = None
        self.decision = ""
        self.left_out: tuple[str, ...] = ()
        """Why models that were named do not answer."""

    def __repr__(self) -> str:
        return f"Bout({', '.join(self.models)}: {self.standing})"

    @property
    def is_answering(self) -> bool:
        """Whether answers come."""
        return self.standing == "running"

    def ask(self, prompt: str) -> AskRequest:
        """Begins anew, and what is asked of the daemon for it."""
        self.prompt = prompt
        self.sides = [Side(model) for model in self.models]
        self.standing, self.sentence = "running", ""
        self.request = self.result = None
        self.decision, self.left_out = "", ()
        return AskRequest(
            prompt=prompt,
            strategy="compare",
            models=self.models,
            private=self.private,
            client=CLIENT,
            session=f"compare-{os.urandom(4).hex()}",
        )

    def hear(self, event: AskHeard) -> bool:
        """Takes in one event; False where it is to be stopped."""
        if not self.is_answering:
            return False
        if isinstance(event, AskText):
            return self._add(event)
        if isinstance(event, AskStatus):
            self.request, self.sentence = event.request, event.sentence
            self.decision = event.request.id
        elif isinstance(event, AskDone):
            self._end(event.result)
        return True

    def name(self, why: Why) -> None:
        """Who answers, and why others do not, as it was decided."""
        step = why.steps[0] if why.steps else None
        if step is None or step.plan is None or why.request.id != self.decision:
            return
        for number, model in enumerate(step.plan.models[:MOST]):
            self._make_room(number)
            if self.sides[number].view is None:
                self.sides[number].model = model
        del self.sides[max(1, len(step.plan.models)) :]
        asked = {side.model for side in self.sides}
        self.left_out = tuple(
            f"{veto.model} does not answer: {veto.reason}"
            for veto in step.vetoes
            if veto.model in self.models and veto.model not in asked
        )

    def _add(self, event: AskText) -> bool:
        self._make_room(event.answer)
        text = self.sides[min(event.answer, MOST - 1)].text
        text.add(event.text)
        self.sentence = ""
        if text.is_full:
            self.end("stopped", TOO_LONG)
        return not text.is_full

    def _make_room(self, number: int) -> None:
        while len(self.sides) <= min(number, MOST - 1):
            self.sides.append(Side(f"answer {len(self.sides) + 1}"))

    def _end(self, result: AskResult) -> None:
        self.end("done", "")
        self.result, self.decision = result, result.decision
        for number, view in enumerate(result.answers[:MOST]):
            self._make_room(number)
            side = self.sides[number]
            side.model, side.view = view.model, view
            if not side.text.letters:
                side.text.add(view.text)
        if not result.answers and self.sides:
            self._alone(result)

    def _alone(self, result: AskResult) -> None:
        """One model alone could answer: it is told as it is."""
        self.sides = self.sides[:1]
        side = self.sides[0]
        side.model = result.model_used
        if not side.text.letters:
            side.text.add(result.response)
        side.view = AnswerView(
            model=result.model_used,
            place=result.place,
            text=result.response,
            ok=True,
            first_token_ms=result.metadata.get("first_token_ms"),
            total_ms=round(result.latency * 1000),
            input_tokens=result.input_tokens,
            output_tokens=result.output_tokens,
            cost_nano=result.metadata.get("cost_nano"),
            certain=bool(result.metadata.get("certain", True)),
        )

    def end(self, standing: Standing, sentence: str) -> None:
        """Nothing more comes."""
        self.standing, self.sentence = standing, sentence

    def whole_number(self, side: Side) -> int | None:
        """The place of its answer among those that came whole, as feedback counts them."""
        if self.result is None:
            return None
        whole = [each.model for each in self.result.attempts if each.outcome == "done"]
        return whole.index(side.model) if side.model in whole else None

    def forget(self) -> None:
        """Starts afresh; who answers stays."""
        self.sides, self.standing, self.prompt, self.sentence = [], None, "", ""
        self.request = self.result = None
        self.decision, self.private, self.left_out = "", False, ()
