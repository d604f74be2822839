"""From a prompt and a script to the answer, in tokens."""

from __future__ import annotations

import hashlib
import itertools
import struct
from typing import Any, Final

from homeport.lab.nouns import Answer, Asked, Call, Finish, Spent, compact, tokens_of
from homeport.lab.script import LOREM, Script, ToolScript

_VECTOR: Final = 8
"""Numbers in a vector, where no other count is asked for."""
_DEEPEST: Final = 8
"""How deep an example of a schema nests."""


def answer_to(asked: Asked, script: Script, *, number: int, created: int) -> Answer:
    """What is said to this prompt; `number` makes its ids."""
    calls = _calls(asked, script, number)
    text = () if calls and script.text is None else _text(asked, script)
    thinking = () if asked.prefix else tokens_of(script.thinking)
    finish: Finish = "stop"
    if script.heeds_max_tokens:
        text, finish = _bounded(asked, thinking, text)
    if calls and finish == "stop":
        finish = "tool_calls"
    answer = Answer(
        id=f"lab-{number:06d}",
        model=asked.model,
        created=created,
        thinking=thinking,
        text=text,
        calls=calls if finish != "length" else (),
        finish=script.finish or finish,
    )
    return _with_usage(answer, asked, script)


def input_tokens(asked: Asked) -> int:
    """Tokens of the prompt, by the lab's rule."""
    return len(tokens_of(asked.text)) + sum(len(tokens_of(text)) for text in asked.inputs)


def vector_of(text: str, dimensions: int | None) -> list[float]:
    """A vector of length one that the text alone decides."""
    count = dimensions or _VECTOR
    numbers: list[float] = []
    for block in itertools.count():
        digest = hashlib.sha256(f"{block}:{text}".encode()).digest()
        numbers += [value / 2**31 for value in struct.unpack("<8i", digest)]
        if len(numbers) >= count:
            break
    numbers = numbers[:count]
    length = sum(number * number for number in numbers) ** 0.5 or 1.0
    return [round(number / length, 6) for number in numbers]


def example_of(schema: dict[str, Any], depth: int = 0) -> Any:
    """The plainest value that fits a JSON schema."""
    for chosen in ("const", "default"):
        if chosen in schema:
            return schema[chosen]
    if schema.get("enum"):
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if schema.get(several):
            return example_of(schema[several][0], depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties") or {}
        return {} if depth > _DEEPEST else _object(properties, depth)
    if kind == "array":
        item = example_of(schema.get("items") or {"type": "string"}, depth + 1)
        return [item] * max(1, schema.get("minItems", 1)) if depth <= _DEEPEST else []
    plain: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
    return plain.get(kind, "word")


def _object(properties: dict[str, Any], depth: int) -> dict[str, Any]:
    return {name: example_of(part, depth + 1) for name, part in properties.items()}


def _text(asked: Asked, script: Script) -> tuple[str, ...]:
    """The tokens of the answer; what the caller has already is not said again."""
    whole = _arguments(asked, script)
    whole = script.text if whole is None else whole
    if whole is None and asked.schema is not None:
        whole = compact(example_of(asked.schema)).decode()
    if whole is None:
        whole = _made_up(asked, script)
    for stop in asked.stop:
        whole = whole.partition(stop)[0] if stop else whole
    return tokens_of(whole.removeprefix(asked.prefix or _begun(asked, whole)))


_ACCIDENT: Final = 3
"""Letters that two texts may have in common by chance."""


def _begun(asked: Asked, whole: str) -> str:
    """Of an answer, what raw text ends with already."""
    if asked.kind != "completion":
        return ""
    lengths = range(min(len(whole), len(asked.text)), _ACCIDENT, -1)
    return next((whole[:length] for length in lengths if asked.text.endswith(whole[:length])), "")


_WRAPPED: Final = '{"arguments": '


def _arguments(asked: Asked, script: Script) -> str | None:
    """Of a scripted call that the prompt does not know yet, where it begins them and offers no
    tools; with those that come behind it, where it begins an object that has room for them."""
    if not asked.prefix.startswith("{") or asked.tools:
        return None
    begun = asked.prefix.removeprefix(_WRAPPED)
    for at, call in enumerate(script.tool_calls):
        text = _written(call.arguments)
        if text.startswith(begun) and text not in asked.question:
            return (
                text if begun == asked.prefix else _with_others(text, script.tool_calls[at + 1 :])
            )
    return None


def _with_others(text: str, calls: tuple[ToolScript, ...]) -> str:
    others = [
        f'{{"name": "{call.name}", "arguments": {_written(call.arguments)}}}' for call in calls
    ]
    return f'{_WRAPPED}{text}, "further_calls": [{", ".join(others)}]}}'


def _made_up(asked: Asked, script: Script) -> str:
    if script.say == "echo":
        return asked.question
    if script.say == "lorem":
        return " ".join(itertools.islice(itertools.cycle(LOREM.split()), script.words))
    return " ".join(f"w{number}" for number in range(1, script.words + 1))


def _bounded(
    asked: Asked, thinking: tuple[str, ...], text: tuple[str, ...]
) -> tuple[tuple[str, ...], Finish]:
    if asked.max_tokens is None or len(thinking) + len(text) <= asked.max_tokens:
        return text, "stop"
    return text[: max(0, asked.max_tokens - len(thinking))], "length"


def _calls(asked: Asked, script: Script, number: int) -> tuple[Call, ...]:
    if asked.has_result:
        return ()
    return tuple(
        Call(
            f"call_lab_{number:06d}_{index}",
            call.name,
            _written(call.arguments),
        )
        for index, call in enumerate(script.tool_calls)
        if script.always_call or call.name in asked.tools
    )


def _written(arguments: dict[str, Any] | str) -> str:
    return arguments if isinstance(arguments, str) else compact(arguments).decode()


def _with_usage(answer: Answer, asked: Asked, script: Script) -> Answer:
    from msgspec.structs import replace

    if not script.usage:
        return replace(answer, usage=None)
    said = len(answer.thinking) + len(answer.text)
    said += sum(len(tokens_of(call.arguments)) + 1 for call in answer.calls)
    true = Spent(input=input_tokens(asked), output=said, reasoning=len(answer.thinking))
    told = {
        "input": script.input_tokens,
        "output": script.output_tokens,
        "cache_read": script.cache_read_tokens,
        "cache_write": script.cache_write_tokens,
        "reasoning": script.reasoning_tokens,
    }
    wrong = {name: value for name, value in told.items() if value is not None}
    return replace(answer, usage=replace(true, **wrong))
