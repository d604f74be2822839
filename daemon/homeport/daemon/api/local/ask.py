"""`POST /homeport/v1/ask` and `/route`: our own wire for a prompt, and its dry run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from homeport.adapters.base import (
    AnswerPart,
    Delta,
    Labels,
    Prompt,
    Sampling,
    StatusDelta,
    TextDelta,
)
from homeport.client.wire import (
    AnswerView,
    AskDone,
    AskEvent,
    AskFailed,
    AskRequest,
    AskResult,
    AskStatus,
    AskText,
)
from homeport.daemon.api.answer_marks import route_headers
from homeport.daemon.api.cache_labels import cache_wish
from homeport.daemon.api.call import NDJSON, Call
from homeport.daemon.api.errors import trouble
from homeport.daemon.api.house import House
from homeport.daemon.api.labels import model_of, name_of, tags_of, weights_of
from homeport.daemon.api.local.turns import said, said_before
from homeport.daemon.api.relay import Relay
from homeport.daemon.api.strategy_labels import FIELDS, implied, options_of
from homeport.policies.errors import BadRequest

if TYPE_CHECKING:
    from homeport.daemon.routing.router import Answer

WIRE = "homeport"

_decoder = msgspec.json.Decoder(AskRequest)
_encode = msgspec.json.Encoder().encode


async def ask(call: Call, house: House) -> None:
    """Answer one prompt as lines of `AskEvent`, the decision first."""
    prompt = prompt_of(await call.decoded(_decoder))
    call.last_words = lambda error: line(AskFailed(trouble(error)))
    async with house.answering(prompt) as answer:
        lines = AskLines(answer)
        relay = Relay(call, NDJSON, lambda: route_headers(answer.view), lines.status)
        relay.put(lines.status())
        await relay.flush()
        error = await relay.run(answer.deltas(), lines.encode)
        if error is not None:
            raise error
        await relay.finish(line(AskDone(lines.result())))


async def route(call: Call, house: House) -> None:
    """Decide on a prompt without answering it."""
    prompt = prompt_of(await call.decoded(_decoder))
    await call.reply_json(await house.daemon.router.explain(prompt))


def line(event: AskEvent) -> bytes:
    """One line of the stream."""
    return _encode(event) + b"\n"


def prompt_of(request: AskRequest) -> Prompt:
    """Our own request as a `Prompt`. Raises `BadRequest` for a value that cannot be."""
    if not request.prompt.strip():
        raise BadRequest("`prompt` is empty.", param="prompt")
    for field in ("max_cost_nano", "deadline_ms", "max_tokens", "temperature"):
        given = getattr(request, field)
        least = 1 if field in ("deadline_ms", "max_tokens") else 0
        if given is not None and not least <= given < 2**62:
            raise BadRequest(f"`{field}` must be at least {least}.", param=field)
    system = (said("system", request.system),) if request.system else ()
    return Prompt(
        messages=(*system, *said_before(request.messages), said("user", request.prompt)),
        labels=_labels(request),
        sampling=Sampling(temperature=request.temperature, max_tokens=request.max_tokens),
        stream=request.on_cut != "restart",
        wire=WIRE,
    )


def _labels(request: AskRequest) -> Labels:
    options = options_of({name: getattr(request, name) for name in FIELDS})
    return Labels(
        model=model_of(request.model),
        policy=request.policy,
        private=request.private,
        strategy=request.strategy or implied(options),
        max_cost_nano=request.max_cost_nano,
        deadline_ms=request.deadline_ms,
        session=name_of(request.session),
        client=name_of(request.client),
        tags=tags_of(request.tags),
        weights=weights_of(request.weights),
        options=options,
        defer=request.defer,
        tests=request.tests,
        cache=cache_wish(request.cache),
        on_cut=request.on_cut or None,
    )


class AskLines:
    """The lines of one answer, and the result they add up to."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._text: list[str] = []

    def status(self) -> bytes:
        """How the request stands."""
        return line(AskStatus(self._answer.view))

    def encode(self, delta: Delta) -> bytes:
        """One delta; empty for what is not shown."""
        if isinstance(delta, TextDelta):
            self._text.append(delta.text)
            return line(AskText(delta.text)) if delta.text else b""
        if isinstance(delta, AnswerPart):
            return self._part(delta)
        if isinstance(delta, StatusDelta):
            return line(AskStatus(self._answer.view, delta.sentence))
        return b""

    def _part(self, part: AnswerPart) -> bytes:
        said = part.delta
        if not isinstance(said, TextDelta) or not said.text:
            return b""
        return line(AskText(said.text, part.answer))

    def result(self) -> AskResult:
        """The whole answer. Only after its end."""
        view, plan, answers = self._answer.view, self._answer.plan, self._answer.answers
        return AskResult(
            response="".join(self._text) or _chosen(answers),
            model_used=view.model,
            place=view.place,
            decision=view.id,
            strategy=view.strategy,
            cost=None if view.cost_nano is None else view.cost_nano / 1e9,
            latency=(view.total_ms or 0) / 1e3,
            confidence=view.confidence,
            input_tokens=view.input_tokens,
            output_tokens=view.output_tokens,
            attempts=view.attempts,
            ensemble_models=plan.models if view.strategy == "ensemble" else (),
            metadata=self._answer.result_metadata(),
            timestamp=_iso(view.at_ms),
            answers=answers,
            checks=view.checks,
            cache=view.cache,
        )


def _chosen(answers: tuple[AnswerView, ...]) -> str:
    """Of several that were given side by side, the one that stands for all."""
    return next((answer.text for answer in answers if answer.chosen), "")


def _iso(at_ms: int) -> str:
    """ISO 8601, UTC, to the millisecond."""
    return datetime.fromtimestamp(at_ms / 1e3, UTC).isoformat(timespec="milliseconds")
