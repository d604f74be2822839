"""`homeport chat`: a conversation in a plain terminal, or from lines of a file."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes
from homeport.cli.answering import answer, name_nearest_models
from homeport.cli.ask_line import advice, how_it_was_made, where_why_cost
from homeport.cli.chat_commands import HELP, Leave, obey
from homeport.cli.chat_lines import at_a_terminal, typed_lines
from homeport.cli.chat_store import ChatStore
from homeport.cli.conversation import Conversation
from homeport.cli.output import end_broken_line, talk, write_answer, write_json_line
from homeport.cli.progress import Progress
from homeport.cli.prompting import (
    fields_of,
    model_argument,
    on_cut_argument,
    prompt_arguments,
    refuse_restart_of_what_shows,
    typed_prompt,
)
from homeport.cli.strategy_options import strategy_arguments, strategy_fields
from homeport.cli.trouble import as_trouble, explain
from homeport.client.errors import ClientError, DaemonError
from homeport.client.start import ensure_daemon

if TYPE_CHECKING:
    from homeport.client.connection import Connection
    from homeport.client.wire import AskResult


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `chat`, which are those of `ask`."""
    prompt_arguments(parser, session="keep the chat under this name, and go on with it")
    model_argument(parser)
    strategy_arguments(parser)
    on_cut_argument(parser)
    parser.epilog = f"{parser.epilog}\n\nin the chat:\n{HELP}"


def run(args: Namespace) -> int:
    """Talks until the lines end; the status is that of the last answer."""
    refuse_restart_of_what_shows(args, shows=not args.json, instead="--json")
    opening = typed_prompt(args.prompt, args.file)
    said = fields_of(args) | strategy_fields(args)
    store = ChatStore(args.session) if args.session else None
    said["session"] = args.session or f"chat-{os.urandom(4).hex()}"
    conversation = Conversation(said)
    if store is not None:
        conversation.turns, private = store.read()
        if said["private"] and not private:
            store.replace(conversation.turns, private=True)
        said["private"] = said["private"] or private
    chat = Chat(conversation, store, as_json=args.json)
    return chat.run(opening)


class Chat:
    """The one that runs: its conversation, and its last answer."""

    def __init__(
        self, conversation: Conversation, store: ChatStore | None, *, as_json: bool
    ) -> None:
        self.conversation = conversation
        self.as_json = as_json
        self.prompt = conversation.last_prompt
        """What was said last; empty where nothing was."""
        self.decision = ""
        """Of it; empty where none was made yet."""
        self.tried: list[str] = []
        """Models that answered the last prompt."""
        self._answered = bool(self.prompt)
        self._store = store
        self._advised = ""
        self._status = exit_codes.DONE

    def __repr__(self) -> str:
        return f"Chat({self.conversation!r})"

    def run(self, opening: str) -> int:
        """Until the lines end, or somebody leaves."""
        self._greet()
        if opening:
            self.say(opening)
        try:
            for line in typed_lines():
                if line.startswith("/") and not line.startswith("//"):
                    self._obey(line)
                else:
                    self.say(line.removeprefix("/") if line.startswith("//") else line)
                if at_a_terminal():
                    talk("")
        except Leave:
            pass
        except KeyboardInterrupt:
            if not at_a_terminal():
                raise
            talk("")
        return exit_codes.DONE if at_a_terminal() else self._status

    def connection(self) -> Connection:
        """The way to the daemon, which is started where it went away."""
        return ensure_daemon(talk)

    def say(self, prompt: str) -> None:
        """One prompt and its answer."""
        self.prompt, self.tried = prompt, []
        self._ask("", instead=False)

    def say_again(self, model: str = "") -> None:
        """The last prompt once more; its answer takes the place of the one before."""
        self._ask(model, instead=self._answered)

    def _ask(self, model: str, *, instead: bool) -> None:
        """Ctrl-C at a terminal stops the answer, not the chat."""
        pieces: list[str] = []
        self.decision, self._answered = "", instead
        request = self.conversation.request(self.prompt, again=instead, model=model)
        try:
            result = self._answer(request, pieces)
        except ClientError as error:
            self.decision = error.decision or self.decision
            end_broken_line("" if self.as_json else "".join(pieces))
            self.explain(error)
        except KeyboardInterrupt:
            if not at_a_terminal():
                raise
            talk("\nStopped." if pieces else "Stopped.")
            self._keep("".join(pieces), instead=instead)
        else:
            self._status = exit_codes.DONE
            self.tried.append(result.model_used)
            self._keep(result.response, instead=instead)
            self._show(result)

    def _answer(self, request: dict[str, Any], pieces: list[str]) -> AskResult:
        progress = Progress()

        def text(piece: str, number: int) -> None:
            progress.end()
            if number == 0:
                pieces.append(piece)
                if not self.as_json:
                    write_answer(piece)

        def status(event: Any) -> None:
            self.decision = event.request.id
            progress.show(event.sentence)

        connection = self.connection()
        try:
            return answer(connection, request, text=text, status=status)
        except DaemonError as error:
            name_nearest_models(connection, request["model"], error)
            raise
        finally:
            progress.end()

    def _show(self, result: AskResult) -> None:
        if self.as_json:
            write_json_line(result)
            return
        write_answer("" if result.response.endswith("\n") else "\n")
        for line in (where_why_cost(result), how_it_was_made(result), self._new_advice(result)):
            if line:
                talk(line)

    def _new_advice(self, result: AskResult) -> str:
        """The same is said once."""
        said = advice(result)
        fresh, self._advised = said != self._advised, said or self._advised
        return said if fresh else ""

    def _keep(self, text: str, *, instead: bool) -> None:
        if not text.strip():
            return
        self.conversation.add(self.prompt, text, instead=instead)
        self._answered = True
        if self._store is None:
            return
        try:
            if instead:
                self.rewrite()
            else:
                self._store.add(self.conversation.turns[-2:])
        except ClientError as error:
            talk(error.sentence)

    def rewrite(self) -> None:
        """Keeps the conversation as it is by now, where it is kept."""
        if self._store is not None:
            self._store.replace(self.conversation.turns, private=self.conversation.private)

    def forget(self) -> None:
        """Starts afresh."""
        self.conversation.forget()
        self.prompt, self.decision, self.tried, self._answered = "", "", [], False
        self.rewrite()

    def _obey(self, line: str) -> None:
        try:
            obey(self, line)
        except ClientError as error:
            self.explain(error)
        except KeyboardInterrupt:
            if not at_a_terminal():
                raise
            talk("Stopped.")

    def explain(self, error: ClientError) -> None:
        """Trouble that the chat survives."""
        self._status = explain(error)
        if self.as_json:
            write_json_line({"error": as_trouble(error)})

    def _greet(self) -> None:
        turns = len(self.conversation.turns)
        if self._store is not None and turns:
            stays = ", private" if self.conversation.private else ""
            talk(f"Going on with {self.conversation.session}: {turns} turns{stays}.")
        if at_a_terminal():
            talk("/help lists what can be typed beside a prompt; Ctrl-D leaves.")
