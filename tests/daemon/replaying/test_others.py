"""The policies on the shelf, as a prompt might have been decided under them."""

from __future__ import annotations

from pathlib import Path

from homeport.daemon.config.settings import Config
from homeport.daemon.replaying.others import others_of
from homeport.daemon.shelf.shelf import Shelf


def test_every_policy_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "night.toml").write_text('mode = "local-only"\n')
    (tmp_path / "broken.toml").write_text("mode = \n")
    others = {other.name: other for other in others_of(Shelf(tmp_path), Config())}
    assert {"frugal", "best", "night"} <= set(others)
    assert "broken" not in others
    assert others["night"].mode == "local-only"
    assert others["frugal"].rules


def test_staying_at_home_stays_what_it_is(tmp_path: Path) -> None:
    others = others_of(Shelf(tmp_path), Config(mode="local-only"))
    assert {other.mode for other in others} == {"local-only"}
