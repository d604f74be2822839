"""From typed words, files and pipes to one `AskRequest`.

The prompt is what was typed, then the files, then standard input where
something is piped into it.
"""

from __future__ import annotations

import stat
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeport.cli.output import talk
from homeport.cli.refusal import WrongUse

if TYPE_CHECKING:
    from decimal import Decimal

_NANO = 1_000_000_000
_MOST = 2**63
_MOST_DIGITS = 40
_QUIET_STDIN_S = 1.0
_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000}


class EmptyPrompt(WrongUse):
    """Nothing was asked."""


class UnreadableFile(WrongUse):
    """A file to ask about cannot be read as text."""


class CannotRestart(WrongUse):
    """What was printed cannot be begun anew."""


def prompt_arguments(
    parser: ArgumentParser, *, session: str = "belongs to this conversation"
) -> None:
    """Adds what can be said of every prompt; `session` is what naming one does."""
    parser.set_defaults(words_to="prompt")
    add = parser.add_argument
    add("prompt", nargs="*", metavar="PROMPT", help="the prompt; `-` reads standard input")
    add("-f", "--file", action="append", default=[], metavar="FILE", help="add a text file to it")
    add(
        "--policy",
        metavar="POLICY",
        help="local-only, prefer-local, balanced, prefer-cloud, cloud-only, or one of "
        "`homeport policy list`",
    )
    add("--weights", metavar="WEIGHTS", help="what counts: budget=0.5,latency=0.2,quality=0.3")
    add("--private", action="store_true", help="nothing of this leaves the machine")
    add("--max-cost", type=nano_dollars, metavar="USD", help="most it may cost, such as 0.01")
    add("--deadline", type=milliseconds, metavar="TIME", help="give up after, such as 30s or 2m")
    add("--system", default="", metavar="TEXT", help="instructions for the model")
    add("--max-tokens", type=positive, metavar="N", help="longest answer")
    add("--temperature", type=temperature, metavar="T", help="0 is the same answer each time")
    add("--session", default="", metavar="NAME", help=session)
    add(
        "--cache",
        metavar="HOW",
        help="on, off, refresh or only, and ttl=SECONDS: give the same answer again for nothing",
    )
    add("--tag", action="append", default=[], metavar="TAG", help="label it, for `spend --by tag`")


def on_cut_argument(parser: ArgumentParser) -> None:
    """Adds what is to become of an answer that is cut off."""
    parser.add_argument(
        "--on-cut",
        choices=("continue", "restart", "error"),
        help="where an answer is cut off: another model goes on with it (continue, the default), "
        "begins it anew (restart, for an answer that is printed when it is whole), or it is an "
        "error",
    )


def refuse_restart_of_what_shows(args: Namespace, *, shows: bool, instead: str) -> None:
    """Raises `CannotRestart` where pieces of the answer are printed while it grows."""
    if args.on_cut == "restart" and shows:
        raise CannotRestart(
            "`--on-cut restart` begins an answer anew, and one that is printed while it grows "
            f"cannot be: add {instead}, or take `--on-cut continue`."
        )


def model_argument(parser: ArgumentParser) -> None:
    """Adds the one that is to answer."""
    text = "auto, local, cloud or a model's name"
    parser.add_argument("--model", default="auto", metavar="NAME", help=text)


def ask_request(args: Namespace) -> dict[str, Any]:
    """The fields of `wire.AskRequest`; raises ClientError where there is nothing to ask."""
    return {"prompt": _prompt(args.prompt, args.file), **fields_of(args)}


def fields_of(args: Namespace) -> dict[str, Any]:
    """What was typed about a prompt, without the prompt."""
    rarely = {name: getattr(args, name, None) for name in ("cache", "on_cut")}
    return {name: said for name, said in rarely.items() if said} | {
        "system": args.system,
        "model": getattr(args, "model", "auto"),
        "policy": args.policy,
        "private": args.private,
        "max_cost_nano": args.max_cost,
        "deadline_ms": args.deadline,
        "max_tokens": args.max_tokens,
        "temperature": args.temperature,
        "session": args.session,
        "client": "homeport",
        "tags": args.tag,
        "weights": args.weights,
    }


