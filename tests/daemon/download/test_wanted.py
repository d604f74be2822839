"""How places and failures read."""

from pathlib import Path

from homeport.daemon.download.wanted import (
    DownloadFailed,
    FileMirror,
    HttpMirror,
    MirrorFailed,
    PackageMirror,
    WrongContent,
)


def test_places_are_named_without_queries():
    assert str(HttpMirror("https://x/a.gguf?token=secret")) == "https://x/a.gguf"
    assert str(FileMirror(Path("/a"))) == "/a"
    assert str(PackageMirror("p", "1.0", "p/a.gguf")) == "the Python package p 1.0"


def test_failures():
    assert issubclass(WrongContent, MirrorFailed)
    failed = DownloadFailed("No.", ("a", "b"))
    assert (str(failed), failed.sentence, failed.failures) == ("No.", "No.", ("a", "b"))
