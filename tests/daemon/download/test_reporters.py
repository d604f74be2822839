"""Bars, lines and JSON, drawn from the same numbers."""

import io
import json

from homeport.daemon.download.reporters import Bar, JsonLines, Lines

MB = 10**6


class Clock:
    """Stands still until it is told."""

    now = 100.0

    def __call__(self):
        return self.now


def test_a_bar_is_drawn_over_itself():
    out, clock = io.StringIO(), Clock()
    bar = Bar(out, clock)
    bar.progress(0, 100 * MB)
    clock.now += 1
    bar.progress(25 * MB, 100 * MB)
    clock.now += 0.01
    bar.progress(26 * MB, 100 * MB)
    bar.progress(100 * MB, 100 * MB)
    drawn = out.getvalue().split("\r")
    assert len(drawn) == 4
    assert (
        drawn[2].strip()
        == "███████·····················  25%  25.0 MB of 100 MB  25.0 MB/s  3 s left"
    )
    assert drawn[3].startswith("█" * 28 + " 100%")


def test_sentences_stand_above_the_bar():
    out = io.StringIO()
    bar = Bar(out, Clock())
    bar.told("First.")
    bar.progress(1, 10)
    bar.told("Second.")
    bar.close()
    assert out.getvalue().startswith("First.\n\r")
    assert out.getvalue().endswith("\rSecond.\n")


def test_an_unknown_length_has_no_bar():
    out = io.StringIO()
    Bar(out, Clock()).progress(5 * MB, None)
    assert out.getvalue() == "\r5.0 MB"


def test_minutes():
    out, clock = io.StringIO(), Clock()
    bar = Bar(out, clock)
    bar.progress(0, 6000 * MB)
    clock.now += 1
    bar.progress(10 * MB, 6000 * MB)
    assert "9 min left" in out.getvalue()


def test_lines_come_at_each_tenth():
    out = io.StringIO()
    lines = Lines(out)
    lines.told("Fetching.")
    for percent in range(101):
        lines.progress(percent * MB, 100 * MB)
    lines.progress(5, None)
    lines.close()
    written = out.getvalue().splitlines()
    assert written[0] == "Fetching."
    assert written[1] == "  0%  0 bytes of 100 MB"
    assert len(written) == 12


def test_json_lines_are_bounded_and_end_with_the_whole():
    out, clock = io.StringIO(), Clock()
    report = JsonLines(out, clock)
    report.told("Fetching.")
    for percent in range(101):
        clock.now += 0.01
        report.progress(percent, 100)
    report.close()
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert events[0] == {"event": "told", "sentence": "Fetching."}
    assert events[-1] == {"event": "progress", "received": 100, "total": 100}
    assert len(events) < 10
