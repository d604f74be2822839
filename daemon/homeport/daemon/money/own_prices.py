"""The person's own prices: `prices.toml` beside the config, above every table.

    [[price]]
    model = "openai/gpt-5.5"
    input = 1.25            # US dollars for a million tokens
    output = 10.0
    cache_read = 0.125      # these and the others where they differ
    from = "2026-11-01"     # since when; told with what is booked

    sure = true             # where a figure is meant that looks like a mistake

A file that cannot be used leaves the last good one in force; where there is none, `trouble`
says why, and no cloud model has a price until the file is mended: nothing is booked by guess.
A figure that is far from the listed one, or from any, makes a file that cannot be used.
"""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from homeport.daemon.money.price import Price, price_of, with_figures
from homeport.daemon.money.price_doubts import doubt
from homeport.daemon.money.price_table import Steps

NAME = "prices.toml"
NANO = 10**9
MOST_BYTES = 1 << 20
MOST_USD = 100_000
UNIT, CURRENCY = "million tokens", "USD"
CLASSES = (
    *("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning"),
    *("input_audio", "output_audio"),
)

Listed = Callable[[str], Price | None]
"""What a list says of `provider/model`; None where it says nothing."""

Usd = Annotated[float, msgspec.Meta(ge=0, le=MOST_USD)]


class OwnPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[price]]`: US dollars for a million tokens of each class."""

    model: str
    input: Usd
    output: Usd
    cache_read: Usd | None = None
    cache_write: Usd | None = None
    cache_write_1h: Usd | None = None
    reasoning: Usd | None = None
    input_audio: Usd | None = None
    output_audio: Usd | None = None
    request: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    """US dollars for each request."""
    unit: str = UNIT
    currency: str = CURRENCY
    since: str = msgspec.field(name="from", default="")
    sure: bool = False
    """The figures are meant as they are."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price: tuple[dict[str, Any], ...] = ()


class OwnPrices:
    """Owns the file's last good reading. `look` reads it again where it has changed."""

    def __init__(self, path: Path | None = None) -> None:
        """Without a path there are none."""
        self._path = path
        self.prices: Mapping[str, Price] = {}
        """By `provider/model`."""
        self.trouble = ""
        """Why the file is not in force, as a sentence; empty where it is, or there is none."""
        self._read: tuple[int, int] | None = None
        self._in_force: tuple[int, int] | None = None
        self._was_good = False

    def __repr__(self) -> str:
        return f"<OwnPrices {self.trouble or f'{len(self.prices)} prices'}>"

    @property
    def in_doubt(self) -> bool:
        """There is a file, and what it says was never known."""
        return bool(self.trouble) and not self._was_good

    def look(self, listed: Listed = lambda _: None, *, anew: bool = False) -> bool:
        """Read the file where it is not what was read last, or the list is another one; whether
        anything changed. Blocks."""
        if self._path is None:
            return False
        stamp = _stamp(self._path)
        if stamp == self._read and not anew:
            return False
        try:
            self.prices, self.trouble = read(self._path, listed), ""
            self._was_good, self._in_force = True, stamp
        except ValueError as error:
            self.trouble = str(error)
            if self._was_good and stamp == self._in_force:
                # It was taken while there was no list to hold it against.
                self.prices, self._was_good = {}, False
        self._read = stamp
        return True

    def unknown(self, known: Iterable[str]) -> str:
        """A sentence about priced models that nobody offers and no table knows; may be empty."""
        names = sorted(set(known))
        strange = [model for model in self.prices if model not in names]
        if not strange:
            return ""
        nearest = difflib.get_close_matches(strange[0], names, n=1, cutoff=0.7)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        return f"{NAME} has a price for {', '.join(strange)}, which no model here has.{hint}"


def read(path: Path, listed: Listed = lambda _: None) -> dict[str, Price]:
    """The prices of a file; none where there is none. Raises `ValueError` with a sentence."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None
    if len(text) > MOST_BYTES:
        raise ValueError(f"{path} is larger than {MOST_BYTES // 1024} KiB.")
    rows = _rows(text, path)
    found: dict[str, Price] = {}
    for number, row in enumerate(rows, 1):
        own = _own(row, f"{path}, price {number}")
        _check_figures(own, f"{path}, price {number}", listed)
        if own.model in found:
            raise ValueError(f"{path}, price {number}: {own.model} has a price above already.")
        found[own.model] = _price(own)
    return found


def _rows(text: bytes, path: Path) -> tuple[dict[str, Any], ...]:
    try:
        return msgspec.convert(tomllib.loads(text.decode("utf-8-sig")), _File).price
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise ValueError(f"{path}: {_plain(error)}; every price is one [[price]].") from None
    except ValueError as error:
        raise ValueError(_mistyped(text.decode(errors="replace"), path, str(error))) from None


def _mistyped(text: str, path: Path, error: str) -> str:
    """What is wrong with a text that is not TOML: of an amount, how it is to be written."""
    from homeport.daemon.config import amounts

    model = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.split("=")[0].strip() == "model":
            model = line.partition("=")[2].strip().strip("\"'")
        key, advice = amounts.in_line(line)
        if key in (*CLASSES, "request"):
            of = f"{model}: " if model else ""
            return f"{path}, line {number}: {of}`{line.strip()}` is no amount; {advice}."
    return f"{path} is not TOML: {error}."


def _advice(written: str) -> str:
    from homeport.daemon.config import amounts  # a file that is right needs none of it

    return amounts.advice(written)


def _own(row: Mapping[str, Any], where: str) -> OwnPrice:
    for name in (*CLASSES, "request"):
        if isinstance(written := row.get(name), str) and (advice := _advice(written)):
            said = f'`{name}` = "{written}" is no number; {advice}'
            raise ValueError(f"{where}: {row.get('model', 'a model')}: {said}.")
    try:
        own = msgspec.convert(row, OwnPrice)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {_plain(error)}.") from None
    if not re.fullmatch(r"[^/\s]+/\S+", own.model):
        raise ValueError(f"{where}: `model` is provider/model, such as openai/gpt-5.5.")
    if own.currency.upper() != CURRENCY:
        raise ValueError(f"{where}: prices are in US dollars; {own.currency} is not converted.")
    if own.unit != UNIT:
        raise ValueError(f"{where}: prices are for a million tokens, and not for {own.unit!r}.")
    _check_date(own.since, where)
    return own


def _check_figures(own: OwnPrice, where: str, listed: Listed) -> None:
    """Refuse what cannot be meant, unless the person says that it is."""
    if own.sure:
        return
    figures = {name: usd for name in CLASSES if (usd := getattr(own, name)) is not None}
    if said := doubt(figures, listed(own.model)):
        raise ValueError(f"{where}: {own.model}: {said}. `sure = true` says that it is meant.")


def _check_date(since: str, where: str) -> None:
    if since:
        try:
            datetime.date.fromisoformat(since)
        except ValueError:
            raise ValueError(f"{where}: `from` is a day such as 2026-11-01.") from None


def _price(own: OwnPrice) -> Price:
    said = {name: usd for name in CLASSES if (usd := getattr(own, name)) is not None}
    amounts: dict[str, Steps] = {name: ((-1, round(usd * NANO)),) for name, usd in said.items()}
    if own.request:
        said["request"] = own.request
        amounts["requests"] = ((-1, round(own.request * NANO)),)
    price = price_of(amounts, (), source=f"your {NAME}", date=own.since)
    assert price is not None  # noqa: S101 - input and output are there
    return with_figures(price, said)


def _plain(error: msgspec.ValidationError) -> str:
    """What msgspec says, with the key first."""
    said, _, where = str(error).partition(" - at `$.")
    key = where.rstrip("`").strip(".")
    return f"`{key}`: {said[:1].lower()}{said[1:]}" if key else said


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
