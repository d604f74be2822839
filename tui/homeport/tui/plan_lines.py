"""How an answer was made: the rules that mattered, the plan, each answer and each check."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from homeport.client.wire import AttemptView, CheckView, PlanView, StepView
from homeport.tui.graph import bar
from homeport.tui.words import Line, clean, left, model_name, took, wrapped

_INDENT = "  "
_LABEL, _MOST_LABEL = 14, 34
_SURE = 10
_STANDS = {True: "passed", False: "failed", None: "not told"}
_ROLES = {True: "good", False: "bad", None: "muted"}


def rule_lines(step: StepView, width: int) -> list[Line]:
    """What the person's rules set, and the rule that did."""
    return named_lines([(what.replace("_", " "), rule) for what, rule in step.rules], width)


def plan_lines(plan: PlanView, width: int) -> list[Line]:
    """The strategy, and the way through its models."""
    made = " · ".join(part for part in (plan.method, f"judged by {plan.judge}" * bool(plan.judge)))
    facts = [
        ("strategy", plan.strategy),
        ("why", plan.why),
        ("models", _way(plan)),
        ("made by", made.strip(" ·")),
        ("checks", ", ".join(plan.checks)),
    ]
    return [line for name, value in facts if value for line in fact_lines(name, value, width)]


def _way(plan: PlanView) -> str:
    """`qwen3:14b, if 0.60 sure; else sonnet-5`, or the models side by side."""
    if not any(plan.thresholds):
        return ", ".join(plan.models)
    steps = []
    for index, model in enumerate(plan.models):
        sure = plan.thresholds[index] if index < len(plan.thresholds) else 0.0
        steps.append(f"{model}, if {sure:.2f} sure" if sure else model)
    return "; else ".join(steps)


def answer_lines(
    steps: Sequence[StepView], attempts: Sequence[AttemptView], width: int
) -> list[Line]:
    """Each of several answers: whom it was asked of, why, and what came of it."""
    lines: list[Line] = []
    for step in steps:
        if not step.branch:
            continue
        asked = step.order[0].model if step.order else "nobody"
        told = f"{asked}: {step.after or step.because}"
        lines += fact_lines(step.branch, told, width)
        lines += _came(asked, attempts, width)
    return lines


def _came(asked: str, attempts: Sequence[AttemptView], width: int) -> list[Line]:
    """What came of the attempts at a model, where it was tried."""
    lines: list[Line] = []
    for attempt in attempts:
        if attempt.model != asked or not attempt.outcome or attempt.ended_ms is None:
            continue
        words = (
            f"{attempt.outcome.replace('_', ' ')} in {took(attempt.ended_ms - attempt.started_ms)}"
        )
        role = "good" if attempt.outcome == "done" else "warn"
        lines += wrapped(words, width, role, " " * (len(_INDENT) + _LABEL))
    return lines[:1]


def check_lines(checks: Sequence[CheckView], width: int) -> list[Line]:
    """Each check in its order: whether it passed, how sure, whose answer, and why."""
    lines: list[Line] = []
    for check in checks:
        first, *rest = fact_lines(check.check, f"{_STANDS[check.passed]}: {check.sentence}", width)
        lines += [[first[0], (first[1][0], _ROLES[check.passed])], *rest]
        lines += _score(check, width)
    return lines


def _score(check: CheckView, width: int) -> list[Line]:
    """The chance that the answer is right as a bar, and whose answer it was."""
    indent = " " * (len(_INDENT) + _LABEL)
    if check.score is None:
        return wrapped(model_name(check.model), width, "muted", indent) if check.model else []
    filled = bar(check.score, 1.0, _SURE)
    whose = f"  {model_name(check.model)}" if check.model else ""
    room = max(0, width - len(indent) - _SURE - 11)
    return [
        [
            (indent, ""),
            (filled, "accent"),
            ("░" * (_SURE - len(filled)), "faint"),
            (f"  {check.score:.2f} sure", ""),
            (left(whose, min(len(whose), room)), "muted"),
        ]
    ]


def fact_lines(name: str, value: str, width: int, label: int = _LABEL) -> list[Line]:
    """A name, and a value that may need more lines than one."""
    indent = " " * (len(_INDENT) + label)
    first, *rest = wrapped(value, width, "", indent)
    return [[(_INDENT + left(name, label), "muted"), (first[0][0].strip(), "")], *rest]


def named_lines(facts: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Several of them below each other, where no name is cut that there is room for."""
    longest = max((cell_len(clean(name)) for name, _ in facts), default=0)
    label = max(_LABEL, min(longest + 2, _MOST_LABEL, width // 2))
    return [line for name, value in facts for line in fact_lines(name, value, width, label)]
