"""From the text of a config file to a `Config`, or to every problem it has."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
import msgspec.inspect as shapes

from homeport.daemon.config.errors import ConfigError, Problem
from homeport.daemon.config.lines import Key, Positions
from homeport.daemon.config.settings import Config, OwnModel, Server
from homeport.daemon.config.words import bare, fields_of, quotable, shown, takes

MAX_BYTES = 64 * 1024
MAX_PROBLEMS = 20
PRICES = ("input_usd", "output_usd")
LEAST_USD = 0.001
"""Nobody charges so little for a million tokens, wherever the model is."""
HEADER = re.compile("([A-Za-z0-9]+-)*Key", re.IGNORECASE)
"""A name under which a key is sent that is no header of HTTP's own."""
REFERENCES = ("env:", "keyring:", "file:", "command:")

Found = tuple[Key, str, str]
"""A problem before its line is known: key, sentence, nearest."""


def parse(text: str, path: str) -> Config:
    """The config that `text` says. Raises `ConfigError` with all that is wrong."""
    raw = tables_of(text.removeprefix("\ufeff"), path)
    found = list(_in_table(raw, shapes.type_info(Config), ()))
    found = found or _in_whole(raw)
    if not found:
        return msgspec.convert(raw, Config)
    positions = Positions(text.removeprefix("\ufeff"))
    problems = [
        Problem(positions.line(key), _dotted(key), sentence, nearest)
        for key, sentence, nearest in found[:MAX_PROBLEMS]
    ]
    raise ConfigError(path, tuple(sorted(problems, key=lambda problem: problem.line)))


def _in_whole(raw: dict[str, Any]) -> list[Found]:
    """What is wrong with values that are well taken one by one."""
    try:
        return list(_in_meaning(msgspec.convert(raw, Config)))
    except msgspec.ValidationError as refused:
        sentence, _, where = str(refused).partition(" - at `$")
        parts = re.findall(r"(\w+)", where)
        key: Key = tuple(int(part) if part.isdigit() else part for part in parts)
        return [(key, f"{sentence[:1].upper()}{sentence[1:]}.", "")]


