"""Writing the head of a request."""

from __future__ import annotations

import pytest

from homeport.daemon.egress.http1_request import head
from homeport.daemon.egress.troubles import LocalProtocolError


def lines(method: str, url: str, *headers: tuple[bytes, bytes], body: int = 0) -> list[bytes]:
    text = head(method, url, headers, body)
    assert text.endswith(b"\r\n\r\n")
    return text.removesuffix(b"\r\n\r\n").split(b"\r\n")


def test_line_host_headers_and_length() -> None:
    assert lines("POST", "http://h:8080/v1/x?a=b", (b"X-Own", b"1"), body=7) == [
        b"POST /v1/x?a=b HTTP/1.1",
        b"host: h:8080",
        b"X-Own: 1",
        b"content-length: 7",
    ]


@pytest.mark.parametrize(
    ("url", "target", "host"),
    [
        ("http://h", b"/", b"h"),
        ("http://h:80/a", b"/a", b"h"),
        ("https://h:443/a", b"/a", b"h"),
        ("https://h:80/a", b"/a", b"h:80"),
        ("http://[fd00::1]:11434/a#part", b"/a", b"[fd00::1]:11434"),
        ("http://me:pw@h/a", b"/a", b"h"),
        ("http://h?q", b"/?q", b"h"),
    ],
)
def test_target_and_host(url: str, target: bytes, host: bytes) -> None:
    assert lines("GET", url) == [b"GET " + target + b" HTTP/1.1", b"host: " + host]


def test_framing_and_host_are_not_the_callers() -> None:
    given = [
        (name, b"evil")
        for name in (b"Host", b"Content-Length", b"Transfer-Encoding", b"Connection", b"Upgrade")
    ]
    assert lines("POST", "http://h/", *given) == [
        b"POST / HTTP/1.1",
        b"host: h",
        b"content-length: 0",
    ]


@pytest.mark.parametrize(
    ("method", "url", "header"),
    [
        ("POST", "http://h/", (b"x", b"1\r\nhost: evil")),
        ("POST", "http://h/", (b"x", b"1\nhost: evil")),
        ("POST", "http://h/", (b"x", b"1\r")),
        ("POST", "http://h/", (b"x", b"\0")),
        ("POST", "http://h/", (b"x: 1\r\ny", b"1")),
        ("POST", "http://h/", (b"", b"1")),
        ("POST", "http://h/", (b"x y", b"1")),
        ("POST", "http://h/ HTTP/1.1\r\nx: 1", (b"x", b"1")),
        ("POST", "http://h/a b", (b"x", b"1")),
        ("POST", "http://h/\u00e9", (b"x", b"1")),
        ("POST", "/no/host", (b"x", b"1")),
        ("GET /\r\n", "http://h/", (b"x", b"1")),
    ],
)
def test_what_cannot_be_written_is_refused(
    method: str, url: str, header: tuple[bytes, bytes]
) -> None:
    with pytest.raises(LocalProtocolError):
        head(method, url, [header], 0)
