"""What a model is tried with, and how its answer is judged. Pure: prompts in, verdicts out."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homeport.adapters.base import (
    Delta,
    Finish,
    Image,
    Message,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCallDelta,
    Wired,
)
from homeport.policies.model import Capability

ROOM: Final = 96
"""Tokens of an answer: enough for each exercise, and little of a slow model's time."""
ROOM_TO_THINK: Final = 1024
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "rivers": {"type": "integer"}},
    "required": ["city", "rivers"],
    "additionalProperties": False,
}
PLACE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER: Final = Tool("get_weather", "Tells the weather of a city as it is now.", PLACE)
CLOCK: Final = Tool("get_time", "Tells what time it is in a city.", PLACE)


@dataclass(frozen=True, slots=True)
class Heard:
    """One whole answer."""

    text: str = ""
    thinking: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    """Names and arguments."""
    logprobs: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One thing to try."""

    name: str
    prompt: Prompt
    judge: Callable[[Heard], str]
    """What is wrong, in a few words; empty where all is well."""
    ability: Capability | None = None
    """What its outcome says of the model."""
    tries: int = 1
    """A chance that is not taken every time may be taken again."""
    only_claimed: bool = False
    """Tried only where the model claims the ability."""


def heard_of(deltas: Sequence[Delta]) -> Heard:
    """An answer put together."""
    spoken = [
        one for delta in deltas for one in (delta.deltas if isinstance(delta, Wired) else (delta,))
    ]
    names: dict[int, str] = {}
    arguments: dict[int, str] = {}
    for one in spoken:
        if isinstance(one, ToolCallDelta):
            names[one.index] = names.get(one.index, "") or one.name
            arguments[one.index] = arguments.get(one.index, "") + one.arguments
    return Heard(
        text="".join(one.text for one in spoken if isinstance(one, TextDelta)),
        thinking="".join(one.text for one in spoken if isinstance(one, ThinkingDelta)),
        calls=tuple((names[at], arguments[at]) for at in sorted(names)),
        logprobs=sum(len(one.logprobs) for one in spoken if isinstance(one, TextDelta)),
        reason=next((one.reason for one in spoken if isinstance(one, Finish)), ""),
    )


def asked(words: str, *, system: str = "", room: int = ROOM, **fields: Any) -> Prompt:
    """A prompt of one turn, always the same answer where the model can do that."""
    first = (Message("system", (Text(system),)),) if system else ()
    knobs = {"temperature": 0.0, "max_tokens": room, **fields.pop("knobs", {})}
    turn = Message("user", (Text(words), *fields.pop("parts", ())))
    return Prompt((*first, turn), sampling=Sampling(**knobs), **fields)


def says_something(heard: Heard) -> str:
    """Any words are an answer."""
    return "" if heard.text.strip() else "it said nothing"


def stops(heard: Heard) -> str:
    """It ends before the words it must end at."""
    if "four" in heard.text.casefold():
        return "it went on past the words it was to stop at"
    return "" if "three" in heard.text.casefold() else "it never came to the words"


def obeys(heard: Heard) -> str:
    """The system's word is in the answer."""
    return "" if "banana" in heard.text.casefold() else "it did not do what the system words say"


def calls_weather(heard: Heard) -> str:
    """The right tool, with arguments that fit."""
    if not heard.calls:
        return "it called no tool"
    name, arguments = heard.calls[0]
    if name != WEATHER.name:
        return f"it called another tool than it should: {name[:40]}"
    return _fits_place(arguments)


def calls_any(heard: Heard) -> str:
    """A known tool, with arguments that fit."""
    if not heard.calls:
        return "it called no tool"
    known = heard.calls[0][0] in (WEATHER.name, CLOCK.name)
    return _fits_place(heard.calls[0][1]) if known else "it called a tool that is not there"


def _fits_place(arguments: str) -> str:
    value = _json(arguments)
    fits = isinstance(value, dict) and list(value) == ["city"] and isinstance(value["city"], str)
    return "" if fits else "its arguments do not fit the tool"


