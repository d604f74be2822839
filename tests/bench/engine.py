"""What the worker process costs: the embedded engine against `llama_cpp` called directly.

Both run the same model on the same prompts with the same threads, turn about.
`python tests/bench/engine.py` prints what `measure()` gives. The figures go into
the bench's results; no test asserts them.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from homeport.adapters.base import Limits, Sampling, TextDelta
from homeport.adapters.engine.platform import WAITING, physical_cores
from homeport.adapters.llamacpp import LlamaCppAdapter
from homeport.policies.model import ModelCard
from support.engine import adapter_for, prompt
from support.model import demo_model

ROUNDS = 8
TOKENS = 96
CONTEXT = 2048
WORDS = "Write a long story about the harbour of town number {number}, with many ships in it."
LONG = "The harbour master counts the ships that lie at the quay. " * 60

DIRECT = """
import json, sys, time
from llama_cpp import Llama
model = Llama(sys.argv[1], n_ctx=int(sys.argv[2]), n_threads=int(sys.argv[3]),
              n_threads_batch=int(sys.argv[3]), n_batch=512, verbose=False)
for line in sys.stdin:
    job = json.loads(line)
    started, first, count = time.perf_counter(), None, 0
    for _ in model.create_completion(job["text"], max_tokens=job["tokens"], temperature=0.0,
                                     stream=True):
        first = first or time.perf_counter()
        count += 1
    ended = time.perf_counter()
    print(json.dumps({"first": first - started, "rate": (count - 1) / (ended - first)}), flush=True)
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


def ask_direct(process: subprocess.Popen[str], text: str) -> dict[str, float]:
    """One answer: seconds to the first token, tokens a second after it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"text": text, "tokens": TOKENS}) + "\n")
    process.stdin.flush()
    answer: dict[str, float] = json.loads(process.stdout.readline())
    return answer


async def ask_worker(adapter: LlamaCppAdapter, card: ModelCard, *words: str) -> dict[str, Any]:
    """The same through the adapter and its worker; `text` and usage too."""
    limits = Limits(max_tokens=TOKENS, deadline_s=300.0, first_token_s=300.0, gap_s=300.0)
    asked = prompt(*words, sampling=Sampling(temperature=0.0))
    started, first, tokens, text, end = time.perf_counter(), 0.0, 0, "", None
    async for delta in adapter.stream(asked, card, prefix="", limits=limits, permit=None):
        if isinstance(delta, TextDelta):
            first = first or time.perf_counter()
            tokens += delta.tokens
            text += delta.text
        end = delta
    rate = (tokens - 1) / (time.perf_counter() - first)
    return {"first": first - started, "rate": rate, "text": text, "end": end}


def chatml(words: str) -> str:
    """What the model's own template makes of one question."""
    system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    turns = (("system", system), ("user", words))
    opened = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns)
    return opened + "<|im_start|>assistant\n"


async def side_by_side(adapter: LlamaCppAdapter, card: ModelCard, model: Path) -> dict[str, Any]:
    """Medians of rounds that take turns: worker, direct, direct with short spins."""
    seen: dict[str, list[dict[str, Any]]] = {"worker": [], "direct": [], "direct_short_spin": []}
    with direct(model, {}) as plain, direct(model, WAITING) as brief:
        for number in range(-1, ROUNDS):
            words = WORDS.format(number=number + 20)
            answers = {
                "worker": await ask_worker(adapter, card, words),
                "direct": await asyncio.to_thread(ask_direct, plain, chatml(words)),
                "direct_short_spin": await asyncio.to_thread(ask_direct, brief, chatml(words)),
            }
            for name, answer in answers.items():
                if number >= 0:
                    seen[name].append(answer)
    return {
        name: {
            "tokens_per_s": statistics.median(one["rate"] for one in answers),
            "first_token_ms": 1000 * statistics.median(one["first"] for one in answers),
        }
        for name, answers in seen.items()
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
        adapter = adapter_for(Path(folder), settings={"context": CONTEXT})
        try:
            (card,) = await adapter.models(None)
            started = time.perf_counter()
            await ask_worker(adapter, card, "Hello")
            cold_start_s = time.perf_counter() - started
            sides = await side_by_side(adapter, card, model)
            warm = await warm_prefix(adapter, card)
        finally:
            await adapter.close()
    worker, plain, brief = (sides[name] for name in ("worker", "direct", "direct_short_spin"))
    return {
        **sides,
        "tokens_per_s_ratio": worker["tokens_per_s"] / plain["tokens_per_s"],
        "tokens_per_s_ratio_short_spin": worker["tokens_per_s"] / brief["tokens_per_s"],
        "added_first_token_ms": worker["first_token_ms"] - plain["first_token_ms"],
        "added_first_token_ms_short_spin": worker["first_token_ms"] - brief["first_token_ms"],
        "cold_first_answer_s": cold_start_s,
        **warm,
    }


def measure() -> dict[str, Any]:
    """Worker against direct calls: rates, times to first token, and what a warm prefix saves."""
    return asyncio.run(measured())


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
