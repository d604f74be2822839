"""What a person means by the name of a model: one of the catalog, an address, or a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from homeport.daemon.download.catalog import CATALOG, find, nearest
from homeport.daemon.download.wanted import FileMirror, HttpMirror, Mirror, Wanted

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,150}\.gguf", re.IGNORECASE)
PART_OF_SEVERAL = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)


class UnknownName(Exception):
    """Nothing goes by that name; the text says what to do."""


def meant(
    name: str, source: str | None, environment: Mapping[str, str]
) -> tuple[Wanted, tuple[Mirror, ...]]:
    """The file and where to look for it. `source` replaces the places. Raises `UnknownName`."""
    # 1. The catalog. 2. An address. 3. A file. 4. A name for what `source` has.
    model = find(name)
    if model is not None:
        mirrors = (mirror(source),) if source else model.mirrors(environment)
        return model.wanted, mirrors
    if is_address(name) or (Path(name).is_file() and name.lower().endswith(".gguf")):
        only = mirror(source or name)
        return Wanted(file_name=_file_name(_last_part(name))), (only,)
    if source:
        return Wanted(file_name=_file_name(_with_suffix(name))), (mirror(source),)
    raise UnknownName(_advice(name))


def mirror(source: str) -> Mirror:
    """A place as a person writes it; a page about a file on the hub means the file."""
    if is_address(source):
        return HttpMirror(re.sub(r"(?<=[^/])/blob/", "/resolve/", source, count=1))
    return FileMirror(Path(source).expanduser())


def is_local(mirrors: tuple[Mirror, ...]) -> bool:
    """Nothing has to be reached for any of them."""
    return all(isinstance(place, FileMirror) for place in mirrors)


def is_address(text: str) -> bool:
    """It names a web server."""
    return text.startswith(("http://", "https://"))


def _last_part(name: str) -> str:
    return Path(unquote(urlsplit(name).path) if is_address(name) else name).name


def _with_suffix(name: str) -> str:
    return name if name.lower().endswith(".gguf") else f"{name}.gguf"


def _file_name(name: str) -> str:
    if not FILE_NAME.fullmatch(name):
        raise UnknownName(
            "The address must end in the name of a GGUF file, of letters, digits, dots and dashes."
        )
    if PART_OF_SEVERAL.search(name):
        raise UnknownName("A model in several parts cannot be fetched; choose one in one file.")
    return name


def _advice(name: str) -> str:
    near = nearest(name)
    meaning = f" Did you mean {near}?" if near else ""
    names = ", ".join(model.name for model in CATALOG)
    return (
        f"There is no model named {name!r} in the catalog.{meaning} It has {names}; "
        "the address or path of a GGUF file works too."
    )
