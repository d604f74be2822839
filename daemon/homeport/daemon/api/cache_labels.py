"""What a caller says of the cache of answers: `on`, `off`, `refresh` or `only`, and bounds.

One line on every wire, as in HTTP's own `Cache-Control`: `on, ttl=3600, max-age=600,
namespace=drafts`. The word may be left out where a bound is given. The words that HTTP and
other routers have for the same are taken too.
"""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

from homeport.adapters.base import CacheWish
from homeport.policies.errors import BadRequest

USES: tuple[str, ...] = get_args(get_type_hints(CacheWish)["use"])
HEADER = b"x-homeport-cache"
MOST_S = 3650 * 86_400
LONGEST = 200
MAX_NAME = 64
ALSO = {"no-cache": "refresh", "only-if-cached": "only", "s-maxage": "max-age"}
"""Words of HTTP's own for ours."""
NO_STORE = "no-store"


def cache_wish(given: str | None) -> CacheWish | None:
    """From the line; None where nothing is said. Raises `BadRequest`."""
    if not given or not given.strip():
        return None
    if len(given) > LONGEST:
        raise _unclear(f"is longer than {LONGEST} letters")
    wish: dict[str, Any] = {}
    for part in given.split(","):
        name, value = _read(part.strip())
        if name in wish:
            raise _unclear(f"says `{part.strip()[:40]}` beside another word of the kind")
        wish[name] = value
    if wish.get("use") == "off" and len(wish) > 1:
        raise _unclear("says `off`, and how")
    return CacheWish(**wish)


def _read(part: str) -> tuple[str, str | int]:
    """One directive as a field and its value."""
    name, is_pair, value = part.partition("=")
    name, value = name.strip().lower(), value.strip()
    name = ALSO.get(name, name)
    if not is_pair and name == NO_STORE:
        return "keeps", False
    if not is_pair and name in USES:
        return "use", name
    if name in ("ttl", "max-age"):
        return name.replace("-", "_") + "_s", _seconds(name, value)
    if name == "namespace" and value and len(value) <= MAX_NAME and value.isprintable():
        return "namespace", value
    known = f"{', '.join(USES)}, no-store, ttl=SECONDS, max-age=SECONDS and namespace=NAME"
    raise _unclear(f"does not know `{part[:40]}`; it takes {known}, divided by commas")


def _seconds(name: str, value: str) -> int:
    least = 1 if name == "ttl" else 0
    if value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= MOST_S:
        return int(value)
    raise _unclear(f"takes whole seconds from {least} to {MOST_S} for {name}, not `{value[:20]}`")


def _unclear(what: str) -> BadRequest:
    return BadRequest(f"`cache` {what}.", param="cache")
