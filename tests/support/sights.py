"""A believable afternoon, for pictures of the terminal interface and tests of it.

All times are UTC on 18 November 2026; `NOW_MS` is 14:03:07.

Longer than other modules: it is one afternoon, told in full.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import structs

from homeport.client import wire
from homeport.client.errors import BrokenAnswer, NoDaemon, SocketRefused
from homeport.client.heard import OtherVersion
from homeport.client.link import Lost, News, Silent
from homeport.client.versions import VERSION

USD = 1_000_000_000


def at(clock: str) -> int:
    """`14:02:07` as Unix milliseconds."""
    return int(datetime.fromisoformat(f"2026-11-18T{clock}+00:00").timestamp() * 1000)


NOW_MS = at("14:03:07")
QWEN, LLAMA = "ollama/qwen3:14b", "ollama/llama3.3:8b"
SONNET, GPT = "anthropic/claude-sonnet-5", "openai/gpt-5.2-mini"


def request(id_: str, clock: str, model: str, because: str, **fields: Any) -> wire.RequestView:
    """One decision, done at home unless the fields say otherwise."""
    at_ms = at(clock)
    total_ms = fields.get("total_ms", 412)
    place = fields.get("place", "local")
    attempt = wire.AttemptView(
        model,
        place,
        at_ms + 2,
        first_token_ms=at_ms + total_ms // 4,
        ended_ms=at_ms + total_ms,
        outcome="done",
    )
    defaults: dict[str, Any] = {
        "state": "done",
        "client": "zed",
        "task": "code",
        "mode": "prefer-local",
        "place": place,
        "attempts": (attempt,),
        "total_ms": total_ms,
        "input_tokens": 1_240,
        "output_tokens": 212,
        "cost_nano": 0,
    }
    return wire.RequestView(
        id=id_, at_ms=at_ms, model=model, because=because, **{**defaults, **fields}
    )


def moved_home() -> wire.RequestView:
    """A prompt whose cloud model was lost in the middle, and which went on at home."""
    at_ms = at("14:02:40")
    lost = wire.AttemptView(
        SONNET,
        "cloud",
        at_ms + 3,
        first_token_ms=at_ms + 420,
        ended_ms=at_ms + 1_450,
        outcome="link_lost",
        sentence="the link was lost",
        sent_tokens=212,
    )
    home = wire.AttemptView(
        QWEN,
        "local",
        at_ms + 1_460,
        loaded_ms=at_ms + 1_700,
        first_token_ms=at_ms + 1_910,
        ended_ms=at_ms + 2_800,
        outcome="done",
    )
    return request(
        "7f3a2c91",
        "14:02:40",
        QWEN,
        "link lost at 212 tokens; went on",
        attempts=(lost, home),
        total_ms=2_800,
        cost_nano=1_100_000,
    )


def requests() -> tuple[wire.RequestView, ...]:
    """The seven decisions of the picture."""
    loading = wire.AttemptView(QWEN, "local", at("14:02:58"))
    return (
        request("1a90c3d2", "14:02:07", QWEN, "fits here, good enough"),
        request("2b11f0aa", "14:02:11", QWEN, "private: stays here", private=True, total_ms=388),
        request(
            "3c87d1e4",
            "14:02:19",
            SONNET,
            "needs 64k context; local holds 32k",
            place="cloud",
            total_ms=1_900,
            cost_nano=21_300_000,
        ),
        request("4d02b7c8", "14:02:31", LLAMA, "offline: cloud unreachable", total_ms=640),
        moved_home(),
        request(
            "5e6610fb",
            "14:02:44",
            "",
            "",
            place="none",
            state="failed",
            error="over today's budget, none local",
            attempts=(),
            total_ms=3,
        ),
        loading_request(loading),
    )


def loading_request(attempt: wire.AttemptView) -> wire.RequestView:
    """A prompt that waits for its model."""
    return wire.RequestView(
        id="6f94ab02",
        at_ms=attempt.started_ms,
        state="loading",
        client="zed",
        task="code",
        mode="prefer-local",
        place="local",
        model=attempt.model,
        because="fits here, good enough",
        attempts=(attempt,),
    )


def models() -> tuple[wire.ModelView, ...]:
    """Three at home, two away, one without a key."""
    return (
        wire.ModelView(
            QWEN,
            "local",
            "ready",
            context=32_768,
            capabilities=("tools", "json"),
            parameters=14_800_000_000,
            quantisation="Q4_K_M",
            size_bytes=9_300_000_000,
            memory_bytes=11_200_000_000,
            tokens_per_s=31.4,
            first_token_ms=412,
            input_nano_per_mtok=0,
            output_nano_per_mtok=0,
            learned=(
                _learned("code", 62.0, 6.0, "12 checks and 3 thumbs at code", 140, 0.04),
                _learned("question", 71.0, 11.0, "4 thumbs at question", 4, None),
            ),
        ),
        wire.ModelView(
            LLAMA,
            "local",
            "loadable",
            context=131_072,
            memory_bytes=6_400_000_000,
            tokens_per_s=48.0,
            first_token_ms=640,
            input_nano_per_mtok=0,
            output_nano_per_mtok=0,
        ),
        wire.ModelView(
            "llamacpp/smollm2-135m-instruct",
            "local",
            "loadable",
            context=8_192,
            demonstration=True,
            input_nano_per_mtok=0,
            output_nano_per_mtok=0,
        ),
        wire.ModelView(
            SONNET,
            "cloud",
            "ready",
            context=1_000_000,
            capabilities=("tools", "images", "json_schema"),
            tokens_per_s=72.0,
            first_token_ms=480,
            input_nano_per_mtok=3 * USD,
            output_nano_per_mtok=15 * USD,
            price_source="genai-prices",
            requests_per_minute=50,
        ),
        wire.ModelView(
            GPT,
            "cloud",
            "ready",
            context=400_000,
            tokens_per_s=104.0,
            first_token_ms=390,
            input_nano_per_mtok=250_000_000,
            output_nano_per_mtok=2 * USD,
            price_source="genai-prices",
        ),
        wire.ModelView("mistral/mistral-large", "cloud", "missing", reason="no key"),
    )


def _learned(
    task: str, ability: float, sd: float, source: str, answers: int, error: float | None
) -> wire.LearnedView:
    words = "not calibrated yet: 4 of 50 answers"
    if error is not None:
        words = f"calibrated on {answers} answers, error {error}"
    told = error is not None
    return wire.LearnedView(task, ability, sd, answers, source, told, answers, error, words)


def spend(day_nano: int = 430_000_000) -> wire.SpendView:
    """Two windows with limits."""
    tomorrow, next_month = at("00:00:00") + 86_400_000, at("00:00:00") + 13 * 86_400_000
    return wire.SpendView(
        windows=(
            wire.WindowView("day", 2 * USD, day_nano, 0, tomorrow),
            wire.WindowView("month", 20 * USD, 7_900_000_000, 0, next_month),
        ),
        requests_today=98,
        local_today=86,
        cloud_today=12,
    )


def machine() -> wire.MachineView:
    """A laptop."""
    return wire.MachineView(
        at_ms=NOW_MS,
        system="Linux",
        cpu_name="AMD Ryzen 7 7840U",
        cores=8,
        cpu_load=0.12,
        memory_total_bytes=32_000_000_000,
        memory_free_bytes=18_400_000_000,
        gpu_note="no NVIDIA driver",
        battery_percent=81.0,
        on_battery=False,
        disk_free_bytes=214_000_000_000,
    )


def snapshot(**fields: Any) -> wire.Snapshot:
    """The daemon at `NOW_MS`."""
    defaults: dict[str, Any] = {
        "n": 40,
        "at_ms": NOW_MS,
        "version": VERSION,
        "api_version": wire.API_VERSION,
        "pid": 4663,
        "started_at_ms": at("08:00:00"),
        "address": wire.Address("/run/user/1000/homeport/homeport.sock", "http://127.0.0.1:4663"),
        "mode": "prefer-local",
        "draining": False,
        "link": wire.LinkView("online", since_ms=at("08:00:00")),
        "machine": machine(),
        "models": models(),
        "keys": (wire.KeyView("anthropic", "valid"), wire.KeyView("openai", "valid")),
        "spend": spend(),
        "requests": requests(),
    }
    return wire.Snapshot(**{**defaults, **fields})


def why() -> wire.Why:
    """Why the prompt that moved home went where it went."""
    return wire.Why(
        request=moved_home(),
        ask={
            "task": "code",
            "difficulty": 62,
            "level": "advanced",
            "language": "en",
            "input_tokens": 1_240,
            "output_tokens": 900,
            "max_tokens": None,
            "needs": ["tools"],
            "privacy": "normal",
            "requested_model": "auto",
            "max_cost_nano": None,
            "deadline_ms": 600_000,
            "tags": ["review"],
        },
        steps=(_first_step(), _second_step()),
        engine_version="1",
        replay="identical",
        what_if=(
            ("local-only", "ollama/qwen3:14b: the best that runs here"),
            ("balanced", "anthropic/claude-sonnet-5: better by 0.21 for about $0.0210"),
            ("cloud-only", "nothing may answer: the link is down"),
        ),
    )


def checked_why() -> wire.Why:
    """Why a prompt was asked of one model, checked, and asked of a better one."""
    first, _ = why().steps
    plan = wire.PlanView(
        "verify",
        (QWEN, SONNET),
        (0.6, 0.0),
        checks=("refusal", "code", "confidence"),
        why="It can be checked, and a check costs less than the better model.",
    )
    steps = (
        structs.replace(
            first,
            because="fits here, and can be checked",
            plan=plan,
            rules=(("mode", "night: stay at home after 22:00"), ("at most", "frugal: 5 cents")),
        ),
        structs.replace(_second_step(), branch="step 1", because="fits here", after=""),
        structs.replace(first, branch="step 2", because="a check failed", after=""),
    )
    checks = (
        wire.CheckView("refusal", True, "It does not refuse.", model=QWEN),
        wire.CheckView("code", False, "The test test_sum fails: 3 is not 4.", model=QWEN),
        wire.CheckView("confidence", None, "No probabilities were told.", model=QWEN),
        wire.CheckView("confidence", True, "Sure enough.", 0.83, SONNET),
    )
    request = structs.replace(moved_home(), strategy="verify", checks=checks)
    return structs.replace(why(), request=request, steps=steps)


def _first_step() -> wire.StepView:
    terms = (("quality", 0.37), ("latency", 0.21), ("budget", 0.13))
    best = wire.ScoreView(
        SONNET, "cloud", 0.71, 0.93, 21_000_000, 96_000_000, 1_900, terms, "best for this task"
    )
    second = wire.ScoreView(
        QWEN,
        "local",
        0.64,
        0.72,
        0,
        0,
        4_100,
        (("quality", 0.29), ("latency", 0.05), ("budget", 0.3)),
        "free, and slower",
    )
    small = wire.VetoView(
        "llamacpp/smollm2-135m-instruct", "capability", "it cannot use tools, which this needs"
    )
    keyless = wire.VetoView("mistral/mistral-large", "key", "there is no key for mistral")
    return wire.StepView(
        at("14:02:40"), "good enough only in the cloud", (best, second), (small, keyless)
    )


def _second_step() -> wire.StepView:
    return wire.StepView(
        at("14:02:40") + 1_455,
        "link lost at 212 tokens; went on",
        (_first_step().order[1],),
        (wire.VetoView(SONNET, "link", "the cloud cannot be reached"),),
        after="anthropic/claude-sonnet-5: the link was lost after 212 tokens",
    )


def kept_answer() -> wire.RequestView:
    """A prompt that was answered from the cache."""
    because = f"From the cache: {GPT} answered the same prompt 3 min ago, for $0.0021 (3c87d1e4)."
    cache = wire.CacheView(
        "hit", "Answered from the cache: the answer of 3c87d1e4.", "3c87d1e4", 180_000, 2_100_000
    )
    fields = {"cache": cache, "attempts": (), "total_ms": 2}
    return request("8d11aa07", "14:02:59", GPT, because, **fields)


def waits() -> wire.BudgetQuestion:
    """A prompt that waits at today's limit."""
    return wire.BudgetQuestion(
        "9c10ab34",
        "open",
        NOW_MS - 2_000,
        NOW_MS + 58_000,
        SONNET,
        96_000_000,
        "day",
        12_000_000,
        90_000_000,
        client="zed",
    )


