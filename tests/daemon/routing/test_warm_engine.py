"""What is predicted to be warm at home, held against what the real engine read again."""

from __future__ import annotations

from pathlib import Path

from homeport.adapters.base import Message, Prompt, Sampling
from homeport.policies.model import Candidate
from support.caching import answered, turn
from support.engine import adapter_for
from support.house import House, house
from support.model import demo_model

STORY = "The harbour master wrote down every ship that came in. " * 12


async def asked(made: House, messages: tuple[Message, ...]) -> tuple[str, Candidate, float, float]:
    """The answer, the candidate, and of the input the share that was expected and was warm."""
    prompt = Prompt(messages, sampling=Sampling(temperature=0.0, max_tokens=2))
    async with made.router.answer(prompt) as answer:
        async for _ in answer.deltas():
            pass
        request = answer._request
    usage = request.attempts[0].usage(0)
    (candidate,) = request.steps[0].candidates
    share = (usage.cache_read or 0) / (usage.input or 1)
    return request.answer_text, candidate, candidate.warm_tokens / request.ask.input_tokens, share


async def test_the_engine_holds_the_last_conversation_as_it_was_foreseen(tmp_path: Path) -> None:
    model, models = demo_model(), tmp_path / "models"
    models.mkdir()
    (models / model.name).symlink_to(model)
    engine = adapter_for(models)
    talk = turn((), f"{STORY} Who wrote it down?")
    other = turn((), f"{'Rain fell on the town for many days. ' * 12} What fell?")
    try:
        async with house(tmp_path, [engine]) as made:
            words, cold, expected, warm = await asked(made, talk)
            assert (cold.warm_tokens, expected) == (0, 0.0)
            assert warm < 0.3, "no more than what every prompt begins with"
            talk = turn(answered(talk, words), "And why?")
            words, _, expected, warm = await asked(made, talk)
            assert abs(expected - warm) < 0.1
            assert warm > 0.8
            await asked(made, other)
            talk = turn(answered(talk, words), "And when?")
            _, gone, expected, warm = await asked(made, talk)
            assert gone.warm_tokens == 0
            assert warm < 0.3, "no more than what every prompt begins with"
    finally:
        await engine.close()
