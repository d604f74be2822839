"""What the worker process costs: the embedded engine against `llama_cpp` called directly.

Both run the same model on the same prompts with as many threads, each first as often as
the other. `python tests/bench/engine.py` prints what `measure()` gives. The figures go into
the bench's results; no test asserts them. On a machine that does other work too, compare
processor time.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from homeport.adapters.base import Limits, Sampling, TextDelta
from homeport.adapters.engine.platform import WAITING, physical_cores
from homeport.adapters.llamacpp import LlamaCppAdapter
from homeport.policies.model import ModelCard
from support.engine import adapter_for, prompt
from support.model import demo_model

ROUNDS = 9
"""Of three sides: each is first, second and last in a third of them."""
TOKENS = 96
SHORT_ROUNDS = 30
"""Of one token each, for the time to it."""
CONTEXT = 2048
WORDS = "Write a long story about the harbour of town number {number}, with many ships in it."
SIDES = ("worker", "direct", "direct_short_spin")
LONG = "The harbour master counts the ships that lie at the quay. " * 60

DIRECT = """
import json, sys, time
from llama_cpp import Llama
model = Llama(sys.argv[1], n_ctx=int(sys.argv[2]), n_threads=int(sys.argv[3]),
              n_threads_batch=int(sys.argv[3]), n_batch=512, verbose=False)
read, reading_s = model.eval, 0.0
def timed(tokens):
    global reading_s
    started = time.perf_counter()
    read(tokens)
    reading_s = reading_s or time.perf_counter() - started
model.eval = timed
for line in sys.stdin:
    job = json.loads(line)
    started, used, times, reading_s = time.perf_counter(), time.process_time(), [], 0.0
    for chunk in model.create_completion(job["text"], max_tokens=job["tokens"], temperature=0.0,
                                         stream=True):
        if chunk["choices"][0]["text"]:  # the last chunk is not of a token
            times.append(time.perf_counter())
    used = time.process_time() - used
    print(json.dumps({"first_s": times[0] - started, "rest_s": times[-1] - times[0],
                      "reading_s": reading_s, "used_s": used, "tokens": len(times)}), flush=True)