def moments() -> dict[str, list[tuple[News, int]]]:
    """News about single things, after a live picture."""
    live = (snapshot(), NOW_MS)
    alert = wire.AlertView("threshold", "80 % of today's limit of $2.00 are spent.", "day")
    first, second, third, *_ = requests()
    judged = [
        structs.replace(row, verdict=verdict)
        for row, verdict in ((first, "up"), (second, "down"), (third, "edit"))
    ]
    return {
        "alerted": [live, (wire.Alerted(41, NOW_MS, alert), NOW_MS)],
        "waits-at-limit": [live, (wire.BudgetAsked(41, NOW_MS, waits()), NOW_MS)],
        "judged": [
            live,
            *((wire.Judged(41 + n, NOW_MS, row), NOW_MS) for n, row in enumerate(judged)),
        ],
        "kept-and-waiting": [
            (snapshot(requests=(*requests()[:6], kept_answer())), NOW_MS),
            (wire.OutboxChanged(41, NOW_MS, wire.OutboxView(queued=3, uncertain=1)), NOW_MS),
        ],
        "link-fell": [
            (snapshot(requests=()), NOW_MS - 60_000),
            *((wire.LinkChanged(41 + n, link.since_ms, link), NOW_MS) for n, link in _links()),
            (structs.replace(snapshot(), n=50), NOW_MS),
        ],
    }


