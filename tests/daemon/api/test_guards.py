"""Who may ask, and from where."""

from __future__ import annotations

import pytest

from homeport.daemon.api import guards
from homeport.policies.errors import BadRequest, NotAllowed

HOSTS = guards.hosts_of(4663)


def test_hosts_are_this_machines_names_with_the_port() -> None:
    assert frozenset({b"localhost:4663", b"127.0.0.1:4663", b"[::1]:4663"}) == HOSTS
    assert b"localhost" in guards.hosts_of(80)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/models", ("/v1/models", "")),
        ("/t/abc/v1/models", ("/v1/models", "abc")),
        ("/t/abc", ("/", "abc")),
        ("/t/abc/", ("/", "abc")),
        ("/t//x", ("/x", "")),
        ("/t/a/t/b/x", ("/t/b/x", "a")),
    ],
)
def test_the_token_is_taken_off_the_path(path: str, expected: tuple[str, str]) -> None:
    assert guards.without_token(path) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"", (b"", "")),
        (b"alt=sse", (b"alt=sse", "")),
        (b"key=a%20b&alt=sse", (b"alt=sse", "a b")),
        (b"alt=sse&key=a&key=b", (b"alt=sse", "b")),
        (b"monkey=a", (b"monkey=a", "")),
    ],
)
def test_the_key_is_taken_out_of_the_query(query: bytes, expected: tuple[bytes, str]) -> None:
    assert guards.without_key(query) == expected


@pytest.mark.parametrize(
    ("headers", "path_token"),
    [
        ({b"authorization": b"Bearer secret"}, ""),
        ({b"authorization": b"BEARER  secret"}, ""),
        ({b"x-api-key": b"secret"}, ""),
        ({b"authorization": b"Basic x", b"x-api-key": b"secret"}, ""),
        ({b"x-goog-api-key": b"secret"}, ""),
        ({}, "secret"),
    ],
)
def test_the_right_token_passes(headers: dict[bytes, bytes], path_token: str) -> None:
    guards.require_token(headers, path_token, "secret")


@pytest.mark.parametrize(
    ("headers", "path_token", "code"),
    [
        ({}, "", "no_token"),
        ({b"authorization": b"Basic secret"}, "", "no_token"),
        ({b"authorization": b"Bearer "}, "", "no_token"),
        ({b"authorization": b"Bearer Secret"}, "", "wrong_token"),
        ({b"x-api-key": b"secret"}, "wrong", "wrong_token"),
        ({b"x-api-key": b"secretsecret"}, "", "wrong_token"),
        ({}, "s\u00e9cret\udcff", "wrong_token"),
    ],
)
def test_any_other_does_not(headers: dict[bytes, bytes], path_token: str, code: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        guards.require_token(headers, path_token, "secret")
    assert (caught.value.code, caught.value.status) == (code, 401)
    assert "secret" not in caught.value.sentence


def test_pages_are_refused_and_programs_are_not() -> None:
    guards.refuse_web_pages({b"user-agent": b"curl", b"sec-fetch-site": b"none"})
    for name in (b"origin", b"referer"):
        with pytest.raises(NotAllowed):
            guards.refuse_web_pages({name: b""})
    with pytest.raises(NotAllowed):
        guards.refuse_web_pages({b"sec-fetch-site": b"cross-site"})


def test_the_host_is_judged_on_tcp_alone() -> None:
    guards.refuse_strange_host("unix", b"anything", HOSTS)
    guards.refuse_strange_host("tcp", b"LocalHost:4663", HOSTS)
    with pytest.raises(NotAllowed, match="localhost:4663"):
        guards.refuse_strange_host("tcp", b"evil.example:4663", HOSTS)


def test_what_is_judged_may_not_repeat() -> None:
    repeated = [(b"host", b"a"), (b"host", b"b")]
    with pytest.raises(BadRequest, match="host"):
        guards.refuse_repeats(repeated, 1)
    guards.refuse_repeats([(b"x", b"a"), (b"x", b"b")], 1)
