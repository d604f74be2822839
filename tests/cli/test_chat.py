"""A conversation: from lines of a pipe, and at a terminal."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from support.fake_daemon import Asked, FakeDaemon, Lines, Refusal
from support.terminals import dialogue
from support.views import ask_result, model, request, score, why

HOMEPORT = [sys.executable, "-m", "homeport.cli.main"]
LINE = "local smollm2-135m · only model here · 800 ms, first token 200 ms · 24 tokens/s · $0\n"


def said(asked: Asked) -> wire.AskRequest:
    return msgspec.convert(asked.body, wire.AskRequest)


def prompts(fake: FakeDaemon) -> list[wire.AskRequest]:
    return [said(asked) for asked in fake.asked if asked.route == "POST ask"]


def echo(asked: Asked) -> Lines:
    """Answers with the prompt; its id is how many turns went before."""
    body = said(asked)
    text = f"You said: {body.prompt}"
    name = body.model if "/" in body.model else "llamacpp/smollm2-135m"
    result = ask_result(response=text, model_used=name, decision=f"d{len(body.messages)}")
    status = wire.AskStatus(request(id=f"d{len(body.messages)}"), "loading")
    return Lines([status, wire.AskText(text), wire.AskDone(result)])


@pytest.fixture
def chat(fake: FakeDaemon, homeport: Callable[..., Any]) -> Callable[..., Any]:
    """Pipes lines into a chat with a daemon that echoes."""
    fake.answers["POST ask"] = echo

    def run(*lines: str, words: tuple[str, ...] = ()) -> Any:
        return homeport("chat", *words, stdin="".join(f"{line}\n" for line in lines))

    return run


# From a pipe


def test_each_line_is_a_turn_and_goes_on_from_the_ones_before(
    fake: FakeDaemon, chat: Callable[..., Any]
) -> None:
    ran = chat("One?", "", "Two?")
    assert (ran.status, ran.out) == (0, "You said: One?\nYou said: Two?\n")
    assert ran.err == LINE * 2
    first, second = prompts(fake)
    assert first.messages == ()
    assert second.messages == (
        wire.Turn("user", "One?"),
        wire.Turn("assistant", "You said: One?"),
    )
    assert first.session == second.session != ""


def test_the_options_of_a_prompt_hold_for_all(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    chat("Two?", words=("One?", "--private", "--system", "Be brief.", "--chain", "local"))
    assert [turn.prompt for turn in prompts(fake)] == ["One?", "Two?"]
    for turn in prompts(fake):
        assert (turn.private, turn.system, turn.chain) == (True, "Be brief.", "local")


def test_where_answers_come_from_can_be_said(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    ran = chat("/local", "a", "/cloud", "b", "/model openai/x", "c", "/model auto", "d", "/model")
    assert [turn.model for turn in prompts(fake)] == ["local", "cloud", "openai/x", "auto"]
    assert ran.err.splitlines()[0] == "Models on this machine answer."
    assert ran.err.endswith("suits each prompt answers. /model NAME changes it.\n")


def test_private_holds_to_the_end(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    ran = chat("/cloud", "a", "/private", "b", "/cloud", "c")
    assert [(turn.model, turn.private) for turn in prompts(fake)] == [
        ("cloud", False),
        ("auto", True),
        ("auto", True),
    ]
    assert "This chat is private, so the cloud may not answer; another chat may ask it." in ran.err


def test_a_prompt_is_asked_again_elsewhere(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    order = (score(), score(model="ollama/b"), score(model="openai/c"))
    step = wire.StepView(at_ms=0, because="", order=order, vetoes=())
    for decision in ("d0", "d2"):
        fake.answers[f"GET decisions/{decision}"] = why(steps=(step,))
    chat("One?", "Two?", "/again elsewhere", "/again elsewhere", "/again elsewhere", "/again a/b")
    asked = prompts(fake)
    assert [turn.model for turn in asked] == ["auto", "auto", "ollama/b", "openai/c", "a/b"]
    assert [turn.prompt for turn in asked[1:]] == ["Two?"] * 4
    assert {turn.messages for turn in asked[1:]} == {asked[1].messages}


def test_where_nobody_else_may_answer_it_says_who_may_not(
    fake: FakeDaemon, chat: Callable[..., Any]
) -> None:
    fake.answers["GET decisions/d0"] = why()
    ran = chat("One?", "/again elsewhere")
    assert len(prompts(fake)) == 1
    assert ran.err.endswith(
        "No other model may answer this.\n  openai/gpt-5.5: There is no key for openai.\n"
    )


def test_answers_are_judged_and_explained(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    reply = wire.FeedbackReply(request(), "up", "a/x", "code", None, 0.4, 0.5, "1 thumb")
    fake.answers |= {"POST feedback": reply, "GET decisions/d0": why()}
    ran = chat("One?", "/up", "/down", "/why")
    bodies = [asked.body for asked in fake.asked if asked.route == "POST feedback"]
    assert bodies == [{"decision": "d0", "verdict": verdict} for verdict in ("up", "down")]
    assert "Noted: up, for a/x at code.\nNoted: down, for a/x at code.\n" in ran.err
    assert "what the prompt needs" in ran.out


@pytest.mark.parametrize("line", ["/up", "/why", "/again", "/again elsewhere"])
def test_before_the_first_answer_there_is_nothing_to_say_of_it(
    fake: FakeDaemon, chat: Callable[..., Any], line: str
) -> None:
    ran = chat(line)
    assert ran.status == 1
    assert fake.routes() == []
    assert ran.err.startswith(("Nothing was asked yet.", "There is nothing to ask again."))


def test_a_command_that_does_not_exist_is_no_prompt(
    fake: FakeDaemon, chat: Callable[..., Any]
) -> None:
    ran = chat("/wy", "//etc?", "/help", "/quit", "never")
    assert [turn.prompt for turn in prompts(fake)] == ["/etc?"]
    assert "There is no /wy here. Did you mean /why?" in ran.err
    assert "/again [elsewhere|NAME]  the last prompt again, of another model" in ran.err


def test_a_new_conversation_starts_with_nothing(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    chat("One?", "/new", "Two?")
    assert [turn.messages for turn in prompts(fake)] == [(), ()]


def test_trouble_ends_a_turn_and_not_the_chat(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    trouble = wire.Trouble("refused", "policy", "Nothing may.", decision="7f3a")
    answers: Iterator[Any] = iter([Refusal(trouble, 403), echo, echo])

    def one_after_the_other(asked: Asked) -> Any:
        answer = next(answers)
        return answer(asked) if callable(answer) else answer

    fake.answers["POST ask"] = one_after_the_other
    ran = chat("One?", "/again local", "Two?")
    assert (ran.status, ran.out) == (0, "You said: One?\nYou said: Two?\n")
    assert ran.err.startswith("Nothing may.\nThe whole story: homeport why 7f3a\n")
    assert [len(turn.messages) for turn in prompts(fake)] == [0, 0, 2]


def test_the_status_is_that_of_the_last_turn(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = Refusal(wire.Trouble("refused", "policy", "No."), 403)
    assert chat("One?").status == 3


def test_json_is_a_line_for_each_answer(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    fake.answers |= {"GET decisions/d0": why()}
    ran = chat("One?", "/why", "/up", words=("--json",))
    first, second, third = ran.out.splitlines()
    assert msgspec.json.decode(first, type=wire.AskResult).response == "You said: One?"
    assert msgspec.json.decode(second, type=wire.Why).request == request()
    assert msgspec.convert(json.loads(third)["error"], wire.Trouble).code == "not_found"
    assert ran.status == 2


def test_a_chat_with_a_name_is_gone_on_with(
    fake: FakeDaemon, chat: Callable[..., Any], own_home: Path
) -> None:
    chat("One?", words=("--session", "trip"))
    ran = chat("Two?", "/again", "/private", words=("--session", "trip"))
    assert ran.err.startswith("Going on with trip: 2 turns.\n")
    chat("Three?", words=("--session", "trip"))
    turns = prompts(fake)
    assert [len(turn.messages) for turn in turns] == [0, 2, 2, 4]
    assert [turn.session for turn in turns] == ["trip"] * 4
    assert [turn.private for turn in turns] == [False, False, False, True]
    assert (own_home / "state" / "chats" / "trip.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_was_begun_private_stays_so(fake: FakeDaemon, chat: Callable[..., Any]) -> None:
    chat("One?", words=("--session", "diary", "--private"))
    chat("Two?", words=("--session", "diary"))
    assert [turn.private for turn in prompts(fake)] == [True, True]


def test_a_chat_without_a_name_is_kept_nowhere(chat: Callable[..., Any], own_home: Path) -> None:
    chat("One?")
    assert not (own_home / "state" / "chats").exists()


def test_a_name_that_no_file_can_have_is_wrong_usage(chat: Callable[..., Any]) -> None:
    assert chat("One?", words=("--session", "../x")).status == 2


def test_an_unknown_model_gets_the_nearest_names(
    fake: FakeDaemon, chat: Callable[..., Any]
) -> None:
    trouble = wire.Trouble("model_not_found", "caller", "There is no qwn.", param="model")
    fake.answers |= {"POST ask": Refusal(trouble, 404), "GET models": {"models": (model(),)}}
    ran = chat("/model smolm2", "One?")
    assert "Nearest: llamacpp/smollm2-135m." in ran.err


# At a terminal


def after(shown: str, line: str) -> list[tuple[str, str]]:
    """Types a line once something was shown, and then the prompt."""
    return [(shown, ""), ("> ", line)]


def test_at_a_terminal_it_greets_asks_and_leaves(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = echo
    seen, status = dialogue(
        [*HOMEPORT, "chat"],
        [
            *after("Ctrl-D leaves.", "One?\n"),
            *after("$0", "Two \\\n"),
            ("… ", "lines\n"),
            *after("$0", "\x04"),
        ],
    )
    assert status == 0
    assert "You said: One?" in seen
    assert [turn.prompt for turn in prompts(fake)] == ["One?", "Two \nlines"]


def test_ctrl_c_stops_the_answer_and_keeps_the_chat(fake: FakeDaemon) -> None:
    may_end = threading.Event()

    def first_endless(asked: Asked) -> Lines:
        return Lines(endless()) if said(asked).prompt == "One?" else echo(asked)

    def endless() -> Iterator[Any]:
        yield wire.AskStatus(request())
        yield wire.AskText("half an answer")
        while not may_end.wait(0.02):
            yield wire.AskStatus(request())

    fake.answers["POST ask"] = first_endless
    seen, status = dialogue(
        [*HOMEPORT, "chat"],
        [
            *after("leaves.", "One?\n"),
            ("half an answer", "\x03"),
            *after("Stopped.", "Two?\n"),
            ("You said: Two?", ""),
            *after("$0", "/quit\n"),
        ],
    )
    assert fake.abandoned.wait(10), "the daemon saw the caller go"
    may_end.set()
    assert status == 0
    assert "You said: Two?" in seen
    assert prompts(fake)[1].messages == (
        wire.Turn("user", "One?"),
        wire.Turn("assistant", "half an answer"),
    )


def test_ctrl_c_at_the_prompt_leaves_when_it_is_pressed_twice(fake: FakeDaemon) -> None:
    seen, status = dialogue(
        [*HOMEPORT, "chat"],
        # Keys that are echoed show that the line is read: before, Ctrl-C would get lost.
        [
            *after("leaves.", "half"),
            ("half", "\x03"),
            *after("once more does too.", "more"),
            ("more", "\x03"),
        ],
    )
    assert (status, prompts(fake)) == (0, [])
    assert "Ctrl-D or /quit leaves" in seen


def test_what_becomes_of_a_cut_answer_holds_for_the_chat(
    fake: FakeDaemon, chat: Callable[..., Any]
) -> None:
    ran = chat("One?", "Two?", words=("--on-cut", "error"))
    assert ran.status == 0
    assert [one.on_cut for one in prompts(fake)] == ["error", "error"]
    refused = chat("Three?", words=("--on-cut", "restart"))
    assert refused.status == 2
    assert "add --json" in refused.err
    assert chat("Four?", words=("--on-cut", "restart", "--json")).status == 0
    assert prompts(fake)[-1].on_cut == "restart"
