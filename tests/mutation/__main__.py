"""Put small faults into the policies, see which ones the tests notice: `make mutate`.

`python -m mutation [NAME...]`, with the modules (or `default`) to look at;
all of them without a name. Writes what survived, and the score.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from mutation.equivalent import EQUIVALENT
from mutation.mutants import mutants, mutated
from mutation.trial import Trials

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policies" / "homeport" / "policies"
TESTS = (
    *(
        f"tests/policies/test_{name}.py"
        for name in (
            "gates",
            "gates_at_their_bounds",
            "decide",
            "scorecard",
            "successor",
            "situation",
            "because",
            "exploring",
            "pacing",
            "rule_gate",
            "strategy",
        )
    ),
    *(
        "tests/policies/rules/test_judge.py",
        "tests/policies/rules/test_ready.py",
        "tests/daemon/shelf/test_cases.py",
    ),
)
"""Those that decide; reading files and words cannot notice a mutant of these modules."""
OWN: dict[str, tuple[str, ...]] = {
    "gates": (
        "tests/policies/test_gates.py",
        "tests/policies/test_gates_at_their_bounds.py",
        "tests/policies/test_rule_gate.py",
    ),
    "scorecard": ("tests/policies/test_scorecard.py",),
    "successor": ("tests/policies/test_successor.py",),
    "situation": ("tests/policies/test_situation.py", "tests/policies/test_decide.py"),
    "decide": ("tests/policies/test_decide.py",),
    "exploring": ("tests/policies/test_exploring.py",),
    "pacing": ("tests/policies/test_pacing.py",),
    "rules/judge": ("tests/policies/rules/test_judge.py", "tests/policies/test_rule_gate.py"),
}
"""Modules, and the tests that are asked first."""
RULES = "default"
UNCHANGED = -1
"""The number of no mutant."""


def main(arguments: list[str]) -> int:
    """Run the trials; the status says whether something survived that should not."""
    names = [name for name in arguments if not name.startswith("-")] or [*OWN, RULES]
    modules = [name for name in names if name != RULES]
    missed = rules_trial() if RULES in names else 0
    if not modules:
        return 1 if missed else 0
    counts: list[int] = []
    trials = Trials(lambda trials: counts.extend(module_trial(name, trials) for name in modules))
    early = "ignore::pytest.PytestAssertRewriteWarning"  # the tools are imported already
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-s", "-W", early]
    status = pytest.main([*options, *TESTS], plugins=[trials])
    return 1 if missed or status or len(counts) < len(modules) or sum(counts) else 0


def module_trial(name: str, trials: Trials) -> int:
    """All mutants of one module; the number that nobody noticed."""
    source, path = source_of(name), POLICIES / f"{name}.py"
    module = "homeport.policies." + name.replace("/", ".")
    if not trials.survives(module, path, mutated(source, UNCHANGED), OWN[name]):
        say(f"{name}: the tests fail without any mutant.")
        return 1
    start, found = time.monotonic(), mutants(source)
    alive = []
    for mutant in found:
        if trials.survives(module, path, mutated(source, mutant.number), OWN[name]):
            alive.append(str(mutant))
            say(f"  {name}, not noticed: {mutant}")
    return told(name, len(found), alive, time.monotonic() - start)


def told(name: str, count: int, alive: list[str], seconds: float) -> int:
    """Say how it went; the number that nobody noticed."""
    same = [what for what in alive if changes_nothing(name, what.partition(": ")[2])]
    missed = [what for what in alive if what not in same]
    unlike = count - len(same)
    share = 100 * (unlike - len(missed)) / unlike if unlike else 100.0
    say(
        f"{name}: {count} mutants, {len(same)} of them change nothing, "
        f"{unlike - len(missed)} of {unlike} noticed ({share:.1f} %), {seconds:.0f} s"
    )
    return len(missed)


def changes_nothing(name: str, change: str) -> bool:
    """It is among those that are known to."""
    before = change.partition(" -> ")[0]
    return (name, change) in EQUIVALENT or (name, f"{before} -> *") in EQUIVALENT


def rules_trial() -> int:
    """The same of the shipped policy's rules, with its cases and those of its edges."""
    from dataclasses import replace

    from homeport.daemon.shelf.cases import outcomes
    from homeport.daemon.shelf.shelf import Shelf
    from homeport.policies.model import Policy
    from mutation.policy_mutants import policy_mutants
    from support.edges import edges

    start, shelf = time.monotonic(), Shelf(Path("/nowhere"))
    policy = shelf.policy(Policy(), RULES)
    cases = [*shelf.kept(RULES).book.cases, *edges()]
    found = list(policy_mutants(policy.rules))
    alive = [
        what
        for what, rules in found
        if all(outcome.ok for outcome in outcomes(cases, replace(policy, rules=rules)))
    ]
    for what in alive:
        say(f"  {RULES}, not noticed: {what}")
    return told(RULES, len(found), alive, time.monotonic() - start)


def source_of(name: str) -> str:
    """The text of a module."""
    return (POLICIES / f"{name}.py").read_text(encoding="utf-8")


def say(line: str) -> None:
    """To standard output at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
