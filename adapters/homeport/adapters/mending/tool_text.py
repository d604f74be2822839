"""The calls in the text that a model wrote, whichever usual way it wrote them.

Each format is cut into names and arguments; names are matched to the tools on offer,
arguments mended and fitted to their schemas. One call that cannot be read is trouble for
all of them: half of what a model wanted is not what it wanted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from homeport.adapters.base import Tool
from homeport.adapters.mending.loose_json import NotJSON, first_value, loads
from homeport.adapters.mending.tool_arguments import Misfit, fit
from homeport.adapters.mending.tool_offer import Offer, schema_of


@dataclass(frozen=True, slots=True)
class ReadCall:
    """A call of a tool on offer; `arguments` is valid JSON text that fits its schema."""

    name: str
    arguments: str


class BrokenCall(Exception):
    """A call that cannot be read; the text says why, in words for the model."""


class NoCall(Exception):
    """It only looked like a call."""


_BAR, _LOW = "\uff5c", "\u2581"
# Names hold no `<`: a model that writes the same mark on and on is read in one go.
_DEEP_CALL: Final = re.compile(
    f"<{_BAR}tool{_LOW}call{_LOW}begin{_BAR}>([^<]*)<{_BAR}tool{_LOW}sep{_BAR}>(.*?)"
    f"(?:<{_BAR}tool{_LOW}call{_LOW}end{_BAR}>|$)",
    re.S,
)
_NUMBERED_CALL: Final = re.compile(
    r"<\|tool_call_begin\|>([^<]*)<\|tool_call_argument_begin\|>(.*?)(?:<\|tool_call_end\|>|$)",
    re.S,
)
_CHANNEL_CALL: Final = re.compile(
    r"<\|channel\|>[^<]*?\bto=([\w.-]+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>(.*?)"
    r"(?:<\|call\|>|<\|end\|>|$)",
    re.S,
)
_TAGGED: Final = re.compile(r"<(tool_call|function_call)>(.*?)(?:</\1>|(?=<\1>)|$)", re.S)
_FUNCTION: Final = re.compile(r"<function=([^<>\s]+)>(.*?)(?:</function>|(?=<function=)|$)", re.S)
_PARAMETER: Final = re.compile(
    r"<parameter=([^<>\s]+)>\n?(.*?)\n?(?:</parameter>|(?=<parameter=)|$)", re.S
)
_KEYED: Final = re.compile(
    r"<arg_key>([^<]*)</arg_key>\s*<arg_value>(.*?)(?:</arg_value>|(?=<arg_key>)|$)", re.S
)
_NAMED: Final = re.compile(
    r"\s*(?:\[TOOL_CALLS\])?\s*([\w.-]+)\s*(?:\[CALL_ID\][\w-]*)?\s*(?:\[ARGS\])?\s*(?=\{)"
)
_FENCE: Final = re.compile(r"```[a-z_]*\s*(.*?)(?:```|$)", re.S | re.I)

_NAME_KEYS: Final = ("name", "function", "tool", "tool_name")
_ARGUMENT_KEYS: Final = ("arguments", "parameters", "args", "input", "tool_input")

Found = tuple[str, Any]
"""Name and arguments as they were written."""


def read_calls(text: str, mark: str, offer: Offer) -> tuple[list[ReadCall], str]:
    """The calls in a text that begins with a mark, and the words that are in none of them.

    Raises `BrokenCall`, or `NoCall` where nothing in it calls a tool on offer.
    """
    if mark == "{":
        return _alone(text, offer)
    found, rest = _FINDERS.get(mark, _deep)(text)
    if not found:
        raise BrokenCall("the call could not be made out")
    return [_read(name, arguments, offer) for name, arguments in found], rest


def _alone(text: str, offer: Offer) -> tuple[list[ReadCall], str]:
    """JSON without a mark is a call only where it names tools on offer, and nothing else."""
    if not any(name in text for name in offer.names):
        raise NoCall
    found, rest = _json_first(text)
    if rest or not found or any(known_tool(name, offer) is None for name, _ in found):
        raise NoCall
    return [_read(name, arguments, offer) for name, arguments in found], ""


def _read(name: str, arguments: Any, offer: Offer) -> ReadCall:
    tool = known_tool(name, offer)
    if tool is None:
        names = ", ".join(offer.names)
        raise BrokenCall(f"there is no tool `{name[:100]}`; the tools are {names}")
    schema = schema_of(tool)
    if tool.kind == "custom" and isinstance(arguments, str):
        arguments = {"input": arguments}
    try:
        value = loads(arguments) if isinstance(arguments, str) and arguments.strip() else arguments
        fitted = fit({} if value in (None, "") else value, schema)
    except NotJSON as error:
        raise BrokenCall(f"the arguments of `{tool.name}` are not valid JSON: {error}") from None
    except Misfit as error:
        raise BrokenCall(f"the arguments of `{tool.name}` do not fit: {error}") from None
    return ReadCall(tool.name, msgspec.json.encode(fitted).decode())


def known_tool(name: str, offer: Offer) -> Tool | None:
    """The tool of that name; letters' case and separators may differ where that is clear."""
    for tool in offer.tools:
        if tool.name == name:
            return tool
    plain = _plain(name)
    alike = [tool for tool in offer.tools if _plain(tool.name) == plain]
    return alike[0] if len(alike) == 1 else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_.\-]", "", name.removeprefix("functions.")).casefold()


