"""Writes a `Prompt` as the body of a Gemini `generateContent` request."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from homeport.adapters.base import Prompt, Sampling, Tool
from homeport.adapters.gemini.contents import Habits, NotWritable, contents_of
from homeport.adapters.gemini.read import WIRE
from homeport.adapters.gemini.schema import fitted

_GENERATION: Final = re.compile(r"gemini-(?:[a-z]+-)*?(\d+)(?:\.(\d+))?")
_KNOBS: Final = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "seed": "seed",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
}
_UNKNOWN: Final = ("min_p", "repeat_penalty")
_BUDGETS: Final = {"minimal": 1024, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576}
_LEVELS: Final = {"none": "minimal", "xhigh": "high", "max": "high"}
_KNOWN_LEVELS: Final = frozenset({"minimal", "low", "medium", "high"})
# Google's own fields that a program may send by whatever wire, by all their spellings.
_OWN: Final = {
    "safetySettings": "safetySettings",
    "safety_settings": "safetySettings",
    "cachedContent": "cachedContent",
    "cached_content": "cachedContent",
}
_WRITTEN: Final = frozenset({"contents", "systemInstruction", "tools", "toolConfig", "model"})


@dataclass(frozen=True, slots=True)
class Written:
    """A request body, and the tuning knobs that had to be left out."""

    body: bytes
    dropped: tuple[str, ...]


def write(
    prompt: Prompt,
    *,
    model: str,
    max_tokens: int,
    prefix: str = "",
    remembered: Callable[[str], str] = lambda _: "",
) -> Written:
    """The body of a request; raises `NotWritable`. `prefix` opens the model's last turn.

    `remembered` gives the signature of a call by its id.
    """
    generation = generation_of(model)
    habits = Habits(
        signs_calls=generation >= (3, 0),
        results_hold_files=generation >= (3, 0),
        system_instruction=not model.startswith("gemma-3"),
        remembered=remembered,
    )
    contents = contents_of(prompt.messages, habits, prefix)
    config, dropped = _config(prompt, model, generation, max_tokens)
    body: dict[str, Any] = {**_carried(prompt), "contents": contents.turns}
    if contents.system:
        body["systemInstruction"] = {"parts": contents.system}
    body |= _tools(prompt)
    if prompt.tools and prompt.parallel_tool_calls is False:
        dropped.append("parallel_tool_calls")
    body["generationConfig"] = _given_config(prompt) | config
    return Written(msgspec.json.encode(body), tuple(sorted(dropped)))


def generation_of(model: str) -> tuple[int, int]:
    """`gemini-2.5-pro` is (2, 5); a name that tells nothing is that of the newest model."""
    found = _GENERATION.match(model)
    if found:
        return int(found[1]), int(found[2] or 0)
    return (0, 0) if model.startswith("gemma") else (3, 0)


def _carried(prompt: Prompt) -> dict[str, Any]:
    if prompt.wire == WIRE:
        return {name: value for name, value in prompt.extras.items() if name not in _WRITTEN}
    google = prompt.extras.get("google")
    given = {**prompt.extras, **(google if isinstance(google, dict) else {})}
    return {_OWN[name]: value for name, value in given.items() if name in _OWN}


def _given_config(prompt: Prompt) -> dict[str, Any]:
    given = prompt.extras.get("generationConfig") if prompt.wire == WIRE else None
    return given if isinstance(given, dict) else {}


def _config(
    prompt: Prompt, model: str, generation: tuple[int, int], max_tokens: int
) -> tuple[dict[str, Any], list[str]]:
    sampling = prompt.sampling
    config: dict[str, Any] = {"maxOutputTokens": max_tokens}
    for ours, theirs in _KNOBS.items():
        if getattr(sampling, ours) is not None:
            config[theirs] = getattr(sampling, ours)
    if sampling.stop:
        config["stopSequences"] = list(sampling.stop)
    if sampling.logprobs:
        config["responseLogprobs"] = True
        if sampling.top_logprobs:
            config["logprobs"] = sampling.top_logprobs
    thinking = _thinking(sampling, model, generation)
    if thinking:
        config["thinkingConfig"] = thinking | _visibility(prompt)
    config |= _shape(prompt, generation)
    dropped = [name for name in _UNKNOWN if getattr(sampling, name) is not None]
    if not thinking and (sampling.reasoning_effort or sampling.reasoning_budget is not None):
        dropped.append("reasoning_effort" if sampling.reasoning_effort else "reasoning_budget")
    return config, dropped


def _visibility(prompt: Prompt) -> dict[str, Any]:
    """Whether thoughts are shown, where the caller said so in this wire's words."""
    given = _given_config(prompt).get("thinkingConfig")
    table = given if isinstance(given, dict) else {}
    if not table:
        return {}
    shown = table.get("includeThoughts", table.get("include_thoughts"))
    return {"includeThoughts": shown is True}


