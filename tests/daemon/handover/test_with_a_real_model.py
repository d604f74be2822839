"""A real model goes on with a sentence that was cut: it reads on, and what stood before stays."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Adapter, Delta, Labels, Sampling, TextDelta, failed
from support.engine import adapter_for
from support.house import House, house
from support.model import demo_model
from support.scripted import Script, ScriptedAdapter, card, prompt

pytestmark = pytest.mark.engine
PROVING = bool(os.environ.get("HOMEPORT_PROVE"))
SKY = "sky/large"
QUESTION = "Describe a lighthouse by the sea in three sentences."
PASSAGE = (
    "The lighthouse stands at the end of the old stone pier, where the fishing boats come home "
    "every evening. Its lamp is lit at dusk and turns slowly above the water until the morning, "
    "so that the sailors know where the rocks are and how far they still have to go."
)
PLACES = range(20, len(PASSAGE) - 20, 7 if PROVING else 67)


class Cut:
    """The engine, whose first answer breaks off after so many pieces of text."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self.after = 0
        """0 leaves it whole."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def stream(self, *asked: Any, **named: Any) -> AsyncIterator[Delta]:
        """As the engine gives it, to the cut."""
        card_id = asked[1].id
        async for delta in self._adapter.stream(*asked, **named):
            yield delta
            if isinstance(delta, TextDelta):
                self.after -= 1
                if self.after == 0:
                    raise failed(card_id, "reset", f"{card_id} was cut.")


@asynccontextmanager
async def a_real_house(folder: Path, *others: Adapter) -> AsyncIterator[tuple[House, Cut]]:
    """The real engine with the demonstration model, and who else there is."""
    model, models = demo_model(), folder / "models"
    models.mkdir()
    (models / model.name).symlink_to(model)
    engine = Cut(adapter_for(models))
    try:
        async with house(folder, [engine, *others]) as made:  # type: ignore[list-item]
            yield made, engine
    finally:
        await engine.close()


async def text_of(home: House, **labels: Any) -> tuple[str, list[str]]:
    """The answer, and how its attempts ended."""
    sampling = Sampling(temperature=0.0, max_tokens=24)
    asked = prompt(QUESTION, stream=True, sampling=sampling, labels=Labels(**labels))
    text = ""
    async with home.router.answer(asked) as answer:
        async for delta in answer.deltas():
            text += delta.text if isinstance(delta, TextDelta) else ""
    await home.router.settled()
    return text, [attempt.outcome for attempt in home.rooms.bus.requests()[-1].attempts]


async def test_a_sentence_of_the_cloud_is_read_on_at_home(tmp_path: Path) -> None:
    far = card(SKY, place="cloud", host="api.example.com")
    sky = ScriptedAdapter({}, [far])
    sky.origin = "https://api.example.com"  # type: ignore[misc]
    async with a_real_house(tmp_path, sky) as (home, _):
        for place in PLACES:
            begun = PASSAGE[:place]
            sky.scripts[SKY] = Script((begun,), fails="link_lost")
            text, outcomes = await text_of(home, model=SKY)
            home.rooms.fleet.note_success(SKY)
            assert outcomes == ["link_lost", "done"]
            assert text.startswith(begun)
            reads_on(begun, text[place:])


def reads_on(begun: str, rest: str) -> None:
    """The seam is inside a sentence: nothing is begun anew, and nothing is said again."""
    assert rest.strip(), begun
    first = rest.split()[0]
    assert rest[0].isspace() or rest[0].islower() or rest[0] in ",.;:-'", (begun, rest)
    assert not rest.lstrip().startswith(("The lighthouse stands", "Sure", "Here")), (begun, rest)
    last = begun.split()[-1]
    assert not (begun[-1].isalpha() and rest[0].isspace() and first.strip(",.") == last), (
        begun,
        rest,
    )
    tail = " ".join(begun.split()[-3:])
    assert not rest.lstrip().startswith(tail), (begun, rest)


async def test_a_model_that_goes_on_with_its_own_words_says_what_it_would_have_said(
    tmp_path: Path,
) -> None:
    async with a_real_house(tmp_path) as (home, engine):
        whole, _ = await text_of(home)
        for after in range(2, 22, 1 if PROVING else 9):
            engine.after = after
            text, outcomes = await text_of(home)
            assert outcomes == ["reset", "done"]
            assert text == whole
