"""Generating with the real library in this process: tokens, knobs, memory, bounds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest

from homeport.adapters.engine.chat_template import ChatTemplate
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import (
    Chunk,
    Done,
    FromWorker,
    Generate,
    Load,
    Prefilling,
    SamplingPlan,
    Turn,
)
from homeport.adapters.engine.generation import LEAST_ANSWER, Generator
from homeport.adapters.engine.native import AbortFlag, NativeModel
from homeport.adapters.engine.sampling import Certainty, Sampler
from homeport.adapters.engine.schema_grammar import ANY_OBJECT, grammar_for
from support import templates
from support.model import demo_model

pytestmark = pytest.mark.engine

GREEDY = SamplingPlan(temperature=0.0)
HELLO = (Turn("user", "Say hello."),)


@pytest.fixture(scope="module")
def flag() -> AbortFlag:
    return AbortFlag()


@pytest.fixture(scope="module")
def model(flag: AbortFlag) -> NativeModel:
    return NativeModel(Load(str(demo_model()), 512, 2, 0), flag)


@pytest.fixture(scope="module")
def generator(model: NativeModel, flag: AbortFlag) -> Generator:
    return Generator(model, flag)


def run(generator: Generator, **request: object) -> tuple[list[FromWorker], Done]:
    """One answer's frames and its end."""
    wanted = {"id": 1, "turns": HELLO, "prefix": "", "max_tokens": 8, "sampling": GREEDY, **request}
    frames: list[FromWorker] = []
    done = generator.answer(Generate(**wanted), frames.append)  # type: ignore[arg-type]
    return frames, done


def text_of(frames: list[FromWorker]) -> str:
    return "".join(frame.text for frame in frames if isinstance(frame, Chunk))


# The library's face


def test_text_becomes_tokens_and_text_again(model: NativeModel) -> None:
    text = "Ahoy, naïve 🚢 港!\n"
    tokens = model.tokens_of(text, special=False)
    assert b"".join(map(model.piece, tokens)).decode() == text
    assert model.tokens_of("", special=True) == []


def test_control_tokens_are_tokens_only_where_they_are_meant(model: NativeModel) -> None:
    (control,) = model.tokens_of("<|im_end|>", special=True)
    assert len(model.tokens_of("<|im_end|>", special=False)) > 1
    assert model.ends_answer(control)
    assert model.piece(control) == b""
    assert model.name_of(control) == "<|im_end|>"
    assert model.name_of(-1) == ""


def test_the_file_says_what_it_is(model: NativeModel) -> None:
    source, bos, eos = model.template_parts()
    assert "im_start" in source
    assert bos
    assert eos == "<|im_end|>"
    assert model.recommended("temp") is None
    assert model.window() == 0
    assert model.opening_token() is None or model.opening_token() == 1


def test_a_raised_flag_stops_the_computation(model: NativeModel, flag: AbortFlag) -> None:
    from homeport.adapters.engine.failure import Cancelled

    model.clear()
    flag.raise_it()
    with pytest.raises(Cancelled):
        model.read(model.tokens_of("word " * 100, special=False))
    flag.lower()
    model.clear()
    model.read(model.tokens_of("word", special=False))
    assert model.first_position() == 0
    model.clear()
    assert model.first_position() == -1


def test_a_file_that_is_no_model_is_told(tmp_path: object) -> None:
    with pytest.raises(EngineFailure, match="not there") as caught:
        NativeModel(Load("/absent.gguf", 512, 1, 0), AbortFlag())
    assert caught.value.kind == "missing"
    with pytest.raises(EngineFailure, match="could not load"):
        NativeModel(Load(__file__, 512, 1, 0), AbortFlag())


# Choosing tokens


def test_probabilities_are_those_of_the_model(model: NativeModel) -> None:
    model.clear()
    model.read(model.tokens_of("The capital of France is", special=False))
    certainty = Certainty(model)
    (paris,) = model.tokens_of(" Paris", special=False)
    likely = certainty.of(paris, 5)
    assert likely.token == " Paris"
    assert -5 < likely.logprob < 0
    assert [logprob for _, logprob in likely.top] == sorted(
        (logprob for _, logprob in likely.top), reverse=True
    )
    logits = model.logits()
    total = math.fsum(math.exp(float(logit) - float(logits.max())) for logit in logits)
    exact = float(logits[paris]) - float(logits.max()) - math.log(total)
    assert likely.logprob == pytest.approx(exact, abs=1e-4)


def test_greedy_takes_the_likeliest(model: NativeModel) -> None:
    model.clear()
    model.read(model.tokens_of("One, two, three,", special=False))
    sampler = Sampler(model, GREEDY)
    token = sampler.choose()
    assert token == int(model.logits().argmax())
    sampler.close()
    sampler.close()


def test_penalties_push_repeats_down(model: NativeModel) -> None:
    model.clear()
    model.read(model.tokens_of("One, two, three,", special=False))
    plan = SamplingPlan(temperature=0.0, presence_penalty=2.0, frequency_penalty=100.0)
    sampler = Sampler(model, plan)
    assert len({sampler.choose() for _ in range(6)}) == 6
    sampler.close()


def test_a_grammar_holds_the_choice(model: NativeModel) -> None:
    model.clear()
    model.read(model.tokens_of("One, two, three,", special=False))
    sampler = Sampler(model, GREEDY, grammar_for(ANY_OBJECT))
    assert model.piece(sampler.choose()).startswith(b"{")
    assert not sampler.follow(model.tokens_of("x", special=False)[0])
    sampler.close()
    for refused in (b'{"$ref": "#"}', b'{"anyOf": [{"$ref": "#"}, {"type": "null"}]}'):
        with pytest.raises(EngineFailure, match="simplify"):
            Sampler(model, GREEDY, grammar_for(refused))


