"""`verify` and the agreement of samples on the real engine: a small model at home is looked
at, and what it gets wrong is answered by a scripted one that stands for the cloud."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from homeport.adapters.base import Labels, Message, Prompt, Sampling, Text, TextDelta
from homeport.adapters.echo import EchoAdapter, EchoScript
from homeport.analysis.checks.agreement import agree
from homeport.client.wire import AnswerView, RequestView
from homeport.daemon.storage.decision_record import replay
from homeport.policies.model import StrategyOptions
from support.engine import adapter_for
from support.house import House, house
from support.model import demo_model

PRODUCT = "The answer is 374207603."
HARD = "What is 48391 * 7733? Answer with the number alone."
SKY = "Is the sky blue? Answer yes or no."
CLOUD = "echo/cloud"


@asynccontextmanager
async def a_real_house(folder: Path) -> AsyncIterator[House]:
    """The real engine with the demonstration model, and a scripted cloud."""
    model, models = demo_model(), folder / "models"
    models.mkdir()
    (models / model.name).symlink_to(model)
    engine = adapter_for(models)
    script = EchoScript(name="cloud", words=PRODUCT, place="cloud", parameters=400 * 10**9)
    try:
        async with house(folder, [engine, EchoAdapter([script])]) as made:
            yield made
    finally:
        await engine.close()


async def ask(
    made: House, text: str, strategy: str, **options: object
) -> tuple[str, RequestView, tuple[AnswerView, ...], list[str]]:
    """The text, the row, the answers, and the text of every branch."""
    labels = Labels(strategy=strategy, options=StrategyOptions(**options))  # type: ignore[arg-type]
    asked = Prompt(
        (Message("user", (Text(text),)),),
        labels=labels,
        sampling=Sampling(temperature=0.0, max_tokens=40),
    )
    said = ""
    async with made.router.answer(asked) as answer:
        async for delta in answer.deltas():
            said += delta.text if isinstance(delta, TextDelta) else ""
        branches = [branch.answer_text for branch in answer._request.branches]
        answers = answer.answers
    await made.router.settled()
    return said, made.rooms.bus.requests()[-1], answers, branches


async def test_what_the_real_model_gets_wrong_is_answered_elsewhere(tmp_path: Path) -> None:
    async with a_real_house(tmp_path) as made:
        said, view, answers, branches = await ask(made, HARD, "verify")
        await made.rooms.decisions.flush()
        record = await made.rooms.decisions.get(view.id)
    assert said == PRODUCT
    assert view.model == CLOUD
    assert view.checks[-1].passed is False
    assert view.checks[-1].check in ("arithmetic", "second-sample")
    assert "374207603" not in branches[0].replace(",", "")
    assert [answer.chosen for answer in answers] == [False, True]
    assert answers[0].confidence is not None
    assert record is not None
    assert replay(record) == "identical"


async def test_a_second_sample_of_the_real_model_is_compared(tmp_path: Path) -> None:
    async with a_real_house(tmp_path) as made:
        said, view, _, branches = await ask(made, SKY, "verify")
        (again,) = [check for check in view.checks if check.check == "second-sample"]
        many, voted, answers, _ = await ask(made, SKY, "ensemble", models=("local",), size=3)
    # The second may be cut off by its length: then there is none to compare with.
    agreed = agree(branches[0], branches[1], "label")
    is_none = "gave no second answer" in again.sentence
    assert again.passed == (None if is_none else agreed)
    assert said == (PRODUCT if again.passed is False else branches[0])
    assert len(answers) == 3
    assert len({answer.model for answer in answers}) == 1
    assert voted.checks[0].check == "second-sample"
    assert many in [answer.text for answer in answers]