def _thinking(sampling: Sampling, model: str, generation: tuple[int, int]) -> dict[str, Any]:
    """How much to think: a level for the third generation, tokens before it."""
    effort, budget = sampling.reasoning_effort, sampling.reasoning_budget
    if (effort is None and budget is None) or generation < (2, 5):
        return {}
    shown = budget != 0 and effort != "none"
    if generation >= (3, 0) and budget is None and effort is not None:
        level = _LEVELS.get(effort, effort)
        # The larger models know no level below `low`.
        level = "low" if level == "minimal" and "pro" in model else level
        # Other providers have words of their own, such as `default`: the model then decides.
        told = {"thinkingLevel": level} if level in _KNOWN_LEVELS else {}
        return {**told, "includeThoughts": shown}
    if budget is None:
        budget = 0 if effort == "none" else _BUDGETS.get(str(effort), -1)
    return {"thinkingBudget": _allowed_budget(budget, model), "includeThoughts": shown}


def _allowed_budget(budget: int, model: str) -> int:
    """The nearest budget that the model takes; -1 leaves it to the model."""
    if budget < 0:
        return -1
    if "pro" in model:
        return min(max(budget, 128), 32768)
    least = 512 if "lite" in model and budget else 0
    return min(max(budget, least), 24576)


def _shape(prompt: Prompt, generation: tuple[int, int]) -> dict[str, Any]:
    wanted = prompt.response_format
    if wanted.kind == "text":
        return {}
    if prompt.tools and generation < (3, 0):
        raise NotWritable("this model cannot both call tools and be held to JSON")
    shape: dict[str, Any] = {"responseMimeType": "application/json"}
    if wanted.kind == "json_schema" and wanted.schema is not None:
        shape["responseJsonSchema"] = fitted(wanted.schema)
    return shape


def _tools(prompt: Prompt) -> dict[str, Any]:
    functions = [_function(tool) for tool in prompt.tools if tool.kind == "function"]
    tools = [_server_tool(tool) for tool in prompt.tools if tool.kind != "function"]
    if functions:
        tools.append({"functionDeclarations": functions})
    fields: dict[str, Any] = {"tools": tools} if tools else {}
    given = prompt.extras.get("toolConfig") if prompt.wire == WIRE else None
    settings = dict(given) if isinstance(given, dict) else {}
    if functions and prompt.tool_choice is not None:
        settings["functionCallingConfig"] = _calling(prompt.tool_choice)
    if settings:
        fields["toolConfig"] = settings
    return fields


def _function(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "description": tool.description}
    if tool.parameters:
        function["parametersJsonSchema"] = fitted(tool.parameters)
    if tool.wire == WIRE:
        return tool.extras | function
    if isinstance(tool.extras.get("response"), dict):
        function["response"] = tool.extras["response"]
    return function


def _server_tool(tool: Tool) -> dict[str, Any]:
    if tool.kind == "server" and tool.wire == WIRE:
        return tool.extras
    raise NotWritable(f"the tool {tool.name} is one that only another provider has")


def _calling(choice: str | dict[str, Any]) -> dict[str, Any]:
    modes = {"auto": "AUTO", "none": "NONE", "required": "ANY", "any": "ANY"}
    if isinstance(choice, str) and choice in modes:
        return {"mode": modes[choice]}
    named = choice if isinstance(choice, str) else _name_in(choice)
    if named is None and isinstance(choice, dict) and str(choice.get("type")) in modes:
        return {"mode": modes[str(choice["type"])]}
    if named is not None:
        return {"mode": "ANY", "allowedFunctionNames": [named]}
    return _calling_among(choice if isinstance(choice, dict) else {})


def _calling_among(choice: dict[str, Any]) -> dict[str, Any]:
    """A choice among several functions, whether or not one has to be called."""
    table = choice.get("allowed_tools")
    among = table if isinstance(table, dict) else choice
    tools = among.get("tools")
    rows = [row for row in tools if isinstance(row, dict)] if isinstance(tools, list) else []
    names = [name for name in map(_name_in, rows) if name]
    if not names:
        raise NotWritable("the choice of a tool is one that only another provider has")
    mode = "ANY" if among.get("mode") == "required" else "VALIDATED"
    return {"mode": mode, "allowedFunctionNames": names}


def _name_in(choice: dict[str, Any]) -> str | None:
    function = choice.get("function")
    name = choice.get("name") or (function.get("name") if isinstance(function, dict) else None)
    return name if isinstance(name, str) else None
