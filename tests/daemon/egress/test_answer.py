"""What every answer can do, whichever way it came."""

from __future__ import annotations

from homeport.daemon.egress.answer import Answer
from homeport.daemon.egress.troubles import Trouble


class Given(Answer):
    """An answer of these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__()
        self.pieces = list(pieces)
        self.closed = False

    async def piece(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        self.closed = True


def test_headers_by_name() -> None:
    answer = Given()
    answer.raw_headers = [(b"X-A", b"1"), (b"x-b", b"caf\xe9"), (b"x-a", b"2")]
    assert answer.headers == {"x-a": "1, 2", "x-b": "caf\u00e9"}


async def test_iterating_ends_with_the_body() -> None:
    answer = Given(b"a", b"b")
    assert [piece async for piece in answer] == [b"a", b"b"]
    await answer.aclose()
    assert answer.closed


def test_troubles_bear_the_names_that_both_libraries_know() -> None:
    import httpx
    import httpx2

    for kind in Trouble.__subclasses__():
        for library in (httpx, httpx2):
            assert issubclass(getattr(library, kind.__name__), library.RequestError)