# Answers


def test_an_answer_has_its_counts(generator: Generator) -> None:
    frames, done = run(generator)
    assert isinstance(frames[0], Prefilling)
    assert done.input_tokens == frames[0].input_tokens
    assert done.output_tokens <= 8
    assert text_of(frames)


def test_the_same_prompt_is_not_read_twice(generator: Generator) -> None:
    run(generator)
    _, done = run(generator)
    assert done.cached_tokens == done.input_tokens - 1
    _, seeded = run(generator, sampling=SamplingPlan(seed=1))
    assert seeded.cached_tokens == 0


def test_no_tokens_asked_is_no_tokens_given(generator: Generator) -> None:
    frames, done = run(generator, max_tokens=0)
    assert (done.reason, done.output_tokens, text_of(frames)) == ("length", 0, "")


def test_a_prompt_that_leaves_no_room_is_refused_before_it_is_read(generator: Generator) -> None:
    long = (Turn("user", "word " * 490),)
    frames: list[FromWorker] = []
    with pytest.raises(EngineFailure, match="context of 512") as caught:
        run(generator, turns=long)
    assert caught.value.kind == "context_overflow"
    assert frames == []
    assert LEAST_ANSWER < 512


def test_nothing_to_answer_is_refused(generator: Generator) -> None:
    with pytest.raises(EngineFailure, match="no message"):
        run(generator, turns=())


def test_plain_text_is_gone_on_from_without_a_template(generator: Generator) -> None:
    frames, done = run(generator, turns=(), plain=True, prefix="The capital of France is ")
    assert "Paris" in text_of(frames)
    assert not text_of(frames).startswith(" ")
    assert done.input_tokens < 10


def test_a_raised_flag_ends_an_answer_as_cancelled(generator: Generator, flag: AbortFlag) -> None:
    def raise_at_first_text(frame: FromWorker) -> None:
        if isinstance(frame, Chunk):
            flag.raise_it()

    request = Generate(1, (Turn("user", "Tell a story."),), "", 100, GREEDY)
    done = generator.answer(request, raise_at_first_text)
    assert done.reason == "cancelled"
    assert done.output_tokens < 3
    flag.lower()
    frames, _ = run(generator)
    assert text_of(frames)


def test_a_prefix_must_fit_the_schema(generator: Generator) -> None:
    with pytest.raises(EngineFailure, match="does not fit"):
        run(generator, schema=ANY_OBJECT, prefix="Well, ")
    with pytest.raises(EngineFailure, match='"pattern"'):
        run(generator, schema=b'{"pattern": "^a$"}')
    frames, _ = run(generator, schema=ANY_OBJECT, prefix='{"a": 1')
    assert text_of(frames)


@pytest.mark.parametrize("begun", ['{"b": 1, "a": ', '{"a": nul', "Well, "])
def test_what_another_model_began_is_held_to_as_much_as_it_fits(
    generator: Generator, begun: str
) -> None:
    schema = b'{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}'
    with pytest.raises(EngineFailure, match="does not fit"):
        run(generator, schema=schema, prefix=begun)
    frames, _ = run(generator, schema=schema, prefix=begun, loosely=True)
    assert text_of(frames)
    if begun != "Well, ":
        assert json.loads(begun + text_of(frames))


def test_of_a_schema_that_no_grammar_holds_whole_the_rest_is_held_to(generator: Generator) -> None:
    fields = b'{"a": {"type": "integer", "multipleOf": 2}, "b": {"type": "boolean"}}'
    schema = b'{"type": "object", "properties": %b, "required": ["a", "b"]}' % fields
    begun = '{"a": 1,'
    with pytest.raises(EngineFailure, match="multipleOf"):
        run(generator, schema=schema, prefix=begun)
    frames, _ = run(generator, schema=schema, prefix=begun, loosely=True)
    said = json.loads(begun + text_of(frames))
    assert set(said) == {"a", "b"}
    assert isinstance(said["b"], bool)


# Reasoning


@pytest.fixture
def reasoning(generator: Generator) -> Iterator[Generator]:
    """The same model with a template that opens reasoning in the prompt."""
    own, generator.template = generator.template, ChatTemplate(templates.REASONING)
    yield generator
    generator.template = own


def thoughts_of(frames: list[FromWorker]) -> str:
    return "".join(f.text for f in frames if isinstance(f, Chunk) and f.thinking)


def test_reasoning_that_the_template_opens_is_told_apart(reasoning: Generator) -> None:
    frames, done = run(reasoning, max_tokens=6)
    assert thoughts_of(frames) == text_of(frames) != ""
    assert done.reason == "length"


def test_an_answer_that_must_fit_or_has_begun_is_no_reasoning(reasoning: Generator) -> None:
    for wanted in ({"schema": ANY_OBJECT}, {"prefix": "Hello"}):
        frames, _ = run(reasoning, max_tokens=6, **wanted)
        assert text_of(frames)
        assert thoughts_of(frames) == ""


def test_raw_text_is_not_looked_through(reasoning: Generator) -> None:
    frames, _ = run(reasoning, max_tokens=4, turns=(), prefix="<think>", plain=True)
    assert thoughts_of(frames) == ""
