"""The command line of the lab: `homeport lab serve`, `faults` and `demo`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_ABOUT = "Model servers for trying this program and for breaking it: no key, no network, no money."
_EXAMPLES = """\
examples:
  homeport lab demo
  homeport lab demo --no-tui --for 30
  homeport lab serve --wire openai,anthropic --port 9663 --speed 40
  homeport lab serve --wire openai --fault reset@7 --fault 429:every=5,retry_after=2
  homeport lab faults

exit status: 0 done, 1 failed, 2 usage, 4 the demo's daemon did not start"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        return int(_command(asked.command)(asked))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED


def _command(name: str) -> Any:
    """Only what the command needs is imported."""
    if name == "faults":
        from homeport.lab.fault_table import run
    elif name == "serve":
        from homeport.lab.serving import run
    else:
        from homeport.lab.demo.show import run
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homeport lab",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _serve_options(commands.add_parser("serve", help="run lab servers until Ctrl-C"))
    faults = commands.add_parser("faults", help="list the faults, and how one is written")
    faults.add_argument("--json", action="store_true", help="print JSON instead of a table")
    demo = commands.add_parser("demo", help="a home, a cloud and busy programs, to be watched")
    demo.add_argument("--no-tui", action="store_true", help="print what happens, a line each")
    text = "end after so many seconds (default: with you)"
    demo.add_argument("--for", dest="seconds", type=_positive, metavar="S", help=text)
    demo.add_argument("--seed", type=int, default=1, metavar="N", help="another course of events")
    text = "leave the embedded model out, also where it is installed"
    demo.add_argument("--no-engine", action="store_true", help=text)
    text = "with --no-tui: print events as JSON, one a line"
    demo.add_argument("--json", action="store_true", help=text)
    return parser


def _serve_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    text = "wires to serve, divided by commas: openai, anthropic, gemini, ollama, llama-server"
    add("--wire", default="openai", metavar="NAMES", help=f"{text} (default: openai)")
    add("--host", default="127.0.0.1", metavar="HOST", help="address to listen on (loopback)")
    add("--port", type=int, default=0, metavar="N", help="TCP port (default: one that is free)")
    add("--script", metavar="FILE", help="what is said: a script in TOML or JSON")
    add("--recordings", metavar="DIR", help="answer with recorded exchanges, the best fitting")
    add("--in-turn", action="store_true", help="with --recordings: one after the other instead")
    add("--models", metavar="NAMES", help="models to list, divided by commas")
    add("--words", type=int, metavar="N", help="length of an answer that no script gives")
    add("--speed", type=float, metavar="N", help="tokens a second (default: at once)")
    add("--first-token", type=float, metavar="MS", help="milliseconds before the first token")
    add("--jitter", type=float, metavar="PART", help="vary each wait by this part of it, 0 to 1")
    add("--seed", type=int, metavar="N", help="of the jitter")
    add("--key", default="", metavar="KEY", help="the key that callers must bring")
    add("--honours-keys", action="store_true", help="answer once for each Idempotency-Key")
    add("--rpm", type=int, metavar="N", help="requests a minute")
    add("--tpm", type=int, metavar="N", help="tokens a minute")
    text = "a fault, such as reset@7; may be given several times (`homeport lab faults`)"
    add("--fault", action="append", default=[], metavar="FAULT", help=text)
    add("-q", "--quiet", action="store_true", help="do not tell each request on stderr")
    add("--json", action="store_true", help="print the addresses as JSON")


def _positive(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None
    if not 0 < seconds < 10**6:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds
