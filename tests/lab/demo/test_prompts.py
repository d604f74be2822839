"""What is asked, and that every model answers it the same way."""

from __future__ import annotations

import re

from homeport.lab.demo.prompts import SCENES, script
from homeport.lab.script import ScriptPlayer, make_script


def test_each_prompt_finds_its_answer() -> None:
    player = ScriptPlayer(make_script(script(1, 1)))
    for scene in SCENES:
        assert player.choose(scene.prompt, "any").text == scene.answer


def test_prompts_vary() -> None:
    assert len({scene.prompt for scene in SCENES}) == len(SCENES)
    assert sum(scene.private for scene in SCENES) >= 3
    assert any(scene.model != "auto" for scene in SCENES)
    assert len({scene.client for scene in SCENES}) > 5


def test_answers_are_words() -> None:
    assert all(re.search(r"\w", scene.answer) for scene in SCENES)