def tables_of(text: str, path: str) -> dict[str, Any]:
    """What a TOML text holds. Raises `ConfigError` where it is none."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _whole(path, f"It is larger than {MAX_BYTES // 1024} KiB, more than a config needs.")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _whole(path, "It is nested too deeply.") from None
    except ValueError as broken:
        what, line = _syntax(str(broken), text)
        sentence = f"This is not valid TOML: {what}."
        raise ConfigError(path, (Problem(line, "", sentence),)) from None


def _whole(path: str, sentence: str) -> ConfigError:
    return ConfigError(path, (Problem(0, "", sentence),))


def _syntax(message: str, text: str) -> tuple[str, int]:
    """What `tomllib` found wrong, without its position, and the line."""
    from homeport.daemon.config import amounts

    what, _, place = message.partition(" (at ")
    at = re.match(r"line (\d+)", place)
    for number, written in enumerate(text.split("\n"), 1):
        key, meant = amounts.in_line(written)
        if key.endswith("_usd") and (at is None or number <= int(at.group(1)) + 1):
            return f"`{written.strip()}` is no amount; {meant}", number
    if "int_max_str_digits" in what:
        return "a number in it has thousands of digits", 1
    line = int(at.group(1)) if at else len(text.rstrip().split("\n"))
    return what[:1].lower() + what[1:], line


def _dotted(key: Key) -> str:
    """The key as it may be shown: a pasted secret can stand where a name should."""
    return ".".join(str(part) if quotable(str(part)) else "…" for part in key)


def _in_table(table: Mapping[str, Any], shape: shapes.Type, at: Key) -> Iterator[Found]:
    fields = fields_of(shape)
    for name, value in table.items():
        key = (*at, name)
        if name not in fields:
            yield _unknown(key, list(fields))
        else:
            yield from _in_value(value, fields[name].type, key)
    for name, field in fields.items():
        if field.required and name not in table:
            which = f"[[{at[0]}]] number {int(at[-1]) + 1}"
            yield at, f"{which} needs `{name}`: {takes(field.type)}.", name


def _unknown(key: Key, siblings: list[str]) -> Found:
    name = str(key[-1])
    near = difflib.get_close_matches(name, siblings, n=1, cutoff=0.6)
    if near:
        nearest = _dotted((*key[:-1], near[0]))
    else:
        nearest = next((path for path in _every_key() if path.split(".")[-1] == name), "")
    advice = f" Did you mean `{nearest}`?" if nearest else " `homeport config show` lists them all."
    return key, f"`{_dotted(key)}` is not a setting.{advice}", nearest


@cache
def _every_key() -> list[str]:
    return [
        f"{table}.{name}"
        for table, field in fields_of(shapes.type_info(Config)).items()
        for name in fields_of(field.type)
    ]


def _in_value(value: Any, shape: shapes.Type, key: Key) -> Iterator[Found]:
    shape = bare(shape)
    if isinstance(shape, shapes.StructType):
        if isinstance(value, dict):
            yield from _in_table(value, shape, key)
        else:
            sentence = f"`{_dotted(key)}` is a table: write `[{_dotted(key)}]` on a line."
            yield key, sentence, ""
    elif isinstance(shape, shapes.VarTupleType) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _in_value(item, shape.item_type, (*key, index))
    elif isinstance(shape, shapes.DictType) and isinstance(value, dict):
        for name, item in value.items():
            yield from _in_value(item, shape.value_type, (*key, name))
    elif not _accepts(shape, value):
        yield _wrong(value, shape, key)


def _accepts(shape: shapes.Type, value: Any) -> bool:
    # 1. An optional setting: what it may be; TOML has no null. 2. A whole
    # number is a number; true is not. 3. The rest by kind, then by range.
    if isinstance(shape, shapes.UnionType):
        return any(_accepts(bare(part), value) for part in shape.types)
    if isinstance(shape, shapes.LiteralType):
        return isinstance(value, str) and value in shape.values
    if isinstance(shape, shapes.BoolType):
        return isinstance(value, bool)
    if isinstance(shape, shapes.IntType):
        return type(value) is int and _in_range(shape, value)
    if isinstance(shape, shapes.FloatType):
        return type(value) in (int, float) and _in_range(shape, value)
    if isinstance(shape, shapes.StrType):
        return isinstance(value, str) and bool(re.search(shape.pattern or "", value))
    return False


def _in_range(shape: shapes.IntType | shapes.FloatType, value: float) -> bool:
    high = shape.le is None or value <= shape.le
    low = shape.ge is None or value >= shape.ge
    return high and low and (shape.gt is None or value > shape.gt)


def _wrong(value: Any, shape: shapes.Type, key: Key) -> Found:
    words = shape.values if isinstance(shape, shapes.LiteralType) else ()
    near = difflib.get_close_matches(str(value), [str(word) for word in words], n=1, cutoff=0.5)
    advice = f' Did you mean "{near[0]}"?' if near else ""
    if isinstance(value, str) and str(key[-1]).endswith("_usd"):
        from homeport.daemon.config import amounts

        meant = amounts.advice(value)
        advice = f" {meant[0].upper()}{meant[1:]}." if meant else advice
    secret = not {"key", "keys"}.isdisjoint(key) and key[0] != "tui"
    written = "another kind of value" if secret else shown(value)
    sentence = f"`{_dotted(key)}` takes {takes(shape)}, not {written}.{advice}"
    return key, sentence, near[0] if near else ""


def _in_meaning(config: Config) -> Iterator[Found]:
    """What types cannot say: references to keys, addresses, names used twice."""
    for provider, reference in config.keys.items():
        yield from _in_reference(("keys", provider), reference, provider)
    names = [server.name for server in config.server]
    for index, server in enumerate(config.server):
        if server.key:
            yield from _in_reference(("server", index, "key"), server.key, server.name)
        for number, reference in enumerate(server.keys):
            if reference:
                yield from _in_reference(("server", index, "keys", number), reference, server.name)
        yield from _in_address(("server", index, "url"), server.url)
        if sentence := _about_header(server):
            yield ("server", index, "idempotency_header"), sentence, ""
        if server.name in names[:index]:
            sentence = f'Two servers are named "{server.name}": give each a name of its own.'
            yield ("server", index, "name"), sentence, ""
    yield from _in_models(config.model)
    if config.ollama.url:
        yield from _in_address(("ollama", "url"), config.ollama.url, bare=True)


def _about_header(server: Server) -> str:
    """What is wrong with the header for its keys; empty where nothing is."""
    header = server.idempotency_header
    if not header:
        return ""
    if server.wire != "openai":
        return "Keys are sent to servers of OpenAI's wire alone: leave this out."
    if len(header) > 64 or not HEADER.fullmatch(header) or header.lower().endswith("api-key"):
        return 'This is the name of a header that ends in "Key", such as "Idempotency-Key".'
    return ""


def _in_models(models: Sequence[OwnModel]) -> Iterator[Found]:
    """Models of the person's own that contradict themselves."""
    for index, model in enumerate(models):
        if not model.id.strip():
            yield ("model", index, "id"), "A [[model]] with an empty `id` means no model.", ""
        if model.id in [other.id for other in models[:index]]:
            sentence = f"Two [[model]] have the id {shown(model.id)}: put them into one."
            yield ("model", index, "id"), sentence, ""
        for task in sorted({*model.strengths} & {*model.weaknesses}):
            sentence = f'"{task}" cannot be both a strength and a weakness of {shown(model.id)}.'
            yield ("model", index, "weaknesses"), sentence, ""
        given = [name for name in PRICES if getattr(model, name) is not None]
        if len(given) == 1:
            (other,) = {*PRICES} - {*given}
            sentence = f"`{given[0]}` of {shown(model.id)} needs `{other}` beside it: 0 is free."
            yield ("model", index, given[0]), sentence, other
        for name in given:
            usd = getattr(model, name)
            if 0 < usd < LEAST_USD and not model.sure_of_price:
                from homeport.daemon.money.price_doubts import too_low

                yield ("model", index, name), f"{shown(model.id)}: {too_low(name, usd)}.", ""


def _in_reference(key: Key, reference: str, provider: str) -> Iterator[Found]:
    kind, _, rest = reference.partition(":")
    if f"{kind}:" in REFERENCES and rest.strip():
        return
    sentence = (
        f"`{_dotted(key)}` says where a key is kept (env:NAME, keyring:NAME, file:PATH or "
        f"command:LINE), never the key itself. `homeport keys add {provider}` keeps it safely."
    )
    yield key, sentence, ""


def _in_address(key: Key, address: str, *, bare: bool = False) -> Iterator[Found]:
    """`bare` allows a host and port without a scheme."""
    try:
        parts = urlsplit(address if "://" in address or not bare else f"http://{address}")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port != 0)
        holds_secret = parts.username is not None or bool(parts.query)
    except ValueError:
        usable, holds_secret = False, False
    if not usable:
        example = "127.0.0.1:11434" if bare else "http://192.168.1.20:8000/v1"
        yield key, f"`{_dotted(key)}` takes an address such as {example}.", ""
    elif holds_secret:
        sentence = f"`{_dotted(key)}` must not hold a user, a password or a query: use `key`."
        yield key, sentence, ""