def is_object(heard: Heard) -> str:
    """One JSON object, and nothing else."""
    return "" if isinstance(_json(heard.text), dict) else "its answer is not one JSON object"


def fits_schema(heard: Heard) -> str:
    """JSON of exactly the shape that was asked for."""
    value = _json(heard.text)
    if not isinstance(value, dict):
        return "its answer is not one JSON object"
    whole = set(value) == {"city", "rivers"} and isinstance(value["city"], str)
    counted = whole and isinstance(value["rivers"], int) and not isinstance(value["rivers"], bool)
    return "" if counted else "its JSON does not fit the schema"


def thinks(heard: Heard) -> str:
    """Reasoning beside the answer."""
    return "" if heard.thinking.strip() else "it showed no reasoning"


def is_sure(heard: Heard) -> str:
    """Probabilities came with the words."""
    return "" if heard.logprobs else "no probabilities came with its words"


def goes_on(heard: Heard) -> str:
    """It goes on from its own words without saying them again."""
    if heard.text.strip().startswith("The capital"):
        return "it began anew instead of going on"
    return "" if "paris" in heard.text.casefold() else "it did not go on with the sentence"


def sees_red(heard: Heard) -> str:
    """The colour of the picture."""
    return "" if "red" in heard.text.casefold() else "it did not name the colour of a red picture"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def red_picture() -> Image:
    """A PNG of 32 by 32 red points."""
    rows = b"".join(b"\x00" + b"\xe0\x10\x10" * 32 for _ in range(32))
    head = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return Image(data=base64.b64encode(data).decode(), media_type="image/png")


def _begun() -> Prompt:
    question = asked("What is the capital of France?")
    begun = Message("assistant", (Text("The capital of France is"),))
    return Prompt((*question.messages, begun), sampling=question.sampling)


def exercises() -> tuple[Exercise, ...]:
    """Everything that a model is tried with, the plainest first."""
    tools = (WEATHER, CLOCK)
    shaped = ResponseFormat("json_schema", SCHEMA, "river_city", strict=True)
    river = "Name a city and how many rivers run through it, as JSON with `city` and `rivers`."
    return (
        Exercise("answer", asked("Tell me in one sentence what a harbour is."), says_something),
        Exercise(
            "stop",
            asked(
                "Count from one to ten in words, in lower case, with commas between.",
                knobs={"stop": ("four", "Four")},
            ),
            stops,
        ),
        Exercise(
            "system",
            asked(
                "What is the capital of France?",
                system="Whatever you are asked, answer with the one word BANANA.",
            ),
            obeys,
        ),
        Exercise(
            "tools",
            asked("What is the weather in Kiel now? Look it up.", tools=tools),
            calls_weather,
            ability="tools",
            tries=2,
        ),
        Exercise(
            "tools required",
            asked("What time is it in Oslo?", tools=tools, tool_choice="required"),
            calls_any,
            ability="required_tools",
        ),
        Exercise("json", asked(river, response_format=ResponseFormat("json")), is_object, "json"),
        Exercise("json schema", asked(river, response_format=shaped), fits_schema, "json_schema"),
        Exercise(
            "thinking",
            asked(
                "Is 391 a prime number? Think before you answer.",
                room=ROOM_TO_THINK,
                knobs={"reasoning_effort": "low"},
            ),
            thinks,
            ability="thinking",
            only_claimed=True,
        ),
        Exercise(
            "probabilities",
            asked("Say yes.", room=8, knobs={"logprobs": True, "top_logprobs": 1}),
            is_sure,
            ability="logprobs",
        ),
        Exercise("going on", _begun(), goes_on),
        Exercise(
            "images",
            asked("Which colour is this? Answer with one word.", parts=(red_picture(),)),
            sees_red,
            ability="images",
            only_claimed=True,
        ),
    )