def _tagged(text: str) -> tuple[list[Found], str]:
    found = [call for body in _TAGGED.finditer(text) for call in _in_tag(body[2])]
    return found, _TAGGED.sub("", text)


def _in_tag(body: str) -> list[Found]:
    if "<function=" in body:
        return _functions(body)[0]
    if "<arg_key>" in body:
        name = body.partition("<arg_key>")[0].strip()
        return [(name, {m[1].strip(): m[2] for m in _KEYED.finditer(body)})]
    stripped = _unfenced(body).strip()
    named = _NAMED.match(stripped) if stripped[:1] not in ("{", "[") else None
    if named:
        return [(named[1], stripped[named.end() :])]
    if stripped[:1] not in ("{", "["):
        return [(stripped.split()[0], {})] if len(stripped.split()) == 1 else []
    return _as_json(stripped)


def _functions(text: str) -> tuple[list[Found], str]:
    found: list[Found] = []
    for call in _FUNCTION.finditer(text):
        parameters = {m[1]: m[2] for m in _PARAMETER.finditer(call[2])}
        body = _unfenced(call[2]).strip()
        found.append((call[1], parameters if parameters or not body else body))
    return found, re.sub(r"</?tool_call>", "", _FUNCTION.sub("", text))


def _bracketed(text: str) -> tuple[list[Found], str]:
    """`[TOOL_CALLS]`: a list of objects, or names with arguments after them."""
    rest = text.removeprefix("[TOOL_CALLS]")
    if rest.lstrip()[:1] in ("[", "{"):
        value, rest = _first_json(rest)
        return _of_value(value), _without_marks(rest)
    found: list[Found] = []
    while named := _NAMED.match(rest):
        value, rest = _first_json(rest[named.end() :])
        found.append((named[1], value))
    return found, rest


def _json_first(text: str) -> tuple[list[Found], str]:
    """JSON alone, in a fence, or after a mark; several with `;`, commas or lines between."""
    fenced = _FENCE.match(text)
    if fenced and text[fenced.end() :].strip():
        raise NoCall  # an example within a longer answer
    rest = _unfenced(_without_marks(text))
    found: list[Found] = []
    while rest.lstrip(" \t\r\n;,")[:1] in ("{", "["):
        value, rest = _first_json(rest.lstrip(" \t\r\n;,"))
        found += _of_value(value)
    return found, rest.strip(" \t\r\n;,]})")


def _deep(text: str) -> tuple[list[Found], str]:
    found = []
    for call in _DEEP_CALL.finditer(text):
        before, after = call[1].strip(), call[2]
        if before in ("function", ""):
            before, _, after = after.strip().partition("\n")
        found.append((before, _unfenced(after).strip()))
    return found, re.sub(f"</?{_BAR}[^{_BAR}]*{_BAR}>", "", _DEEP_CALL.sub("", text))


def _numbered(text: str) -> tuple[list[Found], str]:
    found = [(m[1].strip().partition(":")[0], m[2].strip()) for m in _NUMBERED_CALL.finditer(text)]
    return list(found), re.sub(r"<\|tool_calls?_[a-z_]*\|>", "", _NUMBERED_CALL.sub("", text))


def _channels(text: str) -> tuple[list[Found], str]:
    found = [(m[1], m[2].strip()) for m in _CHANNEL_CALL.finditer(text)]
    return list(found), _CHANNEL_CALL.sub("", text)


def _as_json(text: str) -> list[Found]:
    return list(_of_value(_first_json(text)[0]))


def _first_json(text: str) -> tuple[Any, str]:
    try:
        return first_value(text)
    except NotJSON as error:
        raise BrokenCall(f"the call is not valid JSON: {error}") from None


def _of_value(value: Any) -> list[Found]:
    if isinstance(value, list):
        return [found for entry in value for found in _of_value(entry)]
    return [_of_object(value)] if isinstance(value, dict) else []


def _of_object(table: dict[str, Any]) -> Found:
    listed = table.get("tool_calls")
    if isinstance(listed, list) and len(listed) == 1:
        return _of_object(listed[0] if isinstance(listed[0], dict) else {})
    inner = table.get("function")
    if isinstance(inner, dict):
        return _of_object(inner)
    name = next((table[key] for key in _NAME_KEYS if isinstance(table.get(key), str)), "")
    arguments = next((table[key] for key in _ARGUMENT_KEYS if key in table), None)
    if arguments is None:
        known = (*_NAME_KEYS, "type", "id")
        arguments = {key: value for key, value in table.items() if key not in known}
    return name, arguments


def _unfenced(text: str) -> str:
    fenced = _FENCE.search(text)
    return fenced[1] if fenced else text


def _without_marks(text: str) -> str:
    return re.sub(r"<\|(?:python_tag|tool_call|eom_id|eot_id)\|>|^\s*functools(?=\[)", "", text)


_FINDERS: Final[dict[str, Callable[[str], tuple[list[Found], str]]]] = {
    "<tool_call>": _tagged,
    "<function_call>": _tagged,
    "<function=": _functions,
    "[TOOL_CALLS]": _bracketed,
    "<|python_tag|>": _json_first,
    "<|tool_call|>": _json_first,
    "functools[": _json_first,
    "{": _json_first,
    "<|tool_call_begin|>": _numbered,
    "<|tool_calls_section_begin|>": _numbered,
    "<|channel|>": _channels,
}
"""By mark; the others are those of one family."""
