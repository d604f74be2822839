"""Who may ask, and from where: pure checks that run before anything is read.

A web page must not reach the daemon: anything that says it comes from a page is
refused on every door, and loopback TCP takes only its own names as `Host`, so
that a name bound to 127.0.0.1 by a stranger does not pass. On TCP the token is
asked for; on the Unix socket the peer's user id has been checked already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.daemon.http.peer import Door
from homeport.daemon.http.token import same
from homeport.policies.errors import BadRequest, NotAllowed

_PAGE_HEADERS = frozenset({b"origin", b"referer"})
_ONCE = (
    *(b"host", b"authorization", b"x-api-key", b"x-goog-api-key", b"content-length"),
    *(b"content-encoding", b"transfer-encoding", b"x-homeport-privacy"),
)


def refuse_repeats(headers: Sequence[tuple[bytes, bytes]], distinct: int) -> None:
    """Headers that are judged must not be there twice."""
    if len(headers) == distinct:
        return
    names = [name for name, _ in headers]
    for name in _ONCE:
        if names.count(name) > 1:
            raise BadRequest(f"The header {name.decode()} was sent twice.", code="repeated_header")


def refuse_web_pages(headers: Mapping[bytes, bytes]) -> None:
    """Nothing that a browser sends on behalf of a page is answered."""
    from_page = headers.get(b"sec-fetch-site", b"none") != b"none"
    if from_page or not _PAGE_HEADERS.isdisjoint(headers):
        raise NotAllowed(
            "Requests from web pages are refused (an Origin, Referer or Sec-Fetch-Site header was"
            " sent). Use a program, such as curl or an SDK.",
            code="web_page",
            status=403,
        )


def refuse_strange_host(door: Door, host: bytes, allowed: frozenset[bytes]) -> None:
    """On TCP the `Host` must be this machine's own name with the port."""
    if door == "tcp" and host.lower() not in allowed:
        names = ", ".join(sorted(name.decode() for name in allowed))
        raise NotAllowed(f"The Host header must be one of {names}.", code="host", status=403)


def hosts_of(port: int) -> frozenset[bytes]:
    """What may stand in `Host` on a loopback port."""
    names = (b"localhost", b"127.0.0.1", b"[::1]")
    with_port = [b"%b:%d" % (name, port) for name in names]
    return frozenset(with_port if port != 80 else (*with_port, *names))


def without_token(path: str) -> tuple[str, str]:
    """A path without its `/t/<token>` start, and that token (empty where there is none)."""
    if not path.startswith("/t/"):
        return path, ""
    token, slash, rest = path[3:].partition("/")
    return slash + rest or "/", token


def without_key(query: bytes) -> tuple[bytes, str]:
    """A query without its `key`, as Google's programs may send theirs, and that key: so it
    is in no log."""
    if b"key=" not in query:
        return query, ""
    from urllib.parse import unquote_plus

    fields = query.split(b"&")
    keys = [field for field in fields if field.startswith(b"key=")]
    rest = b"&".join(field for field in fields if field not in keys)
    return rest, unquote_plus(keys[-1][4:].decode("latin-1")) if keys else ""


def require_token(headers: Mapping[bytes, bytes], url_token: str, token: str) -> None:
    """The token, as `Authorization: Bearer`, as `x-api-key`, as `x-goog-api-key`, or in the
    address: at the start of the path, or as Google's `key`."""
    given = url_token.encode("utf-8", "replace")
    if not given:
        scheme, _, credentials = headers.get(b"authorization", b"").partition(b" ")
        given = credentials.strip() if scheme.lower() == b"bearer" else b""
    if not given:
        given = headers.get(b"x-api-key", b"") or headers.get(b"x-goog-api-key", b"")
    if not given:
        raise NotAllowed(
            "This door needs the token: `homeport token` prints it. Send it as"
            " `Authorization: Bearer <token>` or as `x-api-key: <token>`.",
            code="no_token",
        )
    if not same(given, token.encode()):
        raise NotAllowed(
            "This is not the daemon's token: `homeport token` prints the right one.",
            code="wrong_token",
        )
