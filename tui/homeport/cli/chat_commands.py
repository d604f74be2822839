"""What can be typed into a chat beside a prompt: lines that start with `/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from homeport.cli.output import one_line, talk, write_json_line
from homeport.client.errors import ClientError

if TYPE_CHECKING:
    from homeport.cli.chat import Chat

_SHOWN_VETOES = 5


class Leave(Exception):
    """The chat is over."""


class Unclear(ClientError):
    """A command that cannot be obeyed."""


def obey(chat: Chat, line: str) -> None:
    """Does what a line says; raises ClientError, or Leave."""
    word, _, rest = line.partition(" ")
    command = COMMANDS.get(word)
    if command is None:
        raise Unclear(_unknown(word))
    command.do(chat, rest.strip())


def _unknown(word: str) -> str:
    from difflib import get_close_matches

    names = [command.removeprefix("/") for command in COMMANDS]
    nearest = get_close_matches(word.removeprefix("/"), names, n=1, cutoff=0.5)
    hint = f" Did you mean /{nearest[0]}?" if nearest else ""
    return f"There is no {word} here.{hint} /help lists what there is."


def _local(chat: Chat, rest: str) -> None:
    del rest
    _use(chat, "local")


def _cloud(chat: Chat, rest: str) -> None:
    del rest
    _use(chat, "cloud")


def _model(chat: Chat, rest: str) -> None:
    if rest:
        _use(chat, rest)
    else:
        talk(f"{_named(chat.conversation.model)} /model NAME changes it.")


def _use(chat: Chat, name: str) -> None:
    if name == "cloud" and chat.conversation.private:
        raise Unclear("This chat is private, so the cloud may not answer; another chat may ask it.")
    chat.conversation.model = name
    talk(_named(name))


def _named(model: str) -> str:
    known = {
        "auto": "Whichever model suits each prompt answers.",
        "local": "Models on this machine answer.",
        "cloud": "Models in the cloud answer.",
    }
    return known.get(model) or f"{one_line(model)} answers, where that may be."


def _private(chat: Chat, rest: str) -> None:
    del rest
    chat.conversation.keep_private()
    chat.rewrite()
    talk("From here on nothing of this chat leaves this machine.")


def _again(chat: Chat, rest: str) -> None:
    if not chat.prompt:
        raise Unclear("There is nothing to ask again.")
    chat.say_again(_elsewhere(chat) if rest == "elsewhere" else rest)


def _elsewhere(chat: Chat) -> str:
    """The best model that may answer and has not yet."""
    steps = chat.connection().get(_story(chat)).read().steps
    order = steps[0].order if steps else []
    left = [score.model for score in order if score.model not in chat.tried]
    if left:
        return str(left[0])
    vetoes = steps[0].vetoes[:_SHOWN_VETOES] if steps else []
    reasons = [f"\n  {one_line(veto.model)}: {one_line(veto.reason)}" for veto in vetoes]
    raise Unclear("No other model may answer this." + "".join(reasons))


def _up(chat: Chat, rest: str) -> None:
    _judge(chat, "up", rest)


def _down(chat: Chat, rest: str) -> None:
    _judge(chat, "down", rest)


def _judge(chat: Chat, verdict: str, rest: str) -> None:
    del rest
    said = {"decision": _decision(chat), "verdict": verdict}
    reply = chat.connection().post("feedback", said)
    if chat.as_json:
        write_json_line(reply.body)
        return
    noted = reply.read()
    talk(f"Noted: {verdict}, for {one_line(noted.model)} at {one_line(noted.task)}.")


def _why(chat: Chat, rest: str) -> None:
    del rest
    reply = chat.connection().get(_story(chat))
    if chat.as_json:
        write_json_line(reply.body)
        return
    from homeport.cli.why import show

    show(reply.read())


def _story(chat: Chat) -> str:
    return f"decisions/{quote(_decision(chat), safe='')}"


def _decision(chat: Chat) -> str:
    if not chat.decision:
        raise Unclear("Nothing was asked yet.")
    return chat.decision


def _new(chat: Chat, rest: str) -> None:
    del rest
    chat.forget()
    talk("A new conversation; what was said before is forgotten.")


def _help(chat: Chat, rest: str) -> None:
    del chat, rest
    talk(HELP)


def _quit(chat: Chat, rest: str) -> None:
    del chat, rest
    raise Leave


class Command(NamedTuple):
    """What it is called with, what it does, and who does it."""

    takes: str
    says: str
    do: Callable[[Chat, str], None]


COMMANDS = {
    "/local": Command("", "models on this machine answer", _local),
    "/cloud": Command("", "models in the cloud answer", _cloud),
    "/model": Command("[NAME]", "that model answers; auto: whichever suits", _model),
    "/private": Command("", "nothing of this chat leaves this machine, from here on", _private),
    "/again": Command("[elsewhere|NAME]", "the last prompt again, of another model", _again),
    "/up": Command("", "the last answer was good", _up),
    "/down": Command("", "the last answer was bad", _down),
    "/why": Command("", "why the last answer came from where it did", _why),
    "/new": Command("", "forget what was said", _new),
    "/help": Command("", "this list", _help),
    "/quit": Command("", "leave", _quit),
}


def _listed() -> str:
    rows = [(f"{name} {command.takes}".strip(), command.says) for name, command in COMMANDS.items()]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name.ljust(width)}  {says}" for name, says in rows)


HELP = _listed() + "\n  a line that ends in \\ goes on in the next; // starts a prompt with /"
