"""The command line of the evaluation: `homeport eval router`, `train` and `evidence`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from homeport.eval.data import DataMissing

DONE, FAILED, INTERRUPTED = 0, 1, 130

_ABOUT = "Measures how well prompts are routed, on public outcomes; trains the model that ships."
_EXAMPLES = """\
examples:
  homeport eval router --data router-data --out results
  homeport eval train --data router-data --out artifact
  homeport eval evidence --data router-data

exit status: 0 done, 1 failed, 2 usage"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        _command(asked.command)(Path(asked.data), Path(asked.out))
    except KeyboardInterrupt:
        return INTERRUPTED
    except DataMissing as missing:
        return _failed(str(missing))
    except ImportError as missing:
        return _failed(f"this needs {missing.name}, which `make install` brings with the engine")
    return DONE


def _command(name: str) -> Callable[[Path, Path], None]:
    """Only what the command needs is imported: training needs numpy."""
    if name == "train":
        from homeport.eval.making import make
    elif name == "evidence":
        from homeport.eval.evidence import evaluate as make
    else:
        from homeport.eval.routers import evaluate as make
    return make


def _failed(why: str) -> int:
    sys.stderr.write(f"homeport eval: {why}\n")
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homeport eval",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    router = commands.add_parser("router", help="score the routers and their baselines")
    train = commands.add_parser("train", help="make the artifact of the prompt-side model")
    evidence = commands.add_parser("evidence", help="what it adds to what decisions go by")
    folders = ((router, "eval-results"), (train, "prompt-model"), (evidence, "eval-results"))
    for command, default in folders:
        text = "folder of router-quality data"
        command.add_argument("--data", required=True, metavar="DIR", help=text)
        text = f"folder that is written to (default: {default})"
        command.add_argument("--out", default=default, metavar="DIR", help=text)
    return parser
