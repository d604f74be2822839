"""`homeport policy`: list, show and use policies, check and test their rules."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import heading, pairs, table, talk, write, write_json
from homeport.cli.refusal import LocalTrouble, WrongUse
from homeport.client.connection import Reply, quoted
from homeport.client.start import ensure_daemon

if TYPE_CHECKING:
    from homeport.client.wire import PoliciesView, PolicyChecked, PolicyTested, PolicyView

ACTIONS = ("list", "show", "use", "test", "check")
_USAGE = {
    "list": (0, 0, "homeport policy list"),
    "show": (1, 1, "homeport policy show NAME"),
    "use": (1, 1, "homeport policy use NAME"),
    "test": (0, 1, "homeport policy test [FILE or NAME]"),
    "check": (1, 1, "homeport policy check FILE"),
}


class Unreadable(LocalTrouble):
    """A file cannot be read as text."""


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `policy`."""
    add = parser.add_argument
    add("action", nargs="?", choices=ACTIONS, default="list", help="list is the default")
    add("words", nargs="*", metavar="WORD", help="the NAME of a policy, or a FILE")


def run(args: Namespace) -> int:
    """Does one of the actions."""
    least, most, usage = _USAGE[args.action]
    if not least <= len(args.words) <= most or not all(args.words):
        raise WrongUse(f"Write: {usage}")
    reply = _asked(args.action, args.words)
    found = reply.read()
    if args.json:
        write_json(reply.body)
    else:
        _show(args.action, found, args.words)
    failed = args.action in ("test", "check") and not found.ok
    return exit_codes.FAILED if failed else exit_codes.DONE


def _asked(action: str, words: list[str]) -> Reply:
    if action == "list":
        return ensure_daemon(talk).get("policies")
    if action == "show":
        return ensure_daemon(talk).get(f"policies/{quoted(words[0])}")
    if action == "use":
        return ensure_daemon(talk).post("policies", {"use": words[0]})
    if action == "check":
        return _posted_file("check", words[0])
    return _test(words[0] if words else "")


def _test(word: str) -> Reply:
    """A file where there is one of that name, else a policy; without a word the one in force."""
    if word.endswith(".toml") or Path(word).is_file():
        return _posted_file("test", word)
    daemon = ensure_daemon(talk)
    name = word or daemon.get("policies").read().policy
    return daemon.post("policies", {"test_name": name})


def _posted_file(action: str, name: str) -> Reply:
    """Read before a daemon is started for it."""
    text = _text(name)
    return ensure_daemon(talk).post("policies", {action: text, "path": name})


def _text(name: str) -> str:
    try:
        return Path(name).read_text("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"{name} cannot be read: it is not UTF-8.") from None
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}.") from None


def _show(action: str, found: object, words: list[str]) -> None:
    if action in ("list", "use"):
        show_list(found)  # type: ignore[arg-type]
    elif action == "show":
        show_policy(found)  # type: ignore[arg-type]
    elif action == "check":
        show_check(found, words[0])  # type: ignore[arg-type]
    else:
        show_test(found)  # type: ignore[arg-type]


def show_list(view: PoliciesView) -> None:
    """Every policy, the one in force marked."""
    rows = [
        ("*" if row.in_force else "", row.name, "yours" if row.own else "", row.rules, row.summary)
        for row in view.policies
    ]
    table(("", "policy", "", "rules", "what it does"), rows, right="lllr")
    write("")
    pairs([("mode", view.mode), ("your own", f"{view.folder}/NAME.toml")])
    for row in view.policies:
        if row.error:
            talk(f"Not in force as it stands, the last good one is: {row.error}")
    if view.error and not any(row.error == view.error for row in view.policies):
        talk(view.error)


def show_policy(view: PolicyView) -> None:
    """Its rules in their order, then the file."""
    where = view.path or "shipped"
    write(f"{view.row.name}: {view.row.summary or 'no summary'}")
    write(f"{where}, {len(view.rules)} rules, {view.row.cases} cases")
    heading("rules")
    table(("rule", "sets", "because"), view.rules)
    heading("file")
    write(view.text.rstrip())


def show_check(found: PolicyChecked, path: str) -> None:
    """What is wrong, a line each."""
    for problem in found.problems:
        place = f"{path}, line {problem.line}" if problem.line else path
        write(f"{place}: {problem.sentence}")
    if found.ok:
        write(f"{path} is good.")


def show_test(found: PolicyTested) -> None:
    """Every case: how it went."""
    rows = [
        ("ok" if case.ok else "FAILED", case.name, case.wrong or case.got) for case in found.cases
    ]
    if rows:
        table(("", "case", "found"), rows)
    failed = sum(not case.ok for case in found.cases)
    write(f"{found.name}: {len(found.cases)} cases, {failed} failed.")
