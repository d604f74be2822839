"""How often prompts are taken for one another: false hits and hits, by kind of pair.

`python tests/bench/sameness.py [--all]` prints the table of `policies/README.md`; with
`--all` also every pair that was judged wrongly.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from homeport.analysis.sameness import same
from homeport.analysis.sameness.gates import disagreement, read
from support.near_pairs import HARD, SAME, Pair


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


def main() -> None:
    """Both halves, and how long a comparison takes."""
    wrong = table("say something else", HARD)
    right = table("say the same", SAME)
    start = time.perf_counter()
    for _, one, other in HARD:
        disagreement(read(one), read(other))
    took = time.perf_counter() - start
    print(f"{took / len(HARD) / 2 * 1e6:.0f} µs for each prompt that is compared")
    gates = Counter(same(one, other).gate for _, one, other in HARD)
    print("stopped by", dict(gates.most_common()))
    for pair in wrong:
        print("FALSE HIT", *pair, sep=" | ")
    if "--all" in sys.argv:
        for pair in SAME:
            if pair not in right:
                print("missed", same(pair[1], pair[2]).gate, *pair, sep=" | ")


if __name__ == "__main__":
    main()
