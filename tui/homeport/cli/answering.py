"""One prompt on its way: what the daemon says of it until the answer is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from homeport.client.connection import Connection
from homeport.client.errors import BrokenAnswer, ClientError, DaemonError
from homeport.client.records import read

if TYPE_CHECKING:
    from homeport.client.wire import AskResult, OutboxItem

_NEAREST = 3


class KeptForLater(Exception):
    """It is in the outbox, and will be answered when it can be sent."""

    def __init__(self, item: OutboxItem, sentence: str) -> None:
        super().__init__(sentence)
        self.item = item
        self.sentence = sentence


def answer(
    connection: Connection,
    request: dict[str, Any],
    *,
    text: Callable[[str, int], None],
    status: Callable[[Any], None],
) -> AskResult:
    """The whole answer; `text` gets its pieces, with the number of the answer they belong to.

    `status` gets what is said beside it. Raises ClientError, and KeptForLater where the answer
    comes later; leaving cancels the answer.
    """
    with connection.stream("POST", "ask", request) as stream:
        for event in _events(iter(stream)):
            if event.type == "text":
                text(event.text, event.answer or 0)
            elif event.type == "status":
                status(event)
            elif event.type == "done":
                return event.result  # type: ignore[no-any-return]
            elif event.type == "deferred":
                raise KeptForLater(event.item, event.sentence)
            elif event.type == "error":
                raise DaemonError.from_trouble(event.error, stream.status)
    raise BrokenAnswer("The daemon ended before the answer did. Look at: homeport logs -n 20")


def name_nearest_models(connection: Connection, asked: str, error: ClientError) -> None:
    """Adds the nearest names to the sentence about an unknown model that has none."""
    if not isinstance(error, DaemonError):
        return
    unknown = error.param == "model" or (error.status == 404 and error.code != "not_cached")
    if error.blame != "caller" or not unknown:
        return
    from difflib import get_close_matches

    try:
        known = [model.id for model in connection.get("models").read().models]
    except ClientError:
        return
    names = {name: name for name in known} | {name.partition("/")[2]: name for name in known}
    nearest = [names[name] for name in get_close_matches(asked, names, n=_NEAREST, cutoff=0.4)]
    if nearest and not any(name in error.sentence for name in nearest):
        error.sentence += f" Nearest: {', '.join(dict.fromkeys(nearest))}."
    if "homeport models" not in error.sentence:
        error.sentence += " All of them: homeport models"


def _events(lines: Iterator[bytes]) -> Iterator[Any]:
    for line in lines:
        try:
            yield read(line)
        except ValueError:
            raise BrokenAnswer("The daemon sent a line that is not JSON.") from None
