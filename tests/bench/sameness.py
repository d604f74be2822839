"""How often prompts are taken for one another: false hits and hits, by kind of pair.

`python tests/bench/sameness.py [--all] [MODEL.gguf]` prints the tables of `policies/README.md`;
with `--all` also every pair that was judged wrongly, with an embedding model also what its
vectors say, alone and beside the gates.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from homeport.analysis.sameness import same
from homeport.analysis.sameness.gates import disagreement, read, read_widely
from support import reworded_pairs
from support.near_pairs import HARD, SAME, Pair

LEAST = 0.8
"""Cosine; the default of `cache.near_least`."""
SETS: tuple[tuple[str, tuple[Pair, ...], tuple[Pair, ...]], ...] = (
    ("the half that the gates were made on", reworded_pairs.hard(0), reworded_pairs.same(0)),
    ("the other half", reworded_pairs.hard(1), reworded_pairs.same(1)),
    ("the others", HARD, SAME),
)


def measured(pairs: tuple[Pair, ...]) -> tuple[Counter[str], Counter[str], list[Pair]]:
    """Pairs by kind, hits by kind, and the pairs that were taken for one another."""
    counts = Counter(kind for kind, _, _ in pairs)
    taken = [pair for pair in pairs if same(pair[1], pair[2]).is_same]
    return counts, Counter(kind for kind, _, _ in taken), taken


def table(title: str, pairs: tuple[Pair, ...]) -> list[Pair]:
    """Prints one half; gives the pairs that were taken for one another."""
    counts, hits, taken = measured(pairs)
    print(f"| {title} | pairs | hits | share |\n|---|---|---|---|")
    for kind, count in sorted(counts.items()):
        print(f"| {kind} | {count} | {hits[kind]} | {hits[kind] / count:.0%} |")
    total = sum(counts.values())
    print(f"| all | {total} | {len(taken)} | {len(taken) / total:.1%} |\n")
    return taken


def widely(pairs: tuple[Pair, ...]) -> list[Pair]:
    """Those that the wider gates take for one another."""
    return [p for p in pairs if not disagreement(read_widely(p[1]), read_widely(p[2]))]


def wider_table(model: str) -> None:
    """Prints what the wider gates take for one another, alone and beside vectors."""
    alike = cosines(model) if model else None
    print("| pairs | false hits | hits | with vectors: false hits, hits | vectors alone |")
    print("|---|---|---|---|---|")
    for name, hard, alike_pairs in SETS:
        taken, hits = widely(hard), widely(alike_pairs)
        told = ["", ""]
        if alike is not None:
            near = [[p for p in pairs if alike(p) >= LEAST] for pairs in (hard, alike_pairs)]
            both = [len({*near[0]} & {*taken}), len({*near[1]} & {*hits})]
            told = [f"{both[0]}, {both[1]}", f"{len(near[0])}, {len(near[1])}"]
        row = (f"{len(taken)} of {len(hard)}", f"{len(hits)} of {len(alike_pairs)}", *told)
        print(f"| {name} | {' | '.join(row)} |")
        for pair in taken:
            print("FALSE HIT", *pair, sep=" | ")


def cosines(model: str) -> Callable[[Pair], float]:
    """How near an embedding model puts the two texts of a pair."""
    import llama_cpp
    import numpy as np

    engine = llama_cpp.Llama(model, embedding=True, verbose=False, n_ctx=512)

    @cache
    def vector(text: str) -> Any:
        made = np.asarray(engine.create_embedding(text)["data"][0]["embedding"])
        whole = made.mean(axis=0) if made.ndim > 1 else made
        return whole / np.linalg.norm(whole)

    return lambda pair: float(vector(pair[1]) @ vector(pair[2]))


def main() -> None:
    """All sets, and how long a comparison takes."""
    wrong = table("say something else", HARD)
    right = table("say the same", SAME)
    start = time.perf_counter()
    for _, one, other in HARD:
        disagreement(read(one), read(other))
    took = time.perf_counter() - start
    print(f"{took / len(HARD) / 2 * 1e6:.0f} µs for each prompt that is compared")
    gates = Counter(same(one, other).gate for _, one, other in HARD)
    print("stopped by", dict(gates.most_common()))
    wider_table(next((word for word in sys.argv[1:] if word.endswith(".gguf")), ""))
    for pair in wrong:
        print("FALSE HIT", *pair, sep=" | ")
    if "--all" in sys.argv:
        for pair in SAME:
            if pair not in right:
                print("missed", same(pair[1], pair[2]).gate, *pair, sep=" | ")


if __name__ == "__main__":
    main()