"""


@contextmanager
def direct(model: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that calls `llama_cpp` and nothing else."""
    process = subprocess.Popen(
        [sys.executable, "-c", DIRECT, str(model), str(CONTEXT), str(physical_cores())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    with process:
        yield process


def ask_direct(process: subprocess.Popen[str], text: str, tokens: int) -> dict[str, float]:
    """One answer: seconds to the first token, of that of reading the prompt, from there to the
    last token, and of processor time."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"text": text, "tokens": tokens}) + "\n")
    process.stdin.flush()
    answer: dict[str, float] = json.loads(process.stdout.readline())
    return answer


async def ask_worker(
    adapter: LlamaCppAdapter, card: ModelCard, *words: str, most: int = TOKENS
) -> dict[str, Any]:
    """The same through the adapter and its worker; `text` and usage too."""
    limits = Limits(max_tokens=most, deadline_s=300.0, first_token_s=300.0, gap_s=300.0)
    asked = prompt(*words, sampling=Sampling(temperature=0.0))
    first, last, tokens, text, end = 0.0, 0.0, 0, "", None
    used, started = processor_s(), time.perf_counter()
    async for delta in adapter.stream(asked, card, prefix="", limits=limits, permit=None):
        if isinstance(delta, TextDelta):
            last = time.perf_counter()
            first = first or last
            tokens += delta.tokens
            text += delta.text
        end = delta
    times = {"first_s": first - started, "rest_s": last - first, "used_s": processor_s() - used}
    times["reading_s"] = end.extras["prefill_ms"] / 1000
    return {**times, "tokens": tokens, "text": text, "end": end}


def processor_s() -> float:
    """Seconds that this process and the workers it started have used."""
    processes = [psutil.Process(), *psutil.Process().children()]
    ours = [one for one in processes if DIRECT not in one.cmdline()]
    return float(sum(one.cpu_times().user + one.cpu_times().system for one in ours))


def chatml(words: str) -> str:
    """What the model's own template makes of one question."""
    system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    turns = (("system", system), ("user", words))
    opened = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns)
    return opened + "<|im_start|>assistant\n"


Answers = dict[str, list[dict[str, Any]]]
"""Of each side, round by round."""


async def side_by_side(
    adapter: LlamaCppAdapter, card: ModelCard, model: Path
) -> tuple[Answers, Answers]:
    """Rounds that take turns, worker, direct, direct with short spins: of many tokens, of one."""
    with direct(model, {}) as plain, direct(model, WAITING) as brief:

        async def rounds(count: int, tokens: int) -> Answers:
            seen: Answers = {name: [] for name in SIDES}
            for number in range(-1, count):
                words = WORDS.format(number=number + 20)
                for at in range(len(SIDES)):
                    name = SIDES[(number + at) % len(SIDES)]
                    if name == "worker":
                        answer = await ask_worker(adapter, card, words, most=tokens)
                    else:
                        process = plain if name == "direct" else brief
                        answer = await asyncio.to_thread(ask_direct, process, chatml(words), tokens)
                    if number >= 0:
                        seen[name].append(answer)
            return seen

        return await rounds(ROUNDS, TOKENS), await rounds(SHORT_ROUNDS, 1)


def rate(answer: dict[str, Any]) -> float:
    """Tokens a second after the first."""
    return float((answer["tokens"] - 1) / answer["rest_s"])


def processor_ms(answer: dict[str, Any]) -> float:
    """For each token."""
    return float(1000 * answer["used_s"] / answer["tokens"])


def first_ms(answer: dict[str, Any]) -> float:
    """To the first token."""
    return float(1000 * answer["first_s"])


def not_reading_ms(answer: dict[str, Any]) -> float:
    """Of that, what was not the model's reading of the prompt."""
    return float(1000 * (answer["first_s"] - answer["reading_s"]))


def summary(long: list[dict[str, Any]], short: list[dict[str, Any]]) -> dict[str, float]:
    """What one side took, in the middle."""
    return {
        "tokens_per_s": median(map(rate, long)),
        "processor_ms_a_token": median(map(processor_ms, long)),
        "first_token_ms": median(map(first_ms, short)),
        "of_it_not_reading_ms": median(map(not_reading_ms, short)),
    }


def against(long: Answers, short: Answers, other: str) -> dict[str, float]:
    """The worker against another side, round by round, and of that the middle."""
    pairs = list(zip(long["worker"], long[other], strict=True))
    brief = list(zip(short["worker"], short[other], strict=True))
    end = other.removeprefix("direct")
    return {
        f"tokens_per_s_ratio{end}": median(rate(ours) / rate(theirs) for ours, theirs in pairs),
        f"tokens_per_processor_s_ratio{end}": median(
            processor_ms(theirs) / processor_ms(ours) for ours, theirs in pairs
        ),
        f"added_first_token_ms{end}": median(
            first_ms(ours) - first_ms(theirs) for ours, theirs in brief
        ),
        f"added_first_token_ms_beside_reading{end}": median(
            not_reading_ms(ours) - not_reading_ms(theirs) for ours, theirs in brief
        ),
    }


async def warm_prefix(adapter: LlamaCppAdapter, card: ModelCard) -> dict[str, float]:
    """Prefill of the second turn of a conversation with its prefix known, and without."""
    first = await ask_worker(adapter, card, LONG)
    turns = (LONG, first["text"], "And what does he do then?")
    warm = (await ask_worker(adapter, card, *turns))["end"]
    await adapter.unload(card.id)
    cold = (await ask_worker(adapter, card, *turns))["end"]
    new_tokens = warm.usage.input - warm.usage.cache_read
    return {
        "prefill_tokens_ratio": new_tokens / (cold.usage.input - cold.usage.cache_read),
        "prefill_ms_ratio": warm.extras["prefill_ms"] / cold.extras["prefill_ms"],
    }


async def measured() -> dict[str, Any]:
    """All figures."""
    model = demo_model()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / model.name).symlink_to(model)
        # As people have it: as many threads as there are cores.
        adapter = adapter_for(Path(folder), settings={"context": CONTEXT, "threads": 0})
        try:
            (card,) = await adapter.models(None)
            started = time.perf_counter()
            await ask_worker(adapter, card, "Hello")
            cold_start_s = time.perf_counter() - started
            long, short = await side_by_side(adapter, card, model)
            warm = await warm_prefix(adapter, card)
        finally:
            await adapter.close()
    return {
        **{name: summary(long[name], short[name]) for name in SIDES},
        **against(long, short, "direct"),
        **against(long, short, "direct_short_spin"),
        "cold_first_answer_s": cold_start_s,
        **warm,
    }


def measure() -> dict[str, Any]:
    """Worker against direct calls: rates, times to first token, and what a warm prefix saves."""
    return asyncio.run(measured())


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
