"""What a line of the stream means, and how lines are put together from pieces."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client import wire
from homeport.client.errors import BrokenAnswer
from homeport.client.heard import Lines, OtherVersion, Unknown, follows, is_fresh, understand
from support import sights


def test_an_event_is_read_as_its_own_kind() -> None:
    link = wire.LinkChanged(7, 8, wire.LinkView("offline"))
    assert understand(msgspec.json.encode(link)) == link


def test_an_event_of_an_unknown_kind_is_survived_with_its_number() -> None:
    assert understand(b'{"type":"weather","n":12,"sky":"blue"}') == Unknown(12, "weather")


def test_a_known_event_with_a_value_of_tomorrow_is_survived_with_its_number() -> None:
    line = b'{"type":"link","n":3,"at_ms":1,"link":{"state":"dreaming"}}'
    assert understand(line) == Unknown(3, "link")


def test_what_is_no_event_at_all_is_trouble() -> None:
    with pytest.raises(BrokenAnswer, match="not readable"):
        understand(b"<html>")


def test_a_stream_must_start_with_a_snapshot() -> None:
    with pytest.raises(BrokenAnswer, match="do not start with a snapshot"):
        understand(b'{"type":"heartbeat","n":1,"at_ms":1}', first=True)


def test_a_snapshot_of_another_version_is_told_apart_before_it_is_read() -> None:
    line = b'{"type":"snapshot","version":"9.9","api_version":7,"shape":"unheard of"}'
    assert understand(line, first=True) == OtherVersion("9.9", 7)


def test_a_snapshot_of_this_version_that_cannot_be_read_is_trouble() -> None:
    line = b'{"type":"snapshot","n":1,"version":"0.1.0","api_version":1}'
    with pytest.raises(BrokenAnswer, match="snapshot"):
        understand(line, first=True)


def test_the_numbers_have_no_holes() -> None:
    beat, link = wire.Heartbeat(5, 0), wire.LinkChanged(6, 0, wire.LinkView())
    assert follows(5, beat)
    assert not follows(4, beat)
    assert follows(5, link)
    assert not follows(4, link)
    assert follows(900, sights.snapshot(n=2))


def test_what_was_heard_before_is_not_fresh() -> None:
    link = wire.LinkChanged(6, 0, wire.LinkView())
    assert is_fresh(5, link)
    assert not is_fresh(6, link)
    assert not is_fresh(6, Unknown())


@given(st.lists(st.binary().map(lambda b: b.replace(b"\n", b"").strip())), st.data())
def test_lines_come_out_whole_however_they_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    halves, out = Lines(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        out += halves.feed(stream[:size])
        stream = stream[size:]
    assert out == [line for line in lines if line]


def test_a_line_without_an_end_is_not_collected_for_ever() -> None:
    lines, megabyte = Lines(), b"x" * 1024 * 1024
    for _ in range(32):
        lines.feed(megabyte)
    with pytest.raises(BrokenAnswer, match="without an end"):
        lines.feed(megabyte)


def test_lines_say_how_much_they_hold() -> None:
    lines = Lines()
    lines.feed(b"abc")
    assert repr(lines) == "Lines(3 bytes of a half one)"
