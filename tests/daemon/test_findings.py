"""What the doctor reads of a running daemon."""

from __future__ import annotations

from pathlib import Path

from homeport.client import paths
from homeport.daemon.findings import broken_files, found, report
from support.whole_daemon import QUIET, whole_daemon


async def test_it_is_what_the_daemon_knows() -> None:
    async with whole_daemon(
        "name=a", QUIET + '[[server]]\nname = "x"\nurl = "http://127.0.0.1:9/v1"\n'
    ) as it:
        await it.daemon.look_around()
        all_of_it = await found(it.daemon)
        assert [model.id for model in all_of_it.models] == ["echo/a"]
        assert all_of_it.configured == {"x"}
        assert all_of_it.config_path == str(paths.config_path())
        assert (all_of_it.config_error, all_of_it.scorer_trouble) == ("", "")
        assert "x" in all_of_it.troubles
        assert (await report(it.daemon)).findings


async def test_files_that_cannot_be_used_are_named() -> None:
    broken = paths.models_dir() / "broken.gguf"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_bytes(b"GGUF, but not for long")
    async with whole_daemon() as it:
        await it.daemon.look_around()
        assert [Path(path).name for path, _ in broken_files(it.daemon)] == ["broken.gguf"]
