"""What people write, and what is meant by it."""

from pathlib import Path

import pytest

from homeport.daemon.download.naming import UnknownName, is_local, meant, mirror
from homeport.daemon.download.wanted import FileMirror, HttpMirror, Wanted

URL = "https://hub.example/someone/repo/resolve/main/some%2Dmodel-Q4_K_M.gguf"


def test_a_name_of_the_catalog():
    wanted, mirrors = meant("qwen3-4b", None, {})
    assert wanted.file_name == "Qwen3-4B-Q4_K_M.gguf"
    assert len(mirrors) == 1
    wanted, mirrors = meant("default", "/mnt/copy.gguf", {})
    assert wanted.sha256
    assert mirrors == (FileMirror(Path("/mnt/copy.gguf")),)


def test_an_address():
    assert meant(URL, None, {}) == (Wanted(file_name="some-model-Q4_K_M.gguf"), (HttpMirror(URL),))
    assert meant(f"{URL}?download=true", None, {})[0].file_name == "some-model-Q4_K_M.gguf"


def test_a_page_about_a_file_means_the_file():
    page = "https://huggingface.co/a/b/blob/main/c.gguf"
    assert mirror(page) == HttpMirror("https://huggingface.co/a/b/resolve/main/c.gguf")


def test_a_file(tmp_path):
    path = tmp_path / "mine.gguf"
    path.touch()
    assert meant(str(path), None, {}) == (Wanted(file_name="mine.gguf"), (FileMirror(path),))


def test_a_name_for_what_another_place_has():
    wanted, mirrors = meant("mine", URL, {})
    assert (wanted.file_name, mirrors) == ("mine.gguf", (HttpMirror(URL),))


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("qwen3-4", None, "Did you mean qwen3-4b"),
        ("/no/such/file.gguf", None, "no model named"),
        ("https://hub.example/model.bin", None, "end in the name of a GGUF"),
        ("https://hub.example/", None, "end in the name of a GGUF"),
        ("https://hub.example/..%2F..%2F.bashrc.gguf", None, "end in the name of a GGUF"),
        ("../../mine", URL, "end in the name of a GGUF"),
        ("https://hub.example/big-00001-of-00003.gguf", None, "several parts"),
    ],
)
def test_what_cannot_be_meant(name, source, words):
    with pytest.raises(UnknownName, match=words):
        meant(name, source, {})


def test_local_places_need_no_network():
    assert is_local((FileMirror(Path("/x")),))
    assert not is_local((FileMirror(Path("/x")), HttpMirror(URL)))