def nano_dollars(text: str) -> int:
    """`0.01`, `$0.01` or `1c` as nano-dollars."""
    from decimal import Decimal

    cents = text.endswith(("c", "¢"))
    try:
        nano = Decimal(text.removeprefix("$").rstrip("c¢")) / (100 if cents else 1) * _NANO
        if nano < 0:
            raise ArgumentTypeError(f"{text!r} is below nothing")
        return _countable(nano, text)
    except (ArithmeticError, ValueError):
        raise ArgumentTypeError(f"{text!r} is no amount; write 0.01 or 1c") from None


def milliseconds(text: str) -> int:
    """`30`, `30s`, `500ms`, `2m` or `1h` as milliseconds."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(number) :] or "s"
    try:
        ms = _countable(float(number) * _UNITS_MS[unit], text)
    except (KeyError, ValueError):
        raise ArgumentTypeError(f"{text!r} is no time; write 30s, 500ms or 2m") from None
    if ms <= 0:
        raise ArgumentTypeError(f"{text!r} leaves no time at all")
    return ms


def positive(text: str) -> int:
    """A whole number above 0."""
    if not (text.isascii() and text.isdigit() and text.strip("0")):
        raise ArgumentTypeError(f"{text!r} is no number above 0")
    return _countable(int(text.lstrip("0")[:_MOST_DIGITS]), text)


def _countable(number: int | float | Decimal, text: str) -> int:
    """The whole number that is sent, which has to fit into 64 bits."""
    if number >= _MOST:
        raise ArgumentTypeError(f"{text[:_MOST_DIGITS]!r} is more than can be counted")
    return int(number)


def temperature(text: str) -> float:
    """A number from 0 to 2."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 2:
        raise ArgumentTypeError(f"{text!r} is not between 0 and 2")
    return value


def text_of(name: str) -> str:
    """A text file, without the mark that begins those of Windows; raises UnreadableFile."""
    try:
        return Path(name).read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(f"{name} is not a text file in UTF-8.") from None
    except OSError as error:
        raise UnreadableFile(f"{name} cannot be read: {error.strerror}.") from None


def typed_prompt(words: list[str], files: list[str]) -> str:
    """The words and the files, without standard input; may be empty."""
    whole = "\n\n".join(_typed_parts(words, files))
    if not _is_text(whole):
        raise UnreadableFile("The prompt is not text in UTF-8.")
    return whole


def _typed_parts(words: list[str], files: list[str]) -> list[str]:
    typed = " ".join(word for word in words if word != "-")
    parts = [typed] if typed.strip() else []
    return parts + [_file_part(name) for name in files]


def _prompt(words: list[str], files: list[str]) -> str:
    parts = _typed_parts(words, files)
    if "-" in words or _something_is_piped():
        piped = _stdin_text()
        parts += [piped] if piped.strip() else []
    if not parts:
        raise EmptyPrompt('There is nothing to ask. Try: homeport ask "Why is the sky blue?"')
    whole = "\n\n".join(parts)
    if not _is_text(whole):
        raise UnreadableFile("The prompt is not text in UTF-8.")
    return whole


def _is_text(text: str) -> bool:
    """False where words of the command line are no text of this system's code."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _file_part(name: str) -> str:
    return f"{Path(name).name}:\n\n{text_of(name)}"


def _something_is_piped() -> bool:
    """Whether standard input is a pipe or a file; a terminal or /dev/null is neither."""
    try:
        mode = _stdin_mode()
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _stdin_mode() -> int:
    import os

    return os.fstat(sys.stdin.fileno()).st_mode


def _stdin_text() -> str:
    _say_when_waiting()
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("Standard input is not text in UTF-8.") from None


def _say_when_waiting() -> None:
    """A pipe that nobody writes to or closes would look like a slow model."""
    import select

    if sys.platform == "win32":
        return
    ready, _, _ = select.select([sys.stdin], [], [], _QUIET_STDIN_S)
    if not ready:
        talk("Reading the rest of the prompt from standard input (end it with Ctrl-D).")