def _links() -> list[tuple[int, wire.LinkView]]:
    """The link fell while a cloud model answered, and was back soon."""
    fell_ms = at("14:02:41") + 440
    fell = wire.LinkView("offline", since_ms=fell_ms, reason="no route to the internet")
    return [(0, fell), (1, wire.LinkView("online", since_ms=fell_ms + 900))]


def scenes() -> dict[str, list[tuple[News, int]]]:
    """The news that lead to each state, each with the moment it comes."""
    live = (snapshot(), NOW_MS)
    offline = wire.LinkView("offline", since_ms=at("13:40:00"), reason="no route to the internet")
    chosen = wire.LinkView("offline", by_choice=True, since_ms=at("13:40:00"))
    absent = NoDaemon("No daemon is running: there is no socket /run/user/1000/homeport.sock.")
    shut = SocketRefused(
        "You may not use the socket /run/user/1001/homeport/homeport.sock "
        "(/run/user/1001/homeport belongs to mara, mode 0700)."
    )
    closed = Lost(BrokenAnswer("The daemon closed the line."))
    order = wire.Stopping(41, NOW_MS)
    strange = OtherVersion("0.9.0", 4)
    later = structs.replace(snapshot(), n=4_000)
    return {
        "starting": [],
        "no-daemon": [(Lost(absent), NOW_MS)],
        "refused": [(Lost(shut), NOW_MS)],
        "trouble": [(Lost(BrokenAnswer("What listens there does not speak HTTP.")), NOW_MS)],
        "versions-differ": [(strange, NOW_MS)],
        "older-daemon": [(snapshot(version="0.0.9"), NOW_MS)],
        "empty": [(snapshot(requests=(), spend=wire.SpendView()), NOW_MS)],
        "live": [live],
        "quiet": [live, (Silent(34.0), NOW_MS + 34_000)],
        "stopped": [live, (order, NOW_MS), (closed, NOW_MS), (Lost(absent), NOW_MS + 60_000)],
        "gone": [live, (closed, NOW_MS + 60_000)],
        "stopping": [live, (order, NOW_MS)],
        "stopping-unwatched": [live, (order, NOW_MS), (closed, NOW_MS + 2_000)],
        "offline-by-choice": [(snapshot(link=chosen), NOW_MS)],
        "offline-since": [(snapshot(link=offline), NOW_MS)],
        "budget-spent": [(snapshot(spend=spend(2_000_000_000)), NOW_MS)],
        "config-refused": [
            live,
            (wire.ConfigChanged(41, NOW_MS, "prefer-local", 'line 3: unknown key "mod"'), NOW_MS),
        ],
        "slow-watcher": [live, (later, NOW_MS)],
    }
